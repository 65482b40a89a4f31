"""States: rows with a key and reducible fields, so that slices merge in any order.

A state is a NumPy record array, one record per key. Merging two states is putting their records together and reducing
records of equal key field by field; every reducer is commutative and associative, so the order and the cutting of
slices cannot change the result. The empty array is the identity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from truecrowd.errors import SchemaError
from truecrowd.features.view import CODED

Reducer = Literal["sum", "min", "max", "first", "last", "gcd", "or"]
"""`first` (`last`) takes all such fields from the record with the least (greatest) (`ts`, `event_id`)."""

_UFUNCS: Final = {"sum": np.add, "min": np.minimum, "max": np.maximum, "gcd": np.gcd, "or": np.bitwise_or}


@dataclass(frozen=True, slots=True)
class Layout:
    """What the records of a state look like and how they merge.

    Args:
        dtype: Whole-number fields only, so that no order of merging changes a bit. A field named like a coded column
            of the View holds that column's codes, -1 for null.
        key: Fields that make a record one.
        how: Reducer of every other field. With `first` or `last` the fields `ts` and `event_id` must be there.
    """

    dtype: np.dtype
    key: tuple[str, ...]
    how: Mapping[str, Reducer]

    def rows(self, columns: Mapping[str, np.ndarray | int]) -> np.ndarray:
        """Return records from one column a field; at least one is an array, whole numbers are spread."""
        out = np.empty(max(len(column) for column in columns.values() if not isinstance(column, int)), self.dtype)
        for name in self.dtype.names or ():
            out[name] = columns[name]
        return out

    def reduce(self, rows: np.ndarray) -> np.ndarray:
        """Return one record per key, sorted by key."""
        return reduce_rows(rows, self.key, self.how)

    def reduce_columns(self, columns: Mapping[str, np.ndarray | int]) -> np.ndarray:
        """Return `reduce(rows(columns))`, without writing a record for every row.

        Args:
            columns: As `rows` takes them.
        """
        n = max(len(column) for column in columns.values() if not isinstance(column, int))
        if n == 0:
            return np.empty(0, self.dtype)
        fields = {
            name: np.full(n, column, self.dtype[name])
            if isinstance(column, int)
            else column.astype(self.dtype[name], copy=False)
            for name, column in columns.items()
        }
        return _reduced(fields, self.dtype, self.key, self.how)

    def merge(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """Return the state of several slices together; of none: the empty state."""
        return self.reduce(np.concatenate([np.empty(0, self.dtype), *parts]))


def reduce_rows(rows: np.ndarray, key: Sequence[str], how: Mapping[str, Reducer]) -> np.ndarray:
    """Return one record per key, sorted by key.

    Args:
        rows: Shape (n,), record array; fields are those of `key` and `how`.
        key: Whole-number fields, -1 sorts first.
        how: Reducer of every other field. With `first` or `last` the fields `ts` and `event_id` must be there.

    Returns:
        Shape (k,), k <= n, same dtype. Whole numbers only, so no order of merging changes a bit.

    Raises:
        SchemaError: A field has no reducer.
    """
    fields = set(rows.dtype.names or ())
    if fields != {*key, *how}:
        odd = ", ".join(sorted(fields ^ {*key, *how}))
        raise SchemaError(f"state fields without a use or without a dtype: {odd}", where="state", fix="list each once")
    if len(rows) == 0:
        return rows
    return _reduced({name: rows[name] for name in fields}, rows.dtype, key, how)


def _reduced(
    columns: Mapping[str, np.ndarray], dtype: np.dtype, key: Sequence[str], how: Mapping[str, Reducer]
) -> np.ndarray:
    columns = {name: np.ascontiguousarray(column) for name, column in columns.items()}  # gathers miss the cache less
    order, starts = _groups(columns, key, timed=bool({"first", "last"} & set(how.values())))
    is_single = len(starts) == len(order)
    firsts = order if is_single else order[starts]
    lasts = firsts if is_single else order[np.append(starts[1:], len(order)) - 1]
    out = np.empty(len(starts), dtype)
    for name in key:
        out[name] = columns[name][firsts]
    for name, reducer in how.items():
        if reducer in ("first", "last") or is_single:
            out[name] = columns[name][lasts if reducer == "last" else firsts]
        else:
            out[name] = _UFUNCS[reducer].reduceat(columns[name][order], starts)
    return out


def recode(rows: np.ndarray, ranks: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return `rows` with every code replaced by its rank among the names.

    A field named like a coded EVENTS column (`View`) holds that column's codes; -1 stays -1.
    """
    out = rows.copy()
    for name in rows.dtype.names or ():
        if name in CODED and name in ranks:
            out[name] = np.append(ranks[name], -1)[rows[name]]
    return out


def _groups(rows: Mapping[str, np.ndarray], key: Sequence[str], *, timed: bool) -> tuple[np.ndarray, np.ndarray]:
    columns = [rows[name] for name in key]
    words, last_size = _pack([*columns, rows["ts"]] if timed else columns)
    order = _order([*words, rows["event_id"]] if timed else words)
    if timed:
        words[-1] = words[-1] // np.uint64(last_size)  # without the time
    is_start = np.zeros(len(order), np.bool_)
    is_start[0] = True
    for word in words:
        in_order = word[order]
        is_start[1:] |= in_order[1:] != in_order[:-1]
    return order, np.flatnonzero(is_start)


def _order(words: list[np.ndarray]) -> np.ndarray:
    """Return the order by these words; the later ones are asked only where the first ones tie, which is rare."""
    word = words[0]
    is_short = len(word) > 0 and word[word.argmax()] <= np.iinfo(np.uint16).max
    order = np.argsort(word.astype(np.uint16), kind="stable") if is_short else np.argsort(word)  # short: radix sort
    in_order = word[order]
    is_tie = np.zeros(len(order) + 1, np.bool_)
    np.equal(in_order[1:], in_order[:-1], out=is_tie[1:-1])
    if len(words) > 1 and is_tie.any():
        tied = np.flatnonzero(is_tie[1:] | is_tie[:-1])
        rows = order[tied]
        order[tied] = rows[np.lexsort([word[rows] for word in reversed(words)])]
    return order


def _pack(columns: list[np.ndarray]) -> tuple[list[np.ndarray], int]:
    """Pack neighbouring key columns into words of unsigned 64 bits that sort alike: fewer sorts, narrower keys.

    Returns:
        The words, and how many values the last column may have: its place in the last word.
    """
    words: list[np.ndarray] = []
    room = size = 0
    for column in columns:
        low, high = int(column.min()), int(column.max())
        size = high - low + 1
        shifted = (column - column.dtype.type(low)).astype(np.uint64)
        if words and room // size:
            words[-1] = words[-1] * np.uint64(size) + shifted
            room //= size
        else:
            words.append(shifted)
            room = 2**64 // size
    return words, size
