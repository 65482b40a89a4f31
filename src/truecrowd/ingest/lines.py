"""Unpacked bytes cut into blocks of whole lines of UTF-8; lines end at LF and at nothing else."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from truecrowd.ingest.options import Limits
from truecrowd.ingest.unwrap import READ, Unpacked

BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of one file.

    Args:
        text: UTF-8, LF after every line but perhaps the last of the file.
        number: Number of its first line, from 1.
        damaged: Indices of lines in which bytes that are no text became U+FFFD.
        is_long: The block stands for one line that was too long; `text` is its head.
    """

    text: bytes
    number: int
    damaged: frozenset[int] = frozenset()
    is_long: bool = False

    def lines(self) -> list[bytes]:
        """Return its lines without their ends (LF, and one CR before it)."""
        lines = self.text.split(b"\n")
        if not lines[-1]:
            lines.pop()
        if b"\r" in self.text:
            return [line[:-1] if line.endswith(b"\r") else line for line in lines]
        return lines

    @property
    def is_open(self) -> bool:
        """Whether the last line has no LF: the file ends there."""
        return not self.text.endswith(b"\n")


class Cutter:
    """Cuts one source into blocks; `nul_tail` counts the NUL bytes that stood at its end and were left out."""

    __slots__ = ("_encoding", "_limits", "_size", "_source", "nul_tail")

    def __init__(self, source: Unpacked, encoding: str, size: int, limits: Limits) -> None:
        """`size` is the wanted length of a block, bytes."""
        self._source = source
        self._encoding = encoding
        self._size = size
        self._limits = limits
        self.nul_tail = 0

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks in order; an empty file gives none."""
        number = 1
        for text, is_long in self._cut():
            yield self._decoded(text, number, is_long=is_long)
            number += 1 if is_long else text.count(b"\n")

    def _cut(self) -> Iterator[tuple[bytes, bool]]:
        rest = b""
        reader = self._bytes()
        for chunk in reader:
            text = rest + chunk if rest else chunk
            end = text.rfind(b"\n") + 1
            rest = text[end:]
            if end:
                yield from self._without_long(text[:end])
            if len(rest) > self._limits.line_bytes:
                after = self._skip_line(reader, rest)
                if after is not None:
                    yield rest[: self._limits.line_bytes], True
                rest = after or b""
        if rest:
            kept = rest.rstrip(b"\0")
            self.nul_tail += len(rest) - len(kept)
            if kept:
                yield kept, False

    def _without_long(self, text: bytes) -> Iterator[tuple[bytes, bool]]:
        """Yield `text`, lines over the limit apart; a block holds one only if it is longer than the limit itself."""
        most = self._limits.line_bytes
        if len(text) <= most or max(map(len, text.split(b"\n"))) <= most:
            yield text, False
            return
        good: list[bytes] = []
        for line in _kept_ends(text):
            if len(line) <= most + 1:
                good.append(line)
                continue
            if good:
                yield b"".join(good), False
                good = []
            yield line[:most], True
        if good:
            yield b"".join(good), False

    def _skip_line(self, reader: Iterator[bytes], rest: bytes) -> bytes | None:
        """Read to the next LF; return what follows it. None: the file ended in NUL bytes only."""
        only_nul = not rest.strip(b"\0")
        size = len(rest)
        for chunk in reader:
            at = chunk.find(b"\n")
            size += len(chunk) if at < 0 else at
            if at >= 0:
                return chunk[at + 1 :]
            only_nul = only_nul and not chunk.strip(b"\0")
        if only_nul:
            self.nul_tail += size
            return None
        return b""

    def _bytes(self) -> Iterator[bytes]:
        """Yield the source in chunks of about `size` bytes, without a BOM; UTF-16 as UTF-8."""
        mark = next((mark for mark, _ in BOMS if self._source.peek(3).startswith(mark)), b"")
        self._source.read(len(mark))
        chunks = iter(lambda: self._source.read(max(self._size, READ)), b"")
        if self._encoding.startswith("utf-16"):
            decoder = codecs.getincrementaldecoder(self._encoding)("replace")
            for chunk in chunks:
                yield decoder.decode(chunk).encode("utf-8", "replace")
            yield decoder.decode(b"", final=True).encode("utf-8", "replace")
        else:
            yield from chunks

    def _decoded(self, text: bytes, number: int, *, is_long: bool) -> Block:
        name = "utf-8" if self._encoding.startswith("utf-16") else self._encoding
        if name == "utf-8" and _is_utf8(text):
            return Block(text, number, is_long=is_long)
        try:
            decoded = text.decode(name)
        except UnicodeDecodeError:
            if is_long:
                return Block(text.decode(name, "replace").encode(), number, is_long=True)
            return _repaired(text, name, number)
        return Block(text if name == "utf-8" else decoded.encode(), number, is_long=is_long)


def _is_utf8(text: bytes) -> bool:
    """Whether the bytes are UTF-8; Arrow's check reads several bytes at once, `decode` took a third of an import."""
    import pyarrow as pa

    if text.isascii():
        return True
    bounds = pa.py_buffer(len(text).to_bytes(8, "little").rjust(16, b"\0"))
    whole = pa.Array.from_buffers(pa.large_string(), 1, [None, bounds, pa.py_buffer(text)])
    try:
        whole.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _repaired(text: bytes, encoding: str, number: int) -> Block:
    lines: list[bytes] = []
    damaged: list[int] = []
    for at, line in enumerate(_kept_ends(text)):
        try:
            decoded = line.decode(encoding)
        except UnicodeDecodeError:
            decoded = line.decode(encoding, "replace")
            if line.endswith(b"\n") and not decoded.endswith("\n"):
                decoded += "\n"
            damaged.append(at)
        lines.append(decoded.encode())
    return Block(b"".join(lines), number, frozenset(damaged))


def _kept_ends(text: bytes) -> list[bytes]:
    """Return the lines of `text` with their LF."""
    lines = [line + b"\n" for line in text.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines
