"""The truth about rooms: who and what was manufactured, and which honest lookalikes were there.

Shares are counted from the rows that become EVENTS, not taken from the plan.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.simulate import ids
from truecrowd.simulate.events import MICROS, Stage
from truecrowd.simulate.kinds import F64, I64, Bool
from truecrowd.simulate.people import ROLES
from truecrowd.simulate.rows import NONE, Rows, distinct, is_kind
from truecrowd.simulate.schemes import Campaign

_WORD, _MS, _FLAG, _REAL, _INT = pa.large_string(), pa.timestamp("ms", tz="UTC"), pa.bool_(), pa.float64(), pa.int64()
_REGIONS = pa.array([f"R{number:02d}" for number in range(1, 100)], _WORD)
SHARES: Final = ("viewers", "comments", "likes", "popups", "orders", "gmv", "viewer_minutes")
"""Measures of a room whose manufactured part is known."""

TRUTH: Final[dict[str, pa.Schema]] = {
    "accounts": pa.schema(
        [("room_id", _WORD), ("account_id", _WORD), ("label", pa.int8()), ("scheme", _WORD), ("campaign_id", _WORD),
         ("role", _WORD), ("region", _WORD), ("phone_yuan", _INT)]
    ),
    "orders": pa.schema(
        [("order_id", _WORD), ("room_id", _WORD), ("label", pa.int8()), ("scheme", _WORD), ("campaign_id", _WORD)]
    ),
    "rooms": pa.schema(
        [("room_id", _WORD), ("host_id", _WORD), ("schemes", pa.large_list(_WORD)), ("dirty", _FLAG),
         ("category", _WORD), ("tier", _WORD), ("language", _WORD), ("viewers", _INT), ("orders", _INT), ("start", _MS), ("end", _MS)]
        + [(f"share_{measure}", _REAL) for measure in SHARES]
    ),
    "products": pa.schema(
        [("room_id", _WORD), ("product_id", _WORD), ("staged_stock", _FLAG), ("false_limited", _FLAG),
         ("honest_limited", _FLAG)]
    ),
    "campaigns": pa.schema(
        [("campaign_id", _WORD), ("room_id", _WORD), ("scheme", _WORD), ("operator_id", _WORD), ("start", _MS),
         ("end", _MS), ("n_accounts", _INT), ("level", _INT), ("price_minor", _INT)]
    ),
    "groups": pa.schema([("operator_id", _WORD), ("account_id", _WORD), ("kind", _WORD)]),
    "guards": pa.schema([("room_id", _WORD), ("guard", _WORD), ("start", _MS), ("end", _MS)]),
}  # fmt: skip
"""The truth tables, as in shared samples, with `role` in accounts and the table of guards."""


@dataclass(frozen=True, slots=True)
class Known:
    """What only the simulator knows of a room.

    Args:
        category: Of the goods.
        length_s: Length of the broadcast, seconds.
        campaigns: Those accounts point to first, then those of host or merchant alone.
        guards: Honest lookalikes with first and last second.
        offers: Kind of promise by product (promises.py).
        brushed: Campaign of each order, `NONE` where honest.
        tier: Of the host.
        phones: Price in yuan of each model, by place.
        language: Of the room.
    """

    category: str
    length_s: float
    campaigns: tuple[Campaign, ...]
    guards: tuple[tuple[str, float, float], ...]
    offers: dict[int, str]
    brushed: I64
    tier: str
    phones: I64
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class Ended:
    """One room when it is over: its rows in order of time, what they point to, and what else is known of it."""

    stage: Stage
    table: Rows
    known: Known

    def seen(self) -> I64:
        """Return the accounts that appear in its rows, by place."""
        account = self.table.account
        return distinct(account[account != NONE])


def truth_of(rooms: list[Ended]) -> dict[str, pa.Table]:
    """Return the truth tables of rooms, in their order; accounts are those that appear in the rows."""
    makers: dict[str, Callable[[list[Ended]], dict[str, pa.Array]]] = {
        "accounts": _accounts,
        "orders": _orders,
        "rooms": _rooms,
        "products": _products,
        "campaigns": _campaigns,
        "groups": _groups,
        "guards": _guards,
    }
    return {name: pa.table(makers[name](rooms), schema=TRUTH[name]) for name in TRUTH}


def manufactured_share(part: Bool, weight: F64 | I64) -> float:
    """Return the part of the weight that lies in `part`, 0 to 1; 0.0 where there is none at all."""
    total = float(weight.sum())
    return float(weight[part].sum()) / total if total else 0.0


def _shares(room: Ended, viewers: I64) -> dict[str, float]:
    table, known = room.table, room.known
    is_paid = room.stage.people.campaign != NONE

    def of_rows(event_type: str, weight: F64 | None = None) -> float:
        which = is_kind(table, event_type)
        part = is_paid[table.account[which]]
        return manufactured_share(part, np.ones(len(part)) if weight is None else weight[which])

    orders = is_kind(table, "order")
    brushed = known.brushed[table.order[orders]] != NONE
    account, minutes = viewer_minutes(table, known.length_s)
    return {
        "viewers": manufactured_share(is_paid[viewers], np.ones(len(viewers))),
        "comments": of_rows("comment"),
        "likes": of_rows("like", table.value),
        "popups": of_rows("cart_popup"),
        "orders": manufactured_share(brushed, np.ones(len(brushed))),
        "gmv": manufactured_share(brushed, table.amount[orders]),
        "viewer_minutes": manufactured_share(is_paid[account], minutes),
    }


def viewer_minutes(table: Rows, length_s: float) -> tuple[I64, F64]:
    """Return account and minutes of every visit seen in the events.

    A visit begins with a join and ends with the account's next leave or join, at the latest at the broadcast's end; where
    the leave is lost and nothing follows, it ends with the broadcast.
    """
    at = np.flatnonzero(is_kind(table, "join", "leave"))
    account, at_s, is_join = table.account[at], table.at_s[at], is_kind(table, "join")[at]
    order = np.lexsort((at_s, account))
    account, at_s, is_join = account[order], at_s[order], is_join[order]
    same = np.append(account[1:] == account[:-1], np.zeros(min(len(at), 1), bool))
    end_s = np.where(same, np.append(at_s[1:], 0.0)[: len(at)], length_s).clip(max=length_s)
    return account[is_join], (end_s - at_s)[is_join].clip(0.0) / 60.0


def _words(values: list[str]) -> pa.Array:
    return pa.array(values, _WORD)


def _per_row(rooms: list[Ended], counts: list[int], kind: str = "room") -> pa.Array:
    """Return the id of each room, or of its host, as often as it has rows."""
    own = np.array([room.stage.number(kind) for room in rooms], np.uint64)
    return ids.text(np.repeat(own, counts)).cast(_WORD)


def _at(rooms: list[Ended], seconds: list[list[float]]) -> pa.Array:
    millis = [
        (room.stage.opens_us + round(second * MICROS)) // 1_000
        for room, each in zip(rooms, seconds, strict=True)
        for second in each
    ]
    return pa.array(np.array(millis, np.int64)).cast(_MS)


def _campaign_ids(rooms: list[Ended]) -> list[str]:
    return [
        ids.one(f"{room.stage.key}/campaign/{place}") for room in rooms for place in range(len(room.known.campaigns))
    ]


def _operator_ids(rooms: list[Ended]) -> list[str]:
    return [
        ids.one(each.operator or f"{room.stage.key}/operator/{place}") if each.n_accounts else ""
        for room in rooms
        for place, each in enumerate(room.known.campaigns)
    ]


def _schemes(rooms: list[Ended]) -> list[str]:
    return [each.scheme for room in rooms for each in room.known.campaigns]


def _of_all(rooms: list[Ended], campaigns: list[I64]) -> I64:
    """Return each room's places of campaigns as places among those of all rooms; `NONE` becomes the one behind them."""
    counts = [len(room.known.campaigns) for room in rooms]
    before = np.cumsum([0, *counts])
    moved = [
        np.where(campaign == NONE, before[-1], campaign + offset)
        for campaign, offset in zip(campaigns, before, strict=False)
    ]
    return np.concatenate(moved) if moved else np.zeros(0, np.int64)


