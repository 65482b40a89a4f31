"""Recorded rooms, where they stand beside the checkout: read, never copied, never named but by their kind."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.errors import InputError
from truecrowd.ingest import Options, read
from truecrowd.schema import EVENTS

_MANIFEST: Final = "MANIFEST.tsv"
_ELSEWHERE: Final = "not live commerce"
"""In the note of a record that is no live room."""
_TIMED: Final = ("server", "capture", "video_offset")
"""Kinds of time that say when a line was written."""


def recorded(folder: Path) -> pa.Table | None:
    """Return EVENTS of the recorded live rooms with a time and an account on each row; None where there are none.

    Args:
        folder: Holds MANIFEST.tsv and the recordings. Records of one room are one room, whatever their day.
    """
    if not (folder / _MANIFEST).is_file():
        return None
    tables = [*_tables(folder)]
    return pa.concat_tables(tables) if tables else None


def _tables(folder: Path) -> Iterator[pa.Table]:
    with (folder / _MANIFEST).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if _ELSEWHERE not in (row["note"] or "")]
    for row in rows:
        if "comment=" not in row["events_by_type"]:
            continue
        for events in _read(folder / row["file"]):
            if "account_id" in events.column_names:
                yield _plain(events, row["room"])


def _read(file: Path) -> list[pa.Table]:
    """Return a record's events; where its times name no zone any will do, for only differences are measured."""
    try:
        return [*read([file]).batches()]
    except InputError:
        return [*read([file], Options(tz="UTC")).batches()]


def _plain(events: pa.Table, room: str) -> pa.Table:
    known = pc.is_valid(events["account_id"])
    if "ts_kind" in events.column_names:
        timed = pc.is_in(events["ts_kind"].cast(pa.string()), value_set=pa.array(_TIMED))
        known = pc.and_(known, pc.or_(timed, pc.is_null(events["ts_kind"])))
    kept = events.filter(known)
    columns = {
        name: kept[name].cast(_SHAPE.field(name).type)
        if name in kept.column_names
        else pa.nulls(kept.num_rows, pa.string())
        for name in _SHAPE.names
    }
    return pa.table(columns | {"room_id": pa.array([room] * kept.num_rows, pa.string())}, schema=_SHAPE)


_SHAPE: Final = pa.schema(
    [
        ("ts", EVENTS.schema.field("ts").type),
        *((name, pa.string()) for name in ("event_type", "room_id", "account_id", "text")),
    ]
)
