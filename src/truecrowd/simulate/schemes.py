"""Manufactured crowds and orders, as the press describes what is sold, at five levels of quality.

These write down what such schemes leave behind in a record of events; nothing here can reach a phone or a platform.
Levels: 0 naive, 1 free tricks (random arrival, stay, delay, order, partial work), 2 a quarter dearer (scattered stays,
copied chat, fewer popups), 3 twice the price (mixed phones, shared mobile networks, aged accounts, clicks before popups),
4 four times the price (one host for each account, lived-in accounts, orders partly kept). The map is a guess.
"""

from dataclasses import dataclass, replace

import numpy as np

from truecrowd.simulate import acts, ids, laws, people, shop, talk, visits
from truecrowd.simulate.crowds import Cast, Scene
from truecrowd.simulate.kinds import F64, I64, Rng
from truecrowd.simulate.people import People
from truecrowd.simulate.rows import Rows, joined, rows
from truecrowd.simulate.shop import Wants
from truecrowd.simulate.world import Prices

FREE, SCATTERED, MIXED, LIVED_IN = 1, 2, 3, 4
_HOUR_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Bought:
    """One scheme bought for one room.

    Args:
        scheme: farm, popup, likes, popularity, troupe, brushing or reviews.
        n: Accounts.
        start_s: Seconds after the room's start.
        length_s: How long it is paid for.
        level: Quality, 0 to 4.
        operator: Key of who sells it, whose accounts serve other rooms too; its own where empty.
        pool: Accounts the operator has; `n` of them come.
        orders: Brushed or reviewed orders.
        product: Place on the shelf, for brushing and reviews.
        lines: Of a farm: most lines all its accounts write together; 0 is as many as its timers give.
    """

    scheme: str
    n: int
    start_s: float
    length_s: float = 7_200.0
    level: int = 0
    operator: str = ""
    pool: int = 0
    orders: int = 0
    product: int = 0
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Campaign:
    """What was bought, as it happened; its place in the room's list is what accounts and orders point to.

    Args:
        scheme: Name in the contract.
        start_s: First act, seconds after the room's start.
        end_s: Last act that was paid for.
        n_accounts: Accounts that took part; 0 where host or merchant acted alone.
        products: Places on the shelf it was about.
        level: Quality.
        operator: Key of who sold it.
        yuan: What it cost.
    """

    scheme: str
    start_s: float
    end_s: float
    n_accounts: int = 0
    products: tuple[int, ...] = ()
    level: int = 0
    operator: str = ""
    yuan: float = 0.0


def play(rng: Rng, scene: Scene, place: int, bought: Bought) -> tuple[Cast, Campaign]:
    """Return the accounts a scheme sends, what they do, and the truth about it."""
    who = _crew(rng, scene, place, bought)
    cast = _SCHEMES[bought.scheme](rng, scene, bought, who)
    wants = replace(cast.wants, campaign=np.full(len(cast.wants), place))
    at_s = np.concatenate([cast.rows.at_s, cast.wants.at_s, [bought.start_s]])
    end_s = min(float(at_s.max()), scene.length_s + 60.0)
    products = (bought.product,) if bought.orders else ()
    yuan = price(scene.world.prices, bought)
    campaign = Campaign(
        bought.scheme, float(at_s.min()), end_s, len(who), products, bought.level, bought.operator, yuan
    )
    return replace(cast, wants=wants), campaign


def price(prices: Prices, bought: Bought) -> float:
    """Return what a scheme costs at its level, yuan."""
    hours = max(bought.length_s / _HOUR_S, 1.0)
    base = {
        "farm": prices.farm_500 * bought.n / 500.0 * max(hours / prices.farm_hours, 1.0),
        "popup": prices.popups_3h * max(bought.n / 60.0, 1.0) * max(hours / 3.0, 1.0),
        "likes": prices.likes_2000 * bought.n * 100.0 / 2_000.0,
        "popularity": prices.viewers_100 * bought.n / 100.0,
        "troupe": prices.person_hour * bought.n * hours,
        "brushing": prices.brushed_order * bought.orders,
        "reviews": prices.review * bought.orders,
    }
    return round(base[bought.scheme] * (1.0 + prices.premiums[bought.level]), 2)


