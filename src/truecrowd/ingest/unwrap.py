"""Opening a source: raw bytes in, unpacked bytes out, with the hash of what was read and a guard against bombs."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final, Protocol

from truecrowd.errors import InputError
from truecrowd.ingest.options import Limits

READ: Final = 1 << 18
"""Bytes asked for at once from the file."""
GZIP: Final = b"\x1f\x8b"
ZSTD: Final = b"\x28\xb5\x2f\xfd"
ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
OLE: Final = b"\xd0\xcf\x11\xe0"
PARQUET: Final = b"PAR1"
ARROW: Final = b"ARROW1"


class Raw(Protocol):
    """What bytes are read from."""

    def read(self, n: int = -1, /) -> bytes:
        """Return at most `n` bytes, b"" at the end."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class Tee:
    """Reads at most `size` bytes and hashes what it gives out."""

    __slots__ = ("_left", "_raw", "_sha", "fault", "n_read")

    def __init__(self, raw: Raw, size: int | None) -> None:
        """`size` None: to the end."""
        self._raw = raw
        self._left = size
        self._sha = hashlib.sha256()
        self.fault = ""
        self.n_read = 0

    def read(self, n: int = -1) -> bytes:
        """Return at most `n` bytes, b"" at the end."""
        if n < 0:
            return b"".join(iter(lambda: self.read(READ), b""))
        if self.fault:
            return b""
        try:
            got = self._raw.read(n if self._left is None else min(n, self._left))
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            self.fault = f"it cannot be read to its end ({error})"
            return b""
        if self._left is not None:
            self._left -= len(got)
        self._sha.update(got)
        self.n_read += len(got)
        return got

    @property
    def sha256(self) -> str:
        """Hash of the bytes given out so far, hex."""
        return self._sha.hexdigest()


class Unpacked:
    """The unpacked bytes of one source, with a head that can be looked at first.

    What was read before a cut stays good.
    """

    __slots__ = ("_buffer", "_chunks", "_cut", "_is_over", "_raw", "name", "packing", "tee")

    def __init__(self, raw: Raw, name: str, limits: Limits, size: int | None = None) -> None:
        """Look at the first bytes of `raw` and choose how to unpack; `size` bounds what is read of it."""
        self.tee = Tee(raw, size)
        self.name = name
        self._raw = raw
        self._cut = ""
        self._buffer = b""
        self._is_over = False
        first = _first(self.tee, 4)
        self.packing = "gzip" if first[:2] == GZIP else "zstd" if first == ZSTD else ""
        self._chunks = self._unpack(first, limits)

    def peek(self, n: int) -> bytes:
        """Return the first `n` bytes not yet read, fewer at the end; they stay to be read."""
        parts = [self._buffer]
        size = len(self._buffer)
        while size < n and not self._is_over:
            chunk = next(self._chunks, b"")
            self._is_over = not chunk
            parts.append(chunk)
            size += len(chunk)
        self._buffer = b"".join(parts)
        return self._buffer[:n]

    def read(self, n: int) -> bytes:
        """Return up to `n` bytes, b"" at the end."""
        got = self.peek(n)
        self._buffer = self._buffer[len(got) :]
        return got

    @property
    def cut(self) -> str:
        """Why the bytes end early, "" if they do not."""
        return self.tee.fault or self._cut

    def close(self) -> None:
        """Close the file."""
        self._raw.close()

    def drain(self) -> None:
        """Read what is left of the packed bytes, so that the hash covers the whole file."""
        while self.tee.read(READ):
            pass

    def _unpack(self, first: bytes, limits: Limits) -> Iterator[bytes]:
        if self.packing == "gzip":
            yield from self._guarded(self._gunzip(first), limits)
        elif self.packing == "zstd":
            yield from self._guarded(self._unzstd(first), limits)
        else:
            if first:
                yield first + self.tee.read(READ - len(first))
            yield from iter(lambda: self.tee.read(READ), b"")

    def _guarded(self, chunks: Iterator[bytes], limits: Limits) -> Iterator[bytes]:
        size = 0
        for chunk in chunks:
            size += len(chunk)
            over = size > limits.unpacked_bytes
            if over or (size > limits.free_bytes and size > limits.unpacked_ratio * self.tee.n_read):
                most = f"{limits.unpacked_bytes:,} bytes" if over else f"{limits.unpacked_ratio} bytes per packed byte"
                what = f"unpacks to more than {size:,} bytes from {self.tee.n_read:,}, wanted at most {most}"
                fix = "unpack it yourself and give the unpacked file, or raise limits.unpacked_ratio or unpacked_bytes"
                raise InputError(what, where=self.name, fix=fix)
            yield chunk

    def _gunzip(self, data: bytes) -> Iterator[bytes]:
        while data or (data := self.tee.read(READ)):
            inflater = zlib.decompressobj(wbits=31)
            while not inflater.eof:
                try:
                    chunk = inflater.decompress(data or self.tee.read(READ), 4 * READ)
                except zlib.error as error:
                    self._cut = f"the gzip data is damaged ({error})"
                    return
                data = inflater.unconsumed_tail
                if chunk:
                    yield chunk
                elif not data and not inflater.eof and not (data := self.tee.read(READ)):
                    self._cut = "the gzip data ends early"
                    return
            data = inflater.unused_data.lstrip(b"\0")
            if data and not GZIP.startswith(data[:2]) and data[:2] != GZIP:
                self._cut = "other bytes follow the gzip data"
                return

    def _unzstd(self, first: bytes) -> Iterator[bytes]:
        import pyarrow as pa

        stream = pa.CompressedInputStream(pa.PythonFile(_Prefixed(first, self.tee), mode="r"), "zstd")
        while True:
            try:
                chunk = stream.read(READ)
            except OSError as error:
                end = "ends early" if "runcated" in str(error) else "is damaged"
                self._cut = f"the zstd data {end}"
                return
            if not chunk:
                return
            yield chunk


class _Prefixed:
    """Bytes already read, then the rest of a stream; a file as pyarrow wants it."""

    closed = False

    def __init__(self, first: bytes, rest: Tee) -> None:
        self._first = first
        self._rest = rest

    def read(self, n: int = -1) -> bytes:
        if self._first:
            first, self._first = self._first[:n], self._first[n:] if n >= 0 else b""
            return first
        return self._rest.read(n)

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True

    def flush(self) -> None:
        """Nothing is written."""


def _first(tee: Tee, n: int) -> bytes:
    first = b""
    while len(first) < n and (more := tee.read(n - len(first))):
        first += more
    return first


def size_left(raw: BinaryIO) -> int | None:
    """Return the bytes from here to the end of a file as it is now, None for a stream."""
    import io
    import os

    try:
        if not raw.seekable():
            return None
        here = raw.tell()
        return max(0, os.fstat(raw.fileno()).st_size - here)
    except (OSError, AttributeError, io.UnsupportedOperation):
        return None
