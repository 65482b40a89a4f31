"""Canonical CSV, block by block: text columns only; Arrow's parser where no quote stands in a block."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from truecrowd.ingest import canonical
from truecrowd.ingest.canonical_rows import Parsed, typed
from truecrowd.ingest.columns import Typer
from truecrowd.ingest.delimited import Record, Splitter
from truecrowd.ingest.draft import Draft
from truecrowd.ingest.ledger import Ledger
from truecrowd.ingest.lines import Block, Cutter
from truecrowd.ingest.options import Options


@dataclass(slots=True)
class Csv:
    """One CSV file.

    Args:
        ledger: Its account.
        options: How to read.
        typer: Types its columns.
        header: Its column names.
        delimiter: Between its cells.
        is_fast: False: record by record only (for the test that compares both ways).
    """

    ledger: Ledger
    options: Options
    typer: Typer
    header: tuple[str, ...]
    delimiter: str
    is_fast: bool = True
    _is_past_header: bool = field(default=False)

    def drafts(self, cutter: Cutter) -> Iterator[Draft]:
        """Yield the rows in order."""
        names = canonical.renamed(list(self.header), where=self.ledger.source)
        splitter = Splitter(self.delimiter, self.options.limits)
        for block in cutter.blocks():
            rows = self._quick(block, names) if self.is_fast and not splitter.is_open else None
            if rows is None:
                rows = self._slow(splitter.feed(block), names)
            yield from self._typed(rows)
        yield from self._typed(self._slow(splitter.close(), names))

    def _typed(self, parsed: Parsed) -> Iterator[Draft]:
        return typed(parsed, self.typer, self.ledger, self.options.limits, self.options.chunk_rows)

    def _quick(self, block: Block, names: dict[str, str]) -> Parsed | None:
        """Parse a block without quotes at once; None where a line is blank, too long, damaged or of another width."""
        text = block.text
        if block.is_long or block.damaged or b'"' in text or text.count(b"\r") != text.count(b"\r\n"):
            return None
        if b"\n\n" in text or b"\n\r" in text or text[:1] in b"\r\n":
            return None
        number = block.number
        if not self._is_past_header:
            text = text[text.find(b"\n") + 1 or len(text) :]
            number += 1
        if not text.strip(b"\r\n"):
            return None
        table = self._table(text, names)
        if table is None:
            return None
        self._is_past_header = True
        columns = {ours: table.column(name).combine_chunks() for name, ours in names.items()}
        lines = Block(text, number)
        return Parsed(columns, np.arange(number, number + table.num_rows), lambda at: lines.lines()[at])

    def _table(self, text: bytes, names: dict[str, str]) -> pa.Table | None:
        try:
            return pa_csv.read_csv(
                pa.BufferReader(text),
                pa_csv.ReadOptions(column_names=list(self.header), use_threads=False, block_size=len(text) + 1),
                pa_csv.ParseOptions(delimiter=self.delimiter, quote_char=False, ignore_empty_lines=False),
                pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), include_columns=list(names),
                    strings_can_be_null=True, null_values=[""],
                ),
            )  # fmt: skip
        except pa.ArrowInvalid:
            return None

    def _slow(self, records: Iterator[Record], names: dict[str, str]) -> Parsed:
        width = len(self.header)
        kept: list[Record] = []
        for record in records:
            if not self._is_past_header:
                self._is_past_header = True
                continue
            reason = record.fault or ("" if len(record.cells) == width else "wrong_width")
            if reason:
                self.ledger.n_read += 1
                self.ledger.reject(record.number, reason, record.raw)
                if record.is_open:
                    self.ledger.cut = "the last line is cut"
            else:
                kept.append(record)
        columns = {
            ours: pa.array([record.cells[at] for record in kept], pa.string())
            for at, name in enumerate(self.header)
            if (ours := names.get(name)) is not None
        }
        damaged = np.array([record.is_damaged for record in kept], np.bool_)
        numbers = np.array([record.number for record in kept], np.int64)
        return Parsed(columns, numbers, lambda at: kept[at].raw, damaged if damaged.any() else None)
