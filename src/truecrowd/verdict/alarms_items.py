"""What alarms count, one arriving row after the other, from what came before it alone (see `alarms.items_of`).

Kept: of every account in a room when it was first seen, and whether it has joined and shown a popup; which orders are
known; of the last 200 arrivals of a room their likeness.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from truecrowd.features.arrivals import DAY_US
from truecrowd.features.view import NULL, View
from truecrowd.places import Places, mixed, paired
from truecrowd.stored import Growing, Loaded, Piece, whole
from truecrowd.verdict.alarms import LAST, SCHEMES, SUDDEN_US

_JOINED, _POPPED = np.uint8(1), np.uint8(2)
_HIGH, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
_FORGET: Final = 65_536
"""Likenesses kept before those too long ago to matter are looked for and dropped."""


class Items:
    """Decides of every row whether it counts for a scheme and whether it falls into the scheme's cell."""

    def __init__(self) -> None:
        self._people, self._first, self._bits = Places(), Growing(np.int64), Growing(np.uint8)
        self._orders = Places()
        self._likes, self._like_room, self._like_at = Places(), Growing(np.int32), Growing(np.int64)
        self._n_arrivals = np.zeros(64, np.int64)
        self._has_join = np.zeros(64, np.bool_)

    def of(self, view: View, is_staff: np.ndarray) -> list[tuple[int, np.ndarray, np.ndarray]]:
        """Return by scheme (its place in SCHEMES) the rows that count, ascending, and which of them are in the cell.

        Args:
            view: Rows of LIVE_TYPES that are not late, by room, in each room in the order of arrival.
            is_staff: Shape (n,), bool.
        """
        room = view["room_id"]
        self._know(int(room.max(initial=-1)) + 1)
        named = np.flatnonzero(view["account_id"] >= 0)
        who = np.full(len(view), -1, np.int64)
        is_new = np.zeros(len(view), np.bool_)
        who[named], is_new[named] = self._people.add(paired(room[named], view["account_id"][named]))
        self._first.extend(view["ts"][is_new])
        self._bits.extend(np.zeros(int(is_new.sum()), np.uint8))
        joins = view.is_type("join")
        found = {
            "farm": self._arrivals(view, np.flatnonzero(joins & (who >= 0) & ~is_staff), who),
            "popup": self._popups(np.flatnonzero(view.is_type("cart_popup") & (who >= 0)), who, is_new),
            "brushing": self._sudden(view, who, joins),
        }
        return [(SCHEMES.index(scheme), *rows) for scheme, rows in found.items()]

    def _know(self, n_rooms: int) -> None:
        if n_rooms > len(self._has_join):
            more = max(n_rooms, 2 * len(self._has_join)) - len(self._has_join)
            self._has_join = np.append(self._has_join, np.zeros(more, np.bool_))
            self._n_arrivals = np.append(self._n_arrivals, np.zeros(more, np.int64))

    def _firsts(self, rows: np.ndarray, who: np.ndarray, bit: np.uint8) -> np.ndarray:
        """Return those rows that are the first of their account to have this bit, and set it."""
        bits = self._bits.values
        rows = rows[bits[who[rows]] & bit == 0]
        rows = rows[np.sort(np.unique(who[rows], return_index=True)[1])]
        bits[who[rows]] |= bit
        return rows

    def _arrivals(self, view: View, rows: np.ndarray, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows = self._firsts(rows, who, _JOINED)
        created, ts = view["account_created_at"][rows], view["ts"][rows]
        is_known = (created != NULL) & (created <= ts) & (view["device_model"][rows] >= 0)
        rows, days = rows[is_known], (ts[is_known] - created[is_known]) // DAY_US
        room, asn = view["room_id"][rows], view["asn"][rows]
        like = mixed(paired(room, view["device_model"][rows])) ^ mixed(paired(days, np.where(asn == NULL, -1, asn)))
        return rows, self._is_like(room, like)

    def _is_like(self, room: np.ndarray, like: np.ndarray) -> np.ndarray:
        """Say of every arrival whether one of the last 200 in its room was alike, and remember it."""
        starts = np.flatnonzero(np.diff(room, prepend=-1, append=-1))
        rank = np.arange(len(room)) - np.repeat(starts[:-1], np.diff(starts))
        nth = self._n_arrivals[room] + rank
        self._n_arrivals[room[starts[:-1]]] += np.diff(starts)
        at, is_new = self._likes.add(like)
        self._like_room.extend(room[is_new])
        self._like_at.extend(np.full(int(is_new.sum()), -LAST - 1, np.int64))
        order = np.lexsort((nth, at))
        is_first = np.diff(at[order], prepend=-1) != 0
        before = np.empty(len(at), np.int64)
        before[order] = np.where(is_first, self._like_at.values[at[order]], np.roll(nth[order], 1))
        ends = order[np.append(is_first[1:], len(at) > 0)[: len(order)]]
        self._like_at.values[at[ends]] = nth[ends]
        if len(self._likes) > _FORGET:
            self._forget()
        return np.asarray(nth - before <= LAST)

    def _forget(self) -> None:
        keep = self._like_at.values >= self._n_arrivals[self._like_room.values] - LAST
        if keep.mean() < 0.5:
            self._likes.keep(keep)
            self._like_room.replace(self._like_room.values[keep])
            self._like_at.replace(self._like_at.values[keep])

    def _popups(self, rows: np.ndarray, who: np.ndarray, is_new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows = self._firsts(rows, who, _POPPED)
        return rows, is_new[rows]

    def _sudden(self, view: View, who: np.ndarray, joins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        room = view["room_id"]
        has_join = self._has_join[room]
        join = np.flatnonzero(joins)
        opens = np.full(len(self._has_join), len(room))
        np.minimum.at(opens, room[join], join)
        has_join |= np.arange(len(room)) > opens[room]
        self._has_join[room[join]] = True
        rows = np.flatnonzero(view.is_type("order") & (view["order_id"] >= 0))
        rows = rows[self._orders.add(paired(room[rows], view["order_id"][rows]))[1]]
        rows = rows[has_join[rows] & (who[rows] >= 0)]
        return rows, view["ts"][rows] - self._first.values[who[rows]] < SUDDEN_US

    def used(self, name: str, n_codes: int) -> np.ndarray:
        """Return shape (n_codes,), bool: codes of `account_id` or `order_id` that are remembered."""
        out = np.zeros(n_codes, np.bool_)
        places = {"account_id": self._people, "order_id": self._orders}.get(name)
        if places is not None:
            out[(places.keys.values & _LOW).astype(np.int64)] = True
        return out

    def without(self, is_gone: np.ndarray) -> None:
        """Forget rooms; `is_gone` by room code, bool."""
        keep = ~is_gone[(self._people.keys.values >> _HIGH).astype(np.int64)]
        self._people.keep(keep)
        self._first.replace(self._first.values[keep])
        self._bits.replace(self._bits.values[keep])
        self._orders.keep(~is_gone[(self._orders.keys.values >> _HIGH).astype(np.int64)])
        keep = ~is_gone[self._like_room.values]
        self._likes.keep(keep)
        self._like_room.replace(self._like_room.values[keep])
        self._like_at.replace(self._like_at.values[keep])

    def renamed(self, moved: Mapping[str, np.ndarray]) -> None:
        """Put new codes of accounts and orders in the place of the old ones; rooms and phones keep theirs."""
        for places, name in ((self._people, "account_id"), (self._orders, "order_id")):
            keys = places.keys.values
            if name in moved and len(keys):
                places.renamed(paired((keys >> _HIGH).astype(np.int64), moved[name][(keys & _LOW).astype(np.int64)]))

    def pieces(self) -> Mapping[str, Piece]:
        """Return what has to be stored."""
        return {
            "people": self._people.keys, "first": self._first, "bits": self._bits.values.copy(),
            "orders": self._orders.keys, "likes": self._likes.keys, "like_room": self._like_room,
            "like_at": self._like_at.values.copy(), "n_arrivals": self._n_arrivals, "has_join": self._has_join,
        }  # fmt: skip

    def load(self, loaded: Loaded) -> None:
        """Take up what was stored."""
        for name in ("people", "orders", "likes"):
            setattr(self, f"_{name}", Places(whole(loaded, name, np.uint64)))
        kinds = {"first": np.int64, "bits": np.uint8, "like_room": np.int32, "like_at": np.int64}
        for name, kind in kinds.items():
            getattr(self, f"_{name}").extend(whole(loaded, name, kind))
        self._n_arrivals = whole(loaded, "n_arrivals", np.int64)
        self._has_join = whole(loaded, "has_join", np.bool_)
