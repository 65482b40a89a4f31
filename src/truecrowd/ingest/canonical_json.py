"""Canonical NDJSON, block by block: Arrow's parser where it accepts a block, line by line where it does not.

Both ways give the same rows and the same rejects; a property test holds them to it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pa_json

from truecrowd import schema
from truecrowd.ingest import canonical
from truecrowd.ingest.canonical_rows import Parsed, typed
from truecrowd.ingest.columns import Typer
from truecrowd.ingest.documents import is_deep
from truecrowd.ingest.draft import Draft
from truecrowd.ingest.importer import Sample
from truecrowd.ingest.ledger import Ledger
from truecrowd.ingest.lines import Block, Cutter
from truecrowd.ingest.options import Options

_NAMES: Final = (*canonical.COLUMNS, *canonical.OLDER)
_TYPES: Final = dict(schema.EVENTS.columns)
_KEY: Final = re.compile(rb'"\s*:')
_NOT_JSON: Final = re.compile(rb"[\[:,\s]-?(?:NaN|Inf)")
"""Words that Arrow's parser takes for numbers and JSON does not know."""
_PARSED: Final = 1 << 20
"""Bytes one thread parses at once."""
_LF, _OPEN, _LIST, _CR, _CLOSE = b"\n{[\r}"


@dataclass(slots=True)
class Ndjson:
    """One NDJSON file.

    Args:
        ledger: Its account.
        options: How to read.
        typer: Types its columns.
        guess: Its columns, from the sample.
        is_fast: False: line by line only (for the test that compares both ways).
    """

    ledger: Ledger
    options: Options
    typer: Typer
    guess: "Guess"
    is_fast: bool = True
    n_doubled: int = field(default=0)
    n_slow: int = field(default=0)
    """Blocks read line by line since the last one that was not."""

    def drafts(self, cutter: Cutter) -> Iterator[Draft]:
        """Yield the rows in order."""
        for block in cutter.blocks():
            if block.is_long:
                self._reject(block.number, "too_long", block.text)
                continue
            before = self.ledger.rejects.counts.total()
            rows = self._quick(block) if self.is_fast else None
            self.n_slow = 0 if rows is not None else self.n_slow + 1
            yield from self._typed(self._slow(block) if rows is None else rows)
            if block.is_open and block.text.strip() and self.ledger.rejects.counts.total() > before:
                self._check_last(block)
        if self.n_doubled:
            self.ledger.note(f"{self.n_doubled:,} rows hold a key twice; the first one counts")

    def _typed(self, parsed: Parsed) -> Iterator[Draft]:
        return typed(parsed, self.typer, self.ledger, self.options.limits, self.options.chunk_rows)

    def _check_last(self, block: Block) -> None:
        """A file whose last line has no end and is no JSON was cut there."""
        try:
            orjson.loads(block.lines()[-1])
        except orjson.JSONDecodeError:
            self.ledger.cut = "the last line is cut"

    def _reject(self, number: int, reason: str, raw: bytes) -> None:
        self.ledger.n_read += 1
        self.ledger.reject(number, reason, raw)

    def _quick(self, block: Block) -> Parsed | None:
        """Parse a block at once; None where a line of it is not plainly one object, or Arrow refuses."""
        n = 0 if block.damaged else _n_objects(block.text)
        if not n:
            return None
        table = self._parsed(block.text)
        if table is None or table.num_rows != n or _holds_nan(table):
            return None
        columns = {name: table.column(name).combine_chunks() for name in table.column_names}
        columns = {name: column for name, column in columns.items() if column.null_count < n}
        for older, ours in canonical.OLDER.items():
            if older in columns:
                old = columns.pop(older)
                if ours in columns and columns[ours].type != old.type:
                    return None
                columns[ours] = pc.coalesce(columns[ours], old) if ours in columns else old
        return Parsed(columns, np.arange(block.number, block.number + n), _Lines(block))

    def _parsed(self, text: bytes) -> pa.Table | None:
        """Parse a block with the columns of the sample where they are all it holds, else with all of ours.

        A column that is declared and absent costs as much as one that is there.
        """
        guess = self.guess
        table = _read(text, guess.seen, unexpected="error") if guess.is_closed else None
        if table is not None:
            return table
        if text.count(b"[") + text.count(b"{") - text.count(b"\n") > self.options.limits.json_depth and _is_deep(
            text, self.options.limits.json_depth
        ):
            return None
        if (b"NaN" in text or b"Inf" in text) and _NOT_JSON.search(text):
            return None
        hidden = guess.is_closed or b"\\u" in text or any(name in text for name in guess.unseen)
        table = _read(text, guess.all if hidden else guess.seen, unexpected="ignore")
        if table is not None and guess.is_closed:
            self.guess = guess.wider([name for name in table.column_names if table[name].null_count < len(table)])
        return table

    def _slow(self, block: Block) -> Parsed:
        """Parse a block line by line, every number as its text."""
        rows: list[dict[str, str | None]] = []
        at: list[int] = []
        for index, line in enumerate(block.lines()):
            if not line.strip():
                continue
            row = self._row(line)
            if isinstance(row, str):
                self._reject(block.number + index, row, line)
            else:
                rows.append(row)
                at.append(index)
        columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in canonical.COLUMNS}
        columns = {name: column for name, column in columns.items() if column.null_count < len(rows)}
        indices = np.array(at, np.int64)
        damaged = np.isin(indices, list(block.damaged)) if block.damaged else None
        return Parsed(columns, indices + block.number, _Lines(block, indices), damaged)

    def _row(self, line: bytes) -> dict[str, str | None] | str:
        """Return the contract's cells of a line as text, or the reason why there are none."""
        if is_deep(line, self.options.limits.json_depth):
            return "too_deep"
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            return "bad_json"
        if not isinstance(value, dict):
            return "bad_json"
        if len(_KEY.findall(line)) != len(value) or any(isinstance(cell, float) for cell in value.values()):
            value, is_doubled = _first_wins(line)
            self.n_doubled += is_doubled
        return _texts(value)


