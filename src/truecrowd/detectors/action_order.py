"""Many accounts that do the same rare set of things in a room, or do them in one order.

A script or a paid list says: like, comment, follow, join the club, light the badge. People do one or two of these,
whichever they like, in their own order. Two readings of the first like, comment, follow, club and badge of every
account. Sets: the accounts that did the same things, as a part of all who did anything (few follow *and* light a badge
in one evening: who has a badge has followed before). Orders: of the accounts with one set of three or more, those that
did it in one order.
Honest lookalikes: fans (like, comment and badge, but no follow: their own, wider edge), prize draws and coupons (what
comes within minutes of a prompt is left out), forced orders (a badge that needs the club is counted as one with it),
whole audiences that only comment (sets of three or more are needed, or a follow with a badge, a club or a like).
Source: digital DNA, Cresci et al. 2016 (idea: orders as strings); shares against edges, detectors.md S4.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features.facts import Facts
from truecrowd.features.state import Layout
from truecrowd.features.view import NULL, TYPE_CODES, View
from truecrowd.schema import EVENTS, build

TYPES: Final = ("like", "comment", "follow", "fan_club", "light_badge")
LIKE, COMMENT, FOLLOW, CLUB, BADGE = (1 << at for at in range(5))
LAYOUT: Final = Layout(
    np.dtype([("room_id", "i4"), ("account_id", "i4"), ("event_type", "i1"), ("ts", "i8"), ("event_id", "u8")]),
    key=("room_id", "account_id", "event_type"),
    how={"ts": "first", "event_id": "first"},
)
"""First act of a type by an account in a room: 25 bytes each."""


@dataclass(frozen=True, slots=True)
class Config:
    """How many of those who act may do the same things, and in one order."""

    joined_share: float = 0.004
    """Edge of the share of acting accounts that follow, and light a badge or join the club, and do a third thing, 0 to
    1; the lower bound is held against it. Guess, twice the mean of simulated honest rooms."""
    pair_share: float = 0.005
    """The same of accounts that only follow and light a badge or join the club. Guess."""
    warm_share: float = 0.01
    """The same of accounts that like, comment and follow. Guess: newcomers who stay do it."""
    tap_share: float = 0.02
    """The same of accounts that like and follow. Guess."""
    badge_share: float = 0.03
    """The same of accounts that like and light a badge. Guess: half of them are fans."""
    club_share: float = 0.004
    """The same of accounts that join the club and do two other things, without follow and badge. Guess."""
    club_pair_share: float = 0.006
    """The same with one other thing. Guess."""
    fan_share: float = 0.05
    """The same of accounts with three things or more, a badge, and no follow: fans. Guess."""
    order_share: tuple[float, float, float] = (0.5, 0.3, 0.2)
    """Edge of the share of one order among accounts with the same three, four, five free things, 0 to 1. Honest fans
    who like, comment and light a badge do so in one order in up to 37 % (simulated)."""
    prompt_s: float = 120.0
    """How long after a prompt first acts are dictated by it, seconds. Answers: 3 in 4 within 20 s (detectors.md 7)."""
    min_types: int = 3
    """Fewest of the types that must be recorded in the room."""
    min_accounts: int = 15
    """Fewest accounts with one set or order that make a finding. Guess."""
    min_nats: float = 1.2
    """Least score of a finding, nats: the lower bound is 3.3 times the edge."""
    min_order_nats: float = 0.5
    """The same of one order: shares end at 1, so the edge leaves less room."""


@dataclass(frozen=True, slots=True)
class People:
    """Accounts that did at least one of the types.

    Args:
        room, account: Shape (n,), codes.
        done: Shape (n,), bits of TYPES.
        order: Shape (n,), what was done first, second ... as digits (1 to 5) of base 6; forced orders left out.
        n_free: Shape (n,), number of those digits.
        start, end: Shape (n,), microseconds of the first and the last first act.
        event_id: Shape (n,), hash of the last first act.
    """

    room: np.ndarray
    account: np.ndarray
    done: np.ndarray
    order: np.ndarray
    n_free: np.ndarray
    start: np.ndarray
    end: np.ndarray
    event_id: np.ndarray


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row an act of an account with an id of its own."""
    view = view.where(view["account_id"] >= 0)
    return LAYOUT.rows({name: view[name] for name in LAYOUT.dtype.names or ()})


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every account that did anything by its set and its order, every room by the strongest of them."""
    prompted = facts.is_prompted(rows["room_id"], rows["ts"], within_us=round(config.prompt_s * 1e6))
    people = _people(rows[~prompted])
    rooms, n = np.unique(people.room, return_counts=True)
    n_acting = np.bincount(people.room, minlength=facts.n_rooms)[people.room]
    looks = {"order": _orders(people, facts, config), "set": _sets(people, n_acting, config)}
    score = looks["set"][0] + looks["order"][0]  # how many have the set, and then how many of them the order
    room_score = np.zeros(facts.n_rooms)
    np.maximum.at(room_score, people.room, score)
    n_done = np.sum([people.done >> at & 1 for at in range(len(TYPES))], axis=0)
    scores = [
        Scores("room", rooms, rooms, room_score[rooms], n, "viewers"),
        Scores("account", people.room, people.account, score, n_done, "viewers"),
    ]
    return Seen(scores, _findings(people, looks, config))


def look(look: Look, facts: Facts, config: Config) -> Look:
    """Say where enough of the types are recorded, and where only sets can be read."""
    has = facts.has_column("account_id", TYPES)
    look = look.unless(~has & (facts.n_nobody.sum(axis=1) > 0), "masked_ids").unless(~has, "no_account_id")
    n_types = np.sum([facts.has_column("account_id", (name,)) for name in TYPES], axis=0)
    look = look.unless(n_types < config.min_types, "few_types")
    return look.weaker(~_has_orders(facts), "sets_only", "clock_grain")


def _has_orders(facts: Facts) -> np.ndarray:
    """Return by room whether its clock tells what came first."""
    grain = np.where(facts.n > 0, facts.grain_us, 0)[:, [TYPE_CODES[name] for name in TYPES]]
    return np.asarray(((grain != NULL) & (grain <= 10_000_000)).all(axis=1))


def _differs(*columns: np.ndarray) -> np.ndarray:
    """Return shape (n,), bool: the row differs from the one before it."""
    out = np.ones(len(columns[0]), np.bool_)
    out[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return out


def _people(rows: np.ndarray) -> People:
    kind = np.zeros(len(rows), np.int64)
    for at, name in enumerate(TYPES):
        kind[rows["event_type"] == TYPE_CODES[name]] = at
    by = np.lexsort((kind, rows["ts"], rows["account_id"], rows["room_id"]))
    rows, kind = rows[by], kind[by]
    is_first = _differs(rows["room_id"], rows["account_id"])
    starts, who = np.flatnonzero(is_first), np.cumsum(is_first) - 1
    n = len(starts)
    done = np.bincount(who, weights=1 << kind, minlength=n).astype(np.int64)
    is_forced = (1 << kind == BADGE) & (done[who] & CLUB > 0)
    place = np.cumsum(~is_forced) - 1
    place -= np.repeat(place[starts] + is_forced[starts], np.diff(np.append(starts, len(rows))))
    digits = np.where(is_forced, 0, (kind + 1) * 6 ** np.maximum(place, 0))
    ends = np.append(starts[1:], len(rows)) - 1
    return People(
        room=rows["room_id"][starts], account=rows["account_id"][starts], done=done,
        order=np.bincount(who, weights=digits, minlength=n).astype(np.int64),
        n_free=np.bincount(who, weights=~is_forced, minlength=n).astype(np.int64),
        start=rows["ts"][starts], end=rows["ts"][ends[: n or 0]], event_id=rows["event_id"][ends[: n or 0]],
    )  # fmt: skip


def _nats(k: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """Return nats by which the lower bound of counts exceeds the edge (> 0), at least 0."""
    return np.asarray(np.log(np.maximum(k - 2 * np.sqrt(k), edge) / edge))


def _numbered(*columns: np.ndarray) -> np.ndarray:
    """Return shape (n,): a number for every distinct row, from 0."""
    ids = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        _, ids = np.unique(ids << 20 | column.astype(np.int64), return_inverse=True)
    return ids


def _sets(people: People, n_acting: np.ndarray, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Compare the accounts with one set, and with one class of sets, with all who act."""
    done = people.done
    n_done = np.sum([done >> at & 1 for at in range(len(TYPES))], axis=0)
    follows, badge, club = (done & bit > 0 for bit in (FOLLOW, BADGE, CLUB))
    is_pair, is_more = n_done == 2, n_done >= 3
    classes = [
        (follows & (badge | club) & is_more, config.joined_share), (follows & (badge | club) & is_pair, config.pair_share),
        (done == LIKE | COMMENT | FOLLOW, config.warm_share), (done == LIKE | FOLLOW, config.tap_share),
        (~follows & ~badge & club & is_more, config.club_share),
        (~follows & ~badge & club & is_pair, config.club_pair_share),
        (done == LIKE | BADGE, config.badge_share), (~follows & badge & is_more, config.fan_share),
    ]  # fmt: skip
    kind, edge = np.full(len(done), len(classes)), np.ones(len(done))
    for at, (who, share) in enumerate(classes):
        kind[who], edge[who] = at, share
    score = np.zeros(len(done))
    wide, narrow = _numbered(people.room, kind), _numbered(people.room, kind, done)
    for cell in (wide, narrow):
        k = np.bincount(cell, minlength=1)[cell]
        score = np.maximum(score, np.where(kind < len(classes), _nats(k, np.minimum(edge, 1.0) * n_acting), 0.0))
    return score, wide


