"""Alarms that may be looked at all night: e-processes on closed ticks of event time (detectors.md 5.4).

For each room and scheme something is counted about every newcomer, popup or order as it comes: does it fall into a cell
that the past alone defines. The bet is on this composition, never on the rate, and against the edge of honest rooms,
not their centre. E_t = sum over starts k of w_k times the product of likelihood ratios from k on; where the start lies
ahead the ratio is 1. In an honest room the chance that E ever reaches 1 / alpha is at most alpha.
Source: Ville's inequality; e-detectors (Shin, Ramdas and Rinaldo 2024).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from truecrowd.features.facts import Facts

TICK_US: Final = 10_000_000
ALPHA: Final = 0.001
"""False alarms of an honest room over a whole evening, all schemes together."""
ALTERNATIVES: Final = (0.1, 0.3, 0.6, 0.9)
"""How far beyond the edge the share is bet to be, as parts of what is left above it; the bets are averaged."""
LAST: Final = 200
"""Arrivals before one in which its like is looked for. Fixed, so the share does not grow with the room."""
SUDDEN_US: Final = 60_000_000
"""An order sooner than this after its account was first seen in the room has no visit behind it. Guess."""
N_STARTS: Final = 1_000
"""Ticks over which the weight of a start is spread, evenly: 2.8 hours of looking."""
SCHEMES: Final = ("farm", "popup", "brushing")


@dataclass(frozen=True, slots=True)
class Items:
    """What an alarm counts, in the order of time.

    Args:
        room: Shape (n,), room codes, ascending.
        ts: Shape (n,), microseconds, ascending within a room.
        is_in: Shape (n,), bool: falls into the cell.
    """

    room: np.ndarray
    ts: np.ndarray
    is_in: np.ndarray


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm."""

    room: int
    scheme: str
    ts: int
    e_value: float


def items_of(facts: Facts) -> dict[str, Items]:
    """Return by scheme what is counted.

    farm: arrivals; in the cell: same phone model, network and day of registration as one of the last 200 arrivals
    (young accounts alone found fewer farms at the same edge). popup: accounts with a popup; in the cell: the popup is the first that is seen of them. brushing:
    orders; in the cell: placed within a minute of the account's first sight, or by one never seen before.
    """
    return {"farm": _arrivals(facts), "popup": _popups(facts), "brushing": _orders(facts)}


def _sorted(room: np.ndarray, ts: np.ndarray, tie: np.ndarray, is_in: np.ndarray) -> Items:
    order = np.lexsort((tie, ts, room))
    return Items(room[order], ts[order], is_in[order])


def _arrivals(facts: Facts) -> Items:
    rows = facts.arrivals
    rows = rows[(rows["age_days"] >= 0) & (rows["device_model"] >= 0)]
    rows = rows[np.lexsort((rows["event_id"], rows["ts"], rows["room_id"]))]
    alike = [rows[name] for name in ("age_days", "asn", "device_model", "room_id")]
    order = np.lexsort((np.arange(len(rows)), *alike))
    same = np.ones(len(rows), np.bool_)
    for column in alike:
        same[1:] &= column[order][1:] == column[order][:-1]
    same[:1] = False
    gap = np.diff(order, prepend=-LAST - 1)
    is_in = np.zeros(len(rows), np.bool_)
    is_in[order] = same & (gap <= LAST)
    return Items(rows["room_id"], rows["ts"], is_in)


def _popups(facts: Facts) -> Items:
    rows = facts.accounts[facts.accounts["n_popups"] > 0]
    return _sorted(rows["room_id"], rows["first_popup"], rows["account_id"], rows["first_popup"] <= rows["first"])


def _orders(facts: Facts) -> Items:
    rows, people = facts.orders, facts.accounts
    known = people["room_id"].astype(np.int64) << 32 | people["account_id"].astype(np.int64)
    asked = rows["room_id"].astype(np.int64) << 32 | rows["account_id"].astype(np.int64)
    at = np.searchsorted(known, asked).clip(max=max(len(known) - 1, 0))
    is_seen = known[at] == asked if len(known) else np.zeros(len(asked), np.bool_)
    first = np.where(is_seen, people["first"][at] if len(people) else 0, rows["ts"])
    has_visits = facts.has_type("join")[rows["room_id"]]
    keep = has_visits & (rows["account_id"] >= 0)
    rows, first = rows[keep], first[keep]
    return _sorted(rows["room_id"], rows["ts"], rows["order_id"], rows["ts"] - first < SUDDEN_US)


def cells(facts: Facts) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return by "alarm/<scheme>" the counts k and n of every room, which a reference turns into edges."""
    return {
        f"alarm/{scheme}": (
            np.bincount(items.room[items.is_in], minlength=facts.n_rooms), np.bincount(items.room, minlength=facts.n_rooms),
        )
        for scheme, items in items_of(facts).items()
    }  # fmt: skip


def alarms(facts: Facts, edges: Mapping[str, float]) -> list[Alarm]:
    """Return the first alarm of every room and scheme, by room, time and scheme; `any` for all schemes together.

    Args:
        facts: Facts of the closed rooms.
        edges: By "alarm/<scheme>", the share that honest rooms hardly ever exceed; schemes without one raise nothing.
    """
    opens = facts.span_us()[0]
    tracks = {
        scheme: _e_process(items, opens, facts.n_rooms, edges[f"alarm/{scheme}"])
        for scheme, items in items_of(facts).items()
        if 0.0 < edges.get(f"alarm/{scheme}", 0.0) < 1.0
    }
    if not tracks:
        return []
    n_ticks = max(track.shape[1] for track in tracks.values())
    wide = {name: np.pad(track, ((0, 0), (0, n_ticks - track.shape[1])), mode="edge") for name, track in tracks.items()}
    found = []
    for name, track in (*wide.items(), ("any", np.mean(list(wide.values()), axis=0))):
        bar = 1.0 / ALPHA if name == "any" else len(wide) / ALPHA
        for room in np.flatnonzero((track >= bar).any(axis=1)).tolist():
            tick = int((track[room] >= bar).argmax())
            found.append(Alarm(room, name, int(opens[room]) + (tick + 1) * TICK_US, float(track[room, tick])))
    return sorted(found, key=lambda alarm: (alarm.room, alarm.ts, alarm.scheme))


def _e_process(items: Items, opens: np.ndarray, n_rooms: int, edge: float) -> np.ndarray:
    """Return shape (rooms, ticks), E at the end of every tick.

    A tick's ratio needs its own counts alone, so it can be computed as soon as the tick is closed.
    """
    tick = np.maximum(items.ts - opens[items.room], 0) // TICK_US
    n_ticks = int(tick.max()) + 1 if len(tick) else 1
    flat = items.room.astype(np.int64) * n_ticks + tick
    n = np.bincount(flat, minlength=n_rooms * n_ticks).reshape(n_rooms, n_ticks)
    k = np.bincount(flat[items.is_in], minlength=n_rooms * n_ticks).reshape(n_rooms, n_ticks)
    out = np.zeros((n_rooms, n_ticks))
    for beyond in ALTERNATIVES:
        p = edge + beyond * (1.0 - edge)
        ratio = np.exp((k * np.log(p / edge) + (n - k) * np.log((1.0 - p) / (1.0 - edge))).clip(-50.0, 50.0))
        running = np.zeros(n_rooms)
        for at in range(n_ticks):
            started = 1.0 / N_STARTS if at < N_STARTS else 0.0
            running = np.minimum((running + started) * ratio[:, at], 1e30)
            out[:, at] += (running + max(1.0 - (at + 1) / N_STARTS, 0.0)) / len(ALTERNATIVES)
    return out
