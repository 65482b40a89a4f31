"""From a look at the cart to an order, its payment, its delivery and its refund."""

import heapq
from dataclasses import dataclass

import numpy as np

from truecrowd.simulate import acts, laws, talk
from truecrowd.simulate.kinds import F64, I64, Bool, Rng
from truecrowd.simulate.people import weighted
from truecrowd.simulate.rows import NONE, Rows, joined, rows
from truecrowd.simulate.shelf import Shelf
from truecrowd.simulate.visits import Visits
from truecrowd.simulate.world import Brushing, Shop

_HOUR_S, _DAY_S = 3_600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Wants:
    """Orders somebody is about to place; stock decides which of them happen."""

    at_s: F64
    account: I64
    product: I64
    quantity: I64
    campaign: I64

    def __len__(self) -> int:
        return len(self.at_s)

    def moved(self, n_accounts: int) -> "Wants":
        """Return the wants with account places shifted behind `n_accounts` others."""
        return Wants(self.at_s, self.account + n_accounts, self.product, self.quantity, self.campaign)

    def take(self, which: Bool | I64) -> "Wants":
        """Return the wants a mask or an index array picks."""
        return Wants(
            self.at_s[which], self.account[which], self.product[which], self.quantity[which], self.campaign[which]
        )


@dataclass(frozen=True, slots=True)
class Sales:
    """Orders that happened, in order of time; the place is the order's number in the room."""

    wants: Wants
    price: I64
    """Of one item, minor units."""
    paid_s: F64
    """NaN where never paid."""
    cancelled_s: F64
    """When the platform gave up waiting for payment; NaN where paid."""


def want(rng: Rng, shop: Shop, at_s: F64, account: I64, product: I64) -> Wants:
    """Return honest wants with small quantities."""
    quantity = weighted(rng, list(shop.quantities), len(at_s)) + 1
    return Wants(at_s, account, product, quantity, np.full(len(at_s), NONE))


def gather(parts: list[Wants]) -> Wants:
    """Return the parts one after the other."""
    return Wants(
        np.concatenate([part.at_s for part in parts]),
        np.concatenate([part.account for part in parts]),
        np.concatenate([part.product for part in parts]),
        np.concatenate([part.quantity for part in parts]),
        np.concatenate([part.campaign for part in parts]),
    )


def nothing() -> Wants:
    """Return no wants."""
    empty = np.zeros(0, np.int64)
    return Wants(np.zeros(0), empty, empty, empty, empty)


def funnel(rng: Rng, shop: Shop, shelf: Shelf, visits: Visits) -> tuple[Rows, Wants]:
    """Return what visitors look at, and what they then want to order.

    Most look at what is being shown, the rest at anything; a look leads to "going to buy", that to an order.
    """
    which = np.flatnonzero(rng.random(len(visits)) < shop.click_share)
    at_s = acts.inside(rng, visits, which)
    anything = rng.integers(0, len(shelf), len(which))
    product = np.where(rng.random(len(which)) < shop.on_air_share, shelf.on_air(at_s), anything)
    at_s = np.maximum(at_s, shelf.listed_s(len(shelf)) + 5.0)
    return _chain(rng, shop, at_s, visits.end_s[which], visits.account[which], product)


def _chain(rng: Rng, shop: Shop, at_s: F64, until_s: F64, account: I64, product: I64) -> tuple[Rows, Wants]:
    # click, "going to buy" and want, seconds apart, fewer at each step; who has left does nothing more
    is_there = at_s < until_s
    at_s, until_s, account, product = at_s[is_there], until_s[is_there], account[is_there], product[is_there]
    n = len(at_s)
    popup_s = at_s + rng.lognormal(np.log(9.0), 0.8, n)
    order_s = popup_s + rng.lognormal(np.log(12.0), 0.7, n)
    is_popup = (rng.random(n) < shop.popup_share) & (popup_s < until_s)
    is_order = is_popup & (rng.random(n) < shop.order_share) & (order_s < until_s)
    looks = rows("product_click", at_s, account=account, product=product)
    popups = rows("cart_popup", popup_s[is_popup], account=account[is_popup], product=product[is_popup])
    return joined([looks, popups]), want(rng, shop, order_s[is_order], account[is_order], product[is_order])


def rush(rng: Rng, shop: Shop, visits: Visits, ready_s: float | F64, product: int, wait_s: float) -> tuple[Rows, Wants]:
    """Return the looks and wants of visitors who hear an offer and go for it.

    Args:
        rng: Stream to draw from.
        shop: How many look, go on, and order.
        visits: Of those who hear it.
        ready_s: From when each of them can act, seconds after the room's start.
        product: Place on the shelf.
        wait_s: Mean time until they look, seconds.
    """
    n = len(visits)
    look_s = ready_s + rng.exponential(wait_s, n)
    return _chain(rng, shop, look_s, visits.end_s, visits.account, np.full(n, product))


