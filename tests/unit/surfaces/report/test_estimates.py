"""Estimates in words: never more exact than their interval, bounds rounded to the safe side."""

from typing import Any

import pytest

from truecrowd.surfaces.report import estimates
from truecrowd.surfaces.report.phrases import say


def row(share: float | None, low: float | None, high: float | None, **more: Any) -> dict[str, Any]:
    return {"measure": "viewers", "shown": 2760.0, "share": share, "share_low": low, "share_high": high} | more


def test_bounds_are_rounded_to_the_side_that_claims_less() -> None:
    said = [estimates.at_least(0.589), estimates.at_least(0.0049), estimates.at_most(0.0301), estimates.at_most(0.58)]

    assert said == ["58%", "0.4%", "4%", "58%"]
    assert estimates.interval(row(0.5, 0.409, 0.601)) == "40–61%"


@pytest.mark.parametrize(("share", "said"), [(0.0, "0%"), (0.004, "<1%"), (0.006, "1%"), (1.0, "100%")])
def test_what_is_there_never_reads_as_nothing(share: float, said: str) -> None:
    assert estimates.percent(share) == said


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (row(0.73, 0.69, 0.78), "about 750 left without them (610–860)"),
        (row(0.0, 0.0, 0.0), "about 2,760 left without them (2,760–2,760)"),
        (row(0.4, 0.0, 1.0), "between 0 and 2,800 left without them"),
        (row(0.58, 0.52, 0.64, measure="gmv", shown=2_048_000.0), "about 8,600 left without them (7,400–9,800)"),
    ],
)
def test_what_is_left_is_as_exact_as_the_interval(of: dict[str, Any], said: str) -> None:
    left = estimates.rest(of)

    assert left is not None
    assert say(left, "en") == said


@pytest.mark.parametrize("of", [row(None, None, None), row(0.1, 0.0, 0.2, shown=None)])
def test_nothing_is_left_where_nothing_is_known(of: dict[str, Any]) -> None:
    assert estimates.rest(of) is None


@pytest.mark.parametrize(
    ("p", "words", "number"),
    [(0.999, "very likely", ">99%"), (0.93, "likely", "93%"), (0.5, "more likely than not", "50%"),
     (0.3, "less likely than not", "30%"), (0.001, "unlikely", "<1%")],
)  # fmt: skip
def test_a_probability_has_words_and_claims_no_certainty(p: float, words: str, number: str) -> None:
    assert (say(estimates.likely(p), "en"), estimates.chance(p)) == (words, number)


@pytest.mark.parametrize(
    ("p_value", "said"),
    [(0.004, "one in 250 of the honest rooms compared with shows as much, or fewer"),
     (0.12, "12% of the honest rooms compared with show as much")],
)  # fmt: skip
def test_honest_rooms_that_show_as_much_are_counted(p_value: float, said: str) -> None:
    assert say(estimates.as_much(p_value), "en") == said


def test_an_interval_over_half_of_everything_names_no_middle() -> None:
    assert say(estimates.manufactured(row(0.4, 0.1, 0.7)), "en") == "between 10% and 70%"
    assert say(estimates.manufactured(row(0.4, 0.2, 0.7)), "en") == "about 40%"
