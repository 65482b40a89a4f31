"""Likes as streaks, follows, fan club, badge, gifts and shares of honest viewers."""

import numpy as np

from truecrowd.simulate import laws
from truecrowd.simulate.kinds import F64, I64, Rng
from truecrowd.simulate.rows import Rows, joined, rows
from truecrowd.simulate.visits import Visits
from truecrowd.simulate.world import Acts


def honest(rng: Rng, priors: Acts, visits: Visits) -> Rows:
    """Return what visitors do besides talking and buying, each at a time of their own inside their visit."""
    shares = {
        "follow": priors.follow_share,
        "fan_club": priors.club_share,
        "light_badge": priors.badge_share,
        "gift": priors.gift_share,
        "share": priors.share_share,
    }
    parts = [likes(rng, priors, visits)]
    for event_type, share in shares.items():
        which = np.flatnonzero(rng.random(len(visits)) < share)
        value = rng.geometric(0.6, len(which)) if event_type == "gift" else np.nan
        parts.append(rows(event_type, inside(rng, visits, which), account=visits.account[which], value=value))
    return joined(parts)


def likes(rng: Rng, priors: Acts, visits: Visits) -> Rows:
    """Return like events: each is one streak, its `value` the number of taps."""
    who = np.flatnonzero(rng.random(len(visits)) < priors.like_share)
    which = np.repeat(who, rng.geometric(1.0 / priors.streaks_mean, len(who)))
    return rows("like", inside(rng, visits, which), account=visits.account[which], value=taps(rng, priors, len(which)))


def taps(rng: Rng, priors: Acts, n: int) -> F64:
    """Return the taps of `n` streaks, at least one each."""
    return np.asarray(np.ceil(laws.draw(rng, priors.taps, n)).clip(1, 3_000))


def inside(rng: Rng, visits: Visits, which: I64) -> F64:
    """Return a time inside each picked visit, evenly drawn."""
    start = visits.start_s[which]
    return np.asarray(start + rng.random(len(which)) * (visits.end_s[which] - start))
