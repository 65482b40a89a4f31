"""Refunds that come in one shape: of one slot, one delay, never shipped, in one batch, by the same buyers.

A rate proves nothing: apparel is sent back in half of all orders. But people send back what they have seen, each by
their own clock; staged orders go back unseen, at the delay that was agreed, held back by who knows not to ship them. Judged
by slots of ten minutes and by the whole room, against the room's other orders: what part of the paid orders came back
in the same state and delay, from how many buyers.
Honest lookalikes: apparel returns (after delivery, spread over days: a high edge of their own), a customer service
that works off refunds in batches (other slots' refunds are in the batch, too), a price error (closed for all within
hours: one delay alone is a score and no finding, and buyers of two lose both by chance), two sizes (one is kept).
Must still be tested against: refunds spread over weeks, in parts, or none (order path, repeat buyers).
Source: detectors.md M3; brand-audit.md 2 and 3; court cases listed there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
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

TYPES: Final = ("order", "payment", "ship", "cancel", "refund")
ORDER, PAYMENT, SHIP, CANCEL, REFUND = (TYPE_CODES[name] for name in TYPES)
LAYOUT: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("order_id", "i4"), ("event_type", "i1"), ("ts", "i8"), ("event_id", "u8"),
        ("account_id", "i4"), ("amount", "i8"),
    ]),
    key=("room_id", "order_id", "event_type", "ts", "event_id", "account_id", "amount"),
    how={},
)  # fmt: skip
"""37 bytes per step of an order; all of it is key, so an event read twice is one row."""
NEVER: Final = np.iinfo(np.int64).max // 4
HOUR_US: Final = 3_600_000_000
KEPT, UNSHIPPED, SHIPPED, UNKNOWN = range(4)
STATES: Final = ("kept", "before_shipping", "after_shipping", "unknown")
DELAYS_H: Final = ((1.0, 6.0, 24.0, 72.0, 168.0), (3.0, 12.0, 48.0, 120.0, 240.0))
"""Two sets of edges of delays from payment to refund, hours (brand-audit.md 2, and between), so that no delay hides on
an edge."""
BATCH_US: Final = 600_000_000
"""Length of a batch of refunds, microseconds (brand-audit.md 2: the largest share in any 10 minutes)."""


@dataclass(frozen=True, slots=True)
class Config:
    """What part of an honest slot comes back in one state and delay."""

    before_shipping_share: float = 0.25
    """Upper edge of honest orders returned before shipping within one range of delays. Guess: a slot of second
    thoughts; the published cases are at 0.66 to 0.94."""
    after_shipping_share: float = 0.6
    """The same after shipping. Apparel comes back in 50-60 % of orders (detectors.md 6), over more than one range."""
    unknown_share: float = 0.85
    """The same where shipping is not recorded, and where refunds have no time. Live sales come back in up to 80 %."""
    held_back_share: float = 0.1
    """Upper edge of honest orders that are returned unshipped after most of the room's orders were shipped. Guess: out
    of stock, a few pre-sales; who staged an order does not send it."""
    batch_share: float = 0.25
    """Upper edge of honest orders of one slot that are refunded within the same ten minutes. Guess."""
    same_buyers_share: float = 0.15
    """Upper edge of honest orders of buyers who place several and keep none. Guess."""
    shipped_share: float = 0.5
    """Part of the room's shipped orders whose time to ship is over before an order counts as held back."""
    min_shipped: int = 10
    """Fewest shipped orders that show how long shipping takes. Guess."""
    min_rest: int = 10
    """Fewest other orders of a room that the shape is compared with. Guess: fewer show no share."""
    min_nats: float = 0.4
    """Least strength of a finding, nats: half more than the honest edge, noise taken off. Guess."""
    min_orders: int = 15
    """Fewest orders of one shape in a finding. Guess."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Paid orders of buyers with an id of their own; parallel arrays.

    Args:
        room, order, account: Codes.
        ts, event_id: Of the first row of the order.
        paid, back: When it was paid and came back whole, microseconds; NEVER where it did not.
        back_id: Hash of the event that closed it, 0 for none.
        shipped: When it was shipped, NEVER where it was not.
        state: KEPT, UNSHIPPED, SHIPPED or UNKNOWN.
    """

    room: np.ndarray
    order: np.ndarray
    account: np.ndarray
    ts: np.ndarray
    event_id: np.ndarray
    paid: np.ndarray
    back: np.ndarray
    back_id: np.ndarray
    shipped: np.ndarray
    state: np.ndarray


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row a step of an order with an id."""
    view = view.where(view["order_id"] >= 0)
    names = ("room_id", "order_id", "event_type", "ts", "event_id", "account_id")
    return LAYOUT.rows({name: view[name] for name in names} | {"amount": view["amount_minor"]})


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every paid order by the shape in which it came back, buyers by their orders, rooms by the best shape.

    Orders that were kept have half the score of their buyer's strangest one: it was the same hand. One delay alone is
    no finding: so does a price error of one slot look.
    """
    orders = _orders(rows, facts)
    if not len(orders.room):
        return Seen()
    score, strength, n_shape = np.zeros(len(orders.room)), np.zeros(facts.n_rooms), np.zeros(facts.n_rooms, np.int64)
    shape = np.zeros((len(SHAPES), facts.n_rooms))
    by_room = np.zeros(facts.n_rooms)
    for at, nats in enumerate(_shapes(orders, facts, config)):
        np.maximum.at(shape[at], orders.room, nats)
        by_room, score = np.maximum(by_room, shape[at]), score + nats
        if SHAPES[at] == "delay":
            continue
        n = np.bincount(orders.room[nats > 0], minlength=facts.n_rooms)
        is_more = shape[at] > strength
        strength, n_shape = np.where(is_more, shape[at], strength), np.where(is_more, n, n_shape)
    buyer = o.numbered(orders.room, orders.account)
    most = np.zeros(int(buyer.max()) + 1)
    np.maximum.at(most, buyer, score)
    score = np.where(score > 0, score, most[buyer] / 2)
    firsts = np.unique(buyer, return_index=True)[1]
    rooms = np.unique(orders.room)
    found = (strength >= config.min_nats) & (n_shape >= config.min_orders)
    timeless, n_orders = facts.grain_of("refund") == NULL, np.bincount(orders.room)
    one = np.ones(len(score), np.int64)
    scores = [
        Scores("room", rooms, rooms, by_room[rooms], n_orders[rooms], "buyers"),
        Scores("account", orders.room[firsts], orders.account[firsts], most, np.bincount(buyer), "buyers"),
        Scores("order", orders.room, orders.order, score, one, "buyers"),
    ]
    end = np.full(facts.n_rooms, NULL)
    np.maximum.at(end, rows["room_id"], rows["ts"])
    return Seen(scores, [
        _finding(room, orders, score, shape[:, room], as_of=int(end[room]), has_times=not timeless[room])
        for room in rooms[found[rooms]].tolist()
    ])  # fmt: skip


