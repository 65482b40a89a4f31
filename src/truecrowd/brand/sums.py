"""Sums of money and shares in words, English and Chinese, exact: never through a float."""

from decimal import Decimal
from typing import Final, Literal

from truecrowd.ingest.currencies import digits_of

Lang = Literal["zh", "en"]
_NAMES: Final[dict[str, tuple[str, str]]] = {
    "CNY": ("元", "yuan"), "USD": ("美元", "US dollars"), "EUR": ("欧元", "euros"), "GBP": ("英镑", "pounds"),
    "JPY": ("日元", "yen"), "HKD": ("港元", "Hong Kong dollars"), "TWD": ("新台币", "Taiwan dollars"),
    "KRW": ("韩元", "won"), "SGD": ("新加坡元", "Singapore dollars"), "MYR": ("林吉特", "ringgit"),
    "THB": ("泰铢", "baht"), "VND": ("越南盾", "dong"), "IDR": ("印尼盾", "rupiah"), "PHP": ("菲律宾比索", "Philippine pesos"),
}  # fmt: skip


def plain(minor: int, currency: str) -> str:
    """Return a sum in digits, without its currency.

    >>> plain(2_000_000, "CNY"), plain(-1_234, "JPY")
    ('20,000.00', '-1,234')
    """
    return f"{Decimal(minor).scaleb(-digits_of(currency)):,f}"


def in_words(minor: int, currency: str, lang: Lang) -> str:
    """Return a sum as a person reads it; a currency without a name here keeps its code.

    >>> in_words(2_000_000, "CNY", "en"), in_words(2_000_000, "CNY", "zh")
    ('20,000.00 yuan', '20,000.00元')
    >>> in_words(-5, "CNY", "en"), in_words(1_234, "JPY", "zh"), in_words(1_234, "CHF", "zh")
    ('-0.05 yuan', '1,234日元', '12.34 CHF')
    """
    number = plain(minor, currency)
    if currency not in _NAMES:
        return f"{number} {currency}"
    zh, en = _NAMES[currency]
    return f"{number}{zh}" if lang == "zh" else f"{number} {en}"


def percent(share: Decimal, lang: Lang) -> str:
    """Return a share as per cent with the digits it was written with, and no more.

    >>> percent(Decimal("0.20"), "en"), percent(Decimal("0.065"), "zh"), percent(Decimal(1), "en")
    ('20 %', '6.5%', '100 %')
    """
    text = f"{share * 100:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text}%" if lang == "zh" else f"{text} %"
