"""Repeated event ids: found by hash, proven by comparing, the same in any chunking.

A row is a duplicate if its id was seen before in the same room, on a row not older than the room's newest minus the
window; or in another file given together with this one, on a row the other file has in common with it.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truecrowd.hashing import U64, hash_strings

Micros = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_KEY: Final = 0x7472756563726F77
"""Any constant: every match is proven by comparing the strings, so an outsider who knows it gains nothing."""
_NEVER: Final = -(1 << 62)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Rows that later ones may repeat: their hash, time, file number, room and id."""

    hashes: U64
    ts: Micros
    files: npt.NDArray[np.int32]
    rooms: pa.Array
    ids: pa.Array


def _nothing() -> _Seen:
    none = pa.array([], pa.string())
    return _Seen(np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.int32), none, none)


@dataclass(slots=True)
class Duplicates:
    """What has been seen of all files of one run."""

    _seen: _Seen = field(default_factory=_nothing)
    _newest: dict[str, int] = field(default_factory=dict)
    _file: int = -1

    def find(self, ids: pa.Array, rooms: pa.Array, ts: Micros, *, file: int, window_us: int, keep_from: int) -> Flags:
        """Return which rows repeat an earlier one, and remember these rows.

        Args:
            ids: Event ids, strings, no nulls.
            rooms: Room of each, strings, no nulls.
            ts: Time of each, microseconds, in file order.
            file: Number of the file.
            window_us: Lateness window, microseconds.
            keep_from: Rows from this time on are remembered for later files, microseconds.
        """
        if file != self._file:
            self._file, self._newest = file, {}
        seen = self._seen
        n_seen = len(seen.ts)
        hashes = np.concatenate((seen.hashes, hash_strings(ids, _KEY) ^ hash_strings(rooms, ~_KEY)))
        all_ts = np.concatenate((seen.ts, ts))
        files = np.concatenate((seen.files, np.full(len(ts), file, np.int32)))
        all_rooms, all_ids = pa.concat_arrays([seen.rooms, rooms]), pa.concat_arrays([seen.ids, ids])
        codes, names = _codes(all_rooms)
        before = self._before(codes, names, all_ts, n_seen)
        flags = np.zeros(len(all_ts), np.bool_)
        suspects = _repeated(hashes)
        if len(suspects):
            exact = _exact(all_ids, all_rooms, suspects)
            flags[suspects] = _repeats(exact, all_ts[suspects], files[suspects], before[suspects] - window_us)
        newest = (
            np.array([self._newest.get(name, _NEVER + window_us) for name in names] or [0], np.int64)[codes] - window_us
        )
        stay = np.flatnonzero(all_ts >= np.minimum(newest, keep_from))
        taken = pa.array(stay)
        self._seen = _Seen(hashes[stay], all_ts[stay], files[stay], all_rooms.take(taken), all_ids.take(taken))
        return flags[n_seen:]

    def _before(self, codes: npt.NDArray[np.int32], names: list[str], ts: Micros, n_seen: int) -> Micros:
        """Return the newest time of its room before each new row, and advance it; rows already seen get none."""
        out = np.full(len(ts), _NEVER, np.int64)
        new = codes[n_seen:]
        order = np.argsort(new, kind="stable") if len(names) > 1 else np.arange(len(new))
        edges = np.searchsorted(new[order], np.arange(len(names) + 1))
        for code, name in enumerate(names):
            at = n_seen + order[edges[code] : edges[code + 1]]
            if not len(at):
                continue
            newest = np.maximum.accumulate(np.concatenate(([self._newest.get(name, _NEVER)], ts[at])))
            out[at] = newest[:-1]
            self._newest[name] = int(newest[-1])
        return out


def _codes(rooms: pa.Array) -> tuple[npt.NDArray[np.int32], list[str]]:
    coded = rooms.dictionary_encode()
    return coded.indices.to_numpy(zero_copy_only=False), coded.dictionary.to_pylist()


def _repeated(hashes: U64) -> npt.NDArray[np.int64]:
    """Return the positions of all hashes that stand more than once, ascending."""
    ordered = np.sort(hashes)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(twice):
        return np.empty(0, np.int64)
    at = np.minimum(np.searchsorted(twice, hashes), len(twice) - 1)
    return np.flatnonzero(twice[at] == hashes)


def _exact(ids: pa.Array, rooms: pa.Array, at: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return one number per distinct (room, id) of the rows at `at`."""
    taken = pa.array(at)
    id_codes, _ = _codes(ids.take(taken))
    room_codes, names = _codes(rooms.take(taken))
    return id_codes.astype(np.int64) * max(len(names), 1) + room_codes


def _repeats(codes: npt.NDArray[np.int64], ts: Micros, files: npt.NDArray[np.int32], oldest: Micros) -> Flags:
    """Return which rows repeat an earlier row of the same code that is young enough or of another file."""
    flags = np.zeros(len(codes), np.bool_)
    best: dict[int, tuple[int, int]] = {}
    rows = zip(codes.tolist(), ts.tolist(), files.tolist(), oldest.tolist(), strict=True)
    for at, (code, when, file, limit) in enumerate(rows):
        earlier = best.get(code)
        flags[at] = earlier is not None and (earlier[0] >= limit or earlier[1] != file)
        best[code] = (max(when, earlier[0]), earlier[1]) if earlier else (when, file)
    return flags
