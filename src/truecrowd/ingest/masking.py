"""What in a text could name a person, masked on request (`mask_text`): addresses, mail, IP, phone, @mentions."""

import re
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

_PATTERNS: Final = (
    (r"(?i)\b(?:https?://|www\.)\S+", "<url>"),
    (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", "<mail>"),
    (r"\b(?:\d{1,3}\.){3}\d{1,3}\b", "<ip>"),
    (r"@[^\s@,，。:：!！?？;；()（）]{1,64}", "<name>"),
)
"""RE2 patterns; mail stands before mentions."""
_PHONE: Final = re.compile(r"(?<![\d])\+?\d(?:[ -]?\d){6,14}(?!\d)")
_DIFFERENT: Final = 4
"""Fewest different digits of a phone number: 88888888 is applause."""


def mask(texts: pa.Array) -> pa.Array:
    """Return the texts with what could name a person replaced by its kind; null stays null."""
    for pattern, sign in _PATTERNS:
        texts = pc.replace_substring_regex(texts, pattern=pattern, replacement=sign)
    has_digits = pc.fill_null(pc.match_substring_regex(texts, r"\d[\d -]{5,}\d"), fill_value=False)
    if not pc.any(has_digits).as_py():
        return texts
    masked = [_PHONE.sub(_phone, text) for text in texts.filter(has_digits).to_pylist()]
    return pc.replace_with_mask(texts, has_digits, pa.array(masked, pa.string()))


def _phone(found: re.Match[str]) -> str:
    digits = set(re.sub(r"\D", "", found[0]))
    return "<phone>" if len(digits) >= _DIFFERENT else found[0]
