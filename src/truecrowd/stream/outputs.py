"""Where alarms go while the crowd is arriving. An output is told of each alarm at least once, and knows it by its key."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, Protocol, runtime_checkable

_LINES: Final = 1 << 16
"""Longest line of the log of alarms that is believed, bytes."""


@dataclass(frozen=True, slots=True)
class Raised:
    """One alarm as it is told.

    Args:
        alarm_id: Its key: the same alarm has the same one after a restart.
        room_id: The room.
        scheme: What kind of crowd; `any`: all signs together.
        ts: End of the tick that raised it, microseconds of event time.
        score: How strongly.
    """

    alarm_id: str
    room_id: str
    scheme: str
    ts: int
    score: float

    def line(self) -> str:
        """Return the alarm as one line of JSON."""
        when = datetime.fromtimestamp(self.ts / 1e6, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return json.dumps(
            {"alarm_id": self.alarm_id, "room_id": self.room_id, "scheme": self.scheme, "ts": when, "score": self.score},
            ensure_ascii=False,
        )  # fmt: skip


def key_of(room: str, scheme: str) -> str:
    """Return the key of a room's alarm: there is at most one of each scheme in a room, which is one session."""
    return hashlib.blake2b(json.dumps(["alarm", room, scheme]).encode(), digest_size=8).hexdigest()


class Output(Protocol):
    """Where alarms go. One file here makes a new one; `watch` is given a list of them."""

    def tell(self, alarms: Sequence[Raised]) -> None:
        """Take alarms; called before a snapshot holds them, so after a crash the same ones may come again."""
        ...

    def close(self) -> None:
        """Finish what is under way."""
        ...


@runtime_checkable
class Noting(Protocol):
    """An output that has something to say to a person."""

    def notes(self) -> list[str]:
        """Return what happened since the last call that a person should know, in one line each."""
        ...


class Log:
    """The alarms of all runs over one state folder, each once, in the order in which they were raised.

    It is written when the outputs have been told, and read at the start, so that what was told is not told again. A
    process that dies between the two tells once more, under the same key.

    Args:
        path: File of lines as `Raised.line` gives them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.known: set[str] = set()
        self._file = self._opened()

    def _opened(self) -> BinaryIO:
        """Open the log behind its last whole line: what a crash cut off was never told."""
        file = self._path.open("a+b")
        file.seek(0)
        size = 0
        for line in file:
            found = _parsed(line)
            if found is None:
                break
            self.known.add(found)
            size += len(line)
        file.truncate(size)
        return file

    def add(self, alarms: Sequence[Raised]) -> None:
        """Write alarms that were told, and wait until they are on the disk."""
        self._file.write("".join(f"{alarm.line()}\n" for alarm in alarms).encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self.known.update(alarm.alarm_id for alarm in alarms)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _parsed(line: bytes) -> str | None:
    if not line.endswith(b"\n") or len(line) > _LINES:
        return None
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row["alarm_id"] if isinstance(row, Mapping) and isinstance(row.get("alarm_id"), str) else None
