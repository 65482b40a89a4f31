"""Findings in sentences, from the detector's counts; and what else would explain them, tested or not.

A detector that is not known here still gets a sentence: its name, how many events, when.
"""

from collections.abc import Sequence
from datetime import tzinfo

from truecrowd.surfaces.report import words
from truecrowd.surfaces.report.phrases import Data, Phrase, _, _n
from truecrowd.surfaces.report.said import BESIDE, ELSE, SAID, Finding, Saying
from truecrowd.surfaces.report.times import span


def sentence(detector: str, finding: Finding, where: tzinfo) -> Phrase:
    """Return what one finding says."""
    return _tried(SAID.get(detector), finding) or _plain(detector, finding, where)


def beside(detector: str, finding: Finding) -> Phrase | None:
    """Return what the finding is compared with, or what else stands with it; None where the sentence says it all."""
    return _tried(BESIDE.get(detector), finding)


def _tried(say_it: Saying | None, finding: Finding) -> Phrase | None:
    """Return the sentence; None where the detector is not known, or of a version with other counts."""
    try:
        return say_it(finding) if say_it else None
    except (KeyError, TypeError, ValueError, IndexError):
        return None


def _plain(detector: str, finding: Finding, where: tzinfo) -> Phrase:
    n = finding["evidence_count"]
    name = words.word(words.DETECTORS, detector)
    if finding["start"] and finding["end"]:
        when = span(finding["start"], finding["end"], where)
        return _n("{name}: {n} event, {when}", "{name}: {n} events, {when}", n, name=name, n=n, when=when)
    return _n("{name}: {n} event", "{name}: {n} events", n, name=name, n=n)


def subject(finding: Finding) -> Phrase | None:
    """Return whom or what a finding is about; None where it is the room itself."""
    if finding["subject_type"] == "room":
        return None
    kind = words.word(words.SUBJECTS, finding["subject_type"])
    return _("{kind} {name}", kind=kind, name=Data(finding["subject_id"]))


def explanations(detector: str) -> Sequence[tuple[Phrase, bool]]:
    """Return what else would look like this, and whether the check leaves it out by itself."""
    return ELSE.get(detector, ())
