"""Where a step of the shown number flips, and the honest evenings nearest to one."""

import json

import numpy as np
import pyarrow as pa
import pytest

from truecrowd.detectors.online_balance import DETECTOR
from truecrowd.engine.run import Observed, observe_all
from truecrowd.engine.settings import Settings
from truecrowd.features.goods import events_table

START_US = 1_785_000_007_123_457
Row = dict[str, object]


def evening(
    shown, *, minutes: int = 120, per_minute: float = 4.0, stay_s: float = 600.0, seed: int = 1, rush: int | None = None
) -> list[Row]:
    """People come and go at random; `shown(minute, present)` is what is shown each minute."""
    rng = np.random.default_rng(seed)
    come = np.sort(rng.uniform(0, 60.0 * minutes, round(per_minute * minutes)))
    if rush is not None:
        come = np.sort(np.append(come, 60.0 * rush + rng.uniform(0, 60, 150)))
    go = come + rng.exponential(stay_s, len(come))
    rows = [row("join", at, account_id=f"u{k}") for k, at in enumerate(come)]
    rows += [row("leave", at, account_id=f"u{k}") for k, at in enumerate(go) if at < 60 * minutes]
    for minute in range(minutes):
        present = int((come <= 60 * minute).sum() - (go <= 60 * minute).sum())
        rows.append(row("stats", 60.0 * minute, value=float(round(shown(minute, present)))))
    return rows


def row(kind: str, late_s: float, **more: object) -> Row:
    return {"room_id": "r1", "event_type": kind, "ts": START_US + round(late_s * 1e6)} | more


def see(rows: list[Row], declared=frozenset()) -> Observed:
    table: pa.Table = events_table(rows)
    return observe_all([table], Settings(threads=1), detectors=[DETECTOR], declared=lambda: declared)


def score(rows: list[Row]) -> float:
    return float(see(rows).scores["score"][0].as_py())


def forged(factor: float, *, start: int = 60):
    return lambda minute, present: present * (factor if minute >= start else 1.0)


@pytest.mark.parametrize("multiple", [1, 3, 10])
@pytest.mark.parametrize("seed", range(5))
def test_a_platforms_constant_multiple_is_silent(multiple: int, seed: int):
    assert score(evening(lambda _, present: multiple * present, seed=seed)) == 0.0


@pytest.mark.parametrize(("factor", "found"), [(1.2, 0), (2.0, 1)])
def test_it_flips_with_the_size_of_the_step(factor: float, found: int):
    assert see(evening(forged(factor))).findings.num_rows == found


def test_a_step_is_told_with_what_was_shown_and_who_came():
    seen = see(evening(forged(3.0)))

    params = json.loads(seen.findings["params"][0].as_py())
    assert params["ratio_before"] == pytest.approx(1.0, abs=0.05)
    assert params["ratio_after"] == pytest.approx(3.0, abs=0.1)
    assert params["shown_after"] > 2 * params["shown_before"]
    assert not params["is_exact"]
    assert seen.findings["evidence_count"].to_pylist() == [8]


def test_a_rush_of_people_who_join_explains_the_rise():
    rows = evening(lambda _, present: 3 * present, rush=60)

    assert score(rows) == 0.0


def test_an_outage_and_its_end_come_back_to_where_it_was():
    assert score(evening(lambda minute, present: present * (0.3 if 50 <= minute < 60 else 1.0))) == 0.0


def test_leaves_that_get_lost_lower_the_ratio_slowly():
    rng = np.random.default_rng(3)
    rows = [one for one in evening(lambda _, present: present) if one["event_type"] != "leave" or rng.random() < 0.8]

    assert score(rows) == 0.0


def test_a_restless_index_is_no_count():
    rng = np.random.default_rng(4)

    assert score(evening(lambda _, present: present * rng.lognormal(1, 0.5))) == 0.0


def test_a_single_odd_number_is_a_slip():
    assert score(evening(lambda minute, present: present * (9 if minute == 60 else 1))) == 0.0


def test_viewers_who_were_there_before_the_recording_are_no_step():
    assert score(evening(lambda minute, present: present + 200 * np.exp(-minute / 15))) == 0.0


def test_a_thin_room_shows_nothing():
    assert score(evening(forged(3.0), per_minute=0.3)) == 0.0


def test_without_leaves_only_a_jump_of_the_number_itself_is_seen():
    def without(rows: list[Row]) -> list[Row]:
        return [one for one in rows if one["event_type"] != "leave"]

    seen = see(without(evening(forged(4.0))))

    assert (seen.coverage["mode"].to_pylist(), seen.findings.num_rows) == (["joins_only"], 0)
    assert seen.scores["score"][0].as_py() > 0.1
    assert score(without(evening(lambda _, present: 3 * present, rush=60))) == 0.0


def test_sampled_joins_are_not_looked_at():
    seen = see(evening(forged(3.0)), frozenset({("r1", "join")}))

    assert seen.coverage.select(["looked", "reason"]).to_pylist() == [{"looked": False, "reason": "sampled_join"}]


def test_more_leaves_than_joins_cannot_be_balanced():
    rows = [one for k, one in enumerate(evening(forged(3.0))) if one["event_type"] != "join" or k % 3 == 0]

    assert score(rows) == 0.0


def test_numbers_that_are_no_count_are_left_out():
    odd = [row("stats", 60.0 * k + 7, value=value) for k in range(40) for value in (-5.0, float("nan"), float("inf"))]

    assert score(evening(forged(3.0)) + odd) == score(evening(forged(3.0)))


def test_must_still_be_tested_against_joins_added_to_match():
    assert score(evening(forged(1.0), rush=60)) == 0.0
