"""One room of the report document: level, tiles, timeline, what was seen, what was counted of orders."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.schema import LEVELS, MEASURES, SCHEMES
from truecrowd.surfaces.report.pseudonyms import SIGNS, Naming

SHOWN_FINDINGS: Final = 5
"""Most findings of one detector and scheme that are told apart; the table has all of them."""
SHOWN_EVIDENCE: Final = 10
"""Most event ids shown with a finding (surfaces.md 1: three to ten rows)."""
SHOWN_ACCOUNTS: Final = 300
"""Most accounts, and most products, claims and orders, in one room's appendix; the table has all of them."""
ALL_ACCOUNTS: Final = 1_000
"""Most accounts in all rooms' appendices together, shared out evenly: a report is mailed on."""
MAX_FLAGS: Final = 9
"""Most numbers on a timeline: ① to ⑨."""
FLAG_SHARE: Final = 0.5
"""A finding over more of the room than this has no moment to point at, so it gets no number."""
OF_ROOMS: Final = ("room", "fleet", "host", "merchant")
"""Subjects that are told elsewhere than in the appendix of a room."""
ORDER_EVENTS: Final = ("order", "payment", "ship", "deliver", "cancel", "refund", "review")


@dataclass(frozen=True, slots=True)
class Ranked:
    """One room, and what puts it where it stands.

    Args:
        room_id: The session.
        level: Of scheme `any`.
        n_signs: Schemes at watch or above.
        n_looked: Checks that could look.
        n_checks: Checks that were asked.
        verdicts: Its rows about rooms, products, claims and orders.
        findings: Its rows, `params` read, strongest first.
        shares: Its measures that were counted or estimated, in the contract's order.
        orders: What was counted of orders, by event type.
        measures: Measures that its timeline holds.
    """

    room_id: str
    level: str
    n_signs: int
    n_looked: int
    n_checks: int
    verdicts: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    shares: list[dict[str, Any]]
    orders: dict[str, int]
    measures: frozenset[str]


def rank(tables: Mapping[str, pa.Table]) -> list[Ranked]:
    """Return every room that was looked at, worst first; among equals by name."""
    by_room = _by_room(_told(tables["verdicts"]).to_pylist())
    found = _by_room(tables["findings"].to_pylist())
    looked = _by_room(tables["coverage"].to_pylist())
    shares, counts = (_by_room(tables[name].to_pylist()) for name in ("shares", "import_counts"))
    measures = _by_room(tables["timeline"].group_by(["room_id", "measure"]).aggregate([]).to_pylist())
    rooms = [
        _ranked(
            room, by_room.get(room, []), found.get(room, []), looked.get(room, []),
            shares=_shares(shares.get(room, [])), orders=_order_events(counts.get(room, [])),
            measures=frozenset(row["measure"] for row in measures.get(room, [])),
        )
        for room in sorted(looked)
    ]  # fmt: skip
    return sorted(rooms, key=lambda room: (-LEVELS.index(room.level), -room.n_signs, room.room_id))


def _told(verdicts: pa.Table) -> pa.Table:
    """Return the verdicts that a report tells: about rooms, and signs about products, claims and orders."""
    kinds = verdicts["subject_type"]
    is_told = pc.or_(
        pc.equal(kinds, "room"), pc.and_(pc.not_equal(kinds, "account"), pc.is_in(verdicts["level"], pa.array(SIGNS)))
    )
    return verdicts.filter(is_told)


