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
        self.types.update(_counts(rows.column("event_type"), ""))
        if "account_id" in rows.column_names:
            named = rows.filter(rows.column("account_id").is_valid())
            kinds = (
                _counts(named.column("id_kind"), "stable")
                if "id_kind" in named.column_names
                else {"stable": len(named)}
            )
            self.id_kinds.update({kind: n for kind, n in kinds.items() if n})
        kinds = (
            _counts(rows.column("ts_kind"), "server") if "ts_kind" in rows.column_names else {"server": rows.num_rows}
        )
        self.ts_kinds.update(kinds)


def _counts(column: pa.ChunkedArray, absent: str) -> dict[str, int]:
    return {row["values"] or absent: row["counts"] for row in pc.value_counts(column.cast(pa.string())).to_pylist()}


def most(kinds: Counter[str]) -> str | None:
    """Return the commonest kind, the first by name among equals; None where there is none."""
    return min(kinds, key=lambda kind: (-kinds[kind], kind)) if kinds else None
