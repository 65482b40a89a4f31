"""Rooms are invented here: kinds that share no address are found, shared networks and campuses stay silent."""

from functools import partial

import numpy as np
import pytest
from invented_rooms import DAY_US, OPENS_US, look, of_columns, params_of, scores_of

from truecrowd.detectors.address_collisions import DETECTOR

events = partial(of_columns, event_type="join")
examine = partial(look, DETECTOR)


def crowd(rng, n, prefix="u", *, shared=0.4, ips=None, age_d=None, **fixed):
    """Return joins of mixed people; a part of them, `shared`, stands behind a few addresses of their operators."""
    ts = OPENS_US + np.round(rng.uniform(0, 7_200e6, n)).astype(np.int64)
    ages = rng.lognormal(np.log(600), 1.0, n) + 0.5 if age_d is None else rng.uniform(*age_d, n)
    asn = rng.choice([64_501, 64_502, 64_503], n, p=[0.5, 0.3, 0.2])
    own = [f"10.{a}.{b}.{c}" for a, b, c in rng.integers(1, 250, (n, 3))]
    common = [f"100.64.{operator % 10}.{k}" for operator, k in zip(asn, rng.integers(0, 40, n), strict=True)]
    is_shared = rng.random(n) < shared
    made = {
        "ts": ts, "account_id": [f"{prefix}{k}" for k in range(n)], "asn": asn.tolist(),
        "ip": ips or [c if both else o for c, o, both in zip(common, own, is_shared, strict=True)],
        "region": [f"R{k}" for k in rng.zipf(1.4, n) % 30], "device_model": [f"M-{k}" for k in rng.zipf(1.3, n) % 60],
        "account_created_at": ts - np.round(ages * DAY_US).astype(np.int64), "traffic_source": ["recommend"] * n,
    }  # fmt: skip
    return made | {name: [value] * n if isinstance(value, str | None) else value for name, value in fixed.items()}


def farm(rng, n, **fixed):
    return crowd(rng, n, "f", **{"shared": 0.0, "device_model": "M-farm"} | fixed)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("shared", [0.0, 0.4, 0.8])
def test_a_crowd_that_shares_addresses_as_its_operators_do_is_silent(seed, shared):
    rng = np.random.default_rng(seed)

    seen = examine(events(crowd(rng, 800, shared=shared)))

    assert seen.findings.num_rows == 0
    assert max(scores_of(seen, "u")) < 0.5


@pytest.mark.parametrize(("n", "found"), [(40, 0), (120, 1)])
def test_one_phone_one_address_is_found_where_the_crowd_shares(n, found):
    rng = np.random.default_rng(1)

    seen = examine(events(crowd(rng, 800), farm(rng, n)))

    assert [one["kind"] for one in params_of(seen)] == ["few"] * found
    assert np.median(scores_of(seen, "f")) > np.quantile(scores_of(seen, "u"), 0.99)


def test_one_phone_one_address_means_nothing_where_nobody_shares():
    rng = np.random.default_rng(2)

    assert max(scores_of(examine(events(crowd(rng, 800, shared=0.0), farm(rng, 120))), "f")) == 0


def test_one_phone_that_shares_as_others_do_is_silent():
    rng = np.random.default_rng(3)

    assert max(scores_of(examine(events(crowd(rng, 800), farm(rng, 200, shared=0.4))), "f")) < 0.5


def test_a_block_filled_without_one_collision_is_found():
    rng = np.random.default_rng(4)
    lined_up = [f"198.51.100.{k}" for k in range(100)]

    seen = examine(events(crowd(rng, 800, shared=0.0), crowd(rng, 100, "f", ips=lined_up)))

    assert min(scores_of(seen, "f")) > 1.5


def test_a_block_whose_people_meet_by_chance_is_silent():
    rng = np.random.default_rng(5)
    by_chance = [f"198.51.100.{k}" for k in rng.integers(1, 255, 100)]

    assert max(scores_of(examine(events(crowd(rng, 800), crowd(rng, 100, "g", ips=by_chance))), "g")) == 0


def test_a_campus_behind_one_address_is_silent():
    rng = np.random.default_rng(6)

    seen = examine(events(crowd(rng, 600), crowd(rng, 300, "g", ips=["198.51.100.9"] * 300, region="R5")))

    assert (seen.findings.num_rows, max(scores_of(seen, "g"))) == (0, 0)


def test_one_kind_of_phone_behind_one_address_is_found():
    rng = np.random.default_rng(7)

    seen = examine(events(crowd(rng, 800), farm(rng, 100, ips=["198.51.100.9"] * 100)))

    assert [one["kind"] for one in params_of(seen)] == ["many"]
    assert min(scores_of(seen, "f")) > 1.5


def test_one_age_in_one_region_scores():
    rng = np.random.default_rng(8)

    seen = examine(events(crowd(rng, 800), crowd(rng, 100, "f", region="R28", age_d=(4.0, 9.0))))

    assert min(scores_of(seen, "f")) > 1 > np.quantile(scores_of(seen, "u"), 0.99)


def test_paid_promotion_in_one_region_is_not_accused():
    rng = np.random.default_rng(9)

    seen = examine(events(crowd(rng, 800), farm(rng, 200, region="R28", traffic_source="paid")))

    assert (seen.findings.num_rows, max(scores_of(seen, "f"))) == (0, 0)


def test_mixed_phones_on_shared_addresses_are_not_seen():
    rng = np.random.default_rng(10)

    assert max(scores_of(examine(events(crowd(rng, 800), crowd(rng, 300, "f"))), "f")) < 0.5


def test_hashed_addresses_are_compared_for_equality_only():
    rng = np.random.default_rng(11)
    parts = [crowd(rng, 800), farm(rng, 120)]
    for part in parts:
        part["ip"] = [f"h{ip}" for ip in part["ip"]]

    assert examine(events(*parts)).findings.num_rows == 1


@pytest.mark.parametrize(
    ("drop", "mode", "reason"),
    [
        (("region",), "addresses_only", "no_region"),
        (("ip",), "regions_only", "no_ip"),
        (("ip", "region"), "operators_only", "no_ip_or_region"),
        (("device_model", "account_created_at"), "blocks_only", "no_device_model_or_account_created_at"),
    ],
)
def test_coverage_names_what_is_missing(drop, mode, reason):
    rng = np.random.default_rng(12)
    rows = events(crowd(rng, 800), farm(rng, 120, region="R28", asn=[64_503] * 120), drop=drop)

    seen = examine(rows)

    row = seen.coverage.to_pylist()[0]
    assert (row["mode"], row["reason"]) == (mode, reason)
    assert (np.median(scores_of(seen, "f")) > 0.5) == (mode != "blocks_only")


def test_cells_are_counted_for_the_lower_bound():
    rng = np.random.default_rng(13)

    (_, _, seen), *_ = examine(events(crowd(rng, 800), farm(rng, 120))).seen

    assert [one.name for one in seen.counts] == ["one_each", "same_network"]
    assert all(0 <= one.k[0] <= one.n[0] == 920 for one in seen.counts)
    assert seen.counts[0].k[0] >= 115


def test_masked_accounts_are_nobody():
    rng = np.random.default_rng(14)

    seen = examine(events(farm(rng, 100), id_kind="masked"))

    assert (seen.coverage["reason"].to_pylist(), seen.scores.num_rows) == (["masked_ids"], 0)
