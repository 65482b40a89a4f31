"""Few buyers who place a room's orders again and again, give them back, or share where orders go and who pays.

(b) repeats: returned or closed orders of a buyer beyond what nearly every honest buyer stays below, as a part of all
orders. It needs no example of fraud, only a count: at least that part was not bought to be kept. Beside it the densest
hour's orders per buyer, a published platform rule, worth watching and no more. Orders are scored by three things, each
against the share honest rooms stay below: their buyer's returns beyond the ordinary, how many orders of the room or of
a slot come from buyers who order again, and how many go to one address or one payer under several accounts.
Honest lookalikes: two sizes ordered and one sent back, a wrong address ordered anew, coupon top-ups (all below the
count that is left out for every buyer), one bulk buyer (alone worth watching at most).
Must still be tested against: many buyers with one or two orders each (lockstep, refund shape).
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features import orders as o
from truecrowd.features.facts import Facts
from truecrowd.features.goods import events_table
from truecrowd.features.state import Layout
from truecrowd.features.view import NULL, TYPE_CODES, View

HOUR_US: Final = 3_600_000_000
ORDER, CANCEL, REFUND = 0, 1, 2
AGAIN: Final = ((2, 0.2), (3, 0.1), (5, 0.05), (10, 0.03))
"""Orders of a buyer in the room, and the upper edge of honest orders whose buyer has at least so many. Guesses: two
sizes and forgotten pieces are common, ten orders are not."""

LAYOUT: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("order_id", "i4"), ("ts", "i8"), ("event_id", "u8"), ("what", "i1"), ("account_id", "i4"),
        ("amount", "i8"), ("ship_hash", "i4"), ("pay_hash", "i4"),
    ]),
    key=(
        "room_id", "order_id", "ts", "event_id", "what", "account_id", "amount", "ship_hash", "pay_hash",
    ),
    how={},
)  # fmt: skip
"""45 bytes per order, cancel or refund; all of it is key, so an event read twice is one row."""


@dataclass(frozen=True, slots=True)
class Config:
    """What any buyer may do, and from when on it is said."""

    ordinary_returns: int = 5
    """Returned or closed orders of one buyer that are left out of the count (brand-audit.md 2: the largest in 99.9 % of
    the baseline, at least 5; there is no baseline yet)."""
    exact_share: float = 0.2
    """Least part of all orders, 0 to 1, that repeats make up before they stand alone (brand-audit.md 2). Guess."""
    watch_share: float = 0.05
    """Least part of all orders, 0 to 1, that is worth watching. Guess."""
    min_buyers: int = 2
    """Fewest buyers beyond the ordinary for a finding: one may be a bulk buyer (brand-audit.md 2). Guess."""
    orders_per_buyer: float = 3.0
    """Orders per distinct buyer in the densest hour that is worth watching (Shopee rule, 2020)."""
    min_orders: int = 20
    """Fewest orders of that hour. Guess: three orders of one buyer in a quiet hour are nothing."""
    shared_accounts: int = 3
    """Fewest accounts with one address or one payer that share it beyond a family. Guess."""
    shared_share: float = 0.05
    """Upper edge of honest orders that go to such an address or payer. Guess: parcel lockers are no address."""
    min_rest: int = 10
    """Fewest other orders of a room that orders again are compared with. Guess: fewer show no share."""


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row per order, cancel and refund of the slice."""
    what = np.where(view.is_type("order"), ORDER, np.where(view.is_type("cancel"), CANCEL, REFUND))
    names = ("room_id", "order_id", "ts", "event_id", "account_id", "ship_hash", "pay_hash")
    return LAYOUT.rows({name: view[name] for name in names} | {"what": what, "amount": view["amount_minor"]})


@dataclass(frozen=True, slots=True)
class _Orders:
    """Orders of one room by time; parallel arrays.

    Args:
        rows: The first row of every order.
        back: Shape (n,), hash of the event that closed or returned the whole order; 0 where none did.
        loose: Accounts of returns that name no order, one entry each.
    """

    rows: np.ndarray
    back: np.ndarray
    loose: np.ndarray


