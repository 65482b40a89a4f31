"""How much wider than their bootstrap intervals of shares have to be, so that they hold in a world not trained on."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from truecrowd.training.samples import Sample
from truecrowd.verdict.fusion import Model, Widening
from truecrowd.verdict.judge import ESTIMATED, SELLING, weigh
from truecrowd.verdict.shares import estimated, weights_of

HOLDS: Final = 0.975
FLOORS: Final = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2)
FACTORS: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)


def widened(samples: Iterable[Sample], model: Model) -> dict[str, Widening]:
    """Return the widening by measure: the narrowest bounds that hold in 97.5 of 100 rooms each, dirty and clean alike.

    Where no pair holds that often in dirty rooms, the widest is taken.
    """
    seen: dict[str, list[np.ndarray]] = {measure: [] for measure in ESTIMATED}
    for one in samples:
        weighed = weigh(one.observed.seen, one.facts, one.fleets, model)
        dirty = np.array([bool(names) for names in one.schemes])
        for measure in ESTIMATED:
            sells = measure in SELLING
            features, fused = weighed.orders if sells else weighed.accounts
            weight = weights_of(measure, one.facts)
            prior = weighed.priors[sells]
            found = estimated(features, fused, prior, weight, one.facts.n_rooms, (0.0, 0.0, 0.0, 0.0))
            spread = (found.high - found.share) / 2.0
            seen[measure].append(np.stack([found.share, spread, one.shares[measure], dirty]))
    rows = {measure: np.concatenate(parts, axis=1) for measure, parts in seen.items() if parts}
    return {measure: (*_narrowest(part, side=-1.0), *_narrowest(part, side=1.0)) for measure, part in rows.items()}


def _narrowest(rows: np.ndarray, *, side: float) -> tuple[float, float]:
    """Return floor and factor of one side: -1 below the estimate, 1 above it."""
    share, spread, truth, dirty = rows[:, ~np.isnan(rows).any(axis=0)]
    best, width = (FLOORS[-1], FACTORS[-1]), np.inf
    for floor in FLOORS:
        for factor in FACTORS:
            half = 2.0 * spread + floor + factor * np.sqrt(np.maximum(share * (1.0 - share), 0.0))
            holds = side * (truth - share) <= half
            kinds = [holds[dirty > 0], holds[dirty == 0]]
            if all(kind.mean() >= HOLDS for kind in kinds if len(kind)) and np.mean(half) < width:
                best, width = (floor, factor), float(np.mean(half))
    return best
