"""Bounds of shares hold where they were calibrated, in thin rooms and in every simulation, and are no wider than that."""

import numpy as np

from truecrowd.training.widening import FACTORS, FLOORS, HOLDS, THINNESS, _narrowest


def rows(error, *, n_people=400.0, dirty=True, number=0):
    """Rooms whose estimates miss by `error`: spread, root, thinness, whether dirty, simulation."""
    error = np.asarray(error, float)
    same = np.ones(len(error))
    return np.stack([error, 0.0 * same, 0.4 * same, same / np.sqrt(n_people), same * dirty, same * number])


def held(bounds, part, side):
    floor, factor, thinness = bounds
    return side * part[0] <= part[1] + floor + factor * part[2] + thinness * part[3] + 1e-9


def test_either_side_holds_in_nearly_all_rooms():
    rng = np.random.default_rng(0)
    part = rows(rng.normal(0.02, 0.05, 1_000))

    for side in (-1.0, 1.0):
        assert held(_narrowest(part, side=side), part, side).mean() >= HOLDS


def test_small_errors_need_the_least_bounds_only():
    assert _narrowest(rows(np.zeros(200)), side=1.0) == (FLOORS[0], FACTORS[0], THINNESS[0])


def test_what_only_thin_rooms_miss_is_paid_for_by_thin_rooms():
    part = np.concatenate([rows(np.full(50, 0.25), n_people=60.0), rows(np.zeros(950), n_people=20_000.0)], axis=1)

    floor, factor, thinness = _narrowest(part, side=1.0)

    assert thinness > 0.0
    assert floor + 0.4 * factor + thinness / np.sqrt(20_000.0) < 0.15


def test_a_simulation_of_its_own_kind_is_held_too():
    part = np.concatenate([rows(np.zeros(1_000)), rows(np.full(10, -0.15), number=1)], axis=1)

    assert held(_narrowest(part, side=-1.0), part, -1.0).all()


def test_where_nothing_holds_the_widest_are_taken():
    assert _narrowest(rows(np.full(20, 5.0)), side=1.0) == (FLOORS[-1], FACTORS[-1], THINNESS[-1])
