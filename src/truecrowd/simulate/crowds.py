"""Honest crowds: ordinary viewers, and those that look guilty (fans, staff, a raid, draw and deal hunters)."""

from dataclasses import dataclass, replace

import numpy as np

from truecrowd.simulate import acts, ids, people, shop, talk, visits
from truecrowd.simulate.kinds import F64, I64, Rng
from truecrowd.simulate.people import People
from truecrowd.simulate.rows import Rows, joined, rows
from truecrowd.simulate.shelf import Shelf
from truecrowd.simulate.shop import Wants
from truecrowd.simulate.visits import Visits
from truecrowd.simulate.world import World


@dataclass(frozen=True, slots=True)
class Scene:
    """What every crowd of one room knows.

    Args:
        world: How people are.
        key: Names the room's pools and streams; never shown.
        length_s: Length of the broadcast, seconds.
        n_viewers: Size of the ordinary audience; the other crowds are parts of it.
        shelf: What is for sale.
        warm: Talkativeness of each minute.
        tier: Of the host, one of `talk.TIERS`.
        host: Key of the host, whose fans come again.
        audience: Pool ordinary viewers of many rooms come from; None where the room has its own.
        since_s: From the moment at which the pools' ages hold to the room's start.
    """

    world: World
    key: str
    length_s: float
    n_viewers: int
    shelf: Shelf
    warm: F64
    tier: str = "small"
    host: str = ""
    audience: People | None = None
    since_s: float = 0.0

    def part(self, share: float, at_least: int) -> int:
        """Return the size of a crowd that is a part of the ordinary audience."""
        return max(at_least, round(share * self.n_viewers))

    def traffic(self, name: str) -> int:
        """Return the place of a traffic source; `raid` stands behind the world's own."""
        return ([name for name, _ in self.world.arrivals.sources] + ["raid"]).index(name)


@dataclass(frozen=True, slots=True)
class Cast:
    """People with their visits, what they do, and what they want to order; accounts are places in `people`."""

    people: People
    visits: Visits
    rows: Rows
    wants: Wants


def together(casts: list[Cast]) -> Cast:
    """Return several casts as one, each one's accounts behind those of the casts before it."""
    offsets = np.cumsum([0] + [len(cast.people) for cast in casts]).tolist()
    pairs = list(zip(casts, offsets, strict=False))
    return Cast(
        people.gathered([cast.people for cast in casts]),
        visits.gather([cast.visits.moved(offset) for cast, offset in pairs]),
        joined([cast.rows.moved(offset) for cast, offset in pairs]),
        shop.gather([cast.wants.moved(offset) for cast, offset in pairs]),
    )


def casual(rng: Rng, scene: Scene) -> Cast:
    """Return the ordinary audience: its own people, or some of a pool that many rooms share."""
    world, n = scene.world, scene.n_viewers
    if scene.audience is None:
        who = people.ordinary(rng, world, f"{scene.key}/casual", n, "casual")
    else:
        regular = people.later(people.some(rng, scene.audience, n, 0.35), scene.since_s)
        moved = people.mobile(rng, world, regular.asn)
        is_out = rng.random(len(regular)) < 0.5 * world.networks.mobile_share
        who, n = replace(regular, ip=np.where(is_out, moved, regular.ip)), len(regular)
    return _watch(rng, scene, who, visits.casual(rng, world, n, scene.length_s), None)


def _watch(rng: Rng, scene: Scene, who: People, stay: Visits, source: str | None) -> Cast:
    """Return what ordinary people do in their visits; by any way in the room where `source` is None."""
    world = scene.world
    weights = [weight for _, weight in world.arrivals.sources]
    traffic = people.weighted(rng, weights, len(stay)) if source is None else scene.traffic(source)
    looks, wants = shop.funnel(rng, world.shop, scene.shelf, stay)
    parts = [
        visits.join_rows(stay, traffic),
        talk.comments(rng, world, stay, scene.warm, scene.tier),
        acts.honest(rng, world.acts, stay),
        looks,
    ]
    return Cast(who, stay, joined(parts), wants)


