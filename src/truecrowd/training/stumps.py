"""Fit step functions that never fall: logistic boosting of one-split trees on binned scores.

Rows with the same bins are put together first, so the cost depends on how many different rows there are. Written for
this product: it needs monotone, additive, NaN-is-zero and nothing else, in 60 lines; a library would bring a hundred
megabytes for it.
Source: Friedman, Greedy function approximation (2001), with one split a tree and Newton steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Config:
    """How the boosting goes."""

    n_rounds: int = 200
    """Most trees. Guess: log-loss on the other world is flat from about 100."""
    rate: float = 0.3
    """Part of each Newton step that is taken, 0 to 1."""
    n_bins: int = 24
    """Most bins of one score."""
    ridge: float = 5.0
    """Weight of rows that pull each leaf to 0."""
    least: float = 20.0
    """Least weight of rows on either side of a split."""
    most_nats: float = 5.0
    """Bound of one score's contribution; evidence beyond it is not to be had from a simulator."""


def edges_of(scores: np.ndarray, config: Config) -> np.ndarray:
    """Return where a score may be split, ascending, at most `n_bins - 1`: quantiles of its distinct levels.

    Args:
        scores: Shape (n,), NaN is left out.
        config: Of the boosting.
    """
    known = scores[~np.isnan(scores)]
    if not len(known):
        return np.empty(0)
    levels = np.unique(known)
    most, positive = levels[0], known[known > levels[0]]
    if not len(positive):
        return np.empty(0)
    cuts = np.quantile(positive, np.linspace(0, 1, config.n_bins - 1), method="lower")
    spread = np.quantile(levels, np.linspace(0, 1, config.n_bins - 1), method="lower")
    both = np.unique(np.round(np.concatenate([cuts[::2], spread[::2]]), 6))
    return np.asarray(both[both > most])


def fit(
    scores: Mapping[str, np.ndarray], is_true: np.ndarray, weight: np.ndarray, config: Config
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return by feature edges and nats of a monotone additive model of the log-odds, without the intercept.

    Args:
        scores: By feature, shape (n,), NaN where nothing was said: contributes 0.
        is_true: Shape (n,), bool.
        weight: Shape (n,), float64 >= 0.
        config: Of the boosting.

    Returns:
        Edges (k,) and nats (k + 1,), never falling; features without a split are left out.
    """
    edges = {name: edges_of(column, config) for name, column in scores.items()}
    names = [name for name in scores if len(edges[name])]
    if not names or not is_true.any() or is_true.all():
        return {}
    bins = np.stack([_binned(scores[name], edges[name]) for name in names], axis=1)
    rows, place = np.unique(bins, axis=0, return_inverse=True)
    place = place.ravel()
    yes = np.bincount(place, weight * is_true, len(rows))
    no = np.bincount(place, weight * ~is_true, len(rows))
    nats = {name: np.zeros(len(edges[name]) + 2) for name in names}  # bin 0: nothing said
    offset = np.log(yes.sum() / no.sum())
    total = np.full(len(rows), offset)
    for _ in range(config.n_rounds):
        p = 1.0 / (1.0 + np.exp(-total))
        gradient, curve = yes * (1 - p) - no * p, (yes + no) * p * (1 - p)
        best = max((_split(rows[:, at], gradient, curve, yes + no, config), at) for at in range(len(names)))
        (gain, cut, low, high), at = best
        if gain < 1e-3:
            break
        step = nats[names[at]]
        step[1:cut] += config.rate * low
        step[cut:] += config.rate * high
        np.clip(step, -config.most_nats, config.most_nats, out=step)
        total = offset + sum(nats[name][rows[:, k]] for k, name in enumerate(names))
    return {name: (edges[name], np.round(nats[name][1:], 4)) for name in names if np.ptp(nats[name][1:]) > 0}


def _binned(scores: np.ndarray, edges: np.ndarray) -> np.ndarray:
    found = np.searchsorted(edges, scores, side="right") + 1
    return np.where(np.isnan(scores), 0, found).astype(np.int16)


def _split(
    bins: np.ndarray, gradient: np.ndarray, curve: np.ndarray, weight: np.ndarray, config: Config
) -> tuple[float, int, float, float]:
    """Return gain, first bin of the right side, and the two leaves of the best split that does not fall."""
    n = int(bins.max()) + 1
    g, h, w = (np.bincount(bins, column, n)[1:] for column in (gradient, curve, weight))
    if len(g) < 2:
        return 0.0, 1, 0.0, 0.0
    left_g, left_h, left_w = np.cumsum(g)[:-1], np.cumsum(h)[:-1], np.cumsum(w)[:-1]
    right_g, right_h, right_w = g.sum() - left_g, h.sum() - left_h, w.sum() - left_w
    low, high = left_g / (left_h + config.ridge), right_g / (right_h + config.ridge)
    gain = left_g * low + right_g * high
    gain[(low > high) | (np.minimum(left_w, right_w) < config.least)] = 0.0
    at = int(gain.argmax())
    return float(gain[at]), at + 2, float(low[at]), float(high[at])
