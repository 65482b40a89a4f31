"""The files that contenders read, written into a temporary folder."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from truecrowd.bench.events import synthetic
from truecrowd.engine.store import hashed, write_tuned
from truecrowd.simulate import simulate

_IDS: Final = ("event_id", "account_id", "device_id", "ip")
_LINES: Final = 50_000


@dataclass(frozen=True, slots=True)
class Made:
    """One row's file and the events in it."""

    row: str
    path: Path
    n_events: int


def make(folder: Path, *, n_features: int, n_ingest: int) -> list[Made]:
    """Write the file of every row.

    Args:
        folder: Exists.
        n_features: Synthetic events of the features rows.
        n_ingest: About how many simulated events the ingest rows read; repeated ids are left out, so that every
            contender keeps every row.
    """
    text, numbers = folder / "text.parquet", folder / "hashed.parquet"
    write_tuned(synthetic(n_features), text)
    write_tuned((hashed(rows, _IDS, key=0) for rows in synthetic(n_features)), numbers)
    rows = once(simulate("tiny", n_events=n_ingest).whole().events)
    json, parquet, plain, quoted = (folder / f"events.{kind}" for kind in ("ndjson", "parquet", "csv", "quoted.csv"))
    write_ndjson(rows, json)
    pq.write_table(rows, parquet)
    write_csv(rows, plain)
    pa_csv.write_csv(_written(rows), quoted)  # Arrow quotes every text
    synthetic_files = [("features", numbers), ("features_text", text)]
    simulated_files = [
        ("ndjson", json), ("ndjson_all", json), ("parquet", parquet), ("csv", plain), ("csv_quoted", quoted),
    ]  # fmt: skip
    made = [Made(row, path, n_features) for row, path in synthetic_files]
    return made + [Made(row, path, rows.num_rows) for row, path in simulated_files]


def once(rows: pa.Table) -> pa.Table:
    """Return the rows without those that repeat an event id, in the same order."""
    ids = rows.column("event_id").combine_chunks().dictionary_encode().indices.to_numpy()
    return rows.take(pa.array(np.sort(np.unique(ids, return_index=True)[1])))


def write_ndjson(rows: pa.Table, path: Path) -> None:
    """Write one object a line, without its nulls, as recorders do."""
    written = _written(rows)
    with path.open("wb") as file:
        for at in range(0, written.num_rows, _LINES):
            for row in written.slice(at, _LINES).to_pylist():
                file.write(orjson.dumps({name: cell for name, cell in row.items() if cell is not None}) + b"\n")


def write_csv(rows: pa.Table, path: Path) -> None:
    """Write a header and one line a row; cells are quoted where they have to be, as spreadsheets do."""
    written = _written(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(written.column_names)
        for at in range(0, written.num_rows, _LINES):
            writer.writerows(zip(*(column.to_pylist() for column in written.slice(at, _LINES).columns), strict=True))


def _written(rows: pa.Table) -> pa.Table:
    """Return the rows with times as ISO 8601 text in UTC and words as text."""
    for at, field in enumerate(rows.schema):
        column = rows.column(at)
        if pa.types.is_timestamp(field.type):
            column = pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
        elif pa.types.is_dictionary(field.type):
            column = column.cast(pa.string())
        rows = rows.set_column(at, field.name, column)
    return rows
