"""Rooms are invented here: batches of registrations and massed ages are found, campaigns and first days stay silent."""

from functools import partial

import numpy as np
import pytest
from invented_rooms import DAY_US, OPENS_US, look, of_columns, params_of, scores_of

from truecrowd.detectors.young_accounts import DETECTOR

events = partial(of_columns, event_type="join")
examine = partial(look, DETECTOR)


def crowd(rng, n, prefix="u", *, age_d=None, **fixed):
    """Return joins of accounts whose ages are log-normal around two years, or drawn uniformly from `age_d` (days)."""
    ages = rng.lognormal(np.log(600), 1.0, n) + 0.5 if age_d is None else rng.uniform(*age_d, n)
    ts = OPENS_US + np.round(rng.uniform(0, 7_200e6, n)).astype(np.int64)
    made = {
        "ts": ts, "account_id": [f"{prefix}{k}" for k in range(n)],
        "account_created_at": ts - np.round(ages * DAY_US).astype(np.int64), "traffic_source": ["recommend"] * n,
        "device_model": [f"M-{k}" for k in rng.zipf(1.3, n) % 300],
    }  # fmt: skip
    return made | {name: [value] * n if isinstance(value, str | None) else value for name, value in fixed.items()}


@pytest.mark.parametrize("seed", range(20))
def test_a_plain_crowd_is_silent(seed):
    rng = np.random.default_rng(seed)

    seen = examine(events(crowd(rng, 1_000)))

    assert seen.findings.num_rows == 0
    assert np.mean(scores_of(seen, "u") > 0) < 0.01


@pytest.mark.parametrize("age_d", [(5.0, 5.3), (37.0, 37.3), (200.0, 200.3)])
def test_a_batch_of_one_night_is_found_at_any_age(age_d):
    rng = np.random.default_rng(1)

    seen = examine(events(crowd(rng, 800), crowd(rng, 60, "f", age_d=age_d)))

    assert seen.findings.num_rows == 1
    assert min(scores_of(seen, "f")) > max(0.5, np.quantile(scores_of(seen, "u"), 0.99))


@pytest.mark.parametrize(("n", "found"), [(20, 0), (40, 1)])
def test_a_batch_needs_enough_accounts(n, found):
    rng = np.random.default_rng(2)

    assert examine(events(crowd(rng, 800), crowd(rng, n, "f", age_d=(6.0, 6.2)))).findings.num_rows == found


def test_ages_of_three_to_ten_days_are_found_without_a_common_hour():
    rng = np.random.default_rng(3)

    seen = examine(events(crowd(rng, 800), crowd(rng, 250, "f", age_d=(3.0, 10.0))))

    params = params_of(seen)[0]
    assert 2.5 < params["age_low_d"] < params["age_high_d"] < 10.5


def test_young_accounts_on_one_phone_stand_out_from_young_accounts():
    rng = np.random.default_rng(4)
    young = crowd(rng, 120, "y", age_d=(3.0, 10.0))
    farm = crowd(rng, 60, "f", age_d=(3.0, 10.0), device_model="M-farm")

    seen = examine(events(crowd(rng, 800), young, farm))

    assert np.median(scores_of(seen, "f")) > np.median(scores_of(seen, "y")) + 0.5


def test_a_labelled_campaign_is_not_accused():
    rng = np.random.default_rng(5)

    seen = examine(events(crowd(rng, 600), crowd(rng, 300, "n", age_d=(0.1, 3.0), traffic_source="paid")))

    assert seen.findings.num_rows == 0
    assert max(scores_of(seen, "n")) == 0


def test_people_who_register_for_the_room_are_silent():
    rng = np.random.default_rng(6)

    assert examine(events(crowd(rng, 900), crowd(rng, 100, "n", age_d=(0.0, 0.3)))).findings.num_rows == 0


def test_the_platforms_first_day_is_silent():
    rng = np.random.default_rng(7)

    seen = examine(events(crowd(rng, 900), crowd(rng, 100, "old", age_d=(20_000.0, 20_000.1))))

    assert seen.findings.num_rows == 0
    assert max(scores_of(seen, "old")) == 0


def test_a_thin_room_is_silent():
    rng = np.random.default_rng(8)

    seen = examine(events(crowd(rng, 20), crowd(rng, 4, "f", age_d=(5.0, 5.1))))

    assert (seen.findings.num_rows, max(scores_of(seen, "f"))) == (0, 0)


def test_registrations_over_years_are_not_seen():
    rng = np.random.default_rng(9)

    assert max(scores_of(examine(events(crowd(rng, 800), crowd(rng, 200, "f"))), "f")) < 1


def test_cells_are_counted_for_the_lower_bound():
    rng = np.random.default_rng(10)
    parts = [crowd(rng, 100, age_d=(100.0, 900.0)), crowd(rng, 30, "f", age_d=(5.0, 5.2))]

    (_, _, seen), *_ = examine(events(*parts, crowd(rng, 9, "n", age_d=(1.0, 2.0), traffic_source="paid"))).seen

    by_name = {one.name: (one.k.tolist(), one.n.tolist()) for one in seen.counts}
    assert by_name == {"young": ([30], [130]), "recent": ([30], [130]), "same_hours": ([30], [130])}


@pytest.mark.parametrize(
    ("drop", "mode", "reason"),
    [(("device_model",), "ages_only", "no_device_model"), (("traffic_source",), "no_strata", "no_traffic_source")],
)
def test_coverage_names_what_is_missing_and_the_rest_still_finds(drop, mode, reason):
    rng = np.random.default_rng(11)

    seen = examine(events(crowd(rng, 800), crowd(rng, 60, "f", age_d=(5.0, 5.2)), drop=drop))

    row = seen.coverage.to_pylist()[0]
    assert (row["mode"], row["reason"], seen.findings.num_rows) == (mode, reason, 1)


def test_a_registration_after_the_visit_is_no_age():
    rng = np.random.default_rng(12)

    seen = examine(events(crowd(rng, 100), crowd(rng, 50, "bad", age_d=(-9.0, -1.0))))

    assert scores_of(seen, "bad").size == 0


def test_masked_accounts_are_nobody():
    rng = np.random.default_rng(13)

    seen = examine(events(crowd(rng, 100), id_kind="masked"))

    assert (seen.coverage["reason"].to_pylist(), seen.scores.num_rows) == (["masked_ids"], 0)


def test_a_review_days_later_does_not_age_those_who_registered_for_the_room():
    rng = np.random.default_rng(14)
    fresh, late = crowd(rng, 60, "n", age_d=(0.0, 0.2)), crowd(rng, 1, "late")
    late["ts"] = late["ts"] + 20 * DAY_US

    assert max(scores_of(examine(events(crowd(rng, 900), fresh, late)), "n")) == 0
