"""What happened to one product: claims, shown stock, prices, orders; the rows that audits of goods and promises share.

A row is 49 bytes and all of it is key, so slices merge in any order and an event read twice is one row. Arithmetic on
goods is a lower bound throughout: what was never paid, cancelled or refunded may have been sold again, and is never
held against anybody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.features.claims import parse
from truecrowd.features.facts import Facts
from truecrowd.features.state import Layout
from truecrowd.features.view import NULL, View
from truecrowd.schema import EVENTS

EVENTS_OF_GOODS: Final = ("stock", "price", "order", "payment", "cancel", "refund")
WHATS: Final = (
    *EVENTS_OF_GOODS, "time", "extension", "quantity", "sold_out", "restock", "today", "session", "sold_count",
    "untested",
)  # fmt: skip
"""What a row says; from `time` on: a statement of a claim (`features/claims.py`), `session` is `today` for one room."""
WHAT: Final = {name: at for at, name in enumerate(WHATS)}
NEVER: Final = np.iinfo(np.int64).max
NONE_SAID: Final = -1
"""Number of a statement without one."""
_MAX_STOCK: Final = 2.0**53

LAYOUT: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("product_id", "i4"), ("ts", "i8"), ("event_id", "u8"), ("what", "i1"), ("order_id", "i4"),
        ("product_title", "i4"), ("number", "i8"), ("amount", "i8"),
    ]),
    key=(
        "room_id", "product_id", "ts", "event_id", "what", "order_id", "product_title", "number", "amount",
    ),
    how={},
)  # fmt: skip
"""`number`: pieces (stock, orders, "last 10") or seconds ("5 minutes"), -1 where none was said. `amount`: minor units,
NULL where there is none."""


def update(view: View, config: object) -> np.ndarray:  # noqa: ARG001
    """Return the rows of one slice; a stock that is no count (negative, not finite) is left out."""
    rows = [_events(view), _claims(view.of("claim"))]
    return np.concatenate(rows)


def _events(view: View) -> np.ndarray:
    events = view.of(*EVENTS_OF_GOODS)
    is_stock, value = events.is_type("stock"), events["value"]
    is_count = np.isfinite(value) & (value >= 0) & (value < _MAX_STOCK)
    has_price = events["amount_minor"] != NULL
    is_known = (events["product_id"] >= 0) | (events["order_id"] >= 0)
    keep = np.where(is_stock, is_count, ~events.is_type("price") | has_price) & is_known
    events = events.where(keep)
    pieces = np.maximum(events["quantity"], 1)  # null, zero and less: at least one
    is_stock = events.is_type("stock")
    number = np.where(is_stock, np.where(is_stock, events["value"], 0.0).astype(np.int64), pieces)
    what = np.zeros(len(events), np.int8)
    for name in EVENTS_OF_GOODS:
        what[events.is_type(name)] = WHAT[name]
    return _rows(events, what, number, events["amount_minor"])


def _claims(claims: View) -> np.ndarray:
    if claims.texts is None or len(claims) == 0:
        return np.empty(0, LAYOUT.dtype)
    words = claims.texts.dictionary_encode()
    said = [parse(text) if text else () for text in words.dictionary.to_pylist()]
    parts = [np.empty(0, LAYOUT.dtype)]
    which = np.asarray(words.indices.fill_null(-1).to_numpy(zero_copy_only=False))
    for code, statements in enumerate(said):
        here = claims.where(which == code) if statements else None
        for claim in statements:
            assert here is not None
            what = WHAT["session" if claim.unit == "session" else claim.kind]
            number = NONE_SAID if claim.number is None else claim.number
            parts.append(_rows(here, np.full(len(here), what), np.full(len(here), number), here["amount_minor"]))
    return np.concatenate(parts)


def _rows(view: View, what: np.ndarray, number: np.ndarray, amount: np.ndarray) -> np.ndarray:
    names = ("room_id", "product_id", "ts", "event_id", "order_id", "product_title")
    return LAYOUT.rows({name: view[name] for name in names} | {"what": what, "number": number, "amount": amount})


@dataclass(frozen=True, slots=True)
class Goods:
    """One product in one room.

    Args:
        room, product: Codes; product -1 holds the claims that name none.
        stock, prices, claims: Rows of `LAYOUT` by time.
        orders: Rows of orders by time.
        freed: Shape (orders,), when a cancel or refund gave the pieces back, microseconds; NEVER if none did.
        is_firm: Shape (orders,), bool: paid; where the room records no payments, every order.
        title: Code of the title, -1 for none.
        is_linked: Whether every order, cancel and refund has an order id.
    """

    room: int
    product: int
    stock: np.ndarray
    prices: np.ndarray
    claims: np.ndarray
    orders: np.ndarray
    freed: np.ndarray
    is_firm: np.ndarray
    title: int
    is_linked: bool

    def said(self, *whats: str) -> np.ndarray:
        """Return the statements of these kinds by time."""
        return self.claims[_among(*whats)[self.claims["what"]]] if len(self.claims) else self.claims

    def first_restock(self, at_us: int, lead_us: int) -> int:
        """Return from when a restock said at or after `at_us` excuses sales; it is put up before it is said."""
        times = self.said("restock")["ts"]
        later = times[times >= at_us]
        return max(int(later[0]) - lead_us, at_us) if len(later) else NEVER


@cache
def _among(*whats: str) -> np.ndarray:
    """Return shape (whats,), bool, by number of a what: one of these."""
    return np.isin(np.arange(len(WHATS)), [WHAT[name] for name in whats])


def each_product(rows: np.ndarray, facts: Facts) -> Iterator[Goods]:
    """Yield every product of every room, in the order of rooms and products.

    Args:
        rows: Reduced rows of `LAYOUT`.
        facts: Facts of the closed rooms.
    """
    rows = _with_products(rows)
    if not len(rows):
        return
    rows = rows[np.lexsort((rows["what"], rows["event_id"], rows["ts"], rows["product_id"], rows["room_id"]))]
    pair = rows["room_id"].astype(np.int64) << 32 | (rows["product_id"].astype(np.int64) + 1)
    starts = np.append(0, np.flatnonzero(np.diff(pair)) + 1)
    group = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(rows)))
    sorts = {name: _Sorted.of(rows, group, len(starts), *whats) for name, whats in _SORTS.items()}
    orders, frees, paid = (sorts[name] for name in ("orders", "frees", "payments"))
    freed, is_firm = _freed(orders, frees), _is_firm(orders, paid, facts.has_type("payment"))
    titles = np.maximum.reduceat(rows["product_title"], starts)
    n_loose = orders.n_without_id() + frees.n_without_id()
    for at, start in enumerate(starts.tolist()):
        mine = slice(orders.cuts[at], orders.cuts[at + 1])
        yield Goods(
            room=int(rows["room_id"][start]), product=int(rows["product_id"][start]), stock=sorts["stock"].part(at),
            prices=sorts["prices"].part(at), claims=sorts["claims"].part(at), orders=orders.rows[mine],
            freed=freed[mine], is_firm=is_firm[mine], title=int(titles[at]), is_linked=not n_loose[at],
        )  # fmt: skip


_SORTS: Final = {
    "stock": ("stock",), "prices": ("price",), "orders": ("order",), "payments": ("payment",),
    "frees": ("cancel", "refund"), "claims": WHATS[WHAT["time"] :],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Rows of one sort of all products, one product after another.

    Args:
        rows: Rows of `LAYOUT`.
        group: Shape (rows,), number of the product.
        cuts: Where each product begins, and the end.
    """

    rows: np.ndarray
    group: np.ndarray
    cuts: list[int]

    @classmethod
    def of(cls, rows: np.ndarray, group: np.ndarray, n: int, *whats: str) -> "_Sorted":
        """Return the rows of these whats among `n` products."""
        keep = np.flatnonzero(_among(*whats)[rows["what"]])
        return cls(rows[keep], group[keep], np.searchsorted(group[keep], np.arange(n + 1)).tolist())

    def part(self, at: int) -> np.ndarray:
        """Return the rows of one product."""
        return self.rows[self.cuts[at] : self.cuts[at + 1]]

    def keys(self) -> np.ndarray:
        """Return shape (rows,), one number for each order of each product."""
        return np.asarray(self.group << 32 | (self.rows["order_id"].astype(np.int64) + 1))

    def n_without_id(self) -> np.ndarray:
        """Return shape (products,), rows without an order id."""
        return np.bincount(self.group[self.rows["order_id"] < 0], minlength=len(self.cuts) - 1)


