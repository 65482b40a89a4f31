"""How much of a room is manufactured: mixtures of what honest and manufactured subjects score.

EMQ (Saerens, Latinne and Decaestecker 2002): the share is the prior under which the subjects' nats agree with it.
Nats are put into fixed bins first, so a room of a million accounts costs as much as one of a hundred.
"""

from typing import Final

import numpy as np

LEAST: Final = -8.0
MOST: Final = 8.0
N_BINS: Final = 96
CENTRES: Final = LEAST + (np.arange(N_BINS) + 0.5) * (MOST - LEAST) / N_BINS
"""Nats each bin stands for."""
N_ROUNDS: Final = 200
FLOOR: Final = 1e-4
PRIORS: Final = (0.001, 0.9)
"""Bounds of the share that a subject of a room is taken to have before it is looked at. Above the 0.5 of the design
page: rooms with twice as many bought as real viewers are in the worlds, and average precision on tune rises by 0.003."""
UNSEEN_NATS: Final = -3.0
"""What somebody in whom nothing is seen counts as, at most, when shares are estimated. Crowds of one seller are seen
together or missed together; taking the average part that is missed for the part missed here put shares too high where
something is seen (MAE on tune 0.068, at -3: 0.042) and found nothing more where nothing is. What is missed is for the
interval to hold."""
STRENGTH: Final = 20.0
"""Accounts that the room's share counts as, where a part of it is judged; swept on tune: 2, 5, 20."""
CLOSE: Final = 1e-5
"""Change of every share below which the search ends."""


def histogram(room: np.ndarray, nats: np.ndarray, weight: np.ndarray | None, n_rooms: int) -> np.ndarray:
    """Return shape (n_rooms, N_BINS), float64: weight of the subjects of each room by their nats."""
    place = np.floor((nats - LEAST) / (MOST - LEAST) * N_BINS).clip(0, N_BINS - 1).astype(np.int64)
    flat = np.bincount(room.astype(np.int64) * N_BINS + place, weight, n_rooms * N_BINS)
    return flat.astype(np.float64).reshape(n_rooms, N_BINS)


def emq(counts: np.ndarray, start: np.ndarray | None = None, strength: float = 0.0) -> np.ndarray:
    """Return shape (r,): the share of each row of `counts`, 0 to 1; NaN where a row is empty.

    Args:
        counts: Shape (r, N_BINS), as `histogram` returns it.
        start: Shape (r,), share the search starts from; None: 0.05.
        strength: Subjects that `start` counts as: a handful of accounts is judged in the light of its room.
    """
    ratio = np.exp(CENTRES)
    total = counts.sum(axis=1) + strength
    first = np.full(len(counts), 0.05) if start is None else np.nan_to_num(start).clip(FLOOR, 1.0 - FLOOR)
    share = first
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(N_ROUNDS):
            odds = (share / (1.0 - share))[:, None] * ratio
            before, share = share, ((counts * (odds / (1.0 + odds))).sum(axis=1) + strength * first) / total
            share = share.clip(FLOOR, 1.0 - FLOOR)
            if not np.nanmax(np.abs(share - before), initial=0.0) > CLOSE:
                break
    return np.where(total > 0, np.where(share <= 2 * FLOOR, 0.0, share), np.nan)


def priors(room: np.ndarray, group: np.ndarray, nats: np.ndarray, n_rooms: int, n_groups: int) -> np.ndarray:
    """Return shape (n,): the share among those of each subject's room who do the same kind of thing.

    Pop-ups are bought by the dozen in rooms whose viewers are real: the share of a room says little about them.

    Args:
        room: Shape (n,), room codes.
        group: Shape (n,), what each does, 0 to n_groups - 1.
        nats: Shape (n,).
        n_rooms: Rooms.
        n_groups: Groups.
    """
    nats = visible(nats)
    whole = np.nan_to_num(emq(histogram(room, nats, None, n_rooms))).clip(*PRIORS)
    place = room.astype(np.int64) * n_groups + group
    share = emq(histogram(place, nats, None, n_rooms * n_groups), np.repeat(whole, n_groups), STRENGTH)
    return np.asarray(np.nan_to_num(share)[place])


def visible(nats: np.ndarray) -> np.ndarray:
    """Return nats as shares are estimated from: those below 0 are at `UNSEEN_NATS` or below."""
    return np.where(nats < 0.0, np.minimum(nats, UNSEEN_NATS), nats)


def posterior(nats: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Return shape (n,): probability of each subject, given its nats and the share among its like (both (n,))."""
    prior = prior.clip(FLOOR, 1.0 - FLOOR)
    return np.asarray(1.0 / (1.0 + np.exp(-(nats + np.log(prior / (1.0 - prior))))))
