"""The focus list: whoever was drawn or lifted is looked at, budgets hold, overload takes from the lower tiers only."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecrowd.stream.focus import Config, Rooms, State, eased, is_drawn, lifted, prevalence, tiers

NOW = 1_770_000_000_000_000
CONFIG = Config(budget=100.0, cheap_budget=60.0)
LAST = 15.0
"""Cost by which the last room of each third may exceed a budget: five each."""


def rooms(n: int, seed: int) -> Rooms:
    rng = np.random.default_rng(seed)
    return Rooms(
        [f"r{one}" for one in range(n)], rng.integers(0, 5_000, n), rng.integers(0, 10**8, n), rng.random(n), rng.random(n) * 5,
    )  # fmt: skip


some = st.builds(rooms, st.integers(0, 120), st.integers(0, 10_000))
seeds = st.integers(-(2**63), 2**63)
lags = st.lists(st.floats(0, 100), max_size=30)


def after(lags: list[float]) -> State:
    state = State()
    for lag in lags:
        state = eased(state, lag, CONFIG)
    return state


@given(some, seeds, lags)
def test_a_drawn_room_is_in_tier_1_under_any_load(some: Rooms, seed: int, lags: list[float]) -> None:
    tier = tiers(some, after(lags), CONFIG, now=NOW, seed=seed)

    for room, one in zip(some.room_id, tier, strict=True):
        assert one == 1 or not is_drawn(room, seed=seed, config=CONFIG)


@given(some, seeds, lags)
def test_overload_takes_from_tier_2_and_never_from_tier_1(some: Rooms, seed: int, lags: list[float]) -> None:
    calm = tiers(some, State(), CONFIG, now=NOW, seed=seed)
    loaded = tiers(some, after(lags), CONFIG, now=NOW, seed=seed)

    assert ((calm == 1) == (loaded == 1)).all()
    assert some.cost[loaded == 2].sum() <= CONFIG.cheap_budget * after(lags).eased + LAST


@given(some, seeds)
def test_chosen_rooms_cost_no_more_than_the_budget(some: Rooms, seed: int) -> None:
    tier = tiers(some, State(), CONFIG, now=NOW, seed=seed)
    drawn = np.array([is_drawn(one, seed=seed, config=CONFIG) for one in some.room_id], bool)

    assert some.cost[tier == 1].sum() <= max(CONFIG.budget, some.cost[drawn].sum()) + LAST


@given(some, seeds, st.randoms())
def test_the_order_of_rooms_does_not_matter(some: Rooms, seed: int, random: object) -> None:
    order = np.arange(len(some.room_id))
    random.shuffle(order)  # type: ignore[attr-defined]
    turned = Rooms(
        [some.room_id[one] for one in order], some.audience[order], some.money_minor[order], some.risk[order], some.cost[order],
    )  # fmt: skip

    assert (
        tiers(turned, State(), CONFIG, now=NOW, seed=seed) == tiers(some, State(), CONFIG, now=NOW, seed=seed)[order]
    ).all()


def test_an_alarm_lifts_the_smallest_room_for_half_an_hour() -> None:
    many = rooms(200, 1)
    before = tiers(many, State(), CONFIG, now=NOW, seed=3)
    low = int(np.flatnonzero(before == 3)[0])
    state = lifted(State(), [many.room_id[low]], now=NOW, config=CONFIG)

    assert tiers(many, state, CONFIG, now=NOW + 1_799_000_000, seed=3)[low] == 1
    assert tiers(many, state, CONFIG, now=NOW + 1_800_000_000, seed=3)[low] == 3
    assert lifted(state, [], now=NOW + 1_800_000_000, config=CONFIG).until == {}


@given(lags)
def test_a_run_that_is_calm_again_recovers_by_itself(lags: list[float]) -> None:
    assert after([*lags, *[0.0] * 11]).eased == 1.0


def test_load_that_goes_on_leaves_tier_2_empty() -> None:
    many = rooms(200, 1)
    tier = tiers(many, after([9.0] * 10), CONFIG, now=NOW, seed=3)

    assert set(tier.tolist()) == {1, 3}


def test_cut_offs_move_from_day_to_day() -> None:
    many = rooms(200, 1)
    today, later = (tiers(many, State(), CONFIG, now=NOW + day * 86_400_000_000, seed=3) for day in (0, 1))
    drawn = [is_drawn(one, seed=3, config=CONFIG) for one in many.room_id]

    assert ((today == 1) != (later == 1)).any()
    assert (later[drawn] == 1).all()


def test_each_third_of_the_budget_finds_its_own_rooms() -> None:
    n = 90
    zero = np.zeros(n)
    audience, money, risk = zero.copy(), zero.copy(), zero.copy()
    audience[:10], money[10:20], money[20:30], risk[20:30] = 1e6, 1e6, 9e5, 1.0
    some = Rooms([f"r{one}" for one in range(n)], audience, money, risk, np.ones(n))
    tier = tiers(some, State(), Config(budget=30.0, cheap_budget=0.0, drawn_share=0.0, moved=0.01), now=NOW, seed=3)

    assert np.flatnonzero(tier == 1).tolist() == list(range(30))


def test_one_room_in_twenty_is_drawn_and_the_estimate_holds_the_truth() -> None:
    names = [f"room {one}" for one in range(40_000)]
    found = {name: number % 10 == 0 for number, name in enumerate(names)}
    estimate = prevalence(found, seed=11, config=CONFIG)

    assert estimate.n == pytest.approx(2_000, abs=220)  # five standard deviations
    assert estimate.low < 0.1 < estimate.high
    assert estimate.high - estimate.low < 0.03


def test_no_room_is_too_large_to_be_looked_at() -> None:
    one = np.ones(2)
    some = Rooms(["large", "small"], one * [9e6, 1], one, one, one * [1e9, 1])

    assert tiers(some, State(), Config(drawn_share=0.0), now=NOW, seed=3)[0] == 1


def test_nobody_drawn_says_nothing() -> None:
    estimate = prevalence({}, seed=1, config=CONFIG)

    assert (estimate.n, estimate.low, estimate.high) == (0, 0.0, 1.0)
