"""A small classifier told to separate two sets of slices, judged on rooms it has not seen."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from truecrowd.bench.quality.measures import F64, I64, auc
from truecrowd.bench.worlds.slices import Slices

_FOLDS: Final = 5
_RIDGE: Final = 1.0
"""Penalty on standardised weights: with a few dozen rooms an unpenalised fit separates noise."""
_STEPS: Final = 25
_LEAST_KNOWN: Final = 0.5
"""A column is used where at least this part of both sets knows it: what only one of them records says nothing."""


@dataclass(frozen=True, slots=True)
class Told:
    """How well two sets can be told apart.

    Args:
        auc: Of the cross-validated scores, 0.5: not at all, 1: always; NaN with fewer than two rooms on a side.
        top: Columns by their weight, the heaviest first, with their own AUC (either direction, 0.5 to 1).
        n: Slices of both sets.
        n_rooms: Rooms of both sets.
    """

    auc: float
    top: tuple[tuple[str, float], ...]
    n: tuple[int, int]
    n_rooms: tuple[int, int]


def told_apart(one: Slices, other: Slices, *, seed: int = 0, n_top: int = 5) -> Told:
    """Separate two sets of slices with a logistic regression, cross-validated by room.

    Args:
        one: Slices of the first set.
        other: Slices of the second, the same columns.
        seed: Of the folds.
        n_top: Columns to name.
    """
    known = [
        (~np.isnan(each.values)).mean(0) if len(each.values) else np.zeros(len(one.names)) for each in (one, other)
    ]
    used = np.flatnonzero(np.minimum(*known) >= _LEAST_KNOWN)
    values = np.concatenate([one.values, other.values])[:, used]
    label = np.r_[np.ones(len(one.values)), np.zeros(len(other.values))]
    room = np.r_[one.room, other.room + int(one.room.max(initial=-1)) + 1]
    n = (len(one.values), len(other.values))
    n_rooms = (len(np.unique(one.room)), len(np.unique(other.room)))
    if min(n_rooms) < 2 or not len(used):
        return Told(float("nan"), (), n, n_rooms)
    fold = _folds(room, label, seed)
    score = np.full(len(label), np.nan)
    for at in np.unique(fold):
        out = fold == at
        score[out] = _scores(values[~out], label[~out], values[out])
    _, weights = _fitted(values, label)
    heaviest = np.argsort(-np.abs(weights[1:]), kind="stable")[:n_top]
    top = tuple((one.names[used[at]], _either(values[:, at], label)) for at in heaviest)
    return Told(auc_of(score, label), top, n, n_rooms)


def auc_of(score: F64, label: F64) -> float:
    """Return the AUC of scores against 0/1 labels; rows without a score are left out."""
    known = ~np.isnan(score)
    distinct, place = np.unique(-score[known], return_inverse=True)
    counts = [np.bincount(place, label[known] == side, len(distinct)).astype(np.float64) for side in (1.0, 0.0)]
    return float(auc(counts[0], counts[1]))


def _folds(room: I64, label: F64, seed: int) -> I64:
    """Return a fold for each slice: whole rooms, each side spread over all folds."""
    rng = np.random.default_rng(seed)
    fold = np.zeros(len(room), np.int64)
    for side in (0.0, 1.0):
        names = rng.permutation(np.unique(room[label == side]))
        of = dict(zip(names.tolist(), (np.arange(len(names)) % _FOLDS).tolist(), strict=True))
        mine = label == side
        fold[mine] = [of[each] for each in room[mine].tolist()]
    return fold


def _scores(train: F64, label: F64, unseen: F64) -> F64:
    scale, weights = _fitted(train, label)
    return np.asarray(weights[0] + _standard(unseen, scale) @ weights[1:], np.float64)


def _fitted(values: F64, label: F64) -> tuple[tuple[F64, F64, F64], F64]:
    """Return scale and weights of a ridge logistic regression; both sides weigh the same."""
    middle = np.nanmedian(values, 0)
    filled = np.where(np.isnan(values), middle, values)
    mean, spread = filled.mean(0), filled.std(0)
    scale = (middle, mean, np.where(spread > 0.0, spread, 1.0))
    design = np.c_[np.ones(len(values)), _standard(values, scale)]
    weight = np.where(label == 1.0, 0.5 / max(label.sum(), 1.0), 0.5 / max((1.0 - label).sum(), 1.0)) * len(label)
    weights = np.zeros(design.shape[1])
    ridge = np.diag(np.r_[1e-6, np.full(design.shape[1] - 1, _RIDGE)])
    for _ in range(_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ weights, -30.0, 30.0)))
        slope = design.T @ (weight * (label - p)) - ridge @ weights
        curve = (design * (weight * p * (1.0 - p))[:, None]).T @ design + ridge
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-8:
            break
    return scale, weights


def _standard(values: F64, scale: tuple[F64, F64, F64]) -> F64:
    middle, mean, spread = scale
    return np.asarray((np.where(np.isnan(values), middle, values) - mean) / spread, np.float64)


def _either(column: F64, label: F64) -> float:
    value = auc_of(column, label)
    return max(value, 1.0 - value)
