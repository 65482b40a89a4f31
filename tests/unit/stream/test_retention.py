"""Rooms that ended long ago: their memory goes, their rows stay, and what comes afterwards is said."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from truecrowd.engine.audit import audit
from truecrowd.engine.settings import Settings
from truecrowd.ingest import Options
from truecrowd.reference import shipped
from truecrowd.simulate import simulate
from truecrowd.stream import live as live_module
from truecrowd.stream import tail
from truecrowd.stream.opening import opened

DAY_US = 86_400_000_000
ROOM_TABLES = ("scores", "findings", "shares", "alarms", "timeline")


def night(days: int, prefix: str) -> list[dict[str, Any]]:
    """One evening of rooms, shifted, all of its names its own."""
    chunks = simulate("tiny", world="develop", seed=5, n_events=6_000).chunks()
    rows = pa.concat_tables([chunk.events for chunk in chunks]).select(
        [
            "event_id",
            "ts",
            "event_type",
            "room_id",
            "account_id",
            "device_model",
            "asn",
            "account_created_at",
            "order_id",
        ]
    )
    out = []
    for row in rows.sort_by("ts").to_pylist():
        for name in ("event_id", "room_id", "account_id", "order_id"):
            row[name] = row[name] and prefix + row[name]
        for name in ("ts", "account_created_at"):
            row[name] = row[name] and int(row[name].timestamp() * 1e6) + days * DAY_US
        out.append({name: cell for name, cell in row.items() if cell is not None})
    return out


def text_of(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@pytest.fixture(scope="module")
def nights() -> tuple[bytes, bytes, bytes]:
    first, second = night(0, "x"), night(40, "y")
    order = next(row for row in first if row["event_type"] == "order")
    late = order | {"event_id": "late", "event_type": "refund", "ts": second[-1]["ts"]}
    return text_of(first), text_of(second), text_of([late])


def rows_of(table: pa.Table, names: list[str]) -> list[str]:
    return sorted(map(str, table.select(names).to_pylist()))


@pytest.mark.parametrize("has_state", [False, True])
def test_released_rooms_keep_their_rows_and_say_what_came_too_late(
    nights: tuple[bytes, bytes, bytes], has_state: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "STORE_S", 0.0)
    monkeypatch.setattr(live_module, "_SHARE", 1e9)
    monkeypatch.setattr(live_module, "_AT_ONCE", 1)
    monkeypatch.setattr(tail, "_READ", 1 << 18)
    path, one, two = (tmp_path / name for name in ("events.ndjson", "one.ndjson", "two.ndjson"))
    path.write_bytes(b"".join(nights))
    one.write_bytes(nights[0])
    two.write_bytes(nights[1])
    settings = Settings(threads=1)
    wanted = [audit([each], options=Options(), settings=settings).tables for each in (one, two)]

    settings = Settings(threads=1, retention_d=30.0)
    live = opened(str(path), Options(), settings, frozenset(), shipped(), [], state=tmp_path / "s" if has_state else None, until_end=True)  # fmt: skip
    with live.runner:
        live.run()
        tables = live.result().tables
        held = live.runner.pieces()
        live.close()

    for name in ROOM_TABLES:
        parts = pa.concat_tables([table[name] for table in wanted])
        names = [column for column in parts.column_names if column != "at_least"]  # held against all rooms at once
        assert rows_of(tables[name], names) == rows_of(parts, names), name
    coverage = tables["coverage"].filter(pc.equal(tables["coverage"]["reason"], "released"))
    assert coverage["room_id"].unique().to_pylist() == [json.loads(nights[2])["room_id"]]
    assert sum(live.released.n_after.values()) == 1
    words = [word for part in held["names/account_id"] for word in part.column(0).to_pylist()]
    assert words
    assert all(word.startswith("y") for word in words)


def test_a_new_start_still_knows_which_rooms_were_released(
    nights: tuple[bytes, bytes, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "STORE_S", 0.0)
    monkeypatch.setattr(live_module, "_SHARE", 1e9)
    monkeypatch.setattr(live_module, "_AT_ONCE", 1)
    monkeypatch.setattr(tail, "_READ", 1 << 18)
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"".join(nights[:2]))
    settings = Settings(threads=1, retention_d=30.0)
    first = opened(str(path), Options(), settings, frozenset(), shipped(), [], state=tmp_path / "s", until_end=True)
    with first.runner:
        first.run()
        before = first.result().tables
        first.close()
    with path.open("ab") as file:
        file.write(nights[2])

    again = opened(str(path), Options(), settings, frozenset(), shipped(), [], state=tmp_path / "s", until_end=True)
    with again.runner:
        again.run()
        after = again.result().tables
        again.close()

    assert again.released.rooms == first.released.rooms != {}
    assert sum(again.released.n_after.values()) == 1
    for name in ("scores", "findings", "verdicts", "alarms", "fleets"):
        assert after[name].equals(before[name]), name
