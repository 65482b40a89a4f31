"""Events from a Kafka topic: every partition read from where the last snapshot ended, the group told of it.

Offsets belong to the snapshot, as the counts made from those rows do: partitions are assigned, never handed out by the
broker. The group only says how far a run has come; so tools that show lag work, and no other process can move a run.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from truecrowd.errors import ConfigError, InputError
from truecrowd.stream.sources import Batch, Position

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError, Message

_AT_ONCE: Final = 10_000
"""Most messages of one batch; the client waits for so many or for `_GATHER_S`."""
_GATHER_S: Final = 0.02
"""Seconds in which a batch gathers: what an alarm may wait here (engine.md 3: 10 to 50 ms)."""
_ANSWER_S: Final = 10.0
"""Seconds a broker has to answer at the start. Guess."""
_QUEUED_KB: Final = 32_768
"""Kilobytes read ahead. The client's default is twice that."""
_FROM: Final = ("earliest", "latest", "group")
_SECURITY: Final = frozenset(
    ("security.protocol", "sasl.mechanism", "sasl.username", "sasl.password", "ssl.ca.location",
     "ssl.certificate.location", "ssl.key.location", "ssl.key.password")
)  # fmt: skip
"""Keys of a client file that are taken; none loads code or reaches other hosts."""
_MOST_FILE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Place:
    """What a person names by `kafka://HOST:PORT,HOST/TOPIC?group=NAME&from=latest&client=FILE`.

    Args:
        servers: Brokers to ask first, with ports.
        topic: The topic.
        group: Consumer group that is told how far a run has come.
        begin: Where a run without a snapshot begins: earliest, latest, or where the group is.
        client: How to log in: keys and values for the client, secrets among them (never shown).
    """

    servers: str
    topic: str
    group: str = "truecrowd"
    begin: str = "earliest"
    client: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def place_of(url: str) -> Place:
    """Read what a person names.

    Raises:
        ConfigError: It is no such place; the client file cannot be read, or holds keys that are not taken.
    """
    form = "kafka://HOST:PORT/TOPIC?group=NAME"
    parts = urlsplit(url)
    topic = unquote(parts.path.strip("/"))
    if parts.scheme != "kafka" or not parts.netloc or not topic or "/" in topic:
        raise ConfigError("the place of a topic is not complete", where="kafka://", fix=f"write it as {form}")
    if "@" in parts.netloc:
        fix = "put sasl.username and sasl.password into a file and add ?client=FILE"
        raise ConfigError("a name or password stands in the address", where="kafka://", fix=fix)
    options = dict(parse_qsl(parts.query))
    unknown = sorted(options.keys() - {"group", "from", "client"})
    if unknown:
        fix = "group, from and client are known"
        raise ConfigError(f"{unknown[0][:40]!r} is no option of a topic", where="kafka://", fix=fix)
    begin = options.get("from", "earliest")
    if begin not in _FROM:
        raise ConfigError(
            f"from={begin[:40]!r} is no place to begin", where="kafka://", fix=f"one of {', '.join(_FROM)}"
        )
    servers = ",".join(one if ":" in one else f"{one}:9092" for one in parts.netloc.split(",") if one)
    client = client_of(Path(options["client"])) if "client" in options else ()
    return Place(servers, topic, options.get("group") or "truecrowd", begin, client)


def client_of(path: Path) -> tuple[tuple[str, str], ...]:
    """Read how to log in: lines `key=value`, `#` begins a remark.

    Raises:
        ConfigError: It cannot be read, others may read it, or it holds a key that is not taken.
    """
    try:
        mode, text = path.stat().st_mode, path.read_bytes()[:_MOST_FILE].decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "the client file cannot be read", where=path.name, fix="check the path in ?client="
        ) from error
    if mode & 0o077:
        raise ConfigError("others may read the client file", where=path.name, fix=f"chmod 600 {path.name}")
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        key, equals, value = (part.strip() for part in line.partition("="))
        if not key or key.startswith("#"):
            continue
        if not equals or key not in _SECURITY:
            what = f"{key[:40]!r} is no key that is taken here"
            raise ConfigError(what, where=f"{path.name} line {number}", fix=f"one of {', '.join(sorted(_SECURITY))}")
        found.append((key, value))
    return tuple(found)


