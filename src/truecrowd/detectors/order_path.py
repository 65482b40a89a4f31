"""Orders without the way that leads to an order: no viewing, no click of their own, seconds after arrival, or on cue.

An honest buyer finds the room, looks at a product and orders it. Orders that are placed from a list have more orders
than clicks, or come from accounts that say nothing, wait, and order within seconds of one click when told to. Judged
by slots of ten minutes and by the whole room: how many orders of such a kind, from how many buyers, beyond what other
orders of the same room show.
Honest lookalikes: a flash sale (clicked, by people who just came), two sizes ordered after one click (a small share),
viewers who were there before the recording began (many are seen joining), a recorder that loses clicks or joins (the
orders of those who also talk lack them, too), one bulk buyer (chance is counted by buyers, not by orders).
Must still be tested against: orders with a full and leisurely path (refund shape, lockstep).
Source: detectors.md M7; press reports of 500 orders placed within 7 to 8 minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features import orders as o
from truecrowd.features.facts import Facts
from truecrowd.features.state import Layout
from truecrowd.features.view import NULL, TYPE_CODES, View
from truecrowd.schema import EVENTS, build

LIFE: Final = ("comment", "like", "follow", "fan_club", "light_badge", "gift", "share")
"""What shows a life in the room; likes and talk need no order."""
PATH: Final = ("order", "join", "product_click")
ORDER, JOIN, CLICK = (TYPE_CODES[name] for name in PATH)
LAYOUT: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("account_id", "i4"), ("event_type", "i1"), ("order_id", "i4"), ("at", "i8"), ("ts", "i8"),
        ("event_id", "u8"),
    ]),
    key=("room_id", "account_id", "event_type", "order_id", "at"),
    how={"ts": "first", "event_id": "first"},
)  # fmt: skip
"""Every order once, every click, the first arrival of every account: 37 bytes each. `at` is the time of a click, and of
an order without an id; 0 elsewhere."""
KINDS: Final = ("unclicked", "unseen", "hasty", "on_cue")
NEVER: Final = np.iinfo(np.int64).max // 4
"""Time of what did not happen, microseconds; far from overflow when times are subtracted."""


@dataclass(frozen=True, slots=True)
class Config:
    """What an honest path may lack, and how often."""

    slack_s: float = 2.0
    """How much later than the order its click may be recorded, seconds. Default grain of capture clocks."""
    hasty_s: float = 5.0
    """Seconds from arrival to order that leave no time to look. Guess."""
    wait_s: float = 300.0
    """Seconds in the room after which a silent account waits rather than looks around. Guess: a median stay."""
    cue_s: float = 15.0
    """Seconds from click to order that leave no time to read. Guess: on `develop` a fifth of honest orders."""
    unclicked_share: float = 0.08
    """Upper edge of honest orders of buyers with more orders than clicks. Guess: two sizes after one click."""
    unseen_share: float = 0.35
    """Upper edge of honest orders of accounts never seen joining. In recorded rooms 23 % of commenters were not."""
    hasty_share: float = 0.05
    """Upper edge of honest orders seconds after arrival. Guess."""
    on_cue_share: float = 0.2
    """Upper edge of honest orders that are on cue. Guess: a link that opens at a set time."""
    min_rest: int = 10
    """Fewest other orders of a room that the kind is compared with. Guess: fewer show no share."""
    min_nats: float = 0.7
    """Least strength of a finding, nats: at least twice the honest edge, noise taken off. Guess."""
    min_orders: int = 15
    """Fewest orders of the kind in a finding. Guess."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders of accounts with an id of their own, by room, account and time; parallel arrays.

    Args:
        rows: Records of `LAYOUT`.
        kinds: Of `KINDS`, shape (orders,), bool each.
        is_alive: The buyer also talked, liked or followed in the room.
    """

    rows: np.ndarray
    kinds: Mapping[str, np.ndarray]
    is_alive: np.ndarray


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row an order, click and join of an account with an id of its own."""
    view = view.where((view["account_id"] >= 0) & view.is_type(*PATH))
    kind, order = view["event_type"], view["order_id"]
    has_id = (kind == ORDER) & (order >= 0)
    at = np.where((kind == JOIN) | has_id, 0, view["ts"])
    columns = {name: view[name] for name in ("room_id", "account_id", "event_type", "ts", "event_id")}
    return LAYOUT.rows(columns | {"order_id": np.where(has_id, order, -1), "at": at})


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every order by what its path lacks, buyers by their orders, rooms by their strongest kind."""
    orders = _orders(rows, facts, config)
    if not len(orders.rows):
        return Seen()
    room = orders.rows["room_id"]
    score = np.zeros(len(room))
    best = [(np.zeros(facts.n_rooms), np.zeros(facts.n_rooms, np.int64)) for _ in KINDS]
    groups = o.groupings(room, orders.rows["ts"])
    for at, name in enumerate(KINDS):
        nats = np.zeros(len(room))
        for group in groups:
            nats = np.maximum(nats, _nats(group, name, orders, config))
        score += nats
        np.maximum.at(best[at][0], room, nats)
        np.add.at(best[at][1], room[nats > 0], 1)
    strength = np.stack([nats for nats, _ in best])
    found = np.asarray((strength >= config.min_nats) & (np.stack([n for _, n in best]) >= config.min_orders))
    rooms = np.unique(room)
    which = rooms[np.asarray(found.any(axis=0))[rooms]].tolist()
    return Seen(
        _scores(orders, score, strength.max(axis=0), rooms),
        [_finding(at, orders, score, strength[:, at], found[:, at]) for at in which],
    )


def _nats(group: np.ndarray, name: str, orders: Orders, config: Config) -> np.ndarray:
    """Return by order how far its group holds more of the kind than honest rooms do; 0 for orders not of the kind.

    Honest: the edge, or more where the orders of those who talk show more; for what is no plain lack (on cue), or where
    nobody talks, also where the rest of the room does.
    """
    is_kind, room = orders.kinds[name], orders.rows["room_id"]
    seen = o.shares(group, orders.rows["account_id"], is_kind)
    owner = np.zeros(len(seen.n), np.int64)
    owner[group] = room
    alive_k, alive_n = (
        np.bincount(room[who], minlength=int(room.max()) + 1)[owner]
        for who in (is_kind & orders.is_alive, orders.is_alive)
    )
    edge = np.full(len(seen.n), float(getattr(config, f"{name}_share")))
    knows_alive = alive_n >= config.min_rest
    edge = np.where(knows_alive, np.maximum(edge, o.upper(alive_k, alive_n)), edge)
    rest = o.rest_share(group, room, is_kind, min_rest=config.min_rest)
    uses_rest = np.full(len(rest), name == "on_cue") | ~knows_alive
    edge = np.where(uses_rest, np.maximum(edge, rest), edge)
    return np.where(is_kind, seen.beyond(edge)[group], 0.0)


def _orders(rows: np.ndarray, facts: Facts, config: Config) -> Orders:
    """Return the orders with what their paths lack."""
    rows, arrival, buyers = _of_buyers(rows, config)
    is_order, starts = rows["event_type"] == ORDER, np.searchsorted(buyers, buyers)
    last = np.maximum.accumulate(np.where(is_order, -1, np.arange(len(rows))))
    since_click = np.where(last >= starts, rows["ts"] - rows["ts"][last], NEVER)
    room, alive = rows["room_id"], _alive(rows, facts)
    has_click, has_join = (_usable(facts, name)[room] for name in ("product_click", "join"))
    grain = facts.grain_of(*PATH)[room]
    is_fine = (grain != NULL) & (grain <= config.hasty_s * 1e6)
    lacks = is_order & (_so_far(is_order, starts) > _so_far(~is_order, starts)) & has_click
    here_since = rows["ts"] - np.minimum(arrival, rows["ts"][starts])
    kinds = {
        "unclicked": np.bincount(buyers[lacks], minlength=int(buyers.max(initial=-1)) + 1)[buyers] > 0,
        "unseen": (arrival == NEVER) & has_join,
        "hasty": (arrival <= rows["ts"]) & (rows["ts"] - arrival <= config.hasty_s * 1e6) & has_join & is_fine,
        "on_cue": ~alive & (here_since >= config.wait_s * 1e6) & (since_click <= config.cue_s * 1e6) & is_fine,
    }
    return Orders(rows[is_order], {name: kind[is_order] for name, kind in kinds.items()}, alive[is_order])


def _of_buyers(rows: np.ndarray, config: Config) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return orders and clicks of buyers by buyer and time, when each buyer arrived (NEVER: not seen), and the buyer.

    A click may be recorded a moment after its order, so it stands before orders of the same moment.
    """
    buyers = o.numbered(rows["room_id"], rows["account_id"])
    is_order, joined = rows["event_type"] == ORDER, rows["event_type"] == JOIN
    arrival = np.full(int(buyers.max(initial=-1)) + 1, NEVER)
    arrival[buyers[joined]] = rows["ts"][joined]
    keep = np.isin(buyers, buyers[is_order]) & ~joined
    rows, buyers, is_order = rows[keep], buyers[keep], is_order[keep]
    slack = np.where(is_order, 0, round(config.slack_s * 1e6))
    order = np.lexsort((rows["event_id"], is_order, rows["ts"] - slack, buyers))
    return rows[order], arrival[buyers[order]], buyers[order]


