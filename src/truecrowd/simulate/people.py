"""Accounts with their phones, networks and ages."""

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Final

import numpy as np

from truecrowd.simulate import ids, laws
from truecrowd.simulate.kinds import F64, I64, U64, Rng
from truecrowd.simulate.rows import NONE
from truecrowd.simulate.world import World

ROLES: Final = (
    "casual", "fan", "staff", "draw", "deal", "raid", "link", "celebrity", "paid_push", "new_user", "school", "packet",
    "price_error", "fan_group", "farm", "popup", "likes", "popularity", "troupe", "brushing", "reviews",
)  # fmt: skip
"""What an account is there for; from `farm` on they are manufactured."""

_DAY_S: Final = 86_400.0
_SHARED_BLOCK: Final = 1 << 16
"""Addresses 10.0.0.0 to 10.0.255.255 are mobile operators' shared ones."""
_N_ADDRESSES: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class People:
    """Accounts of one room, one place each; ids are already opaque, the rest are places in the world's lists."""

    account: U64
    device: U64
    payer: U64
    age_s: F64
    """Age at the room's start, seconds."""
    model: I64
    os: I64
    app: I64
    ip: I64
    """Last 24 bits of an address in 10.0.0.0/8."""
    asn: I64
    region: I64
    role: I64
    campaign: I64

    def __len__(self) -> int:
        return len(self.account)


COLUMNS: Final = tuple(column.name for column in fields(People))


def gathered(parts: list[People]) -> People:
    """Return the parts one after the other."""
    return People(*(np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS))


def zipf(n: int, tail: float) -> F64:
    """Return `n` weights that sum to 1 and fall as 1 / rank ** tail."""
    weights = 1.0 / np.arange(1, n + 1) ** tail
    return np.asarray(weights / weights.sum())


def weighted(rng: Rng, weights: list[float], n: int) -> I64:
    """Return `n` places drawn by relative weight."""
    steps = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(steps / steps[-1], rng.random(n), side="right").clip(0, len(steps) - 1).astype(np.int64)


def ordinary(rng: Rng, world: World, key: str, n: int, role: str) -> People:
    """Return `n` accounts as mixed as a real audience's.

    Args:
        rng: Stream to draw from.
        world: Whose phones, networks and ages.
        key: Names the pool the ids come from; two calls with one key give the same accounts.
        n: How many.
        role: One of `ROLES`.
    """
    phones, networks = world.phones, world.networks
    model = weighted(rng, [weight for _, weight, *_ in phones.models], n)
    newest = np.array([version for _, _, version, _ in phones.models])[model]
    lag = rng.geometric(1.0 / (1.0 + phones.os_lag_mean), n) - 1
    asn = weighted(rng, [weight for _, weight in networks.asns], n)
    return People(
        account=ids.numbers(f"{key}/account", n),
        device=ids.numbers(f"{key}/device", n),
        payer=ids.numbers(f"{key}/payer", n),
        age_s=_ages(rng, world, n),
        model=model,
        os=np.maximum(newest - np.minimum(lag, 5), 9),
        app=weighted(rng, [weight for _, weight in phones.apps], n),
        ip=_addresses(rng, world, asn, n),
        asn=asn,
        region=rng.choice(networks.n_regions, size=n, p=zipf(networks.n_regions, networks.region_tail)),
        role=np.full(n, ROLES.index(role)),
        campaign=np.full(n, NONE),
    )


def taken(people: People, which: I64) -> People:
    """Return the accounts at the given places."""
    return People(*(getattr(people, name)[which] for name in COLUMNS))


def later(people: People, seconds: float) -> People:
    """Return the same accounts, older by `seconds`."""
    return replace(people, age_s=people.age_s + seconds)


