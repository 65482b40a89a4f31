"""`at_least` for orders: what needs no example of fraud, only an honest reference, and names it.

(a) excess: B, refunded before shipping within 24 h, beyond the highest of the merchant's own other rooms.
(b) repeats: returned or closed orders of a buyer beyond what nearly every buyer of the baseline stays below.
Both are counted on all orders and without those that have an ordinary reason; the milder one is judged.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from truecrowd.brand.edges import clopper_pearson, design_effect
from truecrowd.brand.figures import HOUR_US, within_a_day_unshipped
from truecrowd.brand.orders import NEVER, Orders

LEAST_ROOMS: Final = 3
LEAST_ORDERS: Final = 200
"""Other rooms, and orders in each, that make a baseline of the excess (brand-audit.md 2). Guesses."""
LEAST_REPEATS: Final = 5
"""Returned or closed orders of one buyer that are left out of the count, at least (brand-audit.md 2). Guess."""
BASELINE_SHARE: Final = 0.999
"""Part of the baseline's buyers who stay at or below the count that is left out (brand-audit.md 2)."""
WATCH_SHARE: Final = 0.05
"""Repeats from which a room is worth watching. Guess: two buyers of six returns each among thousands are not."""
HIGH_SHARE: Final = 0.2
"""Repeats from which scheme brushing is high on complete records (brand-audit.md 2). Guess."""
LEAST_BUYERS: Final = 2
"""Buyers beyond the ordinary for repeats: one may be a bulk buyer (brand-audit.md 2). Guess."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A lower bound of the part of orders that is not explained.

    Args:
        value: 0 to 1; NaN where it could not be taken.
        n: Orders below the line: P of the excess, O of repeats.
        k: Orders above it: B, or what is beyond the ordinary.
        state: Key of `catalogue.STATES`, why there is none; "".
        edge: Q_high of the excess, 0 to 1; c of repeats, orders.
        n_others: Other rooms it was held against.
        n_buyers: Buyers beyond the ordinary (repeats).
    """

    value: float = math.nan
    n: int = 0
    k: int = 0
    state: str = ""
    edge: float = math.nan
    n_others: int = 0
    n_buyers: int = 0


@dataclass(frozen=True, slots=True)
class Baseline:
    """What one other room says of the merchant's own orders.

    Args:
        n: Paid orders that were seen for a day.
        edge: Upper edge of B, two-sided 99 %; NaN where B cannot be seen.
        gone: Shape (buyers,), returned or closed orders of each.
    """

    n: int
    edge: float
    gone: np.ndarray


def baseline_of(orders: Orders) -> Baseline:
    """Return what one room is as a baseline."""
    old = _day_old(orders)
    fits = len(old) >= LEAST_ORDERS and not _cannot(old, old, has_refunds=True)
    return Baseline(len(old), _edges(old)[1] if fits else math.nan, returned_or_closed(orders))


def excess(orders: Orders, others: Sequence[Baseline], *, has_refunds: bool) -> Bound:
    """Return (a).

    Args:
        orders: Of one session.
        others: The other rooms of the merchant.
        has_refunds: The data records refunds.
    """
    paid = _day_old(orders)
    state = _cannot(orders, paid, has_refunds=has_refunds)
    if state:
        return Bound(n=len(paid), state=state)
    edges = [one.edge for one in others if not math.isnan(one.edge)]
    k = int(within_a_day_unshipped(paid).sum())
    if len(edges) < LEAST_ROOMS:
        return Bound(n=len(paid), k=k, state="no_baseline", n_others=len(edges))
    edge, low = max(edges), _edges(paid)[0]
    value = max((low - edge) / (1.0 - edge), 0.0) if edge < 1.0 else 0.0
    return Bound(value, len(paid), k, "", edge, len(edges))


def _day_old(orders: Orders) -> Orders:
    """Return the paid orders that were seen for a day, so that every one of them could fall into B."""
    return orders.take(orders.is_paid & ~orders.is_by_merchant & (orders.as_of - orders.paid >= 24 * HOUR_US))


