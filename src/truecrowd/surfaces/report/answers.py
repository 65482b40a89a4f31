"""The first line of every report: an answer with a number and what it measures, in every state."""

from collections.abc import Mapping
from typing import Any

from truecrowd.surfaces.report import words
from truecrowd.surfaces.report.phrases import Lang, Phrase, _, _n, say


def headline(document: Mapping[str, Any], lang: Lang) -> str:
    """Return the first line of a report document as plain text: the h1, the page's title, a notebook's first line."""
    return say(headline_phrase(document), lang)


def headline_phrase(document: Mapping[str, Any]) -> Phrase:
    """Return the same, not yet said. While no share is estimated the counts lead (surfaces.md)."""
    head = document["headline"]
    many = head["n_rooms"] > 1
    counts = {name: head[name] for name in ("n_signs", "n_looked", "n_checks", "n_rooms", "n_rooms_with_signs")}
    if head["state"] == "signs" and many:
        return _n(
            "{n_signs} sign in {n_rooms_with_signs} of {n_rooms} rooms; share not estimated yet",
            "{n_signs} signs in {n_rooms_with_signs} of {n_rooms} rooms; share not estimated yet",
            head["n_signs"],
            **counts,
        )
    if head["state"] == "signs":
        return _n(
            "{n_signs} sign in {n_looked} of {n_checks} checks; share not estimated yet",
            "{n_signs} signs in {n_looked} of {n_checks} checks; share not estimated yet",
            head["n_signs"],
            **counts,
        )
    if head["state"] == "nothing":
        return _("Nothing unusual in what could be checked ({n_looked} of {n_checks} checks)", **counts)
    if head["state"] == "little":
        return _("Too little to tell: {n_looked} of {n_checks} checks could look and saw nothing unusual", **counts)
    if head["state"] == "blind":
        return _("This data cannot tell: {n_looked} of {n_checks} checks could look", **counts)
    return _("This data cannot tell: 0 rows about a live room could be read")


def would_settle(document: Mapping[str, Any]) -> Phrase | None:
    """Return what would let most of the checks look that could not; None where nothing is known to help.

    A check names the first thing that it lacked, so it may lack more: hence "up to".
    """
    checks: dict[str, set[str]] = {}
    names: dict[str, list[str]] = {}
    for gap in document["gaps"]:
        source, things = words.lacking(gap["reason"])
        if gap["mode"] is None and source is not None:
            checks.setdefault(source, set()).update(gap["detectors"])
            known = names.setdefault(source, [])
            known += [name for name in things if name not in known]
    if not checks:
        return None
    most = max(checks, key=lambda source: len(checks[source]))
    n = len(checks[most])
    return _n(
        "What would settle most: {source}, with {things} (up to {n} more check)",
        "What would settle most: {source}, with {things} (up to {n} more checks)",
        n,
        source=words.SOURCES[most],
        things=words.things(names[most]),
        n=n,
    )
