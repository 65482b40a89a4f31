"""Lists of chat messages in one JSON document: an object a message, with author, message and time."""

import re
from collections.abc import Iterable
from typing import Any, Final

from truecrowd.ingest.chat_rows import POLL_WINDOW_S, ChatRows, Columns, columns_of, is_time
from truecrowd.ingest.importer import About, Importer, Match, Reader, Sample, Sink

_LOOKED_AT: Final = 200
"""Messages recognition looks at."""
_LIST: Final = re.compile(r"\s*\[\s*\{")
"""How a list of objects begins; chat logs begin with a bracket too."""
_PERSON: Final = (("id", "channelId", "_id", "userId"), ("name", "username", "displayName", "nickname"))
"""Keys of an author given as an object: of the id, of the name."""


def recognise(sample: Sample) -> Match | None:
    """Claim a list by the share of its first objects that have author, message and a readable time."""
    value = sample.whole
    if value is None and _LIST.match(sample.text):
        from truecrowd.ingest.documents import value_of_head

        value = value_of_head(sample.text)
    if not isinstance(value, list) or not value:
        return None
    seen = value[:_LOOKED_AT]
    found = [columns_of(list(item)) if isinstance(item, dict) else None for item in seen]
    n_fit = sum(
        columns is not None and columns.is_chat and is_time(item[columns.time])
        for columns, item in zip(found, seen, strict=True)
    )
    if not n_fit:
        return None
    return Match(n_fit / len(seen), "rule 3: a list of objects with author, message, time")


def items(value: object) -> Iterable[object]:
    """Return the messages."""
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


class _Reader:
    __slots__ = ("_columns", "_keys", "_rows", "_sink")

    def __init__(self, about: About, sink: Sink) -> None:
        self._sink = sink
        self._rows = ChatRows(about, sink)
        self._keys: tuple[str, ...] | None = None
        self._columns = Columns("", "", "", "", "", "")

    def feed(self, unit: object) -> None:
        if not isinstance(unit, dict):
            self._sink.reject("bad_json", "comment")
            return
        keys = tuple(unit)
        if keys != self._keys:
            self._keys, self._columns = keys, columns_of(list(keys))
        try:
            self._message(unit)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            self._sink.reject("bad_json", "comment")

    def _message(self, unit: dict[str, Any]) -> None:
        columns = self._columns
        text = unit[columns.text]
        if not isinstance(text, str):
            raise TypeError(text)
        identifier = unit.get(columns.id)
        name = unit.get(columns.name)
        if isinstance(name, dict):
            ids, names = _PERSON
            identifier = identifier or next((name[key] for key in ids if name.get(key)), None)
            name = next((name[key] for key in names if name.get(key)), None)
        room, event = unit.get(columns.room), unit.get(columns.event)
        self._rows.keep(
            unit.get(columns.time), text, str(name or ""), identifier, room=str(room or ""), event=str(event or "")
        )

    def close(self) -> None:
        self._rows.close()


def start(about: About, sink: Sink) -> Reader:
    """Return a reader of one list; it raises InputError where times have no zone and none was given."""
    return _Reader(about, sink)


IMPORTER: Final = Importer(
    name="chat_rows_json",
    version="1",
    state="sample",
    title_en="Chat as a JSON list: one object a message, with author, message and time",
    title_zh="JSON 聊天列表：每个对象一条消息，含作者、内容、时间",
    looks_for="one JSON list of objects with author, message and time",
    unit="document",
    gives=("comment",),
    recognise=recognise,
    start=start,
    items=items,
    poll_window_s=POLL_WINDOW_S,
)
