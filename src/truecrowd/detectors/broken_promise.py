"""What a host promised about time, stock and price, against what prices, stock and orders did afterwards.

"Only five minutes", "last ten", "sold out", "tonight only" are promises with a deadline that anybody can check. Only
`claim` events bind, viewers' words never do. A promise that is extended before it is due is extended, not broken.
Honest lookalikes: announced extensions and restocks, unpaid orders sold again, a host who speaks a moment early.
Must still be tested against: the same offer under a new product id with another title and another price.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features import goods as g
from truecrowd.features import returns as r
from truecrowd.features.facts import Facts
from truecrowd.features.promise import OBLIGATIONS, REPEATED, Promise

SOLD_OUT: Final = 0.6
"""Score of a product for a broken "sold out": goods that were there are no limited offer (stock_balance judges them)."""


@dataclass(frozen=True, slots=True)
class Config:
    """Delays below which nothing is said, and how long a promise holds."""

    settle_s: float = 10.0
    """Seconds by which clocks of speech, shown stock and orders may differ. Guess; never below the clock's grain."""
    grace_s: float = 60.0
    """Seconds after a deadline in which the price may still be on (brand-audit.md 8). Guess."""
    price_lead_s: float = 60.0
    """Seconds after a claim in which the promised price may yet be put up. Guess: a host speaks first."""
    sold_out_s: float = 600.0
    """Seconds for which "sold out" is tested (brand-audit.md 8: within 10 minutes)."""
    restock_lead_s: float = 60.0
    """Seconds by which a restock is put up before it is said. Guess: one remark of a host."""
    return_h: float = 72.0
    """Hours for which "today only" holds (brand-audit.md 8). Guess."""
    day_h: float = 12.0
    """Hours before a return is another day; a day's second broadcast is not. Guess: from noon to midnight."""
    session_h: float = 6.0
    """Hours before a return is another broadcast; a reconnect is not. Guess: longer than most broadcasts."""
    price_share: float = 0.02
    """Largest difference of prices, as part of the promised one, for an offer under another id (brand-audit.md 8)."""
    title_likeness: float = 0.8
    """Least part of common 3-grams (Jaccard), 0 to 1, for an offer under another id (brand-audit.md 8)."""
    late_share: float = 1.0
    """Part of the promised time, beyond the grace, in which a price that does go back is late rather than on: watched,
    not exact. Guess: claims are transcripts, an extension may be missing from them."""
    min_returns: int = 3
    """Jumps up and back of shown stock before it is taken as several variants shown in turn. Guess."""
    max_extensions: int = 2
    """Extensions of one offer before repeating them is a reason of its own (brand-audit.md 8: the third)."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A product's evening with all that judging a promise about it needs."""

    goods: g.Goods
    config: Config
    settle: int
    end: int
    is_complete: bool
    offers: r.Offers

    def us(self, seconds: float) -> int:
        return round(seconds * 1e6)


def promises(rows: np.ndarray, facts: Facts, config: Config) -> list[Promise]:
    """Return every promise of every host and whether it was kept.

    Args:
        rows: Reduced rows of `goods.LAYOUT`.
        facts: Facts of the closed rooms.
        config: Delays and likeness.

    Returns:
        By room, product, time and claim; a claim may hold several promises.
    """
    ends = np.full(facts.n_rooms, np.iinfo(np.int64).min)
    np.maximum.at(ends, rows["room_id"], rows["ts"])
    settle, complete = g.settle_us(facts, config.settle_s), g.is_complete(facts)
    products = list(g.each_product(rows, facts))
    offers = r.gather(products, facts)
    out = []
    for one in products:
        case = _Case(one, config, int(settle[one.room]), int(ends[one.room]), bool(complete[one.room]), offers)
        out += list(_judged(case))
    return out


def _judged(case: _Case) -> Iterator[Promise]:
    for claim in case.goods.said(*OBLIGATIONS):
        number = int(claim["number"])
        promise = Promise(
            case.goods.room, case.goods.product, int(claim["event_id"]), int(claim["ts"]),
            g.WHATS[claim["what"]], None if number == g.NONE_SAID else number, last_us=int(claim["ts"]),
        )  # fmt: skip
        if promise.product < 0 and promise.obligation != "untested":
            yield replace(promise, reason="no_product")
        else:
            yield _JUDGES[promise.obligation](promise, case)


