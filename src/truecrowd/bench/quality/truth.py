"""What really happened, lined up so that scores can be laid beside it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truecrowd.bench.quality.bootstrap import Bools
from truecrowd.bench.quality.measures import F64, I64
from truecrowd.errors import InputError

_TABLES: Final = ("accounts", "orders", "rooms", "products", "campaigns", "groups", "guards")
_WORD: Final = pa.large_string()


class Index:
    """Rows by one or two text keys.

    Args:
        keys: Columns of one table; rows with the same keys are one subject.
    """

    def __init__(self, *keys: pa.ChunkedArray) -> None:
        self._known = [_plain(key).unique() for key in keys]
        self._codes = self._coded(keys)
        self._order = np.argsort(self._codes, kind="stable")
        self._sorted = self._codes[self._order]

    def find(self, *keys: pa.ChunkedArray) -> I64:
        """Return for each row of other columns the row here that has the same keys, -1 where there is none."""
        codes = self._coded(keys)
        if len(self._sorted) == 0:
            return np.full(len(codes), -1)
        at = np.searchsorted(self._sorted, codes).clip(max=len(self._sorted) - 1)
        return np.where((codes >= 0) & (self._sorted[at] == codes), self._order[at], -1)

    def _coded(self, keys: tuple[pa.ChunkedArray, ...]) -> I64:
        total = np.zeros(len(keys[0]), np.int64)
        absent = np.zeros(len(keys[0]), bool)
        for key, known in zip(keys, self._known, strict=True):
            place = pc.fill_null(pc.index_in(_plain(key), value_set=known, skip_nulls=True), -1)
            place = place.to_numpy(zero_copy_only=False).astype(np.int64)
            absent |= place < 0
            total = total * (len(known) + 1) + place
        return np.where(absent, -1, total)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Subjects of one kind and what is true of each.

    Args:
        index: Finds a subject's row.
        positive: By scheme, `any` first: the rows it manufactured.
        negative: The honest rows.
        operator: Number of the operator of each row; of its host where it has none.
        host: Number of the host of each row.
        columns: The truth table itself.
    """

    index: Index
    positive: dict[str, Bools]
    negative: Bools
    operator: I64
    host: I64
    columns: pa.Table

    def spread(self, keys: tuple[pa.ChunkedArray, ...], score: F64) -> F64:
        """Return scores by row of the truth, NaN where there is none, the highest where there are several."""
        at = self.index.find(*keys)
        values = np.full(self.columns.num_rows, np.nan)
        np.fmax.at(values, at[at >= 0], score[at >= 0])
        return values


@dataclass(frozen=True, slots=True)
class Truth:
    """A simulation's truth.

    Args:
        meta: What meta.json holds.
        tables: The truth tables by name.
        rooms: Rooms, by room_id.
        accounts: Accounts in rooms, by room_id and account_id.
        orders: Orders, by room_id and order_id.
        products: Goods, by room_id and product_id; schemes are staged_stock and false_limited.
        folder: Where it was read.
    """

    meta: dict[str, Any]
    tables: dict[str, pa.Table]
    rooms: Labelled
    accounts: Labelled
    orders: Labelled
    products: Labelled
    folder: Path


def read_truth(folder: Path) -> Truth:
    """Read a folder that `truecrowd simulate` wrote.

    Raises:
        InputError: It is no such folder, or a truth table is not the one that was written with it.
    """
    meta = _meta(folder)
    tables = {name: _table(folder, name, meta) for name in _TABLES}
    rooms = tables["rooms"]
    by_room = Index(rooms["room_id"])
    host = codes(rooms["host_id"])
    operators = _operators(tables["campaigns"])
    return Truth(
        meta=meta, tables=tables, rooms=_rooms(rooms, by_room, host, operators, tables["campaigns"]),
        accounts=_parts(tables["accounts"], "account_id", by_room, host, operators),
        orders=_parts(tables["orders"], "order_id", by_room, host, operators),
        products=_products(tables["products"], by_room, host), folder=folder,
    )  # fmt: skip


def require_same(truth: Truth, imports: pa.Table, audit: Path) -> None:
    """Make sure that the audit read the very events this truth is about.

    A truth may be about several records of the same rooms (faulty ones, one cut off at a day); the audit has read one.

    Raises:
        InputError: It read another file, or further ones.
    """
    wanted = {digest for name, digest in truth.meta["sha256"].items() if not name.startswith("labels/")}
    seen = imports["sha256"].to_pylist()
    if len(seen) != 1 or seen[0] not in wanted:
        shown = ", ".join(str(one)[:12] for one in seen[:3]) or "none"
        about = truth.meta["sha256"]["events.parquet"][:12]
        what = f"the audit read events with SHA-256 {shown}, the truth is about {about}"
        fix = f"truecrowd audit {truth.folder / 'events.parquet'} --out {audit}"
        raise InputError(what, where=str(truth.folder), fix=fix)


