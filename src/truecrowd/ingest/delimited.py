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


def records(blocks: Iterable[Block], delimiter: str, limits: Limits) -> Iterator[Record]:
    """Yield the records in order, blank lines left out."""
    held: list[_Line] = []
    for block in blocks:
        if block.is_long:
            yield from _reread(held, delimiter)
            held = []
            yield Record(block.number, block.text[:800].decode("utf-8", "replace"), [], "too_long")
            continue
        for line in _lines(block):
            held.append(line)
            record = _joined(held, delimiter)
            if record is not None:
                held = []
                if record.raw:
                    yield record
            elif len(held) > limits.quoted_lines or sum(len(part.text) for part in held) > limits.quoted_bytes:
                yield from _reread(held, delimiter)
                held = []
    yield from _reread(held, delimiter)


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


def _reread(held: list[_Line], delimiter: str) -> Iterator[Record]:
    """Give out lines whose quote never closed: the first is a reject, the others are read on their own."""
    while held:
        first, held = held[0], held[1:]
        yield Record(first.number, first.text, [], "unclosed_quote", first.is_damaged, first.is_open)
        pending: list[_Line] = []
        for line in held:
            pending.append(line)
            record = _joined(pending, delimiter)
            if record is not None:
                pending = []
                if record.raw:
                    yield record
        held = pending


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
