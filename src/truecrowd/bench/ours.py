"""What truecrowd does in each row of the table, and the physical bounds beside it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from truecrowd.bench.answers import counts_digest, rows_digest
from truecrowd.bench.events import synthetic
from truecrowd.engine.audit import Result, audit
from truecrowd.engine.columns import Interner
from truecrowd.engine.settings import Settings
from truecrowd.engine.store import read_tuned
from truecrowd.features.counts import AccountsSeen, cell_counts, merged_counts
from truecrowd.hashing import hash_strings
from truecrowd.ingest import Options, read
from truecrowd.schema import EVENT_TYPES

CELL_S: Final = 10
"""Length of a slice of time, seconds."""
FEATURE_COLUMNS: Final = ("ts", "event_type", "room_id", "account_id")
"""Columns that the features row needs."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Events by room, slice and type, accounts by room, and the names of the rooms by code."""

    cells: np.ndarray
    accounts: dict[int, int]
    rooms: pa.Array


def features(path: Path) -> Counted:
    """Count a tuned file's events by room, slice and type, and its accounts by room."""
    interner, seen = Interner(), AccountsSeen()
    parts = []
    for rows in read_tuned(path, FEATURE_COLUMNS):
        room = interner.encode("room_id", rows.column("room_id"))
        kind = _kinds(rows.column("event_type").combine_chunks())
        parts.append(cell_counts(room, kind, rows.column("ts").cast(pa.int64()).to_numpy(), cell_s=CELL_S))
        account = rows.column("account_id").combine_chunks()
        is_named = account.is_valid().to_numpy(zero_copy_only=False)
        words = account.fill_null(0).to_numpy() if pa.types.is_integer(account.type) else hash_strings(account, 0)
        seen.add(*((room, words) if account.null_count == 0 else (room[is_named], words[is_named])))
    names = interner.names()["room_id"].take(pa.array(interner.ranks()["room_id"]))
    return Counted(merged_counts(parts), seen.counts(), names)


def features_answer(result: Counted) -> str:
    """Return the digest of `features`."""
    cells = pa.table({
        "room_id": result.rooms.take(pa.array(result.cells["room_id"])),
        "event_type": pa.array(EVENT_TYPES).take(pa.array(result.cells["event_type"])),
        "cell": pa.array(result.cells["cell"]), "n": pa.array(result.cells["n"]),
    })  # fmt: skip
    rooms = result.rooms.take(pa.array(list(result.accounts), pa.int64()))
    return counts_digest(cells, pa.table({"room_id": rooms, "n": list(result.accounts.values())}))


def _kinds(column: pa.DictionaryArray) -> np.ndarray:
    places = np.array([EVENT_TYPES.index(word) for word in column.dictionary.to_pylist()], np.int8)
    return np.asarray(places[column.indices.to_numpy(zero_copy_only=False)])


def ingest(path: Path) -> list[pa.Table]:
    """Read a file of the canonical format to EVENTS: every column, every check, duplicates and rejects counted."""
    return list(read([path], Options()).batches())


def ingest_answer(result: list[pa.Table]) -> str:
    """Return the digest of rows in several tables."""
    return rows_digest(pa.concat_tables(rows.select(list(FEATURE_COLUMNS)).unify_dictionaries() for rows in result))


def read_only(path: Path) -> int:
    """Read the columns of the features row and do nothing with them: the bound of that row."""
    return sum(rows.num_rows for rows in read_tuned(path, FEATURE_COLUMNS))


def bytes_only(path: Path) -> int:
    """Read the file's bytes and count its lines: the bound of a text row."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(8 << 20), b""))


def decode_only(path: Path) -> int:
    """Decode every column of a Parquet file in one thread: the bound of a Parquet row."""
    with pq.ParquetFile(path) as file:
        groups = range(file.num_row_groups)
        return sum(int(file.read_row_group(at, use_threads=False).num_rows) for at in groups)


def ingest_alone(path: Path) -> int:
    """Read a file to EVENTS and keep nothing."""
    return sum(rows.num_rows for rows in read([path], Options()).batches())


def audited(path: Path) -> Result:
    """Audit a file: ingest, every installed detector, verdicts."""
    return audit([path], options=Options(), settings=Settings())


def warm() -> None:
    """Audit a few rows, so that loading code is not counted."""
    audit(list(synthetic(1_000)), options=Options(), settings=Settings())
