"""The truth about one room: who and what was manufactured, and which honest lookalikes were there.

Shares are counted from the rows that become EVENTS, not taken from the plan.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.simulate import ids
from truecrowd.simulate.events import MICROS, Stage
from truecrowd.simulate.kinds import F64, I64, Bool
from truecrowd.simulate.people import ROLES
from truecrowd.simulate.rows import NONE, Rows, is_kind
from truecrowd.simulate.schemes import Campaign

_WORD, _MS, _FLAG, _REAL, _INT = pa.large_string(), pa.timestamp("ms", tz="UTC"), pa.bool_(), pa.float64(), pa.int64()
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
         ("category", _WORD), ("tier", _WORD), ("viewers", _INT), ("orders", _INT), ("start", _MS), ("end", _MS)]
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
    """

    category: str
    length_s: float
    campaigns: tuple[Campaign, ...]
    guards: tuple[tuple[str, float, float], ...]
    offers: dict[int, str]
    brushed: I64
    tier: str
    phones: I64


def truth_of(stage: Stage, known: Known, table: Rows) -> dict[str, pa.Table]:
    """Return the truth tables of one room; accounts are those that appear in `table`."""
    columns = {
        "accounts": _accounts(stage, known, table),
        "orders": _orders(stage, known),
        "rooms": _rooms(stage, known, table),
        "products": _products(stage, known),
        "campaigns": _campaigns(stage, known),
        "groups": _groups(stage, known, table),
        "guards": _guards(stage, known),
    }
    return {name: pa.table(columns[name], schema=TRUTH[name]) for name in TRUTH}


def manufactured_share(part: Bool, weight: F64 | I64) -> float:
    """Return the part of the weight that lies in `part`, 0 to 1; 0.0 where there is none at all."""
    total = float(weight.sum())
    return float(weight[part].sum()) / total if total else 0.0


def _shares(stage: Stage, known: Known, table: Rows) -> dict[str, float]:
    is_paid = stage.people.campaign != NONE

    def of_rows(which: Bool, weight: F64 | I64) -> float:
        return manufactured_share(is_paid[table.account[which]], weight)

    one = np.ones(len(table))
    joins, likes, orders = (is_kind(table, kind) for kind in ("join", "like", "order"))
    viewers = np.unique(table.account[joins])
    brushed = known.brushed[table.order[orders]] != NONE
    account, minutes = viewer_minutes(table, known.length_s)
    return {
        "viewers": manufactured_share(is_paid[viewers], np.ones(len(viewers))),
        "comments": of_rows(is_kind(table, "comment"), one[is_kind(table, "comment")]),
        "likes": of_rows(likes, table.value[likes]),
        "popups": of_rows(is_kind(table, "cart_popup"), one[is_kind(table, "cart_popup")]),
        "orders": manufactured_share(brushed, one[orders]),
        "gmv": manufactured_share(brushed, table.amount[orders]),
        "viewer_minutes": manufactured_share(is_paid[account], minutes),
    }


def viewer_minutes(table: Rows, length_s: float) -> tuple[I64, F64]:
    """Return account and minutes of every visit seen in the events.

    A visit begins with a join and ends with the account's next leave or join, at the latest at the broadcast's end; where
    the leave is lost and nothing follows, it ends with the broadcast.
    """
    moves = table.take(is_kind(table, "join", "leave"))
    moves = moves.take(np.lexsort((moves.at_s, moves.account)))
    same = np.append(moves.account[1:] == moves.account[:-1], np.zeros(min(len(moves), 1), bool))
    end_s = np.where(same, np.append(moves.at_s[1:], 0.0)[: len(moves)], length_s).clip(max=length_s)
    joins = is_kind(moves, "join")
    return moves.account[joins], (end_s - moves.at_s)[joins].clip(0.0) / 60.0


