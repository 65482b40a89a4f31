"""View: the events of one slice as integer columns, as detectors see them.

Ids and other words are codes (int32, -1 where null); what a code stands for is in `Facts.names` and needed only for
findings. Masked and guest ids have no code: many people share them, so they count as volume and as nobody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from truecrowd.schema import EVENT_TYPES, EVENTS

if TYPE_CHECKING:
    from truecrowd.features.facts import Facts

NULL: Final = np.iinfo(np.int64).min
"""Stands for null in whole-number and time columns."""

CODED: Final[tuple[str, ...]] = tuple(
    name for name, kind in EVENTS.columns if pa.types.is_string(kind) and name not in ("event_id", "text")
)
"""Columns that hold codes. `event_type`, `id_kind` and `ts_kind` hold their place in the schema's own tuples."""

TYPE_CODES: Final[dict[str, int]] = {name: at for at, name in enumerate(EVENT_TYPES)}
"""Code of every event type in `View["event_type"]`."""

Column = np.ndarray


@dataclass(frozen=True, slots=True)
class View:
    """Events of one slice; a detector gets only the types and columns it declares.

    Args:
        columns: By EVENTS name, all of the same length, read-only. `event_id` uint64 (keyed hash), `ts` and other times
            int64 microseconds, codes int32, `event_type` int8, `amount_minor`, `quantity`, `asn` int64, `value`
            float64 (NaN is null). A column the input does not have is absent.
        texts: `text` of every row, or None where the detector does not read it.
        facts: Facts of the closed rooms; None while a live run is under way.
    """

    columns: Mapping[str, Column]
    texts: pa.Array | None = None
    facts: "Facts | None" = None

    def __len__(self) -> int:
        return len(self.columns["ts"])

    def __getitem__(self, name: str) -> Column:
        """Return a column; nulls throughout where the input does not have it."""
        found = self.columns.get(name)
        return found if found is not None else _nulls(name, len(self))

    def has(self, name: str) -> bool:
        """Say whether the input has this column at all."""
        return name in self.columns

    def is_type(self, *event_types: str) -> Column:
        """Return shape (n,), bool: rows of one of these types."""
        codes = [TYPE_CODES[name] for name in event_types]
        kinds = self.columns["event_type"]
        if len(codes) == 1:
            return np.asarray(kinds == codes[0])
        is_one = np.zeros(len(EVENT_TYPES), np.bool_)
        is_one[codes] = True
        return np.asarray(is_one[kinds])

    def of(self, *event_types: str) -> "View":
        """Return the rows of these types, in the same order."""
        return self.where(self.is_type(*event_types))

    def where(self, keep: Column) -> "View":
        """Return the rows where `keep` (bool mask or row numbers) says so."""
        if keep.dtype == np.bool_:
            rows = np.flatnonzero(keep)  # counted once, not once a column
            if len(rows) == len(self):
                return self
        else:
            rows = keep
        columns = {name: column.take(rows) for name, column in self.columns.items()}
        texts = None if self.texts is None else self.texts.take(pa.array(rows))
        return View(columns, texts, self.facts)

    def restrict(self, event_types: tuple[str, ...], reads: tuple[str, ...]) -> "View":
        """Return only the rows of these types and only these columns (`event_id`, `ts` and the like if named)."""
        columns = {name: column for name, column in self.columns.items() if name in reads}
        texts = self.texts if "text" in reads else None
        keep = self.is_type(*event_types)
        return View({**columns, "ts": self["ts"]}, texts, self.facts).where(keep)

    def by_room(self) -> Iterator[tuple[int, "View"]]:
        """Yield (room code, its rows by time, then by event id); rooms in the order of their names."""
        order = np.lexsort((self["event_id"], self["ts"], self["room_id"]))
        rooms = self["room_id"][order]
        cuts = np.flatnonzero(np.diff(rooms)) + 1
        for rows in np.split(order, cuts) if len(order) else []:
            yield int(self["room_id"][rows[0]]), self.where(rows)


def _nulls(name: str, n: int) -> Column:
    if name in CODED or name in ("id_kind", "ts_kind"):
        return np.full(n, -1, np.int32)
    if name == "value":
        return np.full(n, np.nan)
    if name == "event_id":
        return np.zeros(n, np.uint64)
    return np.full(n, NULL, np.int64)