def _freed(orders: _Sorted, frees: _Sorted) -> np.ndarray:
    """Return when a cancel or refund of the same product and order gave an order's pieces back, NEVER if none did."""
    freed = np.full(len(orders.rows), NEVER)
    ids, at = np.unique(frees.keys(), return_inverse=True)
    if len(ids):
        when = np.full(len(ids), NEVER)
        np.minimum.at(when, at, frees.rows["ts"])
        keys = orders.keys()
        place = np.minimum(np.searchsorted(ids, keys), len(ids) - 1)
        freed = np.where((ids[place] == keys) & (orders.rows["order_id"] >= 0), when[place], NEVER)
    return freed


def _is_firm(orders: _Sorted, paid: _Sorted, has_payment: np.ndarray) -> np.ndarray:
    """Say of every order whether it was paid; orders without an id, and of rooms without payments, count as paid."""
    records_payment = has_payment[orders.rows["room_id"]]
    is_paid = np.isin(orders.keys(), paid.keys())
    return np.asarray(is_paid | (orders.rows["order_id"] < 0) | ~records_payment)


def _with_products(rows: np.ndarray) -> np.ndarray:
    """Return the rows with payments, cancels and refunds given the product of their order where they name none."""
    pair = rows["room_id"].astype(np.int64) << 32 | rows["order_id"].astype(np.int64)
    lost = (rows["product_id"] < 0) & (rows["what"] < WHAT["time"]) & (rows["order_id"] >= 0)
    is_order = (rows["what"] == WHAT["order"]) & (rows["product_id"] >= 0) & (rows["order_id"] >= 0)
    if lost.any() and is_order.any():
        pairs, first = np.unique(pair[is_order], return_index=True)
        at = np.minimum(np.searchsorted(pairs, pair[lost]), len(pairs) - 1)
        found = np.where(pairs[at] == pair[lost], rows["product_id"][is_order][first][at], -1)
        rows = rows.copy()
        rows["product_id"][lost] = found
    return rows[(rows["product_id"] >= 0) | (rows["what"] >= WHAT["time"])]


