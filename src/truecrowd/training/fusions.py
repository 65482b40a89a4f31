"""Train one fusion: step functions within each family, then slopes for every set of families that may have looked."""

from collections.abc import Sequence

import numpy as np

from truecrowd.training.stumps import Config, fit
from truecrowd.verdict.features import FAMILIES, Features
from truecrowd.verdict.fusion import Curve, Fusion, Habits, Steps
from truecrowd.verdict.inroom import N_LEVELS, levels_of

ROOM_WEIGHT = {"true": 300.0, "honest": 1_000.0}
"""Most that the manufactured (honest) subjects of one room weigh together: one farm of 20,000 is one example of a farm,
not twenty thousand."""
_ROUNDS = 60
MANY = 400.0
"""Weight of true subjects from which a curve is fitted instead of a line."""
N_KNOTS = 16
"""Quantiles of all sums, and of those of true subjects, between which the curve is straight."""
GAP = 0.5
"""Most nats between two knots: few subjects lie where the curve is steep, and a straight line there is far off."""


def fused_from(features: Sequence[Features], is_true: Sequence[np.ndarray], config: Config) -> Fusion:
    """Return the fusion that tells true subjects from others.

    Args:
        features: Of one kind, one for every simulation.
        is_true: For each, shape (n,), bool.
        config: Of the boosting.
    """
    names = sorted({name for one in features for name in one.values})
    family = {name: one.family[name] for one in features for name in one.values}
    yes = np.concatenate([np.empty(0, np.bool_), *is_true])
    weight = np.concatenate([np.empty(0), *(_weights(one, true) for one, true in zip(features, is_true, strict=True))])
    columns = {name: np.concatenate([_column(one, name) for one in features]) for name in names}
    steps: dict[str, Steps] = {}
    for place in range(len(FAMILIES)):
        own = {name: columns[name] for name in names if family[name] == place}
        for name, (edges, nats) in fit(own, yes, weight, config).items():
            steps[name] = Steps(place, edges, nats)
    plain = Fusion(steps, {})
    families = np.concatenate([np.empty((0, len(FAMILIES))), *(plain.fuse(one).families for one in features)])
    return Fusion(steps, _sets(families, yes, weight))


def habits_of(fusion: Fusion, features: Sequence[Features], is_true: Sequence[np.ndarray]) -> Habits:
    """Return how the families' nats are spread among honest and manufactured subjects, rooms weighed as in the fit."""
    counts = np.ones((2, len(FAMILIES), N_LEVELS))  # of honest and of manufactured ones: one more than are seen
    for one, truth in zip(features, is_true, strict=True):
        level, weight = levels_of(fusion.fuse(one).families, one.looked), _weights(one, truth)
        for side in (0, 1):
            for k in range(len(FAMILIES)):
                part = np.bincount(level[:, k], weight * (truth == side), N_LEVELS + 1)
                counts[side, k] += part[:N_LEVELS]
    spread = (counts / counts.sum(axis=2, keepdims=True)).round(7)
    return Habits(honest=spread[0], bought=spread[1])


def _column(features: Features, name: str) -> np.ndarray:
    return features.values.get(name, np.full(len(features), np.nan))


def _weights(features: Features, is_true: np.ndarray) -> np.ndarray:
    """Return what each subject weighs: 1, or less where its room has many of its like."""
    n_rooms = int(features.room.max()) + 1 if len(features) else 0
    out = np.ones(len(features))
    for side, most in ((is_true, ROOM_WEIGHT["true"]), (~is_true, ROOM_WEIGHT["honest"])):
        n = np.bincount(features.room[side], minlength=n_rooms)
        out[side] = np.minimum(1.0, most / np.maximum(n, 1))[features.room[side]]
    return out


