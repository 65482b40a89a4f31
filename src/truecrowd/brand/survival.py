"""Refunds by age: R(x) = 1 - product over f - t <= x of (1 - d / n), and its twin weighted by money.

Kaplan and Meier 1958. Orders that are not back leave the risk set at the age they have at the end of the data, so
young orders count for as long as they were seen. The variance is Greenwood's, or, where it is larger, that of the same
sum put together by buyer (the infinitesimal jackknife): orders of one buyer are one decision. The interval is taken on
log(-log S), which keeps it inside 0 and 1.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truecrowd.brand.catalogue import MIN_ORDERS
from truecrowd.brand.edges import t_quantile, wilson


@dataclass(frozen=True, slots=True)
class Aged:
    """R at one age.

    Args:
        value: 0 to 1; NaN where too few orders are that old.
        low, high: 95 % interval; NaN where there is none.
        n: Orders that were seen for as long as this, back or not.
        k: Of all orders, those back by this age.
    """

    value: float
    low: float
    high: float
    n: int
    k: int


def refunds_by_age(
    age: np.ndarray, is_back: np.ndarray, followed: np.ndarray, weight: np.ndarray, buyer: np.ndarray,
    horizons: Sequence[int], *, is_whole: bool = True,
) -> list[Aged]:  # fmt: skip
    """Return R at each age.

    Args:
        age: Shape (n,), microseconds from payment to the refund, or to the end of the data where not back.
        is_back: Shape (n,), bool.
        followed: Shape (n,), microseconds from payment to the end of the data: how long each could be seen.
        weight: Shape (n,), float64, 1 or the money of each.
        buyer: Shape (n,), codes, -1 unknown.
        horizons: Ages asked for, microseconds, ascending.
        is_whole: False: no intervals.
    """
    use = weight > 0
    age, is_back, followed, weight, buyer = (one[use] for one in (age, is_back, followed, weight, buyer))
    if not len(age):
        return [Aged(math.nan, math.nan, math.nan, 0, 0) for _ in horizons]
    risk = _at_risk(age, is_back, weight)
    groups = _groups(buyer) if is_whole else None
    return [_at(x, risk, age, is_back, followed, weight, groups) for x in horizons]


@dataclass(frozen=True, slots=True)
class Curve:
    """Which part of orders is still kept by age: a step function. `age` and `value` have shape (k,), ages ascending."""

    age: np.ndarray
    value: np.ndarray

    def kept(self, age: np.ndarray) -> np.ndarray:
        """Return the part kept at these ages, microseconds, 0 to 1."""
        return np.asarray(np.append(1.0, self.value)[np.searchsorted(self.age, age, side="right")])


def curve_of(age: np.ndarray, is_back: np.ndarray) -> Curve:
    """Return 1 - R over all ages, every order counting as one; `age` as `refunds_by_age` takes it."""
    if not len(age):
        return Curve(np.zeros(0, np.int64), np.zeros(0))
    risk = _at_risk(age, is_back, np.ones(len(age)))
    return Curve(risk.age, np.exp(risk.log_kept))


@dataclass(frozen=True, slots=True)
class _Risk:
    """What happened at the ages at which orders came back, ascending.

    Args:
        age: Shape (k,), microseconds.
        stays: Shape (k,), weight at risk that did not come back then.
        log_kept: Shape (k,), log of the product up to there.
        greenwood: Shape (k + 1,), Greenwood's sum up to there, 0 before the first.
    """

    age: np.ndarray
    stays: np.ndarray
    log_kept: np.ndarray
    greenwood: np.ndarray


def _at_risk(age: np.ndarray, is_back: np.ndarray, weight: np.ndarray) -> _Risk:
    order = np.argsort(age, kind="stable")
    left = np.cumsum(weight[order][::-1])[::-1]
    ages, place = np.unique(age[is_back], return_inverse=True)
    back = np.bincount(place, weight[is_back], len(ages))
    at_risk = left[np.searchsorted(age[order], ages)]
    stays = np.maximum(at_risk - back, 0.0)
    stays = np.where(stays <= 1e-9 * at_risk, 0.0, stays)
    with np.errstate(divide="ignore"):
        log_kept = np.log(stays / at_risk)
    step = np.where(stays > 0, back / (at_risk * np.maximum(stays, 1e-300)), 0.0)
    return _Risk(ages, stays, np.cumsum(log_kept), np.append(0.0, np.cumsum(step)))


def _groups(buyer: np.ndarray) -> np.ndarray:
    """Return the number of each order's buyer; an order without one is on its own."""
    _, place = np.unique(buyer, return_inverse=True)
    alone = np.flatnonzero(buyer < 0)
    place = place.ravel().copy()
    place[alone] = place.max(initial=0) + 1 + np.arange(len(alone))
    return np.asarray(np.unique(place, return_inverse=True)[1].ravel())


def _at(
    x: int, risk: _Risk, age: np.ndarray, is_back: np.ndarray, followed: np.ndarray, weight: np.ndarray,
    groups: np.ndarray | None,
) -> Aged:  # fmt: skip
    n, by_now = int((followed >= x).sum()), is_back & (age <= x)
    if n < MIN_ORDERS:
        return Aged(math.nan, math.nan, math.nan, n, int(by_now.sum()))
    upto = int(np.searchsorted(risk.age, x, side="right"))
    log_kept = float(risk.log_kept[upto - 1]) if upto else 0.0
    value = abs(math.expm1(log_kept))
    low = high = math.nan
    if groups is not None:
        low, high = _edges(log_kept, upto, risk, age, by_now, weight, groups)
    return Aged(value, low, high, n, int(by_now.sum()))


def _edges(
    log_kept: float, upto: int, risk: _Risk, age: np.ndarray, by_now: np.ndarray, weight: np.ndarray, groups: np.ndarray
) -> tuple[float, float]:  # fmt: skip
    worth = np.bincount(groups, weight)
    effective = float(weight.sum()) ** 2 / float((worth**2).sum())
    if log_kept == 0.0 or math.isinf(log_kept):  # none or all: no variance shows; as for a share of so many
        return wilson(0.0 if log_kept == 0.0 else effective, effective)
    seen = np.minimum(np.searchsorted(risk.age, age, side="right"), upto)
    pull = -risk.greenwood[seen]
    own = np.searchsorted(risk.age, age[by_now])
    pull[by_now] += 1.0 / np.maximum(risk.stays[own], 1e-300)
    of_buyer = np.bincount(groups, pull * weight)
    together = float((of_buyer**2).sum()) * len(worth) / max(len(worth) - 1, 1)
    spread = math.sqrt(max(together, float(risk.greenwood[upto]) * _mean_weight(weight)))
    theta = math.log(-log_kept)
    half = t_quantile(0.975, max(effective - 1.0, 1.0)) * spread / -log_kept
    edges = (-math.expm1(-math.exp(theta - half)), -math.expm1(-math.exp(theta + half)))
    return min(edges), max(edges)


def _mean_weight(weight: np.ndarray) -> float:
    """Return what one order of an average weight counts as in Greenwood's sum: sum of squares over the sum."""
    return float((weight**2).sum()) / float(weight.sum())
