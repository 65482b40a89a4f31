"""Which orders a deal is about, and which other rooms of the merchant they are held against.

A session is one room, or one window of the contract in which no room is on record. Without windows every room is in
scope by itself, and its merchant's other rooms are its baseline; with windows the rooms of the contract are in scope,
and none of them is the baseline of another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from truecrowd.brand.deal import Deal, Span
from truecrowd.brand.orders import Orders
from truecrowd.brand.scope import AFTER_US, BEFORE_US, OFF, in_scope
from truecrowd.features.facts import Facts
from truecrowd.features.view import TYPE_CODES

AUDIENCE: Final = (
    "join", "leave", "comment", "like", "follow", "fan_club", "light_badge", "gift", "share", "product_click",
    "cart_popup",
)  # fmt: skip
"""Events that only a recording of a room has."""
Times = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Session:
    """Orders of one broadcast.

    Args:
        room_id: Its room; "@" and a time where the contract names a window and no room is on record.
        code: Room code, -1 for none.
        house: Number of the merchant, 0 unknown.
        places: Places in `Orders`, ascending.
        start, end: Microseconds; None where nobody knows when the broadcast began or ended.
        slot: The product's turns, `[start, end)`, microseconds.
        is_in_scope: What the deal is about; all rooms where no window is given.
        is_room: False for orders outside every broadcast.
        has_audience: People were recorded in the room.
    """

    room_id: str
    code: int
    house: int
    places: np.ndarray
    start: int | None
    end: int | None
    slot: Times
    is_in_scope: bool
    is_room: bool
    has_audience: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """All sessions by room id; `has_windows`: the contract says which broadcasts it is about."""

    sessions: tuple[Session, ...]
    has_windows: bool

    @property
    def judged(self) -> tuple[Session, ...]:
        """Sessions the figures are about."""
        return tuple(one for one in self.sessions if one.is_in_scope)

    def others_of(self, session: Session) -> tuple[Session, ...]:
        """Return the merchant's other rooms that may be a baseline: broadcasts with orders, none of the contract's.

        Rooms whose merchant is unknown are other rooms of each other only where no room names one.
        """
        names_house = any(one.house for one in self.sessions)
        return tuple(
            one
            for one in self.sessions
            if one.is_room
            and len(one.places)
            and one.house == session.house
            and (one.house > 0 or not names_house)
            and one.room_id != session.room_id
            and not (self.has_windows and one.is_in_scope)
        )


def scope_of(orders: Orders, facts: Facts, deal: Deal | None) -> Scope:
    """Return the sessions of all rooms, and of windows without one."""
    windows = times_of(deal.broadcast) if deal else ()
    slots = times_of(deal.slot) if deal else ()
    is_in = in_scope(orders, facts, deal) if deal else np.ones(len(orders), np.bool_)
    out, met = [], set()
    starts = np.searchsorted(orders.room, np.arange(facts.n_rooms + 1))
    air = _air(facts)
    for code, room in enumerate(facts.names["room_id"].to_pylist()):
        places = np.arange(starts[code], starts[code + 1])
        session = _session(room, code, places, facts, air[code])
        if not windows:
            out.append(replace(session, slot=slots))
            continue
        here = _meet(session, orders, windows)
        met |= set(here)
        out += _within(session, is_in[places], here, slots)
    out += [_empty(window, slots) for window in windows if window not in met]
    out.sort(key=lambda session: (session.room_id, not session.is_in_scope))
    return Scope(tuple(out), bool(windows))


def times_of(spans: Sequence[Span]) -> Times:
    """Return windows as microseconds."""
    return tuple((round(span.start.timestamp() * 1e6), round(span.end.timestamp() * 1e6)) for span in spans)


def in_windows(ts: np.ndarray, windows: Times) -> np.ndarray:
    """Say which times lie in one of the windows, `[start, end)`."""
    out = np.zeros(len(ts), np.bool_)
    for start, end in windows:
        out |= (ts >= start) & (ts < end)
    return out


def _air(facts: Facts) -> list[tuple[int, int] | None]:
    """Return by room when its recording begins and ends, None without one."""
    codes = [TYPE_CODES[name] for name in AUDIENCE]
    n = facts.n[:, codes] > 0
    first = np.where(n, facts.first[:, codes], np.iinfo(np.int64).max).min(axis=1)
    last = np.where(n, facts.last[:, codes], np.iinfo(np.int64).min).max(axis=1)
    return [(a, b) if a <= b else None for a, b in zip(first.tolist(), last.tolist(), strict=True)]


def _session(room: str, code: int, places: np.ndarray, facts: Facts, air: tuple[int, int] | None) -> Session:
    return Session(
        room_id=room, code=code, house=int(facts.parties["merchant_id"][code]) + 1, places=places,
        start=air[0] if air else None, end=air[1] if air else None, slot=(), is_in_scope=not room.startswith(OFF),
        is_room=not room.startswith(OFF), has_audience=air is not None,
    )  # fmt: skip


def _meet(session: Session, orders: Orders, windows: Times) -> list[tuple[int, int]]:
    """Return the windows that a room's recording or its orders fall into."""
    if not session.is_room:
        return []
    placed = orders.placed[session.places]
    out = []
    for start, end in windows:
        is_on = session.start is not None and session.end is not None and session.start < end and session.end >= start
        if is_on or bool(in_windows(placed, ((start - BEFORE_US, end + AFTER_US),)).any()):
            out.append((start, end))
    return out


def _within(session: Session, is_in: np.ndarray, here: list[tuple[int, int]], slots: Times) -> list[Session]:
    """Return the part of a room that is in scope, and what is left of it as orders of no broadcast."""
    if not here:
        return [replace(session, is_in_scope=False)]
    start, end = min(one for one, _ in here), max(last for _, last in here)
    slot = tuple((a, b) for a, b in slots if a < end + AFTER_US and b > start - BEFORE_US)
    part = replace(session, start=start, end=end, slot=slot, places=session.places[is_in])
    if is_in.all():
        return [part]
    rest = replace(session, places=session.places[~is_in], is_in_scope=False, is_room=False, has_audience=False)
    return [part, rest]


def _empty(window: tuple[int, int], slots: Times) -> Session:
    start, end = window
    name = "@" + np.datetime64(start, "us").astype("datetime64[s]").item().isoformat() + "Z"
    slot = tuple((a, b) for a, b in slots if a < end and b > start)
    return Session(
        room_id=name, code=-1, house=0, places=np.zeros(0, np.int64), start=start, end=end, slot=slot, is_in_scope=True,
        is_room=True, has_audience=False,
    )  # fmt: skip
