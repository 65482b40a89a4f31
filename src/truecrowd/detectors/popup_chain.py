"""Pop-ups "XX is going to buy" from accounts that clicked nothing before and ordered nothing after.

A platform makes the pop-up when somebody clicks; packages of bought pop-ups have no shopper behind them, so neither
clicks nor orders nor, mostly, arrivals stand beside them. Judged against the same room: how often its shoppers do
order, and how often its shoppers are seen joining.
Honest lookalikes: a flash sale (its pop-ups have clicks), clicks lost by the recorder or pop-ups made by opening the
basket (those accounts order, if less often), viewers who were there before the recording began (they order, too).
Source: press reports of pop-up packages sold by the hour (detectors.md M1); Chernoff bound of the binomial tail.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features import orders as o
from truecrowd.features.facts import Facts
from truecrowd.features.shares import divergence
from truecrowd.features.state import Layout
from truecrowd.features.view import NULL, TYPE_CODES, View
from truecrowd.schema import EVENTS, build

TYPES: Final = ("cart_popup", "product_click", "order", "join")
POPUP, CLICK, ORDER, JOIN = range(4)
LAYOUT: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("account_id", "i4"), ("event_type", "i1"), ("n", "i4"), ("ts", "i8"), ("event_id", "u8"),
        ("last", "i8"),
    ]),
    key=("room_id", "account_id", "event_type"),
    how={"n": "sum", "ts": "first", "event_id": "first", "last": "max"},
)  # fmt: skip
"""First and last event of a type by an account in a room: 37 bytes per account and type."""
BUSY: Final = ((2, 0.15), (3, 0.08), (5, 0.04))
"""Pop-ups of an account, and the upper edge of honest accounts without an order that have at least so many. Guesses."""
NEVER: Final = np.iinfo(np.int64).max // 4
"""Time of what did not happen, microseconds from now; far from overflow when times are added."""


@dataclass(frozen=True, slots=True)
class Config:
    """When pop-ups without a shopper behind them are too many."""

    slack_s: float = 2.0
    """How much later than the pop-up its click may be recorded, seconds. Default grain of capture clocks."""
    min_accounts: int = 20
    """Fewest accounts with unbacked pop-ups that make a finding. Guess."""
    max_ratio: float = 0.1
    """Their share of buyers, at most, as a part of the other shoppers' share of buyers. Guess: people who only open
    the basket buy less often than those who click, but not ten times less."""
    min_reference: int = 20
    """Fewest shoppers of the room whose ordering and joining is compared with. Guess."""
    min_joined_share: float = 0.5
    """Least share of shoppers seen joining before "never joined" is evidence. In recorded rooms 23 % of commenters
    were never seen joining (detectors.md 6)."""
    bare_share: float = 0.05
    """Upper edge of honest accounts with pop-ups that have no click and no order. Guess: clicks just before the
    recording began."""
    unseen_share: float = 0.02
    """Upper edge of honest accounts that are seen in pop-ups and nowhere else. Guess."""
    min_nats: float = 12.0
    """Least strength of a finding, nats: an honest room of the same habits shows it less than once in 160,000."""


@dataclass(frozen=True, slots=True)
class People:
    """Accounts of all rooms.

    Args:
        room, account: Shape (n,), codes, sorted.
        n_popups, popup_id: Number of pop-ups, and hash of the first.
        first, last: Shape (4, n), microseconds of the first and last event by TYPES; NEVER and -NEVER if none.
        clicked, ordered: Before the last pop-up, after the first pop-up; without pop-up: at all.
    """

    room: np.ndarray
    account: np.ndarray
    n_popups: np.ndarray
    popup_id: np.ndarray
    first: np.ndarray
    last: np.ndarray
    clicked: np.ndarray
    ordered: np.ndarray

    def did(self, kind: int) -> np.ndarray:
        """Return shape (n,), bool: the account did it at least once."""
        return np.asarray(self.first[kind] < NEVER)

    def is_unseen(self) -> np.ndarray:
        """Return shape (n,), bool: nothing but pop-ups."""
        return np.asarray(~(self.did(CLICK) | self.did(ORDER) | self.did(JOIN)))

    def per_room(self, who: np.ndarray, n_rooms: int) -> np.ndarray:
        """Return shape (n_rooms,): how many of `who` are in each room."""
        return np.bincount(self.room[who], minlength=n_rooms)


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row an event of an account with an id of its own."""
    view = view.where(view["account_id"] >= 0)
    columns = {name: view[name] for name in ("room_id", "account_id", "event_type", "ts", "event_id")}
    return LAYOUT.rows({**columns, "n": 1, "last": view["ts"]})


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every account with pop-ups by its kinds, and every room by its strongest kind, nats.

    A room is found by its strength (`_strength`), which asks more: that ordering or joining falls short by far.
    """
    people = _people(rows, facts, config)
    popped = people.did(POPUP)
    bare = popped & ~people.clicked & ~people.ordered
    strength, shown = _strength(people, bare, facts, config)
    rooms = np.unique(people.room[popped])
    nats, by_room = _kinds(people, bare, facts, config)
    scores = [
        Scores("room", rooms, rooms, by_room[rooms], shown["n_popup_accounts"][rooms], "buyers"),
        Scores("account", people.room[popped], people.account[popped], nats[popped], people.n_popups[popped], "buyers"),
    ]
    found = (shown["n_accounts"] >= config.min_accounts) & (strength >= config.min_nats)
    shown |= {"strength": strength}
    findings = [
        _finding(
            room, people, bare, float(by_room[room]), {name: round(at[room].item(), 4) for name, at in shown.items()}
        )
        for room in rooms[found[rooms]].tolist()
    ]
    return Seen(scores, findings)


def _kinds(people: People, bare: np.ndarray, facts: Facts, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Return by account and by room how far accounts of its kinds exceed what honest rooms show, nats.

    Bare: no click and no order; as many are honest as buyers lack a click. Unseen: bare and never in the room; as many
    are honest as shoppers are not seen joining, or lack a click. Busy: several pop-ups and no order; as many of the
    others are honest as of those who order.
    """
    popped, bought = people.did(POPUP), people.did(POPUP) & people.ordered
    shoppers = people.did(CLICK) | people.did(ORDER)
    n_popped, n_bought, n_shoppers = (people.per_room(who, facts.n_rooms) for who in (popped, bought, shoppers))
    lost_clicks = o.upper(people.per_room(bought & ~people.clicked, facts.n_rooms), n_bought)
    lost_joins = o.upper(people.per_room(shoppers & ~people.did(JOIN), facts.n_rooms), n_shoppers)
    unseen = bare & people.is_unseen()
    kinds = [
        (bare, n_popped, np.maximum(config.bare_share, lost_clicks)),
        (unseen, n_popped, np.maximum(config.unseen_share, np.minimum(lost_clicks, lost_joins))),
    ]
    for least, edge in BUSY:
        busy = popped & (people.n_popups >= least)
        habit = o.upper(people.per_room(busy & people.ordered, facts.n_rooms), n_bought)
        kinds.append((busy & ~people.ordered, n_popped - n_bought, np.maximum(edge, habit)))
    found = []
    for who, n, edge in kinds:
        k = people.per_room(who, facts.n_rooms)
        lower = np.maximum(k - 2 * np.sqrt(k), 0.0) / np.maximum(n, 1)
        found.append(np.where(who, o.beyond(lower, edge)[people.room], 0.0))
    nats = np.maximum(found[0], found[1]) + np.max(found[2:], axis=0)
    by_room = np.zeros(facts.n_rooms)
    np.maximum.at(by_room, people.room, nats)
    return nats, by_room