def some(rng: Rng, people: People, n: int, tail: float) -> People:
    """Return `n` different accounts of a pool (all, if it is smaller), some of which are picked far more often.

    Args:
        rng: Stream to draw from.
        people: The pool; its first accounts are the keenest.
        n: How many.
        tail: Zipf exponent of how keen they are; 0 is evenly.
    """
    if n >= len(people):
        return people
    steps = _keenness(len(people), tail)
    is_found = np.zeros(len(people), bool)
    while np.count_nonzero(is_found) < n:
        drawn = np.searchsorted(steps, np.sort(rng.random(n)) * steps[-1], side="right")
        is_found[drawn.clip(0, len(people) - 1)] = True
    return taken(people, rng.permutation(np.flatnonzero(is_found))[:n])


@lru_cache(maxsize=2)
def _keenness(n: int, tail: float) -> F64:
    return np.asarray(np.cumsum(np.arange(1, n + 1) ** -tail))


def _ages(rng: Rng, world: World, n: int) -> F64:
    old = laws.draw(rng, world.ages.days, n)
    young = rng.uniform(0.05, 3.0, n)
    days = np.where(rng.random(n) < world.ages.young_share, young, np.clip(old, 3.0, 4_000.0))
    return np.asarray(days * _DAY_S)


def mobile(rng: Rng, world: World, asn: I64) -> I64:
    """Return an address of a mobile operator for each AS number; many viewers share one."""
    networks, n = world.networks, len(asn)
    if networks.sharing == "blocks":
        return np.asarray((asn * 8_191 + rng.integers(0, networks.mobile_addresses, n)) % _SHARED_BLOCK)
    steps = np.cumsum(zipf(networks.mobile_addresses, networks.mobile_tail))
    shared = np.searchsorted(steps, rng.random(n), side="right").clip(0, networks.mobile_addresses - 1)
    return np.asarray((shared * 97 + asn * 8_191) % _SHARED_BLOCK)  # an address belongs to one operator


def _addresses(rng: Rng, world: World, asn: I64, n: int) -> I64:
    networks = world.networks
    shared = mobile(rng, world, asn)
    own = rng.integers(_SHARED_BLOCK, _N_ADDRESSES, n)
    if networks.sharing == "homes":  # of one household, two or three watch
        own = np.where(rng.random(n) < 0.3, np.roll(own, 1), own)
    return np.where(rng.random(n) < networks.mobile_share, shared, own).astype(np.int64)


def own_addresses(rng: Rng, n: int, *, is_run: bool) -> I64:
    """Return `n` different addresses outside the shared ones, in a run or scattered."""
    if is_run:
        first = int(rng.integers(_SHARED_BLOCK, _N_ADDRESSES - n))
        return np.arange(first, first + n)
    drawn = np.sort(rng.integers(_SHARED_BLOCK, _N_ADDRESSES, 2 * n + 8))
    return rng.permutation(drawn[np.append(True, drawn[1:] != drawn[:-1])])[:n]


def phone_rows(rng: Rng, world: World, key: str, n: int) -> People:
    """Return `n` farm accounts: few models, one address each, registered in batches within hours."""
    farm = world.farm
    row = np.arange(n) * len(farm.models) // max(n, 1)
    names = [name for name, *_ in world.phones.models]
    apps = [name for name, _ in world.phones.apps]
    batch_days = rng.uniform(*farm.age_days, -(-n // farm.batch_size))
    batch = rng.permutation(np.arange(n) // farm.batch_size)
    few_regions = rng.choice(world.networks.n_regions, size=farm.n_regions, replace=False)
    return replace(
        ordinary(rng, world, key, n, "farm"),
        age_s=batch_days[batch] * _DAY_S + rng.uniform(0.0, farm.batch_hours * 3_600.0, n),
        model=np.array([names.index(name) for name, _, _ in farm.models])[row],
        os=np.array([version for _, version, _ in farm.models])[row],
        app=np.array([apps.index(app) for _, _, app in farm.models])[row],
        ip=own_addresses(rng, n, is_run=farm.address_run),
        region=few_regions[rng.integers(0, len(few_regions), n)],
    )
