"""From signs to fleets: who seeds one, who extends it, and of which kind it is."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector, Look, Seen
from truecrowd.features.facts import Facts
from truecrowd.fleets.joining import newcomers
from truecrowd.fleets.links import Links, crews, linked
from truecrowd.fleets.merging import merged
from truecrowd.fleets.signs import Signs, hosts_of, signs_of
from truecrowd.schema import FLEETS, check, ordered

N_NAMED: Final = 4
"""Seeds that give a fleet its name: the first ones, so that it keeps it as it grows."""


@dataclass(frozen=True, slots=True)
class Config:
    """What makes a fleet of accounts."""

    min_nats: float = 1.0
    """Evidence of one family that counts, nats (detectors.md 4, point 5)."""
    min_lockstep: float = 0.5
    """The same for meeting at three hosts, whose evidence is that of a crowd already, nats. Guess."""
    min_seeds: int = 4
    """Fewest seeds of a fleet (4-core, detectors.md 4, point 5)."""
    min_own: float = 2.5
    """Evidence of one family by which an account joins seeds in one room, nats: eleven of twelve of its kind there are
    beyond what honest rooms show. 2.0 lets in 246 honest accounts in a week of 2 M events on develop, 2.5 lets in 174."""
    min_seed_share: float = 0.1
    """Seeds per such account that a crowd must have, 0 to 1. Guess."""
    min_hosts: int = 3
    """Fewest hosts at which a seed meets the others; two may only extend (detectors.md 4, point 1)."""
    min_shared: int = 3
    """Fewest accounts that two crowds of different hosts share to be held together. Guess."""
    min_share: float = 0.5
    """Share of those of one crowd who visited the other's room that must stand out there too, 0 to 1. Guess: an honest
    account that stands out by its phone does so everywhere, but few of its like do."""
    min_likeness: float = 0.4
    """Jaccard index of two accounts' crowds that makes them one crew, 0 to 1. The design page's 0.3, swept on world
    tune: 0.3 puts 10 % of accounts beside those of another operator, 0.4 none."""
    max_patterns: int = 300
    """Most different sets of crowds compared for one pair of crowds. Guess; a week of 400,000 events has under 100."""
    min_lead: float = 0.9
    """How sure it must be which of several fleets in a room an account belongs to, 0 to 1. Weeks of 400,000 events on
    develop and tune: purity 0.95 and 0.99 at 0.8, 0.98 and 0.99 at 0.9, for a tenth fewer members."""
    machine_share: float = 0.5
    """Share of a fleet's accounts with evidence of a machine from which it is called automated, 0 to 1. Guess."""


@dataclass(frozen=True, slots=True)
class Fleets:
    """Accounts that act as one.

    Args:
        fleets: FLEETS, sorted.
        ids: Names of the fleets, in order of their first seed's number.
        kinds: automated or organised, by fleet.
        n_hosts: Shape (fleets,), hosts at which they stand out.
        account: Shape (k,), codes of the members, sorted; an account is in one fleet.
        fleet: Shape (k,), place in `ids`.
        p_member: Shape (k,), 0 to 1.
        signs: Where members stand out and by what: rows of these accounts.
    """

    fleets: pa.Table
    ids: tuple[str, ...]
    kinds: tuple[str, ...]
    n_hosts: np.ndarray
    account: np.ndarray
    fleet: np.ndarray
    p_member: np.ndarray
    signs: Signs


def group(facts: Facts, seen: Sequence[tuple[Detector, Look, Seen]], config: Config) -> Fleets:
    """Return the fleets of closed rooms.

    A fleet is seeded by accounts that stand out together at three hosts, or in one room by two families of evidence
    each; accounts with two shared hosts and a family of their own extend it. The result depends on facts and scores
    alone, so any slicing of the events gives the same fleets.

    Args:
        facts: Facts of the closed rooms.
        seen: What every detector saw, in codes (`Observed.seen`).
        config: See `Config`.
    """
    signs = signs_of(facts, seen, min_nats=config.min_nats, min_lockstep=config.min_lockstep)
    links = linked(
        signs, facts.accounts, hosts_of(facts), min_shared=config.min_shared, min_share=config.min_share
    )  # fmt: skip
    account, crew = crews(
        links, min_likeness=config.min_likeness, max_patterns=config.max_patterns, min_seeds=config.min_seeds,
        min_lead=config.min_lead,
    )  # fmt: skip
    fleet = np.full(len(facts.names["account_id"]), -1)
    fleet[account] = crew
    seeds = is_seed(signs, links, len(fleet), config)
    fleet = merged(_seeded(fleet, seeds, config), signs, links, facts)
    fleet = newcomers(
        fleet, signs, links, facts, is_new=may_join(signs, links, seeds, config), min_lead=config.min_lead
    )  # fmt: skip
    return _closed(_seeded(fleet, seeds, config), seeds, signs, facts, config)


def n_families(signs: Signs, min_nats: float) -> np.ndarray:
    """Return by sign how many families say `min_nats` or more of the account in that room."""
    return np.asarray((signs.families >= min_nats).sum(axis=1))


