"""Rows that could not be read, and how much of each is shown."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from truecrowd import schema

_RAW_CHARACTERS: Final = 200
"""How much of a rejected row is shown (contract.md, table rejects)."""

_SHAPES: Final = ((re.compile(r"[0-9]"), "0"), (re.compile(r"[A-Za-z]"), "x"), (re.compile(r"[^\x00-\x7f]"), "字"))


class Rejects:
    """The rejects of one file, at most `most` rows; then the first of each reason, and exact counts."""

    __slots__ = ("_is_shape", "_most", "_overflow", "_raws", "_reasons", "_rows", "_source", "counts")

    def __init__(self, source: str, most: int, *, is_shape: bool) -> None:
        """Start empty; `is_shape` hides what stands in a row (`--pseudonymise`)."""
        self._source = source
        self._most = most
        self._is_shape = is_shape
        self._rows: list[int] = []
        self._reasons: list[str] = []
        self._raws: list[str] = []
        self._overflow: dict[str, tuple[int, int]] = {}
        self.counts: Counter[str] = Counter()

    def add(self, row: int, reason: str, raw: str | bytes) -> None:
        """Take one row; `row` counts from 1."""
        self.counts[reason] += 1
        if len(self._rows) >= self._most:
            first, n = self._overflow.get(reason, (row, 0))
            self._overflow[reason] = (first, n + 1)
            return
        self._rows.append(row)
        self._reasons.append(reason)
        self._raws.append(shown(raw, is_shape=self._is_shape))

    def dump(self) -> dict[str, Any]:
        """Return what is needed to go on later, as plain JSON values."""
        return {
            "rows": self._rows, "reasons": self._reasons, "raws": self._raws, "counts": self.counts,
            "overflow": self._overflow,
        }  # fmt: skip

    def load(self, kept: Mapping[str, Any]) -> None:
        """Go on from what was dumped."""
        self._rows, self._reasons, self._raws = [*kept["rows"]], [*kept["reasons"]], [*kept["raws"]]
        self._overflow = {reason: (first, n) for reason, (first, n) in kept["overflow"].items()}
        self.counts = Counter(kept["counts"])

    def table(self) -> pa.Table:
        """Return REJECTS, sorted."""
        more = sorted(self._overflow.items())
        rows = self._rows + [first for _, (first, _) in more]
        columns = {
            "source": [self._source] * len(rows),
            "row": rows,
            "reason": self._reasons + [reason for reason, _ in more],
            "raw": self._raws + [f"(the first of {n:,} more rows; not kept)" for _, (_, n) in more],
        }
        table = pa.table(columns, schema=schema.REJECTS.schema)
        return schema.ordered(schema.check(table, schema.REJECTS), schema.REJECTS)


def shown(raw: str | bytes, *, is_shape: bool) -> str:
    """Return the first 200 characters of a row, or their shape: `x` for a letter, `0` for a digit, `字` for the rest.

    >>> shown("A17,张三,139", is_shape=True)
    'x00,字字,000'
    """
    text = raw[: _RAW_CHARACTERS * 4].decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    text = text[:_RAW_CHARACTERS].encode("utf-8", "replace").decode()
    if is_shape:
        for pattern, sign in _SHAPES:
            text = pattern.sub(sign, text)
    return text
