"""`truecrowd watch http://`: killed in the middle of input, the tables are those of an audit."""

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import orjson
import pytest

from truecrowd.simulate import simulate

FINAL = ("scores", "findings", "fleets", "verdicts", "shares", "alarms", "coverage", "timeline")
COMMAND = [sys.executable, "-m", "truecrowd"]
BATCH = 200


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    rows = [row for chunk in simulate("tiny", world="develop", seed=5, n_events=9_000).chunks() for row in chunk.events.to_pylist()]  # fmt: skip
    rows.sort(key=lambda row: row["ts"])
    lines = [orjson.dumps({name: cell for name, cell in row.items() if cell is not None}) + b"\n" for row in rows]
    return [*lines[:4_000], b"{\n", *lines[3_000:3_050], *lines[4_000:]]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


class Sender(threading.Thread):
    """Sends batch after batch, each again until it is answered."""

    def __init__(self, lines: list[bytes], port: int, state: Path) -> None:
        super().__init__(daemon=True)
        self.lines, self.port, self.state = lines, port, state
        self.n_answered, self.n_again, self.n_rejected = 0, 0, 0

    def run(self) -> None:
        for at in range(0, len(self.lines), BATCH):
            while (said := self.ask("POST", b"".join(self.lines[at : at + BATCH]), f"batch-{at}")) is None:
                self.n_again += 1
                time.sleep(0.05)
            self.n_rejected += said["n_rejected"]
            self.n_answered += 1

    def ask(self, method: str, body: bytes = b"", key: str = "-") -> dict[str, int] | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            token = (self.state / "token").read_text().strip()
            connection.request(method, "/events", body, {"Authorization": f"Bearer {token}", "Idempotency-Key": key})
            response = connection.getresponse()
            text = response.read()
        except OSError:
            return None
        except http.client.HTTPException:
            return None
        finally:
            connection.close()
        return dict(json.loads(text)) if response.status == 200 else None


def wait_for(condition: object, process: subprocess.Popen[bytes]) -> None:
    assert callable(condition)
    for _ in range(1_200):
        if condition():
            return
        assert process.poll() is None, "watch ended by itself"
        time.sleep(0.05)
    raise AssertionError("nothing came within a minute")


def test_kill_9_in_the_middle_of_what_is_sent_changes_no_table(lines: list[bytes], tmp_path: Path) -> None:
    (tmp_path / "events.ndjson").write_bytes(b"".join(lines))
    subprocess.run([*COMMAND, "audit", "events.ndjson", "--out", "same"], cwd=tmp_path, check=True, capture_output=True)
    port = free_port()
    command = [*COMMAND, "watch", f"http://127.0.0.1:{port}/events", "--state", "state", "--out", "out"]
    sender = Sender(lines, port, tmp_path / "state")

    def start() -> subprocess.Popen[bytes]:
        log = (tmp_path / "log").open("ab")
        with log:
            return subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=subprocess.DEVNULL)

    process = start()
    try:
        sender.start()
        for n_answered in (12, 30):
            wait_for(lambda n=n_answered: sender.n_answered >= n, process)
            process.kill()
            process.wait()
            process = start()
        wait_for(lambda: not sender.is_alive(), process)
        wait_for(lambda: sender.ask("GET") == {"waiting_bytes": 0}, process)
        process.terminate()
        process.wait(120)
    finally:
        process.kill()

    assert process.returncode == 0
    assert sender.n_rejected == 1
    for name in FINAL:
        table = Path("tables", f"{name}.parquet")
        assert (tmp_path / "out" / table).read_bytes() == (tmp_path / "same" / table).read_bytes(), name
    told = [json.loads(line)["alarm_id"] for line in (tmp_path / "log").read_bytes().splitlines()]
    kept = [json.loads(line)["alarm_id"] for line in (tmp_path / "state/alarms.ndjson").read_bytes().splitlines()]
    assert set(told) == set(kept)
    assert len(kept) == len(set(kept)) > 0
