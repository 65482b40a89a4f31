"""How levels are spread is learnt of everybody, a large crowd weighs as one example, and a model keeps it."""

import numpy as np

from truecrowd.training.fusions import ROOM_WEIGHT, habits_of
from truecrowd.verdict.features import Features
from truecrowd.verdict.fusion import Fusion, Model, Steps
from truecrowd.verdict.inroom import N_LEVELS

FUSION = Fusion({"phone_mix": Steps(2, np.array([0.5]), np.array([-0.5, 3.5]))}, {})


def seen(n_honest: int, n_bought: int) -> tuple[Features, np.ndarray]:
    """One room: nobody honest stands out by the phone, all of the bought do."""
    n = n_honest + n_bought
    is_true = np.arange(n) >= n_honest
    looked = np.tile(np.array([False, False, True, False]), (n, 1))
    values = {"phone_mix": is_true.astype(float)}
    weak = {"phone_mix": np.zeros(n, np.bool_)}
    return Features("account", np.zeros(n, int), np.arange(n), values, weak, {"phone_mix": 2}, looked), is_true


def test_levels_of_honest_and_bought_are_told_apart():
    features, is_true = seen(500, 100)

    habits = habits_of(FUSION, [features], [is_true])

    assert habits.honest[2].argmax() == 1
    assert habits.bought[2].argmax() == N_LEVELS - 1
    assert np.allclose(habits.honest.sum(axis=1), 1.0)
    assert (habits.honest > 0).all()


def test_one_large_farm_is_one_example():
    few, many = (habits_of(FUSION, [one], [truth]) for one, truth in (seen(500, 300), seen(500, 20_000)))

    assert ROOM_WEIGHT["true"] == 300.0
    assert np.allclose(few.bought, many.bought)


def test_a_family_that_did_not_look_is_spread_evenly():
    features, is_true = seen(500, 100)

    assert np.allclose(habits_of(FUSION, [features], [is_true]).honest[0], 1.0 / N_LEVELS, atol=1e-6)


def test_a_model_keeps_its_habits():
    features, is_true = seen(500, 100)
    model = Model(
        "m", {}, {}, {"viewers": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)}, {"account": habits_of(FUSION, [features], [is_true])}
    )

    again = Model.parse(model.text())

    assert again.widening == model.widening
    assert np.array_equal(again.habits["account"].bought, model.habits["account"].bought)
