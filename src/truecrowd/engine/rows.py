"""From codes and hashes back to names: coverage, scores and findings as tables of the contract."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from truecrowd.detectors import MAX_EVIDENCE, SUBJECT_COLUMNS, Detector, Finding, Look, Scores, Seen
from truecrowd.errors import SchemaError
from truecrowd.features.facts import Facts
from truecrowd.features.view import TYPE_CODES
from truecrowd.schema import COVERAGE, FINDINGS, SCORES, check


@dataclass(frozen=True, slots=True)
class EventIds:
    """Ids of the events that scores and findings point to, by hash."""

    by_hash: dict[int, str]

    def of(self, hashes: np.ndarray) -> list[str]:
        """Return the ids behind these hashes, in the same order."""
        return [self.by_hash[int(number)] for number in hashes]


def hashes_of(seen: Sequence[Seen]) -> np.ndarray:
    """Return every event hash that these scores and findings point to."""
    parts = [np.empty(0, np.uint64)]
    for one in seen:
        parts += [np.asarray(finding.evidence[:MAX_EVIDENCE], np.uint64) for finding in one.findings]
        parts += [np.array([finding.subject], np.uint64) for finding in one.findings if finding.subject_type == "claim"]
        parts += [np.asarray(scores.subject, np.uint64) for scores in one.scores if scores.subject_type == "claim"]
    return np.unique(np.concatenate(parts))


def coverage_rows(detector: Detector, look: Look, facts: Facts) -> pa.Table:
    """Return one COVERAGE row a room."""
    types = [TYPE_CODES[name] for name in detector.event_types]
    n_rooms = facts.n_rooms
    n_staff = np.zeros(n_rooms, np.int64) if detector.keeps_staff else facts.n_staff[:, types].sum(axis=1)
    columns = {
        "room_id": facts.names["room_id"],
        "detector": pa.array([detector.name] * n_rooms, pa.string()),
        "looked": pa.array(look.looks),
        "mode": pa.array([word or None for word in look.mode], pa.string()),
        "reason": pa.array([word or None for word in look.reason], pa.string()),
        "n_events": pa.array(facts.n[:, types].sum(axis=1) - n_staff),
        "n_staff": pa.array(n_staff),
    }
    return check(pa.table(columns, schema=COVERAGE.schema), COVERAGE)


def score_rows(detector: Detector, look: Look, seen: Seen, facts: Facts, ids: EventIds) -> pa.Table:
    """Return the SCORES rows of one detector.

    Raises:
        SchemaError: A score is not finite.
    """
    tables = [_score_table(detector, look, scores, facts, ids) for scores in seen.scores]
    return pa.concat_tables([SCORES.empty(), *tables])


def _score_table(detector: Detector, look: Look, scores: Scores, facts: Facts, ids: EventIds) -> pa.Table:
    if not np.isfinite(scores.score).all():
        where = f"detector {detector.name}, subjects {scores.subject_type}"
        raise SchemaError("a score is not a finite number", where=where, fix="score every subject, or leave it out")
    n = len(scores.room)
    mode = look.mode[scores.room] if scores.mode is None else scores.mode
    columns = {
        "room_id": facts.names["room_id"].take(pa.array(scores.room)),
        "subject_type": pa.array([scores.subject_type] * n, pa.string()),
        "subject_id": _subjects(scores, facts, ids),
        "detector": pa.array([detector.name] * n, pa.string()),
        "population": pa.array([scores.population] * n, pa.string()),
        "score": pa.array(scores.score, pa.float64()),
        "n": pa.array(scores.n, pa.int64()),
        "mode": pa.array([mode] * n if isinstance(mode, str) else mode, pa.string()),
    }
    return check(pa.table(columns, schema=SCORES.schema), SCORES)


def _subjects(scores: Scores, facts: Facts, ids: EventIds) -> pa.Array:
    if scores.subject_type == "claim":
        return pa.array(ids.of(scores.subject), pa.string())
    return facts.names[SUBJECT_COLUMNS[scores.subject_type]].take(pa.array(scores.subject))


def finding_rows(detector: Detector, seen: Seen, facts: Facts, ids: EventIds) -> pa.Table:
    """Return the FINDINGS rows of one detector."""
    rows = [_finding(detector, finding, facts, ids) for finding in seen.findings]
    return check(pa.Table.from_pylist(rows, schema=FINDINGS.schema), FINDINGS)


def _finding(detector: Detector, finding: Finding, facts: Facts, ids: EventIds) -> dict[str, object]:
    room = facts.name("room_id", finding.room)
    if finding.subject_type == "claim":
        subject: str | None = ids.by_hash[int(finding.subject)]
    else:
        subject = facts.name(SUBJECT_COLUMNS[finding.subject_type], finding.subject)
    key = [detector.name, detector.version, room, finding.subject_type, subject, finding.start, finding.end]
    return {
        "finding_id": hashlib.blake2b(json.dumps(key).encode(), digest_size=8).hexdigest(),
        "detector": detector.name, "detector_version": detector.version,
        "scheme": finding.scheme or detector.scheme, "subject_type": finding.subject_type, "subject_id": subject,
        "room_id": room, "start": finding.start, "end": finding.end, "score": float(finding.score),
        "p_value": finding.p_value, "evidence": ids.of(finding.evidence[:MAX_EVIDENCE]),
        "evidence_count": int(finding.n_evidence),
        "params": json.dumps(dict(finding.params), ensure_ascii=False, sort_keys=True),
    }  # fmt: skip
