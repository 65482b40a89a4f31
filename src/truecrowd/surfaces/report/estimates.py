"""Estimates in words: shares with their intervals, what is left without them, how likely a verdict is.

An estimate is never more exact than its interval, and never stands without it.
"""

from collections.abc import Mapping
from math import ceil, floor, log10
from typing import Any, Final

from truecrowd.surfaces.report.phrases import Phrase, _

NOUNS: Final[Mapping[str, Phrase]] = {
    "viewers": _("viewers"),
    "viewer_minutes": _("watching time"),
    "comments": _("comments"),
    "likes": _("likes"),
    "popups": _("buying pop-ups"),
    "orders": _("orders"),
    "gmv": _("sales"),
    "reviews": _("reviews"),
}
"""Measures as the first line says them."""
LEAST_TOLD: Final = 0.005
"""A share below it is not put into a first line: it rounds to nothing."""
WIDEST: Final = 0.5
"""An interval wider than this says "between", not "about": the middle of it would claim what the data cannot."""
_LIKELY: Final = (
    (0.99, _("very likely")),
    (0.9, _("likely")),
    (0.5, _("more likely than not")),
    (0.1, _("less likely than not")),
    (0.0, _("unlikely")),
)


def is_vague(row: Mapping[str, Any]) -> bool:
    """Return whether the interval is too wide for an "about"."""
    return bool(row["share_high"] - row["share_low"] > WIDEST)


def is_told(row: Mapping[str, Any]) -> bool:
    """Return whether an estimate says that something is there, and how much of it."""
    return row["share"] >= LEAST_TOLD and not is_vague(row)


def percent(share: float) -> str:
    """Return a share in whole percent; what is there but rounds to nothing is "<1%"."""
    return "<1%" if 0.0 < share < LEAST_TOLD else f"{round(share * 100)}%"


def at_least(share: float) -> str:
    """Return a lower bound, rounded down: never more than the data holds."""
    return lower(share) if share >= 0.01 else f"{floor(share * 1000 + 1e-9) / 10:g}%"


def lower(share: float) -> str:
    """Return the lower end of an interval in whole percent, rounded down."""
    return f"{floor(share * 100 + 1e-9)}%"


def at_most(share: float) -> str:
    """Return an upper bound, rounded up."""
    return f"{ceil(share * 100 - 1e-9)}%"


def interval(row: Mapping[str, Any]) -> str:
    """Return "70–78%": both ends, the lower rounded down, the upper rounded up."""
    low, high = floor(row["share_low"] * 100 + 1e-9), ceil(row["share_high"] * 100 - 1e-9)
    return f"{low}–{high}%"


def manufactured(row: Mapping[str, Any]) -> Phrase:
    """Return "about 74%", "under 1%", "about 0%"; "between 5% and 61%" where the interval is too wide for a middle."""
    if is_vague(row):
        return _("between {low} and {high}", low=lower(row["share_low"]), high=at_most(row["share_high"]))
    if 0.0 < row["share"] < LEAST_TOLD:
        return _("under 1%")
    return _("about {share}", share=percent(row["share"]))


def rest(row: Mapping[str, Any]) -> Phrase | None:
    """Return what is left of a count without the manufactured part, as exact as the interval; None without a count.

    Money in major units: SHARES holds minor ones.
    """
    if row["shown"] is None or row["share"] is None:
        return None
    whole = row["shown"] / (100 if row["measure"] == "gmv" else 1)
    low, high = whole * (1 - row["share_high"]), whole * (1 - row["share_low"])
    step = 10 ** max(floor(log10(max(high - low, 1.0))) - 1, 0)
    low, high = (round(one / step) * step for one in (low, high))
    if is_vague(row):
        return _("between {low} and {high} left without them", low=low, high=high)
    left = round(whole * (1 - row["share"]) / step) * step
    return _("about {n} left without them ({low}–{high})", n=left, low=low, high=high)


def likely(p: float) -> Phrase:
    """Return how likely in words."""
    return next(words for least, words in _LIKELY if p >= least)


def chance(p: float) -> str:
    """Return a probability; nothing is said to be beyond 99 in 100."""
    return ">99%" if p > 0.99 else "<1%" if p < 0.01 else f"{round(p * 100)}%"


def as_much(p_value: float) -> Phrase:
    """Return how many honest rooms look as much so."""
    if p_value >= 0.01:
        return _("{share} of the honest rooms compared with show as much", share=f"{round(p_value * 100)}%")
    return _("one in {n} of the honest rooms compared with shows as much, or fewer", n=round(1 / p_value))
