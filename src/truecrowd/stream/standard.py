"""Standard input: read by a thread, so that the writer is not held up while rows are looked at."""

import os
import threading
from collections import deque
from typing import Final

from truecrowd.stream.journal import Journal
from truecrowd.stream.sources import Batch, Position

_READ: Final = 1 << 18
_MOST: Final = 4 << 20
"""Bytes given out at once."""
_WAITING: Final = 32 << 20
"""Bytes that may wait; then the writer does."""


class Standard:
    """A pipe. It cannot be read again: what is taken goes to a journal first, where there is one.

    Args:
        journal: Keeps what was taken until a snapshot holds it; None: what was taken after the last snapshot is lost
            with the process.
        handle: File descriptor.
    """

    name = "stdin"

    def __init__(self, journal: Journal | None = None, handle: int = 0) -> None:
        self._journal = journal
        self._handle = handle
        self._parts: deque[bytes] = deque()
        self._n_waiting = 0
        self._changed = threading.Condition()
        self._rest = b""
        self._n_bytes = 0
        self._is_ended = False
        self._notes: list[str] = []
        self._again: deque[Batch] = deque()

    def open(self, position: Position | None) -> None:
        """Give out first what the journal holds behind the position, then what the pipe holds."""
        self._n_bytes = int((position or {}).get("bytes", 0))
        if self._journal is not None:
            for text, end in self._journal.after(self._n_bytes):
                self._again.append(Batch(text, {"bytes": end}))
                self._n_bytes = end
        if self._n_bytes:
            self._notes.append(
                f"stdin: {self._n_bytes:,} bytes were taken before; pipe what comes after them (tail -c +{self._n_bytes + 1})"
            )
        threading.Thread(target=self._fill, name="stdin", daemon=True).start()

    def _fill(self) -> None:
        while True:
            try:
                got = os.read(self._handle, _READ)
            except OSError:
                got = b""
            with self._changed:
                self._is_ended = not got
                if got:
                    self._parts.append(got)
                    self._n_waiting += len(got)
                self._changed.notify_all()
                if not got:
                    return
                self._changed.wait_for(lambda: self._n_waiting < _WAITING)

    def read(self, wait_s: float) -> Batch | None:
        """Return what is there up to the last line end; a last line without one is given out at the end."""
        if self._again:
            return self._again.popleft()
        text = self._rest + self._taken(wait_s)
        end = len(text) if self.is_ended else text.rfind(b"\n") + 1
        self._rest = text[end:]
        text = text[:end]
        if not text:
            return None
        self._n_bytes += len(text)
        text = text if text.endswith(b"\n") else text + b"\n"
        if self._journal is not None:
            self._keep(text, self._journal)
        return Batch(text, {"bytes": self._n_bytes})

    def _keep(self, text: bytes, journal: Journal) -> None:
        try:
            journal.append(text, self._n_bytes)
        except OSError as error:
            self._notes.append(
                f"stdin: the journal cannot be written ({(error.strerror or 'unknown').lower()}); a crash now loses what came after the last snapshot"
            )

    def _taken(self, wait_s: float) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._parts or self._is_ended, wait_s)
            parts = []
            size = 0
            while self._parts and size < _MOST:
                parts.append(self._parts.popleft())
                size += len(parts[-1])
            self._n_waiting -= size
            self._changed.notify_all()
        return b"".join(parts)

    @property
    def is_ended(self) -> bool:
        """Whether the writer has gone and nothing of it waits."""
        return self._is_ended and not self._parts

    @property
    def is_over(self) -> bool:
        """Whether everything was given out."""
        return self.is_ended and not self._rest and not self._again

    def stored(self, position: Position) -> None:
        """Forget what the snapshot holds."""
        if self._journal is not None:
            self._journal.forget(int(position["bytes"]))

    def notes(self) -> list[str]:
        """Return what happened."""
        notes, self._notes = self._notes, []
        return notes

    def close(self) -> None:
        """Close the journal; the pipe is the system's."""
        if self._journal is not None:
            self._journal.close()