def _sets(families: np.ndarray, yes: np.ndarray, weight: np.ndarray) -> dict[int, Curve]:
    """Return the curve for every set of families, fitted with the others set to zero."""
    used = [place for place in range(len(FAMILIES)) if np.ptp(families[:, place]) > 0] if len(families) else []
    out = {}
    for code in range(1, 1 << len(FAMILIES)):
        places = [place for place in used if code >> place & 1]
        if places and yes.any() and not yes.all():
            out[code] = curve(families[:, places].sum(axis=1), yes, weight)
    return out


def curve(total: np.ndarray, yes: np.ndarray, weight: np.ndarray) -> Curve:
    """Return what sums of nats amount to: a straight line where truths are few, else a curve that never falls.

    Args:
        total: Shape (n,), nats, without a prior.
        yes: Shape (n,), bool.
        weight: Shape (n,).
    """
    if (weight * yes).sum() < MANY:
        a, b = slope(total, yes, weight)
        ends = np.array([-8.0, 16.0])
        return Curve(ends, (a * ends + b).round(4))
    steps = np.linspace(0, 1, N_KNOTS + 1)
    even = np.arange(total.min(), total.max(), GAP)
    cuts = np.unique(np.concatenate([even, *(np.quantile(side, steps) for side in (total, total[yes]))]).round(4))
    place = np.searchsorted(cuts[1:], total.round(4), side="right")
    n_yes, n_no = (np.bincount(place, weight * side, len(cuts)) for side in (yes, ~yes))
    centre = np.bincount(place, weight * total, len(cuts)) / np.maximum(n_yes + n_no, 1e-12)
    has = n_yes + n_no > 0
    prior = np.log((weight * yes).sum() / (weight * ~yes).sum())
    return Curve(centre[has].round(4), (_isotonic(n_yes[has], n_no[has]) - prior).round(4))


def _isotonic(n_yes: np.ndarray, n_no: np.ndarray) -> np.ndarray:
    """Return log-odds of each bin, never falling: neighbours that fall are put together; half a row is added to each."""
    blocks: list[list[float]] = []
    for yes, no in zip(n_yes.tolist(), n_no.tolist(), strict=True):
        blocks.append([yes, no, 1.0])
        while len(blocks) > 1 and _odds(blocks[-1]) < _odds(blocks[-2]):
            last = blocks.pop()
            blocks[-1] = [one + other for one, other in zip(blocks[-1], last, strict=True)]
    return np.repeat([_odds(block) for block in blocks], [int(block[2]) for block in blocks])


def _odds(block: list[float]) -> float:
    return float(np.log((block[0] + 0.5) / (block[1] + 0.5)))


def slope(total: np.ndarray, yes: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Return slope (0.1 to 2) and intercept that calibrate a sum of nats, by weighted logistic regression.

    Args:
        total: Shape (n,), nats, without a prior.
        yes: Shape (n,), bool.
        weight: Shape (n,).
    """
    if not yes.any() or yes.all():
        return 1.0, 0.0
    offset = np.log((weight * yes).sum() / (weight * ~yes).sum())
    x = np.stack([total, np.ones(len(total))], axis=1)
    beta = np.array([0.5, 0.0])
    for _ in range(_ROUNDS):
        p = 1.0 / (1.0 + np.exp(-(x @ beta + offset)))
        gradient = x.T @ (weight * (yes - p)) - np.array([1.0, 1.0]) * 0.01 * beta
        curve = (x * (weight * p * (1 - p))[:, None]).T @ x + np.eye(2) * 0.1
        step = np.linalg.solve(curve, gradient)
        beta = beta + step.clip(-0.5, 0.5)
        if np.abs(step).max() < 1e-8:
            break
    return round(float(beta[0].clip(0.1, 2.0)), 4), round(float(beta[1].clip(-2.0, 2.0)), 4)


def schemes_of(schemes: Sequence[frozenset[str]], scheme: str) -> np.ndarray:
    """Return shape (rooms,), bool: the scheme, or any at all, was bought there."""
    return np.array([bool(names) if scheme == "any" else scheme in names for names in schemes], np.bool_)
