"""Recordings into a log: the original kept, its rows in segments, and how they came to be (evidence.md, section 2)."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.evidence.log.keeping import sweep
from truecrowd.evidence.log.writing import Writer
from truecrowd.evidence.records import MOST, schema_text, split
from truecrowd.evidence.statements import fraction, instant
from truecrowd.ingest import Imported, Options, Reading, read
from truecrowd.schema import EVENTS
from truecrowd.surfaces.seal.origins import Original, code_sha256, keep, machine

_COUNTS: Final = ("read", "kept", "merged", "duplicate", "skipped", "rejected")
_OF_ORDERS: Final = ("payment", "ship", "deliver", "cancel", "refund")


@dataclass(frozen=True, slots=True)
class Taken:
    """How a recording was taken, as the one who seals it says.

    Args:
        role: Who took it, as a role, never a name.
        method: export, copy, stream or api.
        place: Where.
        mapping_sha256: Hash of the user's own mapping file, None where none was given.
    """

    role: str = "not stated"
    method: str = "copy"
    place: str = "not stated"
    mapping_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """What sealing one file did.

    Args:
        name: Base name of the file.
        sha256: Of its bytes.
        n_records: Rows sealed.
        n_segments: Segments they are in.
        n_rejected: Rows that could not be read.
        is_new: False: these bytes were sealed before, nothing was added.
        is_partial: Something is missing: a cut file, or too many unreadable rows.
    """

    name: str
    sha256: str
    n_records: int
    n_segments: int
    n_rejected: int
    is_new: bool
    is_partial: bool = False


@dataclass(slots=True)
class _Seen:
    """What is counted while rows pass."""

    by_type: Counter[str] = field(default_factory=Counter)
    orders: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)

    def add(self, rows: pa.Table) -> None:
        for one in pc.value_counts(rows.column("event_type").cast(pa.string())).to_pylist():
            self.by_type[one["values"]] += one["counts"]
        if "order_id" in rows.column_names:
            kinds = rows.column("event_type").cast(pa.string())
            ids = rows.column("order_id")
            self.orders |= _ids(ids, pc.equal(kinds, "order"))
            self.strangers |= _ids(ids, pc.is_in(kinds, pa.array(_OF_ORDERS)))

    @property
    def checks(self) -> dict[str, str]:
        """Whether payments, shipments and refunds belong to orders that are here."""
        if not self.orders and not self.strangers:
            return {"orders": "unknown", "stats": "unknown"}
        return {"orders": "gaps" if self.strangers - self.orders else "complete", "stats": "unknown"}


def _ids(ids: pa.ChunkedArray, which: pa.ChunkedArray) -> set[str]:
    return set(pc.unique(ids.filter(which).drop_null()).to_pylist())


def seal_recording(given: str, writer: Writer, options: Options, taken: Taken) -> Recording:
    """Keep one file's bytes and seal its rows.

    Args:
        given: Path of a file, or - for standard input.
        writer: Of the log.
        options: How to read it.
        taken: How it was taken.

    Raises:
        InputError: It cannot be used as it is. Segments sealed before stay; their last part never came.
    """
    received = writer.clock()
    original = keep(given, writer.folder / "originals")
    earlier = _sealed_before(writer, original.sha256)
    if earlier is not None:
        return earlier
    try:
        return _Sealing(writer, original, taken, received).run(read([original.path], options))
    except BaseException:
        sweep(writer)
        raise


def _sealed_before(writer: Writer, sha256: str) -> Recording | None:
    parts = writer.log.recordings.get(sha256)
    if parts is None:
        return None
    n = sum(one["records"] for one in parts)
    return Recording(parts[-1]["source"]["name"], sha256, n, len(parts), parts[-1]["counts"]["rejected"], is_new=False)


@dataclass(slots=True)
class _Sealing:
    """One file on its way into the log."""

    writer: Writer
    original: Original
    taken: Taken
    received: int
    seen: _Seen = field(default_factory=_Seen)
    n: int = 0
    part: int = 0

    def run(self, reading: Reading) -> Recording:
        pending: pa.Table | None = None
        for rows in _parts(reading.batches()):
            if pending is not None:
                self._add(pending, self._source(None))
            pending = rows
        imported = reading.imported()
        last = EVENTS.empty() if pending is None else pending
        self.seen.add(last)
        self._add(last, self._source(imported), self._closing(imported), is_counted=True)
        rejected = imported.rejects.num_rows
        return Recording(
            self.original.name, self.original.sha256, self.n, self.part, rejected, is_new=True, is_partial=imported.is_partial,
        )  # fmt: skip

    def _add(
        self,
        rows: pa.Table,
        source: Mapping[str, Any],
        closing: Mapping[str, Any] | None = None,
        *,
        is_counted: bool = False,
    ) -> None:
        if not is_counted:
            self.seen.add(rows)
        groups = split([name for name, _ in EVENTS.columns])
        made = self.writer.segment(rows, "events", groups)
        ts = pc.min_max(rows.column("ts"))
        first, last = (ts[name].value if ts[name].is_valid else None for name in ("min", "max"))
        said = self.writer.statement(
            "segment", table="events", records=made.n, root=made.root.hex(), groups=groups, salts="file",
            schema=hashlib.sha256(schema_text(EVENTS).encode()).hexdigest(), first_ts=instant(first),
            last_ts=instant(last), part=self.part, is_last=closing is not None, source=source,
            custody={"role": self.taken.role, "method": self.taken.method, "place": self.taken.place, **machine()},
            clock={"received_at": instant(self.received), "offset_us": None, "offset_from": "none", "steps": 0},
            **(closing or {}),
        )  # fmt: skip
        self.writer.commit([said], made.files)
        self.n += made.n
        self.part += 1

    def _source(self, imported: Imported | None) -> dict[str, Any]:
        """Return where the rows come from; what the importer says is known once it is done."""
        one = self.original
        known: dict[str, Any] = {
            "name": one.name, "sha256": one.sha256, "sm3": one.sm3, "size": one.size, "is_original_kept": True,
            "importer_sha256": code_sha256("truecrowd.ingest"), "mapping_sha256": self.taken.mapping_sha256,
        }  # fmt: skip
        if imported is None or not imported.imports.num_rows:
            return known
        rows = imported.imports.to_pylist()
        row = rows[0]
        known |= {
            "importer": row["format"], "importer_version": row["version"], "confidence": fraction(row["confidence"]),
            "encoding": row["encoding"], "tz": row["tz"], "tz_from": row["tz_from"],
        }  # fmt: skip
        if len(rows) > 1:
            known["members"] = [{"name": row["source"], "sha256": row["sha256"]} for row in rows[:256]]
        return known

    def _closing(self, imported: Imported) -> dict[str, Any]:
        counts = {name: pc.sum(imported.imports.column(f"n_{name}")).as_py() or 0 for name in _COUNTS}
        raw = hashlib.sha256()
        for cell in imported.rejects.column("raw").to_pylist():
            body = (cell or "").encode()
            raw.update(len(body).to_bytes(4, "big") + body)
        return {
            "counts": counts, "by_type": dict(sorted(self.seen.by_type.items())),
            "rejects": {"count": imported.rejects.num_rows, "sha256": raw.hexdigest()}, "sequence": None,
            "checks": self.seen.checks, "receipt": None,
        }  # fmt: skip


def _parts(batches: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield the rows in tables of exactly `MOST` rows, the last one shorter, so that chunks change no segment."""
    held: list[pa.Table] = []
    n = 0
    for batch in batches:
        rows = batch
        while n + rows.num_rows >= MOST:
            yield _joined([*held, rows.slice(0, MOST - n)])
            rows = rows.slice(MOST - n)
            held, n = [], 0
        if rows.num_rows:
            held.append(rows)
            n += rows.num_rows
    if n:
        yield _joined(held)


def _joined(parts: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(parts, promote_options="permissive").combine_chunks()


def expanded(paths: tuple[str, ...]) -> tuple[list[str], list[Path]]:
    """Return the files to seal and the audits' folders among some paths; other folders give their files by name."""
    files: list[str] = []
    audits: list[Path] = []
    for one in paths:
        path = Path(one)
        if one != "-" and path.is_dir():
            if (path / "report.json").is_file():
                audits.append(path)
            else:
                files += [str(member) for member in sorted(path.iterdir()) if _is_plain(member)]
        else:
            files.append(one)
    return files, audits


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and not path.name.startswith(".")
