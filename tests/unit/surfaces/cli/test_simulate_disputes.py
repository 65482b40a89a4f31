"""`truecrowd simulate disputes` from the command line."""

from functools import partial
from pathlib import Path

import pytest

import truecrowd.simulate
from truecrowd.simulate import disputes
from truecrowd.surfaces.cli.entry import run


@pytest.fixture(autouse=True)
def _only_the_small_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(truecrowd.simulate, "disputes", partial(disputes, cases=("R5", "R7"), variants=()))


def test_disputes_are_written_and_the_next_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["simulate", "disputes", "--seed", "3", "--out", "d"])

    said = capsys.readouterr().out.splitlines()
    assert code == 0
    assert said[0].endswith(" events in 6 rooms")
    assert said[1:] == ["next: truecrowd audit d/R7/events.parquet"]
    assert Path("d/R7/orders.csv").exists()


@pytest.mark.parametrize("option", [["--events", "50000"], ["--fault", "nicks"], ["--world", "devlop"]])
def test_what_disputes_cannot_do_is_refused_before_anything_is_written(option: list[str]) -> None:
    code = run(["simulate", "disputes", *option, "--out", "d"])

    assert code == 2
    assert not Path("d").exists()
