"""Events by room, slice of time and type, and accounts by room, counted from integer columns without sorting events.

Both are states: what slices give merges in any order (`CELLS`, `ACCOUNTS_SEEN`).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from truecrowd.features.state import Layout

CELLS: Final = Layout(
    np.dtype([("room_id", "i4"), ("event_type", "i1"), ("cell", "i8"), ("n", "i8")]),
    key=("room_id", "event_type", "cell"),
    how={"n": "sum"},
)
"""Events of one type in one room and slice of time; `cell` counts slices of `cell_s` seconds since 1970."""

_DENSE: Final = 4
"""Most bins per row that are counted side by side; beyond it rows are sorted, which costs about as much as 8 bins."""
_LEAST_BINS: Final = 65_536
"""Bins that are counted side by side whatever the number of rows: they fit a core's cache."""


def cell_counts(room: np.ndarray, event_type: np.ndarray, ts: np.ndarray, *, cell_s: int = 10) -> np.ndarray:
    """Count events by room, type and slice of time.

    Args:
        room: Shape (n,), whole numbers >= 0, codes of rooms.
        event_type: Shape (n,), whole numbers >= 0, codes of types.
        ts: Shape (n,), int64 microseconds.
        cell_s: Length of a slice, seconds, >= 1.

    Returns:
        `CELLS` records, one for each combination that occurs, sorted by room, type and cell.

    >>> cell_counts(np.array([0, 0]), np.array([3, 3]), np.array([1_000_000, 9_000_000]))["n"].tolist()
    [2]
    """
    cell = ts // (cell_s * 1_000_000)
    rows = {"room_id": room, "event_type": event_type, "cell": cell}
    if not len(ts):
        return np.empty(0, CELLS.dtype)
    low, size = _box(rows)
    if np.prod(size, dtype=np.float64) > max(_DENSE * len(ts), _LEAST_BINS):
        return CELLS.reduce(CELLS.rows({**rows, "n": 1}))
    return _filled(np.bincount(_place(rows, low, size)), low, size)


def merged_counts(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return the `CELLS` state of several slices together, equal to `CELLS.merge(parts)`."""
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return parts[0] if parts else np.empty(0, CELLS.dtype)
    boxes = [_box(part) for part in parts]
    low = np.min([low for low, _ in boxes], axis=0)
    size = np.max([low + size for low, size in boxes], axis=0) - low
    if np.prod(size, dtype=np.float64) > max(_DENSE * sum(map(len, parts)), _LEAST_BINS):
        return CELLS.merge(parts)
    grid = np.zeros(int(np.prod(size)), np.int64)
    for part in parts:
        grid[_place(part, low, size)] += part["n"]  # a part holds every key once
    return _filled(grid, low, size)


def _box(rows: "np.ndarray | dict[str, np.ndarray]") -> tuple[np.ndarray, np.ndarray]:
    low = np.array([int(rows[name].min()) for name in CELLS.key])
    high = np.array([int(rows[name].max()) for name in CELLS.key])
    return low, high - low + 1


def _place(rows: "np.ndarray | dict[str, np.ndarray]", low: np.ndarray, size: np.ndarray) -> np.ndarray:
    place = np.zeros(len(rows["cell"]), np.int64)
    for at, name in enumerate(CELLS.key):
        place *= size[at]
        place += rows[name]
        place -= low[at]
    return place


def _filled(counts: np.ndarray, low: np.ndarray, size: np.ndarray) -> np.ndarray:
    at = np.flatnonzero(counts)
    out = np.empty(len(at), CELLS.dtype)
    out["n"] = counts[at]
    for place, name in reversed(list(enumerate(CELLS.key))):
        above = at // size[place]
        out[name] = at - above * size[place] + low[place]
        at = above
    return out


class AccountsSeen:
    """Counts the accounts of every room exactly, one 64-bit word an account and room.

    Words are kept by room and sorted when they outweigh what is sorted already, so memory follows the accounts and
    not the events.
    """

    def __init__(self) -> None:
        self._seen: dict[int, np.ndarray] = {}
        self._parts: dict[int, list[np.ndarray]] = {}
        self._n_seen = 0
        self._n_new = 0

    def add(self, room: np.ndarray, account: np.ndarray) -> None:
        """Take the rows of one slice.

        Args:
            room: Shape (n,), whole numbers from 0 to 65,535, codes of rooms.
            account: Shape (n,), codes or hashes of accounts; none of them null.
        """
        order = np.argsort(room.astype(np.uint16), kind="stable")  # radix sort
        ends = np.cumsum(np.bincount(room))
        sorted_by_room = account[order]
        for code in np.flatnonzero(np.diff(ends, prepend=0)):
            start = ends[code - 1] if code else 0
            self._parts.setdefault(int(code), []).append(sorted_by_room[start : ends[code]])
        self._n_new += len(account)
        if self._n_new > self._n_seen + 1_048_576:
            self._sort()

    def counts(self) -> dict[int, int]:
        """Return, by room, how many accounts were seen."""
        self._sort()
        return {room: len(accounts) for room, accounts in sorted(self._seen.items())}

    def _sort(self) -> None:
        for room, parts in self._parts.items():
            words = np.sort(np.concatenate([*([self._seen[room]] if room in self._seen else []), *parts]))
            is_first = np.ones(len(words), np.bool_)
            np.not_equal(words[1:], words[:-1], out=is_first[1:])
            self._seen[room] = words[is_first]
        self._parts, self._n_new = {}, 0
        self._n_seen = sum(map(len, self._seen.values()))
