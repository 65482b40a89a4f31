"""What each account showed in each room, by family of evidence: the ground on which fleets are built."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from truecrowd.detectors import Detector, Look, Seen
from truecrowd.features.facts import Facts

FAMILIES: Final = ("S", "L", "D", "M")
MACHINE: Final = ("address_collisions", "phone_mix", "even_gaps", "action_order")
"""Detectors whose score of an account is positive evidence of a machine (detectors.md 4, point 7)."""
LOCKSTEP: Final = "co_arrival"
"""The detector whose score of an account rests on three hosts."""
MONEY: Final = ("brushing", "reviews", "popup")
"""Schemes whose accounts are hired for a job of their own; everything else is audience."""
MAX_NATS: Final = 4.0
"""What one family can say of an account at most (detectors.md 5.3)."""
_WEAK_NATS: Final = 1.0  # a weaker reading of any detector says no more (detectors.md 2)


@dataclass(frozen=True, slots=True)
class Signs:
    """One row per account and room that any check speaks of strongly enough, sorted by account, then room.

    Args:
        row: Shape (n,), row number in `Facts.accounts`.
        room, account, host: Shape (n,), codes; host as in `hosts_of`.
        families: Shape (n, 4), nats 0 to 4, in the order of `FAMILIES`.
        machine: Shape (n,), nats, the strongest evidence of a machine.
        job: Shape (n,), int64, 0 audience, else 1 + place in `MONEY` of the scheme the strongest check names.
    """

    row: np.ndarray
    room: np.ndarray
    account: np.ndarray
    host: np.ndarray
    families: np.ndarray
    machine: np.ndarray
    job: np.ndarray

    def __len__(self) -> int:
        return len(self.row)

    def where(self, keep: np.ndarray) -> "Signs":
        """Return the rows where `keep` says so."""
        return Signs(
            self.row[keep], self.room[keep], self.account[keep], self.host[keep], self.families[keep],
            self.machine[keep], self.job[keep],
        )  # fmt: skip


def hosts_of(facts: Facts) -> np.ndarray:
    """Return shape (rooms,), the host of every room; its permanent room, else the room itself, where none is known.

    Codes of the three kinds never meet.
    """
    host, source = facts.parties["host_id"].astype(np.int64), facts.parties["source_room_id"].astype(np.int64)
    n_hosts, n_sources = len(facts.names["host_id"]), len(facts.names["source_room_id"])
    alone = n_hosts + n_sources + np.arange(facts.n_rooms)
    return np.where(host >= 0, host, np.where(source >= 0, source + n_hosts, alone))


def signs_of(
    facts: Facts, seen: Sequence[tuple[Detector, Look, Seen]], *, min_nats: float, min_lockstep: float
) -> Signs:
    """Return the accounts of which at least one family says `min_nats` or more; staff and display names are left out.

    Args:
        facts: Facts of the closed rooms.
        seen: What every detector saw.
        min_nats: Least evidence of one family.
        min_lockstep: The same for meeting at three hosts, whose evidence is already that of a company.
    """
    people = facts.accounts
    families, machine, met = np.zeros((len(people), len(FAMILIES))), np.zeros(len(people)), np.zeros(len(people))
    strongest, job = np.zeros(len(people)), np.zeros(len(people), np.int64)
    for detector, look, one in seen:
        at, nats = _account_scores(facts, look, one)
        place = FAMILIES.index(detector.family)
        np.maximum.at(families[:, place], at, nats)
        if detector.name in MACHINE:
            np.maximum.at(machine, at, nats)
        if detector.name == LOCKSTEP:
            np.maximum.at(met, at, nats)
        is_stronger = nats > strongest[at]
        strongest[at[is_stronger]] = nats[is_stronger]
        job[at[is_stronger]] = MONEY.index(detector.scheme) + 1 if detector.scheme in MONEY else 0
    keep = ((families >= min_nats).any(axis=1) | (met >= min_lockstep)) & ~np.isin(people["account_id"], facts.staff)
    at = np.flatnonzero(keep)
    at = at[np.lexsort((people["room_id"][at], people["account_id"][at]))]
    room = people["room_id"][at]
    return Signs(at, room, people["account_id"][at], hosts_of(facts)[room], families[at], machine[at], job[at])


def _account_scores(facts: Facts, look: Look, seen: Seen) -> tuple[np.ndarray, np.ndarray]:
    """Return row numbers in `Facts.accounts`, each once, and the highest score of each, 0 to 4 nats."""
    people = facts.accounts
    width = len(facts.names["account_id"]) + 1
    keys = people["room_id"].astype(np.int64) * width + people["account_id"]
    ats, scores = [np.empty(0, np.int64)], [np.empty(0)]
    for one in seen.scores:
        if one.subject_type != "account" or not len(keys):
            continue
        wanted = one.room.astype(np.int64) * width + one.subject
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        is_there = keys[at] == wanted
        most = np.where(look.mode[one.room] == "full", MAX_NATS, _WEAK_NATS)
        ats.append(at[is_there])
        scores.append(np.clip(one.score, 0.0, most)[is_there])
    at, place = np.unique(np.concatenate(ats), return_inverse=True)
    nats = np.zeros(len(at))
    np.maximum.at(nats, place, np.concatenate(scores))
    return at, nats
