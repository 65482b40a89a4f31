"""`truecrowd watch kafka://`: killed in the middle and the broker away for a while, the tables are those of an audit."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import confluent_kafka
import orjson
import pytest
from kafka_cluster import Cluster

from truecrowd.simulate import simulate

FINAL = ("scores", "findings", "fleets", "verdicts", "shares", "alarms", "coverage", "timeline")
COMMAND = [sys.executable, "-m", "truecrowd"]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = Cluster("nights", 2)
    yield cluster
    cluster.close()


def test_a_kill_and_a_broker_away_change_no_table(cluster: Cluster, tmp_path: Path) -> None:
    rows = [row for chunk in simulate("tiny", world="develop", seed=5, n_events=9_000).chunks() for row in chunk.events.to_pylist()]  # fmt: skip
    rows.sort(key=lambda row: row["ts"])
    lines = [orjson.dumps({name: cell for name, cell in row.items() if cell is not None}) for row in rows]
    (tmp_path / "events.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    subprocess.run([*COMMAND, "audit", "events.ndjson", "--out", "same"], cwd=tmp_path, check=True, capture_output=True)
    half = len(lines) // 2

    cluster.send(lines[:half])
    command = [*COMMAND, "watch", cluster.url, "--state", "state"]
    killed = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for _ in range(600):  # until a snapshot is on the disk
        if (tmp_path / "state" / "state").exists():
            break
        time.sleep(0.1)
    cluster.send(lines[half : half + 1_000])  # taken, perhaps, and behind the snapshot
    cluster.away()
    time.sleep(0.5)
    killed.kill()
    killed.communicate()
    cluster.back()
    cluster.send(lines[half + 1_000 :])
    done = subprocess.run([*command, "--until-end", "--out", "out"], cwd=tmp_path, check=False, capture_output=True)

    assert done.returncode == 0, done.stderr
    for name in FINAL:
        table = Path("tables", f"{name}.parquet")
        assert (tmp_path / "out" / table).read_bytes() == (tmp_path / "same" / table).read_bytes(), name


def test_alarms_reach_a_topic_through_the_outbox_though_the_broker_was_away(cluster: Cluster, tmp_path: Path) -> None:
    rows = [row for chunk in simulate("tiny", world="develop", seed=5, n_events=9_000).chunks() for row in chunk.events.to_pylist()]  # fmt: skip
    rows.sort(key=lambda row: row["ts"])
    lines = [orjson.dumps({name: cell for name, cell in row.items() if cell is not None}) for row in rows]
    (tmp_path / "events.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    command = [*COMMAND, "watch", "events.ndjson", "--until-end", "--state", "state", "--alarms-to", cluster.url]
    cluster.away()
    first = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    outbox = next((tmp_path / "state").glob("outbox-*.ndjson"))
    waiting = outbox.read_bytes().count(b"since")
    cluster.back()
    again = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    reader = confluent_kafka.Consumer({"bootstrap.servers": cluster.servers, "group.id": "g"})
    reader.assign([confluent_kafka.TopicPartition("nights", one, 0) for one in range(2)])
    n_told = len(first.stdout.splitlines())
    values = [one.value() for one in reader.consume(n_told, timeout=20)]
    reader.close()
    assert waiting == n_told > 0
    assert sorted(values) == sorted(first.stdout.splitlines())
    assert again.stdout == b""
