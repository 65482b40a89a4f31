"""Fleets beside the groups that really acted as one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.bench.quality.bootstrap import Bools, Estimate, mean_of, rate_of
from truecrowd.bench.quality.cells import Cell, absent, cell
from truecrowd.bench.quality.measures import F64, I64, adjusted_rand, each_b_cubed, is_of_main_group
from truecrowd.bench.quality.seen import numbers_of
from truecrowd.bench.quality.truth import Index, Truth, codes

ORGANISED: Final = "organised"
"""Kind of the lawful fan groups: they exist, and nobody loses a point for not reporting them."""
_HOSTS: Final = ((1, 1, "1"), (2, 2, "2"), (3, 3, "3"), (4, 5, "4-5"), (6, 10**9, "6+"))
"""Bands of how many hosts an operator serves: lockstep needs at least three."""


@dataclass(frozen=True, slots=True)
class _Members:
    """Accounts that are in a fleet or in a manufactured group, each once.

    Args:
        fleet: Number of the fleet; one of its own where in none.
        group: Number of the true group; one of its own for an honest account of no group.
        is_found: In a fleet.
        is_bought: In a manufactured group.
        kind: Scheme of the group, `organised`, or empty.
        fleet_kind: automated, organised, or empty.
        n_hosts: How many hosts the group's operator serves; 0 where none.
    """

    fleet: I64
    group: I64
    is_found: Bools
    is_bought: Bools
    kind: pa.Array
    fleet_kind: pa.Array
    n_hosts: I64


def fleets(found: pa.Table, truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield how well fleets are the true groups: adjusted Rand, B-cubed, purity, and who is in one at all.

    Accounts of a manufactured group that are in no fleet count as fleets of one, so what was missed lowers recall.
    """
    if found.num_rows == 0:
        for measure in ("adjusted_rand", "b_cubed_f1", "purity"):
            yield absent("fleet", "any", measure, "no_fleets")
        return
    all_of = _members(found, truth)
    yield from _grouping(all_of, seed)
    for name, which in _by(all_of.fleet_kind, all_of.is_found):
        estimate = rate_of(_real(all_of.is_bought & which), _real(which), all_of.group, seed=seed)
        yield cell("fleet", "fleet", name, "member_precision", estimate, n=int(which.sum()))
    for name, which in (*_by(all_of.kind, all_of.is_bought), *_by_hosts(all_of)):
        estimate = rate_of(_real(all_of.is_found & which), _real(which), all_of.group, seed=seed)
        yield cell("fleet", "fleet", name, "member_recall", estimate, n=int(which.sum()))
    led = _equal(all_of.kind, ORGANISED)
    if led.any():
        estimate = rate_of(_real(_equal(all_of.fleet_kind, "automated") & led), _real(led), all_of.group, seed=seed)
        yield cell("fleet", "fleet", ORGANISED, "called_automated", estimate, n=int(led.sum()))


def _grouping(every: _Members, seed: int) -> Iterator[Cell]:
    n, n_bought = len(every.fleet), int(every.is_bought.sum())
    precision, recall = each_b_cubed(every.fleet, every.group)
    estimates = {
        "adjusted_rand": Estimate(adjusted_rand(every.fleet, every.group)),
        "b_cubed_precision": mean_of(precision[every.is_found], every.group[every.is_found], seed=seed),
        "b_cubed_recall": mean_of(recall[every.is_bought], every.group[every.is_bought], seed=seed),
    }
    p, r = estimates["b_cubed_precision"].value, estimates["b_cubed_recall"].value
    estimates["b_cubed_f1"] = Estimate(2.0 * p * r / (p + r) if p + r else 0.0)
    pure = is_of_main_group(every.fleet, every.group)[every.is_found]
    estimates["purity"] = mean_of(_real(pure), every.group[every.is_found], seed=seed)
    for name, estimate in estimates.items():
        yield cell("fleet", "fleet", "any", name, estimate, n=n, n_positive=n_bought)


def _members(found: pa.Table, truth: Truth) -> _Members:
    groups, found = _once(truth.tables["groups"]), _surest(found)
    is_bought = pc.not_equal(groups["kind"], ORGANISED)
    bought = groups.filter(is_bought)["account_id"].cast(pa.large_string())
    ids = pa.chunked_array([*bought.chunks, *found["account_id"].cast(pa.large_string()).chunks]).unique()
    column = pa.chunked_array([ids])
    in_fleet, in_group = Index(found["account_id"]).find(column), Index(groups["account_id"]).find(column)
    fleet, group = _numbers(found["fleet_id"], in_fleet), _numbers(groups["operator_id"], in_group)
    kind = groups["kind"].cast(pa.string()).combine_chunks().take(pa.array(in_group, mask=in_group < 0))
    own = found["kind"].cast(pa.string()).combine_chunks().take(pa.array(in_fleet, mask=in_fleet < 0))
    kind, own = kind.fill_null(""), own.fill_null("")
    hosts = np.append(_hosts(groups, truth), 0)[in_group]
    paid = (in_group >= 0) & ~_equal(kind, ORGANISED)
    return _Members(fleet, group, in_fleet >= 0, paid, kind, own, hosts)


def _once(groups: pa.Table) -> pa.Table:
    """Return the groups with each account once; an account two operators use counts for the first of them."""
    first = np.unique(codes(groups["account_id"]), return_index=True)[1]
    return groups.take(np.sort(first))


def _surest(found: pa.Table) -> pa.Table:
    """Return each account in the fleet it most likely belongs to."""
    p = np.asarray(pc.fill_null(found["p_member"], 1.0).to_numpy(), np.float64)
    order = np.argsort(-p, kind="stable")
    rows = found.take(order)
    return rows.take(np.sort(np.unique(codes(rows["account_id"]), return_index=True)[1]))


def _numbers(column: pa.ChunkedArray, at: I64) -> I64:
    """Return a number for each member's group, one of its own where it is in none (`at` is -1)."""
    known = codes(column)
    alone = known.max(initial=-1) + 1 + np.arange(len(at))
    return np.where(at >= 0, np.append(known, -1)[at], alone)


def _hosts(groups: pa.Table, truth: Truth) -> I64:
    """Return how many hosts the operator of each row of the groups serves; a fan group has its one host."""
    campaigns = truth.tables["campaigns"]
    host = truth.rooms.host[truth.rooms.index.find(campaigns["room_id"])]
    operator = Index(groups["operator_id"]).find(campaigns["operator_id"])
    pairs = np.unique(np.stack([operator, host]), axis=1)
    first, counts = np.unique(pairs[0][pairs[0] >= 0], return_counts=True)
    served = np.zeros(groups.num_rows + 1, np.int64)
    served[first] = counts
    return np.maximum(served[Index(groups["operator_id"]).find(groups["operator_id"])], 1)


def _by(column: pa.Array, among: Bools) -> Iterator[tuple[str, Bools]]:
    yield "any", among
    names, place = numbers_of(pa.chunked_array([column]))
    for at, name in enumerate(names):
        which = among & (place == at)
        if name and which.any():
            yield name, which


def _by_hosts(every: _Members) -> Iterator[tuple[str, Bools]]:
    for least, most, name in _HOSTS:
        which = every.is_bought & (every.n_hosts >= least) & (every.n_hosts <= most)
        if which.any():
            yield f"hosts {name}", which


def _equal(column: pa.Array, word: str) -> Bools:
    return np.asarray(pc.equal(column, word).to_numpy(zero_copy_only=False), bool)


def _real(which: Bools) -> F64:
    return which.astype(np.float64)
