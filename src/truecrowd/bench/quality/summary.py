"""The few values that come first, and several audits side by side: what each fault or each yuan of hiding costs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from truecrowd.bench.quality.cells import Cell

VERDICTS: Final = ("level", "level_then_p", "p_manufactured")
"""Names of the orderings that verdicts give."""
WATCH: Final = "level>=watch"
_BY: Final = (*VERDICTS, "fleet", "dirty rooms", "rooms without")


@dataclass(frozen=True, slots=True)
class First:
    """One value that comes first.

    Args:
        code: `first:` and this is its word.
        cell: None where there is no such value.
        reason: A cell of the same block that says why, where there is one.
    """

    code: str
    cell: Cell | None
    reason: Cell | None


_FIRST: Final[tuple[tuple[str, str, str, str, str], ...]] = (
    ("room_auc", "room", "any", "auc", ""),
    ("room_recall", "room_plain", "any", "recall_at_0.001", ""),
    ("room_flagged", "room", "any", "recall", WATCH),
    ("guard", "guard", "any", "flagged_share", WATCH),
    ("account_ap", "account", "any", "average_precision", ""),
    ("account_recall", "account", "any", "recall_at_0.01", ""),
    ("order_ap", "order", "any", "average_precision", ""),
    ("fleet", "fleet", "any", "b_cubed_f1", ""),
    ("share", "share", "viewers", "mean_absolute_error", ""),
    ("alarm", "alarm", "honest", "ever", ""),
)
"""Code, block, group, measure, and the flag where it is one."""


def first_values(cells: Sequence[Cell]) -> Iterator[First]:
    """Yield the values that come first in one audit, in order."""
    unaudited = next((one for one in cells if one.block == "part"), None)
    for code, block, group, measure, flag in _FIRST:
        wanted = (flag,) if flag else _BY
        own = [one for one in cells if one.block == block]
        known = (one for one in own if (one.group, one.measure) == (group, measure) and one.value is not None)
        found = next((one for one in known if one.by in wanted), None)
        reason = next((one for one in own if one.value is None and one.note), unaudited) if found is None else None
        yield First(code, found, reason)


def recall_by_kind(cells: Sequence[Cell]) -> dict[str, tuple[Cell, Cell | None]]:
    """Return by scheme and quality the part that is flagged, of accounts (of orders for brushing), and the price."""
    recall = {one.group: one for one in cells if one.by == f"account {WATCH}" and one.measure == "recall"}
    orders = {one.group: one for one in cells if one.by == f"order {WATCH}" and one.measure == "recall"}
    recall |= {group: one for group, one in orders.items() if group.startswith("brushing")}
    price = {one.group: one for one in cells if one.measure == "yuan_per_campaign"}
    return {group: (one, price.get(group)) for group, one in recall.items()}


def kinds_beside(audits: Sequence[Sequence[Cell]]) -> list[tuple[str, list[str]]]:
    """Return the kinds of crowds of several audits as rows: a name, and its kind in each audit (empty: none).

    Where no audit has two qualities of one scheme, a row is a scheme; else it is a scheme in one quality.
    """
    own = [recall_by_kind(cells) for cells in audits]
    schemes = [[kind.partition(" ")[0] for kind in each] for each in own]
    if all(len(set(each)) == len(each) for each in schemes):
        by_scheme = [dict(zip(names, each, strict=True)) for names, each in zip(schemes, own, strict=True)]
        return [(name, [each.get(name, "") for each in by_scheme]) for name in _once(schemes)]
    return [(kind, [kind if kind in each else "" for each in own]) for kind in _once([list(each) for each in own])]


def _once(lists: Sequence[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in lists for name in names))
