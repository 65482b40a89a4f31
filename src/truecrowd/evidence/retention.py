"""What may be kept how long (evidence.md, section 10). Pure: rows, ends of rooms and orders, and the time give what is due."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.evidence.records import DEFAULT

Flags = npt.NDArray[np.bool_]
DAY_US: Final = 86_400_000_000
ORDERS: Final = ("order", "payment", "ship", "deliver", "cancel", "refund", "price", "stock")
"""Types kept by the end of their order; every other one by the end of its broadcast."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long each class is kept, days.

    Args:
        orders: After the last row of the order. E-Commerce Law 31: three years after completion.
        interaction: After the last row of the room. Order 117 art. 16: three years after the broadcast.
        findings: Tables of an audit, after they were sealed, and never shorter than any row sealed before them.
        client: Client values, after the row. Cybersecurity Law: logs for six months; PIPL 19: no longer than needed.
    """

    orders: int = 1_096
    interaction: int = 1_096
    findings: int = 1_096
    client: int = 184


@dataclass(slots=True)
class Ends:
    """Last microsecond of every room and order; filled segment by segment."""

    rooms: dict[str, int] = field(default_factory=dict)
    orders: dict[str, int] = field(default_factory=dict)

    def add(self, rows: pa.Table) -> None:
        """Take the rows of one more segment into account."""
        for name, ends in (("room_id", self.rooms), ("order_id", self.orders)):
            if name not in rows.column_names:
                continue
            known = pa.table({"id": rows.column(name), "ts": rows.column("ts").cast(pa.int64())})
            last = known.filter(pc.is_valid(known.column("id"))).group_by("id").aggregate([("ts", "max")])
            for one, ts in zip(last.column("id").to_pylist(), last.column("ts_max").to_pylist(), strict=True):
                ends[one] = max(ts, ends.get(one, ts))


@dataclass(frozen=True, slots=True)
class Due:
    """What is due in one segment.

    Args:
        closed: By group: rows whose values go and whose commitment stays.
        gone: Rows of which the leaf hash alone stays.
    """

    closed: Mapping[str, Flags]
    gone: Flags

    @property
    def is_any(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.gone.any() or any(rows.any() for rows in self.closed.values()))


def due_events(
    rows: pa.Table,
    groups: Mapping[str, Sequence[str]],
    ends: Ends,
    times: Times,
    now_us: int,
    holds: Collection[str] | None,
) -> Due:
    """Return what is due among rows of EVENTS.

    Args:
        rows: As they are kept; rows that are gone hold nulls.
        groups: Of the segment.
        ends: Of every room and order in the log.
        times: How long.
        now_us: The time.
        holds: Rooms that are held; None: everything is.
    """
    is_free = free(rows, holds)
    ts = _ints(rows.column("ts").cast(pa.int64()))
    is_there = _flags(pc.is_valid(rows.column("ts")))
    is_order = _flags(pc.is_in(rows.column("event_type").cast(pa.string()), pa.array(ORDERS)))
    end = np.where(is_order, _ends(rows, "order_id", ends.orders, ts), _ends(rows, "room_id", ends.rooms, ts))
    days = np.where(is_order, times.orders, times.interaction)
    gone = is_there & is_free & (end + days * DAY_US <= now_us)
    is_old = is_there & is_free & ~gone & (ts + times.client * DAY_US <= now_us)
    closed = {
        name: is_old & any_value(rows, own) for name, own in groups.items() if set(own) & set(DEFAULT["client"])
    }  # fmt: skip
    return Due(closed, gone)


def due_table(
    rows: pa.Table, at_us: int, oldest_us: int | None, times: Times, now_us: int, holds: Collection[str] | None
) -> Due:
    """Return what is due among rows of an audit's table.

    Args:
        rows: As they are kept.
        at_us: When they were sealed.
        oldest_us: When the oldest row of EVENTS that stays was sealed, None where none stays.
        times: How long.
        now_us: The time.
        holds: Rooms that are held; None: everything is.
    """
    is_over = at_us + times.findings * DAY_US <= now_us and (oldest_us is None or oldest_us > at_us)
    is_there = any_value(rows, rows.column_names)
    return Due({}, is_there & free(rows, holds) & is_over)


def free(rows: pa.Table, holds: Collection[str] | None) -> Flags:
    """Return which rows no hold keeps; a row without a room is kept by any hold."""
    if holds is None:
        return np.zeros(rows.num_rows, bool)
    if not holds:
        return np.ones(rows.num_rows, bool)
    if "room_id" not in rows.column_names:
        return np.zeros(rows.num_rows, bool)
    rooms = rows.column("room_id")
    return _flags(pc.is_valid(rooms)) & ~_flags(pc.is_in(rooms, pa.array(sorted(holds), pa.string())))


def rooms_held(holds: Iterable[list[str] | None]) -> frozenset[str] | None:
    """Return the rooms of some holds together; None where one of them holds everything."""
    found: set[str] = set()
    for rooms in holds:
        if rooms is None:
            return None
        found |= set(rooms)
    return frozenset(found)


def any_value(rows: pa.Table, names: Sequence[str]) -> Flags:
    """Return which rows have a value in one of these columns."""
    found = np.zeros(rows.num_rows, bool)
    for name in names:
        if name in rows.column_names:
            found |= _flags(pc.is_valid(rows.column(name)))
    return found


def emptied(rows: pa.Table, due: Due, groups: Mapping[str, Sequence[str]]) -> pa.Table:
    """Return rows without the values that are due."""
    for name in rows.column_names:
        which = due.gone.copy()
        for group, flags in due.closed.items():
            if name in groups[group]:
                which |= flags
        if which.any():
            at = rows.column_names.index(name)
            column = rows.column(at).combine_chunks()
            column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
            blank = _without(column, which)
            rows = rows.set_column(at, rows.schema.field(at).with_nullable(nullable=True), blank)
    return rows


def _without(column: pa.Array, which: Flags) -> pa.Array:
    """Return a column with nulls; a dictionary is made anew, so that no value stays in it."""
    keep = pa.array(np.where(which, -1, np.arange(len(column))), pa.int64(), mask=which)
    plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    taken = plain.take(keep)
    return taken.dictionary_encode().cast(column.type) if pa.types.is_dictionary(column.type) else taken


def _ends(rows: pa.Table, name: str, ends: Mapping[str, int], ts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    if name not in rows.column_names:
        return ts
    coded = rows.column(name).combine_chunks()
    coded = (coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded).dictionary_encode()
    known = np.array([ends[one] for one in coded.dictionary.to_pylist()] + [0], np.int64)
    codes = pc.fill_null(coded.indices.cast(pa.int64()), len(known) - 1).to_numpy(zero_copy_only=False)
    found: npt.NDArray[np.int64] = np.where(codes == len(known) - 1, ts, known[codes])
    return found


def _flags(values: pa.ChunkedArray) -> Flags:
    found: Flags = pc.fill_null(values, fill_value=False).to_numpy()
    return found.astype(bool)


def _ints(values: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = pc.fill_null(values, fill_value=0).to_numpy()
    return found
