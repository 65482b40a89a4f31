"""What hosts promise about prices and stock: kept ones in honest rooms, broken ones beside them.

Each offer has two halves: what the crowd hears (prices, before anybody orders), and what host and back office do once it is
known who ordered (claims, stock).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from truecrowd.simulate import shop, talk
from truecrowd.simulate.crowds import Scene
from truecrowd.simulate.kinds import F64, Rng
from truecrowd.simulate.rows import Rows, joined, rows
from truecrowd.simulate.shelf import Shelf, snapshots
from truecrowd.simulate.shop import Sales, Wants

HONEST_OFFERS: Final = ("sell_out", "extended")
BROKEN_OFFERS: Final = ("only_minutes", "last_pieces", "staged")

_OFFER_AFTER_S: Final = 60.0
"""From the beginning of a product's slot to its offer."""
_KEEP_S: Final = 540.0
"""An announced extension comes this long after a ten-minute offer begins."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One promise about one product.

    Args:
        kind: One of `HONEST_OFFERS` or `BROKEN_OFFERS`.
        product: Place on the shelf.
    """

    kind: str
    product: int


@dataclass(frozen=True, slots=True)
class Told:
    """What host and back office did about an offer.

    Args:
        rows: Claims and stock.
        spans: Guard or scheme name with its first and last second.
    """

    rows: Rows
    spans: tuple[tuple[str, float, float], ...]


def begins_s(shelf: Shelf, offer: Offer) -> float:
    """Return when the host announces an offer, seconds after the room's start."""
    return float(shelf.slot_s[offer.product]) + _OFFER_AFTER_S


def priced(shelf: Shelf, offer: Offer) -> Shelf:
    """Return the shelf with the price changes of an offer; only the two about time have any."""
    at_s = begins_s(shelf, offer)
    full, low = int(shelf.list_price[offer.product]), int(shelf.live_price[offer.product])
    if offer.kind == "extended":
        return shelf.repriced(offer.product, [(at_s - 8.0, low), (at_s + 1_200.0, full)])
    if offer.kind == "only_minutes":  # the price is set again, the same, and never goes back
        return shelf.repriced(offer.product, [(at_s - 8.0, low), (at_s + 1_500.0, low), (at_s + 3_000.0, low)])
    return shelf


