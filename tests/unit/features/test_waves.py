"""Kernels of waves against counting by hand."""

import numpy as np
import pytest

from truecrowd.features.waves import expected_overlap, places, repeats_within, runs, spans


def test_places_agree_with_counting():
    rng = np.random.default_rng(1)
    group = np.sort(rng.integers(0, 4, 60))
    ts = rng.integers(0, 50, 60)
    order = np.lexsort((ts, group))
    group, ts = group[order], ts[order]
    at_group, at = rng.integers(0, 4, 40), rng.integers(-20, 90, 40)

    found = places(group, ts, at_group, at)

    counted = [int(((group < g) | ((group == g) & (ts < t))).sum()) for g, t in zip(at_group, at, strict=True)]
    assert found.tolist() == counted


def test_spans_leave_out_the_gap_on_both_sides():
    group = np.zeros(7, np.int64)
    ts = np.array([0, 50, 95, 100, 105, 112, 150])

    seen = spans(group, ts, span_us=10, gap_us=10, shoulder_us=60)

    at = 3  # 100: span [100, 110), shoulders [30, 90) and [120, 180)
    assert (int(seen.n[at]), int(seen.before[at]), int(seen.after[at])) == (2, 1, 1)


def test_ranges_that_touch_are_two_runs_and_overlapping_ones_are_one():
    assert runs(np.array([0, 2]), np.array([2, 4]), 4).tolist() == [0, 0, 1, 1]
    assert runs(np.array([0, 1]), np.array([2, 4]), 4).tolist() == [0, 0, 0, 0]
    assert runs(np.array([], np.int64), np.array([], np.int64), 2).tolist() == [-1, -1]


def test_a_short_range_inside_a_long_one_does_not_split_it():
    assert runs(np.array([0, 1, 3]), np.array([6, 2, 5]), 6).tolist() == [0] * 6


def test_repeats_are_counted_by_doer():
    assert repeats_within(np.array([1, 1, 1, 2]), np.array([0, 5, 20, 21]), span_us=6).tolist() == [
        False, True, False, False,
    ]  # fmt: skip


def test_expected_overlap_of_equally_active_people_is_the_product_of_the_shares():
    expected = expected_overlap(np.array([20.0, 30.0]), np.ones(100), np.ones((100, 2), np.bool_))

    assert expected[0, 1] == pytest.approx(20 * 30 / 100)


def test_people_who_were_away_are_not_expected_in_both():
    near = np.array([[True, False]] * 50 + [[False, True]] * 50)

    assert expected_overlap(np.array([20.0, 30.0]), np.ones(100), near)[0, 1] == 0.0
