from dataclasses import replace

import numpy as np
import pytest

from truecrowd.verdict.alarms import ALPHA, Items, _e_process, alarms, items_of

SECOND = 1_000_000


def items(shares: list[float], per_tick: int = 10, seed: int = 0) -> Items:
    """One room; in each tick `per_tick` newcomers fall into the cell with that share."""
    rng = np.random.default_rng(seed)
    n = len(shares) * per_tick
    ts = np.arange(n) * (10 * SECOND // per_tick)
    return Items(np.zeros(n, int), ts, rng.random(n) < np.repeat(shares, per_tick))


def many(n_rooms: int, n_ticks: int, share: float, per_tick: int = 10) -> np.ndarray:
    """The highest E of each of many rooms whose newcomers fall into the cell with that share, which is the edge."""
    rng = np.random.default_rng(0)
    n = n_ticks * per_tick
    room, ts = np.repeat(np.arange(n_rooms), n), np.tile(np.arange(n) * (10 * SECOND // per_tick), n_rooms)
    return _e_process(Items(room, ts, rng.random(len(room)) < share), np.zeros(n_rooms, int), n_rooms, share).max(
        axis=1
    )


def test_an_honest_room_at_the_edge_hardly_ever_alarms():
    assert np.mean(many(2_000, 360, 0.05) >= 1 / ALPHA) <= 0.001


def test_the_chance_of_ever_reaching_a_bar_is_at_most_its_inverse():
    assert np.mean(many(2_000, 200, 0.1) >= 20) <= 1 / 20


def test_a_crowd_of_one_kind_alarms_within_a_few_ticks():
    track = _e_process(items([0.05] * 100 + [0.6] * 30), np.zeros(1, int), 1, 0.05)[0]

    first = int((track >= 1 / ALPHA).argmax())
    assert 100 <= first <= 106


def test_the_room_being_busy_alone_raises_nothing():
    busy = items([0.03] * 60, per_tick=500)

    assert _e_process(busy, np.zeros(1, int), 1, 0.05).max() < 2


def test_what_comes_later_does_not_change_what_was_said():
    shares = [0.05] * 50 + [0.5] * 20
    whole = _e_process(items(shares + [0.05] * 40), np.zeros(1, int), 1, 0.05)[0]
    early = _e_process(items(shares), np.zeros(1, int), 1, 0.05)[0]

    assert np.allclose(whole[:70], early)


@pytest.mark.parametrize("edge", [0.0, 1.0])
def test_an_edge_that_says_nothing_raises_nothing(edge: float, arrivals_of):
    assert alarms(arrivals_of([3] * 50), {"alarm/farm": edge}) == []


def test_young_people_with_one_phone_alarm_and_mixed_old_ones_do_not(arrivals_of):
    edges = {"alarm/farm": 0.05}

    farm = alarms(arrivals_of([200] * 300 + [3] * 100, one_phone_from=300), edges)
    crowd = alarms(arrivals_of([200] * 400), edges)

    assert {alarm.scheme for alarm in farm} == {"any", "farm"}
    assert crowd == []


def test_likeness_is_looked_for_in_the_past_only(arrivals_of):
    found = items_of(arrivals_of([3] * 5, one_phone_from=0))["farm"]

    assert found.is_in.tolist() == [False, True, True, True, True]


@pytest.fixture
def arrivals_of():
    from truecrowd.engine.run import observe_all
    from truecrowd.engine.settings import Settings
    from truecrowd.features.arrivals import ARRIVALS

    def make(ages: list[int], one_phone_from: int = 10**9):
        facts = observe_all([], Settings(threads=1), detectors=[]).facts
        n = len(ages)
        rows = np.zeros(n, ARRIVALS.dtype)
        rows["account_id"], rows["ts"], rows["event_id"] = np.arange(n), np.arange(n) * SECOND, np.arange(n)
        rows["age_days"], rows["asn"] = ages, np.where(np.arange(n) >= one_phone_from, 7, np.arange(n) % 9)
        rows["device_model"] = np.where(np.arange(n) >= one_phone_from, 0, 1 + np.arange(n) % 50)
        return one_room(facts, rows)

    return make


def one_room(facts, rows):
    import pyarrow as pa

    from truecrowd.schema import EVENT_TYPES

    grid = np.zeros((1, len(EVENT_TYPES)), np.int64)
    grid[0, 0] = len(rows)
    return replace(
        facts, names={**facts.names, "room_id": pa.array(["r"])}, n=grid, first=grid * 0, last=grid * 0,
        arrivals=rows,
    )  # fmt: skip
