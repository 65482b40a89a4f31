"""Which place a 64-bit key has among all keys seen: a hash table over arrays, asked for many keys at once.

A Python dict takes 100 bytes a key and a step of the interpreter for each; this takes 16 to 24 and none.
"""

from typing import Final

import numpy as np

from truecrowd.stored import Growing

U64 = np.ndarray

_P1: Final = np.uint64(0x9E3779B97F4A7C15)
_P2: Final = np.uint64(0xBF58476D1CE4E5B9)
_P3: Final = np.uint64(0x94D049BB133111EB)
"""Golden ratio and multipliers of splitmix64, as in `truecrowd.hashing`."""
_LEAST: Final = 4_096
_ROW: Final = np.uint64(0xFFFFFFFF)


def mixed(words: U64) -> U64:
    """Return the words stirred, so that near ones lie far apart (splitmix64, one to one)."""
    words = words + _P1
    words = (words ^ (words >> np.uint64(30))) * _P2
    words = (words ^ (words >> np.uint64(27))) * _P3
    return np.asarray(words ^ (words >> np.uint64(31)))


def paired(high: np.ndarray, low: np.ndarray) -> U64:
    """Return one key for two codes (int32, >= -1) each."""
    return np.asarray((high.astype(np.int64) << 32 | (low.astype(np.int64) & 0xFFFFFFFF)).astype(np.uint64))


class Places:
    """Places of keys, from 0 on, in the order in which they first came.

    At most half of the table is ever full; a key whose slot is taken goes to the next free one.

    Args:
        keys: Those known from the start, all different.
    """

    __slots__ = ("_mask", "_slots", "keys")

    def __init__(self, keys: U64 | None = None) -> None:
        self.keys = Growing(np.uint64)
        if keys is not None:
            self.keys.extend(keys)
        self._slots, self._mask = np.empty(0, np.int32), np.uint64(0)
        self._rebuild(self.keys.n)

    def __len__(self) -> int:
        return self.keys.n

    def add(self, keys: U64) -> tuple[np.ndarray, np.ndarray]:
        """Return the place of every key, and which rows are the first to bring theirs.

        Args:
            keys: Shape (n,), uint64; may repeat.

        Returns:
            Shape (n,), int64, and shape (n,), bool.
        """
        n, m = self.keys.n, len(keys)
        if 2 * (n + m) > int(self._mask):
            self._rebuild(n + m)
        self.keys.extend(keys)
        at, where = self._settle(n, keys)
        is_new = at == np.arange(n, n + m)
        new = np.flatnonzero(is_new)
        moved = np.empty(m, np.int64)
        moved[new] = np.arange(n, n + len(new))
        self._slots[where[new]] = moved[new]
        fresh = at >= n
        at[fresh] = moved[at[fresh] - n]
        self.keys.values[n : n + len(new)] = keys[new]
        self.keys.n = n + len(new)
        return at, is_new

    def find(self, keys: U64) -> np.ndarray:
        """Return the place of every key, -1 where it is not known; shape (n,), int64."""
        at = np.full(len(keys), -1, np.int64)
        known, rows = self.keys.values, np.arange(len(keys))
        slot = (mixed(keys) & self._mask).astype(np.int64)
        while len(rows):
            held = self._slots[slot]
            is_it = (held >= 0) & (known[held] == keys[rows] if len(known) else False)
            at[rows[is_it]] = held[is_it]
            goes_on = (held >= 0) & ~is_it
            rows, slot = rows[goes_on], slot[goes_on] + 1
        return at

    def keep(self, is_kept: np.ndarray) -> None:
        """Forget the keys where `is_kept` (shape (len,), bool) is false; the others move up, in their order."""
        self.keys.replace(self.keys.values[is_kept])
        self._rebuild(self.keys.n)

    def renamed(self, keys: U64) -> None:
        """Put other keys, all different, in the place of those known, in the same order."""
        self.keys.replace(keys)
        self._rebuild(self.keys.n)

    def _settle(self, n: int, keys: U64) -> tuple[np.ndarray, np.ndarray]:
        """Give each of the last keys a place: that of an equal key, or n + its row where it is the first; and its slot."""
        m = len(keys)
        known = self.keys.values
        at, where = np.empty(m, np.int64), np.empty(m, np.int64)
        rows = np.arange(m)
        slot = (mixed(keys) & self._mask).astype(np.int64)
        while len(rows):
            is_free = self._slots[slot] < 0
            self._slots[slot[is_free][::-1]] = n + rows[is_free][::-1]  # of equal keys the first row stays
            held = self._slots[slot]
            is_it = known[held] == keys[rows]
            at[rows[is_it]], where[rows[is_it]] = held[is_it], slot[is_it]
            rows, slot = rows[~is_it], slot[~is_it] + 1
        return at, where

    def _rebuild(self, n: int) -> None:
        """Make the table anew for `n` keys: in the order of their first choice each key takes the next free slot."""
        size = max(_LEAST, 1 << (4 * max(n, 1) - 1).bit_length())
        self._mask = np.uint64(size - 1)
        held = self.keys.values
        order = np.sort((mixed(held) & self._mask) << np.uint64(32) | np.arange(len(held), dtype=np.uint64))
        first, at = (order >> np.uint64(32)).astype(np.int64), np.arange(len(held))
        slot = at + np.maximum.accumulate(first - at) if len(held) else at
        last = int(slot[-1]) if len(slot) else 0
        self._slots = np.full(max(size, last) + size // 4, -1, np.int32)
        self._slots[slot] = (order & _ROW).astype(np.int32)
