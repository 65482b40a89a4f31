import numpy as np
import pytest

from truecrowd.verdict.features import Features
from truecrowd.verdict.fusion import Fused
from truecrowd.verdict.shares import Shares, at_least, estimated, lower_bound, within


def crowd(n_honest: int, n_true: int, looked=(True, True, True, True)) -> tuple[Features, Fused]:
    n = n_honest + n_true
    nats = np.concatenate([np.full(n_honest, -3.0), np.full(n_true, 4.0)])
    features = Features("account", np.zeros(n, int), np.arange(n), {}, {}, {}, np.tile(np.array(looked), (n, 1)))
    return features, Fused(nats, np.zeros((n, 4)), {})


def share_of(n_honest: int, n_true: int, *, weight=None, widening=(0.0,) * 6, **more) -> Shares:
    features, fused = crowd(n_honest, n_true, **more)
    n = len(features)
    prior = np.full(n, n_true / n)
    return estimated(features, fused, prior, np.ones(n) if weight is None else weight, 1).within(widening)


def test_the_share_and_its_interval_hold_the_truth():
    found = share_of(900, 100)

    assert found.low[0] < 0.1 < found.high[0]
    assert found.share[0] == pytest.approx(0.1, abs=0.02)


def test_what_is_not_counted_does_not_count():
    weight = np.concatenate([np.full(900, 1.0), np.full(100, 0.0)])

    assert share_of(900, 100, weight=weight).share[0] < 0.02


def test_the_floor_widens_every_interval():
    assert share_of(900, 0, widening=(0.0, 0.0, 0.0, 0.05, 0.0, 0.0)).high[0] >= 0.05


def test_families_that_could_not_look_widen_the_interval():
    full = share_of(900, 100, widening=(0.0, 0.0, 0.0, 0.05, 0.0, 0.0))
    half = share_of(900, 100, widening=(0.0, 0.0, 0.0, 0.05, 0.0, 0.0), looked=(True, False, True, False))

    assert half.high[0] - half.share[0] == pytest.approx(2 * (full.high[0] - full.share[0]))


def test_nobody_looked_nothing_is_estimated():
    assert np.isnan(share_of(900, 100, looked=(False,) * 4).share[0])


def test_the_lower_bound_is_below_what_is_seen_and_rises_with_n():
    few, many = lower_bound(np.array([5, 500]), np.array([10, 1_000]), 0.01)

    assert 0 < few < many < 0.5


def test_the_lower_bound_holds_as_often_as_it_says():
    k = np.random.default_rng(0).binomial(200, 0.3, 5_000)

    assert (lower_bound(k, np.full(5_000, 200), 0.01) > 0.3).mean() <= 0.01


def test_at_least_counts_what_honest_rooms_do_not_show():
    k, n = np.array([500, 30, 0]), np.array([1_000, 1_000, 0])

    bound = at_least({"a/x": (k, n)}, {"a/x": 0.05}, 3)

    assert bound[0] == pytest.approx((0.45 - 0.05) / 0.95, abs=0.02)
    assert bound[1] == 0.0
    assert np.isnan(bound[2])


def test_a_cell_without_an_edge_bounds_nothing():
    assert np.isnan(at_least({"a/x": (np.array([9]), np.array([10]))}, {}, 1)[0])


def test_a_bound_above_the_estimate_is_a_pattern_the_estimate_does_not_know():
    found = within(Shares(np.array([0.1]), np.array([0.05]), np.array([0.2])), np.array([0.4]))

    assert (found.share[0], found.low[0], found.high[0]) == (0.4, 0.4, 1.0)


def test_a_bound_below_the_interval_changes_nothing():
    before = Shares(np.array([0.3]), np.array([0.2]), np.array([0.4]))

    after = within(before, np.array([0.1]))

    assert (after.share[0], after.low[0], after.high[0]) == (0.3, 0.2, 0.4)
