"""Refunds by age: the product of Kaplan and Meier, its twin in money, and how wide they are."""

import math

import numpy as np
import pytest

from truecrowd.brand.survival import curve_of, refunds_by_age

HOUR = 3_600_000_000
# Freireich et al. 1963, 6-MP group, weeks in remission: the example of Kaplan-Meier in every textbook
WEEKS = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35])
IS_EVENT = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], np.bool_)


def at(x: list[int], age: np.ndarray, is_back: np.ndarray, **more: np.ndarray):
    n = len(age)
    followed = more.get("followed", np.full(n, 10**9))
    weight, buyer = more.get("weight", np.ones(n)), more.get("buyer", np.arange(n))
    return refunds_by_age(age, is_back, followed, weight, buyer, x)


def test_the_product_is_that_of_the_textbook():
    values = [1 - one.value for one in at([6, 7, 10, 13, 16, 22, 23], WEEKS, IS_EVENT)]

    assert values == pytest.approx([0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=5e-5)


def test_greenwood_is_that_of_the_textbook_where_every_order_has_its_buyer():
    one = at([10], WEEKS, IS_EVENT)[0]
    spread = 0.0963 / 0.7529  # standard error of S(10) over S(10)
    theta, z = math.log(-math.log(0.7529)), 2.086  # t with 20 degrees of freedom

    high = 1 - math.exp(-math.exp(theta + z * spread / -math.log(0.7529)))

    assert one.high == pytest.approx(high, abs=0.03)
    assert one.low < one.value < one.high


def test_money_weighs_each_order_by_itself_when_nothing_is_young():
    is_back = np.arange(100) % 4 == 0
    age = np.where(is_back, np.arange(1, 101), 10**9)
    weight = np.where(is_back, 3.0, 1.0)

    one = at([1_000], age, is_back, weight=weight)[0]

    assert one.value == pytest.approx(75 / 150)


def test_one_price_for_all_gives_the_same_by_orders_and_by_money():
    age, is_back = np.arange(1, 101), np.arange(100) % 3 == 0

    by_orders, by_money = (at([50], age, is_back, weight=np.full(100, w))[0] for w in (1.0, 4_000.0))

    assert (by_orders.value, by_orders.low, by_orders.high) == pytest.approx(
        (by_money.value, by_money.low, by_money.high), abs=1e-9
    )


def test_fewer_than_twenty_orders_that_old_have_no_value():
    followed = np.where(np.arange(100) < 19, 100, 5)

    young = at([50], np.minimum(np.arange(100), followed), np.zeros(100, np.bool_), followed=followed)[0]

    assert math.isnan(young.value)
    assert young.n == 19


def test_orders_that_are_back_early_still_count_as_followed():
    age = np.where(np.arange(100) < 96, 2, 1_000)

    late = at([500], age, np.arange(100) < 96, followed=np.full(100, 1_000))[0]

    assert late.value == pytest.approx(0.96)  # four are left at risk, and nothing about them is unsure


def test_none_and_all_have_an_interval_too():
    age = np.full(50, 5)

    none, all_back = (at([9], age, np.full(50, kind))[0] for kind in (False, True))

    assert (none.value, none.low) == (0.0, 0.0)
    assert 0.05 < none.high < 0.1
    assert (all_back.value, all_back.high) == (1.0, 1.0)


def test_orders_of_few_buyers_make_the_interval_wider():
    age, is_back = np.arange(1, 201), np.repeat(np.arange(20), 10) % 2 == 0

    alone = at([150], age, is_back)[0]
    together = at([150], age, is_back, buyer=np.repeat(np.arange(20), 10))[0]

    assert together.value == alone.value
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_no_orders_give_no_value():
    assert math.isnan(at([5], np.zeros(0, np.int64), np.zeros(0, np.bool_))[0].value)


def test_the_curve_is_the_same_product_at_any_age():
    curve = curve_of(WEEKS, IS_EVENT)

    assert curve.kept(np.array([0, 6, 8, 100])) == pytest.approx([1.0, 0.8571, 0.8067, 0.4482], abs=5e-5)
