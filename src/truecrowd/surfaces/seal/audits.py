"""An audit's folder into a log: its tables, findings, detectors and page; the page then carries its own seal."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truecrowd.errors import InputError
from truecrowd.evidence.log.reading import Log
from truecrowd.evidence.log.writing import Segment, Writer
from truecrowd.evidence.proofs import seal_block, sealed, unsealed
from truecrowd.evidence.records import MOST, evidence_root, schema_text, split
from truecrowd.evidence.salts import derived, key_id
from truecrowd.evidence.statements import fraction, instant
from truecrowd.evidence.tree import SIZE, leaf_hash, root_of
from truecrowd.schema import TABLES, Table, check
from truecrowd.surfaces import output
from truecrowd.surfaces.seal.origins import code_sha256, machine

_BATCH: Final = 4_096
"""Findings of one commit."""
_MOST_INPUT: Final = 256
"""Segments a finding names one by one; past it only their root (a statement is at most 64 KiB)."""

Place = tuple[str, int]
"""Root of a segment (hex) and place of a record in it."""


@dataclass(frozen=True, slots=True)
class Audited:
    """What sealing one audit did.

    Args:
        folder: Of the audit.
        n_tables: Tables sealed.
        n_findings: Findings sealed.
        n_unplaced: Cited events that are in no sealed segment.
        entry: Number of the `report` entry.
    """

    folder: Path
    n_tables: int
    n_findings: int
    n_unplaced: int
    entry: int


def seal_audit(folder: Path, writer: Writer) -> Audited:
    """Seal an audit and put the seal into its page.

    Args:
        folder: What `truecrowd audit --out` wrote.
        writer: Of the log.

    Raises:
        InputError: A file of it is missing or is not what an audit writes.
        EvidenceError: Its page carries a damaged seal.
    """
    page, _ = unsealed(_bytes(folder / output.REPORT), where=output.REPORT)
    body = _bytes(folder / output.DOCUMENT)
    document = _document(body, folder)
    tables = {name: _table(folder, table) for name, table in TABLES.items()}
    sealing = _Sealing(writer, document, tables)
    roots = {name: sealing.add_table(name, rows) for name, rows in tables.items()}
    n_findings, n_unplaced = sealing.add_findings()
    said = writer.statement(
        "report", document["settings"], html_sha256=hashlib.sha256(page).hexdigest(),
        json_sha256=hashlib.sha256(body).hexdigest(), inputs=sealing.inputs, tables=roots,
    )  # fmt: skip
    entry = writer.commit([*sealing.detectors(), said])[-1]
    reseal(folder, writer.log, entry)
    return Audited(folder, len(tables), n_findings, n_unplaced, entry)


def reseal(folder: Path, log: Log, entry: int) -> None:
    """Put the seal of a `report` entry, under the log's newest checkpoint, into a page.

    Raises:
        InputError: The page cannot be written.
    """
    keys = [log.proof(index) for index, _ in log.said_of("key")]
    block = seal_block(log.keys.at(log.size, where="checkpoint"), log.proof(entry), keys)
    page = sealed(_bytes(folder / output.REPORT), block, where=output.REPORT)
    output.write_file(folder / output.REPORT, page)


@dataclass(slots=True)
class _Sealing:
    """One audit on its way into the log."""

    writer: Writer
    document: Mapping[str, Any]
    tables: Mapping[str, pa.Table]
    findings: tuple[Segment, ...] = ()

    @property
    def inputs(self) -> list[dict[str, str]]:
        rows = self.tables["imports"].select(["source", "sha256"]).to_pylist()
        return [{"name": row["source"], "sha256": row["sha256"]} for row in rows]

    def add_table(self, name: str, rows: pa.Table) -> str:
        """Seal one table; return its root."""
        writer, table = self.writer, TABLES[name]
        groups = split([column for column, _ in table.columns])
        key = writer.ring.secret("tables.key")
        parts = [
            self._segment(rows.slice(at, MOST), name, groups, key) for at in range(0, rows.num_rows, MOST)
        ]  # fmt: skip
        root = root_of(b"".join(leaf_hash(part.root) for part in parts)).hex()
        said = writer.statement(
            "table", self.document["settings"], table=name, rows=rows.num_rows, root=root,
            segments=[{"root": part.root.hex(), "rows": part.n} for part in parts], groups=groups, salts="file",
            salt_key=key_id(key), schema=hashlib.sha256(schema_text(table).encode()).hexdigest(),
            reference=self.document["reference_id"], **machine(),
        )  # fmt: skip
        writer.commit([said], {path: body for part in parts for path, body in part.files.items()})
        if name == "findings":
            self.findings = tuple(parts)
        return root

    def _segment(self, rows: pa.Table, name: str, groups: Mapping[str, Sequence[str]], key: bytes) -> Segment:
        return self.writer.segment(rows, name, groups, derived(rows, name, list(groups), key))

    def detectors(self) -> list[bytes]:
        """Return a statement for each detector that was run."""
        from truecrowd.detectors import installed

        known = {one.name: one for one in installed()}
        return [
            self.writer.statement("detector", self.document["settings"], **self._detector(one, known.get(one["name"])))
            for one in self.document["checks"]
        ]

    def _detector(self, check: Mapping[str, Any], known: Any) -> dict[str, Any]:
        from truecrowd.reference import shipped

        is_same = known is not None and known.version == check["version"]
        reference = self.document["reference_id"]
        own = shipped()
        return {
            "name": check["name"], "version": check["version"],
            "code_sha256": code_sha256(known.detect.__module__) if is_same else None,
            "config_sha256": _hash(asdict(known.config())) if is_same else None,
            "model_sha256": None, "false_positives": None,
            "reference": {
                "id": reference, "kind": "simulated" if self.document["is_simulated"] else "recorded",
                "sha256": hashlib.sha256(own.text().encode()).hexdigest() if own.name == reference else None,
            },
        }  # fmt: skip

    def add_findings(self) -> tuple[int, int]:
        """Seal every finding as a statement of its own; return how many, and how many cited events have no place."""
        rows = self.tables["findings"]
        own = self._own()
        places, said = self._places(rows.column("evidence"), own), self._input(own)
        n_unplaced = 0
        for start in range(0, rows.num_rows, _BATCH):
            entries = []
            for at, row in enumerate(rows.slice(start, _BATCH).to_pylist(), start):
                finding = self._finding(at, row, places, said)
                n_unplaced += sum(one["segment"] is None for one in finding["evidence"])
                entries.append(self.writer.statement("finding", self.document["settings"], **finding))
            self.writer.commit(entries)
        return rows.num_rows, n_unplaced

    def _finding(self, at: int, row: Mapping[str, Any], places: Mapping[str, Place], said: object) -> dict[str, Any]:
        part, inside = divmod(at, MOST)
        of = self.findings[part]
        found = [(one, places.get(one, (None, None))) for one in row["evidence"]]
        start, end = (None if row[name] is None else instant(_micros(row[name])) for name in ("start", "end"))
        return {
            "finding_id": row["finding_id"], "detector": row["detector"], "detector_version": row["detector_version"],
            "scheme": row["scheme"], "subject_type": row["subject_type"],
            "subject": of.commitments["who"][inside * SIZE : (inside + 1) * SIZE].hex(), "room_id": row["room_id"],
            "start": start, "end": end, "score": fraction(row["score"]), "p_value": fraction(row["p_value"]),
            "input": said, "output": of.leaves[inside * SIZE : (inside + 1) * SIZE].hex(),
            "row": {"table_root": of.root.hex(), "index": inside},
            "evidence": [{"event_id": one, "segment": root, "record": record} for one, (root, record) in found],
            "evidence_count": row["evidence_count"], "evidence_root": evidence_root(row["evidence"]).hex(),
        }  # fmt: skip

    def _own(self) -> list[tuple[str, int]]:
        """Return root and length of every sealed segment of the audit's inputs, in order of the log."""
        wanted = {one["sha256"] for one in self.inputs}
        return [
            (one["root"], one["records"])
            for sha256, parts in self.writer.log.recordings.items()
            if {sha256, *_members(parts[-1]["source"])} & wanted
            for one in parts
        ]

    def _input(self, own: Sequence[tuple[str, int]]) -> dict[str, Any]:
        ranges = [bytes.fromhex(root) + (0).to_bytes(4, "big") + n.to_bytes(4, "big") for root, n in own]
        listed = [[root, 0, n] for root, n in own] if len(own) <= _MOST_INPUT else None
        return {"segments": listed, "root": root_of(b"".join(leaf_hash(one) for one in ranges)).hex()}

    def _places(self, evidence: pa.ChunkedArray, own: Sequence[tuple[str, int]]) -> dict[str, Place]:
        """Return where cited events are sealed."""
        wanted = pc.unique(pc.list_flatten(evidence))
        if isinstance(wanted, pa.ChunkedArray):
            wanted = wanted.combine_chunks()
        places: dict[str, Place] = {}
        if not len(wanted):
            return places
        for root, _ in own:
            ids = pq.read_table(self.writer.folder / f"segments/{root}.parquet", columns=["event_id"]).column(0)
            at = np.flatnonzero(pc.is_in(ids, wanted).to_numpy())
            for one, record in zip(ids.take(pa.array(at)).to_pylist(), at.tolist(), strict=True):
                places.setdefault(one, (root, record))
        return places


def _members(source: Mapping[str, Any]) -> Iterator[str]:
    return (one["sha256"] for one in source.get("members", ()))


def _micros(moment: Any) -> int:
    return int(pa.scalar(moment, pa.timestamp("us", tz="UTC")).value)


def _hash(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        what = f"'{path.name}' is missing or cannot be read"
        raise InputError(what, where=path.parent.name, fix="truecrowd audit PATH --out DIR writes it") from error


def _document(body: bytes, folder: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise _not_ours(folder, output.DOCUMENT) from error
    if not isinstance(found, dict) or not str(found.get("schema", "")).startswith("truecrowd.report/"):
        raise _not_ours(folder, output.DOCUMENT)
    return found


def _table(folder: Path, table: Table) -> pa.Table:
    name = f"tables/{table.name}.parquet"
    try:
        rows = pq.read_table(folder / name)
    except (OSError, pa.ArrowInvalid) as error:
        raise _not_ours(folder, name) from error
    return check(rows, table).combine_chunks()


def _not_ours(folder: Path, name: str) -> InputError:
    what = f"'{name}' is not what an audit of this version writes"
    return InputError(what, where=folder.name, fix="truecrowd audit PATH --out DIR, then seal DIR")
