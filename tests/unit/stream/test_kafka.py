"""A topic as a source: where it begins and goes on, what it says when the broker is away or rows are gone."""

from collections.abc import Iterator
from pathlib import Path

import confluent_kafka
import pytest
from kafka_cluster import Cluster

from truecrowd.errors import ConfigError, InputError
from truecrowd.stream.kafka import Kafka, client_of, place_of
from truecrowd.stream.sources import Position

TURNS = 200
"""Reads of a tenth of a second after which a test gives up."""


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = Cluster("events", 2)
    yield cluster
    cluster.close()


def read(source: Kafka, n: int) -> tuple[list[bytes], Position | None]:
    """Read until that many lines came."""
    lines: list[bytes] = []
    position = None
    for _ in range(TURNS):
        batch = source.read(0.1)
        if batch is not None:
            lines += batch.text.splitlines()
            position = batch.position
        if len(lines) >= n:
            return lines, position
    return lines, position


def opened(url: str, position: Position | None = None, *, until_end: bool = False) -> Kafka:
    source = Kafka(place_of(url), until_end=until_end)
    source.open(position)
    return source


def numbers(start: int, end: int) -> list[bytes]:
    return [b"%d" % one for one in range(start, end)]


def test_every_partition_is_read_to_its_end_and_then_it_is_over(cluster: Cluster) -> None:
    cluster.send(numbers(0, 30), partition=0)
    cluster.send([b"30\n31\n", b"32\n33", b""], partition=1)
    source = opened(cluster.url, until_end=True)
    lines: list[bytes] = []
    for _ in range(TURNS):
        batch = source.read(0.1)
        lines += batch.text.splitlines() if batch is not None else []
        if source.is_over:
            break
    source.close()

    assert source.is_over
    assert sorted(map(int, lines)) == list(range(34))


def test_reading_goes_on_behind_a_stored_position(cluster: Cluster) -> None:
    cluster.send(numbers(0, 10), partition=0)
    cluster.send(numbers(10, 20), partition=1)
    first = opened(cluster.url)
    _, position = read(first, 20)
    first.close()
    cluster.send(numbers(20, 25), partition=1)

    again = opened(cluster.url, position)
    lines, after = read(again, 5)
    again.close()

    assert lines == numbers(20, 25)
    assert after is not None
    assert position is not None
    assert (after["offset-0"], after["offset-1"]) == (position["offset-0"], 15)


def test_the_group_hears_how_far_a_snapshot_reaches_and_can_be_begun_at(cluster: Cluster) -> None:
    cluster.send(numbers(0, 10))
    first = opened(f"{cluster.url}?group=g")
    _, position = read(first, 10)
    assert position is not None
    first.stored({**position, "offset-0": 7})
    first.read(0.1)
    first.close()

    asked = confluent_kafka.Consumer({"bootstrap.servers": cluster.servers, "group.id": "g"})
    told = asked.committed([confluent_kafka.TopicPartition("events", 0)], timeout=10)[0].offset
    asked.close()
    again = opened(f"{cluster.url}?group=g&from=group")
    lines, _ = read(again, 3)
    again.close()

    assert told == 7
    assert lines == numbers(7, 10)


def test_a_group_that_cannot_be_told_stops_nothing(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def commit(self, **_: object) -> None:
            raise confluent_kafka.KafkaException(confluent_kafka.KafkaError(29))

    source = opened(cluster.url)
    with monkeypatch.context() as patch:
        patch.setattr(source, "_consumer", Refusing())
        source.stored({"topic": "events", "offset-0": 3})
        source.stored({"topic": "events", "offset-0": 4})
    notes = source.notes()
    source.close()

    assert notes == ["the group could not be told how far this run is; its own snapshot is not touched by that"]


def test_latest_leaves_out_what_was_there(cluster: Cluster) -> None:
    cluster.send(numbers(0, 10))
    source = opened(f"{cluster.url}?from=latest")
    cluster.send(numbers(10, 12))
    lines, _ = read(source, 2)
    source.close()

    assert lines == numbers(10, 12)


def test_a_broker_that_goes_and_comes_back_loses_nothing_and_is_named_once(cluster: Cluster) -> None:
    cluster.send(numbers(0, 10))
    source = opened(cluster.url)
    before, _ = read(source, 10)
    cluster.away()
    notes: list[str] = []
    for _ in range(TURNS):
        assert source.read(0.1) is None
        notes += source.notes()
        if notes:
            break
    cluster.back()
    cluster.send(numbers(10, 20))
    after, _ = read(source, 10)
    notes += source.notes()
    source.close()

    assert before + after == numbers(0, 20)
    assert [note.split(" (")[0].split(";")[0] for note in notes] == ["the broker is away", "the broker is back"]


def test_a_topic_made_anew_is_read_from_its_start_and_named(cluster: Cluster) -> None:
    cluster.send(numbers(0, 5))
    first = opened(cluster.url)
    _, position = read(first, 5)
    first.close()
    assert position is not None

    source = opened(cluster.url, {**position, "offset-0": 900})
    lines, _ = read(source, 5)
    notes = source.notes()
    source.close()

    assert lines == numbers(0, 5)
    assert notes == [
        "events partition 0: it ends at 5, before the snapshot at 900: the topic was made anew; reading begins at 0"
    ]


@pytest.mark.parametrize("name", ["topic", "cluster"])
def test_a_state_of_another_topic_or_cluster_is_refused(cluster: Cluster, name: str) -> None:
    cluster.send(numbers(0, 1))
    first = opened(cluster.url)
    _, position = read(first, 1)
    first.close()
    assert position is not None
    source = Kafka(place_of(cluster.url), until_end=False)

    with pytest.raises(InputError, match=f"another {name}"):
        source.open({**position, name: "other"})
    source.close()


def test_no_broker_says_where_it_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truecrowd.stream.kafka._ANSWER_S", 0.3)
    source = Kafka(place_of("kafka://127.0.0.1:9/events"), until_end=False)

    with pytest.raises(InputError, match=r"no broker answers at 127\.0\.0\.1:9"):
        source.open(None)
    source.close()


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("kafka://host", "not complete"), ("kafka:///topic", "not complete"), ("kafka://host/a/b", "not complete"),
        ("kafka://me:secret@host/topic", "a name or password stands in the address"),
        ("kafka://host/topic?grp=a", "'grp' is no option"), ("kafka://host/topic?from=middle", "no place to begin"),
    ],
)  # fmt: skip
def test_a_place_that_is_none_is_refused_without_showing_a_secret(url: str, what: str) -> None:
    with pytest.raises(ConfigError, match=what) as caught:
        place_of(url)

    assert "secret" not in str(caught.value)


def test_a_place_has_ports_and_a_group() -> None:
    place = place_of("kafka://one,two:9093/a%20b?group=g")

    assert (place.servers, place.topic, place.group, place.begin) == ("one:9092,two:9093", "a b", "g", "earliest")


def test_the_client_file_is_private_and_takes_only_what_logs_in(tmp_path: Path) -> None:
    path = tmp_path / "client"
    path.write_text("# ours\nsecurity.protocol=SASL_SSL\nsasl.password = a=b\n", encoding="utf-8")
    path.chmod(0o600)
    assert client_of(path) == (("security.protocol", "SASL_SSL"), ("sasl.password", "a=b"))
    assert "a=b" not in repr(place_of(f"kafka://host/topic?client={path}"))

    path.write_text("plugin.library.paths=evil.so\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="no key that is taken"):
        client_of(path)
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="others may read"):
        client_of(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        client_of(tmp_path / "none")