@dataclass(frozen=True, slots=True)
class Oversold:
    """Sales beyond what there was.

    Args:
        n_pieces: Most pieces sold beyond the allowed at any time; 0 where there was no breach.
        n_sold: Pieces sold in all, as a lower bound.
        orders: Rows of the orders from the one that broke the bound on.
    """

    n_pieces: int
    n_sold: int
    orders: np.ndarray


def oversold(goods: Goods, since: int, until: int, *, allowed: int, settle_us: int) -> Oversold:
    """Return what was sold after `since` beyond `allowed` pieces and beyond everything that may have come back.

    Args:
        goods: One product.
        since: When the stock was nil or the claim was said, microseconds; orders up to `settle_us` later belong to
            the time before, since shown stock, speech and orders have clocks of their own.
        until: Last microsecond looked at.
        allowed: Pieces that could still be sold.
        settle_us: See `since`.
    """
    ts, n, freed, firm = goods.orders["ts"], goods.orders["number"], goods.freed, goods.is_firm
    inside = (ts > since + settle_us) & (ts <= until) & firm
    held = (ts <= since + settle_us) & (freed > since - settle_us)
    back = (inside | (held & firm)) & (freed <= until)
    loose = int(n[held & ~firm].sum())
    when = np.concatenate([ts[inside], freed[back]])
    change = np.concatenate([n[inside], -n[back]])
    order = np.lexsort((change, when))  # what comes back at the same time comes first
    level = np.cumsum(change[order]) - loose - allowed
    worst = max(int(level.max(initial=0)), 0)
    n_sold = max(int(n[inside].sum() - n[back].sum()) - loose, 0)
    if worst == 0:
        return Oversold(0, n_sold, goods.orders[:0])
    broke = when[order][np.argmax(level > 0)]
    return Oversold(worst, n_sold, goods.orders[inside & (ts >= broke)])


@dataclass(frozen=True, slots=True)
class SoldOutBreach:
    """What speaks against "sold out".

    Args:
        over: Orders that went on.
        shown: Stock rows above everything that may have come back.
        until: Until when was looked, microseconds.
    """

    over: Oversold
    shown: np.ndarray
    until: int