def _crew(rng: Rng, scene: Scene, place: int, bought: Bought) -> People:
    """Return accounts of the operator's pool, the same ones in every room it serves."""
    world = scene.world
    key = f"{bought.operator or scene.key}/{bought.scheme if bought.scheme != 'popularity' else 'farm'}"
    if bought.level >= LIVED_IN:  # never seen at another host
        key = f"{key}/{scene.host}"
    stream = ids.generator(f"{key}/pool")
    n = max(bought.pool, bought.n)
    is_row = bought.scheme in ("farm", "likes", "popularity") and bought.level < MIXED
    crew = people.phone_rows(stream, world, key, n) if is_row else people.ordinary(stream, world, key, n, "farm")
    if bought.scheme == "troupe":  # each at home, told to use networks of their own
        crew = replace(crew, ip=people.own_addresses(stream, n, is_run=False))
    if bought.scheme == "brushing":
        n_addresses = world.brushing.n_addresses if bought.level < SCATTERED else n
        addresses = ids.numbers(f"{key}/addresses", n_addresses)[np.arange(n) % n_addresses]
        crew = replace(crew, payer=addresses)
    came = people.later(people.taken(crew, rng.permutation(n)[: bought.n]), scene.since_s)
    role = people.ROLES.index(bought.scheme)
    return replace(came, role=np.full(bought.n, role), campaign=np.full(bought.n, place))


def _stay(rng: Rng, scene: Scene, bought: Bought, join_s: F64) -> visits.Visits:
    """Return visits to the end of the booking, or, the better the crowd, to a time of their own."""
    n = len(join_s)
    end_s = min(bought.start_s + bought.length_s, scene.length_s - 60.0)
    if bought.level >= SCATTERED:
        until = join_s + np.maximum(2.5 * visits.stays(rng, scene.world.stay, n), 120.0)
    elif bought.level >= FREE:
        until = join_s + rng.uniform(0.35, 1.0, n) * np.maximum(end_s - join_s, 60.0)
    else:
        until = end_s + rng.uniform(0.0, 60.0, n)
    return visits.closed(rng, np.arange(n), join_s, np.maximum(until - join_s, 5.0), scene.length_s)


def _waves(rng: Rng, scene: Scene, bought: Bought, n: int) -> tuple[F64, F64]:
    """Return when the order to come was given and when each account joined."""
    farm = scene.world.farm
    steps = np.cumsum([part for part, _ in farm.waves])
    wave = np.searchsorted(steps / steps[-1], (np.arange(n) + 0.5) / max(n, 1))
    wave_s = bought.start_s + np.minimum(np.array([delay for _, delay in farm.waves]), bought.length_s / 2)[wave]
    if bought.level >= FREE:
        join_s = wave_s + laws.draw(rng, ("loglogistic", 700.0, 1.6), n)
        return wave_s, np.minimum(join_s, scene.length_s - 120.0)
    return wave_s, np.minimum(wave_s + rng.uniform(0.0, farm.join_within_s, n), scene.length_s - 90.0)


def _farm(rng: Rng, scene: Scene, bought: Bought, who: People) -> Cast:
    """Rows of phones: they join on command, carry out commands in order, and talk by a timer."""
    n = len(who)
    wave_s, join_s = _waves(rng, scene, bought, n)
    stay = _stay(rng, scene, bought, join_s)
    parts = [visits.join_rows(stay, np.where(rng.random(n) < 0.6, scene.traffic("share"), scene.traffic("search")))]
    parts.extend(_commands(rng, scene, bought, wave_s, stay))
    parts.append(_farm_lines(rng, scene, bought, stay))
    wants = shop.nothing()
    if bought.level >= LIVED_IN:  # they look around like anybody, and order nothing
        looks, _ = shop.funnel(rng, scene.world.shop, scene.shelf, stay)
        parts.append(looks)
    return Cast(who, stay, joined(parts), wants)


def _commands(rng: Rng, scene: Scene, bought: Bought, wave_s: F64, stay: visits.Visits) -> list[Rows]:
    farm, n = scene.world.farm, len(stay)
    parts = []
    for step, event_type in enumerate(farm.steps, start=1):
        if bought.level >= FREE:  # in an order of their own, and not all of them
            which = np.flatnonzero(rng.random(n) < 0.6)
            at_s = acts.inside(rng, stay, which)
        else:
            which = np.arange(n)
            at_s = wave_s + step * farm.order_every_s + rng.uniform(0.0, farm.order_within_s, n)
        is_there = at_s < scene.length_s
        which, at_s = which[is_there], at_s[is_there]
        if event_type == "like" and bought.level >= SCATTERED:
            taps: F64 | float = acts.taps(rng, scene.world.acts, len(which))
        else:
            taps = rng.integers(18, 40, len(which)).astype(np.float64) if event_type == "like" else np.nan
        parts.append(rows(event_type, at_s, account=stay.account[which], value=taps))
    return parts


