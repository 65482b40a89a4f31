"""Which session of a room an event belongs to: a room's permanent number and the session's start, in UTC."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Micros = npt.NDArray[np.int64]


@dataclass(slots=True)
class _Room:
    newest: int
    starts: list[int]
    names: list[str]


@dataclass(slots=True)
class Sessions:
    """The sessions of all source rooms seen so far; the same whatever chunks the rows come in.

    A session begins at an event more than `gap_us` after the newest one before it. An event behind its room's newest
    belongs to the latest session that had begun by then, or to the room's first.

    Args:
        gap_us: Silence that ends a session, microseconds.
    """

    gap_us: int
    _rooms: dict[str, _Room] = field(default_factory=dict)

    def names(self, source_rooms: pa.Array, ts: Micros) -> pa.Array:
        """Return the room_id of each row.

        Args:
            source_rooms: Strings, no nulls.
            ts: Same length, microseconds, in file order.
        """
        coded = source_rooms.dictionary_encode() if not pa.types.is_dictionary(source_rooms.type) else source_rooms
        codes = coded.indices.to_numpy(zero_copy_only=False)
        labels: list[str] = []
        out = np.zeros(len(codes), np.int64)
        for code, room in enumerate(coded.dictionary.to_pylist()):
            at = np.flatnonzero(codes == code)
            if len(at):
                out[at] = len(labels) + self._sessions(room, ts[at])
                labels.extend(self._rooms[room].names)
        return pc.take(pa.array(labels, pa.string()), pa.array(out))

    def _sessions(self, room: str, ts: Micros) -> Micros:
        state = self._rooms.get(room)
        if state is None:
            first = int(ts[0])
            state = self._rooms[room] = _Room(first, [first], [room_id(room, first)])
        before = np.maximum.accumulate(np.concatenate(([state.newest], ts)))
        for start in ts[ts > before[:-1] + self.gap_us].tolist():
            state.starts.append(start)
            state.names.append(room_id(room, start))
        state.newest = int(before[-1])
        return np.maximum(np.searchsorted(np.array(state.starts), ts, side="right") - 1, 0)


def room_id(source_room: str, start_us: int) -> str:
    """Return a session's name.

    >>> room_id("21195793", 1_640_864_083_000_000)
    '21195793@20211230T113443Z'
    """
    start = np.datetime_as_string(np.datetime64(start_us // 1_000_000, "s"))
    return f"{source_room}@{str(start).replace('-', '').replace(':', '')}Z"
