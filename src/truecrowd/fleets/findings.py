"""What is said of a fleet: one finding each, with the events behind the checks that saw it."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import MAX_EVIDENCE, Detector, Finding, Look, Seen
from truecrowd.features.facts import Facts
from truecrowd.fleets.grouping import Fleets
from truecrowd.fleets.signs import FAMILIES, MONEY
from truecrowd.schema import FINDINGS, check

VERSION: Final = 1
"""Raised whenever the same scores can give other fleets."""


def findings_of(fleets: Fleets, facts: Facts, seen: Sequence[tuple[Detector, Look, Seen]]) -> list[Finding]:
    """Return one finding a fleet; `subject` is its place in `Fleets.ids`, `room` the one with most of its accounts.

    Evidence are the events of findings about its accounts, then those about its rooms, meetings across hosts first;
    a fleet that rests on scores alone has none.

    Args:
        fleets: What `group` returned.
        facts: Facts of the closed rooms.
        seen: What every detector saw.
    """
    at = fleets.fleet[np.searchsorted(fleets.account, fleets.signs.account)]
    order = np.argsort(at, kind="stable")
    ends = np.searchsorted(at[order], np.arange(len(fleets.ids) + 1))
    return [_finding(k, order[ends[k] : ends[k + 1]], fleets, facts, seen) for k in range(len(fleets.ids))]


def _finding(
    number: int, rows: np.ndarray, fleets: Fleets, facts: Facts, seen: Sequence[tuple[Detector, Look, Seen]]
) -> Finding:  # fmt: skip
    signs = fleets.signs.where(rows)
    accounts = np.unique(signs.account)
    rooms, n = np.unique(signs.room, return_counts=True)
    evidence = _evidence(set(rooms.tolist()), set(accounts.tolist()), seen)
    people = facts.accounts[signs.row]
    has = [len(np.unique(signs.account[signs.families[:, k] >= 1])) for k in range(len(FAMILIES))]
    params = {
        "n_accounts": len(accounts), "n_rooms": len(rooms), "n_hosts": int(fleets.n_hosts[number]),
        "kind": fleets.kinds[number], "families": {name: k for name, k in zip(FAMILIES, has, strict=True) if k},
    }  # fmt: skip
    return Finding(
        "fleet", number, int(rooms[n.argmax()]), int(people["first"].min()), int(people["last"].max()) + 1,
        float(signs.families.sum(axis=1).mean()), evidence, len(evidence), params,
        scheme=_scheme(signs.job, fleets.kinds[number], int(fleets.n_hosts[number])),
    )  # fmt: skip


def _scheme(job: np.ndarray, kind: str, n_hosts: int) -> str:
    most = int(np.bincount(job, minlength=len(MONEY) + 1).argmax())
    if most:
        return MONEY[most - 1]
    if kind == "automated":
        return "farm"
    return "troupe" if n_hosts >= 3 else "organised"


def _evidence(rooms: set[int], accounts: set[int], seen: Sequence[tuple[Detector, Look, Seen]]) -> np.ndarray:
    parts: list[list[np.ndarray]] = [[], [], []]
    for detector, _, one in seen:
        for finding in one.findings:
            if finding.room not in rooms:
                continue
            if finding.subject_type == "account" and finding.subject in accounts:
                parts[1].append(finding.evidence)
            elif finding.subject_type == "room":
                parts[0 if detector.family == "L" else 2].append(finding.evidence)
    hashes = np.concatenate([np.empty(0, np.uint64), *parts[0], *parts[1], *parts[2]]).astype(np.uint64)
    _, firsts = np.unique(hashes, return_index=True)
    return hashes[np.sort(firsts)]


def finding_rows(
    fleets: Fleets, findings: Sequence[Finding], facts: Facts, names: Callable[[np.ndarray], list[str]]
) -> pa.Table:  # fmt: skip
    """Return the FINDINGS rows; `names` gives the ids behind event hashes."""
    rows = []
    for finding in findings:
        key = ["fleets", VERSION, fleets.ids[finding.subject]]
        rows.append({
            "finding_id": hashlib.blake2b(json.dumps(key).encode(), digest_size=8).hexdigest(), "detector": "fleets",
            "detector_version": VERSION, "scheme": finding.scheme, "subject_type": "fleet",
            "subject_id": fleets.ids[finding.subject], "room_id": facts.name("room_id", finding.room),
            "start": finding.start, "end": finding.end, "score": finding.score, "p_value": None,
            "evidence": names(finding.evidence[:MAX_EVIDENCE]), "evidence_count": finding.n_evidence,
            "params": json.dumps(dict(finding.params), ensure_ascii=False, sort_keys=True),
        })  # fmt: skip
    return check(pa.Table.from_pylist(rows, schema=FINDINGS.schema), FINDINGS)
