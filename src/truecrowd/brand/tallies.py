"""From orders in scope to the sums that the claim calculator works on: exact, by currency, in any order of rows."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from fractions import Fraction
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.brand.deal import CHANNELS, Deal
from truecrowd.brand.money import Sums, Tally
from truecrowd.brand.orders import DAY_US, Orders
from truecrowd.features.facts import Facts
from truecrowd.features.view import NULL

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def tallies(
    orders: Orders,
    deal: Deal,
    facts: Facts,
    *,
    lost_yet: np.ndarray | None = None,
    shares: Mapping[str, tuple[float | None, float | None]] | None = None,
) -> dict[str, Tally]:
    """Return what the claim calculator needs, by currency.

    Args:
        orders: The orders in scope of the deal.
        deal: Its barred channels, its day of settlement, its refund window.
        facts: For the names behind codes.
        lost_yet: Shape (orders,), 0 to 1: how likely each kept order that is not final still comes back, by the merchant's
            own orders; NaN where they cannot tell; None: they cannot tell of any.
        shares: By room id: `at_least` and `share_low` of its sales (measure gmv).

    Returns:
        By ISO 4217 code; orders without a currency count as the deal's. Empty without orders.
    """
    lost = np.full(len(orders), np.nan) if lost_yet is None else np.asarray(lost_yet, np.float64)
    lost = np.where(orders.is_kept & ~orders.is_final, lost, 0.0)
    is_barred = barred(orders, deal, facts)
    names = facts.names["currency"].to_pylist()
    out = {}
    for code in np.unique(orders.currency).tolist():
        mine = orders.currency == code
        out[names[code] if code >= 0 else deal.currency] = _tally(
            orders, mine, is_barred, lost, deal, facts, shares or {}
        )
    return out


def _tally(
    orders: Orders, mine: np.ndarray, is_barred: np.ndarray, lost: np.ndarray, deal: Deal, facts: Facts,
    shares: Mapping[str, tuple[float | None, float | None]],
) -> Tally:  # fmt: skip
    own = orders.take(mine)
    young = own.paid[own.is_kept & ~own.is_final]
    as_of = own.as_of[own.as_of != NULL]
    final_us = int(young.max()) + deal.refund_window_d * DAY_US if len(young) else None
    return Tally(
        total=_sums(own, lost[mine], deal),
        barred=_sums(orders.take(mine & is_barred), lost[mine & is_barred], deal),
        as_of=_instant(int(as_of.max())) if len(as_of) else None,
        final_on=None if final_us is None else _instant(final_us),
        manufactured=_manufactured(own, facts, shares),
    )


def _instant(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def _sums(orders: Orders, lost: np.ndarray, deal: Deal) -> Sums:
    is_refunded = orders.is_back | (orders.back_amount > 0)
    yet = _expected(orders, lost)
    late, unsure, by_settlement = _settled(orders, deal, yet)
    return Sums(
        n_orders=len(orders), placed=int(orders.amount.sum()), n_paid=int(orders.is_paid.sum()),
        paid=int(orders.paid_amount.sum()), n_refunded=int(is_refunded.sum()), refunded=int(orders.back_amount.sum()),
        n_returned=int(orders.is_returned.sum()), returned=int(orders.paid_amount[orders.is_returned].sum()),
        n_kept=int(orders.is_kept.sum()), refunded_late=late, refunded_unsure=unsure, lost_yet=yet,
        lost_by_settlement=by_settlement, n_without_amount=int((~orders.has_amount).sum()),
    )  # fmt: skip


def _expected(orders: Orders, lost: np.ndarray) -> Fraction | None:
    """Return the money that still comes back by expectation, the same in any order of rows; None: cannot be told."""
    worth = np.maximum(orders.paid_amount - orders.back_amount, 0)
    if np.isnan(lost).any():
        return None
    return Fraction(math.fsum((worth * lost).tolist()))


def _settled(orders: Orders, deal: Deal, yet: Fraction | None) -> tuple[int, int, Fraction | None]:
    """Return the money refunded surely after the day of settlement, perhaps after it, and what may still come before it.

    The time of a part refund is not known; that of a refund with `is_bound` is a last moment.
    """
    if deal.settlement is None:
        return 0, 0, Fraction(0)
    end = datetime.combine(deal.settlement + timedelta(days=1), clock(), deal.zone)
    end_us = round((end - _EPOCH) / timedelta(microseconds=1))
    if not (orders.as_of >= end_us).any():
        return 0, 0, yet
    after = orders.is_back & (orders.back >= end_us)
    is_part = ~orders.is_back & (orders.back_amount > 0)
    late = orders.back_amount[after & ~orders.is_bound].sum()
    unsure = orders.back_amount[(after & orders.is_bound) | is_part].sum()
    return int(late), int(unsure), Fraction(0)


def barred(orders: Orders, deal: Deal, facts: Facts) -> np.ndarray:
    """Return shape (orders,), bool: came through a channel the contract bars."""
    sources = {CHANNELS[channel] for channel in deal.channels_barred}
    traffic = _codes(facts.names["traffic_source"], sources)
    ids = _codes(facts.names["order_id"], set(deal.channels_orders))
    return np.asarray(np.isin(orders.traffic, traffic) | np.isin(orders.order, ids))


def _codes(names: pa.Array, wanted: set[str]) -> np.ndarray:
    if not wanted:
        return np.zeros(0, np.int64)
    return np.flatnonzero(pc.is_in(names, pa.array(sorted(wanted), pa.string())).to_numpy(zero_copy_only=False))


def _manufactured(
    orders: Orders, facts: Facts, shares: Mapping[str, tuple[float | None, float | None]]
) -> tuple[Fraction, Fraction] | None:  # fmt: skip
    """Return two lower bounds of manufactured money, summed over rooms; a room without an estimate adds nothing."""
    rooms = facts.names["room_id"]
    bounds = []
    for code in np.unique(orders.room).tolist():
        known = [each for each in shares.get(rooms[code].as_py(), (None, None)) if each is not None]
        if known:
            placed = int(orders.amount[orders.room == code].sum())
            bounds.append((placed * Fraction(min(known)), placed * Fraction(max(known))))
    if not bounds:
        return None
    return sum((low for low, _ in bounds), Fraction(0)), sum((high for _, high in bounds), Fraction(0))
