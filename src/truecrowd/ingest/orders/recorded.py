"""What recordings read in the same run tell about their rooms, so that orders find theirs."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

_AFTERWARDS: Final = pa.array(["payment", "ship", "deliver", "cancel", "refund", "review"])
"""Types that follow an order at any time: they do not say when a room was on air."""
TOLD: Final = ("order", "payment", "ship", "deliver", "cancel", "refund", "review")
"""Types an export gives: where a recording holds the event itself, the export's is a repeat."""
_MARKS: Final = pa.array(["cart_popup", "prompt", "product_click"])
"""What a recording shows where orders are placed."""
_MINUTE_US: Final = 60_000_000
_MOST_IDS: Final = 2_000_000


@dataclass(slots=True)
class Room:
    """One recorded room: first and last time on air, who presents, what is sold."""

    first_us: int
    last_us: int
    source_room: str = ""
    hosts: set[str] = field(default_factory=set)
    products: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Recorded:
    """All rooms of the run's recordings, and the minutes in which something asked for an order.

    Args:
        rooms: By room id.
        marks: Pop-ups, prompts and clicks by minute since 1970.
        orders: By order id, the room of orders that stand in a recording themselves.
        told: By order id, bits of `TOLD`: which of its events a recording holds.
    """

    rooms: dict[str, Room] = field(default_factory=dict)
    marks: Counter[int] = field(default_factory=Counter)
    orders: dict[str, str] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)

    def add(self, rows: pa.Table) -> None:
        """Take one table of EVENTS."""
        kinds = rows.column("event_type").cast(pa.string())
        is_air = pc.invert(pc.is_in(kinds, value_set=_AFTERWARDS))
        micros = rows.column("ts").cast(pa.int64())
        air = pa.table({"room": rows.column("room_id"), "ts": micros}).filter(is_air)
        for row in air.group_by("room").aggregate([("ts", "min"), ("ts", "max")]).to_pylist():
            room = self.rooms.setdefault(row["room"], Room(row["ts_min"], row["ts_max"]))
            room.first_us, room.last_us = min(room.first_us, row["ts_min"]), max(room.last_us, row["ts_max"])
        self._names(rows, "host_id", "hosts")
        self._names(rows, "product_id", "products")
        if "source_room_id" in rows.column_names:
            for row in _pairs(rows, "source_room_id"):
                if row["room_id"] in self.rooms:
                    self.rooms[row["room_id"]].source_room = row["source_room_id"]
        minutes = micros.filter(pc.is_in(kinds, value_set=_MARKS)).to_numpy() // _MINUTE_US
        self.marks.update(minutes.tolist())
        if "order_id" in rows.column_names and len(self.orders) < _MOST_IDS:
            self._orders(rows, kinds)

    def _orders(self, rows: pa.Table, kinds: pa.ChunkedArray) -> None:
        told = rows.select(["order_id", "room_id"]).append_column("kind", kinds).filter(
            pc.and_(pc.is_in(kinds, value_set=pa.array(TOLD)), rows.column("order_id").is_valid())
        )  # fmt: skip
        for row in told.to_pylist():
            order = row["order_id"]
            self.told[order] = self.told.get(order, 0) | 1 << TOLD.index(row["kind"])
            if row["kind"] == "order":
                self.orders[order] = row["room_id"]

    def _names(self, rows: pa.Table, column: str, to: str) -> None:
        if column in rows.column_names:
            for row in _pairs(rows, column):
                if row["room_id"] in self.rooms:
                    getattr(self.rooms[row["room_id"]], to).add(row[column])


def _pairs(rows: pa.Table, column: str) -> list[dict[str, str]]:
    named = rows.select(["room_id", column]).filter(rows.column(column).is_valid())
    found: list[dict[str, str]] = named.group_by(["room_id", column]).aggregate([]).to_pylist()
    return found
