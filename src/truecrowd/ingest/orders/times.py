"""Times of order exports: local text in many spellings -> microseconds in UTC, a column at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.errors import InputError
from truecrowd.ingest.orders.time_patterns import pattern_of
from truecrowd.ingest.times import Clock

Micros = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_COMMON: Final = (
    r"^(?P<Y>[0-9]{4})[-/.年](?P<m>[0-9]{1,2})[-/.月](?P<d>[0-9]{1,2})日?"
    r"(?:[ T]+(?P<H>[0-9]{1,2})[:时](?P<M>[0-9]{2})(?:[:分](?P<S>[0-9]{2})秒?(?:\.(?P<f>[0-9]{1,9}))?)?)?$"
)
"""What any file may write, year first: the only order that cannot be mistaken."""
_ZONED: Final = r"[0-9](?:Z|z| UTC| ?[+-][0-9]{2}:?[0-9]{2})$"
_TIGHT: Final = r" ?([+-][0-9]{2}):?([0-9]{2})$"
_DAYS_IN: Final = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)
_NAMES: Final = ("Y", "y", "m", "d", "H", "M", "S", "p", "f")


@dataclass(frozen=True, slots=True)
class Times:
    """The distinct times of one column.

    Args:
        micros: UTC; 0 where it is no time.
        is_bad: Text that is no time.
        has_seconds: Whether any of them tells seconds; else the column's grain is a minute.
        is_day: Whether none tells a time of day.
    """

    micros: Micros
    is_bad: Flags
    has_seconds: bool
    is_day: bool


class TimeReader:
    """Reads the time columns of one file.

    Args:
        clock: The zone of times without one.
        formats: Formats of the mapping besides ISO 8601.
        where: The file's name, for errors.
        home_tz: Zone suggested where none is known.
    """

    def __init__(self, clock: Clock, formats: Sequence[str], *, where: str, home_tz: str) -> None:
        self.clock = clock
        self._where, self._home_tz = where, home_tz
        self._formats = [(form, pattern_of(form, where=where)) for form in formats]

    def read(self, texts: pa.Array, header: str) -> Times:
        """Return the times of distinct texts, in the order in which they first stand in the file.

        Raises:
            InputError: No zone is known, or day and month cannot be told apart.
        """
        n = len(texts)
        micros, done = np.zeros(n, np.int64), np.zeros(n, np.bool_)
        zoned = _flags(pc.match_substring_regex(texts, _ZONED))
        if zoned.any():
            tight = pc.replace_substring_regex(texts.filter(pa.array(zoned)), _TIGHT, r"\1:\2")
            found, bad = self.clock.texts(tight)
            at = np.flatnonzero(zoned)[~bad]
            micros[at], done[at] = found[~bad], True
        local = _Local(micros, done)
        local.take(texts, _COMMON)
        for pattern in self._ordered(texts, done, header):
            local.take(texts, pattern)
        if local.n:
            micros[local.is_mine] = self._utc(micros[local.is_mine], header)
        epochs = ~done & _flags(pc.match_substring_regex(texts, r"^[0-9]{10}(?:[0-9]{3}){0,3}$"))
        if epochs.any():
            found, bad = self.clock.texts(texts.filter(pa.array(epochs)))
            micros[epochs], done[epochs] = found, ~bad
        has_seconds = local.has_seconds or bool((zoned & done).any() or epochs.any())
        return Times(micros, ~done, has_seconds, is_day=local.n > 0 and not local.has_hours and not zoned.any())

    def _utc(self, local: Micros, header: str) -> Micros:
        found = self.clock.zoneless(local)
        if found is None:
            what = f"column '{header}' holds times without a time zone, and none was given"
            home = self._home_tz or "Asia/Shanghai"
            raise InputError(what, where=self._where, fix=f"give the zone of the shop: --tz {home}")
        return found

    def _ordered(self, texts: pa.Array, done: Flags, header: str) -> list[str]:
        """Return the patterns to try; of day-first and month-first ones, those of the order the column shows."""
        if not self._formats or done.all():
            return []
        orders = {form: _order(form) for form, _ in self._formats}
        if set(orders.values()) >= {"dm", "md"}:
            rest = texts.filter(pa.array(~done))
            wanted = _day_first(rest, header, self._where)
            return [pattern for form, pattern in self._formats if orders[form] in (wanted, "")]
        return [pattern for _, pattern in self._formats]


@dataclass(slots=True)
class _Local:
    """Local times found so far; `is_mine` marks those that still need a zone."""

    micros: Micros
    done: Flags
    has_seconds: bool = False
    has_hours: bool = False
    n: int = 0
    is_mine: Flags | None = None

    def __post_init__(self) -> None:
        self.is_mine = np.zeros(len(self.done), np.bool_)

    def take(self, texts: pa.Array, pattern: str) -> None:
        left = np.flatnonzero(~self.done)
        if not len(left):
            return
        found = pc.extract_regex(texts.take(pa.array(left)), pattern=pattern)
        matched = found.is_valid().to_numpy(zero_copy_only=False)
        if not matched.any():
            return
        parts = found.filter(pa.array(matched))
        read, good = _instants(parts)
        at = left[matched][good]
        assert self.is_mine is not None
        self.micros[at], self.done[at], self.is_mine[at] = read[good], True, True
        self.n += len(at)
        self.has_seconds = self.has_seconds or _holds(parts, "S")
        self.has_hours = self.has_hours or _holds(parts, "H")


def _holds(parts: pa.Array, name: str) -> bool:
    if parts.type.get_field_index(name) < 0:
        return False
    return bool(pc.any(pc.not_equal(parts.field(name), "")).as_py())


def _instants(parts: pa.Array) -> tuple[Micros, Flags]:
    """Return local microseconds of the parts of each time, and which of them exist."""
    cells = {name: parts.field(name) for name in _NAMES if parts.type.get_field_index(name) >= 0}
    numbers = {name: _numbers(cells[name]) for name in cells if name not in ("p", "f")}
    zero = np.zeros(len(parts), np.int64)
    year = numbers["Y"] if "Y" in numbers else numbers["y"] + 2000
    month, day = numbers["m"], numbers["d"]
    hour, minute, second = (numbers.get(name, zero) for name in ("H", "M", "S"))
    good = (month >= 1) & (month <= 12) & (day >= 1) & (minute < 60) & (second < 60)
    if "p" in cells:
        is_pm = _flags(pc.match_substring_regex(cells["p"], "^[Pp]"))
        good &= (hour >= 1) & (hour <= 12)
        hour = hour % 12 + 12 * is_pm
    good &= hour < 24
    month = np.clip(month, 1, 12)
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    good &= day <= _DAYS_IN[month] - ((month == 2) & ~leap)
    first = ((year - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    seconds = (first + day - 1) * 86_400 + hour * 3_600 + minute * 60 + second
    fraction = _numbers(pc.utf8_slice_codeunits(pc.utf8_rpad(cells["f"], 6, "0"), 0, 6)) if "f" in cells else zero
    return seconds * 1_000_000 + fraction, good


def _numbers(texts: pa.Array) -> Micros:
    filled = pc.if_else(pc.equal(texts, ""), "0", texts)
    found: Micros = filled.cast(pa.int64()).to_numpy()
    return found


def _flags(column: pa.Array) -> Flags:
    found: Flags = pc.fill_null(column, fill_value=False).to_numpy(zero_copy_only=False)
    return found


def _order(form: str) -> str:
    """Return "dm", "md", or "" where the year stands first."""
    at = [form.find(f"%{name}") for name in "Yymd"]
    year = max(at[0], at[1])
    return "" if year < min(at[2], at[3]) else "dm" if at[3] < at[2] else "md"


def _day_first(texts: pa.Array, header: str, where: str) -> str:
    """Tell day-first from month-first: by a part above 12, else by which order runs on in time.

    Raises:
        InputError: Neither tells.
    """
    found = pc.extract_regex(texts, pattern=r"^(?P<a>[0-9]{1,2})[-/.](?P<b>[0-9]{1,2})[-/.](?P<c>[0-9]{2,4})")
    found = found.filter(found.is_valid())
    if not len(found):
        return "dm"
    first, second, year = (_numbers(found.field(name)) for name in ("a", "b", "c"))
    n_day, n_month = int(((first > 12) & (second <= 12)).sum()), int(((second > 12) & (first <= 12)).sum())
    if n_day > _STRAY * n_month or n_month > _STRAY * n_day:
        return "dm" if n_day > n_month else "md"
    if not n_day:
        steps = [_share_back(year * 10_000 + a * 100 + b) for a, b in ((second, first), (first, second))]
        if (first == second).all() or abs(steps[0] - steps[1]) > _CLEAR:
            return "dm" if steps[0] <= steps[1] else "md"
    what = f"column '{header}' may be day first or month first: nothing in it tells"
    fix = 'say it in a mapping: [read] ts = ["%d/%m/%Y %H:%M:%S"] (--map FILE)'
    raise InputError(what, where=where, fix=fix)


_STRAY: Final = 20
"""Times of the one order past which some of the other are damage, not the other order (a guess)."""
_CLEAR: Final = 0.02
"""Least difference in the share of steps against the column's own direction that tells the order (a guess)."""


def _share_back(days: Micros) -> float:
    """Return the share of steps that go against the direction most steps take."""
    steps = np.sign(np.diff(days))
    steps = steps[steps != 0]
    return float(min((steps > 0).sum(), (steps < 0).sum()) / len(steps)) if len(steps) else 0.0
