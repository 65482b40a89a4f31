"""Times as files write them, to microseconds in UTC: ISO 8601, epochs by their size, zones by option."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truecrowd.errors import ConfigError

Micros = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_UNITS: Final = ((1e11, 1_000_000, 1), (1e14, 1_000, 1), (1e17, 1, 1), (float("inf"), 1, 1_000))
"""Upper end of an epoch's size; what a number is multiplied and divided by to be microseconds: s, ms, us, ns."""
_OFFSET: Final = re.compile(r"([+-])(\d{2}):?(\d{2})?", re.ASCII)
_ISO: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|UTC|[+-]\d{2}(?::?\d{2})?)?",
    re.ASCII,
)
_NUMBER: Final = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?(?:[eE]\+?\d{1,2})?", re.ASCII)
_LOW: Final = 1_104_537_600_000_000
_HIGH: Final = 4_102_444_800_000_000


def zone(name: str, *, where: str = "--tz") -> tzinfo:
    """Return the zone of a name or an offset.

    Raises:
        ConfigError: There is no such zone.

    >>> zone("+08:00").utcoffset(None)
    datetime.timedelta(seconds=28800)
    """
    found = _OFFSET.fullmatch(name)
    if found:
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        if minutes < 24 * 60:
            return timezone(timedelta(minutes=minutes if found[1] == "+" else -minutes))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        fix = "use an IANA zone such as Asia/Shanghai, or an offset such as +08:00"
        raise ConfigError(f"there is no time zone '{name}'", where=where, fix=fix) from error