def _orders(rows: np.ndarray) -> _Orders:
    is_order = rows["what"] == ORDER
    orders, others = rows[is_order], rows[~is_order]
    worth = _sums(orders)  # an order of several products has several rows
    is_first = np.append(True, orders["order_id"][1:] != orders["order_id"][:-1]) | (orders["order_id"] < 0)
    orders = orders[is_first[: len(orders)]]
    returned = _sums(others[others["what"] == REFUND])
    back = np.zeros(len(orders), np.uint64)
    at = {int(code): place for place, code in enumerate(orders["order_id"].tolist()) if code >= 0}
    for event in others[np.lexsort((others["event_id"], others["ts"]))]:
        code = int(event["order_id"])
        place = at.get(code)
        if place is None or back[place]:
            continue
        is_part = event["what"] == REFUND and 0 <= returned.get(code, -1) < worth.get(code, -1)
        back[place] = 0 if is_part else event["event_id"]
    by_time = np.lexsort((orders["event_id"], orders["ts"]))
    return _Orders(orders[by_time], back[by_time], others["account_id"][others["order_id"] < 0])


def _sums(rows: np.ndarray) -> dict[int, int]:
    """Return the money of every order; an order with an unknown amount is left out, so it counts as whole."""
    known: dict[int, int] = {}
    for code, amount in zip(rows["order_id"].tolist(), rows["amount"].tolist(), strict=True):
        known[code] = NULL if amount == NULL or known.get(code) == NULL else known.get(code, 0) + amount
    return {code: amount for code, amount in known.items() if amount != NULL}


@dataclass(frozen=True, slots=True)
class _Repeats:
    """How often buyers give back.

    Args:
        buyers: Shape (k,), account codes, sorted.
        n_orders, n_back: Shape (k,), orders of each; returned or closed ones.
        n_beyond: Shape (k,), returned or closed ones beyond the ordinary.
    """

    buyers: np.ndarray
    n_orders: np.ndarray
    n_back: np.ndarray
    n_beyond: np.ndarray


def _repeats(orders: _Orders, config: Config) -> _Repeats:
    named = orders.rows["account_id"] >= 0
    buyers, place = np.unique(orders.rows["account_id"][named], return_inverse=True)
    n_orders = np.bincount(place, minlength=len(buyers))
    n_back = np.bincount(place[orders.back[named] != 0], minlength=len(buyers))
    loose = np.bincount(
        np.searchsorted(buyers, orders.loose[np.isin(orders.loose, buyers)]), minlength=len(buyers)
    )  # fmt: skip
    n_back = np.minimum(n_back + loose, n_orders)
    return _Repeats(buyers, n_orders, n_back, np.maximum(n_back - config.ordinary_returns, 0))


@dataclass(frozen=True, slots=True)
class _Hour:
    """The hour with most orders per buyer: its orders [start, end) by time, and distinct buyers; none: 0, 0, 0."""

    start: int = 0
    end: int = 0
    n_buyers: int = 0

    @property
    def n_orders(self) -> int:
        """Orders of the hour."""
        return self.end - self.start

    @property
    def ratio(self) -> float:
        """Orders per distinct buyer, 0 where there is no such hour."""
        return self.n_orders / self.n_buyers if self.n_buyers else 0.0


