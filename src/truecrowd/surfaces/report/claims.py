"""The lines of a claim in words: what each is, by which clause as entered, its range; three sums, never one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from truecrowd.surfaces.report.measures import exact
from truecrowd.surfaces.report.phrases import Data, Joined, Money, Phrase, _, _n

Row = Mapping[str, Any]

LINES: Final[Mapping[str, Phrase]] = {
    "shown": _("sales placed"),
    "unpaid": _("never paid"),
    "refunded": _("refunded"),
    "kept": _("kept sales"),
    "slot_fee_return": _("slot-fee return"),
    "guarantee_reach": _("guarantee reached"),
    "channels_barred": _("real buyers from channels that the contract bars"),
    "manufactured": _("manufactured orders"),
    "commission_due": _("commission due"),
    "left": _("left after commission"),
    "commission_back": _("commission paid beyond what is due"),
    "fee_back": _("slot fee back"),
    "make_up": _("to be made up in goods"),
    "penalty": _("penalty"),
    "claimed": _("together"),
    "check": _("check: fee and commission beyond what was kept"),
}
BASES: Final[Mapping[str, Phrase]] = {
    "counted": _("counted"),
    "estimated": _("estimated"),
    "only_if": _("only if"),
}
DAYS: Final[Mapping[str, Phrase]] = {
    "settlement": _("settlement"),
    "run_again": _("every order is final: run this again"),
    "claim_until": _("last day for a claim, as entered"),
}
NOT_COMPUTED: Final[Mapping[str, Phrase]] = {
    "interest": _("interest"),
    "tax": _("tax"),
    "freight": _("freight"),
    "goods": _("goods"),
    "lawyers": _("lawyers"),
}


def amount(line: Row) -> object:
    """Return the sum or ratio of a line; a ratio of a guarantee as a share."""
    if line["kind"] == "ratio":
        if line["value"] is None:
            return _("not known")
        return exact(line["value"], 1) if line["line"] == "guarantee_reach" else f"{line['value']:.3f}"
    if line["basis"] == "estimated" and line["low"] is not None and line["high"] is not None:
        if line["low"] == line["high"]:
            return _("at least {sum}", sum=_money(line, "low"))
        return _("{low} to {high}", low=_money(line, "low"), high=_money(line, "high"))
    return _("not estimated") if line["amount_minor"] is None else _money(line, "amount_minor")


def _money(line: Row, key: str) -> Money:
    return Money(line[key], line["currency"] or "")


def formula(line: Row) -> object:
    """Return how a line is computed: in figures, or in words where bounds of a share stand in it."""
    if "at_least" in line["formula"]:
        return _("amounts x the lower bounds of the manufactured share")
    return Data(line["formula"])


def spread(line: Row) -> Phrase | None:
    """Return what a counted line may still become when the young orders are final; None where it stays."""
    if line["basis"] == "estimated" or line["amount_minor"] is None or line["kind"] == "check":
        return None
    if line["high"] is not None and line["high"] != line["amount_minor"]:
        return _("up to {sum} once every order is final", sum=_money(line, "high"))
    if line["low"] is not None and line["low"] != line["amount_minor"]:
        return _("down to {sum} once every order is final", sum=_money(line, "low"))
    is_all = line["line"] == "fee_back" and "max(" not in line["formula"]
    if line["high"] is None and line["kind"] == "claim" and not is_all:
        return _("at least; young orders may add to it")
    return None


def facts(lines: Sequence[Row]) -> list[Row]:
    """Return the lines that are no claim: what was counted, ratios, what is due."""
    return [line for line in lines if line["kind"] in ("fact", "ratio", "due")]


def asked(lines: Sequence[Row], basis: str) -> list[Row]:
    """Return the lines of one basis that may be claimed, goods too."""
    return [line for line in lines if line["kind"] in ("claim", "goods") and line["basis"] == basis]


def together(lines: Sequence[Row], basis: str) -> Row | None:
    """Return the sum of one basis; None where there is nothing to add."""
    return next((line for line in lines if line["line"] == "claimed" and line["basis"] == basis), None)


def clause(line: Row) -> Phrase | None:
    """Return the clause a line stands on, as the reader entered it; None where none was named."""
    return _("by {clause} as entered", clause=Data(line["clause"])) if line["clause"] else None


def in_short(lines: Sequence[Row]) -> Phrase | None:
    """Return the counted sum alone, for the top of a report; None where nothing was counted."""
    total = together(lines, "counted")
    if total is None:
        return None
    parts = [line for line in asked(lines, "counted") if line["kind"] == "claim" and line["amount_minor"]]
    names = Joined(tuple(LINES[line["line"]] for line in parts))
    if not parts:
        return _("Under the contract as entered, counted: {sum}", sum=_money(total, "amount_minor"))
    return _("Under the contract as entered, counted: {sum} ({names})", sum=_money(total, "amount_minor"), names=names)


def countdown(row: Row) -> Phrase:
    """Return a day that matters, counted from the end of the data: a report knows no today."""
    n, what = row["days_left"], DAYS.get(row["code"]) or Data(row["code"])
    if n == 0:
        return _("{day}: {what}, the day on which this data ends", day=row["day"], what=what)
    if n < 0:
        return _n(
            "{day}: {what}, {n} day before the end of this data", "{day}: {what}, {n} days before the end of this data",
            -n, day=row["day"], what=what, n=-n,
        )  # fmt: skip
    return _n(
        "{day}: {what}, {n} day after the end of this data", "{day}: {what}, {n} days after the end of this data",
        n, day=row["day"], what=what, n=n,
    )  # fmt: skip


def not_computed(codes: Sequence[str]) -> Joined:
    """Return what a claim may hold and this never computes."""
    return Joined(tuple(NOT_COMPUTED.get(code) or Data(code) for code in codes))
