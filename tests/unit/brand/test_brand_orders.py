"""What became of an order: paid, shipped, back whole or in part, by whom, as of when."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_orders import HOUR_US, PLACED_US, frame, observed, order, table

from truecrowd.brand.orders import (
    AFTER_DELIVERY,
    BEFORE_SHIPPING,
    KEPT,
    NEVER,
    ON_THE_WAY,
    UNKNOWN,
    UNPAID,
    names_of,
    orders_of,
)
from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.features.steps import REASONS

PAID = {"payment": 0.1}


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ({"refund": 5.0}, BEFORE_SHIPPING),
        ({"refund": 5.0, "ship": 6.0}, BEFORE_SHIPPING),
        ({"refund": 7.0, "ship": 6.0}, ON_THE_WAY),
        ({"refund": 7.0, "ship": 6.0, "deliver": 30.0}, ON_THE_WAY),
        ({"refund": 40.0, "ship": 6.0, "deliver": 30.0}, AFTER_DELIVERY),
        ({"cancel": 5.0}, BEFORE_SHIPPING),
        ({"ship": 6.0}, KEPT),
    ],
)
def test_the_state_of_an_order_is_where_it_was_when_it_came_back(steps, state):
    other = order("other", "b", **PAID, ship=9.0)

    orders = frame(order("a", "b", **PAID, **steps), other)

    assert orders.state[0] == state


def test_an_unpaid_order_that_is_closed_is_no_return():
    orders = frame(order("a", "b", cancel=0.5), order("b", "c", **PAID))

    assert orders.state.tolist() == [UNPAID, KEPT]
    assert orders.closed[0] == PLACED_US + HOUR_US // 2
    assert not orders.is_back.any()


def test_without_any_payment_on_record_every_order_counts_as_paid_when_placed():
    orders = frame(order("a", "b"), order("b", "b", refund=2.0))

    assert orders.paid.tolist() == [PLACED_US, PLACED_US]
    assert orders.is_back.tolist() == [False, True]


def test_a_part_refund_moves_money_and_not_the_order():
    part = {**order("a", "b", **PAID, refund=3.0)[-1], "amount_minor": 4_000}

    orders = frame(order("a", "b", **PAID), [part])

    assert orders.is_kept.tolist() == [True]
    assert orders.back_amount.tolist() == [4_000]


def test_the_part_refund_that_completes_the_sum_closes_the_order():
    parts = [{**order("a", "b", refund=late)[-1], "amount_minor": 5_000} for late in (3.0, 9.0, 20.0)]

    orders = frame(order("a", "b", **PAID), parts)

    assert orders.back.tolist() == [PLACED_US + 9 * HOUR_US]
    assert orders.back_amount.tolist() == [15_000]


def test_a_refund_of_unknown_amount_is_one_of_everything_that_was_paid():
    refund = {**order("a", "b", refund=3.0)[-1], "amount_minor": None}

    orders = frame(order("a", "b", **PAID), [refund])

    assert orders.is_back.tolist() == [True]
    assert orders.back_amount.tolist() == [10_000]


def test_a_bound_refund_has_no_age_but_what_never_left_came_back_unseen():
    late = {"ts_kind": "bound"}
    sent, unsent = order("a", "b", **PAID, ship=9.0, refund=90.0), order("b", "c", **PAID, refund=90.0)

    orders = frame([*sent[:-1], sent[-1] | late], [*unsent[:-1], unsent[-1] | late])

    assert orders.is_bound.tolist() == [True, True]
    assert orders.state.tolist() == [UNKNOWN, BEFORE_SHIPPING]


def test_without_shipping_on_record_the_state_is_unknown():
    assert frame(order("a", "b", **PAID, refund=5.0)).state.tolist() == [UNKNOWN]


@pytest.mark.parametrize(("text", "reason"), [("商家缺货", "out_of_stock"), ("价格标错商家取消", "price_error")])
def test_what_the_merchant_cancels_is_never_a_return(text, reason):
    orders = frame(order("a", "b", **PAID, refund=5.0, text=text))

    assert REASONS[orders.reason[0]] == reason
    assert orders.is_back.tolist() == [True]
    assert orders.is_returned.tolist() == [False]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("满减凑单后退回凑单款", "top_up"),
        ("尺码拍错重拍", "size"),
        ("公司礼品单取消", "bulk"),
        ("Item DEFECTIVE", "quality"),
    ],
)
def test_reasons_are_told_apart_by_their_words(text, reason):
    assert REASONS[frame(order("a", "b", **PAID, refund=5.0, text=text)).reason[0]] == reason


def test_an_order_of_two_products_is_one_order_with_the_money_of_both():
    one, other = order("a", "b", product_id="p1")[0], order("a", "b", product_id="p2")[0]

    orders = frame([one, other])

    assert (len(orders), orders.amount[0], orders.n_lines[0]) == (1, 20_000, 2)


def test_only_the_products_asked_for_count():
    seen = observed([order("a", "b", product_id="p1"), order("b", "b", product_id="p2")])

    orders = orders_of(seen.facts.lines, seen.facts.steps, seen.facts, products=np.array([1]))

    assert names_of(seen.facts, "order_id", orders.order).to_pylist() == ["ob"]


@pytest.mark.parametrize("kind", ["masked", "guest", "nick"])
def test_a_shown_name_is_no_buyer(kind):
    assert frame(order("a", "m***1", id_kind=kind)).buyer.tolist() == [-1]


def test_where_no_buyer_has_an_id_the_address_stands_in():
    orders = frame(*(order(at, None, ship_hash=at_home) for at, at_home in enumerate(["x", "x", "y"])))

    assert orders.buyer[0] == orders.buyer[1] != orders.buyer[2]
    assert (orders.buyer >= 0).all()


def test_kept_orders_are_final_only_beyond_the_refund_window():
    early, late = order("a", "b", **PAID), order("b", "b", at_h=20 * 24.0, **PAID)

    orders = frame(early, late)

    assert orders.is_final.tolist() == [True, False]


def test_a_known_day_of_export_makes_kept_orders_final():
    orders = frame(order("a", "b", **PAID), as_of_us=PLACED_US + 16 * 24 * HOUR_US)

    assert orders.is_final.tolist() == [True]


def test_no_currency_is_yuan_and_others_stay_apart():
    orders = frame(order("a", "b", currency="CNY"), order("b", "b"), order("c", "b", currency="USD"))

    assert orders.currency[0] == orders.currency[1] != orders.currency[2]


def test_no_orders_give_an_empty_frame():
    seen = observed([[{"room_id": "r1", "event_type": "join", "ts": PLACED_US, "account_id": "a"}]])

    assert len(orders_of(seen.facts.lines, seen.facts.steps, seen.facts)) == 0


@settings(max_examples=25, deadline=None)
@given(cut=st.integers(1, 59), seed=st.integers(0, 1_000))
def test_no_cutting_and_no_order_of_rows_changes_the_frame(cut, seed):
    rng = np.random.default_rng(3)
    parts = [
        order(at, f"b{at % 5}", at_h=at / 10, **PAID, ship=6.0, refund=float(rng.uniform(1, 50)) if at % 3 else None)
        for at in range(15)
    ]
    events = table(parts)
    events = events.take(np.random.default_rng(seed).permutation(events.num_rows))
    slices = [events.slice(0, cut), events.slice(cut), events.slice(0, 3)]  # three rows are read twice

    shuffled = observe_all(slices, Settings(threads=1), detectors=()).facts
    one, other = orders_of(shuffled.lines, shuffled.steps, shuffled), frame(*parts)

    for name in one.__slots__:
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name
    assert (one.back[one.is_back] < NEVER).all()
