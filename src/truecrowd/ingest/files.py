"""One file of a run: what it was recognised as, its account, and how its rows are finished."""

from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from truecrowd.ingest import canonical
from truecrowd.ingest.event_ids import EventIds
from truecrowd.ingest.finishing import Finisher, Shared
from truecrowd.ingest.ledger import BINS, Ledger
from truecrowd.ingest.plan import LAST, Planned
from truecrowd.ingest.samples import stem
from truecrowd.ingest.summary import Summary, most
from truecrowd.ingest.unwrap import Unpacked

_TS: Final = pa.timestamp("us", tz="UTC")


@dataclass(slots=True)
class File:
    """One file's account while and after it is read."""

    planned: Planned
    ledger: Ledger
    summary: Summary = field(default_factory=Summary)
    sha256: str = ""
    tz: str | None = None
    tz_from: str | None = None

    def end(self, unpacked: Unpacked, nul_tail: int) -> None:
        """Hash what is left of it, and say why it ends early if it does."""
        unpacked.drain()
        self.sha256 = unpacked.tee.sha256
        ledger = self.ledger
        if nul_tail:
            ledger.cut = f"it ends in {nul_tail:,} NUL bytes"
        ledger.cut = unpacked.cut or ledger.cut
        if self.planned.source.has_grown(unpacked.tee.n_read):
            ledger.cut = ledger.cut or f"it changed while it was read ({unpacked.tee.n_read:,} bytes were)"
        if ledger.cut:
            ledger.note(f"{ledger.cut}; what was read before is kept")

    def row(self) -> dict[str, object]:
        """Return its row of `imports`."""
        found, ledger, summary = self.planned.recognised, self.ledger, self.summary
        importer = self.planned.importer
        return {
            "source": found.source, "sha256": self.sha256, "format": found.format,
            "version": importer.version if importer else canonical.VERSION, "confidence": found.confidence,
            "encoding": found.encoding or found.dialect, "tz": self.tz, "tz_from": self.tz_from,
            "id_kind": most(summary.id_kinds), "ts_kind": most(summary.ts_kinds), "is_sampled": bool(ledger.sampled),
            "first_ts": _instant(summary.first_us), "last_ts": _instant(summary.last_us), "n_read": ledger.n_read,
            **{f"n_{name}": ledger.total(name) for name in BINS},
        }  # fmt: skip


def _instant(micros: int | None) -> object:
    return None if micros is None else pa.scalar(micros, _TS).as_py()


def finisher(planned: Planned, state: Shared, ledger: Ledger, at: int, keep_from: int) -> Finisher:
    """Return what finishes the drafts of a file.

    Args:
        planned: The file.
        state: What all files of the run share.
        ledger: Its account.
        at: Its number in reading order.
        keep_from: Rows from this time on may be repeated by a later file, microseconds.
    """
    options, importer = state.options, planned.importer
    poll_s = importer.poll_window_s if importer else None
    window_s = options.lateness_s if poll_s is None else max(poll_s, options.lateness_s)
    window_us = round(window_s * 1e6)
    default = options.room or ("" if importer is None else stem(planned.source.name))
    has_k = not (poll_s is not None and planned.is_fine)
    return Finisher(
        state, ledger, EventIds(planned.recognised.format, options.pseudonymise_key, has_k), at, default, window_us,
        keep_from if keep_from == LAST else keep_from - window_us, has_sessions=importer is not None,
    )  # fmt: skip
