"""What a terminal shows, and what it leaves out where there is none."""

import io
import os
import sys

import pytest

from truecrowd.schema import LEVELS
from truecrowd.surfaces import terminal
from truecrowd.surfaces.terminal import Looks, columns, language_of, looks, put, width_of, wrapped


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("R7", 2), ("直播间", 6), ("ＡＢ", 4), ("é", 1), ("e\u0301", 1), ("■□□", 3)]
)
def test_width_is_what_a_terminal_needs(text: str, width: int) -> None:
    assert width_of(text) == width


def test_chinese_cells_line_up_by_display_width() -> None:
    lines = columns([["直播间", "1"], ["R7", "22"]], right=frozenset({1}), indent="")

    assert lines == ["直播间   1", "R7      22"]


def test_columns_leave_no_space_at_the_end_of_a_line() -> None:
    assert columns([["a", ""], ["bbb", "c"]]) == ["  a", "  bbb  c"]


def test_lines_are_cut_between_items_and_nowhere_else() -> None:
    lines = wrapped("  could not look:", ["one (no ip)", "two (no asn)", "three (no stock)"], 36)

    assert lines == ["  could not look: one (no ip) ·", "    two (no asn) · three (no stock)"]


def test_an_item_longer_than_the_line_is_still_whole() -> None:
    assert wrapped("x:", ["a" * 50], 40) == [f"x: {'a' * 50}"]


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_TW.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_language_is_the_terminals_locale_else_english(environ: dict[str, str], lang: str) -> None:
    assert language_of(environ) == lang


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("color", "environ", "is_terminal", "is_colored"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {}, True, False),
    ],
)
def test_colours_where_they_are_wanted(
    monkeypatch: pytest.MonkeyPatch, color: str, environ: dict[str, str], is_terminal: bool, is_colored: bool
) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal() if is_terminal else io.StringIO())

    assert looks(color, "en", environ, 80).is_colored == is_colored


def test_without_colours_a_level_is_its_word() -> None:
    assert [Looks().paint(level, level) for level in LEVELS] == list(LEVELS)


def test_with_colours_the_word_still_stands_there() -> None:
    painted = [Looks(is_colored=True).paint(level, level) for level in LEVELS]

    assert all(level in text for level, text in zip(LEVELS, painted, strict=True))
    assert painted[LEVELS.index("high")].endswith("\x1b[0m")


def test_a_very_narrow_terminal_counts_as_forty_columns() -> None:
    assert looks("never", "en", {}, 3).width == 40


def test_no_bar_is_drawn_where_stderr_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.busy(Looks(is_live=False), "reading"):
        pass

    assert capsys.readouterr() == ("", "")


def test_a_bar_is_drawn_on_a_terminal_and_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)

    with terminal.busy(Looks(is_live=True), "reading"):
        pass

    assert "reading" in stream.getvalue()


def test_without_a_stdout_nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)

    put("one")
    assert not looks("auto", "en", {}, 80).is_colored


def test_a_reader_that_has_gone_away_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)

        put("one")
        put("two")


def test_no_space_follows_a_chinese_colon() -> None:
    assert wrapped("  列：", ["ts", "text"], 40) == ["  列：ts · text"]