def _farm_lines(rng: Rng, scene: Scene, bought: Bought, stay: visits.Visits) -> Rows:
    farm = scene.world.farm
    who = np.flatnonzero(rng.random(len(stay)) < farm.talker_share)
    gap_s = rng.uniform(*farm.gap_s, len(who))
    first_s = stay.start_s[who] + rng.uniform(0.2, 1.0, len(who)) * gap_s
    if farm.round_robin and len(who):  # one timer: a line every few seconds, from one account after the other
        gap_s = np.full(len(who), float(np.mean(farm.gap_s)))
        first_s = bought.start_s + 60.0 + np.arange(len(who)) * gap_s / len(who)
    count = np.ceil((stay.end_s[who] - first_s) / np.maximum(gap_s, 1.0)).astype(np.int64).clip(0)
    of = np.repeat(np.arange(len(who)), count)
    turn = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    jitter = farm.gap_jitter_s if bought.level < FREE else 0.6 * float(np.mean(farm.gap_s))
    at_s = first_s[of] + turn * gap_s[of] + rng.normal(0.0, jitter, len(of))
    kept = np.flatnonzero((at_s > stay.start_s[who[of]]) & (at_s < stay.end_s[who[of]]))
    if 0 < bought.lines < len(kept):
        kept = np.sort(rng.permutation(kept)[: bought.lines])
    return rows("comment", at_s[kept], account=who[of[kept]], text=_lines(rng, scene, bought, len(kept)))


def _lines(rng: Rng, scene: Scene, bought: Bought, n: int) -> I64:
    if bought.level >= SCATTERED:  # copied from what honest crowds write
        return talk.lines(rng, scene.world, n, scene.tier)
    return talk.paid_lines(rng, scene.world.words, n, scene.tier)


def _popup(rng: Rng, scene: Scene, bought: Bought, who: People) -> Cast:
    """A package of "going to buy": accounts that never join, look or order; better ones do."""
    mean = 4.0 if bought.level < SCATTERED else 0.5
    which = np.repeat(np.arange(len(who)), (4 if bought.level < SCATTERED else 1) + rng.poisson(mean, len(who)))
    until_s = min(bought.start_s + bought.length_s, scene.length_s - 5.0)
    at_s = rng.uniform(bought.start_s, until_s, len(which))
    parts = [rows("cart_popup", at_s, account=which, product=scene.shelf.on_air(at_s))]
    stay = visits.none()
    if bought.level >= FREE and len(which):
        first = np.full(len(who), np.inf)
        np.minimum.at(first, which, at_s)
        join_s = np.maximum(first - laws.draw(rng, ("lognormal", 90.0, 0.8), len(who)), 0.5)
        last = np.zeros(len(who))
        np.maximum.at(last, which, at_s)
        left_s = last - join_s + laws.draw(rng, ("lognormal", 120.0, 1.0), len(who))
        stay = visits.closed(rng, np.arange(len(who)), join_s, left_s, scene.length_s)
        parts.append(visits.join_rows(stay, scene.traffic("recommend")))
    if bought.level >= MIXED:
        click_s = np.maximum(at_s - rng.lognormal(2.0, 0.7, len(at_s)), 0.0)
        parts.append(rows("product_click", click_s, account=which, product=scene.shelf.on_air(at_s)))
    return Cast(who, stay, joined(parts), shop.nothing())


def _likes(rng: Rng, scene: Scene, bought: Bought, who: People) -> Cast:
    """Bought likes: a few phones that tap for a while, each streak as long as the last."""
    n = len(who)
    _, join_s = _waves(rng, scene, bought, n)
    stay = _stay(rng, scene, bought, join_s)
    which = np.repeat(np.arange(n), 1 + rng.poisson(9.0, n))
    at_s = acts.inside(rng, stay, which)
    if bought.level >= MIXED:
        taps = acts.taps(rng, scene.world.acts, len(which))
    else:
        taps = np.full(len(which), 100.0) + (rng.integers(-30, 30, len(which)) if bought.level >= FREE else 0.0)
    parts = [visits.join_rows(stay, scene.traffic("share")), rows("like", at_s, account=which, value=taps)]
    return Cast(who, stay, joined(parts), shop.nothing())


def _popularity(rng: Rng, scene: Scene, bought: Bought, who: People) -> Cast:
    """Viewers by the day: phones idle between orders, that come, say nothing, and stay as long as booked."""
    _, join_s = _waves(rng, scene, bought, len(who))
    stay = _stay(rng, scene, bought, join_s)
    return Cast(who, stay, visits.join_rows(stay, scene.traffic("search")), shop.nothing())


