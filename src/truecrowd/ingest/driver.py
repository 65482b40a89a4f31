"""Feeds one file to an importer's reader, unit by unit, and gives out drafts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from truecrowd.errors import InputError
from truecrowd.ingest.collector import Collector
from truecrowd.ingest.delimited import records
from truecrowd.ingest.documents import is_deep, parse
from truecrowd.ingest.draft import Draft
from truecrowd.ingest.importer import About, Importer, Reader
from truecrowd.ingest.ledger import Ledger
from truecrowd.ingest.lines import Block, Cutter
from truecrowd.ingest.options import Limits

_JSON: Final = (b"{", b"[")
_AT_ONCE: Final = 1_024
"""Lines fed between two looks at how many rows wait."""


@dataclass(frozen=True, slots=True)
class Run:
    """One file being read by one importer.

    Args:
        importer: Who reads it.
        about: What the reader is told.
        delimiter: Of delimited files, else "".
        limits: Sizes past which rows are rejected.
        chunk_rows: Most rows of a draft.
    """

    importer: Importer
    about: About
    delimiter: str
    limits: Limits
    chunk_rows: int


def drafts(run: Run, cutter: Cutter, ledger: Ledger, collector: Collector | None = None) -> Iterator[Draft]:
    """Yield the events of one file in order; rows without events are counted in `ledger`."""
    sink = Collector(ledger) if collector is None else collector
    reader = run.importer.start(run.about, sink)
    units = {"line": _lines, "document": _items, "delimited": _records}[run.importer.unit]
    n_units = 0
    for n in units(run, cutter, reader, sink):
        n_units += n
        if len(sink) >= run.chunk_rows:
            yield from _sliced(sink.take(), run.chunk_rows)
    reader.close()
    if sink.n_calls < n_units:
        raise AssertionError(f"{run.importer.name}: {n_units} units fed, {sink.n_calls} came out")
    yield from _sliced(sink.take(), run.chunk_rows)
    if sink.n_damaged:
        ledger.note(f"{sink.n_damaged:,} rows hold bytes that are no text; each became U+FFFD")


def _sliced(draft: Draft, most: int) -> Iterator[Draft]:
    """Yield a draft in pieces of at most `most` rows; an empty one once."""
    for start in range(0, max(draft.table.num_rows, 1), most):
        yield draft if len(draft.numbers) <= most else _piece(draft, start, most)


def _piece(draft: Draft, start: int, n: int) -> Draft:
    assert draft.native is not None
    numbers = draft.numbers[start : start + n]
    return Draft(draft.table.slice(start, n), draft.native.slice(start, n), numbers, lambda at: draft.raw(start + at))


def _lines(run: Run, cutter: Cutter, reader: Reader, sink: Collector) -> Iterator[int]:
    last = b""
    is_open = False
    before = n = 0
    most, deepest, feed = min(_AT_ONCE, run.chunk_rows), run.limits.json_depth, reader.feed
    for block in cutter.blocks():
        if block.is_long:
            yield _too_long(block, sink)
            continue
        damaged = block.damaged
        for number, line in enumerate(block.lines(), block.number):
            if not line:
                continue
            sink.number, sink.unit = number, line
            if damaged:
                sink.is_damaged = number - block.number in damaged
            before = sink.n_rejected
            if line[:1] in _JSON and is_deep(line, deepest):
                sink.reject("too_deep")
            else:
                feed(line)
            n += 1
            if n >= most:
                yield n
                n = 0
            last = line
        sink.is_damaged = False
        is_open = block.is_open
    if is_open and last and sink.n_rejected > before:
        sink.ledger.cut = "the last line is cut"
    yield n


def _too_long(block: Block, sink: Collector) -> int:
    sink.number, sink.unit = block.number, block.text[:800]
    sink.reject("too_long")
    return 1


def _records(run: Run, cutter: Cutter, reader: Reader, sink: Collector) -> Iterator[int]:
    width = len(run.about.header)
    is_cut = False
    for at, record in enumerate(records(cutter.blocks(), run.delimiter, run.limits)):
        if at == 0:
            continue
        sink.number, sink.unit, sink.is_damaged = record.number, record.raw, record.is_damaged
        reason = record.fault or ("wrong_width" if len(record.cells) != width else "")
        if not reason and len(record.raw) > run.limits.field_bytes:
            reason = "too_long" if max(len(cell or "") for cell in record.cells) > run.limits.field_bytes else ""
        if reason:
            sink.reject(reason)
        else:
            reader.feed([cell or "" for cell in record.cells])
        is_cut = bool(reason) and record.is_open
        yield 1
    if is_cut:
        sink.ledger.cut = "the last line is cut"


def _items(run: Run, cutter: Cutter, reader: Reader, sink: Collector) -> Iterator[int]:
    value, cut = parse(cutter, run.limits, where=run.about.source)
    if cut:
        sink.ledger.cut = cut
    if run.importer.items is None:
        raise AssertionError(f"{run.importer.name} reads documents but has no items()")
    for number, item in enumerate(_listed(run, value), start=1):
        sink.number, sink.unit = number, item
        reader.feed(item)
        yield 1


def _listed(run: Run, value: object) -> Iterable[object]:
    assert run.importer.items is not None
    try:
        return list(run.importer.items(value))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        what = f"the document has not the shape of {run.importer.name}"
        raise InputError(what, where=run.about.source, fix="give --format, or see `truecrowd formats`") from error
