"""Manufactured crowds and orders, as the press describes what is sold: farm, popup package, troupe, brushing.

These write down what such schemes leave behind in a record of events; nothing here can reach a phone or a platform.
"""

from dataclasses import dataclass, replace

import numpy as np

from truecrowd.simulate import acts, ids, people, shop, talk, visits
from truecrowd.simulate.crowds import Cast, Scene
from truecrowd.simulate.kinds import F64, Rng
from truecrowd.simulate.people import People
from truecrowd.simulate.rows import Rows, joined, rows
from truecrowd.simulate.shop import Wants


@dataclass(frozen=True, slots=True)
class Campaign:
    """One scheme bought for one room; its place in the room's list is what accounts and orders point to.

    Args:
        scheme: Name in the contract.
        start_s: First act, seconds after the room's start.
        end_s: Last act that was paid for.
        n_accounts: Accounts that took part; 0 where host or merchant acted alone.
        products: Places on the shelf it was about.
    """

    scheme: str
    start_s: float
    end_s: float
    n_accounts: int = 0
    products: tuple[int, ...] = ()


def _marked(who: People, campaign: int, role: str) -> People:
    n = len(who)
    return replace(who, role=np.full(n, people.ROLES.index(role)), campaign=np.full(n, campaign))


def farm(rng: Rng, scene: Scene, campaign: int, n: int, start_s: float) -> tuple[Cast, Campaign]:
    """Return rows of phones: two waves that join on command, carry out commands in order, and talk at even gaps.

    Args:
        rng: Stream to draw from.
        scene: The room.
        campaign: Its place in the room's list.
        n: Phones.
        start_s: First wave; the second, a third of the phones, comes 45 minutes later. All leave after two hours.
    """
    priors = scene.world.farm
    wave_s = np.where(np.arange(n) < 2 * n // 3, start_s, start_s + 2_700.0)
    join_s = wave_s + rng.uniform(0.0, priors.join_within_s, n)
    end_s = min(start_s + 7_200.0, scene.length_s - 60.0)
    stay = visits.Visits(np.arange(n), join_s, end_s + rng.uniform(0.0, 60.0, n))
    parts = [visits.join_rows(stay, np.where(rng.random(n) < 0.6, scene.traffic("share"), scene.traffic("search")))]
    for step, event_type in enumerate(("follow", "like", "light_badge", "like"), start=1):
        done_s = wave_s + step * priors.order_every_s + rng.uniform(0.0, priors.order_within_s, n)
        taps = rng.integers(18, 40, n) if event_type == "like" else np.nan
        parts.append(rows(event_type, done_s, account=stay.account, value=taps))
    parts.append(_even_lines(rng, scene, stay))
    who = _marked(people.phone_rows(rng, scene.world, priors, f"{scene.key}/farm", n), campaign, "farm")
    return Cast(who, stay, joined(parts), shop.nothing()), Campaign("farm", start_s, end_s + 60.0, n)


def _even_lines(rng: Rng, scene: Scene, stay: visits.Visits) -> Rows:
    priors = scene.world.farm
    who = np.flatnonzero(rng.random(len(stay)) < priors.talker_share)
    gap_s = rng.uniform(*priors.gap_s, len(who))
    first_s = stay.start_s[who] + rng.uniform(0.2, 1.0, len(who)) * gap_s
    count = np.ceil((stay.end_s[who] - first_s) / gap_s).astype(np.int64).clip(0)
    of = np.repeat(np.arange(len(who)), count)
    turn = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    at_s = first_s[of] + turn * gap_s[of] + rng.normal(0.0, priors.gap_jitter_s, len(of))
    keep = (at_s > stay.start_s[who[of]]) & (at_s < stay.end_s[who[of]])
    return rows("comment", at_s[keep], account=who[of[keep]], text=talk.distinct_lines(rng, int(keep.sum())))


def popups(rng: Rng, scene: Scene, campaign: int, n: int, window_s: tuple[float, float]) -> tuple[Cast, Campaign]:
    """Return a package of "going to buy": accounts that never join, look or order, over one window of seconds."""
    which = np.repeat(np.arange(n), 4 + rng.poisson(4.0, n))
    at_s = rng.uniform(*window_s, len(which))
    shown = rows("cart_popup", at_s, account=which, product=scene.shelf.on_air(at_s))
    who = _marked(people.ordinary(rng, scene.world, f"{scene.key}/popup", n, "popup"), campaign, "popup")
    return Cast(who, visits.none(), shown, shop.nothing()), Campaign("popup", *window_s, n)


def troupe(rng: Rng, scene: Scene, campaign: int, n: int) -> tuple[Cast, Campaign]:
    """Return people paid by the hour: there from the opening, one routine in one order, none leaves for an hour."""
    priors, world = scene.world.troupe, scene.world
    join_s = rng.uniform(4.0, priors.arrive_within_s, n)
    stay = visits.Visits(np.arange(n), join_s, join_s + rng.uniform(*priors.stay_s, n))
    parts = [visits.join_rows(stay, scene.traffic("share"))]
    at_s = join_s
    for event_type in ("like", "comment", "follow", "fan_club", "light_badge"):
        at_s = at_s + priors.step_median_s * np.exp(priors.step_sigma * rng.standard_normal(n))
        taps: F64 | float = acts.taps(rng, world.acts, n) if event_type == "like" else np.nan
        text = talk.distinct_lines(rng, n) if event_type == "comment" else -1
        parts.append(rows(event_type, at_s, account=stay.account, value=taps, text=text))
    parts.append(_troupe_lines(rng, scene, stay, at_s))
    mixed = people.ordinary(rng, world, f"{scene.key}/troupe", n, "troupe")
    own_ip = rng.permutation(np.unique(rng.integers(1 << 16, 1 << 24, 2 * n + 8)))[:n]
    who = _marked(replace(mixed, ip=own_ip), campaign, "troupe")
    end_s = float(stay.end_s.max())
    return Cast(who, stay, joined(parts), shop.nothing()), Campaign("troupe", float(join_s.min()), end_s, n)


def _troupe_lines(rng: Rng, scene: Scene, stay: visits.Visits, from_s: F64) -> Rows:
    priors = scene.world.troupe
    most = int(stay.end_s.max() / priors.line_gap_median_s * 2) + 1
    gaps = priors.line_gap_median_s * np.exp(priors.line_gap_sigma * rng.standard_normal((len(stay), most)))
    at_s = from_s[:, None] + np.cumsum(gaps, axis=1)
    who, turn = np.nonzero(at_s < stay.end_s[:, None])
    return rows("comment", at_s[who, turn], account=who, text=talk.distinct_lines(rng, len(who)))


def brushing(
    rng: Rng, scene: Scene, campaign: int, n: int, n_orders: int, start_s: float, product: int
) -> tuple[Cast, Campaign]:
    """Return `n` buyers who place `n_orders` orders for one product within seven minutes and share a few addresses."""
    priors, world = scene.world.brushing, scene.world
    end_s = start_s + 420.0
    join_s = start_s - rng.uniform(120.0, 900.0, n)
    stay = visits.closed(rng, np.arange(n), join_s, end_s - join_s + rng.uniform(30.0, 900.0, n), scene.length_s)
    at_s = np.sort(rng.uniform(start_s, end_s, n_orders))
    buyer = rng.permutation(np.arange(n_orders) % n)
    looked = rng.random(n_orders) < 0.5
    looks = rows(
        "product_click", at_s[looked] - rng.uniform(3.0, 15.0, looked.sum()), account=buyer[looked], product=product
    )
    orders = np.full(n_orders, product), rng.integers(1, 3, n_orders), np.full(n_orders, campaign)
    mixed = people.ordinary(rng, world, f"{scene.key}/brushing", n, "brushing")
    addresses = ids.numbers(f"{scene.key}/addresses", priors.n_addresses)[np.arange(n) % priors.n_addresses]
    who = _marked(replace(mixed, payer=addresses), campaign, "brushing")
    shown = joined([visits.join_rows(stay, scene.traffic("share")), looks])
    return Cast(who, stay, shown, Wants(at_s, buyer, *orders)), Campaign("brushing", start_s, end_s, n, (product,))
