"""Orders of a dispute -> its broadcasts: viewers, buyers and their orders as EVENTS, and the truth about them."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.schema import EVENTS
from truecrowd.simulate import crowds, faults, ids, people, shop, talk, visits
from truecrowd.simulate.crowds import Cast, Scene
from truecrowd.simulate.disputes_cases import Air, Case
from truecrowd.simulate.disputes_deal import shown
from truecrowd.simulate.disputes_export import N_PRODUCTS, numbers, titles
from truecrowd.simulate.disputes_orders import REASONS, Orders, drawn, opens_s
from truecrowd.simulate.events import MICROS, Register, Stage, events_of, merged
from truecrowd.simulate.kinds import F64, I64, Bool, Rng
from truecrowd.simulate.people import ROLES, People
from truecrowd.simulate.room import Chunk
from truecrowd.simulate.rows import NONE, Rows, joined, rows
from truecrowd.simulate.schemes import Campaign
from truecrowd.simulate.shelf import Shelf
from truecrowd.simulate.truth import TRUTH, Ended, Known, truth_of
from truecrowd.simulate.world import World

_LIST_FACTOR: Final = 1.25
_NOT_RECORDED: Final = ("account_created_at", "ship_hash", "pay_hash")
_CATEGORY: Final = "household"


@dataclass(frozen=True, slots=True)
class Told:
    """One telling of a dispute: its orders and what each sort of buyer is.

    Args:
        case: Its broadcasts.
        orders: All orders.
        roles: By `part` of the orders, one of `people.ROLES`; `brushing` is manufactured.
        guards: Names of the honest lookalikes that are in it.
    """

    case: Case
    orders: Orders
    roles: tuple[str, ...]
    guards: tuple[str, ...] = ()

    def is_role(self, role: str) -> Bool:
        """Return which orders were placed by buyers of a role."""
        return np.array([each == role for each in self.roles])[self.orders.part]


def buyers_of(told: Told, world: World, root: str) -> People:
    """Return everybody who ordered, by place; what they are there for is that of their first order."""
    n = int(told.orders.buyer.max(initial=NONE)) + 1
    first = np.unique(told.orders.buyer, return_index=True)[1]
    role = np.array([ROLES.index(each) for each in told.roles])[told.orders.part[first]]
    who = people.ordinary(ids.generator(f"{root}/buyers"), world, f"{root}/buyer", n, "casual")
    return replace(who, role=role, campaign=np.where(role == ROLES.index("brushing"), 0, NONE))


def played(told: Told, world: World, root: str) -> Chunk:
    """Return everything a dispute leaves behind, events in order of time, and the truth about it."""
    register = Register(world)
    who = buyers_of(told, world, root)
    ended = []
    for place, air in enumerate(told.case.air):
        part = replace(told, orders=told.orders.take(told.orders.room == place))
        ended.append(_room(part, air, who, world, root, place))
    logs = [register.enter(ids.generator(f"{room.stage.key}/clients"), room.stage, room.table) for room in ended]
    renamed = _Numbers(told)
    events = renamed.numbered(_recorded(events_of(register, merged(logs))))
    truth = truth_of(ended)
    return Chunk(events, truth | {"orders": renamed.marked(truth["orders"]), "accounts": _led(truth["accounts"])})


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Order ids of the simulator -> the numbers the shop gave them."""

    told: Told

    def _text(self, column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
        place = pc.index_in(column.cast(pa.string()), value_set=ids.text(self.told.orders.id))
        return numbers(self.told.orders).take(place), place

    def numbered(self, events: pa.Table) -> pa.Table:
        """Return EVENTS with the shop's numbers, and with the shop's words for why an order was taken back."""
        number, place = self._text(events["order_id"])
        reason = pa.array(REASONS).take(pa.array(self.told.orders.reason)).take(place)
        is_back = pc.is_in(events["event_type"].cast(pa.string()), pa.array(["cancel", "refund"]))
        said = pc.if_else(is_back, pc.if_else(pc.equal(reason, ""), None, reason), events["text"])
        for name, column in (("order_id", number), ("text", said)):
            events = events.set_column(events.schema.get_field_index(name), EVENTS.schema.field(name), column)
        return events

    def marked(self, truth: pa.Table) -> pa.Table:
        """Return the truth about orders with the shop's numbers; those of groups led in are organised, label 0."""
        text, place = self._text(truth["order_id"])
        is_led = pa.array(self.told.is_role("fan_group")).take(place)
        scheme = pc.if_else(is_led, pa.scalar("organised", pa.large_string()), truth["scheme"])
        columns = dict(zip(truth.column_names, truth.columns, strict=True))
        columns |= {"order_id": text.cast(pa.large_string()), "scheme": scheme}
        return pa.table(columns, schema=TRUTH["orders"]).combine_chunks()


def _led(accounts: pa.Table) -> pa.Table:
    is_led = pc.equal(accounts["role"], "fan_group")
    scheme = pc.if_else(is_led, pa.scalar("organised", pa.large_string()), accounts["scheme"])
    return accounts.set_column(accounts.schema.get_field_index("scheme"), TRUTH["accounts"].field("scheme"), scheme)


def _recorded(events: pa.Table) -> pa.Table:
    """Return EVENTS as a brand has them: a recording and its own orders, nothing of the platform's about clients."""
    events = faults.suffered("", events, ("no_devices",))
    for name in _NOT_RECORDED:
        field = EVENTS.schema.field(name)
        events = events.set_column(EVENTS.schema.get_field_index(name), field, pa.nulls(events.num_rows, field.type))
    return events.combine_chunks()


def _room(told: Told, air: Air, who: People, world: World, root: str, place: int) -> Ended:
    key = f"{root}/{place}"
    orders = told.orders
    n_viewers = drawn(ids.generator(f"{key}/size"), told.case.n_viewers)
    shelf = _shelf(told, air, root)
    warm = talk.heat(ids.generator(f"{key}/heat"), world.talk, int(air.length_s // 60) + 1)
    scene = Scene(world, key, air.length_s, n_viewers, shelf, warm, host=f"{root}/host")
    names, at = np.unique(orders.buyer, return_inverse=True)
    here = people.taken(who, names)
    bought = _buyers(ids.generator(f"{key}/come"), scene, told, opens_s(air), here, at)
    cast = crowds.together([crowds.casual(ids.generator(f"{key}/casual"), scene), bought])
    lives = _lives(ids.generator(f"{key}/lives"), scene, told, opens_s(air), len(cast.people) - len(here) + at)
    table = joined([cast.rows, lives, shelf.price_rows(), *_shown(told, scene, cast, root)])
    table = table.take(np.argsort(table.at_s, kind="stable"))
    keys = {"host": f"{root}/host", "merchant": f"{root}/merchant", "source_room": f"{root}/source_room"}
    stage = Stage(key, round(opens_s(air) * MICROS), shelf, cast.people, orders.id, keys)
    return Ended(stage, table, _known(told, scene, here, opens_s(air), root))


def _shelf(told: Told, air: Air, root: str) -> Shelf:
    """Return three products whose prices are what is usually paid, from the slot's start on."""
    n = N_PRODUCTS
    price = round(float(np.median(told.orders.amount)) if len(told.orders) else 9_900.0)
    live, listed = np.full(n, price), np.full(n, round(price * _LIST_FACTOR))
    slot = np.linspace(*air.slot_s, n, endpoint=False)
    steps = np.stack([12.0 + 2.5 * np.arange(n), np.maximum(slot, 30.0)], axis=1).ravel()
    return Shelf(
        ids.numbers(f"{root}/product", n), titles(), slot, listed, live, np.repeat(np.arange(n), 2), steps,
        np.stack([listed, live], axis=1).ravel(),
    )  # fmt: skip


def _buyers(rng: Rng, scene: Scene, told: Told, opens: float, here: People, at: I64) -> Cast:
    """Return the buyers of one broadcast: they are there around their orders; the paid ones do nothing else."""
    n = len(here)
    placed = told.orders.placed_s - opens
    first, last = np.full(n, np.inf), np.zeros(n)
    np.minimum.at(first, at, placed)
    np.maximum.at(last, at, placed)
    start = np.maximum(first - 40.0 - rng.exponential(400.0, n), 1.0)
    stay = visits.closed(rng, np.arange(n), start, last - start + 20.0 + rng.exponential(300.0, n), scene.length_s)
    is_paid = here.role == ROLES.index("brushing")
    led = np.where(here.role == ROLES.index("fan_group"), scene.traffic("share"), NONE)
    sources = people.weighted(rng, [weight for _, weight in scene.world.arrivals.sources], n)
    looks = ~is_paid[at]
    parts = [
        visits.join_rows(stay, np.where(led == NONE, sources, led)),
        talk.comments(rng, scene.world, stay.take(~is_paid), scene.warm),
        _looks(rng, placed[looks], at[looks], told.orders.product[looks]),
    ]
    return Cast(here, stay, joined(parts), shop.nothing())


def _looks(rng: Rng, placed: F64, account: I64, product: I64) -> Rows:
    popup = placed - rng.uniform(3.0, 12.0, len(placed))
    click = popup - rng.uniform(2.0, 14.0, len(placed))
    return joined(
        [
            rows("product_click", click.clip(1.0), account=account, product=product),
            rows("cart_popup", popup.clip(2.0), account=account, product=product),
        ]
    )


def _lives(rng: Rng, scene: Scene, told: Told, opens: float, account: I64) -> Rows:
    """Return the life of every order, and reviews of some that were kept."""
    orders = told.orders
    traffic = np.where(told.is_role("fan_group"), scene.traffic("share"), scene.traffic("recommend"))

    def of(event_type: str, at_s: F64, *, has_money: bool = True) -> Rows:
        which = np.flatnonzero(np.isfinite(at_s))
        return rows(
            event_type, at_s[which] - opens, account=account[which], product=orders.product[which], order=which,
            amount=orders.amount[which] if has_money else NONE, quantity=1 if has_money else NONE,
            traffic=traffic[which] if event_type == "order" else NONE,
        )  # fmt: skip

    parts = [of("order", orders.placed_s), of("payment", orders.paid_s), of("cancel", orders.closed_s)]
    parts += [of("ship", orders.shipped_s, has_money=False), of("deliver", orders.delivered_s, has_money=False)]
    said_s = np.where(rng.random(len(orders)) < scene.world.shop.review_share, 1.0, np.nan)
    said_s = said_s * np.round(orders.delivered_s + rng.uniform(0.1, 5.0, len(orders)) * 86_400.0)
    said = of("review", np.where(np.isnan(orders.refunded_s), said_s, np.nan), has_money=False)
    said = replace(said, text=talk.reviews(rng, len(said), is_paid=False))
    return joined([*parts, of("refund", orders.refunded_s), said])


def _shown(told: Told, scene: Scene, cast: Cast, root: str) -> list[Rows]:
    """Return the shown counts, and one placeholder of what the host says."""
    rng = ids.generator(f"{scene.key}/shown")
    at_s = np.arange(30.0, scene.length_s, scene.world.shown.every_s)
    there = visits.online(cast.visits, at_s)
    wanted = dict(told.case.shown).get("peak_online")
    multiple = scene.world.shown.online_multiple
    if wanted is not None:
        multiple = shown(root, "peak_online", wanted) / max(there.max(), 1.0)
    noise = 1.0 + scene.world.shown.online_noise * rng.standard_normal(len(at_s))
    value = np.round(there * multiple * (1.0 if wanted is not None else noise))
    return [rows("stats", at_s, value=value), rows("claim", 600.0, text=talk.saying("guest"))]


def _known(told: Told, scene: Scene, here: People, opens: float, root: str) -> Known:
    is_paid = told.is_role("brushing")
    campaigns: tuple[Campaign, ...] = ()
    if is_paid.any():
        placed = told.orders.placed_s[is_paid] - opens
        n, yuan = int((here.campaign == 0).sum()), scene.world.prices.brushed_order * len(placed)
        campaigns = (
            Campaign("brushing", placed.min(), placed.max(), n, (), 0, f"{root}/operator", yuan),
        )  # fmt: skip
    return Known(
        category=_CATEGORY,
        length_s=scene.length_s,
        campaigns=campaigns,
        guards=tuple((name, 0.0, scene.length_s) for name in told.guards),
        offers={},
        brushed=np.where(is_paid, 0, NONE),
        tier=scene.tier,
        phones=np.array([price for *_, price in scene.world.phones.models]),
    )
