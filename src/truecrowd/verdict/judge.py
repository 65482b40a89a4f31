"""The first verdict stage: exact audits speak, statistical evidence stops at watch.

There is no reference of honest rooms and no calibration yet, so nothing here says how likely: `p_manufactured` is null
but for breaches that are arithmetic on complete records, and every share is null, "not estimated yet".
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from truecrowd.detectors import Detector
from truecrowd.features.facts import Facts
from truecrowd.schema import SCHEMES, SHARES, TIMELINE, VERDICTS, build, check, ordered
from truecrowd.verdict.accounts import account_rows
from truecrowd.verdict.counts import share_rows
from truecrowd.verdict.schemes import ONE_FAMILY, SEEN_BY
from truecrowd.verdict.timeline import timeline_rows

P_BREACH: Final = 0.99
"""`p_manufactured` of a breach that is arithmetic on complete records (detectors.md 5.3)."""
ORDER: Final = ("clear", "undetermined", "watch", "high", "critical")
SUBJECTS: Final = ("product", "claim", "order")
"""Subjects other than rooms and accounts that get a verdict of their own once they are scored."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Tables of the verdict stage."""

    verdicts: pa.Table
    shares: pa.Table
    timeline: pa.Table


@dataclass(frozen=True, slots=True)
class Sign:
    """One finding as the verdict stage reads it.

    Args:
        level: What it supports alone: watch; high or critical where it is arithmetic.
    """

    room_id: str
    subject_type: str
    subject_id: str
    detector: str
    scheme: str
    level: str


def judge(
    coverage: pa.Table, scores: pa.Table, findings: pa.Table, facts: Facts, detectors: Sequence[Detector]
) -> Judged:
    """Return verdicts, shares and timeline.

    Args:
        coverage: COVERAGE.
        scores: SCORES.
        findings: FINDINGS.
        facts: Facts of the closed rooms.
        detectors: Those that were run.
    """
    by_name = {detector.name: detector for detector in detectors}
    signs = [_sign(row, by_name[row["detector"]]) for row in findings.to_pylist()]
    families = _families(coverage, by_name)
    counted = share_rows(facts)
    viewers = {row["room_id"]: row["shown"] for row in counted if row["measure"] == "viewers"}
    rows = _rooms(signs, families, viewers) + _subjects(scores, signs, by_name)
    accounts = account_rows(facts, signs)
    verdicts = pa.concat_tables([build(VERDICTS, rows), check(accounts, VERDICTS)])
    return Judged(
        verdicts=ordered(verdicts, VERDICTS),
        shares=build(SHARES, counted),
        timeline=ordered(timeline_rows(facts, findings, _seen(families)), TIMELINE),
    )


def _sign(row: Mapping[str, object], detector: Detector) -> Sign:
    params = json.loads(str(row["params"]))
    level = "watch"
    if detector.is_exact and params.get("is_exact", True):
        level = "critical" if params.get("n_orders_after", 0) else "high"
    return Sign(
        str(row["room_id"]), str(row["subject_type"]), str(row["subject_id"]), detector.name, str(row["scheme"]), level
    )


def _families(coverage: pa.Table, by_name: Mapping[str, Detector]) -> dict[str, dict[str, set[str]]]:
    """Return, by room and scheme (`any` too), the families that looked in full or by a weaker reading."""
    out: dict[str, dict[str, set[str]]] = {}
    for room, name, looks in zip(
        *(coverage.column(column).to_pylist() for column in ("room_id", "detector", "looked")), strict=True
    ):
        here = out.setdefault(room, {scheme: set() for scheme in (*SCHEMES, "any")})
        if not looks:
            continue
        here["any"].add(by_name[name].family)
        for scheme in SCHEMES:
            if name in SEEN_BY[scheme] or by_name[name].scheme == scheme:
                here[scheme].add(by_name[name].family)
    return out


def _seen(families: Mapping[str, Mapping[str, set[str]]]) -> frozenset[str]:
    return frozenset(room for room, by_scheme in families.items() if by_scheme["any"])


def _rooms(
    signs: Sequence[Sign], families: Mapping[str, Mapping[str, set[str]]], viewers: Mapping[str, Any]
) -> list[dict[str, object]]:
    here: dict[tuple[str, str], list[Sign]] = {}
    for sign in signs:
        here.setdefault((sign.room_id, sign.scheme), []).append(sign)
        here.setdefault((sign.room_id, "any"), []).append(sign)
    rows = []
    for room, by_scheme in families.items():
        for scheme, looked in by_scheme.items():
            found = here.get((room, scheme), [])
            level, reasons = _level(found, looked, scheme)
            n = viewers.get(room)
            rows.append(_row("room", room, room, scheme, level, reasons) | {"n": None if n is None else int(n)})
    return rows


def _level(found: Sequence[Sign], looked: set[str], scheme: str) -> tuple[str, list[str]]:
    level = max((sign.level for sign in found), key=ORDER.index, default="clear")
    reasons = sorted({sign.detector for sign in found})
    if level in ("high", "critical"):
        return level, [*reasons, "exact"]
    if level == "watch":
        return level, [*reasons, "not_calibrated"]
    if not looked:
        return "undetermined", ["not_looked"]
    if len(looked) < 2 and scheme not in ONE_FAMILY:
        return "undetermined", ["few_families"]
    return "clear", []


def _row(kind: str, subject: str, room: str, scheme: str, level: str, reasons: list[str]) -> dict[str, object]:
    return {
        "subject_type": kind, "subject_id": subject, "room_id": room, "scheme": scheme, "level": level,
        "p_manufactured": P_BREACH if level in ("high", "critical") else None, "reasons": reasons,
    }  # fmt: skip


def _subjects(scores: pa.Table, signs: Sequence[Sign], by_name: Mapping[str, Detector]) -> list[dict[str, object]]:
    found: dict[tuple[str, str, str, str], list[Sign]] = {}
    for sign in signs:
        found.setdefault((sign.subject_type, sign.room_id, sign.subject_id, sign.scheme), []).append(sign)
    seen: dict[tuple[str, str, str, str], str] = {}
    columns = ("subject_type", "room_id", "subject_id", "detector")
    for kind, room, subject, name in zip(*(scores.column(column).to_pylist() for column in columns), strict=True):
        if kind in SUBJECTS:
            seen[kind, room, subject, by_name[name].scheme] = by_name[name].family
    rows = []
    for (kind, room, subject, scheme), family in sorted(seen.items()):
        level, reasons = _level(found.get((kind, room, subject, scheme), []), {family}, scheme)
        rows.append(_row(kind, subject, room, scheme, level, reasons))
    return rows + _any(rows)


def _any(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    worst: dict[tuple[object, object, object], dict[str, object]] = {}
    for row in rows:
        key = (row["subject_type"], row["room_id"], row["subject_id"])
        if key not in worst or ORDER.index(str(row["level"])) > ORDER.index(str(worst[key]["level"])):
            worst[key] = row
    return [{**row, "scheme": "any"} for row in worst.values()]