def _troupe(rng: Rng, scene: Scene, bought: Bought, who: People) -> Cast:
    """People paid by the hour: there early, one routine in one order, none leaves for an hour."""
    priors, world, n = scene.world.troupe, scene.world, len(who)
    first_s, last_s = priors.arrive_s
    join_s = bought.start_s + rng.uniform(first_s, last_s if bought.level < FREE else 1_200.0, n)
    stay_s = rng.uniform(*priors.stay_s, n)
    if bought.level >= SCATTERED:
        stay_s = stay_s * rng.lognormal(0.1, 0.5, n)
    stay = visits.closed(rng, np.arange(n), join_s, stay_s, scene.length_s)
    parts = [visits.join_rows(stay, scene.traffic("share"))]
    at_s = join_s
    for event_type in priors.steps:
        at_s = at_s + laws.draw(rng, priors.step, n)
        which = np.arange(n)
        when = at_s
        if bought.level >= FREE:
            which = np.flatnonzero(rng.random(n) < 0.75)
            when = acts.inside(rng, stay, which)
        taps: F64 | float = acts.taps(rng, world.acts, len(which)) if event_type == "like" else np.nan
        text: I64 | int = _lines(rng, scene, bought, len(which)) if event_type == "comment" else -1
        product = scene.shelf.on_air(when) if event_type == "product_click" else -1
        parts.append(rows(event_type, when, account=which, value=taps, text=text, product=product))
    parts.append(_troupe_lines(rng, scene, bought, stay, at_s))
    table = joined(parts)
    return Cast(who, stay, table.take(table.at_s < scene.length_s + 30.0), shop.nothing())


def _troupe_lines(rng: Rng, scene: Scene, bought: Bought, stay: visits.Visits, from_s: F64) -> Rows:
    priors = scene.world.troupe
    longest = float((stay.end_s - from_s).max(initial=60.0))
    gaps = laws.draw(rng, priors.line_gap, len(stay) * (int(longest / priors.line_gap[1] * 2) + 1))
    at_s = from_s[:, None] + np.cumsum(gaps.reshape(len(stay), -1), axis=1)
    who, turn = np.nonzero(at_s < stay.end_s[:, None])
    return rows("comment", at_s[who, turn], account=who, text=_lines(rng, scene, bought, len(who)))


def _brushing(rng: Rng, scene: Scene, bought: Bought, who: People) -> Cast:
    """A few buyers who place many orders for one product within minutes, on shared addresses."""
    within_s = scene.world.brushing.within_s * (1.0 if bought.level < FREE else 6.0)
    return _orders(rng, scene, bought, who, min(within_s, scene.length_s - bought.start_s - 30.0))


def _reviews(rng: Rng, scene: Scene, bought: Bought, who: People) -> Cast:
    """Buyers who get their money back for praise of fifteen characters or more; the orders are real."""
    return _orders(rng, scene, bought, who, min(bought.length_s, scene.length_s - bought.start_s - 30.0))


def _orders(rng: Rng, scene: Scene, bought: Bought, who: People, within_s: float) -> Cast:
    n, n_orders = len(who), bought.orders
    end_s = bought.start_s + within_s
    join_s = np.maximum(bought.start_s - rng.uniform(120.0, 900.0, n), 1.0)
    stay = visits.closed(rng, np.arange(n), join_s, end_s - join_s + rng.uniform(30.0, 900.0, n), scene.length_s)
    at_s = np.sort(rng.uniform(bought.start_s, end_s, n_orders))
    buyer = rng.permutation(np.arange(n_orders) % n)
    looked = rng.random(n_orders) < (0.5 if bought.level < MIXED else 1.0)
    click_s = np.maximum(at_s - rng.uniform(3.0, 15.0, n_orders), join_s[buyer] + 0.5)[looked]
    looks = rows("product_click", click_s, account=buyer[looked], product=bought.product)
    of = np.full(n_orders, bought.product), rng.integers(1, 3, n_orders), np.zeros(n_orders, np.int64)
    shown = joined([visits.join_rows(stay, scene.traffic("share")), looks])
    return Cast(who, stay, shown, Wants(at_s, buyer, *of))


_SCHEMES = {
    "farm": _farm,
    "popup": _popup,
    "likes": _likes,
    "popularity": _popularity,
    "troupe": _troupe,
    "brushing": _brushing,
    "reviews": _reviews,
}


def kept(scene: Scene, bought: tuple[Bought, ...]) -> dict[int, float]:
    """Return by campaign which part of its orders is never taken back."""
    base = 1.0 - scene.world.brushing.refund_share
    by_level = (base, base, max(base, 0.2), max(base, 0.34), 0.6)
    found = {place: by_level[each.level] for place, each in enumerate(bought) if each.scheme == "brushing"}
    return found | {place: 0.97 for place, each in enumerate(bought) if each.scheme == "reviews"}
