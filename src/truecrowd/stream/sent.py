"""What was sent over HTTP: accepted once it is on the disk, each batch once, given out in the order of the journal.

A record of the journal is one line of JSON (the sender's key, a digest of the batch, the answer) and then the batch.
So a batch and the memory that it came are on the disk in one step, and a sender that asks again after a crash gets the
same answer. When a snapshot lets the journal go, the keys are in a file of their own.
"""

import hashlib
import json
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from truecrowd.errors import ConfigError, InputError
from truecrowd.ingest.options import Options
from truecrowd.stream.events import Lines
from truecrowd.stream.journal import Journal
from truecrowd.stream.sources import Batch, Position

MOST_BODY: Final = 8 << 20
"""Longest batch, bytes; about 15,000 events."""
MOST_WAITING: Final = 32 << 20
"""Bytes that may wait to be looked at; then senders are told to come again later."""
_AT_ONCE: Final = 4 << 20
"""Bytes given out at once, about."""
_NAMED: Final = 100
"""Rejected lines that an answer names; all are counted, and all are in the table of rejects."""
_KEYS: Final = 100_000
"""Keys remembered; a sender that comes again does so within minutes."""
_POSITION: Final = "sent_bytes"


class FullError(Exception):
    """Too much waits: the sender can come again."""


