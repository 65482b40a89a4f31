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
    """Return every event hash that these scores, findings and promises point to."""
    parts = [np.empty(0, np.uint64)]
    for one in seen:
        parts += [np.asarray(finding.evidence[:MAX_EVIDENCE], np.uint64) for finding in one.findings]
        parts += [np.array([finding.subject], np.uint64) for finding in one.findings if finding.subject_type == "claim"]
        parts += [np.asarray(scores.subject, np.uint64) for scores in one.scores if scores.subject_type == "claim"]
        parts += [np.array([each.claim, *each.events[:MAX_EVIDENCE]], np.uint64) for each in one.promises]
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


def score_rows(results: Sequence[tuple[Detector, Look, Seen]], facts: Facts, ids: EventIds) -> pa.Table:
    """Return the SCORES rows of all detectors, sorted by their key.

    Codes stand in the order of their names, so sorting numbers sorts the texts; these are made last, once.

    Raises:
        SchemaError: A score is not finite.
    """
    parts = [(detector, look, scores) for detector, look, seen in results for scores in seen.scores]
    for detector, _, scores in parts:
        _check_finite(detector, scores)
    if not sum(len(scores.room) for *_, scores in parts):
        return SCORES.empty()
    claims = _claims([scores for *_, scores in parts], ids)
    words = {
        "detector": sorted({detector.name for detector, *_ in parts}),
        "subject_type": sorted({scores.subject_type for *_, scores in parts}),
        "population": sorted({scores.population for *_, scores in parts if scores.population}),
    }
    order = np.argsort(np.concatenate([_place(*part, words, claims) for part in parts]), kind="stable")
    spread = {name: _spread(parts, name, words, order) for name in words}
    columns = {
        "room_id": facts.names["room_id"].take(pa.array(_joined(parts, "room")[order])),
        "subject_id": _subjects(parts, facts, claims, order), **spread,
        "score": pa.array(_joined(parts, "score")[order], pa.float64()),
        "n": pa.array(_joined(parts, "n")[order], pa.int64()), "mode": _modes(parts, order),
    }  # fmt: skip
    return check(pa.table([columns[name] for name, _ in SCORES.columns], schema=SCORES.schema), SCORES)


_Part = tuple[Detector, Look, Scores]


def _check_finite(detector: Detector, scores: Scores) -> None:
    if not np.isfinite(scores.score).all():
        where = f"detector {detector.name}, subjects {scores.subject_type}"
        raise SchemaError("a score is not a finite number", where=where, fix="score every subject, or leave it out")


def _joined(parts: Sequence[_Part], name: str) -> np.ndarray:
    return np.concatenate([np.asarray(getattr(scores, name)) for *_, scores in parts])


def _claims(scores: Sequence[Scores], ids: EventIds) -> tuple[np.ndarray, pa.Array]:
    """Return the hashes of all claims scored, ascending, and their ids beside them."""
    hashes = [np.asarray(one.subject, np.uint64) for one in scores if one.subject_type == "claim"]
    known = np.unique(np.concatenate([np.empty(0, np.uint64), *hashes]))
    return known, pa.array(ids.of(known), pa.string())


def _place(
    detector: Detector, _look: Look, scores: Scores, words: dict[str, list[str]], claims: tuple[np.ndarray, pa.Array]
) -> np.ndarray:
    """Return one number a score that sorts like the table's key: room, detector, subject type, subject, population."""
    subject = np.asarray(scores.subject).astype(np.uint64)
    if scores.subject_type == "claim":
        ranks = np.argsort(np.argsort(np.array(claims[1].to_pylist(), object)))
        subject = ranks[np.searchsorted(claims[0], subject)].astype(np.uint64)
    crowd = words["population"].index(scores.population) if scores.population else len(words["population"])
    fixed = words["detector"].index(detector.name) << 3 | words["subject_type"].index(scores.subject_type)
    room = np.asarray(scores.room).astype(np.uint64) << np.uint64(43)  # 20 bits of room, 8 + 3, 29 of subject, 3
    return np.asarray(room | np.uint64(fixed << 32) | subject << np.uint64(3) | np.uint64(crowd))


def _spread(parts: Sequence[_Part], name: str, words: dict[str, list[str]], order: np.ndarray) -> pa.Array:
    """Return one of the columns that hold one word a part, in order."""
    codes = []
    for detector, _, scores in parts:
        word = detector.name if name == "detector" else getattr(scores, name)
        codes.append(np.full(len(scores.room), words[name].index(word) if word else -1, np.int8))
    place = np.concatenate(codes)[order]
    return pa.array(words[name], pa.string()).take(pa.array(place, mask=place < 0))


def _subjects(parts: Sequence[_Part], facts: Facts, claims: tuple[np.ndarray, pa.Array], order: np.ndarray) -> pa.Array:
    texts = []
    for *_, scores in parts:
        if scores.subject_type == "claim":
            texts.append(claims[1].take(pa.array(np.searchsorted(claims[0], np.asarray(scores.subject, np.uint64)))))
        else:
            texts.append(facts.names[SUBJECT_COLUMNS[scores.subject_type]].take(pa.array(scores.subject)))
    return pa.concat_arrays(texts).take(pa.array(order))


def _modes(parts: Sequence[_Part], order: np.ndarray) -> pa.Array:
    words: list[str] = []
    codes = []
    for _, look, scores in parts:
        mode = look.mode if scores.mode is None else scores.mode
        if isinstance(mode, str):
            own, place = [mode], np.zeros(len(scores.room), np.int64)
        else:
            kinds, place = np.unique(np.asarray(mode, str), return_inverse=True)
            own = kinds.tolist()
            place = place[scores.room] if scores.mode is None else place
        codes.append(place + len(words))
        words += own
    return pa.array(words, pa.string()).take(pa.array(np.concatenate(codes)[order]))


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
