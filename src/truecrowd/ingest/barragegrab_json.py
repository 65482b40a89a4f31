"""Douyin comments as a proxy-based grabber pushes them: `{"Type": 1, "Data": "{...}"}`, JSON inside JSON, one a line.

Only type 1, a comment, is known; every other type is skipped and counted until one has been seen. The messages carry
no platform time: a recorder has to add its own clock (`ts`, `time` or `timestamp` beside `Type`), else they are
rejected. No recording of this kind was seen here.
"""

from typing import Any, Final

import orjson

from truecrowd.ingest.clocks import epoch_us, fault, iso_us
from truecrowd.ingest.identities import by_id, by_name, text_id
from truecrowd.ingest.importer import About, Importer, Match, Reader, Row, Sample, Sink

_COMMENT: Final = 1
_CLOCKS: Final = ("ts", "timestamp", "time", "Time", "CreateTime")


def recognise(sample: Sample) -> Match | None:
    """Claim a file by the share of its lines that have a type and JSON text in `Data`."""
    n_fit = sum(isinstance(value.get("Type"), int) and _is_json(value.get("Data")) for value in sample.objects)
    return Match(n_fit / len(sample.lines), "rule 4: Type + Data holding JSON text") if n_fit else None


def _is_json(text: object) -> bool:
    return isinstance(text, str) and text.lstrip()[:1] == "{"


class _Reader:
    __slots__ = ("_fallback", "_sink")

    def __init__(self, about: About, sink: Sink) -> None:
        self._sink = sink
        self._fallback = about.room or about.stem

    def feed(self, unit: object) -> None:
        assert isinstance(unit, bytes)
        try:
            outer = orjson.loads(unit)
            kind = outer["Type"]
            inner = orjson.loads(outer["Data"]) if kind == _COMMENT else {}
        except (orjson.JSONDecodeError, KeyError, TypeError):
            self._sink.reject("bad_json")
            return
        if kind != _COMMENT:
            self._sink.skip(f"Type {kind}"[:20])
            return
        try:
            self._comment(outer, inner)
        except (KeyError, TypeError, ValueError, AttributeError):
            self._sink.reject("bad_json", "Type 1")

    def _comment(self, outer: dict[str, Any], inner: dict[str, Any]) -> None:
        told = next((each[name] for each in (outer, inner) for name in _CLOCKS if each.get(name)), None)
        ts, has_zone = iso_us(told) if isinstance(told, str) and not told.isdigit() else (epoch_us(told), True)
        if not ts or not has_zone:
            self._sink.reject("bad_ts" if ts else fault(told), "Type 1")
            return
        text, user = inner["Content"], inner["User"]
        if not isinstance(text, str):
            raise TypeError(text)
        row: Row = {
            "ts": ts, "ts_kind": "capture", "event_type": "comment", "text": text,
            "source_room_id": text_id(inner.get("RoomId")) or self._fallback,
        }  # fmt: skip
        if text_id(inner.get("RoomId")):
            row["room_id"] = row["source_room_id"]
        if text_id(inner.get("MsgId")):
            row["event_id"] = text_id(inner["MsgId"])
        identifier, name = text_id(user.get("Id")), user.get("Nickname")
        if identifier in ("", "0") and isinstance(name, str) and name:
            row["account_id"], row["id_kind"] = by_name(name)
        else:
            row["account_id"], row["id_kind"] = by_id(identifier)
        self._sink.keep("Type 1", row)

    def close(self) -> None:
        """Nothing is held back."""


def start(about: About, sink: Sink) -> Reader:
    """Return a reader of one file."""
    return _Reader(about, sink)


IMPORTER: Final = Importer(
    name="barragegrab_json",
    version="1",
    state="unverified",
    title_en="Douyin comments of a proxy grabber, JSON inside JSON",
    title_zh="抖音弹幕抓取程序的评论，JSON 中套 JSON",
    looks_for='JSON lines with "Type" and JSON text in "Data"',
    unit="line",
    gives=("comment",),
    recognise=recognise,
    start=start,
)
