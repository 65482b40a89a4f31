"""Figures 2 and 3: how many orders those who gave back gave back each, and how few buyers placed how many orders.

Neither needs a threshold. The returns are held against the same marks shuffled over the same orders; the concentration
against as many orders drawn from the merchant's other rooms.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from truecrowd.brand.catalogue import MIN_ORDERS, TOPS
from truecrowd.brand.edges import t_quantile

N_DRAWS: Final = 1_000
"""Shuffles, draws and bootstrap samples (brand-audit.md 2)."""
MOST_DRAWN: Final = 2_000_000
"""Orders that may be drawn in one figure of a run: beyond it there are fewer draws, at least `LEAST_DRAWS`."""
LEAST_DRAWS: Final = 100
_AT_ONCE: Final = 2_000_000
"""Orders shuffled at once: 30 MB."""
_WIDEST: Final = 4.0
"""Largest quantile of t that is used: two or three buyers say little, and 12.7 says it no better."""


def n_draws(n_orders: int) -> int:
    """Return how often `n_orders` orders are drawn: large numbers of orders vary less, and cost more."""
    return max(min(N_DRAWS, MOST_DRAWN // max(n_orders, 1)), LEAST_DRAWS)


@dataclass(frozen=True, slots=True)
class Returns:
    """Returned orders per returning buyer.

    Args:
        n_returned: Returned orders, of buyers that can be told apart.
        n_returning: Buyers with at least one of them.
        n_buyers: All buyers.
        q: Returned orders per returning buyer, NaN without any.
        low, high: 95 % interval: the outer edges of a bootstrap over buyers and of the score interval of a count with
            the spread that is seen (the bootstrap alone held 80 to 94 % in small rooms); NaN below 20 orders.
        p_value: How often the same marks, shuffled over the same orders, show at least as much; NaN below 20 orders.
    """

    n_returned: int
    n_returning: int
    n_buyers: int
    q: float
    low: float
    high: float
    p_value: float


def returns_of(
    buyer: np.ndarray, is_returned: np.ndarray, rng: np.random.Generator, *, is_whole: bool = True, n_rooms: int = 1
) -> Returns:
    """Return figure 2 over orders whose buyer can be told apart.

    Args:
        buyer: Shape (n,), codes >= 0.
        is_returned: Shape (n,), bool.
        rng: Of this room; the same seed gives the same numbers.
        is_whole: False: no interval and no shuffle.
        n_rooms: Rooms of the run that are shuffled; many rooms get fewer shuffles each.
    """
    _, place = np.unique(buyer, return_inverse=True)
    place = place.ravel()
    n = np.bincount(place)
    r = np.bincount(place, is_returned, len(n)).astype(np.int64)
    m, hit = int(r.sum()), int((r > 0).sum())
    q = m / hit if hit else math.nan
    if len(buyer) < MIN_ORDERS or not hit or not is_whole:
        return Returns(m, hit, len(n), q, math.nan, math.nan, math.nan)
    edges = (*_bootstrap(r, rng), *_score(r[r > 0]))
    low, high = min(edges), max(edges)
    return Returns(m, hit, len(n), q, low, high, _chance(n, m, hit, rng, n_rooms))


def _bootstrap(r: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % interval of the mean of r over r >= 1, buyers drawn again."""
    kinds, n = np.unique(r, return_counts=True)
    drawn = rng.multinomial(len(r), n / len(r), N_DRAWS)  # buyers with as many returns are alike
    sums, hits = drawn @ kinds, drawn[:, kinds > 0].sum(axis=1)
    q = sums[hits > 0] / hits[hits > 0]
    low, high = np.quantile(q, (0.025, 0.975)).tolist()
    return low, high


def _score(r: np.ndarray) -> tuple[float, float]:
    """Return the score interval of the mean of r >= 1: r - 1 is a count with the dispersion that is seen, at least 1."""
    n, beyond = len(r), float((r - 1).sum())
    spread = max(float(r.var(ddof=1)) * n / beyond, 1.0) if beyond and n > 1 else 1.0
    z = min(t_quantile(0.975, max(n - 1, 1)), _WIDEST)
    square = spread * z * z
    centre, half = (beyond + square / 2) / n, math.sqrt(square * beyond + square * square / 4) / n
    return 1.0 + max(centre - half, 0.0), 1.0 + centre + half