def _time(promise: Promise, case: _Case) -> Promise:
    if promise.number is None:
        return replace(promise, reason="no_number")
    length = promise.number * 1_000_000
    promise = _extended(promise, promise.ts + length, case)
    deadline = promise.deadline
    if deadline is None:
        return promise
    lead = min(case.us(case.config.price_lead_s), length)
    price = r.price_at(case.goods, promise.ts, promise.ts + lead, deadline)
    if price is None:
        return replace(promise, reason="no_price")
    promise = replace(promise, price_minor=price)
    prices, due = case.goods.prices, deadline + case.us(case.config.grace_s)
    changes = prices["ts"][(prices["ts"] > promise.ts + lead) & (prices["amount"] != price)]
    until = int(changes[0]) if len(changes) else g.NEVER
    if until <= due:
        return _kept(promise, case)
    if not len(prices):  # orders alone: a later one may be another offer at the same price
        until = due + case.us(case.config.sold_out_s)
    found = _still_on(promise, case, due, until)
    is_late = bool(found.is_broken) and len(changes) > 0 and until <= due + length * case.config.late_share
    return replace(found, reason="price_back_late", is_exact=False) if is_late else found


def _still_on(promise: Promise, case: _Case, due: int, until: int) -> Promise:
    """Return the promise judged by what was sold or shown at its price in (due, until)."""
    one, price = case.goods, promise.price_minor
    assert price is not None
    sold = one.orders[(one.orders["amount"] == price * one.orders["number"])]
    same = one.prices[one.prices["amount"] == price]
    shown = one.stock[one.stock["number"] > 0]
    found = [rows[(rows["ts"] > due) & (rows["ts"] < until)] for rows in (sold, same, shown)]
    if len(found[0]) or len(found[1]):
        return promise.broken("price_stays", np.concatenate(found[:2]))
    if len(found[2]) and len(one.prices):  # the link may be closed while stock is there
        return promise.broken("price_stays", found[2], is_exact=False)
    return replace(promise, reason="open" if case.end <= due else "no_record")


def _extended(promise: Promise, due: int, case: _Case) -> Promise:
    """Return the promise with the extensions said before it was due; after an unnumbered one no deadline is known."""
    for said in case.goods.said("extension"):
        if not promise.ts < said["ts"] <= due + case.settle:
            continue
        n, events = promise.n_extensions + 1, (*promise.events, int(said["event_id"]))
        promise = replace(promise, n_extensions=n, events=events, last_us=int(said["ts"]))
        if said["number"] == g.NONE_SAID:
            return _kept(promise, case)
        due += int(said["number"]) * 1_000_000
    return replace(promise, deadline=due)


def _kept(promise: Promise, case: _Case) -> Promise:
    if promise.n_extensions > case.config.max_extensions:
        return replace(promise, is_broken=False, reason="repeated_extension", is_exact=False)
    return replace(promise, is_broken=False, reason="extended" if promise.n_extensions else "kept")


def _quantity(promise: Promise, case: _Case) -> Promise:
    if promise.number is None:
        return replace(promise, reason="no_number")
    if not len(case.goods.orders):
        return replace(promise, reason="no_record")
    until = case.goods.first_restock(promise.ts, case.us(case.config.restock_lead_s))
    over = g.oversold(case.goods, promise.ts, until, allowed=promise.number, settle_us=case.settle)
    if not over.n_pieces:
        return replace(promise, is_broken=False, reason="kept")
    is_exact = case.is_complete and case.goods.is_linked
    return promise.broken("sold_beyond", over.orders, n_over=over.n_pieces, is_exact=is_exact)


def _sold_out(promise: Promise, case: _Case) -> Promise:
    config, one = case.config, case.goods
    due = promise.ts + case.us(config.sold_out_s)
    promise = replace(promise, deadline=due)
    if not len(one.stock) and not len(one.orders):
        return replace(promise, reason="no_record")
    lead = case.us(config.restock_lead_s)
    found = g.after_sold_out(one, promise.ts, due, settle_us=case.settle, lead_us=lead)
    if len(found.shown):
        against, n_over = np.concatenate([found.shown, found.over.orders]), found.over.n_pieces
        is_exact = (case.is_complete or not len(one.orders)) and not _is_mixed(case)
        return promise.broken("stock_shown", against, n_over=n_over, is_exact=is_exact)
    if found.over.n_pieces:
        is_exact = case.is_complete and one.is_linked and not _is_mixed(case)
        return promise.broken("orders_go_on", found.over.orders, n_over=found.over.n_pieces, is_exact=is_exact)
    if case.end < min(due, found.until):
        return replace(promise, reason="open")
    return replace(promise, is_broken=False, reason="kept")


