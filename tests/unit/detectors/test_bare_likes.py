"""Rooms are invented here; bought likes are found, people who like a lot are not."""

import numpy as np
import pytest
from invented_rooms import look, of_acts, scores_of

from truecrowd.detectors.bare_likes import DETECTOR


def likes(rng, name, n, *, taps=None):
    """Return (account, seconds, type, value) of one account's streaks; of own lengths unless `taps` says so."""
    at = rng.uniform(0, 5_000)
    return [
        (name, at + rng.uniform(0, 2_000), "like", float(np.ceil(rng.lognormal(2.5, 1))) if taps is None else taps)
        for _ in range(n)
    ]


def likers(rng, n=300):
    """Return likers of one to four streaks, every second of whom comments, and twenty busy fans."""
    rows = []
    for k in range(n):
        rows += likes(rng, f"u{k}", rng.integers(1, 5))
        rows += [(f"u{k}", rng.uniform(0, 7_000), "comment", None)] if k % 2 else []
    for k in range(20):
        rows += [*likes(rng, f"fan{k}", 15), (f"fan{k}", rng.uniform(0, 7_000), "light_badge", None)]
    return rows


def examine(rows, declared=frozenset(), **words):
    return look(DETECTOR, of_acts(rows, **words), declared)


def bought(rng, n, streaks, **how):
    return [row for k in range(n) for row in likes(rng, f"x{k}", streaks, **how)]


@pytest.fixture
def rng():
    return np.random.default_rng(8)


def test_people_who_like_and_fans_who_like_all_evening_score_nothing(rng):
    seen = examine(likers(rng))

    assert seen.findings.num_rows == 0
    assert scores_of(seen, "").max() == 0.0


@pytest.mark.parametrize(("n", "is_found"), [(5, False), (40, True)])
def test_accounts_with_ten_streaks_and_nothing_else_are_found_from_a_package_on(rng, n, is_found):
    seen = examine(likers(rng) + bought(rng, n, 10))

    assert (seen.findings.num_rows == 1) is is_found
    assert bool(scores_of(seen, "x").min() > 0.5) is is_found
    assert scores_of(seen, "u").max() == 0.0


def test_streaks_of_one_length_score_more_than_mixed_ones(rng):
    even = examine(likers(rng) + bought(rng, 40, 10, taps=100.0))
    mixed = examine(likers(rng) + bought(rng, 40, 10))

    assert scores_of(even, "x").min() > scores_of(mixed, "x").max()
    assert '"streak": 100' in even.findings["params"][0].as_py()


def test_likers_who_also_comment_must_be_seen_by_others(rng):
    """detectors.md: likers that also join and comment are left to S1 and S4."""
    rows = bought(rng, 40, 10, taps=100.0) + [(f"x{k}", 60.0 * k, "comment", None) for k in range(40)]

    assert scores_of(examine(likers(rng) + rows), "x").max() == 0.0


def test_a_platform_that_sends_packs_of_one_size_makes_nobody_even(rng):
    rows = [(name, at, kind, 15.0 if kind == "like" else None) for name, at, kind, _ in likers(rng)]

    seen = examine(rows)

    assert scores_of(seen, "").max() == 0.0


def test_joining_is_no_other_life(rng):
    rows = bought(rng, 40, 10) + [(f"x{k}", 1.0 * k, "join", None) for k in range(40)]

    assert scores_of(examine(likers(rng) + rows), "x").min() > 0.5


def test_without_values_streaks_are_counted(rng):
    rows = [(name, at, kind, None) for name, at, kind, _ in likers(rng) + bought(rng, 40, 10, taps=100.0)]

    seen = examine(rows)

    (cover,) = seen.coverage.to_pylist()
    assert (cover["mode"], cover["reason"]) == ("counts_only", "no_value")
    assert '"kind": "bare"' in seen.findings["params"][0].as_py()


def test_a_room_with_a_handful_of_likers_is_not_judged(rng):
    rows = [*bought(rng, 10, 10, taps=100.0), ("u", 5.0, "comment", None)]

    assert scores_of(examine(rows), "x").max() == 0.0


@pytest.mark.parametrize(
    ("kinds", "declared", "reason"),
    [(("like",), frozenset(), "no_other_acts"), (("like", "comment"), frozenset({("r", "like")}), "sampled_like")],
)
def test_likes_alone_or_in_part_are_not_looked_at(rng, kinds, declared, reason):
    rows = [row for row in likers(rng) if row[2] in kinds]

    (cover,) = examine(rows, declared).coverage.to_pylist()

    assert (cover["looked"], cover["reason"]) == (False, reason)
