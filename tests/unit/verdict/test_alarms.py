"""Alarms on closed ticks: what raises one, what does not, and that neither late nor lying rows can change one."""

import numpy as np
import pytest

from truecrowd.features.view import NULL, TYPE_CODES, View
from truecrowd.verdict.alarms import ALPHA, Alarm
from truecrowd.verdict.alarms_clock import NEVER, Clocks
from truecrowd.verdict.alarms_ticks import Ticks

SECOND = 1_000_000
TICK = 10 * SECOND
DAY = 86_400 * SECOND
START = 1_770_000_000 * SECOND
EDGE = {"alarm/farm": 0.05}


def joins(ts: np.ndarray, is_alike: np.ndarray, *, room: int | np.ndarray = 0, first: int = 0) -> View:
    """Newcomers, one a row; those alike share phone, network and day of registration, all others differ."""
    n = len(ts)
    account = np.arange(first, first + n)
    return View({
        "ts": ts, "event_type": np.full(n, TYPE_CODES["join"], np.int8), "room_id": np.full(n, room, np.int32),
        "account_id": account.astype(np.int32), "account_created_at": ts - np.where(is_alike, 3 * DAY, (10 + account) * DAY),
        "device_model": np.where(is_alike, 0, 1 + account).astype(np.int32), "asn": np.where(is_alike, 7, account),
    })  # fmt: skip


