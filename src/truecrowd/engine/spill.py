"""Event ids by their hash, in memory up to a limit, in a temporary file beyond it."""

import tempfile
from typing import IO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_SCHEMA: Final = pa.schema([("hash", pa.uint64()), ("event_id", pa.string())])


class EventNames:
    """Remembers the id of every event, so that findings can name their evidence.

    Args:
        limit_bytes: What the ids may take in memory before they go to a temporary file, which the system removes
            with the last handle to it.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._held: list[pa.RecordBatch] = []
        self._n_bytes = 0
        self._file: IO[bytes] | None = None
        self._writer: pa.RecordBatchFileWriter | None = None

    def add(self, hashes: np.ndarray, ids: pa.Array) -> None:
        """Remember the ids of one slice.

        Args:
            hashes: Shape (n,), uint64.
            ids: Shape (n,), strings.
        """
        batch = pa.record_batch([pa.array(hashes), ids], schema=_SCHEMA)
        self._held.append(batch)
        self._n_bytes += batch.nbytes
        if self._n_bytes > self._limit:
            self._spill()

    def _spill(self) -> None:
        if self._writer is None:
            self._file = tempfile.TemporaryFile(prefix="truecrowd-")  # noqa: SIM115 (closed with the run)
            self._writer = pa.ipc.new_stream(self._file, _SCHEMA)
        for batch in self._held:
            self._writer.write_batch(batch)
        self._held, self._n_bytes = [], 0

    def find(self, hashes: np.ndarray) -> dict[int, str]:
        """Return the id behind each of these hashes; where two ids share one, the first by text."""
        wanted = pa.array(np.unique(hashes), pa.uint64())
        found: dict[int, str] = {}
        for batch in self._batches():
            hits = batch.filter(pc.is_in(batch["hash"], wanted))
            for number, name in zip(hits["hash"].to_pylist(), hits["event_id"].to_pylist(), strict=True):
                found[number] = min(name, found.get(number, name))
        return found

    def close(self) -> None:
        """Give the temporary file back to the system; nothing can be found any more."""
        self._held = []
        if self._file is not None:
            self._file.close()

    def _batches(self) -> list[pa.RecordBatch] | pa.RecordBatchStreamReader:
        if self._writer is None or self._file is None:
            return self._held
        self._spill()
        self._writer.close()
        self._writer = None
        self._file.seek(0)
        return pa.ipc.open_stream(self._file)
