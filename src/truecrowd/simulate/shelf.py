"""What is for sale in a room, when it is shown, and at what price."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from truecrowd.simulate import ids, laws
from truecrowd.simulate.kinds import F64, I64, U64, Rng
from truecrowd.simulate.rows import Rows, joined, rows
from truecrowd.simulate.world import World

_FIRST_LISTED_S: Final = 12.0
_PRICE_SPAN: Final = 10**9


@dataclass(frozen=True, slots=True)
class Shelf:
    """The products of one room in the order in which the host shows them.

    `step_*` are price changes, sorted by product and time; times are seconds after the room's start.
    """

    product: U64
    titles: tuple[str, ...]
    slot_s: F64
    list_price: I64
    live_price: I64
    step_product: I64
    step_s: F64
    step_price: I64

    def __len__(self) -> int:
        return len(self.product)

    def on_air(self, at_s: F64) -> I64:
        """Return the product being shown at each time; the first one before the first slot."""
        return np.maximum(np.searchsorted(self.slot_s, at_s, side="right") - 1, 0)

    def price(self, product: I64, at_s: F64) -> I64:
        """Return the price of each product at each time, minor units."""
        steps = self.step_product * _PRICE_SPAN + (self.step_s * 1_000.0).astype(np.int64)
        wanted = product * _PRICE_SPAN + (at_s * 1_000.0).astype(np.int64)
        return self.step_price[np.searchsorted(steps, wanted, side="right") - 1]

    def listed_s(self, product: int) -> float:
        """Return when a product appears in the cart."""
        return _FIRST_LISTED_S + 2.5 * product

    def repriced(self, product: int, steps: list[tuple[float, int]]) -> "Shelf":
        """Return the shelf with a product's price changes replaced by `steps` (seconds, minor units) after its listing."""
        keep = (self.step_product != product) | (self.step_s == self.listed_s(product))
        at_s = np.concatenate([self.step_s[keep], [at for at, _ in steps]])
        of = np.concatenate([self.step_product[keep], np.full(len(steps), product)])
        price = np.concatenate([self.step_price[keep], [price for _, price in steps]]).astype(np.int64)
        order = np.lexsort((at_s, of))
        return replace(self, step_product=of[order], step_s=at_s[order], step_price=price[order])

    def price_rows(self) -> Rows:
        """Return one price row per change."""
        return rows("price", self.step_s, product=self.step_product, amount=self.step_price)


def lay(rng: Rng, world: World, key: str, category: str, length_s: float) -> Shelf:
    """Return a shelf whose prices fall to the room's price when a product's slot begins, and stay there.

    Args:
        rng: Stream to draw from.
        world: Number of products, length of a slot, prices and titles.
        key: Names the pool the ids come from.
        category: Of the goods; names the titles.
        length_s: Of the broadcast; short ones have shorter slots.
    """
    shop = world.shop
    n = shop.n_products
    warm_up_s = min(world.arrivals.warm_up_s, length_s / 6.0)
    step_s = min(shop.slot_s, (length_s - warm_up_s) / n)
    listed = np.round(laws.draw(rng, shop.price_yuan, n).clip(9.0, 9_000.0) * 100.0, -3) + shop.price_ending_minor
    list_price = listed.astype(np.int64)
    live_price = np.maximum(np.round(list_price * shop.live_discount, -2).astype(np.int64) - 10, 100)
    slot_s: F64 = warm_up_s + np.arange(n, dtype=np.float64) * step_s
    goods = dict(world.words.goods)[category]
    at_s = np.stack([_FIRST_LISTED_S + 2.5 * np.arange(n), slot_s], axis=1).ravel()
    return Shelf(
        ids.numbers(f"{key}/product", n), tuple(world.words.title.format(a=goods[at % len(goods)], n=at + 1) for at in range(n)),
        slot_s, list_price, live_price, np.repeat(np.arange(n), 2), at_s,
        np.stack([list_price, live_price], axis=1).ravel(),
    )  # fmt: skip


def snapshots(product: int, sets: list[tuple[float, int]], at_s: F64, change: I64, delay_s: F64) -> Rows:
    """Return the stock rows of one product: one at every time it is set, one shortly after every change.

    Args:
        product: Place on the shelf.
        sets: Times (seconds, ascending) and numbers at which somebody sets the stock; the first lists the product.
        at_s: Shape (n,), when orders take and cancellations release items.
        change: Shape (n,), int64, items released (positive) or taken (negative).
        delay_s: Shape (n,), how long after each change the new number is shown.

    Returns:
        Rows whose value is the last number set plus all changes since, never below 0.
    """
    order = np.argsort(at_s, kind="stable")
    at_s, total = at_s[order], np.concatenate([[0], np.cumsum(change[order])])
    set_s = np.array([at for at, _ in sets])
    number = np.array([number for _, number in sets])
    shown_s = np.concatenate([set_s, at_s + delay_s[order]])
    last = np.searchsorted(set_s, shown_s, side="right") - 1
    since = (
        total[np.searchsorted(at_s, shown_s, side="right")] - total[np.searchsorted(at_s, set_s, side="right")][last]
    )
    return joined([rows("stock", shown_s, product=product, value=np.maximum(number[last] + since, 0))])
