"""Shown stock against what was sold: pieces sold when none were left, "sold out" said while there were some.

Goods are conserved: after stock shows nil, only what comes back from unpaid, cancelled or refunded orders can be sold
until somebody restocks. A stock that is set in the back office does not keep to that.
Honest lookalikes: unpaid orders released (matched piece by piece), announced restocks, several variants under one
product, other sales channels (a drop nobody ordered is one-sided and never more than worth watching).
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features import goods as g
from truecrowd.features.facts import Facts

DROP_SCORE, FEW_SCORE = 0.5, 0.25
"""Scores of drops that no order explains, and of "the last N" said while more is shown; below any breach that is
arithmetic: other channels sell too, and "limited to N" may mean this price only."""


@dataclass(frozen=True, slots=True)
class Config:
    """Delays and sizes below which nothing is said."""

    settle_s: float = 10.0
    """Seconds by which clocks of speech, shown stock and orders may differ. Guess; never below the clock's grain."""
    sold_out_s: float = 600.0
    """Seconds for which "sold out" is tested (brand-audit.md 8: within 10 minutes)."""
    restock_lead_s: float = 60.0
    """Seconds by which a restock is put up before it is said. Guess: one remark of a host."""
    min_drop: int = 10
    """Fewest pieces of a drop without orders that counts. Guess: other channels sell one at a time."""
    min_drop_share: float = 0.1
    """Least part of the shown stock, 0 to 1, that such a drop takes. Guess."""
    min_drops: int = 2
    """Fewest such drops of one product that are worth watching: "falls in steps". Guess: taking a link down is one."""
    min_returns: int = 3
    """Jumps up and back of shown stock before it is taken as several variants shown in turn. Guess: one return is a
    slip of the back office."""
    only_here_us: tuple[tuple[int, int], ...] = ()
    """Windows `[start, end)`, microseconds UTC, in which the contract says that shown stock is sold nowhere else
    (`stock_scope`): drops without an order are then arithmetic. None by itself: other channels sell too."""
    only_here_products: tuple[str, ...] = ()
    """Ids of the products that this holds for; empty: all."""


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every product with shown stock, or with "sold out" said and no stock on record.

    Score: pieces sold when none were left (at least 1 where "sold out" was said while stock was shown), or beyond "the
    last N" while more was shown all along; 0.5 where shown stock fell in steps without an order, or once, with "sold
    out" said over it; 0.25 where more than "the last N" was shown; else 0. Not all of it is a finding: the broken "last
    N" is told by the promise, and one drop or a number of pieces too low is no breach.
    """
    settle, complete, has_order = g.settle_us(facts, config.settle_s), g.is_complete(facts), facts.has_type("order")
    found: list[tuple[g.Goods, float, str, Finding | None]] = []
    only_here = _only_here(facts, config)
    for one in g.each_product(rows, facts):
        if one.product < 0 or not (len(one.stock) or len(one.said("sold_out"))):
            continue
        if not len(one.stock):
            found.append((one, 0.0, "claim_only", None))
            continue
        mode = "full" if complete[one.room] else "incomplete_orders" if has_order[one.room] else "stock_only"
        is_mixed = g.n_returns(one, int(settle[one.room])) >= config.min_returns
        mode = "several_variants" if is_mixed else mode
        is_exact = mode == "full" and one.is_linked
        windows = config.only_here_us if only_here[one.product] else ()
        finding = _examine(one, config, int(settle[one.room]), windows, is_exact=is_exact, mode=mode)
        hint = _hint(one, config, int(settle[one.room])) if mode in ("full", "incomplete_orders") else 0.0
        found.append((one, max(finding.score if finding else 0.0, hint), mode, finding))
    scores = Scores(
        "product", np.array([one.room for one, *_ in found], int), np.array([one.product for one, *_ in found], int),
        np.array([score for _, score, *_ in found], float),
        np.array([len(one.stock) + len(one.orders) for one, *_ in found], int),
        mode=np.array([mode for *_, mode, _ in found], object),
    )  # fmt: skip
    return Seen([scores], [finding for *_, finding in found if finding is not None])


@dataclass(frozen=True, slots=True)
class _Breach:
    """One breach: what says that there was nothing, then what speaks against it."""

    kind: str
    n_pieces: int
    origin: int
    start: int
    against: np.ndarray
    n_orders: int

    @property
    def needs_no_orders(self) -> bool:
        """Whether shown stock alone shows it: above nil after "sold out" and never risen."""
        return self.kind == "sold_out_said_stock_shown"


def _only_here(facts: Facts, config: Config) -> np.ndarray:
    """Return shape (products,), bool: shown stock of these is sold nowhere else, in the windows of the settings."""
    names = facts.names["product_id"].to_pylist()
    wanted = set(config.only_here_products)
    return np.array([not wanted or name in wanted for name in names], np.bool_)


def _examine(
    one: g.Goods, config: Config, settle: int, windows: tuple[tuple[int, int], ...], *, is_exact: bool, mode: str
) -> Finding | None:  # fmt: skip
    breaches = [*_sold_after_nil(one, config, settle), *_sold_out_said(one, config, settle)]
    drops = _drops(one, config, settle) if mode in ("full", "incomplete_orders") else one.stock[:0]
    if not breaches and len(drops) < config.min_drops * 2:
        return None
    if breaches:
        worst = max(breaches, key=lambda breach: (is_exact or breach.needs_no_orders, breach.n_pieces, -breach.start))
        is_exact = is_exact or (worst.needs_no_orders and mode != "several_variants")
        evidence = _distinct([np.array([worst.origin], np.uint64), worst.against["event_id"]])
        start, end = worst.start, int(worst.against["ts"].max())
        params: dict[str, object] = {"reason": worst.kind, "n_sold_after": worst.n_pieces}
        params["n_orders_after"] = max(worst.n_orders - 1, 0)
        score = float(max(worst.n_pieces, 1))
    else:
        here = _inside(drops, windows)
        is_exact = is_exact and len(here) >= config.min_drops * 2
        drops = here if is_exact else drops
        evidence, score = drops["event_id"], DROP_SCORE
        start, end = int(drops["ts"].min()), int(drops["ts"].max())
        params = {"reason": "drop_without_orders"}
    fell = drops["number"][::2] - drops["number"][1::2]
    params |= {
        "is_exact": is_exact, "n_breaches": len(breaches), "n_drops": len(fell), "n_dropped": int(fell.sum()),
        "mode": mode,
    }  # fmt: skip
    return Finding("product", one.product, one.room, start, end + 1, score, evidence, len(evidence), params)


def _inside(drops: np.ndarray, windows: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Return the pairs of rows of drops that lie wholly inside one of the windows."""
    before, after = drops["ts"][::2], drops["ts"][1::2]
    keep = np.zeros(len(before), np.bool_)
    for start, end in windows:
        keep |= (before >= start) & (after < end)
    return drops[np.repeat(keep, 2)]


