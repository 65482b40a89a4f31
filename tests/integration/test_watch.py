"""`truecrowd watch`: the tables of an audit, alarms on the way, through rotation, stops and kills."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest

from truecrowd.engine.audit import audit
from truecrowd.engine.settings import Settings
from truecrowd.ingest import Options
from truecrowd.reference import shipped
from truecrowd.simulate import simulate
from truecrowd.stream.opening import opened
from truecrowd.stream.outputs import Raised

ROOT = Path(__file__).parents[2]
FINAL = ("scores", "findings", "fleets", "verdicts", "shares", "alarms", "coverage", "timeline")
COMMAND = [sys.executable, "-m", "truecrowd"]


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    rows = [row for chunk in simulate("tiny", world="develop", seed=5, n_events=9_000).chunks() for row in chunk.events.to_pylist()]  # fmt: skip
    rows.sort(key=lambda row: row["ts"])
    lines = [orjson.dumps({name: cell for name, cell in row.items() if cell is not None}) + b"\n" for row in rows]
    return [*lines[:4_000], b"{\n", *lines[3_000:3_050], *lines[4_000:], *lines[:100]]  # poison, repeated, late


@pytest.fixture(scope="module")
def audited(lines: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audited")
    (folder / "events.ndjson").write_bytes(b"".join(lines))
    subprocess.run([*COMMAND, "audit", "events.ndjson", "--out", "out"], cwd=folder, check=True, capture_output=True)
    return folder


class Told:
    def __init__(self) -> None:
        self.alarms: list[Raised] = []

    def tell(self, alarms: list[Raised]) -> None:
        self.alarms += alarms

    def close(self) -> None:
        """Nothing is held."""


def test_a_pipe_gives_the_tables_of_an_audit_byte_for_byte(audited: Path, tmp_path: Path) -> None:
    with (audited / "events.ndjson").open("rb") as events:
        done = subprocess.run(
            [*COMMAND, "watch", "-", "--out", "out", "--state", "state"], cwd=tmp_path, stdin=events, check=True, capture_output=True,
        )  # fmt: skip

    for name in FINAL:
        table = Path("out", "tables", f"{name}.parquet")
        assert (tmp_path / table).read_bytes() == (audited / table).read_bytes(), name
    told = [json.loads(line) for line in done.stdout.splitlines()]
    table = pq.read_table(audited / "out/tables/alarms.parquet").to_pylist()
    assert {(row["room_id"], row["scheme"], row["score"]) for row in told} == {(row["room_id"], row["scheme"], row["score"]) for row in table}  # fmt: skip
    assert len({row["alarm_id"] for row in told}) == len(told) > 0
    assert b"rows" in done.stderr


def test_alarms_come_while_the_crowd_is_arriving(lines: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "grows.ndjson"
    path.touch()
    told, seen = Told(), []
    live = opened(str(path), Options(), Settings(threads=1), frozenset(), shipped(), [told], state=None)
    parts = iter([b"".join(lines[at : at + 300]) for at in range(0, len(lines), 300)])

    def grow(_live: object) -> None:
        part = next(parts, None)
        if part is None:
            live.stop()
            return
        seen.append(len(told.alarms))
        with path.open("ab") as file:
            file.write(part)

    with live.runner:
        live.run(grow)
        live.close()

    assert 0 in seen
    assert len(told.alarms) > 0
    assert seen.index(len(told.alarms)) < len(seen) - 1  # all of them were told before the last part came


def test_rotation_and_a_stop_in_the_middle_change_no_table(lines: list[bytes], audited: Path, tmp_path: Path) -> None:
    path, state = tmp_path / "events.ndjson", tmp_path / "state"
    path.write_bytes(b"".join(lines[:3_333]))
    first = opened(str(path), Options(), Settings(threads=1), frozenset(), shipped(), [], state=state, until_end=True)
    with first.runner:
        first.run()
        first.close()
    with path.open("ab") as file:
        file.write(b"".join(lines[3_333:5_000]))
    path.rename(tmp_path / "events.ndjson.1")
    path.write_bytes(b"".join(lines[5_000:]))

    again = opened(str(path), Options(), Settings(threads=1), frozenset(), shipped(), [], state=state, until_end=True)
    with again.runner:
        again.run()
        tables = again.result().tables
        again.close()

    for name in FINAL:
        assert tables[name].equals(pq.read_table(audited / f"out/tables/{name}.parquet")), name


def test_tables_can_be_asked_for_in_the_middle(lines: list[bytes], tmp_path: Path) -> None:
    path, half = tmp_path / "events.ndjson", tmp_path / "half.ndjson"
    path.write_bytes(b"".join(lines[:4_500]))
    half.write_bytes(b"".join(lines[:4_500]))
    live = opened(str(path), Options(), Settings(threads=1), frozenset(), shipped(), [], state=None, until_end=True)
    with live.runner:
        live.run()
        asked = live.result().tables
        again = live.result().tables
        live.close()

    wanted = audit([half], options=Options(), settings=Settings(threads=1)).tables
    for name in FINAL:
        assert asked[name].equals(wanted[name]), name
        assert again[name].equals(wanted[name]), name


def test_an_interrupt_ends_in_good_order(audited: Path, tmp_path: Path) -> None:
    command = [*COMMAND, "watch", str(audited / "events.ndjson"), "--state", "state", "--out", "out"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stderr is not None
    process.stderr.readline()  # the first status line: it runs
    for _ in range(600):
        if (tmp_path / "state" / "alarms.ndjson").exists() and (tmp_path / "state" / "alarms.ndjson").stat().st_size:
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    assert process.returncode == 0
    assert (tmp_path / "out" / "report.html").exists()
    assert (tmp_path / "state" / "state").exists()


def test_two_processes_cannot_share_a_state(audited: Path, tmp_path: Path) -> None:
    holder = opened(str(audited / "events.ndjson"), Options(), Settings(), frozenset(), shipped(), [], state=tmp_path / "state")  # fmt: skip
    done = subprocess.run(
        [*COMMAND, "watch", str(audited / "events.ndjson"), "--state", str(tmp_path / "state")], capture_output=True, check=False,
    )  # fmt: skip
    with holder.runner:
        holder.close()

    assert done.returncode == 2
    assert b"another process watches with this state" in done.stderr


@pytest.mark.slow
def test_dozens_of_kills_change_no_table_and_no_alarm() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "scripts/soak_watch.py", "--kills", "24", "--a-round", "24"],
        cwd=ROOT, env=environment, capture_output=True, check=False, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-2_000:]
    assert "24 kills" in done.stdout
