"""Rows of orders -> EVENTS, by time, in tables of bounded size."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truecrowd.ingest.draft import Draft
from truecrowd.ingest.orders.cells import Column, Flags, Ints
from truecrowd.ingest.orders.mapping import MONEY_TYPES, ORDER_ONLY, Mapping
from truecrowd.ingest.orders.rows import KINDS, NONE, Rows, Worth
from truecrowd.ingest.orders.table import DROPPED

_DIGITS: Final = 24
_WORD: Final = pa.dictionary(pa.int32(), pa.string())
_TS: Final = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the rows happened.

    Args:
        room: Room ids; nothing: the file's own.
        source_room: The source's room.
    """

    room: Column
    source_room: Column


def n_events(rows: Rows, mapping: Mapping) -> Ints:
    """Return how many events each row gives."""
    out = np.zeros(len(rows), np.int64)
    for happens in _happens(rows, mapping):
        out += happens
    return out


def _happens(rows: Rows, mapping: Mapping) -> list[Flags]:
    """Return by rule which rows give it; of two rules of one type, the first that holds."""
    seen: dict[str, Flags] = {}
    out = []
    for rule, event in zip(mapping.events, rows.events, strict=True):
        before = seen.get(rule.type, np.zeros(len(rows), np.bool_))
        mine = (event.kind != NONE) & ~before
        seen[rule.type] = before | mine
        out.append(mine)
    return out


def drafts(rows: Rows, mapping: Mapping, placed: Placed, file: int, chunk_rows: int) -> Iterator[Draft]:
    """Yield the events of one file's rows, oldest first."""
    is_mine = rows.files == file
    at, rule, ts = [], [], []
    for number, happens in enumerate(_happens(rows, mapping)):
        found = np.flatnonzero(happens & is_mine)
        at.append(found.astype(np.int32))
        rule.append(np.full(len(found), number, np.int32))
        ts.append(rows.events[number].ts[found])
    all_at, all_rule, all_ts = np.concatenate(at), np.concatenate(rule), np.concatenate(ts)
    order = np.lexsort((all_at, all_rule, all_ts))
    has_money = _with_money(rows)
    for start in range(0, len(order), chunk_rows):
        part = order[start : start + chunk_rows]
        places: Ints = all_at[part].astype(np.int64)
        yield _draft(rows, mapping, placed, has_money, places, all_rule[part], all_ts[part])


def _with_money(rows: Rows) -> Flags:
    """Return the rows that carry their order's money: all, or the first of each order."""
    first = np.ones(len(rows), np.bool_)
    if rows.is_per_order.any() and len(rows):
        at = np.arange(len(rows))[::-1]
        lowest = np.zeros(len(rows.order.values) + 1, np.int64)
        lowest[rows.order.codes[at]] = at
        first = ~rows.is_per_order | (lowest[rows.order.codes] == np.arange(len(rows)))
    return first


def _draft(
    rows: Rows, mapping: Mapping, placed: Placed, has_money: Flags, at: Ints, rule: npt.NDArray[np.int32], ts: Ints
) -> Draft:
    types = [one.type for one in mapping.events]
    is_money = np.array([one in MONEY_TYPES for one in types])[rule]
    is_order = np.array([one == "order" for one in types])[rule]
    kinds = np.zeros(len(at), np.int8)
    for number, event in enumerate(rows.events):
        kinds[rule == number] = event.kind[at[rule == number]]
    table = {
        "ts": pa.array(ts).cast(_TS),
        "event_type": pa.DictionaryArray.from_arrays(pa.array(rule), pa.array(types)),
        "ts_kind": _worth(kinds),
        "room_id": _text(placed.room, at),
        "source_room_id": _text(placed.source_room, at),
        "order_id": _text(rows.order, at),
        "event_id": _ids(rows, mapping, at, rule),
    }
    for name, column in rows.columns.items():
        table[name] = _text(column, at, is_order if name in ORDER_ONLY else None)
    if "account_id" in rows.columns:
        table["id_kind"] = _id_kind(rows, at)
    amount, has_amount = _amounts(rows, at, rule, has_money)
    has_amount &= is_money
    table["amount_minor"] = pa.array(amount, mask=~has_amount)
    table["currency"] = _text(rows.currency, at, is_money)
    table["quantity"] = pa.array(rows.quantity[at].astype(np.int32), mask=~(rows.has_quantity[at] & is_money))
    order_ids = table["order_id"]
    return Draft(
        pa.table({name: column for name, column in table.items() if column.null_count < len(at)}), None,
        rows.numbers[at], lambda i: f"{order_ids[i].as_py()},{DROPPED}",
    )  # fmt: skip


def _text(column: Column, at: Ints, where: Flags | None = None) -> pa.Array:
    codes = column.codes[at]
    blank = codes < 0 if where is None else (codes < 0) | ~where
    return column.values.take(pa.array(codes, mask=blank))


def _worth(kinds: Worth) -> pa.Array:
    names = pa.array([name or "server" for name in KINDS])
    return pa.DictionaryArray.from_arrays(pa.array(kinds.astype(np.int32)), names).cast(pa.string()).dictionary_encode()


def _id_kind(rows: Rows, at: Ints) -> pa.Array:
    names = pa.array(["stable", "masked", "hashed"])
    codes = np.where(rows.is_masked[at], 1, 2 if rows.is_hashed["account_id"] else 0).astype(np.int32)
    blank = rows.columns["account_id"].codes[at] < 0
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=blank), names).cast(pa.string()).dictionary_encode()


def _amounts(rows: Rows, at: Ints, rule: npt.NDArray[np.int32], has_money: Flags) -> tuple[Ints, Flags]:
    amount, has = rows.amount[at], rows.has_amount[at] & has_money[at]
    for number, event in enumerate(rows.events):
        if event.amount is not None and event.has_amount is not None:
            mine = rule == number
            amount = np.where(mine, event.amount[at], amount)
            has = np.where(mine, event.has_amount[at], has)
    return amount, has


def _ids(rows: Rows, mapping: Mapping, at: Ints, rule: npt.NDArray[np.int32]) -> pa.Array:
    """Return event ids: a hash of format, order, line and type alone, so that a later export meets an earlier one."""
    types = [one.type.encode() for one in mapping.events]
    head = mapping.name.encode() + b"\x1f"
    orders, lines = _text(rows.order, at).to_pylist(), _text(rows.line, at).to_pylist()
    ids = [
        hashlib.blake2b(
            b"%s%s\x1f%s\x1f%s" % (head, order.encode(), (line or "").encode(), types[number]), digest_size=_DIGITS // 2
        ).hexdigest()
        for order, line, number in zip(orders, lines, rule.tolist(), strict=True)
    ]
    return pa.array(ids, pa.string())
