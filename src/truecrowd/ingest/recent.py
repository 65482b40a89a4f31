"""Repeated event ids of one endless source: what `Duplicates` finds, at a cost that does not grow with the window.

A row is a duplicate if its id was seen before in the same room, on a row not older than the room's newest minus the
window. Matches of hashes are proven by comparing the strings, so nobody can make another's event vanish.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.hashing import hash_strings
from truecrowd.ingest.duplicates import Flags, Micros
from truecrowd.places import Places, mixed
from truecrowd.stored import Growing, Loaded, Piece, whole

_KEY: Final = 0x7472756563726F77
"""As in `duplicates`: any constant."""
_NEVER: Final = -(1 << 62)
_SPARE: Final = 65_536
"""Ids too old to matter that may be there before they are looked for and dropped."""


class Recent:
    """Ids seen within the window of their room (protocol of `Duplicates.find`); one file, any number of calls."""

    def __init__(self) -> None:
        self._rooms: dict[str, int] = {}
        self._newest = np.full(64, _NEVER, np.int64)
        self._places = Places()
        self._ts, self._room = Growing(np.int64), Growing(np.int32)
        self._ids: list[pa.RecordBatch] = []
        self._starts: list[int] = [0]
        self._again: dict[int, int] = {}
        self._odd: dict[tuple[int, str], int] = {}
        self._n_kept = 0

    def find(
        self,
        ids: pa.Array,
        rooms: pa.Array,
        ts: Micros,
        *,
        file: int,  # noqa: ARG002  there is one
        window_us: int,
        keep_from: int,  # noqa: ARG002  there is no later file
    ) -> Flags:
        """Return which rows repeat an earlier one, and remember these rows. As `Duplicates.find`."""
        room = self._codes(rooms)
        before = self._before(room, ts)
        at, is_new = self._places.add(hash_strings(ids, _KEY) ^ mixed(room.astype(np.uint64)))
        self._ts.extend(ts[is_new])
        self._room.extend(room[is_new])
        new = ids if is_new.all() else ids.filter(pa.array(is_new))
        if len(new):
            self._ids.append(pa.record_batch([new], names=["event_id"]))
            self._starts.append(len(self._places))
        flags = np.zeros(len(ts), np.bool_)
        for row in np.flatnonzero(~is_new).tolist():
            flags[row] = self._is_again(
                int(at[row]), int(room[row]), ids[row].as_py(), int(ts[row]), int(before[row]) - window_us
            )
        if len(self._places) > 2 * self._n_kept + _SPARE:
            self._drop(window_us)
        return flags

    def _codes(self, rooms: pa.Array) -> np.ndarray:
        coded = rooms.dictionary_encode()
        known = self._rooms
        table = np.array([known.setdefault(name, len(known)) for name in coded.dictionary.to_pylist()] or [0], np.int32)
        if len(known) > len(self._newest):
            self._newest = np.append(self._newest, np.full(len(known), _NEVER, np.int64))
        return np.asarray(table.take(coded.indices.to_numpy(zero_copy_only=False)))

    def _before(self, room: np.ndarray, ts: Micros) -> Micros:
        """Return the newest time of its room before each row, and advance it."""
        order = np.argsort(room, kind="stable")
        sorted_room, sorted_ts = room[order], ts[order]
        starts = np.flatnonzero(np.diff(sorted_room, prepend=-1))
        newest = running_max(sorted_ts, starts)
        newest = np.maximum(newest, self._newest[sorted_room])
        before = np.empty_like(newest)
        before[1:] = newest[:-1]
        before[starts] = self._newest[sorted_room[starts]]
        ends = np.append(starts[1:], len(ts)) - 1
        self._newest[sorted_room[ends]] = newest[ends]
        out: np.ndarray = np.empty_like(before)
        out[order] = before
        return out

    def _is_again(self, place: int, room: int, name: str, ts: int, limit: int) -> bool:
        if int(self._room.values[place]) == room and self._id(place) == name:
            earlier = self._again.get(place, int(self._ts.values[place]))
            self._again[place] = max(earlier, ts)
            return earlier >= limit
        earlier_odd = self._odd.get((room, name))  # two ids of one hash: the second is kept by its text
        self._odd[room, name] = ts if earlier_odd is None else max(earlier_odd, ts)
        return earlier_odd is not None and earlier_odd >= limit

    def _id(self, place: int) -> str:
        part = int(np.searchsorted(self._starts, place, side="right")) - 1
        return str(self._ids[part].column(0)[place - self._starts[part]].as_py())

    def _drop(self, window_us: int) -> None:
        """Forget ids that no row can repeat any more."""
        newest = self._ts.values.copy()
        for place, ts in self._again.items():
            newest[place] = ts
        keep = newest >= self._newest[self._room.values] - window_us
        ids = pa.concat_arrays([part.column(0) for part in self._ids]).filter(pa.array(keep))
        self._places.keep(keep)
        self._ts.replace(newest[keep])
        self._room.replace(self._room.values[keep])
        self._ids, self._starts = [pa.record_batch([ids], names=["event_id"])], [0, len(ids)]
        self._again = {}
        self._odd = {key: ts for key, ts in self._odd.items() if ts >= int(self._newest[key[0]]) - window_us}
        self._n_kept = len(ids)

    def pieces(self) -> Mapping[str, Piece]:
        """Return what has to be stored."""
        again = np.array([*self._again.items()], np.int64).ravel()
        odd = {
            "room": [key[0] for key in self._odd],
            "name": [key[1] for key in self._odd],
            "ts": [*self._odd.values()],
        }
        return {
            "rooms": [pa.record_batch([pa.array(self._rooms, pa.string())], names=["room"])], "newest": self._newest,
            "keys": self._places.keys, "ts": self._ts, "room": self._room, "ids": self._ids, "again": again,
            "odd": [pa.RecordBatch.from_pydict(odd, schema=_ODD_ROWS)], "n_kept": np.array([self._n_kept]),
        }  # fmt: skip

    def load(self, loaded: Loaded) -> None:
        """Take up what was stored."""
        texts = {name: [part for part in parts if isinstance(part, pa.RecordBatch)] for name, parts in loaded.items()}
        rooms = [name for part in texts["rooms"] for name in part.column(0).to_pylist()]
        self._rooms = {name: code for code, name in enumerate(rooms)}
        self._newest = whole(loaded, "newest", np.int64)
        self._places = Places(whole(loaded, "keys", np.uint64))
        self._ts.extend(whole(loaded, "ts", np.int64))
        self._room.extend(whole(loaded, "room", np.int32))
        self._ids = texts["ids"]
        self._starts = [0, *np.cumsum([part.num_rows for part in self._ids]).tolist()]
        self._again = dict(whole(loaded, "again", np.int64).reshape(-1, 2).tolist())
        for part in texts["odd"]:
            self._odd |= {(row["room"], row["name"]): row["ts"] for row in part.to_pylist()}
        self._n_kept = int(whole(loaded, "n_kept", np.int64)[0])


_ODD_ROWS: Final = pa.schema([("room", pa.int32()), ("name", pa.string()), ("ts", pa.int64())])


def running_max(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the greatest value so far within each group; groups begin at `starts`, int64."""
    if not len(values):
        return values
    place = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(values))))
    low = int(values.min())
    step = int(values.max()) - low + 1
    if len(starts) * step < 1 << 62:
        return np.asarray(np.maximum.accumulate(values - low + place * step) - place * step + low)
    ends = np.append(starts[1:], len(values))
    return np.concatenate([np.maximum.accumulate(values[a:b]) for a, b in zip(starts, ends, strict=True)])
