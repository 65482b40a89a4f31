"""Figures 2 and 3: returned orders per returning buyer, and how few buyers placed how many orders."""

import math

import numpy as np
import pytest

from truecrowd.brand.buyers import concentration, n_draws, rarefied, returns_of


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_both_readings_of_per_person_are_given():
    buyer = np.array([0, 0, 0, 1, 1, 2, 3])

    found = returns_of(buyer, np.array([1, 1, 1, 1, 0, 0, 0], np.bool_), rng())

    assert (found.n_returned, found.n_returning, found.n_buyers, found.q) == (4, 2, 4, 2.0)
    assert math.isnan(found.low)  # seven orders


def test_marks_put_by_chance_are_no_surprise():
    chance = np.random.default_rng(1)
    p_values = []
    for seed in range(60):
        buyer = chance.integers(0, 120, 200)
        p_values.append(returns_of(buyer, chance.random(200) < 0.4, np.random.default_rng(seed)).p_value)

    assert 0.3 < np.mean(p_values) < 0.75  # whole numbers tie, so the mean lies above one half
    assert np.mean(np.array(p_values) <= 0.05) < 0.15


def test_buyers_who_give_everything_back_are_one():
    buyer = np.repeat(np.arange(100), 3)

    found = returns_of(buyer, buyer < 40, rng())

    assert found.q == 3.0
    assert found.p_value == pytest.approx(1 / 1_001)
    assert found.low <= 3.0 <= found.high


def test_buyers_of_one_order_each_leave_nothing_to_shuffle():
    found = returns_of(np.arange(100), np.arange(100) < 30, rng())

    assert (found.q, found.p_value) == (1.0, 1.0)
    assert found.low == 1.0 < found.high


def test_the_same_seed_gives_the_same_numbers():
    buyer = np.random.default_rng(2).integers(0, 60, 100)

    assert returns_of(buyer, buyer % 3 == 0, rng()) == returns_of(buyer, buyer % 3 == 0, rng())


def test_no_returns_have_no_ratio():
    assert math.isnan(returns_of(np.arange(30), np.zeros(30, np.bool_), rng()).q)


def test_concentration_is_counted_by_its_formulas():
    n = np.random.default_rng(3).geometric(0.4, 500)
    x = np.sort(n).astype(float)
    rank = 2 * np.arange(1, 501) - 500 - 1

    found = concentration(n)

    assert found["gini"] == pytest.approx((rank * x).sum() / (500 * x.sum()))
    assert found["top_percent"] == pytest.approx(x[-5:].sum() / x.sum())
    assert found["top_10"] == pytest.approx(x[-10:].sum() / x.sum())
    assert found["effective_buyers"] == pytest.approx(1 / ((x / x.sum()) ** 2).sum())


def test_fewer_buyers_than_a_top_are_all_of_it():
    assert concentration(np.array([3, 1]))["top_10"] == 1.0
    assert math.isnan(concentration(np.zeros(0, np.int64))["gini"])


def test_as_many_orders_of_an_ordinary_room_are_as_spread_as_the_room():
    pool = np.random.default_rng(4).integers(0, 4_000, 5_000)

    draws = rarefied(pool, 200, rng())

    assert draws["top_4"].max() < 0.1  # a room of 200 orders of which four buyers have half lies far outside
    assert len(draws["top_4"]) == n_draws(200) == 1_000


def test_many_orders_are_drawn_less_often():
    assert n_draws(50_000) == 100
    assert n_draws(0) == 1_000
