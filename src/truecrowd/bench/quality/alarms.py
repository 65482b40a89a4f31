"""How soon: alarms beside the campaigns they should tell of, and in rooms where there was none."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.bench.quality.bootstrap import Bools, median_of, rate_of
from truecrowd.bench.quality.cells import Cell, absent, cell
from truecrowd.bench.quality.measures import F64, I64
from truecrowd.bench.quality.parts import guard_members, plain_rooms
from truecrowd.bench.quality.seen import arrivals, numbers_of, seconds
from truecrowd.bench.quality.truth import Truth

NTH: Final = 100
"""The time to an alarm is counted from this account of a farm (detectors.md section 8)."""


def alarms(found: pa.Table, truth: Truth, *, seed: int) -> Iterator[Cell]:
    """Yield which rooms ever alarm, and for each scheme how long after a campaign's start its first alarm comes."""
    if found.num_rows == 0:
        for measure in ("ever", "seconds_to_alarm", "accounts_to_alarm"):
            yield absent("alarm", "any", measure, "no_alarms")
        return
    yield from _ever(found, truth, seed)
    yield from _latency(found, truth, seed)


def _ever(found: pa.Table, truth: Truth, seed: int) -> Iterator[Cell]:
    rooms = truth.rooms
    at = rooms.index.find(found["room_id"])
    ever = np.zeros(len(rooms.host), bool)
    ever[at[at >= 0]] = True
    groups = {"honest": rooms.negative, "plain": plain_rooms(truth)} | guard_members(truth)
    for name, which in groups.items():
        estimate = rate_of(_real(ever & which), _real(which), rooms.host, seed=seed)
        yield cell("alarm", "rooms without", name, "ever", estimate, n=int(which.sum()))
    for name, which in rooms.positive.items():
        estimate = rate_of(_real(ever & which), _real(which), rooms.operator, seed=seed)
        yield cell("alarm", "rooms with", name, "ever", estimate, n=int(which.sum()), n_positive=int(which.sum()))


def _latency(found: pa.Table, truth: Truth, seed: int) -> Iterator[Cell]:
    campaigns = truth.tables["campaigns"]
    first = first_alarms(found, campaigns)
    wait = first - seconds(campaigns["start"])
    operator = _operators(campaigns)
    nth, n_there = _arrived(truth, first)
    names, scheme = numbers_of(campaigns["scheme"])
    for at, name in enumerate(names):
        own = (scheme == at) & (campaigns["n_accounts"].to_numpy() > 0)
        told = own & np.isfinite(wait)
        n = int(own.sum())
        if not n:
            continue
        estimate = rate_of(_real(told), _real(own), operator, seed=seed)
        yield cell("alarm", "first alarm", name, "campaigns_alarmed", estimate, n=n, n_positive=int(told.sum()))
        values = {
            "seconds_to_alarm": (wait, told),
            "accounts_to_alarm": (n_there, told & (n_there >= 0.0)),
            f"seconds_after_account_{NTH}": (first - nth, told & np.isfinite(nth)),
        }
        for measure, (value, which) in values.items():
            estimate = median_of(value[which], operator[which], seed=seed)
            note = "" if which.any() else "none_told"
            yield cell("alarm", "first alarm", name, measure, estimate, n=int(which.sum()), note=note)


def first_alarms(found: pa.Table, campaigns: pa.Table) -> F64:
    """Return when the first alarm of a campaign's room came that is not before its start.

    Args:
        found: ALARMS. An alarm of another scheme does not count; one of `any` does.
        campaigns: The truth's table.

    Returns:
        Seconds since the epoch; NaN where none came.
    """
    at_s, start = seconds(found["ts"]), seconds(campaigns["start"])
    room, scheme = found["room_id"].cast(pa.string()), found["scheme"].cast(pa.string())
    by_room: dict[str, list[int]] = {}
    for row, name in enumerate(room.to_pylist()):
        by_room.setdefault(name, []).append(row)
    own = scheme.to_pylist()
    rows = zip(campaigns["room_id"].to_pylist(), campaigns["scheme"].to_pylist(), start, strict=True)
    return np.array(
        [
            min((at_s[row] for row in by_room.get(name, ()) if own[row] in (kind, "any") and at_s[row] >= since), default=np.nan)
            for name, kind, since in rows
        ]
    )  # fmt: skip


def _arrived(truth: Truth, first: F64) -> tuple[F64, F64]:
    """Return when each campaign's 100th account came (NaN: never), and how many were there at its first alarm."""
    n = len(first)
    rooms = truth.tables["campaigns"]["room_id"].filter(pa.array(np.isfinite(first)))
    came = arrivals(truth, rooms.combine_chunks()) if len(rooms) else None
    if came is None:
        return np.full(n, np.nan), np.full(n, -1.0)
    campaign, at_s = came
    there = np.bincount(campaign[(campaign >= 0) & (at_s <= first[campaign])], minlength=n).astype(np.float64)
    order = np.argsort(campaign, kind="stable")
    begins = np.searchsorted(campaign[order], np.arange(n))
    counts = np.bincount(campaign[campaign >= 0], minlength=n)
    nth = np.full(n, np.nan)
    large = counts >= NTH
    nth[large] = at_s[order][begins[large] + NTH - 1]
    return nth, there


def _operators(campaigns: pa.Table) -> I64:
    """Return a number for each campaign's operator; one of its own where nobody is named."""
    known = pc.if_else(pc.equal(campaigns["operator_id"], ""), campaigns["campaign_id"], campaigns["operator_id"])
    return numbers_of(known)[1]


def _real(which: Bools) -> F64:
    return which.astype(np.float64)