def is_seed(signs: Signs, links: Links, n_accounts: int, config: Config) -> np.ndarray:
    """Return shape (accounts,), bool: in linked crowds of three hosts, or two families in one room."""
    out = np.zeros(n_accounts, np.bool_)
    out[signs.account[n_families(signs, config.min_nats) >= 2]] = True
    is_linked = np.isin(links.crowd, np.concatenate([links.first, links.second])) & _in_links(signs, links)
    pairs = np.unique(np.column_stack([signs.account[is_linked], signs.host[is_linked]]), axis=0)
    hosts = np.bincount(pairs[:, 0].astype(np.int64), minlength=n_accounts)
    return np.asarray(out | (hosts >= config.min_hosts))


def _in_links(signs: Signs, links: Links) -> np.ndarray:
    """Say which signs are of an account in one of its linked crowds."""
    width = len(links.crowd) + 1
    keys = [links.account.astype(np.int64) * width + end[links.pair] for end in (links.first, links.second)]
    return np.asarray(np.isin(signs.account.astype(np.int64) * width + links.crowd, np.concatenate(keys)))


def may_join(signs: Signs, links: Links, seeds: np.ndarray, config: Config) -> np.ndarray:
    """Return by sign whether the account may join in that room alone.

    By two families of its own; or by one that says `min_own` or more, where enough of the crowd are seeds: then the
    crowd's two families are shown by many of the same kind.
    """
    n_crowds = int(links.crowd.max(initial=-1)) + 1
    n_seeds = np.bincount(links.crowd[seeds[signs.account]], minlength=n_crowds)
    is_strong = signs.families.max(axis=1, initial=0.0) >= config.min_own
    n_strong = np.bincount(links.crowd[is_strong], minlength=n_crowds)
    is_seeded = (n_seeds >= config.min_seeds) & (n_seeds >= config.min_seed_share * n_strong)
    return np.asarray((n_families(signs, config.min_nats) >= 2) | (is_strong & is_seeded[links.crowd]))


def _seeded(fleet: np.ndarray, seeds: np.ndarray, config: Config) -> np.ndarray:
    """Return the fleets that have enough seeds; -1 for everybody else."""
    seeds = seeds & (fleet >= 0)
    enough = np.bincount(fleet[seeds], minlength=int(fleet.max(initial=0)) + 1) >= config.min_seeds
    return np.where((fleet >= 0) & enough[fleet], fleet, -1)


def _closed(fleet: np.ndarray, seeds: np.ndarray, signs: Signs, facts: Facts, config: Config) -> Fleets:
    """Name the fleets, say of which kind they are and how surely each account is a member."""
    signs = signs.where(fleet[signs.account] >= 0)
    account = np.unique(signs.account)
    _, number = np.unique(fleet[account], return_inverse=True)
    names = facts.names["account_id"].take(pa.array(account)).to_pylist()
    first = np.full(len(fleet), np.iinfo(np.int64).max)
    np.minimum.at(first, signs.account, facts.accounts["first"][signs.row])
    ids = _ids(number, names, first[account], seeds[account])
    machine, nats = np.zeros(len(fleet)), np.zeros(len(fleet))
    np.maximum.at(machine, signs.account, signs.machine)
    np.maximum.at(nats, signs.account, signs.families.sum(axis=1))
    share = np.bincount(number, machine[account] >= config.min_nats) / np.maximum(np.bincount(number), 1)
    kinds = tuple("automated" if part >= config.machine_share else "organised" for part in share)
    at = number[np.searchsorted(account, signs.account)]
    hosts = np.unique(np.column_stack([at, signs.host]), axis=0)[:, 0]
    own = np.unique(np.column_stack([signs.account.astype(np.int64), signs.host]), axis=0)[:, 0]
    p = p_member(nats[account], np.bincount(own, minlength=len(fleet))[account])
    columns = {
        "fleet_id": pa.array([ids[k] for k in number], pa.string()), "account_id": pa.array(names, pa.string()),
        "kind": pa.array([kinds[k] for k in number], pa.string()), "p_member": pa.array(p, pa.float64()),
    }  # fmt: skip
    rows = ordered(check(pa.table(columns, schema=FLEETS.schema), FLEETS), FLEETS)
    n_hosts = np.bincount(hosts.astype(np.int64), minlength=len(ids))
    return Fleets(rows, ids, kinds, n_hosts, account, number, p, signs)


def p_member(nats: np.ndarray, n_hosts: np.ndarray) -> np.ndarray:
    """Return how often an account with this much evidence at this many hosts is one, on simulator truth.

    Args:
        nats: Shape (k,), all families together, in the room where they say most.
        n_hosts: Shape (k,), hosts at which it stands out.
    """
    return np.asarray(1.0 / (1.0 + np.exp(-(-0.5 + 0.8 * nats + 1.0 * (n_hosts - 1)))))


def _ids(number: np.ndarray, names: list[str], first: np.ndarray, seeds: np.ndarray) -> tuple[str, ...]:
    """Name each fleet by its first seeds, so that it keeps its name as it grows."""
    by_fleet: dict[int, list[tuple[bool, int, str]]] = {}
    for fleet, name, ts, is_one in zip(number.tolist(), names, first.tolist(), seeds.tolist(), strict=True):
        by_fleet.setdefault(fleet, []).append((not is_one, ts, name))
    firsts = [[name for _, _, name in sorted(by_fleet[fleet])[:N_NAMED]] for fleet in sorted(by_fleet)]
    return tuple(hashlib.blake2b(json.dumps(some).encode(), digest_size=8).hexdigest() for some in firsts)
