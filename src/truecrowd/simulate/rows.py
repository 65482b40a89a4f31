"""Event rows as integer columns, before they become EVENTS."""

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from truecrowd.schema import EVENT_TYPES
from truecrowd.simulate.kinds import F64, I64, Bool

NONE: Final = -1
"""Null in an integer column."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of events of one room; every column has the same length.

    Times are seconds after the room's start; `account`, `product` and `order` are places in that room's lists;
    `text` is a code of talk.py; `traffic` a place in the world's traffic sources; `value` is NaN where null.
    """

    at_s: F64
    kind: I64
    account: I64
    product: I64
    order: I64
    amount: I64
    quantity: I64
    text: I64
    traffic: I64
    value: F64

    def __len__(self) -> int:
        return len(self.at_s)

    def take(self, which: Bool | I64) -> "Rows":
        """Return the rows a mask or an index array picks."""
        return Rows(*(getattr(self, column.name)[which] for column in fields(self)))

    def moved(self, n_accounts: int, n_products: int = 0, n_orders: int = 0) -> "Rows":
        """Return the rows with places shifted behind so many other accounts, products and orders."""
        return replace(
            self,
            account=_behind(self.account, n_accounts),
            product=_behind(self.product, n_products),
            order=_behind(self.order, n_orders),
        )


def _behind(places: I64, n: int) -> I64:
    return np.where(places == NONE, NONE, places + n) if n else places


def rows(
    event_type: str,
    at_s: ArrayLike,
    *,
    account: ArrayLike = NONE,
    product: ArrayLike = NONE,
    order: ArrayLike = NONE,
    amount: ArrayLike = NONE,
    quantity: ArrayLike = NONE,
    text: ArrayLike = NONE,
    traffic: ArrayLike = NONE,
    value: ArrayLike = np.nan,
) -> Rows:
    """Return rows of one event type; scalars are repeated to the length of `at_s`."""
    times = np.atleast_1d(np.asarray(at_s, dtype=np.float64))

    def whole(column: ArrayLike) -> I64:
        return np.broadcast_to(np.asarray(column, dtype=np.int64), times.shape).copy()

    kind = whole(EVENT_TYPES.index(event_type))
    values = np.broadcast_to(np.asarray(value, dtype=np.float64), times.shape).copy()
    return Rows(
        times, kind, whole(account), whole(product), whole(order), whole(amount), whole(quantity), whole(text),
        whole(traffic), values,
    )  # fmt: skip


def joined(parts: list[Rows]) -> Rows:
    """Return the parts one after the other."""
    if not parts:
        return rows("stats", [])
    return Rows(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(Rows)))


def is_kind(table: Rows, *event_types: str) -> Bool:
    """Return which rows are of one of the types."""
    return np.isin(table.kind, [EVENT_TYPES.index(event_type) for event_type in event_types])
