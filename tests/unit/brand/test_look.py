"""The look as a whole: baselines, currencies, row order, subsets, and rooms that hold nothing."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from invented_orders import HOUR_US, PLACED_US, order, table

from truecrowd.brand.catalogue import MEASURES, STATES
from truecrowd.brand.deal import Deal
from truecrowd.brand.look import Brand, look
from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings

PAID = {"payment": 0.1}
NOW = PLACED_US + 60 * 24 * HOUR_US


def seen(events: pa.Table, deal: Deal | None = None) -> Brand:
    facts = observe_all([events], Settings(threads=1), detectors=()).facts
    return look(facts, deal, seed=0, shares={}, as_of_us=NOW)


def rows(brand: Brand, subset: str = "all") -> dict[tuple[Any, ...], dict[str, Any]]:
    return {
        (row["room_id"], row["measure"], *([row["currency"]] if row["currency"] else [])): row
        for row in brand.kpis.to_pylist()
        if row["subset"] == subset
    }


def room(name: str, n: int, back: int, day: int = 0, **more: object) -> list[list[dict[str, object]]]:
    return [
        order(f"{name}-{at}", f"{name}b{at}", room=name, at_h=24 * day + at / 400, merchant_id="m", **PAID, **more,
              **({"refund": 3.0} if at < back else {"ship": 30.0}))
        for at in range(n)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def shop() -> Brand:
    parts = [one for at in range(12) for one in room(f"r{at:02}", 210, 10 + at, at)]
    return seen(table([*parts, *room("z", 210, 150, 12)]))


def test_a_value_is_held_against_the_other_rooms_of_the_merchant(shop):
    row = rows(shop)["z", "back_before_shipping"]

    assert (row["others_low"], row["others_high"]) == pytest.approx((10 / 210, 21 / 210))
    assert (row["n_others"], row["percentile"]) == (12, 1.0)
    assert row["reference"].startswith("own rooms: 12, 2026-07-25 to ")


def test_the_excess_of_a_room_names_its_bound_and_other_rooms_show_none(shop):
    assert shop.bounds["z"].excess.value > 0.4
    assert all(one.excess.value == 0.0 for name, one in shop.bounds.items() if name != "z")


def test_fewer_than_ten_other_rooms_give_no_percentile():
    parts = [one for at in range(4) for one in room(f"r{at}", 40, 5, at)]

    row = rows(seen(table(parts)))["r0", "refunded_share"]

    assert (row["n_others"], row["percentile"]) == (3, None)


def test_currencies_are_never_added():
    yuan, dollars = room("r", 30, 10), room("s", 30, 10, currency="USD")
    both = [[{**row, "room_id": "r"} for row in one] for one in [*yuan, *dollars]]

    found = rows(seen(table(both)))

    assert found["r", "gmv_placed", "CNY"]["value"] == found["r", "gmv_placed", "USD"]["value"] == 300_000
    assert found["r", "orders_placed"]["value"] == 60


def test_the_order_of_rows_changes_no_byte():
    events = table([*room("r", 60, 25), *room("s", 40, 3, 1)])
    shuffled = events.take(np.random.default_rng(5).permutation(events.num_rows))

    one, other = seen(events), seen(shuffled)

    assert one.kpis.equals(other.kpis)
    assert one.answers.equals(other.answers)


def test_another_merchant_changes_nothing():
    own = [*room("r", 60, 25), *room("s", 40, 3, 1)]
    strangers = [
        [{**row, "room_id": "x", "merchant_id": "n", "order_id": f"n{row['order_id']}"} for row in one]
        for one in room("x", 50, 40)
    ]

    alone, beside = rows(seen(table(own))), rows(seen(table([*own, *strangers])))

    keys = [key for key in alone if MEASURES[key[1]].figure != 3]  # draws depend on how many rooms are drawn for
    assert {key: alone[key]["value"] for key in alone} == {key: beside[key]["value"] for key in alone}
    assert {key: alone[key]["others_high"] for key in keys} == {key: beside[key]["others_high"] for key in keys}


def test_every_state_is_a_known_one_and_says_why_there_is_no_value(shop):
    empty = [row for row in shop.kpis.to_pylist() if row["value"] is None]

    assert {row["state"] for row in shop.kpis.to_pylist() if row["state"]} <= set(STATES)
    assert all(row["state"] for row in empty)


def test_every_measure_has_a_row_for_every_room(shop):
    found = {measure for room_id, measure, *_ in rows(shop) if room_id == "z"}

    assert found == set(MEASURES)


def test_fewer_than_twenty_orders_have_counts_and_no_interval():
    found = rows(seen(table(room("r", 19, 6))))

    row = found["r", "refunded_share"]
    assert (row["numerator"], row["denominator"], row["state"]) == (6, 19, "few_orders")
    assert all(one["low"] is None for key, one in found.items() if key[1] not in ("kept_sales", "guarantee_reach"))


def test_without_ordinary_orders_the_figure_is_milder():
    pairs = [
        one
        for at in range(30)
        for one in (
            order(f"k{at}", f"b{at}", at_h=at / 9, product_id="p", **PAID, ship=20.0),
            order(f"s{at}", f"b{at}", at_h=at / 9, product_id="p", **PAID, refund=1.0),
        )
    ]
    brand = seen(table(pairs))

    assert rows(brand)["r1", "refunded_share"]["value"] == 0.5
    assert rows(brand, "without_ordinary")["r1", "refunded_share"]["value"] == 0.0
    answers = {row["answer"]: row for row in brand.answers.to_pylist()}
    assert (answers["two_sizes"]["fit"], answers["two_sizes"]["n"]) == ("fits", 30)


def test_quality_fits_where_one_product_comes_back_after_delivery():
    good = [order(f"g{at}", f"g{at}", at_h=at / 9, product_id="p", **PAID, ship=9.0, deliver=40.0) for at in range(60)]
    bad = [
        order(
            f"x{at}",
            f"x{at}",
            at_h=at / 9,
            product_id="q",
            **PAID,
            ship=9.0,
            deliver=40.0,
            refund=80.0 + at,
            text="质量问题",
        )
        for at in range(30)
    ]

    answers = {row["answer"]: row for row in seen(table([*good, *bad])).answers.to_pylist()}

    assert answers["quality"]["fit"] == "fits"
    assert answers["quality"]["seen"] == ["after_delivery", "one_product", "quality_reasons"]
    assert json.loads(answers["quality"]["params"])["one_product"] == {"holds": True, "k": 30, "n": 30, "value": 1.0}


def test_impulse_fits_many_buyers_who_each_change_their_mind_in_their_own_time():
    rng = np.random.default_rng(1)
    parts = [
        order(at, f"b{at}", at_h=at / 60, **PAID, ship=30.0, deliver=70.0, amount_minor=1_000 + at % 7,
              **({"refund": float(rng.uniform(1, 150))} if at % 3 == 0 else {}))
        for at in range(120)
    ]  # fmt: skip

    answers = {row["answer"]: row for row in seen(table(parts)).answers.to_pylist()}

    assert answers["impulse"]["fit"] == "fits"
    assert answers["attack"]["fit"] in ("does_not_fit", "partly")


def test_where_nothing_came_back_no_answer_is_needed():
    answers = seen(table(room("r", 30, 0))).answers.to_pylist()

    assert {row["fit"] for row in answers} == {"cannot_tell"}


def test_no_orders_and_no_contract_give_no_row():
    joins = table([[{"room_id": "r1", "event_type": "join", "ts": PLACED_US, "account_id": "v"}]])

    brand = seen(joins)

    assert (brand.kpis.num_rows, brand.answers.num_rows, brand.bounds) == (0, 0, {})


def test_a_contract_without_orders_still_says_how_far_they_reach():
    deal = Deal.parse('[deal]\nguarantee_minor = 1_000\nguarantee_counts = "kept"\n')
    joins = table([[{"room_id": "r1", "event_type": "join", "ts": PLACED_US, "account_id": "v"}]])

    row = rows(seen(joins, deal))["r1", "guarantee_reach", "CNY"]

    assert (row["value"], row["state"]) == (0.0, "no_orders")


def test_young_orders_lower_the_reach_by_what_other_rooms_gave_back():
    deal = Deal.parse(
        '[deal]\nguarantee_minor = 1_000_000\nguarantee_counts = "kept"\n'
        "broadcast = [{ start = 2026-07-25T17:00:00Z, end = 2026-07-25T22:00:00Z }]\n"
    )
    old = [
        order(
            f"o{at}",
            f"o{at}",
            room="old",
            at_h=-24 * 40 + at / 100,
            **PAID,
            **({"refund": 24.0 * 5} if at % 4 == 0 else {}),
        )
        for at in range(100)
    ]
    young = [order(f"y{at}", f"y{at}", at_h=at / 100, **PAID) for at in range(100)]
    facts = observe_all([table([*old, *young])], Settings(threads=1), detectors=()).facts

    row = rows(look(facts, deal, seed=0, shares={}, as_of_us=PLACED_US + 24 * HOUR_US))["r1", "guarantee_reach", "CNY"]

    assert row["value"] == row["high"] == 1.0
    assert row["low"] == pytest.approx(0.75)
