"""Events and truth of a dispute: the same orders as the export, and what only the simulator knows."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from shop_export import BEIJING, at, is_refunded, minor, rows_of

from truecrowd.schema import EVENTS, check
from truecrowd.simulate import TRUTH, disputes
from truecrowd.simulate.disputes import Folder

KEYS = tuple(f"R{number}" for number in range(1, 9))
CELLS = {
    "order": "订单提交时间",
    "payment": "订单付款时间",
    "ship": "发货时间",
    "deliver": "签收时间",
    "refund": "退款成功时间",
}
Made = Callable[[str], Folder]


@pytest.fixture(scope="module")
def made() -> Made:
    @lru_cache
    def folder(key: str) -> Folder:
        return next(disputes(cases=(key,), variants=()).folders())

    return folder


def named(folder: Folder, *event_types: str) -> list[dict[str, Any]]:
    events = folder.chunk.events
    return events.filter(pc.is_in(events["event_type"].cast(pa.string()), pa.array(event_types))).to_pylist()


@pytest.mark.parametrize("key", KEYS)
def test_events_and_truth_keep_their_schemas_and_the_order_of_time(made: Made, key: str):
    chunk = made(key).chunk

    assert check(chunk.events, EVENTS).schema.equals(EVENTS.schema, check_metadata=True)
    assert {name: table.schema for name, table in chunk.truth.items()} == TRUTH
    ts = chunk.events["ts"].cast(pa.int64())
    assert pc.all(pc.greater_equal(ts[1:], ts[:-1])).as_py()
    assert pc.count_distinct(chunk.events["event_id"]).as_py() == chunk.events.num_rows


@pytest.mark.parametrize("key", ["R1", "R2", "R5", "R6", "R7"])
def test_events_say_what_the_export_says(made: Made, key: str):
    rows = {row["主订单编号"]: row for row in rows_of(made(key).texts["orders.csv"])}

    for event_type, cell in CELLS.items():
        told = named(made(key), event_type)
        assert {each["order_id"] for each in told} == {number for number, row in rows.items() if row[cell]}
        for each in told:
            row = rows[each["order_id"]]
            assert each["ts"].replace(tzinfo=None) + BEIJING == at(row[cell])
            assert (each["account_id"], each["product_id"]) == (row["买家会员名"], row["商品ID"])
            if event_type in ("order", "payment", "refund"):
                assert (each["amount_minor"], each["currency"]) == (minor(row["订单应付金额"]), "CNY")


@pytest.mark.parametrize("key", KEYS)
def test_truth_knows_every_order_of_the_export(made: Made, key: str):
    numbers = [row["主订单编号"] for row in rows_of(made(key).texts["orders.csv"])]

    assert sorted(made(key).chunk.truth["orders"]["order_id"].to_pylist()) == sorted(numbers)


@pytest.mark.parametrize("key", KEYS)
def test_shares_of_the_truth_are_those_of_its_orders(made: Made, key: str):
    truth = made(key).chunk.truth
    labels: dict[str, list[int]] = {}
    for order in truth["orders"].to_pylist():
        labels.setdefault(order["room_id"], []).append(order["label"])

    for room in truth["rooms"].to_pylist():
        own = labels.get(room["room_id"], [])
        assert room["share_orders"] == pytest.approx(sum(own) / len(own) if own else 0.0)
        assert room["dirty"] is any(own)


def test_what_was_brushed_came_back_and_what_was_kept_was_not_brushed(made: Made):
    for key in ("R1", "R2", "R3", "R4", "R6", "R8"):
        truth = {order["order_id"]: order["label"] for order in made(key).chunk.truth["orders"].to_pylist()}
        back = {row["主订单编号"]: is_refunded(row) for row in rows_of(made(key).texts["orders.csv"])}
        assert 0 < sum(truth.values()) < len(truth)
        assert all(back[number] for number, label in truth.items() if label)


def test_broadcasts_without_an_order_are_rooms_all_the_same(made: Made):
    rooms = made("R7").chunk.truth["rooms"].to_pylist()
    seen = Counter(row["room_id"] for row in named(made("R7"), "join"))

    assert [room["orders"] == 0 for room in rooms].count(True) == 3
    assert all(seen[room["room_id"]] > 50 for room in rooms)
    assert len({room["host_id"] for room in rooms}) == 1


def test_buyers_led_in_from_private_groups_are_organised_and_not_manufactured(made: Made):
    folder = made("R8")
    rows = rows_of(folder.texts["orders.csv"])
    led = {row["主订单编号"] for row in rows if row["流量渠道"] == "私域社群"}

    orders = [order for order in folder.chunk.truth["orders"].to_pylist() if order["scheme"] == "organised"]
    members = {row["account_id"] for row in folder.chunk.truth["groups"].to_pylist() if row["kind"] == "organised"}

    assert {order["order_id"] for order in orders} == led
    assert {(order["label"], order["campaign_id"]) for order in orders} == {(0, "")}
    assert members == {row["买家会员名"] for row in rows if row["主订单编号"] in led}
    share = {row["order_id"] for row in named(folder, "order") if row["traffic_source"] == "share"}
    assert share == led


def test_the_shown_count_of_r6_has_the_peak_its_contract_file_tells(made: Made):
    folder = made("R6")

    peak = max(row["value"] for row in named(folder, "stats"))

    assert f"peak_online = {int(peak):_}" in folder.texts["deal.toml"]


def test_nothing_of_the_platforms_is_in_the_events(made: Made):
    events = made("R2").chunk.events

    for name in ("device_id", "device_model", "ip", "asn", "region", "account_created_at", "ship_hash", "pay_hash"):
        assert events[name].null_count == events.num_rows


def test_lines_are_placeholders(made: Made):
    said = [row["text"] for row in named(made("R2"), "review")]

    assert said
    assert all("示例" in text for text in said)
    assert {row["text"] for row in named(made("R2"), "claim")} == {"欢迎嘉宾来到直播间"}


def test_orders_without_buyers_bear_no_account(made: Made):
    events = named(made("R4"), "order", "payment", "refund", "cancel", "review")

    assert {row["account_id"] for row in events} == {None}
    assert named(made("R4"), "ship", "deliver") == []
    assert {row["ts_kind"] for row in named(made("R4"), "refund")} == {"bound"}


def test_reviews_come_after_delivery(made: Made):
    delivered = {row["order_id"]: row["ts"] for row in named(made("R1"), "deliver")}
    said = named(made("R1"), "review")

    assert said
    assert all(timedelta(0) < row["ts"] - delivered[row["order_id"]] < timedelta(days=6) for row in said)
