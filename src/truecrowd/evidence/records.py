"""Records: the bytes that are hashed for one row, made for a whole segment at once (docs/decisions/0009, sections 1, 2).

Everything is done by columns; only the hashes are taken one by one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.errors import EvidenceError
from truecrowd.evidence.tree import leaf_hash, root_of
from truecrowd.schema import EVENTS, TABLES, Table

MOST: Final = 65_536
"""Most records of one segment: sixteen hashes prove one."""
SALT: Final = 16
"""Bytes of a salt."""
DEFAULT: Final[Mapping[str, tuple[str, ...]]] = {
    "client": ("app_version", "asn", "device_model", "ip", "os_version", "region"),
    "said": ("claim", "params", "raw", "text"),
    "who": (
        "account_created_at", "account_id", "device_id", "id_kind", "order_id", "pay_hash", "ship_hash", "subject_id",
    ),
}  # fmt: skip
"""Columns that stand in a record as commitments. A column that is in no table of `schema` belongs to `who`."""
_KNOWN: Final = frozenset(name for table in (EVENTS, *TABLES.values()) for name, _ in table.columns)
_BLOB: Final = pa.large_binary()


@dataclass(frozen=True, slots=True)
class Sealed:
    """One segment, hashed.

    Args:
        leaves: Leaf hashes joined, 32 bytes each, in the order of rows.
        root: Root over them.
        commitments: By group: 32 bytes a row, joined.
    """

    leaves: bytes
    root: bytes
    commitments: Mapping[str, bytes]


def split(names: Iterable[str], groups: Mapping[str, Sequence[str]] = DEFAULT) -> dict[str, tuple[str, ...]]:
    """Return which of these columns belong to which group; the others are open.

    Args:
        names: Columns of a table.
        groups: The split wanted. Columns that no table of this version has go to `who`.

    Returns:
        Every group, in order of name, with its columns in order of name; a group may be empty.
    """
    own = sorted(names)
    found = {group: tuple(name for name in own if name in groups[group]) for group in sorted(groups)}
    strangers = [name for name in own if name not in _KNOWN and not any(name in one for one in groups.values())]
    if strangers:
        found["who"] = tuple(sorted([*found.get("who", ()), *strangers]))
    return dict(sorted(found.items()))


def schema_text(table: Table) -> str:
    """Return the columns of a table with their types of section 1, one a line, sorted; its hash names the schema."""
    return "".join(f"{name} {letter(kind)}\n" for name, kind in sorted(table.columns, key=lambda column: column[0]))


def fields(rows: pa.Table, names: Sequence[str]) -> pa.Array:
    """Return the encoded non-null fields of some columns, joined, one value a row.

    Args:
        rows: Any table.
        names: Columns, any order; those that `rows` lacks count as null.

    Returns:
        Large binary, no nulls.

    Raises:
        EvidenceError: A float is NaN or infinite, a list holds a null, or a column has a type no table has.
    """
    present = [name for name in sorted(names) if name in rows.column_names]
    return _joined([_field(name, _one(rows.column(name))) for name in present], rows.num_rows)


def seal(rows: pa.Table, table: str, groups: Mapping[str, Sequence[str]], salts: Mapping[str, bytes]) -> Sealed:
    """Hash the rows of one segment.

    Args:
        rows: At most 65,536 rows.
        table: Name of their table ("events").
        groups: From `split`.
        salts: By group: 16 bytes a row, joined.
    """
    return close(rows, table, groups, {name: commit(rows, groups[name], salts[name]) for name in groups})


def commit(rows: pa.Table, names: Sequence[str], salts: bytes) -> bytes:
    """Return the commitments of one group, 32 bytes a row, joined."""
    body = pc.binary_join_element_wise(_fixed(salts, SALT), fields(rows, names), pa.scalar(b"", _BLOB))
    return digests(body)


def close(rows: pa.Table, table: str, groups: Mapping[str, Sequence[str]], commitments: Mapping[str, bytes]) -> Sealed:
    """Return the segment of rows whose commitments are known; hidden columns need not be there."""
    leaves = digests(_records(rows, table, groups, commitments, b"\x00"))
    return Sealed(leaves, root_of(leaves), commitments)


def record_bytes(
    rows: pa.Table, table: str, groups: Mapping[str, Sequence[str]], commitments: Mapping[str, bytes]
) -> list[bytes]:
    """Return the record of each row, what `leaf_hash` is taken of."""
    made: list[bytes] = _records(rows, table, groups, commitments, b"").to_pylist()
    return made


def _records(
    rows: pa.Table, table: str, groups: Mapping[str, Sequence[str]], commitments: Mapping[str, bytes], prefix: bytes
) -> pa.Array:
    hidden = {name for names in groups.values() for name in names}
    clear = [name for name in rows.column_names if name not in hidden]
    head = pa.scalar(prefix + f"truecrowd-record/1 {table}\n".encode(), _BLOB)
    parts: list[object] = [head]
    for name in sorted(groups):
        parts += [pa.scalar(_head(f"#{name}", "h") + (32).to_bytes(4, "big"), _BLOB), _fixed(commitments[name], 32)]
    return pc.binary_join_element_wise(*parts, fields(rows, clear), pa.scalar(b"", _BLOB))


def digests(values: pa.Array) -> bytes:
    """Return the SHA-256 of every value, joined."""
    _, offsets, data = values.buffers()
    bounds = np.frombuffer(offsets, np.int64)[values.offset : values.offset + len(values) + 1].tolist()
    first = bounds[0]
    body = data[first : bounds[-1]].to_pybytes() if data is not None else b""
    return b"".join([sha256(body[start - first : end - first]).digest() for start, end in pairwise(bounds)])


def evidence_root(event_ids: Iterable[str]) -> bytes:
    """Return the root over event ids, in the order given."""
    return root_of(b"".join(leaf_hash(one.encode()) for one in event_ids))


def _head(name: str, letter: str) -> bytes:
    word = name.encode()
    return len(word).to_bytes(1, "big") + word + letter.encode()


def letter(kind: pa.DataType) -> str:
    """Return the letter of a column's type.

    Raises:
        EvidenceError: No table of the contract has columns of this type.
    """
    if pa.types.is_dictionary(kind):
        return letter(kind.value_type)
    found = next((one for one, is_kind in _LETTERS if is_kind(kind)), None)
    if found is None:
        raise EvidenceError(
            f"a column of type {kind} cannot be sealed", where="record", fix="cast it to a type of schema"
        )
    return found


def _field(name: str, column: pa.Array) -> pa.Array:
    """Return one column's fields; null where the value is."""
    kind = letter(column.type)
    head = pa.scalar(_head(name, kind), _BLOB)
    values, lengths = _VALUES[kind](name, column)
    return pc.binary_join_element_wise(head, lengths, values, pa.scalar(b"", _BLOB), null_handling="emit_null")


