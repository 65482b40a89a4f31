"""Families of distributions by name, so that two worlds may differ in shape and not only in size."""

from typing import Final

import numpy as np

from truecrowd.simulate.kinds import F64, Rng

Law = tuple[str, float, float]
"""Name of a family, its median, and its spread; for `uniform`, least and greatest value."""

_LN2: Final = float(np.log(2.0))


def draw(rng: Rng, law: Law, n: int) -> F64:
    """Return `n` draws.

    Args:
        rng: Stream to draw from.
        law: `lognormal` (spread: sigma of the logarithm), `weibull` (shape), `lomax` (tail exponent), `gamma` (shape),
            `loglogistic` (shape), `uniform` (least, greatest), or `onoff` (median times or divided by the spread, two
            in three low).
        n: How many, >= 0.

    Returns:
        Shape (n,), all >= 0.

    >>> bool(abs(np.median(draw(np.random.default_rng(0), ("weibull", 60.0, 0.8), 9_999)) - 60.0) < 5.0)
    True
    """
    name, a, b = law
    if name == "uniform":
        return rng.uniform(a, b, n)
    if name == "lognormal":
        return np.asarray(a * np.exp(b * rng.standard_normal(n)))
    if name == "weibull":
        return np.asarray(a * (rng.standard_exponential(n) / _LN2) ** (1.0 / b))
    if name == "gamma":
        return np.asarray(rng.gamma(b, a / (b * (1.0 - 1.0 / (9.0 * b)) ** 3), n))
    if name == "onoff":
        return np.where(rng.random(n) < 2.0 / 3.0, a / b, a * b)
    u = rng.random(n)
    if name == "lomax":
        return np.asarray(a * ((1.0 - u) ** (-1.0 / b) - 1.0) / (2.0 ** (1.0 / b) - 1.0))
    return np.asarray(a * (u / (1.0 - u)) ** (1.0 / b))


def mixed(rng: Rng, parts: tuple[tuple[float, Law], ...], n: int) -> F64:
    """Return `n` draws from a mixture of laws by relative weight."""
    weights = np.array([weight for weight, _ in parts])
    sort = rng.choice(len(parts), size=n, p=weights / weights.sum())
    found = np.empty(n)
    for place, (_, law) in enumerate(parts):
        which = np.flatnonzero(sort == place)
        found[which] = draw(rng, law, len(which))
    return found
