"""Our own detectors' findings in words: what was counted, what stands beside it, what else would look like it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from truecrowd.surfaces.report.phrases import Data, Joined, Phrase, _, _n
from truecrowd.surfaces.report.times import length
from truecrowd.surfaces.report.words import TYPES, fleet
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

_PROMISES: Final[Mapping[str, Phrase]] = {
    "price_stays": _("The price was to end, and stayed"),
    "price_back_late": _("The price ended later than said"),
    "stock_shown": _("'Sold out' was said while stock was still shown"),
    "orders_go_on": _("'Sold out' was said, and orders went on"),
    "offer_returns": _("The last chance was announced, and the same offer came back"),
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


def _stock_records(finding: Finding) -> Phrase | None:
    if finding["params"]["is_exact"]:
        return None
    if finding["params"]["mode"] == "several_variants":
        return _("Several variants seem to share this product, so this is not exact.")
    return _("The records are not complete, so this is not exact.")


def _broken_promise(finding: Finding) -> Phrase:
    params = finding["params"]
    number, reason = params["number"], params["reason"]
    if reason == "price_stays" and params["obligation"] == "time":
        return _("Offered for {time} only, and still at that price afterwards", time=length(number))
    if reason == "sold_beyond":
        return _("{n} were said to be left, and {more} more than that were sold", n=number, more=params["n_sold_after"])
    if reason == "repeated_extension":
        return _("The limit was extended {n} times, each time before it was due", n=params["n_extensions"])
    return _PROMISES[reason]


def _orders_after(finding: Finding) -> Phrase | None:
    n = finding["params"]["n_orders_after"]
    return _n("{n} more order came after that.", "{n} more orders came after that.", n, n=n) if n else None


def _repeat_buyers(finding: Finding) -> Phrase:
    params = finding["params"]
    if params["reason"] == "orders_per_buyer":
        return _("{n} orders by {buyers} buyers within one hour", n=params["hour_orders"], buyers=params["hour_buyers"])
    return _(
        "{over} of {buyers} buyers gave back {n} orders beyond the first {ordinary} of each: at least {share} of {all} orders",
        over=params["n_buyers_over"], buyers=params["n_buyers"], n=params["n_beyond"],
        ordinary=params["ordinary_returns"], share=percent(params["at_least"]), all=params["n_orders"],
    )  # fmt: skip


def _densest_hour(finding: Finding) -> Phrase | None:
    params = finding["params"]
    if params["reason"] == "orders_per_buyer":
        return None
    return _("Densest hour: {n} orders by {buyers} buyers.", n=params["hour_orders"], buyers=params["hour_buyers"])


_KINDS: Final[Mapping[str, Phrase]] = {
    "unclicked": _("more orders than clicks"),
    "unseen": _("never seen joining"),
    "hasty": _("within seconds of arrival"),
    "on_cue": _("a long silent wait, then an order within seconds of a click"),
}
_SHAPES: Final[Mapping[str, Phrase]] = {
    "delay": _("the same delay and state"),
    "held_back": _("never shipped while others were"),
    "batch": _("refunded within minutes of each other"),
    "same_buyers": _("buyers who kept nothing"),
}


def _order_path(finding: Finding) -> Phrase:
    params = finding["params"]
    return _(
        "{n} of {all} orders, by {buyers} buyers, lack the way to an order: {kinds}",
        n=params["n_odd"], all=params["n_orders"], buyers=params["n_buyers"],
        kinds=Joined(tuple(_KINDS[name] for name in params["kinds"])),
    )  # fmt: skip


def _refund_shape(finding: Finding) -> Phrase:
    params = finding["params"]
    return _(
        "{n} of {all} paid orders, by {buyers} buyers, came back in one shape: {shapes}",
        n=params["n_of_shape"], all=params["n_orders"], buyers=params["n_buyers"],
        shapes=Joined(tuple(_SHAPES[name] for name in params["shapes"])),
    )  # fmt: skip


def _as_of(finding: Finding) -> Phrase:
    """Say how many of them were never shipped, and after how long half of them had come back."""
    params = finding["params"]
    if params["median_delay_h"] is None:
        return _("{n} of them came back before shipping.", n=params["n_of_shape_before_shipping"])
    return _(
        "{n} of them came back before shipping; half within {time}. As of the end of this data: more may follow.",
        n=params["n_of_shape_before_shipping"], time=length(params["median_delay_h"] * 3600),
    )  # fmt: skip


def _online_balance(finding: Finding) -> Phrase:
    params = finding["params"]
    return _(
        "The shown number went from {before} to {after} at once and stayed; {n} people joined between",
        before=params["shown_before"], after=params["shown_after"], n=params["n_joins_between"],
    )  # fmt: skip


def _multiples(finding: Finding) -> Phrase:
    params = finding["params"]
    return _(
        "Before, {before} were shown for each person present by joins and departures; after, {after}.",
        before=params["ratio_before"], after=params["ratio_after"],
    )  # fmt: skip


def _young_accounts(finding: Finding) -> Phrase:
    params = finding["params"]
    return _(
        "{n} of {all} accounts with a known age were registered together, or are young beyond a crowd's: most are {low} to {high} days old",
        n=params["n_accounts"], all=params["n_known"], low=params["age_low_d"], high=params["age_high_d"],
    )  # fmt: skip


def _address_collisions(finding: Finding) -> Phrase:
    params = finding["params"]
    counts = {"n": params["n_accounts"], "addresses": params["n_addresses"]}
    if params["kind"] == "few":
        return _(
            "{n} accounts of one kind on {addresses} addresses, shared far less than others share theirs", **counts
        )
    return _("{n} accounts of one kind gather in one network or region, on {addresses} addresses", **counts)


def _shared_lines(finding: Finding) -> Phrase:
    params = finding["params"]
    return _(
        "{n} different long lines, by {accounts} accounts, stand in another host's room as well",
        n=params["n_lines"], accounts=params["n_accounts"],
    )  # fmt: skip


def _pool(finding: Finding) -> Phrase:
    return _("The lines come from about {n} at least.", n=finding["params"]["pool"])


def _praise_length(finding: Finding) -> Phrase:
    params = finding["params"]
    return _(
        "{n} reviews of {step} to {last} characters, beside {below} of {first} to {before}",
        n=params["n_above"], below=params["n_below"], step=params["step_chars"], last=params["step_chars"] + 4,
        first=params["step_chars"] - 5, before=params["step_chars"] - 1,
    )  # fmt: skip


def _stay_shape(finding: Finding) -> Phrase:
    params = finding["params"]
    counts = {"n": params["n_accounts"], "all": params["n_viewers"]}
    match params["kind"]:
        case "hours":
            return _(
                "{n} of {all} viewers stayed about {time}, or little longer",
                time=_minutes(params["mark_min"]),
                **counts,
            )
        case "together":
            return _("{n} of {all} viewers left at one moment, after stays of {time} for half of them",
                     time=_minutes(params["stay_min"]), **counts)  # fmt: skip
        case "arrived":
            return _("{n} busy viewers of one kind among {all}, who came within the same half hour", **counts)
    return _("{n} of {all} viewers do several kinds of things or talk much, more than a crowd's share", **counts)


def _minutes(minutes: float) -> Phrase:
    return length(minutes * 60)


def _action_order(finding: Finding) -> Phrase:
    params = finding["params"]
    things = Joined(tuple(TYPES[name] for name in params["types"]))
    counts = {"n": params["n_accounts"], "all": params["n_acting"], "things": things}
    if params["kind"] == "order":
        return _("{n} of {all} acting accounts did the same things in one order: {things}", **counts)
    return _("{n} of {all} acting accounts did a set of things that few do together, most of them {things}", **counts)


def _unprompted_wave(finding: Finding) -> Phrase:
    params = finding["params"]
    return _(
        "{n} accounts took part in wave after wave ({waves} waves of seconds), far beyond their activity",
        n=params["n_accounts"], waves=params["n_waves"],
    )  # fmt: skip


def _bare_likes(finding: Finding) -> Phrase:
    params = finding["params"]
    counts = {
        "n": params["n_accounts"],
        "all": params["n_likers"],
        "likes": params["n_likes"],
        "total": params["n_all_likes"],
    }
    if params["kind"] == "even":
        return _(
            "{n} of {all} accounts with likes do nothing else and tap {taps} times in every streak; {likes} of {total} streaks are theirs",
            taps=params["streak"], **counts,
        )  # fmt: skip
    return _("{n} of {all} accounts with likes do nothing else; {likes} of {total} streaks are theirs", **counts)


def _fleets(finding: Finding) -> Phrase:
    params = finding["params"]
    shown = {"n_members": params["n_accounts"], "rooms": range(params["n_rooms"]), "n_hosts": params["n_hosts"]}
    return fleet(shown | {"kind": params["kind"]})


def _co_arrival(finding: Finding) -> Phrase:
    params = finding["params"]
    return _(
        "{n} of {all} accounts come to the same hosts within the same {time} again and again, half of them to {hosts} hosts or more",
        n=params["n_accounts"], all=params["n_looked"], time=_minutes(params["cell_s"] / 60), hosts=params["n_hosts"],
    )  # fmt: skip


SAID: Final[Mapping[str, Saying]] = {
    "fleets": _fleets,
    "burst_join": _burst_join,
    "popup_chain": _popup_chain,
    "phone_mix": _phone_mix,
    "even_gaps": _even_gaps,
    "stock_balance": _stock_balance,
    "broken_promise": _broken_promise,
    "repeat_buyers": _repeat_buyers,
    "order_path": _order_path,
    "refund_shape": _refund_shape,
    "online_balance": _online_balance,
    "young_accounts": _young_accounts,
    "address_collisions": _address_collisions,
    "co_arrival": _co_arrival,
    "shared_lines": _shared_lines,
    "praise_length": _praise_length,
    "stay_shape": _stay_shape,
    "action_order": _action_order,
    "unprompted_wave": _unprompted_wave,
    "bare_likes": _bare_likes,
}
"""By detector, the sentence of a finding."""

BESIDE: Final[Mapping[str, Saying]] = {
    "burst_join": _shared_phone,
    "popup_chain": _shoppers_order,
    "even_gaps": _evenness,
    "stock_balance": _stock_records,
    "broken_promise": _orders_after,
    "repeat_buyers": _densest_hour,
    "refund_shape": _as_of,
    "online_balance": _multiples,
    "shared_lines": _pool,
}
"""By detector, what a finding is compared with, or what weakens it."""

ELSE: Final[Mapping[str, Sequence[tuple[Phrase, bool]]]] = {
    "fleets": (
        (_("a fan club, which comes to one host"), True),
        (_("people of one taste, who come to the same hosts and stand out at none"), True),
        (_("staff or moderators who are not in the staff file"), False),
        (_("an office or a class room that watches together"), False),
    ),
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
        (_("an extension or a restock that was announced in time"), True),
        (_("unpaid orders sold again"), True),
        (_("a host who speaks a moment too early"), True),
        (_("a promise that was about another size"), False),
    ),
    "repeat_buyers": (
        (_("two sizes ordered and one sent back"), True),
        (_("a wrong address, ordered anew; topped up for a coupon"), True),
        (_("one bulk buyer"), False),
        (_("a company's gift orders, placed by several people"), False),
    ),
    "order_path": (
        (_("a flash sale, whose orders have clicks"), True),
        (_("clicks or arrivals that the recorder lost"), True),
        (_("one bulk buyer"), True),
        (_("a group that agreed outside the room what to order when"), False),
    ),
    "refund_shape": (
        (_("clothes sent back after delivery, in any number"), True),
        (_("refunds worked off in batches"), True),
        (_("a price error, or goods out of stock: the merchant closes all orders"), False),
    ),
    "online_balance": (
        (_("a constant multiple, or an index in place of a count"), True),
        (_("an outage and its end"), True),
        (_("arrivals that were not recorded for a while"), False),
        (_("a platform that changes how it counts"), False),
    ),
    "young_accounts": (
        (_("a new-user campaign that is labelled as one"), True),
        (_("people who registered to see this room"), True),
        (_("a platform's first day, or a placeholder date"), True),
        (_("a new-user campaign without a label"), False),
    ),
    "address_collisions": (
        (_("many people behind one mobile or campus address"), True),
        (_("a paid official promotion in one region"), True),
        (_("a shop that sells one phone in one town"), False),
    ),
    "co_arrival": (
        (_("fans of one host, or people with common taste"), True),
        (_("a crowd that one host hands to the next"), True),
        (_("regulars who come as the room opens"), True),
        (_("a guild whose hosts share one audience and one timetable"), False),
    ),
    "shared_lines": (
        (_("slogans and phrases that many write"), True),
        (_("one viewer who pastes a line into two rooms"), True),
        (_("rooms of one host"), True),
        (_("a text that fans were given to post"), False),
    ),
    "praise_length": (
        (_("long words, careful writers: lengths without a step"), True),
        (_("one text pasted by many"), True),
        (_("a coupon for reviews of 15 characters and more"), False),
    ),
    "stay_shape": (
        (_("a raid, whose people watch and go"), True),
        (_("the end of the show, or an outage"), True),
        (_("a fan club that talks all evening"), False),
        (_("staff who are not named in the staff file"), False),
    ),
    "action_order": (
        (_("a prize draw that asks for it"), True),
        (_("fans, who like, comment and wear a badge"), True),
        (_("a badge that needs the club first"), True),
        (_("a task list of the platform for new viewers"), False),
    ),
    "unprompted_wave": (
        (_("answers to a prompt that is recorded"), True),
        (_("loyal fans, who act between the waves as well"), True),
        (_("a prompt that the host only spoke"), False),
        (_("a fan group with a chat of its own"), False),
    ),
    "bare_likes": (
        (_("fans who tap much and talk, too"), True),
        (_("a platform that sends taps in packs of one size"), True),
        (_("a race of likes among quiet viewers"), False),
    ),
}
"""By detector, what else would look like its findings, and whether the check leaves it out by itself."""
