"""Each scheme leaves the marks that are known of it."""

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise
from statistics import mean, pstdev

import pytest


@pytest.fixture
def of(dirty, pick, known):
    def rows_of(scheme, *event_types):
        accounts = {row["account_id"] for row in known("accounts", dirty, scheme=scheme)}
        return [row for row in pick(dirty, *event_types) if row["account_id"] in accounts]

    return rows_of


def by_account(rows):
    found = defaultdict(list)
    for row in rows:
        found[row["account_id"]].append(row)
    return found


def test_the_farm_joins_in_two_bursts(of):
    joins = [row["ts"] for row in of("farm", "join")]
    gaps = [later - earlier for earlier, later in pairwise(joins)]

    assert len(joins) > 200
    assert sum(gap > timedelta(minutes=10) for gap in gaps) == 1
    assert all(gap < timedelta(seconds=10) or gap > timedelta(minutes=10) for gap in gaps)


def test_the_farm_has_few_models_and_one_address_each(of):
    rows = [row for row in of("farm", "join") if row["ip"]]

    assert len({row["device_model"] for row in rows}) == 3
    assert len({row["ip"] for row in rows}) == len(rows)


def test_the_farm_was_registered_in_batches_within_hours(of, dirty):
    born = sorted({row["account_id"]: row["account_created_at"] for row in of("farm")}.values())
    jumps = sum(later - earlier > timedelta(hours=3) for earlier, later in pairwise(born))

    assert jumps < 5
    assert dirty["start"] - born[0] < timedelta(days=41)
    assert dirty["start"] - born[-1] > timedelta(days=4)


def test_the_farm_follows_likes_and_badges_in_that_order(of):
    for rows in by_account(of("farm", "follow", "like", "light_badge")).values():
        assert [row["event_type"] for row in rows] == ["follow", "like", "light_badge", "like"]


def test_the_farm_talks_at_even_gaps(of):
    spreads = []
    for rows in by_account(of("farm", "comment")).values():
        gaps = [(later["ts"] - earlier["ts"]).total_seconds() for earlier, later in pairwise(rows)]
        if len(gaps) >= 5:
            spreads.append(pstdev(gaps) / mean(gaps))

    assert len(spreads) > 50
    assert max(spreads) < 0.1


def test_no_two_lines_of_the_farm_are_alike(of):
    said = [row["text"] for row in of("farm", "comment")]

    assert len(set(said)) == len(said) > 500


def test_popup_accounts_do_nothing_else(of):
    assert {row["event_type"] for row in of("popup")} == {"cart_popup"}


def test_the_troupe_comes_first_and_stays_an_hour(of, dirty):
    joins = {row["account_id"]: row["ts"] for row in of("troupe", "join")}
    leaves = {row["account_id"]: row["ts"] for row in of("troupe", "leave")}

    assert len(joins) == 40
    assert max(joins.values()) < dirty["start"] + timedelta(minutes=4)
    assert all(left - joins[account] > timedelta(hours=1) for account, left in leaves.items())


def test_the_troupe_keeps_to_its_routine(of):
    routine = ["join", "like", "comment", "follow", "fan_club", "light_badge", "product_click"]

    for rows in by_account(of("troupe")).values():
        assert [row["event_type"] for row in rows][:7] == routine


def test_the_troupe_has_networks_of_its_own(of):
    addresses = {row["account_id"]: row["ip"] for row in of("troupe", "join") if row["ip"]}

    assert len(set(addresses.values())) == len(addresses)


def test_few_buyers_place_many_orders_within_seven_minutes(of, dirty, known, pick):
    brushed = {row["order_id"] for row in known("orders", dirty, label=1)}
    orders = [row for row in pick(dirty, "order") if row["order_id"] in brushed]

    assert len(orders) == 76
    assert len({row["account_id"] for row in orders}) == 10
    assert orders[-1]["ts"] - orders[0]["ts"] <= timedelta(minutes=7)
    assert len({row["pay_hash"] for row in orders}) == 3


def test_brushed_orders_are_taken_back_before_shipping(dirty, known, pick):
    brushed = {
        row["order_id"]: row
        for row in pick(dirty, "order")
        if row["order_id"] in {each["order_id"] for each in known("orders", dirty, label=1)}
    }
    refunds = {row["order_id"]: row["ts"] for row in pick(dirty, "refund") if row["order_id"] in brushed}
    shipped = {row["order_id"] for row in pick(dirty, "ship")}

    assert len(refunds) > 0.66 * len(brushed)
    assert not shipped & set(refunds)
    assert all(timedelta(days=1) <= ts - brushed[order]["ts"] <= timedelta(days=3) for order, ts in refunds.items())


def test_five_minutes_last_all_evening(dirty, pick, known):
    claim = next(row for row in pick(dirty, "claim") if "5分钟" in row["text"])
    product = claim["product_id"]
    prices = [row["amount_minor"] for row in pick(dirty, "price") if row["product_id"] == product]
    late = [
        row for row in pick(dirty, "order")
        if row["product_id"] == product and row["ts"] > claim["ts"] + timedelta(minutes=5)
    ]  # fmt: skip

    assert len(prices) == 4
    assert len(set(prices[1:])) == 1
    assert late
    assert {row["amount_minor"] // row["quantity"] for row in late} == {prices[-1]}
    assert known("products", dirty, product_id=product)[0]["false_limited"]


def test_more_than_the_last_pieces_are_sold(dirty, pick):
    claim = next(row for row in pick(dirty, "claim") if row["text"].startswith("Last "))
    number = int(claim["text"].split()[1])
    sold = [
        row["quantity"]
        for row in pick(dirty, "order")
        if row["product_id"] == claim["product_id"] and row["ts"] > claim["ts"]
    ]

    assert number == 20
    assert sum(sold) > number


def test_staged_stock_is_sold_out_only_in_words(dirty, pick, known):
    product = next(row["product_id"] for row in known("products", dirty, staged_stock=True, false_limited=False))
    claim = next(row["ts"] for row in pick(dirty, "claim") if row["product_id"] == product and "抢空" in row["text"])
    stock = [row for row in pick(dirty, "stock") if row["product_id"] == product]
    orders = [row["ts"] for row in pick(dirty, "order") if row["product_id"] == product]
    zero = next(row["ts"] for row in stock if row["value"] == 0)
    more = next(row["ts"] for row in stock if row["ts"] > zero and row["value"] > 0)

    assert [row["value"] for row in stock if row["ts"] < claim][-1] > 50
    assert [ts for ts in orders if claim < ts < zero]
    assert [ts for ts in orders if zero < ts < more]
    assert not [
        row
        for row in pick(dirty, "cancel")
        if row["product_id"] == product and zero < row["ts"] < more and row["quantity"] > 50
    ]


def test_stock_of_the_other_products_balances(dirty, pick, known):
    staged = {row["product_id"] for row in known("products", dirty, staged_stock=True, false_limited=False)}
    left: dict[str, float] = {}
    for row in pick(dirty, "stock", "order", "cancel"):
        product = row["product_id"]
        if product in staged:
            continue
        if row["event_type"] == "stock":
            assert row["value"] == left.setdefault(product, row["value"])
        else:
            left[product] += row["quantity"] * (-1 if row["event_type"] == "order" else 1)
    assert len(left) == 9


def test_the_dirty_room_holds_an_honest_crowd_too(dirty, known):
    roles = Counter(row["role"] for row in known("accounts", dirty, label=0))

    assert roles["casual"] > 3_000
    assert roles["fan"] > 50
    assert roles["staff"] == 5
