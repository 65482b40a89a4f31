"""The claim grammar against lines as hosts say them: tests/fixtures/claims, written before the grammar."""

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from truecrowd.features.claims import KINDS, Claim, parse

LINES = Path(__file__).parents[2] / "fixtures" / "claims"
LANGUAGES = ("zh", "en")
Said = tuple[str, int | None, str]


def lines(name: str) -> list[tuple[str, set[Said]]]:
    out = []
    for row in (LINES / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        line, kinds, numbers, units = row.split("\t")
        parts = zip(kinds.split("|"), _spread(numbers, kinds), _spread(units, kinds), strict=True)
        out.append((line, {(k, int(n) if n else None, u) for k, n, u in parts if k != "-"}))
    return out


def _spread(cell: str, kinds: str) -> list[str]:
    return cell.split("|") if cell else [""] * len(kinds.split("|"))


def said(line: str) -> set[Said]:
    return {(claim.kind, claim.number, claim.unit) for claim in parse(line)}


def measure(name: str) -> tuple[float, float]:
    found = [(said(line), wanted) for line, wanted in lines(name)]
    hits = sum(len(got & wanted) for got, wanted in found)
    return hits / sum(len(got) for got, _ in found), hits / sum(len(wanted) for _, wanted in found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lines_are_two_hundred_and_half_are_no_promise(language: str):
    rows = lines(language)

    assert len(rows) >= 200
    assert len({line for line, _ in rows}) == len(rows)
    assert 0.45 <= sum(not wanted for _, wanted in rows) / len(rows) <= 0.55
    assert {kind for _, wanted in rows for kind, _, _ in wanted} == set(KINDS)


KNOWN = [
    f"{language}{part}" for part in ("", "_more", "_heldout", "_fresh", "_second", "_third") for language in LANGUAGES
]


@pytest.mark.parametrize("name", KNOWN)
def test_known_lines_are_read(name: str):
    """All but the first were strangers when they were written, and were learnt from afterwards.

    As strangers, precision / recall: `more` 0.79 / 0.54 (zh), 0.76 / 0.61 (en); `heldout` 0.95 / 0.50, 0.96 / 0.70;
    `fresh` 0.97 / 0.92, 0.97 / 0.78; `second` 0.96 / 0.74, 0.96 / 0.84; `third` 0.90 / 0.85, 0.90 / 0.80. The aim is 0.97 / 0.90 on a stranger's lines.
    """
    precision, recall = measure(name)

    assert precision >= 0.97
    assert recall >= 0.90


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("只剩３８单", 38), ("只剩三十八单", 38), ("只剩两百单", 200), ("只剩三百五单", 350), ("只剩一千零五单", 1005),
        ("只剩一万单", 10_000), ("只剩一万五单", 15_000), ("只剩1.5万单", 15_000), ("只剩2w单", 20_000),
        ("只剩１，２００单", 1_200), ("only 1,200 left", 1200), ("only twenty-five left", 25), ("only a dozen left", 12),
        ("only one hundred and fifty left", 150), ("only two thousand left", 2_000), ("only 2k left", 2_000),
        ("只剩两三单", None),
    ],
)  # fmt: skip
def test_numbers_are_read_in_every_writing(line: str, number: int | None):
    assert parse(line) == (Claim("quantity", number, "piece" if number else ""),)


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("限时半小时", 1800), ("限时半个小时", 1800), ("限时一个半小时", 5400), ("限时90秒", 90), ("限时两个小时", 7200),
        ("only for half an hour", 1800), ("only an hour left", 3600), ("only for 90 seconds", 90),
    ],
)  # fmt: skip
def test_times_are_seconds(line: str, seconds: int):
    assert parse(line) == (Claim("time", seconds, "s"),)


def test_a_condition_reaches_to_the_end_of_its_sentence_and_no_further():
    assert parse("如果点赞到十万，再加50单") == ()
    assert parse("如果点赞到十万我就唱歌。只剩20单") == (Claim("quantity", 20, "piece"),)


def test_a_question_is_no_promise_and_the_answer_is():
    assert parse("Sold out already? Yes, sold out!") == (Claim("sold_out"),)


def test_gone_after_that_is_not_gone_yet():
    assert parse("Last 20 pieces, after that it is gone") == (Claim("quantity", 20, "piece"),)


def test_a_batch_that_was_found_is_a_restock():
    assert parse("又申请到一批，快去拍") == (Claim("restock"),)


def test_a_line_in_two_languages_says_each_thing_once():
    assert parse("今晚 only 20 left，只剩20单") == (Claim("quantity", 20, "piece"),)


def test_a_very_long_line_is_read_to_its_limit():
    assert parse("a" * 5_000 + " sold out") == ()
    assert parse("") == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_have_a_longest_length(language: str):
    """Unbounded ones made a hostile line of 2,000 characters take seconds."""
    text = files("truecrowd.features").joinpath("claim_grammar", f"{language}.toml").read_text(encoding="utf-8")

    assert not set("+*") & set(tomllib.loads(text)["number"])
