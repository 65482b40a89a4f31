"""Shares: at least, about, between which bounds (detectors.md 5.6).

`at_least` needs no example of fraud, only honest rooms. The share is estimated by quantification over the nats of
accounts or orders, weighed by what is measured; its interval by the error over accounts, widened by what
simulated rooms of another world showed the model to miss.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from truecrowd.features.facts import Facts
from truecrowd.features.shares import divergence
from truecrowd.features.view import TYPE_CODES
from truecrowd.verdict.features import Features
from truecrowd.verdict.fusion import Fused, Widening
from truecrowd.verdict.mixture import LEAST, MOST, posterior, visible

UNSEEN: Final = 1 << TYPE_CODES["cart_popup"] | 1 << TYPE_CODES["order"]
"""What can be said of an account that is not in the room: such an account is no viewer."""
UNFIT: Final = frozenset(
    {"address_collisions/same_network", "address_collisions/one_each", "phone_mix/odd_phone"}
)  # fmt: skip
"""Cells that lie where the room's own crowd is thickest or oddest: beside a large farm honest people fall into them,
too, which no honest room shows. same_network set `at_least` above the truth in 14 of 668 simulated rooms, odd_phone in
the room of 20,000 phones (0.60 of 0.57)."""
NOTHING: Final = 0.0005
"""Estimated shares up to this are printed as 0."""
RISK: Final = 0.01
"""Rooms out of one hundred that may show an `at_least` above the truth, over all cells together."""


@dataclass(frozen=True, slots=True)
class Shares:
    """One measure of every room.

    Args:
        share, low, high: Shape (rooms,), 0 to 1; NaN where it is not estimated.
    """

    share: np.ndarray
    low: np.ndarray
    high: np.ndarray


def weights_of(measure: str, facts: Facts) -> np.ndarray:
    """Return what each account (each order for orders and gmv) counts in a measure."""
    rows = facts.people
    if measure == "viewers":
        return np.asarray((rows["types"] & ~UNSEEN != 0).astype(np.float64))
    if measure == "viewer_minutes":
        return np.asarray((rows["last"] - rows["first"]) / 60e6)
    if measure in ("comments", "likes", "popups"):
        return np.asarray(rows[f"n_{measure}"].astype(np.float64))
    if measure == "orders":
        return np.ones(len(facts.orders))
    return np.asarray(np.maximum(facts.orders["amount"], 0).astype(np.float64))


@dataclass(frozen=True, slots=True)
class Estimate:
    """The share of one measure in every room, and what its error depends on.

    Args:
        share: Shape (rooms,), 0 to 1; NaN where it is not estimated.
        spread: Shape (rooms,), standard error.
        root: Shape (rooms,), root of share (1 - share).
        thin: Shape (rooms,), one over the root of those counted: a crowd too small to be seen is a large part of a
            thin room.
        blind: Shape (rooms,), how much wider the interval is where families could not look.
    """

    share: np.ndarray
    spread: np.ndarray
    root: np.ndarray
    thin: np.ndarray
    blind: np.ndarray

    def within(self, widening: Widening) -> Shares:
        """Return the share with its interval (`Model.widening`)."""
        below, above = (
            (2.0 * self.spread + floor + factor * self.root + thinness * self.thin) * self.blind
            for floor, factor, thinness in (widening[:3], widening[3:])
        )
        low = np.where(self.share > 0, np.maximum(self.share - below, 0.0), 0.0)
        return Shares(self.share, np.where(np.isnan(self.share), np.nan, low), np.minimum(self.share + above, 1.0))


def estimated(
    features: Features, fused: Fused, prior: np.ndarray, weight: np.ndarray, n_rooms: int
) -> Estimate:  # fmt: skip
    """Return the share of every room.

    Args:
        features: Accounts or orders.
        fused: Their nats.
        prior: Shape (n,), share among its like in its room (`mixture.priors`).
        weight: Shape (n,), >= 0, what each counts.
        n_rooms: Rooms.
    """
    says = features.looked.any(axis=1)
    seen = visible(fused.total)
    columns = (features.room, seen, posterior(seen, prior), weight)
    room, nats, p, weight = (column[says] for column in columns)
    total = np.bincount(room, weight, n_rooms)
    share = np.where(total > 0, np.bincount(room, weight * p, n_rooms) / np.maximum(total, 1e-12), np.nan)
    share = np.where(share <= NOTHING, 0.0, share)
    return Estimate(
        share, np.minimum(_spread(room, nats, weight, share), 1.0), np.sqrt(np.maximum(share * (1.0 - share), 0.0)),
        1.0 / np.sqrt(_counted(room, weight, n_rooms)), _blindness(features, n_rooms),
    )  # fmt: skip


def _counted(room: np.ndarray, weight: np.ndarray, n_rooms: int) -> np.ndarray:
    """Return how many a room's weights amount to, shape (rooms,), >= 1: their number where all are equal (Kish)."""
    total, squares = np.bincount(room, weight, n_rooms), np.bincount(room, weight**2, n_rooms)
    return np.asarray(np.maximum(total**2 / np.maximum(squares, 1e-12), 1.0))


