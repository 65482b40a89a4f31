"""Which orders and rooms a deal is about (brand-audit.md 1)."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.brand.deal import Deal, Span
from truecrowd.brand.orders import Orders
from truecrowd.features.facts import Facts
from truecrowd.features.view import TYPE_CODES

OFF: Final = "off:"
"""How the name of what is no room begins: orders that belong to no broadcast (ingest.md 6)."""
BEFORE_US: Final = 300_000_000
AFTER_US: Final = 1_800_000_000
"""How long before its start and after its end an order still belongs to a broadcast (ingest.md 6). Guess."""
_AFTERWARDS: Final = ("payment", "ship", "deliver", "cancel", "refund", "review")
"""Types that follow an order at any time, so they say nothing about when a room was on air."""


def products_of(facts: Facts, deal: Deal) -> np.ndarray | None:
    """Return the codes of the deal's products, None for all; an id that no event names has none."""
    if not deal.products:
        return None
    names = facts.names["product_id"].to_pylist()
    return np.array([at for at, name in enumerate(names) if name in set(deal.products)], np.int64)


def unseen_products(facts: Facts, deal: Deal) -> tuple[str, ...]:
    """Return the products of the deal that no event names, as written."""
    seen = set(facts.names["product_id"].to_pylist())
    return tuple(product for product in deal.products if product not in seen)


def rooms_of(facts: Facts, deal: Deal) -> np.ndarray:
    """Return shape (rooms,), bool: rooms on air inside the deal's windows; without windows every room."""
    if not deal.broadcast:
        return np.ones(facts.n_rooms, np.bool_)
    live = [code for name, code in TYPE_CODES.items() if name not in _AFTERWARDS]
    never = np.iinfo(np.int64)
    has = facts.n[:, live] > 0
    first = np.where(has, facts.first[:, live], never.max).min(axis=1, initial=never.max)
    last = np.where(has, facts.last[:, live], never.min).max(axis=1, initial=never.min)
    on_air = np.zeros(facts.n_rooms, np.bool_)
    for start, end in bounds(deal.broadcast):
        on_air |= (first < end) & (last >= start)
    return np.asarray(on_air & ~is_off(facts))


def is_off(facts: Facts) -> np.ndarray:
    """Return shape (rooms,), bool: no room, but orders that belong to no broadcast."""
    names = pc.starts_with(facts.names["room_id"], OFF)
    return np.asarray(names.to_numpy(zero_copy_only=False), np.bool_)


def in_scope(orders: Orders, facts: Facts, deal: Deal) -> np.ndarray:
    """Return shape (orders,), bool: placed in a broadcast of the deal; without windows every order is.

    Args:
        orders: Of the deal's products (`products_of`).
        facts: For the names of rooms.
        deal: Its windows.
    """
    if not deal.broadcast:
        return np.ones(len(orders), np.bool_)
    is_inside = np.zeros(len(orders), np.bool_)
    for start, end in bounds(deal.broadcast):
        is_inside |= (orders.placed >= start - BEFORE_US) & (orders.placed < end + AFTER_US)
    return np.asarray(is_inside & ~is_off(facts)[orders.room])


def in_slot(orders: Orders, deal: Deal) -> np.ndarray:
    """Return shape (orders,), bool: placed inside the product's turn; without slots none is."""
    is_inside = np.zeros(len(orders), np.bool_)
    for start, end in bounds(deal.slot):
        is_inside |= (orders.placed >= start) & (orders.placed < end)
    return is_inside


def bounds(spans: tuple[Span, ...]) -> list[tuple[int, int]]:
    """Return half-open windows in microseconds UTC."""
    return [(_us(span.start), _us(span.end)) for span in spans]


def _us(instant: object) -> int:
    return int(pa.scalar(instant, pa.timestamp("us", tz="UTC")).value)
