"""Cells as a mapping reads them: stripped, blank ones filled from above, several items in one cell taken apart."""

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.ingest.orders.cells import Cells, Column, Flags, Ints
from truecrowd.ingest.orders.headers import places
from truecrowd.ingest.orders.mapping import Mapping
from truecrowd.ingest.rejects import shown

_SPACE: Final = " \t\r\n\u00a0\u3000\ufeff\u200b"
_TIMELIKE: Final = r"[0-9]{1,4}[-/.年][0-9]{1,2}|^[0-9]{10,}$"
_ID: Final = re.compile(r"[0-9A-Za-z#_.-]{1,40}")
DROPPED: Final = "<dropped>"
_MOST_PARTS: Final = 1_000


class Table:
    """Cells of one file by header; all columns have one row per item.

    Args:
        mapping: Of its format.
        cells: What was read.
    """

    def __init__(self, mapping: Mapping, cells: Cells) -> None:
        self._mapping, self._cells = mapping, cells
        self._places = places(cells.header, mapping.wanted, mapping)
        self._cache: dict[tuple[str, bool], Column] = {}
        rows = self._data_rows()
        self._above = self._filled_from(rows)
        parts = self._parts(rows)
        self._base = np.repeat(rows, parts)
        ends = np.cumsum(parts)
        self._part = np.arange(len(self._base)) - np.repeat(ends - parts, parts)
        self._n_parts = np.repeat(parts, parts)
        self._cache.clear()

    def __len__(self) -> int:
        return len(self._base)

    def __contains__(self, name: str) -> bool:
        return name in self._places

    @property
    def numbers(self) -> Ints:
        """Line in the file, by row."""
        return self._cells.numbers[self._base]

    @property
    def is_first_part(self) -> Flags:
        """Rows that carry what is said once of several items."""
        first: Flags = self._part == 0
        return first

    @property
    def n_left_out(self) -> int:
        """Rows of description under the header."""
        return len(self._cells.numbers) - len(np.unique(self._base))

    def column(self, name: str, *, is_title: bool = False) -> Column:
        """Return a column; a title keeps the signs that are stripped from others."""
        key = (name, is_title)
        if key not in self._cache:
            base = self._plain(name, is_title=is_title)
            whole = Column(base.values, base.codes[self._base])
            cut = self._mapping.read.explode
            is_cut = cut is not None and name in cut.columns and (self._n_parts > 1).any()
            self._cache[key] = self._cut(whole, cut.sep) if cut is not None and is_cut else whole
        return self._cache[key]

    def raw(self, row: int) -> str:
        """Return a row as a reject shows it: the order's id, the shape of what is stored, nothing of the rest."""
        base = int(self._base[row])
        ours = {at: name for name, at in self._places.items() if name in self._mapping.stored}
        ids = set(self._mapping.row["order_id"].columns)
        out: list[str] = []
        for at in range(len(self._cells.header)):
            if at not in ours:
                if out[-1:] != [DROPPED]:
                    out.append(DROPPED)
                continue
            cell = self._cells.columns[at].taken(np.array([base])).text()[0].as_py() or ""
            plain = cell.strip(_SPACE)
            out.append(plain if ours[at] in ids and _ID.fullmatch(plain) else shown(cell, is_shape=True))
        return ",".join(out)

    def _plain(self, name: str, *, is_title: bool = False) -> Column:
        """Return a column as it stands in the file, stripped, blank cells filled from above."""
        read = self._mapping.read
        strip = _SPACE + ("" if is_title else "".join(read.strip))
        column = self._cells.columns[self._places[name]].changed(lambda v: _without_null(v, strip, read.null))
        if self._above is None:
            return column
        return Column(column.values, np.where(column.codes < 0, column.codes[self._above], column.codes))

    _above: Ints | None = None

    def _data_rows(self) -> Ints:
        """Return the rows that are data: of the first ones, those with something like a time where one must stand."""
        n = len(self._cells.numbers)
        rows = np.arange(n)
        most = self._mapping.read.rows_after_header
        names = [name for name in (self._mapping.events[0].ts if self._mapping.events else ()) if name in self._places]
        if not most or not names:
            return rows
        column = self._plain(names[0])
        is_time = column.rows(pc.match_substring_regex(column.values, _TIMELIKE).to_numpy(zero_copy_only=False))
        return rows[(rows >= most) | is_time]

    def _filled_from(self, rows: Ints) -> Ints | None:
        """Return for every row the first row of its key, None where nothing is filled down."""
        name = self._mapping.read.fill_down
        if name not in self._places:
            return None
        codes = self._plain(name).codes
        at = np.arange(len(codes))
        mine = np.maximum.accumulate(np.where(codes >= 0, at, 0))
        keys = codes[mine]
        is_new = np.concatenate(([True], keys[1:] != keys[:-1]))[: len(keys)]
        above: Ints = np.maximum.accumulate(np.where(is_new, at, 0))
        return above if len(rows) else None

    def _parts(self, rows: Ints) -> Ints:
        """Return how many items each row holds."""
        cut = self._mapping.read.explode
        name = next((name for name in cut.columns if name in self._places), None) if cut else None
        if cut is None or name is None:
            return np.ones(len(rows), np.int64)
        column = self._plain(name)
        counts = np.array([min(text.count(cut.sep) + 1, _MOST_PARTS) for text in column.values.to_pylist()], np.int64)
        return np.maximum(column.numbers(counts)[rows], 1)

    def _cut(self, column: Column, sep: str) -> Column:
        """Take cells apart that hold as many items as their row; others stand for all of them."""
        several = np.flatnonzero(self._n_parts > 1)
        values = column.values.to_pylist()
        texts = column.text().to_pylist()
        for at in several.tolist():
            items = values[column.codes[at]].split(sep) if column.codes[at] >= 0 else []
            if len(items) == self._n_parts[at]:
                texts[at] = items[self._part[at]].strip(_SPACE + "".join(self._mapping.read.strip)) or None
        return Column.of(pa.array(texts, pa.string()))


def _without_null(values: pa.Array, strip: str, null: tuple[str, ...]) -> pa.Array:
    trimmed = pc.utf8_trim(values, characters=strip)
    return pc.if_else(pc.is_in(trimmed, value_set=pa.array(null, pa.string())), pa.scalar(None, pa.string()), trimmed)
