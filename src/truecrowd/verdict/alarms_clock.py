"""What time it is in every room, by its own rows in the order they arrive; no row can move another room's time.

The time of a room is the median of its last five rows, never going back: two rows that lie about their time, whoever
sent them, move nothing. A tick is closed when the time less the lateness has passed its end. What belongs to a closed
tick is late: it counts in every final table and changes no alarm. What lies more than an hour ahead is not counted in
alarms either, or a single row could hide there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from truecrowd.stored import Loaded, Piece, whole

TICK_US: Final = 10_000_000
OPEN: Final = 5
"""Rows whose median is the time of a room. Odd; each two more stand one more liar and cost a few rows of delay."""
AHEAD: Final = 360
"""Ticks before the room's time up to which a row is counted; bounds what is kept of ticks that are still open."""
NEVER: Final = -(1 << 38)
"""A tick before all ticks: nothing is closed."""
FROZEN: Final = 1_000
"""Rows in a row with one and the same time from which a room's clock is said to stand still. Guess."""
_EARLY: Final = np.int64(NEVER) * TICK_US * 2
_ROOM: Final = np.dtype([
    ("tail", "i8", (OPEN - 1,)), ("closed", "i8"), ("last", "i8"), ("n_same", "i8"), ("n", "i8"), ("n_late", "i8"),
    ("n_ahead", "i8"), ("n_back", "i8"),
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Placed:
    """Rows by room, in each room in the order of arrival.

    Args:
        order: Shape (n,), row numbers of the slice.
        starts: Where a room begins; with the end of the last one.
        rooms: Code of each of them.
        tick: Shape (n,), tick of each row, in `order`.
        counts: Shape (n,), bool, in `order`: neither late nor far ahead.
    """

    order: np.ndarray
    starts: np.ndarray
    rooms: np.ndarray
    tick: np.ndarray
    counts: np.ndarray


class Clocks:
    """The time of every room.

    Args:
        lateness_us: How far behind the room's time a tick closes, microseconds.
    """

    def __init__(self, lateness_us: int) -> None:
        self._lateness_us = lateness_us
        self._rooms = np.empty(0, _ROOM)

    @property
    def rooms(self) -> np.ndarray:
        """By room code: `closed` (ticks before it are), `n`, `n_late`, `n_ahead`, `n_same` (rows of one time)."""
        return self._rooms

    def take(self, room: np.ndarray, ts: np.ndarray) -> Placed:
        """Advance the time of these rows' rooms.

        Args:
            room: Shape (n,), codes.
            ts: Shape (n,), microseconds, in the order of arrival.
        """
        self._know(int(room.max(initial=-1)) + 1)
        order = np.argsort(room, kind="stable")
        room, ts = room[order], ts[order]
        starts = np.flatnonzero(np.diff(room, prepend=-1, append=-1))
        rooms = room[starts[:-1]]
        place = np.repeat(np.arange(len(rooms)), np.diff(starts))
        closed = self._closings(ts, starts, rooms, place)
        before = np.empty_like(closed)
        before[1:] = closed[:-1]
        before[starts[:-1]] = self._rooms["closed"][rooms]
        tick = ts // TICK_US
        is_late, is_ahead = tick < before, (tick > before + AHEAD) & (before > NEVER)
        self._count(rooms, starts, ts, is_late, is_ahead)
        self._rooms["closed"][rooms] = closed[starts[1:] - 1]
        return Placed(order, starts, rooms, tick, ~(is_late | is_ahead))

    def _know(self, n: int) -> None:
        if n > len(self._rooms):
            more = np.zeros(max(n, 2 * len(self._rooms), 64) - len(self._rooms), _ROOM)
            more["tail"], more["closed"], more["last"] = _EARLY, NEVER, _EARLY
            self._rooms = np.concatenate([self._rooms, more])

    def _closings(self, ts: np.ndarray, starts: np.ndarray, rooms: np.ndarray, place: np.ndarray) -> np.ndarray:
        """Return shape (n,), the first tick that is open after each row."""
        kept = OPEN - 1
        at = np.arange(len(ts)) + (place + 1) * kept
        wide = np.empty(len(ts) + len(rooms) * kept, np.int64)
        wide[at] = ts
        heads = starts[:-1] + np.arange(len(rooms)) * kept
        wide[heads[:, None] + np.arange(kept)] = self._rooms["tail"][rooms]
        ends = at[starts[1:] - 1]
        self._rooms["tail"][rooms] = wide[ends[:, None] + np.arange(1 - kept, 1)]
        window = np.lib.stride_tricks.sliding_window_view(wide, OPEN)[at - kept]
        middle = np.partition(window, OPEN // 2, axis=1)[:, OPEN // 2]
        closed = np.maximum((middle - self._lateness_us) // TICK_US, NEVER)
        closed = np.maximum(closed, self._rooms["closed"][rooms][place])
        step = np.int64(1) << 41  # more than any two ticks lie apart, so that no room hides the next one's
        return np.asarray(np.maximum.accumulate(closed + place * step) - place * step)

    def _count(
        self, rooms: np.ndarray, starts: np.ndarray, ts: np.ndarray, is_late: np.ndarray, is_ahead: np.ndarray
    ) -> None:
        here = self._rooms[rooms]
        here["n"] += np.diff(starts)
        here["n_late"] += np.add.reduceat(is_late, starts[:-1], dtype=np.int64)
        here["n_ahead"] += np.add.reduceat(is_ahead, starts[:-1], dtype=np.int64)
        before = np.empty_like(ts)
        before[1:] = ts[:-1]
        before[starts[:-1]] = here["last"]
        here["n_back"] += np.add.reduceat(ts < before, starts[:-1], dtype=np.int64)
        differs = np.where(ts != before, np.arange(1, len(ts) + 1), 0)
        newest = np.maximum.reduceat(differs, starts[:-1])  # one behind the last row with a new time; 0: none
        here["n_same"] = np.where(newest > 0, starts[1:] - newest + 1, here["n_same"] + np.diff(starts))
        here["last"] = ts[starts[1:] - 1]
        self._rooms[rooms] = here

    def pieces(self) -> Mapping[str, Piece]:
        """Return what has to be stored."""
        return {"rooms": self._rooms}

    def load(self, loaded: Loaded) -> None:
        """Take up what was stored."""
        self._rooms = whole(loaded, "rooms", _ROOM)