SHAPES: Final = ("delay", "held_back", "batch", "same_buyers")


def _shapes(orders: Orders, facts: Facts, config: Config) -> Sequence[np.ndarray]:
    """Return by shape and order how far its group holds more orders of that shape than honest rooms do, nats."""
    has_times = (facts.grain_of("refund") != NULL)[orders.room]
    delay, batch = np.zeros(len(orders.room)), np.zeros(len(orders.room))
    groups = o.groupings(orders.room, orders.ts)
    edges = np.array([1.0, config.before_shipping_share, config.after_shipping_share, config.unknown_share])
    is_back = orders.state != KEPT
    for group in groups[1:]:  # a whole room of early refunds is a price error, or second thoughts
        for edge_h in DELAYS_H:
            late = np.searchsorted(np.array(edge_h) * HOUR_US, orders.back - orders.paid)
            cell = np.where(has_times, late, len(edge_h) + 1)
            for state in (UNSHIPPED, SHIPPED, UNKNOWN):
                for here in np.unique(cell[orders.state == state]).tolist():
                    is_kind = (orders.state == state) & (cell == here)
                    edge = edges[state] if here <= len(edge_h) else config.unknown_share
                    delay = np.maximum(delay, _beside_rest(group, orders, is_kind, edge, config))
    for group in groups:
        for shift in (0, BATCH_US // 2):
            batch = np.maximum(batch, _batched(group, orders, is_back & has_times, shift, config))
    buyer = o.numbered(orders.room, orders.account)
    n, n_back = np.bincount(buyer), np.bincount(buyer[is_back], minlength=int(buyer.max()) + 1)
    takes_none = ((n >= 2) & (n_back == n))[buyer]
    is_held = _held_back(orders, facts, config) & has_times
    held = np.max([_nats(group, orders, is_held, config.held_back_share, config) for group in groups], axis=0)
    chance = _by_chance(orders, n[buyer], is_back)
    same = np.zeros(len(orders.room))
    for group in groups:
        expected = (np.bincount(group, weights=chance) / np.bincount(group))[group]
        edge_of = np.maximum(config.same_buyers_share, expected)
        same = np.maximum(same, _nats(group, orders, takes_none, edge_of, config))
    return delay, held, batch, same


def _held_back(orders: Orders, facts: Facts, config: Config) -> np.ndarray:
    """Say which orders were returned unshipped when most orders of the room had long been shipped."""
    took = np.full(facts.n_rooms, NEVER)
    is_shipped = orders.shipped < NEVER
    room, delay = orders.room[is_shipped], (orders.shipped - orders.paid)[is_shipped]
    order = np.lexsort((delay, room))
    n = np.bincount(room, minlength=facts.n_rooms)
    at = np.cumsum(n) - n + np.floor(config.shipped_share * n).astype(np.int64)
    knows = n >= config.min_shipped
    took[knows] = delay[order][at[knows]]
    return np.asarray((orders.state == UNSHIPPED) & (orders.back - orders.paid > took[orders.room]))


def _by_chance(orders: Orders, n_of_buyer: np.ndarray, is_back: np.ndarray) -> np.ndarray:
    """Return by order how likely its buyer, of several orders, keeps none by chance; 0 for buyers of one.

    Chance: every order comes back as often as any other of the room (brand-audit.md 2, figure 2: marks shuffled).
    """
    back = np.bincount(orders.room[is_back], minlength=int(orders.room.max()) + 1)
    rate = back / np.maximum(np.bincount(orders.room), 1)
    return np.where(n_of_buyer >= 2, rate[orders.room] ** n_of_buyer, 0.0)


def _nats(
    group: np.ndarray, orders: Orders, is_kind: np.ndarray, edge: np.ndarray | float, config: Config
) -> np.ndarray:
    """Return by order of the kind how far its group's share exceeds `edge` (one, or one an order), nats."""
    seen = o.shares(group, orders.account, is_kind)
    rest = o.rest_share(group, orders.room, is_kind, min_rest=config.min_rest)
    return np.where(is_kind, o.beyond(seen.lower()[group], np.minimum(np.maximum(edge, rest[group]), 1.0)), 0.0)


def _beside_rest(
    group: np.ndarray, orders: Orders, is_kind: np.ndarray, edge: float, config: Config
) -> np.ndarray:  # fmt: skip
    """Return the same where enough of the room is left to compare with, whatever the rest shows."""
    seen = o.shares(group, orders.account, is_kind)
    rest = o.rest_share(group, orders.room, is_kind, min_rest=config.min_rest, most=1.0)
    n_rest = np.bincount(orders.room)[orders.room] - seen.n[group]
    edge_of = np.minimum(np.maximum(edge, rest[group]), 1.0)
    return np.where(is_kind & (n_rest >= config.min_rest), o.beyond(seen.lower()[group], edge_of), 0.0)


def _batched(group: np.ndarray, orders: Orders, is_back: np.ndarray, shift: int, config: Config) -> np.ndarray:
    """Return the strength of orders of one group that are refunded within ten minutes of each other.

    The same ten minutes of other groups are the null: a customer service works off whatever has come in.
    """
    cell = np.where(is_back, (orders.back - orders.paid.min() + shift) // BATCH_US, -1)
    both = o.numbered(group, cell)
    seen = o.shares(both, orders.account, is_back)
    n = np.zeros(len(seen.n), np.int64)
    n[both] = np.bincount(group)[group]
    clock = o.numbered(orders.room, cell)
    in_cell = np.bincount(clock)[clock] - np.bincount(both)[both]
    others = np.bincount(orders.room)[orders.room] - n[both]
    rest = np.zeros(len(seen.n))
    rest[both] = np.where(others >= config.min_rest, np.minimum(in_cell / np.maximum(others, 1), 1.0), 0.0)
    lower = np.maximum(seen.k - 2 * seen.noise, 0.0) / np.maximum(n, 1)
    return np.where(is_back, o.beyond(lower, np.maximum(rest, config.batch_share))[both], 0.0)


def _orders(rows: np.ndarray, facts: Facts) -> Orders:
    """Return the paid orders and how each came back: the first event that closed it, if it closed all of it."""
    pair = o.numbered(rows["room_id"], rows["order_id"])
    kind, ts, size = rows["event_type"], rows["ts"], int(pair.max(initial=-1)) + 1
    first = {name: np.full(size, NEVER) for name in (ORDER, PAYMENT, SHIP)}
    for what, times in first.items():
        np.minimum.at(times, pair[kind == what], ts[kind == what])
    at = np.full(size, -1)
    placed = np.flatnonzero(kind == ORDER)[::-1]  # rows are sorted by time: the first one is written last
    at[pair[placed]] = placed
    room = np.zeros(size, np.int64)
    room[pair] = rows["room_id"]
    records_payment, records_ship = facts.has_type("payment")[room], facts.has_type("ship")[room]
    paid = np.where(records_payment, first[PAYMENT], first[ORDER])
    closes = (kind == REFUND) | ((kind == CANCEL) & records_payment[pair] & (first[PAYMENT][pair] <= ts))
    closing = np.flatnonzero(closes)
    closing = closing[np.lexsort((rows["event_id"][closing], -ts[closing]))]
    back, back_id = np.full(size, NEVER), np.zeros(size, np.uint64)
    back[pair[closing]], back_id[pair[closing]] = ts[closing], rows["event_id"][closing]
    is_part = _money(rows, pair, kind == REFUND, size) < _money(rows, pair, kind == ORDER, size)
    has_cancel = np.bincount(pair[closes & (kind == CANCEL)], minlength=size) > 0
    is_back = (back < NEVER) & (has_cancel | ~is_part)
    state = np.where(~records_ship, UNKNOWN, np.where(first[SHIP] <= back, SHIPPED, UNSHIPPED))
    state = np.where(is_back, state, KEPT)
    keep = (at >= 0) & (paid < NEVER)
    keep[keep] = rows["account_id"][at[keep]] >= 0
    mine = rows[at[keep]]
    return Orders(
        mine["room_id"], mine["order_id"], mine["account_id"], mine["ts"], mine["event_id"], paid[keep],
        np.where(is_back, back, NEVER)[keep], np.where(is_back, back_id, 0).astype(np.uint64)[keep],
        first[SHIP][keep], state[keep],
    )  # fmt: skip


def _money(rows: np.ndarray, pair: np.ndarray, which: np.ndarray, size: int) -> np.ndarray:
    """Return the money of every order's rows of one type; NaN, which compares with nothing, where one is unknown."""
    amount = np.where(rows["amount"] == NULL, np.nan, rows["amount"].astype(np.float64))
    return np.bincount(pair[which], weights=amount[which], minlength=size)


def _finding(
    room: int, orders: Orders, score: np.ndarray, shape: np.ndarray, *, as_of: int, has_times: bool
) -> Finding:  # fmt: skip
    """Return the finding of a room: orders of the shape with what closed them, the strangest first."""
    here = orders.room == room
    of_shape = np.flatnonzero(here & (score > 0) & (orders.state != KEPT))
    of_shape = of_shape[np.lexsort((orders.event_id[of_shape], orders.ts[of_shape], -score[of_shape]))]
    evidence = np.column_stack([orders.event_id[of_shape], orders.back_id[of_shape]]).ravel()
    late = (orders.back - orders.paid)[of_shape]
    params: dict[str, object] = {f"n_{name}": int((orders.state[here] == at).sum()) for at, name in enumerate(STATES)}
    params |= {
        "shapes": [name for name, nats in zip(SHAPES, shape.tolist(), strict=True) if nats > 0], "as_of_us": as_of,
        "n_orders": int(here.sum()), "n_of_shape": len(of_shape), "n_buyers": len(np.unique(orders.account[of_shape])),
        "median_delay_h": round(float(np.median(late)) / HOUR_US, 2) if has_times else None,
        "n_of_shape_before_shipping": int((orders.state[of_shape] == UNSHIPPED).sum()),
    }  # fmt: skip
    start, end = int(orders.ts[of_shape].min()), int(orders.ts[of_shape].max()) + 1
    return Finding("room", room, room, start, end, float(shape.max()), evidence, len(evidence), params)


def look(look: Look, facts: Facts, config: Config) -> Look:  # noqa: ARG001
    """Name what cannot be seen of the way back: times, shipping, payment."""
    n, n_nobody = facts.n[:, ORDER], facts.n_nobody[:, ORDER]
    look = look.unless((n > 0) & (n_nobody == n), "masked_ids")
    look = look.unless(~facts.has_column("account_id", ("order",)), "no_account_id")
    look = look.unless(facts.grain_of("order") == NULL, "bound_times")
    look = look.weaker(facts.grain_of("refund") == NULL, "no_times", "bound_times")
    look = look.weaker(~facts.has_type("ship"), "no_shipping", "no_ship")
    look = look.weaker(~facts.has_type("payment"), "no_payment", "no_payment")
    look = look.weaker(facts.sampled(*TYPES), "sampled", "sampled_order")
    look = look.weaker(n_nobody > 0, "named_buyers", "masked_ids")
    return look.weaker(facts.n_nick[:, ORDER] > 0, "nicks", "nick_ids")


def _sample(shops: Sequence[tuple[str, float, float | None, bool]]) -> pa.Table:
    """Return orders: buyer, minute of the order, hours from payment to refund (None: kept), whether it was shipped."""
    rows: list[dict[str, object]] = []
    for at, (buyer, minute, back_h, is_shipped) in enumerate(shops):
        base: dict[str, object] = {"room_id": "r1", "account_id": buyer, "order_id": f"o{at}", "amount_minor": 9_900}
        placed = 1_785_000_007_250_000 + round(minute * 60_000_000)
        steps = {"order": 0.0, "payment": 0.004} | ({"ship": 30.0} if is_shipped else {})
        steps |= {} if back_h is None else {"refund": back_h + 0.004}
        rows += [base | {"event_type": name, "ts": placed + round(late * HOUR_US)} for name, late in steps.items()]
    return events_table(rows)


def _shoppers() -> list[tuple[str, float, float | None, bool]]:
    back = [None, 96.0, None, 150.0, None, 220.0, None, 9.0]
    return [(f"u{at}", 1.5 * at, back[at % 8], at % 8 != 7) for at in range(80)]


def honest() -> pa.Table:
    """Return eighty orders of as many buyers over two hours, half refunded over ten days, mostly after delivery."""
    return _sample(_shoppers())


def faked() -> pa.Table:
    """Return the same, and sixty orders of thirty buyers within eight minutes, most refunded unseen after two days."""
    staged = [(f"w{at % 30}", 40 + at / 8, None if at % 7 == 6 else 40 + at % 25, False) for at in range(60)]
    return _sample([*_shoppers(), *staged])


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="refund_shape", version=1, family="M", scheme="brushing", subject="order", scope="room", event_types=TYPES,
    reads=("event_id", "ts", "event_type", "room_id", "account_id", "order_id", "amount_minor"),
    needs=("order", ("refund", "cancel"), "order_id"), lookback=timedelta(days=15),
    finds="refunds of one slot, one delay, before shipping, in batches, or by the same buyers",
    source="detectors.md M3; brand-audit.md 2 and 3", config=Config, detect=STREAM.detect,
    honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
