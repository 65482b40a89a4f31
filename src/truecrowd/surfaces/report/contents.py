"""Tables in, the report document out: codes, counts and ids, no sentences. Its JSON is `report.json`.

Everything a reader sees is made from this document, in every language. Keys are added, never changed; the schema's
number rises when one is removed.
"""

from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from truecrowd.surfaces.report.brand import Parts, parts_of
from truecrowd.surfaces.report.fleets import acting_together, fleets_in, fleets_of, named_members
from truecrowd.surfaces.report.gaps import gaps_of, imports_of
from truecrowd.surfaces.report.heads import (
    LIVE,
    at_least_of,
    has_crowd,
    head_of,
    leads_of,
    orders_alone,
    reached_by,
    state_of,
)
from truecrowd.surfaces.report.pseudonyms import keep, naming_of, numbered
from truecrowd.surfaces.report.rooms import Ranked, rank, room_of, signs_of
from truecrowd.surfaces.rows import files_of
from truecrowd.verdict.levels import PRIOR

if TYPE_CHECKING:
    from truecrowd.engine.audit import Result, Summary

SCHEMA: Final = "truecrowd.report/1"
MAX_ROOMS: Final = 20
"""Most rooms in full in one file, the worst ones; all stand in the index (surfaces.md 1)."""

Ids = Literal["pseudonyms", "real"]


def document(
    result: "Result", *, lang: str | None = None, tz: str = "Asia/Shanghai", ids: Ids = "pseudonyms"
) -> dict[str, Any]:
    """Return the report of one audit as plain JSON values.

    Args:
        result: What the audit gave.
        lang: Language the page opens in, "zh" or "en"; None: the reader's command decides.
        tz: IANA zone in which times are shown; the document itself holds UTC.
        ids: "pseudonyms": accounts are a17, buyers b17, numbered anew each run; "real": the input's own ids.
    """
    ranked = rank(result.tables)
    shown = ranked[:MAX_ROOMS]
    fleets = fleets_in(result.tables)
    names = named(result, ranked)
    naming = keep if ids == "real" else naming_of(names)
    together = acting_together(fleets, result.tables, result.visits)
    brand = parts_of(result.tables, result.claim)
    index = [_index_row(room, together.get(room.room_id), brand) for room in ranked]
    head = head_of(index, len(result.summary.checks))
    if brand.whole is not None and index and all(row["counts"] or row["orders_alone"] for row in index):
        head["counts"] = brand.whole["counts"]
    return {
        "schema": SCHEMA,
        "version": version("truecrowd"),
        "lang": lang,
        "tz": tz,
        "ids": ids,
        "is_sealed": False,
        **_about(result.summary),
        "headline": head,
        "index": index,
        "brand": brand.whole,
        "rows": [] if result.orders is None else files_of(result.orders),
        "rooms": [
            room_of(room, result.tables, naming, len(shown)) | {"brand": brand.rooms.get(room.room_id)}
            for room in shown
        ],
        "fleets": fleets_of(fleets, result.tables, result.visits, naming),
        "gaps": gaps_of(result.tables["coverage"]),
        **imports_of(result.tables),
    }


def named(result: "Result", ranked: "list[Ranked] | None" = None) -> dict[str, str]:
    """Return the names that hold in one report only, by account: those of its findings, signs and fleets."""
    shown = (rank(result.tables) if ranked is None else ranked)[:MAX_ROOMS]
    found = [finding for room in shown for finding in room.findings]
    return numbered(found, result.tables["verdicts"], named_members(fleets_in(result.tables)))


def _about(summary: "Summary") -> dict[str, Any]:
    """Return what the run says of itself: settings, checks, reference, model, counts."""
    return {
        "is_partial": summary.is_partial,
        "settings": summary.settings,
        "reference_id": summary.reference_id,
        "is_simulated": summary.is_simulated,
        "model": summary.model,
        "prior": PRIOR,
        "n_events": summary.n_events,
        "n_late": summary.n_late,
        "n_staff": summary.n_staff,
        "notes": list(summary.notes),
        "checks": [
            {
                "name": one.name,
                "version": one.version,
                "family": one.family,
                "scheme": one.scheme,
                "exact": one.is_exact,
            }
            for one in summary.checks
        ],
    }


def to_json(document: Mapping[str, Any]) -> bytes:
    """Return the document as `report.json`: sorted keys, UTF-8, one line, a newline at the end."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _index_row(room: Ranked, n_organised: int | None, brand: Parts) -> dict[str, Any]:
    viewers = next((row["shown"] for row in room.shares if row["measure"] == "viewers"), None)
    signs = signs_of(room)
    by, scheme = reached_by(signs, room.level)
    part = brand.rooms.get(room.room_id) or (brand.whole if not brand.rooms else None)
    counts = part["counts"] if part and not room.measures & LIVE else None
    return {
        "room_id": room.room_id,
        "state": state_of(room.n_signs, room.n_looked, room.level),
        "level": room.level,
        "by": by,
        "scheme": scheme,
        "has_crowd": has_crowd(signs),
        "signs": signs,
        "n_signs": room.n_signs,
        "n_looked": room.n_looked,
        "n_checks": room.n_checks,
        "leads": leads_of(room.shares),
        "at_least": at_least_of(room.shares),
        "orders_alone": orders_alone(room.orders, room.measures),
        "counts": counts,
        "organised": {"n": n_organised, "of": round(viewers)} if n_organised and viewers else None,
    }
