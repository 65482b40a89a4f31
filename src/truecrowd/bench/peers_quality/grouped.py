"""Blocks and fleets beside the groups that really acted as one, measured on the same draws for every system."""

from typing import Final

import numpy as np
import pyarrow.compute as pc

from truecrowd.bench.peers_quality.paired import Measured
from truecrowd.bench.quality.bootstrap import draws
from truecrowd.bench.quality.groups import ORGANISED
from truecrowd.bench.quality.measures import F64, I64, each_b_cubed, rate
from truecrowd.bench.quality.truth import Index, Truth, codes

PRECISION, RECALL, F1 = "b_cubed_precision", "b_cubed_recall", "b_cubed_f1"
_ALONE: Final = -1


class Groups:
    """Accounts, each once, their true groups, and the draws of operators and hosts.

    Args:
        truth: Whose accounts in rooms are the rows that systems group.
        seed: Of the draws.
    """

    def __init__(self, truth: Truth, *, seed: int) -> None:
        rows, groups = truth.accounts, truth.tables["groups"]
        self._account = codes(rows.columns["account_id"])
        first = np.unique(self._account, return_index=True)[1]
        at = Index(groups["account_id"]).find(rows.columns["account_id"].take(first))
        operator = np.append(codes(groups["operator_id"]), _ALONE)[at]
        led = np.append(np.asarray(pc.equal(groups["kind"], ORGANISED).to_numpy(zero_copy_only=False), bool), False)[at]
        self.is_bought = (at >= 0) & ~led
        self._group = operator
        cluster = np.where(operator >= 0, operator, rows.host[first] + operator.max(initial=_ALONE) + 1)
        names, self._cluster = np.unique(cluster, return_inverse=True)
        self._draws = draws(len(names), seed=seed)

    def measured(self, score: F64) -> dict[str, Measured]:
        """Return B-cubed precision of who was grouped, recall of who was bought, and F1.

        Args:
            score: Shape (n accounts in rooms,): number of the group each was put into, NaN for none; an account that
                was put into several counts for the lowest.
        """
        found = np.full(len(self._group), np.nan)
        np.fmin.at(found, self._account, score)
        precision = self._mean(found, 0)
        recall = self._mean(found, 1)
        whole, drawn = (_f1(precision[at], recall[at]) for at in (0, 1))
        return {
            F1: Measured(float(whole[0]), drawn),
            PRECISION: Measured(float(precision[0][0]), precision[1]),
            RECALL: Measured(float(recall[0][0]), recall[1]),
        }

    def precision(self, score: F64) -> float:
        """Return F1, what settings are chosen by."""
        return self.measured(score)[F1].value

    def _mean(self, found: F64, part: int) -> tuple[F64, F64]:
        """Return precision (part 0) of the grouped or recall (1) of the bought: of all, shape (1,), and by draw."""
        is_found = ~np.isnan(found)
        member = np.flatnonzero(is_found | self.is_bought)
        both = [_numbered(np.nan_to_num(found, nan=_ALONE)[member]), _numbered(self._group[member].astype(np.float64))]
        each = each_b_cubed(*both)[part]
        counted = (is_found if part == 0 else self.is_bought)[member]
        n = self._draws.shape[1]
        sums = np.bincount(self._cluster[member][counted], each[counted], n)
        counts = np.bincount(self._cluster[member][counted], minlength=n).astype(np.float64)
        return rate(sums.sum(keepdims=True), counts.sum(keepdims=True)), rate(self._draws @ sums, self._draws @ counts)


def _numbered(values: F64) -> I64:
    """Return small numbers of groups, one of its own for each member that is in none."""
    numbers = np.unique(values, return_inverse=True)[1].astype(np.int64)
    alone = values < 0.0
    numbers[alone] = numbers.max(initial=0) + 1 + np.arange(int(alone.sum()))
    return numbers


def _f1(precision: F64, recall: F64) -> F64:
    """Return F1; 0 where nobody was grouped."""
    return np.nan_to_num(rate(2.0 * precision * recall, precision + recall))
