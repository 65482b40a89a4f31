"""The clean room holds honest crowds that look guilty, and its books balance."""

from collections import Counter, defaultdict
from datetime import timedelta

GUARDS = {
    "prompt", "prize_draw", "raid", "sell_out", "unpaid_release", "extended_offer", "deal_rush", "fan_club", "staff",
    "refunds", "shared_network", "popular_phone", "repeat_joins",
}  # fmt: skip


def during(rows, guard):
    return [row for row in rows if guard["start"] <= row["ts"] <= guard["end"]]


def test_every_lookalike_is_listed(clean, known):
    assert {row["guard"] for row in known("guards", clean)} == GUARDS


def test_stock_balances_exactly_with_orders_and_releases(clean, pick):
    left: dict[str, int] = {}
    n_checked = 0
    for row in pick(clean, "stock", "order", "cancel"):
        product = row["product_id"]
        if row["event_type"] == "stock":
            assert row["value"] == left.setdefault(product, row["value"])
            n_checked += 1
        else:
            left[product] += row["quantity"] * (-1 if row["event_type"] == "order" else 1)
            assert left[product] >= 0
    assert n_checked > 300


def test_a_product_really_sells_out(clean, pick, known):
    sold_out = [row for row in pick(clean, "claim") if "抢空" in row["text"]]
    shown = [row for row in pick(clean, "stock") if row["product_id"] == sold_out[0]["product_id"]]

    assert [row["value"] for row in shown if row["ts"] <= sold_out[0]["ts"]][-1] == 0


def test_released_items_are_sold_again(clean, pick, known):
    release = known("guards", clean, guard="unpaid_release")[0]
    sold_out = next(row["product_id"] for row in pick(clean, "claim") if "抢空" in row["text"])

    again = [row for row in pick(clean, "order") if row["product_id"] == sold_out and row["ts"] > release["start"]]

    assert again


def test_an_extended_offer_ends_when_announced(clean, pick, known):
    guard = known("guards", clean, guard="extended_offer")[0]
    claims = during(pick(clean, "claim"), guard)
    prices = [row for row in pick(clean, "price") if row["product_id"] == claims[0]["product_id"]]

    assert "10分钟" in claims[0]["text"]
    assert "延长10分钟" in claims[1]["text"]
    assert claims[1]["ts"] < claims[0]["ts"] + timedelta(minutes=10)
    assert prices[-1]["ts"] == claims[0]["ts"] + timedelta(minutes=20)
    assert prices[-1]["amount_minor"] == prices[0]["amount_minor"] > prices[1]["amount_minor"]


def test_a_prize_draw_is_answered_with_the_same_words_within_seconds(clean, pick, known):
    draw = known("guards", clean, guard="prize_draw")[0]
    said = Counter(
        row["text"]
        for row in pick(clean, "comment")
        if draw["start"] <= row["ts"] <= draw["start"] + timedelta(seconds=10)
    )

    assert said.most_common(1)[0][1] > 60


def test_a_raid_arrives_at_once_on_mixed_phones(clean, pick):
    raid = [row for row in pick(clean, "join") if row["traffic_source"] == "raid"]
    models = Counter(row["device_model"] for row in raid)

    assert len(raid) > 200
    assert raid[-1]["ts"] - raid[0]["ts"] < timedelta(minutes=6)
    assert len(models) > 15


def test_about_three_in_ten_paid_orders_are_refunded(clean, pick):
    share = len(pick(clean, "refund")) / len(pick(clean, "payment"))

    assert 0.2 < share < 0.4


def test_staff_stay_all_night(clean, pick, known):
    staff = {row["account_id"] for row in known("accounts", clean, role="staff")}
    first, last = {}, {}
    for row in pick(clean, "join", "comment"):
        first.setdefault(row["account_id"], row["ts"])
        last[row["account_id"]] = row["ts"]

    assert len(staff) == 5
    assert all(first[each] < clean["start"] + timedelta(minutes=1) for each in staff)
    assert all(last[each] > clean["end"] - timedelta(minutes=60) for each in staff)


def test_honest_people_share_addresses_and_phones(clean, pick):
    by_address = defaultdict(set)
    for row in pick(clean, "join"):
        by_address[row["ip"]].add(row["account_id"])
    by_address.pop(None)
    models = Counter(row["device_model"] for row in pick(clean, "join") if row["device_model"])

    assert max(map(len, by_address.values())) > 20
    assert models.most_common(1)[0][1] / models.total() > 0.1


def test_one_event_in_a_hundred_lacks_device_and_network(clean, pick):
    rows = [row for row in pick(clean) if row["account_id"]]
    bare = [row for row in rows if row["device_id"] is None]

    assert 0.007 < len(bare) / len(rows) < 0.013
    assert all(row["ip"] is None and row["device_model"] is None for row in bare)


def test_some_leaves_are_missing(clean, pick):
    missing = 1 - len(pick(clean, "leave")) / len(pick(clean, "join"))

    assert 0.02 < missing < 0.045


def test_some_come_back(clean, pick):
    joins = Counter(row["account_id"] for row in pick(clean, "join"))

    assert 0.15 < sum(n > 1 for n in joins.values()) / len(joins) < 0.3


def test_the_shown_count_is_a_multiple_of_the_true_one(clean, pick):
    online, ratios = 0, []
    for row in pick(clean, "join", "leave", "stats"):
        if row["event_type"] == "stats":
            ratios.append(row["value"] / max(online, 1))
        else:
            online += 1 if row["event_type"] == "join" else -1
    early = sorted(ratios[5:60])  # later the lost leaves add up

    assert early[0] > 2.5
    assert early[-1] < 3.7


def test_an_order_lives_in_order_of_time(clean, pick):
    steps = defaultdict(dict)
    for row in pick(clean, "order", "payment", "ship", "deliver", "cancel", "refund", "review"):
        steps[row["order_id"]][row["event_type"]] = row["ts"]

    for life in steps.values():
        assert "order" in life
        assert ("payment" in life) != ("cancel" in life)
        known = [life[name] for name in ("order", "payment", "ship", "deliver") if name in life]
        assert known == sorted(known)
        assert "refund" not in life or life["refund"] > life["payment"]
        assert "review" not in life or life["review"] > life["deliver"]


def test_an_order_costs_the_price_shown(clean, pick):
    price: dict[str, int] = {}
    for row in pick(clean, "price", "order"):
        if row["event_type"] == "price":
            price[row["product_id"]] = row["amount_minor"]
        else:
            assert row["amount_minor"] == price[row["product_id"]] * row["quantity"]


def test_whoever_buys_is_there(clean, pick):
    here: set[str] = set()
    for row in pick(clean, "join", "leave", "order"):
        if row["event_type"] == "order":
            assert row["account_id"] in here
        elif row["event_type"] == "join":
            here.add(row["account_id"])
        else:
            here.discard(row["account_id"])