def sell(rng: Rng, shop: Shop, brushing: Brushing, shelf: Shelf, wants: Wants, stock: dict[int, int]) -> Sales:
    """Return the wants that become orders: while stock lasts, and again when unpaid orders release it.

    Args:
        rng: Stream to draw from.
        shop: How many pay, how fast, and when the platform stops waiting.
        brushing: How fast brushed orders are paid; they always are.
        shelf: Prices.
        wants: In any order.
        stock: Items there are of the products that may run out; others never do.
    """
    wants = wants.take(np.argsort(wants.at_s, kind="stable"))
    n = len(wants)
    is_brushed = wants.campaign != NONE
    pay_s = laws.draw(rng, shop.pay, n).clip(2.0, shop.unpaid_after_s - 20.0)
    pay_s = np.where(is_brushed, rng.uniform(*brushing.pay_s, n), pay_s)
    is_unpaid = (rng.random(n) < shop.unpaid_share) & ~is_brushed
    cancelled_s = np.where(is_unpaid, wants.at_s + shop.unpaid_after_s + rng.uniform(0.0, 4.0, n), np.nan)
    keep = np.ones(n, bool)
    for product, number in stock.items():
        of = np.flatnonzero(wants.product == product)
        keep[of] = _admitted(wants.at_s[of], wants.quantity[of], cancelled_s[of], number)
    kept = wants.take(keep)
    paid_s = np.where(is_unpaid, np.nan, wants.at_s + pay_s)
    return Sales(kept, shelf.price(kept.product, kept.at_s), paid_s[keep], cancelled_s[keep])


def _admitted(at_s: F64, quantity: I64, cancelled_s: F64, stock: int) -> list[bool]:
    released: list[tuple[float, int]] = []
    keep = []
    for at, number, cancelled in zip(at_s.tolist(), quantity.tolist(), cancelled_s.tolist(), strict=True):
        while released and released[0][0] <= at:
            stock += heapq.heappop(released)[1]
        keep.append(number <= stock)
        if keep[-1]:
            stock -= number
            if cancelled == cancelled:  # not NaN
                heapq.heappush(released, (cancelled, number))
    return keep


def moves(sales: Sales, product: int) -> tuple[F64, I64]:
    """Return when items of a product were taken (negative) or released (positive), and how many."""
    of = sales.wants.product == product
    back = of & np.isfinite(sales.cancelled_s)
    at_s = np.concatenate([sales.wants.at_s[of], sales.cancelled_s[back]])
    return at_s, np.concatenate([-sales.wants.quantity[of], sales.wants.quantity[back]])


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a room's orders.

    Args:
        refund_share: Part of the honest paid orders that is refunded.
        kept: By campaign, the part of its orders that is never taken back.
        reviewers: Campaigns whose buyers were paid for a review; their orders are kept.
    """

    refund_share: float
    kept: dict[int, float]
    reviewers: frozenset[int] = frozenset()

    def refunds(self, campaign: I64) -> F64:
        """Return the chance of a refund of each order."""
        chance = np.full(len(campaign), self.refund_share)
        for place, kept in self.kept.items():
            chance[campaign == place] = 1.0 - kept
        return chance


def order_rows(rng: Rng, shop: Shop, brushing: Brushing, sales: Sales, fate: Fate) -> Rows:
    """Return the life of every order: placed, paid or cancelled, shipped, delivered, reviewed, refunded."""
    n = len(sales.wants)
    is_paid = np.isfinite(sales.paid_s)
    is_ordered = np.isin(sales.wants.campaign, list(fate.reviewers))
    is_brushed = (sales.wants.campaign != NONE) & ~is_ordered
    is_refunded = is_paid & (rng.random(n) < fate.refunds(sales.wants.campaign))
    is_early = is_refunded & (is_brushed | (rng.random(n) < shop.early_refund_share))
    ship_s = sales.paid_s + laws.draw(rng, shop.ship_hours, n) * _HOUR_S
    deliver_s = ship_s + laws.draw(rng, shop.deliver_days, n) * _DAY_S
    early_s = np.where(
        is_brushed,
        sales.wants.at_s + rng.uniform(*brushing.refund_days, n) * _DAY_S,
        sales.paid_s + rng.uniform(0.02, 0.9, n) * (ship_s - sales.paid_s),
    )
    late_s = deliver_s + laws.draw(rng, shop.late_refund_days, n) * _DAY_S
    is_shipped = is_paid & ~is_early
    is_reviewed = is_shipped & ~is_brushed & ((rng.random(n) < shop.review_share) | is_ordered)
    review_s = deliver_s + np.where(is_ordered, rng.uniform(0.02, 0.3, n), rng.uniform(0.1, 5.0, n)) * _DAY_S
    said = np.where(is_ordered, talk.reviews(rng, n, is_paid=True), talk.reviews(rng, n, is_paid=False))
    return joined(
        [
            _rows("order", sales, sales.wants.at_s, np.ones(n, bool)),
            _rows("payment", sales, sales.paid_s, is_paid),
            _rows("cancel", sales, sales.cancelled_s, ~is_paid),
            _rows("ship", sales, ship_s, is_shipped),
            _rows("deliver", sales, deliver_s, is_shipped),
            _rows("refund", sales, np.where(is_early, early_s, late_s), is_refunded),
            _rows("review", sales, review_s, is_reviewed, said),
        ]
    )


def _rows(event_type: str, sales: Sales, at_s: F64, which: Bool, text: I64 | None = None) -> Rows:
    wants = sales.wants
    has_money = event_type in ("order", "payment", "cancel", "refund")
    return rows(
        event_type,
        at_s[which],
        account=wants.account[which],
        product=wants.product[which],
        order=np.flatnonzero(which),
        amount=(wants.quantity * sales.price)[which] if has_money else NONE,
        quantity=wants.quantity[which] if has_money else NONE,
        text=NONE if text is None else text[which],
    )