@dataclass(slots=True)
class Clock:
    """How the times of one column are read: its epoch unit is found once, from its first usable number.

    Args:
        tz: Zone of times that name none; None: such times are unreadable.
    """

    tz: tzinfo | None
    unit: tuple[int, int] | None = None
    n_zoneless: int = 0
    n_shifted: int = 0

    def numbers(self, values: npt.NDArray[np.int64] | npt.NDArray[np.float64]) -> Micros:
        """Return epochs in microseconds; what is too large becomes the largest value, which is out of range."""
        if self.unit is None:
            self.unit = _unit(values)
        times, over = self.unit or (1, 1)
        if values.dtype == np.int64:
            wide = np.abs(values) > (1 << 62) // times
            return np.where(wide, np.int64(1 << 62), values // over * times)
        with np.errstate(all="ignore"):
            scaled = np.round(np.asarray(values, np.float64) * times / over)
        sound = np.abs(scaled) < float(1 << 62)
        return np.where(sound, np.where(sound, scaled, 0).astype(np.int64), np.int64(1 << 62))

    def texts(self, column: pa.Array) -> tuple[Micros, Flags]:
        """Return microseconds and which texts are no time; nulls give 0 and are no fault.

        Args:
            column: Strings, nulls allowed.
        """
        quick = _quick(column)
        if quick is not None:
            return quick, np.zeros(len(column), np.bool_)
        out, unread = _fixed_width(column)
        at = np.flatnonzero(unread)
        bad = np.zeros(len(column), np.bool_)
        if len(at):
            texts = column.take(pa.array(at)).to_pylist()
            self._find_unit(texts)
            for i, text in zip(at.tolist(), texts, strict=True):
                micros = self.one(text)
                bad[i] = micros is None
                out[i] = micros or 0
        return out, bad

    def one(self, text: str) -> int | None:
        """Return one text as microseconds, None if it is no time (or has no zone and none was given)."""
        text = text.strip()
        found = _ISO.fullmatch(text)
        if found:
            return self._iso(found)
        if not _NUMBER.fullmatch(text):
            return None
        if text.lstrip("-").isdigit() and len(text) < 19:
            return int(self.numbers(np.array([int(text)], np.int64))[0])
        return int(self.numbers(np.array([float(text)], np.float64))[0])

    def _find_unit(self, texts: list[str]) -> None:
        if self.unit is None:
            numbers = [float(text) for text in texts if _NUMBER.fullmatch(text.strip())]
            self.unit = _unit(np.array(numbers, np.float64))

    def _iso(self, found: re.Match[str]) -> int | None:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        micros = int((found[7] or "").ljust(6, "0")[:6] or 0)
        try:
            local = datetime(year, month, day, hour, minute, min(second, 59), micros)  # noqa: DTZ001 - zone follows
        except ValueError:
            return None
        if second > 60:
            return None
        named = found[8]
        if named is None:
            return self._local(local)
        shift = timedelta(0) if named in ("Z", "z", "UTC") else zone(named).utcoffset(None)
        return _micros(local - (shift or timedelta(0)))

    def _local(self, local: datetime) -> int | None:
        self.n_zoneless += 1
        if self.tz is None:
            return None
        shift = local.replace(tzinfo=self.tz, fold=0).utcoffset() or timedelta(0)
        other = local.replace(tzinfo=self.tz, fold=1).utcoffset()
        self.n_shifted += shift != other
        return _micros(local - shift)

    def zoneless(self, micros: Micros) -> Micros | None:
        """Return local microseconds (an Arrow timestamp without zone) in UTC; None if no zone was given."""
        self.n_zoneless += len(micros)
        if self.tz is None:
            return None
        hours, inverse = np.unique(micros // 900_000_000, return_inverse=True)
        shifts = [self._shift(int(quarter) * 900_000_000) for quarter in hours]
        return micros - np.array(shifts, np.int64)[inverse]

    def _shift(self, local_us: int) -> int:
        if not -62_000_000_000_000_000 < local_us < 250_000_000_000_000_000:
            return 0
        local = datetime(1970, 1, 1) + timedelta(microseconds=local_us)  # noqa: DTZ001 - zone follows
        shift = local.replace(tzinfo=self.tz, fold=0).utcoffset() or timedelta(0)
        return shift // timedelta(microseconds=1)


def _micros(utc: datetime) -> int:
    return (utc - datetime(1970, 1, 1)) // timedelta(microseconds=1)  # noqa: DTZ001 - already UTC


def _unit(values: npt.NDArray[np.int64] | npt.NDArray[np.float64]) -> tuple[int, int] | None:
    """Return the unit of the first number that is a time between 2005 and 2100 in some unit."""
    for value in values.tolist():
        size = abs(float(value))
        times, over = next((t, o) for most, t, o in _UNITS if size < most or most == float("inf"))
        if _LOW <= size * times / over < _HIGH:
            return times, over
    return None


def _quick(column: pa.Array) -> Micros | None:
    """Read a column in which every text is ISO 8601 with a zone, as Arrow reads it; None if one is not."""
    first = next((value.as_py() for value in column[:8] if value.is_valid), "")
    if len(first) < 20 or first[4] != "-":
        return None
    try:
        read = column.cast(pa.timestamp("us", tz="UTC"))
    except pa.ArrowInvalid:
        return None
    micros: Micros = read.cast(pa.int64()).fill_null(0).to_numpy()
    return micros


_LAYOUT: Final = {4: ord("-"), 7: ord("-"), 13: ord(":"), 16: ord(":")}
_DIGITS: Final = (0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18)
_MOST_LENGTHS: Final = 16
_DAYS_BEFORE: Final = np.array([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], np.int64)
_DAYS_IN: Final = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)


def _fixed_width(column: pa.Array) -> tuple[Micros, Flags]:
    """Read `YYYY-MM-DDThh:mm:ss[.f](Z|+hh:mm)` by columns of bytes; say which other texts remain."""
    column = column.cast(pa.large_string()) if not pa.types.is_large_string(column.type) else column
    n = len(column)
    out = np.zeros(n, np.int64)
    unread = column.is_valid().to_numpy(zero_copy_only=False)
    _, offsets, data = column.buffers()
    bounds = (
        np.frombuffer(offsets, np.int64)[column.offset : column.offset + n + 1] if offsets else np.zeros(1, np.int64)
    )
    lengths = np.diff(bounds)
    sizes = np.unique(lengths[unread])
    if not len(sizes) or len(sizes) > _MOST_LENGTHS:
        return out, unread
    bytes_ = np.frombuffer(data, np.uint8)
    for size in sizes[(sizes >= 20) & (sizes <= 35)].tolist():
        at = np.flatnonzero(unread & (lengths == size))
        signs = bytes_[bounds[at][:, None] + np.arange(size)]
        micros, is_read = _columns(signs)
        out[at[is_read]] = micros[is_read]
        unread[at[is_read]] = False
    return out, unread


def _columns(signs: npt.NDArray[np.uint8]) -> tuple[Micros, Flags]:
    """Read rows of equal length; `signs` has shape (n, length >= 20)."""
    digits = signs.astype(np.int64) - ord("0")
    good = np.all((digits[:, _DIGITS] >= 0) & (digits[:, _DIGITS] <= 9), axis=1)
    for at, sign in _LAYOUT.items():
        good &= signs[:, at] == sign
    good &= (signs[:, 10] == ord("T")) | (signs[:, 10] == ord(" "))
    shift, end, has_zone = _zone(signs, digits)
    good &= has_zone
    fraction, is_fraction = _fraction(signs, digits, end)
    good &= is_fraction
    year = digits[:, 0] * 1000 + digits[:, 1] * 100 + digits[:, 2] * 10 + digits[:, 3]
    month, day = digits[:, 5] * 10 + digits[:, 6], digits[:, 8] * 10 + digits[:, 9]
    hour, minute, second = (digits[:, i] * 10 + digits[:, i + 1] for i in (11, 14, 17))
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    good &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (hour < 24) & (minute < 60) & (second < 60)
    month = np.clip(month, 0, 12)
    good &= day <= _DAYS_IN[month] + (leap & (month == 2))
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 + _DAYS_BEFORE[month] + (leap & (month > 2)) + day
    seconds = (days - 719_163) * 86_400 + hour * 3_600 + minute * 60 + second - shift
    return seconds * 1_000_000 + fraction, good


def _zone(signs: npt.NDArray[np.uint8], digits: Micros) -> tuple[Micros, int, Flags]:
    """Return seconds east of UTC, where the zone begins, and which rows have one."""
    n = signs.shape[1]
    zeros = np.zeros(len(signs), np.int64)
    if (signs[:, -1] == ord("Z")).all():
        return zeros, n - 1, np.ones(len(signs), np.bool_)
    if n < 25:
        return zeros, n - 1, signs[:, -1] == ord("Z")
    sign, tail = signs[:, -6], digits[:, [-5, -4, -2, -1]]
    good = ((sign == ord("+")) | (sign == ord("-"))) & (signs[:, -3] == ord(":"))
    good &= np.all((tail >= 0) & (tail <= 9), axis=1)
    minutes = (tail[:, 0] * 10 + tail[:, 1]) * 60 + tail[:, 2] * 10 + tail[:, 3]
    good &= minutes < 24 * 60
    return np.where(sign == ord("-"), -minutes, minutes) * 60, n - 6, good


def _fraction(signs: npt.NDArray[np.uint8], digits: Micros, end: int) -> tuple[Micros, Flags]:
    """Return the microseconds between the second and the zone at `end`."""
    n_digits = end - 20
    if n_digits < 1 or n_digits > 9:
        return np.zeros(len(signs), np.int64), np.full(len(signs), end == 19)
    good = (signs[:, 19] == ord(".")) & np.all((digits[:, 20:end] >= 0) & (digits[:, 20:end] <= 9), axis=1)
    micros = np.zeros(len(signs), np.int64)
    for at in range(20, min(end, 26)):
        micros += digits[:, at] * 10 ** (25 - at)
    return micros, good
