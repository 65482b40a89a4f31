"""Bilibili comments as XML under one root `<i>`: two recorders (BililiveRecorder, blrec) and the video style.

A comment is `<d p="offset,mode,size,colour,sent,pool,who,id">`. Recorders write the platform's time in milliseconds,
the video style in seconds, and names nobody: it gives the CRC32 of an id, which collides and links nobody. Gifts,
guards and super chats carry seconds since the recording's start, so their time is the recorder's unless the platform's
own message stands beside them (`raw`). What a gift or guard cost is only known from there. No recording was seen here.
"""

import re
from typing import Any, Final

import orjson

from truecrowd.ingest.backlog import Backlog
from truecrowd.ingest.bili_xml_parts import Element, Parts
from truecrowd.ingest.clocks import SECOND_US, epoch_us, fault, iso_us
from truecrowd.ingest.documents import is_deep
from truecrowd.ingest.identities import by_id, text_id
from truecrowd.ingest.importer import About, Importer, Match, Reader, Row, Sample, Sink

_COMMENT_BLOCK: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_ROOT: Final = re.compile(r"\s*(?:<\?[^>]*\?>\s*)*<i(?:\s[^<>]*)?>")
_ROW: Final = re.compile(r"<(d|gift|sc|guard|toast)\s([^<>]*)>")
_P: Final = re.compile(r'\bp\s*=\s*["\']([^"\'<>]*)["\']')
_MARKS: Final = (("<BililiveRecorder", "BililiveRecorder"), ("<recorder>blrec", "blrec"), ("<blrec", "blrec"))
_MOST_FIELDS: Final = 16
_DEEPEST: Final = 32


def recognise(sample: Sample) -> Match | None:
    """Claim a file with root `<i>` by the share of its rows that have their fields."""
    text = _COMMENT_BLOCK.sub("", sample.text)
    if not _ROOT.match(text.lstrip("\ufeff")):
        return None
    rows = [_fits(found[1], found[2]) for found in _ROW.finditer(text)]
    dialect = next((name for mark, name in _MARKS if mark in text), "video style")
    n_strange = sum(line.lstrip()[:1] in ("{", "[") for line in text.split("\n"))
    share = sum(rows) / (len(rows) + n_strange) if rows else float(dialect != "video style")
    return Match(share, f"rule 2: root <i>, {dialect}", dialect) if share else None


def _fits(name: str, attributes: str) -> bool:
    if name != "d":
        return "ts=" in attributes
    found = _P.search(attributes)
    return found is not None and found[1].count(",") >= 6


