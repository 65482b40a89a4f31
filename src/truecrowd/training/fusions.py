"""Train one fusion: step functions within each family, then slopes for every set of families that may have looked."""

from collections.abc import Sequence

import numpy as np

from truecrowd.training.stumps import Config, fit
from truecrowd.verdict.features import FAMILIES, Features
from truecrowd.verdict.fusion import Fusion, Steps

ROOM_WEIGHT = {"true": 300.0, "honest": 1_000.0}
"""Most that the manufactured (honest) subjects of one room weigh together: one farm of 20,000 is one example of a farm,
not twenty thousand."""
_ROUNDS = 60


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


def _sets(families: np.ndarray, yes: np.ndarray, weight: np.ndarray) -> dict[int, tuple[float, float]]:
    """Return slope and intercept for every set of families, fitted with the others set to zero."""
    used = [place for place in range(len(FAMILIES)) if np.ptp(families[:, place]) > 0] if len(families) else []
    out = {}
    for code in range(1, 1 << len(FAMILIES)):
        places = [place for place in used if code >> place & 1]
        if places:
            out[code] = slope(families[:, places].sum(axis=1), yes, weight)
    return out


def slope(total: np.ndarray, yes: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Return slope (0.1 to 1) and intercept that calibrate a sum of nats, by weighted logistic regression.

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
    return round(float(beta[0].clip(0.1, 1.0)), 4), round(float(beta[1].clip(-2.0, 2.0)), 4)


def schemes_of(schemes: Sequence[frozenset[str]], scheme: str) -> np.ndarray:
    """Return shape (rooms,), bool: the scheme, or any at all, was bought there."""
    return np.array([bool(names) if scheme == "any" else scheme in names for names in schemes], np.bool_)
