"""The contract file of a dispute: what was agreed, and what was shown, as TOML text."""

from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from truecrowd.simulate import ids
from truecrowd.simulate.disputes_cases import BEIJING, Case, Range, Term
from truecrowd.simulate.disputes_orders import Orders, drawn

_HEAD: Final = """\
# Terms of a reference dispute. P: published by a court, a regulator or the press; A: arithmetic on published figures.
# Dates are invented, and so is every figure without P or A. Sums are in fen.
"""


def deal_of(case: Case, orders: Orders, root: str) -> str:
    """Return the contract file.

    Args:
        case: Its terms and broadcasts.
        orders: Where shown figures are counted, they are counted here.
        root: Key of the streams that free figures come from.
    """
    lines = [
        _HEAD + "[deal]",
        f'name = "{case.name}"',
        'currency = "CNY"',
        "products = []  # every product of the merchant",
        f"broadcast = [{_spans([(air.start, 0.0, air.length_s) for air in case.air])}]",
        f"slot = [{_spans([(air.start, *air.slot_s) for air in case.air])}]",
        *(_line(term) for term in case.terms),
        "",
        "[shown]  # as told, never counted",
    ]
    counted = {"orders": len(orders), "gmv_minor": int(orders.amount.sum())}
    lines += [
        _line(Term(name, counted[name] if wanted is None else shown(root, name, wanted))) for name, wanted in case.shown
    ]
    return "\n".join([*lines, ""])


def shown(root: str, name: str, wanted: int | Range) -> int:
    """Return a figure that was shown; a free one is the same for the same root and name."""
    return drawn(ids.generator(f"{root}/shown/{name}"), wanted)


def _spans(spans: list[tuple[datetime, float, float]]) -> str:
    def at(start: datetime, seconds: float) -> str:
        return (start + timedelta(seconds=float(np.round(seconds)))).astimezone(BEIJING).isoformat()

    return ", ".join(f"{{ start = {at(start, first)}, end = {at(start, last)} }}" for start, first, last in spans)


def _line(term: Term) -> str:
    return f"{term.key} = {_value(term.key, term.value)}" + (f"  # {term.remark}" if term.remark else "")


def _value(key: str, value: int | str | date | list[str]) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(f'"{each}"' for each in value) + "]"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return f"{value:_}"
    return value if key.endswith("_share") else f'"{value}"'
