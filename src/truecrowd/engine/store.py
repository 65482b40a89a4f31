"""The store between stages: Parquet with the encoding each column reads fastest in.

Files of users are read as they come; this one is ours. Words of few values (event type, room) are dictionaries, ids of
many values are plain, times are deltas: 10 M events shrank from 215 to 172 MB and read in 0.71 instead of 1.89 CPU
seconds (engine.md 1). LZ4, because a store that lives as long as a run is read, not kept.
"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from truecrowd.errors import InputError, SchemaError
from truecrowd.hashing import hash_strings

WORDS: Final = ("event_type", "room_id")
"""Columns kept as dictionaries."""
TIMES: Final = ("ts", "account_created_at")
"""Columns kept as differences."""
GROUP_ROWS: Final = 262_144
"""Rows of one row group, the unit of reading: 2 MB a column of 8 bytes, which stays in a core's cache."""


def write_tuned(tables: Iterator[pa.Table], path: Path) -> int:
    """Write tables of EVENTS, or of hashed EVENTS, as one tuned Parquet file; all of it or nothing.

    Args:
        tables: At least one; the first one's columns are the file's. A later table may lack some (they become null).
        path: File to write; replaced if it exists.

    Returns:
        Rows written.

    Raises:
        SchemaError: There is no table, or a later one has a column that the first one lacks, or of another type.
    """
    first = next(tables, None)
    if first is None:
        raise SchemaError("there is no table to store", where=path.name, fix="pass EVENTS.empty() for no events")
    schema = _tuned(first).schema
    aside = path.with_name(f".{path.name}.partial")
    n_rows = 0
    try:
        with pq.ParquetWriter(
            aside, schema, compression="lz4", use_dictionary=[name for name in WORDS if name in schema.names],
            column_encoding=_encodings(schema), write_statistics=list(TIMES), store_decimal_as_integer=False,
        ) as writer:  # fmt: skip
            for rows in chain([first], tables):
                writer.write_table(_aligned(_tuned(rows), schema, path.name), row_group_size=GROUP_ROWS)
                n_rows += rows.num_rows
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return n_rows


def read_tuned(path: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield the rows of a tuned file, one table a row group, in one thread.

    Args:
        path: What `write_tuned` wrote.
        columns: Columns wanted, in that order; words come as dictionaries.

    Raises:
        InputError: The file lacks a column.
    """
    with pq.ParquetFile(path, read_dictionary=list(WORDS), memory_map=True) as file:
        for name in columns:
            if name not in file.schema_arrow.names:
                near = get_close_matches(name, file.schema_arrow.names, 1, 0.0)
                raise InputError(f"column '{name}' is missing", where=path.name, fix=f"ask for '{near[0]}'")
        for at in range(file.num_row_groups):
            yield file.read_row_group(at, columns=list(columns), use_threads=False).select(list(columns))


def hashed(rows: pa.Table, columns: Sequence[str], *, key: int) -> pa.Table:
    """Return the rows with the texts of these columns replaced by keyed 64-bit hashes (uint64, null stays null)."""
    for name in columns:
        texts = rows.column(name)
        hashes = pa.array(
            hash_strings(texts, key), mask=texts.combine_chunks().is_null().to_numpy(zero_copy_only=False)
        )
        rows = rows.set_column(rows.schema.get_field_index(name), name, hashes)
    return rows


def _tuned(rows: pa.Table) -> pa.Table:
    for name in WORDS:
        if name in rows.column_names and not pa.types.is_dictionary(rows.schema.field(name).type):
            at = rows.schema.get_field_index(name)
            rows = rows.set_column(at, name, rows.column(name).dictionary_encode())
    return rows.replace_schema_metadata(None)


def _aligned(rows: pa.Table, schema: pa.Schema, where: str) -> pa.Table:
    fix = "write one file for each set of columns"
    for field in rows.schema:
        if field.name not in schema.names:
            raise SchemaError(f"column '{field.name}' is not in the first table", where=where, fix=fix)
        wanted = schema.field(field.name).type
        if field.type != wanted:
            what = f"column '{field.name}' is {field.type}, in the first table {wanted}"
            raise SchemaError(what, where=where, fix=fix)
    columns = [
        rows.column(field.name) if field.name in rows.column_names else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _encodings(schema: pa.Schema) -> dict[str, str]:
    times = {name: "DELTA_BINARY_PACKED" for name in TIMES if name in schema.names}
    others = [field.name for field in schema if field.name not in (*WORDS, *TIMES)]
    plain = {name: "PLAIN" for name in others if not pa.types.is_dictionary(schema.field(name).type)}
    return times | plain
