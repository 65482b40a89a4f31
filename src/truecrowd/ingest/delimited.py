"""Lines of delimited text cut into records of cells; quotes may span lines, but not swallow a file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from truecrowd.ingest.lines import Block
from truecrowd.ingest.options import Limits

DELIMITERS: Final = (",", ";", "\t")
Cell = str | None
"""None: nothing between two delimiters; "" only where it was quoted."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a delimited file.

    Args:
        number: Number of its first line, from 1.
        raw: Its text.
        cells: Its cells; empty where `fault` says why it could not be cut.
        fault: "", "unclosed_quote" or "too_long".
        is_damaged: Whether bytes of it had to be replaced.
        is_open: Whether the file ends in it without a line end.
    """

    number: int
    raw: str
    cells: list[Cell]
    fault: str = ""
    is_damaged: bool = False
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    number: int
    is_damaged: bool
    is_open: bool


class Splitter:
    """Cuts blocks into records; a quoted cell may run from one block into the next."""

    __slots__ = ("_delimiter", "_held", "_limits", "_size")

    def __init__(self, delimiter: str, limits: Limits) -> None:
        """Start between two records."""
        self._delimiter = delimiter
        self._limits = limits
        self._held: list[_Line] = []
        self._size = 0

    @property
    def is_open(self) -> bool:
        """Whether a quoted cell is still open."""
        return bool(self._held)

    def feed(self, block: Block) -> Iterator[Record]:
        """Yield the records that end in this block, blank lines left out."""
        if block.is_long:
            yield from self.close()
            yield Record(block.number, block.text[:800].decode("utf-8", "replace"), [], "too_long")
            return
        for line in _lines(block):
            self._held.append(line)
            self._size += len(line.text)
            record = _joined(self._held, self._delimiter) if len(self._held) == 1 or '"' in line.text else None
            if record is not None:
                self._clear()
                if record.raw:
                    yield record
            elif len(self._held) > self._limits.quoted_lines or self._size > self._limits.quoted_bytes:
                yield from self.close()

    def close(self) -> Iterator[Record]:
        """Yield what an open quote held back: its first line as a fault, the others read on their own."""
        held = self._held
        self._clear()
        while held:
            first, *held = held
            yield Record(first.number, first.text, [], "unclosed_quote", first.is_damaged, first.is_open)
            pending: list[_Line] = []
            for line in held:
                pending.append(line)
                record = _joined(pending, self._delimiter)
                if record is not None:
                    pending = []
                    if record.raw:
                        yield record
            held = pending

    def _clear(self) -> None:
        self._held, self._size = [], 0


def records(blocks: Iterable[Block], delimiter: str, limits: Limits) -> Iterator[Record]:
    """Yield the records of a file in order, blank lines left out."""
    splitter = Splitter(delimiter, limits)
    for block in blocks:
        yield from splitter.feed(block)
    yield from splitter.close()


def _lines(block: Block) -> Iterator[_Line]:
    texts = block.text.decode().split("\n")
    is_open = block.is_open
    if not texts[-1]:
        texts.pop()
    last = len(texts) - 1
    for at, text in enumerate(texts):
        yield _Line(text, block.number + at, at in block.damaged, is_open and at == last)


def _joined(held: list[_Line], delimiter: str) -> Record | None:
    """Return the record of the lines held, None while a quote is open."""
    text = held[0].text if len(held) == 1 else "\n".join(line.text for line in held)
    if '"' not in text:
        text = text.removesuffix("\r")
        cells: list[Cell] | None = [cell or None for cell in text.split(delimiter)]
    else:
        cells = _quoted(text, delimiter)
    if cells is None:
        return None
    return Record(held[0].number, text, cells, "", any(line.is_damaged for line in held), held[-1].is_open)


def _quoted(text: str, delimiter: str) -> list[Cell] | None:
    """Cut one record that holds quotes; None: the last one is open. A quote inside a bare cell is text."""
    cells: list[Cell] = []
    at = 0
    while True:
        if text[at : at + 1] == '"':
            cell, at = _quoted_cell(text, at + 1)
            if at < 0:
                return None
            end = text.find(delimiter, at)
            tail = text[at:] if end < 0 else text[at:end]
            cells.append(cell + (tail.removesuffix("\r") if end < 0 else tail))
        else:
            end = text.find(delimiter, at)
            cells.append((text[at:].removesuffix("\r") if end < 0 else text[at:end]) or None)
        if end < 0:
            return cells
        at = end + 1


def _quoted_cell(text: str, at: int) -> tuple[str, int]:
    """Return the cell that begins after a quote and where it ends, -1 where it does not."""
    parts: list[str] = []
    while True:
        end = text.find('"', at)
        if end < 0:
            return "", -1
        parts.append(text[at:end])
        if text[end + 1 : end + 2] != '"':
            return "".join(parts), end + 1
        parts.append('"')
        at = end + 2
