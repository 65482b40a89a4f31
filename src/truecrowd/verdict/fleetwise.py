"""Verdicts about fleets: what is concluded of their members, taken together."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.fleets import Fleets
from truecrowd.verdict.accounts import ENOUGH, REASON_NATS, Subjects
from truecrowd.verdict.features import fleet_of
from truecrowd.verdict.levels import HIGH, ORDER, WATCH, levels
from truecrowd.verdict.signs import Row


def fleet_rows(fleets: Fleets, accounts: Subjects, findings: pa.Table, reference_id: str | None) -> list[Row]:
    """Return two VERDICTS rows a fleet: its scheme, and `any`.

    Its nats are the mean of its members', so size alone decides nothing. A fleet of real people at fewer than three
    hosts is worth watching at most: it may be a club.

    Args:
        fleets: Accounts that act as one.
        accounts: What is concluded of every account in a room.
        findings: FINDINGS, those about fleets name the scheme.
        reference_id: Of the reference that was used.
    """
    about = findings.filter(pc.equal(findings["subject_type"], "fleet"))
    scheme = dict(zip(about["subject_id"].to_pylist(), about["scheme"].to_pylist(), strict=True))
    number, _ = fleet_of(accounts.features, fleets)
    rows = np.flatnonzero(number >= 0)
    if not len(rows):
        return []
    at, n = number[rows], len(fleets.ids)
    members = np.bincount(at, minlength=n)

    def mean(column: np.ndarray) -> np.ndarray:
        return np.bincount(at, column[rows], n) / np.maximum(members, 1)

    total, p = mean(accounts.fused.total), mean(accounts.p)
    families = np.stack([mean(column) for column in accounts.fused.families.T], axis=1)
    looked = np.stack([mean(column.astype(float)) > 0 for column in accounts.features.looked.T], axis=1)
    level = levels(total, families, p, looked, enough=ENOUGH)
    is_club = (np.array(fleets.kinds, object) == "organised") & (fleets.n_hosts < 3)
    level = np.where(is_club & (level >= HIGH), WATCH, level)
    moved = {name: mean(nats) for name, nats in accounts.fused.parts.items()}
    out: list[Row] = []
    for k, fleet in enumerate(fleets.ids):
        if members[k]:
            reasons = sorted(name for name, nats in moved.items() if nats[k] >= REASON_NATS)
            row: Row = {
                "subject_type": "fleet", "subject_id": fleet, "p_manufactured": round(float(p[k]), 6),
                "n": int((fleets.fleet == k).sum()), "level": ORDER[level[k]], "reasons": reasons,
                "reference_id": reference_id,
            }  # fmt: skip
            out += [{**row, "scheme": word} for word in ("any", scheme.get(fleet)) if word]
    return out
