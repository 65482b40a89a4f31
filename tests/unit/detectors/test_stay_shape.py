"""Rooms are invented here; busy cells, full hours and common departures are found, honest stays are not."""

import numpy as np
import pytest
from invented_rooms import look, of_acts, scores_of

from truecrowd.detectors.stay_shape import DETECTOR

THREE = ("like", "follow", "comment")


def stay(name, come_s, left_s, acts=()):
    """Return (account, seconds, type) of one stay; acts spread over it."""
    rows = [(name, come_s, "join"), (name, left_s, "leave")]
    return rows + [(name, come_s + (left_s - come_s) * (k + 1) / (len(acts) + 1), kind) for k, kind in enumerate(acts)]


def viewers(rng, n=600, prefix="u", span_s=9_000):
    """Return viewers who come all evening, most for minutes, and mostly watch."""
    rows = []
    for k in range(n):
        come = rng.uniform(0, span_s)
        stay_s = min(rng.lognormal(5.5, 1.5), 3_000 + rng.exponential(1_500))
        rows += stay(f"{prefix}{k}", come, come + stay_s, ("comment",) if k % 6 == 0 else ())
    return [*rows, ("late", span_s + 3_600, "join"), ("late", span_s + 3_601, "like")]


def examine(rows, **words):
    return look(DETECTOR, of_acts(rows, **words))


def kinds_of(seen):
    return [row["params"].split('"kind": "')[1].split('"')[0] for row in seen.findings.to_pylist()]


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def test_own_schedules_score_nothing(rng):
    seen = examine(viewers(rng))

    assert seen.findings.num_rows == 0
    assert scores_of(seen, "u").max() == 0.0


def test_a_troupe_of_busy_viewers_who_come_together_is_found(rng):
    troupe = [
        row
        for k in range(40)
        for row in stay(f"f{k}", rng.uniform(0, 1_100), rng.uniform(3_000, 8_000), (*THREE, *("comment",) * 8))
    ]

    seen = examine(viewers(rng) + troupe)

    assert kinds_of(seen) == ["arrived"]
    assert scores_of(seen, "f").min() > 1.0
    assert scores_of(seen, "u").max() == 0.0


@pytest.mark.parametrize(("n", "is_found"), [(12, False), (70, True)])
def test_a_few_busy_fans_are_silent_and_a_tenth_of_the_room_is_not(rng, n, is_found):
    fans = [row for k, at in enumerate(rng.uniform(0, 7_000, n)) for row in stay(f"f{k}", at, at + 2_500, THREE)]

    seen = examine(viewers(rng) + fans)

    assert (seen.findings.num_rows == 1) is is_found


def test_a_raid_that_watches_is_silent(rng):
    raid = [row for k in range(300) for row in stay(f"r{k}", 3_000 + rng.exponential(20), 3_100 + rng.exponential(400))]

    seen = examine(viewers(rng) + raid)

    assert seen.findings.num_rows == 0


def test_stays_of_an_hour_are_found_though_arrivals_are_spread(rng):
    hour = zip(rng.uniform(0, 5_000, 80), rng.normal(3_600, 20, 80), strict=True)
    paid = [row for k, (at, stay_s) in enumerate(hour) for row in stay(f"f{k}", at, at + stay_s)]

    seen = examine(viewers(rng) + paid)

    assert kinds_of(seen) == ["hours"]
    assert scores_of(seen, "f").min() > 1.0
    (counts,) = seen.seen[0][2].counts
    assert int(counts.k[0]) >= 60


def test_many_who_leave_at_one_instant_are_found(rng):
    paid = [row for k in range(60) for row in stay(f"f{k}", rng.uniform(0, 4_000), 6_000 + rng.uniform(0, 10))]

    seen = examine(viewers(rng) + paid)

    assert kinds_of(seen) == ["together"]
    assert scores_of(seen, "f").min() > 1.0


def test_the_end_of_the_room_is_no_instant(rng):
    rows = [row for k in range(200) for row in stay(f"u{k}", rng.uniform(0, 9_000), 9_600 + rng.uniform(0, 10))]

    seen = examine(rows)

    assert seen.findings.num_rows == 0
    assert scores_of(seen, "u").max() == 0.0


def test_who_comes_back_after_an_outage_has_not_left(rng):
    rows = []
    for k in range(200):
        come = rng.uniform(0, 4_000)
        rows += stay(f"o{k}", come, 5_000 + rng.uniform(0, 8))
        rows += stay(f"o{k}", 5_060 + rng.uniform(0, 60), 5_200 + rng.exponential(1_500))

    seen = examine(viewers(rng) + rows)

    assert "together" not in kinds_of(seen)
    assert scores_of(seen, "o").max() == 0.0


def test_coupon_hunters_who_click_and_order_are_not_busy(rng):
    rows = [
        row
        for k in range(150)
        for row in stay(f"c{k}", 3_000 + rng.exponential(60), 3_200 + rng.exponential(300), ("product_click", "order"))
    ]

    assert scores_of(examine(viewers(rng) + rows), "c").max() == 0.0


def test_copied_stays_of_quiet_accounts_must_be_seen_by_others(rng):
    """detectors.md: copied stays and scattered departures are left to phones, networks and lockstep."""
    rows = [row for row in viewers(rng, 150, "f") if row[0] != "late"]

    assert scores_of(examine(viewers(rng) + rows), "f").max() == 0.0


def test_without_departures_only_starts_are_read(rng):
    rows = [row for row in viewers(rng) if row[2] != "leave"]

    (cover,) = examine(rows).coverage.to_pylist()

    assert (cover["mode"], cover["reason"]) == ("starts_only", "no_leave")


def test_a_room_whose_talkers_were_not_seen_joining_is_not_looked_at(rng):
    rows = [(f"c{k}", rng.uniform(0, 9_000), "comment") for k in range(400)] + viewers(rng, 300)

    (cover,) = examine(rows).coverage.to_pylist()

    assert (cover["looked"], cover["reason"]) == (False, "few_joins")


def test_times_to_the_minute_leave_the_cells(rng):
    (cover,) = examine(viewers(rng), ts_kind="minute").coverage.to_pylist()

    assert (cover["mode"], cover["reason"]) == ("cells_only", "clock_grain")


def test_a_room_of_which_only_talk_is_recorded_may_talk_much(rng):
    talk = [
        row for k, at in enumerate(rng.uniform(0, 7_000, 90)) for row in stay(f"t{k}", at, at + 900, ("comment",) * 6)
    ]
    rows = [row for row in viewers(rng) if row[2] != "like"] + talk

    seen = examine(rows)

    assert scores_of(seen, "t").max() == 0.0
    assert seen.coverage["mode"].to_pylist() == ["departures_only"]
