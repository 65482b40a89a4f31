"""Statements: what one entry of the log says, written once and read strictly (docs/decisions/0009, section 3)."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from truecrowd.errors import EvidenceError
from truecrowd.evidence.tiles import MOST_BYTES

TYPES: Final = (
    "segment", "heartbeat", "clock", "detector", "finding", "table", "report", "decision", "review", "appeal",
    "appeal_result", "export", "redaction", "hold", "shred", "key", "anchor",
)  # fmt: skip
MOST_INT: Final = 1 << 53
MOST_DEPTH: Final = 8

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)

Statement = dict[str, Any]


def instant(micros: int | None) -> str | None:
    """Return a time as statements write it.

    >>> instant(0)
    '1970-01-01T00:00:00.000000Z'
    """
    if micros is None:
        return None
    seconds, rest = divmod(micros, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:06d}Z"


def micros(text: str, *, where: str = "statement") -> int:
    """Return the microseconds of a time as statements write it.

    Raises:
        EvidenceError: It has another form.
    """
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise _bad(f"'{text[:40]}' is not a time of a statement", where) from error
    seconds = moment.replace(microsecond=0).timestamp()
    found = int(seconds) * 1_000_000 + moment.microsecond
    if instant(found) != text:
        raise _bad(f"'{text[:40]}' is not a time of a statement", where)
    return found


def fraction(value: float | None) -> str | None:
    """Return a fraction as its shortest decimal text, null for null.

    >>> fraction(0.05), fraction(2.0), fraction(None)
    ('0.05', '2.0', None)
    """
    return None if value is None else repr(float(value))


def statement(kind: str, at_us: int, /, *, tool: str, settings: str | None = None, **said: Any) -> Statement:
    """Return a statement with the fields that every one has.

    Args:
        kind: One of `TYPES`.
        at_us: When it is made, microseconds since 1970.
        tool: Name and version of what makes it.
        settings: Hash of the settings, where some apply.
        said: Its own fields.
    """
    return {"type": kind, "v": 1, "at": instant(at_us), "tool": tool, "settings": settings, **said}


def written(said: Mapping[str, Any]) -> bytes:
    """Return the bytes of a statement: compact, keys sorted.

    Raises:
        EvidenceError: It is longer than an entry may be, or holds what a statement may not.
    """
    try:
        body = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    except (ValueError, TypeError) as error:
        raise _bad(f"a statement cannot be written: {type(error).__name__}", "statement") from error
    parse(body, where="statement")
    return body


def parse(body: bytes, *, where: str) -> Statement:
    """Read one statement.

    Args:
        body: As stored.
        where: Named in errors.

    Raises:
        EvidenceError: It is not strict JSON, or lacks a field that every statement has.
    """
    said = strict_json(body, where=where)
    if not isinstance(said, dict):
        raise _bad("a statement is not an object", where)
    if not isinstance(said.get("type"), str) or said.get("v") != 1 or not isinstance(said.get("at"), str):
        raise _bad("a statement lacks type, v or at", where)
    micros(said["at"], where=where)
    return said


def strict_json(body: bytes, *, where: str) -> Any:
    """Read JSON in the one narrow form we write.

    Raises:
        EvidenceError: Too long, not UTF-8, blanks outside strings, a key twice, a fraction, a large integer, too deep.
    """
    if len(body) > MOST_BYTES:
        raise _bad(f"a statement has {len(body):,} bytes, wanted at most {MOST_BYTES:,}", where)
    try:
        text = body.decode()
        if _depth(text, where) > MOST_DEPTH:
            raise _bad(f"a statement is nested deeper than {MOST_DEPTH}", where)
        found = json.loads(
            text, object_pairs_hook=_object, parse_float=_refused, parse_constant=_refused, parse_int=_integer
        )
        _text(found)
    except (ValueError, RecursionError) as error:
        raise _bad(f"a statement is not strict JSON ({error})"[:200], where) from error
    return found


def _depth(text: str, where: str) -> int:
    """Return the deepest nesting, refusing blanks outside strings."""
    deepest = depth = 0
    for char in _STRING.sub("", text):
        if char in "{[":
            depth += 1
            deepest = max(depth, deepest)
        elif char in "}]":
            depth -= 1
        elif char in " \t\r\n\ufeff":
            raise _bad("a statement has blanks between its parts", where)
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refused(_text: str) -> Any:
    raise ValueError("a number is not an integer")


def _integer(text: str) -> int:
    if len(text) > 17 or not -MOST_INT < (value := int(text)) < MOST_INT or text == "-0":
        raise ValueError("an integer is too large")
    return value


def _text(found: Any) -> None:
    """Refuse lone surrogates, which no UTF-8 can hold."""
    if isinstance(found, str):
        found.encode()
    elif isinstance(found, dict):
        for name, value in found.items():
            name.encode()
            _text(value)
    elif isinstance(found, list):
        for value in found:
            _text(value)


def _bad(what: str, where: str) -> EvidenceError:
    return EvidenceError(what, where=where, fix="keep the file as it is; an entry that was changed cannot be repaired")
