"""A file that grows: followed by name, through rotation and truncation, never past a line that is not finished."""

import hashlib
import os
import time
from pathlib import Path
from typing import Final

from truecrowd.errors import InputError
from truecrowd.ingest.unwrap import ARROW, GZIP, PARQUET, ZIP, ZSTD
from truecrowd.stream.sources import Batch, Position

_READ: Final = 4 << 20
"""Bytes given out at once, about."""
_LOOK_S: Final = 0.02
"""Seconds between two looks at a file that holds nothing new."""
_LONGEST: Final = 64 << 20
"""A line without an end that is longer than this is given out as it is: it becomes one reject."""
_HEAD: Final = 256
"""Bytes that tell a file from another one that got its number later."""
_BINARY: Final = (GZIP, *ZIP, ZSTD, PARQUET, ARROW[:4])


class Tail:
    """A growing file.

    Args:
        path: The file, as its writer names it; it may be renamed and begun anew.
        until_end: Be over at its end instead of waiting for more.
    """

    def __init__(self, path: Path, *, until_end: bool) -> None:
        self._path = path
        self._until_end = until_end
        self._handle = -1
        self._offset = 0
        self._rest = b""
        self._is_ended = False
        self._notes: list[str] = []

    @property
    def name(self) -> str:
        """Base name of the file."""
        return self._path.name

    def open(self, position: Position | None) -> None:
        """Open the file; behind a stored position, in the file that it belongs to, whatever that is called now.

        Raises:
            InputError: It cannot be opened, or is no text.
        """
        if position is None:
            self._begin(self._path)
            return
        for path in [self._path, *sorted(self._path.parent.glob(f"{self._path.name}*"))]:
            if _is_same(path, position):
                self._begin(path)
                self._offset = int(position["offset"])
                return
        self._notes.append(
            f"{self.name}: the file read last is gone or was cut; what it held behind the snapshot is lost"
        )
        self._begin(self._path)

    def _begin(self, path: Path) -> None:
        self.close()
        try:
            self._handle = os.open(path, os.O_RDONLY)
        except OSError as error:
            what = f"the file cannot be opened ({(error.strerror or 'unknown').lower()})"
            raise InputError(what, where=path.name, fix="check the path") from error
        self._offset, self._rest = 0, b""
        head = os.pread(self._handle, 4, 0)
        if head.startswith(_BINARY):
            what = "the file is packed or a table, wanted lines of NDJSON that are appended"
            raise InputError(what, where=path.name, fix=f"truecrowd audit {path.name}")

    def read(self, wait_s: float) -> Batch | None:
        """Return the next whole lines; the last line of a file that is done needs no end."""
        until = time.monotonic() + wait_s
        while True:
            got = os.pread(self._handle, _READ, self._offset + len(self._rest))
            if got:
                text = self._rest + got
                end = text.rfind(b"\n") + 1 or (len(text) if len(text) > _LONGEST else 0)
                if end:
                    return self._given(text, end)
                self._rest = text
                continue
            if (batch := self._at_end()) is not None or self._is_ended:
                return batch
            if time.monotonic() >= until:
                return None
            time.sleep(_LOOK_S)

    def _given(self, text: bytes, end: int) -> Batch:
        self._offset += end
        self._rest = text[end:]
        given = text if end == len(text) else text[:end]
        return Batch(given if given.endswith(b"\n") else given + b"\n", self._position())

    def _at_end(self) -> Batch | None:
        """Look why there is no more: it was cut, another file has its name, or there is no more yet."""
        if os.fstat(self._handle).st_size < self._offset + len(self._rest):
            self._notes.append(f"{self.name}: the file was cut to a shorter one; reading begins at its start")
            self._offset, self._rest = 0, b""
            return None
        is_rotated = self._is_rotated()
        if not is_rotated and not self._until_end:
            return None
        if self._rest:
            return self._given(self._rest, len(self._rest))
        if is_rotated:
            self._notes.append(f"{self.name}: the file was rotated; reading goes on in the new one")
            self._begin(self._path)
        else:
            self._is_ended = True
        return None

    def _is_rotated(self) -> bool:
        here = os.fstat(self._handle)
        try:
            there = self._path.stat()
        except OSError:
            return False  # renamed, and the new one not made yet
        return (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino)

    def _position(self) -> Position:
        here = os.fstat(self._handle)
        head = os.pread(self._handle, min(_HEAD, self._offset), 0)
        return {
            "device": here.st_dev, "inode": here.st_ino, "offset": self._offset, "n_head": len(head),
            "head": hashlib.sha256(head).hexdigest(),
        }  # fmt: skip

    @property
    def is_over(self) -> bool:
        """Whether the end was reached and is one."""
        return self._is_ended

    def stored(self, position: Position) -> None:
        """Nothing is kept for reading again: the file is."""

    def notes(self) -> list[str]:
        """Return what happened."""
        notes, self._notes = self._notes, []
        return notes

    def close(self) -> None:
        """Close the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _is_same(path: Path, position: Position) -> bool:
    try:
        here = path.stat()
        if (here.st_dev, here.st_ino) != (position["device"], position["inode"]) or here.st_size < int(
            position["offset"]
        ):
            return False
        with path.open("rb") as file:
            return hashlib.sha256(file.read(int(position["n_head"]))).hexdigest() == position["head"]
    except OSError:
        return False
