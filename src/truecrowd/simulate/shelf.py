"""What is for sale in a room, when it is shown, and at what price."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from truecrowd.simulate import ids
from truecrowd.simulate.kinds import F64, I64, U64, Rng
from truecrowd.simulate.rows import Rows, joined, rows
from truecrowd.simulate.world import Shop

_GOODS: Final = {
    "apparel": ("针织衫", "衬衫", "半身裙", "外套", "长裤", "连衣裙", "马甲", "卫衣"),
    "household": ("收纳盒", "餐具", "毛巾", "台灯", "床品", "水杯", "拖把", "地垫"),
}
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


def lay(rng: Rng, shop: Shop, key: str, category: str, warm_up_s: float) -> Shelf:
    """Return a shelf whose prices fall to the room's price when a product's slot begins, and stay there.

    Args:
        rng: Stream to draw from.
        shop: Number of products, length of a slot, prices.
        key: Names the pool the ids come from.
        category: Of the goods; names the titles.
        warm_up_s: When the first slot begins.
    """
    n = shop.n_products
    listed = np.round(np.exp(rng.uniform(np.log(shop.price_low_minor), np.log(shop.price_high_minor), n)), -3) + 990
    list_price = listed.astype(np.int64)
    live_price = np.round(list_price * shop.live_discount, -2).astype(np.int64) - 10
    slot_s: F64 = warm_up_s + np.arange(n, dtype=np.float64) * shop.slot_s
    goods = _GOODS[category]
    empty = np.zeros(0, np.int64)
    shelf = Shelf(
        ids.numbers(f"{key}/product", n), tuple(f"示例{goods[at % len(goods)]} {at + 1} 号" for at in range(n)),
        slot_s, list_price, live_price, empty, np.zeros(0), empty,
    )  # fmt: skip
    for at in range(n):
        steps = [(shelf.listed_s(at), int(list_price[at])), (float(slot_s[at]), int(live_price[at]))]
        shelf = shelf.repriced(at, steps)
    return shelf


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
