"""What was taken from a source that cannot be read again, until a snapshot holds it.

One file after the other, each named by the position at which it begins: `journal-000000000000`. A record is its length,
the position behind it, a checksum, and its bytes; what a crash cut off at the end is no record. Written before anything
is done with the bytes: after a kill they are read again. `sync` before a sender is told that its rows are safe.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Final

from truecrowd.errors import InputError

_HEAD: Final = struct.Struct("<4sQQI")
_MARK: Final = b"TCJ1"
_MOST: Final = 64 << 20
"""Longest record that is believed, bytes."""
_FILE: Final = 64 << 20
"""Bytes of one file, about; a file goes when a snapshot holds all of it."""


class Journal:
    """Records in files of one folder.

    Args:
        folder: Exists.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: FileIO | None = None
        self._size = 0

    def after(self, position: int) -> Iterator[tuple[bytes, int]]:
        """Yield the records behind a position, with the position behind each; call it before `append`.

        What a crash cut off at the end is taken away: what is appended later must not come behind it.

        Raises:
            InputError: A record in the middle is damaged.
        """
        files = self._files()
        for path in files:
            size = 0
            for data, end in _records(path, is_last=path == files[-1]):
                size += _HEAD.size + len(data)
                if end > position:
                    yield data, end
            if path == files[-1]:
                os.truncate(path, size)

    def append(self, data: bytes, end: int) -> None:
        """Add one record; `end`: the position behind it.

        Raises:
            OSError: The disk is full or gone; nothing was added.
        """
        if self._file is None or self._size > _FILE:
            self._next(end - len(data))
        assert self._file is not None
        record = _HEAD.pack(_MARK, len(data), end, zlib.crc32(data)) + data
        before = os.fstat(self._file.fileno()).st_size
        try:
            written = 0
            while written < len(record):
                written += self._file.write(record[written:])
        except OSError:
            self._file.truncate(before)  # a part of a record would make what comes behind it unreadable
            raise
        self._size += len(record)

    def sync(self) -> None:
        """Wait until everything appended is on the disk."""
        if self._file is not None:
            os.fsync(self._file.fileno())

    def forget(self, position: int) -> None:
        """Remove files that hold nothing behind a position."""
        files = self._files()
        for path, following in zip(files, [*files[1:], None], strict=True):
            if following is None:
                if self._file is None or self._size == 0 or any(end > position for _, end in _ends(path)):
                    return
                self._file.close()
                self._file = None
                path.unlink()
            elif _start(following) <= position:
                path.unlink()

    def close(self) -> None:
        """Close the file that is being written."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("journal-*"), key=_start)

    def _next(self, start: int) -> None:
        self.close()
        path = self._folder / f"journal-{start:015d}"
        self._file = path.open("ab", buffering=0)
        self._size = 0


def _start(path: Path) -> int:
    return int(path.name.removeprefix("journal-"))


def _records(path: Path, *, is_last: bool) -> Iterator[tuple[bytes, int]]:
    with path.open("rb") as file:
        while head := file.read(_HEAD.size):
            whole = len(head) == _HEAD.size
            mark, size, end, checksum = _HEAD.unpack(head) if whole else (b"", 0, 0, 0)
            data = file.read(size) if mark == _MARK and size <= _MOST else b""
            if not whole or len(data) != size or mark != _MARK or zlib.crc32(data) != checksum:
                if is_last:
                    return  # cut off by a crash: nobody was told that it is safe
                what = "a record of the journal is damaged"
                raise InputError(what, where=path.name, fix="remove the --state folder and read the source again")
            yield data, end


def _ends(path: Path) -> Iterator[tuple[int, int]]:
    """Yield size and end of every record, without its bytes."""
    with path.open("rb") as file:
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            mark, size, end, _ = _HEAD.unpack(head)
            if mark != _MARK or size > _MOST:
                return
            yield size, end
            file.seek(size, os.SEEK_CUR)
