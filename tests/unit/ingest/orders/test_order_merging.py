"""Two exports of one shop, repeated rows, and whose word on a refund is the tighter one."""

import io
from typing import Any

from truecrowd.ingest import Imported, Options, read

HEAD = "主订单编号,子订单编号,订单提交时间,订单状态,售后状态,选购商品,流量体裁,达人ID,订单应付金额,订单付款时间,退款成功时间,商品ID"


def line(
    order: str, state: str = "已完成", after: str = "", *, day: int = 1, paid: bool = True, sub: str = "", **more: str
) -> str:
    placed = f"2025-11-{day:02} 20:00:00"
    cells = [order, sub or order, placed, state, after, "茶", "直播", "h", more.get("amount", "10.00")]
    return ",".join([*cells, placed if paid else "", more.get("back", ""), more.get("product", "p1")])


def rows_of(*files: list[str], **options: Any) -> tuple[list[dict[str, Any]], Imported]:
    sources = []
    for at, lines in enumerate(files):
        source = io.BytesIO("\n".join([HEAD, *lines, ""]).encode())
        source.name = f"export{at}.csv"  # type: ignore[attr-defined]
        sources.append(source)
    reading = read(sources, Options(tz="Asia/Shanghai", **options))
    return [row for part in reading.batches() for row in part.to_pylist()], reading.imported()


def kinds(rows: list[dict[str, Any]], order: str) -> list[str]:
    return sorted(row["event_type"] for row in rows if row["order_id"] == order)


def test_the_later_export_wins_whatever_order_files_are_given_in() -> None:
    earlier = [line("1001"), line("1002"), line("1003", day=2)]
    later = [line("1002", "已关闭", "退款成功", back="2025-11-08 09:00:00"), line("1004", day=8)]

    rows, imported = rows_of(earlier, later)
    turned, _ = rows_of(later, earlier)

    assert kinds(rows, "1002") == ["order", "payment", "refund"]
    assert {row["event_id"] for row in rows} == {row["event_id"] for row in turned}
    assert sum(row["n_merged"] for row in imported.imports.to_pylist()) == 1
    assert len({row["order_id"] for row in rows}) == 4


def test_a_refund_both_exports_show_is_bound_by_the_earlier_one() -> None:
    earlier = [line("1001", "已关闭", "退款成功"), line("1002", day=3)]
    later = [line("1001", "已关闭", "退款成功"), line("1002", "已关闭", "退款成功", day=3), line("1003", day=9)]

    rows, _ = rows_of(earlier, later)

    bounds = {row["order_id"]: row["ts"].day for row in rows if row["event_type"] == "refund"}
    assert bounds == {"1001": 3, "1002": 9}


def test_a_row_that_stands_twice_in_a_file_counts_once() -> None:
    rows, imported = rows_of([line("1001"), line("1001"), line("1002")])

    assert len(rows) == 4
    assert imported.imports.to_pylist()[0]["n_duplicate"] == 1


def test_amounts_that_repeat_on_unlike_lines_are_the_whole_order_s() -> None:
    rows, _ = rows_of([line("1001", sub="a"), line("1001", sub="b", product="p2"), line("1002")])

    amounts = [row.get("amount_minor") for row in rows if row["event_type"] == "order" and row["order_id"] == "1001"]
    assert amounts == [1_000, None]


def test_unlike_amounts_are_each_line_s_own() -> None:
    rows, _ = rows_of([line("1001", sub="a"), line("1001", sub="b", product="p2", amount="5.00"), line("1002")])

    assert sum(row["amount_minor"] for row in rows if row["event_type"] == "order") == 2_500


def test_amounts_of_both_kinds_are_refused() -> None:
    import pytest

    from truecrowd.errors import InputError

    lines = [line("1001", sub="a"), line("1001", sub="b", product="p2"), line("1002", sub="c")]
    lines.append(line("1002", sub="d", product="p2", amount="5.00"))

    with pytest.raises(InputError, match="per line or per order") as raised:
        rows_of(lines)

    assert 'base = "orders_doudian"' in raised.value.fix


def test_a_closed_order_that_was_never_paid_is_cancelled_and_one_paid_back_is_refunded() -> None:
    rows, _ = rows_of(
        [line("1001", "已关闭", paid=False), line("1002", "已关闭", "退款成功"), line("1003", "待支付", paid=False)]
    )

    assert kinds(rows, "1001") == ["cancel", "order"]
    assert kinds(rows, "1002") == ["order", "payment", "refund"]
    assert kinds(rows, "1003") == ["order"]


def test_a_part_refund_without_an_amount_column_has_no_amount() -> None:
    rows, _ = rows_of([line("1001", "已完成", "部分退款成功"), line("1002", "已关闭", "退款成功")])

    amounts = {row["order_id"]: row.get("amount_minor") for row in rows if row["event_type"] == "refund"}
    assert amounts == {"1001": None, "1002": 1_000}
