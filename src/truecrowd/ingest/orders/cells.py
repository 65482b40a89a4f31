"""Cells of an export: the columns a mapping wants, as text, each distinct text once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from truecrowd.errors import InputError
from truecrowd.ingest.delimited import Record, Splitter
from truecrowd.ingest.ledger import Ledger
from truecrowd.ingest.lines import Block, Cutter
from truecrowd.ingest.options import Limits
from truecrowd.ingest.rejects import shown

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

_SPACE: Final = " \t\r\n\u00a0\u3000\ufeff\u200b"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of text.

    Args:
        values: Distinct texts, no nulls.
        codes: By row, the place of its text in `values`; -1: nothing there.
    """

    values: pa.Array
    codes: Codes

    def __len__(self) -> int:
        return len(self.codes)

    @classmethod
    def of(cls, texts: pa.Array) -> Self:
        """Return the column of some texts; nulls stay nothing."""
        coded = texts if pa.types.is_dictionary(texts.type) else texts.dictionary_encode()
        codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
        return cls(coded.dictionary, codes)

    @classmethod
    def nothing(cls, n: int) -> Self:
        """Return a column of `n` blank cells."""
        return cls(pa.array([], pa.string()), np.full(n, -1, np.int32))

    @property
    def is_filled(self) -> Flags:
        """Which rows hold something."""
        return self.codes >= 0

    def rows(self, of_values: npt.NDArray[np.bool_]) -> Flags:
        """Return by row what is given by value; False where nothing is there."""
        out: Flags = np.append(of_values, False)[self.codes]
        return out

    def numbers(self, of_values: Ints) -> Ints:
        """Return by row what is given by value; 0 where nothing is there."""
        out: Ints = np.append(of_values, 0)[self.codes]
        return out

    def text(self) -> pa.Array:
        """Return the text of every row, null where nothing is there."""
        return self.values.take(pa.array(self.codes, mask=self.codes < 0))

    def words(self) -> pa.Array:
        """Return the same as a dictionary array."""
        return pa.DictionaryArray.from_arrays(pa.array(self.codes, mask=self.codes < 0), self.values)

    def taken(self, rows: Ints) -> "Column":
        """Return some of its rows."""
        return Column(self.values, self.codes[rows])

    def changed(self, change: Callable[[pa.Array], pa.Array]) -> "Column":
        """Return it with every distinct text changed; a text that becomes null is nothing then."""
        coded = change(self.values).dictionary_encode()
        places = np.append(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32), np.int32(-1))
        return Column(coded.dictionary, places[self.codes])


def joined(columns: Sequence[Column]) -> Column:
    """Return several columns, one below the other."""
    return _whole([column.words() for column in columns])


def _whole(parts: Sequence[pa.Array]) -> Column:
    """Return dictionary arrays as one column."""
    chunks = pa.chunked_array(parts, pa.dictionary(pa.int32(), pa.string())).unify_dictionaries().combine_chunks()
    return Column.of(chunks if isinstance(chunks, pa.Array) else pa.concat_arrays(chunks.chunks))


def first_filled(columns: Sequence[Column]) -> Column:
    """Return by row the first of the columns that holds something."""
    if len(columns) == 1:
        return columns[0]
    texts = [column.text() for column in columns]
    return Column.of(pc.coalesce(*texts))


@dataclass(frozen=True, slots=True)
class Cells:
    """What was read of one file.

    Args:
        header: Its header.
        columns: By place in the header; those that were wanted.
        numbers: Line in the file of every row, from 1.
    """

    header: tuple[str, ...]
    columns: dict[int, Column]
    numbers: Ints


