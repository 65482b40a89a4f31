"""Rooms are invented here; timers are found, slow mode, batches and busy platforms stay silent."""

import json

import numpy as np
import pyarrow as pa
import pytest

from truecrowd.detectors.even_gaps import DETECTOR
from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.schema import EVENTS

OPENS_US = 1_767_268_800_000_000


def talkers(rng, n, prefix="u", *, turns=14, median_s=60.0, floor_s=0.0, kind="comment", spread=1.1, at_s=1_800.0):
    """Return (account, seconds, type) at log-normal gaps above a floor."""
    gaps = floor_s + median_s * np.exp(rng.normal(0, spread, (n, turns)))
    times = rng.uniform(0, at_s, (n, 1)) + np.cumsum(gaps, axis=1)
    return [(f"{prefix}{k}", float(ts), kind) for k in range(n) for ts in times[k]]


def timers(rng, n, *, every_s=60.0, cv=0.05, turns=14, kind="comment"):
    times = rng.uniform(0, 1_800, (n, 1)) + np.cumsum(every_s * (1 + cv * rng.normal(size=(n, turns))), axis=1)
    return [(f"f{k}", float(ts), kind) for k in range(n) for ts in times[k]]


def popups(times, account="p"):
    return [(f"{account}{k}", float(ts), "cart_popup") for k, ts in enumerate(times)]


def events(*parts, grain_us=1, **words):
    accounts, seconds, kinds = zip(*[row for part in parts for row in part], strict=True)
    n = len(accounts)
    ts = OPENS_US + np.round(np.array(seconds) * 1e6).astype(np.int64) // grain_us * grain_us
    made = {
        "event_id": pa.array([f"e{k}" for k in range(n)]), "ts": pa.array(ts, dict(EVENTS.columns)["ts"]),
        "event_type": pa.array(kinds).dictionary_encode(), "room_id": pa.array(["r"] * n),
        "account_id": pa.array(accounts),
    }  # fmt: skip
    return pa.table(made | {name: pa.array([word] * n).dictionary_encode() for name, word in words.items()})


def examine(rows, declared=frozenset()):
    return observe_all([rows], Settings(threads=1), detectors=[DETECTOR], declared=lambda: declared)


def n_findings(*parts, **words):
    return examine(events(*parts, **words)).findings.num_rows


@pytest.mark.parametrize("seed", range(30))
def test_plain_rooms_are_silent(seed):
    rng = np.random.default_rng(seed)
    median_s = rng.choice([41, 60, 109, 533])

    assert n_findings(talkers(rng, 150, turns=12, median_s=median_s), popups(np.cumsum(rng.exponential(25, 80)))) == 0


@pytest.mark.parametrize(("n", "found"), [(4, 0), (5, 1)])
def test_five_timers_make_a_finding(n, found):
    rng = np.random.default_rng(1)

    assert n_findings(talkers(rng, 30), timers(rng, n)) == found


@pytest.mark.parametrize(("turns", "found"), [(10, 0), (11, 1)])
def test_eleven_comments_are_needed(turns, found):
    rng = np.random.default_rng(2)

    assert n_findings(talkers(rng, 100), timers(rng, 8, turns=turns)) == found


@pytest.mark.parametrize(("cv", "found"), [(0.15, 1), (0.6, 0)])
def test_jittered_gaps_are_not_seen(cv, found):
    rng = np.random.default_rng(3)

    assert n_findings(talkers(rng, 100), timers(rng, 20, cv=cv, turns=20)) == found


@pytest.mark.parametrize("floor_s", [12.0, 32.0, 60.0])
@pytest.mark.parametrize("seed", range(5))
def test_people_who_type_at_the_floor_of_slow_mode_are_not_called_even(seed, floor_s):
    rng = np.random.default_rng(seed)
    keen = talkers(rng, 40, "k", floor_s=floor_s, median_s=2.0, spread=0.6, turns=20)
    spared = talkers(rng, 4, "m", median_s=15.0, turns=20)

    seen = examine(events(talkers(rng, 100, floor_s=floor_s), keen, spared))

    scores = {row["subject_id"]: row["score"] for row in seen.scores.to_pylist() if row["subject_type"] == "account"}
    assert seen.findings.num_rows == 0
    assert scores["k0"] == 0


