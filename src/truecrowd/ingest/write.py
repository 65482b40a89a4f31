"""Canonical files out: what is written here reads back equal, in all four encodings."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, get_args

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truecrowd import schema
from truecrowd.errors import ConfigError

Encoding = Literal["parquet", "arrow", "ndjson", "csv"]
_ROWS: Final = 16_384
_ISO: Final = "%Y-%m-%dT%H:%M:%SZ"
"""Arrow's %S carries the microseconds."""


def write_canonical(rows: pa.Table, path: str | Path | BinaryIO, encoding: Encoding) -> None:
    """Write EVENTS to a file.

    Args:
        rows: EVENTS; columns in any order.
        path: A path, or a binary file open for writing.
        encoding: "parquet", "arrow" (IPC file), "ndjson" or "csv". CSV cells are never escaped for spreadsheets, and
            null and the empty text stay apart: `,,` and `,"",`.

    Raises:
        SchemaError: `rows` are no EVENTS.
        ConfigError: `encoding` is none of the four.
    """
    schema.check(rows, schema.EVENTS)
    writers = {"parquet": _parquet, "arrow": _arrow, "ndjson": _ndjson, "csv": _csv}
    if encoding not in writers:
        what = f"encoding '{encoding}' is unknown, wanted one of {', '.join(get_args(Encoding))}"
        raise ConfigError(what, where="write_canonical", fix="use parquet")
    if isinstance(path, str | Path):
        with Path(path).open("wb") as out:
            writers[encoding](rows, out)
    else:
        writers[encoding](rows, path)


def _parquet(rows: pa.Table, out: Any) -> None:
    pq.write_table(rows, out, compression="zstd", store_schema=True)


def _arrow(rows: pa.Table, out: Any) -> None:
    with pa.ipc.new_file(out, rows.schema) as writer:
        writer.write_table(rows)


def _ndjson(rows: pa.Table, out: BinaryIO) -> None:
    for part in _texts(rows):
        lines = (
            orjson.dumps({name: cell for name, cell in row.items() if cell is not None}) for row in part.to_pylist()
        )
        out.write(b"".join(line + b"\n" for line in lines))


def _csv(rows: pa.Table, out: BinaryIO) -> None:
    names = rows.column_names
    out.write((",".join(names) + "\n").encode())
    for part in _texts(rows):
        columns = [_cells(part.column(name)) for name in names]
        text = io.StringIO()
        for row in zip(*columns, strict=True):
            text.write(",".join(row) + "\n")
        out.write(text.getvalue().encode())


def _cells(column: pa.ChunkedArray) -> list[str]:
    if not pa.types.is_string(column.type):
        return [_number(cell) for cell in column.to_pylist()]
    return ["" if cell is None else _quoted(cell) for cell in column.to_pylist()]


def _number(cell: float | None) -> str:
    return "" if cell is None else repr(cell)


def _quoted(cell: str) -> str:
    if cell and not any(sign in cell for sign in ',"\n\r;\t') and cell == cell.strip():
        return cell
    return '"' + cell.replace('"', '""') + '"'


def _texts(rows: pa.Table) -> Iterator[pa.Table]:
    """Yield parts of `rows` with times as ISO 8601 text, words as strings, and no number that JSON lacks."""
    for start in range(0, rows.num_rows, _ROWS):
        part = rows.slice(start, _ROWS)
        columns = {name: _plain(part.column(name)) for name in part.column_names}
        yield pa.table(columns)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column, format=_ISO)
    if pa.types.is_dictionary(column.type):
        return column.cast(pa.string())
    if pa.types.is_floating(column.type):
        return pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
    return column
