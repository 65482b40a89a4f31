"""Cells of one export -> its rows as EVENTS would have them: typed, checked, and which event happened when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.errors import InputError
from truecrowd.ingest.event_ids import earlier_equals
from truecrowd.ingest.ledger import Ledger
from truecrowd.ingest.orders import money
from truecrowd.ingest.orders.cells import Cells, Column, Flags, Ints, first_filled
from truecrowd.ingest.orders.mapping import Amount, EventRule, Mapping, Test, Value, When
from truecrowd.ingest.orders.table import Table
from truecrowd.ingest.orders.times import TimeReader
from truecrowd.ingest.times import Clock, zone

FIRST_US: Final = 1_104_537_600_000_000
LAST_US: Final = 4_102_444_800_000_000
Worth = npt.NDArray[np.int8]
NONE, SERVER, MINUTE, BOUND = range(4)
"""What the time of an event is worth; NONE: it did not happen."""
KINDS: Final = (None, "server", "minute", "bound")
_FLOAT: Final = r"^[0-9](?:\.[0-9]+)?[Ee]\+[0-9]+$"
"""A long number as a spreadsheet shows it once it has lost its digits."""
_INTEGER: Final = r"^[+-]?[0-9]{1,9}(?:\.0+)?$"
_MOST_UNKNOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Happened:
    """One event rule over all rows.

    Args:
        ts: Microseconds in UTC.
        kind: NONE, SERVER, MINUTE or BOUND.
        amount: Minor units; None: the row's amount.
        has_amount: Where `amount` is known.
    """

    ts: Ints
    kind: Worth
    amount: Ints | None = None
    has_amount: Flags | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one export or of several, one line of one order each.

    Args:
        files: By row, number of its file.
        numbers: By row, its line in the file.
        order: Order ids.
        line: What tells the lines of an order apart.
        columns: Other columns of EVENTS, as text.
        is_hashed: Whether `account_id`, `ship_hash` ... hold contacts still to be hashed, by column.
        is_masked: Rows whose account is shown masked.
        quantity, has_quantity: Items.
        amount, has_amount: Minor units.
        currency: ISO 4217.
        events: By rule of the mapping.
        is_live: Rows the export marks as sold live.
        is_per_order: Whether `amount` is the whole order's on each of its rows.
        last_us: By row, the latest time it tells.
        latest_us: By file number, the latest time in it.
    """

    files: Ints
    numbers: Ints
    order: Column
    line: Column
    columns: dict[str, Column]
    is_hashed: dict[str, bool]
    is_masked: Flags
    quantity: Ints
    has_quantity: Flags
    amount: Ints
    has_amount: Flags
    currency: Column
    events: tuple[Happened, ...]
    is_live: Flags
    is_per_order: Flags
    last_us: Ints
    latest_us: dict[int, int]

    def __len__(self) -> int:
        return len(self.numbers)


