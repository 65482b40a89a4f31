"""Ids of events whose source gives none: a hash of what the row says, never of where it stands."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.hashing import U64, hash_strings
from truecrowd.stored import Loaded, Piece, whole

Ints = npt.NDArray[np.int64]

CONTENT: Final = (
    "source_room_id", "ts", "event_type", "account_id", "text", "product_id", "order_id", "amount_minor", "value",
)  # fmt: skip
"""What makes two rows equal (ingest.md, section 4)."""
_SPAN_US: Final = 600_000_000
"""Equal rows are counted among those of the same ten minutes; they carry the same time, so they stand close together."""
_KEY: Final = 0x6576656E7420696B
"""Any constant: a collision, found by chance or by force, gives its second row another id, never the first one's."""
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
    _hashes: U64 = field(default_factory=lambda: np.empty(0, np.uint64))
    _spans: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def derive(self, rows: pa.Table) -> pa.Array:
        """Return one id per row, in file order; `rows` carries `source_room_id`, `ts` and what else of CONTENT it has."""
        contents = _contents(rows, self.format)
        ids = [self._id(content) for content in contents.to_pylist()]
        if self.has_k and ids:
            counts = self._counts(contents, rows.column("ts").cast(pa.int64()).to_numpy())
            for at in np.flatnonzero(counts).tolist():
                ids[at] = self._id(contents[at].as_py() + b"\x1e%d" % counts[at])
        return pa.array(ids, pa.string())

    def pieces(self) -> Mapping[str, Piece]:
        """Return what has to be stored to go on later."""
        return {"hashes": self._hashes, "spans": self._spans, "newest": np.array([self._newest])}

    def load(self, loaded: Loaded) -> None:
        """Take up what was stored."""
        self._hashes, self._spans = whole(loaded, "hashes", np.uint64), whole(loaded, "spans", np.int64)
        self._newest = int(whole(loaded, "newest", np.int64)[0])

    def _id(self, content: bytes) -> str:
        if self.key is not None:
            return hmac.digest(self.key, b"event_id\x1e" + content, "sha256").hex()[:16]
        return hashlib.blake2b(content, digest_size=_DIGITS // 2).hexdigest()

    def _counts(self, contents: pa.Array, ts: Ints) -> Ints:
        """Return how many equal rows of its ten minutes stand before each row; 0 for rows far behind the newest."""
        newest = np.maximum.accumulate(np.concatenate(([self._newest], ts)))
        spans = ts // _SPAN_US
        young = np.flatnonzero(spans >= newest[:-1] // _SPAN_US - 1)
        hashes = np.concatenate((self._hashes, hash_strings(contents, _KEY)[young]))
        counts = np.zeros(len(ts), np.int64)
        counts[young] = earlier_equals(hashes)[len(self._hashes) :]
        self._newest = int(newest[-1])
        all_spans = np.concatenate((self._spans, spans[young]))
        stay = all_spans >= self._newest // _SPAN_US - 1
        self._hashes, self._spans = hashes[stay], all_spans[stay]
        return counts


def earlier_equals(hashes: U64) -> Ints:
    """Return how often each value stands before its own place."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    is_first = np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(ordered)]
    starts = np.maximum.accumulate(np.where(is_first, np.arange(len(ordered)), 0))
    out = np.empty(len(hashes), np.int64)
    out[order] = np.arange(len(ordered)) - starts
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
