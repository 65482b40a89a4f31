"""How far the people of a cell exceed what an honest room shows of it, and how many of them stand close together.

Shared by detectors that pin evidence on accounts: an account scores what its cell does.
"""

from typing import Final

import numpy as np

DAY_S: Final = 86_400
AGE_STEPS_D: Final = np.array([1, 3, 10, 30, 100, 300, 1_000])
"""Edges of age steps, days; two neighbouring ones make one cell, at both offsets, so nobody can hide on an edge."""
SLACK: Final = 2.0
"""Standard deviations taken off a count (and added to an expectation) before they are compared: chance alone exceeds
both about once in 1,000 cells."""


def lower_count(n_seen: np.ndarray) -> np.ndarray:
    """Return the lower bound of what brought `n_seen` people, >= 0; 0 up to four people.

    >>> lower_count(np.array([4, 25])).tolist()
    [0.0, 15.0]
    """
    return np.asarray(np.maximum(n_seen - SLACK * np.sqrt(n_seen), 0.0))


def upper_count(n_expected: np.ndarray) -> np.ndarray:
    """Return the upper edge of what chance makes of an expectation, >= 1.

    >>> upper_count(np.array([0.0, 25.0])).tolist()
    [1.0, 36.0]
    """
    return np.asarray(n_expected + SLACK * np.sqrt(n_expected) + 1.0)


def nats_beyond(n_seen: np.ndarray, n_edge: np.ndarray) -> np.ndarray:
    """Return by how much the lower bound of a count exceeds its edge.

    Args:
        n_seen: Shape (n,), counts >= 0.
        n_edge: Shape (n,), > 0, the most that an honest room shows, chance included.

    Returns:
        Shape (n,), nats, >= 0; 0 where the lower bound does not exceed the edge.

    >>> nats_beyond(np.array([3, 25]), np.array([0.5, 7.5])).round(4).tolist()
    [0.0, 0.6931]
    """
    return np.asarray(np.log(np.maximum(lower_count(n_seen) / n_edge, 1.0)))


def members(score: np.ndarray) -> np.ndarray:
    """Return the part of each cell's people that its edge does not explain, 0 to 1.

    Args:
        score: Shape (n,), nats, as `nats_beyond` gives them.
    """
    return np.asarray(1.0 - np.exp(-score))


def room_nats(room: np.ndarray, score: np.ndarray, n_rooms: int, *, edge_share: float) -> np.ndarray:
    """Return by room how far the share of people beyond their cells' edges exceeds `edge_share`.

    Args:
        room: Shape (n,), room codes of the people looked at.
        score: Shape (n,), nats.
        n_rooms: Number of rooms.
        edge_share: Share of such people that an honest room may have, 0 to 1.

    Returns:
        Shape (n_rooms,), nats, >= 0.
    """
    n = np.bincount(room, minlength=n_rooms)
    beyond = np.bincount(room, weights=members(score), minlength=n_rooms)
    return nats_beyond(beyond, np.maximum(edge_share * n, 1.0))


def differs(*columns: np.ndarray) -> np.ndarray:
    """Return shape (n,), bool: the row differs from the one before it."""
    out = np.ones(len(columns[0]), np.bool_)
    out[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return out


def cell_ids(*columns: np.ndarray) -> np.ndarray:
    """Return shape (n,): a number for every distinct row, from 0, in the order of the columns' values.

    Args:
        columns: Shape (n,) each, whole numbers from -1 to 2**31 - 1.
    """
    n = len(columns[0])
    ids, span = np.zeros(n, np.int64), 1
    for column in columns if n else ():
        low = int(column.min())
        size = int(column.max()) - low + 1
        if span * size > _table_size(n) and span > 1:
            ids, span = _dense(ids, span)
        ids, span = ids * size + (column - low), span * size
    return _dense(ids, span)[0]


def _dense(ids: np.ndarray, span: int) -> tuple[np.ndarray, int]:
    """Return ids from 0 without gaps, in the same order, and how many there are; by a table where it is small."""
    if span > _table_size(len(ids)):
        values, dense = np.unique(ids, return_inverse=True)
        return dense, len(values)
    rank = np.zeros(span, np.int32)
    rank[ids] = 1
    np.cumsum(rank, out=rank)
    return rank[ids].astype(np.int64) - 1, int(rank[-1])


def _table_size(n: int) -> int:
    return 8 * n + 65_536


def cell_sizes(*columns: np.ndarray) -> np.ndarray:
    """Return shape (n,): how many rows are like each."""
    ids = cell_ids(*columns)
    return np.asarray(np.bincount(ids, minlength=1)[ids])


def usual_count(k: np.ndarray, row: np.ndarray, column: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Return the count of a cell of a table that the rest of its row, its column and the table lead one to expect.

    A tenth of a person is added to each of the three: where all people share one value, any other is as expected.

    Args:
        k: Shape (n,), the cell's own count, which has no say.
        row: Shape (n,), its row's sum.
        column: Shape (n,), its column's sum.
        n: Shape (n,), the table's sum.

    Returns:
        Shape (n,), > 0.

    Source: quasi-independence (Goodman 1968).

    >>> usual_count(np.array([40]), np.array([50]), np.array([60]), np.array([270])).round(2).tolist()
    [1.01]
    """
    return np.asarray((row - k + 0.1) * (column - k + 0.1) / (n - row - column + k + 0.1))


def age_cells(age_s: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return, for both offsets, the cell of every age and the last of `AGE_STEPS_D` it holds.

    Args:
        age_s: Shape (n,), seconds since registration, >= 0.
    """
    step = np.searchsorted(AGE_STEPS_D, age_s / DAY_S, side="right")
    cells = [((step + offset) // 2, offset) for offset in (0, 1)]
    return [(cell, np.minimum(2 * cell + 1 - offset, len(AGE_STEPS_D))) for cell, offset in cells]


def counts_within(group: np.ndarray, at: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Count, for every row, the rows of its group that stand in [low, high].

    Args:
        group: Shape (n,), whole numbers from 0 below 2**20, sorted.
        at: Shape (n,), whole numbers from 0 below 2**42, sorted within a group.
        low: Shape (n,), like `at`; cut to its range.
        high: Shape (n,), like `at`, inclusive; cut to its range.

    Returns:
        Shape (n,), int64.

    >>> counts_within(np.zeros(3, np.int64), np.array([0, 5, 6]), np.array([0, 4, 5]), np.array([1, 6, 7])).tolist()
    [1, 2, 2]
    """
    start, end = places_within(group, at, low, high)
    return np.asarray(end - start)


def places_within(
    group: np.ndarray, at: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return where the rows that `counts_within` counts begin, and where they end, half-open."""
    most = (1 << 42) - 1
    word = group.astype(np.int64) << 42
    keys = word + at
    end = np.searchsorted(keys, word + np.clip(high, -1, most), side="right")
    return np.searchsorted(keys, word + np.clip(low, 0, most)), end