def _so_far(what: np.ndarray, starts: np.ndarray) -> np.ndarray:
    total = np.append(0, np.cumsum(what))
    return np.asarray(total[1:] - total[starts])


def _alive(rows: np.ndarray, facts: Facts) -> np.ndarray:
    bits = sum(1 << TYPE_CODES[name] for name in LIFE)
    living = facts.accounts[(facts.accounts["types"] & bits) != 0]
    pair = living["room_id"].astype(np.int64) << 32 | living["account_id"]
    return np.isin(rows["room_id"].astype(np.int64) << 32 | rows["account_id"], pair)


def _usable(facts: Facts, name: str) -> np.ndarray:
    """Say in which rooms the absence of this type means something."""
    return np.asarray(facts.has_column("account_id", (name,)) & ~facts.sampled(name))


def _scores(orders: Orders, score: np.ndarray, strength: np.ndarray, rooms: np.ndarray) -> list[Scores]:
    room, account, named = orders.rows["room_id"], orders.rows["account_id"], orders.rows["order_id"] >= 0
    buyer = o.numbered(room, account)
    n, most = np.bincount(buyer), np.zeros(int(buyer.max()) + 1)
    np.maximum.at(most, buyer, score)
    firsts = np.unique(buyer, return_index=True)[1]
    code, first = np.unique(
        room[named].astype(np.int64) << 32 | orders.rows["order_id"][named], return_inverse=True
    )  # an order of two accounts counts once
    worst = np.zeros(len(code))
    np.maximum.at(worst, first, score[named])
    n_orders = np.bincount(room)
    return [
        Scores("room", rooms, rooms, strength[rooms], n_orders[rooms], "buyers"),
        Scores("account", room[firsts], account[firsts], most, n, "buyers"),
        Scores("order", code >> 32, code & 0xFFFFFFFF, worst, np.ones(len(code), np.int64), "buyers"),
    ]


