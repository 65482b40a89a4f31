"""Ordinary reasons to give back that are often forgotten: each has a counter, and its nearest look-alike has none."""

import pytest
from invented_orders import frame, order

from truecrowd.brand.ordinary import ordinary

PAID = {"payment": 0.1}


def counted(*parts: list[dict[str, object]]) -> dict[str, int]:
    return {name: int(hits.sum()) for name, hits in ordinary(frame(*parts)).items() if hits.any()}


def test_two_sizes_are_two_orders_of_one_product_one_of_which_is_kept():
    kept, back = order(1, "a", product_id="p", **PAID), order(2, "a", product_id="p", at_h=0.1, **PAID, refund=90.0)

    assert counted(kept, back) == {"two_sizes": 1}


def test_a_top_up_is_another_product_beside_a_kept_one():
    kept, back = order(1, "a", product_id="p", **PAID), order(2, "a", product_id="q", at_h=0.1, **PAID, refund=90.0)

    assert counted(kept, back) == {"top_up": 1}


def test_two_orders_that_both_come_back_are_neither():
    parts = [order(at, "a", product_id="p", at_h=at, **PAID, refund=90.0) for at in range(2)]

    assert counted(*parts) == {}


def test_many_orders_of_one_buyer_with_one_kept_are_no_pair():
    parts = [order(at, "a", product_id="p", at_h=at / 10, **PAID, refund=90.0 if at else None) for at in range(5)]

    assert counted(*parts) == {}


def test_an_order_closed_and_placed_again_within_half_an_hour_is_reordered():
    first, again = order(1, "a", product_id="p", cancel=0.2), order(2, "a", product_id="p", at_h=0.5, **PAID)

    assert counted(first, again)["reordered"] == 1


def test_an_order_placed_again_an_hour_later_is_not():
    first, again = order(1, "a", product_id="p", cancel=0.2), order(2, "a", product_id="p", at_h=1.2, **PAID)

    assert "reordered" not in counted(first, again)


def test_one_buyer_of_many_is_a_bulk_buyer_and_two_are_none():
    one = [order(at, "a", at_h=at / 10, **PAID, refund=9.0) for at in range(8)]
    other = [order(f"x{at}", "b", at_h=at / 10, **PAID, refund=9.0) for at in range(8)]

    assert counted(*one) == {"bulk_buyer": 8}
    assert counted(*one, *other) == {}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("price error", "price_error"), ("缺货", "out_of_stock"), ("预售定金未付尾款", "deposit"), ("公司礼品单", "gift_order"),
        ("凑单", "top_up"), ("尺码不合适", "two_sizes"),
    ],
)  # fmt: skip
def test_the_reason_an_export_gives_is_counted(text, answer):
    assert counted(order(1, "a", **PAID, refund=9.0, text=text)) == {answer: 1}


def test_masked_buyers_show_no_pair():
    parts = [order(at, "m***", id_kind="masked", product_id="p", **PAID, refund=9.0 if at else None) for at in range(2)]

    assert counted(*parts) == {}


def test_no_orders_have_no_reason():
    assert counted([{"room_id": "r1", "event_type": "join", "ts": 1_785_000_000_000_000, "account_id": "a"}]) == {}
