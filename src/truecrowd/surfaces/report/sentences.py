"""Findings in sentences, from the detector's counts; and what else would explain them, tested or not.

A detector that is not known here still gets a sentence: its name, how many events, when.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from truecrowd.surfaces.report import words
from truecrowd.surfaces.report.phrases import Data, Phrase, _, _n
from truecrowd.surfaces.report.times import span

Params = Mapping[str, Any]


def sentence(detector: str, finding: Mapping[str, Any], where: tzinfo) -> Phrase:
    """Return what one finding says."""
    known = _SAID.get(detector)
    if known is not None:
        try:
            return known(finding)
        except (KeyError, TypeError, ValueError, IndexError):
            return _plain(detector, finding, where)
    return _plain(detector, finding, where)


def _plain(detector: str, finding: Mapping[str, Any], where: tzinfo) -> Phrase:
    n = finding["evidence_count"]
    name = words.word(words.DETECTORS, detector)
    if finding["start"] and finding["end"]:
        when = span(finding["start"], finding["end"], where)
        return _n("{name}: {n} event, {when}", "{name}: {n} events, {when}", n, name=name, n=n, when=when)
    return _n("{name}: {n} event", "{name}: {n} events", n, name=name, n=n)


def subject(finding: Mapping[str, Any]) -> Phrase | None:
    """Return whom or what a finding is about; None where it is the room itself."""
    if finding["subject_type"] == "room":
        return None
    kind = words.word(words.SUBJECTS, finding["subject_type"])
    return _("{kind} {name}", kind=kind, name=Data(finding["subject_id"]))


def explanations(detector: str) -> Sequence[tuple[Phrase, bool]]:
    """Return what else would look like this, and whether the check leaves it out by itself."""
    return _ELSE.get(detector, ())


def _seconds(finding: Mapping[str, Any]) -> float:
    start, end = (datetime.fromisoformat(finding[name]) for name in ("start", "end"))
    return (end - start).total_seconds()


_SAID: Final[Mapping[str, Callable[[Mapping[str, Any]], Phrase]]] = {}

_ELSE: Final[Mapping[str, Sequence[tuple[Phrase, bool]]]] = {
    "burst_join": (
        (_("a raid or a shared link"), False),
        (_("a prize draw or a famous guest"), False),
        (_("reconnecting after an outage"), True),
        (_("a platform that delivers arrivals in bundles"), True),
    ),
    "popup_chain": (
        (_("pop-ups that the platform itself makes"), False),
        (_("buyers who pay later or elsewhere"), False),
    ),
    "phone_mix": (
        (_("one subsidised phone model, an office or a campus"), False),
        (_("a paid official promotion"), False),
    ),
    "even_gaps": (
        (_("slow mode, which forces a shortest gap"), True),
        (_("a recorder that writes in batches"), True),
        (_("an assistant of the host who posts by the clock"), False),
    ),
    "stock_balance": (
        (_("sales through other channels from the same stock"), False),
        (_("unpaid orders that were released"), True),
    ),
    "broken_promise": (
        (_("an extension that was announced in time"), True),
        (_("a promise about another product or size"), False),
    ),
    "repeat_buyers": (
        (_("one bulk buyer or a company's gift order"), False),
        (_("orders topped up for a coupon, then returned"), False),
    ),
}
