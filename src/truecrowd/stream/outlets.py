"""From an address that a person names to an output with an outbox."""

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path

from truecrowd.errors import ConfigError
from truecrowd.stream.kafka import place_of
from truecrowd.stream.outbox import Outbox, Send
from truecrowd.stream.topic import Topic
from truecrowd.stream.webhook import Webhook, keys_of


def outlets_of(addresses: Sequence[str], state: Path | None) -> list[Outbox]:
    """Return an output for each address: `https://`, `http://` on this machine, `kafka://HOST/TOPIC`.

    Args:
        addresses: As a person writes them.
        state: State folder; outboxes and the key of webhooks lie there.

    Raises:
        ConfigError: There is no state folder, or an address is none of these.
    """
    if not addresses:
        return []
    if state is None:
        fix = "add --state DIR: alarms wait there until they are delivered"
        raise ConfigError("alarms for another machine need a state folder", where="--alarms-to", fix=fix)
    sends = [_send(address, state) for address in dict.fromkeys(addresses)]
    return [
        Outbox(name, state / f"outbox-{hashlib.sha256(address.encode()).hexdigest()[:12]}.ndjson", send)
        for address, (name, send) in zip(dict.fromkeys(addresses), sends, strict=True)
    ]


def _send(address: str, state: Path) -> tuple[str, Send]:
    """Return what notes call a receiver, and how it is sent to."""
    scheme = address.partition(":")[0]
    if scheme == "kafka":
        if importlib.util.find_spec("confluent_kafka") is None:
            what = "the Kafka client is not installed"
            raise ConfigError(what, where="--alarms-to", fix="pip install 'truecrowd[kafka]'")
        return "kafka output", Topic(place_of(address))
    if scheme in ("http", "https"):
        return "webhook", Webhook(address, keys_of(state / "webhook.key"))
    what = f"{scheme[:20]!r} is no way to send alarms"
    raise ConfigError(
        what, where="--alarms-to", fix="https://HOST/PATH, http://127.0.0.1:PORT/PATH or kafka://HOST/TOPIC"
    )
