"""Arrays on the disk: each snapshot adds one file with what is new, files that hold little of use go.

A place is [segment, offset, bytes, crc32, what it is]; what an array is, is its dtype as NumPy describes it.
"""

import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import numpy as np
import pyarrow as pa

from truecrowd.errors import InputError
from truecrowd.stored import Growing, Grown, Part, Piece, Pieces

Place: TypeAlias = "list[Any]"
Places: TypeAlias = Mapping[str, Sequence[Place]]
_TABLE: Final = "arrow"
_WASTE: Final = 0.5
"""Part of a segment that must still be of use, or what is of use in it is written anew."""
_MANY: Final = 64
"""Segments from which on small ones are written together."""
_SMALL: Final = 4 << 20
_MAPPED: Final = 1 << 20
"""Bytes from which on an array is mapped."""
_MOST: Final = 16 << 30
"""Longest array that is read, bytes."""


class Segments:
    """The segments of one state folder.

    Args:
        folder: Exists.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: dict[int, tuple[Part, Place]] = {}
        self._grown: dict[str, tuple[int, int, list[Place]]] = {}
        self._next = 1 + max((number for number, _ in self._files()), default=0)

    def write(self, pieces: Pieces) -> dict[str, list[Place]]:
        """Write what is new into one new segment, wait until it is on the disk, and return where everything lies.

        Raises:
            OSError: The disk is full or gone; what was written before is whole.
        """
        stale = self._stale()
        path = self._folder / f"segment-{self._next:09d}"
        parts: dict[int, tuple[Part, Place]] = {}
        grown: dict[str, tuple[int, int, list[Place]]] = {}
        try:
            with path.open("wb") as file:
                writer = _Writer(file, self._next)
                places = {name: self._piece(name, piece, writer, stale, parts, grown) for name, piece in pieces.items()}
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise
        self._next += 1
        self._parts, self._grown = parts, grown
        return places

    def _piece(
        self, name: str, piece: Piece, writer: "_Writer", stale: set[int], parts: dict[int, tuple[Part, Place]],
        grown: dict[str, tuple[int, int, list[Place]]],
    ) -> list[Place]:  # fmt: skip
        if isinstance(piece, np.ndarray):
            return [writer.put(piece)]
        if isinstance(piece, Growing | Grown):
            generation, n, places = self._grown.get(name, (-1, 0, []))
            if generation != piece.generation or any(place[0] in stale for place in places):
                n, places = 0, []
            if piece.n > n:
                places = [*places, writer.put(piece.values[n:])]
            grown[name] = (piece.generation, piece.n, places)
            return places
        out = []
        for part in piece:
            known = self._parts.get(id(part))
            place = known[1] if known and known[0] is part and known[1][0] not in stale else writer.put(part)
            parts[id(part)] = (part, place)
            out.append(place)
        return out

    def _stale(self) -> set[int]:
        """Return segments whose useful parts are to be written anew: mostly waste, or too many small ones."""
        used: dict[int, int] = {}
        for _, place in self._parts.values():
            used[place[0]] = used.get(place[0], 0) + place[2]
        for *_, places in self._grown.values():
            for place in places:
                used[place[0]] = used.get(place[0], 0) + place[2]
        sizes = {number: path.stat().st_size for number, path in self._files() if number in used}
        stale = {number for number, size in sizes.items() if used[number] < _WASTE * size}
        if len(sizes) > _MANY:
            stale |= {number for number, size in sizes.items() if size < _SMALL}
        return stale

    def keep(self, places: Places) -> None:
        """Remove segments that hold none of these."""
        wanted = {place[0] for rows in places.values() for place in rows}
        for number, path in self._files():
            if number not in wanted:
                path.unlink(missing_ok=True)

    def load(self, places: Places) -> dict[str, list[Part]]:
        """Return everything that lies at these places; large arrays are mapped, and read when they are asked for.

        Call `check` afterwards, in another thread if need be: mapped arrays have not been looked at yet.

        Raises:
            InputError: A segment is missing or damaged.
        """
        loaded: dict[str, list[Part]] = {}
        handles: dict[int, Any] = {}
        try:
            for name, rows in places.items():
                loaded[name] = [self._part(place, handles) for place in rows]
        finally:
            for handle in handles.values():
                handle.close()
        for name, rows in places.items():
            for part, place in zip(loaded[name], rows, strict=True):
                self._parts[id(part)] = (part, list(place))
        return loaded

    def _part(self, place: Sequence[Any], handles: dict[int, Any]) -> Part:
        segment, offset, size, checksum, kind = place
        path = self._folder / f"segment-{int(segment):09d}"
        try:
            if kind != _TABLE and size >= _MAPPED:
                return np.memmap(path, _dtype(kind), "r", offset, (size // _dtype(kind).itemsize,))
            if segment not in handles:
                handles[segment] = path.open("rb")
            handles[segment].seek(offset)
            data = handles[segment].read(min(size, _MOST))
        except (OSError, ValueError) as error:
            raise _damaged(path) from error
        if len(data) != size or zlib.crc32(data) != checksum:
            raise _damaged(path)
        if kind == _TABLE:
            return pa.ipc.open_stream(data).read_next_batch()
        return np.frombuffer(data, _dtype(kind))

    def check(self) -> None:
        """Read every mapped array and hold it against its checksum.

        Raises:
            InputError: One is damaged.
        """
        for part, place in [*self._parts.values()]:
            if isinstance(part, np.memmap) and zlib.crc32(part.tobytes()) != place[3]:
                raise _damaged(self._folder / f"segment-{place[0]:09d}")

    def _files(self) -> Iterator[tuple[int, Path]]:
        for path in sorted(self._folder.glob("segment-*")):
            yield int(path.name.removeprefix("segment-")), path


class _Writer:
    def __init__(self, file: Any, segment: int) -> None:
        self._file, self._segment, self._offset = file, segment, 0

    def put(self, part: Part) -> Place:
        if isinstance(part, np.ndarray):
            kind: Any = part.dtype.descr if part.dtype.names else part.dtype.str
            data = memoryview(part.tobytes())
        else:
            kind, data = _TABLE, _bytes(part)
        self._file.write(data)
        place = [self._segment, self._offset, len(data), zlib.crc32(data), kind]
        self._offset += len(data)
        return place


def _bytes(part: pa.RecordBatch) -> memoryview:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, part.schema) as writer:
        writer.write_batch(part)
    return memoryview(sink.getvalue())


def _dtype(kind: Any) -> np.dtype:
    if isinstance(kind, str):
        return np.dtype(kind)
    fields = [(str(one[0]), str(one[1]), tuple(one[2]) if len(one) > 2 else ()) for one in kind]
    return cast("np.dtype", np.dtype(fields))


def _damaged(path: Path) -> InputError:
    what = "a part of the state is missing or damaged"
    return InputError(what, where=path.name, fix="restore the --state folder, or begin with a new one")
