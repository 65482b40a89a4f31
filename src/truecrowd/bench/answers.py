"""What is compared: every contender's result as one digest, made outside the timed part."""

import hashlib

import pyarrow as pa

_TS = pa.timestamp("us", tz="UTC")
ROW_COLUMNS = ("room_id", "ts", "event_type", "account_id")
"""Columns by which parsed rows are compared."""


def rows_digest(rows: pa.Table) -> str:
    """Return a digest of the rows, whatever their order and the encoding of their columns.

    Args:
        rows: Columns of `ROW_COLUMNS`; other columns are not looked at.
    """
    columns = {name: rows.column(name) for name in ROW_COLUMNS}
    columns["ts"] = columns["ts"].cast(_TS) if pa.types.is_timestamp(columns["ts"].type) else columns["ts"]
    return _digest(pa.table(columns))


def counts_digest(cells: pa.Table, accounts: pa.Table) -> str:
    """Return a digest of two tables of counts.

    Args:
        cells: room_id, event_type, cell, n.
        accounts: room_id, n.
    """
    cells = cells.select(["room_id", "event_type", "cell", "n"])
    return _digest(cells) + _digest(accounts.select(["room_id", "n"]))


def _digest(rows: pa.Table) -> str:
    plain = pa.table({name: _plain(rows.column(name)) for name in rows.column_names})
    plain = plain.sort_by([(name, "ascending") for name in plain.column_names])
    digest = hashlib.sha256()
    for column in plain.columns:
        if pa.types.is_string(column.type):
            digest.update("\n".join(word or "" for word in column.to_pylist()).encode())
        else:
            digest.update(column.combine_chunks().to_numpy(zero_copy_only=False).tobytes())
    return digest.hexdigest()[:16]


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_timestamp(kind):
        return column.cast(_TS).cast(pa.int64())
    return column.cast(pa.int64() if pa.types.is_integer(kind) else pa.string())
