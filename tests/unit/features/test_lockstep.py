"""What counts as meeting again, and what common taste, habits and handed-over crowds look like beside it."""

import numpy as np
import pytest

from truecrowd.features import lockstep

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
BOUNDS = lockstep.Bounds(
    cells_us=(10 * MINUTE, 30 * MINUTE), max_rooms=64, min_company=4, min_surprise=10.0, prior=40.0, opening_share=0.5, habit_share=0.25,
    habit_us=30 * MINUTE,
)  # fmt: skip
N_ROOMS = 5


def crowd(arrivals, *, opens=None, rooms_of_host=1, bounds=BOUNDS):
    """Sixty strangers spread over two hours in each of five rooms, and those of `arrivals`: (account, room, minute)."""
    opens = np.array([night * (DAY + 2 * HOUR) for night in range(N_ROOMS)]) if opens is None else opens
    rows = [(10_000 + 60 * room + k, room, 2.0 * k) for room in range(N_ROOMS) for k in range(60)] + list(arrivals)
    account, room, minute = (np.array(column) for column in zip(*rows, strict=True))
    ts = opens[room] + (minute * MINUTE).astype(np.int64)
    came = lockstep.visits(room, account, room // rooms_of_host, ts)
    met = lockstep.meetings(came, opens, opens + 2 * HOUR, bounds)
    score, n_hosts = lockstep.company(came, met, bounds.min_company)
    return came, score, n_hosts


def crew(n=12, rooms=N_ROOMS, *, start=40.0, step=0.3):
    return [(k, room, start + 7 * room + step * k) for k in range(n) for room in range(rooms)]


def best_of(came, score, accounts=range(10_000)):
    return max(score[np.isin(came.account, list(accounts))], default=0.0)


@pytest.mark.parametrize(("rooms", "is_met"), [(2, False), (3, True), (5, True)])
def test_three_hosts_are_needed(rooms: int, is_met: bool):
    came, score, n_hosts = crowd(crew(rooms=rooms))

    assert (best_of(came, score) > 0) == is_met
    assert n_hosts.max() == rooms


@pytest.mark.parametrize(("n", "is_met"), [(3, False), (4, True)])
def test_company_of_four_is_needed(n: int, is_met: bool):
    came, score, _ = crowd(crew(n))

    assert (best_of(came, score) > 0) == is_met


def test_rooms_of_one_host_are_one_host():
    _, score, _ = crowd(crew(), rooms_of_host=5)

    assert score.max() == 0


def test_common_taste_alone_links_nobody():
    came, score, _ = crowd([(k, room, (37 * k + 53 * room * (k + 1)) % 120) for k in range(12) for room in range(5)])

    assert best_of(came, score) == 0


def test_a_crowd_handed_from_host_to_host_links_nobody():
    own_time = [(k, 0, (37 * k) % 120) for k in range(40)]
    handed = [(k, room, 60.0 + 0.1 * k) for k in range(40) for room in (1,)]

    _, score, n_hosts = crowd(own_time + handed)

    assert n_hosts.max() == 0
    assert score.max() == 0


def test_regulars_at_the_opening_are_granted():
    regulars = [(k, room, 1.0 + 0.3 * k) for k in range(8) for room in range(5)]

    came, opening, _ = crowd(regulars)
    _, later, _ = crowd(crew(8))

    assert best_of(came, opening) < best_of(came, later) / 3


def test_one_hour_of_the_day_is_a_habit():
    opens = np.array([night * DAY for night in range(N_ROOMS)])
    same_hour = [(k, room, 40 + 0.3 * k) for k in range(12) for room in range(5)]

    came, score, _ = crowd(same_hour, opens=opens)
    _, elsewhere, _ = crowd(crew())

    assert best_of(came, score) < best_of(came, elsewhere)


def test_strangers_who_come_at_the_same_time_have_no_evidence():
    came, score, _ = crowd(crew())

    assert best_of(came, score, range(10_000, 20_000)) == 0


def test_two_hosts_extend_a_company_that_meets_at_three():
    came, score, _ = crowd([*crew(), (50, 1, 48.0), (50, 2, 55.0)])
    _, alone, _ = crowd([*crew(rooms=2), (50, 0, 41.0), (50, 1, 48.0)])

    assert 0 < best_of(came, score, [50]) < best_of(came, score)
    assert alone.max() == 0


def test_size_of_a_cell_does_not_hide_it():
    came, score, _ = crowd(crew(5_000, 3, step=0.001))

    assert best_of(came, score) > 1


def test_an_edge_between_two_cells_hides_nobody():
    edge = [(k, room, 20 + 7 * room + (0.2 * k - 1.2)) for k in range(12) for room in range(5)]
    whole = [(k, room, 25 + 7 * room + (0.2 * k - 1.2)) for k in range(12) for room in range(5)]

    came, on_edge, _ = crowd(edge)
    _, inside, _ = crowd(whole)

    assert best_of(came, on_edge) > best_of(came, inside) / 2 > 0


def test_rooms_beyond_the_bound_are_left_out_and_counted():
    bounds = lockstep.Bounds((10 * MINUTE,), 2, 4, 10.0, 40.0, 0.5, 0.25, 30 * MINUTE)
    came, _, n_hosts = crowd(crew(), bounds=bounds)

    met = lockstep.meetings(came, np.zeros(5, np.int64), np.full(5, 9 * DAY), bounds)

    assert met.n_skipped == 12
    assert n_hosts.max() <= 2


def test_nobody_gives_nothing():
    none = np.empty(0, np.int64)
    came = lockstep.visits(none, none, none, none)

    met = lockstep.meetings(came, none, none, BOUNDS)

    assert len(met.first) == 0
    assert len(lockstep.company(came, met, 4)[0]) == 0
