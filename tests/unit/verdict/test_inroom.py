"""Evidence counts for what it is worth in this room: beside a farm, less; where nothing is unusual, as before."""

import numpy as np

from truecrowd.verdict.features import FAMILIES, Features
from truecrowd.verdict.fusion import CUTS, Fused, Habits
from truecrowd.verdict.inroom import MOST_NATS, N_LEVELS, in_room, levels_of

RARE = 0.002
HIGH = 3.5
HABITS = Habits(
    honest=np.tile(np.array([RARE, RARE, 1 - 6 * RARE, RARE, RARE, RARE, RARE]), (4, 1)),
    bought=np.array([
        [0.02, 0.02, 0.4, 0.02, 0.02, 0.02, 0.5], [0.01, 0.01, 0.85, 0.01, 0.01, 0.01, 0.1],
        [0.02, 0.02, 0.4, 0.02, 0.02, 0.02, 0.5], [0.01, 0.01, 0.85, 0.01, 0.01, 0.01, 0.1],
    ]),
)  # fmt: skip
assert HABITS.honest.shape == (4, N_LEVELS)


def corrected(
    people: list[tuple[int, str]],
    *,
    habits: Habits | None = HABITS,
    looked=(True,) * 4,
    room=0,
    less=2.0,
):
    """Return nats before and after for groups of (how many, families at 3.5 nats), all in one room."""
    families = np.repeat(
        [[HIGH if letter in strong else 0.0 for letter in FAMILIES] for _, strong in people],
        [n for n, _ in people],
        axis=0,
    )
    n = len(families)
    features = Features(
        "account",
        np.full(n, room),
        np.arange(n),
        {},
        {},
        {},
        np.tile(np.array(looked, np.bool_), (n, 1)),
    )
    total = families.sum(axis=1) - less
    fused = in_room(features, Fused(total, families, {}), np.zeros(n, np.int64), room + 1, 1, habits)
    starts = np.cumsum([0, *(n for n, _ in people)])[:-1]
    return total[starts].tolist(), fused.total[starts].tolist()


def test_honest_people_in_the_cell_of_a_farm_count_less():
    before, after = corrected([(1_000, ""), (150, "D"), (300, "SLD")])

    assert after[1] < before[1] - 0.5  # one in seven of those of whom nothing else is said shows it
    assert after[2] > 6.0  # the farm is as sure as before


def test_a_shape_of_the_room_is_found_out_though_it_is_all_that_is_said():
    (_, by_shape), (_, by_phone) = (corrected([(2_000, ""), (60, letter)], less=0.0)[1] for letter in "SD")

    assert by_shape < by_phone - 0.5


def test_who_lacks_what_the_others_of_the_crowd_have_is_less_likely_of_it():
    before, after = corrected([(1_000, ""), (300, "SD"), (10, "S")])

    assert after[2] < before[2] - 0.5


def test_a_room_that_is_as_usual_is_left_as_it_is():
    before, after = corrected([(2_000, ""), (4, "S")])

    assert np.allclose(before, after, atol=0.1)


def test_a_family_corrects_by_its_bound_at_most():
    before, after = corrected([(500, ""), (500, "D"), (200, "SLD")])

    assert np.abs(np.array(after) - before).max() <= 8 * MOST_NATS


def test_in_a_large_room_more_is_believed():
    small, large = (corrected([(n * 10, ""), (n * 2, "D"), (n * 4, "SLD")])[1][1] for n in (50, 5_000))

    assert large < small - 0.5


def test_without_habits_nothing_changes():
    before, after = corrected([(1_000, ""), (150, "D")], habits=None)

    assert before == after


def test_families_that_could_not_look_correct_nothing():
    before, after = corrected([(1_000, ""), (150, "D"), (300, "SLD")], looked=(True, True, False, True))

    assert np.isclose(after[1], before[1] + (after[0] - before[0]))


def test_other_rooms_do_not_matter():
    assert corrected([(900, ""), (90, "D")])[1] == corrected([(900, ""), (90, "D")], room=3)[1]


def test_levels_are_cut_at_their_edges():
    nats = np.array([[-2.0, CUTS[0], 0.0, 4.0]])

    assert levels_of(nats, np.array([[True, True, True, False]])).tolist() == [[0, 1, 2, N_LEVELS]]
