"""Clocks as recordings carry them: epochs by size, local clocks, days from file names, a zone measured from rows."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from truecrowd.errors import InputError

SECOND_US: Final = 1_000_000
DAY_US: Final = 86_400 * SECOND_US
FIRST_US: Final = 1_104_537_600 * SECOND_US
LAST_US: Final = 4_102_444_800 * SECOND_US
"""2005-01-01 and 2100-01-01 UTC: times outside are out of range (ingest.md section 3)."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)
_QUARTER_S: Final = 900
_MIN_MEASURED: Final = 5
"""Fewest rows a zone is measured on: one row that was recorded minutes late must not move it (a guess)."""
_DATE: Final = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_EDGES: Final = "_-. "


def epoch_us(value: object) -> int:
    """Return an epoch as microseconds, its unit found by its size; 0 where it is no time.

    >>> epoch_us("1640864082317509600"), epoch_us(1640864083), epoch_us("noon")
    (1640864082317509, 1640864083000000, 0)
    """
    if isinstance(value, str):
        if len(value) > 32:
            return 0
        try:
            value = int(value) if value.isdigit() else float(value)
        except ValueError:
            return 0
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1e20:
        return 0
    if value < 1e11:
        return round(value * SECOND_US)
    if value < 1e14:
        return round(value * 1_000)
    return round(value) if value < 1e17 else int(value) // 1_000


def iso_us(text: str) -> tuple[int, bool]:
    """Return an ISO 8601 time as microseconds, and whether it names its zone; (0, False) where it is no time.

    Zone-less text gives its clock as if it were UTC.

    >>> iso_us("1970-01-01T08:00:01+08:00"), iso_us("1970-01-01 08:00:01")
    ((1000000, True), (28801000000, False))
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return 0, False
    if found.tzinfo is None:
        return (found.replace(tzinfo=UTC) - _EPOCH) // _MICRO, False
    return (found - _EPOCH) // _MICRO, True


def fault(value: object) -> str:
    """Return the reject reason of a time that could not be read."""
    return "no_ts" if value in (None, "", 0, "0") else "bad_ts"


def day_of(name: str) -> int | None:
    """Return the day in a file's name as microseconds of its local midnight, None where there is none.

    >>> day_of("room7_1970-1-2.txt")
    86400000000
    """
    for found in _DATE.finditer(name):
        try:
            return (datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC) - _EPOCH) // _MICRO
        except ValueError:
            continue
    return None


def without_day(stem: str) -> str:
    """Return a file's stem without its day, the same for all days of one room; the stem itself if nothing is left.

    >>> without_day("rbtv_2016-09-30"), without_day("2016-09-30")
    ('rbtv', '2016-09-30')
    """
    return _DATE.sub("", stem, count=1).strip(_EDGES) or stem


def missing_day(source: str) -> InputError:
    """Return the error for clock times without a date."""
    what = "the lines carry a time of day but no date, and the file's name has none"
    return InputError(what, where=source, fix="put the day of the first line into the name, e.g. room7_2026-01-31.txt")


def missing_zone(source: str, home_tz: str) -> InputError:
    """Return the error for times whose zone nothing tells; `home_tz` is suggested, never assumed."""
    what = "times without a zone, and nothing in the file to measure it from"
    return InputError(what, where=source, fix=f"name the zone of the recording computer, e.g. --tz {home_tz}")


class LocalClock:
    """Turns a local clock into UTC. An hour that exists twice is read as its first, a missing one shifts forward."""

    __slots__ = ("_shifts", "_tz", "n_missing", "n_twice")

    def __init__(self, tz: tzinfo) -> None:
        """Start in one zone."""
        self._tz = tz
        self._shifts: dict[int, tuple[int, int, int]] = {}
        self.n_twice = 0
        self.n_missing = 0

    def utc(self, local_us: int) -> int:
        """Return UTC microseconds of a local clock given as if it were UTC."""
        quarter = local_us // (_QUARTER_S * SECOND_US)
        known = self._shifts.get(quarter)
        if known is None:
            known = self._shifts[quarter] = self._shift(local_us)
        self.n_twice += known[1]
        self.n_missing += known[2]
        return local_us - known[0]

    def notes(self) -> list[str]:
        """Return what the report says about hours that exist twice or not at all."""
        found = []
        if self.n_twice:
            found.append(f"{self.n_twice:,} times lie in an hour that exists twice: read as the first")
        if self.n_missing:
            found.append(f"{self.n_missing:,} times lie in an hour that does not exist: shifted forward")
        return found

    def _shift(self, local_us: int) -> tuple[int, int, int]:
        try:
            local = (_EPOCH + timedelta(microseconds=local_us)).replace(tzinfo=self._tz)
            first, second = (local.replace(fold=fold).utcoffset() or timedelta(0) for fold in (0, 1))
        except OverflowError:
            return 0, 0, 0
        return first // _MICRO, int(first > second), int(first < second)


class MeasuredZone:
    """The zone of a recorder's clock, from rows that carry both that clock and an epoch."""

    __slots__ = ("_offsets", "n")

    def __init__(self) -> None:
        """Start with no rows."""
        self._offsets: Counter[int] = Counter()
        self.n = 0

    def add(self, local_us: int, utc_us: int) -> None:
        """Take one row; differences of more than a day are no zone."""
        offset = (local_us - utc_us) // SECOND_US
        if -86_400 < offset < 86_400:
            self._offsets[offset] += 1
            self.n += 1

    def offset_s(self) -> int | None:
        """Return the median difference, rounded to a quarter of an hour, seconds; None on too few rows."""
        if self.n < _MIN_MEASURED:
            return None
        left = (self.n + 1) // 2
        for offset in sorted(self._offsets):
            left -= self._offsets[offset]
            if left <= 0:
                break
        return round(offset / _QUARTER_S) * _QUARTER_S

    def clock(self, tz: str | None, *, source: str, home_tz: str, at_us: int) -> LocalClock:
        """Return the clock of `--tz` or the one measured.

        Args:
            tz: Value of `--tz`, None if not given.
            source: Name of the file, for errors.
            home_tz: The platform's home zone, for errors.
            at_us: A local time of the file, at which both are compared.

        Raises:
            InputError: There is neither, or they differ.
        """
        from truecrowd.ingest.times import zone

        seen = self.offset_s()
        if tz is None:
            if seen is None:
                raise missing_zone(source, home_tz)
            return LocalClock(timezone(timedelta(seconds=seen)))
        clock = LocalClock(zone(tz))
        given = (at_us - clock.utc(at_us)) // SECOND_US
        if seen is not None and abs(given - seen) >= _QUARTER_S:
            what = f"--tz {tz} is {named(given)}, but {self.n:,} rows of the file show {named(seen)}"
            raise InputError(what, where=source, fix="leave --tz out")
        return clock


