"""How far a share lies from another one."""

import numpy as np


def divergence(seen: np.ndarray, expected: np.ndarray | float) -> np.ndarray:
    """Return the Kullback-Leibler divergence of two shares; n times it bounds the binomial tail of n draws.

    Args:
        seen: Shape (n,), float64 in [0, 1].
        expected: Shape (n,) or one number, in (0, 1), not at its ends.

    Returns:
        Shape (n,), nats, >= 0, 0 where both are equal. It has no side: the caller says which one it means.

    Source: Chernoff bound.

    >>> divergence(np.array([0.5, 1.0, 0.0]), 0.5).round(4).tolist()
    [0.0, 0.6931, 0.6931]
    """
    one = np.where(seen > 0, seen * np.log(np.maximum(seen, 1e-12) / expected), 0.0)
    other = np.where(seen < 1, (1 - seen) * np.log(np.maximum(1 - seen, 1e-12) / (1 - expected)), 0.0)
    return np.asarray(one + other)
