"""TikTok live events, one JSON object a line, as tools around TikTokLive write them; many rooms in one file.

The time is `common.createTime`, the platform's; the recorder's `ts` is hours off in some files and never read.
Running totals (`memberCount`, `totalUser`, a like's `total`, a gift's `repeatCount`) are no values of one event.
"""

from collections.abc import Callable
from typing import Final

import orjson

from truecrowd.ingest.clocks import epoch_us, fault
from truecrowd.ingest.identities import by_id, text_id
from truecrowd.ingest.importer import About, Importer, Match, Reader, Row, Sample, Sink
from truecrowd.ingest.webcast import Combos, Event, binned, comment, like, viewers

_RUNNING: Final = 1
"""`gift.type` of gifts whose `repeatCount` runs up while the button is held; unknown types are taken for these."""


def recognise(sample: Sample) -> Match | None:
    """Claim a file by the share of its lines that are named events with `common`."""
    n_fit = sum(
        isinstance(value.get("common"), dict) and str(value.get("event", "")).endswith("Event")
        for value in sample.objects
    )
    return Match(n_fit / len(sample.lines), "rule 4: event ...Event + common") if n_fit else None


class _Reader:
    __slots__ = ("_combos", "_fallback", "_handlers", "_sink")

    def __init__(self, about: About, sink: Sink) -> None:
        self._sink = sink
        self._fallback = about.room or about.stem
        self._combos = Combos()
        self._handlers: dict[str, Callable[[Event, Row], bool]] = {
            "CommentEvent": comment,
            "JoinEvent": _join,
            "LikeEvent": like,
            "GiftEvent": self._gift,
            "SocialEvent": _social,
            "RoomUserSeqEvent": viewers,
        }

    def feed(self, unit: object) -> None:
        assert isinstance(unit, bytes)
        try:
            event = orjson.loads(unit)
        except orjson.JSONDecodeError:
            self._sink.reject("bad_json")
            return
        native = event.get("event") if type(event) is dict else None
        if type(native) is not str:
            self._sink.reject("bad_json")
            return
        handler = self._handlers.get(native)
        if handler is None:
            self._sink.skip(native)
            return
        try:
            self._event(native, event, handler)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            self._sink.reject("bad_json", native)

    def _event(self, native: str, event: Event, handler: Callable[[Event, Row], bool]) -> None:
        common = event["common"]
        ts = epoch_us(common.get("createTime"))
        if not ts:
            self._sink.reject(fault(common.get("createTime")), native)
            return
        room = text_id(common.get("roomId"))
        row: Row = {"ts": ts, "source_room_id": room or self._fallback}
        if room:
            row["room_id"] = room
        message = text_id(common.get("msgId"))
        if message:
            row["event_id"] = message
        host = text_id(event.get("host"))
        if host:
            row["host_id"] = host
        user = event.get("user")
        if user is not None:
            row["account_id"], row["id_kind"] = by_id(user.get("id"))
        binned(self._sink, native, row, is_event=handler(event, row))

    def _gift(self, event: Event, row: Row) -> bool:
        """Set the value to what a running count rose by; a row that only ends a combo adds nothing."""
        row["event_type"] = "gift"
        count = int(event.get("repeatCount") or 1)
        gift = event.get("gift") or {}
        if int(gift.get("type") or _RUNNING) != _RUNNING:
            row["value"] = float(count)
            return True
        key = (
            row["source_room_id"], row.get("account_id", ""), str(event.get("giftId") or gift.get("id")),
            str(event.get("groupId", "")),
        )  # fmt: skip
        rise = self._combos.rise(key, count, row["ts"], is_end=bool(event.get("repeatEnd")))
        row["value"] = float(rise)
        return rise > 0

    def close(self) -> None:
        """Nothing is held back."""


def _join(event: Event, row: Row) -> bool:
    """People who enter; the same message also carries other actions (`action`)."""
    action = event.get("action")
    row["event_type"] = "join"
    return action in (None, "MEMBER_MESSAGE_ACTION_JOINED", 1, "1")


def _social(event: Event, row: Row) -> bool:
    """Follows and shares, told apart by the key of the text that is shown."""
    key = str((event["common"].get("displayText") or {}).get("key", ""))
    if "follow" in key:
        row["event_type"] = "follow"
    elif "share" in key:
        row["event_type"] = "share"
    else:
        return False
    return True


def start(about: About, sink: Sink) -> Reader:
    """Return a reader of one file."""
    return _Reader(about, sink)


IMPORTER: Final = Importer(
    name="tiktoklive_jsonl",
    version="1",
    state="sample",
    title_en="TikTok live events, one JSON object a line",
    title_zh="TikTok 直播事件，每行一个 JSON 对象",
    looks_for='JSON lines with "event" ending in Event, and "common"',
    unit="line",
    gives=("comment", "join", "like", "gift", "follow", "share", "stats"),
    recognise=recognise,
    start=start,
)
