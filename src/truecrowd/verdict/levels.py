"""From nats to levels: the default rule, and its caps (detectors.md 5.3)."""

from collections.abc import Sequence
from typing import Final

import numpy as np

ORDER: Final = ("clear", "undetermined", "watch", "high", "critical")
"""From the mildest to the gravest; a worse one wins over a milder one."""
CLEAR, UNDETERMINED, WATCH, HIGH, CRITICAL = range(5)
WATCH_NATS, HIGH_NATS, CRITICAL_NATS = 2.9, 5.1, 7.5
"""Least sums over families; 2.9 nats take a prior of 0.05 to one half."""
WATCH_P, HIGH_P, CRITICAL_P = 0.5, 0.9, 0.99
ONE_FAMILY_NATS: Final = 2.0
"""Nats of one family that are worth watching alone."""
USUAL: Final = {WATCH: 0.01, HIGH: 0.002}
"""Most honest rooms of the reference, as a share, that may look as much so for a room to be at that level."""
CRITICAL_SHARE: Final = 0.05
"""Least lower bound of the share of a room at critical."""
PRIOR: Final = 0.05
"""Of a room, before anything is seen (detectors.md 5.3); printed in the report."""


def logit(p: np.ndarray | float) -> np.ndarray:
    """Return the log-odds of p."""
    return np.asarray(np.log(p) - np.log1p(-np.asarray(p)))


def probability(nats: np.ndarray, prior: np.ndarray | float = PRIOR) -> np.ndarray:
    """Return the probability after `nats` of evidence."""
    return np.asarray(1.0 / (1.0 + np.exp(-(nats + logit(prior)))))


def levels(total: np.ndarray, families: np.ndarray, p: np.ndarray, looked: np.ndarray, *, enough: int) -> np.ndarray:
    """Return shape (n,), places in `ORDER`, by the sum, the families and p alone; at most `high`.

    Args:
        total: Shape (n,), nats.
        families: Shape (n, 4), nats.
        p: Shape (n,), with the prior.
        looked: Shape (n, 4), bool.
        enough: Families that must have looked for `clear`.
    """
    out = np.where(looked.sum(axis=1) >= enough, CLEAR, UNDETERMINED)
    strong = families.max(axis=1, initial=0.0) >= ONE_FAMILY_NATS
    out = np.where((p >= WATCH_P) & ((total >= WATCH_NATS) | strong), WATCH, out)
    is_high = (total >= HIGH_NATS) & (p >= HIGH_P) & ((families >= 1.0).sum(axis=1) >= 2)
    return np.asarray(np.where(is_high, HIGH, out))


def is_critical(total: np.ndarray, families: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Say who reaches the sums of `critical`; a reference of real rooms must stand behind it as well."""
    two = (families >= ONE_FAMILY_NATS).sum(axis=1) >= 2
    return np.asarray((total >= CRITICAL_NATS) & (p >= CRITICAL_P) & two)


def capped(level: np.ndarray, p_value: np.ndarray) -> np.ndarray:
    """Return levels lowered to what the reference allows: nothing that many honest rooms show as well.

    Args:
        level: Shape (n,), places in `ORDER`.
        p_value: Shape (n,), share of honest rooms that score as high; NaN where there are too few to say.
    """
    usual = np.nan_to_num(p_value, nan=0.0)
    out = np.where((level >= HIGH) & (usual > USUAL[HIGH]), WATCH, level)
    return np.asarray(np.where((out >= WATCH) & (usual > USUAL[WATCH]), CLEAR, out))


def words(level: np.ndarray) -> Sequence[str]:
    """Return the levels as text."""
    return [ORDER[place] for place in level.tolist()]
