"""Intervals by drawing whole operators and whole hosts again, never single rows.

Rows of one operator share a script and a phone pool, rows of one host share a crowd: drawing rows would make every
interval far too narrow. Positives are drawn by operator, negatives by host.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from truecrowd.bench.quality.measures import F64, I64, rate

Bools = npt.NDArray[np.bool_]
DRAWS: Final = 400
"""Draws of one interval: the ends of a 95 % interval rest on ten draws each (issue 3)."""
MOST_STEPS: Final = 1024
"""Distinct scores kept for the draws; more are joined. The value itself is always computed from every score."""

_TAIL: Final = 0.025
"""Left out at each end of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured value.

    Args:
        value: NaN where it cannot be computed.
        low: 2.5 % quantile of the draws; NaN with fewer than two operators or two hosts.
        high: 97.5 % quantile, likewise.
    """

    value: float
    low: float = float("nan")
    high: float = float("nan")


def draws(n_clusters: int, *, seed: int, n_draws: int = DRAWS) -> F64:
    """Return how often each cluster is drawn, shape (n_draws, n_clusters); each row sums to `n_clusters`."""
    if n_clusters == 0:
        return np.zeros((n_draws, 0))
    share = np.full(n_clusters, 1.0 / n_clusters)
    return np.random.default_rng(seed).multinomial(n_clusters, share, size=n_draws).astype(np.float64)


def steps(score: F64) -> tuple[I64, I64]:
    """Return for each row its place among the distinct scores (0: highest), and for each place its joined one.

    Joined places have much the same number of rows in the tail where low false positive rates are read (half of them in
    the upper hundredth of the places).
    """
    distinct, place = np.unique(score, return_inverse=True)
    n = len(distinct)
    place = n - 1 - place
    if n <= MOST_STEPS:
        return place, np.arange(n)
    rows = np.bincount(place, minlength=n).cumsum() / len(score)
    fine = np.geomspace(1.0 / len(score), 0.01, MOST_STEPS // 2)
    edges = np.concatenate([fine, np.linspace(0.01, 1.0, MOST_STEPS // 2)[1:]])
    return place, np.searchsorted(edges, rows, side="left").clip(max=len(edges) - 1)


class Ranking:
    """One score over labelled rows; `estimate` is called once for every scheme and measure.

    Args:
        score: Shape (n,), higher is more suspicious, no NaN.
        negative: Shape (n,), the honest rows.
        operator: Shape (n,), number of the operator of each row (of its host where it has none).
        host: Shape (n,), number of each row's host.
        seed: Of the draws.
    """

    def __init__(self, score: F64, negative: Bools, operator: I64, host: I64, *, seed: int) -> None:
        self._place, self._joined = steps(score)
        self._operator, self._seed = operator, seed
        self._n_joined = int(self._joined.max()) + 1 if len(score) else 0
        self.n_negative = int(negative.sum())
        self._negatives = self._counts(negative)
        self._n_hosts, self._drawn_negatives = self._drawn(negative, host, seed)

    def estimate(self, positive: Bools, measures: dict[str, Callable[[F64, F64], F64]]) -> dict[str, Estimate]:
        """Return each measure of `positive` against the honest rows; NaN where there are no honest ones to tell from."""
        if self.n_negative == 0:
            return dict.fromkeys(measures, Estimate(float("nan")))
        positives = self._counts(positive)
        n_operators, drawn = self._drawn(positive, self._operator, self._seed + 1)
        values = {}
        for name, measure in measures.items():
            value = float(measure(positives, self._negatives)) if len(positives) else float("nan")
            if min(n_operators, self._n_hosts) < 2 or np.isnan(value):
                values[name] = Estimate(value)
            else:
                values[name] = interval(value, measure(drawn, self._drawn_negatives))
        return values

    def _counts(self, which: Bools) -> F64:
        return np.bincount(self._place[which], minlength=len(self._joined)).astype(np.float64)

    def _drawn(self, which: Bools, cluster: I64, seed: int) -> tuple[int, F64]:
        names, number = np.unique(cluster[which], return_inverse=True)
        if len(names) == 0:
            return 0, np.zeros((DRAWS, self._n_joined))
        cells = number * self._n_joined + self._joined[self._place[which]]
        table = np.bincount(cells, minlength=len(names) * self._n_joined).reshape(len(names), -1)
        return len(names), draws(len(names), seed=seed) @ table.astype(np.float64)


def interval(value: float, drawn: F64) -> Estimate:
    """Return `value` with the 2.5 % and 97.5 % quantiles of the draws in which it could be computed.

    Where every draw gives the same value there is no interval: drawing again what holds no exception cannot tell how
    rare exceptions are.
    """
    known = drawn[~np.isnan(drawn)]
    if len(known) == 0 or np.ptp(known) == 0.0:
        return Estimate(value)
    low, high = np.quantile(known, [_TAIL, 1.0 - _TAIL])
    return Estimate(value, float(low), float(high))


def rate_of(part: F64, whole: F64, cluster: I64, *, seed: int) -> Estimate:
    """Return sum(part) / sum(whole) with its interval over clusters.

    Where no row, or every row, is in `part`, the interval is the exact one with each cluster as one trial: 0 of 300
    hosts shows at most 1.2 %.

    Args:
        part: Shape (n,), one number a row, 0 where `whole` is 0.
        whole: Shape (n,), 0 or 1.
        cluster: Shape (n,), the host (or operator) of each row.
        seed: Of the draws.
    """
    return rates_of(part, whole, cluster, np.zeros(len(part), np.int64), 1, seed=seed)[0]


def rates_of(part: F64, whole: F64, cluster: I64, group: I64, n_groups: int, *, seed: int) -> list[Estimate]:
    """Return `rate_of` for each of many groups of rows, in one pass over the rows.

    Args:
        part: As in `rate_of`.
        whole: As in `rate_of`.
        cluster: As in `rate_of`.
        group: Shape (n,), 0 to `n_groups` - 1; rows with another number belong to none.
        n_groups: Groups to return.
        seed: Of the draws.
    """
    names, number = _numbered(cluster)
    counted = (whole > 0.0) & (group >= 0) & (group < n_groups)
    cell = group[counted] * len(names) + number[counted]
    parts, wholes = (
        np.bincount(cell, column[counted], n_groups * len(names)).reshape(n_groups, len(names))
        for column in (part, whole)
    )
    return [_rate(parts[at][wholes[at] > 0.0], wholes[at][wholes[at] > 0.0], seed) for at in range(n_groups)]


def mean_of(values: F64, cluster: I64, *, seed: int) -> Estimate:
    """Return the mean with its interval over clusters; NaN where there are no values.

    Args:
        values: Shape (n,), no NaN.
        cluster: Shape (n,), the host (or operator) of each.
        seed: Of the draws.
    """
    names, number = _numbered(cluster)
    whole = np.bincount(number, minlength=len(names)).astype(np.float64)
    return _drawn_rate(np.bincount(number, values, len(names)).astype(np.float64), whole, seed)


def median_of(values: F64, cluster: I64, *, seed: int) -> Estimate:
    """Return the lower median with its interval over clusters; NaN where there are no values.

    Args:
        values: As in `mean_of`.
        cluster: As in `mean_of`.
        seed: Of the draws.
    """
    if len(values) == 0:
        return Estimate(float("nan"))
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    names, number = _numbered(cluster[order])
    middle = float(ranked[(len(ranked) - 1) // 2])
    if len(names) < 2:
        return Estimate(middle)
    reached = draws(len(names), seed=seed)[:, number].cumsum(1)
    place = (reached * 2.0 >= reached[:, -1:]).argmax(1)
    return interval(middle, ranked[place])


def _numbered(cluster: I64) -> tuple[I64, I64]:
    """Return the distinct numbers and the place of each row's among them; a table look-up, for they are small."""
    if len(cluster) == 0:
        return cluster, cluster
    low = int(cluster.min())
    seen = np.bincount(cluster - low)
    place = (seen > 0).cumsum() - 1
    return np.flatnonzero(seen) + low, place[cluster - low]


def _rate(part: F64, whole: F64, seed: int) -> Estimate:
    value = float(rate(part.sum(), whole.sum()))
    if len(whole) >= 2 and value in (0.0, 1.0) and bool(((part == 0.0) | (part == whole)).all()):
        rare = 1.0 - _TAIL ** (1.0 / len(whole))
        return Estimate(value, 0.0, rare) if value == 0.0 else Estimate(value, 1.0 - rare, 1.0)
    return _drawn_rate(part, whole, seed)


def _drawn_rate(part: F64, whole: F64, seed: int) -> Estimate:
    value = float(rate(part.sum(), whole.sum()))
    if len(whole) < 2:
        return Estimate(value)
    times = draws(len(whole), seed=seed)
    return interval(value, rate(times @ part, times @ whole))
