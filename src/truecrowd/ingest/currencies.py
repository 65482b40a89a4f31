"""How many decimals a currency's minor unit has."""

from typing import Final

WHOLE: Final = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
     "XPF")
)  # fmt: skip
"""Currencies without a minor unit (ISO 4217)."""
THOUSANDTHS: Final = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
"""Currencies whose minor unit is a thousandth (ISO 4217)."""


def digits_of(currency: str) -> int:
    """Return the decimals of a currency, ISO 4217; 2 for one that is not known.

    >>> digits_of("CNY"), digits_of("JPY"), digits_of("KWD")
    (2, 0, 3)
    """
    return 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2
