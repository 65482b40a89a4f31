"""Codes of the tables in words: levels, schemes, measures, bands, event types, columns, why a check could not look."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from truecrowd.surfaces.report.phrases import Data, Joined, Phrase, _, _n

LEVELS: Final[Mapping[str, Phrase]] = {
    "clear": _("nothing unusual"),
    "undetermined": _("could not tell"),
    "watch": _("worth watching"),
    "high": _("strong signs"),
    "critical": _("very strong signs"),
}
SIGNS: Final = ("watch", "high", "critical")
"""Levels that say that something was seen."""
MARKS: Final[Mapping[str, str]] = {"clear": "", "undetermined": "", "watch": "■□□", "high": "■■□", "critical": "■■■"}
"""Beside the word, so that no level is told by its colour alone."""

SCHEMES: Final[Mapping[str, Phrase]] = {
    "farm": _("account farm"),
    "popup": _("buying pop-ups without buyers"),
    "likes": _("likes in bulk"),
    "popularity": _("idle viewers"),
    "troupe": _("people acting on cue"),
    "brushing": _("brushing: orders without demand"),
    "reviews": _("reviews made to order"),
    "staged_stock": _("stock that does not add up"),
    "false_limited": _("limited offer that did not end"),
    "inflated_count": _("online count set too high"),
    "organised": _("organised real people"),
}
DETECTORS: Final[Mapping[str, Phrase]] = {
    "fleets": _("accounts that act as one"),
    "burst_join": _("arrivals within seconds"),
    "popup_chain": _("pop-ups and the purchases after them"),
    "phone_mix": _("mix of phones"),
    "even_gaps": _("evenness of gaps"),
    "stock_balance": _("balance of stock"),
    "broken_promise": _("promises kept"),
    "repeat_buyers": _("orders per buyer"),
    "order_path": _("the way to an order"),
    "refund_shape": _("shape of refunds"),
    "online_balance": _("shown number of viewers"),
    "young_accounts": _("ages of accounts"),
    "address_collisions": _("shared network addresses"),
    "co_arrival": _("coming to the same hosts at the same times"),
    "shared_lines": _("lines shared with other hosts' rooms"),
    "praise_length": _("lengths of reviews"),
    "stay_shape": _("shape of stays"),
    "action_order": _("sets and orders of first acts"),
    "unprompted_wave": _("waves that nothing called for"),
    "bare_likes": _("likes from accounts without other acts"),
}
MEASURES: Final[Mapping[str, Phrase]] = {
    "viewers": _("viewers"),
    "viewer_minutes": _("minutes watched"),
    "comments": _("comments"),
    "likes": _("likes"),
    "popups": _("buying pop-ups"),
    "orders": _("orders"),
    "gmv": _("value of orders"),
    "reviews": _("reviews"),
}
SERIES: Final[Mapping[str, Phrase]] = {**MEASURES, "viewers": _("arrivals")}
"""What a timeline counts: it has no viewers, only their first arrival."""

BANDS: Final[Mapping[str, Phrase]] = {
    "unremarkable": _("nothing unusual"),
    "organised": _("organised real people"),
    "automated": _("machine operated"),
    "undetermined": _("something seen, of which kind is not known"),
}
TYPES: Final[Mapping[str, Phrase]] = {
    "join": _("arrivals"),
    "leave": _("departures"),
    "comment": _("comments"),
    "like": _("likes"),
    "follow": _("follows"),
    "fan_club": _("fan-club joins"),
    "light_badge": _("lit badges"),
    "gift": _("gifts"),
    "share": _("shares"),
    "product_click": _("clicks on products"),
    "cart_popup": _("buying pop-ups"),
    "order": _("orders"),
    "payment": _("payments"),
    "ship": _("shipments"),
    "deliver": _("deliveries"),
    "cancel": _("cancellations"),
    "refund": _("refunds"),
    "review": _("reviews"),
    "stock": _("stock levels"),
    "price": _("prices"),
    "claim": _("claims by the host"),
    "prompt": _("prompts to the crowd"),
    "stats": _("shown counters"),
}
COLUMNS: Final[Mapping[str, Phrase]] = {
    "account_id": _("account ids"),
    "account_created_at": _("registration times"),
    "device_id": _("device ids"),
    "device_model": _("phone models"),
    "os_version": _("system versions"),
    "app_version": _("app versions"),
    "ip": _("network addresses"),
    "asn": _("network operators"),
    "region": _("regions"),
    "traffic_source": _("where viewers came from"),
    "product_id": _("product ids"),
    "product_title": _("product titles"),
    "order_id": _("order ids"),
    "amount_minor": _("amounts"),
    "quantity": _("quantities"),
    "text": _("texts"),
    "value": _("values"),
    "host_id": _("host ids"),
    "source_room_id": _("ids of permanent rooms"),
    "merchant_id": _("merchant ids"),
    "other_acts": _("acts other than likes"),
    "price_stock": _("prices, stock levels"),
    "ts": _("times"),
}
REASONS: Final[Mapping[str, Phrase]] = {
    "fewer_than_three_hosts": _("fewer than three hosts in this data"),
    "released": _("events came after the memory of the room was released, and were not looked at"),
    "not_a_room": _("orders outside every broadcast"),
    "few_joins": _("too many accounts were not seen arriving"),
    "few_types": _("fewer than three of likes, comments, follows, fan clubs and badges are recorded"),
    "no_other_acts": _("nothing but likes is recorded"),
    "orders_not_joinable": _("buyers are not seen in the room: the orders seem to have ids of another kind"),
    "clock_grain": _("times are too coarse: several seconds share one"),
    "masked_ids": _("account ids are masked: many people share one"),
    "few_events": _("too few events"),
    "few_accounts": _("too few accounts"),
    "too_few": _("too few rows"),
    "claims_without_product": _("claims name no product"),
    "bound_times": _("times are only bounds"),
    "saturated": _("the source cuts peaks off"),
    "nick_ids": _("accounts are known by a display name only"),
    "minute_ts": _("times are known to the minute only"),
}
VERDICT_REASONS: Final[Mapping[str, Phrase]] = {
    "few_viewers": _("too few viewers for their silence to say anything"),
    "exact": _("arithmetic on complete records"),
    "few_families": _("only one kind of check could look; two are needed to say that nothing is unusual"),
    "not_looked": _("no check of this could look"),
    "staff": _("named in the staff file, not judged"),
    "one_finding": _("one check has something to show; all of them together do not reach the bar"),
    "usual_in_reference": _("honest rooms show as much"),
    "sum": _("many small signs together"),
    "shape_alone": _(
        "only when people came and acted speaks for it; fans act alike, too, and other evidence is missing"
    ),
    "wide_share": _("this data cannot rule out that half of the viewers are manufactured"),
    "repeats": _("few buyers gave back more orders than nearly any buyer does"),
    "excess": _("more orders came back before shipping than in any other room of this merchant"),
    "orders_not_looked": _("no check could look at the orders"),
    "orders_only": _("only orders are recorded, no audience: silence says nothing"),
    "not_a_room": _("orders outside every broadcast"),
    "unknown_pattern": _("the lower bound is above the estimate: a pattern not seen in training"),
}
KINDS: Final[Mapping[str, Phrase]] = {
    "automated": _("machine operated"),
    "organised": _("organised real people"),
}
FAMILIES: Final[Mapping[str, Phrase]] = {
    "S": _("timing"),
    "L": _("rooms in common"),
    "D": _("devices"),
    "M": _("money"),
}
MODES: Final[Mapping[str, Phrase]] = {
    "released": _("until its memory was released"),
    "first_action": _("first acts in place of arrivals"),
    "starts_only": _("without departures"),
    "departures_only": _("departures alone, without acts"),
    "cells_only": _("without sharp times"),
    "sets_only": _("what was done, not in which order"),
    "overlap_only": _("who takes part in waves, not what called for them"),
    "counts_only": _("numbers of streaks, not their lengths"),
    "arrivals_only": _("arrivals alone, without clicks"),
    "joins_only": _("arrivals alone, without departures"),
    "no_times": _("without times of refunds"),
    "no_shipping": _("without shipments"),
    "no_payment": _("without payments"),
    "orders_only": _("orders alone"),
    "clicks_only": _("clicks alone"),
    "no_arrivals": _("without arrivals"),
    "count_only": _("numbers alone, no trait of the accounts"),
    "one_trait": _("one trait of the accounts"),
    "two_traits": _("two traits of the accounts"),
    "claims_only": _("claims alone"),
    "rooms": _("rooms in place of hosts"),
    "mix_only": _("models and versions, without device ids"),
    "models_only": _("models alone, without versions"),
    "totals_only": _("the whole room, without times"),
    "popups_only": _("pop-ups alone"),
    "accounts_only": _("accounts alone, without pop-ups"),
    "likes_only": _("likes alone"),
    "comments_only": _("comments alone"),
    "claim_only": _("claims alone"),
    "stock_only": _("stock alone, without orders"),
    "incomplete_orders": _("orders whose returns cannot be seen"),
    "no_orders": _("without orders"),
    "events_only": _("orders without order ids"),
    "sampled": _("a part of the orders"),
    "named_buyers": _("only buyers with an id of their own"),
    "nicks": _("buyers by their display name"),
    "no_hours": _("without times of day"),
    "several_variants": _("several variants under one product"),
    "ages_only": _("ages alone, without phones"),
    "no_strata": _("without knowing where viewers came from"),
    "blocks_only": _("addresses alone, without phones and ages"),
    "regions_only": _("regions alone, without addresses"),
    "addresses_only": _("addresses alone, without regions"),
    "operators_only": _("network operators alone"),
    "display_names": _("accounts by their display name"),
    "no_products": _("by room, without products"),
}
ID_KINDS: Final[Mapping[str, Phrase]] = {
    "stable": _("stable ids"),
    "hashed": _("hashed ids"),
    "nick": _("display names only"),
    "masked": _("masked ids"),
    "guest": _("guests"),
}
TS_KINDS: Final[Mapping[str, Phrase]] = {
    "server": _("server time"),
    "capture": _("time of recording"),
    "video_offset": _("place in the video"),
    "minute": _("to the minute"),
    "bound": _("only a bound"),
}
BINS: Final[Mapping[str, Phrase]] = {
    "n_read": _("read"),
    "n_kept": _("kept"),
    "n_merged": _("merged"),
    "n_duplicate": _("duplicate"),
    "n_skipped": _("not needed"),
    "n_rejected": _("unreadable"),
}
REJECTS: Final[Mapping[str, Phrase]] = {
    "bad_json": _("not JSON"),
    "bad_xml": _("not XML"),
    "bad_encoding": _("broken characters"),
    "too_long": _("too long"),
    "too_deep": _("nested too deep"),
    "wrong_width": _("wrong number of cells"),
    "unclosed_quote": _("quote never closed"),
    "no_ts": _("no time"),
    "bad_ts": _("time not readable"),
    "ts_out_of_range": _("time out of range"),
    "unknown_event_type": _("unknown event type"),
    "no_room": _("no room"),
    "no_order_id": _("no order id"),
    "bad_number": _("not a number"),
    "bad_amount": _("amount not readable"),
    "limit": _("over a size limit"),
}
SUBJECTS: Final[Mapping[str, Phrase]] = {
    "room": _("room"),
    "account": _("account"),
    "order": _("order"),
    "product": _("product"),
    "claim": _("claim"),
    "fleet": _("fleet"),
    "host": _("host"),
    "merchant": _("merchant"),
}
SOURCES: Final[Mapping[str, Phrase]] = {
    "recording": _("a recording of the room's messages, or the platform's event log"),
    "shop": _("the shop's orders (--orders FILE)"),
    "shelf": _("the stock and price log of the shop's back office"),
    "platform": _("only the platform has it: ask for its event log"),
    "claims": _("a list of what the host said, with times (event type claim)"),
}
_WHERE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("join", "leave", "comment", "like", "follow", "gift", "cart_popup", "stats", "text"), "recording"),
    **dict.fromkeys(("account_id", "prompt"), "recording"),
    **dict.fromkeys(("order", "order_id", "payment", "refund", "ship", "cancel", "amount_minor", "quantity"), "shop"),
    **dict.fromkeys(("stock", "price"), "shelf"),
    **dict.fromkeys(("device_model", "device_id", "os_version", "app_version", "ip", "asn", "region"), "platform"),
    **dict.fromkeys(("account_created_at", "product_click", "traffic_source"), "platform"),
    **dict.fromkeys(("claim",), "claims"),
}


def word(words: Mapping[str, Phrase], code: str | None) -> object:
    """Return the words for a code; a code nobody knows is shown as it is."""
    return words.get(code or "") or Data(code or "–")


def reason(code: str | None) -> object:
    """Return why a check could not look, in words.

    Codes: `no_<type or column>`, several joined by `_or_`; `sampled_<type>`; or one of `REASONS`.
    """
    code = code or ""
    if code.startswith("no_"):
        return _("{things} not recorded in this data", things=_either(_names(code)))
    if code.startswith("sampled_"):
        return _("the source delivers only a part of the {things}", things=_thing(code.removeprefix("sampled_")))
    return REASONS.get(code) or _("another reason: {code}", code=Data(code or "–"))


def source_of(code: str | None) -> Phrase | None:
    """Return which file or export would have what a check lacked; None where no file would."""
    found, _things = lacking(code)
    return SOURCES[found] if found else None


def lacking(code: str | None) -> tuple[str | None, list[str]]:
    """Return the key in `SOURCES` of what a check lacked, None where no file would have it, and the names of that."""
    code = code or ""
    if code.startswith("no_"):
        names = _names(code)
        return next((_WHERE[name] for name in names if name in _WHERE), None), names
    if code.startswith("sampled_"):
        return "platform", [code.removeprefix("sampled_")]
    return None, []


def _names(code: str) -> list[str]:
    return code.removeprefix("no_").split("_or_")


def _thing(name: str) -> object:
    return TYPES.get(name) or COLUMNS.get(name) or Data(name)


def _either(names: list[str]) -> Joined:
    return Joined(tuple(_thing(name) for name in names), "or")


def data(text: str) -> Data:
    """Return text from the data."""
    return Data(text)


def things(names: list[str]) -> Joined:
    """Return event types in a row."""
    return Joined(tuple(_thing(name) for name in names))


def checks(names: list[str]) -> Joined:
    """Return detectors in a row."""
    return Joined(tuple(word(DETECTORS, name) for name in names))


def moved_by(reasons: Sequence[str]) -> Joined | None:
    """Return what moved a verdict: checks by name, strongest first; None where no check is named."""
    named = tuple(DETECTORS[code] for code in reasons if code in DETECTORS)
    return Joined(named) if named else None


def remarks(reasons: Sequence[str]) -> list[Phrase]:
    """Return what a verdict says of itself beside the checks that moved it."""
    return [VERDICT_REASONS[code] for code in reasons if code in VERDICT_REASONS]


def against(document: Mapping[str, Any]) -> Phrase:
    """Return which honest rooms everything was held against, and that they are simulated where they are."""
    known = document["reference_id"]
    if not known:
        return _("reference: none, so nothing is calibrated")
    if document["is_simulated"]:
        return _("reference: {name} (simulated)", name=Data(known))
    return _("reference: {name}", name=Data(known))


def families(names: Mapping[str, int]) -> Joined:
    """Return which kinds of checks saw something of a fleet's members, most members first."""
    order = sorted(names, key=lambda name: (-names[name], name))
    return Joined(tuple(word(FAMILIES, name) for name in order))


