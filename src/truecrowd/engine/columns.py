"""From EVENTS tables to integer columns: every id becomes a code, its text is kept once."""

from collections.abc import Mapping
from itertools import islice, repeat
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.features.view import CODED, NULL, View
from truecrowd.hashing import hash_strings
from truecrowd.schema import EVENT_TYPES, ID_KINDS, TS_KINDS
from truecrowd.stored import Loaded, Piece, whole

_FIXED: Final = {"event_type": EVENT_TYPES, "id_kind": ID_KINDS, "ts_kind": TS_KINDS}
_NOBODY: Final = np.array([ID_KINDS.index("masked"), ID_KINDS.index("guest")])


class Interner:
    """Gives every text of a coded column a code, in the order of first appearance.

    Codes depend on the order in which slices come; `ranks` turns them into the order of the names, which does not.
    """

    def __init__(self) -> None:
        self._codes: dict[str, dict[str, int]] = {name: {} for name in CODED}
        self._sorted: dict[str, tuple[pa.Array, np.ndarray]] = {}
        self._stored: dict[str, list[pa.RecordBatch]] = {name: [] for name in CODED}
        self._n_stored = dict.fromkeys(CODED, 0)
        self._gone: dict[str, set[int]] = {}

    def encode(self, name: str, column: pa.ChunkedArray) -> np.ndarray:
        """Return shape (n,), int32 codes, -1 for null.

        Args:
            name: Coded column.
            column: Strings, plain or dictionary-encoded.
        """
        array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        if not pa.types.is_dictionary(array.type):
            array = array.dictionary_encode()
        words = array.dictionary.to_pylist()
        table = np.append(self._codes_of_all(name, words), np.int32(-1))
        return np.asarray(table[array.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)])

    def _codes_of_all(self, name: str, words: list[str | None]) -> np.ndarray:
        """Return the code of every one of these different words, -1 for None; new ones get the next codes."""
        known = self._codes[name]
        table = np.fromiter(map(known.get, words, repeat(-1)), np.int32, len(words))  # type: ignore[arg-type]
        new = {at: word for at in np.flatnonzero(table < 0).tolist() if (word := words[at]) is not None}
        if new:
            codes = range(len(known), len(known) + len(new))
            table[[*new]] = codes
            known.update(zip(new.values(), codes, strict=True))
        return table

    def names(self) -> dict[str, pa.Array]:
        """Return the texts of every column, sorted."""
        return {name: self._in_order(name)[0] for name in self._codes}

    def ranks(self) -> dict[str, np.ndarray]:
        """Return, by column, the place of every code among the sorted texts, int32; -1 for codes that are hidden."""
        return {name: self._in_order(name)[1] for name in self._codes}

    def _in_order(self, name: str) -> tuple[pa.Array, np.ndarray]:
        known = self._codes[name]
        if name not in self._sorted or len(self._sorted[name][1]) != len(known):
            words = pa.array(known, pa.string())  # in the order of their codes
            is_there = np.ones(len(words), np.bool_)
            is_there[[code for code in self._gone.get(name, ()) if code < len(words)]] = False
            codes = np.flatnonzero(is_there)
            order = codes[pc.array_sort_indices(words.take(pa.array(codes))).to_numpy()]
            rank = np.full(len(words), -1, np.int32)
            rank[order] = np.arange(len(order), dtype=np.int32)
            self._sorted[name] = words.take(pa.array(order)), rank
        return self._sorted[name]

    def hide(self, name: str, codes: np.ndarray) -> None:
        """Leave these codes out of `names` and `ranks`: no state holds them any more."""
        self._gone.setdefault(name, set()).update(codes.tolist())
        self._sorted.pop(name, None)

    def only(self, name: str, is_used: np.ndarray) -> np.ndarray:
        """Forget the texts of codes that are not used, and give the others new codes, in the same order.

        Args:
            name: Coded column.
            is_used: Shape (codes,), bool.

        Returns:
            By old code the new one, -1 for those forgotten, int32.
        """
        moved = np.where(is_used, np.cumsum(is_used) - 1, -1).astype(np.int32)
        words = [word for word, used in zip(self._codes[name], is_used.tolist(), strict=True) if used]
        self._codes[name] = dict(zip(words, range(len(words)), strict=True))
        self._sorted.pop(name, None)
        self._stored[name], self._n_stored[name] = [], 0
        return moved

    def n_codes(self, name: str) -> int:
        """Return how many codes have been given out."""
        return len(self._codes[name])

    def word(self, name: str, code: int) -> str:
        """Return the text of a code, from the last ones backwards: meant for a few codes of rare columns."""
        known = self._codes[name]
        return next(islice(reversed(known), len(known) - 1 - code, None))

    def pieces(self) -> Mapping[str, Piece]:
        """Return the texts in the order of their codes, those that are new since the last call in parts of their own."""
        for name, known in self._codes.items():
            n_new = len(known) - self._n_stored[name]
            if n_new:
                words = [*islice(reversed(known), n_new)][::-1]
                self._stored[name].append(pa.record_batch([pa.array(words, pa.string())], names=["word"]))
                self._n_stored[name] = len(known)
        gone = {f"gone/{name}": np.array(sorted(codes), np.int32) for name, codes in self._gone.items()}
        return {**gone, **{name: [*parts] for name, parts in self._stored.items()}}

    def load(self, loaded: Loaded) -> None:
        """Take up what was stored."""
        for name in self._codes:
            parts = [part for part in loaded.get(name, ()) if isinstance(part, pa.RecordBatch)]
            words = [word for part in parts for word in part.column(0).to_pylist()]
            self._codes[name] = dict(zip(words, range(len(words)), strict=True))
            self._stored[name], self._n_stored[name] = parts, len(words)
            if f"gone/{name}" in loaded:
                self._gone[name] = set(whole(loaded, f"gone/{name}", np.int32).tolist())

    def codes_of(self, name: str, words: frozenset[str]) -> np.ndarray:
        """Return the codes of those words that have appeared in the column so far, int32."""
        known = self._codes[name]
        return np.array([known[word] for word in words if word in known], np.int32)


