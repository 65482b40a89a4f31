"""Clocks: units of epochs, days in names, a zone measured, steps back."""

from zoneinfo import ZoneInfo

import pytest

from truecrowd.errors import InputError
from truecrowd.ingest.clocks import (
    SECOND_US,
    DayClock,
    LocalClock,
    MeasuredZone,
    day_of,
    epoch_us,
    fault,
    iso_us,
    without_day,
)

HOUR = 3_600
NIGHT = 1_640_864_083


@pytest.mark.parametrize(
    "value", [NIGHT, str(NIGHT), NIGHT * 1_000, NIGHT * 1_000_000, str(NIGHT * 10**9), float(NIGHT), f"{NIGHT}.0"]
)
def test_an_epoch_is_read_in_the_unit_its_size_tells(value):
    assert epoch_us(value) == NIGHT * SECOND_US


@pytest.mark.parametrize("value", ["", "noon", None, True, -5, 0, "nan", "inf", "9" * 40, "1e400", [], "²"])
def test_what_is_no_epoch_gives_zero(value):
    assert epoch_us(value) == 0


def test_an_absent_time_and_a_broken_one_have_different_reasons():
    assert [fault(value) for value in (None, "", "0", "noon")] == ["no_ts", "no_ts", "no_ts", "bad_ts"]


def test_a_time_with_an_offset_says_so():
    assert iso_us("2025-03-20T00:57:29.631048+08:00") == (1_742_403_449_631_048, True)
    assert iso_us("2025-03-20T00:57:29")[1] is False
    assert iso_us("1:41") == (0, False)


def test_an_impossible_date_in_a_name_is_passed_over():
    assert day_of("room7_2019-13-40.txt") is None
    assert day_of("v12345-1-1 2019-5-10") == day_of("2019-05-10")


def test_the_days_of_one_room_share_its_name():
    assert {without_day("rbtv_2016-09-30"), without_day("rbtv_2016-10-28")} == {"rbtv"}


def test_the_hour_that_exists_twice_is_read_as_its_first_and_counted():
    clock = LocalClock(ZoneInfo("Europe/Berlin"))
    twice = iso_us("2016-10-30T02:30:00")[0]

    utc = clock.utc(twice)

    assert utc == iso_us("2016-10-30T00:30:00Z")[0]
    assert clock.notes() == ["1 times lie in an hour that exists twice: read as the first"]


def test_the_hour_that_does_not_exist_is_shifted_forward_and_counted():
    clock = LocalClock(ZoneInfo("Europe/Berlin"))

    utc = clock.utc(iso_us("2016-03-27T02:30:00")[0])

    assert utc == iso_us("2016-03-27T01:30:00Z")[0]
    assert clock.n_missing == 1


def test_a_zone_is_measured_by_the_median_so_late_rows_do_not_move_it():
    zone = MeasuredZone()
    for lag_s in (1, 1, 1, 65, 771):
        zone.add((NIGHT + 8 * HOUR + lag_s) * SECOND_US, NIGHT * SECOND_US)

    assert zone.offset_s() == 8 * HOUR


def test_too_few_rows_measure_no_zone():
    zone = MeasuredZone()
    for _ in range(4):
        zone.add((NIGHT + 8 * HOUR) * SECOND_US, NIGHT * SECOND_US)

    with pytest.raises(InputError, match="without a zone") as caught:
        zone.clock(None, source="a.jsonl", home_tz="Asia/Shanghai", at_us=NIGHT * SECOND_US)

    assert "--tz Asia/Shanghai" in caught.value.fix


def test_a_zone_option_that_contradicts_the_rows_is_refused():
    zone = MeasuredZone()
    for _ in range(5):
        zone.add((NIGHT + 8 * HOUR) * SECOND_US, NIGHT * SECOND_US)

    with pytest.raises(InputError, match=r"--tz UTC is \+00:00, but 5 rows of the file show \+08:00"):
        zone.clock("UTC", source="a.jsonl", home_tz="Asia/Shanghai", at_us=NIGHT * SECOND_US)


def _hours(clock: DayClock, *times: str) -> list[str]:
    seconds = [int(time[:2]) * HOUR + int(time[3:]) * 60 for time in times]
    local = [clock.local_us(second) // SECOND_US for second in seconds]
    return [f"{second // HOUR:02}:{second % HOUR // 60:02}" for second in local]


def test_a_12_hour_clock_is_told_by_the_smaller_gap():
    clock = DayClock(0, has_half_days=True)

    assert _hours(clock, "10:48", "11:58", "00:03", "03:29") == ["10:48", "11:58", "12:03", "15:29"]
    assert clock.is_half_day


def test_a_12_hour_clock_that_counts_twelve_to_one_runs_on():
    assert _hours(DayClock(0, has_half_days=True), "12:59", "01:00", "01:05") == ["12:59", "13:00", "13:05"]


def test_a_24_hour_clock_goes_on_after_midnight():
    clock = DayClock(0, has_half_days=True)

    assert _hours(clock, "23:59", "00:01") == ["23:59", "24:01"]
    assert not clock.is_half_day


def test_a_clock_that_showed_an_afternoon_hour_is_no_12_hour_clock():
    assert _hours(DayClock(0, has_half_days=True), "13:00", "02:00") == ["13:00", "26:00"]


def test_a_line_out_of_order_stays_where_it_is():
    clock = DayClock(0, has_half_days=True)

    assert _hours(clock, "10:05", "10:04", "10:06") == ["10:05", "10:04", "10:06"]
    assert clock.n_back == 1