def _distinct(parts: list[np.ndarray]) -> np.ndarray:
    joined = np.concatenate(parts)
    return joined[np.sort(np.unique(joined, return_index=True)[1])]


def _sold_after_nil(one: g.Goods, config: Config, settle: int) -> list[_Breach]:
    """Return sales while stock showed nil: from the first nil of a run to its last, or to the end if it stays nil."""
    n, ts = one.stock["number"], one.stock["ts"]
    first = np.flatnonzero((n == 0) & (np.append(0, n[:-1]) > 0))  # nil from the start is stock nobody counts
    out = []
    for at in first.tolist():
        later = np.flatnonzero(n[at:] > 0)
        until = int(ts[at + later[0] - 1]) if len(later) else g.NEVER - 1
        until = min(until, one.first_restock(int(ts[at]), round(config.restock_lead_s * 1e6)))
        over = g.oversold(one, int(ts[at]), until, allowed=0, settle_us=settle)
        if over.n_pieces:
            origin = int(one.stock["event_id"][at])
            out.append(_Breach("sold_after_nil", over.n_pieces, origin, int(ts[at]), over.orders, len(over.orders)))
    return out


def _sold_out_said(one: g.Goods, config: Config, settle: int) -> list[_Breach]:
    """Return what speaks against "sold out": stock shown, orders; a rise of shown stock ends the test."""
    n, ts = one.stock["number"], one.stock["ts"]
    rises = ts[1:][n[1:] > n[:-1]]
    out = []
    for claim in one.said("sold_out"):
        at = int(claim["ts"])
        later = rises[rises > at]
        until = min(at + round(config.sold_out_s * 1e6), int(later[0]) - 1 if len(later) else g.NEVER)
        found = g.after_sold_out(one, at, until, settle_us=settle, lead_us=round(config.restock_lead_s * 1e6))
        if found.over.n_pieces or len(found.shown):
            kind = "sold_out_said_stock_shown" if len(found.shown) else "sold_out_said_orders_go_on"
            against = np.concatenate([found.shown, found.over.orders])
            against = against[np.argsort(against["ts"], kind="stable")]
            n_orders = len(found.over.orders)
            out.append(_Breach(kind, found.over.n_pieces, int(claim["event_id"]), at, against, n_orders))
    return out


