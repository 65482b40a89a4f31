"""Bilibili live messages, one JSON object a line: raw (`cmd`), or in a recorder's envelope (`msg_type`, `content.cmd`).

Rows wait in a queue before they are given out, because later rows tell more of them: whose id a display name belongs
to, what a guard really paid, whether an entrance was announced twice, and the zone of the recorder's clock.
"""

from collections.abc import Callable
from typing import Any, Final

import orjson

from truecrowd.ingest.backlog import Backlog, Held
from truecrowd.ingest.clocks import DAY_US, SECOND_US, day_of, epoch_us
from truecrowd.ingest.identities import by_id, text_id
from truecrowd.ingest.importer import About, Importer, Match, Reader, Row, Sample, Sink

Message = dict[str, Any]

_MOST_KNOWN: Final = 500_000
"""Gifts, guards and entrances remembered; past it the oldest are forgotten."""
_TWICE_US: Final = 10 * SECOND_US
"""An entrance is announced twice within this time (ingest.md section 2)."""
_SAMPLED_SHARE: Final = 0.10
"""Share of gift combos without a gift of that account above which gifts were lost on the way (ingest.md section 4)."""
_GOLD_PER_MINOR: Final = 10
"""1 yuan = 1,000 gold = 100 fen."""
_HOME_TZ: Final = "Asia/Shanghai"
_ENTRANCES: Final = {"1": "join", "2": "follow", "3": "share"}
_COUNTERS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "ONLINE_RANK_COUNT": (("count", "rank"),),
    "ROOM_REAL_TIME_MESSAGE_UPDATE": (("fans", "fans"), ("fans_club", "fans_club")),
    "WATCHED_CHANGE": (("num", "watched"),),
    "LIKE_INFO_V3_UPDATE": (("click_count", "likes"),),
}
"""Counters by command: key of the value, and what it is called in `text`. None counts the online audience."""


def recognise(sample: Sample) -> Match | None:
    """Claim a file by the share of its lines that carry a command or the recorder's envelope."""
    n_fit = sum(_is_message(value) for value in sample.objects)
    if not n_fit:
        return None
    is_enveloped = any("DeltaTime" in value for value in sample.objects)
    reason = "rule 4: msg_type + DeltaTime" if is_enveloped else "rule 4: cmd"
    return Match(n_fit / len(sample.lines), reason)


def _is_message(value: dict[str, object]) -> bool:
    content = value.get("content")
    command = content.get("cmd") if isinstance(content, dict) else value.get("cmd")
    if isinstance(command, str):
        return command[:1].isupper() and command.upper() == command
    return "DeltaTime" in value and isinstance(value.get("msg_type"), str)


