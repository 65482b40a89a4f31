"""Integer rows of one room -> EVENTS."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.schema import EVENT_TYPES, EVENTS, check
from truecrowd.simulate import ids, talk
from truecrowd.simulate.kinds import I64, U64, Bool, Rng
from truecrowd.simulate.people import People
from truecrowd.simulate.rows import NONE, Rows, is_kind
from truecrowd.simulate.shelf import Shelf
from truecrowd.simulate.world import World

MICROS: Final = 1_000_000
_US = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Stage:
    """What integer rows point to.

    Args:
        key: Root of the room's ids.
        opens_us: The room's start, microseconds since 1970 in UTC.
        world: Names of phones, clients and traffic sources.
        shelf: Products.
        people: Accounts.
        orders: Ids of the orders, by place.
    """

    key: str
    opens_us: int
    world: World
    shelf: Shelf
    people: People
    orders: U64

    def id(self, kind: str) -> str:
        """Return the opaque id of the room, host, merchant, agency or source_room."""
        return ids.one(f"{self.key}/{kind}")

    def ts_us(self, table: Rows) -> I64:
        """Return the rows' times, microseconds since 1970 in UTC."""
        return self.opens_us + np.round(table.at_s * MICROS).astype(np.int64)


def events_of(rng: Rng, stage: Stage, table: Rows) -> pa.Table:
    """Return rows as EVENTS, in the same order.

    Args:
        rng: Decides which rows lack device and network.
        stage: What the rows point to.
        table: Rows of one room.
    """
    n = len(table)
    columns = _plain(stage, table) | _clients(rng, stage, table)
    for name in ("room", "host", "merchant", "agency", "source_room"):
        columns[f"{name}_id"] = pa.repeat(pa.scalar(stage.id(name), pa.string()), n)
    columns["ts_kind"] = _words(["server"], np.zeros(n, np.int64))
    columns["id_kind"] = _words(["stable"], np.where(table.account == NONE, NONE, 0))
    return check(pa.table({name: columns[name] for name, _ in EVENTS.columns}, schema=EVENTS.schema), EVENTS)


def _plain(stage: Stage, table: Rows) -> dict[str, pa.Array]:
    sources = [name for name, _ in stage.world.arrivals.sources] + ["raid"]
    is_buying = is_kind(table, "order", "payment")
    buyer = np.where(is_buying, table.account, NONE)
    return {
        "event_id": ids.text(ids.numbers(f"{stage.key}/event", len(table))),
        "ts": pa.array(stage.ts_us(table), pa.int64()).cast(_US),
        "event_type": _words(list(EVENT_TYPES), table.kind),
        "traffic_source": _picked(pa.array(sources), table.traffic),
        "product_id": _picked(ids.text(stage.shelf.product), table.product),
        "product_title": _picked(pa.array(stage.shelf.titles), table.product),
        "order_id": _picked(ids.text(stage.orders), table.order),
        "ship_hash": _picked(ids.text(_keyed(stage.people.payer, "ship")), buyer),
        "pay_hash": _picked(ids.text(_keyed(stage.people.payer, "pay")), buyer),
        "amount_minor": _whole(table.amount, pa.int64()),
        "currency": _picked(pa.array(["CNY"]), np.where(table.amount == NONE, NONE, 0)),
        "quantity": _whole(table.quantity, pa.int32()),
        "text": talk.render(table.text),
        "value": pa.array(table.value, pa.float64(), mask=np.isnan(table.value)),
    }


def _clients(rng: Rng, stage: Stage, table: Rows) -> dict[str, pa.Array]:
    people, world = stage.people, stage.world
    created_us = stage.opens_us - np.round(people.age_s * MICROS).astype(np.int64)
    is_bare = rng.random(len(table)) < world.shown.bare_share
    seen = np.where(is_bare, NONE, table.account)
    models = pa.array([name for name, _, _ in world.phones.models])
    apps = pa.array([name for name, _ in world.phones.apps])
    asns = pa.array([number for number, _ in world.networks.asns], pa.int32())
    regions = pa.array([f"R{number:02d}" for number in range(1, world.networks.n_regions + 1)])
    versions = pa.array([f"{version}.0" for version in range(64)])
    return {
        "account_id": _picked(ids.text(people.account), table.account),
        "account_created_at": _picked(pa.array(created_us, pa.int64()).cast(_US), table.account),
        "device_id": _picked(ids.text(people.device), seen),
        "device_model": _of(models, people.model, seen),
        "os_version": _of(versions, people.os, seen),
        "app_version": _of(apps, people.app, seen),
        "ip": _picked(_addresses(people.ip), seen),
        "asn": _of(asns, people.asn, seen),
        "region": _of(regions, people.region, seen),
    }


def _keyed(payer: U64, kind: str) -> U64:
    distinct, place = np.unique(payer, return_inverse=True)
    hashed = [int(ids.numbers(f"{kind}/{number}", 1)[0]) for number in distinct.tolist()]
    return np.array(hashed, dtype=np.uint64)[place]


def _addresses(ip: I64) -> pa.Array:
    return pa.array([f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}" for number in ip.tolist()], pa.string())


def _of(values: pa.Array, of_account: I64, seen: I64) -> pa.Array:
    return _picked(values, np.where(seen == NONE, NONE, of_account[seen]))


def _picked(values: pa.Array, places: I64) -> pa.Array:
    return values.take(pa.array(places, mask=_is_none(places)))


def _words(values: list[str], places: I64) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places, pa.int32(), mask=_is_none(places)), pa.array(values))


def _whole(values: I64, kind: pa.DataType) -> pa.Array:
    return pa.array(values, kind, mask=_is_none(values))


def _is_none(values: I64) -> Bool:
    return np.asarray(values == NONE)
