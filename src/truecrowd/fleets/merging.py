"""Pieces of one crew: people who take few jobs meet in one crowd only, so schedules have to say that they are one."""

from itertools import combinations
from typing import Final

import numpy as np

from truecrowd.features.facts import Facts
from truecrowd.fleets.links import Links, components
from truecrowd.fleets.signs import Signs

MAX_PIECES: Final = 12
"""Most pieces of one crowd that are compared, the largest first."""
MIN_PIECE: Final = 5
"""Fewest accounts of a piece in a crowd: fewer have no schedule that could differ."""
SELDOM: Final = 1.0
"""Most other crowds an account of a piece is in beside its first two, on average: a busy crew is whole already."""
CRITICAL: Final = 1.36
"""Largest distance of two schedules, times the root of their harmonic size (Kolmogorov and Smirnov, 5 %)."""


def merged(fleet: np.ndarray, signs: Signs, links: Links, facts: Facts) -> np.ndarray:
    """Return the fleets with pieces joined that share a crowd and arrive in it by one schedule.

    Args:
        fleet: Shape (accounts,), number of the fleet, -1 for none.
        signs: Who stands out where.
        links: Crowd of every sign.
        facts: Facts of the closed rooms.
    """
    names, number = np.unique(fleet, return_inverse=True)
    of_sign = number[signs.account]
    n_crowds = np.bincount(signs.account, minlength=len(fleet))
    members = np.bincount(number)
    others = np.bincount(number, n_crowds) / members - 2
    rows = np.flatnonzero((fleet[signs.account] >= 0) & (others[of_sign] <= SELDOM))
    rows = rows[np.lexsort((of_sign[rows], links.crowd[rows]))]
    crowd, piece = links.crowd[rows], of_sign[rows]
    starts = np.flatnonzero(np.append(True, (np.diff(crowd) != 0) | (np.diff(piece) != 0))) if len(rows) else rows
    parts = np.split(rows, starts[1:]) if len(rows) else []
    by_crowd: dict[int, list[np.ndarray]] = {}
    for part in parts:
        if len(part) >= MIN_PIECE:
            by_crowd.setdefault(int(links.crowd[part[0]]), []).append(part)
    same, differ = _compared(by_crowd, of_sign, facts.accounts["first"][signs.row])
    pairs = np.array(sorted(same - differ), np.int64).reshape(-1, 2)
    label = components(len(names), pairs[:, 0], pairs[:, 1])
    return np.asarray(names[label][number])


def _compared(
    by_crowd: dict[int, list[np.ndarray]], of_sign: np.ndarray, arrival: np.ndarray
) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Return the pairs of pieces with one schedule somewhere, and those with two."""
    same: set[tuple[int, int]] = set()
    differ: set[tuple[int, int]] = set()
    for parts in by_crowd.values():
        largest = sorted(parts, key=lambda part: (-len(part), int(of_sign[part[0]])))[:MAX_PIECES]
        for one, other in combinations(largest, 2):
            key = tuple(sorted((int(of_sign[one[0]]), int(of_sign[other[0]]))))
            is_same = distance(arrival[one], arrival[other]) <= CRITICAL * np.sqrt(1 / len(one) + 1 / len(other))
            (same if is_same else differ).add((key[0], key[1]))
    return same, differ


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Return the largest distance of two distributions.

    >>> distance(np.array([1, 2, 3]), np.array([2, 3, 4])).__round__(3)
    0.333
    """
    at = np.concatenate([one, other])
    first, second = np.sort(one), np.sort(other)
    below = np.searchsorted(first, at, side="right") / len(one), np.searchsorted(second, at, side="right") / len(other)
    return float(np.abs(below[0] - below[1]).max())
