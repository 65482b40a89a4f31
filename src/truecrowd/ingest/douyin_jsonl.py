"""Douyin live messages, one JSON object a line, as decoders of the web page's stream write them.

Field names are those of the public message definitions, in camel or snake case; no recording of this kind was seen
here. Running totals (`memberCount`, a like's `total`, a gift's `comboCount`) are no values of one event, and diamonds
are no currency.
"""

from collections.abc import Callable
from typing import Any, Final

import orjson

from truecrowd.ingest.clocks import epoch_us, fault
from truecrowd.ingest.identities import by_id, by_name, text_id
from truecrowd.ingest.importer import About, Importer, Match, Reader, Row, Sample, Sink
from truecrowd.ingest.webcast import Combos, Event, binned, comment, like, viewers

_FOLLOW, _SHARE = 1, 3
"""`action` of a social message (from documents)."""
_CLUB: Final = {2: "fan_club", 1: "light_badge"}
"""`type` of a fan-club message (a guess, ingest.md section 2)."""
_CAPTURED: Final = ("ts", "timestamp", "time", "captureTime", "recvTime")
"""Where a recorder may put its own clock."""


def _get(record: Event, name: str) -> Any:
    """Return a field in camel case, else in snake case."""
    value = record.get(name)
    if value is None:
        value = record.get("".join("_" + sign.lower() if sign.isupper() else sign for sign in name))
    return value


def _kind(record: Event) -> str:
    """Return the message's kind: WebcastChatMessage and ChatMessage are both Chat; "" where it names none.

    >>> _kind({"method": "WebcastChatMessage"}), _kind({"class": "GiftMessage"}), _kind({"method": "ping"})
    ('Chat', 'Gift', '')
    """
    for name in ("method", "class", "type"):
        value = record.get(name)
        if isinstance(value, str) and (value.startswith("Webcast") or value.endswith("Message")):
            return value.removeprefix("Webcast").removesuffix("Message")
    return ""


def recognise(sample: Sample) -> Match | None:
    """Claim a file by the share of its lines that are named messages with `common`."""
    n_fit = sum(isinstance(value.get("common"), dict) and bool(_kind(value)) for value in sample.objects)
    return Match(n_fit / len(sample.lines), "rule 4: method Webcast... + common") if n_fit else None


class _Reader:
    __slots__ = ("_combos", "_fallback", "_handlers", "_sink")

    def __init__(self, about: About, sink: Sink) -> None:
        self._sink = sink
        self._fallback = about.room or about.stem
        self._combos = Combos()
        self._handlers: dict[str, Callable[[Event, Row], bool]] = {
            "Chat": comment,
            "Member": _member,
            "Like": like,
            "Gift": self._gift,
            "Social": _social,
            "Fansclub": _club,
            "RoomUserSeq": viewers,
        }

    def feed(self, unit: object) -> None:
        assert isinstance(unit, bytes)
        try:
            event = orjson.loads(unit)
        except orjson.JSONDecodeError:
            self._sink.reject("bad_json")
            return
        kind = _kind(event) if type(event) is dict else ""
        if not kind:
            self._sink.reject("bad_json")
            return
        handler = self._handlers.get(kind)
        if handler is None:
            self._sink.skip(kind)
            return
        try:
            self._event(kind, event, handler)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            self._sink.reject("bad_json", kind)

    def _event(self, kind: str, event: Event, handler: Callable[[Event, Row], bool]) -> None:
        common = event["common"]
        row = self._timed(kind, event, common)
        if row is None:
            return
        room = text_id(_get(common, "roomId"))
        row["source_room_id"] = room or self._fallback
        if room:
            row["room_id"] = room
        message = text_id(_get(common, "msgId"))
        if message:
            row["event_id"] = message
        user = event.get("user")
        if user is not None:
            _account(user, row)
        binned(self._sink, kind, row, is_event=handler(event, row))

    def _timed(self, kind: str, event: Event, common: Event) -> Row | None:
        """Return a row with the platform's time, else the recorder's; reject the message without one."""
        told = _get(event, "eventTime") or _get(common, "createTime")
        ts = epoch_us(told)
        if ts:
            return {"ts": ts}
        captured = next((event[name] for name in _CAPTURED if event.get(name)), None)
        ts = epoch_us(captured)
        if ts:
            return {"ts": ts, "ts_kind": "capture"}
        self._sink.reject(fault(told or captured), kind)
        return None

    def _gift(self, event: Event, row: Row) -> bool:
        """Set the value to what a running count rose by; a row that only ends a combo adds nothing."""
        row["event_type"] = "gift"
        gift = event.get("gift") or {}
        count = int(_get(event, "comboCount") or _get(event, "repeatCount") or 1)
        key = (
            row["source_room_id"], row.get("account_id", ""), str(_get(event, "giftId") or gift.get("id")),
            str(_get(event, "groupId") or ""),
        )  # fmt: skip
        rise = self._combos.rise(key, count, row["ts"], is_end=bool(_get(event, "repeatEnd")))
        row["value"] = float(rise)
        return rise > 0

    def close(self) -> None:
        """Nothing is held back."""


def _account(user: Event, row: Row) -> None:
    """Set who did it: the platform's id, else the name shown."""
    identifier, name = text_id(user.get("id")), _get(user, "nickName") or user.get("nickname")
    if identifier in ("", "0") and isinstance(name, str) and name:
        row["account_id"], row["id_kind"] = by_name(name)
    else:
        row["account_id"], row["id_kind"] = by_id(identifier)


def _member(_: Event, row: Row) -> bool:
    row["event_type"] = "join"
    return True


def _social(event: Event, row: Row) -> bool:
    action = int(event.get("action") or 0)
    if action == _SHARE or _get(event, "shareType"):
        row["event_type"] = "share"
        return True
    row["event_type"] = "follow"
    return action == _FOLLOW


def _club(event: Event, row: Row) -> bool:
    kind = _CLUB.get(int(event.get("type") or 0)) if not isinstance(event.get("type"), str) else None
    kind = kind or _CLUB.get(int(_get(event, "clubType") or 0))
    if kind is None:
        return False
    row["event_type"] = kind
    return True


def start(about: About, sink: Sink) -> Reader:
    """Return a reader of one file."""
    return _Reader(about, sink)


IMPORTER: Final = Importer(
    name="douyin_jsonl",
    version="1",
    state="source",
    title_en="Douyin live messages, one JSON object a line",
    title_zh="抖音直播消息，每行一个 JSON 对象",
    looks_for='JSON lines with "method" starting with Webcast, and "common"',
    unit="line",
    gives=("comment", "join", "like", "gift", "follow", "share", "fan_club", "light_badge", "stats"),
    recognise=recognise,
    start=start,
)