def _text(_name: str, column: pa.Array) -> tuple[pa.Array, pa.Array]:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    values = column.cast(pa.large_string()).cast(_BLOB)
    return values, _lengths(values)


def _list(name: str, column: pa.Array) -> tuple[pa.Array, pa.Array]:
    items = column.flatten()
    if items.null_count:
        raise EvidenceError(f"a list in '{name}' holds a null", where="record", fix="leave nulls out of lists")
    values, lengths = _text(name, items)
    framed = pc.binary_join_element_wise(lengths, values, pa.scalar(b"", _BLOB))
    counts = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array(np.concatenate(([0], np.cumsum(counts))).astype(np.int32))
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, framed), pa.scalar(b"", _BLOB))
    values = pc.if_else(column.is_null(), pa.scalar(None, _BLOB), joined)
    return values, _lengths(values)


def _lengths(values: pa.Array) -> pa.Array:
    counts = pc.fill_null(pc.binary_length(values), 0).to_numpy(zero_copy_only=False)
    return _fixed(counts.astype(">u4").tobytes(), 4)


def _int(_name: str, column: pa.Array) -> tuple[pa.Array, pa.Array]:
    return _numbers(column, pc.fill_null(column.cast(pa.int64()), 0).to_numpy(zero_copy_only=False), ">i8")


def _instant(_name: str, column: pa.Array) -> tuple[pa.Array, pa.Array]:
    micros = column.cast(pa.timestamp("us", tz=column.type.tz)).cast(pa.int64())
    return _numbers(column, pc.fill_null(micros, 0).to_numpy(zero_copy_only=False), ">i8")


def _real(name: str, column: pa.Array) -> tuple[pa.Array, pa.Array]:
    numbers = pc.fill_null(column.cast(pa.float64()), 0.0).to_numpy(zero_copy_only=False)
    if not np.isfinite(numbers).all():
        row = int(np.flatnonzero(~np.isfinite(numbers))[0])
        what = f"'{name}' holds {numbers[row]} in row {row:,}, wanted a number"
        raise EvidenceError(what, where="record", fix="leave such values null")
    return _numbers(column, numbers + 0.0, ">f8")


def _numbers(column: pa.Array, numbers: np.ndarray, kind: str) -> tuple[pa.Array, pa.Array]:
    values = _fixed(numbers.astype(kind).tobytes(), 8)
    if column.null_count:
        values = pc.if_else(column.is_null(), pa.scalar(None, _BLOB), values)
    return values, pa.scalar((8).to_bytes(4, "big"), _BLOB)


def _bool(_name: str, column: pa.Array) -> tuple[pa.Array, pa.Array]:
    values = pc.if_else(column, pa.scalar(b"\x01", _BLOB), pa.scalar(b"\x00", _BLOB))
    return values, pa.scalar((1).to_bytes(4, "big"), _BLOB)


_LETTERS: Final = (
    ("t", lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)),
    ("i", pa.types.is_integer), ("u", pa.types.is_timestamp), ("f", pa.types.is_floating), ("b", pa.types.is_boolean),
    ("l", pa.types.is_list),
)  # fmt: skip
_VALUES: Final = {"t": _text, "i": _int, "u": _instant, "f": _real, "b": _bool, "l": _list}


def _fixed(data: bytes, width: int, n: int | None = None) -> pa.Array:
    """Return bytes cut into `n` values of one width, without copying."""
    offsets = np.arange((len(data) // width if n is None else n) + 1, dtype=np.int64) * width
    return pa.Array.from_buffers(_BLOB, len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def _joined(parts: list[pa.Array], n: int) -> pa.Array:
    """Return the fields of each row behind each other, nulls left out."""
    if not parts or not n:
        return pa.array([b""] * n, _BLOB)
    nothing = pa.scalar(b"", _BLOB)  # one empty part in every row: Arrow drops rows in which every part is null
    return pc.binary_join_element_wise(_fixed(b"", 0, n), *parts, nothing, null_handling="skip")


def _one(column: pa.ChunkedArray) -> pa.Array:
    joined = column.combine_chunks()
    return pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined
