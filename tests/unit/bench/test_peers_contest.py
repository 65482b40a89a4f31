"""Settings are chosen on the tuning world, differences are paired, whoever fails or is absent stays in the table."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from truecrowd.bench.peers_quality import contest
from truecrowd.bench.peers_quality.grouped import F1, PRECISION, RECALL, Groups
from truecrowd.bench.peers_quality.paired import Rows, rank_correlation
from truecrowd.bench.peers_quality.peer import Features, Level, Material, Peer, Setting
from truecrowd.bench.peers_quality.result import Cost
from truecrowd.bench.peers_quality.worlds import Wanted, made
from truecrowd.bench.quality.bootstrap import Estimate
from truecrowd.bench.quality.measures import F64
from truecrowd.bench.quality.rivals import Seen
from truecrowd.bench.quality.truth import Index, Labelled, Truth
from truecrowd.errors import ConfigError

N = 40
POSITIVE = np.arange(N) % 4 == 0


def labelled() -> Labelled:
    names = pa.table({"room_id": [f"r{at // 4}" for at in range(N)], "account_id": [f"a{at}" for at in range(N)]})
    host = np.arange(N) // 4
    index = Index(names["room_id"], names["account_id"])
    return Labelled(index, {"any": POSITIVE}, ~POSITIVE, host + 100, host, names)


def material() -> Material:
    rows = labelled()
    truth = Truth({}, {}, rows, rows, rows, rows, Path())
    nobody = Seen(np.zeros(0), pa.array([], pa.string()), np.zeros(0, int), np.zeros(0, int), pa.table({}))
    return Material(truth, nobody, Features((), np.zeros((N, 0))), {}, {}, Path())


def scored(by_quality: float) -> F64:
    """Return a score that puts this part of the manufactured rows on top, the others at the bottom."""
    found = np.linspace(0.0, 1.0, N)
    at = np.flatnonzero(POSITIVE)
    found[at] = -1.0
    found[at[: round(by_quality * len(at))]] = 2.0
    return found


def a_peer(*qualities: float, name: str = "fraudar") -> Peer:
    def run(_: Material, setting: Setting) -> Mapping[Level, F64]:
        return {"account": scored(float(setting["quality"]))}

    settings = tuple({"quality": quality} for quality in qualities)
    return Peer(name, "package", "", ("account",), "", settings, run)


def broken(_: Material, __: Setting) -> Mapping[Level, F64]:
    raise ValueError("no such column")


def test_the_best_setting_of_the_tuning_world_is_chosen() -> None:
    found = contest.chosen(a_peer(0.5, 0.9, 0.7), material(), budget=20)

    assert not isinstance(found, str)
    assert (found["account"].default, found["account"].chosen) == ({"quality": 0.5}, {"quality": 0.9})
    assert found["account"].n_settings == 3


def test_defaults_stay_where_nothing_is_better() -> None:
    found = contest.chosen(a_peer(0.5, 0.5), material(), budget=20)

    assert not isinstance(found, str)
    assert found["account"].chosen is found["account"].default


def test_a_setting_beyond_the_budget_is_not_tried() -> None:
    found = contest.chosen(a_peer(0.5, 0.6, 0.9), material(), budget=2)

    assert not isinstance(found, str)
    assert found["account"].chosen == {"quality": 0.6}


@pytest.mark.parametrize(("theirs", "told"), [(1.0, "lose"), (0.1, "win")])
def test_who_is_ahead_is_told_by_the_paired_difference(theirs: float, told: str) -> None:
    fight = contest.Contest(material(), Cost(1.0, 1.0))
    ours, peer = a_peer(0.5, name="truecrowd"), a_peer(theirs)
    list(fight.entries(ours, "account", contest.chosen(ours, material(), 20)))  # type: ignore[arg-type]

    (entry,) = fight.entries(peer, "account", contest.chosen(peer, material(), 20))

    assert entry.outcome == told
    assert entry.variant == "both"


def test_defaults_and_the_chosen_setting_are_two_rows() -> None:
    fight, ours, peer = contest.Contest(material(), Cost(1.0, 1.0)), a_peer(0.5, name="truecrowd"), a_peer(0.2, 0.8)
    list(fight.entries(ours, "account", contest.chosen(ours, material(), 20)))

    found = list(fight.entries(peer, "account", contest.chosen(peer, material(), 20)))

    assert [(one.variant, one.setting) for one in found] == [
        ("default", {"quality": 0.2}), ("chosen", {"quality": 0.8}),
    ]  # fmt: skip


def test_a_peer_that_raises_stays_with_its_reason() -> None:
    peer = Peer("fraudar", "package", "", ("account",), "", ({"quality": 1.0},), broken)

    (entry,) = contest.Contest(material(), Cost(1.0, 1.0)).entries(
        peer, "account", contest.chosen(peer, material(), 20)
    )

    assert (entry.status, entry.error) == ("failed", "ValueError: no such column")


def test_an_absent_peer_stays_with_its_published_figure_and_no_value() -> None:
    (entry,) = contest.Contest(material(), Cost(1.0, 1.0)).entries(a_peer(0.5, name="midas"), "account", None)

    assert entry.status == "not_installed"
    assert entry.published
    assert not entry.values


def test_no_interval_is_no_outcome() -> None:
    outcomes = [contest.outcome(Estimate(0.1, low, high)) for low, high in ((np.nan, np.nan), (-0.1, 0.2))]

    assert outcomes == ["unknown", "tie"]


def test_a_system_beside_itself_differs_by_nothing_in_every_draw() -> None:
    rows = Rows(labelled(), seed=0)
    one = rows.measured(scored(0.5))["average_precision"]

    assert np.array_equal(one.drawn, rows.measured(scored(0.5))["average_precision"].drawn)
    assert one.minus(one).value == 0.0
    assert np.ptp(one.drawn) > 0.0


def test_who_is_not_spoken_of_stands_under_everybody_else() -> None:
    rows, silent = Rows(labelled(), seed=0), scored(1.0)
    silent[POSITIVE] = np.nan

    assert rows.measured(silent)["auc"].value == 0.0


def test_rank_correlation_shares_ranks_among_equals() -> None:
    found = rank_correlation(np.array([1.0, 1.0, 2.0, np.nan]), np.array([3.0, 3.0, 1.0, 9.0]))

    assert found == pytest.approx(-1.0)


def test_the_reporting_world_can_be_neither_tuned_nor_learnt_on(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="may not be trained on"):
        made(Wanted("tuned", "tiny", "report", 0, None), tmp_path, {})


def crews() -> Truth:
    """Return 8 accounts in two rooms: 0-2 of one operator, 3-4 of another, 5 in a led fan group, 6-7 honest."""
    ids = [f"a{at}" for at in range(8)]
    table = pa.table({"room_id": ["r"] * 4 + ["q"] * 4, "account_id": ids})
    blank, host = np.zeros(8, bool), np.arange(8) // 4
    rows = Labelled(Index(table["room_id"], table["account_id"]), {"any": blank}, ~blank, host, host, table)
    kinds = ["farm"] * 5 + ["organised"]
    groups = pa.table({"account_id": ids[:6], "operator_id": ["x", "x", "x", "y", "y", "club"], "kind": kinds})
    return Truth({}, {"groups": groups}, rows, rows, rows, rows, Path())


def test_groups_found_exactly_have_full_marks() -> None:
    found = Groups(crews(), seed=0).measured(np.array([1.0, 1.0, 1.0, 2.0, 2.0, np.nan, np.nan, np.nan]))

    assert {name: found[name].value for name in (F1, PRECISION, RECALL)} == {F1: 1.0, PRECISION: 1.0, RECALL: 1.0}


def test_an_honest_account_in_a_group_lowers_precision_and_a_missed_one_recall() -> None:
    found = Groups(crews(), seed=0).measured(np.array([1.0, 1.0, np.nan, np.nan, np.nan, np.nan, 1.0, np.nan]))

    assert found[PRECISION].value == pytest.approx((2 / 3 + 2 / 3 + 1 / 3) / 3)
    assert found[RECALL].value == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2) / 5)


def test_nobody_grouped_is_no_error_and_no_find() -> None:
    found = Groups(crews(), seed=0).measured(np.full(8, np.nan))

    assert found[F1].value == 0.0


def test_a_led_fan_group_that_is_not_reported_costs_nothing() -> None:
    groups = Groups(crews(), seed=0)

    assert groups.is_bought.tolist() == [True] * 5 + [False] * 3
