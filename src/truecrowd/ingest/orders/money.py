"""Money of order exports: decimal text in major units -> whole minor units, by the digits of ISO 4217."""

from collections.abc import Mapping as Dict
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.ingest.orders.mapping import MoneyStyle

Minor = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_DIGITS: Final = dict.fromkeys(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ],
    0,
) | dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)
"""ISO 4217, list one; every other currency has two digits."""
_SIGNS: Final = {
    "元": "CNY", "RMB": "CNY", "US$": "USD", "€": "EUR", "£": "GBP", "₫": "VND", "đ": "VND", "฿": "THB", "₱": "PHP",
    "Rp": "IDR", "RM": "MYR", "S$": "SGD", "HK$": "HKD", "NT$": "TWD", "R$": "BRL", "₩": "KRW", "￦": "KRW",
}  # fmt: skip
"""Signs that stand for one currency; ¥ and $ stand for several and tell nothing."""
_CELL: Final = (
    r"^(?P<open>\()?(?P<before>[-+]?)\s*(?P<sign>[A-Za-z]{3}|US\$|S\$|HK\$|NT\$|R\$|RM|Rp\.?|[¥￥$€£₫đ฿₱₩￦])?\s*"
    r"(?P<after>[-+]?)\s*(?P<number>[0-9][0-9.,' \x{a0}\x{202f}]*?)\s*(?P<tail>[A-Za-z]{3}|元|[₫đ€])?\)?$"
)
_LONGEST: Final = 15
"""Digits before the fraction past which an amount is no amount: int64 holds 18 digits of minor units."""


@dataclass(frozen=True, slots=True)
class Money:
    """The distinct amounts of one column.

    Args:
        minor: Minor units, 0 where bad.
        is_bad: Text that is no amount.
        currency: Currency shown in the cell, "" where none is.
        n_rounded: How many had more digits than the currency has.
    """

    minor: Minor
    is_bad: Flags
    currency: list[str]
    n_rounded: int


def digits_of(currency: str) -> int:
    """Return how many digits the minor unit of a currency has.

    >>> digits_of("CNY"), digits_of("JPY"), digits_of("KWD")
    (2, 0, 3)
    """
    return _DIGITS.get(currency, 2)


def shown_currency(texts: pa.Array) -> list[str]:
    """Return the currency each cell shows, "" where it shows none or one of several."""
    found = pc.extract_regex(texts, pattern=_CELL)
    if not len(found):
        return []
    signs = [
        a or b or "" for a, b in zip(found.field("sign").to_pylist(), found.field("tail").to_pylist(), strict=True)
    ]
    return [_SIGNS.get(sign.rstrip("."), sign.upper() if len(sign) == 3 and sign.isalpha() else "") for sign in signs]


def read(texts: pa.Array, currency: str, style: MoneyStyle, styles: Dict[str, MoneyStyle]) -> Money:
    """Return amounts in minor units.

    Args:
        texts: Distinct cells, no nulls.
        currency: ISO 4217 of the cells that show none.
        style: How numbers are written.
        styles: The same by currency, where it differs.
    """
    n = len(texts)
    shown = shown_currency(texts)
    minor, is_bad = np.zeros(n, np.int64), np.ones(n, np.bool_)
    n_rounded = 0
    kinds = np.array([one or currency for one in shown], object)
    for kind in dict.fromkeys(kinds.tolist()):
        at = np.flatnonzero(kinds == kind)
        part = texts.take(pa.array(at))
        minor[at], is_bad[at], rounded = _minor(part, digits_of(kind), styles.get(kind, style))
        n_rounded += rounded
    return Money(minor, is_bad, shown, n_rounded)


def _minor(texts: pa.Array, digits: int, style: MoneyStyle) -> tuple[Minor, Flags, int]:
    found = pc.extract_regex(texts, pattern=_CELL)
    is_cell = found.is_valid()
    number = pc.fill_null(found.field("number"), "") if len(found) else pa.array([], pa.string())
    group, decimal = _escaped(style.group), _escaped(style.decimal)
    grouped = f"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|" if style.group else ""
    shape = f"^(?P<whole>{grouped}[0-9]+)(?:{decimal}(?P<part>[0-9]+))?$"
    parts = pc.extract_regex(number, pattern=shape)
    good = pc.and_(is_cell, parts.is_valid()).to_numpy(zero_copy_only=False)
    if not len(parts) or not good.any():
        return np.zeros(len(texts), np.int64), np.ones(len(texts), np.bool_), 0
    whole = pc.fill_null(parts.field("whole"), "0")
    whole = pc.replace_substring(whole, style.group, "") if style.group else whole
    whole = pc.if_else(pc.equal(whole, ""), "0", whole)
    part = pc.fill_null(parts.field("part"), "")
    good &= pc.utf8_length(whole).to_numpy() <= _LONGEST
    whole = pc.if_else(pa.array(good), whole, "0")
    is_long = pc.utf8_length(part).to_numpy() > digits
    kept = pc.utf8_slice_codeunits(pc.utf8_rpad(part, digits, "0"), 0, digits)
    kept = pc.if_else(pc.equal(kept, ""), "0", kept)
    minor = whole.cast(pa.int64()).to_numpy() * 10**digits + kept.cast(pa.int64()).to_numpy()
    n_rounded = 0
    for at in np.flatnonzero(is_long & good).tolist():
        exact = Decimal(f"{whole[at]}.{str(part[at])[:40]}").scaleb(digits)
        minor[at] = int(exact.to_integral_value(ROUND_HALF_EVEN))
        n_rounded += int(exact != int(minor[at]))
    return np.where(_is_negative(found), -minor, minor) * good, ~good, n_rounded


def _is_negative(found: pa.Array) -> Flags:
    signs = pc.or_(pc.equal(found.field("before"), "-"), pc.equal(found.field("after"), "-"))
    signs = pc.or_(signs, pc.equal(found.field("open"), "("))
    flags: Flags = pc.fill_null(signs, fill_value=False).to_numpy(zero_copy_only=False)
    return flags


def _escaped(sign: str) -> str:
    return f"[{sign}]" if sign not in ("^", "]", "\\", "-") else f"\\{sign}"
