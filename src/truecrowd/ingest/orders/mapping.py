"""A mapping file: which column of an order export means what, and which row gives which event. Data, not code.

Shipped mappings and a user's own (`--map`) are the same kind of file; docs/reference/mapping-files.md explains every
key. Loads neither Arrow nor NumPy, so that formats can be listed without them.
"""

from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from typing import Final, Literal

Grain = Literal["line", "order", "auto"]
Kind = Literal["in", "not_in", "filled", "empty", "above"]

MONEY_TYPES: Final = ("order", "payment", "cancel", "refund", "price")
"""Event types that carry the row's amount, currency and quantity; shipping and delivery carry none."""
ORDER_ONLY: Final = ("traffic_source",)
"""Columns that say something of the placing of an order alone."""


@dataclass(frozen=True, slots=True)
class Test:
    """What one column of a row must hold.

    Args:
        column: Header.
        kind: One of the values, none of them (and filled), filled, empty, or a number above `least`.
        values: For `in` and `not_in`.
        least: For `above`, in the cell's own units.
    """

    column: str
    kind: Kind
    values: tuple[str, ...] = ()
    least: float = 0.0


When = tuple[tuple[Test, ...], ...]
"""Any of these, each: all of its tests. Empty: always."""


@dataclass(frozen=True, slots=True)
class Value:
    """Where a column of EVENTS comes from.

    Args:
        how: The first filled of `columns`; `const`; a keyed hash of the first filled; a keyed hash of all.
        columns: Headers.
        const: The value itself.
        find: Pattern whose first group is taken, "" for the whole cell.
        values: What stands for what; a cell that is not in it becomes null. None: the cell itself.
    """

    how: Literal["first", "const", "hash_of", "hash_all"]
    columns: tuple[str, ...] = ()
    const: str = ""
    find: str = ""
    values: Dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """A column of money in major units.

    Args:
        columns: Headers; the first that the file has is read.
        grain: `line`: a row's own; `order`: the whole order's, repeated on its rows; `auto`: told by the rows.
        absent: What an event gets where the file has none of the columns: the row's amount, or none.
        unlike: Headers that tell lines of an order apart for `auto`; empty: product and quantity.
    """

    columns: tuple[str, ...]
    grain: Grain = "auto"
    absent: Literal["row", "null"] = "null"
    unlike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventRule:
    """One event a row may give.

    Args:
        type: Event type.
        ts: Headers of its time, the first filled counts.
        when: When it happened at all.
        is_bound: Without a time it still counts, as known by the latest time in the file.
        amount: Its own money, None: the row's.
    """

    type: str
    ts: tuple[str, ...]
    when: When = ()
    is_bound: bool = False
    amount: Amount | None = None


@dataclass(frozen=True, slots=True)
class MoneyStyle:
    """How numbers are written: sign between thousands ("" none), sign before the fraction."""

    group: str = ","
    decimal: str = "."


@dataclass(frozen=True, slots=True)
class Join:
    """A second file that tells times this one lacks.

    Args:
        format: Name of its mapping.
        on: Its header with the order id.
        ts: Its header with the time of a refund.
        amount: Its header whose negative rows are refunds.
    """

    format: str
    on: str
    ts: str
    amount: str


@dataclass(frozen=True, slots=True)
class Explode:
    """Cells that hold several items.

    Args:
        sep: What stands between them.
        columns: Headers; the first one that the file has says how many items a row holds.
    """

    sep: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadRules:
    """How cells are read; see the docs page for each key.

    Args:
        encoding: Of text files, "" for as detected.
        sheet: Name of a workbook's sheet, "" for the first.
        rows_after_header: Most rows under the header that are descriptions, not data.
        strip: Signs around cells that are no part of them.
        null: Cells that mean nothing.
        masked: Patterns of cells that hide what they held.
        tz: Zone of times without one, "" if the mapping does not know.
        home_tz: Zone suggested where none is known, never assumed.
        ts: Formats of times besides ISO 8601, "%d/%m/%Y %H:%M:%S".
        money: How amounts are written.
        money_of: The same by currency, where it differs.
        explode: Several items in one cell.
        fill_down: Header of a key: blank cells repeat the first row of the same key.
        drop: Headers never stored.
        join: A second file.
        times: Headers of further times; only the latest time in the file is taken from them.
        known: Values a status column may have; another value gives no event that depends on it.
    """

    encoding: str = ""
    sheet: str = ""
    rows_after_header: int = 0
    strip: tuple[str, ...] = ()
    null: tuple[str, ...] = ("",)
    masked: tuple[str, ...] = ()
    tz: str = ""
    home_tz: str = ""
    ts: tuple[str, ...] = ()
    money: MoneyStyle = MoneyStyle()
    money_of: Dict[str, MoneyStyle] = field(default_factory=dict)
    explode: Explode | None = None
    fill_down: str = ""
    drop: tuple[str, ...] = ()
    join: Join | None = None
    times: tuple[str, ...] = ()
    known: Dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping file.

    Args:
        name: Name of the format.
        version: Raised whenever the same bytes can give other rows.
        title_en: One line.
        title_zh: The same in Chinese.
        all: Headers that must be there.
        any: Headers that add confidence.
        alias: Other spellings of headers, by what they stand for here.
        read: How cells are read.
        row: Columns of EVENTS.
        line: Header that tells the lines of an order apart, "" for product and place.
        is_one_row: An order is one row; a second one is a repeat.
        amount: Money of a row.
        events: What a row may give; empty for a file that only explains another one.
        live: Rows sold in a live broadcast.
        is_own: Given by the user.
    """

    name: str
    version: str
    title_en: str
    title_zh: str
    all: tuple[str, ...]
    any: tuple[str, ...]
    alias: Dict[str, str]
    read: ReadRules
    row: Dict[str, Value]
    line: str
    is_one_row: bool
    amount: Amount | None
    events: tuple[EventRule, ...]
    live: When = ()
    is_own: bool = False

    @property
    def stored(self) -> tuple[str, ...]:
        """Headers whose cells may reach a table or a reject, in no particular order."""
        named = [column for value in self.row.values() if value.how == "first" for column in value.columns]
        named += [column for rule in self.events for column in (*rule.ts, *_amount_columns(rule.amount))]
        named += [test.column for when in (*(r.when for r in self.events), self.live) for t in when for test in t]
        named += [*_amount_columns(self.amount), *self.read.times, *self.read.known]
        named += [name for name in (self.line, self.read.fill_down) if name]
        return tuple(dict.fromkeys(name for name in named if name not in self.read.drop))

    @property
    def wanted(self) -> tuple[str, ...]:
        """Headers that are read at all: those stored, those that are only hashed, and those cut into items."""
        if not self.events:
            return (*self.all, *self.any)
        hashed = [column for value in self.row.values() if value.how.startswith("hash") for column in value.columns]
        cut = self.read.explode.columns[:1] if self.read.explode else ()
        return tuple(dict.fromkeys([*self.stored, *hashed, *cut]))


def _amount_columns(amount: Amount | None) -> tuple[str, ...]:
    return (*amount.columns, *amount.unlike) if amount else ()