def _is_mixed(case: _Case) -> bool:
    """Say whether shown stock is that of several variants in turn: then one may be sold out and another not."""
    return g.n_returns(case.goods, case.settle) >= case.config.min_returns


def _today(promise: Promise, case: _Case) -> Promise:
    config, one = case.config, case.goods
    hours = config.day_h if promise.obligation == "today" else config.session_h
    since, until = promise.ts + case.us(hours * 3_600), promise.ts + case.us(config.return_h * 3_600)
    promise = replace(promise, deadline=until)
    price = r.price_at(one, promise.ts, promise.ts + case.us(config.price_lead_s), since)
    if price is None:
        return replace(promise, reason="no_price")
    promise = replace(promise, price_minor=price)
    likeness = r.Likeness(config.title_likeness, config.price_share)
    back = case.offers.back(one, price, since, until, likeness)
    if len(back):
        return promise.broken("offer_returns", back)
    if case.offers.end_of(one) < until:
        return replace(promise, reason="open")
    return replace(promise, is_broken=False, reason="kept")


def _sold_count(promise: Promise, case: _Case) -> Promise:
    """Return it kept where the orders on record reach the number, 5 % off; other channels sell too, so else unknown."""
    before = case.goods.orders[case.goods.orders["ts"] <= promise.ts + case.settle]
    if promise.number is None:
        return replace(promise, reason="no_number")
    is_reached = 105 * int(before["number"].sum()) >= 100 * promise.number
    return replace(promise, is_broken=False, reason="kept") if is_reached else replace(promise, reason="outside")


def _untested(promise: Promise, case: _Case) -> Promise:  # noqa: ARG001
    return replace(promise, reason="outside")


