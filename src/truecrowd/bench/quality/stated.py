"""How sure: the stated probability beside how often it was so."""

from collections.abc import Iterator

import numpy as np

from truecrowd.bench.quality.bootstrap import Estimate, mean_of, rates_of
from truecrowd.bench.quality.cells import Cell, absent, cell
from truecrowd.bench.quality.measures import F64, bin_of
from truecrowd.bench.quality.overall import Overall
from truecrowd.bench.quality.truth import Labelled, Truth

N_BINS = 10
"""Bins of equal width over 0 to 1."""


def calibration(overall: dict[str, Overall], truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield, for rooms, accounts and orders, the stated and the observed part in each bin, and two sums over bins.

    `calibration_error` is the mean distance of the two, bins weighted by their rows; `brier` the mean squared distance
    of the stated probability from what was so.
    """
    for subject, labelled in (("room", truth.rooms), ("account", truth.accounts), ("order", truth.orders)):
        p = overall[subject].stated
        if np.isnan(p).all():
            yield absent("calibration", subject, "observed", "not_calibrated")
        else:
            yield from _of_subject(subject, p, labelled, seed)


def _of_subject(subject: str, p: F64, labelled: Labelled, seed: int) -> Iterator[Cell]:
    rows = np.flatnonzero(~np.isnan(p))
    p, host = p[rows], labelled.host[rows]
    was_so = labelled.positive["any"][rows].astype(np.float64)
    place = bin_of(p, N_BINS)
    n = np.bincount(place, minlength=N_BINS)
    stated = np.bincount(place, p, N_BINS) / np.maximum(n, 1)
    observed = rates_of(was_so, np.ones(len(p)), host, place, N_BINS, seed=seed)
    for at in np.flatnonzero(n):
        group = f"{subject} {at / N_BINS:.1f}-{(at + 1) / N_BINS:.1f}"
        yield cell("calibration", "p_manufactured", group, "stated", Estimate(float(stated[at])), n=int(n[at]))
        yield cell("calibration", "p_manufactured", group, "observed", observed[at], n=int(n[at]))
    gap = float(sum(n[at] * abs(stated[at] - observed[at].value) for at in np.flatnonzero(n)) / len(p))
    yield cell("calibration", "p_manufactured", subject, "calibration_error", Estimate(gap), n=len(p))
    brier = mean_of((p - was_so) ** 2, host, seed=seed)
    yield cell("calibration", "p_manufactured", subject, "brier", brier, n=len(p))
