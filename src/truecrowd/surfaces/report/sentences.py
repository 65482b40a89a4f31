"""Findings in sentences, from the detector's counts; and what else would explain them, tested or not.

A detector that is not known here still gets a sentence: its name, how many events, when.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from typing import Any, Final

from truecrowd.surfaces.report import words
from truecrowd.surfaces.report.phrases import Data, Joined, Phrase, _, _n
from truecrowd.surfaces.report.times import length, span
from truecrowd.surfaces.report.words import share as percent

Finding = Mapping[str, Any]


def sentence(detector: str, finding: Finding, where: tzinfo) -> Phrase:
    """Return what one finding says."""
    return _tried(_SAID.get(detector), finding) or _plain(detector, finding, where)


def beside(detector: str, finding: Finding) -> Phrase | None:
    """Return what the finding is compared with, or what else stands with it; None where the sentence says it all."""
    return _tried(_BESIDE.get(detector), finding)


def _tried(say_it: "Callable[[Finding], Phrase | None] | None", finding: Finding) -> Phrase | None:
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
    return _ELSE.get(detector, ())


_TRAITS: Final[Mapping[str, Phrase]] = {
    "phone": _("phone model"),
    "network": _("network"),
    "age": _("time of registration"),
}


def _burst_join(finding: Finding) -> Phrase:
    params = finding["params"]
    counts = {"n": params["n_accounts"], "time": length(params["span_s"])}
    traits = Joined(tuple(_TRAITS[name] for name in sorted(params["shares"], reverse=True)))
    if not traits.items:
        return _("{n} accounts arrived within {time}, with hardly anybody around them", **counts)
    return _(
        "{n} accounts arrived within {time}; {alike} of them share {traits}",
        alike=params["n_alike"],
        traits=traits,
        **counts,
    )


def _popup_chain(finding: Finding) -> Phrase:
    params = finding["params"]
    counts = {"n": params["n_popups"], "accounts": params["n_accounts"], "unseen": params["n_never_seen"]}
    if not counts["unseen"]:
        return _("{n} pop-ups from {accounts} accounts with no click before and no order after", **counts)
    return _(
        "{n} pop-ups from {accounts} accounts with no click before and no order after; {unseen} of them were never seen in the room",
        **counts,
    )


def _popup_chain_beside(finding: Finding) -> Phrase | None:
    order_share = finding["params"]["order_share"]
    return (
        _("In the same room at least {share} of the other shoppers order.", share=percent(order_share))
        if order_share
        else None
    )


def _burst_join_beside(finding: Finding) -> Phrase | None:
    model = finding["params"]["device_model"]
    return _("The phone they share: {model}.", model=Data(model)) if model else None


_SAID: Final[Mapping[str, Callable[[Finding], Phrase]]] = {"burst_join": _burst_join, "popup_chain": _popup_chain}
_BESIDE: Final[Mapping[str, Callable[[Finding], Phrase | None]]] = {
    "burst_join": _burst_join_beside,
    "popup_chain": _popup_chain_beside,
}

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
