"""The table keeps what we lose, what is absent and what differs."""

import json

import pytest

from truecrowd.bench.report import Cell, Machine, Report, Row, Run, Spread, State
from truecrowd.bench.words import WORDS


def cell(name: str, seconds: float, answer: str | None = "x", threads: int = 1) -> Cell:
    spread = Spread(seconds, seconds / 2, seconds * 2)
    return Cell(name, threads, "measured", spread, spread, answer)


def row(*cells: Cell, target: float | None = 0.5) -> Row:
    return Row("ndjson", 1_000_000, 2**20, target, cells)


def report(*rows: Row) -> Report:
    machine = Machine(2, "3.11.0", "Linux x86_64", {"duckdb": None}, 0.5, 1.5)
    runs = [
        Run("audit", 100, 10, 1, 1.0, 1.0, 50 * 2**20, 100 * 2**20),
        Run("audit", 400, 40, 4, 4.4, 4.0, 50 * 2**20, 150 * 2**20),
    ]
    return Report(machine, True, 3, rows, runs, [State("facts", "accounts", 10, 41, 41.0, 205.0)])


def test_a_ratio_is_how_many_times_as_fast_we_are() -> None:
    duckdb = cell("duckdb", 1.0)

    assert row(cell("truecrowd", 4.0), duckdb).ratio(duckdb) == 0.25


@pytest.mark.parametrize(("ours_s", "is_reached"), [(1.0, True), (2.0, True), (2.1, False)])
def test_a_target_is_reached_at_its_own_value(ours_s: float, is_reached: bool) -> None:
    assert row(cell("truecrowd", ours_s), cell("duckdb", 1.0)).is_reached is is_reached


def test_a_target_without_the_peer_is_neither_reached_nor_missed() -> None:
    found = row(cell("truecrowd", 1.0), Cell("duckdb", 1, "not_installed"))

    assert found.is_reached is None
    assert any("not installed" in line for line in report(found).lines("en"))


def test_a_row_we_lose_stays_and_says_so() -> None:
    lines = report(row(cell("truecrowd", 4.0), cell("duckdb", 1.0))).lines("en")

    assert any("MISSED" in line for line in lines)
    assert any("we take 0.25 ×" in line for line in lines)


def test_answers_that_differ_are_said() -> None:
    found = row(cell("truecrowd", 1.0, "x"), cell("duckdb", 1.0, "y"))

    assert not found.is_equal
    assert any("ANSWERS DIFFER" in line for line in report(found).lines("en"))


def test_a_bound_has_no_answer_to_differ() -> None:
    assert row(cell("truecrowd", 1.0, "x"), cell("bound", 0.1, None)).is_equal


def test_a_failed_peer_shows_why() -> None:
    lines = report(row(cell("truecrowd", 1.0), Cell("polars", 1, "failed", error="its process ended"))).lines("en")

    assert any("failed (its process ended)" in line for line in lines)


def test_growth_is_told_as_ratios() -> None:
    assert any("CPU per event 1.10 ×, peak memory 1.50 ×" in line for line in report().lines("en"))


def test_both_languages_have_the_same_words_and_lines() -> None:
    whole = report(row(cell("truecrowd", 1.0), cell("duckdb", 1.0)))

    assert WORDS["en"].keys() == WORDS["zh"].keys()
    assert len(whole.lines("en")) == len(whole.lines("zh"))


def test_json_holds_ratios_and_what_was_reached() -> None:
    tree = json.loads(report(row(cell("truecrowd", 1.0), cell("duckdb", 3.0))).to_json())

    assert tree["rows"][0]["is_reached"] is True
    assert [found["ratio"] for found in tree["rows"][0]["cells"]] == [1.0, 3.0]


@pytest.mark.parametrize(
    ("run", "is_reached"),
    [
        (Run("detectors", 1_000_000, 10, 1, 5.0, 9.0, None, None), True),
        (Run("detectors", 1_000_000, 10, 1, 5.1, 9.0, None, None), False),
        (Run("report", 1_000_000, 10, 1, 19.0, 10.0, 0, 3 << 29), True),
        (Run("report", 1_000_000, 10, 1, 19.0, 10.1, 0, 3 << 29), False),
        (Run("report", 1_000_000, 10, 1, 19.0, 9.0, 0, (3 << 29) + 1), False),
    ],
)
def test_a_stage_with_an_aim_says_whether_it_was_reached(run: Run, is_reached: bool) -> None:
    assert run.aim is not None
    assert run.aim[1] is is_reached
