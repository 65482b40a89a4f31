"""One room from beginning to end: who comes, what they do, what is sold, and the truth about it."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from truecrowd.simulate import crowds, guards, ids, promises, schemes, shelf, shop, talk
from truecrowd.simulate.crowds import Cast, Scene
from truecrowd.simulate.events import Stage
from truecrowd.simulate.kinds import I64, Rng
from truecrowd.simulate.people import People
from truecrowd.simulate.promises import Offer
from truecrowd.simulate.rows import Rows, distinct, is_kind, joined, rows
from truecrowd.simulate.schemes import Bought, Campaign
from truecrowd.simulate.shop import Sales
from truecrowd.simulate.truth import Ended, Known
from truecrowd.simulate.visits import online
from truecrowd.simulate.world import World

_HEAR_SHARE, _HEAR_LEAST = 0.25, 30
"""Part of those present, and fewest of them, who go for an offer when they hear it (invented)."""
_RAID_AT, _DRAW_AT, _GUARD_AT = 0.3611, 0.4389, 0.5
"""When in the broadcast a raid comes, a draw is held, and any other lookalike happens, 0 to 1."""
_FORGED_FROM, _FORGED_FACTOR = 0.35, 2.6
"""From which part of the broadcast on, and how much, a forged count is raised (invented)."""

Span = tuple[str, float, float]


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """What happens in one room.

    Args:
        key: Names the room inside its preset; hashed into ids and streams, never shown.
        opens_us: Start, microseconds since 1970 in UTC.
        length_s: Length of the broadcast, seconds.
        category: Of the goods: apparel or household.
        n_viewers: Ordinary accounts.
        crowds: Honest lookalikes in it: draw, deal, red_packet, masked, and any of `guards.GUARDS`.
        offers: Promises of the host, at most one a product.
        bought: Manufactured crowds.
        is_forged: Whether the shown count is raised in mid-broadcast.
        host: Key of the host, who may have other rooms; empty where the room stands alone.
        agency: Key of the host's agency.
        is_shared: Whether its ordinary viewers come from a pool other rooms draw on.
        language: What is spoken in it, one of `talk.LANGUAGES`.
    """

    key: str
    opens_us: int
    length_s: float
    category: str
    n_viewers: int
    crowds: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    bought: tuple[Bought, ...] = ()
    is_forged: bool = False
    host: str = ""
    agency: str = ""
    is_shared: bool = False
    language: str = "zh"

    @property
    def tier(self) -> str:
        """Size of the host, one of `talk.TIERS`."""
        return talk.TIERS[int(np.searchsorted([6_000, 30_000], self.n_viewers, side="right"))]


@dataclass(frozen=True, slots=True)
class Pool:
    """Ordinary viewers of many rooms.

    Args:
        people: The keenest first; ages hold at `at_us`.
        at_us: Microseconds since 1970 in UTC.
    """

    people: People
    at_us: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Events in order of time, with the truth about the rooms that end in them.

    Args:
        events: EVENTS, sorted by `ts`.
        truth: One table for each name in `truth.TRUTH`.
    """

    events: pa.Table
    truth: dict[str, pa.Table]


def play(world: World, plan: RoomPlan, root: str, pool: Pool | None = None) -> Ended:
    """Return everything one room leaves behind, and what only the simulator knows of it.

    Args:
        world: How people are.
        plan: What happens.
        root: World, seed and preset; with the plan's key, the root of all ids and streams of the room.
        pool: Where ordinary viewers come from if the plan shares them.

    Returns:
        The same for the same arguments; every part of the room draws from a stream of its own.
    """
    key = f"{root}/{plan.key}"
    scene = _scene(guards.tuned(world.speaking(plan.language), plan.crowds), plan, key, root, pool)
    world = scene.world
    honest = crowds.together(_honest(scene, plan))
    paid = [
        schemes.play(ids.generator(f"{key}/{each.scheme}/{place}"), scene, place, _rooted(each, root))
        for place, each in enumerate(plan.bought)
    ]
    cast = crowds.together([honest, *(each for each, _ in paid)])
    asked, spans = _asked(scene, plan, honest)
    rushed = _rushed(scene, plan, honest)
    wants = shop.gather([cast.wants, *(part.wants for part in rushed)])
    sales = shop.sell(
        ids.generator(f"{key}/sales"), world.shop, world.brushing, scene.shelf, wants,
        promises.limits(wants, plan.offers),
    )  # fmt: skip
    told = promises.tell(
        ids.generator(f"{key}/promises"), scene, sales, promises.limits(wants, plan.offers), plan.offers
    )
    parts = [cast.rows, *(part.rows for part in rushed), asked, scene.shelf.price_rows(), *(part.rows for part in told)]
    parts.append(_orders(scene, plan, sales))
    parts.append(_stats(ids.generator(f"{key}/stats"), scene, plan, cast))
    table = _recorded(scene, plan, joined(parts))
    spans += [span for part in told for span in part.spans]
    return _played(scene, plan, cast, table, sales, [each for _, each in paid], spans)


