"""The counts of orders and the five figures in sentences: exact numbers, their date, what they are held against."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from truecrowd.surfaces.report.measures import exact, interval, of, others, stem, value
from truecrowd.surfaces.report.phrases import Money, Phrase, _, _n
from truecrowd.surfaces.report.times import moment

Row = Mapping[str, Any]
Counts = Mapping[str, Any]


def counted(counts: Counts) -> Phrase:
    """Return the first line of a report of orders alone: counts, never a share of anything manufactured."""
    n = counts["paid"] if counts["has_payment"] and counts["paid"] is not None else counts["placed"]
    if not counts["placed"]:
        return _("0 orders were found in this data")
    back, early = counts["back"], counts["before_shipping"]
    if not counts["has_refunds"] or back is None:
        return (
            _("{n} paid orders; this data does not record refunds", n=n)
            if counts["has_payment"]
            else _("{n} orders; this data does not record refunds", n=n)
        )
    if early is None:
        return (
            _("{back} of {n} paid orders were refunded; shipping is not recorded", back=back, n=n)
            if counts["has_payment"]
            else _("{back} of {n} orders were refunded; shipping is not recorded", back=back, n=n)
        )
    if not counts["has_payment"]:
        return _("{back} of {n} orders were refunded, {early} before shipping", back=back, n=n, early=early)
    return _("{back} of {n} paid orders were refunded, {early} before shipping", back=back, n=n, early=early)


def day(iso: str | None, where: tzinfo) -> str:
    """Return the date of an instant in the report's zone."""
    return "–" if iso is None else f"{moment(iso, where):%Y-%m-%d}"


def bars(counts: Counts) -> list[tuple[Phrase, int]]:
    """Return what became of the orders, as counts: what the data does not record is left out, never 0."""
    named = (
        (_("orders placed"), "placed"),
        (_("orders paid"), "paid" if counts["has_payment"] else ""),
        (_("refunded before shipping"), "before_shipping"),
        (_("refunded on the way"), "on_the_way"),
        (_("refunded after delivery"), "after_delivery"),
        (_("refunded, shipping state not known"), "unknown"),
        (_("orders kept"), "kept"),
    )
    out = [(name, counts[key]) for name, key in named if key and counts[key] is not None]
    return [(name, n) for name, n in out if n or name.message != "refunded, shipping state not known"]


def leads(figure: int, rows: Sequence[Row], as_of: str | None, where: tzinfo) -> list[Phrase]:
    """Return the sentences of one figure, the fact first; empty where no row has a value."""
    known = {row["measure"]: row for row in rows if row["value"] is not None}
    said = {1: _refunds, 2: _returns, 3: _concentration, 4: _sales, 5: _timing}[figure](known)
    if said is None:
        return []
    return [_("{text}, as of {day}.", text=said, day=day(as_of, where)), *_beside(figure, known)]


def _refunds(known: Mapping[str, Row]) -> Phrase | None:
    for name in ("back_before_shipping", "refunded_share"):
        if name in known:
            row = known[name]
            n, m = round(row["numerator"]), round(row["denominator"])
            if name == "refunded_share":
                return _("{n} of {m} paid orders ({share}) were refunded", n=n, m=m, share=exact(n, m))
            return _("{n} of {m} paid orders ({share}) were refunded before shipping", n=n, m=m, share=exact(n, m))
    return None


def _returns(known: Mapping[str, Row]) -> Phrase | None:
    row = known.get("returned_per_returning_buyer")
    if row is None:
        return None
    n, m = round(row["numerator"]), round(row["denominator"])
    return _n(
        "{n} returned orders by {m} buyer: {each} each",
        "{n} returned orders by {m} buyers: {each} each",
        m, n=n, m=m, each=value(row),
    )  # fmt: skip


def _concentration(known: Mapping[str, Row]) -> Phrase | None:
    row = known.get("top_4_placed") or known.get("top_1_placed")
    if row is None or not row["denominator"]:
        return None
    n, m = round(row["numerator"]), round(row["denominator"])
    if row["measure"] == "top_1_placed":
        return _("{n} of {m} orders ({share}) were placed by the buyer with most", n=n, m=m, share=exact(n, m))
    return _("{n} of {m} orders ({share}) were placed by the 4 buyers with most", n=n, m=m, share=exact(n, m))


