"""Edges of shares: Wilson, Clopper and Pearson, quantiles of beta and t; scipy is not needed for any of it.

Orders of one buyer are one decision taken several times. So every share of orders is counted on as many independent
orders as its buyers are worth (`design_effect`): an interval never gets narrower because one buyer ordered often.
"""

import math
from statistics import NormalDist
from typing import Final

import numpy as np

Z95: Final = 1.959963984540054
"""97.5 % quantile of the normal distribution."""
RISK99: Final = 0.01
"""Risk of the two-sided intervals that `at_least` is made of (brand-audit.md 2)."""
_TINY: Final = 1e-300
_FLAT: Final = -600.0
"""Logarithm of a density below which its slope leads nowhere."""
_MANY: Final = 60.0
"""Degrees of freedom from which the expansion of t is exact to 1e-6."""


def wilson(k: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Return the Wilson interval of k of n, 0 to 1; (0, 1) where n is 0.

    Args:
        k: Orders of the kind, >= 0; may be a fraction where it is an effective number.
        n: Orders, >= k.
        z: Quantile of the normal distribution.

    Source: Wilson 1927.

    >>> low, high = wilson(3100, 4300)
    >>> round(low, 3), round(high, 3)
    (0.707, 0.734)
    """
    if n <= 0:
        return 0.0, 1.0
    p, square = k / n, z * z
    centre, scale = (p + square / (2 * n)), 1 + square / n
    half = z * math.sqrt(p * (1 - p) / n + square / (4 * n * n))
    low = 0.0 if k <= 0 else max((centre - half) / scale, 0.0)
    return low, 1.0 if k >= n else min((centre + half) / scale, 1.0)


def clopper_pearson(k: float, n: float, risk: float = RISK99) -> tuple[float, float]:
    """Return the exact interval of k of n at a two-sided risk; (0, 1) where n is 0.

    Source: Clopper and Pearson 1934.

    >>> low, high = clopper_pearson(1705, 2000)
    >>> round(low, 4), round(high, 4)
    (0.831, 0.8723)
    """
    if n <= 0:
        return 0.0, 1.0
    low = 0.0 if k <= 0 else beta_quantile(risk / 2, k, n - k + 1)
    high = 1.0 if k >= n else beta_quantile(1 - risk / 2, k + 1, n - k)
    return low, high


def beta_quantile(q: float, a: float, b: float) -> float:
    """Return x where the distribution function of Beta(a, b) is q; a, b > 0, 0 < q < 1.

    Newton's steps where they stay between the edges known so far, halves of these otherwise.
    """
    low, high = 0.0, 1.0
    x = a / (a + b)
    log_scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    for _ in range(100):
        beyond = beta_below(x, a, b) - q
        low, high = (low, x) if beyond > 0 else (x, high)
        log_slope = log_scale + (a - 1) * math.log(x) + (b - 1) * math.log1p(-x)
        step = beyond * math.exp(-log_slope) if log_slope > _FLAT else math.inf
        after = x - step if low < x - step < high else (low + high) / 2
        if abs(after - x) <= 1e-13 * after or high - low <= 1e-15:
            return after
        x = after
    return x


def beta_below(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), 0 to 1.

    Source: continued fraction, DLMF 8.17.22, by the modified method of Lentz.

    >>> round(beta_below(0.3, 2.0, 5.0), 6)
    0.579825
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_below(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    value, c, d = 1.0, 1.0, 0.0
    for step in range(10_000):
        m = step // 2
        if step == 0:
            term = 1.0
        elif step % 2 == 0:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        else:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / (1 + term * d or _TINY)
        c = 1 + term / c or _TINY
        value *= c * d
        if abs(c * d - 1) < 1e-13:
            break
    return math.exp(log_front) * (value - 1) / a


def t_quantile(q: float, df: float) -> float:
    """Return the quantile q (> 0.5) of Student's t with df > 0 degrees of freedom.

    Source: Hill 1970 (the expansion for many degrees of freedom).

    >>> round(t_quantile(0.975, 10), 4), round(t_quantile(0.975, 60), 4)
    (2.2281, 2.0003)
    """
    if df >= _MANY:
        z = Z95 if q == 0.975 else NormalDist().inv_cdf(q)
        return z + (z**3 + z) / (4 * df) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)
    x = beta_quantile(2 * (1 - q), df / 2, 0.5)
    return math.sqrt(df * (1 - x) / max(x, _TINY))


def design_effect(of_kind: np.ndarray, buyer: np.ndarray) -> float:
    """Return by how much the variance of a share exceeds that of as many independent orders, >= 1.

    Args:
        of_kind: Shape (n,), bool: the order is of the kind.
        buyer: Shape (n,), codes, -1 unknown: such an order is on its own.

    Where all orders or none are of the kind nothing shows how alike a buyer's orders are; then they count as all alike.
    """
    n = len(of_kind)
    if n == 0:
        return 1.0
    known = buyer >= 0
    _, place = np.unique(buyer[known], return_inverse=True)
    size = np.append(np.bincount(place), np.ones(int((~known).sum()), np.int64))
    k = np.append(np.bincount(place, of_kind[known]), of_kind[~known].astype(float))
    p = float(of_kind.mean())
    if p in (0.0, 1.0):
        return max(float((size.astype(float) ** 2).sum()) / n, 1.0)
    groups = len(size)
    if groups < 2:
        return float(n)
    spread = float(((k - p * size) ** 2).sum()) * groups / (groups - 1)
    return min(max(spread / (n * p * (1 - p)), 1.0), float(n))


def share_edges(of_kind: np.ndarray, buyer: np.ndarray) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share of orders, on as many orders as its buyers are worth."""
    effect = design_effect(of_kind, buyer)
    return wilson(float(of_kind.sum()) / effect, len(of_kind) / effect)
