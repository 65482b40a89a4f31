"""Honest crowds that look guilty: one entry for each family, so that any room can hold any of them.

A lookalike may change what the room's people are like (`tune`), bring people (`come`), make those present do something
(`act`), or be a trait of the platform or the recorder (`record`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from truecrowd.simulate import crowds, people, shop, talk, visits
from truecrowd.simulate.crowds import Cast, Scene
from truecrowd.simulate.kinds import F64, I64, Rng
from truecrowd.simulate.people import People
from truecrowd.simulate.rows import Rows, is_kind, joined, rows
from truecrowd.simulate.world import World

_LASTS_S: Final = 180.0


@dataclass(frozen=True, slots=True)
class Guard:
    """One family of honest lookalikes.

    Args:
        about: What is honest about it, one line.
        tune: World of the room -> world with this trait.
        dress: Changes phones, networks or ages of the ordinary audience.
        come: Brings people at a time.
        act: Makes those present do something at a time.
        record: Changes what is recorded; gets the length of the broadcast.
        all_night: Whether it holds from the first second to the last.
    """

    about: str
    tune: Callable[[World], World] | None = None
    dress: Callable[[Rng, World, People], People] | None = None
    come: Callable[[Rng, Scene, float], Cast] | None = None
    act: Callable[[Rng, Scene, I64, float], Rows] | None = None
    record: Callable[[Rng, World, Rows, float], Rows] | None = None
    all_night: bool = True


def _said(name: str, prompt: str | None, share: Callable[[World], float], number: int = 0) -> Guard:
    """Return a guard in which a part of those present write the same words at once."""

    def act(rng: Rng, scene: Scene, present: I64, at_s: float) -> Rows:
        who = present[rng.random(len(present)) < share(scene.world)]
        said = talk.answered(rng, scene.world.guards.storm, who, at_s, talk.saying(name, number))
        return said if prompt is None else joined([rows("prompt", at_s, text=talk.saying(prompt)), said])

    return Guard(f"many write the words of '{name}' because they were asked or saw them", act=act, all_night=False)


def _flood(role: str, source: str, share: Callable[[World], float], within_s: float) -> Guard:
    """Return a guard in which many people come within minutes."""

    def come(rng: Rng, scene: Scene, at_s: float) -> Cast:
        n = scene.part(share(scene.world), 20)
        start = at_s + rng.exponential(within_s / 3.0, n)
        cast = crowds.flood(rng, scene, role, n, start.clip(max=scene.length_s - 5.0), source)
        return replace(cast, people=_narrowed(rng, role, cast.people))

    return Guard(f"{role}: people of all kinds come at once by '{source}'", come=come, all_night=False)


def _narrowed(rng: Rng, role: str, who: People) -> People:
    n = len(who)
    if role == "paid_push":  # one or two regions, one age band, as the campaign was set
        return replace(who, region=rng.integers(0, 2, n))
    if role == "new_user":
        return replace(who, age_s=rng.uniform(60.0, 3 * 86_400.0, n))
    if role == "school":  # one campus network behind one address
        return replace(who, ip=np.full(n, who.ip[0]), asn=np.full(n, who.asn[0]), region=np.full(n, who.region[0]))
    return who


def _dressed(about: str, share: Callable[[World], float], change: Callable[[Rng, World, People, I64], People]) -> Guard:
    def dress(rng: Rng, world: World, who: People) -> People:
        return change(rng, world, who, np.flatnonzero(rng.random(len(who)) < share(world)))

    return Guard(about, dress=dress)


def _put(values: I64, which: I64, new: I64 | int) -> I64:
    out = values.copy()
    out[which] = new
    return out


def _campus(_: Rng, __: World, who: People, which: I64) -> People:
    one = which[:1]
    return replace(
        who,
        ip=_put(who.ip, which, who.ip[one]),
        asn=_put(who.asn, which, who.asn[one]),
        region=_put(who.region, which, who.region[one]),
    )


def _subsidised(_: Rng, world: World, who: People, which: I64) -> People:
    prices = [price for *_, price in world.phones.models]
    model = int(np.argsort(prices)[len(prices) // 4])
    return replace(who, model=_put(who.model, which, model), os=_put(who.os, which, world.phones.models[model][2]))


def _older(rng: Rng, world: World, who: People, which: I64) -> People:
    cheapest = np.argsort([price for *_, price in world.phones.models])[:3]
    return replace(
        who,
        model=_put(who.model, which, cheapest[rng.integers(0, 3, len(which))]),
        os=_put(who.os, which, 9 + rng.integers(0, 2, len(which))),
        app=_put(who.app, which, len(world.phones.apps) - 1),
    )


def _released(_: Rng, world: World, who: People, which: I64) -> People:
    newest = max(version for _, _, version, _ in world.phones.models)
    return replace(who, os=_put(who.os, which, newest))


def _readers(rng: Rng, _: World, who: People, which: I64) -> People:
    return replace(who, app=_put(who.app, which, 0), model=_put(who.model, which, int(rng.integers(0, 3))))


def _fan_group(rng: Rng, scene: Scene, at_s: float) -> Cast:
    """Members a fan-group leader calls: they come together, like, and paste one line. Organised, not bought."""
    world = scene.world
    n = scene.part(world.guards.slogan_share, 15)
    start = (at_s + rng.exponential(25.0, n)).clip(max=scene.length_s - 5.0)
    stay = visits.closed(rng, np.arange(n), start, rng.lognormal(7.0, 0.6, n), scene.length_s)
    parts = [
        visits.join_rows(stay, scene.traffic("follow")),
        rows("like", start + rng.exponential(30.0, n), account=np.arange(n), value=rng.integers(5, 200, n)),
        talk.answered(rng, ("lognormal", 25.0, 0.8), np.arange(n), at_s + 15.0, talk.saying("slogan")),
    ]
    who = people.ordinary(rng, world, f"{scene.host or scene.key}/fan_group", n, "fan_group")
    return Cast(who, stay, joined(parts), shop.nothing())


def _price_error(rng: Rng, scene: Scene, at_s: float) -> Cast:
    """A price that lacks a zero: the link spreads, everybody orders several at once, most are refunded."""
    n = scene.part(scene.world.guards.price_error_share, 25)
    start = (at_s + rng.exponential(60.0, n)).clip(max=scene.length_s - 5.0)
    stay = visits.closed(rng, np.arange(n), start, 120.0 + rng.exponential(240.0, n), scene.length_s)
    eager = replace(scene.world.shop, popup_share=0.9, order_share=0.95, quantities=(0.3, 0.2, 0.2, 0.1, 0.2))
    product = int(scene.shelf.on_air(np.array([at_s]))[0])
    looks, wants = shop.rush(rng, eager, stay, start + 2.0, product, 20.0)
    said = rows("claim", at_s + 200.0, product=product, text=talk.saying("wrong_price"))
    who = people.ordinary(rng, scene.world, f"{scene.key}/price_error", n, "price_error")
    return Cast(who, stay, joined([visits.join_rows(stay, scene.traffic("external")), looks, said]), wants)


def _outage(rng: Rng, scene: Scene, present: I64, at_s: float) -> Rows:
    """The sound goes, some say so, most are thrown out, and the same accounts come back within a minute."""
    complain = present[rng.random(len(present)) < 0.12]
    out = present[rng.random(len(present)) < scene.world.guards.outage_share]
    left_s = at_s + 12.0 + rng.uniform(0.0, 1.5, len(out))
    return joined(
        [
            talk.answered(rng, ("lognormal", 4.0, 0.6), complain, at_s, talk.saying("no_sound")),
            rows("leave", left_s, account=out),
            rows("join", left_s + rng.lognormal(2.2, 0.6, len(out)), account=out, traffic=scene.traffic("follow")),
            rows("claim", at_s + 60.0, text=talk.saying("reconnect")),
        ]
    )


def _sampled(rng: Rng, world: World, table: Rows, length_s: float) -> Rows:
    """Of the joins, deliver at most so many in each ten seconds; the shown count goes on."""
    return capped(rng, table, world.guards.sampled_per_s, length_s)


def capped(rng: Rng, table: Rows, per_s: float, length_s: float) -> Rows:
    """Return the rows with no more joins in any sixty seconds than the rate allows."""
    at = rng.permutation(np.flatnonzero(is_kind(table, "join")))
    slot = (table.at_s[at].clip(0.0, length_s) // 60.0).astype(np.int64)
    order = np.argsort(slot, kind="stable")
    at, slot = at[order], slot[order]
    rank = np.arange(len(at)) - np.searchsorted(slot, slot)
    keep = np.ones(len(table), bool)
    keep[at[rank >= max(1, round(per_s * 60.0))]] = False
    return table.take(keep)


def _batched(_: Rng, world: World, table: Rows, __: float) -> Rows:
    tick_s = world.guards.tick_s
    is_live = is_kind(table, "join", "leave", "comment", "like", "follow")
    return replace(table, at_s=np.where(is_live, np.ceil(table.at_s / tick_s) * tick_s, table.at_s))


def _unseen_joins(rng: Rng, world: World, table: Rows, _: float) -> Rows:
    return table.take(~(is_kind(table, "join") & (rng.random(len(table)) < world.guards.unseen_join_share)))


def _ranks(_: Rng, __: World, table: Rows, ___: float) -> Rows:
    """Show a popularity index instead of the count: rounded, and a fixed multiple."""
    shown = np.where(is_kind(table, "stats"), np.ceil(table.value * 7.0 / 100.0) * 100.0, table.value)
    return replace(table, value=shown)


def _talk(about: str, **changes: float) -> Guard:
    return Guard(about, tune=lambda world: replace(world, talk=replace(world.talk, **changes)))  # type: ignore[arg-type]


def _bursty(world: World) -> World:
    return replace(world, arrivals=replace(world.arrivals, pushes_per_hour=3.0, push_factor=world.guards.burst_factor))


def _returning(world: World) -> World:
    return replace(world, arrivals=replace(world.arrivals, repeat_share=0.55))


def _refunded(world: World) -> World:
    shares = tuple((name, world.guards.refund_share) for name, _ in world.shop.refund_shares)
    return replace(world, shop=replace(world.shop, refund_shares=shares, click_share=0.5))


def _long_lines(rng: Rng, scene: Scene, present: I64, _: float) -> Rows:
    who = present[rng.random(len(present)) < 0.7]
    at_s: F64 = rng.uniform(0.2, 0.95, len(who)) * scene.length_s
    return rows("comment", at_s, account=who, text=talk.saying("bulk") + rng.integers(1, 3_000, len(who)))


GUARDS: Final[dict[str, Guard]] = {
    "command": _said("command", None, lambda world: world.guards.command_share, 3),
    "storm_gift": _said("storm", None, lambda world: world.guards.storm_share),
    "commanded_words": _said("typed", "click_666", lambda world: world.guards.commanded_share, 666),
    "slogan": Guard("fans paste one slogan; coordinated, cause unknown", come=_fan_group, all_night=False),
    "same_text": _talk("a chat that lives on a handful of phrases", phrase_share=0.95, phrase_tail=1.6,
                       commenter_share=0.35),
    "copying": _talk("people repeat what was just said", copy_share=0.5, commenter_share=0.3),
    "quiet_talk": _talk("a quiet room whose lines hardly repeat", phrase_share=0.05, commenter_share=0.03),
    "few_talkers": _talk("a few write nearly everything", once_share=0.9, more_tail=0.6, commenter_share=0.25),
    "long_comments": Guard("people write whole sentences", act=_long_lines),
    "raid": Guard("another host sends the audience over", come=crowds.raid, all_night=False),
    "shared_link": _flood("link", "share", lambda world: world.guards.link_share, 240.0),
    "celebrity": _flood("celebrity", "search", lambda world: world.guards.celebrity_factor, 180.0),
    "paid_promotion": _flood("paid_push", "paid", lambda world: world.guards.paid_share, 900.0),
    "new_users": _flood("new_user", "paid", lambda world: world.guards.young_share, 1_200.0),
    "school_break": _flood("school", "recommend", lambda world: world.guards.school_share, 90.0),
    "sampled": Guard("the platform delivers joins at a flat rate at most", record=_sampled),
    "plain_small": Guard("nothing but a small room"),
    "slow_mode": Guard("one comment in half a minute at most",
                       tune=lambda world: replace(world, talk=replace(world.talk, slow_modes_s=(32.0,),
                                                                      commenter_share=0.3))),
    "batched_clock": Guard("the recorder stamps rows in batches", record=_batched),
    "burst": Guard("the platform pushes the room for minutes", tune=_bursty),
    "incomplete_joins": Guard("joins that never arrive", record=_unseen_joins),
    "repeat_visits": Guard("people come and go", tune=_returning),
    "high_refunds": Guard("goods that half the buyers send back", tune=_refunded),
    "popularity_index": Guard("a popularity index is shown instead of the count", record=_ranks),
    "outage": Guard("the room goes silent and everybody reconnects", act=_outage, all_night=False),
    "price_error": Guard("a price lacks a zero", come=_price_error, all_night=False),
    "campus_network": _dressed("one address for a campus or office", lambda world: world.guards.campus_share, _campus),
    "subsidised_phone": _dressed("one model an operator gives away", lambda world: world.guards.subsidised_share,
                                 _subsidised),
    "older_phones": _dressed("old people's cheap phones", lambda world: world.guards.older_share, _older),
    "system_release": _dressed("a system came out today", lambda world: world.guards.release_share, _released),
    "screen_readers": _dressed("phones set up for the blind", lambda world: world.guards.reader_share, _readers),
}  # fmt: skip
"""Families a room can be given by name; `prompt`, `prize_draw`, `deal` with its sell-outs, `red_packet`, `masked` and the
standing ones (fan club, staff, refunds) are part of room.py."""


def tuned(world: World, names: tuple[str, ...]) -> World:
    """Return the world as it is in a room with these lookalikes."""
    for name in names:
        guard = GUARDS.get(name)
        if guard is not None and guard.tune is not None:
            world = guard.tune(world)
    return world


def lasts(name: str, at_s: float, length_s: float) -> tuple[str, float, float]:
    """Return a lookalike with its first and last second."""
    return (name, 0.0, length_s) if GUARDS[name].all_night else (name, at_s, min(at_s + _LASTS_S, length_s))
