"""Six exports with invented rows: totals by hand, as CSV and as workbooks, and nothing of a dropped cell anywhere."""

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from workbooks import from_csv, workbook

from truecrowd.errors import ConfigError, InputError
from truecrowd.ingest import Imported, Options, read
from truecrowd.ingest.orders.parsing import parse

ORDERS = Path(__file__).parents[3] / "fixtures" / "orders"
SHOPEE = """
name = "shopee_vn"
all = ["Mã đơn hàng", "Ngày đặt hàng"]
event = [
  { type = "order", ts = ["Ngày đặt hàng"] },
  { type = "payment", ts = ["Ngày đặt hàng"], when = [{ "Trạng Thái Đơn Hàng" = ["Hoàn thành"] }] },
  { type = "refund", ts = [], ts_missing = "bound", when = [{ "Trạng thái Trả hàng/Hoàn tiền" = ["Đã hoàn tiền"] }] },
]
[read]
money = { group = ".", decimal = "," }
[row]
order_id = "Mã đơn hàng"
account_id = "Người Mua"
product_title = "Tên sản phẩm"
currency = { const = "VND" }
amount_minor = { col = "Tổng số tiền được người mua thanh toán", grain = "order" }
"""
OPTIONS = {
    "doudian": Options(tz="Asia/Shanghai"),
    "tiktok": Options(tz="Asia/Kuala_Lumpur"),
    "shopify": Options(),
    "taobao": Options(tz="Asia/Shanghai"),
    "woocommerce": Options(tz="America/Los_Angeles", currency="USD"),
    "shopee": Options(tz="Asia/Ho_Chi_Minh", mapping=parse(SHOPEE, where="mine.toml")),
}
TOTALS = {
    "doudian": {"order": 39_400, "payment": 27_680, "refund": 6_040, "cancel": 5_860},
    "tiktok": {"order": 5_250, "payment": 4_360, "refund": 1_290, "cancel": 2_180},
    "shopify": {"order": 4_200, "payment": 3_375, "refund": 825, "cancel": 825},
    "taobao": {"order": 24_800, "payment": 19_790, "refund": 3_990, "cancel": 4_000},
    "woocommerce": {"order": 129_249, "payment": 127_999, "refund": 1_000, "cancel": 550},
    "shopee": {"order": 280_000, "payment": 200_000, "refund": 80_000},
}
"""Sums in minor units, added up by hand from the files."""


def rows_of(*sources: object, **options: Any) -> tuple[list[dict[str, Any]], Imported]:
    reading = read(sources, Options(**options))
    return [row for part in reading.batches() for row in part.to_pylist()], reading.imported()


def read_as(path: Path, options: Options) -> tuple[pa.Table, Imported]:
    reading = read([path], options)
    return pa.concat_tables(reading.batches(), promote_options="permissive"), reading.imported()


def edited(name: str, **cells: str) -> bytes:
    """Return an export in which a cell of the first row is replaced, by header."""
    lines = list(csv.reader(io.StringIO((ORDERS / name).read_text(encoding="utf-8-sig"), newline="")))
    for header, value in cells.items():
        lines[1][lines[0].index(header)] = value
    out = io.StringIO(newline="")
    csv.writer(out).writerows(lines)
    return out.getvalue().encode()


def stream(name: str, data: bytes) -> io.BytesIO:
    out = io.BytesIO(data)
    out.name = name  # type: ignore[attr-defined]
    return out


@pytest.mark.parametrize("shop", TOTALS)
def test_totals_are_those_added_up_by_hand(shop: str) -> None:
    rows, _ = read_as(ORDERS / f"{shop}.csv", OPTIONS[shop])

    sums: Counter[str] = Counter()
    for row in rows.select(["event_type", "amount_minor"]).to_pylist():
        sums[row["event_type"]] += row["amount_minor"] or 0
    assert {kind: n for kind, n in sums.items() if n} == TOTALS[shop]


@pytest.mark.parametrize("shop", TOTALS)
def test_a_workbook_gives_the_same_events(shop: str, tmp_path: Path) -> None:
    plain, _ = read_as(ORDERS / f"{shop}.csv", OPTIONS[shop])
    (tmp_path / f"{shop}.xlsx").write_bytes(from_csv(ORDERS / f"{shop}.csv"))

    from_book, imported = read_as(tmp_path / f"{shop}.xlsx", OPTIONS[shop])

    assert from_book.equals(plain)
    assert imported.recognised[0].dialect == "xlsx"


