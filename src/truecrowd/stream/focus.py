"""Which rooms are looked at in full when there is not enough of the machine for all: the focus list.

Tier 1 is looked at by every detector, tier 2 by the cheap ones, tier 3 by counters. Into tier 1 come rooms that were
drawn at random whatever they are (so that nobody is too small to be looked at, and the share of manufactured rooms can
be estimated), rooms with an alarm or a notice, then the largest by audience, by money, and by money times risk, a third
of the budget each. Cut-offs move every day, by a secret seed: nobody can sit just under one.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from truecrowd.brand.edges import clopper_pearson

REASON: Final = "tier 3"
"""Reason in coverage of a detector that did not look because of the budget."""
_DAY_US: Final = 86_400_000_000
_RISK: Final = 0.05
"""Two-sided risk of the interval of the prevalence."""


@dataclass(frozen=True, slots=True)
class Config:
    """Budgets and draws."""

    budget: float = 50_000.0
    """Cost of tier 1 in events a second that every detector looks at; one core took 67,000 (run-it-on-your-stream)."""
    cheap_budget: float = 50_000.0
    """Cost of tier 2, in the same unit, while nothing is overloaded."""
    drawn_share: float = 0.05
    """Rooms drawn at random, 0 to 1 (decisions.md 7)."""
    lift_s: float = 1_800.0
    """Seconds for which an alarm or a notice lifts a room (decisions.md 7)."""
    moved: float = 0.2
    """Largest factor, as a logarithm, by which a room's measures are moved for a day. Guess."""
    lag_s: float = 2.0
    """Lag from which the run is overloaded, seconds. Guess."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What is known of the rooms that are on, one value each.

    Args:
        room_id: Names, each once.
        audience: Shown online, >= 0.
        money_minor: Sold so far, minor units, >= 0.
        risk: 0 to 1.
        cost: Events a second, >= 0.
    """

    room_id: Sequence[str]
    audience: np.ndarray
    money_minor: np.ndarray
    risk: np.ndarray
    cost: np.ndarray


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered between two looks.

    Args:
        until: When a room that was lifted falls back, microseconds, by its name.
        eased: Part of tier 2's budget that is used, 0 to 1; less while the run is overloaded.
    """

    until: Mapping[str, int] = field(default_factory=dict)
    eased: float = 1.0


def lifted(state: State, rooms: Sequence[str], *, now: int, config: Config) -> State:
    """Return the state after an alarm or a notice of these rooms; what is over is forgotten.

    Args:
        state: Before.
        rooms: Names.
        now: Microseconds.
        config: How long it lifts.
    """
    kept = {room: until for room, until in state.until.items() if until > now}
    return replace(state, until=kept | dict.fromkeys(rooms, now + round(config.lift_s * 1e6)))


def eased(state: State, lag_s: float, config: Config) -> State:
    """Return the state after a look at the lag: tier 2 is halved while it is too long, and grows back by a tenth."""
    if lag_s > config.lag_s:
        return replace(state, eased=state.eased / 2 if state.eased > 1 / 64 else 0.0)
    return replace(state, eased=min(state.eased + 0.1, 1.0))


def is_drawn(room_id: str, *, seed: int, config: Config) -> bool:
    """Return whether a room is among those drawn at random; for as long as it is on, and whatever happens in it."""
    return _uniform(seed, "drawn", room_id) < config.drawn_share


def tiers(rooms: Rooms, state: State, config: Config, *, now: int, seed: int) -> np.ndarray:
    """Return the tier of every room.

    Args:
        rooms: Those that are on.
        state: Lifts and load.
        config: Budgets.
        now: Microseconds.
        seed: Secret of the operator.

    Returns:
        int8, shape of `rooms`: 1, 2 or 3. Drawn and lifted rooms are in tier 1 even where they exceed its budget; of the others
        the last one of each third may.
    """
    n = len(rooms.room_id)
    tier = np.full(n, 3, np.int8)
    fixed = [is_drawn(one, seed=seed, config=config) or state.until.get(one, 0) > now for one in rooms.room_id]
    tier[np.array(fixed, bool)] = 1
    orders = _orders(rooms, config, day=now // _DAY_US, seed=seed)
    part = max(config.budget - float(rooms.cost[tier == 1].sum()), 0.0) / len(orders)
    for order in orders:
        tier[_fill(order[tier[order] == 3], rooms.cost, part)] = 1
    cheap = config.cheap_budget * state.eased / len(orders)
    for order in orders:
        tier[_fill(order[tier[order] == 3], rooms.cost, cheap)] = 2
    return tier


def _orders(rooms: Rooms, config: Config, *, day: int, seed: int) -> list[np.ndarray]:
    """Return rooms from the largest on, by each measure as it is moved today; equal ones by name."""
    moves = np.array([_uniform(seed, f"day {day}", one) for one in rooms.room_id], np.float64)
    factor = np.exp((2 * moves - 1) * config.moved)
    names = np.argsort(np.argsort(np.array(rooms.room_id, dtype=str)))
    measures = (rooms.audience, rooms.money_minor, rooms.money_minor * rooms.risk)
    return [np.lexsort((names, -(one * factor))) for one in measures]


def _fill(order: np.ndarray, cost: np.ndarray, budget: float) -> np.ndarray:
    """Return the first rooms of an order until a budget is used; the last may exceed it, so no room is too large."""
    before: np.ndarray = np.cumsum(cost[order]) - cost[order]
    return order[np.flatnonzero(before < budget)]


def _uniform(seed: int, what: str, room_id: str) -> float:
    """Return a number in [0, 1) that depends on these alone, and that nobody knows without the seed."""
    key = seed.to_bytes(16, "big", signed=True)
    digest = hashlib.blake2b(f"{what}\0{room_id}".encode(), digest_size=8, key=key).digest()
    return (int.from_bytes(digest, "big") >> 11) / (1 << 53)


@dataclass(frozen=True, slots=True)
class Prevalence:
    """How many rooms are manufactured, estimated from those drawn at random.

    Args:
        n: Rooms drawn.
        n_found: Of these, with signs.
        low, high: 95 % interval of the share among all rooms (Clopper and Pearson 1934); 0 and 1 where none was drawn.
    """

    n: int
    n_found: int
    low: float
    high: float


def prevalence(found: Mapping[str, bool], *, seed: int, config: Config) -> Prevalence:
    """Return the estimate; rooms that were looked at for another reason than the draw do not count.

    Args:
        found: Rooms that were looked at in full: whether there were signs.
        seed: As for `tiers`.
        config: As for `tiers`.
    """
    drawn = [has_signs for room, has_signs in found.items() if is_drawn(room, seed=seed, config=config)]
    low, high = clopper_pearson(sum(drawn), len(drawn), _RISK)
    return Prevalence(len(drawn), sum(drawn), low, high)
