"""Accounts with their phones, networks and ages."""

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from truecrowd.simulate import ids
from truecrowd.simulate.kinds import F64, I64, U64, Rng
from truecrowd.simulate.rows import NONE
from truecrowd.simulate.world import Farm, World

ROLES: Final = ("casual", "fan", "staff", "draw", "deal", "raid", "farm", "popup", "troupe", "brushing")
"""What an account is there for; the last four are manufactured."""

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


def gathered(parts: list[People]) -> People:
    """Return the parts one after the other."""
    return People(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(People)))


def zipf(n: int, tail: float) -> F64:
    """Return `n` weights that sum to 1 and fall as 1 / rank ** tail."""
    weights = 1.0 / np.arange(1, n + 1) ** tail
    return np.asarray(weights / weights.sum())


def weighted(rng: Rng, weights: list[float], n: int) -> I64:
    """Return `n` places drawn by relative weight."""
    parts = np.asarray(weights, dtype=np.float64)
    return rng.choice(len(parts), size=n, p=parts / parts.sum()).astype(np.int64)


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
    model = weighted(rng, [weight for _, weight, _ in phones.models], n)
    newest = np.array([version for _, _, version in phones.models])[model]
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


def _ages(rng: Rng, world: World, n: int) -> F64:
    old = rng.lognormal(np.log(world.ages.median_days), world.ages.sigma, n)
    young = rng.uniform(0.05, 3.0, n)
    days = np.where(rng.random(n) < world.ages.young_share, young, np.clip(old, 3.0, 4_000.0))
    return np.asarray(days * _DAY_S)


def _addresses(rng: Rng, world: World, asn: I64, n: int) -> I64:
    networks = world.networks
    shared = rng.choice(networks.mobile_addresses, size=n, p=zipf(networks.mobile_addresses, networks.mobile_tail))
    shared = (shared * 97 + asn * 8_191) % _SHARED_BLOCK  # an address belongs to one operator
    own = rng.integers(_SHARED_BLOCK, _N_ADDRESSES, n)
    return np.where(rng.random(n) < networks.mobile_share, shared, own).astype(np.int64)


def phone_rows(rng: Rng, world: World, farm: Farm, key: str, n: int) -> People:
    """Return `n` farm accounts: few models, one address each, registered in batches within hours."""
    row = np.arange(n) * len(farm.models) // max(n, 1)
    names = [name for name, _, _ in world.phones.models]
    apps = [name for name, _ in world.phones.apps]
    n_batches = -(-n // farm.batch_size)
    batch_days = rng.uniform(*farm.age_days, n_batches)
    batch = rng.permutation(np.arange(n) // farm.batch_size)
    age_s = batch_days[batch] * _DAY_S + rng.uniform(0.0, farm.batch_hours * 3_600.0, n)
    few_regions = rng.choice(world.networks.n_regions, size=4, replace=False)
    return replace(
        ordinary(rng, world, key, n, "farm"),
        age_s=age_s,
        model=np.array([names.index(name) for name, _, _ in farm.models])[row],
        os=np.array([version for _, version, _ in farm.models])[row],
        app=np.array([apps.index(app) for _, _, app in farm.models])[row],
        ip=rng.permutation(np.unique(rng.integers(_SHARED_BLOCK, _N_ADDRESSES, 2 * n + 8)))[:n],
        region=few_regions[rng.integers(0, 4, n)],
    )