_JUDGES: Final[dict[str, Callable[[Promise, _Case], Promise]]] = {
    "time": _time, "quantity": _quantity, "sold_out": _sold_out, "today": _today, "session": _today,
    "sold_count": _sold_count, "untested": _untested,
}  # fmt: skip


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every claim with an obligation that can be tested; a claim with several counts as the worst of them."""
    said = sorted(promises(rows, facts, config), key=lambda promise: (promise.room, promise.claim))
    worst = [
        max(group, key=lambda one: (one.score or 0.0, one.is_exact, one.n_over, -OBLIGATIONS.index(one.obligation)))
        for _, group in groupby(
            (one for one in said if one.score is not None), lambda promise: (promise.room, promise.claim)
        )
    ]
    recorded = np.unique(rows["room_id"][rows["what"] < g.WHAT["time"]])
    scores = Scores(
        "claim", np.array([one.room for one in worst], int), np.array([one.claim for one in worst], np.uint64),
        np.array([one.score for one in worst], float), np.array([1 + len(one.events) for one in worst], int),
        mode=np.array(["full" if one.room in recorded else "claim_only" for one in worst], object),
    )  # fmt: skip
    return Seen(
        [scores, _products(said, recorded)],
        [_finding(one) for one in worst if one.is_broken or one.score == REPEATED],
        promises=said,
    )


def _products(said: Sequence[Promise], recorded: np.ndarray) -> Scores:
    """Return every product with a promise that can be tested, by the worst of them."""
    worst: dict[tuple[int, int], tuple[float, int]] = {}
    for one in said:
        if one.product < 0 or one.score is None:
            continue
        score, n = worst.get((one.room, one.product), (0.0, 0))
        own = min(one.score, SOLD_OUT) if one.obligation == "sold_out" else one.score
        worst[one.room, one.product] = max(score, own), n + 1 + len(one.events)
    keys, values = sorted(worst), [worst[key] for key in sorted(worst)]
    return Scores(
        "product", np.array([room for room, _ in keys], int), np.array([product for _, product in keys], int),
        np.array([score for score, _ in values], float), np.array([n for _, n in values], int),
        mode=np.array(["full" if room in recorded else "claim_only" for room, _ in keys], object),
    )  # fmt: skip


def _finding(promise: Promise) -> Finding:
    evidence = np.array([promise.claim, *promise.events], np.uint64)
    params = {
        "obligation": promise.obligation, "reason": promise.reason, "number": promise.number,
        "is_exact": promise.is_exact, "n_sold_after": promise.n_over, "n_extensions": promise.n_extensions,
        "n_orders_after": max(promise.n_orders - 1, 0), "price_minor": promise.price_minor,
        "due_us": promise.deadline,
    }  # fmt: skip
    return Finding(
        "claim", promise.claim, promise.room, promise.ts, promise.last_us + 1, promise.score or 0.0, evidence,
        len(evidence), params,
    )  # fmt: skip


def look(look: Look, facts: Facts, config: Config) -> Look:  # noqa: ARG001
    """Leave out claims without a product, name the weaker readings."""
    look = look.unless(g.has_bounds_only(facts), "bound_times")
    look = look.unless(~facts.has_column("product_id", ("claim",)), "claims_without_product")
    has_record = facts.has_type("price") | facts.has_type("stock") | facts.has_type("order")
    look = look.weaker(~has_record, "claim_only", "no_price_stock_or_order")
    look = look.weaker(~facts.has_type("order"), "no_orders", "no_order")
    look = look.weaker(facts.sampled("order", "stock"), "incomplete_orders", "sampled_order")
    return look.weaker(~g.is_complete(facts), "incomplete_orders", "no_payment_or_cancel")


_Said = Sequence[tuple[int, str, dict[str, object]]]


def _sample(night: str, start: int, said: _Said) -> list[dict[str, object]]:
    base: dict[str, object] = {"room_id": night, "host_id": "h1", "merchant_id": "m1", "product_id": "p1"}
    base |= {"product_title": "Red jacket, down filling 红色羽绒服"}
    return [base | {"ts": (start + at) * 1_000_000 + 371_000, "event_type": kind} | more for at, kind, more in said]


def _orders(times: Sequence[int], price: int, first: int) -> list[tuple[int, str, dict[str, object]]]:
    out: list[tuple[int, str, dict[str, object]]] = []
    for number, at in enumerate(times, first):
        order = {"order_id": f"o{number}", "account_id": f"u{number}", "amount_minor": price}
        out += [(at, "order", order | {"quantity": 1}), (at + 4, "payment", dict(order))]
    return out


_EVENING: Final = 1_785_000_000


def honest() -> pa.Table:
    """Return an offer of ten minutes, extended once in time, whose price goes back; then the last five, sold."""
    said: _Said = [
        (50, "price", {"amount_minor": 9_900}),
        (60, "claim", {"text": "限时10分钟，过后恢复原价"}),
        (600, "claim", {"text": "再延长5分钟"}),
        (960, "price", {"amount_minor": 19_900}),
        (1_000, "claim", {"text": "last 5 pieces"}),
        (1_200, "claim", {"text": "抢空了"}),
        (2_400, "claim", {"text": "谢谢大家"}),
        *_orders(range(70, 900, 30), 9_900, 0),
        *_orders([1_020, 1_040, 1_060, 1_080, 1_100], 19_900, 900),
        (2_400, "price", {"amount_minor": 19_900}),
    ]
    return g.events_table(_sample("r1", _EVENING, said))


def faked() -> pa.Table:
    """Return "only 5 minutes" at a price that stays on, "last 3" before thirty more, and "tonight only" back next day."""
    said: _Said = [
        (50, "price", {"amount_minor": 9_900}),
        (60, "claim", {"text": "只维持5分钟"}),
        (700, "claim", {"text": "最后三单"}),
        (900, "claim", {"text": "tonight only"}),
        *_orders(range(70, 1_000, 20), 9_900, 0),
    ]
    again: _Said = [
        (10, "claim", {"text": "welcome back 欢迎"}),
        (30, "price", {"amount_minor": 9_900}),
        *_orders([60, 90], 9_900, 500),
    ]
    return g.events_table([*_sample("r1", _EVENING, said), *_sample("r2", _EVENING + 86_400, again)])


STREAM = Stream(g.LAYOUT, g.update, finish)
DETECTOR = Detector(
    name="broken_promise", version=3, family="M", scheme="false_limited", subject="claim", scope="cross-room",
    event_types=("claim", "price", "stock", "order", "payment", "cancel", "refund"),
    reads=(
        "event_id", "ts", "event_type", "room_id", "host_id", "merchant_id", "product_id", "order_id",
        "product_title", "amount_minor", "quantity", "value", "text",
    ),
    needs=("claim", "text", "product_id"), lookback=timedelta(hours=72),
    finds="promises of time, stock or price that did not hold",
    source="brand-audit.md 8; detectors.md M5",
    config=Config, detect=STREAM.detect, honest=honest, faked=faked, is_exact=True, keeps_staff=True, look=look,
    stream=STREAM,
)  # fmt: skip
