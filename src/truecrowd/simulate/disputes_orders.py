"""A case -> its orders as columns: who ordered what when, for how much, and what became of it."""

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from truecrowd.simulate import ids, laws
from truecrowd.simulate.disputes_cases import Air, Case, Part, Purse, Range
from truecrowd.simulate.kinds import F64, I64, U64, Bool, Rng
from truecrowd.simulate.people import zipf
from truecrowd.simulate.world import World

_HOUR_S, _DAY_S = 3_600.0, 86_400.0
_DONE_DAYS: Final = 15.0
"""After delivery the platform takes an order for received."""
_PRODUCTS: Final = 3
_NIGHT_S: Final = (1_200.0, 5 * _HOUR_S)
"""After the broadcast's end."""
_ON_TIME_SHARE: Final = 0.9
"""Part of the ordinary orders placed in the slot, the rest later in the broadcast. Invented."""
_CLOSED_SHARE: Final = 0.3
"""Part of `early_or_closed` that was never paid. Invented."""

REASONS: Final = (
    "", "超时未支付", "不想要了", "七天无理由退货", "多拍或拍错", "满减凑单后退回凑单款", "尺码拍错重拍", "价格标错商家取消",
    "公司礼品单取消",
)  # fmt: skip
"""Why an order was taken back, as a shop's export words it; the first is none at all."""
UNPAID, UNWANTED, NO_REASON, MISTAKE, TOP_UP, SIZE, PRICE, BULK = range(1, 9)


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders in order of time; every column has the same length.

    Times are whole seconds since 1970 in UTC, NaN where it did not happen. `room` is the place of the broadcast, `buyer`
    that of the buyer, `part` that of the case's part, `product` that on the shelf, `reason` that in `REASONS`.
    """

    id: U64
    room: I64
    buyer: I64
    part: I64
    product: I64
    amount: I64
    reason: I64
    placed_s: F64
    paid_s: F64
    shipped_s: F64
    delivered_s: F64
    done_s: F64
    refunded_s: F64
    closed_s: F64

    def __len__(self) -> int:
        return len(self.id)

    def take(self, which: Bool | I64) -> "Orders":
        """Return the orders a mask or an index array picks."""
        return Orders(*(getattr(self, column.name)[which] for column in fields(self)))

    def last_s(self) -> F64:
        """Return when each order last changed."""
        return np.asarray(np.fmax.reduce([getattr(self, name) for name in TIMES]))


TIMES: Final = ("placed_s", "paid_s", "shipped_s", "delivered_s", "done_s", "refunded_s", "closed_s")
"""Columns of `Orders` that are times."""


def drawn(rng: Rng, wanted: int | Range) -> int:
    """Return a number that is set, or one of a range."""
    return wanted if isinstance(wanted, int) else int(rng.integers(wanted[0], wanted[1] + 1))


def opens_s(air: Air) -> float:
    """Return when a broadcast starts, seconds since 1970."""
    return air.start.timestamp()


def ends_s(case: Case) -> float:
    """Return when the last broadcast ends, seconds since 1970."""
    return max(opens_s(air) + air.length_s for air in case.air)


def orders_of(case: Case, world: World, root: str) -> Orders:
    """Return the orders of a case.

    Args:
        case: What is set and what is free.
        world: How fast people pay, merchants ship, and ordinary buyers send back.
        root: Key of all ids and streams of the case.
    """
    rng = ids.generator(f"{root}/orders")
    n, n_buyers = _sizes(rng, case)
    part = np.repeat(np.arange(len(n)), n)
    buyer = np.concatenate([_shared(rng, case.parts[at], n[at], n_buyers[at]) for at in range(len(n))])
    buyer = buyer + np.repeat(np.cumsum([0, *n_buyers])[:-1], n)
    room = np.concatenate([_rooms(rng, case, case.parts[at], n[at]) for at in range(len(n))])
    placed = _placed(rng, case, part, room)
    empty = np.full(len(part), np.nan)
    orders = Orders(
        ids.numbers(f"{root}/order", len(part)), room, buyer, part, rng.integers(0, _PRODUCTS, len(part)),
        _amounts(rng, case, part), np.zeros(len(part), np.int64), placed, *(empty.copy() for _ in TIMES[1:]),
    )  # fmt: skip
    orders = _lived(rng, case, world, orders)
    return orders.take(np.argsort(orders.placed_s, kind="stable"))


def _sizes(rng: Rng, case: Case) -> tuple[list[int], list[int]]:
    """Return orders and buyers of every part."""
    n: list[int] = []
    buyers: list[int] = []
    for part in case.parts:
        before = [at for at, each in enumerate(case.parts[: len(n)]) if each.purse == part.purse] if part.fills else []
        n.append(drawn(rng, part.n) - sum(n[at] for at in before))
        if isinstance(part.buyers, tuple):
            buyers.append(len(part.buyers))
        elif part.buyers:
            buyers.append(part.buyers - (sum(buyers[at] for at in before) if part.fills else 0))
        else:
            buyers.append(n[-1])
    return n, buyers


def _shared(rng: Rng, part: Part, n: int, n_buyers: int) -> I64:
    """Return the buyer of each order, every one of them at least once."""
    if isinstance(part.buyers, tuple):
        return rng.permutation(np.repeat(np.arange(n_buyers), part.buyers))
    more = rng.choice(n_buyers, size=n - n_buyers, p=zipf(n_buyers, 0.4)) if n > n_buyers else np.zeros(0, np.int64)
    return rng.permutation(np.concatenate([np.arange(n_buyers), more])).astype(np.int64)


def _rooms(rng: Rng, case: Case, part: Part, n: int) -> I64:
    return np.array(part.rooms or range(len(case.air)))[rng.integers(0, len(part.rooms or case.air), n)]


def _placed(rng: Rng, case: Case, part: I64, room: I64) -> F64:
    """Return when each order was placed: in the slot, a few ordinary ones later in the broadcast."""
    opens = np.array([opens_s(air) for air in case.air])[room]
    first, last = np.array([air.slot_s for air in case.air])[room].T
    length = np.array([air.length_s for air in case.air])[room]
    is_bought = np.array([bool(each.scheme) for each in case.parts])[part]
    is_bound = is_bought | np.array([each.clock == "air" for each in case.parts])[part]
    is_late = ~is_bound & (rng.random(len(part)) > _ON_TIME_SHARE)
    at = np.where(is_late, rng.uniform(last, length - 60.0), first + (last - first) * rng.beta(1.2, 1.8, len(part)))
    return np.asarray(np.round(opens + at.clip(30.0, length - 60.0)))


def _amounts(rng: Rng, case: Case, part: I64) -> I64:
    amount = np.zeros(len(part), np.int64)
    for name, purse in case.purses.items():
        which = np.flatnonzero(np.isin(part, [at for at, each in enumerate(case.parts) if each.purse == name]))
        amount[which] = _spent(rng, purse, len(which))
    return amount


def _spent(rng: Rng, purse: Purse, n: int) -> I64:
    """Return what each of `n` orders cost, minor units."""
    if purse.kind == "each":
        return np.full(n, purse.minor)
    weight = np.exp(0.35 * rng.standard_normal(n))
    if purse.kind == "about":
        return np.maximum(np.round(purse.minor * weight, -1).astype(np.int64), 100)
    found = np.floor(purse.minor * (weight / weight.sum())).astype(np.int64)
    found[: purse.minor - int(found.sum())] += 1
    return np.asarray(found, np.int64)


def _lived(rng: Rng, case: Case, world: World, orders: Orders) -> Orders:
    """Return the orders with all that happened after they were placed."""
    fate = _fates(rng, case, world, orders.part)
    is_bought = np.array([each.scheme == "brushing" for each in case.parts])[orders.part]
    n, shop = len(orders), world.shop
    pay_s = laws.draw(rng, shop.pay, n).clip(3.0, shop.unpaid_after_s - 20.0)
    pay_s = np.where(is_bought, rng.uniform(*world.brushing.pay_s, n), pay_s)
    paid = np.where(fate == "closed", np.nan, np.round(orders.placed_s + pay_s))
    closed = np.where(fate == "closed", np.round(orders.placed_s + shop.unpaid_after_s), np.nan)
    ship = paid + laws.draw(rng, shop.ship_hours, n) * _HOUR_S
    ship = np.where(fate == "moving", paid + rng.uniform(900.0, 3_600.0, n), ship)  # same-day dispatch
    deliver = ship + laws.draw(rng, shop.deliver_days, n) * _DAY_S
    back = _back(rng, case, world, orders, np.stack([paid, ship, deliver]), is_bought)
    is_back = np.isin(fate, ["early", "moving", "late"])
    is_sent, is_there = ~np.isin(fate, ["early", "closed"]), np.isin(fate, ["kept", "late"])
    reason = np.where(fate == "late", NO_REASON, np.where(rng.random(n) < 0.3, MISTAKE, UNWANTED))
    return replace(
        orders,
        paid_s=paid,
        closed_s=closed,
        shipped_s=np.where(is_sent, np.round(ship), np.nan),
        delivered_s=np.where(is_there, np.round(deliver), np.nan),
        done_s=np.where(fate == "kept", np.round(deliver + _DONE_DAYS * _DAY_S), np.nan),
        refunded_s=np.where(is_back, np.round(np.where(fate == "late", late_back(rng, world, deliver), back)), np.nan),
        reason=np.where(is_back, reason, np.where(fate == "closed", UNPAID, 0)),
    )


def _fates(rng: Rng, case: Case, world: World, part: I64) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    fate = np.array([each.fate for each in case.parts])[part]
    one, other = rng.random((2, len(part)))
    fate = np.where(fate == "free", np.where(one < world.shop.early_refund_share, "early", "late"), fate)
    return np.where(fate == "early_or_closed", np.where(other < _CLOSED_SHARE, "closed", "early"), fate)


def late_back(rng: Rng, world: World, deliver: F64) -> F64:
    """Return when goods that had arrived were given back."""
    return np.asarray(deliver + laws.draw(rng, world.shop.late_refund_days, len(deliver)) * _DAY_S)


def early_back(rng: Rng, paid: F64, ship: F64) -> F64:
    """Return when ordinary buyers take an order back before it is shipped."""
    return np.asarray(paid + rng.uniform(0.02, 0.9, len(paid)) * (ship - paid))


def _back(rng: Rng, case: Case, world: World, orders: Orders, times: F64, is_bought: Bool) -> F64:
    """Return when each order would be refunded before delivery, by the clock of its part."""
    paid, ship, deliver = times
    clock = np.array([each.clock for each in case.parts])[orders.part]
    fate = np.array([each.fate for each in case.parts])[orders.part]
    end = np.array([opens_s(air) + air.length_s for air in case.air])[orders.room]
    ordinary = early_back(rng, paid, ship)
    days = np.where(
        is_bought, orders.placed_s + rng.uniform(*world.brushing.refund_days, len(orders)) * _DAY_S, ordinary
    )
    from_s = np.where(fate == "moving", ship, paid) + 60.0
    air = from_s + rng.beta(2.0, 1.0, len(orders)) * (end - 1.0 - from_s)  # more and more towards the end
    night = end + rng.uniform(*_NIGHT_S, len(orders))
    moving = np.where(clock == "air", air, ship + rng.uniform(0.1, 0.9, len(orders)) * (deliver - ship))
    early = np.select([clock == "air", clock == "night"], [air, night], days)
    return np.asarray(np.where(fate == "moving", moving, early))


def cut(orders: Orders, at_s: float) -> Orders:
    """Return the orders as they stood at a time: later ones are not there, and later changes have not happened."""
    orders = orders.take(orders.placed_s <= at_s)
    times = {name: np.where(getattr(orders, name) <= at_s, getattr(orders, name), np.nan) for name in TIMES}
    is_over = np.isfinite(times["refunded_s"]) | np.isfinite(times["closed_s"])
    return replace(orders, reason=np.where(is_over, orders.reason, 0), **times)
