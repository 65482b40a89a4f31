"""Orders against other orders of the same room: slots of time, and how far a kind of order exceeds what is honest.

Buyers are the units of chance, not orders: one buyer of forty pieces is one decision. So a kind of order counts only as
far as several buyers share it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

SLOT_US: Final = 600_000_000
"""Length of a slot, microseconds: the published brushing cases placed 500 orders within 7 to 8 minutes."""
MAX_NATS: Final = 8.0
"""Largest score of one kind of order, nats: shares beyond a factor of 3,000 say no more."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How many orders of a kind there are in each group of orders; shape (groups,) each.

    Args:
        k: Orders of the kind.
        n: All orders.
        noise: Root of the sum of squares of each buyer's orders of the kind: what one buyer more or less changes.
        n_buyers: Buyers with orders of the kind.
    """

    k: np.ndarray
    n: np.ndarray
    noise: np.ndarray
    n_buyers: np.ndarray

    def lower(self) -> np.ndarray:
        """Return the lower edge of the share, 0 to 1: two standard errors below what is seen; 0 below five buyers."""
        return np.asarray(np.maximum(self.k - 2 * self.noise, 0.0) / np.maximum(self.n, 1))

    def beyond(self, edge: np.ndarray | float) -> np.ndarray:
        """Return by how much the lower edge exceeds the share honest rooms stay below, nats, >= 0."""
        return beyond(self.lower(), edge)


def beyond(lower: np.ndarray, edge: np.ndarray | float) -> np.ndarray:
    """Return log(lower / edge) where that is above 0, else 0.

    Args:
        lower: Shape (n,), lower edges of shares, 0 to 1.
        edge: Shape (n,) or one number, in (0, 1].

    >>> beyond(np.array([0.0, 0.1, 0.2]), 0.1).round(3).tolist()
    [0.0, 0.0, 0.693]
    """
    return np.asarray(np.clip(np.log(np.maximum(lower, edge) / edge), 0.0, MAX_NATS))


def groupings(room: np.ndarray, ts: np.ndarray, *, slot_us: int = SLOT_US) -> list[np.ndarray]:
    """Return three groupings of orders: the whole room, and slots at two offsets, so that nobody can hide on an edge.

    Args:
        room: Shape (n,), room codes.
        ts: Shape (n,), microseconds. Slots are counted from the first order of the room.
        slot_us: Length of a slot.

    Returns:
        Three arrays of shape (n,), group numbers from 0 without holes.
    """
    if not len(ts):
        return [np.zeros(0, np.int64)] * 3
    first = np.full(int(room.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, room, ts)
    late = ts - first[room]
    out = [np.unique(room, return_inverse=True)[1]]
    out += [numbered(room, (late + shift) // slot_us) for shift in (0, slot_us // 2)]
    return out


def numbered(*columns: np.ndarray) -> np.ndarray:
    """Return the number of each row's combination of values, from 0 without holes, in the order of the columns."""
    order = np.lexsort(columns[::-1])
    is_first = np.zeros(len(order), np.bool_)
    for column in columns:
        is_first[1:] |= column[order][1:] != column[order][:-1]
    out = np.empty(len(order), np.int64)
    out[order] = np.cumsum(is_first)
    return out


def shares(group: np.ndarray, buyer: np.ndarray, is_kind: np.ndarray) -> Shares:
    """Count a kind of order in each group.

    Args:
        group: Shape (n,), group of every order, from 0 without holes.
        buyer: Shape (n,), codes of buyers.
        is_kind: Shape (n,), bool: the order is of the kind.
    """
    size = int(group.max()) + 1 if len(group) else 0
    n = np.bincount(group, minlength=size)
    of_kind, who = group[is_kind], buyer[is_kind]
    pair = numbered(of_kind, who)
    weight = np.bincount(pair)
    owner = np.zeros(len(weight), np.int64)
    owner[pair] = of_kind
    square = np.bincount(owner, weights=weight.astype(np.float64) ** 2, minlength=size)
    return Shares(np.bincount(of_kind, minlength=size), n, np.sqrt(square), np.bincount(owner, minlength=size))


def upper(k: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Return the upper edge of a share that may be honest, one standard error and one order above what is seen; 0..1.

    >>> upper(np.array([0, 5]), np.array([9, 99])).round(3).tolist()
    [0.1, 0.084]
    """
    return np.asarray(np.minimum((k + 1 + np.sqrt(k)) / (n + 1), 1.0))


def rest_share(
    group: np.ndarray, room: np.ndarray, is_kind: np.ndarray, *, min_rest: int, most: float = 0.5
) -> np.ndarray:
    """Return by group the share of a kind among the other orders of its room; 0 where too few are left.

    Args:
        group: Shape (n,), group of every order, each inside one room.
        room: Shape (n,), room codes.
        is_kind: Shape (n,), bool.
        min_rest: Fewest other orders that show a share.
        most: Largest share that is taken for honest: where most of the rest is odd, it is no measure.

    Returns:
        Shape (groups,), 0 to `most`.
    """
    size, rooms = int(group.max(initial=-1)) + 1, int(room.max(initial=-1)) + 1
    owner = np.zeros(size, np.int64)
    owner[group] = room
    n = np.bincount(room, minlength=rooms)[owner] - np.bincount(group, minlength=size)
    k = np.bincount(room[is_kind], minlength=rooms)[owner] - np.bincount(group[is_kind], minlength=size)
    return np.where(n >= min_rest, np.minimum(k / np.maximum(n, 1), most), 0.0)
