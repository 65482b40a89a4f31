"""What a person types, read as sums, shares, days and times; and a contract file written from it.

Nothing here guesses: what can be read in two ways is asked again.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final

from truecrowd.brand.deal import MAX_MINOR
from truecrowd.brand.sums import in_words, percent
from truecrowd.ingest.currencies import digits_of
from truecrowd.surfaces.report.phrases import Phrase, _

MAX_ANSWER: Final = 1_000
"""Longest answer, characters; the rest is cut off."""
_SCALES: Final = {
    "万": 10_000,
    "w": 10_000,
    "千": 1_000,
    "k": 1_000,
    "百万": 1_000_000,
    "m": 1_000_000,
    "亿": 100_000_000,
}
_MONEY: Final = re.compile(
    r"(?:cn)?[¥￥$€£]?\s*([0-9][0-9,]{0,20}(?:\.[0-9]{1,6})?)\s*(百万|[万千亿wkm])?\s*(?:元|块|yuan|rmb|cny|usd|dollars)?"
)
_COUNT: Final = re.compile(r"([0-9][0-9,]{0,20}(?:\.[0-9]{1,6})?)\s*(百万|[万千亿wkm])?\s*[单人条个次]?")
_SHARE: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,8})?)\s*(%|percent|per cent|个点|个百分点)?")
_DAY: Final = re.compile(r"(20[0-9]{2})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_CLOCK: Final = re.compile(r"([0-9]{1,2})[:点时]([0-9]{2})?分?(?::[0-9]{2})?")


class UnclearError(Exception):
    """An answer that cannot be read; `phrase` says how to write it."""

    def __init__(self, phrase: Phrase) -> None:
        super().__init__(phrase.message)
        self.phrase = phrase


def clean(text: str) -> str:
    r"""Return an answer without the spaces around it and without characters nobody sees; full-width ones made plain.

    >>> clean(" ２０，０００\x7f ")
    '20,000'
    """
    folded = unicodedata.normalize("NFKC", text[:MAX_ANSWER])
    return "".join(char for char in folded if unicodedata.category(char)[0] != "C").strip()


def sum_of(text: str, currency: str) -> int:
    """Return minor units.

    >>> sum_of("20,000.00", "CNY"), sum_of("2万元", "CNY"), sum_of("¥1.5万", "CNY"), sum_of("500", "JPY")
    (2000000, 2000000, 1500000, 500)

    Raises:
        UnclearError: It is no sum, or finer than the currency's smallest unit.
    """
    found = _MONEY.fullmatch(text.lower())
    if found:
        value = Decimal(found[1].replace(",", "")) * _SCALES.get(found[2] or "", 1)
        minor = value.scaleb(digits_of(currency))
        if minor == int(minor) <= MAX_MINOR:
            return int(minor)
    raise UnclearError(_("that is no sum of money; write it like 20,000.00"))


def share_of(text: str) -> Decimal:
    """Return a share, 0 to 1; a number of 1 or less needs its per cent sign, for it can be read in two ways.

    >>> share_of("20"), share_of("20%"), share_of("0.5 %"), share_of("6.5个点")
    (Decimal('0.2'), Decimal('0.2'), Decimal('0.005'), Decimal('0.065'))

    Raises:
        UnclearError: It is no share, or unclear.
    """
    found = _SHARE.fullmatch(text.lower())
    if not found or Decimal(found[1]) > 100:
        raise UnclearError(_("that is no share; write it like 20 %"))
    number = Decimal(found[1])
    if number <= 1 and number and not found[2]:
        raise UnclearError(_("is that per cent? Write it with the sign, like 20 % or 0.5 %"))
    return (number / 100).normalize() if number else Decimal(0)


def day_of(text: str) -> date:
    """Return a day.

    >>> day_of("2020-7-20"), day_of("2020年7月20日") == day_of("2020/07/20")
    (datetime.date(2020, 7, 20), True)

    Raises:
        UnclearError: It is no day.
    """
    found = _DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in found.groups())) if found else date.fromisoformat(text)
    except ValueError as error:
        raise UnclearError(_("that is no day; write it like 2020-07-20")) from error


def instant_of(text: str, zone: tzinfo, after: datetime | None = None) -> datetime:
    """Return a time in a zone; behind another one the day may be left out, and after midnight the next one is meant.

    Raises:
        UnclearError: It is no time, or not after `after`.
    """
    day, _gap, clock = text.replace("T", " ").rpartition(" ")
    found = _CLOCK.fullmatch(clock)
    if not found or (not day and after is None):
        raise UnclearError(_("that is no time; write it like 2020-07-18 19:00"))
    on = day_of(day) if day else after.astimezone(zone).date() if after else date.min
    try:
        at = datetime(on.year, on.month, on.day, int(found[1]), int(found[2] or 0), tzinfo=zone)
    except ValueError as error:
        raise UnclearError(_("that is no time; write it like 2020-07-18 19:00")) from error
    if after is not None and at <= after and not day:
        at += timedelta(days=1)
    if after is not None and at <= after:
        raise UnclearError(_("that is not after the start; write the day as well, like 2020-07-18 23:00"))
    return at


def count_of(text: str) -> int:
    """Return a whole number.

    >>> count_of("1,000"), count_of("2.5万"), count_of("500单")
    (1000, 25000, 500)

    Raises:
        UnclearError: It is none.
    """
    found = _COUNT.fullmatch(text.lower())
    number = Decimal(found[1].replace(",", "")) * _SCALES.get(found[2] or "", 1) if found else Decimal("0.1")
    if number != int(number) or number > MAX_MINOR:
        raise UnclearError(_("that is no whole number; write it like 500"))
    return int(number)


Value = str | int | Decimal | date | Sequence[str] | Sequence[tuple[datetime, datetime]]


def deal_text(deal: Mapping[str, Value], shown: Mapping[str, Value], remark: str) -> str:
    """Return a contract file, sums with their words beside them; `Deal.parse` reads the same values back.

    Args:
        deal: Keys of [deal] in the order wanted.
        shown: Keys of [shown].
        remark: First line, a comment.
    """
    currency = str(deal.get("currency", "CNY"))
    lines = [f"# {remark}", "[deal]", *(_line(key, value, currency) for key, value in deal.items())]
    if shown:
        lines += ["", "[shown]", *(_line(key, value, currency) for key, value in shown.items())]
    return "\n".join([*lines, ""])


def _line(key: str, value: Value, currency: str) -> str:
    words = ""
    if isinstance(value, int) and key.endswith("_minor"):
        words = f"  # {in_words(value, currency, 'zh')}, {in_words(value, currency, 'en')}"
    elif isinstance(value, Decimal):
        words = f"  # {percent(value, 'en')}"
    return f"{key} = {_written(value)}{words}"


def _written(value: Value) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return f"{value:_}"
    if isinstance(value, Decimal):
        return f"{value:f}" if "." in f"{value:f}" else f"{value:f}.0"
    if isinstance(value, date):
        return value.isoformat()
    return "[" + ", ".join(_item(each) for each in value) + "]"


def _item(each: str | tuple[datetime, datetime]) -> str:
    if isinstance(each, str):
        return json.dumps(each, ensure_ascii=False)
    start, end = each
    return f"{{ start = {start.isoformat()}, end = {end.isoformat()} }}"
