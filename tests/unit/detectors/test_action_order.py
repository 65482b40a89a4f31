"""Rooms are invented here; rare sets and one order of first acts are found, honest habits are not."""

import numpy as np
import pytest
from invented_rooms import look, of_acts, scores_of

from truecrowd.detectors.action_order import DETECTOR, TYPES


def does(rng, name, kinds, at_s=None, gap_s=80.0):
    """Return (account, seconds, type): the acts one after the other."""
    at = rng.uniform(0, 6_000) if at_s is None else at_s
    return [(name, at + gap_s * k + rng.uniform(0, 30), kind) for k, kind in enumerate(kinds)]


def viewers(rng, n=300, n_fans=15):
    """Return viewers who do one thing or two, and fans who like, comment and light a badge in their own order."""
    rows = []
    for k in range(n):
        kinds = rng.choice(TYPES, 1 + (k % 9 == 0), replace=False, p=(0.5, 0.3, 0.08, 0.04, 0.08))
        rows += does(rng, f"u{k}", kinds)
    for k in range(n_fans):
        rows += does(rng, f"fan{k}", rng.permutation(("like", "comment", "light_badge")))
    return rows


def examine(rows, **words):
    return look(DETECTOR, of_acts(rows, **words))


def crowd(rng, n, kinds, prefix="x", **how):
    return [row for k in range(n) for row in does(rng, f"{prefix}{k}", kinds, **how)]


@pytest.fixture
def rng():
    return np.random.default_rng(6)


def test_people_who_do_one_thing_or_two_and_fans_score_nothing(rng):
    seen = examine(viewers(rng))

    assert seen.findings.num_rows == 0
    assert scores_of(seen, "").max() == 0.0


def test_a_troupe_in_one_order_scores_higher_than_one_in_every_order(rng):
    ordered = examine(viewers(rng) + crowd(rng, 40, TYPES))
    shuffled = examine(viewers(rng) + [row for k in range(40) for row in does(rng, f"x{k}", rng.permutation(TYPES))])

    assert scores_of(ordered, "x").min() > scores_of(shuffled, "x").max() > 1.2
    assert ordered.findings.num_rows == shuffled.findings.num_rows == 1


@pytest.mark.parametrize(("n", "is_found"), [(6, False), (30, True)])
def test_a_few_who_follow_and_light_badges_are_silent(rng, n, is_found):
    seen = examine(viewers(rng) + crowd(rng, n, ("like", "follow", "light_badge")))

    assert (seen.findings.num_rows == 1) is is_found


def test_fans_in_one_order_score_by_their_order_alone(rng):
    fan = ("like", "comment", "light_badge")
    others = viewers(rng, 900, n_fans=0)

    ordered = scores_of(examine(others + crowd(rng, 40, fan)), "x")
    shuffled = scores_of(
        examine(others + [r for k in range(40) for r in does(rng, f"x{k}", rng.permutation(fan))]), "x"
    )

    assert ordered.min() > 0
    assert shuffled.max() == 0.0


def test_an_order_that_the_platform_forces_is_no_evidence(rng):
    """A badge needs the club first: only two of the three acts were free."""
    forced = crowd(rng, 12, ("like", "fan_club", "light_badge"), "fan")

    assert scores_of(examine(viewers(rng) + forced), "fan").max() == 0.0


def test_what_a_draw_dictates_is_left_out(rng):
    draw = crowd(rng, 80, ("comment", "follow", "light_badge"), "d", at_s=3_000, gap_s=10)

    prompted = examine([*viewers(rng), *draw, (None, 2_995.0, "prompt")])
    alone = examine(viewers(rng) + draw)

    assert scores_of(prompted, "d").size == 0
    assert scores_of(alone, "d").min() > 1.2
    assert prompted.findings.num_rows == 0


def test_an_audience_that_only_comments_and_likes_is_silent(rng):
    assert scores_of(examine(viewers(rng) + crowd(rng, 200, ("like", "comment"), "c")), "c").max() == 0.0


def test_a_thin_room_does_not_score_by_chance(rng):
    rows = viewers(rng, n=30, n_fans=2) + crowd(rng, 3, ("like", "follow", "light_badge"))

    assert scores_of(examine(rows), "").max() == 0.0


def test_partial_work_of_one_act_each_must_be_seen_by_others(rng):
    """Whoever does one thing only has no set and no order; detectors.md: shuffled or partial orders go to S5 and L1."""
    rows = [row for k in range(80) for row in does(rng, f"x{k}", [TYPES[k % 5]])]

    assert scores_of(examine(viewers(rng) + rows), "x").max() == 0.0


def test_a_clock_of_minutes_leaves_the_sets(rng):
    seen = examine(viewers(rng) + crowd(rng, 40, TYPES), ts_kind="minute")

    (cover,) = seen.coverage.to_pylist()
    assert (cover["mode"], cover["reason"]) == ("sets_only", "clock_grain")
    assert '"kind": "set"' in seen.findings["params"][0].as_py()


def test_two_recorded_types_are_too_few(rng):
    rows = [row for row in viewers(rng) if row[2] in ("like", "comment")]

    (cover,) = examine(rows).coverage.to_pylist()

    assert (cover["looked"], cover["reason"]) == (False, "few_types")
