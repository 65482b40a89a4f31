import numpy as np

from truecrowd.brand.hours import HOUR_US, densest_hours

DAY = 19_000 * 24 * HOUR_US


def orders(*hours: tuple[int, int]) -> np.ndarray:
    """Return `n` orders in each hour, a minute apart at most."""
    return np.concatenate([DAY + hour * HOUR_US + np.linspace(0, HOUR_US - 1, n).astype(np.int64) for hour, n in hours])


def test_an_evening_among_quiet_hours_is_proposed_as_a_whole():
    quiet = [(hour, 4) for hour in range(48) if hour not in (19, 20, 21)]

    spans = densest_hours(orders(*quiet, (19, 90), (20, 300), (21, 120)))

    assert [(one.start - DAY) // HOUR_US for one in spans] == [19]
    assert [(one.end - DAY) // HOUR_US for one in spans] == [22]
    assert spans[0].n == 510


def test_two_evenings_are_two_spans_the_denser_first():
    quiet = [(hour, 4) for hour in range(72) if hour not in (20, 44)]

    spans = densest_hours(orders(*quiet, (20, 100), (44, 200)))

    assert [(one.start - DAY) // HOUR_US for one in spans] == [44, 20]


def test_orders_spread_over_the_day_propose_nothing():
    assert densest_hours(orders(*[(hour, 30) for hour in range(48)])) == ()


def test_a_handful_of_orders_proposes_nothing():
    assert densest_hours(orders((20, 12))) == ()
    assert densest_hours(np.zeros(0, np.int64)) == ()