def codes(column: pa.ChunkedArray) -> I64:
    """Return a number for each distinct text; -1 for null."""
    encoded = _plain(column).dictionary_encode()
    if not isinstance(encoded, pa.DictionaryArray):
        encoded = encoded.combine_chunks()
    numbers: I64 = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers


def _plain(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    column = column.cast(_WORD)
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _meta(folder: Path) -> dict[str, Any]:
    path = folder / "meta.json"
    fix = "give --truth the folder that `truecrowd simulate ... --out DIR` wrote"
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError("there is no truth: 'meta.json' cannot be read", where=str(folder), fix=fix) from error
    except ValueError as error:
        raise InputError("'meta.json' is not JSON", where=str(path), fix=fix) from error
    if not isinstance(meta, dict) or "events.parquet" not in (meta.get("sha256") or {}):
        raise InputError("'meta.json' does not hold the SHA-256 of 'events.parquet'", where=str(path), fix=fix)
    return meta


def _table(folder: Path, name: str, meta: dict[str, Any]) -> pa.Table:
    path = folder / "labels" / f"{name}.parquet"
    fix = "write the truth again: truecrowd simulate ... --out DIR"
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != meta["sha256"].get(f"labels/{name}.parquet"):
            raise InputError(f"labels/{name}.parquet is not the file meta.json speaks of", where=str(path), fix=fix)
        return pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"labels/{name}.parquet cannot be read", where=str(path), fix=fix) from error


def _operators(campaigns: pa.Table) -> dict[str, pa.Array]:
    """Return campaigns' ids and the number of the operator of each, -1 where nobody is named."""
    named = pc.not_equal(campaigns["operator_id"], "").to_numpy(zero_copy_only=False)
    numbers = np.where(named, codes(campaigns["operator_id"]), -1)
    return {"id": _plain(campaigns["campaign_id"]), "number": numbers}


def _parts(table: pa.Table, key: str, by_room: Index, host: I64, operators: dict[str, Any]) -> Labelled:
    at = by_room.find(table["room_id"])
    own_host = host[at]
    label = table["label"].to_numpy() > 0
    number = codes(table["scheme"])
    names = _plain(table["scheme"]).dictionary_encode().dictionary.to_pylist()
    positive = {"any": label}
    positive |= {
        name: label & (number == place) for place, name in sorted(enumerate(names), key=lambda each: each[1]) if name
    }
    place = pc.fill_null(pc.index_in(_plain(table["campaign_id"]), value_set=operators["id"]), -1)
    place = place.to_numpy(zero_copy_only=False)
    named = np.append(operators["number"], -1)[place]
    cluster = np.where(named >= 0, named, own_host + len(operators["number"]) + 1)
    index = Index(table["room_id"], table[key])
    return Labelled(index, positive, ~label, cluster, own_host, table)


def _rooms(rooms: pa.Table, index: Index, host: I64, operators: dict[str, Any], campaigns: pa.Table) -> Labelled:
    dirty = rooms["dirty"].to_numpy(zero_copy_only=False).astype(bool)
    lists = rooms["schemes"].combine_chunks()
    parent = pc.list_parent_indices(lists).to_numpy()
    scheme = np.asarray(pc.list_flatten(lists).to_pylist(), dtype=object)
    positive = {"any": dirty}
    for name in sorted(set(scheme.tolist())):
        positive[name] = np.isin(np.arange(len(dirty)), parent[scheme == name])
    cluster = host + len(operators["number"]) + 1
    at = index.find(campaigns["room_id"])
    size = np.argsort(campaigns["n_accounts"].to_numpy(), kind="stable")
    size = size[(operators["number"][size] >= 0) & (at[size] >= 0)]
    cluster[at[size]] = operators["number"][size]  # the last one, the largest campaign, stays
    return Labelled(index, positive, ~dirty, cluster, host, rooms)


def _products(products: pa.Table, by_room: Index, host: I64) -> Labelled:
    own_host = host[by_room.find(products["room_id"])]
    planted = {
        name: products[name].to_numpy(zero_copy_only=False).astype(bool) for name in ("false_limited", "staged_stock")
    }
    is_any = np.asarray(planted["false_limited"] | planted["staged_stock"])
    index = Index(products["room_id"], products["product_id"])
    return Labelled(index, {"any": is_any, **planted}, ~is_any, own_host, own_host, products)