class OtherBatchError(Exception):
    """The key came before with another batch: the sender must fix it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sender is told of a batch.

    Args:
        n_accepted: Lines that were taken.
        n_rejected: Lines that cannot be read; they are kept as rejects.
        rejected: The first of those, line number from 1 and reason.
        is_repeated: Whether the batch came before, and was not taken again.
    """

    n_accepted: int
    n_rejected: int
    rejected: tuple[tuple[int, str], ...]
    is_repeated: bool = False

    def tree(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        rejected = [{"line": line, "reason": reason} for line, reason in self.rejected]
        return {"accepted": self.n_accepted, "rejected": rejected, "n_rejected": self.n_rejected, "repeated": self.is_repeated}  # fmt: skip


def answer_to(text: bytes, options: Options) -> Answer:
    """Return what can be read of a batch; nothing is kept.

    Args:
        text: Whole lines.
        options: How they will be read.

    Raises:
        InputError: The lines would stop a run, as times without a zone do.
    """
    lines = Lines("http", options)
    for _ in lines.take(text):
        pass
    ledger = lines.ledger
    rejects = ledger.rejects.table().slice(0, _NAMED).select(["row", "reason"]).to_pylist()
    n_rejected = ledger.total("rejected")
    return Answer(ledger.n_read - n_rejected, n_rejected, tuple((one["row"], one["reason"]) for one in rejects))


class Sent:
    """The queue between senders and the run. Any thread may call it.

    Args:
        folder: State folder; exists.
        options: How batches will be read.
    """

    def __init__(self, folder: Path, options: Options) -> None:
        self._folder = folder
        self._options = options
        self._journal = Journal(folder)
        self._keys = _Keys(folder / "batches.ndjson")
        self._changed = threading.Condition()
        self._waiting: deque[Batch] = deque()
        self._n_waiting = 0
        self._n_promised = 0
        self._end = 0

    def open(self, position: Position | None) -> None:
        """Take up what was accepted and no snapshot holds.

        Raises:
            ConfigError: The state is of another source.
        """
        if position is not None and _POSITION not in position:
            what = "the state was made with another source"
            raise ConfigError(what, where=f"--state {self._folder.name}", fix="choose another --state")
        self._end = int((position or {}).get(_POSITION, 0))
        for data, end in self._journal.after(0):
            head, _, text = data.partition(b"\n")
            self._keys.recall(json.loads(head))
            if end > self._end:
                self._put(text, end)
        self._keys.open()

    def _put(self, text: bytes, end: int) -> None:
        self._waiting.append(Batch(text, {_POSITION: end}))
        self._n_waiting += len(text)
        self._end = end

    def promise(self, size: int) -> Callable[[], None]:
        """Keep room for a batch that is being sent; call what is returned when it has come or has failed.

        Raises:
            FullError: There is none.
        """
        with self._changed:
            held = self._n_waiting + self._n_promised
            if held and held + size > MOST_WAITING:
                raise FullError
            self._n_promised += size

        def release() -> None:
            with self._changed:
                self._n_promised -= size

        return release

    def accept(self, text: bytes, key: str | None) -> Answer:
        """Take a batch: when this returns, it is on the disk.

        Args:
            text: Lines; the last may lack its end.
            key: The sender's name of the batch; None: it is another one whenever it comes.

        Raises:
            OtherBatchError: The key came with another batch.
            InputError: See `answer_to`.
            OSError: It is not known to be on the disk.
        """
        text = text if text.endswith(b"\n") or not text else text + b"\n"
        digest = hashlib.sha256(text).hexdigest()
        answer = answer_to(text, self._options)
        with self._changed:
            known = self._keys.answer(key, digest)
            if known is None and text:
                self._keep(text, {"key": key, "sha256": digest, "answer": answer.tree()})
            self._journal.sync()
        return answer if known is None else known

    def _keep(self, text: bytes, head: dict[str, Any]) -> None:
        data = json.dumps(head, separators=(",", ":")).encode() + b"\n" + text
        self._journal.append(data, self._end + len(data))
        self._put(text, self._end + len(data))
        self._keys.add(head)
        self._changed.notify_all()

    def read(self, wait_s: float) -> Batch | None:
        """Return what waits, up to a limit; None where nothing came within `wait_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting, wait_s)
            parts: list[Batch] = []
            size = 0
            while self._waiting and size < _AT_ONCE:
                parts.append(self._waiting.popleft())
                size += len(parts[-1].text)
            self._n_waiting -= size
        return Batch(b"".join(one.text for one in parts), parts[-1].position) if parts else None

    @property
    def n_waiting(self) -> int:
        """Bytes accepted that nobody looked at yet."""
        return self._n_waiting

    def stored(self, position: Position) -> None:
        """Forget what a snapshot holds, but for the keys."""
        with self._changed:
            self._keys.sync()
            self._journal.forget(int(position[_POSITION]))

    def close(self) -> None:
        """Close the files."""
        with self._changed:
            self._keys.close()
            self._journal.close()


class _Keys:
    """Batches that came, by the sender's key; the newest `_KEYS`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, tuple[str, Answer]] = {}
        for head in _heads(path):
            self.recall(head)
        self._n_lines = 0

    def recall(self, head: Mapping[str, Any]) -> None:
        """Remember one."""
        if head["key"] is None:
            return
        tree = head["answer"]
        rejected = tuple((one["line"], one["reason"]) for one in tree["rejected"])
        self._known.pop(head["key"], None)
        self._known[head["key"]] = head["sha256"], Answer(tree["accepted"], tree["n_rejected"], rejected)
        if len(self._known) > _KEYS:
            del self._known[next(iter(self._known))]

    def open(self) -> None:
        """Write anew what is remembered, and go on behind it."""
        aside = self._path.with_suffix(".partial")
        with aside.open("w", encoding="utf-8") as file:
            for key, (digest, answer) in self._known.items():
                file.write(_line({"key": key, "sha256": digest, "answer": answer.tree()}))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)
        self._file = self._path.open("a", encoding="utf-8")
        self._n_lines = len(self._known)

    def answer(self, key: str | None, digest: str) -> Answer | None:
        """Return what was answered to this batch before; None: it is new.

        Raises:
            OtherBatchError: The key came with another batch.
        """
        if key is None or key not in self._known:
            return None
        before, answer = self._known[key]
        if before != digest:
            raise OtherBatchError
        return replace(answer, is_repeated=True)

    def add(self, head: dict[str, Any]) -> None:
        """Remember and write one; `sync` waits for the disk."""
        self.recall(head)
        if head["key"] is not None:
            self._file.write(_line(head))
            self._n_lines += 1

    def sync(self) -> None:
        """Wait until what was added is on the disk; shorten the file where most of it is forgotten."""
        self._file.flush()
        os.fsync(self._file.fileno())
        if self._n_lines > 2 * _KEYS:
            self._file.close()
            self.open()

    def close(self) -> None:
        """Close the file."""
        if hasattr(self, "_file"):
            self._file.close()


def _line(head: Mapping[str, Any]) -> str:
    return json.dumps(head, separators=(",", ":")) + "\n"


def _heads(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the heads in a file; a last line that a crash cut off is in the journal."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith("\n"):
                return
            try:
                yield json.loads(line)
            except ValueError as error:
                fix = "remove the file: senders that come again are then taken anew"
                raise InputError("a line is damaged", where=f"{path.name} line {number}", fix=fix) from error
