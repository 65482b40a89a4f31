"""Distances between worlds and the classifier that tells them apart, against cases whose answer is known."""

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecrowd.bench.worlds.classifier import auc_of, told_apart
from truecrowd.bench.worlds.distances import distances, js, ks
from truecrowd.bench.worlds.priors import Prior, prior_distances, priors, shown
from truecrowd.bench.worlds.recordings import recorded
from truecrowd.bench.worlds.slices import LEAST_COMMENTS, TALK, TOLD, Slices, slices
from truecrowd.simulate import WORLDS, simulate

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
WEIGHTS = st.lists(st.floats(0.0, 9.0), min_size=1, max_size=8)


def talk(rows: list[tuple[float, str, str]], room: str = "r") -> pa.Table:
    """Comments as (second, account, text)."""
    return pa.table(
        {
            "ts": pa.array([START + dt.timedelta(seconds=at) for at, _, _ in rows], pa.timestamp("us", tz="UTC")),
            "event_type": ["comment"] * len(rows),
            "room_id": [room] * len(rows),
            "account_id": [who for _, who, _ in rows],
            "text": [text for _, _, text in rows],
        }
    )


def told(events: pa.Table, name: str) -> float:
    found = slices(events)
    return float(found.values[0, found.names.index(name)])


def drawn(shift: float, seed: int, n_rooms: int = 10) -> Slices:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(4 * n_rooms, 3))
    values[:, 1] += shift
    return Slices(("a", "b", "c"), values, np.repeat(np.arange(n_rooms), 4))


def test_ks_is_the_greatest_distance_of_the_two_curves() -> None:
    assert ks(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0])) == pytest.approx(1 / 3)
    assert np.isnan(ks(np.zeros(0), np.ones(3)))


@given(WEIGHTS, WEIGHTS)
def test_js_is_symmetric_and_between_nought_and_one(one: list[float], other: list[float]) -> None:
    a, b = np.array(one) + 0.01, np.array(other) + 0.01

    found = js(a, b)

    assert 0.0 <= found <= 1.0 + 1e-9
    assert found == pytest.approx(js(b, a), abs=1e-12)
    assert js(a, a * 3.0) == pytest.approx(0.0, abs=1e-12)


def test_two_draws_of_one_law_cannot_be_told_apart() -> None:
    found = told_apart(drawn(0.0, 1, 40), drawn(0.0, 2, 40))

    assert 0.35 < found.auc < 0.65


def test_two_laws_are_told_apart_by_the_column_in_which_they_differ() -> None:
    found = told_apart(drawn(0.0, 1), drawn(4.0, 2))

    assert found.auc > 0.99
    assert found.top[0][0] == "b"
    assert (found.n, found.n_rooms) == ((40, 40), (10, 10))


def test_what_only_marks_a_room_does_not_help_on_rooms_not_seen() -> None:
    rng = np.random.default_rng(5)
    sides = []
    for _ in range(2):
        of_room = rng.normal(scale=9.0, size=(8, 3)).repeat(20, axis=0)
        sides.append(
            Slices(("a", "b", "c"), of_room + rng.normal(scale=0.01, size=(160, 3)), np.repeat(np.arange(8), 20))
        )

    assert told_apart(*sides).auc < 0.9


def test_a_column_that_one_side_lacks_is_not_used() -> None:
    one, other = drawn(0.0, 1), drawn(4.0, 2)
    one.values[:, 1] = np.nan

    assert "b" not in dict(told_apart(one, other).top)


def test_one_room_is_too_few_to_be_judged_on() -> None:
    assert np.isnan(told_apart(drawn(0.0, 1, 1), drawn(0.0, 2)).auc)


def test_auc_of_scores_counts_ties_half() -> None:
    assert auc_of(np.array([2.0, 1.0, 1.0, np.nan]), np.array([1.0, 1.0, 0.0, 0.0])) == 0.75


def test_a_slice_is_told_by_its_talk() -> None:
    rows = [
        (float(at), f"a{at % 30}", "你好" if at % 2 else f"line number {at} of many") for at in range(LEAST_COMMENTS)
    ]
    events = talk(rows)

    assert told(events, "one_comment_accounts") == 0.0
    assert told(events, "top_account") == pytest.approx(2 / LEAST_COMMENTS)
    assert told(events, "same_account_gap_s") == 30.0
    assert told(events, "repeated_lines") == pytest.approx(1 - 31 / 60)
    assert told(events, "commonest_line") == 0.5
    assert told(events, "chinese_lines") == 0.5
    assert told(events, "long_lines") == 0.5
    assert np.isnan(told(events, "joins_again"))


def test_quiet_half_hours_are_left_out_and_rooms_are_cut() -> None:
    first = [(float(at), f"a{at}", "x") for at in range(LEAST_COMMENTS)]
    later = [(2_000.0 + at, f"a{at}", "x") for at in range(LEAST_COMMENTS)]
    few = [(4_000.0 + at, f"a{at}", "x") for at in range(LEAST_COMMENTS - 1)]

    found = slices(talk(first + later + few))

    assert len(found.values) == 2
    assert found.thinned(1).values.shape == (1, len(TOLD))
    assert len(slices(talk([])).values) == 0


def test_worlds_are_compared_in_every_quantity() -> None:
    events = {name: simulate("clean", world=name, n_events=20_000).whole().events for name in ("develop", "tune")}

    found = {one.name: one for one in distances(events)}

    assert all(0.0 <= one.apart["develop", "tune"] <= 1.0 for one in found.values() if one.measure != "log_ratio")
    assert found["price_yuan"].apart["develop", "tune"] > 0.2
    same = distances({"a": events["tune"], "b": events["tune"]})
    assert max(one.apart["a", "b"] for one in same) < 1e-9


def test_the_worlds_share_hardly_a_number() -> None:
    found = priors(WORLDS)
    apart = prior_distances(found, tuple(WORLDS))

    assert len(found) > 100
    assert all(equal <= 0.1 * n for _, equal, n in apart.values())
    assert all(shown(value) for one in found for value in one.values)


def test_priors_are_compared_by_the_logarithm_of_their_ratio() -> None:
    found = (
        Prior("a", "x", (1.0, 2.0)),
        Prior("a", "y", (("gamma", 3.0, 1.0), ("gamma", 6.0, 2.0))),
        Prior("a", "z", ("w", "w")),
    )

    (log, equal, n), *_ = prior_distances(found, ("one", "two")).values()

    assert (log, equal, n) == (pytest.approx(np.log(2.0)), 1, 3)


def test_without_recordings_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    assert recorded(tmp_path) is None


def test_recordings_of_live_rooms_are_read_and_others_left(tmp_path: Path) -> None:
    rows = "".join(f"2026-03-01T12:00:{at:02d}Z,comment,x,a{at},hi\n" for at in range(5))
    (tmp_path / "night.csv").write_text("ts,event_type,room_id,account_id,text\n" + rows)
    head = "file\troom\tevents_by_type\tnote\n"
    (tmp_path / "MANIFEST.tsv").write_text(
        head
        + "night.csv\tnight\tcomment=5\t\nnight.csv\tirc\tcomment=5\tnot live commerce\nnight.csv\tquiet\tjoin=1\t\n"
    )

    found = recorded(tmp_path)

    assert found is not None
    assert set(found["room_id"].to_pylist()) == {"night"}
    assert found.num_rows == 5
    assert set(TALK) <= set(TOLD)
