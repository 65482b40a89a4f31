"""The rows of one level, drawn once: every system is measured on the same draws, so differences are paired."""

from dataclasses import dataclass

import numpy as np

from truecrowd.bench.quality.bootstrap import Bools, Estimate, draws, interval, steps
from truecrowd.bench.quality.cells import MEASURES
from truecrowd.bench.quality.measures import F64, I64, average_precision
from truecrowd.bench.quality.truth import Labelled


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of one system: its value, and its value in every draw."""

    value: float
    drawn: F64

    @property
    def estimate(self) -> Estimate:
        """The value with its interval."""
        return interval(self.value, self.drawn)

    def minus(self, other: "Measured") -> Estimate:
        """Return the difference to another system, draw by draw."""
        return interval(self.value - other.value, self.drawn - other.drawn)


class Rows:
    """Labelled rows of one level and the draws of their operators and hosts.

    Args:
        labelled: The truth of the level.
        seed: Of the draws.
    """

    def __init__(self, labelled: Labelled, *, seed: int) -> None:
        self.positive, self.negative = labelled.positive["any"], labelled.negative
        self._operators = _clusters(labelled.operator, self.positive, seed + 1)
        self._hosts = _clusters(labelled.host, self.negative, seed)

    def measured(self, score: F64) -> dict[str, Measured]:
        """Return every measure of a ranking.

        Args:
            score: Shape (n,); NaN stands under everything else: who is not spoken of is not accused.
        """
        place, joined = steps(np.where(np.isnan(score), -np.inf, score))
        whole = [np.bincount(place[which], minlength=len(joined)).astype(np.float64) for which in self._sides]
        drawn = [
            _table(joined[place[which]], clusters, int(joined.max(initial=0)) + 1)
            for which, clusters in zip(self._sides, (self._operators, self._hosts), strict=True)
        ]
        return {name: Measured(float(measure(*whole)), measure(*drawn)) for name, measure in MEASURES.items()}

    def precision(self, score: F64) -> float:
        """Return the average precision alone, what settings are chosen by; NaN where there is nothing to find."""
        place, joined = steps(np.where(np.isnan(score), -np.inf, score))
        counts = [np.bincount(place[which], minlength=len(joined)).astype(np.float64) for which in self._sides]
        return float(average_precision(*counts))

    @property
    def _sides(self) -> tuple[Bools, Bools]:
        return self.positive, self.negative


def _clusters(cluster: I64, which: Bools, seed: int) -> tuple[I64, F64]:
    """Return the number of each row's cluster and how often each cluster is drawn."""
    names, number = np.unique(cluster[which], return_inverse=True)
    return np.asarray(number, np.int64), draws(len(names), seed=seed)


def _table(place: I64, clusters: tuple[I64, F64], n_places: int) -> F64:
    number, times = clusters
    counts = np.bincount(number * n_places + place, minlength=times.shape[1] * n_places)
    return np.asarray(times @ counts.reshape(times.shape[1], n_places).astype(np.float64))


def rank_correlation(first: F64, second: F64) -> float:
    """Return Spearman's rank correlation over the rows both speak of; NaN with fewer than three of them.

    >>> rank_correlation(np.array([1.0, 2.0, 4.0]), np.array([10.0, 20.0, 30.0]))
    1.0
    """
    known = ~np.isnan(first) & ~np.isnan(second)
    if known.sum() < 3:
        return float("nan")
    ranks = [_ranks(values[known]) for values in (first, second)]
    centred = [each - each.mean() for each in ranks]
    spread = float(np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return float((centred[0] * centred[1]).sum()) / spread if spread > 0.0 else float("nan")


def _ranks(values: F64) -> F64:
    """Return ranks; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    return np.asarray((last - (counts - 1) / 2.0)[place], np.float64)
