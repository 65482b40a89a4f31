"""What the kept rows of one file have in common: first and last time, what their ids and times are worth."""

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(slots=True)
class Summary:
    """Filled table by table.

    Args:
        first_us: Earliest time, microseconds; None before the first row.
        last_us: Latest time.
        id_kinds: Rows with an account, by what the id is worth.
        ts_kinds: Rows by what their time is worth.
        types: Rows by event type.
    """

    first_us: int | None = None
    last_us: int | None = None
    id_kinds: Counter[str] = field(default_factory=Counter)
    ts_kinds: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)

    def add(self, rows: pa.Table) -> None:
        """Take one table of EVENTS."""
        if not rows.num_rows:
            return
        span = pc.min_max(rows.column("ts").cast(pa.int64())).as_py()
        self.first_us = min(span["min"], span["min"] if self.first_us is None else self.first_us)
        self.last_us = max(span["max"], span["max"] if self.last_us is None else self.last_us)
        self.types.update(_counts(rows, "event_type", "", rows.num_rows))
        if "account_id" in rows.column_names:
            named = rows.column("account_id").is_valid()
            self.id_kinds.update(_counts(rows, "id_kind", "stable", pc.sum(named).as_py(), named))
        self.ts_kinds.update(_counts(rows, "ts_kind", "server", rows.num_rows))


def _counts(rows: pa.Table, name: str, absent: str, n: int, where: pa.ChunkedArray | None = None) -> dict[str, int]:
    """Count the words of a column among `n` rows; null and an absent column mean `absent`."""
    if name not in rows.column_names:
        return {absent: n} if n else {}
    column = rows.column(name) if where is None else rows.column(name).filter(where)
    found = pc.value_counts(column.cast(pa.string())).to_pylist()
    return {row["values"] or absent: row["counts"] for row in found}


def most(kinds: Counter[str]) -> str | None:
    """Return the commonest kind, the first by name among equals; None where there is none."""
    return min(kinds, key=lambda kind: (-kinds[kind], kind)) if kinds else None
