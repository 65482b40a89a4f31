"""How much wider than their standard errors intervals of shares have to be to hold in worlds not trained on."""

from collections.abc import Iterable
from itertools import product
from typing import Final

import numpy as np

from truecrowd.training.samples import Sample
from truecrowd.verdict.fusion import Model, Widening
from truecrowd.verdict.judge import ESTIMATED, SELLING, weigh
from truecrowd.verdict.shares import estimated, weights_of

HOLDS: Final = 0.975
"""Part of the rooms in which either side holds."""
HOLDS_ANYWHERE: Final = 0.9
"""The same in the dirty rooms of any one simulation: one in which it holds seldom tells of worlds like it. Guess."""
FLOORS: Final = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2)
FACTORS: Final = (0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
"""From 0.1 on: no world is quite like the next. Guess."""
THINNESS: Final = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
"""A crowd as large as the root of a room's people may go unseen, or a multiple of it."""


def widened(samples: Iterable[Sample], model: Model) -> dict[str, Widening]:
    """Return the widening by measure: the narrowest bounds that hold in 97.5 of 100 rooms each, dirty and clean alike.

    They hold in 9 of 10 dirty rooms of every simulation, too. Where no bounds hold that often, the widest are taken.
    """
    seen: dict[str, list[np.ndarray]] = {measure: [] for measure in ESTIMATED}
    for number, one in enumerate(samples):
        weighed = weigh(one.observed.seen, one.facts, one.fleets, model)
        dirty = np.array([bool(names) for names in one.schemes])
        for measure in ESTIMATED:
            sells = measure in SELLING
            features, fused = weighed.orders if sells else weighed.accounts
            weight = weights_of(measure, one.facts)
            found = estimated(features, fused, weighed.priors[sells], weight, one.facts.n_rooms)
            error = (one.shares[measure] - found.share) / found.blind
            rows = [error, 2.0 * found.spread, found.root, found.thin, dirty, np.full(len(dirty), number)]
            seen[measure].append(np.stack(rows))
    rows_of = {measure: np.concatenate(parts, axis=1) for measure, parts in seen.items() if parts}
    return {measure: (*_narrowest(part, side=-1.0), *_narrowest(part, side=1.0)) for measure, part in rows_of.items()}


def _narrowest(rows: np.ndarray, *, side: float) -> tuple[float, float, float]:
    """Return floor, factor and thinness of one side: -1 below the estimate, 1 above it."""
    error, spread, root, thin, dirty, number = rows[:, ~np.isnan(rows).any(axis=0)]
    lacks = side * error - spread
    kinds = [(dirty > 0, HOLDS), (dirty == 0, HOLDS)]
    kinds += [((dirty > 0) & (number == one), HOLDS_ANYWHERE) for one in np.unique(number).tolist()]
    kinds = [(rooms, part) for rooms, part in kinds if rooms.any()]
    best, width = (FLOORS[-1], FACTORS[-1], THINNESS[-1]), np.inf
    for floor, factor, thinness in product(FLOORS, FACTORS, THINNESS):
        more = floor + factor * root + thinness * thin
        if more.mean() < width and all((lacks[rooms] <= more[rooms] + 1e-9).mean() >= part for rooms, part in kinds):
            best, width = (floor, factor, thinness), float(more.mean())
    return best
