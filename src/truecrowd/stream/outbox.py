"""Alarms that have to reach another machine: kept on the disk until it has taken them, or a day has gone by.

An outbox is a file of lines, only ever added to: one when an alarm is put in, one when it is delivered or given up. It
is written before the log of alarms says that the alarm was told, so a kill at any moment tells it again under the same
key and never loses it. Alarms of one room keep their order; rooms do not wait for each other.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

from truecrowd.stream.outputs import Raised

FIRST_S: Final = 5.0
"""Seconds to the second try; doubled with every further one (decisions.md 7)."""
LONGEST_S: Final = 3_600.0
"""Longest pause between two tries."""
GIVEN_UP_S: Final = 86_400.0
"""Age at which an alarm becomes a dead letter."""
_WAKE_S: Final = 1.0
_LAST_S: Final = 10.0
"""Seconds that the end of a run gives to alarms that were not tried yet."""
_LINE: Final = 1 << 16


class UndeliveredError(Exception):
    """A try failed; says why in words that hold no address and no secret."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One alarm on its way.

    Args:
        key: The alarm's.
        room_id: Its room; alarms of one room go one after the other.
        body: What is sent.
        since: When it was put in, seconds since 1970.
        n_tries: Tries so far.
        next_at: When the next try is due, seconds since 1970.
    """

    key: str
    room_id: str
    body: str
    since: float
    n_tries: int = 0
    next_at: float = 0.0


Send = Callable[[str, bytes], None]
"""Deliver a body under a key and return when the receiver has it; raises `UndeliveredError`."""


def due(waiting: Sequence[Waiting], now: float) -> list[Waiting]:
    """Return what may be tried now: the oldest alarm of each room, if its pause is over."""
    first = {one.room_id: one for one in reversed(waiting)}
    return [one for one in waiting if first[one.room_id] is one and one.next_at <= now]


def failed(one: Waiting, now: float) -> Waiting | None:
    """Return an alarm after a try that failed; None: it is given up."""
    if now - one.since >= GIVEN_UP_S:
        return None
    pause = min(FIRST_S * 2.0 ** min(one.n_tries, 20), LONGEST_S)
    return replace(one, n_tries=one.n_tries + 1, next_at=now + pause)


class Outbox:
    """An output that keeps alarms until they are delivered; it sends in a thread of its own.

    Args:
        name: What notes call the receiver.
        path: File of what waits; dead letters lie beside it, in `<name>.dead`.
        send: Delivers.
        clock: Seconds since 1970.
        is_started: Whether a thread sends; without it `step` does.
    """

    def __init__(
        self, name: str, path: Path, send: Send, *, clock: Callable[[], float] = time.time, is_started: bool = True
    ) -> None:
        self._name = name
        self._path = path
        self._send = send
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting = {one.key: one for one in _read(path)}
        self._file = self._begun()
        self._notes: list[str] = []
        self._wake = threading.Event()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True) if is_started else None
        if self._waiting:
            self._notes.append(f"{name}: {len(self._waiting)} alarms of an earlier run wait to be delivered")
        if self._thread is not None:
            self._thread.start()

    def _begun(self) -> BinaryIO:
        """Write what waits into a new file, put it in the place of the old one, and go on behind it."""
        aside = self._path.with_name(f"{self._path.name}.partial")
        with aside.open("wb") as file:
            file.write(b"".join(_put(one) for one in self._waiting.values()))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)
        return self._path.open("ab")

    @property
    def waiting(self) -> list[Waiting]:
        """What is not delivered yet, oldest first."""
        with self._lock:
            return list(self._waiting.values())

    def tell(self, alarms: Sequence[Raised]) -> None:
        """Take alarms; when this returns they are on the disk."""
        now = self._clock()
        with self._lock:
            fresh = [
                Waiting(one.alarm_id, one.room_id, one.line(), now)
                for one in alarms
                if one.alarm_id not in self._waiting
            ]
            self._waiting.update((one.key, one) for one in fresh)
            self._write(b"".join(_put(one) for one in fresh))
        self._wake.set()

    def step(self) -> int:
        """Try everything that is due once; return how many were delivered."""
        n_delivered = 0
        for one in due(self.waiting, self._clock()):
            if self._is_closing and one.n_tries:
                continue
            try:
                self._send(one.key, one.body.encode())
            except UndeliveredError as error:
                self._failed(one, str(error))
                continue
            self._ended(one)
            n_delivered += 1
        return n_delivered

    def _failed(self, one: Waiting, why: str) -> None:
        again = failed(one, self._clock())
        if again is not None:
            with self._lock:
                self._waiting[one.key] = again
                self._say(f"{self._name}: alarms wait to be delivered ({why})")
            return
        with suppress(OSError), self._path.with_name(f"{self._path.name}.dead").open("ab") as file:
            file.write(one.body.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with self._lock:
            self._say(
                f"{self._name}: alarm {one.key} could not be delivered for 24 hours and lies in {self._path.name}.dead"
            )
        self._ended(one)

    def _ended(self, one: Waiting) -> None:
        with self._lock:
            del self._waiting[one.key]
            self._write(json.dumps({"done": one.key}).encode() + b"\n")

    def _write(self, lines: bytes) -> None:
        try:
            self._file.write(lines)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            why = (error.strerror or "unknown").lower()
            self._say(
                f"{self._name}: the outbox could not be written ({why}); alarms in it may be told twice or, after a kill, not"
            )

    def _say(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)

    def notes(self) -> list[str]:
        """Return what happened since the last call that a person should know."""
        with self._lock:
            notes, self._notes = self._notes, []
        return notes

    def _run(self) -> None:
        while not self._is_closing:
            self._wake.wait(_WAKE_S)
            self._wake.clear()
            self.step()

    def close(self) -> None:
        """Try what was not tried yet, for a few seconds; the rest waits on the disk for the next run."""
        self._is_closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(_LAST_S)
            until = time.monotonic() + _LAST_S
            while not self._thread.is_alive() and time.monotonic() < until and self.step():
                pass
            if self._thread.is_alive():
                return  # in the middle of a try, which ends with the process
        with self._lock:
            self._file.close()


def _put(one: Waiting) -> bytes:
    row = {"key": one.key, "room_id": one.room_id, "since": one.since, "body": one.body}
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _read(path: Path) -> list[Waiting]:
    """Return what waits in a file; a line that a crash cut off was never promised to anybody."""
    found: dict[str, Waiting] = {}
    if not path.exists():
        return []
    with path.open("rb") as file:
        while line := file.readline(_LINE):
            try:
                row = json.loads(line)
                if "done" in row:
                    found.pop(row["done"], None)
                else:
                    found[row["key"]] = Waiting(row["key"], row["room_id"], row["body"], float(row["since"]))
            except (ValueError, KeyError, TypeError):
                continue
    return list(found.values())
