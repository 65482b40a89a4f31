"""Lines of an XML file cut into its elements by expat; a broken line costs its own row only.

Nothing is expanded: a document type (and with it every entity of one's own) is refused.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from truecrowd.errors import InputError
from truecrowd.ingest.importer import Sink

ROWS: Final = frozenset(("d", "gift", "sc", "guard", "toast"))
_TOLD: Final = frozenset(("BililiveRecorderRecordInfo", "room_id", "record_start_time"))
_HEADS: Final = (b"<d ", b"<gift ", b"<sc ", b"<guard ", b"<toast ")
_DOCUMENT: Final = (b"<?xml", b"<i>", b"<i ")
_MOST_TEXT: Final = 1 << 20
"""Longest text of one row, characters."""
_MOST_WAITING: Final = 8 << 20
"""Bytes fed without one tag ending, after which what is open is given up."""
_FORBIDDEN: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(slots=True)
class Element:
    """One element with its attributes and text."""

    name: str
    attributes: dict[str, str]
    text: str = ""


class Parts:
    """Gives `take` every row and every word on the recording; counts the other lines as skipped."""

    __slots__ = (
        "_chunks", "_is_fresh", "_n_calls", "_n_text", "_n_waiting", "_open", "_parser", "_sink", "_source", "_take",
        "n_replaced",
    )  # fmt: skip

    def __init__(self, sink: Sink, take: Callable[[Element], None], *, source: str) -> None:
        """Start at the head of a document."""
        self._sink = sink
        self._take = take
        self._source = source
        self._open: Element | None = None
        self._chunks: list[str] = []
        self._n_calls = self._n_text = self._n_waiting = 0
        self.n_replaced = 0
        self._is_fresh = False
        self._restart(b"")

    def feed(self, line: bytes) -> None:
        """Take one line; at least one row, skip or reject comes of it, or of the line that ends its row."""
        if _FORBIDDEN.search(line):
            line, n = _FORBIDDEN.subn("\ufffd".encode(), line)
            self.n_replaced += n
        head = line.lstrip()
        is_row = head.startswith(_HEADS)
        if is_row and not self._is_fresh:
            self._give_up()
            self._restart(b"<i>")
        elif head.startswith(_DOCUMENT):
            self._give_up()
            self._restart(b"")
        was_open, before = self._open, self._n_calls
        self._parse(line + b"\n", may_retry=is_row)
        if self._n_calls > before or (self._open is not None and was_open is None):
            self._is_fresh = is_row and self._open is None and line.rstrip().endswith(b">") and b"<!" not in line
            return
        self._is_fresh = False
        if is_row:
            self._reject("bad_xml")
            self._restart(b"<i>")
        else:
            self._n_calls += 1
            self._sink.skip("xml")

    def close(self) -> None:
        """Count a row that the file's end cut."""
        self._give_up()
        if self.n_replaced:
            self._sink.note(f"{self.n_replaced:,} control characters that XML does not allow; each became U+FFFD")

    def _parse(self, text: bytes, *, may_retry: bool) -> None:
        """Parse a line; one that begins a row is tried once more by itself where the line before spoiled it."""
        self._n_waiting += len(text)
        before = self._n_calls
        try:
            self._parser.Parse(text)
        except expat.ExpatError:
            self._open = None
            if may_retry and self._n_calls == before:
                self._restart(b"<i>")
                self._parse(text, may_retry=False)
                return
            self._reject("bad_xml")
            self._restart(b"<i>")
            return
        if self._n_waiting > _MOST_WAITING or self._n_text > _MOST_TEXT:
            self._open = None
            self._reject("too_long")
            self._restart(b"<i>")

    def _restart(self, prefix: bytes) -> None:
        """Begin anew; the encoding is ours (UTF-8), whatever the file says."""
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        if hasattr(parser, "SetReparseDeferralEnabled"):
            parser.SetReparseDeferralEnabled(False)  # noqa: FBT003
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self._parser = parser
        self._open = None
        self._n_waiting = self._n_text = 0
        if prefix:
            parser.Parse(prefix)
        self._is_fresh = bool(prefix)

    def _give_up(self) -> None:
        if self._open is not None:
            name, self._open = self._open.name, None
            if name in ROWS:
                self._reject("bad_xml", name)

    def _reject(self, reason: str, native: str = "") -> None:
        self._n_calls += 1
        self._sink.reject(reason, native)

    def _refuse(self, *_: object) -> None:
        what = "the XML declares a document type, which is not read: it can make a small file endless"
        raise InputError(what, where=self._source, fix="remove the <!DOCTYPE ...> line")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._n_waiting = 0
        if name in ROWS or name in _TOLD:
            self._give_up()
            self._open, self._chunks, self._n_text = Element(name, attributes), [], 0

    def _text(self, text: str) -> None:
        if self._open is not None and self._n_text <= _MOST_TEXT:
            self._n_text += len(text)
            self._chunks.append(text)

    def _end(self, name: str) -> None:
        self._n_waiting = 0
        element = self._open
        if element is None or element.name != name:
            return
        self._open, self._n_text = None, 0
        element.text = "".join(self._chunks)
        if name in ROWS:
            self._n_calls += 1
        self._take(element)