def arriving(shares: list[float], *, per_tick: int = 10, seed: int = 0) -> View:
    """In each tick `per_tick` newcomers, that share of them alike."""
    rng = np.random.default_rng(seed)
    n = len(shares) * per_tick
    return joins(START + np.arange(n) * (TICK // per_tick), rng.random(n) < np.repeat(shares, per_tick))


def raised(*views: View, edges: dict[str, float] = EDGE, lateness_s: float = 2.0) -> list[Alarm]:
    ticks = Ticks(edges, lateness_s=lateness_s)
    for view in views:
        ticks.push(view, np.zeros(len(view), np.bool_))
    return [*ticks.raised, *ticks.last()]


def rows(view: View, at: np.ndarray | slice) -> View:
    return View({name: column[at] for name, column in view.columns.items()})


def both(first: View, second: View) -> View:
    return View({name: np.concatenate([first[name], second[name]]) for name in first.columns})


def test_a_crowd_of_one_kind_alarms_within_a_few_ticks() -> None:
    found = raised(arriving([0.03] * 100 + [0.6] * 30))

    assert {alarm.scheme for alarm in found} == {"any", "farm"}
    assert all(101 <= (alarm.ts - START) / TICK <= 107 for alarm in found)


def test_honest_rooms_at_the_edge_hardly_ever_alarm() -> None:
    rng = np.random.default_rng(0)
    n_rooms, n = 300, 2_000
    room, ts = np.repeat(np.arange(n_rooms), n), START + np.tile(np.arange(n) * SECOND, n_rooms)
    found = raised(joins(ts, rng.random(n_rooms * n) < 0.04, room=room))

    assert len({alarm.room for alarm in found}) <= 1


def test_the_room_being_busy_alone_raises_nothing() -> None:
    assert raised(arriving([0.03] * 60, per_tick=500)) == []


@pytest.mark.parametrize("edge", [0.0, 1.0])
def test_an_edge_that_says_nothing_raises_nothing(edge: float) -> None:
    assert raised(arriving([0.9] * 60), edges={"alarm/farm": edge}) == []


@pytest.mark.parametrize("seed", range(5))
def test_how_rows_are_cut_into_slices_changes_no_alarm(seed: int) -> None:
    rng = np.random.default_rng(seed)
    crowd = arriving([0.03] * 40 + [0.5] * 20, seed=seed)
    crowd = rows(crowd, np.argsort(crowd["ts"] + rng.integers(0, 4 * SECOND, len(crowd)), kind="stable"))
    cuts = np.sort(rng.integers(0, len(crowd), 25))

    sliced = raised(*(rows(crowd, at) for at in np.split(np.arange(len(crowd)), cuts)))

    assert sliced == raised(crowd) != []


def test_a_late_row_changes_no_alarm() -> None:
    crowd = arriving([0.03] * 40 + [0.6] * 20)
    late = joins(crowd["ts"][:280:3], np.ones(94, np.bool_), first=10_000)
    half = len(crowd) // 2

    with_late = raised(rows(crowd, slice(half)), late, rows(crowd, slice(half, None)))

    assert with_late == raised(crowd) != []


@pytest.mark.parametrize("shift_s", [-86_400, 86_400, 30 * 86_400])
def test_rows_that_lie_about_their_time_move_no_clock_and_no_alarm(shift_s: int) -> None:
    crowd = arriving([0.03] * 40 + [0.6] * 20)
    liars = joins(crowd["ts"][20::20] + shift_s * SECOND, np.zeros(len(crowd["ts"][20::20]), np.bool_), first=50_000)
    order = np.argsort(np.concatenate([np.arange(len(crowd)), np.arange(20, len(crowd), 20)]), kind="stable")

    assert raised(rows(both(crowd, liars), order)) == raised(crowd) != []


def test_a_room_with_a_wrong_clock_does_not_move_another_room() -> None:
    crowd = arriving([0.03] * 40 + [0.6] * 20)
    other = joins(crowd["ts"] + 400 * DAY, np.zeros(len(crowd), np.bool_), room=1, first=50_000)

    assert raised(*(part for at in range(0, 600, 50) for part in (rows(crowd, slice(at, at + 50)), rows(other, slice(at, at + 50))))) == raised(crowd)  # fmt: skip


def test_an_alarm_is_raised_by_the_rows_that_close_its_tick_and_only_once() -> None:
    crowd = arriving([0.03] * 40 + [0.6] * 40)
    ticks = Ticks(EDGE, lateness_s=2.0)
    when: list[tuple[str, float]] = []
    for at in range(len(crowd)):
        found = ticks.push(rows(crowd, slice(at, at + 1)), np.zeros(1, np.bool_))
        when += [(alarm.scheme, (int(crowd["ts"][at]) - alarm.ts) / SECOND) for alarm in found]

    assert sorted(scheme for scheme, _ in when) == ["any", "farm"]
    assert all(2 <= after <= 2 + 4 for _, after in when)  # lateness, and two rows for the median


def test_what_is_stored_goes_on_as_if_nothing_had_happened() -> None:
    crowd = arriving([0.03] * 40 + [0.6] * 20)
    ticks = Ticks(EDGE, lateness_s=2.0)
    ticks.push(rows(crowd, slice(433)), np.zeros(433, np.bool_))

    again = Ticks(EDGE, lateness_s=2.0)
    again.load({name: [getattr(piece, "values", piece)] for name, piece in ticks.pieces().items()})
    again.raised = [*ticks.raised]
    again.push(rows(crowd, slice(433, None)), np.zeros(len(crowd) - 433, np.bool_))

    assert [*again.raised, *again.last()] == raised(crowd) != []


def test_staff_are_no_newcomers() -> None:
    crowd = arriving([0.9] * 60)
    ticks = Ticks(EDGE, lateness_s=2.0)
    ticks.push(crowd, np.ones(len(crowd), np.bool_))

    assert [*ticks.raised, *ticks.last()] == []


def test_a_clock_counts_what_is_late_ahead_and_standing_still() -> None:
    clocks = Clocks(2 * SECOND)
    ts = START + np.array([0, 1, 2, 30, 31, 32, 33, 34, 0, 7_000, 34, 34, 34]) * SECOND
    placed = clocks.take(np.zeros(len(ts), np.int32), ts)

    assert placed.counts.tolist() == [True] * 8 + [False, False, True, True, True]
    room = clocks.rooms[0]
    assert (room["n_late"], room["n_ahead"], room["n_same"]) == (1, 1, 3)
    assert room["closed"] == (START + 32 * SECOND) // TICK
    assert clocks.rooms[1]["closed"] == NEVER


def test_the_bar_is_the_promise_of_few_false_alarms() -> None:
    assert min(alarm.e_value for alarm in raised(arriving([0.03] * 40 + [0.6] * 20))) >= 1 / ALPHA


def test_accounts_without_a_phone_or_a_day_of_registration_are_not_counted() -> None:
    crowd = arriving([0.9] * 60)
    blind = View({**crowd.columns, "account_created_at": np.full(len(crowd), NULL)})

    assert raised(blind) == []
