"""Figures of the brand's audit in words: names, formulas, units, and why one has no value.

O: orders placed; P: orders paid; T: end of the data; E: end of the broadcast. A counted share is exact to two digits.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from truecrowd.surfaces.report import estimates
from truecrowd.surfaces.report.phrases import Data, Money, Phrase, _
from truecrowd.surfaces.report.times import length

TITLES: Final[Mapping[int, Phrase]] = {
    1: _("Refunds by age and shipping state"),
    2: _("Returned orders per returning buyer"),
    3: _("Orders per buyer: how concentrated"),
    4: _("Guaranteed against kept sales"),
    5: _("When orders and refunds came"),
}
"""The five figures, always in this order (brand-audit.md 2)."""
FILES: Final[Mapping[int, str]] = {1: "refunds", 2: "returns-per-buyer", 3: "orders-per-buyer", 4: "sales", 5: "timing"}
"""Names of the files with the rows behind each figure, without folder and ending."""

NAMES: Final[Mapping[str, Phrase]] = {
    "refunded_share": _("refunded so far"),
    "refund_1h": _("within 1 hour of payment"),
    "refund_24h": _("within 24 hours of payment"),
    "refund_72h": _("within 72 hours of payment"),
    "refund_7d": _("within 7 days of payment"),
    "refund_15d": _("within 15 days of payment"),
    "back_before_shipping": _("refunded before shipping"),
    "back_on_the_way": _("refunded on the way"),
    "back_after_delivery": _("refunded after delivery"),
    "back_unknown": _("refunded, shipping state not known"),
    "returned_per_returning_buyer": _("each buyer who returned anything"),
    "returned_per_buyer": _("each buyer"),
    "top_1": _("the buyer with most orders"),
    "top_4": _("the 4 buyers with most orders"),
    "top_10": _("the 10 buyers with most orders"),
    "top_percent": _("the 1% of buyers with most orders"),
    "gini": _("Gini coefficient"),
    "effective_buyers": _("effective number of buyers"),
    "kept_sales": _("kept sales"),
    "guarantee_reach": _("guarantee reached"),
    "guarantee_reach_shown": _("guarantee reached by the shown sales"),
    "in_slot": _("paid inside the slot"),
    "refunded_by_end": _("paid orders refunded by the end of the broadcast"),
    "refunds_1h_after_end": _("refunds in the hour after the end"),
    "refunds_6h_after_end": _("refunds in the 6 hours after the end"),
    "refunds_24h_after_end": _("refunds in the 24 hours after the end"),
    "refunds_densest_10min": _("refunds in the densest 10 minutes"),
    "refunds_after_settlement": _("refunds after the settlement date"),
    "orders_placed": _("orders placed"),
    "orders_paid": _("orders paid"),
    "orders_kept": _("orders kept"),
    "orders_final": _("kept orders past the refund window"),
    "gmv_placed": _("GMV, placed"),
    "gmv_paid": _("GMV, paid"),
    "net_sales": _("net sales"),
    "unpaid_share": _("placed, never paid"),
    "by_merchant_share": _("cancelled by the merchant or the platform"),
    "at_least_excess": _("not explained by the other rooms, at least"),
    "at_least_repeats": _("repeated returns by the same buyers, at least"),
    "gpm": _("GPM: sales per 1,000 views"),
    "uv_value": _("UV value: net sales per viewer"),
    "view_to_order": _("view to order"),
    "click_to_order": _("click to order"),
    "product_click": _("product click"),
    "dwell": _("dwell: watching time per viewer"),
    "interaction": _("interaction"),
    "comment": _("comment rate"),
    "new_fan": _("new fans"),
    "club": _("fan-club joins per viewer"),
    "slot_fee_return": _("slot-fee return"),
    "ad_return": _("ad return"),
    "cost_per_kept_order": _("cost per kept order"),
    "manufactured_share": _("manufactured share of sales"),
    "real_sales": _("net sales without the manufactured part"),
}
"""By `kpis.measure`, without what a column says (`_money`, `_placed`, `_paid`, `_shown`)."""

_KM: Final = _("refunds at that age among the orders old enough (Kaplan-Meier)")
_TOP: Final = _("orders of those buyers / orders of all buyers")
_AFTER: Final = _("refunds in that time / all refunds with a time")
FORMULAS: Final[Mapping[str, Phrase]] = {
    "refunded_share": _("refunded by the end of the data / P"),
    **{f"refund_{name}": _KM for name in ("1h", "24h", "72h", "7d", "15d")},
    "back_before_shipping": _("refunded before shipping / P"),
    "back_on_the_way": _("refunded between shipping and delivery / P"),
    "back_after_delivery": _("refunded after delivery / P"),
    "back_unknown": _("refunded, shipping state not known / P"),
    "returned_per_returning_buyer": _("returned orders / buyers with at least one of them"),
    "returned_per_buyer": _("returned orders / all buyers"),
    **{f"top_{name}": _TOP for name in ("1", "4", "10", "percent")},
    "gini": _("0: every buyer has as many orders; near 1: one buyer has them all"),
    "effective_buyers": _("1 / sum of the squared shares of the buyers"),
    "kept_sales": _("money of paid orders that were not refunded"),
    "guarantee_reach": _("what the guarantee counts / guarantee"),
    "guarantee_reach_shown": _("shown sales / guarantee"),
    "in_slot": _("paid inside the slot / P"),
    "refunded_by_end": _("refunded by E / P"),
    **{f"refunds_{name}_after_end": _AFTER for name in ("1h", "6h", "24h")},
    "refunds_densest_10min": _AFTER,
    "refunds_after_settlement": _AFTER,
    "orders_placed": _("O: different order numbers"),
    "orders_paid": _("P: those of O that were paid"),
    "orders_kept": _("P without those refunded by T"),
    "orders_final": _("kept and older than the refund window"),
    "gmv_placed": _("sum of the amounts of O"),
    "gmv_paid": _("sum of what was paid for P"),
    "net_sales": _("paid money - refunded money at T"),
    "unpaid_share": _("never paid / O"),
    "by_merchant_share": _("cancelled by the merchant or the platform after payment / P"),
    "at_least_excess": _(
        "(lower edge here - highest upper edge there) / (1 - highest upper edge there), refunded before shipping within 24 h, 99% edges"
    ),
    "at_least_repeats": _("returned or closed orders of each buyer beyond an ordinary number / O"),
    "gpm": _("GMV x 1,000 / views"),
    "uv_value": _("net sales / viewers"),
    "view_to_order": _("buyers / viewers"),
    "click_to_order": _("buyers / accounts that clicked on a product"),
    "product_click": _("accounts that clicked on a product / viewers"),
    "dwell": _("watching time / viewers"),
    "interaction": _("accounts that commented, liked, gave or shared / viewers"),
    "comment": _("accounts that commented / viewers"),
    "new_fan": _("accounts that followed / viewers"),
    "club": _("accounts that joined the fan club / viewers"),
    "slot_fee_return": _("net sales / slot fee"),
    "ad_return": _("net sales / ad spend"),
    "cost_per_kept_order": _("(slot fee + commission due) / kept orders"),
    "manufactured_share": _("the estimated share of sales"),
    "real_sales": _("net sales x (1 - manufactured share of sales)"),
}
"""How each is computed; platforms define some of them in other ways."""

STATES: Final[Mapping[str, Phrase]] = {
    "no_orders": _("no orders"),
    "few_orders": _("fewer than 20 orders: counts only"),
    "no_buyers": _("could not look: buyers cannot be told apart"),
    "named_buyers": _("only orders whose buyer can be told apart"),
    "no_refunds": _("could not look: refunds are not recorded"),
    "no_refund_time": _("refunds have no time: one point, age not known"),
    "no_shipping": _("could not look: shipping is not recorded"),
    "no_payment": _("payments are not recorded: every order counts as paid when placed"),
    "no_contract": _("no contract file"),
    "no_broadcast": _("could not look: the end of the broadcast is not known"),
    "no_slot": _("could not look: no slot is known"),
    "no_settlement": _("could not look: no settlement date is known"),
    "no_guarantee": _("the contract as entered has no guarantee"),
    "no_shown": _("not told"),
    "no_audience": _("no audience data"),
    "no_leaves": _("from first to last act: departures are not recorded"),
    "no_amount": _("could not look: amounts are not recorded"),
    "too_young": _("fewer than 20 orders are that old"),
    "no_baseline": _("no other rooms to compare with"),
    "no_share": _("not estimated"),
    "not_a_room": _("orders outside any broadcast"),
    "none_back": _("nothing came back"),
    "no_clicks": _("clicks on products are not recorded"),
    "not_recorded": _("events of that kind are not recorded"),
    "no_fee": _("the contract as entered names no fee"),
    "all_rooms": _("for the whole contract, not for one room"),
    "by_room": _("see each room"),
}
"""By `kpis.state`: why there is no value, or what it lacks."""
_THREE: Final = ("slot_fee_return", "ad_return")
"""Ratios of money to money, to three digits."""

Row = Mapping[str, Any]


def exact(numerator: float, denominator: float) -> str:
    """Return a counted share to two digits, half to even: 85.25%.

    >>> exact(1705, 2000), exact(334, 500), exact(0, 7)
    ('85.25%', '66.80%', '0.00%')
    """
    share = Decimal(numerator) / Decimal(denominator) * 100
    return f"{share.quantize(Decimal('0.01'), ROUND_HALF_EVEN)}%"


def value(row: Row) -> object:
    """Return what one row says; why not, where it has no value."""
    if row["value"] is None:
        return STATES.get(row["state"] or "") or Data(row["state"] or "–")
    match row["unit"]:
        case "share":
            return _share(row)
        case "money" | "money_per":
            return Money(round(row["value"]), row["currency"] or "")
        case "seconds":
            return length(row["value"])
        case "orders":
            return round(row["value"])
        case "buyers":
            return f"{row['value']:,.1f}"
    if row["measure"].startswith("guarantee_reach"):
        return _share(row)
    digits = 3 if row["measure"].removesuffix("_shown") in _THREE else 2
    return f"{row['value']:,.{digits}f}"


def _share(row: Row) -> str:
    if row["basis"] == "estimated":
        return estimates.at_least(row["value"]) if "at_least" in row["measure"] else estimates.percent(row["value"])
    if row["denominator"]:
        return exact(row["numerator"], row["denominator"])
    return f"{row['value'] * 100:.2f}%"


def interval(row: Row) -> str | None:
    """Return both ends of the 95% interval as exact as people use them; None where there is none."""
    if row["low"] is None or row["high"] is None or row["value"] is None:
        return None
    if row["unit"] == "share":
        return f"{row['low'] * 100:.1f}–{row['high'] * 100:.1f}%"
    if row["unit"] in ("money", "money_per"):
        return None
    return f"{row['low']:,.2f}–{row['high']:,.2f}"


def of(row: Row) -> str | None:
    """Return "334 / 500" beside a share of orders; None beside anything else."""
    if row["unit"] != "share" or row["value"] is None or not row["denominator"] or "money" in row["measure"]:
        return None
    if row["numerator"] != round(row["numerator"]):
        return None
    return f"{round(row['numerator']):,} / {round(row['denominator']):,}"


def others(row: Row) -> Phrase | None:
    """Return what the merchant's other rooms had; None where there are none."""
    if not row["n_others"] or row["others_low"] is None or row["unit"] not in ("share", "ratio"):
        return None
    if row["unit"] == "ratio":
        low, high = f"{row['others_low']:.2f}", f"{row['others_high']:.2f}"
    else:
        low, high = (f"{row[name] * 100:.1f}%" for name in ("others_low", "others_high"))
    return _("{low} to {high} in {n} other rooms", low=low, high=high, n=row["n_others"])


