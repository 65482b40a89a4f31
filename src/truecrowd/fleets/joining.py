"""Which fleet of a room its newcomers join: that whose schedule they share, if it is not too small for them."""

from typing import Final

import numpy as np

from truecrowd.features.facts import Facts
from truecrowd.fleets.links import Links, unseen
from truecrowd.fleets.signs import Signs

SLOT_US: Final = 300_000_000
"""Arrivals within five minutes of each other are one slot of a schedule."""


def newcomers(
    fleet: np.ndarray, signs: Signs, links: Links, facts: Facts, *, is_new: np.ndarray, min_lead: float
) -> np.ndarray:  # fmt: skip
    """Return the fleet of every account, with newcomers added.

    Those whose arrival slot, departure slot and kinds of act are those of a fleet's members in the room join it, as
    many as a fleet of that habit leaves unseen elsewhere; the others are a fleet of their own. Where it is not clear,
    none.

    Args:
        fleet: Shape (accounts,), number of the fleet, -1 for none.
        signs: Who stands out where.
        links: Crowd of every sign.
        facts: Facts of the closed rooms.
        is_new: Shape (signs,), bool, newcomers that are in no fleet yet.
        min_lead: How sure the choice must be, 0 to 1.
    """
    is_new = is_new & (fleet[signs.account] < 0)
    is_known = fleet[signs.account] >= 0
    order = np.argsort(links.crowd, kind="stable")
    ends = np.searchsorted(links.crowd[order], np.arange(int(links.crowd.max(initial=-1)) + 2))
    strength = np.where(is_new, signs.families.sum(axis=1), 0.0)
    n_more = np.bincount(signs.account, minlength=len(fleet))[signs.account] - 1
    best, choice = np.full(len(fleet), -1.0), fleet.copy()
    for crowd in np.unique(links.crowd[is_new]).tolist():
        rows = order[ends[crowd] : ends[crowd + 1]]
        new, known = rows[is_new[rows]], rows[is_known[rows]]
        joins = _choose(signs.row[new], signs.row[known], fleet[signs.account[known]], n_more[known], facts, min_lead)
        joins = np.where(joins == OWN, len(links.crowd) + len(fleet) + crowd, joins)
        is_better = (strength[new] > best[signs.account[new]]) & (joins >= 0)
        choice[signs.account[new[is_better]]] = joins[is_better]
        best[signs.account[new[is_better]]] = strength[new[is_better]]
    return choice


UNEQUAL: Final = 3.0
"""How many times more of a crew may be seen once than equal chances say: some get many jobs, most get one. Weeks of
400,000 events on develop and tune, B-cubed F1 and purity: 0.58, 0.96 and 0.36, 0.95 at 1; 0.57, 0.95 and 0.48, 0.97 at
3; 0.58, 0.90 and 0.54, 0.96 at 4."""
OWN: Final = -2
"""None of the fleets that are known in the crowd."""
UNSURE: Final = -1
"""It is not clear which."""


def _choose(
    new: np.ndarray, known: np.ndarray, fleet: np.ndarray, n_more: np.ndarray, facts: Facts, min_lead: float
) -> np.ndarray:  # fmt: skip
    """Return by newcomer the fleet it joins, `OWN` or `UNSURE`; `new` and `known` are rows of `Facts.accounts`."""
    names, place = np.unique(fleet, return_inverse=True)
    if not len(names):
        return np.full(len(new), OWN)
    expected = UNEQUAL * np.bincount(place) * unseen(place, np.maximum(n_more, 1), len(names))
    weight = np.append(expected, max(len(new) - expected.sum(), 1.0))
    fit = np.tile(np.log(weight / weight.sum()), (len(new), 1))
    people, others = facts.accounts[known], facts.accounts[new]
    group = np.concatenate([place, np.full(len(new), len(names))])  # what is none of them looks like the newcomers
    for values in (_slots(people, others, "first"), _slots(people, others, "last"), _acts(people, others)):
        names_of, code = np.unique(values, return_inverse=True)
        table = np.full((len(names) + 1, len(names_of)), 1 / len(names_of))
        np.add.at(table, (group, code), 1.0)
        fit += np.log(table / table.sum(axis=1, keepdims=True))[:, code[len(people) :]].T
    p = np.exp(fit - fit.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return np.where(p.max(axis=1) >= min_lead, np.append(names, OWN)[p.argmax(axis=1)], UNSURE)


def _slots(people: np.ndarray, others: np.ndarray, field: str) -> np.ndarray:
    return np.asarray(np.concatenate([people[field], others[field]]) // SLOT_US)


def _acts(people: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.asarray(np.concatenate([people["types"], others["types"]]))