class _Reader:
    __slots__ = (
        "_backlog", "_combos", "_entrances", "_guards", "_handlers", "_has_effects", "_has_entrances",
        "_native", "_sends", "_sink", "_stamp", "_stamp_us", "_toasts",
    )  # fmt: skip

    def __init__(self, about: About, sink: Sink) -> None:
        self._sink = sink
        self._backlog = Backlog(about, sink, home_tz=_HOME_TZ)
        self._handlers = self._all_handlers()
        self._stamp: tuple[object, object] = (None, None)
        self._stamp_us = 0
        self._native = ""
        self._entrances: dict[str, tuple[int, Held]] = {}
        self._guards: dict[tuple[str, str], Held] = {}
        self._toasts: dict[tuple[str, str], int] = {}
        self._sends: dict[tuple[str, str], None] = {}
        self._combos: dict[tuple[str, str], int] = {}
        self._has_entrances = False
        self._has_effects = False

    def _all_handlers(self) -> dict[str, Callable[[Message], None]]:
        """Return who reads which command; all others are counted as skipped."""
        return {
            "danmaku": self._named_comment,
            "DANMU_MSG": self._comment,
            "INTERACT_WORD": self._entrance,
            "ENTRY_EFFECT": self._effect,
            "LIKE_INFO_V3": self._like,
            "LIKE_INFO_V3_CLICK": self._like,
            "SEND_GIFT": self._gift,
            "SUPER_CHAT_MESSAGE": self._super_chat,
            "GUARD_BUY": self._guard,
            "USER_TOAST_MSG": self._toast,
            "COMBO_SEND": self._combo,
            "LIVE_INTERACTIVE_GAME": self._mirror,
            "SPECIAL_GIFT": self._storm,
            "ANCHOR_LOT_START": self._lottery,
            **dict.fromkeys(_COUNTERS, self._counter),
        }

    def feed(self, unit: object) -> None:
        assert isinstance(unit, bytes)
        try:
            record = orjson.loads(unit)
        except orjson.JSONDecodeError:
            self._sink.reject("bad_json")
            return
        if type(record) is not dict:
            self._sink.reject("bad_json")
            return
        content = record.get("content")
        message = content if type(content) is dict else record
        command = message.get("cmd")
        if type(command) is not str:
            command = record.get("msg_type")
            if type(command) is not str:
                self._sink.reject("bad_json")
                return
        self._native = command.partition(":")[0]
        try:
            self._backlog.local_us = self._recorded(record)
            handler = self._handlers.get(self._native)
            if handler is None:
                self._sink.skip(self._native)
            else:
                handler(message)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError):
            self._sink.reject("bad_json", self._native)

    def _recorded(self, record: Message) -> int:
        """Return the recorder's clock, local microseconds; 0 where it left none."""
        day, clock = record.get("Date"), record.get("ExactTime")
        if (day, clock) == self._stamp:
            return self._stamp_us
        self._stamp, self._stamp_us = (day, clock), 0
        midnight = day_of(day.replace(".", "-").replace("/", "-")) if type(day) is str else None
        if midnight is None or type(clock) is not str:
            return 0
        hour, minute, second = clock.split(":")
        second_of_day = int(hour) * 3_600 + int(minute) * 60 + int(second)
        if 0 <= second_of_day * SECOND_US < DAY_US:
            self._stamp_us = midnight + second_of_day * SECOND_US
        return self._stamp_us

    def _hold(self, row: Row, when: object, name: str | None = None) -> Held | None:
        return self._backlog.hold(self._native, row, when, name)

    def _account(self, row: Row, uid: object, name: object) -> str:
        """Set whose row it is, and learn the name; return the id, "" for guests and masked ids."""
        row["account_id"], row["id_kind"] = by_id(uid)
        return self._learnt(uid, name)

    def _learnt(self, uid: object, name: object) -> str:
        """Learn that a name goes with an id, from rows that are no events too."""
        account, kind = by_id(uid)
        if kind != "stable":
            return ""
        if type(name) is str and name:
            self._backlog.belongs(name, account)
        return account

    def _named_comment(self, message: Message) -> None:
        """A comment of which the recorder kept only text and display name."""
        name, text = message["name"], message["content"]
        if type(name) is not str or type(text) is not str:
            raise TypeError(name)
        self._hold({"event_type": "comment", "text": text}, None, name)

    def _comment(self, message: Message) -> None:
        info = message["info"]
        row: Row = {"event_type": "comment", "text": _text(info[1])}
        self._account(row, info[2][0], info[2][1])
        self._hold(row, info[0][4])

    def _entrance(self, message: Message) -> None:
        """Someone enters, follows or shares."""
        data = message["data"]
        self._backlog.is_in(text_id(data.get("roomid")))
        event_type = _ENTRANCES.get(str(data.get("msg_type")))
        if event_type is None:
            self._sink.skip(self._native)
            return
        row: Row = {"event_type": event_type}
        account = self._account(row, data.get("uid"), data.get("uname"))
        held = self._hold(row, data.get("trigger_time") or data.get("timestamp"))
        if event_type == "join" and held is not None:
            self._has_entrances = True
            earlier = self._is_known_entrance(account, row["ts"])
            if earlier is not None and earlier.native == "ENTRY_EFFECT" and earlier.row is not None:
                earlier.row = None
                self._sink.duplicate("ENTRY_EFFECT")
            self._remember_entrance(account, row["ts"], held)

    def _effect(self, message: Message) -> None:
        """A paid tier's entrance; the same entrance may be announced as an ordinary one too."""
        data = message["data"]
        row: Row = {"event_type": "join"}
        account = self._account(row, data.get("uid"), _between(data.get("copy_writing")))
        when = data.get("trigger_time")
        ts = epoch_us(when)
        self._has_effects = True
        if ts and self._is_known_entrance(account, ts) is not None:
            self._sink.duplicate(self._native)
            return
        held = self._hold(row, when)
        if held is not None:
            self._remember_entrance(account, row["ts"], held)

    def _is_known_entrance(self, account: str, ts: int) -> Held | None:
        known = self._entrances.get(account) if account else None
        return known[1] if known is not None and abs(ts - known[0]) <= _TWICE_US else None

    def _remember_entrance(self, account: str, ts: int, held: Held) -> None:
        if account:
            self._entrances[account] = (ts, held)
            _forget(self._entrances)

    def _like(self, message: Message) -> None:
        data = message["data"]
        row: Row = {"event_type": "like", "value": 1.0}
        self._account(row, data.get("uid"), data.get("uname"))
        self._hold(row, data.get("timestamp"))

    def _gift(self, message: Message) -> None:
        data = message["data"]
        row: Row = {"event_type": "gift", "value": float(data["num"])}
        account = self._account(row, data.get("uid"), data.get("uname"))
        if data.get("coin_type") == "gold":
            row["amount_minor"], row["currency"] = _fen(data["total_coin"]), "CNY"
        trade = text_id(data.get("tid"))
        if trade:
            row["event_id"] = trade
        if self._hold(row, data.get("timestamp")) is not None:
            self._sends[account, str(data.get("giftId"))] = None
            _forget(self._sends)

    def _super_chat(self, message: Message) -> None:
        data = message["data"]
        name = data.get("user_info_uname") or (data.get("user_info") or {}).get("uname")
        price = data["price"]
        amount = round(float(price) * 100)
        row: Row = {"event_type": "gift", "value": 1.0, "amount_minor": amount, "currency": "CNY"}
        row["text"] = _text(data.get("message"))
        self._account(row, data.get("uid"), name)
        self._hold(row, data.get("ts") or data.get("start_time"))

    def _guard(self, message: Message) -> None:
        """A guard bought; what was paid is in the toast, which may come before or after."""
        data = message["data"]
        number = int(data.get("num") or 1)
        row: Row = {"event_type": "fan_club", "value": float(number), "currency": "CNY"}
        self._account(row, data.get("uid"), data.get("username"))
        row["amount_minor"] = _fen(float(data["price"]) * number)
        key = (row["account_id"], str(data.get("start_time")))
        held = self._hold(row, data.get("start_time"))
        if held is not None:
            paid = self._toasts.pop(key, None)
            if paid is None:
                self._guards[key] = held
                _forget(self._guards)
            else:
                row["amount_minor"] = paid
                self._sink.merge("USER_TOAST_MSG")

    def _toast(self, message: Message) -> None:
        data = message["data"]
        key = (by_id(data.get("uid"))[0], str(data.get("start_time")))
        paid = _fen(data["price"])
        self._learnt(data.get("uid"), data.get("username"))
        self._backlog.clocked(data.get("start_time"))
        guard = self._guards.pop(key, None)
        if guard is not None and guard.row is not None:
            guard.row["amount_minor"] = paid
            self._sink.merge(self._native)
            return
        is_new = key not in self._toasts
        self._toasts[key] = paid
        if not is_new or _forget(self._toasts):
            self._sink.skip(self._native)

    def _combo(self, message: Message) -> None:
        """A summary of gifts sent in a row: never an event, but it shows which gifts never arrived."""
        data = message["data"]
        key = (self._learnt(data.get("uid"), data.get("uname")), str(data.get("gift_id")))
        self._combos[key] = self._combos.get(key, 0) + 1
        _forget(self._combos)
        self._sink.skip(self._native)

    def _mirror(self, message: Message) -> None:
        """A gift told again for the games beside the stream."""
        data = message["data"]
        self._learnt(data.get("uid"), data.get("uname"))
        self._sink.skip(self._native)

    def _storm(self, message: Message) -> None:
        """A storm gift: while it runs, viewers are asked to type its text."""
        data = message["data"]
        storm = data["39"] if type(data.get("39")) is dict else {k[3:]: v for k, v in data.items() if k[:3] == "39_"}
        if storm.get("action") != "start":
            self._sink.skip(self._native)
            return
        self._hold({"event_type": "prompt", "text": _text(storm.get("content"))}, None)

    def _lottery(self, message: Message) -> None:
        data = message["data"]
        row: Row = {"event_type": "prompt", "text": _text(data.get("danmu") or data.get("award_name"))}
        self._hold(row, data.get("current_time"))

    def _counter(self, message: Message) -> None:
        data = message["data"]
        self._backlog.is_in(text_id(data.get("roomid")))
        parts = [f"{name}={data[key]}" for key, name in _COUNTERS[self._native] if data.get(key) is not None]
        self._hold({"event_type": "stats", "text": " ".join(parts)}, data.get("timestamp"))

    def close(self) -> None:
        self._backlog.close()
        for _ in self._toasts:
            self._sink.skip("USER_TOAST_MSG")
        n_combos = sum(self._combos.values())
        n_lost = sum(n for key, n in self._combos.items() if key not in self._sends)
        if n_lost > _SAMPLED_SHARE * n_combos:
            self._sink.sampled("gift")
            self._sink.note(f"gift: {n_lost:,} of {n_combos:,} combos have no gift of that account; gifts were lost")
        if self._has_effects and not self._has_entrances:
            self._sink.sampled("join")
            self._sink.note("join: paid tiers only")


