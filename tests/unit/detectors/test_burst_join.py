"""Rooms are invented here; a burst is found where it is narrow, and broad bursts of honest crowds stay silent."""

import numpy as np
import pyarrow as pa
import pytest

from truecrowd.detectors.burst_join import DETECTOR
from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.schema import EVENTS

OPENS_US = 1_767_268_800_000_000
DAY_US = 86_400_000_000


def crowd(rng, ts_s, prefix, **fixed):
    """Return joins of as many mixed viewers as there are times; `fixed` sets a column for all of them."""
    n = len(ts_s)
    ts = OPENS_US + np.round(np.asarray(ts_s) * 1e6).astype(np.int64)
    models = rng.zipf(1.3, n) % 200
    made = {
        "ts": ts, "event_type": ["join"] * n, "account_id": [f"{prefix}{k}" for k in range(n)],
        "device_model": [f"M-{k}" for k in models], "asn": 64_500 + rng.choice(4, n, p=[0.4, 0.3, 0.25, 0.05]),
        "region": [f"R{k}" for k in rng.integers(0, 30, n)],
        "account_created_at": ts - np.round(rng.uniform(1, 1_500, n) * DAY_US).astype(np.int64),
        "traffic_source": [None] * n,
    }  # fmt: skip
    for name, value in fixed.items():
        made[name] = ts - value if name == "account_created_at" else [value] * n
    return made


def events(*parts, drop=()):
    columns = {name: np.concatenate([np.asarray(part[name], object) for part in parts]) for name in parts[0]}
    n = len(columns["ts"])
    columns |= {"event_id": [f"e{k}" for k in range(n)], "room_id": ["r"] * n}
    kinds = dict(EVENTS.columns)
    table = {
        name: pa.array(list(values), pa.string() if name == "event_type" else kinds[name])
        for name, values in columns.items()
        if name not in drop
    }
    return pa.table(table | {"event_type": table["event_type"].dictionary_encode()})


def examine(rows, declared=frozenset()):
    return observe_all([rows], Settings(threads=1), detectors=[DETECTOR], declared=lambda: declared)


def n_findings(rows):
    return examine(rows).findings.num_rows


def plain(rng, n=400, **fixed):
    return crowd(rng, rng.uniform(0, 3_600, n), "u", **fixed)


def farm(rng, n=40, *, at_s=1_800.0, within_s=4.0, **fixed):
    alike = {"device_model": "M-farm", "asn": 65_000, "region": "R-farm", "account_created_at": 6 * DAY_US}
    return crowd(rng, at_s + rng.uniform(0, within_s, n), "f", **alike | fixed)


PROMPT = {
    "ts": [OPENS_US + 1_790_000_000], "event_type": ["prompt"], "account_id": [None], "device_model": [None],
    "asn": [None], "region": [None], "account_created_at": [None], "traffic_source": [None],
}  # fmt: skip
NO_TRAITS = ("device_model", "asn", "region", "account_created_at")


@pytest.mark.parametrize(("n", "found"), [(19, 0), (20, 1)])
def test_twenty_alike_within_the_span_make_a_finding(n, found):
    rng = np.random.default_rng(1)
    rows = events(crowd(rng, np.arange(0, 1_700, 10), "u"), farm(rng, n))

    assert n_findings(rows) == found


@pytest.mark.parametrize(("within_s", "found"), [(9.0, 1), (400.0, 0)])
def test_a_slow_arrival_is_not_seen(within_s, found):
    rng = np.random.default_rng(2)

    assert n_findings(events(plain(rng), farm(rng, within_s=within_s))) == found


@pytest.mark.parametrize("trait", ["device_model", "account_created_at"])
def test_two_narrow_traits_are_enough_and_one_is_not(trait):
    rng = np.random.default_rng(3)
    mixed = crowd(rng, 1_800 + rng.uniform(0, 4, 60), "f", asn=65_000, region="R-campus")
    two = farm(rng, 60) | {name: mixed[name] for name in ("device_model", "account_created_at") if name != trait}

    assert n_findings(events(plain(rng), two)) == 1
    assert n_findings(events(plain(rng), mixed)) == 0


@pytest.mark.parametrize("seed", range(40))
def test_a_famous_guest_brings_a_broad_crowd(seed):
    rng = np.random.default_rng(seed)
    fans = crowd(rng, 1_800 + rng.exponential(20, 800), "g")
    from_home = rng.random(800) < 0.5
    fans["region"] = np.where(from_home, "R1", fans["region"]).tolist()
    fans["device_model"] = np.where(rng.random(800) < 0.35, "M-fan", fans["device_model"]).tolist()

    assert n_findings(events(plain(rng), fans)) == 0


def test_a_raffle_brings_a_broad_crowd_after_a_prompt():
    rng = np.random.default_rng(5)

    seen = examine(events(plain(rng), crowd(rng, 1_800 + rng.uniform(0, 8, 300), "g"), PROMPT))

    assert seen.findings.num_rows == 0
    assert max(seen.scores["score"].to_pylist()) < 0.5


@pytest.mark.parametrize(("n_raid", "found"), [(60, 1), (600, 0)])
def test_a_farm_is_found_in_a_raid_that_is_not_larger(n_raid, found):
    rng = np.random.default_rng(6)
    raid = crowd(rng, 1_790 + rng.exponential(20, n_raid), "g")

    assert n_findings(events(plain(rng), raid, farm(rng, 90))) == found


@pytest.mark.parametrize("source", ["paid", "raid"])
def test_a_labelled_crowd_is_not_accused(source):
    rng = np.random.default_rng(7)

    seen = examine(events(plain(rng), farm(rng, traffic_source=source)))

    assert seen.findings.num_rows == 0
    assert max(seen.scores["score"].to_pylist()) == 0