def _chance(n: np.ndarray, m: int, hit: int, rng: np.random.Generator, n_rooms: int) -> float:
    """Return how often `m` marks put on the same orders by chance hit as few buyers as `hit`.

    Buyers of one order are hit as often as they are marked; only the others have to be shuffled.
    """
    ones, of_more = int((n == 1).sum()), n[n > 1]
    n_more = int(of_more.sum())
    draws = n_draws(n_more * n_rooms)
    single = rng.hypergeometric(ones, n_more, m, draws) if n_more else np.full(draws, m)
    starts = np.cumsum(of_more) - of_more
    step = max(_AT_ONCE // max(n_more, 1), 1)
    parts = [_hits(n_more, starts, m - single[at : at + step], rng) for at in range(0, draws, step)]
    return (1 + int((single + np.concatenate(parts) <= hit).sum())) / (1 + draws)


def _hits(n: int, starts: np.ndarray, marks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return how many buyers are hit when so many of their `n` orders are marked by chance, one number a shuffle.

    Args:
        n: Orders; those of one buyer stand together.
        starts: Shape (buyers,), place of each buyer's first order.
        marks: Shape (shuffles,).
        rng: As above.
    """
    if not n:
        return np.zeros(len(marks), np.int64)
    order = rng.random((len(marks), n), np.float32).argsort(axis=1)
    is_marked = np.zeros(order.shape, np.bool_)
    np.put_along_axis(is_marked, order, np.arange(n) < marks[:, None], axis=1)
    return np.asarray(np.logical_or.reduceat(is_marked, starts, axis=1).sum(axis=1))


def concentration(n: np.ndarray) -> dict[str, float]:
    """Return by name how concentrated orders are over buyers: top_1, top_4, top_10, top_percent, gini, effective_buyers.

    Args:
        n: Shape (buyers,), orders of each, >= 1; NaN throughout without any.

    >>> round(concentration(np.array([141, 165, 135, 145] + [1] * 13))["top_4"], 4)
    0.9783
    """
    return _of_histogram(np.bincount(n)) if len(n) else dict.fromkeys(NAMES, math.nan)


def _of_histogram(buyers: np.ndarray) -> dict[str, float]:
    """Return the same from how many buyers have 0, 1, 2, ... orders; at least one has any."""
    x = np.flatnonzero(buyers[1:]) + 1
    many = buyers[x]
    k, total = int(many.sum()), int((many * x).sum())
    upto = np.cumsum(many[::-1])  # from those with most orders down
    orders = np.cumsum((many * x)[::-1])

    def top(most: int) -> float:
        at = int(np.searchsorted(upto, most))
        if at >= len(upto):
            return 1.0
        return float(orders[at] - (upto[at] - most) * x[::-1][at]) / total

    before = np.cumsum(many) - many  # buyers below, so the ranks of one number are before + 1 to before + many
    rank = many * (2 * before + many - k)
    return {f"top_{name}": top(most) for name, most in TOPS.items()} | {
        "top_percent": top(max(k // 100, 1)), "gini": float((rank * x).sum()) / (k * total),
        "effective_buyers": float(total) ** 2 / float((many * x.astype(np.float64) ** 2).sum()),
    }  # fmt: skip


NAMES: Final = (*(f"top_{name}" for name in TOPS), "top_percent", "gini", "effective_buyers")


def rarefied(pool: np.ndarray, n: int, rng: np.random.Generator, *, n_rooms: int = 1) -> Mapping[str, np.ndarray]:
    """Return by name of `concentration` what as many orders drawn from other rooms show, shape (draws,).

    Args:
        pool: Shape (k,), k >= n, codes of the buyers of the other rooms' orders.
        n: Orders to draw, >= 1.
        rng: As above.
        n_rooms: Rooms of the run that are drawn for; many rooms get fewer draws each.
    """
    _, place = np.unique(pool, return_inverse=True)
    place = place.ravel()
    rows = []
    for _ in range(n_draws(n * n_rooms)):
        drawn = np.bincount(place[rng.choice(len(place), n, replace=False, shuffle=False)])
        rows.append(_of_histogram(np.bincount(drawn)))
    return {name: np.array([row[name] for row in rows]) for name in NAMES}
