"""Bands over time: what was counted in each slice, and whether something was seen there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
import pyarrow as pa

from truecrowd.features.facts import Facts
from truecrowd.features.limits import SECOND_US
from truecrowd.features.view import TYPE_CODES
from truecrowd.fleets import Fleets
from truecrowd.schema import EVENT_TYPES, TIMELINE, Band, check

MAX_SLICES: Final = 180
"""Most slices of one room: a plot of 900 px draws one in 5 px."""
STEPS_S: Final = (10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)
"""Lengths a slice may have, seconds: people read clocks."""
MEASURES: Final = {
    "viewers": "join", "comments": "comment", "likes": "like", "popups": "cart_popup", "orders": "order",
}  # fmt: skip
"""Events counted for each measure; `viewers` counts arrivals."""
BANDS: Final = get_args(Band)
_UNREMARKABLE, _UNDETERMINED = BANDS.index("unremarkable"), BANDS.index("undetermined")
_VIEWERS: Final = list(MEASURES).index("viewers")
_OF_ALL: Final = ("room", "measure", "step")
_TS: Final = pa.timestamp("us", tz="UTC")


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
    bands: list[_Bands] = []
    found = _windows(findings)
    cuts = np.searchsorted(facts.accounts["room_id"].copy(), np.arange(facts.n_rooms + 1, dtype=np.int32))
    seconds = _seconds_of(facts)
    for code, room in enumerate(facts.names["room_id"].to_pylist()):
        windows = found.get(room, _NOTHING)
        members = _members(facts.accounts[cuts[code] : cuts[code + 1]], fleets)
        span = (int(first[code]), int(last[code]))
        bands += _room(code, seconds[code], span, windows, members, is_seen=room in looked)
    return _table(bands, facts)


def _windows(findings: pa.Table) -> dict[str, np.ndarray]:
    """Return by room start and end of its findings, shape (k, 2), microseconds."""
    spans = [findings[name].cast(pa.int64()).to_pylist() for name in ("start", "end")]
    out: dict[str, list[tuple[int, int]]] = {}
    for room, start, end in zip(findings["room_id"].to_pylist(), *spans, strict=True):
        if start is not None and end is not None:
            out.setdefault(room, []).append((start, end))
    return {room: np.array(found, np.int64) for room, found in out.items()}


_NOTHING: Final = np.empty((0, 2), np.int64)


def _seconds_of(facts: Facts) -> list[list[np.ndarray]]:
    """Return by room and measure the seconds that have events, by time."""
    codes = np.array([TYPE_CODES[name] for name in MEASURES.values()])
    place = facts.seconds["room_id"].astype(np.int64) * len(EVENT_TYPES) + facts.seconds["event_type"]
    wanted = np.arange(facts.n_rooms)[:, None] * len(EVENT_TYPES) + codes
    lows, highs = np.searchsorted(place, wanted).tolist(), np.searchsorted(place, wanted, "right").tolist()
    return [
        [facts.seconds[low:high] for low, high in zip(*room, strict=True)] for room in zip(lows, highs, strict=True)
    ]


def _members(rows: np.ndarray, fleets: Fleets | None) -> dict[str, np.ndarray]:
    """Return by kind of fleet the seconds at which its accounts are first seen among a room's accounts."""
    if fleets is None or not len(fleets.account):
        return {}
    at = np.searchsorted(fleets.account, rows["account_id"]).clip(max=len(fleets.account) - 1)
    is_member = fleets.account[at] == rows["account_id"]
    kinds = np.array(fleets.kinds)[fleets.fleet[at[is_member]]]
    return {kind: rows["first"][is_member][kinds == kind] // SECOND_US for kind in ("automated", "organised")}


@dataclass(frozen=True, slots=True)
class _Bands:
    """Filled slices of one measure in one room.

    Args:
        room: Code of the room.
        measure: Place in MEASURES.
        step: Length of a slice, seconds.
        start: Shape (n,), microseconds.
        band: Shape (n,), places in `BANDS`.
        n: Shape (n,), events.
    """

    room: int
    measure: int
    step: int
    start: np.ndarray
    band: np.ndarray
    n: np.ndarray

    @classmethod
    def filled(cls, room: int, measure: int, step: int, start: np.ndarray, band: np.ndarray, n: np.ndarray) -> "_Bands":
        """Return the slices that hold anything."""
        return cls(room, measure, step, start[n > 0], band[n > 0], n[n > 0])


def _room(
    code: int, rows: Sequence[np.ndarray], span: tuple[int, int], windows: np.ndarray, members: dict[str, np.ndarray],
    *, is_seen: bool,
) -> Iterator[_Bands]:  # fmt: skip
    length_s = (span[1] - span[0]) / 1e6
    step = next((step for step in STEPS_S if length_s <= step * MAX_SLICES), STEPS_S[-1])
    for measure, seconds in enumerate(rows):
        mine = seconds[: np.searchsorted(seconds["second"], span[1] // SECOND_US, "right")]
        starts, at = np.unique(mine["second"] // step, return_inverse=True)
        n = np.bincount(at, weights=mine["n"], minlength=len(starts)).astype(np.int64)
        start = starts * step * SECOND_US
        for kind, first in members.items() if measure == _VIEWERS else ():
            slot = (first // step)[np.isin(first // step, starts)]
            seen = np.minimum(np.bincount(np.searchsorted(starts, slot), minlength=len(starts)), n)
            yield _Bands.filled(code, measure, step, start, np.full(len(n), BANDS.index(kind)), seen)
            n = n - seen
        overlaps = ((windows[:, :1] < start + step * SECOND_US) & (windows[:, 1:] > start)).any(axis=0)
        band = np.where(overlaps | (not is_seen), _UNDETERMINED, _UNREMARKABLE)
        yield _Bands.filled(code, measure, step, start, band, n)


def _table(bands: Sequence[_Bands], facts: Facts) -> pa.Table:
    if not bands:
        return TIMELINE.empty()
    n_rows = [len(part.n) for part in bands]
    room, measure, step = (np.repeat([getattr(part, name) for part in bands], n_rows) for name in _OF_ALL)
    start, band, n = (np.concatenate([getattr(part, name) for part in bands]) for name in ("start", "band", "n"))
    columns = {
        "room_id": facts.names["room_id"].take(pa.array(room)), "start": pa.array(start, _TS),
        "end": pa.array(start + step * SECOND_US, _TS), "band": pa.array(BANDS, pa.string()).take(pa.array(band)),
        "measure": pa.array(MEASURES, pa.string()).take(pa.array(measure)), "n": pa.array(n),
    }  # fmt: skip
    return check(pa.table(columns, schema=TIMELINE.schema), TIMELINE)
