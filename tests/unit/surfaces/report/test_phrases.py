"""Phrases: said late, in both languages; text from the data is shown without its tricks."""

import pytest

from truecrowd.surfaces.report.phrases import Data, Joined, Phrase, Short, _, _n, mark, say, visible


def test_a_phrase_is_said_in_each_language() -> None:
    phrase = _("{n} of {m}", n=6, m=7)

    said = [say(phrase, "en"), say(phrase, "zh")]

    assert said == ["6 of 7", "7 项中 6 项"]


@pytest.mark.parametrize(("n", "text"), [(1, "1 event behind it"), (1980, "1,980 events behind it")])
def test_the_number_decides_the_english_form(n: int, text: str) -> None:
    assert say(_n("{n} event behind it", "{n} events behind it", n, n=n), "en") == text


def test_a_phrase_inside_a_phrase_takes_the_same_language() -> None:
    phrase = _("in part: {mode}", mode=_("likes alone"))

    assert say(phrase, "zh") == "部分：只看点赞"


def test_a_sentence_nobody_translated_is_said_in_english() -> None:
    assert say(Phrase("no such sentence"), "zh") == "no such sentence"


@pytest.mark.parametrize(
    ("items", "en", "zh"),
    [(("a",), "a", "a"), (("a", "b"), "a and b", "a和b"), (("a", "b", "c"), "a, b and c", "a、b和c"), ((), "", "")],
)
def test_things_in_a_row_take_the_commas_of_the_language(items: tuple[str, ...], en: str, zh: str) -> None:
    assert (say(Joined(items), "en"), say(Joined(items), "zh"), str(mark(Joined(items), "en"))) == (en, zh, en)


@pytest.mark.parametrize(
    ("n", "en", "zh"),
    [(999, "999", "999"), (12_300, "12.3K", "1.2万"), (410_000, "410K", "41万"), (2e8, "200M", "2亿")],
)
def test_numbers_on_axes_are_short(n: float, en: str, zh: str) -> None:
    assert (say(Short(n), "en"), say(Short(n), "zh")) == (en, zh)


def test_data_is_escaped_and_isolated() -> None:
    phrase = _("{kind} {name}", kind="room", name=Data("<b onclick=x>{n}</b>"))

    html = str(mark(phrase, "en"))

    assert html == 'room <bdi translate="no">&lt;b onclick=x&gt;{n}&lt;/b&gt;</bdi>'


@pytest.mark.parametrize("text", ["\u202e", "\u2066", "\x1b", "\x00", "\u200b", "\u2028", "\ue000", "\U000e0041"])
def test_letters_that_play_tricks_are_shown_as_their_code(text: str) -> None:
    assert visible(f"a{text}b") == f"a⟨{ord(text):02X}⟩b"


def test_a_pile_of_marks_is_cut_to_what_scripts_need() -> None:
    assert visible("e" + "\u0301" * 40 + "x") == "e\u0301\u0301x"


def test_long_text_is_cut() -> None:
    assert visible("数" * 81) == "数" * 80 + "…"


def test_plain_values_of_unknown_detectors_cannot_break_a_sentence() -> None:
    said = [say(_("{n} pieces", n=value), "en") for value in (True, None, [1], {"a": "\x1b"}, 0.1234567, "<")]

    assert said == ["True pieces", "None pieces", "[1] pieces", "{'a': '\\x1b'} pieces", "0.123457 pieces", "< pieces"]