def _named(values: list[str], campaign: I64) -> pa.Array:
    return _words([*values, ""]).take(pa.array(campaign))


def _joined(parts: list[Any]) -> Any:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _accounts(rooms: list[Ended]) -> dict[str, pa.Array]:
    who = []
    for room in rooms:
        seen, account = room.seen(), room.stage.people.account
        if room.stage.is_masked:  # a name that many share stands once
            seen = seen[np.unique(account[seen], return_index=True)[1]]
        else:
            seen = seen[np.argsort(account[seen])]
        who.append(seen)
    pairs = [(room.stage.people, seen) for room, seen in zip(rooms, who, strict=True)]
    campaign = _of_all(rooms, [people.campaign[seen] for people, seen in pairs])
    schemes = _schemes(rooms)
    return {
        "room_id": _per_row(rooms, [len(seen) for seen in who]),
        "account_id": ids.text(_joined([people.account[seen] for people, seen in pairs])).cast(_WORD),
        "label": pa.array(campaign != len(schemes)).cast(pa.int8()),
        "scheme": _named(schemes, campaign),
        "campaign_id": _named(_campaign_ids(rooms), campaign),
        "role": _words(list(ROLES)).take(pa.array(_joined([people.role[seen] for people, seen in pairs]))),
        "region": _REGIONS.take(pa.array(_joined([people.region[seen] for people, seen in pairs]))),
        "phone_yuan": pa.array(
            _joined([room.known.phones[room.stage.people.model[seen]] for room, seen in zip(rooms, who, strict=True)])
        ),
    }


def _orders(rooms: list[Ended]) -> dict[str, pa.Array]:
    order = [np.argsort(room.stage.orders) for room in rooms]
    pairs = list(zip(rooms, order, strict=True))
    campaign = _of_all(rooms, [room.known.brushed[which] for room, which in pairs])
    schemes = _schemes(rooms)
    return {
        "order_id": ids.text(_joined([room.stage.orders[which] for room, which in pairs])).cast(_WORD),
        "room_id": _per_row(rooms, [len(which) for which in order]),
        "label": pa.array(campaign != len(schemes)).cast(pa.int8()),
        "scheme": _named(schemes, campaign),
        "campaign_id": _named(_campaign_ids(rooms), campaign),
    }