def _read(text: bytes, columns: pa.Schema, *, unexpected: str) -> pa.Table | None:
    read = pa_json.ReadOptions(use_threads=True, block_size=_PARSED)
    parse = pa_json.ParseOptions(explicit_schema=columns, unexpected_field_behavior=unexpected)
    try:
        return pa_json.read_json(pa.BufferReader(text), read_options=read, parse_options=parse)
    except pa.ArrowInvalid:
        return None


def _holds_nan(table: pa.Table) -> bool:
    """Whether a number is none: Arrow's parser takes NaN and Infinity, JSON does not know them."""
    reals = [column for column in table.columns if pa.types.is_floating(column.type)]
    return any(pc.all(pc.is_finite(column)).as_py() is False for column in reals)


class _Lines:
    """The lines of a block by row; split when the first reject asks."""

    __slots__ = ("_at", "_block", "_lines")

    def __init__(self, block: Block, at: "np.ndarray[tuple[int], np.dtype[np.int64]] | None" = None) -> None:
        self._block = block
        self._at = at
        self._lines: list[bytes] | None = None

    def __call__(self, row: int) -> bytes:
        if self._lines is None:
            self._lines = self._block.lines()
        return self._lines[row if self._at is None else int(self._at[row])]


@dataclass(frozen=True, slots=True)
class Guess:
    """The columns of a file as its sample shows them.

    Args:
        seen: Columns of ours that the sample holds, with the Arrow types its cells ask for.
        all: All columns of ours.
        unseen: Names of the others, as they would stand in the text.
        is_closed: Whether the sample holds no names but ours.
    """

    seen: pa.Schema
    all: pa.Schema
    unseen: tuple[bytes, ...]
    is_closed: bool

    def wider(self, found: Sequence[str]) -> "Guess":
        """Return the guess with columns that a later block turned out to hold, so that the next one is read once."""
        names = {*self.seen.names, *found}
        seen = [one for one in self.all if one.name in names]
        unseen = tuple(f'"{name}"'.encode() for name in _NAMES if name not in names)
        return Guess(pa.schema(seen), self.all, unseen, self.is_closed)