def _rooted(bought: Bought, root: str) -> Bought:
    return replace(bought, operator=f"{root}/{bought.operator}") if bought.operator else bought


def _scene(world: World, plan: RoomPlan, key: str, root: str, pool: Pool | None) -> Scene:
    goods = shelf.lay(ids.generator(f"{key}/scene"), world, key, plan.category, plan.length_s)
    for offer in plan.offers:
        goods = promises.priced(goods, offer)
    warm = talk.heat(ids.generator(f"{key}/heat"), world.talk, int(plan.length_s // 60) + 1)
    since_s = (plan.opens_us - pool.at_us) / 1e6 if pool is not None else 0.0
    audience = pool.people if pool is not None and plan.is_shared else None
    host = f"{root}/{plan.host}" if plan.host else ""
    return Scene(world, key, plan.length_s, plan.n_viewers, goods, warm, plan.tier, host, audience, since_s)


def _honest(scene: Scene, plan: RoomPlan) -> list[Cast]:
    def stream(name: str) -> Rng:
        return ids.generator(f"{scene.key}/{name}")

    ordinary = crowds.casual(stream("casual"), scene)
    for name in plan.crowds:
        guard = guards.GUARDS.get(name)
        if guard is not None and guard.dress is not None:
            ordinary = replace(ordinary, people=guard.dress(stream(name), scene.world, ordinary.people))
    casts = [ordinary, crowds.fans(stream("fans"), scene), crowds.staff(stream("staff"), scene)]
    for name in plan.crowds:
        guard = guards.GUARDS.get(name)
        if guard is not None and guard.come is not None:
            casts.append(guard.come(stream(name), scene, _at(plan, name)))
    if "draw" in plan.crowds:
        casts.append(crowds.draw_hunters(stream("draw"), scene, _DRAW_AT * plan.length_s))
    if "red_packet" in plan.crowds:
        n = scene.part(scene.world.guards.packet_share, 20)
        start = _GUARD_AT * plan.length_s - stream("packet/come").exponential(60.0, n)
        casts.append(crowds.flood(stream("packet"), scene, "packet", n, start.clip(1.0), "share"))
    limited = [offer for offer in plan.offers if offer.kind == "sell_out" and "deal" in plan.crowds]
    for offer in limited:
        at_s = promises.begins_s(scene.shelf, offer)
        casts.append(crowds.deal_hunters(stream("deal"), scene, at_s, offer.product))
    return casts


def _at(plan: RoomPlan, name: str) -> float:
    return (_RAID_AT if name == "raid" else _GUARD_AT) * plan.length_s


def _asked(scene: Scene, plan: RoomPlan, honest: Cast) -> tuple[Rows, list[Span]]:
    """Return the prompts of the evening with their answers, what else those present did, and when each was."""
    rng = ids.generator(f"{scene.key}/prompts")
    n_votes = round(scene.world.talk.prompts_per_hour * scene.length_s / 3_600.0)
    spread = min(240.0, 0.3 * scene.length_s / max(n_votes, 1))
    at = np.linspace(0.14, 0.92, n_votes) * scene.length_s + rng.uniform(-spread, spread, n_votes)

    def present(at_s: float) -> I64:
        return distinct(honest.visits.at(at_s).account)

    parts: list[Rows] = []
    spans: list[Span] = []
    for at_s in at.tolist():
        parts.append(crowds.vote(rng, scene, present(at_s), at_s))
        spans.append(("prompt", at_s, at_s + 120.0))
    if "draw" in plan.crowds:
        at_s = _DRAW_AT * plan.length_s
        parts.append(crowds.draw(rng, scene, present(at_s), at_s))
        spans.append(("prize_draw", at_s, at_s + 120.0))
    at_s = _GUARD_AT * plan.length_s
    if "red_packet" in plan.crowds:
        who = present(at_s)[rng.random(len(present(at_s))) < 0.6]
        said = talk.answered(rng, scene.world.guards.storm, who, at_s, talk.saying("packet"))
        parts.extend([rows("prompt", at_s, text=talk.saying("packet_call")), said])
        spans.append(("red_packet", at_s, at_s + 120.0))
    for name in plan.crowds:
        guard = guards.GUARDS.get(name)
        if guard is not None and guard.act is not None:
            parts.append(guard.act(ids.generator(f"{scene.key}/act/{name}"), scene, present(at_s), at_s))
    return joined(parts), spans


@dataclass(frozen=True, slots=True)
class _Rush:
    rows: Rows
    wants: shop.Wants


def _rushed(scene: Scene, plan: RoomPlan, honest: Cast) -> list[_Rush]:
    """Return what honest viewers do on hearing an offer, true or not."""
    eager = replace(scene.world.shop, popup_share=0.75, order_share=0.75)
    found = []
    for offer in plan.offers:
        rng = ids.generator(f"{scene.key}/rush/{offer.product}")
        at_s = promises.begins_s(scene.shelf, offer)
        there = honest.visits.at(at_s)
        n_hear = min(len(there), max(round(_HEAR_SHARE * len(there)), _HEAR_LEAST))
        hear = there.take(np.sort(rng.permutation(len(there))[:n_hear]))
        found.append(_Rush(*shop.rush(rng, eager, hear, at_s + 2.0, offer.product, 150.0)))
    return found


def _orders(scene: Scene, plan: RoomPlan, sales: Sales) -> Rows:
    fate = shop.Fate(
        dict(scene.world.shop.refund_shares)[plan.category],
        schemes.kept(scene, plan.bought),
        frozenset(place for place, each in enumerate(plan.bought) if each.scheme == "reviews"),
    )
    rng = ids.generator(f"{scene.key}/orders")
    return shop.order_rows(rng, scene.world.shop, scene.world.brushing, sales, fate)


def _stats(rng: Rng, scene: Scene, plan: RoomPlan, cast: Cast) -> Rows:
    shown = scene.world.shown
    at_s = np.arange(30.0, scene.length_s, shown.every_s)
    noise = 1.0 + shown.online_noise * rng.standard_normal(len(at_s))
    count = online(cast.visits, at_s) * shown.online_multiple * noise
    if plan.is_forged:
        count = np.where(at_s > _FORGED_FROM * scene.length_s, count * _FORGED_FACTOR, count)
    return rows("stats", at_s, value=np.round(count))


def _recorded(scene: Scene, plan: RoomPlan, table: Rows) -> Rows:
    """Return the rows in order of time, as this room's platform and recorder pass them on."""
    rng = ids.generator(f"{scene.key}/faults")
    is_lost = is_kind(table, "leave") & (rng.random(len(table)) < scene.world.stay.lost_leave_share)
    is_late = is_kind(table, "price", "claim") & (table.at_s > plan.length_s)
    table = _ordered(table, np.flatnonzero(~is_lost & ~is_late & (table.at_s >= 0.0)))
    table = talk.slowed(table, float(rng.choice(scene.world.talk.slow_modes_s)), plan.length_s)
    for name in plan.crowds:
        guard = guards.GUARDS.get(name)
        if guard is not None and guard.record is not None:
            table = guard.record(rng, scene.world, table, plan.length_s)
    is_ordered = bool((table.at_s[1:] >= table.at_s[:-1]).all())
    return table if is_ordered else _ordered(table, np.arange(len(table)))


def _ordered(table: Rows, which: I64) -> Rows:
    return table.take(which[np.argsort(table.at_s[which], kind="stable")])


def _played(
    scene: Scene, plan: RoomPlan, cast: Cast, table: Rows, sales: Sales, campaigns: list[Campaign], spans: list[Span]
) -> Ended:
    names = {"host": scene.host, "merchant": f"{scene.host}/merchant" if scene.host else "", "agency": plan.agency}
    names["source_room"] = f"{scene.host}/source_room" if scene.host else ""
    orders = ids.numbers(f"{scene.key}/order", len(sales.wants))
    who = _masked(scene, plan, cast.people)
    stage = Stage(scene.key, plan.opens_us, scene.shelf, who, orders, names, "masked" in plan.crowds, plan.language)
    own = [span for span in spans if span[0] in ("staged_stock", "false_limited")]
    if plan.is_forged:
        own.append(("inflated_count", _FORGED_FROM * plan.length_s, plan.length_s))
    known = Known(
        plan.category,
        plan.length_s,
        (*campaigns, *(Campaign(*span) for span in own)),
        tuple(span for span in [*_standing(scene, plan), *spans] if span not in own),
        {offer.product: offer.kind for offer in plan.offers},
        sales.wants.campaign,
        scene.tier,
        np.array([price for *_, price in scene.world.phones.models]),
        plan.language,
    )
    return Ended(stage, table, known)


def _masked(scene: Scene, plan: RoomPlan, who: People) -> People:
    """Return the accounts, under one of a few shown names if the source masks them."""
    if "masked" not in plan.crowds:
        return who
    shown = ids.numbers(f"{scene.key}/masked", scene.world.guards.masked_names)
    return replace(who, account=shown[np.arange(len(who)) % len(shown)])


def _standing(scene: Scene, plan: RoomPlan) -> list[Span]:
    """Return the guards that hold all evening or come at a set time."""
    names = ["fan_club", "staff", "refunds", "shared_network", "popular_phone", "repeat_joins"]
    if "masked" in plan.crowds:
        names.append("masked")
    found: list[Span] = [(name, 0.0, plan.length_s) for name in names]
    found.extend(guards.lasts(name, _at(plan, name), plan.length_s) for name in plan.crowds if name in guards.GUARDS)
    if "deal" in plan.crowds:
        starts = [promises.begins_s(scene.shelf, offer) for offer in plan.offers if offer.kind == "sell_out"]
        found.extend(("deal_rush", at_s - 180.0, at_s + 300.0) for at_s in starts)
    return found
