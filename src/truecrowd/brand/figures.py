"""The five figures of one session: counted, each with its interval, and with the state in which it could not look.

A figure that cannot look is a row with a `state` and no value: silence is not innocence, and 0 is not "no data".
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from truecrowd.brand import buyers
from truecrowd.brand.catalogue import HORIZONS_H, MIN_ORDERS
from truecrowd.brand.deal import Deal
from truecrowd.brand.edges import share_edges, wilson
from truecrowd.brand.orders import BEFORE_SHIPPING, NEVER, STATES, Orders
from truecrowd.brand.sessions import Session, in_windows
from truecrowd.brand.survival import refunds_by_age

HOUR_US: Final = 3_600_000_000
DENSEST_US: Final = 600_000_000
"""Length of the densest span of refunds, microseconds (brand-audit.md 2)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of `kpis` before names, formula and reference are put to it.

    Args:
        measure: Key of `catalogue.MEASURES`.
        value: NaN where there is none; `state` says why.
        low, high: 95 % interval, NaN where there is none.
        numerator, denominator: NaN where it is no quotient.
        n: Orders or accounts it rests on.
        state: Key of `catalogue.STATES`, "" for none.
        currency: Of a sum; "" for none.
        p_value: How often chance alone shows as much; NaN where not asked.
    """

    measure: str
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    numerator: float = math.nan
    denominator: float = math.nan
    n: int = 0
    state: str = ""
    currency: str = ""
    p_value: float = math.nan


@dataclass(frozen=True, slots=True)
class Scene:
    """Orders of one session with what is needed to read them.

    Args:
        orders: Of the session, or the part of them that a figure is counted on.
        session: Its times.
        deal: The contract, None without one.
        currencies: Name of every currency code; -1 is in it as the default.
        has_refunds: The data records refunds or cancellations.
        rng: Of this session and subset.
        is_whole: Intervals, shuffles and draws are wanted; rooms that are only a baseline go without.
        n_rooms: Rooms of the run that figures are made of; many rooms get fewer shuffles each.
    """

    orders: Orders
    session: Session
    deal: Deal | None
    currencies: Mapping[int, str]
    has_refunds: bool
    rng: np.random.Generator
    is_whole: bool = True
    n_rooms: int = 1


def figures(scene: Scene) -> Iterator[Cell]:
    """Yield figures 1, 2, 3 and 5; figure 4 needs a contract and stands in `reach.py`."""
    yield from refunds(scene)
    yield from by_state(scene)
    yield from returns(scene)
    yield from concentrations(scene)
    yield from timing(scene)


def quotient(measure: str, of_kind: np.ndarray, buyer: np.ndarray, state: str = "") -> Cell:
    """Return a share of orders with its Wilson interval; counts alone below 20 orders."""
    n, k = len(of_kind), int(of_kind.sum())
    if n == 0:
        return Cell(measure, state=state or "no_orders")
    low, high = share_edges(of_kind, buyer) if n >= MIN_ORDERS else (math.nan, math.nan)
    return Cell(measure, k / n, low, high, k, n, n, state or ("few_orders" if n < MIN_ORDERS else ""))


def money_share(measure: str, part: int, whole: np.ndarray, buyer: np.ndarray, currency: str, state: str = "") -> Cell:
    """Return a share of money with a Wilson interval on as many buyers as carry it."""
    total, n = int(whole.sum()), len(whole)
    if total <= 0:
        return Cell(measure, state="no_amount" if n else "no_orders", currency=currency, n=n)
    low = high = math.nan
    if n >= MIN_ORDERS:
        worth = _by_buyer(whole.astype(np.float64), buyer)
        effective = float(total) ** 2 / float((worth**2).sum())
        low, high = wilson(min(part / total, 1.0) * effective, effective)
    state = state or ("few_orders" if n < MIN_ORDERS else "")
    return Cell(measure, part / total, low, high, part, total, n, state, currency)


def _by_buyer(amount: np.ndarray, buyer: np.ndarray) -> np.ndarray:
    known = buyer >= 0
    _, place = np.unique(buyer[known], return_inverse=True)
    return np.append(np.bincount(place.ravel(), amount[known]), amount[~known])


def refunds(scene: Scene) -> Iterator[Cell]:
    """Yield figure 1, refunds by age: what was given back by T, and R(x), by orders and by money of each currency."""
    paid = scene.orders.take(scene.orders.is_paid)
    state = "" if scene.has_refunds or not len(paid) else "no_refunds"
    yield _unless(state, quotient("refunded_share", paid.is_returned, paid.buyer))
    is_bound = bool(paid.is_bound[paid.is_back].any())
    why = state or ("no_refund_time" if is_bound else "" if len(paid) else "no_orders")
    yield from _ages(scene, paid, np.ones(len(paid)), "", "", why)
    for currency, part in by_currency(paid, scene.currencies):
        back = int(part.back_amount[~part.is_by_merchant].sum())
        yield _unless(state, money_share("refunded_share_money", back, part.paid_amount, part.buyer, currency))
        yield from _ages(scene, part, part.paid_amount.astype(np.float64), "_money", currency, why)


def _ages(
    scene: Scene, paid: Orders, weight: np.ndarray, suffix: str, currency: str, why: str
) -> Iterator[Cell]:  # fmt: skip
    if why:
        yield from (Cell(f"refund_{name}{suffix}", state=why, currency=currency, n=len(paid)) for name in HORIZONS_H)
        return
    followed = np.maximum(paid.as_of - paid.paid, 0)
    age = np.where(paid.is_back, paid.back - paid.paid, followed)  # what the merchant cancelled is no longer followed
    followed = np.where(paid.is_by_merchant, age, followed)
    ages = [h * HOUR_US for h in HORIZONS_H.values()]
    aged = refunds_by_age(age, paid.is_returned, followed, weight, paid.buyer, ages, is_whole=scene.is_whole)
    for name, at in zip(HORIZONS_H, aged, strict=True):
        state = "" if not math.isnan(at.value) else "few_orders" if len(paid) < MIN_ORDERS else "too_young"
        yield Cell(
            f"refund_{name}{suffix}", at.value, at.low, at.high, math.nan if suffix else at.k, n=at.n, state=state,
            currency=currency,
        )  # fmt: skip


def by_state(scene: Scene) -> Iterator[Cell]:
    """Yield figure 1, refunds by shipping state, shares of P and of its money."""
    paid = scene.orders.take(scene.orders.is_paid)
    no_ship = bool(len(paid)) and not paid.has_ship.any()
    for place, name in list(enumerate(STATES))[1:5]:
        state = "no_refunds" if len(paid) and not scene.has_refunds else ""
        state = state or ("no_shipping" if no_ship and name != "unknown" else "")
        of_kind = (paid.state == place) & paid.is_returned
        yield _unless(state, quotient(f"back_{name}", of_kind, paid.buyer))
        for currency, part in by_currency(paid, scene.currencies):
            back = int(part.paid_amount[(part.state == place) & part.is_returned].sum())
            yield _unless(state, money_share(f"back_{name}_money", back, part.paid_amount, part.buyer, currency))


def returns(scene: Scene) -> Iterator[Cell]:
    """Yield figure 2: returned orders per returning buyer, and per buyer."""
    paid = scene.orders.take(scene.orders.is_paid)
    named = paid.take(paid.buyer >= 0)
    state = _nobody(paid, named) or ("" if scene.has_refunds else "no_refunds")
    if state in ("no_orders", "no_buyers", "no_refunds"):
        yield from (
            Cell(name, state=state, n=len(paid)) for name in ("returned_per_returning_buyer", "returned_per_buyer")
        )
        return
    found = buyers.returns_of(named.buyer, named.is_returned, scene.rng, is_whole=scene.is_whole, n_rooms=scene.n_rooms)
    few = "few_orders" if len(named) < MIN_ORDERS else ""
    yield Cell(
        "returned_per_returning_buyer", found.q, found.low, found.high, found.n_returned, found.n_returning, len(named),
        state or few, p_value=found.p_value,
    )  # fmt: skip
    yield Cell(
        "returned_per_buyer", found.n_returned / found.n_buyers, numerator=found.n_returned, denominator=found.n_buyers,
        n=len(named), state=state or few,
    )  # fmt: skip


def _nobody(orders: Orders, named: Orders) -> str:
    if not len(orders):
        return "no_orders"
    if not len(named):
        return "no_buyers"
    return "named_buyers" if len(named) < len(orders) else ""


def concentrations(scene: Scene) -> Iterator[Cell]:
    """Yield figure 3 on O and on P."""
    for name, orders in (("placed", scene.orders), ("paid", scene.orders.take(scene.orders.is_paid))):
        named = orders.take(orders.buyer >= 0)
        state = _nobody(orders, named)
        _, n = np.unique(named.buyer, return_counts=True)
        for kind, value in buyers.concentration(n).items():
            few = "few_orders" if 0 < len(named) < MIN_ORDERS else ""
            is_share = kind.startswith("top_")
            yield Cell(
                f"{kind}_{name}", value, numerator=round(value * len(named)) if is_share and len(n) else math.nan,
                denominator=len(named) if is_share and len(n) else math.nan, n=len(named), state=state or few,
            )  # fmt: skip


def timing(scene: Scene) -> Iterator[Cell]:
    """Yield figure 5: payments inside the slot, refunds by and after the end of the broadcast, and their densest span."""
    paid = scene.orders.take(scene.orders.is_paid)
    end, slot = scene.session.end, scene.session.slot
    timeless = "no_refunds" if len(paid) and not scene.has_refunds else ""
    back = paid.take(paid.is_returned & ~paid.is_bound)
    timeless = timeless or ("no_refund_time" if paid.is_bound[paid.is_back].any() else "")
    yield _unless(
        "" if slot else "no_slot", quotient("in_slot", in_windows(paid.paid, slot), paid.buyer), n=len(paid)
    )  # fmt: skip
    no_end = timeless or ("" if end is not None else "no_broadcast")
    yield _unless(
        no_end, quotient("refunded_by_end", paid.is_returned & (paid.back <= (end or 0)), paid.buyer), n=len(paid)
    )
    late = back.back - (end or 0)
    for hours in (1, 6, 24):
        of_kind = (late > 0) & (late <= hours * HOUR_US)
        yield _of_refunds(f"refunds_{hours}h_after_end", of_kind, back.buyer, no_end, len(paid))
    yield _of_refunds("refunds_densest_10min", densest(back.back), back.buyer, timeless, len(paid))
    day = scene.deal.settlement if scene.deal else None
    is_after = back.back >= end_of(day, scene.deal) if day and scene.deal else np.zeros(len(back), np.bool_)
    why = timeless or ("" if day else "no_settlement" if scene.deal else "no_contract")
    yield _of_refunds("refunds_after_settlement", is_after, back.buyer, why, len(paid))


def _of_refunds(measure: str, of_kind: np.ndarray, buyer: np.ndarray, state: str, n_paid: int) -> Cell:
    """Return a share of all refunds; where nothing came back there is none, which is not 0."""
    if not n_paid:
        return Cell(measure, state="no_orders")
    if state or not len(of_kind):
        return Cell(measure, state=state or "none_back", n=n_paid)
    return quotient(measure, of_kind, buyer)


def end_of(day: date, deal: Deal) -> int:
    """Return the end of a day in the contract's zone, microseconds."""
    end = datetime(day.year, day.month, day.day, tzinfo=deal.zone) + timedelta(days=1)
    return round(end.timestamp()) * 1_000_000