def densest_hour(ts: np.ndarray, account: np.ndarray, min_orders: int) -> _Hour:
    """Return the hour, wherever it begins, with most orders per distinct buyer.

    Args:
        ts: Shape (n,), microseconds, sorted.
        account: Shape (n,), codes of the buyers.
        min_orders: Hours with fewer are not looked at.

    Distinct buyers are the orders less those whose buyer ordered before in the same hour: order k repeats its buyer's
    last order p in every hour that begins at or before p and ends after k, so repeats of all hours are one running sum.
    """
    n = len(ts)
    end = np.searchsorted(ts, ts + HOUR_US, "left")
    order = np.argsort(account, kind="stable")
    is_again = account[order][1:] == account[order][:-1]
    last, again = order[:-1][is_again], order[1:][is_again]
    first = np.searchsorted(end, again, "right")  # the first hour that reaches the repeated order
    is_inside = first <= last
    change = np.zeros(n + 1, np.int64)
    np.add.at(change, first[is_inside], 1)
    np.add.at(change, last[is_inside] + 1, -1)
    n_orders = end - np.arange(n)
    n_buyers = n_orders - np.cumsum(change[:n])
    is_start = np.append(True, ts[1:] != ts[:-1])[:n]  # an hour holds all orders of its first instant
    ratio = np.where((n_orders >= min_orders) & is_start, n_orders / np.maximum(n_buyers, 1), 0.0)
    if not ratio.any():
        return _Hour()
    best = int(np.lexsort((np.arange(n), -n_orders, -ratio))[0])
    return _Hour(best, int(end[best]), int(n_buyers[best]))


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every room by the part of its orders that is repeats, orders by their kinds, buyers by their orders.

    Score of a room: part of all orders beyond the ordinary count of returns, or beyond what honest rooms show of orders
    again and of shared addresses, whichever is more, 0 to 1; at least `watch_share` where the densest hour reaches the
    ratio. Of an order: nats, see the module. Of a buyer: of the strangest order.
    """
    parts = np.split(rows, np.flatnonzero(np.diff(rows["room_id"])) + 1) if len(rows) else []
    exact, has_times = _is_exact(facts), facts.grain_of("order") != NULL
    placed: list[_Placed] = []
    rooms: list[tuple[int, float, int]] = []
    findings = []
    for part in parts:
        room = int(part["room_id"][0])
        orders = _orders(part)
        if not len(orders.rows):
            continue
        repeats = _repeats(orders, config)
        hour = _Hour()
        named = orders.rows[orders.rows["account_id"] >= 0]
        if has_times[room]:
            hour = densest_hour(named["ts"], named["account_id"], config.min_orders)
        score, finding = _room(room, orders, repeats, hour, config, is_exact=bool(exact[room]))
        findings += [finding] if finding else []
        rooms.append((room, score, len(orders.rows)))
        placed.append(_placed(orders, repeats, config, has_times=bool(has_times[room])))
    if not rooms:
        return Seen()
    codes, score_of, n = (np.array(column) for column in zip(*rooms, strict=True))
    score_of = np.maximum(score_of, _excess(np.concatenate([one.rows for one in placed]), config, facts.n_rooms)[codes])
    at = {room: float(score) for room, score in zip(codes.tolist(), score_of.tolist(), strict=True)}
    findings = [replace(finding, score=at[finding.room]) for finding in findings]
    return Seen([Scores("room", codes, codes, score_of, n, "buyers"), *_scores(placed, config)], findings)


@dataclass(frozen=True, slots=True)
class _Placed:
    """Orders of one room with what is scored; parallel arrays.

    Args:
        rows: The first row of every order; `ts` is 0 where times mean nothing.
        beyond: Nats of the buyer's returns beyond the ordinary, 0 for orders that were kept.
    """

    rows: np.ndarray
    beyond: np.ndarray


def _placed(orders: _Orders, repeats: _Repeats, config: Config, *, has_times: bool) -> _Placed:
    share = float(repeats.n_beyond.sum()) / len(orders.rows)
    n_over = int((repeats.n_beyond > 0).sum())
    nats = float(o.beyond(np.array([share]), config.watch_share)[0]) if n_over >= config.min_buyers else 0.0
    is_over = np.append(repeats.n_beyond > 0, False)
    place = np.searchsorted(repeats.buyers, orders.rows["account_id"])
    place = np.where(orders.rows["account_id"] >= 0, place, len(repeats.buyers))
    rows = orders.rows.copy()
    if not has_times:
        rows["ts"] = 0
    return _Placed(rows, np.where(is_over[place] & (orders.back != 0), nats, 0.0))


def _scores(placed: list[_Placed], config: Config) -> list[Scores]:
    """Return the scores of buyers with an id of their own and of all orders with an id."""
    rows = np.concatenate([one.rows for one in placed])
    score = np.concatenate([one.beyond for one in placed])
    is_named = rows["account_id"] >= 0
    score[is_named] += _again(rows[is_named], config) + _shared(rows[is_named], config)
    buyer = o.numbered(rows["room_id"], rows["account_id"])
    most = np.zeros(int(buyer.max()) + 1)
    np.maximum.at(most, buyer, score)
    firsts = np.unique(buyer, return_index=True)[1]
    n_orders = np.bincount(buyer)
    keep = rows["account_id"][firsts] >= 0
    firsts, most, n_orders = firsts[keep], most[keep], n_orders[keep]
    has_id = rows["order_id"] >= 0
    one = np.ones(int(has_id.sum()), np.int64)
    return [
        Scores("account", rows["room_id"][firsts], rows["account_id"][firsts], most, n_orders, "buyers"),
        Scores("order", rows["room_id"][has_id], rows["order_id"][has_id], score[has_id], one, "buyers"),
    ]


def _again(rows: np.ndarray, config: Config) -> np.ndarray:
    """Return by order how far orders of buyers who order that often exceed what honest rooms show, nats."""
    buyer = o.numbered(rows["room_id"], rows["account_id"])
    n_orders = np.bincount(buyer)[buyer] if len(buyer) else buyer
    score = np.zeros(len(rows))
    for group in o.groupings(rows["room_id"], rows["ts"]):
        for least, edge in AGAIN:
            score = np.maximum(score, _nats(group, rows, n_orders >= least, edge, config))
    return score


def _shared(rows: np.ndarray, config: Config) -> np.ndarray:
    """Return by order how far orders to one address, or by one payer, under several accounts exceed the edge, nats."""
    is_shared = _is_shared(rows, config)
    groups = o.groupings(rows["room_id"], rows["ts"])
    return np.asarray(np.max([_nats(group, rows, is_shared, config.shared_share, config) for group in groups], axis=0))


def _is_shared(rows: np.ndarray, config: Config) -> np.ndarray:
    out = np.zeros(len(rows), np.bool_)
    for name in ("ship_hash", "pay_hash"):
        known = np.flatnonzero(rows[name] >= 0)
        where = o.numbered(rows["room_id"][known], rows[name][known])
        firsts = np.unique(o.numbered(where, rows["account_id"][known]), return_index=True)[1]
        n_accounts = np.bincount(where[firsts])
        out[known[n_accounts[where] >= config.shared_accounts]] = True
    return out


def _excess(rows: np.ndarray, config: Config, n_rooms: int) -> np.ndarray:
    """Return by room the least part of orders that are of a kind beyond its edge: (lower - edge) / (1 - edge), 0 to 1."""
    rows, out = rows[rows["account_id"] >= 0], np.zeros(n_rooms)
    if not len(rows):
        return out
    buyer, room = o.numbered(rows["room_id"], rows["account_id"]), rows["room_id"]
    n_orders = np.bincount(buyer)[buyer]
    kinds = [(n_orders >= least, edge) for least, edge in AGAIN] + [(_is_shared(rows, config), config.shared_share)]
    for is_kind, edge in kinds:
        lower = o.shares(room, rows["account_id"], is_kind).lower()
        out[: len(lower)] = np.maximum(out[: len(lower)], (lower - edge) / (1 - edge))
    return out


def _nats(group: np.ndarray, rows: np.ndarray, is_kind: np.ndarray, edge: float, config: Config) -> np.ndarray:
    seen = o.shares(group, rows["account_id"], is_kind)
    rest = o.rest_share(group, rows["room_id"], is_kind, min_rest=config.min_rest)
    return np.where(is_kind, seen.beyond(np.maximum(edge, rest))[group], 0.0)


def _room(
    room: int, orders: _Orders, repeats: _Repeats, hour: _Hour, config: Config, *, is_exact: bool
) -> tuple[float, Finding | None]:
    n_beyond, n_over = int(repeats.n_beyond.sum()), int((repeats.n_beyond > 0).sum())
    share = n_beyond / len(orders.rows) if n_over >= config.min_buyers else 0.0  # one may be a bulk buyer
    is_dense = hour.ratio >= config.orders_per_buyer and hour.n_buyers >= config.min_buyers
    is_alone = share >= config.exact_share
    score = max(share, config.watch_share if is_dense else 0.0)
    if share < config.watch_share and not is_dense:
        return score, None
    named = orders.rows[orders.rows["account_id"] >= 0]
    if share >= config.watch_share:
        rows, evidence = _over(orders, repeats)
    else:
        rows = named[hour.start : hour.end]
        evidence = rows["event_id"]
    params = {
        "reason": "repeats" if share >= config.watch_share else "orders_per_buyer",
        "is_exact": is_exact and is_alone and not len(orders.loose), "at_least": share, "n_orders": len(orders.rows),
        "n_buyers": len(repeats.buyers), "n_buyers_over": n_over, "n_beyond": n_beyond,
        "n_returned": int(repeats.n_back.sum()), "ordinary_returns": config.ordinary_returns,
        "hour_orders": hour.n_orders, "hour_buyers": hour.n_buyers,
    }  # fmt: skip
    start, end = int(rows["ts"].min()), int(rows["ts"].max()) + 1
    return score, Finding("room", room, room, start, end, score, evidence, len(evidence), params)


def _over(orders: _Orders, repeats: _Repeats) -> tuple[np.ndarray, np.ndarray]:
    """Return the orders of buyers beyond the ordinary, and as evidence each with what closed it, busiest buyer first."""
    place = np.searchsorted(repeats.buyers, orders.rows["account_id"])
    n_back = np.append(np.where(repeats.n_beyond > 0, repeats.n_back, 0), 0)
    n_back = n_back[np.where(orders.rows["account_id"] >= 0, place, len(repeats.buyers))]
    at = np.flatnonzero(n_back > 0)
    at = at[np.lexsort((at, -n_back[at]))]
    pairs = np.column_stack([orders.rows["event_id"][at], orders.back[at]]).ravel()
    return orders.rows[at], pairs[pairs != 0]


def _is_exact(facts: Facts) -> np.ndarray:
    """Return shape (rooms,), bool: all orders are delivered, under ids that are a buyer's own, with order ids."""
    is_nick = facts.n_nick[:, TYPE_CODES["order"]] > 0
    has_ids = facts.has_column("order_id", ("order",))
    return np.asarray(has_ids & ~is_nick & ~facts.sampled("order", "cancel", "refund"))


