"""From lines of NDJSON to EVENTS, batch by batch; the same rows and rejects as an audit of the same lines.

A line that cannot be read is a reject with its reason and its number; the stream goes on.
"""

import codecs
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import pyarrow as pa

from truecrowd import schema
from truecrowd.ingest import canonical
from truecrowd.ingest.canonical_json import Ndjson, guessed
from truecrowd.ingest.columns import Typer
from truecrowd.ingest.event_ids import EventIds
from truecrowd.ingest.finishing import Finisher, shared
from truecrowd.ingest.ledger import BINS, Ledger, counts_table, open_ledger
from truecrowd.ingest.lines import Block, Cutter
from truecrowd.ingest.options import Options
from truecrowd.ingest.plan import LAST
from truecrowd.ingest.reading import Imported
from truecrowd.ingest.recent import Recent
from truecrowd.ingest.samples import HEAD, sample
from truecrowd.ingest.summary import Summary, most
from truecrowd.ingest.times import Clock, zone
from truecrowd.stored import Loaded, Piece, below, under

_TS: Final = pa.timestamp("us", tz="UTC")
_SURPRISES: Final = 3
"""Blocks in a row that the fast parser refused, after which the shape of the lines is looked at anew."""


class Lines:
    """Reads one endless source.

    Args:
        name: Of the source, for the account.
        options: How to read.
    """

    def __init__(self, name: str, options: Options) -> None:
        self._name = name
        self._options = options
        self._ledger = open_ledger(name, options.limits, is_shape=options.pseudonymise_key is not None)
        self._typer = Typer(name, options.tz)
        self._recent = Recent()
        state = shared(options)
        state.duplicates = self._recent  # type: ignore[assignment]  # the same find()
        self._ids = EventIds("canonical", options.pseudonymise_key)
        window_us = round(options.lateness_s * 1e6)
        self._finisher = Finisher(
            state, self._ledger, self._ids, 0, options.room or "", window_us, LAST, has_sessions=False
        )
        self._summary = Summary()
        self._ndjson: Ndjson | None = None
        self._n_lines = 0

    @property
    def ledger(self) -> Ledger:
        """Counts so far."""
        return self._ledger

    def take(self, text: bytes) -> Iterator[pa.Table]:
        """Yield EVENTS of some whole lines, in order.

        Raises:
            InputError: Times carry no zone and none was given.
        """
        cutter = Cutter(_Bytes(text, is_first=not self._n_lines), "utf-8", len(text), self._options.limits)  # type: ignore[arg-type]
        first = self._n_lines
        for block in cutter.blocks():
            block = replace(block, number=block.number + first)  # noqa: PLW2901
            self._n_lines = block.number + (0 if block.is_long else block.text.count(b"\n") - 1)
            for draft in self._reader(block).drafts(_One(block)):  # type: ignore[arg-type]
                rows = self._finisher.finish(draft)
                self._summary.add(rows)
                if rows.num_rows:
                    yield rows

    def _reader(self, block: Block) -> Ndjson:
        """Return the reader, made anew from the first lines and where lines of another shape come."""
        if self._ndjson is None or self._ndjson.n_slow >= _SURPRISES:
            seen = sample(self._name, block.text[:HEAD], "utf-8", is_whole=False)
            self._ndjson = Ndjson(self._ledger, self._options, self._typer, guessed(seen))
        return self._ndjson

    def imported(self, notes: list[str]) -> Imported:
        """Return the account so far."""
        ledger = self._ledger
        return Imported(
            imports=schema.build(schema.IMPORTS, [self._row()]), import_counts=counts_table([ledger]),
            rejects=ledger.rejects.table(), notes=tuple(f"{self._name}: {note}" for note in [*ledger.notes, *notes]),
            is_partial=bool(ledger.n_read) and ledger.n_unreadable / ledger.n_read > self._options.bad_share,
        )  # fmt: skip

    def _row(self) -> dict[str, Any]:
        ledger, summary = self._ledger, self._summary
        first, last = (
            None if micros is None else pa.scalar(micros, _TS).as_py() for micros in (summary.first_us, summary.last_us)
        )
        return {
            "source": self._name, "sha256": "", "format": canonical.NAME, "version": canonical.VERSION, "confidence": 1.0,
            "encoding": "utf-8", "tz": self._options.tz, "tz_from": "option" if self._options.tz else None,
            "id_kind": most(summary.id_kinds), "ts_kind": most(summary.ts_kinds), "is_sampled": bool(ledger.sampled),
            "first_ts": first, "last_ts": last, "n_read": ledger.n_read,
            **{f"n_{name}": ledger.total(name) for name in BINS},
        }  # fmt: skip

    def pieces(self) -> Mapping[str, Piece]:
        """Return the arrays that have to be stored."""
        return under("recent", self._recent.pieces()) | under("ids", self._ids.pieces())

    def dump(self) -> dict[str, Any]:
        """Return the rest of what has to be stored, as plain JSON values."""
        summary = self._summary
        return {
            "n_lines": self._n_lines, "ledger": self._ledger.dump(),
            "units": {name: clock.unit for name, clock in self._typer.clocks.items()},
            "summary": [summary.first_us, summary.last_us, summary.id_kinds, summary.ts_kinds, summary.types],
        }  # fmt: skip

    def load(self, loaded: Loaded, kept: Mapping[str, Any]) -> None:
        """Take up what was stored."""
        self._recent.load(below("recent", loaded))
        self._ids.load(below("ids", loaded))
        self._n_lines = kept["n_lines"]
        self._ledger.load(kept["ledger"])
        for name, unit in kept["units"].items():
            self._typer.clocks[name] = Clock(zone(self._options.tz) if self._options.tz else None, unit and tuple(unit))
        first, last, *kinds = kept["summary"]
        id_kinds, ts_kinds, types = (Counter(kind) for kind in kinds)
        self._summary = Summary(first, last, id_kinds, ts_kinds, types)


class _Bytes:
    """Bytes as `Cutter` reads them; only a stream's own beginning can hold a mark of its encoding."""

    def __init__(self, text: bytes, *, is_first: bool) -> None:
        self._text = text
        self._is_marked = is_first and text.startswith(codecs.BOM_UTF8)

    def peek(self, n: int) -> bytes:
        return self._text[:n] if self._is_marked else b""

    def read(self, n: int) -> bytes:
        got, self._text = self._text[:n], self._text[n:]
        return got


class _One:
    """A single block as `Ndjson` reads it."""

    def __init__(self, block: Block) -> None:
        self._block = block

    def blocks(self) -> Iterator[Block]:
        yield self._block
