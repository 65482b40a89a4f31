"""Which room an order belongs to: a recording's, a window's of the contract, its host's, or none.

Never by names that look alike, and never by time alone where nothing else was said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.ingest.orders.cells import Column, Flags, Ints
from truecrowd.ingest.orders.events import Placed
from truecrowd.ingest.orders.recorded import Recorded, Room
from truecrowd.ingest.orders.rows import Rows
from truecrowd.ingest.sessions import room_id

OFF: Final = "off:"
"""How the name of what is no room begins."""
BEFORE_US: Final = 300_000_000
AFTER_US: Final = 1_800_000_000
"""How long before its start and after its end an order still belongs to a broadcast (guesses, ingest.md 6)."""
_FEWEST: Final = 20
"""Orders that make one of a host's other sessions; fewer are stray and stay off air (a guess)."""
_MINUTE_US: Final = 60_000_000
_STEP: Final = 15
_MOST_LAG: Final = 14 * 60
"""Lags between orders and the recording that are tried, minutes."""
_BETTER: Final = 3.0
"""How much better than no lag a lag must fit to be named (a guess)."""
_ENOUGH: Final = 20
"""Orders that must meet a mark of the recording at that lag."""

Windows = Sequence[tuple[int, int]]


@dataclass(slots=True)
class Placing:
    """Finds the rooms of one export's orders.

    Args:
        rows: Lines of orders.
        name: Merchant, else the source: what rooms without a name of their own are called by.
        recorded: What the run's recordings tell.
        windows: Broadcasts of the contract, `[start, end)`, microseconds in UTC.
        room: Value of `--room`.
        gap_us: Silence that ends one of a host's other sessions, microseconds.
        note: Takes a line for the import report.
    """

    rows: Rows
    name: str
    recorded: Recorded
    windows: Windows
    room: str | None
    gap_us: int
    note: Callable[[str], None]
    _ts: Ints = field(init=False)
    _first: Ints = field(init=False)
    _out: Ints = field(init=False)
    _names: dict[str, int] = field(default_factory=dict)

    def placed(self) -> Placed:
        """Return the room of every row; all lines of an order share it."""
        n = len(self.rows)
        if not self.windows and not self.recorded.rooms:
            column = Column(pa.array([self.room or self.name]), np.zeros(n, np.int32))
            return Placed(column, column)
        order = self.rows.order
        at = np.arange(n)[::-1]
        lowest = np.zeros(len(order.values), np.int64)
        lowest[order.codes[at]] = at
        self._first = lowest[order.codes]
        self._ts = self.rows.events[0].ts[self._first]
        self._out = np.full(n, -1, np.int64)
        self._by_id()
        self._by_recording()
        self._by_window()
        self._by_host()
        return self._finished()

    def _finished(self) -> Placed:
        n_off = len(np.unique(self.rows.order.codes[self._left]))
        if n_off:
            self.note(f"{n_off:,} orders belong to no broadcast: kept apart as {OFF}{self.name}")
        self._out[self._left] = self._code(OFF + self.name)
        rooms = self.recorded.rooms
        names = {room: rooms[room].source_room or room for room in rooms}
        column = Column(pa.array(list(self._names)), self._out[self._first].astype(np.int32))
        sources = [names.get(name, name.split("@")[0]) for name in column.values.to_pylist()]
        return Placed(column, column.changed(lambda _: pa.array(sources, pa.string())))

    @property
    def _left(self) -> Flags:
        left: Flags = self._out < 0
        return left

    def _code(self, room: str) -> int:
        return self._names.setdefault(room, len(self._names))

    def _by_id(self) -> None:
        """Take the room in which a recording itself shows the order."""
        known = self.recorded.orders
        rooms = [known.get(order) for order in self.rows.order.values.to_pylist()] if known else []
        if any(rooms):
            codes = np.array([-1 if room is None else self._code(room) for room in rooms], np.int64)
            self._out = codes[self.rows.order.codes]

    def _by_recording(self) -> None:
        """Take the one recorded room of the order's host on air then, else the one that shows its product."""
        rooms = list(self.recorded.rooms.items())
        is_open = self._left
        fits = [self._in(room.first_us, room.last_us, is_open) for _, room in rooms]
        if self.room is not None:
            self._take([name for name, _ in rooms], fits)
            return
        hosts, products = self._values("host_id"), self._values("product_id")
        by_host = [fit & self._holds(hosts, room.hosts) for fit, (_, room) in zip(fits, rooms, strict=True)]
        self._take([name for name, _ in rooms], by_host)
        others = [
            fit & ~self._differs(hosts, room) & self._any_line(self._holds(products, room.products))
            for fit, (_, room) in zip(fits, rooms, strict=True)
        ]
        self._take([name for name, _ in rooms], others)

    def _take(self, names: Sequence[str], fits: Sequence[Flags]) -> None:
        """Give the rows that one room fits to it; those that several fit are said and left."""
        left = self._left
        counts = np.sum([fit & left for fit in fits], axis=0) if len(fits) else np.zeros(len(left), np.int64)
        for name, fit in zip(names, fits, strict=True):
            self._out[fit & left & (counts == 1)] = self._code(name)
        if n := len(np.unique(self.rows.order.codes[left & (counts > 1)])):
            self.note(f"{n:,} orders fit several rooms that were on air at once (ambiguous_room): given to none")

    def _by_window(self) -> None:
        """Take the window the order was placed in; a recording that was on air then gives it its room."""
        for start, end in sorted(self.windows):
            inside = self._in(start, end, self._left)
            if not inside.any():
                continue
            on_air = [n for n, room in self.recorded.rooms.items() if room.first_us < end and room.last_us >= start]
            name = on_air[0] if len(on_air) == 1 else room_id(self.room or self.name, start)
            self._out[inside] = self._code(name)

    def _by_host(self) -> None:
        """Make sessions of what hosts sold live outside the windows; strays stay off air."""
        column = self.rows.columns.get("host_id")
        if column is None or not self.rows.is_live.any():
            return
        mine = self._left & self.rows.is_live & (column.codes >= 0)
        for code in np.unique(column.codes[mine]).tolist():
            at = np.flatnonzero(mine & (column.codes == code))
            at = at[np.argsort(self._ts[at], kind="stable")]
            breaks = np.flatnonzero(np.diff(self._ts[at]) > self.gap_us) + 1
            host = column.values[code].as_py()
            for part in np.split(at, breaks):
                if len(np.unique(self.rows.order.codes[part])) >= _FEWEST:
                    self._out[part] = self._code(room_id(host, int(self._ts[part[0]])))

    def _in(self, first_us: int, last_us: int, where: Flags) -> Flags:
        inside: Flags = where & (self._ts >= first_us - BEFORE_US) & (self._ts < last_us + AFTER_US)
        return inside

    def _values(self, name: str) -> Column:
        return self.rows.columns.get(name) or Column.nothing(len(self.rows))

    def _holds(self, column: Column, wanted: set[str]) -> Flags:
        return column.rows(np.array([value in wanted for value in column.values.to_pylist()], np.bool_))

    def _differs(self, hosts: Column, room: Room) -> Flags:
        """Return the rows of another host than the room's; unknown hosts do not differ."""
        return hosts.is_filled & ~self._holds(hosts, room.hosts) if room.hosts else np.zeros(len(hosts), np.bool_)

    def _any_line(self, flags: Flags) -> Flags:
        """Return all lines of the orders in which one line is flagged."""
        orders = np.zeros(len(self.rows.order.values), np.bool_)
        orders[self.rows.order.codes[flags]] = True
        return self.rows.order.rows(orders)


def better_lag(ts: Ints, marks: dict[int, int]) -> int | None:
    """Return by how many minutes orders must be moved to fit a recording's marks far better than they do.

    Args:
        ts: Times of orders, microseconds.
        marks: Pop-ups, prompts and clicks by minute since 1970.

    Returns:
        A multiple of 15 up to 14 hours either way; None where nothing fits three times better than no lag.
    """
    if not marks or not len(ts):
        return None
    minutes, counts = np.unique(ts // _MINUTE_US, return_counts=True)
    at = np.array(sorted(marks), np.int64)
    weights = np.array([marks[minute] for minute in at.tolist()], np.float64)
    fits: dict[int, float] = {}
    met: dict[int, int] = {}
    for lag in range(-_MOST_LAG, _MOST_LAG + 1, _STEP):
        place = np.minimum(np.searchsorted(at, minutes + lag), len(at) - 1)
        hit = at[place] == minutes + lag
        fits[lag], met[lag] = float((counts * weights[place])[hit].sum()), int(counts[hit].sum())
    best = max(fits, key=lambda lag: (fits[lag], -abs(lag)))
    if best == 0 or met[best] < _ENOUGH or fits[best] < _BETTER * max(fits[0], 1.0):
        return None
    return best
