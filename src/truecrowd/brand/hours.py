"""Where the orders stand thick: hours proposed as the broadcast's where no window and no recording says when it was."""

from dataclasses import dataclass
from typing import Final

import numpy as np

HOUR_US: Final = 3_600_000_000
LEAST_PART: Final = 0.2
"""Part of the densest hour's orders that an hour beside it needs to belong to it. Guess."""
LEAST_ORDERS: Final = 20
"""Fewest orders of a densest hour that is worth proposing (brand-audit.md 2: below it counts are printed). Guess."""
MOST: Final = 3
"""Most spans proposed."""


@dataclass(frozen=True, slots=True)
class Span:
    """A span of whole hours `[start, end)`, microseconds, and its orders."""

    start: int
    end: int
    n: int


def densest_hours(placed: np.ndarray) -> tuple[Span, ...]:
    """Return the spans of hours that hold most orders, densest first; never used unasked.

    Args:
        placed: Shape (n,), microseconds.
    """
    if not len(placed):
        return ()
    hours, n = np.unique(placed // HOUR_US, return_counts=True)
    usual = float(np.median(n))
    found: list[Span] = []
    left = n.copy()
    while len(found) < MOST and left.max() >= max(LEAST_ORDERS, 3 * usual if len(n) > MOST else 0):
        at = int(left.argmax())
        low = high = at
        while low > 0 and hours[low - 1] == hours[low] - 1 and left[low - 1] >= LEAST_PART * n[at]:
            low -= 1
        while high + 1 < len(n) and hours[high + 1] == hours[high] + 1 and left[high + 1] >= LEAST_PART * n[at]:
            high += 1
        found.append(Span(int(hours[low]) * HOUR_US, int(hours[high] + 1) * HOUR_US, int(n[low : high + 1].sum())))
        left[low : high + 1] = 0
    return tuple(found)