def _sales(known: Mapping[str, Row]) -> Phrase | None:
    kept, reach = known.get("kept_sales"), known.get("guarantee_reach")
    if kept is None:
        return None
    sums = Money(round(kept["value"]), kept["currency"] or "")
    if reach is None:
        return _("Kept sales: {sum}", sum=sums)
    return _("Kept sales: {sum}, {reach} of the guarantee", sum=sums, reach=value(reach))


def _timing(known: Mapping[str, Row]) -> Phrase | None:
    row = known.get("refunded_by_end")
    if row is not None:
        n, m = round(row["numerator"]), round(row["denominator"])
        return _(
            "{n} of {m} paid orders ({share}) were refunded by the end of the broadcast", n=n, m=m, share=exact(n, m)
        )
    row = known.get("in_slot")
    if row is not None and row["denominator"]:
        n, m = round(row["numerator"]), round(row["denominator"])
        return _("{n} of {m} paid orders ({share}) were paid inside the slot", n=n, m=m, share=exact(n, m))
    row = known.get("refunds_densest_10min")
    if row is None:
        return None
    return _("{share} of all refunds came within the densest 10 minutes", share=value(row))


def _beside(figure: int, known: Mapping[str, Row]) -> list[Phrase]:
    """Return how sure a figure is and what it is held against: other rooms, chance; said where there is nothing."""
    lead = {
        1: ("back_before_shipping", "refunded_share"), 2: ("returned_per_returning_buyer",), 3: ("top_4_placed",),
        5: ("refunded_by_end", "in_slot", "refunds_densest_10min"),
    }  # fmt: skip
    row = next((known[name] for name in lead.get(figure, ()) if name in known), None)
    if row is None:
        return []
    out = []
    if interval(row) is not None:
        out.append(_("95% interval {interval}", interval=interval(row)))
    if row["p_value"] is not None:
        out.append(_("Refund marks shuffled over the same orders give as much in {share} of cases.",
                     share=_chance(row["p_value"])))  # fmt: skip
    if others(row) is not None:
        out.append(_("In this merchant's other rooms: {others}.", others=others(row)))
    elif figure == 1:
        out.append(_("No other room to compare with: the rate alone supports no conclusion."))
    return out


def _chance(p: float) -> str:
    return "<0.1%" if p < 0.001 else f"{p * 100:.1f}%"


COLUMNS: Mapping[int, tuple[tuple[str, Phrase], ...]] = {
    1: (("", _("of orders")), ("_money", _("of money"))),
    3: (("_placed", _("orders placed")), ("_paid", _("orders paid"))),
}
"""Columns of a figure's table: the ending of the measures in it, and its head."""
_ONLY: tuple[tuple[str, Phrase], ...] = (("", _("value")),)


def columns(figure: int) -> tuple[tuple[str, Phrase], ...]:
    """Return the columns of a figure's table."""
    return COLUMNS.get(figure, _ONLY)


def table(figure: int, rows: Sequence[Row]) -> list[tuple[str, list[Row | None]]]:
    """Return a figure's rows with a cell a column, in their order; several currencies give several rows."""
    ends = [end for end, _head in columns(figure)]
    out: list[tuple[str, list[Row | None]]] = []
    for row in rows:
        key = stem(row["measure"]) if figure in COLUMNS else row["measure"]
        end = row["measure"].removeprefix(key)
        at = ends.index(end) if end in ends else 0
        free = next((cells for name, cells in out if name == key and cells[at] is None), None)
        if free is None:
            free = [None] * len(ends)
            out.append((key, free))
        free[at] = row
    return out


def beside_value(row: Row) -> list[object]:
    """Return what stands small beside a value: of how many, its interval, without ordinary reasons, other rooms."""
    out: list[object] = []
    if of(row) is not None:
        out.append(of(row))
    if interval(row) is not None:
        out.append(_("95% interval {interval}", interval=interval(row)))
    if row["value"] is not None and row["state"]:
        out.append(value({**row, "value": None}))
    if row["without_ordinary"] is not None and row["without_ordinary"] != row["value"]:
        rest = value({**row, "value": row["without_ordinary"], "numerator": None, "denominator": None})
        out.append(_("without ordinary reasons {value}", value=rest))
    if others(row) is not None:
        out.append(others(row))
    return out
