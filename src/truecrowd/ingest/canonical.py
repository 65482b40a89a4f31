"""The contract's own columns as a file format: names, older spellings, and how near a file is to them."""

import difflib
from typing import Final

from truecrowd.errors import InputError
from truecrowd.ingest.importer import Match, Sample

NAME: Final = "canonical"
VERSION: Final = "1"
TITLE_EN: Final = "EVENTS of the contract: Parquet, Arrow, NDJSON, CSV"
TITLE_ZH: Final = "合同规定的事件表：Parquet、Arrow、NDJSON、CSV"
LOOKS_FOR: Final = "columns ts, room_id and event_type (or type)"

COLUMNS: Final = (
    "event_id", "ts", "event_type", "room_id", "host_id", "merchant_id", "agency_id", "source_room_id", "account_id",
    "id_kind", "account_created_at", "ts_kind", "device_id", "device_model", "os_version", "app_version", "ip", "asn",
    "region", "traffic_source", "product_id", "order_id", "product_title", "ship_hash", "pay_hash", "amount_minor",
    "currency", "quantity", "text", "value",
)  # fmt: skip
"""EVENTS by name; a test compares it with `schema.EVENTS`, which needs pyarrow."""
OLDER: Final = {"type": "event_type", "amount": "amount_minor"}
"""Spellings accepted on input."""
REQUIRED: Final = ("ts", "event_type", "room_id")
_SHARE: Final = 0.95
"""Least share of lines that must be JSON objects (ingest.md, rule 4)."""


def renamed(names: list[str], *, where: str) -> dict[str, str]:
    """Return which input columns become which of ours; columns that are not ours are left out.

    Raises:
        InputError: A name stands twice, two names mean the same column, or a required one is missing.
    """
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"column '{name}' stands twice", where=where, fix=f"keep one '{name}'")
    found: dict[str, str] = {}
    for name in names:
        ours = OLDER.get(name, name)
        if ours in COLUMNS:
            if ours in found.values():
                other = next(key for key, value in found.items() if value == ours)
                what = f"columns '{other}' and '{name}' both mean '{ours}'"
                raise InputError(what, where=where, fix=f"drop '{name}' or '{other}'")
            found[name] = ours
    for ours in ("ts", "event_type"):
        if ours not in found.values():
            raise missing(ours, names, where=where)
    return found


def missing(column: str, names: list[str], *, where: str) -> InputError:
    """Return the error for a column that is not there, with the nearest name that is."""
    near = nearest(column, names)
    room = "; or name the room: --room ID" if column == "room_id" else ""
    fix = f"rename '{near}' to '{column}'{room}" if near else f"add a column '{column}'{room}"
    return InputError(f"column '{column}' is missing", where=where, fix=fix)


def nearest(column: str, names: list[str]) -> str | None:
    """Return the name most like `column`, None if none is.

    >>> nearest("room_id", ["ts", "RoomID", "text"])
    'RoomID'
    """
    plain = {name.lower().replace("_", "").replace(" ", ""): name for name in names if name not in COLUMNS}
    close = difflib.get_close_matches(column.replace("_", ""), list(plain), n=1, cutoff=0.75)
    return plain[close[0]] if close else None


def recognise(sample: Sample) -> Match | None:
    """Claim NDJSON or CSV by its names; Parquet and Arrow are known by their first bytes."""
    if sample.objects and len(sample.objects) >= _SHARE * len(sample.lines):
        share = sum(_is_event(row) for row in sample.objects) / len(sample.lines)
        return Match(share, "rule 4: ts + room_id + event_type", "ndjson") if share else None
    if len(sample.lines) == 1 and isinstance(sample.whole, dict) and _is_event(sample.whole):
        return Match(1.0, "rule 4: ts + room_id + event_type", "ndjson")
    if sample.header:
        names = [OLDER.get(name, name) for name in sample.header]
        ours = [name for name in names if name in COLUMNS]
        if "ts" in ours and "event_type" in ours:
            confidence = 1.0 if "room_id" in ours else 0.9
            return Match(confidence, f"rule 6: {len(ours)} columns of EVENTS", "csv")
    return None


def lacks(sample: Sample) -> list[tuple[float, str, str]]:
    """Return how near the file is to EVENTS and which required columns it lacks."""
    names = list(sample.header) or sorted({name for row in sample.objects for name in row})
    ours = {OLDER.get(name, name) for name in names}
    gone = [name for name in REQUIRED if name not in ours]
    hints = [f"'{near}' looks like '{name}'" for name in gone if (near := nearest(name, names))]
    if not gone:
        return [(0.7, NAME, f"only {len(sample.objects):,} of the first {len(sample.lines):,} lines are JSON objects")]
    what = f"lacks {', '.join(gone)}" + (f"; {', '.join(hints)}" if hints else "")
    return [(0.7 - 0.2 * len(gone), NAME, what)]


def _is_event(row: dict[str, object]) -> bool:
    return "ts" in row and ("event_type" in row or "type" in row)
