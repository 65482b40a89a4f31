"""What a first line is made of: state, level, which kind of scheme reached it, and the measures that lead."""

from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

from truecrowd.schema import LEVELS, MEASURES

LEADING: Final = ("viewer_minutes", "gmv")
"""The measures that lead, never the largest: picking the worst is cheating too (surfaces.md)."""
GOODS: Final = frozenset({"staged_stock", "false_limited", "inflated_count"})
"""Schemes about goods, claims and counters: no share of the audience stands behind their level."""
LEAST_BOUND: Final = 0.01
"""A lower bound under it is not told beside a first line."""
LIVE: Final = frozenset({"viewers", "comments", "likes", "popups"})
"""Measures of a timeline that only a recording of the room gives."""


def leads_of(shares: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the estimates that lead: minutes watched and value of orders; without them the first that there is."""
    known = {row["measure"]: row for row in shares if row["share"] is not None}
    names = [name for name in LEADING if name in known] or [name for name in MEASURES if name in known][:1]
    return [{key: known[name][key] for key in ("measure", "share", "share_low", "share_high")} for name in names]


def at_least_of(shares: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the lower bounds that need no example of manufacture, and say something: one percent and above."""
    bounds = [{"measure": row["measure"], "at_least": row["at_least"]} for row in shares if row["at_least"] is not None]
    return [bound for bound in bounds if bound["at_least"] >= LEAST_BOUND]


def reached_by(signs: Sequence[Mapping[str, str]], level: str) -> tuple[str, str | None]:
    """Return the kind of scheme that reached a room's level, and its code: the first at that level.

    Kinds: crowd (its share of the audience or of the orders can be said), goods (arithmetic of stock, claims,
    counters), organised (real people alone). A level that only all checks together reach is of the crowd.
    """
    here = [sign["scheme"] for sign in signs if sign["level"] == level]
    crowd = [scheme for scheme in here if scheme not in GOODS and scheme != "organised"]
    if crowd:
        return "crowd", crowd[0]
    goods = [scheme for scheme in here if scheme in GOODS]
    if goods:
        return "goods", goods[0]
    return ("organised", "organised") if here else ("crowd", None)


def has_crowd(signs: Sequence[Mapping[str, str]]) -> bool:
    """Return whether there is a sign of a scheme whose share of the audience or of the orders can be said."""
    return any(sign["scheme"] not in GOODS and sign["scheme"] != "organised" for sign in signs)


def state_of(n_signs: int, n_looked: int, level: str) -> str:
    """Return signs, nothing, little or blind: whether anything was seen, and if not, whether enough could look."""
    if n_signs or level in ("watch", "high", "critical"):
        return "signs"
    if not n_looked:
        return "blind"
    return "nothing" if level == "clear" else "little"


def orders_alone(orders: Mapping[str, int], measures: Set[str]) -> dict[str, int] | None:
    """Return what was counted of orders where the data holds nothing else of the room; None where it does."""
    return dict(orders) if orders.get("order") and measures and not measures & LIVE else None


def head_of(rows: Sequence[Mapping[str, Any]], n_checks: int) -> dict[str, Any]:
    """Return the headline of a document from its index: of the one room, or of all together.

    Args:
        rows: Entries of the index, worst first.
        n_checks: Checks that were asked, for a document without any room.
    """
    level = max((row["level"] for row in rows), key=LEVELS.index, default="undetermined")
    counts = {key: sum(row[key] for row in rows) for key in ("n_signs", "n_looked", "n_checks")}
    levels = {name: sum(row["level"] == name for row in rows) for name in LEVELS}
    one = rows[0] if len(rows) == 1 else {}
    return {
        "state": _state(rows, counts), "level": level, **counts, "n_checks": counts["n_checks"] or n_checks,
        "n_rooms": len(rows), "n_rooms_with_signs": sum(row["state"] == "signs" for row in rows), "levels": levels,
        **{key: one.get(key, default) for key, default in EMPTY.items()},
    }  # fmt: skip


EMPTY: Final[Mapping[str, Any]] = {
    "leads": [], "at_least": [], "by": None, "scheme": None, "has_crowd": False, "orders_alone": None, "organised": None,
    "counts": None,
}  # fmt: skip
"""What a headline holds of one room alone; of many rooms none is told for all."""


def _state(rows: Sequence[Mapping[str, Any]], counts: Mapping[str, int]) -> str:
    if not rows:
        return "empty"
    if any(row["state"] == "signs" for row in rows):
        return "signs"
    if not counts["n_looked"]:
        return "blind"
    return "nothing" if all(row["level"] == "clear" for row in rows) else "little"
