from dataclasses import replace

import numpy as np

from truecrowd.simulate import ids, visits
from truecrowd.simulate.world_develop import DEVELOP


def test_online_counts_open_visits():
    stay = visits.Visits(np.arange(2), np.array([0.0, 5.0]), np.array([10.0, 20.0]))

    assert visits.online(stay, np.array([1.0, 5.0, 10.0, 25.0])).tolist() == [1.0, 2.0, 1.0, 0.0]


def test_nobody_comes_back_sooner_than_the_least_gap():
    stay = visits.casual(ids.generator("test"), DEVELOP, 2_000, 10_800.0)

    order = np.lexsort((stay.start_s, stay.account))
    account, start_s, end_s = stay.account[order], stay.start_s[order], stay.end_s[order]
    again = account[1:] == account[:-1]

    assert again.sum() > 100
    assert (start_s[1:] - end_s[:-1])[again].min() >= DEVELOP.arrivals.repeat_gap_min_s


def test_all_leave_within_half_a_minute_after_the_end():
    stay = visits.casual(ids.generator("test"), DEVELOP, 2_000, 10_800.0)

    assert stay.end_s.max() <= 10_830.0
    assert (stay.start_s < 10_800.0).all()
    assert (stay.end_s > stay.start_s).all()


def test_arrivals_are_more_ragged_than_poisson():
    ragged = replace(DEVELOP.arrivals, minute=("gamma", 1.0, 4.0), warm_up_s=0.0)

    at_s = visits.arrivals(ids.generator("test"), ragged, 20_000, 9_000.0)

    per_minute = np.bincount((at_s // 60.0).astype(np.int64))[:120]
    assert per_minute.var() / per_minute.mean() > 5.0


def test_fewer_come_during_the_warm_up():
    at_s = visits.arrivals(ids.generator("test"), DEVELOP.arrivals, 20_000, 10_800.0)

    warm_up = DEVELOP.arrivals.warm_up_s
    assert (at_s < warm_up).sum() < ((at_s >= warm_up) & (at_s < 2 * warm_up)).sum()