@dataclass(slots=True)
class RowReader:
    """Reads the rows of one file.

    Args:
        mapping: Of its format.
        cells: What was read of it.
        file: Its number.
        ledger: Its account.
        tz: Zone of times without one: `--tz`, else the user's mapping's.
        currency: Of amounts that name none, "" if nobody said.
    """

    mapping: Mapping
    cells: Cells
    file: int
    ledger: Ledger
    tz: str | None
    currency: str
    clock: Clock = field(init=False)
    latest_us: int = 0
    _table: Table = field(init=False)
    _bad: Flags = field(init=False)
    _last: Ints = field(init=False)
    _instants: dict[str, tuple[Ints, Worth]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = Clock(zone(self.tz) if self.tz else None)
        self._table = Table(self.mapping, self.cells)
        self._bad = np.zeros(len(self._table), np.bool_)
        self._last = np.zeros(len(self._table), np.int64)

    def rows(self) -> Rows:
        """Return its rows; those that cannot be read are in the ledger.

        Raises:
            InputError: Ids have lost digits, no zone or currency is known, or the grain of the amount cannot be told.
        """
        order = self._ids()
        self._reject("no_order_id", ~order.is_filled)
        self._latest()
        events = [self._happened(at, rule) for at, rule in enumerate(self.mapping.events)]
        currency = self._currency()
        amount, has_amount = self._money(self.mapping.amount, currency)
        quantity, has_quantity = self._quantity()
        per_order = self._is_per_order(order, amount, has_amount)
        for at, rule in enumerate(self.mapping.events):
            events[at] = self._with_money(events[at], rule.amount, order, currency, is_per_order=bool(per_order.any()))
        columns, is_hashed = self._columns()
        masked = self._masked(columns.get("account_id"))
        rows = Rows(
            np.full(len(self._table), self.file), self._table.numbers, order, self._lines(order, columns), columns,
            is_hashed, masked, quantity, has_quantity, amount, has_amount & self._table.is_first_part, currency,
            tuple(events), self._holds(self.mapping.live) if self.mapping.live else np.zeros(len(order), np.bool_),
            per_order, self._last, {self.file: self.latest_us},
        )  # fmt: skip
        self._tell()
        return taken(rows, np.flatnonzero(~self._bad))

    @property
    def n_left_out(self) -> int:
        """Rows of description under the header."""
        return self._table.n_left_out

    def raw(self, row: int) -> str:
        """Return a row as a reject shows it."""
        return self._table.raw(row)

    def _has(self, names: Sequence[str]) -> bool:
        return any(name in self._table for name in names)

    def _first(self, names: Sequence[str], *, is_title: bool = False) -> Column:
        found = [self._table.column(name, is_title=is_title) for name in names if name in self._table]
        return first_filled(found) if found else Column.nothing(len(self._table))

    def _reject(self, reason: str, flags: Flags) -> None:
        for at in np.flatnonzero(flags & ~self._bad).tolist():
            self.ledger.n_read += 1
            self.ledger.reject(int(self._table.numbers[at]), reason, self.raw(at), "row")
        self._bad |= flags

    def _ids(self) -> Column:
        order = self._first(self.mapping.row["order_id"].columns)
        for name in (*self.mapping.row["order_id"].columns, self.mapping.line):
            if name in self._table:
                _refuse_floats(self._table.column(name), name, self.ledger.source)
        return order

    def _lines(self, order: Column, columns: dict[str, Column]) -> Column:
        """Return what tells the lines of an order apart: its own id, else the product and its place."""
        if self.mapping.is_one_row:
            return Column.nothing(len(order))
        if self.mapping.line in self._table:
            return self._table.column(self.mapping.line)
        names = [name for name in ("product_id", "product_title") if name in columns]
        what = columns[names[0]] if names else Column.nothing(len(order))
        keys = order.codes.astype(np.int64) * (len(what.values) + 1) + what.codes + 1
        place = earlier_equals(keys.view(np.uint64))
        text = pc.binary_join_element_wise(
            pc.fill_null(what.text(), ""), pa.array(place).cast(pa.string()), "\x1f"
        )  # fmt: skip
        return Column.of(text)

    def _latest(self) -> None:
        """Find the latest time of each row and of the file, in every column that is known to hold times."""
        names = [name for rule in self.mapping.events for name in rule.ts]
        for name in dict.fromkeys([*names, *self.mapping.read.times]):
            if name in self._table:
                micros, worth = self._times(name)
                sound = np.where((worth != NONE) & (micros >= FIRST_US) & (micros < LAST_US), micros, 0)
                self._last = np.maximum(self._last, sound)
        self.latest_us = int(self._last.max(initial=0))

    def _times(self, name: str) -> tuple[Ints, Worth]:
        """Return by row: microseconds, and what they are worth (NONE: there is no time)."""
        if name not in self._instants:
            read = self.mapping.read
            column = self._table.column(name)
            reader = TimeReader(self.clock, read.ts, where=self.ledger.source, home_tz=read.home_tz)
            found = reader.read(column.values, name)
            kind = BOUND if found.is_day else SERVER if found.has_seconds else MINUTE
            good = column.rows(~found.is_bad)
            self._instants[name] = column.numbers(found.micros), np.where(good, np.int8(kind), np.int8(NONE))
        return self._instants[name]

    def _happened(self, at: int, rule: EventRule) -> Happened:
        n = len(self._table)
        holds = self._holds(rule.when) if rule.when else np.ones(n, np.bool_)
        ts, kind, is_filled = np.zeros(n, np.int64), np.zeros(n, np.int8), np.zeros(n, np.bool_)
        for name in rule.ts:
            if name in self._table:
                micros, worth = self._times(name)
                new = self._table.column(name).is_filled & ~is_filled
                ts, kind, is_filled = np.where(new, micros, ts), np.where(new, worth, kind), is_filled | new
        unread = holds & is_filled & (kind == NONE)
        missing = holds & ~is_filled
        if at == 0:
            self._reject("bad_ts", unread)
            self._reject("no_ts", missing)
        else:
            for row in np.flatnonzero(unread & ~self._bad).tolist():
                self.ledger.n_read += 1
                self.ledger.reject(int(self._table.numbers[row]), "bad_ts", self.raw(row), rule.type)
        if rule.is_bound:
            ts, kind = np.where(missing, self.latest_us, ts), np.where(missing, np.int8(BOUND), kind)
        elif rule.when and at and (n_missing := int((missing & ~self._bad).sum())):
            self.ledger.note(f"{n_missing:,} rows say '{rule.type}' and tell no time of it: no such event")
        return Happened(ts, np.where(holds, kind, np.int8(NONE)))

    def _holds(self, when: When) -> Flags:
        found = np.zeros(len(self._table), np.bool_)
        for tests in when:
            whole = np.ones(len(found), np.bool_)
            for test in tests:
                whole &= self._passes(test)
            found |= whole
        return found

    def _passes(self, test: Test) -> Flags:
        if test.column not in self._table:
            return np.full(len(self._table), test.kind == "empty")
        column = self._table.column(test.column)
        if test.kind in ("filled", "empty"):
            return column.is_filled if test.kind == "filled" else ~column.is_filled
        if test.kind == "above":
            return column.rows(_above(column.values, test.least, self.mapping))
        is_in = pc.is_in(column.values, value_set=pa.array(test.values, pa.string())).to_numpy(zero_copy_only=False)
        if test.kind == "in":
            return column.rows(is_in)
        known = self.mapping.read.known.get(test.column)
        is_known = np.ones(len(is_in), np.bool_)
        if known is not None:
            known = (*known, *test.values)
            is_known = pc.is_in(column.values, value_set=pa.array(known, pa.string())).to_numpy(zero_copy_only=False)
        return column.rows(~is_in & is_known)

    def _currency(self) -> Column:
        value = self.mapping.row.get("currency")
        n = len(self._table)
        if value is not None and value.how == "const":
            return Column(pa.array([value.const]), np.zeros(n, np.int32))
        found = self._value(value) if value is not None else Column.nothing(n)
        found = found.changed(pc.utf8_upper)
        amounts = [one.columns for one in (self.mapping.amount, *(r.amount for r in self.mapping.events)) if one]
        seen = [self._first(names) for names in amounts]
        shown = [column.changed(lambda v: _or_null(money.shown_currency(v))) for column in seen]
        whole = first_filled([found, *shown])
        needs = np.logical_or.reduce([column.is_filled for column in seen]) if seen else np.zeros(n, np.bool_)
        if (needs & ~whole.is_filled & ~self._bad).any():
            if not self.currency:
                what = "the amounts name no currency, and neither does the mapping"
                raise InputError(what, where=self.ledger.source, fix="name it: --currency USD")
            whole = first_filled([whole, Column(pa.array([self.currency]), np.zeros(n, np.int32))])
        return whole

    def _money(self, amount: Amount | None, currency: Column) -> tuple[Ints, Flags]:
        n = len(self._table)
        out, has, bad = np.zeros(n, np.int64), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        if amount is None or not self._has(amount.columns):
            return out, has
        column, read = self._first(amount.columns), self.mapping.read
        n_rounded = 0
        for code, name in enumerate([*currency.values.to_pylist(), ""]):
            mine = (currency.codes == code) if name else ~currency.is_filled
            if not (mine & column.is_filled).any():
                continue
            found = money.read(column.values, name, read.money, read.money_of)
            out = np.where(mine, column.numbers(found.minor), out)
            has |= mine & column.rows(~found.is_bad)
            bad |= mine & column.rows(found.is_bad)
            n_rounded += found.n_rounded
        if n_rounded:
            self.ledger.note(f"{n_rounded:,} amounts have more digits than their currency: rounded half to even")
        self._reject("bad_amount", bad)
        return out, has

    def _with_money(
        self, event: Happened, wanted: Amount | None, order: Column, currency: Column, *, is_per_order: bool
    ) -> Happened:
        """Give an event money of its own, on the first row of its order where it is the order's."""
        if wanted is None or (not self._has(wanted.columns) and wanted.absent == "row"):
            return event
        amount, has = self._money(wanted, currency)
        has = has & self._table.is_first_part
        if wanted.grain == "order" or (wanted.grain == "auto" and is_per_order):
            at = np.flatnonzero(~self._bad)[::-1]
            lowest = np.full(len(order.values) + 1, -1, np.int64)
            lowest[order.codes[at]] = at
            has &= lowest[order.codes] == np.arange(len(order))
        return Happened(event.ts, event.kind, np.abs(amount), has)

    def _quantity(self) -> tuple[Ints, Flags]:
        value = self.mapping.row.get("quantity")
        column = self._value(value) if value is not None else Column.nothing(len(self._table))
        good = pc.match_substring_regex(column.values, _INTEGER).to_numpy(zero_copy_only=False)
        whole = pc.replace_substring_regex(pc.if_else(pa.array(good), column.values, "0"), r"^\+|\.0+$", "")
        self._reject("bad_number", column.rows(~good))
        return column.numbers(whole.cast(pa.int64()).to_numpy()), column.rows(good) & self._table.is_first_part

    def _value(self, value: Value) -> Column:
        n = len(self._table)
        if value.how == "const":
            return Column(pa.array([value.const]), np.zeros(n, np.int32))
        if value.how == "hash_all":
            return self._all(value.columns)
        if value.how == "hash_of":
            unmasked = [self._unmasked(self._table.column(name)) for name in value.columns if name in self._table]
            return first_filled(unmasked) if unmasked else Column.nothing(n)
        column = self._first(value.columns)
        if value.find:
            column = column.changed(lambda texts: _found(texts, value.find))
        if value.values is not None:
            table = value.values
            column = column.changed(lambda v: pa.array([table.get(one) for one in v.to_pylist()], pa.string()))
        return column

    def _all(self, names: Sequence[str]) -> Column:
        """Return all cells as one text; nothing where one is blank or masked."""
        parts = [self._unmasked(self._table.column(name)) for name in names if name in self._table]
        if len(parts) < len(names):
            return Column.nothing(len(self._table))
        plain = [part.changed(lambda v: pc.utf8_lower(pc.replace_substring_regex(v, r"\s+", ""))) for part in parts]
        return Column.of(pc.binary_join_element_wise(*(part.text() for part in plain), "\x1f"))

    def _unmasked(self, column: Column) -> Column:
        flags = _any_match(column.values, self.mapping.read.masked)
        return column.changed(lambda v: pc.if_else(pa.array(flags), pa.scalar(None, pa.string()), v))

    def _columns(self) -> tuple[dict[str, Column], dict[str, bool]]:
        out, is_hashed = {}, {}
        for name, value in self.mapping.row.items():
            if name in ("order_id", "quantity", "currency"):
                continue
            if name == "product_title" and value.how == "first" and not value.find:
                column = self._first(value.columns, is_title=True)
            else:
                column = self._value(value)
            if column.is_filled.any():
                out[name], is_hashed[name] = column, value.how.startswith("hash")
        return out, is_hashed

    def _masked(self, column: Column | None) -> Flags:
        if column is None:
            return np.zeros(len(self._table), np.bool_)
        return column.rows(_any_match(column.values, (*self.mapping.read.masked, r"\*\*|＊＊", "^111111$")))

    def _is_per_order(self, order: Column, amount: Ints, has: Flags) -> Flags:
        wanted = self.mapping.amount
        grain = wanted.grain if wanted is not None else "line"
        if wanted is not None and grain == "auto":
            from truecrowd.ingest.orders.grain import grain_of

            rows = np.flatnonzero(~self._bad & has & order.is_filled & self._table.is_first_part)
            apart = tuple(name for name in wanted.unlike if name in self._table) or tuple(
                name for key in ("product_id", "product_title", "quantity") if key in self.mapping.row
                for name in self.mapping.row[key].columns
            )  # fmt: skip
            keys = [self._table.column(name).codes[rows] for name in apart if name in self._table]
            grain = grain_of(order.codes[rows], amount[rows], keys, self.ledger, self.mapping)
        return np.full(len(order), grain == "order")

    def _tell(self) -> None:
        """Say what was not known or done to times."""
        for name, known in self.mapping.read.known.items():
            if name not in self._table:
                continue
            column = self._table.column(name)
            unknown = ~pc.is_in(column.values, value_set=pa.array(known, pa.string())).to_numpy(zero_copy_only=False)
            texts = column.values.filter(pa.array(unknown)).to_pylist()
            if texts:
                shown = ", ".join(f"'{text[:20]}'" for text in texts[:_MOST_UNKNOWN])
                n = int(column.rows(unknown).sum())
                self.ledger.note(f"{n:,} rows have a text in '{name}' that is not known: {shown}; nothing is guessed")
        if self.clock.n_shifted:
            self.ledger.note(
                f"{self.clock.n_shifted:,} times fall where clocks change; doubled hours count as the first"
            )


def taken(rows: Rows, at: Ints) -> Rows:
    """Return some of the rows, in any order."""
    if len(at) == len(rows) and (np.diff(at) == 1).all():
        return rows
    events = tuple(
        Happened(
            one.ts[at], one.kind[at], None if one.amount is None else one.amount[at],
            None if one.has_amount is None else one.has_amount[at],
        )
        for one in rows.events
    )  # fmt: skip
    return Rows(
        rows.files[at], rows.numbers[at], rows.order.taken(at), rows.line.taken(at),
        {name: column.taken(at) for name, column in rows.columns.items()}, rows.is_hashed, rows.is_masked[at],
        rows.quantity[at], rows.has_quantity[at], rows.amount[at], rows.has_amount[at], rows.currency.taken(at), events,
        rows.is_live[at], rows.is_per_order[at], rows.last_us[at], rows.latest_us,
    )  # fmt: skip


def _or_null(texts: Sequence[str]) -> pa.Array:
    return pa.array([text or None for text in texts], pa.string())


def _any_match(values: pa.Array, patterns: Sequence[str]) -> Flags:
    flags = np.zeros(len(values), np.bool_)
    for pattern in patterns:
        flags |= pc.match_substring_regex(values, pattern).to_numpy(zero_copy_only=False)
    return flags


def _found(texts: pa.Array, pattern: str) -> pa.Array:
    """Return the first group of a pattern in each text, of which only the first 4 KiB are looked at."""
    heads = pc.utf8_slice_codeunits(texts, 0, 4096)
    matches = pc.match_substring_regex(heads, pattern)
    groups = pc.replace_substring_regex(heads, pattern=f"(?s)^.*?(?:{pattern}).*$", replacement=r"\1")
    return pc.if_else(matches, groups, pa.scalar(None, pa.string()))


def _above(values: pa.Array, least: float, mapping: Mapping) -> Flags:
    """Return which cells are numbers above `least`, as the mapping writes money."""
    found = money.read(values, "", mapping.read.money, mapping.read.money_of)
    flags: Flags = ~found.is_bad & (found.minor > round(least * 100))
    return flags


def _refuse_floats(column: Column, name: str, where: str) -> None:
    """Refuse ids that a spreadsheet has rounded.

    Raises:
        InputError: They are shown as floats, or none has a digit beyond the fifteenth.
    """
    floats = pc.sum(pc.match_substring_regex(column.values, _FLOAT)).as_py() or 0
    long = column.values.filter(pc.match_substring_regex(column.values, r"^[0-9]{17,20}$"))
    rounded = len(long) if len(long) >= _FEW and pc.all(pc.match_substring_regex(long, "^[0-9]{15}0+$")).as_py() else 0
    if floats or rounded:
        what = f"{floats or rounded:,} ids in '{name}' have lost their last digits, as spreadsheets do to long numbers"
        raise InputError(what, where=where, fix="export again from the shop, and do not open the file in Excel")


_FEW: Final = 3
"""Ids of 17 digits and more that end in zeros by chance: three of them once in a million."""
