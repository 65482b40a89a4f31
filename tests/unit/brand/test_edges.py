"""Edges of shares against published tables, and the number of decisions that orders are worth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecrowd.brand.edges import (
    beta_below,
    beta_quantile,
    clopper_pearson,
    design_effect,
    share_edges,
    t_quantile,
    wilson,
)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_wilson_is_that_of_newcombe_1998_table_1(k, n, low, high):
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)  # fmt: skip
def test_clopper_and_pearson_is_that_of_newcombe_1998_table_1(k, n, low, high):
    assert clopper_pearson(k, n, 0.05) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("slot", "baseline", "printed"),
    [
        ((1_705, 2_000), 120, 0.801), ((1_705, 2_000), 550, 0.587), ((1_705, 2_000), 820, 0.0),
        ((334, 500), 120, 0.543), ((334, 500), 550, 0.050),
    ],
)  # fmt: skip
def test_the_excess_of_the_design_page_is_printed_to_the_last_digit(slot, baseline, printed):
    low, edge = clopper_pearson(*slot)[0], clopper_pearson(baseline, 1_000)[1]

    assert round(max((low - edge) / (1 - edge), 0.0), 3) == printed


@given(st.floats(0.001, 0.999), st.floats(0.5, 400.0), st.floats(0.5, 400.0))
def test_a_quantile_of_beta_is_where_its_distribution_reaches_it(q, a, b):
    x = beta_quantile(q, a, b)

    assert 0.0 <= x <= 1.0
    assert beta_below(x, a, b) == pytest.approx(q, abs=1e-9) or x in (0.0, 1.0) or x < 1e-12 or x > 1 - 1e-12


@pytest.mark.parametrize(("df", "value"), [(1, 12.7062), (5, 2.5706), (30, 2.0423), (120, 1.9799)])
def test_t_is_that_of_the_tables(df, value):
    assert t_quantile(0.975, df) == pytest.approx(value, abs=5e-5)


def test_nothing_at_all_leaves_everything_possible():
    assert wilson(0, 0) == clopper_pearson(0, 0) == (0.0, 1.0)
    assert design_effect(np.zeros(0, np.bool_), np.zeros(0, np.int64)) == 1.0


def test_buyers_of_one_order_each_are_worth_their_orders():
    of_kind = np.arange(100) % 3 == 0

    assert design_effect(of_kind, np.arange(100)) == pytest.approx(1.0, abs=0.02)
    assert share_edges(of_kind, np.full(100, -1)) == pytest.approx(wilson(34, 100), abs=0.01)


def test_forty_orders_of_one_mind_are_worth_one():
    buyer = np.repeat(np.arange(10), 40)
    of_kind = buyer < 5

    assert design_effect(of_kind, buyer) == pytest.approx(40.0, rel=0.2)


def test_where_everything_came_back_orders_of_one_buyer_count_as_alike():
    buyer = np.repeat(np.arange(4), 150)

    low, high = share_edges(np.ones(600, np.bool_), buyer)

    assert high == 1.0
    assert low < 0.6  # four buyers, not six hundred
