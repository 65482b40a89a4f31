"""Arrays that a live run keeps growing, in a form that can be written to a disk piece by piece.

A live part of the program says what it holds as a mapping of names to pieces; whoever stores them
(`truecrowd.stream.store`) writes only what is new since the last time. Three kinds of pieces:

- an array: small, written anew each time;
- a `Growing`: only the rows behind those already written;
- a list of arrays or record batches that nobody changes: only those not yet written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

Part: TypeAlias = "np.ndarray | pa.RecordBatch"
"""Something that is never changed once it is there."""


class Growing:
    """Rows that are appended; the space doubles, so appending costs the same however many there are.

    Args:
        dtype: Of the rows.
    """

    __slots__ = ("_rows", "generation", "n")

    def __init__(self, dtype: Any) -> None:
        self._rows = np.empty(1_024, dtype)
        self.n = 0
        self.generation = 0
        """Raised when rows were dropped, so that what was written before is worth nothing."""

    @property
    def values(self) -> np.ndarray:
        """The rows; a view, good until the next `extend`."""
        return self._rows[: self.n]

    def extend(self, rows: np.ndarray) -> None:
        """Append rows."""
        self.reserve(self.n + len(rows))
        self._rows[self.n : self.n + len(rows)] = rows
        self.n += len(rows)

    def reserve(self, n: int) -> None:
        """Make space for `n` rows in all."""
        if n > len(self._rows):
            wider = np.empty(max(n, 2 * len(self._rows)), self._rows.dtype)
            wider[: self.n] = self.values
            self._rows = wider

    def replace(self, rows: np.ndarray) -> None:
        """Put other rows in the place of all."""
        self._rows, self.n = np.array(rows, self._rows.dtype), len(rows)
        self.generation += 1


@dataclass(frozen=True, slots=True)
class Grown:
    """A `Growing` as it was at one moment; what is appended later does not touch it.

    Args:
        values: Its rows.
        generation: See `Growing`.
    """

    values: np.ndarray
    generation: int

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.values)


Piece: TypeAlias = "np.ndarray | Growing | Grown | Sequence[Part]"
Pieces: TypeAlias = Mapping[str, Piece]
Loaded: TypeAlias = Mapping[str, Sequence[Part]]
"""What is read back: by name, the parts in their order."""


def taken(pieces: Pieces) -> dict[str, Piece]:
    """Return the pieces as they are now, so that another thread can write them while the run goes on."""
    out: dict[str, Piece] = {}
    for name, piece in pieces.items():
        if isinstance(piece, Growing | Grown):
            out[name] = Grown(piece.values, piece.generation)
        else:
            out[name] = piece.copy() if isinstance(piece, np.ndarray) else [*piece]
    return out


def whole(loaded: Loaded, name: str, dtype: Any) -> np.ndarray:
    """Return the rows of one array or `Growing` that was read back; none where it was empty."""
    parts = [part for part in loaded.get(name, ()) if isinstance(part, np.ndarray)]
    return np.concatenate([np.empty(0, dtype), *parts])


def under(prefix: str, pieces: Pieces) -> dict[str, Piece]:
    """Return the pieces with a prefix before their names."""
    return {f"{prefix}/{name}": piece for name, piece in pieces.items()}


def below(prefix: str, loaded: Loaded) -> dict[str, Sequence[Part]]:
    """Return what was stored `under` a prefix, by its own names."""
    return {name[len(prefix) + 1 :]: parts for name, parts in loaded.items() if name.startswith(f"{prefix}/")}
