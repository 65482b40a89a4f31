"""Bands over time: what was counted in each slice, and whether something was seen there."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.features.facts import Facts
from truecrowd.features.view import TYPE_CODES
from truecrowd.schema import TIMELINE, check

MAX_SLICES: Final = 180
"""Most slices of one room: a plot of 900 px draws one in 5 px."""
STEPS_S: Final = (10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)
"""Lengths a slice may have, seconds: people read clocks."""
MEASURES: Final = {
    "viewers": "join", "comments": "comment", "likes": "like", "popups": "cart_popup", "orders": "order",
}  # fmt: skip
"""Events counted for each measure; `viewers` counts arrivals."""


def timeline_rows(facts: Facts, findings: pa.Table, looked: frozenset[str]) -> pa.Table:
    """Return TIMELINE rows: filled slices only.

    Args:
        facts: Facts of the closed rooms.
        findings: FINDINGS.
        looked: Rooms in which at least one detector was asked to look.

    A slice that a finding overlaps is `undetermined`: something was seen and its cause is not judged yet. So is all of
    a room in which nothing could look.
    """
    first, last = facts.span_us()
    tables = [TIMELINE.empty()]
    for code, room in enumerate(facts.names["room_id"].to_pylist()):
        windows = _windows(findings, room)
        tables.append(_room(facts, code, (int(first[code]), int(last[code])), windows, is_seen=room in looked))
    return pa.concat_tables(tables)


def _windows(findings: pa.Table, room: str) -> np.ndarray:
    here = findings.filter(pc.equal(findings["room_id"], room))
    starts, ends = (here[name].cast(pa.int64()).to_numpy() for name in ("start", "end"))
    return np.stack([starts, ends], axis=1)


def _room(facts: Facts, code: int, span: tuple[int, int], windows: np.ndarray, *, is_seen: bool) -> pa.Table:
    length_s = (span[1] - span[0]) / 1e6
    step = next((step for step in STEPS_S if length_s <= step * MAX_SLICES), STEPS_S[-1])
    rows = facts.seconds[facts.seconds["room_id"] == code]
    tables = [TIMELINE.empty()]
    for measure, name in MEASURES.items():
        mine = rows[rows["event_type"] == TYPE_CODES[name]]
        mine = mine[mine["second"] * 1_000_000 <= span[1]]
        starts, at = np.unique(mine["second"] // step, return_inverse=True)
        start = starts * step * 1_000_000
        end = start + step * 1_000_000
        overlaps = ((windows[:, :1] < end) & (windows[:, 1:] > start)).any(axis=0)
        band = np.where(overlaps | (not is_seen), "undetermined", "unremarkable")
        columns = {
            "room_id": pa.array([facts.name("room_id", code)] * len(start), pa.string()),
            "start": pa.array(start, pa.timestamp("us", tz="UTC")), "end": pa.array(end, pa.timestamp("us", tz="UTC")),
            "band": pa.array(band.tolist(), pa.string()), "measure": pa.array([measure] * len(start), pa.string()),
            "n": pa.array(np.bincount(at, weights=mine["n"], minlength=len(start)).astype(np.int64)),
        }  # fmt: skip
        tables.append(check(pa.table(columns, schema=TIMELINE.schema), TIMELINE))
    return pa.concat_tables(tables)
