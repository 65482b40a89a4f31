"""What is measured beside rankings: flags by role, guard and group, fleets, shares, calibration, false findings."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.bench.quality.bootstrap import Bools, Estimate, rate_of
from truecrowd.bench.quality.cells import Cell, absent, cell
from truecrowd.bench.quality.measures import F64, I64, b_cubed, purity, reliability
from truecrowd.bench.quality.systems import levels_on, stated_on
from truecrowd.bench.quality.truth import Index, Labelled, Truth, codes
from truecrowd.schema import LEVELS

FLAGS: Final = ("watch", "high")
"""Levels from which a subject counts as flagged; both are printed."""
Flags = dict[tuple[str, str], Bools]
_GROUPS: Final = (("region", "region"), ("language", "language"), ("phone_yuan", "phone_price"))


def flags_of(verdicts: pa.Table, truth: Truth) -> Flags:
    """Return by subject and level which rows of the truth have an overall verdict at or above that level."""
    flags: Flags = {}
    for subject, labelled in (("room", truth.rooms), ("account", truth.accounts), ("order", truth.orders)):
        level = levels_on(labelled, verdicts, subject)
        flags |= {(subject, least): level >= LEVELS.index(least) for least in FLAGS}
    return flags


def plain_rooms(truth: Truth) -> Bools:
    """Return the honest rooms in which no guard family is."""
    guarded = truth.rooms.index.find(truth.tables["guards"]["room_id"])
    is_guarded = np.zeros(truth.rooms.columns.num_rows, bool)
    is_guarded[guarded[guarded >= 0]] = True
    return truth.rooms.negative & ~is_guarded


def roles(flags: Flags, truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield the flagged part of the accounts of each role, honest and manufactured ones."""
    accounts = truth.accounts
    yield from _by_group("role", "role", accounts, flags, np.ones(len(accounts.host), bool), seed)