def _at(stage: Stage, seconds: list[float]) -> pa.Array:
    millis = [(stage.opens_us + round(second * MICROS)) // 1_000 for second in seconds]
    return pa.array(millis, pa.int64()).cast(_MS)


def _campaign_ids(stage: Stage, known: Known) -> list[str]:
    return [ids.one(f"{stage.key}/campaign/{place}") for place in range(len(known.campaigns))]


def _operator_ids(stage: Stage, known: Known) -> list[str]:
    return [
        ids.one(each.operator or f"{stage.key}/operator/{place}") if each.n_accounts else ""
        for place, each in enumerate(known.campaigns)
    ]


def _of_campaign(values: list[str], campaign: I64) -> pa.Array:
    return pa.array([*values, ""], _WORD).take(pa.array(campaign % (len(values) + 1)))


def _accounts(stage: Stage, known: Known, table: Rows) -> dict[str, pa.Array]:
    seen = np.unique(table.account[table.account != NONE])
    seen = seen[np.unique(stage.people.account[seen], return_index=True)[1]]  # a masked name stands once
    campaign = stage.people.campaign[seen]
    return {
        "room_id": pa.repeat(pa.scalar(stage.id("room"), _WORD), len(seen)),
        "account_id": ids.text(stage.people.account[seen]).cast(_WORD),
        "label": pa.array(campaign != NONE).cast(pa.int8()),
        "scheme": _of_campaign([each.scheme for each in known.campaigns], campaign),
        "campaign_id": _of_campaign(_campaign_ids(stage, known), campaign),
        "role": pa.array(ROLES, _WORD).take(pa.array(stage.people.role[seen])),
        "region": pa.array([f"R{number:02d}" for number in range(1, 100)], _WORD).take(
            pa.array(stage.people.region[seen])
        ),
        "phone_yuan": pa.array(known.phones[stage.people.model[seen]]),
    }


def _orders(stage: Stage, known: Known) -> dict[str, pa.Array]:
    order = np.argsort(stage.orders)
    campaign = known.brushed[order]
    return {
        "order_id": ids.text(stage.orders[order]).cast(_WORD),
        "room_id": pa.repeat(pa.scalar(stage.id("room"), _WORD), len(order)),
        "label": pa.array(campaign != NONE).cast(pa.int8()),
        "scheme": _of_campaign([each.scheme for each in known.campaigns], campaign),
        "campaign_id": _of_campaign(_campaign_ids(stage, known), campaign),
    }


def _rooms(stage: Stage, known: Known, table: Rows) -> dict[str, pa.Array]:
    schemes = sorted({campaign.scheme for campaign in known.campaigns})
    shares = _shares(stage, known, table)
    values: dict[str, object] = {
        "room_id": stage.id("room"),
        "host_id": stage.id("host"),
        "schemes": schemes,
        "dirty": bool(schemes),
        "category": known.category,
        "tier": known.tier,
        "viewers": len(np.unique(table.account[is_kind(table, "join")])),
        "orders": len(stage.orders),
    }
    columns = {name: pa.array([value], TRUTH["rooms"].field(name).type) for name, value in values.items()}
    times = {"start": _at(stage, [0.0]), "end": _at(stage, [known.length_s])}
    return columns | times | {f"share_{name}": pa.array([shares[name]]) for name in SHARES}


def _products(stage: Stage, known: Known) -> dict[str, pa.Array]:
    """Return what each promise was; "last 20 pieces" beside a full shelf is both a broken promise and staged stock."""
    kinds = [known.offers.get(product, "") for product in range(len(stage.shelf))]
    happened = {campaign.scheme for campaign in known.campaigns}
    staged = [kind == "last_pieces" or (kind == "staged" and "staged_stock" in happened) for kind in kinds]
    return {
        "room_id": pa.repeat(pa.scalar(stage.id("room"), _WORD), len(kinds)),
        "product_id": ids.text(stage.shelf.product).cast(_WORD),
        "staged_stock": pa.array(staged),
        "false_limited": pa.array([kind in ("only_minutes", "last_pieces") for kind in kinds]),
        "honest_limited": pa.array([kind in ("sell_out", "extended") for kind in kinds]),
    }


def _campaigns(stage: Stage, known: Known) -> dict[str, pa.Array]:
    return {
        "campaign_id": pa.array(_campaign_ids(stage, known), _WORD),
        "room_id": pa.repeat(pa.scalar(stage.id("room"), _WORD), len(known.campaigns)),
        "scheme": pa.array([each.scheme for each in known.campaigns], _WORD),
        "operator_id": pa.array(_operator_ids(stage, known), _WORD),
        "start": _at(stage, [each.start_s for each in known.campaigns]),
        "end": _at(stage, [each.end_s for each in known.campaigns]),
        "n_accounts": pa.array([each.n_accounts for each in known.campaigns], _INT),
        "level": pa.array([each.level for each in known.campaigns], _INT),
        "price_minor": pa.array([round(each.yuan * 100) for each in known.campaigns], _INT),
    }


def _groups(stage: Stage, known: Known, table: Rows) -> dict[str, pa.Array]:
    seen = np.unique(table.account[table.account != NONE])
    seen = seen[np.argsort(stage.people.account[seen])]
    paid = seen[stage.people.campaign[seen] != NONE]
    led = seen[stage.people.role[seen] == ROLES.index("fan_group")]
    campaign = stage.people.campaign[paid]
    leader = pa.repeat(pa.scalar(stage.id("host"), _WORD), len(led))
    return {
        "operator_id": pa.concat_arrays([_of_campaign(_operator_ids(stage, known), campaign), leader]),
        "account_id": ids.text(stage.people.account[np.concatenate([paid, led])]).cast(_WORD),
        "kind": pa.concat_arrays(
            [_of_campaign([each.scheme for each in known.campaigns], campaign), _organised(len(led))]
        ),
    }


def _organised(n: int) -> pa.Array:
    return pa.repeat(pa.scalar("organised", _WORD), n)


def _guards(stage: Stage, known: Known) -> dict[str, pa.Array]:
    guards = sorted(known.guards, key=lambda guard: (guard[1], guard[0], guard[2]))
    return {
        "room_id": pa.repeat(pa.scalar(stage.id("room"), _WORD), len(guards)),
        "guard": pa.array([name for name, _, _ in guards], _WORD),
        "start": _at(stage, [start_s for _, start_s, _ in guards]),
        "end": _at(stage, [end_s for _, _, end_s in guards]),
    }
