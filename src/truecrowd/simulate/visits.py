"""Coming and going: own ragged schedules, a mixture of stays, second visits."""

from dataclasses import dataclass

import numpy as np

from truecrowd.simulate import laws
from truecrowd.simulate.kinds import F64, I64, Bool, Rng
from truecrowd.simulate.rows import Rows, joined, rows
from truecrowd.simulate.world import Arrivals, Stay, World


@dataclass(frozen=True, slots=True)
class Visits:
    """One stay of one account in one room per place; seconds after the room's start."""

    account: I64
    start_s: F64
    end_s: F64

    def __len__(self) -> int:
        return len(self.account)

    def moved(self, n_accounts: int) -> "Visits":
        """Return the visits with account places shifted behind `n_accounts` others."""
        return Visits(self.account + n_accounts, self.start_s, self.end_s)

    def at(self, at_s: float) -> "Visits":
        """Return the visits that are open at a time."""
        return self.take((self.start_s <= at_s) & (at_s < self.end_s))

    def take(self, which: Bool | I64) -> "Visits":
        """Return the visits a mask or an index array picks."""
        return Visits(self.account[which], self.start_s[which], self.end_s[which])


def gather(parts: list[Visits]) -> Visits:
    """Return the parts one after the other."""
    return Visits(
        np.concatenate([part.account for part in parts]),
        np.concatenate([part.start_s for part in parts]),
        np.concatenate([part.end_s for part in parts]),
    )


def none() -> Visits:
    """Return no visits at all, for accounts that act without joining."""
    return Visits(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))


def arrivals(rng: Rng, priors: Arrivals, n: int, length_s: float) -> F64:
    """Return `n` arrival times of people who each come on their own.

    Args:
        rng: Stream to draw from.
        priors: How ragged the minutes are.
        n: How many people.
        length_s: Length of the broadcast, seconds.

    Returns:
        Shape (n,), seconds in [0, length_s), in no order. Poisson inside a minute, whose rate is drawn.
    """
    edges = np.minimum(np.arange(np.ceil(length_s / 60.0) + 1) * 60.0, length_s)
    ramp = np.where(edges[:-1] < min(priors.warm_up_s, length_s / 6.0), priors.warm_up_rate, 1.0)
    ramp = ramp * _pushed(rng, priors, edges[:-1], length_s)
    fade = np.clip((length_s - edges[:-1]) / 1_800.0, 0.25, 1.0)
    rate = ramp * fade * laws.draw(rng, priors.minute, len(ramp)) * np.diff(edges)
    minute = np.searchsorted(np.cumsum(rate) / rate.sum(), rng.random(n), side="right").clip(0, len(rate) - 1)
    return np.asarray(edges[minute] + rng.random(n) * np.diff(edges)[minute])


def _pushed(rng: Rng, priors: Arrivals, minute_s: F64, length_s: float) -> F64:
    starts = rng.uniform(0.0, length_s, rng.poisson(priors.pushes_per_hour * length_s / 3_600.0))
    since = minute_s[:, None] - starts[None, :]
    return np.where(((since >= 0.0) & (since < 180.0)).any(axis=1), priors.push_factor, 1.0)


def stays(rng: Rng, priors: Stay, n: int) -> F64:
    """Return `n` stays in seconds, from the world's mixture, at least two seconds each."""
    return np.maximum(laws.mixed(rng, priors.parts, n), 2.0)


def casual(rng: Rng, world: World, n: int, length_s: float) -> Visits:
    """Return the visits of `n` ordinary accounts, some of which come back once."""
    start = arrivals(rng, world.arrivals, n, length_s)
    first = closed(rng, np.arange(n), start, stays(rng, world.stay, n), length_s)
    priors = world.arrivals
    again = first.end_s + priors.repeat_gap_min_s + laws.draw(rng, priors.repeat_gap, n)
    comes = np.flatnonzero((rng.random(n) < priors.repeat_share / 0.6) & (again < length_s))
    second = closed(rng, comes, again[comes], stays(rng, world.stay, len(comes)), length_s)
    return gather([first, second])


def closed(rng: Rng, account: I64, start_s: F64, stay_s: F64, length_s: float) -> Visits:
    """Return visits that end when the stay does or, within half a minute, when the broadcast does."""
    goodbye = length_s + rng.exponential(6.0, len(start_s)).clip(0.05, 30.0)
    return Visits(account, start_s, np.minimum(start_s + stay_s, goodbye))


def join_rows(visits: Visits, traffic: I64 | int) -> Rows:
    """Return the join and leave rows of visits; only joins say why the viewer came."""
    return joined(
        [
            rows("join", visits.start_s, account=visits.account, traffic=traffic),
            rows("leave", visits.end_s, account=visits.account),
        ]
    )


def online(visits: Visits, at_s: F64) -> F64:
    """Return how many visits are open at each time."""
    started = np.searchsorted(np.sort(visits.start_s), at_s, side="right")
    return (started - np.searchsorted(np.sort(visits.end_s), at_s, side="right")).astype(np.float64)
