"""Variations of a world: the same kinds of people and tricks, by other numbers and other laws.

Nobody knows how old accounts are on the next platform, or how many fans join a club in the same order. What is learnt
from one world learns its numbers; what is learnt from many that differ in all of them has to hold in spite of them.
Numbers are multiplied by a log-normal factor, shares moved by as much in log-odds, laws may change their family at
about the same spread, sharing of addresses, the phones of a farm and the order of a routine are drawn anew.
Words, guards, prices and goods are those of the world.
"""

from dataclasses import fields, replace
from typing import Any, Final

import numpy as np

from truecrowd.simulate.kinds import Rng
from truecrowd.simulate.laws import Law
from truecrowd.simulate.world import Farm, Phones, World

SIGMA: Final = 0.5
"""Of the logarithm of every factor: two in three numbers stay within 0.6 and 1.6 times the world's. Guess."""
PARTS: Final = (
    "arrivals", "stay", "talk", "acts", "phones", "networks", "ages", "shop", "shown", "crowds", "farm", "troupe",
    "brushing",
)  # fmt: skip
"""Parts of a world that vary."""
KEPT: Final = frozenset({
    "n_regions", "region_tail", "n_products", "slot_s", "price_ending_minor", "every_s", "phrase_tail", "more_tail",
    "once_share", "more_max", "heat_memory", "live_discount", "slow_modes_s", "quantities",
})  # fmt: skip
"""Numbers that stay: they say how much there is, or are bounds of what makes sense."""
FAMILIES: Final = ("lognormal", "weibull", "gamma", "loglogistic", "lomax")
"""Laws that may stand for each other."""
CHEAP: Final = 10
"""Models a farm is bought from: so many of the cheapest."""


def varied(world: World, number: int) -> World:
    """Return the variation of a world with this number, >= 0; the same for the same number.

    >>> from truecrowd.simulate.world_develop import DEVELOP
    >>> varied(DEVELOP, 1) == varied(DEVELOP, 1) != varied(DEVELOP, 2)
    True
    """
    rng = np.random.default_rng([*world.name.encode(), number])
    parts = {name: _part(rng, getattr(world, name)) for name in PARTS}
    parts["networks"] = replace(parts["networks"], sharing=str(rng.choice(["zipf", "blocks", "homes"])))
    pushes, factor = float(rng.choice([0.0, 1.5, 3.0])), float(rng.uniform(1.5, 4.0))
    sources = tuple((name, weight * _factor(rng)) for name, weight in world.arrivals.sources)
    parts["arrivals"] = replace(parts["arrivals"], sources=sources, pushes_per_hour=pushes, push_factor=factor)
    parts["phones"] = _phones(rng, parts["phones"])
    parts["farm"] = _farm(rng, parts["farm"], parts["phones"])
    parts["troupe"] = replace(parts["troupe"], steps=_shuffled(rng, world.troupe.steps))
    return replace(world, name=f"{world.name}~{number}", **parts)


def _part(rng: Rng, part: Any) -> Any:
    new = {field.name: _number(rng, field.name, getattr(part, field.name)) for field in fields(part)}
    return replace(part, **new)


def _number(rng: Rng, name: str, value: Any) -> Any:
    if name in KEPT or isinstance(value, (str, bool)):
        return value
    if isinstance(value, tuple):
        return _several(rng, name, value)
    factor = _factor(rng)
    if name.endswith("_share") or name == "warm_up_rate":
        odds = factor * value / (1.0 - value) if value < 1.0 else np.inf
        return odds / (1.0 + odds) if np.isfinite(odds) else value
    if name == "streaks_mean":  # a streak at least
        return 1.0 + (value - 1.0) * factor
    return max(1, round(value * factor)) if isinstance(value, int) else value * factor


def _several(rng: Rng, name: str, value: tuple[Any, ...]) -> tuple[Any, ...]:
    if isinstance(value[0], str) and len(value) == 3 and not isinstance(value[1], str):
        return _law(rng, (value[0], value[1], value[2]))
    if name == "parts":
        return tuple((weight * _factor(rng), _law(rng, law)) for weight, law in value)
    if all(isinstance(each, (int, float)) for each in value):
        factor = _factor(rng)
        return tuple(each * factor for each in value)
    return value


def _law(rng: Rng, law: Law) -> Law:
    name, a, b = law
    factor = _factor(rng)
    if name == "uniform":
        return name, a * factor, b * factor
    if name == "onoff":
        return name, a * factor, b
    sigma = float(np.clip(_sigma(name, b) * np.exp(0.2 * rng.standard_normal()), 0.2, 2.5))
    other = FAMILIES[int(rng.integers(len(FAMILIES)))] if rng.random() < 0.5 else name
    return other, a * factor, _spread(other, sigma)


def _sigma(name: str, spread: float) -> float:
    """Return about the sigma of the logarithm under a law of this spread."""
    if name == "lognormal":
        return spread
    if name == "gamma":
        return float(1.0 / np.sqrt(spread))
    if name == "lomax":
        return 1.5 / max(spread - 1.0, 0.3)
    return (1.1 if name == "weibull" else 1.7) / spread


def _spread(name: str, sigma: float) -> float:
    """Return the spread that gives a law about this sigma of the logarithm."""
    if name == "lognormal":
        return sigma
    if name == "gamma":
        return 1.0 / sigma**2
    if name == "lomax":
        return 1.0 + 1.5 / sigma
    return (1.1 if name == "weibull" else 1.7) / sigma


def _phones(rng: Rng, phones: Phones) -> Phones:
    """Return phones whose favourites are more, or less, favoured."""
    power = float(np.exp(0.3 * rng.standard_normal()))
    models = tuple((model, weight**power, system, price) for model, weight, system, price in phones.models)
    return replace(phones, models=models, apps=tuple((app, weight**power) for app, weight in phones.apps))


def _farm(rng: Rng, farm: Farm, phones: Phones) -> Farm:
    cheap = sorted(phones.models, key=lambda model: model[3])[:CHEAP]
    picked = rng.choice(len(cheap), len(farm.models), replace=False)
    old = [app for app, _ in phones.apps][len(phones.apps) // 2 :]
    models = tuple(
        (cheap[k][0], max(8, cheap[k][2] - int(rng.integers(3))), old[int(rng.integers(len(old)))])
        for k in picked.tolist()
    )
    turns, run = (rng.random(2) < 0.5).tolist()
    return replace(farm, models=models, steps=_shuffled(rng, farm.steps), round_robin=turns, address_run=run)


def _shuffled(rng: Rng, steps: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(rng.permutation(list(steps)).tolist())


def _factor(rng: Rng) -> float:
    return float(np.exp(SIGMA * rng.standard_normal()))