class _Reader:
    __slots__ = ("_backlog", "_parts", "_sink", "_start_us")

    def __init__(self, about: About, sink: Sink) -> None:
        self._sink = sink
        self._backlog = Backlog(about, sink, home_tz="Asia/Shanghai")
        self._parts = Parts(sink, self._element, source=about.source)
        self._start_us = 0

    def feed(self, unit: object) -> None:
        assert isinstance(unit, bytes)
        self._parts.feed(unit)

    def close(self) -> None:
        self._parts.close()
        self._backlog.close()

    def _element(self, element: Element) -> None:
        """Take one whole element: a row, or a word on the recording."""
        name = element.name
        if name == "BililiveRecorderRecordInfo":
            self._told(element.attributes.get("roomid", ""), element.attributes.get("start_time", ""))
        elif name == "room_id":
            self._told(element.text.strip(), "")
        elif name == "record_start_time":
            self._told("", element.text.strip())
        elif name == "toast":
            self._sink.skip(name)
        else:
            self._row(element)

    def _told(self, room: str, start: str) -> None:
        if room.isdigit():
            self._backlog.is_in(room)
        ts, has_zone = iso_us(start) if start and not start.isdigit() else (epoch_us(start), True)
        if ts and has_zone:
            self._start_us = ts

    def _row(self, element: Element) -> None:
        name = element.name
        try:
            if name == "d":
                self._comment(element)
                return
            raw = _raw(element.attributes.get("raw", ""))
            {"gift": self._gift, "sc": self._super_chat, "guard": self._guard}[name](element, raw)
        except (KeyError, TypeError, AttributeError):
            self._sink.reject("bad_xml", name)
        except (ValueError, OverflowError):
            self._sink.reject("bad_number", name)

    def _comment(self, element: Element) -> None:
        fields = element.attributes["p"].split(",", _MOST_FIELDS)
        if len(fields) < 7:
            self._sink.reject("wrong_width", "d")
            return
        row: Row = {"event_type": "comment", "text": element.text}
        uid, user, who = element.attributes.get("uid"), element.attributes.get("user"), fields[6]
        if uid is not None or (user is not None and who.isdigit()):
            row["account_id"], row["id_kind"] = by_id(uid if uid is not None else who)
        elif who in ("", "0"):
            row["account_id"], row["id_kind"] = by_id(who)
        else:
            row["account_id"], row["id_kind"] = who, "hashed"
        if len(fields) > 7 and fields[7] not in ("", "0"):
            row["event_id"] = fields[7]
        if user and row["id_kind"] == "stable":
            self._backlog.belongs(user, row["account_id"])
        self._hold(element, row, fields[4], fields[0])

    def _gift(self, element: Element, raw: dict[str, Any]) -> None:
        row: Row = {"event_type": "gift", "value": float(raw.get("num") or int(element.attributes["giftcount"]))}
        if raw.get("coin_type") == "gold":
            row["amount_minor"], row["currency"] = round(raw["total_coin"] / 10), "CNY"
        if text_id(raw.get("tid")):
            row["event_id"] = text_id(raw["tid"])
        self._paid(element, row, raw, raw.get("timestamp"))

    def _super_chat(self, element: Element, raw: dict[str, Any]) -> None:
        amount = round(float(raw.get("price") or element.attributes["price"]) * 100)
        row: Row = {"event_type": "gift", "value": 1.0, "amount_minor": amount, "currency": "CNY", "text": element.text}
        self._paid(element, row, raw, raw.get("ts") or raw.get("start_time"))

    def _guard(self, element: Element, raw: dict[str, Any]) -> None:
        number = int(raw.get("num") or element.attributes["count"])
        row: Row = {"event_type": "fan_club", "value": float(number)}
        if raw.get("price"):
            row["amount_minor"], row["currency"] = round(float(raw["price"]) * number / 10), "CNY"
        self._paid(element, row, raw, raw.get("start_time"))

    def _paid(self, element: Element, row: Row, raw: dict[str, Any], sent: object) -> None:
        uid = text_id(raw.get("uid")) or element.attributes.get("uid", "")
        user = element.attributes.get("user") or None
        if uid or user is None:
            row["account_id"], row["id_kind"] = by_id(uid)
            user = None
        self._hold(element, row, sent, element.attributes.get("ts", ""), user)

    def _hold(self, element: Element, row: Row, sent: object, offset: str, name: str | None = None) -> None:
        """Give a row the platform's time, else the recording's start and the seconds since."""
        ts = epoch_us(sent)
        if not ts and sent not in (None, "", 0, "0"):
            self._sink.reject("bad_ts", element.name)
            return
        if not ts and self._start_us and offset:
            ts = self._start_us + round(float(offset) * SECOND_US)
            row["ts_kind"] = "capture"
        if ts <= 0:
            self._sink.reject(fault(sent), element.name)
            return
        self._backlog.hold(element.name, row, ts, name)


def _raw(text: str) -> dict[str, Any]:
    """Return the platform's own message beside a row; {} where there is none that can be read."""
    if not text or is_deep(text.encode("utf-8", "replace"), _DEEPEST):
        return {}
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def start(about: About, sink: Sink) -> Reader:
    """Return a reader of one file."""
    return _Reader(about, sink)


IMPORTER: Final = Importer(
    name="bili_xml",
    version="1",
    state="source",
    title_en="Bilibili comments as XML (BililiveRecorder, blrec, video style)",
    title_zh="B 站弹幕 XML（录播姬、blrec、视频弹幕格式）",
    looks_for='XML with root <i> and rows <d p="..."> of 7 fields or more',
    unit="line",
    gives=("comment", "gift", "fan_club"),
    recognise=recognise,
    start=start,
)
