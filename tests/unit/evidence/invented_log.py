"""A small log in a folder, with a clock that is set and randomness that repeats."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from truecrowd.evidence.log import Ring, Writer, writer
from truecrowd.evidence.log.writing import Segment
from truecrowd.evidence.records import split
from truecrowd.schema import EVENTS

ORIGIN = "log.example/n"
BEGIN = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1e6)
DAY_US = 86_400_000_000


def bytes_from(seed: int) -> Callable[[int], bytes]:
    return random.Random(seed).randbytes


def ring(folder: Path, seed: int = 1) -> Ring:
    return Ring.make(folder / "keys", ORIGIN, bytes_from(seed))


@contextmanager
def opened(folder: Path, now_us: int = BEGIN, of: Ring | None = None) -> Iterator[Writer]:
    with writer(folder / "log", of or ring(folder), tool="truecrowd test", clock=lambda: now_us) as made:
        yield made


def events(n: int = 6, room: str = "R1", at_us: int = BEGIN, kinds: tuple[str, ...] = ("join", "order")) -> pa.Table:
    """Rows of some accounts in one room, each with its own phone, address and words."""
    rows = [
        {
            "event_id": f"{room}-e{at}", "ts": at_us + at, "event_type": kinds[at % len(kinds)], "room_id": room,
            "account_id": f"{room}-account-{at}", "ip": f"192.0.2.{at}", "device_model": f"Phone {at}",
            "text": f"said by {room} {at}", "order_id": f"{room}-o{at}" if kinds[at % len(kinds)] == "order" else None,
        }
        for at in range(n)
    ]  # fmt: skip
    return pa.table({name: [row.get(name) for row in rows] for name, _ in EVENTS.columns}, schema=EVENTS.schema)


def add(made: Writer, rows: pa.Table, sha256: str = "a" * 64) -> Segment:
    """Seal rows as one recording."""
    groups = split([name for name, _ in EVENTS.columns])
    segment = made.segment(rows, "events", groups)
    said = made.statement(
        "segment", table="events", records=segment.n, root=segment.root.hex(), groups=groups, salts="file", part=0,
        is_last=True, source={"sha256": sha256, "name": "night"}, counts={"rejected": 0},
    )  # fmt: skip
    made.commit([said], segment.files)
    return segment


def beat(made: Writer, source: str = "stream") -> range:
    """Add one small statement."""
    return made.commit([made.statement("heartbeat", source=source, silent_since=None)])
