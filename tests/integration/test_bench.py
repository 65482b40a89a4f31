"""A tiny run: every cell is there, and all who ran gave the same answer. Seconds are never asserted."""

import importlib.util

import pytest

from truecrowd.bench.measure import CONTENDERS, Sizes, measured
from truecrowd.bench.report import Report

TINY = Sizes(n_features=20_000, n_ingest=6_000, n_audit=24_000, n_repeats=1)
ROWS = {"features", "features_text", "ndjson", "ndjson_all", "parquet", "csv", "csv_quoted"}


@pytest.fixture(scope="module")
def report() -> Report:
    return measured(TINY, is_quick=True)


def test_every_row_has_every_contender(report: Report) -> None:
    assert {row.name for row in report.rows} == ROWS
    for row in report.rows:
        assert [(cell.contender, cell.threads) for cell in row.cells] == list(CONTENDERS)


def test_whoever_is_installed_is_measured(report: Report) -> None:
    own = {"truecrowd", "bound"}

    for cell in (cell for row in report.rows for cell in row.cells):
        is_there = cell.contender in own or importlib.util.find_spec(cell.contender) is not None
        assert cell.status == ("measured" if is_there else "not_installed"), cell


def test_all_give_the_same_answer(report: Report) -> None:
    for row in report.rows:
        answers = {cell.contender: cell.answer for cell in row.cells if cell.status == "measured"}
        assert answers.pop("bound") is None
        assert None not in answers.values()
        assert row.is_equal, (row.name, answers)


def test_audits_run_at_both_sizes(report: Report) -> None:
    small, large = [run for run in report.runs if run.name == "audit"]

    assert {small.name, large.name} == {"audit"}
    assert small.n_events < large.n_events


def test_an_account_takes_61_bytes_of_the_facts(report: Report) -> None:
    accounts = next(state for state in report.states if (state.owner, state.name) == ("facts", "accounts"))

    assert accounts.record_bytes == 61
    assert accounts.per_account == 61


def test_the_report_reads_in_both_languages(report: Report) -> None:
    assert len(report.lines("en")) == len(report.lines("zh"))
