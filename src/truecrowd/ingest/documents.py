"""One JSON value that fills a file; a cut one is closed where its last whole item ends."""

import re
from typing import Final

import orjson

from truecrowd.errors import InputError
from truecrowd.ingest.lines import Cutter
from truecrowd.ingest.options import Limits

BRACKETS: Final = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\Z)|[{}\[\]]', re.DOTALL)
"""A string, or a bracket outside strings."""
_CLOSERS: Final = {b"{": b"}", b"[": b"]"}


def parse(cutter: Cutter, limits: Limits, *, where: str) -> tuple[object, str]:
    """Return the value, and why it is incomplete ("" if it is whole).

    Raises:
        InputError: The document is larger than the limit, nests too deep, or nothing of it can be read.
    """
    parts: list[bytes] = []
    size = 0
    for block in cutter.blocks():
        size += len(block.text)
        if size > limits.document_bytes or block.is_long:
            what = f"the JSON document is larger than {limits.document_bytes:,} bytes"
            raise InputError(what, where=where, fix="export it in parts, or one JSON object a line")
        parts.append(block.text)
    text = b"".join(parts)
    try:
        return orjson.loads(text), ""
    except orjson.JSONDecodeError as error:
        closed = closed_at_last_item(text)
        if closed is not None:
            try:
                return orjson.loads(closed), "the JSON document ends early"
            except orjson.JSONDecodeError:
                pass
        what = f"the JSON document cannot be read: {error}"
        raise InputError(
            what, where=where, fix="record it again; a cut document is read up to its last item"
        ) from error


def closed_at_last_item(text: bytes) -> bytes | None:
    """Return the text up to the last whole item of its outermost list, and closed; None if there is none."""
    stack: list[bytes] = []
    best: tuple[int, list[bytes]] | None = None
    for found in BRACKETS.finditer(text):
        sign = found[0]
        if sign in _CLOSERS:
            stack.append(sign)
        elif sign in (b"}", b"]"):
            if not stack or _CLOSERS[stack.pop()] != sign:
                break
            if stack and stack[-1] == b"[" and len(stack) <= 2:
                best = (found.end(), stack.copy())
    if best is None:
        return None
    end, still_open = best
    return text[:end] + b"".join(_CLOSERS[sign] for sign in reversed(still_open))


def value_of_head(text: str) -> object:
    """Return the value of a file's head, up to the last whole item of its outermost list; None if there is none."""
    closed = closed_at_last_item(text.encode("utf-8", "replace"))
    try:
        return orjson.loads(closed) if closed else None
    except orjson.JSONDecodeError:
        return None


def depth(text: bytes) -> int:
    """Return the deepest nesting of brackets outside strings.

    >>> depth(b'{"a": [1, "[[["]}')
    2
    """
    level = deepest = 0
    for found in BRACKETS.finditer(text):
        sign = found[0][:1]
        if sign in b"{[":
            level += 1
            deepest = max(deepest, level)
        elif sign in b"}]":
            level -= 1
    return deepest


def is_deep(text: bytes, most: int) -> bool:
    """Whether JSON nests deeper than `most`; counting openers first keeps the usual line cheap."""
    return text.count(b"{") + text.count(b"[") > most and depth(text) > most
