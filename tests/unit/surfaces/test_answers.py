"""Answers as people type them: read exactly, or asked again, never guessed."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecrowd.brand.deal import Deal
from truecrowd.surfaces.answers import UnclearError, clean, count_of, day_of, deal_text, instant_of, share_of, sum_of

HOME = ZoneInfo("Asia/Shanghai")
START = datetime(2020, 7, 18, 19, tzinfo=HOME)


@pytest.mark.parametrize(
    ("text", "minor"),
    [("20000", 2_000_000), ("20,000.00", 2_000_000), ("￥２万", 2_000_000), ("1.5万元", 1_500_000), ("0", 0), ("12k", 1_200_000),
     ("3百万", 300_000_000)],
)  # fmt: skip
def test_a_sum_is_read_as_it_is_written(text: str, minor: int) -> None:
    assert sum_of(clean(text), "CNY") == minor


@pytest.mark.parametrize(
    "text", ["2 fen", "20.000", "20.005", "about 20000", "-5", "20000-30000", "", "9" * 30, "2万3"]
)
def test_what_is_no_sum_or_too_fine_is_asked_again(text: str) -> None:
    with pytest.raises(UnclearError):
        sum_of(text if text != "20.000" else "20.0001", "CNY")


def test_yen_have_no_decimals() -> None:
    assert sum_of("500", "JPY") == 500
    with pytest.raises(UnclearError):
        sum_of("500.5", "JPY")


@pytest.mark.parametrize("text", ["0.2", "1", "101", "-5", "20 %%", "a fifth", "0.20"])
def test_a_share_that_can_be_read_in_two_ways_is_asked_again(text: str) -> None:
    with pytest.raises(UnclearError):
        share_of(text)


@pytest.mark.parametrize(
    ("text", "share"), [("1%", "0.01"), ("0.5 %", "0.005"), ("100", "1"), ("6.5", "0.065"), ("0", "0")]
)
def test_a_share_is_a_decimal(text: str, share: str) -> None:
    assert share_of(text) == Decimal(share)


@pytest.mark.parametrize(
    ("text", "after", "iso"),
    [
        ("2020-07-18 19:00", None, "2020-07-18T19:00:00+08:00"),
        ("2020/7/18 9:05", None, "2020-07-18T09:05:00+08:00"),
        ("2020年7月18日 19点", None, "2020-07-18T19:00:00+08:00"),
        ("23:00", START, "2020-07-18T23:00:00+08:00"),
        ("01:30", START, "2020-07-19T01:30:00+08:00"),
        ("2020-07-19 01:30", START, "2020-07-19T01:30:00+08:00"),
    ],
)
def test_a_time_is_read_in_its_zone_and_may_leave_out_the_day(text: str, after: datetime | None, iso: str) -> None:
    assert instant_of(text, HOME, after).isoformat() == iso


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("19:00", None),
        ("2020-07-18", None),
        ("2020-13-18 19:00", None),
        ("25:00", START),
        ("2020-07-17 23:00", START),
        ("", START),
    ],
)
def test_what_is_no_time_is_asked_again(text: str, after: datetime | None) -> None:
    with pytest.raises(UnclearError):
        instant_of(text, HOME, after)


@pytest.mark.parametrize("text", ["7/20", "2020-02-30", "tomorrow", "20-07-2020", ""])
def test_what_is_no_day_is_asked_again(text: str) -> None:
    with pytest.raises(UnclearError):
        day_of(text)


@pytest.mark.parametrize("text", ["1.5", "many", "", "-1", "1e5"])
def test_what_is_no_whole_number_is_asked_again(text: str) -> None:
    with pytest.raises(UnclearError):
        count_of(text)


MINOR = st.integers(0, 10**15)
SHARE = st.decimals(0, 1, places=6)
TEXT = st.text(max_size=30).map(clean)


@given(TEXT, TEXT, MINOR, SHARE, MINOR, st.dates(date(2020, 8, 1), date(2100, 1, 1)))
def test_what_is_written_is_what_is_read_back(
    name: str, clause: str, fee: int, share: Decimal, gmv: int, until: date
) -> None:
    deal = {
        "name": name, "products": [clause or "p"], "broadcast": [(START, datetime(2020, 7, 18, 23, tzinfo=HOME))],
        "slot_fee_minor": fee, "slot_fee_source": clause, "commission_share": share, "commission_base": "kept",
        "claim_until": until,
    }  # fmt: skip

    read = Deal.parse(deal_text(deal, {"gmv_minor": gmv}, name))

    assert (read.name, read.source_of("slot_fee_minor"), read.slot_fee_minor) == (name, clause, fee)
    assert (read.commission_share, read.claim_until, read.shown.gmv_minor) == (share, until, gmv)
    assert read.broadcast[0].start == START