def _by_room(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        out.setdefault(row["room_id"], []).append(row)
    return out


def _ranked(
    room: str, verdicts: list[dict[str, Any]], found: list[dict[str, Any]], looked: list[dict[str, Any]], *,
    shares: list[dict[str, Any]], orders: dict[str, int], measures: frozenset[str],
) -> Ranked:  # fmt: skip
    levels = {row["scheme"]: row["level"] for row in verdicts if row["subject_type"] == "room"}
    findings = [{**row, "params": json.loads(row["params"])} for row in found]
    findings.sort(key=lambda row: (row["detector"], -row["score"], row["finding_id"]))
    return Ranked(
        room_id=room,
        level=levels.get("any", "undetermined"),
        n_signs=sum(is_sign(level) for scheme, level in levels.items() if scheme != "any"),
        n_looked=sum(row["looked"] for row in looked),
        n_checks=len(looked),
        verdicts=verdicts,
        findings=findings,
        shares=shares,
        orders=orders,
        measures=measures,
    )


def is_sign(level: str) -> bool:
    """Return whether a level says that something was seen."""
    return level in SIGNS


def signs_of(room: Ranked) -> list[dict[str, str]]:
    """Return the schemes of a room at watch or above, worst first."""
    levels = {row["scheme"]: row["level"] for row in room.verdicts if row["subject_type"] == "room"}
    signs = [{"scheme": name, "level": levels[name]} for name in _schemes(room) if is_sign(levels[name])]
    return sorted(signs, key=lambda sign: -LEVELS.index(sign["level"]))


def room_of(room: Ranked, tables: Mapping[str, pa.Table], naming: Naming, n_rooms: int = 1) -> dict[str, Any]:
    """Return one room of the document, one of `n_rooms`; see `document` for what the whole holds."""
    most = min(SHOWN_ACCOUNTS, ALL_ACCOUNTS // n_rooms)
    slices = _rows(tables["timeline"], room.room_id)
    lines = [_line(room, scheme, naming) for scheme in _schemes(room)]
    lines.sort(key=lambda line: -LEVELS.index(line["level"]))
    timeline = _timeline(slices)
    raised = [_alarm(row) for row in _rows(tables["alarms"], room.room_id)]
    return {
        "room_id": room.room_id,
        "start": timeline and timeline["start"],
        "end": timeline and timeline["end"],
        "level": room.level,
        "n_signs": room.n_signs,
        "n_looked": room.n_looked,
        "n_checks": room.n_checks,
        "coverage": [_without(row, "room_id") for row in _rows(tables["coverage"], room.room_id)],
        "verdict": _stated(room, "any"),
        "shares": room.shares,
        "timeline": timeline,
        "alarms": raised,
        "flags": _flags(lines, raised, timeline),
        "lines": lines,
        "orders": room.orders,
        "subjects": _subjects(room, most),
        "n_subjects": sum(row["subject_type"] not in OF_ROOMS and row["scheme"] != "any" for row in room.verdicts),
        "accounts": _accounts(tables["verdicts"], room.room_id, naming, most),
    }


def _rows(table: pa.Table, room: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.filter(pc.equal(table["room_id"], room)).to_pylist()
    return rows


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _shares(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = [_without(row, "room_id") for row in rows if row["shown"] is not None or row["share"] is not None]
    return sorted(known, key=lambda row: MEASURES.index(row["measure"]))


def _schemes(room: Ranked) -> list[str]:
    known = [row["scheme"] for row in room.verdicts if row["subject_type"] == "room" and row["scheme"] != "any"]
    return sorted(known, key=lambda scheme: (SCHEMES.index(scheme) if scheme in SCHEMES else len(SCHEMES), scheme))


def _line(room: Ranked, scheme: str, naming: Naming) -> dict[str, Any]:
    found = [row for row in room.findings if row["scheme"] == scheme]
    groups = [
        {
            "detector": detector,
            "n_findings": len(rows),
            "n_evidence": sum(row["evidence_count"] for row in rows),
            "findings": [_finding(row, naming) for row in rows[:SHOWN_FINDINGS]],
        }
        for detector, rows in ((name, list(rows)) for name, rows in groupby(found, key=lambda row: row["detector"]))
    ]
    return {"scheme": scheme, **_stated(room, scheme), "detectors": groups}


def _stated(room: Ranked, scheme: str) -> dict[str, Any]:
    """Return what one verdict says; `p_value` is null where too few honest rooms are known, or the table has none."""
    rows = [row for row in room.verdicts if row["subject_type"] == "room" and row["scheme"] == scheme]
    keys = ("level", "reasons", "p_manufactured", "p_value")
    nothing = {"level": "undetermined", "reasons": []}
    return {key: (rows[0] if rows else nothing).get(key) for key in keys}


def _alarm(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"scheme": row["scheme"], "ts": _iso(row["ts"]), "score": row["score"]}


def _finding(row: Mapping[str, Any], naming: Naming) -> dict[str, Any]:
    is_account = row["subject_type"] == "account"
    return {
        "finding_id": row["finding_id"],
        "version": row["detector_version"],
        "subject_type": row["subject_type"],
        "subject_id": naming(row["subject_id"]) if is_account else row["subject_id"],
        "start": _iso(row["start"]),
        "end": _iso(row["end"]),
        "score": row["score"],
        "p_value": row["p_value"],
        "params": {name: naming(value) for name, value in row["params"].items()},
        "evidence": row["evidence"][:SHOWN_EVIDENCE],
        "evidence_count": row["evidence_count"],
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _timeline(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return counts by measure and band over slices of equal length, empty ones included; None without any."""
    if not rows:
        return None
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    step = min(row["end"] - row["start"] for row in rows)
    n_slices = -(-(end - start) // step)
    series: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        counts = series.setdefault((row["measure"], row["band"]), [0] * n_slices)
        counts[(row["start"] - start) // step] += row["n"]
    order = {measure: at for at, measure in enumerate(MEASURES)}
    return {
        "start": _iso(start),
        "end": _iso(end),
        "step_s": step.total_seconds(),
        "series": [
            {"measure": measure, "band": band, "n": counts}
            for (measure, band), counts in sorted(series.items(), key=lambda item: (order[item[0][0]], item[0][1]))
        ],
    }


def _flags(
    lines: list[dict[str, Any]], raised: list[dict[str, Any]], timeline: Mapping[str, Any] | None
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the moments that get a number on the plot: alarms, then the strongest finding of each line and detector.

    `detector` is null for an alarm.
    """
    if timeline is None:
        return []
    length = _seconds(timeline["start"], timeline["end"])
    flags = [{"scheme": one["scheme"], "detector": None, "start": one["ts"], "end": one["ts"]} for one in raised]
    for line in (line for line in lines if is_sign(line["level"])):
        for group in line["detectors"]:
            first = group["findings"][0]
            if first["start"] and first["end"] and _seconds(first["start"], first["end"]) <= length * FLAG_SHARE:
                flag = {"scheme": line["scheme"], "detector": group["detector"]}
                flags.append(flag | {"start": first["start"], "end": first["end"]})
    flags = sorted(flags[:MAX_FLAGS], key=lambda flag: (flag["start"], flag["detector"] or "", flag["scheme"]))
    return [{"number": at + 1, **flag} for at, flag in enumerate(flags)]


def _seconds(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def _order_events(rows: list[dict[str, Any]]) -> dict[str, int]:
    counted = {name: sum(row["n_kept"] for row in rows if row["event_type"] == name) for name in ORDER_EVENTS}
    return {name: n for name, n in counted.items() if n}


def _subjects(room: Ranked, most: int) -> list[dict[str, Any]]:
    """Return signs about products, claims and orders, gravest and surest first, at most `most`."""
    keys = ("subject_type", "subject_id", "scheme", "level", "reasons", "p_manufactured")
    rows = [row for row in room.verdicts if row["subject_type"] not in OF_ROOMS and row["scheme"] != "any"]
    rows.sort(key=_gravest)
    return [{key: row[key] for key in keys} for row in rows[:most]]


def _gravest(row: Mapping[str, Any]) -> tuple[object, ...]:
    level, p = LEVELS.index(row["level"]), row["p_manufactured"] or 0.0
    return -level, -p, row["subject_type"], row["subject_id"], row["scheme"]


def _accounts(verdicts: pa.Table, room: str, naming: Naming, most: int) -> dict[str, Any]:
    here = pc.and_(pc.equal(verdicts["room_id"], room), pc.equal(verdicts["subject_type"], "account"))
    accounts = verdicts.filter(pc.and_(here, pc.equal(verdicts["scheme"], "any")))
    signs = accounts.filter(pc.is_in(accounts["level"], pa.array(SIGNS))).to_pylist()
    keys = ("level", "n", "reasons", "p_manufactured")
    rows = [
        {"account": naming(row["subject_id"]), **{key: row[key] for key in keys}}
        for row in sorted(signs, key=_surest)[:most]
    ]
    return {"n_accounts": accounts.num_rows, "n_signs": len(signs), "rows": rows}


def _surest(row: Mapping[str, Any]) -> tuple[object, ...]:
    return -(row["p_manufactured"] or 0.0), -LEVELS.index(row["level"]), row["subject_id"]