def _hint(one: g.Goods, config: Config, settle: int) -> float:
    """Return the score of what is no finding of its own: "the last N" with more shown, one drop with "sold out" said."""
    score, until = 0.0, round(config.sold_out_s * 1e6)
    said = one.said("sold_out")
    drops = _drops(one, config, settle)[1::2] if len(said) else said
    for claim in said:
        is_near = (drops["ts"] >= claim["ts"] - until) & (drops["ts"] <= claim["ts"] + until)
        score = max(score, DROP_SCORE if is_near.any() else 0.0)
    for claim in one.said("quantity"):
        at, n = int(claim["ts"]), int(claim["number"])
        shown = one.stock[one.stock["ts"] <= at + settle]
        if n == g.NONE_SAID or not len(shown) or shown["number"][-1] < 2 * n:
            continue
        end = one.first_restock(at, round(config.restock_lead_s * 1e6))
        over = g.oversold(one, at, end, allowed=n, settle_us=settle)
        score = max(score, FEW_SCORE, float(over.n_pieces))
    return score


def _drops(one: g.Goods, config: Config, settle: int) -> np.ndarray:
    """Return pairs of stock rows, before and after each large drop that not a single order is near."""
    n, ts = one.stock["number"], one.stock["ts"]
    fell = n[:-1] - n[1:]
    is_large = (fell >= config.min_drop) & (fell >= config.min_drop_share * n[:-1])
    if not is_large.any():
        return one.stock[:0]
    near = np.searchsorted(one.orders["ts"], ts[1:] + settle, "right") - np.searchsorted(
        one.orders["ts"], ts[:-1] - settle, "left"
    )
    at = np.flatnonzero(is_large & (near == 0))
    return one.stock[np.ravel(np.column_stack([at, at + 1]))]


def look(look: Look, facts: Facts, config: Config) -> Look:  # noqa: ARG001
    """Name the weaker readings: no stock on record, no orders, orders whose returns cannot be seen."""
    look = look.unless(g.has_bounds_only(facts), "bound_times")
    look = look.weaker(~facts.has_type("stock"), "claim_only", "no_stock")
    look = look.weaker(~facts.has_type("order"), "stock_only", "no_order")
    look = look.weaker(facts.sampled("order", "stock"), "incomplete_orders", "sampled_order")
    return look.weaker(~g.is_complete(facts), "incomplete_orders", "no_payment_or_cancel")


def _sample(stock: list[tuple[int, int]], orders: list[int], said: list[tuple[int, str]]) -> pa.Table:
    """Return a product's evening; times in seconds, orders of one piece each, paid after 20 s."""
    base: dict[str, object] = {"room_id": "r1", "host_id": "h1", "merchant_id": "m1", "product_id": "p1"}
    start = 1_785_000_000
    rows: list[dict[str, object]] = [
        base | {"ts": start + at, "event_type": "stock", "value": float(left)} for at, left in stock
    ]
    for number, at in enumerate(orders):
        order = base | {"order_id": f"o{number}", "account_id": f"u{number}", "quantity": 1}
        rows.append(order | {"ts": start + at, "event_type": "order"})
        rows.append(order | {"ts": start + at + 20, "event_type": "payment"})
    rows += [base | {"ts": start + at, "event_type": "claim", "text": text} for at, text in said]
    for row in rows:
        row["ts"] = int(str(row["ts"])) * 1_000_000
    return g.events_table(rows)


def honest() -> pa.Table:
    """Return thirty pieces sold in order, "sold out" said at the end, twenty more announced and sold."""
    orders = [60 + 10 * at for at in range(30)] + [600 + 10 * at for at in range(20)]
    stock = [(50, 30), *((61 + 10 * at, 29 - at) for at in range(30)), (590, 20)]
    stock += [(601 + 10 * at, 19 - at) for at in range(20)]
    return _sample(stock, orders, [(356, "抢空了"), (592, "再加20单"), (800, "sold out, thank you")])


def faked() -> pa.Table:
    """Return stock that is set to nil after ten orders while twenty more follow, with "sold out" said."""
    orders = [60 + 10 * at for at in range(30)]
    stock = [(50, 200), *((61 + 10 * at, 199 - at) for at in range(10)), (155, 0), (300, 0), (400, 0)]
    return _sample(stock, orders, [(157, "已抢空")])


STREAM = Stream(g.LAYOUT, g.update, finish)
DETECTOR = Detector(
    name="stock_balance", version=3, family="M", scheme="staged_stock", subject="product", scope="room",
    event_types=("stock", "order", "payment", "cancel", "refund", "claim"),
    reads=(
        "event_id", "ts", "event_type", "room_id", "product_id", "order_id", "quantity", "value", "text",
    ),
    needs=(("stock", "claim"), "product_id"), lookback=timedelta(hours=12),
    finds="pieces sold when shown stock was nil, sold out said while there was stock",
    source="conservation of goods; detectors.md M4, brand-audit.md 8",
    config=Config, detect=STREAM.detect, honest=honest, faked=faked, is_exact=True, keeps_staff=True, look=look,
    stream=STREAM,
)  # fmt: skip
