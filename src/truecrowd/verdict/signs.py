"""Findings as the verdict stage reads them, and verdicts about goods and claims, which rest on them alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.detectors import Detector
from truecrowd.verdict.levels import ORDER
from truecrowd.verdict.schemes import ONE_FAMILY

P_BREACH: Final = 0.99
"""`p_manufactured` of a breach that is arithmetic on complete records (detectors.md 5.3)."""
SUBJECTS: Final = ("product", "claim")
"""Subjects that get a verdict of their own once they are scored, by arithmetic."""
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Sign:
    """One finding as the verdict stage reads it.

    Args:
        level: What it supports alone: watch; high or critical where it is arithmetic.
        family: Of the detector.
    """

    room_id: str
    subject_type: str
    subject_id: str
    detector: str
    scheme: str
    level: str
    family: str


def signs_of(findings: pa.Table, by_name: Mapping[str, Detector]) -> list[Sign]:
    """Return the findings as signs."""
    columns = ("room_id", "subject_type", "subject_id", "detector", "scheme", "params")
    lists = [findings[name].to_pylist() for name in columns]
    return [_sign(by_name[row[3]], *row) for row in zip(*lists, strict=True) if row[3] in by_name]


def _sign(detector: Detector, room: str, kind: str, subject: str, name: str, scheme: str, params: str) -> Sign:
    said = json.loads(params)
    level = "watch"
    if detector.is_exact and said.get("is_exact", True):
        level = "critical" if said.get("n_orders_after", 0) else "high"
    return Sign(str(room), kind, str(subject), name, scheme, level, detector.family)


def worst_of(found: Sequence[Sign]) -> str:
    """Return the gravest level of some signs; clear without any."""
    return max((sign.level for sign in found), key=ORDER.index, default="clear")


def subject_rows(
    scores: pa.Table, signs: Sequence[Sign], by_name: Mapping[str, Detector], likely: Mapping[tuple[str, str], float]
) -> list[Row]:
    """Return VERDICTS rows of goods and claims that were scored: by scheme, and `any`.

    Args:
        scores: SCORES.
        signs: All findings.
        by_name: The detectors.
        likely: By room and product, the probability that its scores amount to, where no breach says more.
    """
    found: dict[tuple[str, str, str, str], list[Sign]] = {}
    for sign in signs:
        found.setdefault((sign.subject_type, sign.room_id, sign.subject_id, sign.scheme), []).append(sign)
    rows = []
    for kind, room, subject, scheme in _scored(scores, by_name):
        here = found.get((kind, room, subject, scheme), [])
        level = worst_of(here)
        names = sorted({sign.detector for sign in here})
        reasons = [*names, "exact"] if level in ("high", "critical") else names
        if level == "clear" and scheme not in ONE_FAMILY:
            level, reasons = "undetermined", ["few_families"]
        row = row_of(kind, subject, room, scheme, level, reasons)
        if kind == "product" and row["p_manufactured"] is None:
            row["p_manufactured"] = likely.get((room, subject))
        rows.append(row)
    return rows + _any(rows)


def _scored(scores: pa.Table, by_name: Mapping[str, Detector]) -> list[tuple[str, str, str, str]]:
    own = scores.filter(pc.is_in(scores["subject_type"], pa.array(SUBJECTS)))
    columns = ("subject_type", "room_id", "subject_id", "detector")
    lists = [own[name].to_pylist() for name in columns]
    return sorted(
        {(kind, room, subject, by_name[name].scheme) for kind, room, subject, name in zip(*lists, strict=True)}
    )


def row_of(kind: str, subject: str, room: str, scheme: str, level: str, reasons: list[str]) -> Row:
    """Return one VERDICTS row that rests on arithmetic."""
    return {
        "subject_type": kind, "subject_id": subject, "room_id": room, "scheme": scheme, "level": level,
        "p_manufactured": P_BREACH if level in ("high", "critical") else None, "reasons": reasons,
    }  # fmt: skip


def _any(rows: Sequence[Row]) -> list[Row]:
    worst: dict[tuple[object, object, object], Row] = {}
    for row in rows:
        key = (row["subject_type"], row["room_id"], row["subject_id"])
        if key not in worst or ORDER.index(str(row["level"])) > ORDER.index(str(worst[key]["level"])):
            worst[key] = row
    return [{**row, "scheme": "any"} for row in worst.values()]
