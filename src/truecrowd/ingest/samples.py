"""The head of a file as recognition sees it."""

from typing import Final

import orjson

from truecrowd.ingest.delimited import DELIMITERS, records
from truecrowd.ingest.encoding import text_of
from truecrowd.ingest.importer import Sample
from truecrowd.ingest.lines import Block
from truecrowd.ingest.options import Limits

HEAD: Final = 1 << 20
"""Bytes recognition looks at, after unpacking."""
_LINES: Final = 200
_ENDINGS: Final = (".gz", ".gzip", ".zst", ".zstd")


def base_name(name: str) -> str:
    """Return the file's name without the ending that only says how it is packed."""
    for ending in _ENDINGS:
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name


def stem(name: str) -> str:
    """Return the name without endings: the source room where nothing else names one.

    >>> stem("room12_2019-5-10.txt.gz")
    'room12_2019-5-10'
    """
    base = base_name(name)
    return base.rpartition(".")[0] or base


def sample(name: str, head: bytes, encoding: str, *, is_whole: bool) -> Sample:
    """Return what recognition sees of a file; `is_whole`: the head is all of it."""
    text = text_of(head, encoding)
    if not is_whole:
        text = text[: text.rfind("\n") + 1] or text
    lines = tuple(line.removesuffix("\r") for line in text.split("\n", _LINES)[:_LINES] if line.strip("\r"))
    objects = tuple(value for line in lines if isinstance(value := _json(line), dict))
    whole = _json(text) if is_whole and text.lstrip()[:1] in ("{", "[") else None
    header, delimiter = _header(text) if whole is None and not objects else ((), "")
    return Sample(base_name(name), text, lines, objects, whole, header, delimiter)


def _json(text: str) -> object:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return None


def _header(text: str) -> tuple[tuple[str, ...], str]:
    """Return the first record and its delimiter; nothing where it has one cell only."""
    head = Block(text[:65_536].encode("utf-8", "replace"), 1)
    best: tuple[tuple[str, ...], str] = ((), "")
    for delimiter in DELIMITERS:
        first = next(records([head], delimiter, Limits()), None)
        cells = tuple((cell or "").strip() for cell in first.cells) if first and not first.fault else ()
        if len(cells) >= 2 and len(cells) > len(best[0]):
            best = (cells, delimiter)
    return best