def test_slow_mode_in_one_hour_only_is_found_out_too():
    rng = np.random.default_rng(5)
    slow = talkers(rng, 60, "s", floor_s=30.0) + talkers(rng, 40, "k", floor_s=30.0, median_s=2.0, spread=0.6, turns=20)
    later = [(account, ts + 20_000, kind) for account, ts, kind in slow]

    assert n_findings(talkers(rng, 100, median_s=20.0), later) == 0


def test_people_who_tap_as_fast_as_the_app_sends_are_not_called_even():
    rng = np.random.default_rng(6)
    tapping = talkers(rng, 60, "t", kind="like", floor_s=2.0, median_s=0.1, spread=0.4, turns=30)

    assert n_findings(tapping, talkers(rng, 60, kind="like", floor_s=2.0, median_s=5.0)) == 0


def test_timers_among_likes_are_found():
    rng = np.random.default_rng(7)

    assert n_findings(talkers(rng, 100, kind="like", median_s=10.0), timers(rng, 10, every_s=30, kind="like")) == 1


def test_many_timers_do_not_pass_for_slow_mode():
    rng = np.random.default_rng(8)

    assert n_findings(talkers(rng, 30), timers(rng, 500)) == 1


def test_without_others_to_compare_with_nobody_is_called_even():
    rng = np.random.default_rng(9)

    assert n_findings(timers(rng, 30)) == 0


def test_a_few_of_very_many_may_be_even():
    rng = np.random.default_rng(10)

    assert n_findings(talkers(rng, 700), timers(rng, 5)) == 0


def test_each_account_is_scored_and_the_evenest_highest():
    rng = np.random.default_rng(11)

    seen = examine(events(talkers(rng, 50), timers(rng, 6)))

    scores = {row["subject_id"]: row["score"] for row in seen.scores.to_pylist() if row["subject_type"] == "account"}
    assert len(scores) == 56
    assert min(scores[f"f{k}"] for k in range(6)) > max(scores[f"u{k}"] for k in range(50))


def test_evidence_shows_each_even_account_before_it_repeats_one():
    rng = np.random.default_rng(12)
    rows = [*talkers(rng, 50), *timers(rng, 6)]

    finding = examine(events(rows)).findings.to_pylist()[0]

    first = [rows[int(name[1:])][0] for name in finding["evidence"][:6]]
    assert sorted(first) == [f"f{k}" for k in range(6)]
    assert finding["evidence_count"] == 6 * 14


@pytest.mark.parametrize(
    ("every_s", "cv", "n", "found"), [(20.0, 0.1, 60, 1), (20.0, 0.1, 30, 0), (20.0, 1.0, 60, 0), (4.0, 0.02, 400, 0)]
)
def test_even_popups_are_found_unless_a_platform_may_set_the_pace(every_s, cv, n, found):
    rng = np.random.default_rng(13)
    gaps = rng.exponential(every_s, n) if cv == 1 else every_s * (1 + cv * rng.normal(size=n))

    seen = examine(events(talkers(rng, 50), popups(np.cumsum(gaps))))

    assert [json.loads(text)["kind"] for text in seen.findings["params"].to_pylist()] == ["popups"] * found
    assert seen.findings["scheme"].to_pylist() == ["popup"] * found


def test_a_flash_sale_bunches_popups_and_is_silent():
    rng = np.random.default_rng(14)
    times = np.concatenate([np.cumsum(rng.exponential(60, 60)), 1_800 + rng.exponential(10, 500)])

    seen = examine(events(talkers(rng, 50), popups(np.sort(times))))

    assert seen.findings.num_rows == 0


