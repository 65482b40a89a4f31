"""The preset `week`: hosts of all sizes over seven days, and operators who serve many of them."""

from dataclasses import replace
from typing import Final

import numpy as np

from truecrowd.simulate import guards, ids
from truecrowd.simulate.kinds import F64, I64, Rng
from truecrowd.simulate.presets import languages
from truecrowd.simulate.promises import Offer
from truecrowd.simulate.room import RoomPlan
from truecrowd.simulate.schemes import Bought

_N_ROOMS, _N_HOSTS, _N_OPERATORS = 300, 110, 24
_DIRTY_SHARE: Final = 0.4
_DAY_US: Final = 86_400_000_000
_MONDAY_US: Final = 1_773_590_400_000_000  # 2026-03-16 00:00 in Beijing
_HOURS: Final = (10, 12, 14, 16, 18, 19, 19, 20, 20, 20, 21, 21)
_SIZES: Final = (10, 20, 40, 100, 500, 2_000, 20_000)
_SHARES: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Of the audience; both after the project's design notes, section 7."""
_SOLD: Final = ("farm", "farm", "farm", "popup", "popup", "likes", "popularity", "troupe", "brushing", "reviews")
_LEVELS: Final = (0.25, 0.25, 0.2, 0.2, 0.1)
_SERVES: Final = (1, 2, 3, 5, 10, 30)
WEEK_EVENTS: Final = 6_000_000


def week(world: str, seed: int, n_events: int) -> tuple[RoomPlan, ...]:
    """Return about 300 rooms of a week in order of their start; their audiences grow with `n_events`."""
    rng = ids.generator(f"{world}/{seed}/week/plan")
    host = rng.integers(0, _N_HOSTS, _N_ROOMS)
    size = np.exp(rng.normal(6.6, 1.25, _N_HOSTS)).clip(60, 60_000)
    viewers = size[host] * rng.lognormal(0.0, 0.3, _N_ROOMS)
    viewers = np.maximum(viewers * (n_events / 4.5 / viewers.sum()), 30.0).astype(np.int64)
    day, hour = rng.integers(0, 7, _N_ROOMS), np.array(_HOURS)[rng.integers(0, len(_HOURS), _N_ROOMS)]
    opens = _MONDAY_US + day * _DAY_US + hour * 3_600_000_000 + rng.integers(0, 1_800, _N_ROOMS) * 1_000_000
    length = rng.choice([1.5, 2.0, 3.0, 4.0], _N_ROOMS) * 3_600.0
    bought = _sold(rng, viewers, opens / 1e6, length)
    spoken = languages(world, f"{world}/{seed}/week", _N_HOSTS)
    plans = [
        _room(rng, place, int(host[place]), int(opens[place]), float(length[place]), int(viewers[place]), bought[place])
        for place in range(_N_ROOMS)
    ]
    plans = [replace(plan, language=spoken[of]) for plan, of in zip(plans, host.tolist(), strict=True)]
    return tuple(sorted(plans, key=lambda plan: (plan.opens_us, plan.key)))


def _room(
    rng: Rng, place: int, host: int, opens_us: int, length_s: float, n_viewers: int, bought: tuple[Bought, ...]
) -> RoomPlan:
    families = ("draw", "red_packet", *guards.GUARDS)
    some = tuple(
        families[at] for at in rng.permutation(len(families))[: rng.integers(0, 4)] if families[at] != "plain_small"
    )
    offers: tuple[Offer, ...] = ()
    if bought and rng.random() < 0.3:
        offers = (Offer(str(rng.choice(["only_minutes", "staged", "last_pieces"])), 3),)
    elif rng.random() < 0.4:
        offers, some = (Offer("sell_out", 2), Offer("extended", 5)), (*some, "deal")
    return RoomPlan(
        key=str(place),
        opens_us=opens_us,
        length_s=length_s,
        category="apparel" if host % 3 else "household",
        n_viewers=n_viewers,
        crowds=some,
        offers=offers,
        bought=bought,
        is_forged=bool(bought) and rng.random() < 0.1,
        host=f"host/{host}",
        agency=f"{host % 9}" if host % 4 else "",
        is_shared=True,
    )


def _free(rooms: list[int], taken: list[int], opens_s: F64, length_s: F64, most: int) -> list[int]:
    """Return at most so many of the rooms, in their order, of which none overlaps another or one that is taken."""
    found: list[int] = []
    for room in rooms:
        busy = np.array(taken + found, np.int64)
        is_clash = (opens_s[busy] < opens_s[room] + length_s[room]) & (opens_s[room] < opens_s[busy] + length_s[busy])
        if len(found) < most and not is_clash.any():
            found.append(room)
    return found


def _sold(rng: Rng, viewers: I64, opens_s: F64, length_s: F64) -> list[tuple[Bought, ...]]:
    """Return what each room buys: operators take on rooms until enough are dirty; idle farms stand in as viewers.

    Whose accounts come and stay (farms, troupes) is never at two hosts at once.
    """
    found: list[list[Bought]] = [[] for _ in range(_N_ROOMS)]
    dirty = rng.permutation(_N_ROOMS)[: round(_DIRTY_SHARE * _N_ROOMS)]
    for operator in range(_N_OPERATORS):
        scheme = _SOLD[operator % len(_SOLD)]
        level = int(rng.choice(5, p=_LEVELS))
        wanted = rng.permutation(dirty).tolist()
        n_rooms = int(rng.choice(_SERVES))
        pool = int(_SIZES[rng.integers(2, len(_SIZES))])
        if scheme not in ("farm", "popularity", "troupe"):
            serves = wanted[:n_rooms]
        else:
            serves = _free(wanted, [], opens_s, length_s, n_rooms)
        jobs = [(room, scheme) for room in serves]
        if scheme == "farm":  # its idle hours are rented out to somebody else
            idle = _free(wanted[::-1], serves, opens_s, length_s, -(-len(serves) // 4))
            jobs.extend((room, "popularity") for room in idle)
        for room, kind in jobs:
            found[room].append(_one(rng, kind, level, operator, pool, int(viewers[room]), float(length_s[room])))
    for place, room in enumerate(dirty.tolist()):
        if not found[room]:
            scheme = _SOLD[place % len(_SOLD)]
            found[room].append(_one(rng, scheme, place % 5, 100 + place, 0, int(viewers[room]), float(length_s[room])))
    return [tuple(each[:4]) for each in found]


def _one(rng: Rng, scheme: str, level: int, operator: int, pool: int, n_viewers: int, length_s: float) -> Bought:
    wanted = int(min(max(float(rng.choice(_SHARES)) * n_viewers, 10.0), 20_000.0))
    n = max(size for size in _SIZES if size <= wanted)
    if scheme == "troupe":
        n = min(n, 40)
    if scheme in ("popup", "brushing", "reviews", "likes"):
        n = min(n, 100)
    orders = int(rng.integers(30, 600)) if scheme in ("brushing", "reviews") else 0
    start_s = 0.0 if scheme == "troupe" else float(rng.uniform(0.15, 0.5)) * length_s
    kept_s = max(1_800.0, length_s - start_s - 300.0)
    return Bought(scheme, n, start_s, min(kept_s, 7_200.0), level, f"operator/{operator}", max(pool, n), orders, 3)