def after_sold_out(goods: Goods, at: int, until: int, *, settle_us: int, lead_us: int) -> SoldOutBreach:
    """Return what speaks against "sold out" said at `at`, up to `until` or the restock that is said before.

    Args:
        goods: One product.
        at: When it was said, microseconds.
        until: Last microsecond looked at.
        settle_us: Delay between speech, shown stock and orders.
        lead_us: How long before it is said a restock is put up.
    """
    until = min(until, goods.first_restock(at, lead_us))
    over = oversold(goods, at, until, allowed=0, settle_us=settle_us)
    ts, n = goods.orders["ts"], goods.orders["number"]
    may_return = (ts <= at + settle_us) & (goods.freed > at - settle_us) & (~goods.is_firm | (goods.freed <= until))
    shown = goods.stock[(goods.stock["ts"] > at + settle_us) & (goods.stock["ts"] <= until)]
    return SoldOutBreach(over, shown[shown["number"] > int(n[may_return].sum())], until)


def n_returns(goods: Goods, settle_us: int) -> int:
    """Return how often shown stock jumps up and back, as it does when variants are shown in turn under one product.

    A jump up that nothing released explains counts when a later jump down, at least half as high and beyond what was
    ordered, returns to where it came from but for what was sold meanwhile. Stock set up again from nil never counts.
    """
    n, ts = goods.stock["number"], goods.stock["ts"]
    jumps = (np.flatnonzero((n[1:] > n[:-1]) & (n[:-1] > 0)) + 1).tolist()
    orders, order = goods.orders, np.argsort(goods.freed, kind="stable") if jumps else np.empty(0, np.int64)
    count = 0
    for at in jumps:
        low = n[at - 1]
        below = np.flatnonzero(n[at:] <= low)
        freed = _pieces(goods.freed[order], orders["number"][order], ts[at - 1] - settle_us, ts[at] + settle_us)
        rise = n[at] - low - freed
        if rise <= 0 or not len(below):
            continue
        back = at + int(below[0])
        sold = _pieces(orders["ts"], orders["number"], ts[at] - settle_us, ts[back] + settle_us)
        now = _pieces(orders["ts"], orders["number"], ts[back - 1] - settle_us, ts[back] + settle_us)
        count += int(n[back] >= low - sold and 2 * (n[back - 1] - n[back] - now) >= rise)
    return count


def _pieces(ts: np.ndarray, n: np.ndarray, start: int, end: int) -> int:
    """Return the pieces moved in [start, end]; `ts` is sorted."""
    return int(n[np.searchsorted(ts, start) : np.searchsorted(ts, end, "right")].sum())


def settle_us(facts: Facts, settle_s: float) -> np.ndarray:
    """Return shape (rooms,), how far clocks of speech, stock and orders may be apart: never below the clock's grain."""
    grain = facts.grain_of("stock", "price", "order", "claim")
    return np.asarray(np.maximum(round(settle_s * 1e6), grain))


def has_bounds_only(facts: Facts) -> np.ndarray:
    """Return shape (rooms,), bool: times of goods are bounds, so nothing can be said about before and after."""
    return np.asarray(facts.grain_of("stock", "price", "order", "claim") == NULL)


def is_complete(facts: Facts) -> np.ndarray:
    """Return shape (rooms,), bool: all orders are delivered, and what comes back of them can be seen."""
    sees_returns = facts.has_type("payment") | facts.has_type("cancel")
    return np.asarray(facts.has_type("order") & sees_returns & ~facts.sampled("order", "stock"))


def events_table(rows: list[dict[str, object]]) -> pa.Table:
    """Return a small EVENTS table for the honest and faked samples of audits; `event_id` is numbered."""
    names = {"event_id", *(name for row in rows for name in row)}
    fields = [(name, kind) for name, kind in EVENTS.columns if name in names]
    columns = {
        name: pa.array([row.get(name) for row in rows] if name != "event_id" else _ids(len(rows)), kind)
        for name, kind in fields
    }
    return pa.table(columns)


def _ids(n: int) -> list[str]:
    return [f"e{at:04d}" for at in range(n)]
