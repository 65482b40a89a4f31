"""What the command line says of itself and of mistakes, as people read it."""

import shlex

import pytest
from syrupy.assertion import SnapshotAssertion

from truecrowd.surfaces.cli.entry import run

COMMANDS = ("", "demo", "audit", "formats", "simulate", "evaluate", "watch", "bench")
MISTAKES = {
    "no such command": "adit night.csv",
    "a command nobody knows": "zzz",
    "a command of a later version": "serve --demo",
    "no such option": "audit night.csv --oot x",
    "an option of a later version": "audit night.csv --embed-font",
    "a contract that is not there": "audit night.csv --contract deal.toml",
    "an option without its value": "audit night.csv --room",
    "a level that is none": "audit night.csv --fail-on hgh",
    "a language that is none": "formats --lang fr",
    "a number that is none": "simulate tiny --out x --seed many",
    "a seed below 0": "simulate tiny --out x --seed -1",
    "too few events": "simulate tiny --out x --events 5",
    "no preset": "simulate --out x",
    "no such preset": "simulate tony --out x",
    "no such world": "simulate tiny --world devlop --out x",
    "no such fault": "simulate tiny --fault lost_row --out x",
    "a number of events for disputes": "simulate disputes --events 50000 --out x",
    "a fault for disputes": "simulate disputes --fault nicks --out x",
    "no folder": "simulate tiny",
    "one path too many": "formats a b",
    "no input": "audit",
    "an empty path": "audit night.csv ''",
    "no such file": "audit night.csv",
    "no such zone": "audit night.csv --tz Shanghai",
    "no such format": "audit night.csv --format csvv",
    "no such settings file": "audit night.csv --config truecrowd.toml",
    "no such staff file": "audit night.csv --staff staff.txt",
    "no such key file": "audit night.csv --pseudonymise key",
    "standard input for formats": "formats -",
}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("columns", [60, 100])
@pytest.mark.parametrize("command", COMMANDS)
def test_help(
    command: str,
    columns: int,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    code = run([*command.split(), "--help"])

    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    assert max(map(len, said.out.splitlines())) <= columns
    assert said.out == snapshot


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_in_three_lines(
    name: str, snapshot: SnapshotAssertion, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(shlex.split(MISTAKES[name]))

    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert [line[:8] for line in said.err.splitlines()[1:]] == ["  where:", "  fix:  "]
    assert f"$ truecrowd {MISTAKES[name]}\n{said.err}" == snapshot


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    run(["--help"])
    helped = capsys.readouterr().out

    code = run([])

    assert (code, capsys.readouterr().out) == (0, helped)