def stem(measure: str) -> str:
    """Return the key in `NAMES`: a measure without what its column says.

    >>> stem("back_before_shipping_money"), stem("top_4_placed"), stem("gmv_placed")
    ('back_before_shipping', 'top_4', 'gmv_placed')
    """
    if measure in NAMES:
        return measure
    for ending in ("_money", "_placed", "_paid", "_shown"):
        if measure.endswith(ending) and measure.removesuffix(ending) in NAMES:
            return measure.removesuffix(ending)
    return measure


def name(measure: str) -> object:
    """Return a measure in words; one nobody knows is shown as it is."""
    return NAMES.get(stem(measure)) or Data(measure)


def formula(measure: str) -> object:
    """Return how a measure is computed, in words; one nobody knows has none."""
    return FORMULAS.get(stem(measure)) or "–"


def place(row: Row | None) -> object:
    """Return where a value stands among the user's own rooms; no pass mark, and said where there are too few rooms."""
    if row is None or row["value"] is None:
        return "–"
    if row["percentile"] is None:
        return _("no reference")
    return _("higher than in {share} of them", share=f"{row['percentile'] * 100:.0f}%")


_LINES: Final = (
    ("orders_placed", "orders_shown", "orders_placed", ""),
    ("gmv_placed", "gmv_shown", "gmv_placed", ""),
    ("net_sales", "", "net_sales", "real_sales"),
    ("slot_fee_return", "slot_fee_return_shown", "slot_fee_return", ""),
    ("ad_return", "ad_return_shown", "ad_return", ""),
)
"""Measures that are shown, counted and estimated beside each other: name, then the measure of each column."""


def table(rows: Sequence[Row]) -> list[tuple[str, Row | None, Row | None, Row | None]]:
    """Return the measures that are none of the five figures: name, shown, counted, estimated."""
    by_name = {row["measure"]: row for row in rows}
    paired = {part for _name, *parts in _LINES for part in parts if part}
    out = [(head, *(by_name.get(part) for part in parts)) for head, *parts in _LINES]
    for row in rows:
        if row["measure"] not in paired:
            is_estimated = row["basis"] == "estimated"
            out.append((row["measure"], None, None if is_estimated else row, row if is_estimated else None))
    return [one for one in out if any(one[1:])]  # type: ignore[misc]
