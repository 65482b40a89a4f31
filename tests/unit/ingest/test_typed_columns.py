"""Columns of any Arrow type: typed where every cell can be, bad cells named, hopeless columns refused."""

import datetime as dt
import decimal
from typing import Any

import pyarrow as pa
import pytest

from truecrowd.errors import InputError
from truecrowd.ingest.columns import Typer

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def typed(name: str, column: Any, tz: str | None = None) -> tuple[list[Any], list[int], str]:
    found = Typer("f", tz).column(name, column if isinstance(column, pa.Array) else pa.array(column))
    bad = [] if found.bad is None else [at for at, wrong in enumerate(found.bad) if wrong]
    return found.values.to_pylist(), bad, found.reason if bad else ""


@pytest.mark.parametrize(
    "column",
    [pa.array(["1", None]), pa.array(["1", None], pa.large_string()), pa.array(["1", None], pa.string_view()),
     pa.array(["1", None]).dictionary_encode(), pa.array(["1", None], pa.large_string()).dictionary_encode(), pa.array([1, None], pa.uint8()),
     pa.array([1, None], pa.int64()).dictionary_encode(), pa.array([decimal.Decimal(1), None], pa.decimal128(5, 0)),
     pa.array([b"1", None], pa.binary()), pa.array([b"1", None], pa.large_binary()), pa.array([1, None], pa.uint64())],
    ids=lambda column: str(column.type)[:40],
)  # fmt: skip
def test_ids_are_text_whatever_they_were(column: pa.Array) -> None:
    assert typed("account_id", column) == (["1", None], [], "")


@pytest.mark.parametrize(
    "column",
    [pa.array([NOON, None], pa.timestamp(unit, tz)) for unit in ("s", "ms", "us", "ns") for tz in ("UTC", "Asia/Shanghai")]
    + [pa.array(["2026-01-01T12:00:00Z", None]), pa.array([1_767_268_800, None]), pa.array([1_767_268_800.0, None]),
       pa.array([1_767_268_800_000, None], pa.uint64()), pa.array([decimal.Decimal(1_767_268_800), None], pa.decimal128(12, 0))],
    ids=lambda column: str(column.type),
)  # fmt: skip
def test_times_are_microseconds_in_utc_whatever_they_were(column: pa.Array) -> None:
    assert typed("ts", column) == ([NOON, None], [], "")


def test_timestamps_without_zone_take_the_given_one() -> None:
    local = pa.array([NOON + dt.timedelta(hours=8)], pa.timestamp("ns"))

    assert typed("ts", local, tz="Asia/Shanghai")[0] == [NOON]


def test_a_day_of_registration_is_its_midnight() -> None:
    assert typed("account_created_at", pa.array([dt.date(2026, 1, 1)]))[0] == [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)]


@pytest.mark.parametrize(
    ("cells", "values", "bad"),
    [(["5", " 5 ", "+5", "5.0", "", None], [5, 5, 5, 5, None, None], []), (["1e3", "nan", "1_0", "0x1", "5.5", "五"], [None] * 6, [0, 1, 2, 3, 4, 5]),
     (["9" * 19, "-" + "9" * 18], [None, -(10**18 - 1)], [0]), ([5.0, float("nan"), 5.5, 1e30], [5, None, None, None], [2, 3])],
)  # fmt: skip
def test_money_is_whole_minor_units_or_bad(cells: list[Any], values: list[Any], bad: list[int]) -> None:
    assert typed("amount_minor", cells) == (values, bad, "bad_amount" if bad else "")


def test_counts_that_do_not_fit_are_bad() -> None:
    assert typed("quantity", pa.array([1, 2**31, -(2**40)])) == ([1, None, None], [1, 2], "bad_number")


@pytest.mark.parametrize(
    ("cells", "values", "bad"),
    [(["1.5", "-.5", "1e3", "5", "1e999", "x", "inf", None], [1.5, -0.5, 1000.0, 5.0, None, None, None, None], [4, 5, 6]),
     ([1, 2], [1.0, 2.0], []), ([1.5, float("inf"), float("nan")], [1.5, None, None], [1])],
)  # fmt: skip
def test_values_are_finite_numbers_or_bad(cells: list[Any], values: list[Any], bad: list[int]) -> None:
    assert typed("value", cells) == (values, bad, "bad_number" if bad else "")


def test_bytes_that_are_no_text_cost_a_character_in_a_text_and_the_row_in_an_id() -> None:
    lying = pa.Array.from_buffers(pa.string(), 2, pa.array([b"a\xff", b"ok"], pa.binary()).buffers())

    assert typed("text", lying) == (["a\ufffd", "ok"], [], "")
    assert typed("account_id", lying) == (["a\ufffd", "ok"], [0], "bad_encoding")


@pytest.mark.parametrize(
    ("name", "column"),
    [("ts", pa.array([True])), ("ts", pa.array([dt.date(2026, 1, 1)])), ("ts", pa.array([dt.time(1)])), ("account_id", pa.array([1.5])),
     ("account_id", pa.array([[1]])), ("account_id", pa.array([{"a": 1}])), ("quantity", pa.array([True])), ("text", pa.array([True])),
     ("amount_minor", pa.array([decimal.Decimal("1.5")])), ("value", pa.array([[1.5]])), ("event_type", pa.array([1.5]))],
    ids=str,
)  # fmt: skip
def test_a_column_no_cell_can_come_from_is_refused(name: str, column: pa.Array) -> None:
    with pytest.raises(InputError, match=name):
        typed(name, column)


def test_a_column_of_nulls_is_a_column_of_nulls() -> None:
    assert typed("amount_minor", pa.nulls(2)) == ([None, None], [], "")
    assert typed("id_kind", pa.nulls(2)) == ([None, None], [], "")


def test_words_become_codes() -> None:
    found = Typer("f", None).column("event_type", pa.array(["join", "dance"])).values

    assert found.type == pa.dictionary(pa.int32(), pa.string())