def _blindness(features: Features, n_rooms: int) -> np.ndarray:
    """Return how much wider an interval is where families could not look, shape (rooms,): all over those that could."""
    n = np.ones(n_rooms)
    np.maximum.at(n, features.room, features.looked.sum(axis=1))
    return np.asarray(features.looked.shape[1] / n)


def within(shares: Shares, lower: np.ndarray | None) -> Shares:
    """Return shares that do not fall below their lower bound.

    A bound above the estimate is a pattern that the estimate does not know: then nothing is claimed but the bound.

    Args:
        shares: As estimated.
        lower: Shape (rooms,), `at_least`; NaN or None: no bound.
    """
    if lower is None:
        return shares
    bound = np.nan_to_num(lower)
    is_unknown = bound > shares.share
    return Shares(
        np.maximum(shares.share, bound), np.maximum(shares.low, bound),
        np.where(is_unknown, 1.0, np.maximum(shares.high, bound)),
    )  # fmt: skip


def _spread(room: np.ndarray, nats: np.ndarray, weight: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return the standard error of each room's share, shape (rooms,).

    The sandwich estimate, which is what a bootstrap over accounts tends to: the squared slopes of the log-likelihood of
    the share over the square of its curvature. Members of a fleet are not drawn together: with one fleet in a room that
    says "all or nothing" where only the membership is in doubt; that rooms differ as wholes is in the widening, which
    is calibrated by room (docs/decisions/0006).
    """
    n_rooms = len(share)
    beyond = np.exp(nats.clip(LEAST, MOST)) - 1.0
    slope = beyond / (1.0 + np.nan_to_num(share)[room] * beyond)
    curve = np.bincount(room, weight * slope**2, n_rooms)
    squares = np.bincount(room, (weight * slope) ** 2, n_rooms)
    return np.asarray(np.sqrt(squares) / np.maximum(curve, 1e-12))


def at_least(
    cells: Mapping[str, tuple[np.ndarray, np.ndarray]], edges: Mapping[str, float], n_rooms: int
) -> np.ndarray:
    """Return the lower bound of the manufactured share of viewers, shape (rooms,); NaN where no cell was counted.

    Over cells B fixed in advance: (P_low(B) - Q_high(B)) / (1 - Q_high(B)), P_low a lower bound of the
    room's share at `RISK` over all cells together, Q_high the edge of honest rooms.
    """
    out = np.full(n_rooms, np.nan)
    used = {name: edges[name] for name in cells if name in edges and edges[name] < 1.0 and name not in UNFIT}
    for name, edge in used.items():
        k, n = cells[name]
        low = lower_bound(k, n, RISK / len(used))
        bound = np.where(n > 0, np.maximum((low - edge) / (1.0 - edge), 0.0), np.nan)
        out = np.fmax(out, bound)
    return out


def lower_bound(k: np.ndarray, n: np.ndarray, risk: float) -> np.ndarray:
    """Return a lower bound of the share behind k of n: a lower true share shows k or more less often than `risk`.

    Source: Chernoff's bound of the binomial tail, exp(-n KL(k/n, p)); never above the bound of Clopper and Pearson, and
    closed in form where theirs needs the inverse of a beta distribution.
    """
    seen = np.where(n > 0, k / np.maximum(n, 1), 0.0)
    low, high = np.zeros(len(k)), seen.copy()
    for _ in range(40):
        middle = (low + high) / 2.0
        too_low = n * divergence(seen, middle.clip(1e-9, 1.0 - 1e-9)) > -np.log(risk)
        low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
    return np.where(k > 0, low, 0.0)


def group_of(accounts: np.ndarray) -> np.ndarray:
    """Return what each account does, 0 to `N_GROUPS` - 1: pops up, orders, speaks or joins something, likes, watches.

    Args:
        accounts: `ACCOUNTS` records.
    """
    kinds = (("cart_popup",), ("order",), ("comment", "follow", "fan_club", "light_badge", "gift", "share"), ("like",))
    masks = [sum(1 << TYPE_CODES[name] for name in names) for names in kinds]
    does = [accounts["types"] & mask != 0 for mask in masks]
    return np.select(does, list(range(len(does))), len(does))


N_GROUPS: Final = 5
