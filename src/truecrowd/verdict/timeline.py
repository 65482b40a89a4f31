"""Bands over time: what was counted in each slice, and whether something was seen there."""

from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.features.facts import Facts
from truecrowd.features.limits import SECOND_US
from truecrowd.features.view import TYPE_CODES
from truecrowd.fleets import Fleets
from truecrowd.schema import TIMELINE, check

MAX_SLICES: Final = 180
"""Most slices of one room: a plot of 900 px draws one in 5 px."""
STEPS_S: Final = (10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)
"""Lengths a slice may have, seconds: people read clocks."""
MEASURES: Final = {
    "viewers": "join", "comments": "comment", "likes": "like", "popups": "cart_popup", "orders": "order",
}  # fmt: skip
"""Events counted for each measure; `viewers` counts arrivals."""


def timeline_rows(facts: Facts, findings: pa.Table, looked: frozenset[str], fleets: Fleets | None = None) -> pa.Table:
    """Return TIMELINE rows: filled slices only.

    Args:
        facts: Facts of the closed rooms.
        findings: FINDINGS.
        looked: Rooms in which at least one detector was asked to look.
        fleets: Accounts that act as one.

    Arrivals of a fleet's accounts are of the fleet's kind, one each at their first sight. What else a finding overlaps
    is `undetermined`: something was seen, of which kind is not known. So is all of a room in which nothing could look.
    """
    first, last = facts.span_us()
    tables = [TIMELINE.empty()]
    found = _windows(findings)
    for code, room in enumerate(facts.names["room_id"].to_pylist()):
        windows = found.get(room, _NOTHING)
        members = _members(facts, code, fleets)
        tables.append(_room(facts, code, (int(first[code]), int(last[code])), windows, members, is_seen=room in looked))
    return pa.concat_tables(tables)


def _windows(findings: pa.Table) -> dict[str, np.ndarray]:
    """Return by room start and end of its findings, shape (k, 2), microseconds."""
    spans = [findings[name].cast(pa.int64()).to_pylist() for name in ("start", "end")]
    out: dict[str, list[tuple[int, int]]] = {}
    for room, start, end in zip(findings["room_id"].to_pylist(), *spans, strict=True):
        if start is not None and end is not None:
            out.setdefault(room, []).append((start, end))
    return {room: np.array(found, np.int64) for room, found in out.items()}


_NOTHING: Final = np.empty((0, 2), np.int64)


def _members(facts: Facts, code: int, fleets: Fleets | None) -> dict[str, np.ndarray]:
    """Return by kind of fleet the seconds at which its accounts are first seen in a room."""
    rows = facts.accounts[facts.accounts["room_id"] == code]
    if fleets is None or not len(fleets.account):
        return {}
    at = np.searchsorted(fleets.account, rows["account_id"]).clip(max=len(fleets.account) - 1)
    is_member = fleets.account[at] == rows["account_id"]
    kinds = np.array(fleets.kinds)[fleets.fleet[at[is_member]]]
    return {kind: rows["first"][is_member][kinds == kind] // SECOND_US for kind in ("automated", "organised")}


def _room(
    facts: Facts, code: int, span: tuple[int, int], windows: np.ndarray, members: dict[str, np.ndarray], *, is_seen: bool
) -> pa.Table:  # fmt: skip
    length_s = (span[1] - span[0]) / 1e6
    step = next((step for step in STEPS_S if length_s <= step * MAX_SLICES), STEPS_S[-1])
    room = str(facts.name("room_id", code))
    rows = facts.seconds[slice(*np.searchsorted(facts.seconds["room_id"], [code, code + 1]))]
    tables = [TIMELINE.empty()]
    for measure, name in MEASURES.items():
        mine = rows[rows["event_type"] == TYPE_CODES[name]]
        mine = mine[mine["second"] * SECOND_US <= span[1]]
        starts, at = np.unique(mine["second"] // step, return_inverse=True)
        n = np.bincount(at, weights=mine["n"], minlength=len(starts)).astype(np.int64)
        start = starts * step * SECOND_US
        for kind, seconds in members.items() if measure == "viewers" else ():
            slot = (seconds // step)[np.isin(seconds // step, starts)]
            seen = np.minimum(np.bincount(np.searchsorted(starts, slot), minlength=len(starts)), n)
            tables.append(_bands(room, measure, start, step, np.full(len(n), kind), seen))
            n = n - seen
        overlaps = ((windows[:, :1] < start + step * SECOND_US) & (windows[:, 1:] > start)).any(axis=0)
        band = np.where(overlaps | (not is_seen), "undetermined", "unremarkable")
        tables.append(_bands(room, measure, start, step, band, n))
    return pa.concat_tables(tables)


def _bands(room: str, measure: str, start: np.ndarray, step: int, band: np.ndarray, n: np.ndarray) -> pa.Table:
    start, band, n = start[n > 0], band[n > 0], n[n > 0]
    columns = {
        "room_id": pa.array([room] * len(start), pa.string()),
        "start": pa.array(start, pa.timestamp("us", tz="UTC")),
        "end": pa.array(start + step * SECOND_US, pa.timestamp("us", tz="UTC")),
        "band": pa.array(band.tolist(), pa.string()), "measure": pa.array([measure] * len(start), pa.string()),
        "n": pa.array(n),
    }  # fmt: skip
    return check(pa.table(columns, schema=TIMELINE.schema), TIMELINE)