def _cannot(orders: Orders, paid: Orders, *, has_refunds: bool) -> str:
    if not len(orders):
        return "no_orders"
    if not has_refunds:
        return "no_refunds"
    if orders.is_bound[orders.is_back].any():
        return "no_refund_time"
    if not orders.has_ship.any():
        return "no_shipping"
    return "" if len(paid) else "too_young"


def _edges(paid: Orders) -> tuple[float, float]:
    """Return the two-sided 99 % Clopper-Pearson interval of B, on as many orders as the buyers are worth."""
    of_kind = within_a_day_unshipped(paid)
    effect = design_effect(of_kind, paid.buyer)
    return clopper_pearson(float(of_kind.sum()) / effect, len(paid) / effect)


def repeats(orders: Orders, others: Sequence[Baseline], *, has_refunds: bool) -> Bound:
    """Return (b); 0 where only one buyer is beyond the ordinary: that may be a bulk buyer.

    Args:
        orders: Of one session.
        others: The other rooms of the merchant.
        has_refunds: The data records refunds or cancellations.
    """
    if not len(orders):
        return Bound(state="no_orders")
    if not has_refunds:
        return Bound(n=len(orders), state="no_refunds")
    if (orders.buyer < 0).all():
        return Bound(n=len(orders), state="no_buyers")
    baseline = np.concatenate([np.zeros(0, np.int64), *(one.gone for one in others)])
    usual = int(np.quantile(baseline, BASELINE_SHARE, method="higher")) if len(baseline) else 0
    left_out = max(usual, LEAST_REPEATS)
    beyond = np.maximum(returned_or_closed(orders) - left_out, 0)
    n_buyers, k = int((beyond > 0).sum()), int(beyond.sum())
    value = k / len(orders) if n_buyers >= LEAST_BUYERS else 0.0
    state = "named_buyers" if (orders.buyer < 0).any() else ""
    return Bound(value, len(orders), k, state, float(left_out), sum(len(one.gone) > 0 for one in others), n_buyers)


def returned_or_closed(orders: Orders) -> np.ndarray:
    """Return shape (buyers,): orders of each buyer that were given back, or closed unpaid."""
    named = orders.take(orders.buyer >= 0)
    _, place = np.unique(named.buyer, return_inverse=True)
    is_gone = named.is_returned | (named.closed < NEVER)
    return np.asarray(np.bincount(place.ravel(), is_gone).astype(np.int64))


def in_money(orders: Orders, excess: Bound, repeats: Bound) -> float:
    """Return the least part of the money that the larger bound stands for: its orders are the cheapest there are.

    Args:
        orders: Of one session.
        excess: Its excess.
        repeats: Its repeats.

    Returns:
        0 to 1; NaN where there is no bound, no money, or more than one currency.
    """
    total = int(orders.amount.sum())
    if math.isnan(float(np.fmax(excess.value, repeats.value))) or total <= 0 or len(np.unique(orders.currency)) > 1:
        return math.nan
    if not repeats.value < excess.value:
        gone = orders.take((orders.is_returned | (orders.closed < NEVER)) & (orders.buyer >= 0))
        cheapest = gone.take(np.lexsort((gone.amount, gone.buyer)))
        _, first, place = np.unique(cheapest.buyer, return_index=True, return_inverse=True)
        n = np.bincount(place.ravel(), minlength=len(first)) if len(place) else np.zeros(0, np.int64)
        rank = np.arange(len(cheapest)) - first[place.ravel()]
        beyond = rank < (n - repeats.edge)[place.ravel()]
        return int(cheapest.amount[beyond].sum()) / total if repeats.value > 0 else 0.0
    old = _day_old(orders)
    found = np.sort(old.amount[within_a_day_unshipped(old)])
    return int(found[: int(excess.value * excess.n)].sum()) / total


def milder(one: Bound, other: Bound) -> Bound:
    """Return the bound that says less; the first one where the other could not be taken."""
    return other if other.value < one.value else one
