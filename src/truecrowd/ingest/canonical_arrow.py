"""Canonical Parquet files, Arrow files and streams, and tables of other libraries, batch by batch."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from truecrowd.errors import InputError
from truecrowd.ingest import canonical
from truecrowd.ingest.canonical_rows import Parsed, typed
from truecrowd.ingest.columns import Typer
from truecrowd.ingest.draft import Draft
from truecrowd.ingest.ledger import Ledger
from truecrowd.ingest.options import Options
from truecrowd.ingest.unwrap import READ, Unpacked

_READABLE: Final = 1 << 20
_BROKEN: Final = (pa.ArrowException, OSError, UnicodeDecodeError)
"""What Arrow raises on damaged files; column names are decoded only when asked for."""


class Columnar:
    """One columnar source; `sha256` is known once `drafts` has been read to its end, `cut` says why it ends early."""

    __slots__ = ("_ledger", "_n", "_options", "_typer", "cut", "sha256")

    def __init__(self, ledger: Ledger, options: Options, typer: Typer) -> None:
        """Rejects and counts go to `ledger`."""
        self._ledger = ledger
        self._options = options
        self._typer = typer
        self._n = 0
        self.cut = ""
        self.sha256 = ""

    def parquet(self, source: Unpacked, path: Path | None) -> Iterator[Draft]:
        """Yield a Parquet file's rows; `path` where it is a file that need not be copied."""
        with closing(_seekable(source, path)) as spool:
            try:
                file = pq.ParquetFile(spool)
                names = self._names(file.schema_arrow.names)
                batches = file.iter_batches(self._options.chunk_rows, columns=list(names))
                yield from self._batches(batches, names, is_foreign=False)
            except _BROKEN as error:
                raise _damaged("Parquet", source.name, error) from error
        self.sha256 = source.tee.sha256

    def arrow(self, source: Unpacked, path: Path | None) -> Iterator[Draft]:
        """Yield an Arrow file's or stream's rows; a cut stream gives what stands before the cut."""
        is_stream = source.peek(6) != b"ARROW1"
        if not is_stream:
            with closing(_seekable(source, path)) as spool:
                try:
                    file = pa.ipc.open_file(spool)
                    names = self._names(file.schema.names)
                    yield from self._batches(
                        (file.get_batch(i) for i in range(file.num_record_batches)), names, is_foreign=True
                    )
                except _BROKEN as error:
                    raise _damaged("Arrow", source.name, error) from error
        else:
            yield from self._stream(source)
        source.drain()
        self.sha256 = source.tee.sha256

    def table(self, source: Any) -> Iterator[Draft]:
        """Yield the rows of an object with `__arrow_c_stream__`; its hash is that of its Arrow stream."""
        reader = pa.RecordBatchReader.from_stream(source)
        names = self._names(reader.schema.names)
        sink = _Hashed()
        with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
                yield from self._batches(iter([batch]), names, is_foreign=False)
        self.sha256 = sink.sha.hexdigest()

    def _stream(self, source: Unpacked) -> Iterator[Draft]:
        try:
            reader = pa.ipc.open_stream(pa.PythonFile(_Readable(source), mode="r"))
            names = self._names(reader.schema.names)
        except _BROKEN as error:
            raise _damaged("Arrow", source.name, error) from error
        try:
            yield from self._batches(reader, names, is_foreign=True)
        except _BROKEN:
            self.cut = "the Arrow stream ends early"

    def _names(self, names: list[str]) -> dict[str, str]:
        found = canonical.renamed(names, where=self._ledger.source)
        if "room_id" not in found.values() and not self._options.room:
            raise canonical.missing("room_id", names, where=self._ledger.source)
        return found

    def _batches(
        self, batches: Iterator[pa.RecordBatch], names: dict[str, str], *, is_foreign: bool
    ) -> Iterator[Draft]:
        """Yield drafts; `is_foreign`: the bytes come from a file as they are, so nothing in them is known to be sound."""
        for whole in batches:
            for at in range(0, whole.num_rows, self._options.chunk_rows):
                batch = whole.slice(at, self._options.chunk_rows)
                columns = {ours: batch.column(batch.schema.get_field_index(name)) for name, ours in names.items()}
                for column in columns.values() if is_foreign else ():
                    _check(column)
                numbers = np.arange(self._n + 1, self._n + batch.num_rows + 1, dtype=np.int64)
                self._n += batch.num_rows
                parsed = Parsed(columns, numbers, _shower(columns))
                yield from typed(parsed, self._typer, self._ledger, self._options.limits, self._options.chunk_rows)


def _check(column: pa.Array) -> None:
    """Raise if offsets or codes of a column from a file lead outside its buffers; bad UTF-8 is found later."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid as error:
        if "UTF8" not in str(error):
            raise


def _shower(columns: dict[str, pa.Array]) -> Callable[[int], str]:
    def shown(at: int) -> str:
        row = {}
        for name, column in columns.items():
            try:
                row[name] = column[at].as_py()
            except (UnicodeDecodeError, ValueError, OverflowError, pa.ArrowException):
                row[name] = "(unreadable)"
        return json.dumps(row, ensure_ascii=False, default=str)

    return shown


def _damaged(kind: str, name: str, error: Exception) -> InputError:
    first = str(error).splitlines()[0][:160]
    return InputError(f"the {kind} file is damaged or incomplete: {first}", where=name, fix="copy or export it again")


def _seekable(source: Unpacked, path: Path | None) -> Any:
    """Return the source as a file that can be read at any place: itself, or a temporary file that has no name."""
    if path is not None and not source.packing:
        source.drain()
        return pa.memory_map(str(path))
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    while chunk := source.read(READ):
        spool.write(chunk)
    spool.seek(0)
    return spool


class _Readable:
    """Unpacked bytes as a file that is read once."""

    closed = False

    def __init__(self, source: Unpacked) -> None:
        self._source = source

    def read(self, n: int = -1) -> bytes:
        return self._source.read(n if n >= 0 else _READABLE)

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True

    def flush(self) -> None:
        """Nothing is written."""


class _Hashed:
    """A file that keeps only the hash of what is written."""

    closed = False

    def __init__(self) -> None:
        self.sha = hashlib.sha256()
        self._size = 0

    def write(self, data: Any) -> int:
        self.sha.update(data)
        self._size += len(data)
        return len(data)

    def tell(self) -> int:
        return self._size

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True

    def flush(self) -> None:
        """Nothing is held back."""