def to_view(rows: pa.Table, interner: Interner, *, wanted: frozenset[str], key: int) -> View:
    """Return one chunk of EVENTS as a View without facts.

    Args:
        rows: EVENTS; columns may be absent.
        interner: Remembers names over chunks.
        wanted: Columns anybody reads; the others are left out.
        key: Key of the event hashes.
    """
    columns: dict[str, np.ndarray] = {}
    for name in rows.column_names:
        column = rows.column(name)
        if name != "text" and name in wanted and column.null_count < len(column):
            columns[name] = _numbers(name, column, interner, key)
    for name in ("ts", "event_type", "room_id"):
        columns.setdefault(name, np.empty(0, np.int64))
    if "id_kind" in columns and "account_id" in columns:
        is_nobody = np.isin(columns["id_kind"], _NOBODY)
        columns["account_id"] = np.where(is_nobody, np.int32(-1), columns["account_id"])
    texts = None
    if "text" in rows.column_names and "text" in wanted:
        texts = rows.column("text").combine_chunks()
    return View(columns, texts)


def _numbers(name: str, column: pa.ChunkedArray, interner: Interner, key: int) -> np.ndarray:
    if name == "event_id":
        return hash_strings(column, key)
    if name in CODED:
        return interner.encode(name, column)
    if name in _FIXED:
        words = pa.array(_FIXED[name])
        places = pc.index_in(column.cast(pa.string()), words).fill_null(0)
        return np.asarray(places.to_numpy().astype(np.int8))
    if name == "value":
        return np.asarray(column.to_numpy())
    return np.asarray(column.cast(pa.int64()).fill_null(NULL).to_numpy())


def in_order_of_names(view: View, ranks: Mapping[str, np.ndarray]) -> View:
    """Return the view with codes replaced by their place among the sorted names."""
    columns = {
        name: np.append(ranks[name], np.int32(-1))[column] if name in ranks else column
        for name, column in view.columns.items()
    }
    return View(columns, view.texts, view.facts)
