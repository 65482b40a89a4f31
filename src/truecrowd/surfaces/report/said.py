"""Our own detectors' findings in words: what was counted, what stands beside it, what else would look like it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from truecrowd.surfaces.report.phrases import Data, Joined, Phrase, _, _n
from truecrowd.surfaces.report.times import length
from truecrowd.surfaces.report.words import share as percent

Finding = Mapping[str, Any]
Saying = Callable[[Finding], Phrase | None]

_TRAITS: Final[Mapping[str, Phrase]] = {
    "phone": _("phone model"),
    "network": _("network"),
    "age": _("time of registration"),
}
_STOCK: Final[Mapping[str, Phrase]] = {
    "sold_out_said_stock_shown": _("'Sold out' was said while stock was still shown"),
    "sold_out_said_orders_go_on": _("'Sold out' was said, and orders went on"),
    "sold_after_nil": _("Pieces were sold while the shown stock was nil"),
    "drop_without_orders": _("Shown stock fell at once without an order near it"),
}


def _burst_join(finding: Finding) -> Phrase:
    params = finding["params"]
    counts = {"n": params["n_accounts"], "time": length(params["span_s"])}
    traits = Joined(tuple(_TRAITS[name] for name in sorted(params["shares"], reverse=True)))
    if not traits.items:
        return _("{n} accounts arrived within {time}, with hardly anybody around them", **counts)
    alike = params["n_alike"]
    return _("{n} accounts arrived within {time}; {alike} of them share {traits}", alike=alike, traits=traits, **counts)


def _shared_phone(finding: Finding) -> Phrase | None:
    model = finding["params"]["device_model"]
    return _("The phone they share: {model}.", model=Data(model)) if model else None


def _popup_chain(finding: Finding) -> Phrase:
    params = finding["params"]
    counts = {"n": params["n_popups"], "accounts": params["n_accounts"], "unseen": params["n_never_seen"]}
    if not counts["unseen"]:
        return _("{n} pop-ups from {accounts} accounts with no click before and no order after", **counts)
    return _(
        "{n} pop-ups from {accounts} accounts with no click before and no order after; {unseen} of them were never seen in the room",
        **counts,
    )


def _shoppers_order(finding: Finding) -> Phrase | None:
    share = finding["params"]["order_share"]
    if not share:
        return None
    return _("In the same room at least {share} of the other shoppers order.", share=percent(share))


def _phone_mix(finding: Finding) -> Phrase:
    params = finding["params"]
    n = params["n_accounts"][params["kind"]]
    if params["kind"] == "device":
        return _n(
            "{n} accounts on {devices} phone", "{n} accounts on {devices} phones", params["n_devices"],
            n=n, devices=params["n_devices"],
        )  # fmt: skip
    return _("{n} accounts on phones of one kind, {model}", n=n, model=Data(params["device_model"]))


def _even_gaps(finding: Finding) -> Phrase:
    params = finding["params"]
    gap = length(params["mean_gap_s"])
    if params["kind"] == "popups":
        return _("buying pop-ups at even gaps of about {gap}, {n} gaps in a row", gap=gap, n=params["n_gaps"])
    counts = {"n": params["n_even"], "all": params["n_looked"]}
    return _("{n} of {all} accounts with enough lines act at even gaps, about {gap} apart", gap=gap, **counts)


def _evenness(finding: Finding) -> Phrase:
    """Say the coefficient of variation; the honest figure is measured on recorded rooms (detectors.md 6)."""
    cv = percent(finding["params"]["cv"])
    return _(
        "The gaps vary by {cv} of their length; in recorded public rooms 99 of 100 accounts vary by 31% or more.", cv=cv
    )


def _stock_balance(finding: Finding) -> Phrase:
    params = finding["params"]
    text = _STOCK[params["reason"]]
    if params["reason"] == "drop_without_orders":
        return _("{text}: {n} pieces", text=text, n=params["n_dropped"])
    n_orders = params["n_orders_after"] + 1
    if params["n_sold_after"]:
        return _(
            "{text}: {n} pieces sold after that, {orders} orders", text=text, n=params["n_sold_after"], orders=n_orders
        )
    return text


def _records(finding: Finding) -> Phrase | None:
    if finding["params"].get("is_exact", True):
        return None
    if finding["params"].get("mode") == "several_variants":
        return _("Several variants seem to share this product, so this is not exact.")
    return _("The records are not complete, so this is not exact.")


SAID: Final[Mapping[str, Saying]] = {
    "burst_join": _burst_join,
    "popup_chain": _popup_chain,
    "phone_mix": _phone_mix,
    "even_gaps": _even_gaps,
    "stock_balance": _stock_balance,
}
"""By detector, the sentence of a finding."""

BESIDE: Final[Mapping[str, Saying]] = {
    "burst_join": _shared_phone,
    "popup_chain": _shoppers_order,
    "even_gaps": _evenness,
    "stock_balance": _records,
    "broken_promise": _records,
    "repeat_buyers": _records,
}
"""By detector, what a finding is compared with, or what weakens it."""

ELSE: Final[Mapping[str, Sequence[tuple[Phrase, bool]]]] = {
    "burst_join": (
        (_("a raid, a shared link, a famous guest: broad crowds of mixed phones"), True),
        (_("reconnecting after an outage"), True),
        (_("a paid official promotion aimed at few phones"), False),
        (_("one campus or office, new phones on one day"), False),
    ),
    "popup_chain": (
        (_("a flash sale, whose pop-ups have clicks"), True),
        (_("clicks that the recorder lost"), True),
        (_("pop-ups that the platform itself makes"), False),
    ),
    "phone_mix": (
        (_("one popular or subsidised model"), True),
        (_("an id that many phones send as a placeholder"), True),
        (_("a shop's own phones, or a class room"), False),
    ),
    "even_gaps": (
        (_("slow mode, which forces a shortest gap"), True),
        (_("a recorder that writes in batches"), True),
        (_("one timer of a chat helper"), True),
        (_("an assistant of the host who posts by the clock"), False),
    ),
    "stock_balance": (
        (_("unpaid orders that were released"), True),
        (_("an announced restock"), True),
        (_("several variants under one product"), True),
        (_("sales through other channels from the same stock"), False),
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
"""By detector, what else would look like its findings, and whether the check leaves it out by itself."""
