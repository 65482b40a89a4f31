"""Orders that came back, or were closed, for a reason that is ordinary and often forgotten (brand-audit.md 3).

Each has a counter. The figures are shown with and without these orders, and the milder reading is judged.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from truecrowd.brand.orders import NEVER, Orders
from truecrowd.features.orders import numbered
from truecrowd.features.steps import REASONS

FEW: Final = 3
"""Most orders of a buyer that are a pair with something added. Guess: two sizes and a top-up."""
TOGETHER_US: Final = 86_400_000_000
"""Longest time between the orders of a pair, microseconds. Guess: one evening and the next day."""
AGAIN_US: Final = 1_800_000_000
"""Longest time until an order is placed again, microseconds (brand-audit.md 3)."""
BULK: Final = 5
"""Orders of a buyer beyond which it is a bulk buyer, where it is the only one (brand-audit.md 2, c). Guess."""
_BY_REASON: Final = {
    "price_error": "price_error", "out_of_stock": "out_of_stock", "deposit": "deposit", "gift_order": "bulk",
    "top_up": "top_up", "two_sizes": "size",
}  # fmt: skip
BY_BUYER: Final = frozenset({"top_up", "two_sizes", "reordered", "bulk_buyer"})
"""Those that buyers show, the others need the reason that the export gives."""


def ordinary(orders: Orders) -> Mapping[str, np.ndarray]:
    """Return by answer shape (n,), bool: orders that came back or were closed for it; an order may have several reasons.

    Args:
        orders: Of one session.
    """
    gone = orders.is_back | (orders.closed < NEVER)
    out = {name: gone & (orders.reason == REASONS.index(reason)) for name, reason in _BY_REASON.items()}
    pair, is_same = _pairs(orders, gone)
    out["two_sizes"] |= pair & is_same & ~out["top_up"]
    out["top_up"] |= pair & ~is_same & ~out["two_sizes"]
    out["reordered"] = gone & _again(orders)
    out["bulk_buyer"] = gone & _bulk(orders)
    return {
        name: out[name]
        for name in (
            "top_up",
            "two_sizes",
            "reordered",
            "price_error",
            "out_of_stock",
            "deposit",
            "bulk_buyer",
            "gift_order",
        )
    }


def any_of(found: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return shape (n,), bool: orders with at least one ordinary reason."""
    return np.asarray(np.any(list(found.values()), axis=0))


def _pairs(orders: Orders, gone: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Say which orders came back beside a kept one of the same buyer, and which of these are of the same product."""
    buyer = numbered(orders.buyer) if len(orders) else np.zeros(0, np.int64)
    size = int(buyer.max(initial=-1)) + 1
    n = np.bincount(buyer, minlength=size)
    first, last = np.full(size, NEVER), np.zeros(size, np.int64)
    np.minimum.at(first, buyer, orders.placed)
    np.maximum.at(last, buyer, orders.placed)
    n_kept = np.bincount(buyer[orders.is_kept], minlength=size)
    is_pair = (n >= 2) & (n <= FEW) & (n_kept >= 1) & (last - first <= TOGETHER_US)
    both = numbered(buyer, orders.product) if len(orders) else buyer
    kept_same = np.bincount(both[orders.is_kept], minlength=int(both.max(initial=-1)) + 1)[both] > 0
    return gone & (orders.buyer >= 0) & is_pair[buyer], kept_same & (orders.product >= 0)


def _again(orders: Orders) -> np.ndarray:
    """Say which orders were followed, at most 30 min after they ended, by one of the same buyer and product that was kept."""
    ended = np.minimum(orders.back, orders.closed)
    pair = numbered(orders.buyer, orders.product) if len(orders) else np.zeros(0, np.int64)
    kept = np.flatnonzero(orders.is_kept & (orders.buyer >= 0))
    kept = kept[np.lexsort((orders.placed[kept], pair[kept]))]
    span = NEVER // max(int(pair.max(initial=0)) + 1, 1)
    low = int(orders.placed.min(initial=NEVER))
    known = pair[kept] * span + np.minimum(orders.placed[kept] - low, span - 1)
    asked = pair * span + np.minimum(np.where(ended < NEVER, ended - low, 0), span - 1)
    at = np.searchsorted(known, asked)
    if not len(kept):
        return np.zeros(len(orders), np.bool_)
    after = kept[at.clip(max=len(kept) - 1)]
    is_near = (at < len(kept)) & (pair[after] == pair) & (orders.placed[after] - ended <= AGAIN_US)
    return np.asarray((orders.buyer >= 0) & (ended < NEVER) & is_near)


def _bulk(orders: Orders) -> np.ndarray:
    buyers, n = np.unique(orders.buyer[orders.buyer >= 0], return_counts=True)
    big = buyers[n > BULK]
    return np.asarray(orders.buyer == big[0]) if len(big) == 1 else np.zeros(len(orders), np.bool_)
