"""Alarms that may be looked at all night: e-processes on closed ticks of event time, row by row as they arrive.

`audit` and `watch` run the same rows through this in the order in which they arrive, so `audit` writes the alarms that
`watch` has raised. How the rows are cut into slices changes nothing. A room keeps one number per scheme and bet, and
counts of the ticks that are still open; a tick that is closed is never looked at again.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from truecrowd.features.facts import LIVE_TYPES
from truecrowd.features.state import Layout
from truecrowd.features.view import View
from truecrowd.stored import Loaded, Piece, below, under, whole
from truecrowd.verdict.alarms import ALPHA, ALTERNATIVES, N_STARTS, SCHEMES, Alarm
from truecrowd.verdict.alarms_clock import TICK_US, Clocks, Placed
from truecrowd.verdict.alarms_items import Items

_OPEN: Final = Layout(
    np.dtype([("room_id", "i4"), ("tick", "i8"), ("scheme", "i1"), ("n", "i8"), ("k", "i8")]),
    key=("room_id", "tick", "scheme"), how={"n": "sum", "k": "sum"},
)  # fmt: skip
_BETS: Final = np.dtype([
    ("running", "f8", (len(SCHEMES), len(ALTERNATIVES))), ("n_ticks", "i8"), ("base", "i8"), ("raised", "i1"),
])  # fmt: skip
_UNSET: Final = np.iinfo(np.int64).min
_ANY: Final = len(SCHEMES)
_MOST: Final = 1e30


class Ticks:
    """Raises the first alarm of every room and scheme, and of all schemes together.

    Args:
        edges: By "alarm/<scheme>", the share that honest rooms hardly ever exceed; schemes without one raise nothing.
        lateness_s: How far behind the newest rows of its room a tick is closed, seconds.
    """

    def __init__(self, edges: Mapping[str, float], *, lateness_s: float) -> None:
        self._edge = np.array([edges.get(f"alarm/{scheme}", 0.0) for scheme in SCHEMES])
        self._is_on = (self._edge > 0.0) & (self._edge < 1.0)
        self._clocks = Clocks(round(lateness_s * 1e6))
        self._items = Items()
        self._open = np.empty(0, _OPEN.dtype)
        self._bets = np.empty(0, _BETS)
        self.raised: list[Alarm] = []
        """All alarms so far, in the order in which they were raised."""
        self.active = np.empty(0, np.int64)
        """Codes of the rooms that the last slice was about."""

    @property
    def clocks(self) -> np.ndarray:
        """By room code, what is known of the room's time (`Clocks.rooms`)."""
        return self._clocks.rooms

    def push(self, view: View, is_staff: np.ndarray) -> Sequence[Alarm]:
        """Take one slice, in the order of arrival, and return the alarms of the ticks that it closes.

        Args:
            view: All rows of the slice, codes as they were given out on arrival.
            is_staff: Shape (n,), bool.
        """
        live = np.flatnonzero(view.is_type(*LIVE_TYPES))
        if not self._is_on.any() or not len(live):
            return ()
        placed = self._clocks.take(view["room_id"][live], view["ts"][live])
        self.active = placed.rooms
        rows = live[placed.order[placed.counts]]
        counted = self._items.of(_columns(view).where(rows), is_staff[rows])
        self._add(placed, view["room_id"][rows], counted)
        closed = self._clocks.rooms["closed"]
        return self._close(self._open["tick"] < closed[self._open["room_id"]])

    def last(self) -> Sequence[Alarm]:
        """Return the alarms that the open ticks would raise if no row came any more; changes nothing."""
        kept = self._open, self._bets.copy(), len(self.raised)
        found = self._close(np.ones(len(self._open), np.bool_))
        self._open, self._bets = kept[0], kept[1]
        del self.raised[kept[2] :]
        return found

    def _add(self, placed: Placed, room: np.ndarray, counted: Sequence[tuple[int, np.ndarray, np.ndarray]]) -> None:
        tick = placed.tick[placed.counts]
        parts = [self._open]
        for scheme, rows, is_in in counted:
            if len(rows) and self._is_on[scheme]:
                columns = {"room_id": room[rows], "tick": tick[rows], "scheme": scheme, "n": 1, "k": is_in}
                parts.append(_OPEN.reduce_columns(columns))
        self._open = _OPEN.merge(parts) if len(parts) > 1 else self._open

    def _close(self, is_closed: np.ndarray) -> Sequence[Alarm]:
        rows, self._open = self._open[is_closed], self._open[~is_closed]
        if not len(rows):
            return ()
        self._know(int(rows["room_id"].max()) + 1)
        is_tick = (np.diff(rows["room_id"], prepend=-1) != 0) | (np.diff(rows["tick"], prepend=-1) != 0)
        ticks = rows[is_tick]
        place = np.cumsum(is_tick) - 1
        k, n = (np.zeros((len(ticks), len(SCHEMES)), np.int64) for _ in range(2))
        k[place, rows["scheme"]], n[place, rows["scheme"]] = rows["k"], rows["n"]
        found = self._advance(ticks["room_id"].astype(np.int64), ticks["tick"], k, n)
        self.raised += found
        return found

    def _know(self, n_rooms: int) -> None:
        if n_rooms > len(self._bets):
            more = np.zeros(max(n_rooms, 2 * len(self._bets), 64) - len(self._bets), _BETS)
            more["base"] = _UNSET
            self._bets = np.concatenate([self._bets, more])

    def _advance(self, room: np.ndarray, tick: np.ndarray, k: np.ndarray, n: np.ndarray) -> list[Alarm]:
        """Put closed ticks to the bets; by room, in each room in order. Ticks in which nothing is counted only pass."""
        starts = np.flatnonzero(np.diff(room, prepend=-1))
        rooms, lengths = room[starts], np.diff(np.append(starts, len(room)))
        bets = self._bets[rooms]
        bets["base"] = np.where(bets["base"] == _UNSET, tick[starts], bets["base"])
        n_ticks = np.minimum(tick - np.repeat(bets["base"], lengths) + 1, N_STARTS)
        before = np.roll(n_ticks, 1)
        before[starts] = bets["n_ticks"]
        running = self._running(bets["running"], (n_ticks - before) / N_STARTS, self._ratios(k, n), starts, lengths)
        e = running[:, :, 0].copy()
        for bet in range(1, len(ALTERNATIVES)):
            e += running[:, :, bet]
        e = e / len(ALTERNATIVES) + (1.0 - n_ticks / N_STARTS)[:, None]
        ends = starts + lengths - 1
        bets["running"], bets["n_ticks"] = running[ends], n_ticks[ends]
        self._bets[rooms] = bets
        return self._reached(room, tick, e)

    @staticmethod
    def _running(
        now: np.ndarray, started: np.ndarray, ratios: np.ndarray, starts: np.ndarray, lengths: np.ndarray
    ) -> np.ndarray:
        """Return shape (ticks, schemes, bets), the sums over starts behind each tick; they need the tick before."""
        out = np.empty_like(ratios)
        longest = np.argsort(-lengths, kind="stable")
        starts, lengths, now = starts[longest], lengths[longest], now[longest]
        for nth in range(int(lengths[0])):  # the first tick of every room, the second of every room that has one, ...
            n_rooms = int(np.searchsorted(-lengths, -nth, side="left"))
            at = starts[:n_rooms] + nth
            now = np.minimum((now[:n_rooms] + started[at, None, None]) * ratios[at], _MOST)
            out[at] = now
        return out

    def _ratios(self, k: np.ndarray, n: np.ndarray) -> np.ndarray:
        """Return shape (rooms, schemes, bets), how much likelier the counts are by each bet than at the edge."""
        out = np.ones((*k.shape, len(ALTERNATIVES)))
        for scheme in np.flatnonzero(self._is_on).tolist():
            edge = self._edge[scheme]
            for at, beyond in enumerate(ALTERNATIVES):
                p = edge + beyond * (1.0 - edge)
                inside, outside = np.log(p / edge), np.log((1.0 - p) / (1.0 - edge))
                nats = k[:, scheme] * inside + (n[:, scheme] - k[:, scheme]) * outside
                out[:, scheme, at] = np.exp(nats.clip(-50.0, 50.0))
        return out

    def _reached(self, room: np.ndarray, tick: np.ndarray, e: np.ndarray) -> list[Alarm]:
        """Return the alarms that are raised now for the first time, by room, time and scheme, and remember them."""
        on = np.flatnonzero(self._is_on)
        total = e[:, on[0]].copy()
        for scheme in on[1:].tolist():
            total += e[:, scheme]
        tracks = [(int(at), SCHEMES[at], e[:, at], len(on) / ALPHA) for at in on]
        found = []
        for scheme, name, value, bar in (*tracks, (_ANY, "any", total / len(on), 1.0 / ALPHA)):
            high = np.flatnonzero(value >= bar)
            firsts = high[np.unique(room[high], return_index=True)[1]]
            for at in firsts[self._bets["raised"][room[firsts]] & (1 << scheme) == 0].tolist():
                self._bets["raised"][room[at]] |= 1 << scheme
                found.append(Alarm(int(room[at]), name, (int(tick[at]) + 1) * TICK_US, float(value[at])))
        return sorted(found, key=lambda alarm: (alarm.room, alarm.ts, alarm.scheme))

    def without(self, is_gone: np.ndarray) -> None:
        """Forget rooms, and their alarms; `is_gone` by room code, bool."""
        self._open = self._open[~is_gone[self._open["room_id"]]]
        self.raised = [alarm for alarm in self.raised if not is_gone[alarm.room]]
        self._items.without(is_gone)

    def used(self, name: str, n_codes: int) -> np.ndarray:
        """Return shape (n_codes,), bool: codes of a column that are remembered."""
        return self._items.used(name, n_codes)

    def renamed(self, moved: Mapping[str, np.ndarray]) -> None:
        """Put new codes in the place of the old ones (by column, by old code)."""
        self._items.renamed(moved)

    def pieces(self) -> Mapping[str, Piece]:
        """Return what has to be stored; `raised` is the caller's to keep."""
        here = {"open": self._open, "bets": self._bets}
        return here | under("clocks", self._clocks.pieces()) | under("items", self._items.pieces())

    def load(self, loaded: Loaded) -> None:
        """Take up what was stored."""
        self._open, self._bets = whole(loaded, "open", _OPEN.dtype), whole(loaded, "bets", _BETS)
        self._clocks.load(below("clocks", loaded))
        self._items.load(below("items", loaded))


_READ: Final = (
    "ts", "event_type", "room_id", "account_id", "account_created_at", "device_model", "asn", "order_id",
)  # fmt: skip


def _columns(view: View) -> View:
    return View({name: column for name, column in view.columns.items() if name in _READ})