def _finding(
    room: int, orders: Orders, score: np.ndarray, strength: np.ndarray, found: np.ndarray
) -> Finding:  # fmt: skip
    """Return the finding of a room: the orders of its kinds, the strangest first."""
    names = [name for name, is_found in zip(KINDS, found.tolist(), strict=True) if is_found]
    here = orders.rows["room_id"] == room
    of_kind = here & (score > 0) & np.any([orders.kinds[name] for name in names], axis=0)
    rows, high = orders.rows[of_kind], score[of_kind]
    rows = rows[np.lexsort((rows["event_id"], rows["ts"], -high))]
    params: dict[str, object] = {f"n_{name}": int((here & orders.kinds[name]).sum()) for name in KINDS}
    params |= {
        "kinds": names, "n_orders": int(here.sum()), "n_odd": len(rows),
        "n_buyers": len(np.unique(rows["account_id"])),
    }  # fmt: skip
    start, end = int(rows["ts"].min()), int(rows["ts"].max()) + 1
    return Finding("room", room, room, start, end, float(strength.max()), rows["event_id"], len(rows), params)


def look(look: Look, facts: Facts, config: Config) -> Look:  # noqa: ARG001
    """Say where orders can be joined to viewers, and which end of the path is missing."""
    n, n_nobody = facts.n[:, ORDER], facts.n_nobody[:, ORDER]
    look = look.unless((n > 0) & (n_nobody == n), "masked_ids")
    look = look.unless(~facts.has_column("account_id", ("order",)), "no_account_id")
    clicks, joins = _usable(facts, "product_click"), _usable(facts, "join")
    look = look.unless(~clicks & ~joins, "no_product_click_or_join")
    look = look.unless(~_is_joinable(facts), "orders_not_joinable")
    look = look.unless(facts.grain_of("order") == NULL, "bound_times")
    look = look.weaker(facts.sampled("order"), "sampled", "sampled_order")
    look = look.weaker(facts.sampled("product_click"), "arrivals_only", "sampled_product_click")
    look = look.weaker(~clicks, "arrivals_only", "no_product_click")
    look = look.weaker(facts.sampled("join"), "clicks_only", "sampled_join")
    look = look.weaker(~joins, "clicks_only", "no_join")
    look = look.weaker(n_nobody > 0, "named_buyers", "masked_ids")
    return look.weaker(facts.n_nick[:, ORDER] > 0, "nicks", "nick_ids")


