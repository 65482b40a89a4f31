"""How a run ends: exit codes, whose mistake it was, and what is said about it."""

import errno
from types import SimpleNamespace

import click
import pytest

from truecrowd.errors import EvidenceError, InputError
from truecrowd.schema import LEVELS
from truecrowd.surfaces.cli.audit import LEVELS as CHOICES
from truecrowd.surfaces.cli.audit import exit_code
from truecrowd.surfaces.cli.entry import cli, run


def raising(error: BaseException) -> click.Command:
    def fail() -> None:
        raise error

    return click.Command("formats", callback=fail)


def test_the_levels_offered_are_the_levels_of_the_schema() -> None:
    assert CHOICES == LEVELS


@pytest.mark.parametrize(
    ("level", "fail_on", "is_partial", "code"),
    [
        ("watch", None, False, 0),
        ("watch", "high", False, 0),
        ("watch", "watch", False, 1),
        ("critical", "high", False, 1),
        ("undetermined", "watch", False, 0),
        ("clear", "clear", False, 1),
        ("watch", "high", True, 3),
        ("watch", "watch", True, 1),
    ],
)
def test_findings_come_before_gaps(level: str, fail_on: str | None, is_partial: bool, code: int) -> None:
    done = SimpleNamespace(document={"headline": {"level": level}}, is_partial=is_partial)

    assert exit_code(done, fail_on) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("a", where="b", fix="c"), 2),
        (EvidenceError("a", where="b", fix="c"), 1),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("u1 said hello"), 101),
        (OSError(errno.EIO, "Input/output error"), 101),
        (OSError(errno.ENOSPC, "No space left on device"), 2),
        (BrokenPipeError(), 0),
    ],
)
def test_an_error_has_its_exit_code(monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int) -> None:
    monkeypatch.setitem(cli.commands, "formats", raising(error))
    monkeypatch.setattr("truecrowd.surfaces.cli.entry.leave", lambda _: None)

    assert run(["formats"]) == code


def test_a_mistake_of_ours_says_so_and_quotes_no_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(cli.commands, "formats", raising(ZeroDivisionError("u1 said hello")))

    run(["formats"])

    what, where, fix = capsys.readouterr().err.splitlines()
    assert what == "a mistake in truecrowd, not yours: ZeroDivisionError (exit 101)"
    assert where.startswith("  where: test_entry.py line ")
    assert fix.startswith("  fix:   run `truecrowd --traceback ...` and report what it prints")


def test_the_traceback_is_shown_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(cli.commands, "formats", raising(ZeroDivisionError("n")))

    run(["--traceback", "formats"])

    said = capsys.readouterr().err
    assert said.startswith("Traceback (most recent call last):")
    assert "a mistake in truecrowd" in said


def test_a_full_disk_elsewhere_is_told_like_any_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "some/where/spill")
    monkeypatch.setitem(cli.commands, "formats", raising(full))

    run(["formats"])

    assert (
        capsys.readouterr().err == "the disk is full; nothing was written\n  where: spill\n  fix:   free some space\n"
    )


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    code = run(["--version"])

    assert (code, capsys.readouterr().out) == (0, f"truecrowd {version('truecrowd')}\n")
