"""The quality table keeps losses, absent peers and failures, in both languages."""

import json
from dataclasses import asdict, replace

from truecrowd.bench.peers_quality.comparison import from_plain
from truecrowd.bench.peers_quality.peer import MOST_SETTINGS
from truecrowd.bench.peers_quality.result import Cost, Entry, Played, Quality, Value
from truecrowd.bench.peers_quality.roster import PEERS
from truecrowd.bench.peers_quality.table import lines
from truecrowd.bench.peers_quality.words import PUBLISHED, WORDS
from truecrowd.bench.report import Machine, Report

COST = Cost(2.0, 4.0)
LEVELS = ("account", "room", "order", "fleet")
MEASURES = ("auc", "average_precision", "recall_at_0.001", "recall_at_0.01")


def entry(peer: str, ours_minus: float, outcome: str) -> Entry:
    values = {name: Value(0.5, 0.4, 0.6) for name in MEASURES}
    differences = {name: Value(ours_minus, ours_minus - 0.1, ours_minus + 0.1) for name in MEASURES}
    return Entry(
        "account", peer, "package", "", "measured", "", "chosen", {"n": 3}, 20, values, differences, outcome,  # type: ignore[arg-type]
        1.0, 0.7, COST,
    )  # fmt: skip


def quality(**correlations: float) -> Quality:
    world = Played(
        "judged", "week", "report", 3, 1_000, 5, dict.fromkeys(LEVELS, 10), dict.fromkeys(LEVELS, 2), COST, COST, COST,
        COST, dict.fromkeys(LEVELS, "p_manufactured"),
    )  # fmt: skip
    entries = (
        entry("truecrowd", 0.0, "ours"),
        entry("gradient_boosting", -0.3, "lose"),
        entry("pyod_ecod", 0.3, "win"),
        Entry("account", "midas", "program", "Apache-2.0", "not_installed"),
        Entry("account", "mzoom", "program", "GPL-3.0", "failed", error="exit code 1: no memory"),
    )
    named = {key.replace("_", " "): value for key, value in correlations.items()}
    return Quality(20, (world, replace(world, use="tuned"), replace(world, use="learnt")), entries, named)


def test_a_loss_stays_in_the_table_and_is_told_again_below() -> None:
    shown = lines(quality(), "en")

    assert any(
        "gradient boosting" in line and "WE LOSE" in line and "-0.300 [-0.400, -0.200]" in line for line in shown
    )
    assert "  we lose: accounts in rooms · gradient boosting · best of 20 · -0.300 [-0.400, -0.200]" in shown


def test_the_summary_counts_every_outcome() -> None:
    assert any("of 2 rows of 2 peers that ran: we win 1, lose 1, 0 are" in line for line in lines(quality(), "en"))


def test_an_absent_peer_shows_its_published_figure_and_no_value() -> None:
    (row,) = (line for line in lines(quality(), "en") if line.startswith("  MIDAS "))

    assert "not installed" in row
    assert row.endswith(PUBLISHED["en"]["midas"])
    assert "0.500" not in row


def test_a_failed_peer_shows_why() -> None:
    assert any("failed (exit code 1: no memory)" in line for line in lines(quality(), "en"))


def test_a_check_that_did_not_run_is_told_as_not_run() -> None:
    assert lines(quality(), "en")[-1].startswith("rank correlation to originals: not run")


def test_speed_is_input_events_a_cpu_second() -> None:
    (row,) = (line for line in lines(quality(), "en") if line.startswith("  PyOD ECOD"))

    assert " 500 " in row  # 1,000 events in 2 s


def test_both_languages_have_the_same_words_and_lines() -> None:
    assert WORDS["en"].keys() == WORDS["zh"].keys()
    assert PUBLISHED["en"].keys() == PUBLISHED["zh"].keys()
    assert len(lines(quality(), "en")) == len(lines(quality(), "zh"))


def test_every_peer_has_a_name_and_at_most_twenty_different_settings() -> None:
    for peer in PEERS:
        assert f"peer:{peer.name}" in WORDS["en"], peer.name
        assert 1 <= len(peer.settings) <= MOST_SETTINGS, peer.name
        assert len({json.dumps(setting, sort_keys=True) for setting in peer.settings}) == len(peer.settings), peer.name


def test_a_comparison_survives_the_way_between_processes() -> None:
    whole = quality()

    assert from_plain(json.loads(json.dumps(asdict(whole)))) == whole


def test_quality_stands_below_speed_in_text_and_in_json() -> None:
    machine = Machine(2, "3.11.0", "Linux x86_64", {}, None, None)
    report = Report(machine, True, 1, (), (), (), quality=quality())

    assert report.lines("en")[-len(lines(quality(), "en")) :] == lines(quality(), "en")
    assert from_plain(json.loads(report.to_json())["quality"]) == quality()