def _forget(known: dict[Any, Any]) -> bool:
    """Drop the oldest entry of a memory that is full; return whether one was dropped."""
    if len(known) <= _MOST_KNOWN:
        return False
    del known[next(iter(known))]
    return True


def _fen(gold: object) -> int:
    """Return gold as fen, halves to even."""
    if not isinstance(gold, str | int | float):
        raise TypeError(gold)
    return round(float(gold) / _GOLD_PER_MINOR)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _between(greeting: object) -> str:
    """Return the name inside a greeting such as `欢迎舰长 <%name%> 进入直播间`, "" where there is none."""
    if not isinstance(greeting, str):
        return ""
    _, opened, rest = greeting.partition("<%")
    name, closed, _ = rest.partition("%>")
    return name if opened and closed else ""


def start(about: About, sink: Sink) -> Reader:
    """Return a reader of one file; it raises InputError where the recorder's clock has no zone."""
    return _Reader(about, sink)


IMPORTER: Final = Importer(
    name="bili_cmd_jsonl",
    version="1",
    state="sample",
    title_en="Bilibili live messages, one JSON object a line",
    title_zh="B 站直播消息，每行一个 JSON 对象",
    looks_for="JSON lines with cmd, content.cmd, or msg_type and DeltaTime",
    unit="line",
    gives=("comment", "join", "follow", "share", "like", "gift", "fan_club", "prompt", "stats"),
    recognise=recognise,
    start=start,
)
