"""Buyers known by a contact only: tokens in place of mail addresses and telephone numbers."""

import hmac
import re
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.ingest.orders.cells import Column, Ints

_DIGITS: Final = 16
_CHINA: Final = re.compile(r"1[0-9]{10}")


class Contacts:
    """One run's tokens: keyed hashes under KEYFILE, else running numbers that mean nothing outside the run."""

    def __init__(self, key: bytes | None) -> None:
        """`key` as `--pseudonymise` gives it."""
        self._key = key
        self._known: dict[str, str] = {}

    def tokens(self, contacts: Column, ts: Ints) -> Column:
        """Return a column of tokens; numbers run by first appearance in time, so that equal rows give equal numbers.

        Args:
            contacts: Contacts as they stand.
            ts: Time of each row, microseconds.
        """
        plain = [normal(text) for text in contacts.values.to_pylist()]
        first = np.full(len(plain), np.iinfo(np.int64).max)
        filled = contacts.codes >= 0
        np.minimum.at(first, contacts.codes[filled], ts[filled])
        for at in sorted(range(len(plain)), key=lambda at: (first[at], plain[at])):
            if plain[at] not in self._known:
                self._known[plain[at]] = self._token(plain[at])
        tokens = pa.array([self._known[text] for text in plain], pa.string())
        return contacts.changed(lambda _: tokens)

    def _token(self, contact: str) -> str:
        if self._key is None:
            return f"c{len(self._known) + 1}"
        return hmac.digest(self._key, b"contact\x1f" + contact.encode(), "sha256").hex()[:_DIGITS]


def normal(contact: str) -> str:
    """Return a contact as everybody would write it: mail in lower case, a telephone number as E.164.

    >>> normal(" Mia@Example.COM"), normal("0086 139-0000-0000"), normal("13900000000")
    ('mia@example.com', '+8613900000000', '+8613900000000')
    """
    text = contact.strip().lower()
    digits = re.sub(r"[\s().-]", "", text)
    if "@" in text or not re.fullmatch(r"\+?[0-9]{6,15}", digits):
        return text
    digits = "+" + digits[2:] if digits.startswith("00") else digits
    return f"+86{digits}" if _CHINA.fullmatch(digits) else digits
