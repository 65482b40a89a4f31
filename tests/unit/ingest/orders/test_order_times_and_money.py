"""Times and amounts in the spellings of shops: read exactly, or not at all."""

import numpy as np
import pyarrow as pa
import pytest

from truecrowd.errors import InputError
from truecrowd.ingest.orders import money
from truecrowd.ingest.orders.mapping import MoneyStyle
from truecrowd.ingest.orders.times import TimeReader
from truecrowd.ingest.times import Clock, zone

POINTS = {"IDR": MoneyStyle(".", ","), "VND": MoneyStyle(".", ",")}
BOTH = ("%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p")


def times(*texts, formats=(), tz="Asia/Shanghai"):
    reader = TimeReader(Clock(zone(tz) if tz else None), formats, where="shop.csv", home_tz="Asia/Shanghai")
    found = reader.read(pa.array(texts), "When")
    shown = np.datetime_as_string(found.micros.astype("datetime64[us]"), "s")
    return [None if bad else str(text) for text, bad in zip(shown, found.is_bad, strict=True)], found


@pytest.mark.parametrize(
    "text",
    [
        "2025-04-01 08:05:00", "2025/4/1 8:05", "2025.04.01 08:05:00", "2025年4月1日 08:05", "2025年4月1日 8时05分00秒",
        "2025-04-01T00:05:00Z", "2025-03-31 20:05:00 -0400", "2025-04-01T08:05:00+08:00", "1743465900", "1743465900000",
    ],
)  # fmt: skip
def test_a_time_is_read_in_any_spelling_that_cannot_be_mistaken(text):
    assert times(text)[0] == ["2025-04-01T00:05:00"]


@pytest.mark.parametrize(
    "text", ["2025-04-31 00:00:00", "2025-02-29 00:00:00", "2025-04-01 24:00:00", "soon", "13/13/2025", "20250401"]
)
def test_a_time_that_does_not_exist_is_none(text):
    assert times(text, formats=BOTH)[0] == [None]


def test_a_part_above_twelve_tells_day_from_month():
    assert times("01/05/2026 10:00:00", "13/05/2026 10:00:00", formats=BOTH)[0][0] == "2026-05-01T02:00:00"
    assert times("01/05/2026 10:00:00", "01/13/2026 10:00:00", formats=BOTH)[0][0] == "2026-01-05T02:00:00"


def test_the_order_of_rows_tells_day_from_month():
    days = [f"{day:02}/{month:02}/2026 10:00:00" for month in (4, 5) for day in range(1, 12)]

    assert times(*days, formats=BOTH)[0][0] == "2026-04-01T02:00:00"


def test_nothing_that_tells_day_from_month_is_refused():
    with pytest.raises(InputError, match="day first or month first"):
        times("01/05/2026 10:00:00", formats=BOTH)


def test_afternoon_is_read():
    assert times("01/13/2026 12:00:00 AM", "01/13/2026 12:30:00 PM", formats=BOTH)[0] == [
        "2026-01-12T16:00:00",
        "2026-01-13T04:30:00",
    ]


def test_a_clock_without_seconds_or_hours_says_so():
    assert not times("2025-04-01 08:05")[1].has_seconds
    assert times("2025-04-01")[1].is_day
    assert times("2025-04-01 08:05:10")[1].has_seconds


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("39.90", "CNY", 3_990), ("¥1,234.5", "CNY", 123_450), ("1234", "JPY", 1_234), ("1.234", "KWD", 1_234),
        ("IDR 12.000", "", 1_200_000), ("₫150.000", "", 150_000), ("-5.00", "CNY", -500), ("(5.00)", "CNY", -500),
        ("59.90元", "CNY", 5_990), ("0.005", "CNY", 0), ("0.015", "CNY", 2), ("US$ 3", "", 300), ("99.9 EUR", "", 9_990),
        ("120000000000000.00", "CNY", 12_000_000_000_000_000),
    ],
)  # fmt: skip
def test_an_amount_is_read_to_the_minor_unit(text, currency, minor):
    found = money.read(pa.array([text]), currency, MoneyStyle(), POINTS)

    assert (found.minor.tolist(), found.is_bad.tolist()) == ([minor], [False])


@pytest.mark.parametrize(
    "text", ["59,90", "1,23.00", "12.34.56", "1e3", "many", "", "0x10", "１２", "9" * 40, "1 000,00"]
)
def test_an_amount_written_another_way_is_none_rather_than_a_hundred_times_too_much(text):
    assert money.read(pa.array([text]), "CNY", MoneyStyle(), {}).is_bad.tolist() == [True]


def test_digits_are_those_of_the_standard():
    from babel.numbers import get_currency_precision

    asked = [
        "CNY",
        "USD",
        "EUR",
        "JPY",
        "KRW",
        "KWD",
        "BHD",
        "TND",
        "VND",
        "GBP",
        "MYR",
        "SGD",
        "THB",
        "PHP",
        "IDR",
        "TWD",
        "HKD",
        "BRL",
        "AUD",
    ]
    assert {name: money.digits_of(name) for name in asked} == {name: get_currency_precision(name) for name in asked}
