"""The brand's part of a room's document: counts, the five figures, other measures, answers tested, promises, claims."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.brand.catalogue import ALL_ROOMS
from truecrowd.surfaces.report.measures import FILES

if TYPE_CHECKING:
    from truecrowd.brand.claim import Claim

SHOWN_PROMISES: Final = 40
"""Most promises told one by one; the table has all of them."""
PROMISE_STATES: Final = ("kept", "extended", "broken", "open", "cannot_tell")
_COLUMNS: Final = (
    "measure", "figure", "value", "low", "high", "numerator", "denominator", "n", "unit", "basis", "currency", "state",
    "p_value", "others_low", "others_high", "n_others", "percentile", "reference",
)  # fmt: skip
_AS_OF: Final = ("refunded_share", "orders_paid", "orders_placed")

Row = dict[str, Any]


def brand_of(tables: Mapping[str, pa.Table], room: str, claim: "Claim | None" = None) -> Row | None:
    """Return what orders say of one room, or of all rooms of a contract (`ALL_ROOMS`); None without any order table.

    Keys: as_of, counts, figures (by number: rows), kpis (rows), answers, promises, claims (None without a contract),
    broadcasts (what became of the orders of each, where there are several).
    """
    kpis = _of(tables["kpis"], room)
    if not kpis:
        return None
    rows = _merged(kpis)
    as_of = next((row["as_of"] for name in _AS_OF for row in kpis if row["measure"] == name and row["as_of"]), None)
    return {
        "as_of": _iso(as_of),
        "counts": counts_of(rows),
        "figures": [
            {"figure": number, "rows": [row for row in rows if row["figure"] == number]}
            for number in FILES
            if any(row["figure"] == number for row in rows)
        ],
        "kpis": [row for row in rows if row["figure"] is None],
        "answers": [_answer(row) for row in _of(tables["answers"], room)],
        "promises": _promises(_of(tables["promises"], room)),
        "claims": _claims(tables["money"], claim),
        "broadcasts": [],
    }


@dataclass(frozen=True, slots=True)
class Parts:
    """The brand's part of a document.

    Args:
        whole: Of the one room with orders, or of all rooms of a contract together; None where there is neither.
        rooms: By room, where there are several.
    """

    whole: Row | None
    rooms: Mapping[str, Row]


def parts_of(tables: Mapping[str, pa.Table], claim: "Claim | None") -> Parts:
    """Return what orders say of each room and of all of them; claims stand with the whole."""
    named = tables["kpis"].select(["room_id", "state"])
    is_room = pc.and_(pc.not_equal(named["room_id"], ALL_ROOMS), _is_not(named["state"], "not_a_room"))
    rooms: list[str] = sorted(named.filter(is_room)["room_id"].unique().to_pylist())
    if len(rooms) == 1:
        return Parts(brand_of(tables, rooms[0], claim), {})
    parts = {room: brand_of(tables, room) or {} for room in rooms}
    whole = brand_of(tables, ALL_ROOMS, claim)
    if whole is not None:
        whole["broadcasts"] = [{"room_id": room} | _outcome(part["counts"]) for room, part in parts.items()]
    return Parts(whole, parts)


def _outcome(counts: Row) -> Row:
    return {name: counts[name] for name in ("placed", "paid", "back", "kept")}


def _is_not(column: pa.ChunkedArray, code: str) -> pa.ChunkedArray:
    return pc.fill_null(pc.not_equal(column, code), fill_value=True)


def _of(table: pa.Table, room: str) -> list[Row]:
    rows: list[Row] = table.filter(pc.equal(table["room_id"], room)).to_pylist()
    return rows


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _merged(kpis: Sequence[Row]) -> list[Row]:
    """Return rows on all orders, each with its value without orders that have an ordinary reason to come back."""
    from truecrowd.brand.catalogue import MEASURES

    without = {(row["measure"], row["currency"]): row for row in kpis if row["subset"] == "without_ordinary"}
    order = {name: at for at, name in enumerate(MEASURES)}
    rows = [row for row in kpis if row["subset"] != "without_ordinary"]
    rows.sort(key=lambda row: (order.get(row["measure"], len(order)), row["measure"], row["currency"] or ""))
    out = []
    for row in rows:
        other = without.get((row["measure"], row["currency"]))
        out.append({key: row[key] for key in _COLUMNS} | {"without_ordinary": other and other["value"]})
    return out


def counts_of(rows: Sequence[Row]) -> Row:
    """Return the exact counts that lead a report of orders alone; null where the data does not say.

    Keys: placed, paid, back, before_shipping, on_the_way, after_delivery, unknown, kept, has_payment, has_refunds,
    has_shipping.
    """
    by_name = {row["measure"]: row for row in rows}

    def numerator(name: str) -> int | None:
        row = by_name.get(name)
        return None if row is None or row["numerator"] is None or row["value"] is None else round(row["numerator"])

    def value(name: str) -> int | None:
        row = by_name.get(name)
        return None if row is None or row["value"] is None else round(row["value"])

    states = {row["state"] for row in rows}
    refunds = by_name.get("refunded_share", {})
    return {
        "placed": value("orders_placed"),
        "paid": value("orders_paid"),
        "kept": value("orders_kept"),
        "back": numerator("refunded_share"),
        **{name: numerator(f"back_{name}") for name in ("before_shipping", "on_the_way", "after_delivery", "unknown")},
        "has_payment": "no_payment" not in states,
        "has_refunds": refunds.get("state") != "no_refunds",
        "has_shipping": by_name.get("back_before_shipping", {}).get("state") != "no_shipping",
    }


def _answer(row: Row) -> Row:
    params = json.loads(row["params"])
    return {
        "answer": row["answer"],
        "expected": row["expected"],
        "seen": row["seen"],
        "against": list(params.pop("against", ())),
        "fit": row["fit"],
        "n": row["n"],
        "params": params,
    }


def _promises(rows: Sequence[Row]) -> Row | None:
    if not rows:
        return None
    keys = ("product_id", "claim", "obligation", "state", "reason", "number", "n_over", "n_extensions", "is_exact")
    return {
        "n": len(rows),
        "states": {state: sum(row["state"] == state for row in rows) for state in PROMISE_STATES},
        "rows": [
            {key: row[key] for key in keys} | {"ts": _iso(row["ts"]), "deadline": _iso(row["deadline"])}
            for row in sorted(rows, key=_telling)[:SHOWN_PROMISES]
        ],
    }


def _telling(row: Row) -> tuple[Any, ...]:
    """Order promises by time: kept and broken ones are told equally."""
    return row["ts"], row["product_id"] or "", row["claim"]


def _claims(money: pa.Table, claim: "Claim | None") -> Row | None:
    """Return the lines of a claim, the days that matter and the terms in words; None without a contract."""
    rows = _of(money, ALL_ROOMS)
    if not rows or claim is None:
        return None
    keys = ("line", "kind", "clause", "basis", "amount_minor", "low", "high", "currency", "formula", "value", "n")
    lines = [{key: row[key] for key in keys} | {"params": json.loads(row["params"])} for row in rows]
    again = next((line["params"]["run_again_on"] for line in lines if line["params"].get("run_again_on")), None)
    return {
        "name": claim.deal.name,
        "lines": lines,
        "run_again_on": again,
        "deadlines": [
            {"code": day.code, "day": day.day.isoformat(), "days_left": day.days_left} for day in claim.deadlines
        ],
        "terms": [{"key": key, "zh": zh, "en": en} for key, zh, en in claim.deal.in_words()],
        "unseen_products": list(claim.unseen_products),
        "not_computed": list(claim.not_computed),
    }
