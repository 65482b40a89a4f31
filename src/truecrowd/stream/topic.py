"""Alarms into a Kafka topic: keyed by room, so that a room's alarms lie in one partition in their order."""

import json
from typing import TYPE_CHECKING, Any, Final

from truecrowd.stream.kafka import Place
from truecrowd.stream.outbox import UndeliveredError

if TYPE_CHECKING:
    from confluent_kafka import Producer

_ANSWER_S: Final = 10.0
"""Seconds in which a broker has to take an alarm; then it is tried again later."""


class Topic:
    """A topic for alarms; its object is the `send` of an outbox.

    Args:
        place: Where it is; the group is not used.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._producer: Producer | None = None

    def __call__(self, key: str, body: bytes) -> None:
        """Write one message, with the alarm's key in its header, and wait until the brokers keep it.

        Raises:
            UndeliveredError: They do not.
        """
        from confluent_kafka import KafkaException

        told: list[Any] = []
        try:
            self._producer = self._made() if self._producer is None else self._producer
            self._producer.produce(
                self._place.topic, body, json.loads(body)["room_id"], headers={"alarm_id": key},
                on_delivery=lambda error, _: told.append(error),
            )  # fmt: skip
            self._producer.flush(_ANSWER_S + 1.0)
        except (KafkaException, BufferError) as error:
            raise UndeliveredError(f"topic {self._place.topic}: {type(error).__name__}") from error
        if not told or told[0] is not None:  # comparing the client's errors with None is an error in itself
            why = "no answer" if not told else str(told[0].name()).lstrip("_").lower().replace("_", " ")
            raise UndeliveredError(f"topic {self._place.topic}: {why}")

    def _made(self) -> "Producer":
        from confluent_kafka import Producer

        return Producer(
            {
                **dict(self._place.client), "bootstrap.servers": self._place.servers, "acks": "all",
                "enable.idempotence": True, "delivery.timeout.ms": int(_ANSWER_S * 1000), "linger.ms": 0,
                "reconnect.backoff.max.ms": 2_000, "log_level": 0,
            }
        )  # fmt: skip
