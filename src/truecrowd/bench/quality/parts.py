"""What is flagged at all: precision and recall, roles, guard families, groups of honest people, false findings."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.bench.quality.bootstrap import Bools, Estimate, rate_of, rates_of
from truecrowd.bench.quality.cells import Cell, absent, cell, ranked
from truecrowd.bench.quality.measures import F64
from truecrowd.bench.quality.overall import Overall
from truecrowd.bench.quality.seen import languages, numbers_of
from truecrowd.bench.quality.truth import Labelled, Truth

FLAGS: Final = ("watch", "high")
"""Levels from which a subject counts as flagged; both are printed."""
ORDINARY: Final = ("fan_club", "staff", "refunds", "shared_network", "popular_phone", "repeat_joins", "prompt")
"""Families that every simulated room holds, the plain ones too: they are ordinary life, and no room is without them."""
Flags = dict[tuple[str, str], Bools]


def flags_of(overall: dict[str, Overall]) -> Flags:
    """Return by subject and level which rows of the truth have an overall verdict at or above that level."""
    return {(subject, least): one.at_least(least) for subject, one in overall.items() for least in FLAGS}


def plain_rooms(truth: Truth) -> Bools:
    """Return the honest rooms in which no guard family is but those that every room holds."""
    guards = truth.tables["guards"]
    planted = guards.filter(pc.invert(pc.is_in(guards["guard"], value_set=pa.array(ORDINARY, guards["guard"].type))))
    guarded = truth.rooms.index.find(planted["room_id"])
    is_guarded = np.zeros(truth.rooms.columns.num_rows, bool)
    is_guarded[guarded[guarded >= 0]] = True
    return truth.rooms.negative & ~is_guarded


def guard_members(truth: Truth) -> dict[str, Bools]:
    """Return by guard family, sorted, the honest rooms that hold it."""
    table, rooms = truth.tables["guards"], truth.rooms
    at = rooms.index.find(table["room_id"])
    names, family = numbers_of(table["guard"])
    members = {}
    for place, name in enumerate(names):
        member = np.zeros(len(rooms.host), bool)
        member[at[(family == place) & (at >= 0)]] = True
        members[name] = member & rooms.negative
    return members


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


def roles(flags: Flags, overall: dict[str, Overall], truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield how manufactured roles rank above honest accounts, and the flagged part of every role.

    Args:
        flags: Flagged rows by subject and level of the verdict.
        overall: What the overall verdicts say, by subject.
        truth: What really happened.
        seed: Of the bootstrap.
    """
    accounts = truth.accounts
    names, role = numbers_of(accounts.columns["role"])
    bought = {name: accounts.positive["any"] & (role == at) for at, name in enumerate(names)}
    bought = {name: which for name, which in bought.items() if which.any()}
    yield from ranked("role", overall["account"].said, replace(accounts, positive=bought), tuple(bought), seed=seed)
    everybody = np.ones(len(accounts.host), bool)
    yield from _by_group("role", "", accounts.columns["role"], accounts, flags, everybody, seed)


def guards(flags: Flags, truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield the flagged part of the honest rooms that hold each guard family, of the plain ones, and of all."""
    rooms = truth.rooms
    families = guard_members(truth)
    members = {"plain": plain_rooms(truth), "any": rooms.negative & ~plain_rooms(truth)} | families
    for least in FLAGS:
        flag = flags["room", least]
        for name, member in members.items():
            estimate = rate_of(_real(flag & member), _real(member), rooms.host, seed=seed)
            yield cell("guard", f"level>={least}", name, "flagged_share", estimate, n=int(member.sum()))


def fairness(flags: Flags, truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield the flagged part of honest accounts by region, language and phone price; say where that is not known."""
    accounts, named = truth.accounts, truth.accounts.columns.column_names
    columns = {
        "region": accounts.columns["region"] if "region" in named else None,
        "language": languages(truth),
        "room_language": _room_language(truth),
        "phone_price": _price_bands(accounts) if "phone_yuan" in named else None,
    }
    for name, column in columns.items():
        if column is None:
            yield absent("fairness", name, "flagged_share", "not_in_truth")
        else:
            words = pa.chunked_array([column]) if isinstance(column, pa.Array) else column
            yield from _by_group("fairness", f"{name} ", words, accounts, flags, accounts.negative, seed)


def false_findings(findings: pa.Table, truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield findings in honest rooms, per 1,000 such rooms, by check and in all; without an interval where none is."""
    rooms = truth.rooms
    at = rooms.index.find(findings["room_id"])
    detectors, number = numbers_of(findings["detector"])
    for place, name in enumerate(("any", *detectors), start=-1):
        which = (at >= 0) & ((number == place) | (place < 0))
        n = np.bincount(at[which], minlength=len(rooms.host)).astype(np.float64) * _real(rooms.negative) * 1_000.0
        estimate = rate_of(n, _real(rooms.negative), rooms.host, seed=seed) if n.any() else Estimate(0.0)
        yield cell("findings", "findings", name, "per_1000_honest_rooms", estimate, n=int(rooms.negative.sum()))


def _by_group(
    block: str, before: str, column: pa.ChunkedArray, labelled: Labelled, flags: Flags, among: Bools, seed: int
) -> Iterator[Cell]:
    names, place = numbers_of(column)
    place = np.where(among, place, -1)
    n = np.bincount(place[place >= 0], minlength=len(names))
    for least in FLAGS:
        flag = _real(flags["account", least])
        found = rates_of(flag, np.ones(len(flag)), labelled.host, place, len(names), seed=seed)
        for at in np.flatnonzero(n):
            by = f"level>={least}"
            yield cell(block, by, f"{before}{names[at]}", "flagged_share", found[at], n=int(n[at]))


def _room_language(truth: Truth) -> pa.ChunkedArray | None:
    """Return the language of the room each account is in, None where the truth does not say."""
    rooms = truth.rooms.columns
    if "language" not in rooms.column_names or rooms["language"].null_count == rooms.num_rows:
        return None
    return rooms["language"].take(pa.array(truth.rooms.index.find(truth.accounts.columns["room_id"])))


def _price_bands(accounts: Labelled) -> pa.Array:
    """Return phone prices as quarters of the honest accounts' prices."""
    price: F64 = np.asarray(accounts.columns["phone_yuan"].cast(pa.float64()).to_numpy(), np.float64)
    honest = price[accounts.negative & ~np.isnan(price)]
    edges = np.unique(np.quantile(honest, [0.25, 0.5, 0.75])) if len(honest) else np.zeros(0)
    bounds = ["0", *(f"{edge:g}" for edge in edges), ""]
    names = [f"{low}-{high}" for low, high in pairwise(bounds)]
    place = np.searchsorted(edges, price, side="left")
    return pa.array(names, pa.large_string()).take(pa.array(place, mask=np.isnan(price)))


def _real(which: Bools) -> F64:
    return which.astype(np.float64)
