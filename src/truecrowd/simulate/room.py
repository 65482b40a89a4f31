"""One room from beginning to end: who comes, what they do, what is sold, and the truth about it."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.simulate import crowds, ids, promises, schemes, shelf, shop, talk
from truecrowd.simulate.crowds import Cast, Scene
from truecrowd.simulate.events import Stage, events_of
from truecrowd.simulate.kinds import Rng
from truecrowd.simulate.promises import Offer
from truecrowd.simulate.rows import Rows, is_kind, joined, rows
from truecrowd.simulate.schemes import Campaign
from truecrowd.simulate.shop import Sales
from truecrowd.simulate.truth import Known, truth_of
from truecrowd.simulate.visits import online
from truecrowd.simulate.world import World

_FARM_SHARE: Final = 0.07
"""Farm accounts as part of the ordinary audience (invented)."""
_POPUP_SHARE: Final = 0.014
"""Popup accounts as part of the ordinary audience (invented)."""
_HEAR_SHARE, _HEAR_LEAST = 0.25, 30
"""Part of those present, and fewest of them, who go for an offer when they hear it (invented)."""
_FARM_AT_S, _POPUP_WINDOW_S, _RAID_AT_S, _DRAW_AT_S = 1_800.0, (3_000.0, 6_600.0), 3_900.0, 4_740.0


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """What happens in one room.

    Args:
        key: Names the room inside its preset; hashed into ids and streams, never shown.
        opens_us: Start, microseconds since 1970 in UTC.
        length_s: Length of the broadcast, seconds.
        category: Of the goods: apparel or household.
        n_viewers: Ordinary accounts.
        crowds: Honest lookalikes in it: raid, draw, deal.
        offers: Promises of the host, at most one a product.
        schemes: What was bought: farm, popup, troupe, brushing.
        brushed: Product the brushed orders are for.
    """

    key: str
    opens_us: int
    length_s: float
    category: str
    n_viewers: int
    crowds: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    schemes: tuple[str, ...] = ()
    brushed: int = 8


@dataclass(frozen=True, slots=True)
class Chunk:
    """Events in order of time, with the truth about the rooms that end in them.

    Args:
        events: EVENTS, sorted by `ts`.
        truth: One table for each name in `truth.TRUTH`.
    """

    events: pa.Table
    truth: dict[str, pa.Table]


def play(world: World, plan: RoomPlan, seed: int) -> Chunk:
    """Return everything one room leaves behind, and the truth about it.

    The same world, plan and seed give the same bytes; every part of the room draws from a stream of its own.
    """
    root = f"{world.name}/{seed}/{plan.key}"
    scene = _scene(world, plan, root)
    honest = crowds.together(_honest(scene, plan, root))
    paid, campaigns = _paid(scene, plan, root)
    cast = crowds.together([honest, *paid])
    asked, asked_spans = _asked(scene, plan, root, honest)
    rushed = _rushed(scene, plan, root, honest)
    wants = shop.gather([cast.wants, *(part.wants for part in rushed)])
    rng = ids.generator(f"{root}/sales")
    stock = promises.limits(wants, plan.offers)
    sales = shop.sell(rng, world.shop, world.brushing, scene.shelf, wants, stock)
    told = promises.tell(rng, scene, sales, stock, plan.offers)
    refunds = dict(world.shop.refund_shares)[plan.category]
    table = joined(
        [
            cast.rows,
            *(part.rows for part in rushed),
            asked,
            scene.shelf.price_rows(),
            *(part.rows for part in told),
            shop.order_rows(rng, world.shop, world.brushing, sales, refunds),
            _stats(ids.generator(f"{root}/stats"), scene, cast),
        ]
    )
    table = _faulty(ids.generator(f"{root}/faults"), world, table)
    spans = [*asked_spans, *(span for part in told for span in part.spans)]
    return _chunk(scene, plan, root, cast, _in_order(table), sales, campaigns, spans)


def _scene(world: World, plan: RoomPlan, root: str) -> Scene:
    rng = ids.generator(f"{root}/scene")
    goods = shelf.lay(rng, world.shop, root, plan.category, world.arrivals.warm_up_s)
    for offer in plan.offers:
        goods = promises.priced(goods, offer)
    warm = talk.heat(rng, world.talk, int(plan.length_s // 60) + 1)
    return Scene(world, root, plan.length_s, plan.n_viewers, goods, warm)


def _honest(scene: Scene, plan: RoomPlan, root: str) -> list[Cast]:
    def stream(name: str) -> Rng:
        return ids.generator(f"{root}/{name}")

    casts = [
        crowds.casual(stream("casual"), scene),
        crowds.fans(stream("fans"), scene),
        crowds.staff(stream("staff"), scene),
    ]
    if "raid" in plan.crowds:
        casts.append(crowds.raid(stream("raid"), scene, _RAID_AT_S))
    if "draw" in plan.crowds:
        casts.append(crowds.draw_hunters(stream("draw"), scene, _DRAW_AT_S))
    if "deal" in plan.crowds:
        for offer in plan.offers:
            if offer.kind == "sell_out":
                at_s = promises.begins_s(scene.shelf, offer)
                casts.append(crowds.deal_hunters(stream("deal"), scene, at_s, offer.product))
    return casts


def _paid(scene: Scene, plan: RoomPlan, root: str) -> tuple[list[Cast], list[Campaign]]:
    bought = []
    for place, scheme in enumerate(plan.schemes):
        rng = ids.generator(f"{root}/{scheme}")
        if scheme == "farm":
            bought.append(schemes.farm(rng, scene, place, scene.part(_FARM_SHARE, 40), _FARM_AT_S))
        elif scheme == "popup":
            bought.append(schemes.popups(rng, scene, place, scene.part(_POPUP_SHARE, 12), _POPUP_WINDOW_S))
        elif scheme == "troupe":
            bought.append(schemes.troupe(rng, scene, place, 40))
        elif scheme == "brushing":
            start_s = float(scene.shelf.slot_s[plan.brushed]) + 240.0
            bought.append(schemes.brushing(rng, scene, place, 10, 76, start_s, plan.brushed))
    return [cast for cast, _ in bought], [campaign for _, campaign in bought]


def _asked(scene: Scene, plan: RoomPlan, root: str, honest: Cast) -> tuple[Rows, list[tuple[str, float, float]]]:
    """Return the prompts of the evening with their answers, and when each was."""
    rng = ids.generator(f"{root}/prompts")
    n_votes = round(scene.world.talk.prompts_per_hour * scene.length_s / 3_600.0)
    at = np.linspace(0.14, 0.92, n_votes) * scene.length_s + rng.uniform(-240.0, 240.0, n_votes)
    parts, spans = [], []
    for at_s in at.tolist():
        parts.append(crowds.vote(rng, scene, np.unique(honest.visits.at(at_s).account), at_s))
        spans.append(("prompt", at_s, at_s + 120.0))
    if "draw" in plan.crowds:
        parts.append(crowds.draw(rng, scene, np.unique(honest.visits.at(_DRAW_AT_S).account), _DRAW_AT_S))
        spans.append(("prize_draw", _DRAW_AT_S, _DRAW_AT_S + 120.0))
    return joined(parts), spans


@dataclass(frozen=True, slots=True)
class _Rush:
    rows: Rows
    wants: shop.Wants


def _rushed(scene: Scene, plan: RoomPlan, root: str, honest: Cast) -> list[_Rush]:
    """Return what honest viewers do on hearing an offer, true or not."""
    eager = replace(scene.world.shop, popup_share=0.75, order_share=0.75)
    found = []
    for offer in plan.offers:
        rng = ids.generator(f"{root}/rush/{offer.product}")
        at_s = promises.begins_s(scene.shelf, offer)
        there = honest.visits.at(at_s)
        n_hear = min(len(there), max(round(_HEAR_SHARE * len(there)), _HEAR_LEAST))
        hear = there.take(np.sort(rng.permutation(len(there))[:n_hear]))
        found.append(_Rush(*shop.rush(rng, eager, hear, at_s + 2.0, offer.product, 150.0)))
    return found


def _stats(rng: Rng, scene: Scene, cast: Cast) -> Rows:
    shown = scene.world.shown
    at_s = np.arange(30.0, scene.length_s, shown.every_s)
    noise = 1.0 + shown.online_noise * rng.standard_normal(len(at_s))
    return rows("stats", at_s, value=np.round(online(cast.visits, at_s) * shown.online_multiple * noise))


def _faulty(rng: Rng, world: World, table: Rows) -> Rows:
    """Return the rows without the leaves that never arrive."""
    is_lost = is_kind(table, "leave") & (rng.random(len(table)) < world.stay.lost_leave_share)
    return table.take(~is_lost)


def _in_order(table: Rows) -> Rows:
    return table.take(np.argsort(table.at_s, kind="stable"))


def _chunk(
    scene: Scene, plan: RoomPlan, root: str, cast: Cast, table: Rows, sales: Sales, campaigns: list[Campaign],
    spans: list[tuple[str, float, float]],
) -> Chunk:  # fmt: skip
    stage = Stage(
        root, plan.opens_us, scene.world, scene.shelf, cast.people, ids.numbers(f"{root}/order", len(sales.wants))
    )
    host_made = [(name, at_s, end_s) for name, at_s, end_s in spans if name in ("staged_stock", "false_limited")]
    known = Known(
        plan.category,
        plan.length_s,
        (*campaigns, *(Campaign(*span) for span in host_made)),
        tuple(span for span in [*_standing(scene.shelf, plan), *spans] if span not in host_made),
        {offer.product: offer.kind for offer in plan.offers},
        sales.wants.campaign,
    )
    return Chunk(events_of(ids.generator(f"{root}/clients"), stage, table), truth_of(stage, known, table))


def _standing(goods: shelf.Shelf, plan: RoomPlan) -> list[tuple[str, float, float]]:
    """Return the guards that hold all evening or come at a set time."""
    names = ["fan_club", "staff", "refunds", "shared_network", "popular_phone", "repeat_joins"]
    found = [(name, 0.0, plan.length_s) for name in names]
    if "raid" in plan.crowds:
        found.append(("raid", _RAID_AT_S, _RAID_AT_S + 300.0))
    if "deal" in plan.crowds:
        starts = [promises.begins_s(goods, offer) for offer in plan.offers if offer.kind == "sell_out"]
        found.extend(("deal_rush", at_s - 180.0, at_s + 300.0) for at_s in starts)
    return found
