"""The honest twin of a dispute: the same orders, money and refunds, and nobody who was paid.

Orders keep their time, amount, payment and shipping state; who placed them, why they came back and when is told anew:
- bulk: one buyer takes many for a company, and the company thinks better of it;
- size: two sizes ordered, one of them taken back within the hour;
- top_up: a second order to reach a coupon's threshold, taken back later;
- price: a wrong price, noticed by the merchant, who cancels what was ordered at it;
- plain: everything else, one order each.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from truecrowd.simulate import ids
from truecrowd.simulate.disputes_cases import Case
from truecrowd.simulate.disputes_orders import (
    BULK,
    NO_REASON,
    PRICE,
    SIZE,
    TOP_UP,
    UNPAID,
    UNWANTED,
    Orders,
    early_back,
    opens_s,
)
from truecrowd.simulate.kinds import F64, I64, Rng

TOLD: Final = ("plain", "top_up", "size", "price", "bulk")
"""What `part` of a twin's orders points to."""
_PLAIN, _TOP_UP, _SIZE, _PRICE, _BULK = range(5)
_BULK_SHARE, _BULK_MOST = 0.25, 120
"""Part of the orders taken back that the one bulk buyer placed, and the most; invented."""
_PAIR_SHARE: Final = 0.25
"""Part of them that were a second size, and as many a top-up, while there are kept orders to go with. Invented."""
_AGAIN_SHARE: Final = 0.2
"""Part of those caught by the wrong price who ordered twice. Invented."""
_REASON: Final = np.array([UNWANTED, TOP_UP, SIZE, PRICE, BULK])


def honest(case: Case, orders: Orders, root: str) -> Orders:
    """Return the twin's orders; `part` is a place in `TOLD`, totals and states are those of `orders`."""
    rng = ids.generator(f"{root}/twin")
    early = np.flatnonzero(np.isfinite(orders.refunded_s) & np.isnan(orders.shipped_s))
    kept = np.flatnonzero(np.isfinite(orders.done_s))
    early, kept = rng.permutation(early), rng.permutation(kept)
    part = np.full(len(orders), _PLAIN)
    buyer = np.arange(len(orders))
    bulk, early = np.split(early, [_bulk(len(early))])
    bulk = bulk if len(bulk) else kept[: len(kept) // 3]  # nothing came back: they kept it
    buyer[bulk], part[bulk] = len(orders), _BULK
    n_pairs = min(len(kept) // 2, round(_PAIR_SHARE * len(early)))
    for place, kind in enumerate((_SIZE, _TOP_UP)):
        first, second = (np.sort(each[place * n_pairs : (place + 1) * n_pairs]) for each in (kept, early))
        buyer[second], part[second], part[first] = buyer[first], kind, kind
    wrong = early[2 * n_pairs :]
    buyer[wrong], part[wrong] = _again(rng, wrong), _PRICE
    told = replace(orders, id=ids.numbers(f"{root}/twin/order", len(orders)), part=part, buyer=_dense(buyer))
    return _taken_back(rng, case, told)


def _bulk(n: int) -> int:
    return min(round(_BULK_SHARE * n), _BULK_MOST) if n >= 50 else 0


def _again(rng: Rng, orders: I64) -> I64:
    """Return the buyers of orders at the wrong price: some of them placed two."""
    half = len(orders) // 2
    again = np.flatnonzero(rng.random(half) < _AGAIN_SHARE)
    buyer = orders.copy()
    buyer[half + again] = orders[again]
    return buyer


def _dense(buyer: I64) -> I64:
    return np.unique(buyer, return_inverse=True)[1].astype(np.int64)


def _taken_back(rng: Rng, case: Case, orders: Orders) -> Orders:
    """Return the orders with honest reasons and times of refunds; those already shipped keep their time."""
    is_early = np.isfinite(orders.refunded_s) & np.isnan(orders.shipped_s)
    sent = orders.paid_s + rng.uniform(18.0, 44.0, len(orders)) * 3_600.0
    at = np.select(
        [orders.part == _SIZE, orders.part == _PRICE, orders.part == _BULK],
        [
            orders.paid_s + rng.uniform(120.0, 3_000.0, len(orders)),
            np.maximum(_noticed(case)[orders.room], orders.paid_s) + rng.uniform(60.0, 5_400.0, len(orders)),
            _ended(case)[orders.room] + rng.uniform(600.0, 4_500.0, len(orders)),
        ],
        early_back(rng, orders.paid_s, sent),
    )
    refunded = np.where(is_early, np.round(at), orders.refunded_s)
    reason = np.where(is_early, _REASON[orders.part], NO_REASON)
    reason = np.where(np.isfinite(refunded), reason, np.where(np.isfinite(orders.closed_s), UNPAID, 0))
    return replace(orders, refunded_s=refunded, reason=reason)


def _ended(case: Case) -> F64:
    return np.array([opens_s(air) + air.length_s for air in case.air])


def _noticed(case: Case) -> F64:
    """Return when the wrong price is noticed in each broadcast, seconds since 1970."""
    return np.array([opens_s(air) + air.slot_s[1] for air in case.air])
