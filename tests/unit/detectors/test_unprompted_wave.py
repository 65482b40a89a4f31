"""Rooms are invented here; the same accounts in wave after wave are found, honest waves are not."""

import numpy as np
import pytest
from invented_rooms import look, of_acts, scores_of

from truecrowd.detectors.unprompted_wave import DETECTOR


def viewers(rng, n=200, prefix="u"):
    """Return (account, seconds, type) of viewers who act one to four times at their own times."""
    rows = []
    for k in range(n):
        at = rng.uniform(0, 7_000)
        rows += [(f"{prefix}{k}", at + rng.exponential(300), "like") for _ in range(rng.integers(1, 3))]
        rows += [(f"{prefix}{k}", at + rng.exponential(600), "comment") for _ in range(rng.integers(0, 3))]
    return rows


def wave(rng, accounts, at_s, kind="like", span_s=6.0):
    return [(account, at_s + rng.uniform(0, span_s), kind) for account in accounts]


def farm(n, prefix="f"):
    return [f"{prefix}{k}" for k in range(n)]


def examine(rows, **words):
    return look(DETECTOR, of_acts(rows, **words))


@pytest.fixture
def rng():
    return np.random.default_rng(5)


CALLED = [(None, 30.0, "claim")]


def waves_of(rng, accounts, times=(1_000, 2_000, 3_000, 4_000), kinds=("follow", "like", "comment", "like")):
    return [row for at, kind in zip(times, kinds, strict=True) for row in wave(rng, accounts, at, kind)]


def test_the_same_accounts_in_four_waves_are_found(rng):
    seen = examine(CALLED + viewers(rng) + waves_of(rng, farm(60)))

    assert seen.findings.num_rows == 1
    assert min(scores_of(seen, "f")) > 0.7
    assert max(scores_of(seen, "u")) == 0.0


def test_waves_of_other_accounts_each_time_are_silent(rng):
    rows = [row for turn in range(4) for row in waves_of(rng, farm(60, f"w{turn}-"), (1_000 * turn + 500,), ("like",))]

    seen = examine(CALLED + viewers(rng) + rows)

    assert seen.findings.num_rows == 0
    assert max(scores_of(seen, "")) == 0.0


def test_one_wave_is_a_weak_sign_of_the_room_and_none_of_its_accounts(rng):
    seen = examine(CALLED + viewers(rng) + waves_of(rng, farm(80), (3_000,), ("like",)))

    (room,) = [row for row in seen.scores.to_pylist() if row["subject_type"] == "room"]
    assert 0 < room["score"] <= 0.5
    assert max(scores_of(seen, "")) == 0.0
    assert seen.findings.num_rows == 0


def test_loyal_fans_who_answer_every_prompt_are_silent(rng):
    times = (1_000, 2_000, 3_000, 4_000)
    prompts = [(None, at - 4.0, "prompt") for at in times]

    seen = examine(viewers(rng) + prompts + waves_of(rng, farm(60), times, ("comment",) * 4))

    assert max(scores_of(seen, "")) == 0.0


def test_fans_who_act_all_evening_are_silent_in_unprompted_waves(rng):
    fans = farm(150, "fan")
    busy = [(name, rng.uniform(0, 7_000), "like") for name in fans for _ in range(12)]
    rows = [row for at in (1_000, 2_500, 4_000) for row in wave(rng, rng.choice(fans, 40, replace=False), at)]

    seen = examine(CALLED + viewers(rng, 100) + busy + rows)

    assert seen.findings.num_rows == 0
    assert max(scores_of(seen, "")) == 0.0


def test_clicks_after_a_price_are_called_for(rng):
    times = (1_000, 2_000, 3_000)
    prices = [(None, at - 20.0, "price") for at in times]
    rows = waves_of(rng, farm(60), times, ("product_click",) * 3)

    called, alone = examine(viewers(rng) + prices + rows), examine(CALLED + viewers(rng) + rows)

    assert max(scores_of(called, "")) == 0.0
    assert min(scores_of(alone, "f")) > 0.0


def test_two_reactions_to_one_moment_are_one_wave(rng):
    rows = waves_of(rng, farm(60), (1_000, 1_030, 1_060), ("like", "comment", "follow"))

    seen = examine(CALLED + viewers(rng) + rows)

    assert max(scores_of(seen, "")) == 0.0


@pytest.mark.parametrize(("n", "is_found"), [(12, False), (60, True)])
def test_a_handful_that_acts_together_is_not_enough(rng, n, is_found):
    seen = examine(CALLED + viewers(rng) + waves_of(rng, farm(n)))

    assert (seen.findings.num_rows == 1) is is_found


def test_a_farm_whose_waves_are_random_must_be_seen_by_others(rng):
    """Random latency of minutes hides waves; detectors.md: `action_order`, `co_arrival`."""
    rows = [(name, at + rng.uniform(0, 900), "like") for name in farm(60) for at in (1_000, 2_500, 4_000)]

    seen = examine(CALLED + viewers(rng) + rows)

    assert seen.findings.num_rows == 0


def test_a_streak_of_taps_is_one_act(rng):
    taps = [("t", 1_000 + 0.4 * k, "like") for k in range(200)]

    seen = examine(CALLED + viewers(rng) + taps)

    assert max(scores_of(seen, "")) == 0.0
    assert all(row["score"] == 0 for row in seen.scores.to_pylist())


def test_without_any_stimulus_only_the_overlap_is_read(rng):
    seen = examine(viewers(rng, 500) + waves_of(rng, farm(60)))

    (cover,) = seen.coverage.to_pylist()
    assert (cover["mode"], cover["reason"]) == ("overlap_only", "no_prompt_or_claim_or_price_or_stock")
    assert min(scores_of(seen, "f")) > 0
    assert max(scores_of(seen, "u")) == 0.0


def test_times_to_the_minute_are_not_looked_at(rng):
    seen = examine(CALLED + viewers(rng) + waves_of(rng, farm(60)), ts_kind="minute")

    (cover,) = seen.coverage.to_pylist()
    assert (cover["looked"], cover["reason"]) == (False, "clock_grain")
