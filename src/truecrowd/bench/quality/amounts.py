"""How much: the stated manufactured share of each measure beside the true one."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.bench.quality.bootstrap import Bools, mean_of, median_of, rate_of
from truecrowd.bench.quality.cells import Cell, absent, cell
from truecrowd.bench.quality.measures import F64
from truecrowd.bench.quality.truth import Truth

_STATED = ("share", "share_low", "share_high", "at_least")


def shares(found: pa.Table, truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield error, coverage and width of the share's interval, and how often `at_least` says too much.

    A room is dirty for a measure where a part of it was manufactured, honest where none was.
    """
    columns = truth.rooms.columns
    for measure in (name.removeprefix("share_") for name in columns.column_names if name.startswith("share_")):
        rows = found.filter(pc.equal(found["measure"], measure))
        said = {name: truth.rooms.spread((rows["room_id"],), _floats(rows[name])) for name in _STATED}
        true = np.asarray(columns[f"share_{measure}"].to_numpy(), np.float64)
        if np.isnan(said["share"]).all():
            for name in ("mean_absolute_error", "coverage", "median_width"):
                yield absent("share", measure, name, "not_estimated", by="dirty rooms")
        else:
            yield from _of_share(measure, said, true, truth, seed)
        if np.isnan(said["at_least"]).all():
            yield absent("share", measure, "at_least_above_truth", "no_lower_bound", by="every room")
        else:
            yield from _of_bound(measure, said["at_least"], true, truth, seed)


def _of_share(measure: str, said: dict[str, F64], true: F64, truth: Truth, seed: int) -> Iterator[Cell]:
    error, host, cluster = said["share"] - true, truth.rooms.host, truth.rooms.operator
    known, bounded = ~np.isnan(said["share"]), ~np.isnan(said["share_low"] + said["share_high"])
    dirty, honest = known & (true > 0.0), known & (true <= 0.0)
    inside = bounded & (said["share_low"] <= true) & (true <= said["share_high"])
    width = said["share_high"] - said["share_low"]
    within = bounded & (true > 0.0)
    values = {
        "mean_absolute_error": mean_of(np.abs(error[dirty]), cluster[dirty], seed=seed),
        "mean_error": mean_of(error[dirty], cluster[dirty], seed=seed),
        "coverage": rate_of(_real(inside & within), _real(within), cluster, seed=seed),
        "median_width": median_of(width[within], cluster[within], seed=seed),
    }
    for name, estimate in values.items():
        n = int(within.sum() if name in ("coverage", "median_width") else dirty.sum())
        yield cell("share", "dirty rooms", measure, name, estimate, n=n, n_positive=n)
    estimate = mean_of(said["share"][honest], host[honest], seed=seed)
    yield cell("share", "honest rooms", measure, "mean_share", estimate, n=int(honest.sum()))
    free = bounded & (true <= 0.0)
    estimate = rate_of(_real(inside & free), _real(free), host, seed=seed)
    yield cell("share", "honest rooms", measure, "coverage", estimate, n=int(free.sum()))


def _of_bound(measure: str, at_least: F64, true: F64, truth: Truth, seed: int) -> Iterator[Cell]:
    known = ~np.isnan(at_least)
    above = known & (np.nan_to_num(at_least) > true + 1e-12)
    estimate = rate_of(_real(above), _real(known), truth.rooms.host, seed=seed)
    yield cell("share", "every room", measure, "at_least_above_truth", estimate, n=int(known.sum()))
    honest = known & (true <= 0.0)
    estimate = rate_of(_real(above & honest), _real(honest), truth.rooms.host, seed=seed)
    yield cell("share", "honest rooms", measure, "at_least_above_0", estimate, n=int(honest.sum()))


def _floats(column: pa.ChunkedArray) -> F64:
    return np.asarray(column.cast(pa.float64()).to_numpy(), np.float64)


def _real(which: Bools) -> F64:
    return which.astype(np.float64)