def fans(rng: Rng, scene: Scene) -> Cast:
    """Return the host's fan club: early, loyal, talkative, each in an order and at a pace of their own."""
    world = scene.world
    n = scene.part(world.crowds.fan_share, 8)
    start = rng.exponential(260.0, n).clip(1.0, scene.length_s / 3)
    stay_s = world.crowds.fan_stay_median_s * np.exp(0.5 * rng.standard_normal(n))
    stay = visits.closed(rng, np.arange(n), start, stay_s, scene.length_s)
    lively = replace(world.acts, like_share=0.8, streaks_mean=6.0, club_share=0.25, badge_share=0.75, follow_share=0.05)
    talkative = replace(
        world, talk=replace(world.talk, commenter_share=0.3), acts=lively, shop=replace(world.shop, click_share=0.5)
    )
    if scene.host:  # the club of all the host's evenings; two in three come
        key = f"{scene.host}/fan"
        club = people.ordinary(ids.generator(key), world, key, n * 3 // 2, "fan")
        who = people.later(people.taken(club, rng.permutation(len(club))[:n]), scene.since_s)
    else:
        who = people.ordinary(rng, world, f"{scene.key}/fan", n, "fan")
    return _watch(rng, replace(scene, world=talkative), who, stay, "follow")


def staff(rng: Rng, scene: Scene) -> Cast:
    """Return the room's own people: there all night, the same few lines over and over."""
    n = min(scene.world.crowds.n_staff, 1 + scene.n_viewers // 1_000)  # a small room has one helper
    start = rng.uniform(0.5, 40.0, n)
    stay = visits.closed(rng, np.arange(n), start, np.full(n, scene.length_s), scene.length_s)
    n_lines = rng.poisson(scene.length_s / 300.0, n)
    which = np.repeat(np.arange(n), n_lines)
    said = rows(
        "comment",
        acts.inside(rng, stay, which),
        account=stay.account[which],
        text=talk.staff_lines(rng, scene.world.words, len(which)),
    )
    own = people.ordinary(rng, scene.world, f"{scene.key}/staff", n, "staff")
    office = replace(own, ip=np.full(n, own.ip[0]), asn=np.full(n, own.asn[0]), region=np.full(n, own.region[0]))
    return Cast(office, stay, joined([visits.join_rows(stay, scene.traffic("follow")), said]), shop.nothing())


def flood(rng: Rng, scene: Scene, role: str, n: int, start: F64, source: str) -> Cast:
    """Return `n` people who come at the given times for a reason of their own, and then watch like anybody."""
    stay = visits.closed(rng, np.arange(n), start, visits.stays(rng, scene.world.stay, n), scene.length_s)
    return _watch(rng, scene, people.ordinary(rng, scene.world, f"{scene.key}/{role}", n, role), stay, source)


def raid(rng: Rng, scene: Scene, at_s: float) -> Cast:
    """Return another host's audience, sent over at once when that host closes; mixed as any audience."""
    n = scene.part(scene.world.crowds.raid_share, 30)
    start = at_s + rng.exponential(scene.world.crowds.raid_within_s / 3.0, n)
    cast = flood(rng, scene, "raid", n, start, "raid")
    hello = np.flatnonzero(rng.random(n) < 0.15)
    hello_s = start[hello] + rng.exponential(9.0, len(hello))
    said = rows("comment", hello_s, account=hello, text=talk.saying("raid_hello"))
    return replace(cast, rows=joined([cast.rows, said]))


def draw_hunters(rng: Rng, scene: Scene, at_s: float) -> Cast:
    """Return accounts that come for a prize draw and go when it is over; what they type is in `draw`."""
    n = scene.part(scene.world.crowds.draw_share, 12)
    start = at_s - rng.exponential(80.0, n).clip(5.0, 400.0)
    stay = visits.closed(rng, np.arange(n), start, at_s - start + rng.uniform(70.0, 300.0, n), scene.length_s)
    who = people.ordinary(rng, scene.world, f"{scene.key}/draw", n, "draw")
    return Cast(who, stay, visits.join_rows(stay, scene.traffic("share")), shop.nothing())


def draw(rng: Rng, scene: Scene, present: I64, at_s: float) -> Rows:
    """Return a prize draw: the prompt, the same words from many, and the follows it asks for."""
    crowds = scene.world.crowds
    who = present[rng.random(len(present)) < crowds.draw_answer_share]
    follows = who[rng.random(len(who)) < 0.5]
    follow_s = at_s + 0.8 + rng.lognormal(np.log(8.0), 0.7, len(follows))
    quick = replace(scene.world.talk, answer=("lognormal", 5.0, 0.9))
    return joined(
        [
            rows("prompt", at_s, text=talk.saying("draw")),
            talk.answers(rng, quick, who, at_s, talk.saying("draw_answer")),
            rows("follow", follow_s, account=follows),
        ]
    )


def vote(rng: Rng, scene: Scene, present: I64, at_s: float) -> Rows:
    """Return a "type 1" prompt of the host with its answers; the biggest hosts say "type 666 if you want it"."""
    asked, number = ("click_666", 666) if scene.tier == "head" else ("vote", 1)
    who = present[rng.random(len(present)) < scene.world.talk.answer_share]
    answers = talk.answers(rng, scene.world.talk, who, at_s, talk.saying("typed", number))
    return joined([rows("prompt", at_s, text=talk.saying(asked)), answers])


def deal_hunters(rng: Rng, scene: Scene, at_s: float, product: int) -> Cast:
    """Return people whom a link to a limited offer brings: they come, buy that one thing, and go."""
    world = scene.world
    n = scene.part(world.crowds.deal_share, 25)
    start = at_s + rng.normal(-30.0, 90.0, n)
    ready_s = np.maximum(start, at_s) + 2.0
    end_s = ready_s + 200.0 + rng.exponential(240.0, n)
    stay = visits.closed(rng, np.arange(n), start, end_s - start, scene.length_s)
    eager = replace(world.shop, popup_share=0.9, order_share=0.9)
    looks, wants = shop.rush(rng, eager, stay, ready_s, product, 45.0)
    who = people.ordinary(rng, world, f"{scene.key}/deal", n, "deal")
    return Cast(who, stay, joined([visits.join_rows(stay, scene.traffic("external")), looks]), wants)