@dataclass(slots=True)
class CellReader:
    """Collects the wanted cells of one file, block by block.

    Args:
        header: Its header.
        wanted: Places in it of the columns to keep; cells of others are gone when their block is.
        ids: Those among them in which a damaged byte makes a row unreadable.
        ledger: The file's account.
        limits: Sizes past which rows or files are refused.
    """

    header: tuple[str, ...]
    wanted: tuple[int, ...]
    ids: frozenset[int]
    ledger: Ledger
    limits: Limits
    _parts: dict[int, list[pa.Array]] = field(default_factory=dict)
    _numbers: list[Ints] = field(default_factory=list)
    _n: int = 0
    n_damaged: int = 0

    def text(self, cutter: Cutter, delimiter: str) -> Cells:
        """Return the cells of delimited text."""
        splitter = Splitter(delimiter, self.limits)
        is_first = True
        tail: Block | None = None
        for block in cutter.blocks():
            if tail is not None and block.is_long:
                is_first = self._slow(splitter.feed(tail), is_first=is_first)
                tail = None
            whole = _together(tail, block)
            tail = None
            quick = None if splitter.is_open else _ends(whole)
            if quick is not None and self._quick(whole, quick, delimiter, is_first=is_first):
                tail = _rest(whole, quick)
                is_first = is_first and not len(quick)
                continue
            is_first = self._slow(splitter.feed(whole), is_first=is_first)
        if tail is not None:
            is_first = self._slow(splitter.feed(tail), is_first=is_first)
        self._slow(splitter.close(), is_first=is_first)
        return self.cells()

    def rows(self, rows: Sequence[Sequence[str]], first: int) -> None:
        """Take some rows of a workbook, the first of which is row number `first`."""
        n = len(self.header)
        kept = [(at, row) for at, row in enumerate(rows, first) if any(row)]
        for at, row in kept:
            if len(row) > n and any(row[n:]):
                self._reject(at, "wrong_width", "\t".join(row))
        good = [(at, row) for at, row in kept if not any(row[n:])]
        self._add([at for at, _ in good], {i: [_cell(row, i) for _, row in good] for i in self.wanted})

    def cells(self) -> Cells:
        """Return everything taken so far."""
        columns = {at: _whole(self._parts.pop(at)) for at in list(self._parts)}
        columns |= {at: Column.nothing(self._n) for at in self.wanted if at not in columns}
        self._parts = {}
        numbers = np.concatenate([np.empty(0, np.int64), *self._numbers])
        return Cells(self.header, columns, numbers)

    def _quick(self, block: Block, ends: Ints, delimiter: str, *, is_first: bool) -> bool:
        """Parse the whole records of a block at once; False where one of them needs a closer look."""
        text = block.text[: int(ends[-1]) + 1] if len(ends) else b""
        starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else np.empty(0, np.int64)
        if not len(ends):
            return True
        if is_first:
            text, starts, skip = text[int(ends[0]) + 1 :], starts[1:], int(ends[0]) + 1
        else:
            skip = 0
        if not len(starts):
            return True
        table = self._table(text, delimiter)
        if table is None or table.num_rows != len(starts):
            return False
        newlines = np.flatnonzero(np.frombuffer(block.text, np.uint8) == 10)
        numbers = block.number + np.searchsorted(newlines, starts)
        assert skip <= int(starts[0])
        self._keep(numbers, {at: table.column(f"c{at}").combine_chunks() for at in self.wanted})
        return True

    def _table(self, text: bytes, delimiter: str) -> pa.Table | None:
        names = [f"c{at}" for at in range(len(self.header))]
        wanted = [names[at] for at in self.wanted]
        try:
            return pa_csv.read_csv(
                pa.BufferReader(text),
                pa_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(text) + 1),
                pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False),
                pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(wanted, pa.string()), include_columns=wanted,
                    strings_can_be_null=True, null_values=[""],
                ),
            )  # fmt: skip
        except pa.ArrowInvalid:
            return None

    def _slow(self, records: Iterator[Record], *, is_first: bool) -> bool:
        """Take records one by one; return whether the header is still to come."""
        kept: list[Record] = []
        width = len(self.header)
        for record in records:
            if is_first:
                is_first = False
                continue
            reason = record.fault or self._fault(record, width)
            if reason:
                self._reject(record.number, reason, record.raw)
                if record.is_open:
                    self.ledger.cut = "the last line is cut"
            else:
                kept.append(record)
        self._add([one.number for one in kept], {at: [one.cells[at] for one in kept] for at in self.wanted})
        return is_first

    def _fault(self, record: Record, width: int) -> str:
        cells = record.cells
        if len(cells) < width or any(cell for cell in cells[width:]):
            return "wrong_width"
        if (
            len(record.raw) > self.limits.field_bytes
            and max(len(cell or "") for cell in cells) > self.limits.field_bytes
        ):
            return "too_long"
        if record.is_damaged:
            if any("\ufffd" in (cells[at] or "") for at in self.ids):
                return "bad_encoding"
            self.n_damaged += 1
        return ""

    def _reject(self, number: int, reason: str, raw: str) -> None:
        """Put a row that could not be split into the rejects, by its shape only: any cell may be anyone's name."""
        self.ledger.n_read += 1
        self.ledger.reject(number, reason, shown(raw, is_shape=True))

    def _add(self, numbers: list[int], columns: dict[int, list[str | None]]) -> None:
        if numbers:
            texts = {at: pa.array([cell or None for cell in cells], pa.string()) for at, cells in columns.items()}
            self._keep(np.array(numbers, np.int64), texts)

    def _keep(self, numbers: Ints, columns: dict[int, pa.Array]) -> None:
        self._n += len(numbers)
        if self._n > self.limits.order_rows:
            what = f"the export holds more than {self.limits.order_rows:,} rows"
            raise InputError(what, where=self.ledger.source, fix="split it by month and audit the parts one by one")
        self._numbers.append(numbers)
        for at, texts in columns.items():
            self._parts.setdefault(at, []).append(texts.dictionary_encode())


def _cell(row: Sequence[str], at: int) -> str | None:
    return row[at] if at < len(row) else None


def _together(tail: Block | None, block: Block) -> Block:
    if tail is None:
        return block
    damaged = frozenset(at + block.number - tail.number for at in block.damaged)
    return Block(tail.text + block.text, tail.number, damaged)


def _ends(block: Block) -> Ints | None:
    """Return where the records of a block end: at line ends outside quotes. None: it must be read record by record."""
    if block.is_long or block.damaged:
        return None
    signs = np.frombuffer(block.text, np.uint8)
    newlines = np.flatnonzero(signs == 10)
    if b"\r" in block.text and block.text.count(b"\r") != block.text.count(b"\r\n"):
        return None
    if b'"' in block.text:
        quotes = np.flatnonzero(signs == 34)
        newlines = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
    ends: Ints = newlines
    lengths = np.diff(np.concatenate(([-1], ends)))
    if not len(ends) and len(signs) > _LONGEST:
        return None
    if len(lengths) and (lengths.min() <= 2 or lengths.max() > _LONGEST):
        return None
    return ends


_LONGEST: Final = 64 << 10
"""A record above this many bytes is looked at closely: a quote may be open."""


def _rest(block: Block, ends: Ints) -> Block | None:
    """Return what follows the last whole record."""
    at = int(ends[-1]) + 1 if len(ends) else 0
    text = block.text[at:]
    return Block(text, block.number + block.text.count(b"\n", 0, at)) if text else None