def named(offset_s: int) -> str:
    """Return an offset as it is written.

    >>> named(28800), named(-12600)
    ('+08:00', '-03:30')
    """
    minutes = abs(offset_s) // 60
    return f"{'-' if offset_s < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"


_JITTER_S: Final = 3_660
"""A step back of at most this may be a line out of order or a clock set back, seconds (a guess)."""
_SILENCE_S: Final = 6 * 3_600
"""... unless reading it as a new half day or day leaves a gap no longer than this, seconds (a guess)."""


class DayClock:
    """Times of day in file order: days run on at midnight, and a 12-hour clock is told by its steps back.

    Args:
        day_us: Local midnight of the first day, microseconds.
        has_half_days: Whether the clock may be a 12-hour one.
    """

    __slots__ = ("_base_s", "_has_half_days", "_last_s", "is_half_day", "n_back")

    def __init__(self, day_us: int, *, has_half_days: bool) -> None:
        """Start at midnight."""
        self._base_s = day_us // SECOND_US
        self._has_half_days = has_half_days
        self._last_s = -1
        self.is_half_day = False
        self.n_back = 0

    def local_us(self, second: int) -> int:
        """Return the local time of a second of the day (0 to 86,399), microseconds."""
        if second >= 13 * 3_600:
            self._has_half_days = False
        now = self._base_s + second
        if now < self._last_s:
            now = self._stepped(now)
        else:
            self._last_s = now
        return now * SECOND_US

    def _stepped(self, now: int) -> int:
        back = self._last_s - now
        is_half = self._has_half_days and back <= 43_200
        ahead = 43_200 if is_half else -(-back // 86_400) * 86_400
        if back <= _JITTER_S and ahead - back > _SILENCE_S:
            self.n_back += 1
            return now
        self.is_half_day = self.is_half_day or is_half
        self._base_s += ahead
        self._last_s = now + ahead
        return self._last_s

    def notes(self) -> list[str]:
        """Return what the report says about this clock."""
        found = ["12-hour clock: half days added where it steps back"] if self.is_half_day else []
        if self.n_back:
            found.append(f"{self.n_back:,} lines step back by up to an hour: kept as found")
        return found