def precision_and_recall(flags: Flags, truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield precision and recall of the flag for each scheme."""
    for subject, labelled in (("room", truth.rooms), ("account", truth.accounts), ("order", truth.orders)):
        for least in FLAGS:
            flag = flags[subject, least]
            for scheme, positive in labelled.positive.items():
                n, n_positive = int((positive | labelled.negative).sum()), int(positive.sum())
                told = flag & (positive | labelled.negative)
                rates = {
                    "precision": rate_of(_real(told & positive), _real(told), labelled.host, seed=seed),
                    "recall": rate_of(_real(flag & positive), _real(positive), labelled.operator, seed=seed),
                }
                for name, estimate in rates.items():
                    note = "nothing_flagged" if name == "precision" and not told.any() else ""
                    by = f"level>={least}"
                    yield cell(subject, by, scheme, name, estimate, n=n, n_positive=n_positive, note=note)


def guards(flags: Flags, truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield the flagged part of the honest rooms that hold each guard family, and of the plain ones."""
    table, rooms = truth.tables["guards"], truth.rooms
    at, family = rooms.index.find(table["room_id"]), codes(table["guard"])
    names = table["guard"].to_pylist()
    held = {names[row]: family == family[row] for row in np.unique(family, return_index=True)[1]} if names else {}
    members = {"plain": plain_rooms(truth)}
    for name in sorted(held):
        member = np.zeros(len(rooms.host), bool)
        member[at[held[name] & (at >= 0)]] = True
        members[name] = member & rooms.negative
    for least in FLAGS:
        flag = flags["room", least]
        for name, member in members.items():
            estimate = rate_of(_real(flag & member), _real(member), rooms.host, seed=seed)
            yield cell("guard", f"level>={least}", name, "flagged_share", estimate, n=int(member.sum()))


def fairness(flags: Flags, truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield the flagged part of honest accounts by region, language and phone price; say where that is not known."""
    accounts = truth.accounts
    for column, name in _GROUPS:
        if column not in accounts.columns.column_names:
            yield absent("fairness", name, "flagged_share", "not_in_truth")
            continue
        labelled = accounts if column != "phone_yuan" else _with_price_bands(accounts)
        yield from _by_group("fairness", column, labelled, flags, accounts.negative, seed)


def fleets(found: pa.Table, truth: Truth) -> Iterator[Cell]:
    """Yield B-cubed and purity of the fleets over the accounts that are in one and belong to a true group."""
    if found.num_rows == 0:
        yield absent("fleet", "any", "b_cubed_f1", "no_fleets")
        return
    groups = truth.tables["groups"]
    at = Index(groups["account_id"]).find(found["account_id"])
    alone = (
        codes(groups["operator_id"]).max(initial=0) + 1 + np.arange(found.num_rows)
    )  # an honest account stands alone
    true: I64 = np.where(at >= 0, np.append(codes(groups["operator_id"]), -1)[at], alone)
    fleet = codes(found["fleet_id"])
    precision, recall, f1 = b_cubed(fleet, true)
    values = {"b_cubed_precision": precision, "b_cubed_recall": recall, "b_cubed_f1": f1, "purity": purity(fleet, true)}
    for name, value in values.items():
        yield cell("fleet", "fleet", "any", name, Estimate(value), n=found.num_rows, n_positive=int((at >= 0).sum()))


def shares(found: pa.Table, truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield mean absolute error and coverage of the interval for each measure whose true share is known."""
    rooms = truth.rooms
    measures = [name.removeprefix("share_") for name in rooms.columns.column_names if name.startswith("share_")]
    for measure in measures:
        rows = found.filter(pc.and_(pc.equal(found["measure"], measure), pc.is_valid(found["share"])))
        if rows.num_rows == 0:
            yield absent("share", measure, "mean_absolute_error", "not_estimated")
            continue
        said = {
            name: rooms.spread((rows["room_id"],), _floats(rows[name])) for name in ("share", "share_low", "share_high")
        }
        true = rooms.columns[f"share_{measure}"].to_numpy()
        known, bounded = ~np.isnan(said["share"]), ~np.isnan(said["share_low"] + said["share_high"])
        error = np.asarray(np.nan_to_num(np.abs(said["share"] - true)), np.float64)
        inside = bounded & (said["share_low"] <= true) & (true <= said["share_high"])
        values = {"mean_absolute_error": (error, known), "coverage": (_real(inside), bounded)}
        for name, (part, whole) in values.items():
            estimate = rate_of(part, _real(whole), rooms.host, seed=seed)
            yield cell("share", "share", measure, name, estimate, n=int(whole.sum()))


def calibration(verdicts: pa.Table, truth: Truth) -> Iterator[Cell]:
    """Yield, for each bin of the stated probability, the stated mean and the manufactured part."""
    for subject, labelled in (("room", truth.rooms), ("account", truth.accounts), ("order", truth.orders)):
        p = stated_on(labelled, verdicts, subject)
        known = ~np.isnan(p)
        if not known.any():
            yield absent("calibration", subject, "observed", "not_calibrated")
            continue
        for stated, observed, n in reliability(p[known], labelled.positive["any"][known]):
            for name, value in (("stated", stated), ("observed", observed)):
                yield cell("calibration", "p_manufactured", f"{subject} {stated:.2f}", name, Estimate(value), n=n)


def false_findings(findings: pa.Table, truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield findings in honest rooms, per 1,000 such rooms, by check and in all; without an interval where none is."""
    rooms = truth.rooms
    at = rooms.index.find(findings["room_id"])
    names = np.asarray(findings["detector"].to_pylist(), dtype=object)
    for name in ("any", *sorted(set(names.tolist()))):
        which = (at >= 0) & ((names == name) | (name == "any"))
        n = np.bincount(at[which], minlength=len(rooms.host)).astype(np.float64) * _real(rooms.negative) * 1_000.0
        estimate = rate_of(n, _real(rooms.negative), rooms.host, seed=seed) if n.any() else Estimate(0.0)
        yield cell("findings", "findings", name, "per_1000_honest_rooms", estimate, n=int(rooms.negative.sum()))


def alarms(found: pa.Table, truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield the part of honest rooms, and of rooms with a scheme, that ever alarm."""
    if found.num_rows == 0:
        yield absent("alarm", "any", "ever", "no_alarms")
        return
    rooms = truth.rooms
    at = rooms.index.find(found["room_id"])
    ever = np.zeros(len(rooms.host), bool)
    ever[at[at >= 0]] = True
    for name, which in (("honest", rooms.negative), ("manufactured", rooms.positive["any"])):
        estimate = rate_of(_real(ever & which), _real(which), rooms.host, seed=seed)
        yield cell("alarm", "alarm", name, "ever", estimate, n=int(which.sum()))


def _by_group(block: str, column: str, labelled: Labelled, flags: Flags, among: Bools, seed: int) -> Iterator[Cell]:
    encoded = labelled.columns[column].cast(pa.large_string()).combine_chunks().dictionary_encode()
    names, number = encoded.dictionary.to_pylist(), pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    for least in FLAGS:
        flag = flags["account", least]
        for place, name in sorted(enumerate(names), key=lambda each: str(each[1])):
            member = (number == place) & among
            if member.any():
                estimate = rate_of(
                    _real(flag & member)[member], _real(member)[member], labelled.host[member], seed=seed
                )
                group = name if block == "role" else f"{column} {name}"
                yield cell(block, f"level>={least}", group, "flagged_share", estimate, n=int(member.sum()))


def _with_price_bands(accounts: Labelled) -> Labelled:
    """Return the accounts with phone prices as quarters of the honest accounts' prices."""
    price = _floats(accounts.columns["phone_yuan"])
    edges = np.unique(np.nanquantile(price[accounts.negative], [0.25, 0.5, 0.75]))
    bounds = ["0", *(f"{edge:g}" for edge in edges), ""]
    names = [f"{low}-{high}" for low, high in pairwise(bounds)]
    place = np.searchsorted(edges, price, side="left")
    band = pa.array(names).take(pa.array(place, mask=np.isnan(price)))
    at = accounts.columns.column_names.index("phone_yuan")
    columns = accounts.columns.set_column(at, "phone_yuan", band)
    return Labelled(accounts.index, accounts.positive, accounts.negative, accounts.operator, accounts.host, columns)


def _floats(column: pa.ChunkedArray) -> F64:
    values: F64 = column.cast(pa.float64()).to_numpy()
    return values


def _real(which: Bools) -> F64:
    return which.astype(np.float64)
