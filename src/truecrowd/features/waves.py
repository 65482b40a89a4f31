"""Waves: moments at which many accounts of a room do the same within seconds, and who takes part in which.

Everything works on rows sorted by group (a room and a type of act) and time; a group's numbers depend on its own rows
only.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Spans:
    """How many rows of the same group lie after each row, and before and after its span.

    Args:
        ends: Shape (n,), int64, where the span that begins with the row ends (row number, not included).
        before: Shape (n,), int64, rows in the shoulder before it.
        after: Shape (n,), int64, rows in the shoulder after it.
    """

    ends: np.ndarray
    before: np.ndarray
    after: np.ndarray

    @property
    def n(self) -> np.ndarray:
        """Shape (n,), int64: rows in each span, the first one included."""
        return np.asarray(self.ends - np.arange(len(self.ends)))


def places(group: np.ndarray, ts: np.ndarray, at_group: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return how many rows lie before each (group, time).

    Args:
        group: Shape (n,), whole numbers, sorted.
        ts: Shape (n,), whole numbers, sorted within a group.
        at_group: Shape (m,), group of what is looked for.
        at: Shape (m,), its time.

    Returns:
        Shape (m,), int64: rows of smaller groups, and of the same group before `at`.

    >>> places(np.array([0, 0, 1]), np.array([5, 9, 2]), np.array([0, 1]), np.array([9, 100])).tolist()
    [1, 3]
    """
    if not len(ts) or not len(at):
        return np.zeros(len(at), np.int64)
    low, high = int(ts.min()), int(ts.max())
    size = high - low + 2
    keys = group.astype(np.int64) * size + (ts - low)
    return np.asarray(np.searchsorted(keys, at_group.astype(np.int64) * size + np.clip(at - low, 0, size - 1)))


def spans(group: np.ndarray, ts: np.ndarray, *, span_us: int, gap_us: int, shoulder_us: int) -> Spans:
    """Return the span that begins with every row, and the shoulders on both sides of it.

    Args:
        group: Shape (n,), whole numbers, sorted.
        ts: Shape (n,), microseconds, sorted within a group.
        span_us: Length of a span.
        gap_us: What is left out between a span and its shoulders, so that a long wave does not stand beside itself.
        shoulder_us: Length of a shoulder.
    """
    ends = places(group, ts, group, ts + span_us)
    before, after = ts - gap_us, ts + span_us + gap_us
    return Spans(
        ends,
        places(group, ts, group, before) - places(group, ts, group, before - shoulder_us),
        places(group, ts, group, after + shoulder_us) - places(group, ts, group, after),
    )


def runs(starts: np.ndarray, ends: np.ndarray, n: int) -> np.ndarray:
    """Return the run that every row belongs to, where overlapping ranges of rows are one run.

    Args:
        starts: Shape (k,), first row of each range, ascending.
        ends: Shape (k,), row after its last one.
        n: Number of rows.

    Returns:
        Shape (n,), int64, runs numbered from 0 in the order of rows; -1 outside all ranges.

    >>> runs(np.array([1, 2, 6]), np.array([3, 4, 7]), 8).tolist()
    [-1, 0, 0, 0, -1, -1, 1, -1]
    """
    step = np.zeros(n + 1, np.int64)
    np.add.at(step, starts, 1)
    np.add.at(step, ends, -1)
    inside = np.cumsum(step[:-1]) > 0
    is_new = inside.copy()
    reach = np.maximum.accumulate(np.append(0, ends))[:-1]
    breaks = np.zeros(n, np.bool_)
    breaks[starts[starts >= reach]] = True
    is_new &= breaks
    return np.where(inside, np.cumsum(is_new) - 1, -1)


def repeats_within(who: np.ndarray, ts: np.ndarray, *, span_us: int) -> np.ndarray:
    """Say which rows follow another one of the same doer within a span.

    Args:
        who: Shape (n,), whole numbers, sorted.
        ts: Shape (n,), microseconds, sorted within a doer.
        span_us: Length of the span.

    >>> repeats_within(np.array([0, 0, 1]), np.array([5, 7, 8]), span_us=3).tolist()
    [False, True, False]
    """
    out = np.zeros(len(who), np.bool_)
    out[1:] = (who[1:] == who[:-1]) & (ts[1:] - ts[:-1] < span_us)
    return out


def expected_overlap(sizes: np.ndarray, activity: np.ndarray, is_near: np.ndarray) -> np.ndarray:
    """Return how many accounts two waves would share if people joined waves as they act otherwise.

    Degree-corrected: an account's chance of being in a wave is its part of the activity of all that were near.

    Args:
        sizes: Shape (w,), accounts in each wave.
        activity: Shape (a,), acts of each account outside waves, > 0.
        is_near: Shape (a, w), bool: the account was around when the wave came.

    Returns:
        Shape (w, w), float64; the diagonal means nothing.
    """
    weight = np.where(is_near, activity[:, None], 0.0)
    chance = np.minimum(weight * (sizes / np.maximum(weight.sum(axis=0), 1.0)), 1.0)
    return np.asarray(chance.T @ chance)
