"""Verdicts about accounts and orders: one row for everybody seen, so that a threshold can be swept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import SUBJECT_COLUMNS
from truecrowd.features.facts import Facts
from truecrowd.schema import VERDICTS, check
from truecrowd.verdict.features import Examined, Features, keys
from truecrowd.verdict.fusion import Fused
from truecrowd.verdict.levels import CLEAR, ORDER, UNDETERMINED, WATCH, levels
from truecrowd.verdict.mixture import PRIORS, posterior

REASON_NATS: Final = 0.5
"""Nats from which a detector is named as a reason."""
NOT_OF_ACCOUNTS: Final = ("staged_stock", "false_limited", "inflated_count", "organised", "likes", "reviews")
"""Schemes that are never said of one account (detectors.md 3)."""
ENOUGH: Final = 2
"""Families that must have looked before somebody is clear."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """Accounts in rooms, or orders, and what is concluded of each.

    Args:
        features: What was said.
        fused: What it amounts to.
        p: Shape (n,), with the share of its room as the prior.
        level: Shape (n,), places in `levels.ORDER`.
        has_finding: Shape (n,), bool: a detector has something to show about it, which is worth watching.
    """

    features: Features
    fused: Fused
    p: np.ndarray
    level: np.ndarray
    has_finding: np.ndarray


def concluded(features: Features, fused: Fused, prior: np.ndarray, has_finding: np.ndarray) -> Subjects:
    """Return what is concluded of each subject.

    Args:
        features: What was said.
        fused: What it amounts to.
        prior: Shape (n,), estimated manufactured share among its like in its room.
        has_finding: Shape (n,), bool: a detector has something to show about it, which is worth watching.
    """
    p = posterior(fused.total, prior.clip(*PRIORS))
    level = levels(fused.total, fused.families, p, features.looked, enough=ENOUGH)
    return Subjects(features, fused, p, np.where(has_finding, np.maximum(level, WATCH), level), has_finding)


def in_light_of(subjects: Subjects, is_quiet: np.ndarray) -> Subjects:
    """Return the same, with nobody worth watching in a room that honest rooms are like.

    We accuse crowds, not people: where many own one phone, and honest rooms show as much, its owners are nobody special.

    Args:
        subjects: Accounts or orders.
        is_quiet: Shape (rooms,), bool: nothing in the room as a whole is worth watching.
    """
    quiet = is_quiet[subjects.features.room] & ~subjects.has_finding & (subjects.level >= WATCH)
    return replace(subjects, level=np.where(quiet, CLEAR, subjects.level))


def found_in(features: Features, seen: Sequence[Examined]) -> np.ndarray:
    """Return shape (n,), bool: subjects that a detector has a finding about."""
    codes = [
        (finding.room, finding.subject)
        for *_, said in seen
        for finding in said.findings
        if finding.subject_type == features.kind
    ]
    if not codes:
        return np.zeros(len(features), np.bool_)
    room, subject = np.array(codes, np.int64).T
    return np.isin(features.key(), keys(room, subject))


def rows_of(subjects: Subjects, facts: Facts, counted: np.ndarray, reference_id: str | None) -> pa.Table:
    """Return one VERDICTS row per room and subject, scheme `any`.

    Args:
        subjects: Accounts or orders.
        facts: For the names.
        counted: Shape (n,), events each rests on.
        reference_id: Of the reference that was used.
    """
    features, n = subjects.features, len(subjects.features)
    looked = features.looked.any(axis=1)
    none = pa.nulls(n, pa.float64())
    columns = {
        "subject_type": pa.array([features.kind] * n, pa.string()),
        "subject_id": facts.names[SUBJECT_COLUMNS[features.kind]].take(pa.array(features.subject)),
        "room_id": facts.names["room_id"].take(pa.array(features.room)),
        "scheme": pa.array(["any"] * n, pa.string()),
        "p_manufactured": pa.array(subjects.p.round(6), mask=~looked), "n": pa.array(counted, pa.int64()),
        "share": none, "share_low": none, "share_high": none, "at_least": none,
        "reference_id": pa.array([reference_id] * n, pa.string()),
        "level": pa.array(ORDER).take(pa.array(subjects.level)), "reasons": reasons(subjects), "p_value": none,
    }  # fmt: skip
    return check(pa.table(columns, schema=VERDICTS.schema), VERDICTS)


def reasons(subjects: Subjects) -> pa.Array:
    """Return by subject the detectors that moved it, strongest family first; why it is undetermined otherwise."""
    names = list(subjects.fused.parts)
    bits = np.zeros(len(subjects.p), np.int64)
    for at, name in enumerate(names):
        bits |= (subjects.fused.parts[name] >= REASON_NATS).astype(np.int64) << at
    looked = subjects.features.looked.any(axis=1)
    few = (subjects.level == UNDETERMINED) & looked
    codes = bits | few.astype(np.int64) << len(names) | (~looked).astype(np.int64) << (len(names) + 1)
    words = [*names, "few_families", "not_looked"]
    kinds, place = np.unique(codes, return_inverse=True)
    lists = [[word for at, word in enumerate(words) if code >> at & 1] for code in kinds.tolist()]
    return pa.array(lists, pa.list_(pa.string())).take(pa.array(place.ravel()))


def staff_rows(facts: Facts) -> pa.Table:
    """Return one row for each account of the staff file that was seen: never judged."""
    rows = facts.accounts[np.isin(facts.accounts["account_id"], facts.staff)]
    plain = {
        "subject_type": ["account"] * len(rows),
        "subject_id": facts.names["account_id"].take(pa.array(rows["account_id"])),
        "room_id": facts.names["room_id"].take(pa.array(rows["room_id"])),
        "scheme": ["any"] * len(rows), "n": rows["n"], "level": ["undetermined"] * len(rows),
        "reasons": pa.array([["staff"]] * len(rows), pa.list_(pa.string())),
    }  # fmt: skip
    return pa.table(
        {name: pa.array(plain.get(name, [None] * len(rows)), kind) for name, kind in VERDICTS.columns},
        schema=VERDICTS.schema,
    )


def named_rows(
    subjects: Subjects, facts: Facts, seen_by: Mapping[str, Sequence[str]], reference_id: str | None
) -> pa.Table:
    """Return a row for the scheme that each subject worth watching fits best: whose detectors moved it most."""
    rows = np.flatnonzero(subjects.level >= WATCH)
    schemes = [scheme for scheme in seen_by if scheme not in NOT_OF_ACCOUNTS]
    pull = np.zeros((len(rows), len(schemes)))
    for at, scheme in enumerate(schemes):
        for name in seen_by[scheme]:
            if name in subjects.fused.parts:
                pull[:, at] += np.maximum(subjects.fused.parts[name][rows], 0.0)
    features, fused = subjects.features, subjects.fused
    some = Subjects(
        Features(
            features.kind, features.room[rows], features.subject[rows], {}, {}, {}, features.looked[rows],
        ),
        Fused(fused.total[rows], fused.families[rows], {name: nats[rows] for name, nats in fused.parts.items()}),
        subjects.p[rows], subjects.level[rows], subjects.has_finding[rows],
    )  # fmt: skip
    table = rows_of(some, facts, np.ones(len(rows), np.int64), reference_id)
    words = pa.array(schemes).take(pa.array(pull.argmax(axis=1))) if len(rows) else pa.array([], pa.string())
    return table.set_column(table.column_names.index("scheme"), table.schema.field("scheme"), words)