def test_accounts_that_come_back_after_an_outage_are_no_burst():
    rng = np.random.default_rng(8)
    before = plain(rng, 300, device_model="M-1", asn=65_000)
    back = before | {"ts": OPENS_US + 4_000_000_000 + rng.integers(0, 5_000_000, 300)}

    assert n_findings(events(before, back)) == 0


def test_new_accounts_among_many_that_come_back_are_no_burst():
    rng = np.random.default_rng(9)
    before = plain(rng, 300)
    back = before | {"ts": OPENS_US + 4_000_000_000 + rng.integers(0, 5_000_000, 300)}
    unseen = farm(rng, 40, at_s=4_000)

    assert n_findings(events(before, back, unseen)) == 0
    assert n_findings(events(before, unseen)) == 1


def test_one_popular_phone_all_evening_is_no_burst():
    rng = np.random.default_rng(10)
    rows = plain(rng, 2_000)
    rows["device_model"] = np.where(rng.random(2_000) < 0.35, "M-cheap", rows["device_model"]).tolist()

    assert n_findings(events(rows, crowd(rng, 1_800 + rng.uniform(0, 5, 200), "g", device_model="M-cheap"))) == 0


def test_a_room_that_is_all_farm_has_no_rest_to_hide_behind():
    rng = np.random.default_rng(11)

    assert n_findings(events(farm(rng, 200))) == 1


@pytest.mark.parametrize(("n", "found"), [(190, 0), (260, 1)])
def test_without_traits_only_an_extreme_burst_is_reported(n, found):
    rng = np.random.default_rng(12)

    seen = examine(events(plain(rng, 100), farm(rng, n), drop=NO_TRAITS))

    assert seen.coverage["mode"].to_pylist() == ["count_only"]
    assert seen.findings.num_rows == found


def test_without_traits_nothing_is_reported_after_a_prompt():
    rng = np.random.default_rng(13)

    assert n_findings(events(plain(rng, 100), farm(rng, 300), PROMPT, drop=NO_TRAITS)) == 0


def test_without_traits_the_list_of_those_present_at_the_start_is_no_burst():
    rng = np.random.default_rng(14)

    assert n_findings(events(plain(rng, 100), farm(rng, 500, at_s=2.0), drop=NO_TRAITS)) == 0


def test_a_crowd_that_swells_and_fades_is_no_burst_without_traits():
    rng = np.random.default_rng(15)

    assert n_findings(events(plain(rng, 100), crowd(rng, 1_800 + rng.exponential(30, 900), "g"), drop=NO_TRAITS)) == 0


@pytest.mark.parametrize(
    ("drop", "mode", "reason"),
    [
        (("device_model",), "two_traits", "no_device_model"),
        (("asn", "region"), "two_traits", "no_asn_or_region"),
        (("account_created_at",), "two_traits", "no_account_created_at"),
        (("device_model", "account_created_at"), "one_trait", "no_device_model_or_account_created_at"),
    ],
)
def test_coverage_names_the_traits_that_are_missing(drop, mode, reason):
    rng = np.random.default_rng(16)

    row = examine(events(plain(rng, 50), drop=drop)).coverage.to_pylist()[0]

    assert (row["looked"], row["mode"], row["reason"]) == (True, mode, reason)


def test_capped_joins_are_not_looked_at():
    rng = np.random.default_rng(17)

    row = examine(events(plain(rng, 50)), frozenset({("r", "join")})).coverage.to_pylist()[0]

    assert (row["looked"], row["reason"]) == (False, "sampled_join")


def with_words(rows, name, word):
    return rows.append_column(name, pa.array([word] * rows.num_rows).dictionary_encode())


@pytest.mark.parametrize("kind", ["minute", "bound"])
def test_a_coarse_clock_is_not_looked_at(kind):
    rng = np.random.default_rng(18)

    row = examine(with_words(events(farm(rng)), "ts_kind", kind)).coverage.to_pylist()[0]

    assert (row["looked"], row["reason"]) == (False, "clock_grain")


def test_masked_accounts_are_nobody():
    rng = np.random.default_rng(19)

    seen = examine(with_words(events(farm(rng)), "id_kind", "masked"))

    assert seen.coverage["reason"].to_pylist() == ["masked_ids"]
    assert seen.scores.num_rows == 0


def test_an_account_registered_after_it_was_seen_has_no_age():
    rng = np.random.default_rng(20)
    rows = farm(rng, 40, account_created_at=-DAY_US, device_model=None)

    assert n_findings(events(plain(rng), rows)) == 0


@pytest.mark.parametrize("over_s", [8.0, 50.0])
def test_members_of_a_narrow_burst_score_and_others_do_not(over_s):
    rng = np.random.default_rng(30)

    seen = examine(
        events(plain(rng), farm(rng, 90, within_s=over_s), crowd(rng, 1_800 + rng.uniform(0, over_s, 90), "g"))
    )

    scores = {row["subject_id"]: row["score"] for row in seen.scores.to_pylist() if row["subject_type"] == "account"}
    assert np.quantile([score for name, score in scores.items() if name.startswith("f")], 0.1) > 0.5
    assert np.mean([score > 0 for name, score in scores.items() if not name.startswith("f")]) < 0.01


def test_a_burst_alike_in_one_trait_only_scores_no_account():
    rng = np.random.default_rng(31)
    one_phone = crowd(rng, 1_800 + rng.uniform(0, 8, 90), "f", device_model="M-1")

    seen = examine(events(plain(rng), one_phone))

    assert max(row["score"] for row in seen.scores.to_pylist() if row["subject_type"] == "account") < 0.5