def guessed(sample: Sample) -> Guess:
    """Return how the columns of a file are parsed, from its sample."""
    names = {name for row in sample.objects for name in row}
    fields = [pa.field(name, _guess(name, [row.get(name) for row in sample.objects])) for name in _NAMES]
    seen = [one for one in fields if one.name in names]
    unseen = tuple(f'"{name}"'.encode() for name in _NAMES if name not in names)
    return Guess(pa.schema(seen), pa.schema(fields), unseen, names <= set(_NAMES))


def _guess(name: str, cells: Sequence[object]) -> pa.DataType:
    seen = {type(cell) for cell in cells if cell is not None}
    kind = _TYPES[canonical.OLDER.get(name, name)]
    if pa.types.is_floating(kind):
        return pa.string() if seen == {str} else pa.float64()
    if pa.types.is_integer(kind):
        return pa.string() if seen == {str} else pa.int64()
    if seen == {float} and pa.types.is_timestamp(kind):
        return pa.float64()
    return pa.int64() if seen == {int} else pa.string()


def _n_objects(text: bytes) -> int:
    """Return the number of lines if every line is `{...}`, all with the same end; else 0."""
    signs = np.frombuffer(text if text.endswith(b"\n") else text + b"\n", np.uint8)
    ends = np.flatnonzero(signs == _LF)
    before = ends - 1
    if signs[before[0]] == _CR and (signs[before] == _CR).all():
        before = before - 1
    is_closed = before[0] > 0 and bool((signs[before] == _CLOSE).all())
    is_opened = signs[0] == _OPEN and bool((signs[ends[:-1] + 1] == _OPEN).all())
    return len(ends) if is_closed and is_opened else 0


def _is_deep(text: bytes, most: int) -> bool:
    """Whether a line may nest deeper than `most`, judged by the brackets it holds, those in its strings too."""
    signs = np.frombuffer(text, np.uint8)
    openers = np.flatnonzero((signs == _OPEN) | (signs == _LIST))
    lines = np.searchsorted(np.flatnonzero(signs == _LF), openers)
    return bool(np.bincount(lines).max(initial=0) > most)


def _first_wins(line: bytes) -> tuple[dict[str, object], bool]:
    """Return the object with numbers as text, the first of equal keys kept, and whether there were any."""
    doubled: list[bool] = []

    def paired(pairs: list[tuple[str, object]]) -> dict[str, object]:
        doubled.append(len({key for key, _ in pairs}) < len(pairs))
        return dict(reversed(pairs))

    value = json.loads(line, object_pairs_hook=paired, parse_int=_Number, parse_float=_Number)
    return value, doubled[-1]


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def _texts(value: dict[str, object]) -> dict[str, str | None] | str:
    row: dict[str, str | None] = {}
    for name in _NAMES:
        cell = value.get(name)
        if cell is None:
            continue
        ours = canonical.OLDER.get(name, name)
        if isinstance(cell, bool) or not isinstance(cell, str | int):
            return _wrong(ours)
        if row.get(ours) is None:
            row[ours] = cell if isinstance(cell, str) else str(cell)
    return row


def _wrong(name: str) -> str:
    """Return the reason for a cell that is a list, an object, true or false."""
    kind = _TYPES[name]
    if pa.types.is_timestamp(kind):
        return "bad_ts"
    if name == "amount_minor":
        return "bad_amount"
    return "bad_number" if pa.types.is_integer(kind) or pa.types.is_floating(kind) else "bad_json"