@pytest.mark.parametrize("shop", TOTALS)
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_the_encoding_changes_nothing(shop: str, encoding: str, tmp_path: Path) -> None:
    plain, _ = read_as(ORDERS / f"{shop}.csv", OPTIONS[shop])
    text = (ORDERS / f"{shop}.csv").read_text(encoding="utf-8-sig")
    (tmp_path / f"{shop}.csv").write_bytes(text.encode(encoding))

    again, _ = read_as(tmp_path / f"{shop}.csv", OPTIONS[shop])

    assert again.equals(plain)


@pytest.mark.parametrize("shop", TOTALS)
def test_nothing_of_a_dropped_cell_is_in_a_table_a_reject_or_a_note(shop: str) -> None:
    rows, imported = read_as(ORDERS / f"{shop}.csv", OPTIONS[shop])

    told = str(rows.to_pylist()) + str(imported.rejects.to_pylist()) + str(imported.notes) + str(imported.imports)
    assert "leak" not in told.lower()


@pytest.mark.parametrize(
    ("header", "cell", "reason"),
    [
        ("订单提交时间", "幸福路LEAK号", "bad_ts"),
        ("订单提交时间", "", "no_ts"),
        ("主订单编号", "", "no_order_id"),
        ("订单应付金额", "LEAK元", "bad_amount"),
        ("商品数量", "LEAK", "bad_number"),
        ("发货时间", "LEAK", "bad_ts"),
    ],
)
def test_a_cell_that_cannot_be_read_rejects_its_row_and_shows_none_of_it(header: str, cell: str, reason: str) -> None:
    _, imported = rows_of(stream("shop.csv", edited("doudian.csv", **{header: cell})), tz="Asia/Shanghai")

    (reject,) = imported.rejects.to_pylist()
    assert (reject["reason"], reject["row"]) == (reason, 2)
    assert "LEAK" not in reject["raw"]
    assert "<dropped>" in reject["raw"]
    (row,) = imported.imports.to_pylist()
    assert row["n_read"] == row["n_kept"] + row["n_rejected"]


def test_a_row_of_the_wrong_width_is_shown_by_its_shape() -> None:
    data = (ORDERS / "doudian.csv").read_bytes() + "LEAK张三,LEAK13900001111\r\n".encode()

    _, imported = rows_of(stream("shop.csv", data), tz="Asia/Shanghai")

    (reject,) = imported.rejects.to_pylist()
    assert (reject["reason"], reject["raw"]) == ("wrong_width", "xxxx字字,xxxx00000000000")


def test_shifted_columns_never_put_a_name_into_the_rejects() -> None:
    lines = (ORDERS / "doudian.csv").read_text(encoding="utf-8-sig").splitlines()
    cells = lines[1].split(",")
    shifted = ",".join([*cells[:3], "[3", *cells[3:-1]])

    _, imported = rows_of(
        stream("shop.csv", "\n".join([lines[0], shifted]).encode()), tz="Asia/Shanghai", refuse_share=1
    )

    assert "LEAK" not in str(imported.rejects.to_pylist())


def test_ids_that_a_spreadsheet_rounded_are_refused() -> None:
    with pytest.raises(InputError, match="have lost their last digits"):
        rows_of(stream("shop.csv", edited("doudian.csv", 主订单编号="6.90012E+17")), tz="Asia/Shanghai")


def test_a_workbook_that_holds_ids_as_numbers_is_refused(tmp_path: Path) -> None:
    lines: list[list[object]] = list(csv.reader(io.StringIO((ORDERS / "doudian.csv").read_text(encoding="utf-8-sig"))))
    lines[1][0] = 690012345678901011
    (tmp_path / "shop.xlsx").write_bytes(workbook(lines))

    with pytest.raises(InputError, match="have lost their last digits"):
        rows_of(tmp_path / "shop.xlsx", tz="Asia/Shanghai")


def test_a_password_protected_workbook_says_so(tmp_path: Path) -> None:
    (tmp_path / "shop.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"))

    with pytest.raises(InputError, match="password-protected"):
        rows_of(tmp_path / "shop.xlsx", tz="Asia/Shanghai")


def test_times_without_a_zone_need_one_and_the_shop_s_own_is_suggested() -> None:
    with pytest.raises(InputError) as raised:
        rows_of(ORDERS / "doudian.csv")

    assert raised.value.fix == "give the zone of the shop: --tz Asia/Shanghai"


