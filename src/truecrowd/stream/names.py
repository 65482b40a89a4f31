"""Ids of events in a file that only grows, so that findings can name their evidence however long a run lasts."""

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.engine.spill import EventNames
from truecrowd.errors import InputError

_HEAD: Final = struct.Struct("<II")
_MOST: Final = 1 << 30
"""Longest record that is read, bytes."""
_SCHEMA: Final = pa.schema([("hash", pa.uint64()), ("event_id", pa.string())])


class Names(EventNames):
    """As `EventNames`, in a file of records: length, crc32, an Arrow batch. What is behind the last snapshot is cut.

    Args:
        path: The file; made if it does not exist.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(0)
        self._path = path
        self._handle = path.open("a+b")
        self._length = 0
        self._taken: list[pa.RecordBatch] = []

    def add(self, hashes: np.ndarray, ids: pa.Array) -> None:
        """Remember the ids of one slice; on the disk after the next `take` and `flush`."""
        self._held.append(pa.record_batch([pa.array(hashes), ids], schema=_SCHEMA))

    def take(self) -> None:
        """Set apart what was added so far; the next `flush`, in any thread, writes that and nothing later."""
        self._taken += self._held
        self._held = []

    def flush(self) -> int:
        """Write what was taken, wait until it is on the disk, and return the length of the file.

        Raises:
            OSError: The disk is full or gone; the file is as long as before.
        """
        taken = self._taken
        if not taken:
            return self._length
        try:
            for batch in pa.Table.from_batches(taken, _SCHEMA).combine_chunks().to_batches():
                data = batch.serialize()
                self._handle.write(_HEAD.pack(data.size, zlib.crc32(data)))
                self._handle.write(data)
            self._handle.flush()
            os.fsync(self._handle.fileno())
        except OSError:
            os.ftruncate(self._handle.fileno(), self._length)
            self._handle.seek(self._length)
            raise
        self._length, self._taken = self._handle.tell(), []
        return self._length

    def cut(self, length: int) -> None:
        """Make the file that long: what came behind it is read again from the source."""
        os.ftruncate(self._handle.fileno(), length)
        self._handle.seek(length)
        self._length = length
        self._held, self._taken = [], []

    def find(self, hashes: np.ndarray) -> dict[int, str]:
        """Return the id behind each of these hashes; where two ids share one, the first by text."""
        wanted = pa.array(np.unique(hashes), pa.uint64())
        found: dict[int, str] = {}
        for batch in (*self._stored(), *self._taken, *self._held):
            hits = batch.filter(pc.is_in(batch["hash"], wanted))
            for number, name in zip(hits["hash"].to_pylist(), hits["event_id"].to_pylist(), strict=True):
                found[number] = min(name, found.get(number, name))
        return found

    def _stored(self) -> Iterator[pa.RecordBatch]:
        with self._path.open("rb") as file:
            while file.tell() < self._length:
                head = file.read(_HEAD.size)
                size, checksum = _HEAD.unpack(head) if len(head) == _HEAD.size else (_MOST, 0)
                data = file.read(size) if size < _MOST else b""
                if len(data) != size or zlib.crc32(data) != checksum:
                    raise InputError("ids of events are damaged", where=self._path.name, fix="begin with a new --state")
                yield pa.ipc.read_record_batch(pa.py_buffer(data), _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._handle.close()