def test_even_popups_score_by_how_even_they_are_and_not_by_their_number():
    rng = np.random.default_rng(16)

    def score(n, cv):
        gaps = 20.0 * (1 + cv * rng.normal(size=n)) if cv else rng.exponential(20.0, n)
        seen = examine(events(talkers(rng, 50), popups(np.cumsum(gaps))))
        return next(row["score"] for row in seen.scores.to_pylist() if row["population"] == "buyers")

    assert (score(60, 0), score(2_000, 0)) == (0.0, 0.0)
    assert 1.0 < score(200, 0.1) < score(200, 0.03)
    assert score(2_000, 0.1) < 1.3 * score(200, 0.1)


def test_accounts_score_by_their_share_and_a_few_by_chance_score_nothing():
    rng = np.random.default_rng(17)

    def scores(*parts):
        seen = examine(events(*parts)).scores.to_pylist()
        return {row["subject_id"]: row["score"] for row in seen if row["subject_type"] == "account"}

    crowd = scores(talkers(rng, 100), timers(rng, 40, cv=0.4))
    few = scores(talkers(rng, 100), timers(rng, 4, cv=0.1))

    assert np.median([crowd[f"f{k}"] for k in range(40)]) > 0.5
    assert max(few.values()) == 0.0


def test_a_recorder_that_batches_makes_no_even_gaps():
    rng = np.random.default_rng(15)
    rows = talkers(rng, 100, median_s=8.0)

    assert n_findings(rows, grain_us=2_000_000) == 0


@pytest.mark.parametrize(("kind", "mode"), [("minute", "popups_only"), ("capture", "comments_only")])
def test_on_a_coarse_clock_accounts_are_not_looked_at(kind, mode):
    rng = np.random.default_rng(16)
    room = events(talkers(rng, 100), timers(rng, 20), popups(np.cumsum(rng.exponential(25, 80))), ts_kind=kind)

    seen = examine(room)

    assert seen.coverage["mode"].to_pylist() == [mode]
    assert ("account" in seen.scores["subject_type"].to_pylist()) == (mode != "popups_only")
    assert seen.findings.num_rows == (mode != "popups_only")


@pytest.mark.parametrize(
    ("kinds", "words", "declared", "want"),
    [
        (("comment", "like"), {}, (), ("accounts_only", "no_cart_popup")),
        (("comment", "cart_popup"), {}, (), ("comments_only", "no_like")),
        (("like", "cart_popup"), {}, (), ("likes_only", "no_comment")),
        (("comment", "like", "cart_popup"), {}, (), ("full", None)),
        (("comment", "like", "cart_popup"), {}, ("like",), ("comments_only", "sampled_like")),
        (("comment", "like", "cart_popup"), {}, ("comment", "like"), ("popups_only", "sampled_comment")),
        (("comment", "like", "cart_popup"), {}, ("cart_popup",), ("accounts_only", "sampled_cart_popup")),
        (("comment", "like", "cart_popup"), {"id_kind": "masked"}, (), ("popups_only", "masked_ids")),
        (("comment", "like", "cart_popup"), {"ts_kind": "bound"}, (), (None, "clock_grain")),
        (("comment",), {"ts_kind": "minute"}, (), (None, "clock_grain")),
        (("comment",), {}, ("comment",), (None, "sampled_comment")),
        (("cart_popup",), {}, (), ("popups_only", "no_comment_or_like")),
    ],
)
def test_coverage_names_what_could_not_be_looked_at(kinds, words, declared, want):
    rows = [(f"u{k}", 31.7 * k + 3.1 * k * k, kind) for k in range(15) for kind in kinds]

    seen = examine(events(rows, **words), frozenset(("r", name) for name in declared))

    row = seen.coverage.to_pylist()[0]
    assert (row["mode"], row["reason"]) == want