def _rooms(rooms: list[Ended]) -> dict[str, pa.Array]:
    ones = [1] * len(rooms)
    schemes = [sorted({each.scheme for each in room.known.campaigns}) for room in rooms]
    viewers = [distinct(room.table.account[is_kind(room.table, "join")]) for room in rooms]
    shares = [_shares(room, who) for room, who in zip(rooms, viewers, strict=True)]
    return {
        "room_id": _per_row(rooms, ones),
        "host_id": _per_row(rooms, ones, "host"),
        "schemes": pa.array(schemes, pa.large_list(_WORD)),
        "dirty": pa.array([bool(each) for each in schemes], _FLAG),
        "category": _words([room.known.category for room in rooms]),
        "tier": _words([room.known.tier for room in rooms]),
        "language": _words([room.known.language for room in rooms]),
        "viewers": pa.array([len(who) for who in viewers], _INT),
        "orders": pa.array([len(room.stage.orders) for room in rooms], _INT),
        "start": _at(rooms, [[0.0]] * len(rooms)),
        "end": _at(rooms, [[room.known.length_s] for room in rooms]),
    } | {f"share_{name}": pa.array([each[name] for each in shares], _REAL) for name in SHARES}


def _products(rooms: list[Ended]) -> dict[str, pa.Array]:
    """Return what each promise was; "last 20 pieces" beside a full shelf is both a broken promise and staged stock."""
    kinds: list[str] = []
    is_staged: list[bool] = []
    for room in rooms:
        own = [room.known.offers.get(product, "") for product in range(len(room.stage.shelf))]
        happened = {campaign.scheme for campaign in room.known.campaigns}
        kinds.extend(own)
        is_staged.extend(each == "last_pieces" or (each == "staged" and "staged_stock" in happened) for each in own)
    return {
        "room_id": _per_row(rooms, [len(room.stage.shelf) for room in rooms]),
        "product_id": ids.text(_joined([room.stage.shelf.product for room in rooms])).cast(_WORD),
        "staged_stock": pa.array(is_staged, _FLAG),
        "false_limited": pa.array([kind in ("only_minutes", "last_pieces") for kind in kinds], _FLAG),
        "honest_limited": pa.array([kind in ("sell_out", "extended") for kind in kinds], _FLAG),
    }


def _campaigns(rooms: list[Ended]) -> dict[str, pa.Array]:
    each = [campaign for room in rooms for campaign in room.known.campaigns]
    return {
        "campaign_id": _words(_campaign_ids(rooms)),
        "room_id": _per_row(rooms, [len(room.known.campaigns) for room in rooms]),
        "scheme": _words(_schemes(rooms)),
        "operator_id": _words(_operator_ids(rooms)),
        "start": _at(rooms, [[campaign.start_s for campaign in room.known.campaigns] for room in rooms]),
        "end": _at(rooms, [[campaign.end_s for campaign in room.known.campaigns] for room in rooms]),
        "n_accounts": pa.array([campaign.n_accounts for campaign in each], _INT),
        "level": pa.array([campaign.level for campaign in each], _INT),
        "price_minor": pa.array([round(campaign.yuan * 100) for campaign in each], _INT),
    }


def _groups(rooms: list[Ended]) -> dict[str, pa.Array]:
    """Return who belongs to whom: in each room first the manufactured accounts, then those a fan-group leader called."""
    who, places = [], []
    n_campaigns = len(_schemes(rooms))
    for room in rooms:
        people, seen = room.stage.people, room.seen()
        seen = seen[np.argsort(people.account[seen])]
        paid = seen[people.campaign[seen] != NONE]
        led = seen[people.role[seen] == ROLES.index("fan_group")]
        who.append(people.account[np.concatenate([paid, led])])
        places.append(np.concatenate([people.campaign[paid], np.full(len(led), NONE)]))
    campaign = _of_all(rooms, places)
    leader = _per_row(rooms, [len(each) for each in who], "host")
    is_led = pa.array(campaign == n_campaigns)
    return {
        "operator_id": pc.if_else(is_led, leader, _named(_operator_ids(rooms), campaign)),
        "account_id": ids.text(_joined(who)).cast(_WORD),
        "kind": _words([*_schemes(rooms), "organised"]).take(pa.array(campaign)),
    }


def _guards(rooms: list[Ended]) -> dict[str, pa.Array]:
    guards = [sorted(room.known.guards, key=lambda guard: (guard[1], guard[0], guard[2])) for room in rooms]
    return {
        "room_id": _per_row(rooms, [len(each) for each in guards]),
        "guard": _words([name for each in guards for name, _, _ in each]),
        "start": _at(rooms, [[start_s for _, start_s, _ in each] for each in guards]),
        "end": _at(rooms, [[end_s for _, _, end_s in each] for each in guards]),
    }