def _orders(people: People, facts: Facts, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Compare the accounts with one order with all who did the same things."""
    group, cell = _numbered(people.room, people.done), _numbered(people.room, people.done, people.order)
    n, k = np.bincount(group, minlength=1)[group], np.bincount(cell, minlength=1)[cell]
    edge = np.array([1.0, 1.0, 1.0, *config.order_share])[people.n_free]
    is_free = (people.n_free >= 3) & _has_orders(facts)[people.room]
    return np.where(is_free, _nats(k, edge * n), 0.0), cell


def _findings(people: People, looks: dict[str, tuple[np.ndarray, np.ndarray]], config: Config) -> list[Finding]:
    """Return at most one finding a room: its strongest cell that is large enough."""
    best: dict[int, Finding] = {}
    for kind, least in (("order", config.min_order_nats), ("set", config.min_nats)):
        score, cell = looks[kind]
        strong = np.flatnonzero(score >= least)
        cells, firsts, n = np.unique(cell[strong], return_index=True, return_counts=True)
        large = np.flatnonzero(n >= config.min_accounts)
        large = large[np.lexsort((cells[large], -n[large], people.room[strong[firsts[large]]]))]
        for at in large[_differs(people.room[strong[firsts[large]]])].tolist():
            finding = _finding(people, kind, score, strong[cell[strong] == cells[at]])
            if finding.room not in best or finding.score > best[finding.room].score:
                best[finding.room] = finding
    return [best[room] for room in sorted(best)]


def _finding(people: People, kind: str, score: np.ndarray, found: np.ndarray) -> Finding:
    room = int(people.room[found[0]])
    found = found[np.lexsort((people.event_id[found], people.end[found]))]
    digits = [int(people.order[found[0]]) // 6**at % 6 for at in range(len(TYPES))]
    done = people.done[found]
    params: dict[str, object] = {
        "kind": kind, "n_accounts": len(found), "n_acting": int((people.room == room).sum()),
        "n_same_set": int(((people.room == room) & (people.done == done[0])).sum()),
        "types": [TYPES[digit - 1] for digit in digits if digit] if kind == "order"
        else [name for at, name in enumerate(TYPES) if (done >> at & 1).mean() >= 0.5],
    }  # fmt: skip
    start, end = int(people.start[found].min()), int(people.end[found].max()) + 1
    return Finding(
        "room", room, room, start, end, float(score[found].max()), people.event_id[found], len(found), params
    )


def honest() -> pa.Table:
    """A hundred and fifty who do one or two things, and fifteen fans who do three, each in an order of their own."""
    return build(EVENTS, _viewers())


def faked() -> pa.Table:
    """The same, and forty accounts that like, comment, follow, join the club and light the badge, in this order."""
    rows = [_row(f"f{k}", 600 + 17 * k + 90 * at, name) for k in range(40) for at, name in enumerate(TYPES)]
    return build(EVENTS, _viewers() + rows)


def _viewers() -> list[dict[str, object]]:
    rows = [_row(f"u{k}", 31 * k, TYPES[k % 5]) for k in range(150)]
    rows += [_row(f"u{k}", 31 * k + 200, TYPES[(k + 1) % 2]) for k in range(0, 150, 6)]
    fan = ("like", "comment", "light_badge")
    orders = ((0, 1, 2), (1, 0, 2), (2, 0, 1), (0, 2, 1), (1, 2, 0))
    return rows + [
        _row(f"fan{k}", 200 * k + 60 * orders[k % 5][at], name) for k in range(15) for at, name in enumerate(fan)
    ]


def _row(account: str, late_s: float, name: str) -> dict[str, object]:
    opens = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return {
        "event_id": f"{name}-{account}-{late_s}", "ts": opens + timedelta(seconds=late_s), "event_type": name,
        "room_id": "r", "account_id": account,
    }  # fmt: skip


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="action_order", version=1, family="S", scheme="troupe", subject="room", scope="room",
    event_types=(*TYPES, "prompt"), reads=("event_id", "ts", "event_type", "room_id", "account_id"), needs=(TYPES,),
    lookback=timedelta(hours=12), finds="many accounts that do the same rare set of things, or do them in one order",
    source="digital DNA, Cresci et al. 2016 (idea); detectors.md S4", config=Config, detect=STREAM.detect,
    honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