def look(look: Look, facts: Facts, config: Config) -> Look:  # noqa: ARG001
    """Leave out rooms whose buyers have no id of their own; name what cannot be seen of returns."""
    n, n_nobody = facts.n[:, TYPE_CODES["order"]], facts.n_nobody[:, TYPE_CODES["order"]]
    look = look.unless((n > 0) & (n_nobody == n), "masked_ids")
    look = look.unless(~facts.has_column("account_id", ("order",)), "no_account_id")
    look = look.weaker(~(facts.has_type("cancel") | facts.has_type("refund")), "orders_only", "no_cancel_or_refund")
    look = look.weaker(~facts.has_column("order_id", ("order",)), "events_only", "no_order_id")
    look = look.weaker(facts.sampled("order", "cancel", "refund"), "sampled", "sampled_order")
    look = look.weaker(n_nobody > 0, "named_buyers", "masked_ids")
    look = look.weaker(facts.n_nick[:, TYPE_CODES["order"]] > 0, "nicks", "nick_ids")
    return look.weaker(facts.grain_of("order") == NULL, "no_hours", "bound_times")


def _sample(buyers: list[str], returned: set[int]) -> pa.Table:
    """Return one order every 20 s by these buyers, some refunded in full an hour later."""
    rows: list[dict[str, object]] = []
    for at, buyer in enumerate(buyers):
        base: dict[str, object] = {"room_id": "r1", "account_id": buyer, "order_id": f"o{at}", "amount_minor": 9_900}
        placed = 1_785_000_007_250_000 + at * 20_000_000
        rows.append(base | {"event_type": "order", "ts": placed})
        if at in returned:
            rows.append(base | {"event_type": "refund", "ts": placed + HOUR_US})
    return events_table(rows)


def honest() -> pa.Table:
    """Return sixty orders of forty buyers, every third refunded; one buyer orders ten pieces and keeps them."""
    buyers = [f"u{at % 39}" for at in range(50)] + ["bulk"] * 10
    return _sample(buyers, set(range(0, 50, 3)))


def faked() -> pa.Table:
    """Return sixty orders of four buyers, all refunded, among ten of others."""
    buyers = [f"w{at % 4}" for at in range(60)] + [f"u{at}" for at in range(10)]
    return _sample(buyers, set(range(62)))


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="repeat_buyers", version=2, family="M", scheme="brushing", subject="room", scope="room",
    event_types=("order", "cancel", "refund"),
    reads=("event_id", "ts", "event_type", "room_id", "account_id", "id_kind", "order_id", "amount_minor",
        "ship_hash", "pay_hash"),
    needs=("order",), lookback=timedelta(hours=12),
    finds="few buyers who order again and again and give it back",
    source="Shopee rule 2020 (orders per buyer); brand-audit.md 2 (b); detectors.md M2",
    config=Config, detect=STREAM.detect, honest=honest, faked=faked, is_exact=True, look=look, stream=STREAM,
)  # fmt: skip
