"""`truecrowd audit --init`: what a file cannot know is asked, a contract file is written from the answers.

Answers are read line by line, so a pipe answers as well as a person; Enter, or the end of the input, leaves a question
out. Nothing is guessed, and nothing is written before everything has been read back.
"""

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

from truecrowd.brand.deal import BASES, PENALTIES, REMEDIES, Deal
from truecrowd.errors import ConfigError, InputError
from truecrowd.ingest import Options
from truecrowd.ingest.times import zone
from truecrowd.surfaces import answers
from truecrowd.surfaces.answers import UnclearError, Value
from truecrowd.surfaces.contract import said_back
from truecrowd.surfaces.dialogue import Talk
from truecrowd.surfaces.order_stub import stub_for
from truecrowd.surfaces.output import write_file
from truecrowd.surfaces.probe import Found, found, look
from truecrowd.surfaces.report.phrases import Data, Phrase, _, _n
from truecrowd.surfaces.terminal import Looks

HOME_TZ: Final = "Asia/Shanghai"
CONTRACT: Final = Path("deal.toml")
MAPPING: Final = Path("mapping.toml")
_OF_ORDERS: Final = ("order", "payment", "ship", "deliver", "refund", "account_id", "product_id", "amount_minor")
"""What figures of orders need: said where a file lacks it."""
_SHOWN: Final[dict[str, Phrase]] = {
    "orders": _("Orders it showed"), "gmv_minor": _("Sales it showed, in {currency}"),
    "views": _("Views it showed"), "viewers": _("Viewers it showed"), "peak_online": _("Most viewers at once it showed"),
    "ad_spend_minor": _("Spent on advertising for it, in {currency}"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guided:
    """What the questions led to.

    Args:
        contract: The contract file that was written.
        tz: Zone of the audit.
        command: What to type next time.
    """

    contract: Path
    tz: str
    command: str


def guided(
    paths: Sequence[str],
    contract: Path | None,
    tz: str | None,
    out: Path,
    looks: Looks,
    *,
    options: Options | None = None,
    extra: Sequence[str] = (),
) -> Guided | None:
    """Ask, write the contract file, and return how to go on; None: the reader said that it is not right.

    Args:
        paths: What is to be audited.
        contract: File to write; None: deal.toml.
        tz: Zone, where it was given.
        out: Folder of the audit, for the command.
        looks: Language and width.
        options: How the files are read; None: recognised.
        extra: Further options of the command, as typed.

    Raises:
        ConfigError: The file is there already, or the input ended on an answer that cannot be read.
        InputError: A path cannot be recognised.
    """
    path = contract or CONTRACT
    if path.exists():
        what = f"{path.name} is already there; --init never writes over a file"
        raise ConfigError(what, where="--contract", fix=f"audit with --contract {path.name}, or name another file")
    talk = Talk(looks, sys.stdin.readline, _write, is_echoed=sys.stdin.isatty())
    is_zoneless = _recognised(talk, paths, options or Options())
    name, local = _zone(talk, tz, is_zoneless=is_zoneless)
    _dialogue(talk, local)
    text = _agreed(talk, paths)
    if text is None:
        talk.say(_("nothing was written"))
        return None
    write_file(path, text.encode())
    shown = ["--tz", name] if is_zoneless or name != HOME_TZ else []
    parts = ["truecrowd", "audit", *paths, *shown, "--contract", str(path), *extra, "--out", str(out)]
    command = shlex.join(parts)
    talk.say(_("written: {file}", file=Data(path.name)))
    talk.say(_("next time: {command}", command=command))
    return Guided(path, name, command)


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _recognised(talk: Talk, paths: Sequence[str], options: Options) -> bool:
    """Say what each file is; return whether the times of any name no zone."""
    is_zoneless = False
    for path in paths:
        for each in _found(path, options, talk.looks):
            if isinstance(each, InputError):
                raise each
            one, shown = look(each)
            is_zoneless |= one.is_zoneless
            talk.say(_about(one, shown.n_rows, is_whole=shown.is_whole))
            missing = [name for name in shown.missing if name in _OF_ORDERS]
            if missing:
                talk.say(_("  not in this file: {names}", names=", ".join(missing)))
    talk.say(_("Enter leaves a question out: what is not written was not agreed."))
    return is_zoneless


def _found(path: str, options: Options, looks: Looks) -> Iterator[Found | InputError]:
    """Yield what is at a path; for an order export that nothing recognises, a mapping is drafted.

    Raises:
        InputError: Nothing recognises it, or it cannot be opened.
    """
    try:
        yield from found(path, options)
    except InputError as error:
        stub = stub_for(error, path, options, looks.lang)
        if stub is None or options.mapping is not None:
            raise
        if MAPPING.exists():
            fix = f"correct {MAPPING} if it is for this file, then add --map {MAPPING}; else move it away"
        else:
            write_file(MAPPING, stub.encode())
            fix = f"{MAPPING} was drafted: correct it, then: {shlex.join(['truecrowd', 'audit', path])} --map {MAPPING} --init"
        raise InputError(error.what, where=error.where, fix=fix) from error


def _about(one: Found, n_rows: int, *, is_whole: bool) -> Phrase:
    recognised = one.planned.recognised
    names = {"file": Data(recognised.source), "format": recognised.format}
    if is_whole:
        return _n("{file}: {format}, {n} event", "{file}: {format}, {n} events", n_rows, n=n_rows, **names)
    return _("{file}: {format}, more than {n} events", n=n_rows, **names)


def _zone(talk: Talk, tz: str | None, *, is_zoneless: bool) -> tuple[str, tzinfo]:
    if tz is not None:
        return tz, zone(tz)
    question = _("Zone of your answers:")
    if is_zoneless:
        question = _("The times in this file name no zone. Which one is it?")

    def as_zone(text: str) -> str:
        try:
            zone(text)
        except ConfigError as error:
            raise UnclearError(_("that is no zone; write it like Asia/Shanghai or +08:00")) from error
        return text

    name = talk.ask(question, as_zone, HOME_TZ) or HOME_TZ
    return name, zone(name)


def _dialogue(talk: Talk, local: tzinfo) -> None:
    steps: tuple[tuple[Phrase, Callable[[], None]], ...] = (
        (_("1 of 4: the broadcast"), lambda: _broadcasts(talk, local)),
        (_("2 of 4: what was agreed"), lambda: _terms(talk)),
        (_("3 of 4: what else the contract says"), lambda: _clauses(talk)),
        (_("4 of 4: what the dashboard or the host told you"), lambda: _told(talk)),
    )
    for head, step in steps:
        talk.say(head)
        step()


def _broadcasts(talk: Talk, local: tzinfo) -> None:
    talk.keep("name", _("What do you call this deal?"), str)
    air: list[tuple[datetime, datetime]] = []
    slots: list[tuple[datetime, datetime]] = []
    question = _("When did the broadcast start? (2020-07-18 19:00)")
    while span := _span(talk, question, _("  and when did it end? (23:00)"), local):
        question = _("When did another broadcast start?")
        if any(start < span[1] and span[0] < end for start, end in air):
            talk.say(_("  left out: it overlaps another broadcast"))
            continue
        air.append(span)
        slot = _span(
            talk, _("  When did your product's turn start? (20:10)"), _("  and when did it end? (20:18)"), local, span
        )
        slots += [slot] if slot else []
    talk.deal |= {key: spans for key, spans in (("broadcast", air), ("slot", slots)) if spans}


def _span(
    talk: Talk, first: Phrase, second: Phrase, local: tzinfo, inside: tuple[datetime, datetime] | None = None
) -> tuple[datetime, datetime] | None:  # fmt: skip
    """Ask for a start and an end; None without a start, or without an end."""

    def as_instant(text: str, after: datetime | None) -> datetime:
        at = answers.instant_of(text, local, after)
        if inside is not None and not inside[0] <= at <= inside[1]:
            raise UnclearError(_("that is outside the broadcast"))
        return at

    earliest = None if inside is None else inside[0]
    start = talk.ask(first, lambda text: _at_or_after(text, local, earliest, as_instant))
    end = None if start is None else talk.ask(second, lambda text: as_instant(text, start))
    return None if start is None or end is None else (start, end)


def _at_or_after(
    text: str, local: tzinfo, earliest: datetime | None, as_instant: Callable[[str, datetime | None], datetime]
) -> datetime:  # fmt: skip
    """Return a start; the very start of the broadcast may be written without its day, too."""
    if earliest is not None and text == f"{earliest.astimezone(local):%H:%M}":
        return earliest
    return as_instant(text, earliest)


def _clause(talk: Talk, key: str) -> None:
    talk.keep(f"{key}_source", _("  Which clause says so?"), str)


def _terms(talk: Talk) -> None:
    def as_currency(text: str) -> str:
        code = text.upper()
        if len(code) == 3 and code.isascii() and code.isalpha():
            return code
        raise UnclearError(_("write its code, like CNY or USD"))

    currency = talk.ask(_("Currency of the contract:"), as_currency, "CNY") or "CNY"
    talk.deal["currency"] = currency
    if talk.keep("slot_fee_minor", _("Fixed fee (slot fee), in {currency}:", currency=currency), _sum(currency)):
        _clause(talk, "slot_fee")
    if talk.keep("commission_share", _("Commission, in per cent:"), answers.share_of):
        _base(talk, "commission_base", _("  Of what?"), "commission_share")
        if "commission_share" in talk.deal:
            paid = _("  Commission paid so far, in {currency}:", currency=currency)
            talk.keep("commission_paid_minor", paid, _sum(currency))
            _clause(talk, "commission")
    if talk.keep("guarantee_minor", _("Guaranteed sales, in {currency}:", currency=currency), _positive(currency)):
        _base(talk, "guarantee_counts", _("  What counts toward them?"), "guarantee_minor")
        _remedy(talk)


def _sum(currency: str) -> Callable[[str], Value]:
    return lambda text: answers.sum_of(text, currency)


def _positive(currency: str) -> Callable[[str], Value]:
    def as_sum(text: str) -> Value:
        minor = answers.sum_of(text, currency)
        if not minor:
            raise UnclearError(_("that is no sum of money; write it like 20,000.00"))
        return minor

    return as_sum


def _base(talk: Talk, key: str, question: Phrase, owner: str) -> None:
    """Ask what counts; without an answer the clause says nothing, and is left out."""
    talk.choose(key, question, ("kept", *(base for base in BASES if base != "kept")))
    if key not in talk.deal:
        talk.say(_("  left out: without that the clause says nothing"))
        del talk.deal[owner]
    elif talk.deal[key] == "settled" and not _settlement(talk, _("  Settled on which day? (2020-07-20)")):
        talk.say(_("  left out: without that the clause says nothing"))
        del talk.deal[owner], talk.deal[key]


def _settlement(talk: Talk, question: Phrase) -> bool:
    """Ask for the day of settlement unless it is known; say whether it is."""
    return "settlement" in talk.deal or talk.keep("settlement", question, _day(talk))


def _day(talk: Talk) -> Callable[[str], Value]:
    """Return what reads a day; one before the first broadcast is a slip."""

    def as_day(text: str) -> Value:
        day = answers.day_of(text)
        air = talk.deal.get("broadcast", ())
        if isinstance(air, list) and day < min(start.date() for start, _end in air):
            raise UnclearError(_("that is before the broadcast"))
        return day

    return as_day


def _remedy(talk: Talk) -> None:
    if "guarantee_minor" not in talk.deal:
        return
    remedies = REMEDIES if talk.deal.get("slot_fee_minor") is not None else ("make_up",)
    talk.choose("guarantee_remedy", _("  And if they are not reached?"), remedies)
    _clause(talk, "guarantee")


def _clauses(talk: Talk) -> None:
    if talk.keep("penalty_share", _("Penalty, in per cent:"), answers.share_of):
        talk.choose("penalty_base", _("  Of what?"), PENALTIES)
        if "penalty_base" in talk.deal:
            _clause(talk, "penalty")
        else:
            talk.say(_("  left out: without that the clause says nothing"))
            del talk.deal["penalty_share"]
    if talk.agrees(_("Does it forbid leading in buyers from private groups?"), default=False):
        talk.deal["channels_barred"] = ["private_groups"]
        talk.choose("channels_remedy", _("  What about their orders?"), ("exclude", "discount"))
        if talk.deal.get("channels_remedy") == "discount":
            talk.keep("channels_discount_share", _("  By how much less, in per cent?"), answers.share_of)
    if talk.agrees(_("Does it say that the stock shown is sold in this room only?"), default=False):
        talk.deal["stock_scope"] = "room"
    _settlement(talk, _("When was commission settled? (2020-07-20)"))
    talk.keep("refund_window_d", _("Days until an order is final:"), answers.count_of, "15")
    talk.keep("claim_until", _("Last day for a claim: (2020-08-31)"), _day(talk))


def _told(talk: Talk) -> None:
    currency = str(talk.deal.get("currency", "CNY"))
    for key, words in _SHOWN.items():
        as_value: Callable[[str], Value] = _sum(currency) if key.endswith("_minor") else answers.count_of
        named = Phrase(words.message, {"currency": currency})
        value = talk.ask(_("{head}:", head=named), as_value)
        if value is not None:
            talk.shown[key] = value


def _agreed(talk: Talk, paths: Sequence[str]) -> str | None:
    """Return the contract file once everything was read back and found right; None where it was not.

    Raises:
        ConfigError: The answers contradict each other.
    """
    remark = f"Written by truecrowd audit --init for {', '.join(Path(path).name for path in paths)}"
    terms = dict(sorted(talk.deal.items(), key=lambda item: _place(item[0])))
    text = answers.deal_text(terms, talk.shown, answers.clean(remark))
    deal = Deal.parse(text, where="--init")
    talk.say(_("What was understood:"))
    for line in said_back(deal, talk.looks.lang):
        talk.write(f"  {line}\n")
    return text if talk.agrees(_("Is that right?"), default=True) else None


def _place(key: str) -> tuple[int, bool]:
    """Return where a key stands in the file: in the order of the page, its source behind it."""
    names = [item.name for item in fields(Deal)]
    stem = key.removesuffix("_source")
    return next(at for at, name in enumerate(names) if name.startswith(stem)), key.endswith("_source")
