"""TOML text -> `Mapping`; every key is checked, an unknown one is an error that names the nearest."""

import difflib
import tomllib
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from truecrowd.errors import ConfigError
from truecrowd.ingest.canonical import COLUMNS
from truecrowd.ingest.orders.mapping import (
    Amount,
    EventRule,
    Explode,
    Join,
    Mapping,
    MoneyStyle,
    ReadRules,
    Test,
    Value,
    When,
)  # fmt: skip

EVENT_TYPES: Final = (
    "order", "payment", "ship", "deliver", "cancel", "refund", "review",
)  # fmt: skip
"""What a row of an order export may give."""
_MOST_BYTES: Final = 256 << 10
_MINE: Final = frozenset({
    "event_id", "ts", "event_type", "ts_kind", "amount_minor", "id_kind", "value", "asn", "account_created_at",
})  # fmt: skip
"""Columns of EVENTS that `row` does not set: they come from the events or are found out."""
_CURRENCY: Final = 3


class _Keys:
    """One table of a mapping: typed access to its keys, then an error for those nobody asked for."""

    def __init__(self, table: object, where: str, path: str) -> None:
        if not isinstance(table, dict):
            raise _wrong(path, table, "a table", where)
        self._left: dict[str, Any] = dict(table)
        self._asked: list[str] = []
        self.where, self.path = where, path

    def take(self, name: str) -> Any:
        self._asked.append(name)
        return self._left.pop(name, None)

    def text(self, name: str, default: str = "") -> str:
        found = self.take(name)
        if found is None:
            return default
        if not isinstance(found, str):
            raise _wrong(self.under(name), found, "text", self.where)
        return found

    def texts(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        found = self.take(name)
        return default if found is None else texts(found, self.under(name), self.where)

    def number(self, name: str) -> int:
        found = self.take(name)
        if found is None:
            return 0
        if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= 100:
            raise _wrong(self.under(name), found, "a whole number from 0 to 100", self.where)
        return found

    def flag(self, name: str) -> bool:
        found = self.take(name)
        if not isinstance(found, bool | None):
            raise _wrong(self.under(name), found, "true or false", self.where)
        return bool(found)

    def under(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def rest(self) -> dict[str, Any]:
        """Return the keys left, for tables whose keys are the user's own."""
        rest, self._left = self._left, {}
        return rest

    def done(self) -> None:
        """Raise for the first key that nobody asked for."""
        for name in self._left:
            close = difflib.get_close_matches(name, self._asked, n=1, cutoff=0)
            what = f"key '{self.under(name)}' is unknown, nearest is '{close[0]}'"
            raise ConfigError(what, where=self.where, fix=f"write '{self.under(close[0])}', or leave it out")


def texts(found: object, path: str, where: str) -> tuple[str, ...]:
    """Return one text or a list of them as a tuple."""
    if isinstance(found, str):
        return (found,)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise _wrong(path, found, "text or a list of texts", where)
    return tuple(found)


def _wrong(path: str, found: object, wanted: str, where: str) -> ConfigError:
    kind = {"str": "text", "dict": "a table", "list": "a list", "NoneType": "missing"}.get(
        type(found).__name__, f"the {type(found).__name__} {str(found)[:40]}"
    )
    return ConfigError(f"'{path or 'the file'}' is {kind}, wanted {wanted}", where=where, fix=f"write {wanted}")


def parse(text: str, *, where: str, is_own: bool = True) -> Mapping:
    """Return the mapping of one TOML text.

    Args:
        text: The file.
        where: Its name, for errors.
        is_own: Whether it is the user's; `base = "NAME"` then takes a shipped mapping's keys where it has none.

    Raises:
        ConfigError: It is no TOML, or a key is unknown, missing or of the wrong kind.
    """
    try:
        table = tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"the file is not TOML: {error}", where=where, fix="correct that line") from error
    base = table.pop("base", None)
    if base is not None:
        table = _over(_shipped_table(base, where), table)
    return replace(_mapping(_Keys(table, where, "")), is_own=is_own)


def read_mapping(path: Path) -> Mapping:
    """Return the user's mapping in a file, its patterns tried.

    Raises:
        ConfigError: The file cannot be read, or is no mapping.
    """
    where = f"--map {path.name}"
    try:
        with path.open("rb") as raw:
            data = raw.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ConfigError(
                f"the mapping is larger than {_MOST_BYTES:,} bytes", where=where, fix="is it the right file?"
            )
        mapping = parse(data.decode("utf-8"), where=where)
    except UnicodeDecodeError as error:
        raise ConfigError("the mapping is not UTF-8 text", where=where, fix="save it as UTF-8") from error
    except OSError as error:
        what = f"the mapping cannot be read ({error.strerror})"
        raise ConfigError(what, where=where, fix="check the path") from error
    check_patterns(mapping, where=where)
    return mapping


def check_patterns(mapping: Mapping, *, where: str) -> None:
    """Try every pattern on RE2.

    Raises:
        ConfigError: One is no pattern, or `find` has no group.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    found = [(pattern, False) for pattern in mapping.read.masked]
    found += [(value.find, True) for value in mapping.row.values() if value.find]
    for pattern, has_group in found:
        try:
            pc.match_substring_regex(pa.array([""]), pattern)
            if has_group:
                pc.replace_substring_regex(pa.array(["x"]), pattern=f"(?s)^.*?(?:{pattern}).*$", replacement=r"\1")
        except pa.ArrowInvalid as error:
            what = f"pattern '{pattern[:80]}' is not one that RE2 reads" + (", or has no group" if has_group else "")
            raise ConfigError(what, where=where, fix="no look-around, no back references") from error


@cache
def shipped() -> tuple[Mapping, ...]:
    """Return the mappings that come with the package, by name."""
    folder = resources.files("truecrowd.ingest") / "mappings"
    files = sorted(one.name for one in folder.iterdir() if one.name.endswith(".toml"))
    return tuple(parse((folder / name).read_text("utf-8"), where=name, is_own=False) for name in files)


def _shipped_table(name: object, where: str) -> dict[str, Any]:
    folder = resources.files("truecrowd.ingest") / "mappings"
    names = sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))
    if name not in names:
        what = f"'base' is '{name}', wanted one of {', '.join(names)}"
        raise ConfigError(what, where=where, fix="truecrowd formats")
    return tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))


def _over(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return `base` with the keys of `own` over it, table by table."""
    out = dict(base)
    for name, value in own.items():
        under = out.get(name)
        out[name] = _over(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return out


def _mapping(keys: _Keys) -> Mapping:
    name = keys.text("name")
    if not name.replace("_", "").isalnum():
        what = f"'name' is '{name}', wanted letters, digits and _"
        raise ConfigError(what, where=keys.where, fix='write name = "my_shop"')
    read, row = _read(_Keys(keys.take("read") or {}, keys.where, "read")), keys.take("row") or {}
    events = keys.take("event") or []
    if not isinstance(events, list):
        raise _wrong("event", events, "a list of tables", keys.where)
    row_keys = _Keys(row, keys.where, "row")
    amount = row_keys.take("amount_minor")
    line = row_keys.text("line")
    out = Mapping(
        name=name, version=keys.text("version", "1"), title_en=keys.text("title_en", f"Orders ({name})"),
        title_zh=keys.text("title_zh", f"订单（{name}）"), all=keys.texts("all"), any=keys.texts("any"),
        alias=_alias(_Keys(keys.take("alias") or {}, keys.where, "alias")), read=read,
        row={column: _value(value, column, keys.where) for column, value in row_keys.rest().items()},
        line=line, is_one_row=keys.flag("one_row"),
        amount=None if amount is None else _amount(amount, "row.amount_minor", keys.where),
        events=tuple(_event(one, at, keys.where) for at, one in enumerate(events)),
        live=_when(keys.take("live"), "live", keys.where),
    )  # fmt: skip
    keys.done()
    return _checked(out, keys.where)


def _checked(mapping: Mapping, where: str) -> Mapping:
    if not mapping.all:
        raise ConfigError("'all' names no header", where=where, fix='write all = ["<a header every such file has>"]')
    if mapping.events and "order_id" not in mapping.row:
        raise ConfigError("'row.order_id' is missing", where=where, fix='write order_id = "<header>" under [row]')
    if mapping.events and mapping.events[0].type != "order":
        raise ConfigError(
            "the first event is not 'order'", where=where, fix='begin with { type = "order", ts = [...] }'
        )
    kept = {column for value in mapping.row.values() if value.how == "first" for column in value.columns}
    for name in mapping.read.drop:
        if name in kept:
            what = f"column '{name}' is dropped and stored at once"
            raise ConfigError(what, where=where, fix="take it out of read.drop, or out of [row]")
    return mapping


def _alias(keys: _Keys) -> dict[str, str]:
    found = keys.rest()
    for name, value in found.items():
        if not isinstance(value, str):
            raise _wrong(f"alias.{name}", value, "text", keys.where)
    return found


def _read(keys: _Keys) -> ReadRules:
    default = ReadRules()
    money, money_of = _money(keys.take("money"), keys.where)
    known = _Keys(keys.take("known") or {}, keys.where, "read.known").rest()
    out = ReadRules(
        encoding=keys.text("encoding"), sheet=keys.text("sheet"), rows_after_header=keys.number("rows_after_header"),
        strip=keys.texts("strip"), null=("", *keys.texts("null", default.null)), masked=keys.texts("masked"),
        tz=keys.text("tz"), home_tz=keys.text("home_tz"), ts=keys.texts("ts"), money=money, money_of=money_of,
        explode=_explode(keys.take("explode"), keys.where), fill_down=keys.text("fill_down"), drop=keys.texts("drop"),
        join=_join(keys.take("join"), keys.where), times=keys.texts("times"),
        known={name: texts(value, f"read.known.{name}", keys.where) for name, value in known.items()},
    )  # fmt: skip
    keys.done()
    if out.encoding not in ("", "utf-8", "gb18030", "gbk", "utf-16-le", "utf-16-be"):
        what = f"'read.encoding' is '{out.encoding}', wanted utf-8, gb18030 or utf-16-le"
        raise ConfigError(what, where=keys.where, fix="leave it out: it is found out")
    if out.tz:
        from truecrowd.ingest.times import zone

        zone(out.tz, where=f"{keys.where}: read.tz")
    for form in out.ts:
        from truecrowd.ingest.orders.time_patterns import pattern_of

        pattern_of(form, where=keys.where)
    return out


def _money(found: object, where: str) -> tuple[MoneyStyle, dict[str, MoneyStyle]]:
    keys = _Keys(found or {}, where, "read.money")
    style = _style(keys)
    by_currency = {}
    for name, table in keys.rest().items():
        if len(name) != _CURRENCY or not name.isupper():
            what = f"key 'read.money.{name}' is unknown, wanted group, decimal or a currency such as IDR"
            raise ConfigError(what, where=where, fix="leave it out")
        inner = _Keys(table, where, f"read.money.{name}")
        by_currency[name] = _style(inner)
        inner.done()
    return style, by_currency


def _style(keys: _Keys) -> MoneyStyle:
    style = MoneyStyle(keys.text("group", ","), keys.text("decimal", "."))
    if len(style.group) > 1 or len(style.decimal) != 1 or style.group == style.decimal or style.decimal.isalnum():
        what = f"'{keys.path}' has group '{style.group}' and decimal '{style.decimal}', wanted two different signs"
        raise ConfigError(what, where=keys.where, fix='write money = { group = ",", decimal = "." }')
    return style


def _explode(found: object, where: str) -> Explode | None:
    if found is None:
        return None
    keys = _Keys(found, where, "read.explode")
    out = Explode(keys.text("sep", ";"), keys.texts("cols"))
    keys.done()
    if not out.sep or not out.columns:
        raise ConfigError(
            "'read.explode' needs sep and cols", where=where, fix='write { sep = ";", cols = ["<header>"] }'
        )
    return out


def _join(found: object, where: str) -> Join | None:
    if found is None:
        return None
    keys = _Keys(found, where, "read.join")
    out = Join(keys.text("format"), keys.text("on"), keys.text("ts"), keys.text("amount"))
    keys.done()
    if not all((out.format, out.on, out.ts, out.amount)):
        raise ConfigError("'read.join' needs format, on, ts and amount", where=where, fix="name all four")
    return out


def _value(found: object, column: str, where: str) -> Value:
    path = f"row.{column}"
    ours = [name for name in COLUMNS if name not in _MINE]
    if column not in ours:
        close = difflib.get_close_matches(column, [*ours, "amount_minor", "line"], n=1, cutoff=0)
        what = f"key '{path}' is no column of EVENTS that a row can set, nearest is '{close[0]}'"
        raise ConfigError(what, where=where, fix=f"write 'row.{close[0]}', or leave it out")
    if isinstance(found, str | list):
        return Value("first", texts(found, path, where))
    keys = _Keys(found, where, path)
    out = _special(keys, keys.take("values"))
    keys.done()
    return out


def _special(keys: _Keys, values: object) -> Value:
    const, all_of, one_of = keys.take("const"), keys.texts("hash_all"), keys.texts("hash_of")
    columns, find = keys.texts("col"), keys.text("find")
    if const is not None:
        return Value("const", const=str(const))
    if all_of or one_of:
        return Value("hash_all" if all_of else "hash_of", all_of or one_of)
    if not columns:
        raise ConfigError(
            f"'{keys.path}' names no column", where=keys.where, fix="give const, col, hash_of or hash_all"
        )
    if values is not None:
        table = _Keys(values, keys.where, f"{keys.path}.values").rest()
        return Value("first", columns, find=find, values={name: str(value) for name, value in table.items()})
    return Value("first", columns, find=find)


def _amount(found: object, path: str, where: str) -> Amount:
    if isinstance(found, str | list):
        return Amount(texts(found, path, where))
    keys = _Keys(found, where, path)
    columns, grain, absent = keys.texts("col"), keys.text("grain", "auto"), keys.text("absent", "null")
    unlike = keys.texts("unlike")
    keys.done()
    if not columns or grain not in ("line", "order", "auto") or absent not in ("row", "null"):
        what = f"'{path}' has grain '{grain}' and absent '{absent}', wanted col, line, order or auto, and row or null"
        raise ConfigError(what, where=where, fix='write { col = "<header>", grain = "order" }')
    return Amount(columns, grain, absent, unlike)  # type: ignore[arg-type]


def _event(found: object, at: int, where: str) -> EventRule:
    keys = _Keys(found, where, f"event[{at}]")
    kind, amount = keys.text("type"), keys.take("amount_minor")
    missing = keys.text("ts_missing")
    if kind not in EVENT_TYPES:
        close = difflib.get_close_matches(kind, EVENT_TYPES, n=1, cutoff=0)
        what = f"'{keys.path}.type' is '{kind}', nearest is '{close[0]}'"
        raise ConfigError(what, where=where, fix=f"write one of {', '.join(EVENT_TYPES)}")
    if missing not in ("", "bound"):
        raise ConfigError(f"'{keys.path}.ts_missing' is '{missing}', wanted bound", where=where, fix='write "bound"')
    rule = EventRule(
        type=kind, ts=keys.texts("ts"), when=_when(keys.take("when"), f"{keys.path}.when", where),
        is_bound=missing == "bound",
        amount=None if amount is None else _amount(amount, f"{keys.path}.amount_minor", where),
    )  # fmt: skip
    keys.done()
    if not rule.ts and not rule.is_bound:
        raise ConfigError(f"'{keys.path}' has no time", where=where, fix='write ts = ["<header>"]')
    return rule


def _when(found: object, path: str, where: str) -> When:
    if found is None:
        return ()
    if not isinstance(found, list):
        raise _wrong(path, found, "a list of tables", where)
    tables = [_Keys(one, where, f"{path}[{at}]").rest() for at, one in enumerate(found)]
    return tuple(
        tuple(_test(column, wanted, f"{path}[{at}]", where) for column, wanted in table.items())
        for at, table in enumerate(tables)
    )


def _test(column: str, wanted: object, path: str, where: str) -> Test:
    if wanted == "*":
        return Test(column, "filled")
    if wanted == "":
        return Test(column, "empty")
    if isinstance(wanted, str) and wanted.startswith(">"):
        try:
            return Test(column, "above", least=float(wanted[1:]))
        except ValueError as error:
            raise _wrong(f"{path}.{column}", wanted, '"> 0"', where) from error
    if isinstance(wanted, list) and wanted:
        values = texts(wanted, f"{path}.{column}", where)
        if values[0] == "!":
            return Test(column, "not_in", values[1:])
        return Test(column, "in", values)
    raise _wrong(f"{path}.{column}", wanted, '["value", ...], ["!", ...], "*", "" or "> 0"', where)
