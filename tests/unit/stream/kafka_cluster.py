"""A Kafka cluster inside this process: the mock cluster of librdkafka, whose brokers can be sent away and called back."""

import ctypes
from pathlib import Path

import confluent_kafka

_PRODUCER = 0


def _library() -> ctypes.CDLL:
    folder = Path(confluent_kafka.__file__).parents[1] / "confluent_kafka.libs"
    library = ctypes.CDLL(str(next(folder.glob("librdkafka-*"))))
    for name, result, arguments in (
        ("rd_kafka_conf_new", ctypes.c_void_p, []),
        ("rd_kafka_conf_set", ctypes.c_int, [ctypes.c_void_p, *[ctypes.c_char_p] * 3, ctypes.c_size_t]),
        ("rd_kafka_new", ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]),
        ("rd_kafka_destroy", None, [ctypes.c_void_p]),
        ("rd_kafka_mock_cluster_new", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int]),
        ("rd_kafka_mock_cluster_destroy", None, [ctypes.c_void_p]),
        ("rd_kafka_mock_cluster_bootstraps", ctypes.c_char_p, [ctypes.c_void_p]),
        ("rd_kafka_mock_topic_create", ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]),
        ("rd_kafka_mock_broker_set_down", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int32]),
        ("rd_kafka_mock_broker_set_up", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int32]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Cluster:
    """One broker on loopback, with one topic."""

    def __init__(self, topic: str, partitions: int) -> None:
        self._library = _library()
        said = ctypes.create_string_buffer(512)
        self._handle = self._library.rd_kafka_new(_PRODUCER, self._library.rd_kafka_conf_new(), said, 512)
        self._cluster = self._library.rd_kafka_mock_cluster_new(self._handle, 1)
        assert self._library.rd_kafka_mock_topic_create(self._cluster, topic.encode(), partitions, 1) == 0
        self.topic = topic
        self.servers = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    @property
    def url(self) -> str:
        return f"kafka://{self.servers}/{self.topic}"

    def send(self, values: list[bytes], *, partition: int = 0) -> None:
        """Write messages into a partition and wait until they are there."""
        producer = confluent_kafka.Producer(
            {"bootstrap.servers": self.servers, "queue.buffering.max.messages": 1_000_000}
        )
        for value in values:
            producer.produce(self.topic, value, partition=partition)
        assert producer.flush(30) == 0

    def away(self) -> None:
        assert self._library.rd_kafka_mock_broker_set_down(self._cluster, 1) == 0

    def back(self) -> None:
        assert self._library.rd_kafka_mock_broker_set_up(self._cluster, 1) == 0

    def close(self) -> None:
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._handle)
