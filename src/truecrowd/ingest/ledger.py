"""The account of one file: every row read ends in exactly one bin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pyarrow as pa

from truecrowd import schema
from truecrowd.ingest.options import Limits
from truecrowd.ingest.rejects import Rejects

Bin = Literal["kept", "merged", "duplicate", "skipped", "rejected"]
BINS: Final[tuple[Bin, ...]] = ("kept", "merged", "duplicate", "skipped", "rejected")
_NATIVE_CHARACTERS: Final = 100
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

    def add(self, bin_: Bin, native: str, *, n: int = 1, room: str | None = None, kind: str | None = None) -> None:
        """Put `n` rows into a bin."""
        key = (room, self._native(native), kind)
        row = self.counts.get(key)
        if row is None:
            row = self.counts[key] = [0] * len(BINS)
        row[BINS.index(bin_)] += n

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
        n_binned = sum(sum(row) for row in self.counts.values())
        if n_binned != self.n_read:
            raise AssertionError(f"{self.source}: {self.n_read} rows read, {n_binned} in the bins")

    def dump(self) -> dict[str, Any]:
        """Return what is needed to go on later, as plain JSON values."""
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
