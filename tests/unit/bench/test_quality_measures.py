"""Measures against values computed by hand and against the slow, obvious way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecrowd.bench.quality.bootstrap import MOST_STEPS, Ranking, draws, mean_of, median_of, rate_of, rates_of, steps
from truecrowd.bench.quality.measures import adjusted_rand, auc, average_precision, b_cubed, bin_of, purity, recall_at

ROWS = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=60)


def counts(rows: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    """Return positives and negatives at each score, the highest first."""
    scores = sorted({score for score, _ in rows}, reverse=True)
    positives = [sum(at == score and positive for at, positive in rows) for score in scores]
    negatives = [sum(at == score and not positive for at, positive in rows) for score in scores]
    return np.array(positives, float), np.array(negatives, float)


@given(ROWS)
def test_auc_is_the_part_of_pairs_won(rows: list[tuple[int, bool]]) -> None:
    high = [score for score, positive in rows if positive]
    low = [score for score, positive in rows if not positive]
    pairs = [(a > b) + (a == b) / 2 for a in high for b in low]

    found = float(auc(*counts(rows)))

    assert found == pytest.approx(np.mean(pairs)) if pairs else np.isnan(found)


@given(ROWS)
def test_average_precision_is_the_mean_precision_at_each_positive(rows: list[tuple[int, bool]]) -> None:
    precisions = []
    for score, positive in rows:
        if positive:
            above = [each for at, each in rows if at >= score]
            precisions.append(sum(above) / len(above))

    found = float(average_precision(*counts(rows)))

    assert found == pytest.approx(np.mean(precisions)) if precisions else np.isnan(found)


@given(ROWS, st.sampled_from([0.0, 0.1, 0.5, 1.0]))
def test_recall_is_that_of_the_best_threshold_allowed(rows: list[tuple[int, bool]], limit: float) -> None:
    n_high = sum(positive for _, positive in rows)
    n_low = len(rows) - n_high
    best = 0.0
    for threshold in range(8):
        told = [positive for score, positive in rows if score >= threshold]
        if n_high and len(told) - sum(told) <= limit * n_low:
            best = max(best, sum(told) / n_high)

    found = float(recall_at(*counts(rows), limit))

    assert found == pytest.approx(best) if n_high and n_low else np.isnan(found)


def test_b_cubed_of_a_known_grouping() -> None:
    found, true = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1])

    precision, recall, f1 = b_cubed(found, true)

    assert precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert recall == pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3) / 5)
    assert f1 == pytest.approx(2 * precision * recall / (precision + recall))
    assert purity(found, true) == pytest.approx(4 / 5)


def test_no_members_have_no_grouping() -> None:
    nobody = np.zeros(0, np.int64)

    assert np.isnan([*b_cubed(nobody, nobody), purity(nobody, nobody)]).all()


def test_a_probability_of_one_lies_in_the_last_bin() -> None:
    assert bin_of(np.array([0.0, 0.05, 0.15, 1.0]), 10).tolist() == [0, 0, 1, 9]


def test_draws_keep_the_number_of_clusters_and_the_seed() -> None:
    drawn = draws(7, seed=3)

    assert (drawn.sum(1) == 7).all()
    assert (drawn == draws(7, seed=3)).all()
    assert (drawn != draws(7, seed=4)).any()


def test_few_scores_are_never_joined_and_many_are() -> None:
    few, many = np.arange(10.0), np.arange(5_000.0)

    assert steps(few)[1].tolist() == list(range(10))
    assert len(set(steps(many)[1].tolist())) <= MOST_STEPS
    assert (np.diff(steps(many)[1]) >= 0).all()


def test_an_interval_needs_two_operators_and_two_hosts() -> None:
    score, negative = np.array([3.0, 1.0, 2.0, 0.0]), np.array([False, False, True, True])
    two, one = np.array([0, 1, 2, 3]), np.array([0, 0, 1, 1])

    with_two = Ranking(score, negative, two, two, seed=0).estimate(~negative, {"auc": auc})["auc"]
    with_one = Ranking(score, negative, one, one, seed=0).estimate(~negative, {"auc": auc})["auc"]

    assert (with_two.value, with_two.low, with_two.high) == (0.75, 0.0, 1.0)
    assert with_one.value == 0.75
    assert np.isnan(with_one.low)


def test_no_exception_in_a_few_hosts_does_not_mean_none_at_all() -> None:
    never = rate_of(np.zeros(300), np.ones(300), np.arange(300), seed=0)
    always = rate_of(np.ones(10), np.ones(10), np.arange(10), seed=0)

    assert (never.value, never.low) == (0.0, 0.0)
    assert never.high == pytest.approx(0.01222, abs=1e-5)  # Clopper-Pearson, 0 of 300
    assert always.low == pytest.approx(0.6915, abs=1e-4)  # 10 of 10


def test_a_ranking_without_a_mistake_has_no_interval() -> None:
    here = np.arange(4)
    negative = here < 2

    found = Ranking(here.astype(float), negative, here, here, seed=0).estimate(~negative, {"auc": auc})["auc"]

    assert found.value == 1.0
    assert np.isnan([found.low, found.high]).all()


def test_nothing_is_measured_where_no_row_is_honest() -> None:
    here = np.arange(3)
    nobody = np.zeros(3, bool)

    found = Ranking(here.astype(float), nobody, here, here, seed=0).estimate(~nobody, {"ap": average_precision})

    assert np.isnan(found["ap"].value)


def test_an_interval_is_wider_where_rows_hang_together() -> None:
    rng = np.random.default_rng(1)
    host = np.repeat(np.arange(20), 50)
    part = (rng.random(20) < 0.5)[host].astype(float)

    by_host = rate_of(part, np.ones(1_000), host, seed=0)
    by_row = rate_of(part, np.ones(1_000), np.arange(1_000), seed=0)

    assert by_host.value == by_row.value == pytest.approx(part.mean())
    assert by_host.high - by_host.low > 3 * (by_row.high - by_row.low)


def test_the_interval_agrees_with_drawing_rows_one_by_one() -> None:
    rng = np.random.default_rng(2)
    n = 400
    score, negative = rng.normal(size=n), np.arange(n) % 2 == 0
    score[~negative] += 1.0
    cluster = np.arange(n) // 10
    slow = []
    for _ in range(400):
        rows = []
        for which in (~negative, negative):
            names = np.unique(cluster[which])
            rows += [np.flatnonzero((cluster == name) & which) for name in rng.choice(names, len(names))]
        taken = np.concatenate(rows)
        high, low = score[taken][~negative[taken]], score[taken][negative[taken]]
        slow.append((high[:, None] > low[None, :]).mean())

    fast = Ranking(score, negative, cluster, cluster, seed=0).estimate(~negative, {"auc": auc})["auc"]

    assert (fast.low, fast.high) == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])), abs=0.02)


def test_adjusted_rand_of_known_groupings() -> None:
    """Values as scikit-learn's documentation prints them (adjusted_rand_score)."""
    assert adjusted_rand(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2])) == pytest.approx(0.5714285714)
    assert adjusted_rand(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])) == pytest.approx(-0.5)
    assert adjusted_rand(np.array([1, 1, 0, 0]), np.array([0, 0, 1, 1])) == 1.0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30))
