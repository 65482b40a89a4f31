"""Times as people read them."""

import pytest

from truecrowd.errors import ConfigError
from truecrowd.surfaces.report.phrases import say
from truecrowd.surfaces.report.times import clock, header, length, span, zone

BEIJING = zone("Asia/Shanghai")


def test_a_room_names_its_date_span_and_offset_once() -> None:
    room = {"start": "2026-03-12T11:00:00Z", "end": "2026-03-12T14:00:00Z"}

    assert header(room, BEIJING) == "2026-03-12 19:00–22:00 (UTC+8)"


def test_a_room_past_midnight_names_the_second_date() -> None:
    assert span("2026-03-12T15:00:00Z", "2026-03-12T17:30:05Z", BEIJING) == "23:00–2026-03-13 01:30:05"


def test_seconds_stand_only_where_there_are_any() -> None:
    assert (clock("2026-03-12T11:45:00Z", BEIJING), clock("2026-03-12T11:45:07.5Z", BEIJING)) == ("19:45", "19:45:07")


@pytest.mark.parametrize(
    ("name", "shown"),
    [("+08:00", "(UTC+8)"), ("-03:30", "(UTC-3:30)"), ("UTC", "(UTC)"), ("Asia/Kathmandu", "(UTC+5:45)")],
)
def test_a_zone_is_a_name_or_an_offset(name: str, shown: str) -> None:
    room = {"start": "2026-03-12T11:00:00Z", "end": "2026-03-12T14:00:00Z"}

    assert header(room, zone(name)).endswith(shown)


@pytest.mark.parametrize("name", ["Mars/Olympus", "+99:00", "../etc/passwd", ""])
def test_an_unknown_zone_is_named_with_a_fix(name: str) -> None:
    with pytest.raises(ConfigError, match="is not a time zone"):
        zone(name)


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [(10.0, "10 s", "10 秒"), (0.5, "0.5 s", "0.5 秒"), (421.0, "7 min", "7 分钟"), (3600.0 * 3, "3 hours", "3 小时")],
)
def test_a_length_takes_the_unit_people_would_say(seconds: float, en: str, zh: str) -> None:
    assert (say(length(seconds), "en"), say(length(seconds), "zh")) == (en, zh)
