"""Counts of cells against their edges: thin cells say nothing, windows count within their group only."""

import numpy as np
import pytest

from truecrowd.features.cells import cell_ids, counts_within, differs, nats_beyond, room_nats, upper_count


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
def test_up_to_four_people_never_exceed_an_edge(n):
    assert nats_beyond(np.array([n]), upper_count(np.zeros(1))).tolist() == [0.0]


def test_chance_rarely_exceeds_its_own_edge():
    rng = np.random.default_rng(1)
    expected = rng.uniform(0.0, 30.0, 20_000)

    score = nats_beyond(rng.poisson(expected), upper_count(expected))

    assert (score > 0).mean() < 0.001


def test_windows_count_both_ends_and_only_their_own_group():
    group = np.array([0, 0, 0, 1, 1])
    at = np.array([0, 10, 11, 0, 10])

    assert counts_within(group, at, at - 10, at).tolist() == [1, 2, 2, 1, 2]
    assert counts_within(group, at, np.zeros(5, np.int64), at - 1).tolist() == [0, 1, 2, 0, 1]


def test_equal_rows_have_one_number():
    assert cell_ids(np.array([3, -1, 3]), np.array([0, 0, 0])).tolist() == [1, 0, 1]
    assert differs(np.array([1, 1, 2]), np.array([5, 5, 5])).tolist() == [True, False, True]


def test_a_room_scores_by_the_share_beyond_its_cells():
    room = np.repeat([0, 1], 100)
    score = np.where(np.arange(200) < 50, 3.0, 0.0)

    assert room_nats(room, score, 2, edge_share=0.05).round(2).tolist() == [1.91, 0.0]
