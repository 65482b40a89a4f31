"""Account features: our checks' scores, and plain counts of what an account did in a room."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.bench.peers_quality.peer import Features
from truecrowd.bench.quality.measures import F64, I64
from truecrowd.bench.quality.rivals import Seen
from truecrowd.bench.quality.systems import checks_on
from truecrowd.bench.quality.truth import Truth, codes

COLUMNS: Final = ("account_created_at", "ip", "device_id")
"""Columns of EVENTS read for features alone."""
_COUNTED: Final = (
    "join", "leave", "comment", "like", "follow", "fan_club", "light_badge", "gift", "share", "product_click",
    "cart_popup", "order", "refund", "review",
)  # fmt: skip
_SHARED: Final = ("ip", "device_id", "device_model", "asn")


def features(seen: Seen, truth: Truth, audited: Mapping[str, pa.Table]) -> Features:
    """Return all account features, rows in the order of the truth.

    Args:
        seen: Events, with `COLUMNS`.
        truth: Whose rows are wanted; its labels are not looked at.
        audited: Tables of our audit.
    """
    columns = dict(_scores(truth, audited)) | dict(_counts(seen, truth))
    return Features(tuple(columns), np.column_stack(list(columns.values())))


def _scores(truth: Truth, audited: Mapping[str, pa.Table]) -> Iterator[tuple[str, F64]]:
    for said in checks_on(truth.accounts, audited["scores"], "account", {}):
        yield f"score {said.by}", said.score


def _counts(seen: Seen, truth: Truth) -> Iterator[tuple[str, F64]]:
    n = truth.accounts.columns.num_rows
    row = truth.accounts.index.find(seen.columns["room_id"], seen.columns["account_id"])
    known = np.flatnonzero(row >= 0)
    row, at_s = row[known], seen.at_s[known]
    kind = seen.kind.take(pa.array(known))
    yield "n events", np.bincount(row, minlength=n).astype(np.float64)
    for name in _COUNTED:
        yield f"n {name}", np.asarray(np.bincount(row, _is(kind, name), n), np.float64)
    yield from _times(row, at_s, seen.room[known], n)
    age = seen.columns["account_created_at"].take(pa.array(known))
    yield "age days", _first(row, (at_s - _seconds(age)) / 86_400.0, n)
    account = codes(truth.accounts.columns["account_id"])
    yield "n rooms", np.bincount(account)[account].astype(np.float64)
    room = codes(truth.accounts.columns["room_id"])
    for name in _SHARED:
        value = _first(row, codes(seen.columns[name]).astype(np.float64)[known], n)
        yield f"n accounts with its {name}", _sharing(room, value)
    yield from _texts(seen, known, row, n)


def _times(row: I64, at_s: F64, room: I64, n: int) -> Iterator[tuple[str, F64]]:
    opens = np.full(int(room.max(initial=0)) + 1, np.inf)
    np.minimum.at(opens, room, at_s)
    since = at_s - opens[room]
    first, last = np.full(n, np.nan), np.full(n, np.nan)
    np.fmin.at(first, row, since)
    np.fmax.at(last, row, since)
    yield "first s", first
    yield "last s", last
    yield "stay s", last - first


def _texts(seen: Seen, known: I64, row: I64, n: int) -> Iterator[tuple[str, F64]]:
    """Yield the part of an account's comments that others wrote too, and its different ones."""
    is_said = np.flatnonzero(_is(seen.kind.take(pa.array(known)), "comment") > 0.0)
    who, said = row[is_said], known[is_said]
    text = codes(pc.utf8_trim_whitespace(pc.fill_null(seen.columns["text"].take(pa.array(said)), "")))
    pairs = np.unique(np.column_stack([who, text]), axis=0)
    writers = np.bincount(pairs[:, 1], minlength=int(text.max(initial=0)) + 1) if len(pairs) else np.zeros(1)
    total = np.bincount(who, minlength=n)
    shared = np.bincount(who, writers[text] > 1, n) if len(who) else np.zeros(n)
    yield "n texts", np.bincount(pairs[:, 0], minlength=n).astype(np.float64) if len(pairs) else np.zeros(n)
    yield "part of texts others wrote", np.where(total > 0, shared / np.maximum(total, 1), np.nan)


def _is(kind: pa.Array, name: str) -> F64:
    return np.asarray(pc.equal(kind, name).to_numpy(zero_copy_only=False), np.float64)


def _seconds(column: pa.ChunkedArray) -> F64:
    return np.asarray(column.cast(pa.int64()).cast(pa.float64(), safe=False).to_numpy(), np.float64) / 1e6


def _first(row: I64, value: F64, n: int) -> F64:
    """Return each row's first known value; rows come in order of time."""
    found = np.full(n, np.nan)
    known = np.flatnonzero(~np.isnan(value) & (value != -1.0))[::-1]
    found[row[known]] = value[known]
    return found


def _sharing(room: I64, value: F64) -> F64:
    """Return how many accounts of the room have the same value, NaN where it is not known."""
    known = ~np.isnan(value)
    wide = room[known] * (int(np.nanmax(value, initial=0.0)) + 1) + value[known].astype(np.int64)
    _, place, counts = np.unique(wide, return_inverse=True, return_counts=True)
    found = np.full(len(value), np.nan)
    found[known] = counts[place]
    return found