def limits(wants: Wants, offers: tuple[Offer, ...]) -> dict[int, int]:
    """Return the items there are of products that sell out honestly: three in five of those wanted, in round numbers."""
    found = {}
    for offer in offers:
        if offer.kind == "sell_out":
            wanted = int(wants.quantity[wants.product == offer.product].sum())
            found[offer.product] = max(5, wanted * 3 // 5 // 5 * 5)
    return found


def tell(rng: Rng, scene: Scene, sales: Sales, stock: dict[int, int], offers: tuple[Offer, ...]) -> list[Told]:
    """Return claims and stock of every product on the shelf, in the order of the shelf."""
    by_product = {offer.product: offer for offer in offers}
    told = []
    for product in range(len(scene.shelf)):
        offer = by_product.get(product)
        sets = [(scene.shelf.listed_s(product) + 1.0, _laid_in(rng, sales, product, stock))]
        claims, spans = _NOTHING if offer is None else _TELLERS[offer.kind](_Case(scene.shelf, sales, offer, sets))
        at_s, change = shop.moves(sales, product)
        shown = snapshots(product, sets, at_s, change, rng.uniform(0.2, 1.1, len(at_s)))
        told.append(Told(joined([claims, shown]), spans))
    return told


def _laid_in(rng: Rng, sales: Sales, product: int, stock: dict[int, int]) -> int:
    if product in stock:
        return stock[product]
    sold = int(sales.wants.quantity[sales.wants.product == product].sum())
    return (sold + 60 + int(rng.integers(0, 200))) // 10 * 10


_Told = tuple[Rows, tuple[tuple[str, float, float], ...]]
_NOTHING: Final[_Told] = (rows("claim", []), ())


@dataclass(frozen=True, slots=True)
class _Case:
    """An offer with what came of it; a teller may add to `sets`, the times and numbers at which stock is set."""

    shelf: Shelf
    sales: Sales
    offer: Offer
    sets: list[tuple[float, int]]


def _claims(offer: Offer, *said: tuple[float, int]) -> Rows:
    return rows("claim", [at for at, _ in said], product=offer.product, text=[code for _, code in said])


def _order_times(sales: Sales, offer: Offer, from_s: float) -> F64:
    is_meant = (sales.wants.product == offer.product) & (sales.wants.at_s >= from_s)
    return np.asarray(sales.wants.at_s[is_meant])


def _sell_out(case: _Case) -> _Told:
    at_s, number = begins_s(case.shelf, case.offer), case.sets[0][1]
    moved_s, change = shop.moves(case.sales, case.offer.product)
    order = np.argsort(moved_s)
    moved_s, change = moved_s[order], change[order]
    left = number + np.cumsum(change)
    said = [(at_s, talk.saying("limit_stock", number))]
    if not (left == 0).any():
        return _claims(case.offer, *said), ()
    gone_s = float(moved_s[np.argmax(left == 0)])
    said.append((gone_s + 4.0, talk.saying("sold_out")))
    spans = [("sell_out", at_s, gone_s)]
    back = (change > 0) & (moved_s > gone_s)
    if back.any():
        first, last = float(moved_s[back][0]), float(moved_s[back][-1])
        said.append((first + 6.0, talk.saying("released", int(change[back][0]))))
        spans.append(("unpaid_release", first, last))
    return _claims(case.offer, *said), tuple(spans)


def _extended(case: _Case) -> _Told:
    at_s = begins_s(case.shelf, case.offer)
    said = [
        (at_s, talk.saying("offer", 10)),
        (at_s + _KEEP_S, talk.saying("extended", 10)),
        (at_s + 1_201.0, talk.saying("restored")),
    ]
    return _claims(case.offer, *said), (("extended_offer", at_s, at_s + 1_201.0),)


def _only_minutes(case: _Case) -> _Told:
    at_s = begins_s(case.shelf, case.offer)
    said = [
        (at_s, talk.saying("only_minutes", 5)),
        (at_s + 7.0, talk.saying("only_minutes_en", 5)),
        (at_s + 2_400.0, talk.saying("only_minutes", 5)),
    ]
    return _claims(case.offer, *said), (("false_limited", at_s, at_s + 3_000.0),)


def _last_pieces(case: _Case) -> _Told:
    at_s = begins_s(case.shelf, case.offer)
    times = _order_times(case.sales, case.offer, at_s)
    number = next((pieces for pieces in (20, 10, 5) if len(times) >= 2 * pieces), 2)
    said = [(at_s, talk.saying("last_pieces", number)), (at_s + 9.0, talk.saying("last_pieces_en", number))]
    end_s = float(times.max()) if len(times) else at_s
    return _claims(case.offer, *said), (("false_limited", at_s, end_s),)


def _staged(case: _Case) -> _Told:
    """Claim "sold out" while stock is there and orders go on, then set it to zero, sell on, and set it up again."""
    times = _order_times(case.sales, case.offer, begins_s(case.shelf, case.offer))
    if len(times) < 4:  # nobody came: nothing to stage
        return _NOTHING
    claim_s, zero_s, more_s = (float(np.quantile(times, part)) + 0.05 for part in (0.25, 0.5, 0.8))
    case.sets.append((zero_s, 0))
    case.sets.append((more_s, max(150, case.sets[0][1] // 2)))
    said = [(claim_s, talk.saying("sold_out")), (more_s + 5.0, talk.saying("found_more"))]
    return _claims(case.offer, *said), (("staged_stock", claim_s, more_s + 5.0),)


_TELLERS: Final = {
    "sell_out": _sell_out,
    "extended": _extended,
    "only_minutes": _only_minutes,
    "last_pieces": _last_pieces,
    "staged": _staged,
}
