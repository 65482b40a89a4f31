"""Instants and spans as people read them: 24 hours, the report's zone, its offset said once in the header."""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from truecrowd.errors import ConfigError
from truecrowd.surfaces.report.phrases import Phrase, _, _n


def zone(name: str) -> tzinfo:
    """Return a zone by its IANA name or its offset, "+08:00".

    Raises:
        ConfigError: No such zone.
    """
    try:
        is_offset = name.startswith(("+", "-"))
        return cast("tzinfo", datetime.strptime(name, "%z").tzinfo) if is_offset else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        fix = "use an IANA name, e.g. Asia/Shanghai, or an offset, e.g. +08:00"
        raise ConfigError(f"'{name}' is not a time zone", where="option --tz", fix=fix) from error


def moment(iso: str, where: tzinfo) -> datetime:
    """Return the instant in the zone."""
    return datetime.fromisoformat(iso).astimezone(where)


def clock(iso: str, where: tzinfo) -> str:
    """Return the time of day; seconds only where there are any."""
    at = moment(iso, where)
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def span(start: str, end: str, where: tzinfo) -> str:
    """Return both times of day, the date of the second where it is another day."""
    first, last = moment(start, where), moment(end, where)
    until = clock(end, where) if first.date() == last.date() else f"{last:%Y-%m-%d} {clock(end, where)}"
    return f"{clock(start, where)}–{until}"


def header(room: Mapping[str, Any], where: tzinfo) -> str:
    """Return date, span and offset of a room: "2026-03-12 19:00–22:00 (UTC+8)"; empty where it has no times."""
    if not room["start"]:
        return ""
    first = moment(room["start"], where)
    return f"{first:%Y-%m-%d} {span(room['start'], room['end'], where)} ({offset(first)})"


def offset(at: datetime) -> str:
    """Return "UTC+8", "UTC-3:30", "UTC"."""
    minutes = int((at.utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "") if minutes else "UTC"


def length(seconds: float) -> Phrase:
    """Return a length of time in the unit people would say."""
    if seconds < 120:
        n = round(seconds, 1)
        return _("{n} s", n=int(n) if n == int(n) else n)
    if seconds < 7200:
        return _("{n} min", n=round(seconds / 60))
    return _n("{n} hour", "{n} hours", round(seconds / 3600), n=round(seconds / 3600))