def fleet(row: Mapping[str, Any]) -> Phrase:
    """Return a fleet's kind, members and where they were."""
    return _("{kind}: {what}", kind=word(KINDS, row["kind"]), what=acting(row))


def acting(row: Mapping[str, Any]) -> Phrase:
    """Return how many accounts of a fleet were at how many hosts and in how many rooms."""
    n_rooms, n_hosts = len(row["rooms"]), row["n_hosts"]
    rooms = _n("{n} room", "{n} rooms", n_rooms, n=n_rooms)
    if not n_hosts:
        return _("{n} accounts in {rooms}", n=row["n_members"], rooms=rooms)
    hosts = _n("{n} host", "{n} hosts", n_hosts, n=n_hosts)
    return _("{n} accounts at {hosts}, in {rooms}", n=row["n_members"], hosts=hosts, rooms=rooms)


def scheme(code: str) -> object:
    """Return a scheme in words, the overall one too."""
    return _("all signs together") if code == "any" else word(SCHEMES, code)


def note(text: str) -> Data:
    """Return a line of the import report; it may quote the file."""
    return Data(text)


def amount(row: Mapping[str, Any]) -> object:
    """Return what was counted of one measure: whole, but for minutes, and money with its digits."""
    shown = row["shown"]
    if shown is None:
        return _("not in this data")
    if row["measure"] == "gmv":
        return f"{shown / 100:,.2f}"
    return round(shown)


def share(value: float | None) -> str:
    """Return a share as people read it, in whole percent; an estimate supports no more."""
    return "–" if value is None else f"{round(value * 100)}%"