def test_amounts_without_a_currency_need_one() -> None:
    with pytest.raises(InputError, match="name no currency") as raised:
        rows_of(ORDERS / "woocommerce.csv", tz="UTC")

    assert raised.value.fix == "name it: --currency USD"


def test_an_unknown_status_keeps_the_order_and_guesses_no_payment() -> None:
    rows, imported = rows_of(ORDERS / "doudian.csv", tz="Asia/Shanghai")

    assert [row["event_type"] for row in rows if row["order_id"].endswith("17")] == ["order"]
    assert any("'神秘状态'" in note for note in imported.notes)


def test_several_items_in_one_cell_are_several_lines_and_their_money_counts_once() -> None:
    rows, _ = rows_of(ORDERS / "doudian.csv", tz="Asia/Shanghai")

    lines = [row for row in rows if row["order_id"].endswith("13") and row["event_type"] == "order"]
    assert [(row["product_title"], row.get("amount_minor")) for row in lines] == [("示例茶", 9_850), ("示例饼干", None)]


def test_masked_buyers_are_marked_and_contacts_become_tokens() -> None:
    masked, _ = rows_of(ORDERS / "tiktok.csv", tz="UTC")
    hashed, _ = rows_of(ORDERS / "shopify.csv")
    keyed, _ = rows_of(ORDERS / "shopify.csv", pseudonymise_key=b"0123456789abcdef")

    assert {row["account_id"]: row["id_kind"] for row in masked}["jo***n"] == "masked"
    assert {row["account_id"] for row in hashed} == {"c1", "c2"}
    assert {row["id_kind"] for row in hashed} == {"hashed"}
    assert not {row["account_id"] for row in keyed} & {"c1", "c2"}


def test_a_settlement_tells_when_money_went_back(tmp_path: Path) -> None:
    lines = (ORDERS / "doudian.csv").read_text(encoding="utf-8-sig").replace("2025-11-13 08:00:00", "")
    (tmp_path / "orders.csv").write_text(lines, encoding="utf-8")

    bound, _ = rows_of(tmp_path / "orders.csv", tz="Asia/Shanghai")
    told, imported = rows_of(tmp_path / "orders.csv", ORDERS / "doudian_settlement.csv", tz="Asia/Shanghai")

    kinds = [
        {row["order_id"][-2:]: row["ts_kind"] for row in rows if row["event_type"] == "refund"}
        for rows in (bound, told)
    ]
    assert [kind["12"] for kind in kinds] == ["bound", "server"]
    (settled,) = [row for row in imported.imports.to_pylist() if row["format"] == "orders_doudian_settlement"]
    assert (settled["n_read"], settled["n_merged"], settled["n_skipped"]) == (3, 1, 2)


def test_a_settlement_alone_is_refused() -> None:
    with pytest.raises(InputError, match="only explains an order export"):
        rows_of(ORDERS / "doudian_settlement.csv", tz="Asia/Shanghai")


def test_a_mapping_that_does_not_fit_names_the_column_it_lacks() -> None:
    mapping = parse(
        SHOPEE.replace('"Ngày đặt hàng"]\nevent', '"Ngày đặt hàng", "Người Bán"]\nevent'), where="mine.toml"
    )

    with pytest.raises(InputError, match="'Người Bán'") as raised:
        rows_of(ORDERS / "shopee.csv", tz="UTC", mapping=mapping)

    assert "'Người Mua'" in raised.value.fix


def test_order_ids_of_rows_and_files_do_not_depend_on_their_place() -> None:
    head, *lines = (ORDERS / "doudian.csv").read_text(encoding="utf-8-sig").splitlines()
    back = "\n".join([head, *reversed(lines)]).encode()

    plain, _ = rows_of(ORDERS / "doudian.csv", tz="Asia/Shanghai")
    turned, _ = rows_of(stream("doudian.csv", back), tz="Asia/Shanghai")

    assert {row["event_id"]: row["ts"] for row in plain} == {row["event_id"]: row["ts"] for row in turned}


def test_an_unknown_table_is_still_refused() -> None:
    with pytest.raises(InputError, match="no format recognises this file"):
        rows_of(ORDERS / "shopee.csv", tz="UTC")


def test_a_wrong_format_name_is_refused() -> None:
    with pytest.raises(ConfigError, match="format 'orders_nobody' is unknown"):
        rows_of(ORDERS / "shopee.csv", tz="UTC", format="orders_nobody")
