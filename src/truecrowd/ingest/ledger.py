"""The account of one file: every row read ends in exactly one bin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa

from truecrowd import schema
from truecrowd.ingest.options import Limits
from truecrowd.ingest.rejects import Rejects

Bin = Literal["kept", "merged", "duplicate", "skipped", "rejected"]
BINS: Final[tuple[Bin, ...]] = ("kept", "merged", "duplicate", "skipped", "rejected")
_NATIVE_CHARACTERS: Final = 100
_TOGETHER: Final = 65_536
"""Rows that are counted at once."""
OTHER: Final = "(other)"
"""Native kinds past the limit are counted under this name."""

Key = tuple[str | None, str, str | None]
"""room_id, native, event_type."""


@dataclass(slots=True)
class Ledger:
    """Counts of one file, by room, native kind and event type; filled while it is read.

    Args:
        source: Base name of the file.
        rejects: Its rejected rows.
        max_natives: Most native kinds counted apart.
        n_read: Rows that came in, counted where they come in.
        counts: One count per bin for each key.
        sampled: Event types of which the source delivers only a part.
        notes: Lines for the import report.
        cut: Why the file ends early, "" if it does not.
    """

    source: str
    rejects: Rejects
    max_natives: int = 1_000
    n_read: int = 0
    counts: dict[Key, list[int]] = field(default_factory=dict)
    sampled: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    cut: str = ""
    _natives: set[str] = field(default_factory=set)
    _waiting: dict[Bin, list[pa.Table]] = field(default_factory=dict)
    _n_waiting: int = 0

    def add(self, bin_: Bin, native: str, *, n: int = 1, room: str | None = None, kind: str | None = None) -> None:
        """Put `n` rows into a bin."""
        key = (room, self._native(native), kind)
        row = self.counts.get(key)
        if row is None:
            row = self.counts[key] = [0] * len(BINS)
        row[BINS.index(bin_)] += n

    def add_all(self, bin_: Bin, keys: pa.Table) -> None:
        """Put rows into a bin; they are counted together with later ones, which costs less than a few at a time.

        Args:
            bin_: The bin.
            keys: Columns room, native, kind: dictionaries of strings.
        """
        self._waiting.setdefault(bin_, []).append(keys)
        self._n_waiting += keys.num_rows
        if self._n_waiting >= _TOGETHER:
            self.settle()

    def settle(self) -> None:
        """Count what waits."""
        waiting, self._waiting, self._n_waiting = self._waiting, {}, 0
        for bin_, tables in waiting.items():
            for room, native, kind, n in _grouped(pa.concat_tables(tables).unify_dictionaries().combine_chunks()):
                self.add(bin_, native or "", n=n, room=room, kind=kind)

    def reject(self, row: int, reason: str, raw: str | bytes, native: str = "") -> None:
        """Put one row into the rejects."""
        self.add("rejected", native)
        self.rejects.add(row, reason, raw)

    def note(self, text: str) -> None:
        """Add one line to the report, once."""
        if text not in self.notes and len(self.notes) < self.max_natives:
            self.notes.append(text)

    def total(self, bin_: Bin) -> int:
        """Return how many rows are in a bin."""
        self.settle()
        at = BINS.index(bin_)
        return sum(row[at] for row in self.counts.values())

    @property
    def n_unreadable(self) -> int:
        """Rejected rows without those whose event type is merely unknown."""
        return self.total("rejected") - self.rejects.counts["unknown_event_type"]

    def balance(self) -> None:
        """Check that the bins add up.

        Raises:
            AssertionError: They do not: a defect of this package, never of the input.
        """
        self.settle()
        n_binned = sum(sum(row) for row in self.counts.values())
        if n_binned != self.n_read:
            raise AssertionError(f"{self.source}: {self.n_read} rows read, {n_binned} in the bins")

    def dump(self) -> dict[str, Any]:
        """Return what is needed to go on later, as plain JSON values."""
        self.settle()
        return {
            "n_read": self.n_read, "counts": [[*key, *row] for key, row in self.counts.items()],
            "sampled": sorted(self.sampled), "notes": self.notes, "rejects": self.rejects.dump(),
        }  # fmt: skip

    def load(self, kept: Mapping[str, Any]) -> None:
        """Go on from what was dumped."""
        self.n_read, self.sampled, self.notes = kept["n_read"], set(kept["sampled"]), [*kept["notes"]]
        self.counts = {(room, native, kind): row for room, native, kind, *row in kept["counts"]}
        self._natives = {native for _, native, _ in self.counts if native != OTHER}
        self.rejects.load(kept["rejects"])

    def rows(self) -> list[dict[str, object]]:
        """Return IMPORT_COUNTS rows."""
        self.settle()
        return [
            {"source": self.source, "room_id": room, "native": native, "event_type": kind, "n_read": sum(row),
             "is_sampled": kind in self.sampled, **{f"n_{b}": n for b, n in zip(BINS, row, strict=True)}}
            for (room, native, kind), row in self.counts.items()
        ]  # fmt: skip

    def _native(self, native: str) -> str:
        if native in self._natives:
            return native
        native = native[:_NATIVE_CHARACTERS].encode("utf-8", "replace").decode()
        if native not in self._natives:
            if len(self._natives) >= self.max_natives:
                return OTHER
            self._natives.add(native)
        return native


def open_ledger(source: str, limits: Limits, *, is_shape: bool) -> Ledger:
    """Return an empty account of one file."""
    return Ledger(source, Rejects(source, limits.rejects, is_shape=is_shape), limits.natives)


def counts_table(ledgers: list[Ledger]) -> pa.Table:
    """Return IMPORT_COUNTS of several files."""
    return schema.build(schema.IMPORT_COUNTS, [row for ledger in ledgers for row in ledger.rows()])


def _grouped(keys: pa.Table) -> list[tuple[str | None, str | None, str | None, int]]:
    """Count the rows of each key by their codes."""
    names = ["room", "native", "kind"]
    columns = [keys.column(name).combine_chunks() for name in names]
    values = [[*column.dictionary.to_pylist(), None] for column in columns]
    code = np.zeros(keys.num_rows, np.int64)
    for column, known in zip(columns, values, strict=True):
        codes = column.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)
        code = code * len(known) + codes
    found, counts = np.unique(code, return_counts=True)
    out = []
    for packed, n in zip(found.tolist(), counts.tolist(), strict=True):
        rest, third = divmod(packed, len(values[2]))
        first, second = divmod(rest, len(values[1]))
        out.append((values[0][first], values[1][second], values[2][third], n))
    return out
