"""Which fleet of a room its newcomers join: that whose schedule they share."""

from itertools import combinations
from typing import Final

import numpy as np

from truecrowd.features.facts import Facts
from truecrowd.fleets.links import Links, components
from truecrowd.fleets.merging import CRITICAL, MAX_PIECES, distance
from truecrowd.fleets.signs import Signs

SLOT_US: Final = 300_000_000
"""Arrivals within five minutes of each other are one slot of a schedule."""


def newcomers(
    fleet: np.ndarray, signs: Signs, links: Links, facts: Facts, *, is_new: np.ndarray, min_lead: float
) -> np.ndarray:  # fmt: skip
    """Return the fleet of every account, with newcomers added.

    Those nearest to a fleet by arrival slot, departure slot and kinds of act join it together if, as a whole, they come,
    leave and act as its members in the room do. The others are told apart one by one, into known fleets and one of their
    own. Where it is not clear, none.

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
    best, choice = np.full(len(fleet), -1.0), fleet.copy()
    for crowd in np.unique(links.crowd[is_new]).tolist():
        rows = order[ends[crowd] : ends[crowd + 1]]
        new, known = rows[is_new[rows]], rows[is_known[rows]]
        joins = _choose(signs.row[new], signs.row[known], fleet[signs.account[known]], facts, min_lead)
        joins = np.where(joins == OWN, len(links.crowd) + len(fleet) + crowd, joins)
        is_better = (strength[new] > best[signs.account[new]]) & (joins >= 0)
        choice[signs.account[new[is_better]]] = joins[is_better]
        best[signs.account[new[is_better]]] = strength[new[is_better]]
    return choice


MIN_KNOWN: Final = 4
"""Fewest known members of a fleet in the room whose schedule says anything."""
UNLIKE_ACTS: Final = 1.6
"""Largest distance of what two crowds do, as a multiple of what chance makes of equal ones. Swept on weeks of 400,000
events of develop, tune and a variation of each: 1.3 to 2."""
N_ROUNDS: Final = 12
"""Rounds in which newcomers are told apart."""
OWN: Final = -2
"""None of the fleets that are known in the crowd."""
UNSURE: Final = -1
"""It is not clear which."""


def _choose(new: np.ndarray, known: np.ndarray, fleet: np.ndarray, facts: Facts, min_lead: float) -> np.ndarray:
    """Return by newcomer the fleet it joins, `OWN` or `UNSURE`; `new` and `known` are rows of `Facts.accounts`."""
    names, place = np.unique(fleet, return_inverse=True)
    if not len(names):
        return np.full(len(new), OWN)
    people, others = facts.accounts[known], facts.accounts[new]
    names, place = _put_together(names, place, people)
    tables = _tables(people, others, place, len(names))
    fit = np.sum([np.log(table)[:, code] for code, table in tables], axis=0).T
    nearest = fit.argmax(axis=1)
    out = np.full(len(new), UNSURE)
    for k, name in enumerate(names.tolist()):
        if _is_one_crowd(people[place == k], others[nearest == k]):
            out[nearest == k] = name
    if (out == UNSURE).any():
        p = _told_apart(fit, tables)
        alone = np.where(p.max(axis=1) >= min_lead, np.append(names, OWN)[p.argmax(axis=1)], UNSURE)
        out = np.where(out == UNSURE, alone, out)
    return out


def _put_together(names: np.ndarray, place: np.ndarray, people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the same with fleets of one schedule as one, named by the largest: a schedule cannot tell them apart."""
    size = np.bincount(place)
    order = np.lexsort((np.arange(len(size)), -size))[:MAX_PIECES]
    pairs = [
        (one, other) for one, other in combinations(order.tolist(), 2)
        if _is_one_crowd(people[place == one], people[place == other])
    ]  # fmt: skip
    first, second = np.array(pairs, np.int64).reshape(-1, 2).T
    label = components(len(names), first, second)
    largest = {label[k]: names[k] for k in np.lexsort((-np.arange(len(size)), size)).tolist()}
    words, number = np.unique(label, return_inverse=True)
    return np.array([largest[word] for word in words.tolist()]), number[place]


def _tables(
    people: np.ndarray, others: np.ndarray, place: np.ndarray, n_fleets: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return by habit the code of every newcomer, and shape (fleets, codes): how often members have each code."""
    out = []
    for values in (_slots(people, others, "first"), _slots(people, others, "last"), _acts(people, others)):
        words, code = np.unique(values, return_inverse=True)
        table = np.full((n_fleets, len(words)), 1.0 / len(words))
        np.add.at(table, (place, code[: len(people)]), 1.0)
        out.append((code[len(people) :], table / table.sum(axis=1, keepdims=True)))
    return out


def _is_one_crowd(members: np.ndarray, others: np.ndarray) -> bool:
    """Say whether others come, leave and act as the members do (rows of `Facts.accounts`)."""
    if len(members) < MIN_KNOWN or not len(others):
        return False
    most = CRITICAL * np.sqrt(1 / len(members) + 1 / len(others))
    if any(distance(members[field], others[field]) > most for field in ("first", "last")):
        return False
    acts = np.unique(np.concatenate([members["types"], others["types"]]), return_inverse=True)[1]
    one, other = (np.bincount(part, minlength=acts.max() + 1) for part in np.split(acts, [len(members)]))
    both = (one + other) / len(acts)
    chance = np.sqrt(2 / np.pi * both * (1 - both) * (1 / len(members) + 1 / len(others))).sum()
    return bool(np.abs(one / len(members) - other / len(others)).sum() <= UNLIKE_ACTS * max(chance, 1e-9))


def _told_apart(fit: np.ndarray, tables: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return shape (newcomers, fleets + 1): how likely each is of each fleet, and of a crowd of their own (last)."""
    n, n_fleets = fit.shape
    p, weight = np.full((n, n_fleets + 1), 1.0 / (n_fleets + 1)), np.full(n_fleets + 1, 1.0 / (n_fleets + 1))
    for _ in range(N_ROUNDS):
        own = np.zeros(n)
        for code, table in tables:
            seen = np.bincount(code, p[:, -1], table.shape[1]) + 1.0 / table.shape[1]
            own += np.log(seen / seen.sum())[code]
        odds = np.column_stack([fit, own]) + np.log(weight)
        p = np.exp(odds - odds.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        weight = (p.sum(axis=0) + 0.5) / (n + 0.5 * (n_fleets + 1))
    return np.asarray(p)


def _slots(people: np.ndarray, others: np.ndarray, field: str) -> np.ndarray:
    return np.asarray(np.concatenate([people[field], others[field]]) // SLOT_US)


def _acts(people: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.asarray(np.concatenate([people["types"], others["types"]]))
