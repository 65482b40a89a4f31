"""Lower bounds of orders: what the merchant's own rooms do not explain, and what one buyer may do."""

import math

import numpy as np
import pytest
from invented_orders import frame, order

from truecrowd.brand.bounds import baseline_of, excess, in_money, milder, repeats
from truecrowd.brand.orders import Orders

PAID = {"payment": 0.1}
SENT = {"ship": 40.0}


def room(n: int, n_back: int, *, name: str = "r1", **more: object) -> list[list[dict[str, object]]]:
    """Return `n` orders of as many buyers, `n_back` of them back unshipped after two hours."""
    return [
        order(f"{name}{at}", f"{name}b{at}", room=name, at_h=at / 500, **PAID, **({"refund": 2.0} if at < n_back else SENT), **more)
        for at in range(n)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def others() -> list[Orders]:
    rooms = [frame(*room(250, k), as_of_us=NOW) for k in (20, 25, 30)]
    return [baseline_of(one) for one in rooms]


NOW = 1_785_000_007_000_000 + 30 * 86_400_000_000


def test_an_excess_is_held_against_the_highest_of_three_other_rooms(others):
    found = excess(frame(*room(300, 200), as_of_us=NOW), others, has_refunds=True)

    assert found.state == ""
    assert 0.45 < found.value < 0.6
    assert found.edge == max(one.edge for one in others)


def test_a_room_like_the_others_has_none(others):
    assert excess(frame(*room(300, 33), as_of_us=NOW), others, has_refunds=True).value == 0.0


def test_two_other_rooms_are_no_baseline(others):
    found = excess(frame(*room(300, 200), as_of_us=NOW), others[:2], has_refunds=True)

    assert (found.state, found.k, found.n) == ("no_baseline", 200, 300)
    assert math.isnan(found.value)


def test_a_room_of_few_orders_is_no_baseline(others):
    small = baseline_of(frame(*room(150, 10), as_of_us=NOW))

    assert excess(frame(*room(300, 200), as_of_us=NOW), [*others[:2], small], has_refunds=True).state == "no_baseline"


def test_orders_younger_than_a_day_are_not_counted(others):
    young = frame(*room(300, 200))  # the data ends with the last shipping, 40 hours after

    assert excess(young, others, has_refunds=True).n == 300
    assert (
        excess(
            frame(
                *room(
                    300,
                    200,
                ),
                as_of_us=0,
            ).take(np.arange(0)),
            others,
            has_refunds=True,
        ).state
        == "no_orders"
    )


def test_what_the_merchant_cancelled_is_no_excess(others):
    cancelled = frame(*room(300, 200, text="缺货"), as_of_us=NOW)

    assert excess(cancelled, others, has_refunds=True).value == 0.0


def test_many_orders_of_few_buyers_prove_less_than_of_many(others):
    many = frame(*room(300, 200), as_of_us=NOW)
    few = [
        order(
            at, f"b{at % 6}" if at < 200 else f"c{at}", at_h=at / 500, **PAID, **({"refund": 2.0} if at < 200 else SENT)
        )
        for at in range(300)
    ]

    few_found = excess(frame(*few, as_of_us=NOW), others, has_refunds=True)

    assert few_found.value < excess(many, others, has_refunds=True).value


def buyers(*counts: int, n_kept: int = 0) -> Orders:
    parts = [
        order(f"{buyer}-{at}", f"b{buyer}", at_h=at / 10, **PAID, refund=9.0, amount_minor=1_000 * (at + 1))
        for buyer, n in enumerate(counts)
        for at in range(n)
    ]
    return frame(*parts, *(order(f"k{at}", f"k{at}", **PAID) for at in range(n_kept)))


def test_repeats_count_what_is_beyond_five_returns_of_each_buyer():
    found = repeats(buyers(20, 9, 3, n_kept=18), [], has_refunds=True)

    assert (found.k, found.n, found.n_buyers) == (15 + 4, 50, 2)
    assert found.value == 19 / 50


def test_one_buyer_alone_may_be_a_bulk_buyer():
    found = repeats(buyers(40, n_kept=10), [], has_refunds=True)

    assert (found.k, found.value) == (35, 0.0)


def test_a_baseline_in_which_buyers_give_back_more_leaves_more_out():
    usual = baseline_of(buyers(*([8] * 30)))

    assert repeats(buyers(20, 9, n_kept=21), [usual], has_refunds=True).edge == 8.0


def test_unpaid_orders_that_were_closed_count():
    closed = frame(
        *(order(f"{b}-{at}", f"b{b}", at_h=at / 10, cancel=0.5) for b in range(2) for at in range(10)),
        order("p", "z", **PAID),
    )

    assert repeats(closed, [], has_refunds=True).k == 10


@pytest.mark.parametrize(
    ("orders", "has", "state"),
    [
        (frame(order(1, "m***", id_kind="masked")), True, "no_buyers"),
        (frame(order(1, "a")), False, "no_refunds"),
    ],
)
def test_repeats_that_cannot_be_counted_say_why(orders, has, state):
    found = repeats(orders, [], has_refunds=has)

    assert found.state == state
    assert math.isnan(found.value)


def test_in_money_a_bound_stands_for_the_cheapest_orders():
    orders = buyers(7, 7, n_kept=6)  # 1,000 to 7,000 each, the kept ones 10,000
    found = repeats(orders, [], has_refunds=True)

    share = in_money(orders, excess(orders, [], has_refunds=True), found)

    assert found.k == 4
    assert share == pytest.approx(2 * (1_000 + 2_000) / (2 * 28_000 + 60_000))


def test_the_milder_reading_is_judged():
    strict, mild = (
        repeats(buyers(20, 9, n_kept=21), [], has_refunds=True),
        repeats(buyers(20, n_kept=30), [], has_refunds=True),
    )

    assert milder(strict, mild) is milder(mild, strict) is mild