def _is_joinable(facts: Facts) -> np.ndarray:
    """Return shape (rooms,), bool: at least a few buyers are seen doing something else in the room, too."""
    bits = sum(1 << TYPE_CODES[name] for name in (*PATH[1:], *LIFE))
    bought = facts.accounts[(facts.accounts["types"] >> ORDER & 1) != 0]
    seen = np.bincount(bought["room_id"][(bought["types"] & bits) != 0], minlength=facts.n_rooms)
    return np.asarray(20 * seen >= np.bincount(bought["room_id"], minlength=facts.n_rooms))


_Steps = Mapping[str, float]


def honest() -> pa.Table:
    """Sixty viewers who come, click and order after reading, every fourth of them twice with two clicks."""
    rows = [_row(f"u{k}", 40 * k + late_s, name) for k in range(60) for name, late_s in _walk(k).items()]
    return build(EVENTS, rows)


def faked() -> pa.Table:
    """The same, and sixty orders of twelve silent accounts within six minutes, with a single click each."""
    rows = [_row(f"u{k}", 40 * k + late_s, name) for k in range(60) for name, late_s in _walk(k).items()]
    for k in range(12):
        rows += [_row(f"w{k}", 300 + k, "join"), _row(f"w{k}", 1_190 + k, "product_click")]
        rows += [_row(f"w{k}", 1_200 + k + 70 * turn, "order") for turn in range(5)]
    return build(EVENTS, rows)


def _walk(k: int) -> _Steps:
    once = {"join": 0.0, "product_click": 90.0 + k, "order": 150.0 + k}
    return once | ({"like": 20.0} if k % 3 == 0 else {})


def _row(account: str, late_s: float, name: str) -> dict[str, object]:
    ts = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(seconds=late_s)
    row = {
        "event_id": f"{name}-{account}-{late_s}",
        "ts": ts,
        "event_type": name,
        "room_id": "r",
        "account_id": account,
    }
    return row | {"order_id": f"o-{account}-{late_s}" if name == "order" else None}


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="order_path", version=1, family="M", scheme="brushing", subject="order", scope="room",
    event_types=(*PATH, *LIFE), reads=("event_id", "ts", "event_type", "room_id", "account_id", "order_id"),
    needs=("order", ("product_click", "join")), lookback=timedelta(hours=12),
    finds="orders with no viewing, no click, seconds after arrival, or on cue",
    source="detectors.md M7; press reports of brushed slots", config=Config, detect=STREAM.detect,
    honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
