"""The sink an importer's reader fills: rows become typed columns, what cannot be typed becomes a reject."""

from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd import schema
from truecrowd.ingest.draft import Draft
from truecrowd.ingest.importer import Row
from truecrowd.ingest.ledger import Ledger

_TYPES: Final = dict(schema.EVENTS.columns)
_REASONS: Final = {"ts": "bad_ts", "account_created_at": "bad_ts", "amount_minor": "bad_amount"}
_IDS: Final = ("event_id", "account_id", "room_id", "source_room_id", "order_id", "product_id", "device_id")
"""Columns in which a damaged byte makes the row unreadable; in text it is only counted."""


class Collector:
    """Takes what a reader makes of each unit (protocol `Sink`), gives it out as drafts.

    The driver sets `number` and `unit` before each unit, and `is_damaged` where bytes of it had to be replaced.
    """

    __slots__ = (
        "_kept", "is_damaged", "ledger", "n_calls", "n_damaged", "n_rejected", "number", "tz", "unit",
    )  # fmt: skip

    def __init__(self, ledger: Ledger) -> None:
        """Start empty; counts go to `ledger`."""
        self.ledger = ledger
        self.number = 0
        self.unit: object = b""
        self.is_damaged = False
        self.n_damaged = 0
        self.n_calls = 0
        self.tz: tuple[str, int] | None = None
        self.n_rejected = 0
        self._kept: list[tuple[Row, str, int, object]] = []

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, native: str, row: Row) -> None:
        """Take one event."""
        if self.is_damaged:
            if any("\ufffd" in str(row.get(name) or "") for name in _IDS):
                self.reject("bad_encoding", native)
                return
            self.n_damaged += 1
        self.n_calls += 1
        self._kept.append((row, native, self.number, self.unit))

    def skip(self, native: str) -> None:
        """Count a row that is no event of ours."""
        self._count("skipped", native)

    def merge(self, native: str) -> None:
        """Count a row that added to another one."""
        self._count("merged", native)

    def duplicate(self, native: str) -> None:
        """Count a row the platform marks as a repeat."""
        self._count("duplicate", native)

    def reject(self, reason: str, native: str = "") -> None:
        """Put the unit being read into the rejects."""
        self.n_calls += 1
        self.n_rejected += 1
        self.ledger.n_read += 1
        self.ledger.reject(self.number, reason, raw_of(self.unit), native)

    def sampled(self, event_type: str) -> None:
        """Declare that the source delivers only a part of this type."""
        self.ledger.sampled.add(event_type)

    def measured_tz(self, tz: str, n_rows: int) -> None:
        """Declare the zone measured from the rows themselves."""
        self.tz = (tz, n_rows)

    def note(self, text: str) -> None:
        """Add one line to the import report."""
        self.ledger.note(text)

    def take(self) -> Draft:
        """Give out the rows kept so far, in order, and start anew."""
        kept, self._kept = self._kept, []
        self.ledger.n_read += len(kept)
        try:
            table = _typed([one[0] for one in kept])
        except (pa.ArrowException, UnicodeError, TypeError, ValueError, OverflowError):
            kept = self._sound(kept)
            table = _typed([_plain(one[0]) for one in kept])
        native = pa.array([one[1] for one in kept], pa.string()).dictionary_encode()
        numbers = np.array([one[2] for one in kept], np.int64)
        return Draft(table, native, numbers, lambda at: raw_of(kept[at][3]))

    def _sound(self, kept: list[tuple[Row, str, int, object]]) -> list[tuple[Row, str, int, object]]:
        """Reject the rows that cannot be typed, return the others."""
        sound = []
        for one in kept:
            fault = _fault(one[0])
            if fault:
                self.ledger.reject(one[2], fault, raw_of(one[3]), one[1])
            else:
                sound.append(one)
        return sound

    def _count(self, bin_: str, native: str) -> None:
        self.n_calls += 1
        self.ledger.n_read += 1
        self.ledger.add(bin_, native)  # type: ignore[arg-type]


def _typed(rows: list[Row]) -> pa.Table:
    names = set().union(*rows)
    used = [name for name in _TYPES if name in names] or ["ts"]
    cells = pa.array(rows, pa.struct([(name, _value_type(name)) for name in used])).flatten()
    table = pa.table(dict(zip(used, cells, strict=True)))
    for at, name in enumerate(used):
        if pa.types.is_dictionary(_TYPES[name]):
            table = table.set_column(at, name, table.column(name).cast(_TYPES[name]))
    return table


def _value_type(name: str) -> pa.DataType:
    kind = _TYPES[name]
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _plain(row: Row) -> Row:
    """Return the row with numbers in text columns written out."""
    return {  # type: ignore[return-value]
        name: str(value) if isinstance(value, int) and pa.types.is_string(_value_type(name)) else value
        for name, value in row.items()
        if name in _TYPES
    }


def _fault(row: Row) -> str:
    """Return why a row cannot be typed, "" if it can."""
    for name, value in _plain(row).items():
        try:
            pa.array([value], _value_type(name))
        except UnicodeError:
            return "bad_encoding"
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            return "bad_json" if pa.types.is_string(_value_type(name)) else _REASONS.get(name, "bad_number")
    return ""


def raw_of(unit: object) -> str | bytes:
    """Return the text of a unit as a reject shows it."""
    if isinstance(unit, bytes | str):
        return unit
    if isinstance(unit, list):
        return ",".join(str(cell) for cell in unit[:200])
    return _json(unit)


def _json(unit: object) -> str:
    import json

    try:
        return json.dumps(unit, ensure_ascii=False, default=str)[:1000]
    except (ValueError, RecursionError):
        return "(deeply nested)"
