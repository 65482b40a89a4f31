"""How much wider than their bootstrap intervals of shares have to be, so that they hold in a world not trained on."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from truecrowd.training.samples import Sample
from truecrowd.verdict.fusion import Model
from truecrowd.verdict.judge import ESTIMATED, SELLING, weigh
from truecrowd.verdict.shares import estimated, weights_of

HOLDS: Final = 0.95
FLOORS: Final = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2)
FACTORS: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)


def widened(samples: Iterable[Sample], model: Model) -> dict[str, tuple[float, float]]:
    """Return floor and factor by measure: the narrowest intervals that hold in 95 of 100 dirty and clean rooms each.

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
            alone = np.full(len(features), -1)
            found = estimated(features, fused, weighed.priors[sells], weight, alone, one.facts.n_rooms, (0.0, 0.0))
            spread = (found.high - found.share) / 2.0
            seen[measure].append(np.stack([found.share, spread, one.shares[measure], dirty]))
    return {measure: _narrowest(np.concatenate(parts, axis=1)) for measure, parts in seen.items() if parts}


def _narrowest(rows: np.ndarray) -> tuple[float, float]:
    share, spread, truth, dirty = rows[:, ~np.isnan(rows).any(axis=0)]
    best, width = (FLOORS[-1], FACTORS[-1]), np.inf
    for floor in FLOORS:
        for factor in FACTORS:
            half = 2.0 * spread + floor + factor * np.sqrt(np.maximum(share * (1.0 - share), 0.0))
            holds = np.abs(truth - share) <= half
            kinds = [holds[dirty > 0], holds[dirty == 0]]
            if all(kind.mean() >= HOLDS for kind in kinds if len(kind)) and np.mean(half) < width:
                best, width = (floor, factor), float(np.mean(half))
    return best
