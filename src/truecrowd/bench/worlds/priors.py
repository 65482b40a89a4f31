"""What the worlds assume, laid side by side."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np

from truecrowd.simulate.world import World

_LEFT_OUT: Final = ("words", "words_en", "name")
"""What is said and shown in a world is not a number; no two worlds share a line."""
_MOST_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Prior:
    """One assumption.

    Args:
        section: Part of the world: arrivals, stay, talk, ...
        name: Of the assumption; units are in `simulate.world`.
        values: What each world says, in the order of the worlds.
    """

    section: str
    name: str
    values: tuple[Any, ...]


def priors(worlds: Mapping[str, World]) -> tuple[Prior, ...]:
    """Return every assumption of the worlds, words left out."""
    found = []
    for section, parts in _sections(worlds):
        if not is_dataclass(parts[0]):
            found.append(Prior("world", section, parts))
            continue
        found += [
            Prior(section, each.name, tuple(getattr(part, each.name) for part in parts)) for each in fields(parts[0])
        ]
    return tuple(found)


def shown(value: object) -> str:
    """Return an assumption as text: laws with their family, long lists with their length alone.

    >>> shown(0.25), shown(("lognormal", 26.0, 0.9)), shown(True), shown(tuple(range(9)))
    ('0.25', 'lognormal(26, 0.9)', 'yes', '9 entries')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return f"{value:,.6g}"
    if isinstance(value, str):
        return value
    assert isinstance(value, tuple)
    if _is_law(value):
        return f"{value[0]}({value[1]:g}, {value[2]:g})"
    if len(value) > _MOST_SHOWN:
        return f"{len(value)} entries"
    return ", ".join(_part(one) for one in value)


def prior_distances(found: tuple[Prior, ...], names: tuple[str, ...]) -> dict[tuple[str, str], tuple[float, int, int]]:
    """Return for each pair of worlds how far their numbers are apart.

    Args:
        found: What `priors` gave.
        names: Of the worlds, in order.

    Returns:
        By pair: median of |ln(a / b)| over all positive numbers that both have, how many priors are equal, of how many.
    """
    result = {}
    for (one, a), (other, b) in combinations(enumerate(names), 2):
        logs = [
            abs(math.log(x / y))
            for each in found
            for x, y in zip(_numbers(each.values[one]), _numbers(each.values[other]), strict=False)
            if x > 0.0 and y > 0.0
        ]
        equal = sum(each.values[one] == each.values[other] for each in found)
        result[a, b] = (float(np.median(logs)) if logs else 0.0, equal, len(found))
    return result


def _sections(worlds: Mapping[str, World]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for each in fields(World):
        if each.name not in _LEFT_OUT:
            yield each.name, tuple(getattr(world, each.name) for world in worlds.values())


def _is_law(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 3 and isinstance(value[0], str) and isinstance(value[2], float)


def _part(value: object) -> str:
    if isinstance(value, tuple) and not _is_law(value):
        return " ".join(_part(one) for one in value)
    return shown(value)


def _numbers(value: object) -> list[float]:
    if isinstance(value, bool | str):
        return []
    if isinstance(value, float | int):
        return [float(value)]
    return [number for one in value for number in _numbers(one)] if isinstance(value, tuple) else []
