"""Ids of events whose source gives none: a hash of what the row says, never of where it stands."""

import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

CONTENT: Final = (
    "source_room_id", "ts", "event_type", "account_id", "text", "product_id", "order_id", "amount_minor", "value",
)  # fmt: skip
"""What makes two rows equal (ingest.md, section 4)."""
_SPAN_US: Final = 600_000_000
"""Equal rows are counted among those of the same ten minutes; they carry the same time, so they stand close together."""
_DIGITS: Final = 24
"""96 bits: ten million rows collide by chance with odds of 6e-16."""


@dataclass(slots=True)
class EventIds:
    """Derives event ids; equal rows of one file are told apart by a running number `k`.

    Args:
        format: Importer's name, part of the hash.
        key: Secret under `--pseudonymise`, else None.
        has_k: False where the source polls and its clock is fine: equal rows are then one row seen twice.
    """

    format: str
    key: bytes | None
    has_k: bool = True
    _newest: int = -(1 << 62)
    _seen: dict[int, Counter[bytes]] = field(default_factory=dict)

    def derive(self, rows: pa.Table) -> pa.Array:
        """Return one id per row, in file order; `rows` carries `source_room_id`, `ts` and what else of CONTENT it has."""
        contents = _contents(rows, self.format).to_pylist()
        ts = rows.column("ts").cast(pa.int64()).to_numpy()
        counts = self._counts(contents, ts) if self.has_k else None
        if counts is None:
            return pa.array([self._id(content) for content in contents], pa.string())
        ids = [
            self._id(content if k == 0 else content + b"\x1e%d" % k)
            for content, k in zip(contents, counts, strict=True)
        ]
        return pa.array(ids, pa.string())

    def _id(self, content: bytes) -> str:
        if self.key is not None:
            return hmac.digest(self.key, b"event_id\x1e" + content, "sha256").hex()[:16]
        return hashlib.blake2b(content, digest_size=_DIGITS // 2).hexdigest()

    def _counts(self, contents: list[bytes], ts: npt.NDArray[np.int64]) -> list[int]:
        """Return how many equal rows of its ten minutes stand before each row; 0 for rows far behind the newest."""
        if not len(ts):
            return []
        newest = np.maximum.accumulate(np.concatenate(([self._newest], ts)))
        spans = ts // _SPAN_US
        is_old = spans < newest[:-1] // _SPAN_US - 1
        out: list[int] = []
        for content, span, old in zip(contents, spans.tolist(), is_old.tolist(), strict=True):
            if old:
                out.append(0)
                continue
            seen = self._seen.get(span)
            if seen is None:
                seen = self._seen[span] = Counter()
            digest = content if len(content) <= 64 else hashlib.blake2b(content, digest_size=16).digest()
            out.append(seen[digest])
            seen[digest] += 1
        self._newest = int(newest[-1])
        for span in [span for span in self._seen if span < self._newest // _SPAN_US - 1]:
            del self._seen[span]
        return out


def _contents(rows: pa.Table, name: str) -> pa.Array:
    n = rows.num_rows
    columns = [pa.array([name.encode()] * n, pa.binary())]
    for column in CONTENT:
        if column in rows.column_names:
            columns.append(_bytes(rows.column(column).combine_chunks()))
        else:
            columns.append(pa.nulls(n, pa.binary()))
    separator = pa.scalar(b"\x1f", pa.binary())
    return pc.binary_join_element_wise(*columns, separator, null_handling="replace", null_replacement=b"\x00")


def _bytes(column: pa.Array) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    if not pa.types.is_string(column.type):
        column = column.cast(pa.string())
    return column.cast(pa.binary())
