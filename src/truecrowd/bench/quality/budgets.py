"""What hiding costs: recall by the quality of a crowd, beside its price in yuan."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.bench.quality.bootstrap import Bools, median_of, rates_of
from truecrowd.bench.quality.cells import Cell, absent, cell, ranked
from truecrowd.bench.quality.measures import F64, I64
from truecrowd.bench.quality.overall import Overall
from truecrowd.bench.quality.seen import numbers_of
from truecrowd.bench.quality.truth import Labelled, Truth

NAIVE, FREE = "naive", "free"
_FEN: Final = 100.0
Flags = dict[tuple[str, str], Bools]


def budgets(flags: Flags, overall: dict[str, Overall], truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield for each scheme and quality level the price of a campaign and how much of it is found.

    Args:
        flags: Flagged rows by subject and level of the verdict.
        overall: What the overall verdicts say, by subject.
        truth: What really happened.
        seed: Of the bootstrap.
    """
    campaigns = truth.tables["campaigns"]
    if campaigns.num_rows == 0:
        yield absent("budget", "any", "recall", "nothing_bought")
        return
    names, kind = kinds_of(truth)
    paid = campaigns["n_accounts"].to_numpy() > 0
    yuan = campaigns["price_minor"].to_numpy() / _FEN
    operator = truth.rooms.operator[truth.rooms.index.find(campaigns["room_id"])]
    for at, name in enumerate(names):
        own = paid & (kind == at)
        if own.any():
            estimate = median_of(yuan[own], operator[own], seed=seed)
            yield cell("budget", "campaigns", name, "yuan_per_campaign", estimate, n=int(own.sum()))
    for subject, labelled in (("account", truth.accounts), ("order", truth.orders)):
        place = _kind_of_rows(labelled, campaigns, kind)
        yield from _recall(subject, labelled, place, names, flags, seed)
        levels = {name: place == at for at, name in enumerate(names) if (place == at).any()}
        by_level = replace(labelled, positive=levels)
        for one in ranked(
            "budget", overall[subject].said, by_level, tuple(levels), seed=seed, measures=("recall_at_0.01",)
        ):
            yield replace(one, by=f"{subject} {one.by}")


def kinds_of(truth: Truth) -> tuple[list[str], I64]:
    """Return names like `farm free` and `farm +25 %`, and the place of each campaign's among them.

    Names of one scheme stand in the order of their quality.
    """
    campaigns = truth.tables["campaigns"]
    schemes, scheme = numbers_of(campaigns["scheme"])
    level = campaigns["level"].to_numpy().astype(np.int64)
    distinct = np.unique(np.stack([scheme, level]), axis=1)
    names = [f"{schemes[one]} {premium(truth, int(of))}" for one, of in distinct.T]
    width = int(level.max(initial=0)) + 1
    return names, np.searchsorted(distinct[0] * width + distinct[1], scheme * width + level)


def premium(truth: Truth, level: int) -> str:
    """Return what a quality level adds to the price, as the world's priors say."""
    known = (((truth.meta.get("priors") or {}).get("prices")) or {}).get("premiums") or ()
    if level >= len(known):
        return f"level {level}"
    return NAIVE if level == 0 else f"+{100.0 * known[level]:g} %" if known[level] else FREE


def _kind_of_rows(labelled: Labelled, campaigns: pa.Table, kind: I64) -> I64:
    known = campaigns["campaign_id"].cast(pa.large_string()).combine_chunks()
    place = pc.fill_null(pc.index_in(labelled.columns["campaign_id"].cast(pa.large_string()), value_set=known), -1)
    return np.append(kind, -1)[np.asarray(place.to_numpy(), np.int64)]


def _recall(subject: str, labelled: Labelled, place: I64, names: list[str], flags: Flags, seed: int) -> Iterator[Cell]:
    n = np.bincount(place[place >= 0], minlength=len(names))
    for (of, least), flag in flags.items():
        if of != subject:
            continue
        there: F64 = np.ones(len(flag))
        found = rates_of(flag.astype(np.float64), there, labelled.operator, place, len(names), seed=seed)
        for at in np.flatnonzero(n):
            by = f"{subject} level>={least}"
            yield cell("budget", by, names[at], "recall", found[at], n=int(n[at]), n_positive=int(n[at]))