def _strength(
    people: People, bare: np.ndarray, facts: Facts, config: Config
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return by room the strength, nats, and the counts and shares it rests on.

    Two readings of the accounts whose pop-ups have no click before them: fewer of them order than the room's shoppers,
    or more of them were never seen in the room (and do not order either). Where they order about as often as others
    nothing is shown: then clicks or joins are what is missing.
    """
    popped = people.did(POPUP)
    open_ = popped & ~people.clicked
    away = open_ & ~people.did(JOIN)
    n_open, n_bare, n_away, n_unseen, n_popped = (
        people.per_room(who, facts.n_rooms) for who in (open_, bare, away, bare & people.is_unseen(), popped)
    )
    order_share, join_share = _habits(people, facts, config)
    bought, unseen = (n_open - n_bare) / np.maximum(n_open, 1), n_unseen / np.maximum(n_open, 1)
    few_orders = (order_share > 0) & (bought <= config.max_ratio * order_share)
    few_joins = (unseen > 1 - join_share) & (n_away - n_unseen <= config.max_ratio * order_share * n_away)
    score = np.maximum(
        np.where(few_orders, n_open * divergence(bought, _inner(order_share)), 0.0),
        np.where(few_joins, n_open * divergence(unseen, _inner(1 - join_share)), 0.0),
    )
    shown = {
        "n_accounts": n_bare, "n_never_seen": n_unseen, "n_popup_accounts": n_popped, "order_share": order_share,
        "join_share": join_share,
    }  # fmt: skip
    return score, shown


def look(look: Look, facts: Facts, config: Config) -> Look:  # noqa: ARG001
    """Say where pop-ups can be followed, and which end of the chain is missing."""
    clicks, orders, joins = (_usable(facts, name) for name in TYPES[1:])
    has = facts.has_column("account_id", ("cart_popup",))
    masked = ~has & (facts.n_nobody[:, TYPE_CODES["cart_popup"]] > 0)
    look = look.unless(masked, "masked_ids").unless(~has, "no_account_id")
    look = look.unless(~clicks & ~orders, "no_product_click_or_order")
    look = look.unless(~clicks & ~joins, "no_product_click_or_join").unless(~orders & ~joins, "no_order_or_join")
    look = look.weaker(facts.sampled("product_click"), "orders_only", "sampled_product_click")
    look = look.weaker(~clicks, "orders_only", "no_product_click")
    look = look.weaker(facts.sampled("order"), "clicks_only", "sampled_order")
    look = look.weaker(~orders, "clicks_only", "no_order")
    look = look.weaker(facts.sampled("join"), "no_arrivals", "sampled_join")
    return look.weaker(~joins, "no_arrivals", "no_join")


def _usable(facts: Facts, name: str) -> np.ndarray:
    """Say in which rooms the absence of this type means something."""
    return np.asarray(facts.has_column("account_id", (name,)) & ~facts.sampled(name))


def _people(rows: np.ndarray, facts: Facts, config: Config) -> People:
    kinds = np.array([TYPE_CODES[name] for name in TYPES])
    usable = np.stack([np.ones(facts.n_rooms, np.bool_), *(_usable(facts, name) for name in TYPES[1:])])
    kind = np.argmax(rows["event_type"][:, None] == kinds, axis=1)
    rows, kind = rows[usable[kind, rows["room_id"]]], kind[usable[kind, rows["room_id"]]]
    is_first = np.ones(len(rows), np.bool_)
    for name in ("room_id", "account_id"):
        is_first[1:] &= rows[name][1:] == rows[name][:-1]
    is_first[1:] = ~is_first[1:]
    who = np.cumsum(is_first) - 1
    n = int(is_first.sum())
    first, last = np.full((4, n), NEVER), np.full((4, n), -NEVER)
    first[kind, who], last[kind, who] = rows["ts"], rows["last"]
    n_popups, popup_id = np.zeros(n, np.int64), np.zeros(n, np.uint64)
    popups = kind == POPUP
    n_popups[who[popups]], popup_id[who[popups]] = rows["n"][popups], rows["event_id"][popups]
    room = rows["room_id"][is_first]
    grain = facts.grain_of(*TYPES[:3])[room]
    slack = np.where(grain == NULL, NEVER // 2, np.maximum(grain, round(config.slack_s * 1e6)))
    has_popup = first[POPUP] < NEVER
    clicked = np.where(has_popup, first[CLICK] <= last[POPUP] + slack, first[CLICK] < NEVER)
    ordered = np.where(has_popup, last[ORDER] >= first[POPUP] - slack, first[ORDER] < NEVER)
    return People(room, rows["account_id"][is_first], n_popups, popup_id, first, last, clicked, ordered)


def _habits(people: People, facts: Facts, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Return by room the least share of its other shoppers that order, and that are seen joining.

    Shoppers: accounts with a click behind their pop-up; too few: all that clicked; no clicks: those that joined.
    """
    has_popup = people.did(POPUP)
    backed = has_popup & people.clicked
    groups = [backed, people.did(CLICK), people.did(JOIN) & ~has_popup]
    order_share = np.zeros(facts.n_rooms)
    for group in groups[::-1]:
        n = people.per_room(group, facts.n_rooms)
        enough = n >= config.min_reference
        order_share = np.where(
            enough, _at_least(people.per_room(group & people.ordered, facts.n_rooms), n), order_share
        )
    shoppers = people.did(CLICK) | people.did(ORDER)
    n = people.per_room(shoppers, facts.n_rooms)
    joined = _at_least(people.per_room(shoppers & people.did(JOIN), facts.n_rooms), n)
    trusted = (n >= config.min_reference) & (joined >= config.min_joined_share)
    return order_share, np.where(trusted, joined, 0.0)


def _at_least(k: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Return the lower end of the share k / n, one-sided 99 % (Wilson)."""
    z, n = 2.326, np.maximum(n, 1)
    middle, width = k / n + z**2 / (2 * n), z * np.sqrt(k / n * (1 - k / n) / n + z**2 / (4 * n**2))
    return np.asarray(np.maximum((middle - width) / (1 + z**2 / n), 0.0))


def _inner(share: np.ndarray) -> np.ndarray:
    """Keep an expected share off 0 and 1, which a room's few others cannot show."""
    return np.asarray(np.clip(share, 1e-3, 1 - 1e-3))


def _finding(room: int, people: People, bare: np.ndarray, score: float, params: dict[str, object]) -> Finding:
    here = np.flatnonzero(bare & (people.room == room))
    order = np.lexsort((people.popup_id[here], people.first[POPUP, here], ~people.is_unseen()[here]))
    n = int(people.n_popups[here].sum())
    start, end = int(people.first[POPUP, here].min()), int(people.last[POPUP, here].max()) + 1
    return Finding("room", room, room, start, end, score, people.popup_id[here][order], n, params | {"n_popups": n})


def honest() -> pa.Table:
    """Sixty viewers who join, click and pop up; every third orders."""
    return build(EVENTS, _shoppers())


def faked() -> pa.Table:
    """The same sixty, and forty accounts that are only ever seen in pop-ups."""
    opens = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return build(EVENTS, _shoppers() + [_row(f"g{k}", opens, 600 + 31 * k, "cart_popup") for k in range(40)])


def _shoppers() -> list[dict[str, object]]:
    opens = datetime(2026, 1, 1, 12, tzinfo=UTC)
    rows = []
    for k in range(60):
        steps = {"join": 0, "product_click": 90, "cart_popup": 91} | ({"order": 150} if k % 3 == 0 else {})
        rows += [_row(f"u{k}", opens, 40 * k + late_s, name) for name, late_s in steps.items()]
    return rows


def _row(account: str, opens: datetime, late_s: float, name: str) -> dict[str, object]:
    return {
        "event_id": f"{name}-{account}", "ts": opens + timedelta(seconds=late_s), "event_type": name, "room_id": "r",
        "account_id": account, "order_id": f"o-{account}" if name == "order" else None,
    }  # fmt: skip


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="popup_chain", version=2, family="M", scheme="popup", subject="room", scope="room", event_types=TYPES,
    reads=("event_id", "ts", "event_type", "room_id", "account_id"),
    needs=("cart_popup", ("product_click", "order")), lookback=timedelta(hours=12),
    finds="buying pop-ups with no click before, no order after, from accounts not seen in the room",
    source="press reports of pop-up packages, detectors.md M1", config=Config, detect=STREAM.detect,
    honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
