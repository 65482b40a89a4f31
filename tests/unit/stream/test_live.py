"""A run under bad conditions: a full disk, clocks that cannot be right, another state's settings."""

import errno
import json
import os
from pathlib import Path

import pytest

from truecrowd.engine.settings import Settings
from truecrowd.errors import ConfigError
from truecrowd.ingest import Options
from truecrowd.reference import shipped
from truecrowd.stream import live as live_module
from truecrowd.stream import tail
from truecrowd.stream.live import Live
from truecrowd.stream.opening import opened

START = 1_770_000_000


def line(at: int, *, ts: int, room: str = "r") -> bytes:
    row = {"event_id": f"{room}{at}", "ts": ts, "event_type": "join", "room_id": room, "account_id": f"a{at}"}
    return json.dumps(row).encode() + b"\n"


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "STORE_S", 0.0)
    monkeypatch.setattr(live_module, "_SHARE", 1e9)
    monkeypatch.setattr(tail, "_READ", 8_192)


def run(path: Path, state: Path | None, settings: Settings | None = None) -> Live:
    settings = settings or Settings(threads=1)
    live = opened(str(path), Options(), settings, frozenset(), shipped(), [], state=state, until_end=True)
    try:
        with live.runner:
            live.run()
    finally:
        live.close()
    return live


@pytest.mark.usefixtures("often")
def test_a_full_disk_stops_no_run_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"".join(line(at, ts=START + at) for at in range(1_000)))
    wait, calls = os.fsync, []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) % 3 == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        wait(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        first = run(path, tmp_path / "state")
    with path.open("ab") as file:
        file.write(b"".join(line(at, ts=START + at) for at in range(1_000, 1_500)))
    again = run(path, tmp_path / "state")

    assert any("no space" in note for note in first.notes)
    assert again.lines.ledger.n_read == 1_500
    assert again.lines.ledger.total("kept") == 1_500


@pytest.mark.usefixtures("often")
def test_rooms_whose_clock_cannot_be_right_are_named_and_the_others_are_not(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    rows = [line(at, ts=START + at) + line(at, ts=START, room="still") for at in range(1_500)]
    path.write_bytes(b"".join(rows))
    live = run(path, tmp_path / "state")

    assert [note for note in live.notes if note.startswith("room ")] == [
        "room still: its time stands still; its ticks do not close"
    ]


def test_a_state_is_not_taken_for_one_of_other_settings(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    path.write_bytes(line(1, ts=START))
    run(path, tmp_path / "state")

    with pytest.raises(ConfigError, match="other settings"):
        run(path, tmp_path / "state", Settings(threads=1, tick_lateness_s=30.0))
