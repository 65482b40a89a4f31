"""Whether an amount that stands on several rows of an order is each row's own or the whole order's."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from truecrowd.errors import InputError
from truecrowd.ingest.ledger import Ledger
from truecrowd.ingest.orders.mapping import Grain, Mapping

Codes = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
_STRAY = 0.1
"""Share of orders with unlike lines whose amounts may be equal by chance and still stand per line (a guess)."""


def grain_of(order: Codes, amount: Ints, keys: Sequence[Codes], ledger: Ledger, mapping: Mapping) -> Grain:
    """Return the grain the rows show.

    Args:
        order: Order of each row.
        amount: Its amount.
        keys: What makes two lines unlike.
        ledger: Account of the file.
        mapping: Its format.

    Raises:
        InputError: Some orders show the one, some the other.
    """
    n_orders = int(order.max(initial=-1)) + 1
    n_rows = np.bincount(order, minlength=n_orders)
    line = np.zeros(len(order), np.int64)
    for key in keys:
        line = line * (int(key.max(initial=-1)) + 2) + key + 1
    n_amounts, n_lines = _distinct(order, amount, n_orders), _distinct(order, line, n_orders)
    is_unlike = (n_rows > 1) & (n_lines > 1)
    n_equal, n_other = int((is_unlike & (n_amounts == 1)).sum()), int(((n_rows > 1) & (n_amounts > 1)).sum())
    if n_other and n_equal > _STRAY * (n_equal + n_other):
        column = mapping.amount.columns[0] if mapping.amount else ""
        what = (
            f"'{column}' is equal on all rows of {n_equal:,} orders and unlike in {n_other:,}: per line or per order?"
        )
        name = mapping.name if not mapping.is_own else "..."
        fix = f'say it in a mapping (--map FILE): base = "{name}", [row] amount_minor = {{ col = "{column}", grain = "line" }}'
        raise InputError(what, where=ledger.source, fix=fix)
    if n_other:
        return "line"
    n_alike = int(((n_rows > 1) & (n_lines == 1)).sum())
    if n_alike and not n_equal:
        ledger.note(
            f"{n_alike:,} orders have several alike rows with one amount: it is counted once an order; if it stands per"
            ' row, say grain = "line" in a mapping'
        )
    return "order"


def _distinct(order: Codes, values: Ints, n: int) -> Ints:
    """Return how many distinct values each order has."""
    _, places = np.unique(values, return_inverse=True)
    pairs = np.unique(order.astype(np.int64) * (int(places.max(initial=0)) + 1) + places)
    counts: Ints = np.bincount(pairs // (int(places.max(initial=0)) + 1), minlength=n)
    return counts
