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

    def take(self, which: slice | Bool | I64) -> "Rows":
        """Return the rows a slice, a mask or an index array picks."""
        return Rows(*(getattr(self, name)[which] for name in COLUMNS))

    def moved(self, n_accounts: int, n_products: int = 0, n_orders: int = 0) -> "Rows":
        """Return the rows with places shifted behind so many other accounts, products and orders."""
        return replace(
            self,
            account=_behind(self.account, n_accounts),
            product=_behind(self.product, n_products),
            order=_behind(self.order, n_orders),
        )


COLUMNS: Final = tuple(column.name for column in fields(Rows))
_KINDS: Final = {event_type: place for place, event_type in enumerate(EVENT_TYPES)}
_NONES: Final = np.full(1 << 14, NONE)
_NONES.setflags(write=False)


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
    """Return rows of one event type; scalars are repeated to the length of `at_s`. Columns are never written to."""
    times = np.atleast_1d(np.asarray(at_s, dtype=np.float64))
    n = len(times)
    return Rows(
        times, np.full(n, _KINDS[event_type]), _whole(account, n), _whole(product, n), _whole(order, n),
        _whole(amount, n), _whole(quantity, n), _whole(text, n), _whole(traffic, n), _real(value, n),
    )  # fmt: skip


def _whole(column: ArrayLike, n: int) -> I64:
    if isinstance(column, int) and column == NONE:  # by far the most common: a column these rows do not have
        return _NONES[:n] if n <= len(_NONES) else np.full(n, NONE)
    values = np.asarray(column, dtype=np.int64)
    return values if values.ndim else np.full(n, values)


def _real(column: ArrayLike, n: int) -> F64:
    values = np.asarray(column, dtype=np.float64)
    return values if values.ndim else np.full(n, values)


def joined(parts: list[Rows]) -> Rows:
    """Return the parts one after the other."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return rows("stats", [])
    if len(parts) == 1:
        return parts[0]
    return Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS))


def distinct(places: I64) -> I64:
    """Return the places that occur, each once, in ascending order.

    >>> distinct(np.array([4, 0, 4])).tolist()
    [0, 4]
    """
    return np.flatnonzero(np.bincount(places))


def is_kind(table: Rows, *event_types: str) -> Bool:
    """Return which rows are of one of the types."""
    if len(event_types) == 1:
        return np.asarray(table.kind == _KINDS[event_types[0]])
    is_wanted = np.zeros(len(EVENT_TYPES), bool)
    is_wanted[[_KINDS[event_type] for event_type in event_types]] = True
    return np.asarray(is_wanted[table.kind])
