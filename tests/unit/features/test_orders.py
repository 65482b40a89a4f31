"""Slots, numbers of combinations, and shares in which buyers are the units of chance."""

import numpy as np

from truecrowd.features.orders import SLOT_US, beyond, groupings, numbered, shares, upper


def test_slots_are_counted_from_the_rooms_own_first_order():
    room, ts = np.array([0, 0, 0, 5, 5]), np.array([7, 7 + SLOT_US - 1, 7 + SLOT_US, 100, 101])

    whole, slots, shifted = groupings(room, ts)

    assert whole.tolist() == [0, 0, 0, 1, 1]
    assert slots.tolist() == [0, 0, 1, 2, 2]
    assert shifted.tolist() == [0, 1, 1, 2, 2]
    assert [one.tolist() for one in groupings(room, ts + 123_456)] == [one.tolist() for one in (whole, slots, shifted)]


def test_no_orders_have_no_groups():
    empty = np.zeros(0, np.int64)

    assert [len(one) for one in groupings(empty, empty)] == [0, 0, 0]
    assert len(shares(empty, empty, np.zeros(0, np.bool_)).n) == 0


def test_combinations_are_numbered_in_their_order():
    assert numbered(np.array([2, 1, 2, 1]), np.array([9, 0, 3, 0])).tolist() == [2, 0, 1, 0]


def test_orders_of_one_buyer_are_one_decision():
    group, buyer, is_kind = np.zeros(100, np.int64), np.arange(100), np.arange(100) < 50

    many = shares(group, buyer, is_kind)
    one = shares(group, np.where(is_kind, 0, buyer), is_kind)

    assert (many.k.tolist(), many.n.tolist(), many.n_buyers.tolist()) == ([50], [100], [50])
    assert many.lower().round(3).tolist() == [0.359]
    assert (one.n_buyers.tolist(), one.lower().tolist()) == ([1], [0.0])


def test_nothing_below_the_edge_scores():
    assert beyond(np.array([0.05, 0.1]), np.array([0.1, 0.05])).round(3).tolist() == [0.0, 0.693]
    assert upper(np.array([3]), np.array([0])).tolist() == [1.0]
