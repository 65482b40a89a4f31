"""What a dashboard shows, counted (brand-audit.md 4): sales, orders, what viewers did, what a fee or an ad gave back."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np

from truecrowd.brand.deal import Deal
from truecrowd.brand.figures import Cell, Scene, by_currency, end_of, quotient
from truecrowd.brand.orders import Orders
from truecrowd.features.facts import Facts
from truecrowd.features.view import TYPE_CODES

_ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "product_click": ("product_click",), "interaction": ("comment", "like", "gift", "share"), "comment": ("comment",),
    "new_fan": ("follow",), "club": ("fan_club", "light_badge"),
}  # fmt: skip
"""By measure, what an account does at least once to be counted."""
_UNSEEN: Final = 1 << TYPE_CODES["cart_popup"] | 1 << TYPE_CODES["order"]
"""What can be said of an account that was not in the room."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Accounts in the rooms of one session; one row an account.

    Args:
        types: Shape (n,), bits of what each did, as in `facts.ACCOUNTS`.
        watched_us: Shape (n,), microseconds from the first to the last event.
        has_leaves: Leaves are recorded.
        records: Bits of the types the rooms hold.
    """

    types: np.ndarray
    watched_us: np.ndarray
    has_leaves: bool
    records: int

    @property
    def n_viewers(self) -> int:
        """Accounts that were in the room."""
        return int((self.types & ~_UNSEEN != 0).sum())


def audience_of(facts: Facts, codes: list[int]) -> Audience:
    """Return the audience of some rooms; staff left out, an account in two rooms is one."""
    cuts = np.searchsorted(facts.accounts["room_id"], np.array([codes, [code + 1 for code in codes]], np.int32))
    people = np.concatenate([facts.accounts[:0], *(facts.accounts[low:high] for low, high in cuts.T.tolist())])
    people = people[~np.isin(people["account_id"], facts.staff)]
    _, place = np.unique(people["account_id"], return_inverse=True)
    n = int(place.max(initial=-1)) + 1
    types, watched = np.zeros(n, np.int64), np.zeros(n, np.int64)
    np.bitwise_or.at(types, place, people["types"])
    np.add.at(watched, place, people["last"] - people["first"])
    held = facts.n[codes].sum(axis=0) if codes else np.zeros(facts.n.shape[1], np.int64)
    records = sum(1 << at for at in np.flatnonzero(held > 0).tolist())
    return Audience(types, watched, bool(records >> TYPE_CODES["leave"] & 1), records)


def sales(scene: Scene) -> Iterator[Cell]:
    """Yield orders and sums: placed, paid, kept; unpaid, and cancelled by the merchant."""
    orders, none = scene.orders, "" if len(scene.orders) else "no_orders"
    n = len(orders)
    counts = {
        "orders_placed": n, "orders_paid": int(orders.is_paid.sum()), "orders_kept": int(orders.is_kept.sum()),
        "orders_final": int(orders.is_final.sum()),
    }  # fmt: skip
    yield from (Cell(name, float(k), n=n, state=none) for name, k in counts.items())
    yield quotient("unpaid_share", ~orders.is_paid, orders.buyer)
    paid = orders.take(orders.is_paid)
    yield quotient("by_merchant_share", paid.is_by_merchant & paid.is_back, paid.buyer)
    for currency, part in by_currency(orders, scene.currencies):
        state = "" if part.has_amount.any() else "no_amount"
        for name, value in (("gmv_placed", part.amount), ("gmv_paid", part.paid_amount)):
            yield Cell(name, math.nan if state else float(value.sum()), n=len(part), state=state, currency=currency)
        yield Cell(
            "net_sales", math.nan if state else float(net_sales(part)), n=len(part), state=state, currency=currency
        )


def net_sales(orders: Orders) -> int:
    """Return paid money less refunded money, minor units, of orders of one currency."""
    return int(orders.paid_amount.sum()) - int(orders.back_amount[orders.is_paid].sum())


def viewing(scene: Scene, audience: Audience) -> Iterator[Cell]:
    """Yield what is counted per viewer; without a recorded audience there is none, which is not zero."""
    n = audience.n_viewers
    if not n:
        names = ("view_to_order", "click_to_order", *_ACTS, "dwell", "uv_value")
        yield from (Cell(name, state="no_audience") for name in names)
        return
    clickers = _actors(audience, ("product_click",))
    buyers = len(np.unique(scene.orders.buyer[scene.orders.buyer >= 0]))
    nobody = "no_buyers" if len(scene.orders) and not buyers else ""
    yield _per("view_to_order", buyers, n, nobody)
    yield _per("click_to_order", buyers, clickers, nobody or ("" if clickers else "no_clicks"))
    for name, types in _ACTS.items():
        held = any(audience.records >> TYPE_CODES[each] & 1 for each in types)
        yield _per(name, _actors(audience, types), n, "" if held else "not_recorded")
    watched = int(audience.watched_us[audience.types & ~_UNSEEN != 0].sum())
    leaves = "" if audience.has_leaves else "no_leaves"
    yield Cell("dwell", watched / 1e6 / n, numerator=round(watched / 1e6), denominator=n, n=n, state=leaves)
    for currency, part in by_currency(scene.orders, scene.currencies):
        net = net_sales(part)
        yield Cell("uv_value", net / n, numerator=net, denominator=n, n=n, currency=currency)


def _actors(audience: Audience, types: tuple[str, ...]) -> int:
    bits = sum(1 << TYPE_CODES[name] for name in types)
    return int((audience.types & bits != 0).sum())


def _per(measure: str, k: int, n: int, state: str) -> Cell:
    if state:
        return Cell(measure, state=state, n=n)
    return Cell(measure, k / n, numerator=k, denominator=n, n=n)


def terms(scene: Scene) -> Iterator[Cell]:
    """Yield what was told, and what the fee and the ads gave back, in the currency of the contract."""
    deal = scene.deal
    if deal is None:
        names = (
            "orders_shown",
            "gmv_shown",
            "gpm",
            "slot_fee_return",
            "slot_fee_return_shown",
            "ad_return",
            "ad_return_shown",
            "cost_per_kept_order",
        )
        yield from (Cell(name, state="no_contract") for name in names)
        return
    shown, money = deal.shown, deal.currency
    mine = np.isin(scene.orders.currency, [code for code, name in scene.currencies.items() if name == money])
    own = scene.orders.take(mine)
    net, placed = net_sales(own), int(own.amount.sum())
    yield _told("orders_shown", shown.orders, "")
    yield _told("gmv_shown", shown.gmv_minor, money)
    yield _over("gpm", placed * 1_000, shown.views, money, "no_shown")
    yield _over("slot_fee_return", net, deal.slot_fee_minor, money, "no_fee")
    yield _over("slot_fee_return_shown", shown.gmv_minor, deal.slot_fee_minor, money, "no_fee")
    yield _over("ad_return", net, shown.ad_spend_minor, money, "no_shown")
    yield _over("ad_return_shown", shown.gmv_minor, shown.ad_spend_minor, money, "no_shown")
    yield _over("cost_per_kept_order", _cost(own, deal), int(own.is_kept.sum()) or None, money, "no_orders")


def _told(measure: str, value: int | None, currency: str) -> Cell:
    if value is None:
        return Cell(measure, state="no_shown", currency=currency)
    return Cell(measure, float(value), currency=currency)


def _over(measure: str, above: int | None, below: int | None, currency: str, state: str) -> Cell:
    if above is None:
        return Cell(measure, state="no_shown" if measure.endswith("_shown") else "no_fee", currency=currency)
    if not below:
        return Cell(measure, state=state, currency=currency)
    return Cell(measure, above / below, numerator=above, denominator=below, currency=currency)


def _cost(own: Orders, deal: Deal) -> int | None:
    """Return slot fee and commission due, minor units; None where the contract has neither."""
    if deal.slot_fee_minor is None and deal.commission_share is None:
        return None
    base = {"shown": int(own.amount.sum()), "paid": int(own.paid_amount.sum())}.get(deal.commission_base or "")
    base = net_sales(own if deal.commission_base != "settled" else _settled(own, deal)) if base is None else base
    return (deal.slot_fee_minor or 0) + round(Fraction(deal.commission_share or 0) * base)


def _settled(own: Orders, deal: Deal) -> Orders:
    """Return the orders as they stood at the end of the day of settlement; those returned later still count."""
    if deal.settlement is None:
        return own
    is_later = own.is_back & (own.back >= end_of(deal.settlement, deal))
    return replace(own, back_amount=np.where(is_later, 0, own.back_amount))


def cleared(scene: Scene, share: Mapping[str, float | None]) -> Iterator[Cell]:
    """Yield the manufactured share of sales and what is left of net sales without it; never without `at_least`.

    Args:
        scene: The orders.
        share: "share", "share_low", "share_high", "at_least" of the room's gmv; empty where it is not estimated.
    """
    middle, low, high = (share.get(name) for name in ("share", "share_low", "share_high"))
    if middle is None or low is None or high is None or share.get("at_least") is None:
        yield from (Cell(name, state="no_share") for name in ("manufactured_share", "real_sales"))
        return
    yield Cell("manufactured_share", middle, low, high, n=len(scene.orders))
    for currency, part in by_currency(scene.orders, scene.currencies):
        net = net_sales(part)
        yield Cell("real_sales", net * (1 - middle), net * (1 - high), net * (1 - low), n=len(part), currency=currency)
