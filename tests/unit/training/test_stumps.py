import numpy as np

from truecrowd.training.stumps import Config, edges_of, fit

PLAIN = Config(n_rounds=50, least=5.0)


def drawn(n_honest: int = 900, n_true: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    scores = np.concatenate([rng.exponential(0.3, n_honest), rng.normal(2.0, 0.5, n_true)])
    return scores, np.arange(n_honest + n_true) >= n_honest


def test_higher_scores_never_count_less():
    scores, is_true = drawn()

    edges, nats = fit({"a": scores}, is_true, np.ones(len(scores)), PLAIN)["a"]

    assert len(nats) == len(edges) + 1
    assert (np.diff(nats) >= 0).all()
    assert nats[0] < 0 < nats[-1]


def test_a_score_that_falls_with_the_truth_is_not_used():
    scores, is_true = drawn()

    assert fit({"a": -scores}, is_true, np.ones(len(scores)), PLAIN) == {}


def test_noise_moves_nothing_far():
    noise = np.random.default_rng(1).random(1_200)

    found = fit({"noise": noise}, drawn()[1], np.ones(1_200), PLAIN)

    assert np.abs(found.get("noise", (None, np.zeros(1)))[1]).max() < 0.7


def test_what_was_not_said_counts_neither_way():
    scores, is_true = drawn()
    silent = np.concatenate([scores, np.full(800, np.nan)])
    truth = np.concatenate([is_true, np.zeros(800, np.bool_)])

    _, nats = fit({"a": silent}, truth, np.ones(len(silent)), PLAIN)["a"]

    assert nats[-1] > 1.0


def test_the_odds_come_back_as_nats():
    """Of rows scored 1, three of four are true; of rows scored 0, one of four: log 3 on either side."""
    scores = np.repeat([1.0, 1.0, 0.0, 0.0], [750, 250, 250, 750])
    is_true = np.repeat([True, False, True, False], [750, 250, 250, 750])

    _, nats = fit({"a": scores}, is_true, np.ones(2_000), PLAIN)["a"]

    assert np.allclose(nats, [-np.log(3), np.log(3)], atol=0.05)


def test_contributions_are_bounded():
    scores = np.repeat([0.0, 1.0], 5_000)

    _, nats = fit({"a": scores}, scores > 0, np.ones(10_000), Config(most_nats=2.0))["a"]

    assert np.abs(nats).max() <= 2.0


def test_a_constant_score_has_no_edges():
    assert len(edges_of(np.zeros(10), PLAIN)) == 0
    assert len(edges_of(np.full(10, np.nan), PLAIN)) == 0


def test_the_same_rows_in_another_order_give_the_same_steps():
    scores, is_true = drawn()
    order = np.random.default_rng(2).permutation(len(scores))

    one = fit({"a": scores}, is_true, np.ones(len(scores)), PLAIN)["a"]
    other = fit({"a": scores[order]}, is_true[order], np.ones(len(scores)), PLAIN)["a"]

    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])
