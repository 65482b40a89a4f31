"""What the detectors said of every subject, as columns: the input of the fusion.

One row a subject, one column a feature. A feature is a detector's score, or, for rooms, what was seen of the room's
accounts and orders by one family of detectors. NaN means that nothing was said: it never counts for or against.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from truecrowd.detectors import SUBJECT_COLUMNS, Detector, Look, Seen
from truecrowd.features.facts import Facts
from truecrowd.fleets import Fleets

FAMILIES: Final = ("S", "L", "D", "M")
"""Kinds of evidence (detectors.md 1), in the order of every array here."""

Examined = tuple[Detector, Look, Seen]
"""A detector, where it looked, and what it saw."""


@dataclass(frozen=True, slots=True)
class Features:
    """Subjects of one kind and what was said of them.

    Args:
        kind: room, account, order, product or claim.
        room: Shape (n,), room codes.
        subject: Shape (n,), codes of `SUBJECT_COLUMNS[kind]`; sorted by room, then by subject.
        values: By feature, shape (n,), float64, NaN where nothing was said.
        weak: By feature, shape (n,), bool: said by a weaker reading, which counts one nat at most.
        family: By feature, its place in `FAMILIES`.
        looked: Shape (n, 4), bool: families of which at least one detector looked in the subject's room.
    """

    kind: str
    room: np.ndarray
    subject: np.ndarray
    values: Mapping[str, np.ndarray]
    weak: Mapping[str, np.ndarray]
    family: Mapping[str, int]
    looked: np.ndarray

    def __len__(self) -> int:
        return len(self.room)

    def key(self) -> np.ndarray:
        """Return shape (n,), int64: room and subject in one number, ascending."""
        return keys(self.room, self.subject)


def keys(room: np.ndarray, subject: np.ndarray) -> np.ndarray:
    """Return room and subject codes as one int64 each."""
    return room.astype(np.int64) << 32 | subject.astype(np.int64)


def features_of(kind: str, seen: Sequence[Examined], facts: Facts) -> Features:
    """Return what was said of all subjects of one kind.

    Accounts and orders: everybody and everything seen, scored or not. Rooms: all. Others: those that were scored.
    """
    room, subject = _subjects(kind, seen, facts)
    at = keys(room, subject)
    values, weak, family = {}, {}, {}
    looked = np.zeros((len(room), len(FAMILIES)), np.bool_)
    for detector, look, said in seen:
        place = FAMILIES.index(detector.family)
        looked[:, place] |= look.looks[room]
        scores = [scores for scores in said.scores if scores.subject_type == kind]
        if not scores:
            continue
        column = np.full(len(room), np.nan)
        for one in scores:
            where = np.searchsorted(at, keys(one.room, one.subject)).clip(max=max(len(at) - 1, 0))
            is_known = at[where] == keys(one.room, one.subject) if len(at) else np.zeros(len(where), np.bool_)
            np.fmax.at(column, where[is_known], one.score[is_known])
        values[detector.name], family[detector.name] = column, place
        weak[detector.name] = (look.mode != "full")[room]
    return Features(kind, room, subject, values, weak, family, looked)


def _subjects(kind: str, seen: Sequence[Examined], facts: Facts) -> tuple[np.ndarray, np.ndarray]:
    if kind == "room":
        codes = np.arange(facts.n_rooms)
        return codes, codes
    if kind in ("account", "order"):
        rows = facts.people if kind == "account" else facts.orders
        return rows["room_id"], rows[SUBJECT_COLUMNS[kind]]
    scores = [one for *_, said in seen for one in said.scores if one.subject_type == kind]
    rooms = np.concatenate([np.empty(0, np.int64), *(one.room for one in scores)])
    subjects = np.concatenate([np.empty(0, np.int64), *(one.subject for one in scores)])
    both = np.unique(keys(rooms, subjects))
    return both >> 32, both & 0xFFFFFFFF


def fleet_of(features: Features, fleets: Fleets) -> tuple[np.ndarray, np.ndarray]:
    """Return the place of each account's fleet in `Fleets.ids`, -1 for none, and how sure its membership is."""
    if not len(fleets.account):
        return np.full(len(features), -1), np.zeros(len(features))
    at = np.searchsorted(fleets.account, features.subject).clip(max=len(fleets.account) - 1)
    is_member = fleets.account[at] == features.subject
    return np.where(is_member, fleets.fleet[at], -1), np.where(is_member, fleets.p_member[at], 0.0)


def with_fleets(features: Features, fleets: Fleets) -> Features:
    """Return the features of accounts with membership in a fleet as evidence of family L."""
    _, p_member = fleet_of(features, fleets)
    return replace(
        features,
        values={**features.values, "fleets": p_member},
        weak={**features.weak, "fleets": np.zeros(len(features), np.bool_)},
        family={**features.family, "fleets": FAMILIES.index("L")},
    )
