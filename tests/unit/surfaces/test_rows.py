"""People's CSV: formulas disarmed, buyers by run-local names, sums to the last digit."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from truecrowd.engine.order_rows import ORDER_ROWS
from truecrowd.surfaces import output
from truecrowd.surfaces.report.measures import FILES
from truecrowd.surfaces.rows import files_of, rows_of

PAID = datetime(2020, 7, 18, 12, 10, tzinfo=UTC)


def orders(*rows):
    """Orders that were paid 40.00 each and kept, but for what a row says."""
    base = {
        "room_id": "R1", "product_id": "P-1", "buyer": "u1", "placed": PAID, "paid": PAID, "is_bound": False, "state": "kept",
        "currency": "CNY", "amount_minor": 4000, "paid_minor": 4000, "back_minor": 0, "is_kept": True, "is_final": False,
        "is_returned": False, "in_slot": None, "end": None, "shipped": None, "delivered": None, "back": None,
    }  # fmt: skip
    return pa.Table.from_pylist([base | {"order_id": f"o{at}"} | row for at, row in enumerate(rows)], schema=ORDER_ROWS)


def read(made, name):
    text = made[f"rows/{name}.csv"].decode("utf-8-sig")
    return [{key.split(" ", 1)[1]: cell for key, cell in row.items()} for row in csv.DictReader(io.StringIO(text))]


def test_every_file_begins_with_a_byte_order_mark_and_names_its_columns_in_both_languages() -> None:
    made = rows_of(orders({}), "Asia/Shanghai", {})

    assert set(made) == {f"rows/{name}.csv" for name in FILES.values()}
    assert all(text.startswith(b"\xef\xbb\xbf") for text in made.values())
    assert made["rows/sales.csv"].decode("utf-8-sig").startswith('"订单号 order","买家 buyer"')


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x.example","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_begins_like_a_formula_is_disarmed_in_every_column(text: str) -> None:
    made = rows_of(orders({"order_id": text, "product_id": text, "room_id": text, "buyer": text}), "UTC", None)

    cells = [cell for name in FILES.values() for row in read(made, name) for cell in row.values()]

    assert f"'{text}" in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


def test_long_order_numbers_end_in_a_tab_as_shops_write_them() -> None:
    made = rows_of(orders({"order_id": "600246260786398051"}, {"order_id": "77"}), "UTC", {})

    assert [row["order"] for row in read(made, "sales")] == ["600246260786398051\t", "77"]


def test_buyers_keep_the_name_of_the_report_and_others_go_on_from_there() -> None:
    rows = [{"buyer": "u9"}, {"buyer": "u2"}, {"buyer": "u2"}, {"buyer": "u5"}]

    made = rows_of(orders(*rows), "UTC", {"u9": "a3", "u5": "b1"})

    assert [row["buyer"] for row in read(made, "sales")] == ["a3", "b2", "b2", "b1"]
    assert b"u2" not in b"".join(made.values())


def test_real_ids_are_written_only_where_they_are_asked_for() -> None:
    assert [row["buyer"] for row in read(rows_of(orders({"buyer": "u2"}), "UTC", None), "sales")] == ["u2"]


def test_sums_keep_the_digits_of_their_currency() -> None:
    rows = [{"amount_minor": 1234567, "paid_minor": 5, "back_minor": 7}, {"currency": "JPY", "amount_minor": 980}]

    made = read(rows_of(orders(*rows), "UTC", {}), "sales")

    assert [row["ordered for"] for row in made] == ["12345.67", "980"]
    assert [row["kept amount"] for row in made] == ["-0.02", "4000"]


def test_times_are_those_of_the_zone_over_its_change() -> None:
    back = {"back": datetime(2025, 10, 26, 1, 30, tzinfo=UTC), "paid": datetime(2025, 10, 26, 0, 30, tzinfo=UTC)}

    (row,) = read(rows_of(orders(back), "Europe/Berlin", {}), "refunds")

    assert (row["paid"], row["refunded"]) == ("2025-10-26 02:30:00", "2025-10-26 02:30:00")
    assert row["hours after payment"] == "1"


def test_buyers_with_most_stand_first_and_shares_add_up() -> None:
    rows = [{"buyer": "u1"}, {"buyer": "u2"}, {"buyer": "u2"}, {"buyer": "u2", "is_returned": True}]

    made = rows_of(orders(*rows), "UTC", {})

    assert [(row["buyer"], row["orders placed"], row["running share"]) for row in read(made, "orders-per-buyer")] == [
        ("b1", "3", "0.75"), ("b2", "1", "1"),
    ]  # fmt: skip
    assert read(made, "returns-per-buyer")[0]["orders returned"] == "1"


def test_what_cannot_be_told_has_no_file() -> None:
    assert files_of(orders({"buyer": None})) == ["refunds", "sales", "timing"]
    assert files_of(orders()) == []


def test_hours_after_the_end_are_counted_from_the_broadcasts_own_end() -> None:
    row = {"end": PAID + timedelta(hours=3), "back": PAID + timedelta(hours=4, minutes=30), "in_slot": True}

    (made,) = read(rows_of(orders(row), "UTC", {}), "timing")

    assert (made["hours after the end"], made["paid inside the slot"]) == ("1.5", "是 yes")


def test_the_folder_of_an_audit_knows_every_file() -> None:
    assert set(FILES.values()) == set(output.ROWS)
