"""Which text encoding a file has: a BOM, else UTF-8, else GB18030, else nobody guesses."""

from typing import Final

from truecrowd.errors import InputError
from truecrowd.ingest.lines import BOMS

_BAD_UTF8: Final = 0.10
_BAD_GB18030: Final = 0.01
"""Most lines with other than ASCII that may not decode (ingest.md, rule 1, says 1 % for both).

UTF-8 may have more: no other text decodes as UTF-8 by chance, and one flipped byte in a short file must not change how
all the others are read.
"""
_BAD_LINES: Final = 0.05
"""Most lines of all that may decode as neither and still be damage to a file of ASCII: the share that is `partial`."""


def detect(head: bytes, *, where: str) -> str:
    """Return the encoding of a file from its head: utf-8, utf-16-le, utf-16-be or gb18030.

    Raises:
        InputError: Neither UTF-8 nor GB18030 reads the lines that are not ASCII.
    """
    for mark, name in BOMS:
        if head.startswith(mark):
            return name
    lines = head[: head.rfind(b"\n") + 1].split(b"\n")[:-1] or [head]
    if _decodes(b"\n".join(lines), "utf-8"):
        return "utf-8"
    wide = [line for line in lines if not line.isascii()]
    n_bad_utf8 = sum(not _decodes(line, "utf-8") for line in wide)
    n_bad_gb = sum(not _decodes(line, "gb18030") for line in wide)
    if n_bad_utf8 <= _BAD_UTF8 * len(wide):
        return "utf-8"
    if n_bad_gb <= _BAD_GB18030 * len(wide):
        return "gb18030"
    if n_bad_utf8 <= _BAD_LINES * len(lines):
        return "utf-8"
    what = f"text is neither UTF-8 nor GB18030: {n_bad_utf8:,} and {n_bad_gb:,} of {len(lines):,} lines do not decode"
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