def test_adjusted_rand_does_not_care_which_grouping_comes_first(rows: list[tuple[int, int]]) -> None:
    found, true = np.array(rows).T

    one, other = adjusted_rand(found, true), adjusted_rand(true, found)

    assert one == pytest.approx(other, nan_ok=True)
    assert not one > 1.0


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.booleans()), min_size=1, max_size=60))
def test_rates_of_many_groups_are_those_of_each_alone(rows: list[tuple[int, int, bool]]) -> None:
    group, cluster, part = (np.array(column) for column in zip(*rows, strict=True))

    together = rates_of(part.astype(float), np.ones(len(rows)), cluster, group, 3, seed=5)

    for at, found in enumerate(together):
        own = group == at
        alone = rate_of(part[own].astype(float), np.ones(int(own.sum())), cluster[own], seed=5)
        assert (found.value, found.low, found.high) == pytest.approx((alone.value, alone.low, alone.high), nan_ok=True)


def test_no_groups_have_no_rates() -> None:
    assert rates_of(np.ones(3), np.ones(3), np.arange(3), np.full(3, -1), 0, seed=0) == []


def test_a_mean_of_nought_is_not_taken_for_a_rate() -> None:
    found = mean_of(np.zeros(5), np.arange(5), seed=0)

    assert found.value == 0.0
    assert np.isnan(found.high)


def test_the_median_is_the_middle_value_and_its_ends_are_values() -> None:
    values = np.array([9.0, 1.0, 5.0, 2.0])

    found = median_of(values, np.arange(4), seed=0)

    assert found.value == 2.0
    assert {found.low, found.high} <= set(values.tolist())
    assert found.low < found.high
    assert np.isnan(median_of(values[:0], np.zeros(0, np.int64), seed=0).value)
    assert np.isnan(median_of(values, np.zeros(4, np.int64), seed=0).low)
