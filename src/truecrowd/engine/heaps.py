"""Growing states of facts and detectors, merged as they grow."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from truecrowd.features.state import Layout, recode
from truecrowd.stored import Loaded, Piece

_LEAST_ROWS: Final = 262_144
"""Rows of one state that are not worth merging before the end: some 10 MB."""


class Heap:
    """A growing state: parts are merged when they outweigh what is merged already, so the cost stays n log n."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._parts: list[np.ndarray] = []
        self._n_merged = self._n = 0

    def add(self, rows: np.ndarray) -> None:
        """Take the rows of one slice, reduced or not."""
        self._parts.append(rows)
        self._n += len(rows)
        if self._n > 2 * self._n_merged + _LEAST_ROWS:
            self._parts = [self._layout.merge(self._parts)]
            self._n = self._n_merged = len(self._parts[0])

    def closed(self, ranks: Mapping[str, np.ndarray], *, goes_on: bool = False) -> np.ndarray:
        """Return the state with codes in the order of their names, and forget it.

        Args:
            ranks: By coded column, the place of every code.
            goes_on: More rows will come: nothing is forgotten.
        """
        rows = np.concatenate([np.empty(0, self._layout.dtype), *self._parts])
        if not goes_on:
            self._parts = []
        return self._layout.reduce(recode(rows, ranks))

    def without(self, is_gone: np.ndarray) -> None:
        """Forget the rows of rooms that go.

        Args:
            is_gone: By room code, bool.
        """
        rows = self._layout.merge(self._parts)
        self._set(rows[~is_gone[rows["room_id"]]])

    def used(self, name: str, n_codes: int) -> np.ndarray:
        """Return shape (n_codes,), bool: codes of a column that stand in these rows."""
        out = np.zeros(n_codes, np.bool_)
        for part in self._parts:
            if name in (part.dtype.names or ()):
                codes = part[name]
                out[codes[codes >= 0]] = True
        return out

    def renamed(self, moved: Mapping[str, np.ndarray]) -> None:
        """Put new codes in the place of the old ones (by column, by old code)."""
        self._set(recode(self._layout.merge(self._parts), moved))

    def _set(self, rows: np.ndarray) -> None:
        self._parts = [rows]
        self._n = self._n_merged = len(rows)

    def pieces(self) -> Mapping[str, Piece]:
        """Return what has to be stored: parts that nobody changes any more."""
        return {"rows": [*self._parts]}

    def load(self, loaded: Loaded) -> None:
        """Take up what was stored."""
        self._parts = [part for part in loaded.get("rows", ()) if isinstance(part, np.ndarray)]
        self._n = self._n_merged = sum(len(part) for part in self._parts)