def densest(ts: np.ndarray, span_us: int = DENSEST_US) -> np.ndarray:
    """Return shape (n,), bool: times in the densest span, wherever it begins; the earliest one of several."""
    if not len(ts):
        return np.zeros(0, np.bool_)
    order = np.sort(ts)
    ends = np.searchsorted(order, order + span_us)
    start = order[int(np.argmax(ends - np.arange(len(order))))]
    return np.asarray((ts >= start) & (ts < start + span_us))


def _unless(state: str, cell: Cell, *, n: int | None = None) -> Cell:
    """Return the cell, or the same measure without a value where `state` says why it cannot look."""
    if not state or cell.state == "no_orders":
        return cell
    return Cell(cell.measure, state=state, currency=cell.currency, n=cell.n if n is None else n)


def by_currency(orders: Orders, names: Mapping[int, str]) -> Iterator[tuple[str, Orders]]:
    """Yield each currency by name with its orders."""
    for code in sorted(np.unique(orders.currency).tolist(), key=lambda code: names[code]):
        yield names[code], orders.take(orders.currency == code)


def within_a_day_unshipped(orders: Orders) -> np.ndarray:
    """Return B of the excess, shape (n,), bool: taken back by the buyer before shipping within 24 h of payment."""
    is_soon = orders.back - orders.paid <= 24 * HOUR_US
    return np.asarray(
        orders.is_returned & (orders.state == BEFORE_SHIPPING) & is_soon & ~orders.is_bound & (orders.back < NEVER)
    )
