"""Which room an order belongs to: never by time alone, never split, and what fits nothing is kept apart."""

import datetime as dt
import io
from collections import Counter
from typing import Any

import pyarrow as pa

from truecrowd.ingest import Imported, Options, read
from truecrowd.ingest.orders.rooms import better_lag

HEAD = "主订单编号,子订单编号,订单提交时间,订单状态,售后状态,选购商品,流量体裁,达人ID,订单应付金额,商品ID,发货时间"
START = dt.datetime(2025, 11, 12, 20, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def orders(*rows: tuple[int, str, str, str]) -> io.BytesIO:
    """An export; a row is minutes after START, host, product, and how it was sold."""
    lines = [HEAD]
    for at, (minutes, host, product, kind) in enumerate(rows):
        placed = START + dt.timedelta(minutes=minutes)
        ship = (placed + dt.timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
        lines.append(
            f"{1001 + at},{1001 + at},{placed:%Y-%m-%d %H:%M:%S},已发货,,茶,{kind},{host},10.00,{product},{ship}"
        )
    source = io.BytesIO("\n".join([*lines, ""]).encode())
    source.name = "shop.csv"  # type: ignore[attr-defined]
    return source


def recording(
    room: str, host: str | None, product: str | None, minutes: tuple[int, int] = (0, 60), **more: Any
) -> pa.Table:
    """Two viewers, the first and the last minute of a room."""
    ts = [round((START + dt.timedelta(minutes=at)).timestamp() * 1e6) for at in minutes]
    columns: dict[str, Any] = {
        "ts": pa.array(ts, pa.timestamp("us", tz="UTC")), "event_type": ["join", "comment"], "room_id": [room] * 2,
        "account_id": ["u1", "u2"], "host_id": pa.array([host] * 2, pa.string()),
        "product_id": pa.array([None, product], pa.string()),
    }  # fmt: skip
    return pa.table(columns | more)


def read_all(*sources: object, **options: Any) -> tuple[list[dict[str, Any]], Imported]:
    reading = read(sources, Options(tz="Asia/Shanghai", **options))
    return [row for part in reading.batches() for row in part.to_pylist()], reading.imported()


def rooms(*sources: object, **options: Any) -> dict[str, str]:
    rows, _ = read_all(*sources, **options)
    return {row["order_id"]: row["room_id"] for row in rows if row.get("order_id") and row["event_type"] == "order"}


def window(first: int, last: int) -> tuple[int, int]:
    at = [round((START + dt.timedelta(minutes=minutes)).timestamp() * 1e6) for minutes in (first, last)]
    return at[0], at[1]


def test_without_windows_and_recordings_all_orders_are_one_room():
    export = [(0, "h1", "p1", "直播"), (9_000, "h2", "p2", "短视频")]

    assert set(rooms(orders(*export)).values()) == {"shop"}
    assert set(rooms(orders(*export), room="R7").values()) == {"R7"}


def test_orders_of_the_host_on_air_join_the_recording_and_what_follows_them_does_too():
    export = orders((10, "h1", "p9", "直播"), (95, "h1", "p1", "直播"), (10, "h2", "p1", "直播"))

    rows, imported = read_all(recording("r1", "h1", "p1"), export)

    found = Counter((row["room_id"], row["event_type"]) for row in rows if row.get("order_id"))
    kinds = ("order", "payment", "ship")
    assert found == {(room, kind): n for room, n in (("r1", 1), ("off:shop", 2)) for kind in kinds}
    assert any("2 orders belong to no broadcast" in note for note in imported.notes)


def test_a_product_the_recording_shows_joins_orders_whose_host_nobody_knows():
    assert rooms(recording("r1", "h1", "p1"), orders((10, "", "p1", ""), (10, "", "p2", ""))) == {
        "1001": "r1",
        "1002": "off:shop",
    }


def test_time_alone_joins_nothing_unless_the_room_or_a_window_is_named():
    export = [(10, "", "p1", "")]

    assert rooms(recording("r1", None, None), orders(*export)) == {"1001": "off:shop"}
    assert rooms(recording("r1", None, None), orders(*export), room="r1") == {"1001": "r1"}
    assert rooms(recording("r1", None, None), orders(*export), broadcasts=(window(0, 60),)) == {"1001": "r1"}


def test_two_rooms_that_fit_get_nothing():
    rows, imported = read_all(
        recording("r1", "h1", "p1"), recording("r2", "h1", "p1"), orders((10, "h1", "p1", "直播"))
    )

    assert {row["room_id"] for row in rows if row.get("order_id")} == {"off:shop"}
    assert any("ambiguous_room" in note for note in imported.notes)


def test_a_window_makes_a_room_that_bears_its_start():
    export = orders(
        (-4, "h1", "p1", "直播"), (89, "h1", "p1", "直播"), (91, "h1", "p1", "直播"), (-6, "h1", "p1", "直播")
    )

    assert rooms(export, broadcasts=(window(0, 60),)) == {
        "1001": "shop@20251112T120000Z",
        "1002": "shop@20251112T120000Z",
        "1003": "off:shop",
        "1004": "off:shop",
    }


def test_what_hosts_sell_live_outside_the_windows_are_their_other_sessions():
    live = [(2_000 + at, "h2", "p1", "直播") for at in range(25)] + [
        (4_000 + at, "h2", "p1", "直播") for at in range(25)
    ]
    strays = [(9_000, "h2", "p1", "直播"), (2_000, "h2", "p1", "短视频")]

    found = Counter(rooms(orders(*live, *strays), broadcasts=(window(0, 60),)).values())

    assert found == {"h2@20251113T212000Z": 25, "h2@20251115T064000Z": 25, "off:shop": 2}


def test_the_other_rooms_of_a_named_room_stay_beside_it():
    export = orders((10, "h1", "p1", ""), (9_000, "h1", "p1", ""))

    assert rooms(recording("r1", "h1", "p1"), recording("r2", "h2", "p2"), export, room="r1") == {
        "1001": "r1",
        "1002": "off:shop",
    }


def test_an_order_the_recording_holds_itself_stays_in_its_room():
    held = recording("r1", None, None, event_type=["join", "order"], order_id=pa.array([None, "1001"]))

    rows, imported = read_all(held, orders((9_000, "h9", "p9", "")))

    told = sorted((row["event_type"], row["room_id"]) for row in rows if row.get("order_id"))
    assert told == [("order", "r1"), ("payment", "r1"), ("ship", "r1")]
    assert [row["n_duplicate"] for row in imported.imports.to_pylist()] == [1, 0]


def test_a_lag_that_fits_far_better_is_named_and_nothing_is_moved():
    minutes = [3 * at * at for at in range(40)]
    ts = [round((START + dt.timedelta(minutes=at)).timestamp() * 1e6) for at in minutes]
    seen = pa.table({
        "ts": pa.array(ts, pa.timestamp("us", tz="UTC")), "event_type": ["cart_popup"] * 40, "room_id": ["r1"] * 40,
    })  # fmt: skip

    rows, imported = read_all(seen, orders(*((at + 480, "", "p1", "") for at in minutes)))

    assert any("--tz=+16:00" in note for note in imported.notes)
    assert min(row["ts"] for row in rows if row["event_type"] == "order") == START + dt.timedelta(minutes=480)


def test_orders_that_fit_as_they_are_have_no_better_lag():
    import numpy as np

    minutes = np.arange(100, dtype=np.int64) ** 2
    assert better_lag(minutes * 60_000_000, dict.fromkeys(minutes.tolist(), 1)) is None
    assert better_lag((minutes - 60) * 60_000_000, dict.fromkeys(minutes.tolist(), 1)) == 60
    assert better_lag(np.empty(0, np.int64), {}) is None
