"""Alarms into a topic: keyed, and kept while the broker is away."""

from collections.abc import Iterator

import confluent_kafka
import pytest
from kafka_cluster import Cluster

from truecrowd.stream import topic as topic_module
from truecrowd.stream.kafka import place_of
from truecrowd.stream.outbox import UndeliveredError
from truecrowd.stream.topic import Topic


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = Cluster("alarms", 2)
    yield cluster
    cluster.close()


def test_an_alarm_lies_in_the_topic_under_its_room_with_its_key(cluster: Cluster) -> None:
    Topic(place_of(cluster.url))("k1", b'{"room_id": "r"}')

    reader = confluent_kafka.Consumer({"bootstrap.servers": cluster.servers, "group.id": "g"})
    reader.assign([confluent_kafka.TopicPartition("alarms", one, 0) for one in range(2)])
    found = reader.consume(1, timeout=20)
    reader.close()
    assert [(one.key(), one.value(), one.headers()) for one in found] == [
        (b"r", b'{"room_id": "r"}', [("alarm_id", b"k1")])
    ]


def test_a_broker_that_is_away_is_no_delivery_and_the_next_try_is(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic_module, "_ANSWER_S", 1.0)
    send = Topic(place_of(cluster.url))
    send("k1", b'{"room_id": "r"}')
    cluster.away()
    with pytest.raises(UndeliveredError, match="topic alarms: "):
        send("k2", b'{"room_id": "r"}')
    cluster.back()
    monkeypatch.setattr(topic_module, "_ANSWER_S", 20.0)

    Topic(place_of(cluster.url))("k2", b'{"room_id": "r"}')
