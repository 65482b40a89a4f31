"""Rooms are invented here; rows of phones are found, popular phones and coarse columns stay silent."""

from functools import partial

import numpy as np
import pytest
from invented_rooms import OPENS_US, by_name, look, of_columns, params_of

from truecrowd.detectors.phone_mix import DETECTOR

events = partial(of_columns, event_type="join")
examine = partial(look, DETECTOR)


def crowd(rng, n, prefix="u", *, at_s=(0.0, 7_200.0), popular=0.0, **fixed):
    """Return joins of mixed phones; `popular` is the share of one subsidised model with its own few versions."""
    model = 1 + rng.zipf(1.3, n) % 300
    is_popular = rng.random(n) < popular
    made = {
        "ts": OPENS_US + np.round(rng.uniform(*at_s, n) * 1e6).astype(np.int64),
        "account_id": [f"{prefix}{k}" for k in range(n)], "device_id": [f"d-{prefix}{k}" for k in range(n)],
        "device_model": [f"M-{0 if pop else k}" for k, pop in zip(model, is_popular, strict=True)],
        "os_version": [f"{k}.0" for k in np.where(is_popular, 14, rng.integers(9, 17, n))],
        "app_version": [f"30.{k}" for k in rng.choice(5, n, p=[0.5, 0.2, 0.15, 0.1, 0.05])],
    }  # fmt: skip
    return made | {name: [value] * n if isinstance(value, str | None) else value for name, value in fixed.items()}


def farm(rng, n, *, at_s=(0.0, 7_200.0), n_devices=None, **fixed):
    devices = [f"d-f{k % (n_devices or n)}" for k in range(n)]
    alike = {"device_model": "M-farm", "os_version": "7.0", "app_version": "30.9", "device_id": devices}
    return crowd(rng, n, "f", at_s=at_s, **alike | fixed)


def n_findings(rows):
    return examine(rows).findings.num_rows


def kinds_found(rows):
    return [one["kind"] for one in params_of(examine(rows))]


@pytest.mark.parametrize("seed", range(40))
def test_one_subsidised_phone_is_silent(seed):
    rng = np.random.default_rng(seed)

    assert n_findings(events(crowd(rng, 1_000, popular=rng.uniform(0.25, 0.35)))) == 0


@pytest.mark.parametrize("seed", range(10))
def test_the_day_a_system_is_released_is_silent(seed):
    rng = np.random.default_rng(seed)

    assert n_findings(events(crowd(rng, 1_000, popular=0.3, os_version="17.0", app_version="31.0"))) == 0


def test_a_campaign_that_brings_a_third_of_one_phone_in_minutes_is_silent():
    rng = np.random.default_rng(3)

    assert n_findings(events(crowd(rng, 600), crowd(rng, 300, "g", at_s=(3_000.0, 3_200.0), popular=0.4))) == 0


@pytest.mark.parametrize(("n", "found"), [(780, 0), (1_000, 1)])
def test_rows_of_phones_that_come_all_evening_are_found_by_their_share(n, found):
    rng = np.random.default_rng(4)

    rows = events(crowd(rng, 800), farm(rng, n), drop=("os_version", "app_version"))

    assert kinds_found(rows) == ["mix"] * found


@pytest.mark.parametrize(("n", "found"), [(40, 0), (100, 1)])
def test_a_phone_is_odd_where_model_system_and_app_do_not_explain_it(n, found):
    rng = np.random.default_rng(4)

    assert kinds_found(events(crowd(rng, 800), farm(rng, n))) == ["odd"] * found


def test_accounts_on_odd_phones_score_and_their_neighbours_do_not():
    rng = np.random.default_rng(6)

    scores = by_name(examine(events(crowd(rng, 800), farm(rng, 30))))

    assert min(score for name, score in scores.items() if name.startswith("f")) > 1.5
    assert max(score for name, score in scores.items() if name.startswith("u")) == 0


@pytest.mark.parametrize("seed", range(5))
def test_older_people_with_old_phones_systems_and_apps_are_not_odd(seed):
    rng = np.random.default_rng(seed)
    old = crowd(rng, 400, "old", app_version="28.0")
    old |= {"device_model": [f"M-old{k}" for k in rng.integers(0, 6, 400)]}
    old |= {"os_version": [f"{k}.0" for k in rng.integers(6, 9, 400)]}

    seen = examine(events(crowd(rng, 600), old))

    assert (seen.findings.num_rows, max(by_name(seen).values())) == (0, 0)


def test_cells_are_counted_for_the_lower_bound():
    rng = np.random.default_rng(19)

    (_, _, seen), *_ = examine(events(crowd(rng, 400), farm(rng, 60, n_devices=10))).seen

    assert {one.name: (int(one.k[0]), int(one.n[0])) for one in seen.counts} == {
        "odd_phone": (60, 460), "shared_device": (60, 460),
    }  # fmt: skip