class Kafka:
    """One topic, all of its partitions.

    Args:
        place: Where it is.
        until_end: Be over when every partition was read to its end instead of waiting for more.
    """

    def __init__(self, place: Place, *, until_end: bool) -> None:
        self._place = place
        self._until_end = until_end
        self._consumer: Consumer | None = None
        self._cluster = ""
        self._next: dict[int, int] = {}
        self._ended: set[int] = set()
        self._is_away = False
        self._notes: list[str] = []

    @property
    def name(self) -> str:
        """The topic."""
        return self._place.topic

    def open(self, position: Position | None) -> None:
        """Begin at every partition: behind a stored position, or where the person says.

        Raises:
            InputError: The client is not installed, no broker answers, there is no such topic, or what is stored is not
                of it.
        """
        try:
            from confluent_kafka import Consumer
        except ImportError as error:
            what = "the Kafka client is not installed"
            raise InputError(what, where="kafka://", fix="pip install 'truecrowd[kafka]'") from error
        self._consumer = Consumer(
            {
                **dict(self._place.client), "bootstrap.servers": self._place.servers, "group.id": self._place.group,
                "enable.auto.commit": False, "enable.partition.eof": True, "auto.offset.reset": "error",
                "isolation.level": "read_committed", "queued.max.messages.kbytes": _QUEUED_KB,
                "reconnect.backoff.max.ms": 2_000, "error_cb": self._heard, "on_commit": self._committed,
                "log_level": 0,
            }
        )  # fmt: skip
        partitions = self._partitions()
        if position is not None:
            self._check(position)
        self._assign(partitions, position)

    def _partitions(self) -> list[int]:
        from confluent_kafka import KafkaException

        assert self._consumer is not None
        try:
            seen = self._consumer.list_topics(self._place.topic, timeout=_ANSWER_S)
        except KafkaException as error:
            what = f"no broker answers at {self._place.servers} ({_why(error.args[0])})"
            raise InputError(what, where="kafka://", fix="check host, port and how to log in (?client=FILE)") from error
        topic = seen.topics[self._place.topic]
        if topic.error is not None or not topic.partitions:
            why = "it has no partitions" if topic.error is None else _why(topic.error)
            what = f"the topic {self._place.topic!r} cannot be read ({why})"
            raise InputError(what, where="kafka://", fix="check its name, and that the group may read it")
        self._cluster = seen.cluster_id or ""
        return sorted(topic.partitions)

    def _check(self, position: Position) -> None:
        for name, here in (("topic", self._place.topic), ("cluster", self._cluster)):
            if position.get(name) != here:
                what = f"the state was made with another {name}"
                raise InputError(what, where="--state", fix="name the same one, or begin with a new --state folder")

    def _assign(self, partitions: Sequence[int], position: Position | None) -> None:
        """Take every partition; one that the snapshot does not know is new, and read from its start."""
        from confluent_kafka import OFFSET_BEGINNING, TopicPartition

        assert self._consumer is not None
        if position is not None:
            self._next = {one: int(position.get(f"offset-{one}", OFFSET_BEGINNING)) for one in partitions}
        else:
            self._next = self._first(partitions)
        self._consumer.assign([TopicPartition(self._place.topic, one, at) for one, at in self._next.items()])

    def _first(self, partitions: Sequence[int]) -> dict[int, int]:
        from confluent_kafka import OFFSET_BEGINNING, KafkaException, TopicPartition

        assert self._consumer is not None
        if self._place.begin == "latest":
            return {one: self._edges(one)[1] for one in partitions}
        if self._place.begin == "earliest":
            return dict.fromkeys(partitions, OFFSET_BEGINNING)
        wanted = [TopicPartition(self._place.topic, one) for one in partitions]
        try:
            known = self._consumer.committed(wanted, timeout=_ANSWER_S)
        except KafkaException as error:
            what = f"the group {self._place.group!r} does not tell where it is ({_why(error.args[0])})"
            raise InputError(what, where="kafka://", fix="check its rights, or leave out from=group") from error
        return {one.partition: one.offset if one.offset >= 0 else OFFSET_BEGINNING for one in known}

    def _edges(self, partition: int) -> tuple[int, int]:
        """Return first and next offset of a partition."""
        from confluent_kafka import KafkaException, TopicPartition

        assert self._consumer is not None
        try:
            edges = self._consumer.get_watermark_offsets(
                TopicPartition(self._place.topic, partition), timeout=_ANSWER_S
            )
        except KafkaException as error:
            what = f"partition {partition} does not tell where it begins ({_why(error.args[0])})"
            raise InputError(what, where="kafka://", fix="check the broker, and start again") from error
        return edges[0], edges[1]

    def read(self, wait_s: float) -> Batch | None:
        """Return the lines of the next messages; while no broker is there, nothing comes, and it is said once.

        Raises:
            InputError: The group may not read any more, or the topic is gone.
        """
        assert self._consumer is not None
        until = time.monotonic() + wait_s
        while True:
            messages = self._consumer.consume(_AT_ONCE, timeout=_GATHER_S)
            if (text := self._taken(messages)) or self.is_over or time.monotonic() >= until:
                return Batch(text, self._position()) if text else None

    def _taken(self, messages: Sequence["Message"]) -> bytes:
        """Return the lines of messages; a message may hold several."""
        values = []
        for message in messages:
            error = message.error()
            if error is not None:
                self._met(error, message)
                continue
            partition = message.partition() or 0
            self._next[partition] = (message.offset() or 0) + 1
            self._ended.discard(partition)
            if value := message.value():
                values.append(value)
        if values and self._is_away:
            self._is_away = False
            self._notes.append("the broker is back; reading goes on where it stopped")
        return b"".join(value if value.endswith(b"\n") else value + b"\n" for value in values)

    def _met(self, error: "KafkaError", message: "Message") -> None:
        """Tell what a partition says instead of a message."""
        from confluent_kafka import KafkaError

        code, partition = error.code(), message.partition()
        if code == KafkaError._PARTITION_EOF and partition is not None:  # noqa: SLF001  the client's own name
            self._ended.add(partition)
        elif code == KafkaError._AUTO_OFFSET_RESET and partition is not None:  # noqa: SLF001
            self._skipped(partition)
        elif error.fatal() or code in (
            KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.UNKNOWN_TOPIC_OR_PART,
            KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
        ):  # fmt: skip
            what = f"the topic {self._place.topic!r} cannot be read any more ({_why(error)})"
            raise InputError(what, where="kafka://", fix="check the topic and the rights of the group, and start again")
        else:
            self._heard(error)

    def _skipped(self, partition: int) -> None:
        """Go on at the first row there is: the broker deleted what was to come next, or the topic was made anew."""
        from confluent_kafka import TopicPartition

        assert self._consumer is not None
        low, high = self._edges(partition)
        wanted = self._next[partition]
        if wanted > high:
            text = (
                f"it ends at {high}, before the snapshot at {wanted}: the topic was made anew; reading begins at {low}"
            )
        else:
            text = f"the broker deleted rows {max(wanted, 0)} to {low - 1} before they were read; they are lost"
        self._notes.append(f"{self.name} partition {partition}: {text}")
        self._next[partition] = low
        at = [TopicPartition(self._place.topic, partition, low)]
        self._consumer.incremental_unassign(at)
        self._consumer.incremental_assign(at)

    def _heard(self, error: "KafkaError") -> None:
        """Take what the client tells of its connections; once until rows come again."""
        if not self._is_away:
            self._is_away = True
            self._notes.append(f"the broker is away ({_why(error)}); what comes meanwhile is read when it is back")

    def _committed(self, error: "KafkaError | None", _offsets: Any) -> None:
        text = "the group could not be told how far this run is; its own snapshot is not touched by that"
        if error is not None and text not in self._notes:
            self._notes.append(text)

    def _position(self) -> Position:
        known = {f"offset-{one}": at for one, at in sorted(self._next.items()) if at >= 0}
        return {"topic": self._place.topic, "cluster": self._cluster, **known}

    @property
    def is_over(self) -> bool:
        """Whether every partition was read to its end, and that is wanted."""
        return self._until_end and self._ended >= self._next.keys()

    def stored(self, position: Position) -> None:
        """Tell the group how far a snapshot reaches; it answers later, and nothing waits for it."""
        from confluent_kafka import KafkaException, TopicPartition

        assert self._consumer is not None
        known = [
            TopicPartition(self._place.topic, int(name.removeprefix("offset-")), int(at))
            for name, at in position.items()
            if name.startswith("offset-")
        ]
        try:
            if known:
                self._consumer.commit(offsets=known, asynchronous=True)
        except KafkaException as error:
            self._committed(error.args[0], known)

    def notes(self) -> list[str]:
        """Return what happened."""
        notes, self._notes = self._notes, []
        return notes

    def close(self) -> None:
        """Let go."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None


def _why(error: "KafkaError") -> str:
    return str(error.name()).lstrip("_").lower().replace("_", " ")
