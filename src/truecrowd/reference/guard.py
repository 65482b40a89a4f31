"""A reference that cannot be taught slowly: no host weighs much, and what is honest does not move in one step.

A host who waters a little every night, for weeks, stays below every bar for a single room. Two things tell: all nights
of one host lie where only the highest of the others do; and a reference made of such nights expects more than the one
before. Rooms left out here are accused of nothing: they only do not say what honest is.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from truecrowd.reference.reference import Reference

SHARE: Final = 0.05
"""Largest part of a reference that one host's rooms make, where there are hosts enough. Guess."""
NIGHTS: Final = 5
"""Fewest rooms of a host before their median says something: by chance all but never above 19 in 20 others. Guess."""
HIGH: Final = 0.95
"""Quantile of all other rooms that no honest host's median reaches: half of the nights would have to. Guess."""
ALIKE: Final = 2.0
"""Ratio up to which an edge may rise over that of the reference before. Guess, as for two simulated worlds."""
LEAST_EDGE: Final = 0.02
"""Edges below it count as this one: of small shares the ratio says nothing. Guess."""
RISE: Final = 1.0
"""Nats by which the score that one in twenty rooms reaches may rise: a factor of 2.7 in the odds. Guess."""
ONE_IN: Final = 20
LEAST_ROOMS: Final = 50
"""Fewest rooms of either reference before one in twenty is compared. Guess."""


def of_hosts(hosts: np.ndarray, nats: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Return shape (rooms,), bool: rooms to build of, so that no host teaches what honest is.

    Args:
        hosts: Shape (rooms,), code of each room's host; -1: not known, which is no host.
        nats: Shape (rooms,), what was seen of each room.
        keep: Shape (rooms,), bool: rooms that may be used.
    """
    keep = keep & ~np.isin(hosts, _steady(hosts, nats, keep))
    known, counts = np.unique(hosts[keep & (hosts >= 0)], return_counts=True)
    if not len(known):
        return keep
    most = max(int(SHARE * keep.sum()), 2 * int(keep.sum()) // len(known), 1)
    for host in known[counts > most].tolist():
        rooms = np.flatnonzero(keep & (hosts == host))
        rooms = rooms[np.argsort(nats[rooms], kind="stable")]
        keep[rooms] = False
        keep[rooms[np.linspace(0, len(rooms) - 1, most).round().astype(np.int64)]] = True  # high and low alike
    return keep


def _steady(hosts: np.ndarray, nats: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Return hosts whose middle night lies where only the highest nights of the others do."""
    found = []
    known, counts = np.unique(hosts[keep & (hosts >= 0)], return_counts=True)
    for host in known[counts >= NIGHTS].tolist():
        own, others = nats[keep & (hosts == host)], nats[keep & (hosts != host)]
        if len(others) >= NIGHTS and float(np.median(own)) > float(np.quantile(others, HIGH)):
            found.append(host)
    return np.array(found, np.int64)


def drift(before: Reference, after: Reference) -> str | None:
    """Return what a new reference expects so much more of than the one before that a person has to look; None: nothing.

    Args:
        before: The one in use.
        after: The one that would take its place.
    """
    high = _one_in_twenty(before), _one_in_twenty(after)
    if high[0] is not None and high[1] is not None and high[1] > high[0] + RISE:
        return f"one room in {ONE_IN} scores {high[1]:.1f} or more, {high[0]:.1f} before"
    return _risen(before.edges, after.edges)


def _risen(before: Mapping[str, float], after: Mapping[str, float]) -> str | None:
    for name in sorted(before.keys() & after.keys()):
        if after[name] > ALIKE * max(before[name], LEAST_EDGE):
            return f"the edge of {name} is {100 * after[name]:.1f} %, {100 * before[name]:.1f} % before"
    return None


def _one_in_twenty(reference: Reference) -> float | None:
    sketch = reference.scores.get("nats/any", {}).get("all")
    if sketch is None or sketch.n < LEAST_ROOMS:
        return None
    return float(sketch.values[np.flatnonzero(sketch.above * ONE_IN >= sketch.n)[-1]])
