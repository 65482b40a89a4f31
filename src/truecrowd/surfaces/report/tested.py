"""Usual answers tested on the same orders, and promises kept and broken, in words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from truecrowd.brand.catalogue import ORDINARY
from truecrowd.surfaces.report.phrases import Data, Joined, Phrase, _, _n
from truecrowd.surfaces.report.times import length

Row = Mapping[str, Any]

ANSWERS: Final[Mapping[str, Phrase]] = {
    "impulse": _("bought on impulse"),
    "quality": _("something was wrong with the goods"),
    "attack": _("a rival placed the orders (the other side's claim)"),
    "top_up": _("topped up to reach a coupon and the top-up returned"),
    "two_sizes": _("two sizes ordered and one returned"),
    "reordered": _("cancelled and ordered again within 30 minutes"),
    "price_error": _("a wrong price (cancelled by the merchant)"),
    "out_of_stock": _("out of stock (cancelled by the merchant)"),
    "deposit": _("a pre-sale deposit that was not completed"),
    "bulk_buyer": _("one bulk buyer"),
    "gift_order": _("a company's gift order"),
}
FITS: Final[Mapping[str, Phrase]] = {
    "fits": _("fits"),
    "partly": _("fits in part"),
    "does_not_fit": _("does not fit"),
    "cannot_tell": _("cannot tell"),
}
SIGNS: Final[Mapping[str, Phrase]] = {
    "many_single_buyers": _("refunds by many buyers of one order each"),
    "spread_delays": _("delays spread over hours to days"),
    "mixed_amounts": _("amounts of all sizes"),
    "in_other_rooms": _("the same in this merchant's other rooms"),
    "after_delivery": _("refunds after delivery"),
    "one_product": _("one product or batch"),
    "off_air_too": _("in orders off air as well"),
    "quality_reasons": _("quality given as the reason"),
    "few_buyers": _("few buyers"),
    "no_room_life": _("buyers who do nothing else in the room"),
    "no_link_to_host": _("buyers with no link to this host's other rooms"),
    "large_orders": _("large orders that lock stock"),
    "pair_part_returned": _("two orders of one buyer close together with one returned"),
    "same_product_pair": _("two pieces of one product with one returned"),
    "reordered_within_30min": _("the same buyer orders again within 30 minutes"),
    "price_error": _("a wrong price given as the reason"),
    "out_of_stock": _("out of stock given as the reason"),
    "deposit_unpaid": _("a deposit without the rest"),
    "one_bulk_buyer": _("one buyer with many pieces"),
    "gift_reason": _("a gift order given as the reason"),
    "before_shipping_beyond_others": _("more refunds before shipping than in any other room"),
    "more_per_buyer_than_chance": _("more returns per buyer than chance gives"),
    "one_shared_delay": _("one delay shared by most refunds"),
    "same_buyers_elsewhere": _("the same buyers at other hosts"),
    "returned_unseen": _("refunded before it was shipped (nobody had seen it)"),
    "buyers_live_in_room": _("the buyers also act in this host's rooms"),
    "just_over_guarantee": _("shown sales stop just over the guarantee"),
    "refunds_wait_for_settlement": _("refunds wait for the settlement date"),
}
"""What would be seen if an answer were so, and what would speak against it."""


def usual(answers: Sequence[Row]) -> list[Row]:
    """Return the three usual answers, in their order."""
    return [row for name in ANSWERS if name not in ORDINARY for row in answers if row["answer"] == name]


def ordinary(answers: Sequence[Row]) -> list[Row]:
    """Return the ordinary reasons that are often forgotten, those with orders first."""
    rows = [row for row in answers if row["answer"] in ORDINARY]
    return sorted(rows, key=lambda row: (-(row["n"] or 0), ORDINARY.index(row["answer"])))


def named(answers: Sequence[Row]) -> Joined:
    """Return answers by name."""
    return Joined(tuple(ANSWERS[row["answer"]] for row in answers))


def signs(codes: Sequence[str]) -> Joined | None:
    """Return what is seen, or would be, in words; None for nothing."""
    return Joined(tuple(SIGNS.get(code) or Data(code) for code in codes)) if codes else None


def shown(row: Row) -> list[Phrase]:
    """Return what the data shows of an answer: what is as it would be, then what speaks against it."""
    out = []
    if row["seen"]:
        out.append(_("seen: {signs}", signs=signs(row["seen"])))
    if row["against"]:
        out.append(_("against it: {signs}", signs=signs(row["against"])))
    if not out:
        blind = row["fit"] == "cannot_tell"
        out.append(_("this data lacks what would show it") if blind else _("none of it is seen"))
    return out


STATES: Final[Mapping[str, Phrase]] = {
    "kept": _("kept as said"),
    "extended": _("extended, and said so in time"),
    "broken": _("broken"),
    "open": _("open: not due by the end of the data"),
    "cannot_tell": _("cannot tell"),
}
REASONS: Final[Mapping[str, Phrase]] = {
    "repeated_extension": _("extended three times or more"),
    "price_stays": _("the price stayed"),
    "price_back_late": _("the price ended later than said"),
    "sold_beyond": _("more was sold than was said to be left"),
    "orders_go_on": _("orders went on after 'sold out'"),
    "stock_shown": _("stock was shown after 'sold out'"),
    "offer_returns": _("the same offer came back"),
    "no_record": _("what happened to it is not recorded"),
    "no_product": _("it names no product"),
    "no_number": _("it names no number"),
    "no_price": _("its price is not recorded"),
    "outside": _("needs data from outside"),
}


def promise(row: Row) -> object:
    """Return what was promised, as understood from the host's words."""
    n = row["number"]
    match row["obligation"]:
        case "time" if n is not None:
            return _("for {time} only", time=length(n))
        case "quantity" if n is not None:
            return _n("{n} piece left", "{n} pieces left", n, n=n)
        case "sold_out":
            return _("sold out")
        case "today":
            return _("today only")
        case "session":
            return _("in this broadcast only")
        case "sold_count" if n is not None:
            return _("{n} sold so far", n=n)
        case "untested":
            return _("a claim that needs data from outside")
    return Data(row["claim"])


def outcome(row: Row) -> Phrase:
    """Return what became of a promise, and why where there is more to say."""
    state = STATES[row["state"]] if row["state"] in STATES else STATES["cannot_tell"]
    why = REASONS.get(row["reason"])
    if why is None:
        return state
    if row["reason"] == "sold_beyond" and row["n_over"]:
        return _("{state}: {n} more were sold", state=state, n=row["n_over"])
    return _("{state}: {why}", state=state, why=why)
