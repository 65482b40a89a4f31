"""The same work in DuckDB and Polars, each by the fastest query we found for it; both are optional extras."""

from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from truecrowd.bench.answers import counts_digest, rows_digest
from truecrowd.schema import EVENTS

_CELL_US: Final = 10_000_000
_PROJECTED: Final = ("ts", "event_type", "room_id", "account_id")
_SQL: Final = {pa.int64(): "BIGINT", pa.int32(): "INTEGER", pa.float64(): "DOUBLE"}


def duckdb_start(threads: int) -> Any:
    """Return a connection that uses this many threads; 0: all cores."""
    import duckdb

    connection = duckdb.connect(config={"threads": threads} if threads else {})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def duckdb_features(connection: Any, path: Path) -> tuple[Any, Any]:
    """Count as `ours.features` does.

    `epoch_us // width` costs 0.8 of `time_bucket`; DISTINCT inside costs the same as COUNT(DISTINCT) on texts and 1.2
    of it on numbers; measured on 2 M rows, DuckDB 2.0.
    """
    source = f"read_parquet({_quoted(path)})"
    cells = f"SELECT room_id, event_type, epoch_us(ts) // {_CELL_US} AS cell, count(*) AS n FROM {source} GROUP BY ALL"  # noqa: S608
    seen = f"SELECT room_id, count(DISTINCT account_id) AS n FROM {source} GROUP BY room_id"  # noqa: S608
    return connection.sql(cells).to_arrow_table(), connection.sql(seen).to_arrow_table()


def duckdb_ndjson(connection: Any, path: Path) -> Any:
    """Parse the four columns that features need."""
    return _duckdb_json(connection, path, _PROJECTED)


def duckdb_ndjson_all(connection: Any, path: Path) -> Any:
    """Parse every column of EVENTS."""
    return _duckdb_json(connection, path, tuple(name for name, _ in EVENTS.columns))


def _duckdb_json(connection: Any, path: Path, names: tuple[str, ...]) -> Any:
    columns = _duckdb_columns(names)
    query = f"SELECT * FROM read_json({_quoted(path)}, format = 'newline_delimited', columns = {columns})"  # noqa: S608
    return connection.sql(query).to_arrow_table()


def duckdb_parquet(connection: Any, path: Path) -> Any:
    """Read every column."""
    return connection.sql(f"SELECT * FROM read_parquet({_quoted(path)})").to_arrow_table()  # noqa: S608


def duckdb_csv(connection: Any, path: Path) -> Any:
    """Parse every column, their types and the dialect given: finding the dialect out takes three quarters of it."""
    columns = _duckdb_columns(tuple(name for name, _ in EVENTS.columns))
    dialect = "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"'"
    query = f"SELECT * FROM read_csv({_quoted(path)}, {dialect}, columns = {columns})"  # noqa: S608
    return connection.sql(query).to_arrow_table()


def arrow_counts(result: tuple[pa.Table, pa.Table]) -> str:
    """Return the digest of two Arrow tables of counts."""
    return counts_digest(*result)


def arrow_rows(result: pa.Table) -> str:
    """Return the digest of an Arrow table of rows."""
    return rows_digest(result)


def _duckdb_columns(names: tuple[str, ...]) -> str:
    kinds = dict(EVENTS.columns)
    pairs = [f"{name}: '{'TIMESTAMP' if name == 'ts' else _SQL.get(kinds[name], 'VARCHAR')}'" for name in names]
    return "{" + ", ".join(pairs) + "}"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def polars_start(_threads: int) -> Any:
    """Return the module; its threads were set when the process began."""
    import polars

    return polars


def polars_features(pl: Any, path: Path) -> tuple[Any, Any]:
    """Count as `ours.features` does; the two queries apart cost the same as `collect_all`."""
    rows = pl.scan_parquet(path)
    cell = (pl.col("ts").dt.epoch("us") // _CELL_US).alias("cell")
    cells = rows.group_by("room_id", "event_type", cell).agg(pl.len().alias("n"))
    seen = rows.group_by("room_id").agg(pl.col("account_id").drop_nulls().n_unique().alias("n"))
    return cells.collect(), seen.collect()


def polars_ndjson(pl: Any, path: Path) -> Any:
    """Parse the four columns that features need."""
    schema = dict.fromkeys(_PROJECTED, pl.String)
    return _timed(pl, pl.scan_ndjson(path, schema=schema)).collect()


def polars_ndjson_all(pl: Any, path: Path) -> Any:
    """Parse every column of EVENTS."""
    return _timed(pl, pl.scan_ndjson(path, schema=_polars_schema(pl))).collect()


def polars_parquet(pl: Any, path: Path) -> Any:
    """Read every column."""
    return pl.scan_parquet(path).collect()


def polars_csv(pl: Any, path: Path) -> Any:
    """Parse every column, their types given."""
    return _timed(pl, pl.scan_csv(path, schema=_polars_schema(pl))).collect()


def polars_counts(result: tuple[Any, Any]) -> str:
    """Return the digest of two data frames of counts."""
    return counts_digest(*(frame.to_arrow() for frame in result))


def polars_rows(result: Any) -> str:
    """Return the digest of a data frame of rows."""
    return rows_digest(result.to_arrow())


def _timed(pl: Any, rows: Any) -> Any:
    return rows.with_columns(pl.col("ts").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us"))


def _polars_schema(pl: Any) -> dict[str, Any]:
    kinds = {pa.int64(): pl.Int64, pa.int32(): pl.Int32, pa.float64(): pl.Float64}
    return {name: kinds.get(kind, pl.String) for name, kind in EVENTS.columns}
