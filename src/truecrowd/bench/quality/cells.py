"""One measured cell of an evaluation, and how a ranking becomes cells."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from truecrowd.bench.quality.bootstrap import Bools, Estimate, Ranking
from truecrowd.bench.quality.measures import F64, auc, average_precision, recall_at
from truecrowd.bench.quality.systems import Said
from truecrowd.bench.quality.truth import Labelled

STRICT, LOOSE = 0.001, 0.01
"""False positive rates at which recall is read (detectors.md section 7)."""
MEASURES: Final[dict[str, Callable[[F64, F64], F64]]] = {
    "auc": auc,
    "average_precision": average_precision,
    "recall_at_0.001": partial(recall_at, most_false=STRICT),
    "recall_at_0.01": partial(recall_at, most_false=LOOSE),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One value.

    Args:
        block: What it is about: room, account, order, product, role, budget, guard, fairness, fleet, share, calibration,
            findings, alarm or part.
        by: What made the ordering or the flag (see `Said.by`).
        group: Scheme, role, guard family, region, ...
        measure: Name of the measure.
        value: None where it cannot be computed; `note` then says why.
        low: Lower end of the 95 % interval; None with fewer than two operators or hosts.
        high: Upper end.
        n: Rows it rests on.
        n_positive: Manufactured ones among them.
        note: Code of a remark, else empty.
        part: Which of several audits of one folder, else empty.
    """

    block: str
    by: str
    group: str
    measure: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    n_positive: int = 0
    note: str = ""
    part: str = ""


def cell(
    block: str, by: str, group: str, measure: str, estimate: Estimate, *, n: int, n_positive: int = 0, note: str = ""
) -> Cell:
    """Return a cell of an estimate; without an interval it says so, without a value it says `no_rows`."""
    value = _known(estimate.value)
    if not note:
        note = "no_rows" if value is None else "no_interval" if math.isnan(estimate.low) else ""
    return Cell(block, by, group, measure, value, _known(estimate.low), _known(estimate.high), n, n_positive, note)


def absent(block: str, group: str, measure: str, note: str, *, by: str = "") -> Cell:
    """Return a cell that says why there is no value."""
    return Cell(block, by, group, measure, note=note)


def ranked(
    block: str,
    said: Said,
    labelled: Labelled,
    schemes: tuple[str, ...],
    *,
    seed: int,
    among: Bools | None = None,
    measures: tuple[str, ...] = tuple(MEASURES),
) -> Iterator[Cell]:
    """Yield every measure of a ranking for each scheme, over the rows the system spoke of.

    Args:
        block: See `Cell`.
        said: The score.
        labelled: The truth.
        schemes: Schemes to yield; the positives of other schemes take no part in a scheme's cells.
        seed: Of the bootstrap.
        among: Rows that count; None: all.
        measures: Names out of `MEASURES`.
    """
    wanted = {name: MEASURES[name] for name in measures}
    spoke = ~np.isnan(said.score) if among is None else ~np.isnan(said.score) & among
    ranking = Ranking(
        said.score[spoke], labelled.negative[spoke], labelled.operator[spoke], labelled.host[spoke], seed=seed
    )
    for scheme in schemes:
        positive = labelled.positive[scheme][spoke]
        n_positive = int(positive.sum())
        for name, estimate in ranking.estimate(positive, wanted).items():
            note = _too_few(name, ranking.n_negative) if n_positive else ""
            n = n_positive + ranking.n_negative
            yield cell(block, said.by, scheme, name, estimate, n=n, n_positive=n_positive, note=note)


def _too_few(measure: str, n_negative: int) -> str:
    """Say where a false positive rate is finer than one honest row: recall is then read at no false alarm at all."""
    limit = {"recall_at_0.001": STRICT, "recall_at_0.01": LOOSE}.get(measure)
    return "below_resolution" if limit and 0 < n_negative * limit < 1.0 else ""


def _known(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)
