"""Fleets of the report document: kind, rooms, members, and who was there from when to when."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.surfaces.report.pseudonyms import SIGNS, Naming

SHOWN_FLEETS: Final = 20
"""Most fleets told in full, the largest of the gravest kind first; the table has all of them."""
SHOWN_MEMBERS: Final = 100
"""Most members of one fleet that are listed, the surest first; the table has all of them."""
SHOWN_ROWS: Final = 60
"""Most accounts in one picture: at 3 px each a line still stands apart from the next."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """One fleet, and what puts it where it stands.

    Args:
        fleet_id: Its name.
        kind: automated or organised.
        members: Account ids, the surest first.
        p_member: By member, 0 to 1; None where it is not known.
        finding: Its row of FINDINGS with `params` read; None without one.
    """

    fleet_id: str
    kind: str
    members: list[str]
    p_member: list[float | None]
    finding: Mapping[str, Any] | None


def fleets_in(tables: Mapping[str, pa.Table]) -> list[Fleet]:
    """Return every fleet, automated ones first, then by size, then by name."""
    findings = tables["findings"]
    of_fleets = findings.filter(pc.equal(findings["subject_type"], "fleet")).to_pylist()
    found = {row["subject_id"]: {**row, "params": json.loads(row["params"])} for row in of_fleets}
    by_id: dict[str, list[dict[str, Any]]] = {}
    for row in tables["fleets"].to_pylist():
        by_id.setdefault(row["fleet_id"], []).append(row)
    fleets = [_fleet(name, rows, found.get(name)) for name, rows in by_id.items()]
    return sorted(fleets, key=lambda one: (one.kind != "automated", -len(one.members), one.fleet_id))


def _fleet(name: str, rows: list[dict[str, Any]], finding: Mapping[str, Any] | None) -> Fleet:
    rows = sorted(rows, key=lambda row: (-(row["p_member"] or 0.0), row["account_id"]))
    return Fleet(
        name, rows[0]["kind"], [row["account_id"] for row in rows], [row["p_member"] for row in rows], finding
    )  # fmt: skip


def named_members(fleets: Sequence[Fleet]) -> list[str]:
    """Return the accounts that the report names because they are listed as members."""
    return [member for fleet in fleets[:SHOWN_FLEETS] for member in fleet.members[:SHOWN_MEMBERS]]


def acting_together(
    fleets: Sequence[Fleet], tables: Mapping[str, pa.Table], visits: pa.Table | None
) -> dict[str, int]:  # fmt: skip
    """Return by room how many accounts of organised fleets were in it."""
    members = [member for fleet in fleets if fleet.kind == "organised" for member in fleet.members]
    seen = tables["verdicts"] if visits is None else visits
    return dict(_rooms(pa.array(members, pa.string()), seen)) if members else {}


def fleets_of(
    fleets: Sequence[Fleet], tables: Mapping[str, pa.Table], visits: pa.Table | None, naming: Naming
) -> dict[str, Any]:
    """Return the key `fleets` of the document.

    Args:
        fleets: What `fleets_in` gave.
        tables: All tables.
        visits: Who was where from when to when; None: there are no pictures.
        naming: Of accounts.
    """
    counted = [len(one.members) for one in fleets]
    rows = [_row(one, tables, visits, naming) for one in fleets[:SHOWN_FLEETS]]
    return {"n_fleets": len(fleets), "n_accounts": sum(counted), "rows": rows}


def _row(fleet: Fleet, tables: Mapping[str, pa.Table], visits: pa.Table | None, naming: Naming) -> dict[str, Any]:
    params = fleet.finding["params"] if fleet.finding else {}
    members = pa.array(fleet.members, pa.string())
    rooms = _rooms(members, tables["verdicts"] if visits is None else visits)
    listed = zip(fleet.members[:SHOWN_MEMBERS], fleet.p_member, strict=False)
    return {
        "fleet_id": fleet.fleet_id, "kind": fleet.kind, "n_members": len(fleet.members),
        "scheme": fleet.finding and fleet.finding["scheme"], "n_hosts": params.get("n_hosts"),
        "families": params.get("families", {}), "rooms": [{"room_id": room, "n": n} for room, n in rooms],
        "members": [{"account": naming(name), "p_member": p} for name, p in listed],
        "raster": raster(fleet, rooms[0][0], tables["verdicts"], visits) if visits is not None and rooms else None,
    }  # fmt: skip


def _rooms(members: pa.Array, seen: pa.Table) -> list[tuple[str, int]]:
    """Return the rooms the members were in, the one with most of them first."""
    column = "account_id" if "account_id" in seen.column_names else "subject_id"
    is_here = pc.is_in(seen[column], members)
    if column == "subject_id":
        is_here = pc.and_(is_here, pc.and_(pc.equal(seen["subject_type"], "account"), pc.equal(seen["scheme"], "any")))
    counts = pc.value_counts(seen["room_id"].filter(is_here).combine_chunks()).to_pylist()
    return sorted(((row["values"], row["counts"]) for row in counts), key=lambda row: (-row[1], row[0]))


def raster(fleet: Fleet, room: str, verdicts: pa.Table, visits: pa.Table) -> dict[str, Any]:
    """Return first and last sight of members in one room, and of as many others nobody has anything to show about.

    Seconds since the first sight in the picture. Where there are more than fit, evenly chosen ones in order.
    """
    here = visits.filter(pc.equal(visits["room_id"], room))
    is_member = pc.is_in(here["account_id"], pa.array(fleet.members, pa.string()))
    members = _spans(here.filter(is_member))
    quiet = pc.and_(pc.invert(here["is_member"]), pc.invert(pc.is_in(here["account_id"], _with_signs(verdicts, room))))
    others = _spans(here.filter(quiet))
    start = min(first for first, _ in members + others)
    end = max(last for _, last in members + others)
    shown, beside = _chosen(members, SHOWN_ROWS), _chosen(others, min(SHOWN_ROWS, len(members)))
    return {
        "room_id": room, "start": _iso(start), "end": _iso(end), "n_members": len(members), "n_others": len(others),
        "members": [_seconds(span, start) for span in shown], "others": [_seconds(span, start) for span in beside],
    }  # fmt: skip


def _with_signs(verdicts: pa.Table, room: str) -> pa.Array:
    rows = verdicts.filter(pc.and_(pc.equal(verdicts["room_id"], room), pc.equal(verdicts["subject_type"], "account")))
    return rows["subject_id"].filter(pc.is_in(rows["level"], pa.array(SIGNS))).combine_chunks()


def _spans(rows: pa.Table) -> list[tuple[datetime, datetime]]:
    return sorted(zip(rows["first"].to_pylist(), rows["last"].to_pylist(), strict=True))


def _chosen(spans: list[tuple[datetime, datetime]], most: int) -> list[tuple[datetime, datetime]]:
    if len(spans) <= most:
        return spans
    return [spans[round(at * (len(spans) - 1) / max(most - 1, 1))] for at in range(most)]


def _seconds(span: tuple[datetime, datetime], start: datetime) -> list[float]:
    return [round((at - start).total_seconds(), 1) for at in span]


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
