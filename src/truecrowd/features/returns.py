"""Offers and their prices over rooms: what a product cost at a time, and whether the same offer came back later."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from truecrowd.features.facts import Facts
from truecrowd.features.goods import LAYOUT, NEVER, Goods
from truecrowd.features.view import NULL


def price_at(goods: Goods, at: int, upto: int, until: int) -> int | None:
    """Return the price in force at a time, minor units; None where it is not known.

    Args:
        goods: One product.
        at: When the price was spoken of, microseconds.
        upto: The last change at or before this counts; a host speaks before the price is put up.
        until: Without a record of prices, orders in (at, until] say it, if they all say the same.
    """
    before = goods.prices[goods.prices["ts"] <= upto]
    if len(before):
        return int(before["amount"][-1])
    if len(goods.prices):
        return None
    orders = goods.orders[(goods.orders["ts"] > at) & (goods.orders["ts"] <= until) & (goods.orders["amount"] != NULL)]
    each = np.unique(orders["amount"] // orders["number"])
    is_even = bool((orders["amount"] % orders["number"] == 0).all())
    return int(each[0]) if len(each) == 1 and is_even else None


@dataclass(frozen=True, slots=True)
class Likeness:
    """When an offer under another product id is the same: likeness of titles and of prices, 0 to 1."""

    title: float
    price_share: float


@dataclass(frozen=True, slots=True)
class Offers:
    """Prices and orders of all rooms, with who was behind them.

    Args:
        rows: Rows of prices and orders, by time.
        host, merchant: Shape (rooms,), codes of each room, -1 unknown.
        titles: Text of every title code.
        title: By (room, product): title code.
        last: Shape (rooms,), last time of each room, microseconds.
    """

    rows: np.ndarray
    host: np.ndarray
    merchant: np.ndarray
    titles: tuple[str, ...]
    title: dict[tuple[int, int], int]
    last: np.ndarray

    def _same_house(self, room: int) -> np.ndarray:
        """Return shape (rooms,), bool: rooms of the same host or the same merchant, the room itself too."""
        same = np.zeros(len(self.host), np.bool_)
        for party in (self.host, self.merchant):
            if party[room] >= 0:
                same |= party == party[room]
        same[room] = True
        return same

    def end_of(self, goods: Goods) -> int:
        """Return the last time on record of rooms of the same host or merchant, microseconds."""
        return int(self.last[self._same_house(goods.room)].max())

    def back(self, goods: Goods, price: int, since: int, until: int, likeness: Likeness) -> np.ndarray:
        """Return rows in which the offer is there again, in (since, until].

        The same product id at no more than `price` (orders: at exactly that), or a like title at a like price.
        """
        start, end = np.searchsorted(self.rows["ts"], (since, until), "right")
        rows = self.rows[start:end]
        rows = rows[self._same_house(goods.room)[rows["room_id"]]]
        is_price = rows["number"] < 0
        pieces = np.where(is_price, 1, rows["number"])
        is_same = (rows["product_id"] == goods.product) & np.where(
            is_price, rows["amount"] <= price, rows["amount"] == price * pieces
        )
        allowed = round(likeness.price_share * 1_000_000)
        is_near = np.abs(rows["amount"] - price * pieces) * 1_000_000 <= allowed * price * pieces
        is_like = (rows["product_id"] != goods.product) & is_near
        for at in np.flatnonzero(is_like).tolist():
            other = self.title.get((int(rows["room_id"][at]), int(rows["product_id"][at])), -1)
            is_like[at] = self._likeness(goods.title, other) >= likeness.title
        return np.asarray(rows[is_same | is_like])

    def _likeness(self, one: int, other: int) -> float:
        return 0.0 if min(one, other) < 0 else title_likeness(self.titles[one], self.titles[other])


def gather(products: Sequence[Goods], facts: Facts) -> Offers:
    """Return the offers of all rooms."""
    parts = [np.empty(0, LAYOUT.dtype)]
    last = np.zeros(facts.n_rooms, np.int64)
    for one in products:
        prices = one.prices.copy()
        prices["number"] = -1  # tells a price from an order
        parts += [prices, one.orders[one.orders["amount"] != NULL]]
        for rows in (one.stock, one.prices, one.orders, one.claims):
            last[one.room] = max(last[one.room], int(rows["ts"].max(initial=0)))
    rows = np.concatenate(parts)
    return Offers(
        rows=rows[np.lexsort((rows["event_id"], rows["ts"]))], host=facts.parties["host_id"],
        merchant=facts.parties["merchant_id"], titles=tuple(facts.names["product_title"].to_pylist()),
        title={(one.room, one.product): one.title for one in products}, last=np.minimum(last, NEVER),
    )  # fmt: skip


@cache
def _grams(title: str) -> frozenset[str]:
    text = "".join(unicodedata.normalize("NFKC", title).casefold().split())
    return frozenset(text[at : at + 3] for at in range(max(len(text) - 2, 1)))


def title_likeness(one: str, other: str) -> float:
    """Return how alike two titles are: common character 3-grams over all of them (Jaccard), 0 to 1.

    >>> title_likeness("Red jacket", "red  jacket"), title_likeness("Red jacket", "蓝色")
    (1.0, 0.0)
    """
    here, there = _grams(one), _grams(other)
    return len(here & there) / len(here | there)
