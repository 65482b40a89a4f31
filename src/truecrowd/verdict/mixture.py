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
CLOSE: Final = 1e-5
"""Change of every share below which the search ends."""


def histogram(room: np.ndarray, nats: np.ndarray, weight: np.ndarray | None, n_rooms: int) -> np.ndarray:
    """Return shape (n_rooms, N_BINS), float64: weight of the subjects of each room by their nats."""
    place = np.floor((nats - LEAST) / (MOST - LEAST) * N_BINS).clip(0, N_BINS - 1).astype(np.int64)
    flat = np.bincount(room.astype(np.int64) * N_BINS + place, weight, n_rooms * N_BINS)
    return flat.astype(np.float64).reshape(n_rooms, N_BINS)


def emq(counts: np.ndarray, start: float = 0.05) -> np.ndarray:
    """Return shape (r,): the share of each row of `counts`, 0 to 1; NaN where a row is empty.

    Args:
        counts: Shape (r, N_BINS), as `histogram` returns it.
        start: Share the search starts from.
    """
    ratio = np.exp(CENTRES)
    total = counts.sum(axis=1)
    share = np.full(len(counts), start)
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(N_ROUNDS):
            odds = (share / (1.0 - share))[:, None] * ratio
            before, share = share, (counts * (odds / (1.0 + odds))).sum(axis=1) / total
            share = share.clip(FLOOR, 1.0 - FLOOR)
            if not np.nanmax(np.abs(share - before), initial=0.0) > CLOSE:
                break
    return np.where(total > 0, np.where(share <= 2 * FLOOR, 0.0, share), np.nan)


def posterior(nats: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return shape (n,): probability of each subject, given its nats and the share of its room (both (n,))."""
    prior = np.nan_to_num(share, nan=0.05).clip(0.001, 0.5)
    return np.asarray(1.0 / (1.0 + np.exp(-(nats + np.log(prior / (1.0 - prior))))))
