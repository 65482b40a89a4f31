"""Times: ISO 8601 however written, epochs by size, zones only by option."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from truecrowd.errors import ConfigError
from truecrowd.ingest.times import Clock, zone

NOON = 1_767_268_800_000_000
"""2026-01-01T12:00:00Z."""


def micros(texts: list[str | None], tz: str | None = None) -> list[int | None]:
    read, bad = Clock(zone(tz) if tz else None).texts(pa.array(texts, pa.string()))
    return [None if wrong or text is None else int(value) for value, wrong, text in zip(read, bad, texts, strict=True)]


@pytest.mark.parametrize(
    "text",
    ["2026-01-01T12:00:00Z", "2026-01-01 12:00:00Z", "2026-01-01T20:00:00+08:00", "2026-01-01T07:00:00-05:00", "2026-01-01T12:00Z",
     "2026-01-01T20:00:00+0800", "2026-01-01T20:00:00+08", "2026-01-01T12:00:00.000000Z", "2026-01-01T12:00:00.000000999Z",
     "2026-01-01t12:00:00z", "2026-01-01T12:00:00 UTC", "2026-01-01T12:00:00,0Z"],
)  # fmt: skip
def test_iso_8601_is_read_however_it_is_written(text: str) -> None:
    assert micros([text]) == [NOON]
    assert micros([text, "no time", text]) == [NOON, None, NOON]


@pytest.mark.parametrize(
    "text",
    ["2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-1-1T00:00:00Z", "soon",
     "0x10", "1_000", "", "2026-01-01", "２０２６-01-01T00:00:00Z"],
)  # fmt: skip
def test_what_is_no_time_is_not_guessed_at(text: str) -> None:
    assert micros([text, "2026-01-01T12:00:00Z"], "UTC")[0] is None


@pytest.mark.parametrize("length", range(10))
def test_every_length_of_fraction_is_read(length: int) -> None:
    fraction = "." + "123456789"[:length] if length else ""

    wanted = NOON + int("123456"[:length].ljust(6, "0")) if length else NOON
    assert micros([f"2026-01-01T12:00:00{fraction}Z", "x"]) == [wanted, None]


def test_columns_of_bytes_read_as_datetime_does() -> None:
    texts = [f"{y:04}-{m:02}-{d:02}T{h:02}:07:09.5{z}" for y in (1970, 1999, 2000, 2023, 2024, 2100) for m in (1, 2, 3, 12)
             for d in (1, 28, 29, 30, 31) for h in (0, 23) for z in ("Z", "-09:30", "+14:00")]  # fmt: skip

    def wanted(text: str) -> int | None:
        try:
            return round((datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1e6)
        except ValueError:
            return None

    assert micros([*texts, "x"]) == [*map(wanted, texts), None]


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
def test_epochs_are_read_by_their_size(unit: int) -> None:
    seconds = NOON // 1_000_000

    assert Clock(None).numbers(np.array([seconds * unit], np.int64)).tolist() == [NOON]
    assert micros([str(seconds * unit)]) == [NOON]


def test_a_column_has_one_unit() -> None:
    clock = Clock(None)

    first, second = clock.numbers(np.array([1_767_268_800_000, 1_767_268_800], np.int64)).tolist()

    assert first == NOON
    assert second == 1_767_268_800_000


def test_the_unit_is_found_on_the_first_number_that_can_be_a_time() -> None:
    assert Clock(None).numbers(np.array([0, 5, 1_767_268_800], np.int64)).tolist()[-1] == NOON


def test_fractions_of_epoch_seconds_count() -> None:
    assert Clock(None).numbers(np.array([1_767_268_800.25])).tolist() == [NOON + 250_000]
    assert micros(["1767268800.25"]) == [NOON + 250_000]


@pytest.mark.parametrize("value", [2**62, -(2**62), 10**17])
def test_a_number_too_large_to_be_a_time_is_out_of_range_and_no_crash(value: int) -> None:
    clock = Clock(None, unit=(1_000_000, 1))

    assert clock.numbers(np.array([value], np.int64)).tolist() == [1 << 62]
    assert clock.numbers(np.array([float("nan"), float("inf")])).tolist() == [1 << 62] * 2


def test_a_time_without_zone_needs_one() -> None:
    clock = Clock(None)

    _, bad = clock.texts(pa.array(["2026-01-01T12:00:00"]))

    assert bad.tolist() == [True]
    assert clock.n_zoneless == 1
    assert micros(["2026-01-01 20:00:00"], "Asia/Shanghai") == [NOON]
    assert micros(["2026-01-01 20:00:00"], "+08:00") == [NOON]


def test_a_doubled_hour_is_the_first_and_is_counted() -> None:
    clock = Clock(zone("Europe/Berlin"))

    read, _ = clock.texts(pa.array(["2025-10-26 02:30:00", "2025-10-26 04:30:00"]))

    assert clock.n_shifted == 1
    assert read.tolist() == [1_761_438_600_000_000, 1_761_449_400_000_000]


def test_timestamps_without_zone_move_by_the_zone_of_their_day() -> None:
    local = np.array([NOON, 1_782_907_200_000_000], np.int64)

    assert (local - Clock(zone("Europe/Berlin")).zoneless(local)).tolist() == [3_600_000_000, 7_200_000_000]  # type: ignore[operator]
    assert Clock(None).zoneless(local) is None


@pytest.mark.parametrize("name", ["Beijing", "+25:00", "../etc/passwd", ""])
def test_a_zone_that_is_none_is_an_error(name: str) -> None:
    with pytest.raises(ConfigError, match="no time zone"):
        zone(name)
