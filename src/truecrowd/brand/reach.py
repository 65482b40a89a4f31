"""Figure 4: guaranteed against real sales; what is kept now, and what the merchant's own returns lead one to expect."""

import math
from collections.abc import Iterator

import numpy as np

from truecrowd.brand.catalogue import MIN_ORDERS
from truecrowd.brand.deal import Deal
from truecrowd.brand.figures import Cell, Scene, by_currency
from truecrowd.brand.orders import DAY_US, REFUND_WINDOW_D, Orders
from truecrowd.brand.survival import Curve, curve_of


def returns_curve(orders: Orders, window_d: int) -> Curve | None:
    """Return R(x) of orders that were seen for the whole refund window; None where fewer than 20 were.

    Args:
        orders: The merchant's own, of other rooms or of this one.
        window_d: Days in which a buyer may give back.
    """
    paid = orders.take(orders.is_paid & ~orders.is_bound)
    followed = paid.as_of - paid.paid
    if int((followed >= window_d * DAY_US).sum()) < MIN_ORDERS:
        return None
    return curve_of(np.where(paid.is_returned, paid.back - paid.paid, followed), paid.is_returned)


def yet_to_return(orders: Orders, curve: Curve | None, window_d: int) -> np.ndarray | None:
    """Return shape (n,): how likely each order will still be given back; 0 for those that are back, unpaid or final.

    None where nothing is known of how this merchant's orders come back and some are young.
    """
    is_young = orders.is_kept & ~orders.is_final
    if not is_young.any():
        return np.zeros(len(orders))
    if curve is None:
        return None
    age = np.where(is_young, np.maximum(orders.as_of - orders.paid, 0), 0)
    later, now = 1.0 - curve.kept(np.array([window_d * DAY_US]))[0], 1.0 - curve.kept(age)
    chance = np.maximum(later - now, 0.0) / np.maximum(1.0 - now, 1e-12)
    return np.asarray(np.where(is_young, chance, 0.0))


def reach(scene: Scene, curve: Curve | None, counts: np.ndarray) -> Iterator[Cell]:
    """Yield figure 4: kept sales, and how far they reach towards the guarantee.

    `low` of a reach is what young orders lead one to expect, `high` what is kept now: returns only lower it.

    Args:
        scene: The orders.
        curve: `returns_curve` of the merchant's own orders.
        counts: Shape (n,), 0 to 1: the part of each order that counts; less where its channel is barred.
    """
    deal = scene.deal
    for currency, part in by_currency(scene.orders, scene.currencies):
        paid, kept = part.take(part.is_paid), float(_net(part).sum())
        yield Cell("kept_sales", kept, _projected(part, curve, deal), kept, n=len(paid), currency=currency)
    if not len(scene.orders):
        currency = deal.currency if deal else ""
        yield Cell("kept_sales", 0.0 if deal else math.nan, state="no_orders", currency=currency)
    if deal is None or deal.guarantee_minor is None:
        why = "no_contract" if deal is None else "no_guarantee"
        yield from (Cell(name, state=why) for name in ("guarantee_reach", "guarantee_reach_shown"))
        return
    mine = np.isin(scene.orders.currency, [code for code, name in scene.currencies.items() if name == deal.currency])
    own = scene.orders.take(mine)
    now = float((counted(own, deal) * counts[mine]).sum())
    later = now if deal.guarantee_counts != "kept" else _projected(own, curve, deal, counts[mine])
    whole = deal.guarantee_minor
    yield Cell(
        "guarantee_reach", now / whole, later / whole, now / whole, now, whole, len(own), currency=deal.currency,
        state="" if len(own) else "no_orders",
    )  # fmt: skip
    shown = deal.shown.gmv_minor
    if shown is None:
        yield Cell("guarantee_reach_shown", state="no_shown", currency=deal.currency)
    else:
        yield Cell("guarantee_reach_shown", shown / whole, numerator=shown, denominator=whole, currency=deal.currency)


def counted(orders: Orders, deal: Deal) -> np.ndarray:
    """Return what each order counts towards the guarantee, minor units, before barred channels are taken out."""
    if deal.guarantee_counts == "shown":
        return orders.amount
    if deal.guarantee_counts == "paid":
        return orders.paid_amount
    return _net(orders)


def _net(orders: Orders) -> np.ndarray:
    return np.asarray(orders.paid_amount - np.where(orders.is_paid, orders.back_amount, 0))


def _projected(orders: Orders, curve: Curve | None, deal: Deal | None, counts: np.ndarray | float = 1.0) -> float:
    chance = yet_to_return(orders, curve, deal.refund_window_d if deal else REFUND_WINDOW_D)
    return math.nan if chance is None else float((_net(orders) * counts * (1.0 - chance)).sum())
