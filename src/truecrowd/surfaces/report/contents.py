"""Tables in, the report document out: codes, counts and ids, no sentences. Its JSON is `report.json`.

Everything a reader sees is made from this document, in every language. Keys are added, never changed; the schema's
number rises when one is removed.
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from truecrowd.schema import LEVELS
from truecrowd.surfaces.report.gaps import gaps_of, imports_of
from truecrowd.surfaces.report.pseudonyms import keep, pseudonyms
from truecrowd.surfaces.report.rooms import Ranked, rank, room_of, signs_of

if TYPE_CHECKING:
    from truecrowd.engine.audit import Result

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
    found = [finding for room in shown for finding in room.findings]
    naming = keep if ids == "real" else pseudonyms(found, result.tables["verdicts"])
    summary = result.summary
    return {
        "schema": SCHEMA,
        "version": version("truecrowd"),
        "lang": lang,
        "tz": tz,
        "ids": ids,
        "is_partial": summary.is_partial,
        "is_sealed": False,
        "settings": summary.settings,
        "reference_id": summary.reference_id,
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
        "headline": _headline(ranked, len(summary.checks)),
        "index": [_index_row(room) for room in ranked],
        "rooms": [room_of(room, result.tables, naming) for room in shown],
        "gaps": gaps_of(result.tables["coverage"]),
        **imports_of(result.tables),
    }


def to_json(document: Mapping[str, Any]) -> bytes:
    """Return the document as `report.json`: sorted keys, UTF-8, one line, a newline at the end."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _headline(ranked: Sequence[Ranked], n_checks: int) -> dict[str, Any]:
    """Return what the first line counts; a sign is a scheme of one room at watch or above."""
    n_signs = sum(room.n_signs for room in ranked)
    n_looked = sum(room.n_looked for room in ranked)
    level = max((room.level for room in ranked), key=LEVELS.index, default="undetermined")
    if not ranked:
        state = "empty"
    elif n_signs:
        state = "signs"
    elif not n_looked:
        state = "blind"
    else:
        state = "nothing" if all(room.level == "clear" for room in ranked) else "little"
    return {
        "state": state,
        "level": level,
        "n_signs": n_signs,
        "n_looked": n_looked,
        "n_checks": sum(room.n_checks for room in ranked) or n_checks,
        "n_rooms": len(ranked),
        "n_rooms_with_signs": sum(bool(room.n_signs) for room in ranked),
    }


def _index_row(room: Ranked) -> dict[str, Any]:
    return {
        "room_id": room.room_id,
        "level": room.level,
        "signs": signs_of(room),
        "n_signs": room.n_signs,
        "n_looked": room.n_looked,
        "n_checks": room.n_checks,
    }
