"""Measures of a ranking and of a grouping, from counts.

A ranking comes as two arrays: how many positives and how many negatives stand at each distinct score, the highest score
first, along the last axis. Axes before it are draws of a bootstrap, so a measure is computed for all draws at once.
"""

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]


def auc(positives: F64, negatives: F64) -> F64:
    """Return how often a positive stands above a negative; a tie counts one half.

    Args:
        positives: Shape (..., k), counts >= 0, highest score first.
        negatives: The same shape.

    Returns:
        Shape (...), 0 to 1; NaN where there are no positives or no negatives.

    Source: the Mann-Whitney statistic.

    >>> float(auc(np.array([1.0, 1.0, 0.0]), np.array([0.0, 1.0, 1.0])))
    0.875
    """
    below = negatives.sum(-1, keepdims=True) - negatives.cumsum(-1)
    wins = ((below + negatives / 2.0) * positives).sum(-1)
    return _ratio(wins, positives.sum(-1) * negatives.sum(-1))


def average_precision(positives: F64, negatives: F64) -> F64:
    """Return the mean precision at each positive, going down the ranking; tied rows are taken together.

    Args:
        positives: Shape (..., k), counts >= 0, highest score first.
        negatives: The same shape.

    Returns:
        Shape (...), 0 to 1; NaN where there are no positives.

    >>> round(float(average_precision(np.array([1.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0]))), 4)
    0.8333
    """
    hits = positives.cumsum(-1)
    precision = _ratio(hits, hits + negatives.cumsum(-1))
    return _ratio((np.nan_to_num(precision) * positives).sum(-1), positives.sum(-1))


def recall_at(positives: F64, negatives: F64, most_false: float) -> F64:
    """Return the largest part of the positives found while at most `most_false` of the negatives are.

    Args:
        positives: Shape (..., k), counts >= 0, highest score first.
        negatives: The same shape.
        most_false: False positive rate allowed, 0 to 1. No interpolation: tied rows are all in or all out.

    Returns:
        Shape (...), 0 to 1; NaN where there are no positives or no negatives.
    """
    allowed = negatives.cumsum(-1) <= most_false * negatives.sum(-1, keepdims=True) * (1.0 + 1e-12)
    found = np.where(allowed, positives.cumsum(-1), 0.0).max(-1, initial=0.0)
    return np.where(negatives.sum(-1) > 0.0, _ratio(found, positives.sum(-1)), np.nan)


def rate(part: F64, whole: F64) -> F64:
    """Return `part / whole`, NaN where `whole` is 0."""
    return _ratio(part, whole)


def b_cubed(found: I64, true: I64) -> tuple[float, float, float]:
    """Return precision, recall and F1 of a grouping, averaged over its members.

    Args:
        found: Shape (n,), number of the group each member was put into.
        true: Shape (n,), number of the group each member belongs to.

    Returns:
        Precision, recall, F1, each 0 to 1; NaN where n is 0.

    Source: Bagga and Baldwin 1998. `purity` is the part of members whose group is mostly theirs.

    >>> b_cubed(np.array([0, 0, 1]), np.array([0, 0, 0]))[0]
    1.0
    """
    if len(found) == 0:
        return float("nan"), float("nan"), float("nan")
    each = each_b_cubed(found, true)
    precision, recall = float(each[0].mean()), float(each[1].mean())
    return precision, recall, 2.0 * precision * recall / (precision + recall)


def each_b_cubed(found: I64, true: I64) -> tuple[F64, F64]:
    """Return precision and recall of each member: who in its found group is of its true one, and the other way round."""
    in_both = _in_both(found, true)
    return in_both / np.bincount(found)[found], in_both / np.bincount(true)[true]


def purity(found: I64, true: I64) -> float:
    """Return the part of members that belong to the commonest true group of the group they were put into."""
    return float(is_of_main_group(found, true).mean()) if len(found) else float("nan")


def is_of_main_group(found: I64, true: I64) -> npt.NDArray[np.bool_]:
    """Return which members belong to the commonest true group (among equals one) of the group they were put into."""
    width = int(true.max(initial=0)) + 1
    keys, place, counts = np.unique(found * width + true, return_inverse=True, return_counts=True)
    order = np.lexsort((-counts, keys // width))
    first = order[np.unique((keys // width)[order], return_index=True)[1]]
    return np.isin(place, first)


def bin_of(p: F64, n_bins: int) -> I64:
    """Return the bin of each probability, of `n_bins` of equal width; 1 lies in the last one."""
    return np.minimum((p * n_bins).astype(np.int64), n_bins - 1)


def adjusted_rand(found: I64, true: I64) -> float:
    """Return how far two groupings agree beyond chance: 1 where they are the same, about 0 for a random one.

    Args:
        found: Shape (n,), number of the group each member was put into.
        true: Shape (n,), number of the group each member belongs to.

    Returns:
        At most 1; NaN where n is 0, or where both groupings are one group or all singles.

    Source: Hubert and Arabie 1985.

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([5, 5, 7, 7]))
    1.0
    """
    if len(found) == 0:
        return float("nan")
    _, both = np.unique(found * (int(true.max()) + 1) + true, return_counts=True)
    same, in_found, in_true = (_pairs(n) for n in (both, np.bincount(found), np.bincount(true)))
    by_chance = in_found * in_true / max(_pairs(np.array([len(found)])), 1.0)
    most = (in_found + in_true) / 2.0
    return float(rate(np.array(same - by_chance), np.array(most - by_chance)))


def _in_both(found: I64, true: I64) -> I64:
    """Return for each member how many share both its groups."""
    width = int(true.max(initial=0)) + 1
    _, place, counts = np.unique(found * width + true, return_inverse=True, return_counts=True)
    return np.asarray(counts[place], np.int64)


def _pairs(sizes: I64) -> float:
    n = sizes.astype(np.float64)
    return float((n * (n - 1.0)).sum() / 2.0)


def _ratio(part: F64, whole: F64) -> F64:
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.asarray(np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0.0))
