"""The first line of every report: an answer with a number and what it measures, in every state."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from truecrowd.surfaces.report import estimates, words
from truecrowd.surfaces.report.figures import counted
from truecrowd.surfaces.report.phrases import Joined, Lang, Phrase, _, _n, say

_LEVELS: Final[Mapping[str, Phrase]] = {
    "watch": _("Worth watching"),
    "high": _("Strong signs"),
    "critical": _("Very strong signs"),
}


def headline(document: Mapping[str, Any], lang: Lang) -> str:
    """Return the first line of a report document as plain text: the h1, the page's title, a notebook's first line."""
    return say(headline_phrase(document), lang)


def headline_phrase(document: Mapping[str, Any]) -> Phrase:
    """Return the same, not yet said: the numbers of one room, or how many rooms there are signs in."""
    head = document["headline"]
    if head["counts"] is not None:
        return counted(head["counts"])
    if head["n_rooms"] > 1:
        return _many(head)
    if head["orders_alone"] is not None:
        return _orders(head["orders_alone"])
    if head["state"] == "signs":
        return _signs(head)
    lead = next(iter(head["leads"]), None)
    if head["state"] == "nothing" and lead is not None and not estimates.is_vague(lead):
        return _(
            "Nothing unusual in what could be checked: at most {share} of {measure}",
            share=estimates.at_most(lead["share_high"]), measure=estimates.NOUNS[lead["measure"]],
        )  # fmt: skip
    if head["state"] == "little" and lead is not None:
        return _(
            "Between {low} and {high} of {measure}: this data cannot tell",
            low=estimates.lower(lead["share_low"]), high=estimates.at_most(lead["share_high"]),
            measure=estimates.NOUNS[lead["measure"]],
        )  # fmt: skip
    return _counted(head)


def _counted(head: Mapping[str, Any]) -> Phrase:
    """Return the first line where no share is estimated: the counts lead."""
    counts = {name: head[name] for name in ("n_signs", "n_looked", "n_checks")}
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


def _signs(head: Mapping[str, Any]) -> Phrase:
    """Return the first line of a room with signs: shares where they say something, else which scheme and how many."""
    if not head["leads"]:
        return _counted(head)
    if head["by"] == "organised":
        return _organised(head)
    lead = head["leads"][0]
    told = [one for one in head["leads"] if estimates.is_told(one)]
    if head["by"] == "crowd" and estimates.is_vague(lead) and head["at_least"]:
        return _at_least(head["level"], head["at_least"][0])
    if head["by"] == "crowd" and estimates.is_vague(lead) and lead["share_low"] >= estimates.LEAST_TOLD:
        return _between(head["level"], lead)
    if head["by"] == "crowd" and told and not estimates.is_vague(lead):
        return _watched(told[0]) if head["level"] == "watch" else _shares(head["level"], told)
    return _by_scheme(head, lead)


def _by_scheme(head: Mapping[str, Any], lead: Mapping[str, Any]) -> Phrase:
    """Name the gravest scheme where no share of the crowd stands behind the level."""
    scheme = words.word(words.SCHEMES, head["scheme"]) if head["scheme"] else _("several kinds of signs")
    told = [one for one in head["leads"] if estimates.is_told(one)]
    if head["has_crowd"] and told:
        return _(
            "{level}: {scheme}; about {share} of {measure} manufactured",
            level=_LEVELS[head["level"]],
            scheme=scheme,
            share=estimates.percent(told[0]["share"]),
            measure=estimates.NOUNS[told[0]["measure"]],
        )
    if estimates.is_vague(lead):
        counts = {name: head[name] for name in ("n_signs", "n_looked", "n_checks")}
        return _n(
            "{level}: {scheme} ({n_signs} sign in {n_looked} of {n_checks} checks)",
            "{level}: {scheme} ({n_signs} signs in {n_looked} of {n_checks} checks)",
            head["n_signs"], level=_LEVELS[head["level"]], scheme=scheme, **counts,
        )  # fmt: skip
    return _(
        "{level}: {scheme}; at most {share} of {measure} manufactured",
        level=_LEVELS[head["level"]], scheme=scheme, share=estimates.at_most(lead["share_high"]),
        measure=estimates.NOUNS[lead["measure"]],
    )  # fmt: skip


def _at_least(level: str, bound: Mapping[str, Any]) -> Phrase:
    return _(
        "{level}: at least {share} of {measure} manufactured",
        level=_LEVELS[level],
        share=estimates.at_least(bound["at_least"]),
        measure=estimates.NOUNS[bound["measure"]],
    )


def _between(level: str, lead: Mapping[str, Any]) -> Phrase:
    return _(
        "{level}: between {low} and {high} of {measure} manufactured",
        level=_LEVELS[level], low=estimates.lower(lead["share_low"]), high=estimates.at_most(lead["share_high"]),
        measure=estimates.NOUNS[lead["measure"]],
    )  # fmt: skip


def _shares(level: str, told: Sequence[Mapping[str, Any]]) -> Phrase:
    params: dict[str, object] = {
        "level": _LEVELS[level], "share": estimates.percent(told[0]["share"]),
        "measure": estimates.NOUNS[told[0]["measure"]],
    }  # fmt: skip
    if len(told) > 1:
        return _(
            "{level} that about {share} of {measure} and {other} of {second} were manufactured",
            other=estimates.percent(told[1]["share"]), second=estimates.NOUNS[told[1]["measure"]], **params,
        )  # fmt: skip
    if told[0]["measure"] == "viewer_minutes":
        return _("{level} that about {share} of {measure} was manufactured", **params)
    return _("{level} that about {share} of {measure} were manufactured", **params)


def _watched(lead: Mapping[str, Any]) -> Phrase:
    return _(
        "Worth watching: about {share} of {measure} manufactured, between {low} and {high}",
        share=estimates.percent(lead["share"]), measure=estimates.NOUNS[lead["measure"]],
        low=estimates.lower(lead["share_low"]), high=estimates.at_most(lead["share_high"]),
    )  # fmt: skip


def _organised(head: Mapping[str, Any]) -> Phrase:
    """Say that real people acted together: counted where a fleet holds them, never a share of anything bought."""
    n = head["organised"]
    if n is not None:
        return _("No sign of machines; {n} of {all} viewers acted together", n=n["n"], all=n["of"])
    counts = {name: head[name] for name in ("n_looked", "n_checks")}
    return _("No sign of machines in {n_looked} of {n_checks} checks; people acted together", **counts)


def _orders(orders: Mapping[str, int]) -> Phrase:
    """Say what was counted where the data holds orders alone."""
    n, refunds, ships = orders["order"], orders.get("refund", 0), orders.get("ship", 0)
    if refunds and ships:
        return _("{n} orders: {refunds} refunds, {ships} shipments", n=n, refunds=refunds, ships=ships)
    return _("{n} orders, {refunds} refunds", n=n, refunds=refunds)


def _many(head: Mapping[str, Any]) -> Phrase:
    """Say in how many rooms there are signs and how strong; no share: the rooms' numbers stand in the list."""
    n, levels = head["n_rooms"], head["levels"]
    if head["state"] == "signs":
        said = tuple(
            _("{level} in {n}", level=words.LEVELS[level], n=levels[level])
            for level in ("critical", "high", "watch")
            if levels[level]
        )
        return _("Signs in {n} of {m} rooms: {levels}", n=head["n_rooms_with_signs"], m=n, levels=Joined(said))
    if head["state"] == "nothing":
        return _("Nothing unusual in what could be checked in {m} rooms", m=n)
    if head["state"] == "little":
        return _(
            "Nothing unusual in {n} of {m} rooms; could not tell in {k}", n=levels["clear"], m=n, k=n - levels["clear"]
        )
    return _counted(head)


def below(document: Mapping[str, Any]) -> list[Phrase]:
    """Return what stands below the first line of one room: intervals and lower bounds."""
    head = document["headline"]
    if head["n_rooms"] != 1:
        return []
    out = [
        _(
            "{measure}: {share} manufactured, 95% interval {interval}", measure=words.MEASURES[lead["measure"]],
            share=estimates.manufactured(lead), interval=estimates.interval(lead),
        )
        if not estimates.is_vague(lead)
        else _(
            "{measure}: 95% interval {interval}, too wide to name a share",
            measure=words.MEASURES[lead["measure"]], interval=estimates.interval(lead),
        )
        for lead in head["leads"]
    ]  # fmt: skip
    for bound in head["at_least"]:
        share, measure = estimates.at_least(bound["at_least"]), estimates.NOUNS[bound["measure"]]
        out.append(_("at least {share} of {measure}, whatever the scheme", share=share, measure=measure))
    return out


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