@pytest.mark.parametrize(("n", "found"), [(39, 0), (40, 1)])
def test_forty_alike_within_the_span_make_a_finding(n, found):
    rng = np.random.default_rng(5)

    assert (
        kinds_found(events(crowd(rng, 300, at_s=(0.0, 3_000.0)), farm(rng, n, at_s=(9_000.0, 9_400.0))))
        == ["span"] * found
    )


def test_mixed_phones_are_not_seen():
    rng = np.random.default_rng(7)

    assert n_findings(events(crowd(rng, 800), crowd(rng, 800, "f", at_s=(3_000.0, 3_100.0)))) == 0


@pytest.mark.parametrize(("n", "n_devices", "found"), [(20, 4, 1), (19, 3, 0), (20, 5, 0), (24, 1, 1)])
def test_accounts_on_shared_phones_are_counted(n, n_devices, found):
    rng = np.random.default_rng(8)

    rows = events(crowd(rng, 400), farm(rng, n, n_devices=n_devices))

    assert kinds_found(rows) == ["device"] * found


def test_a_placeholder_that_many_phones_send_is_no_shared_device():
    rng = np.random.default_rng(9)

    seen = examine(events(crowd(rng, 400), crowd(rng, 200, "g", device_id="00000000")))

    assert seen.findings.num_rows == 0
    scores = [row["score"] for row in seen.scores.to_pylist() if row["subject_type"] == "account"]
    assert max(scores) == 0


def test_a_family_on_one_tablet_is_silent():
    rng = np.random.default_rng(10)
    family = {"device_model": "M-tab", "os_version": "14.0", "app_version": "30.0", "device_id": "d-tab"}

    assert n_findings(events(crowd(rng, 400), crowd(rng, 4, "g", **family))) == 0


def test_every_account_is_scored_by_the_others_on_its_device():
    rng = np.random.default_rng(11)

    scores = by_name(examine(events(crowd(rng, 30), farm(rng, 16, n_devices=2), drop=("app_version",))))

    assert (round(scores["f0"], 4), scores["u0"], len(scores)) == (round(float(np.log(8 / 4)), 4), 0, 46)


def test_a_column_that_only_names_the_system_is_not_judged():
    rng = np.random.default_rng(12)
    model = ["iPhone" if k < 0.6 else "Android" for k in rng.random(500)]

    assert n_findings(events(crowd(rng, 500, device_model=model, os_version="17", app_version="31"))) == 0


def test_a_room_too_small_is_silent():
    rng = np.random.default_rng(13)

    assert n_findings(events(crowd(rng, 12), farm(rng, 30))) == 0


@pytest.mark.parametrize(
    ("drop", "mode", "reason"),
    [
        (("device_id",), "mix_only", "no_device_id"),
        (("os_version",), "models_only", "no_os_version"),
        (("app_version",), "models_only", "no_app_version"),
    ],
)
def test_coverage_names_what_is_missing_and_the_rest_still_finds(drop, mode, reason):
    rng = np.random.default_rng(14)

    seen = examine(events(crowd(rng, 400), farm(rng, 800), drop=drop))

    row = seen.coverage.to_pylist()[0]
    assert (row["mode"], row["reason"], seen.findings.num_rows) == (mode, reason, 1)


def test_where_only_models_are_known_a_popular_one_may_be_half_the_room():
    rng = np.random.default_rng(15)

    assert n_findings(events(crowd(rng, 1_000, popular=0.48), drop=("os_version", "app_version"))) == 0


@pytest.mark.parametrize(("word", "mode", "kind"), [("minute", "full", "span"), ("bound", "totals_only", "odd")])
def test_only_a_bound_hides_when_accounts_came(word, mode, kind):
    rng = np.random.default_rng(16)

    seen = examine(events(crowd(rng, 300, at_s=(0.0, 3_000.0)), farm(rng, 60, at_s=(9_000.0, 9_400.0)), ts_kind=word))

    assert seen.coverage["mode"].to_pylist() == [mode]
    assert [one["kind"] for one in params_of(seen)] == [kind]


def test_masked_accounts_are_nobody():
    rng = np.random.default_rng(17)

    seen = examine(events(farm(rng, 100), id_kind="masked"))

    assert (seen.coverage["reason"].to_pylist(), seen.scores.num_rows) == (["masked_ids"], 0)


def test_a_room_whose_phones_belong_to_nobody_gives_no_score():
    rng = np.random.default_rng(18)
    phones = crowd(rng, 30, account_id=None)
    people = crowd(rng, 30, device_model=None)

    seen = examine(events(phones, people))

    assert (seen.coverage["looked"].to_pylist(), seen.scores.num_rows) == ([True], 0)
