"""Tables of chat with a column each for author, message and time, under many spellings.

Programs that poll a chat write whole pages again (ingest.md section 4), so equal rows with a fine clock are repeats.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final

from truecrowd.ingest.clocks import LocalClock, epoch_us, fault, iso_us, missing_zone
from truecrowd.ingest.identities import by_id, by_name
from truecrowd.ingest.importer import About, Importer, Match, Reader, Row, Sample, Sink

POLL_WINDOW_S: Final = 300.0
"""Repeats come up to 156 s behind the newest row in the recordings measured (a guess above that)."""
_SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "time": (
        "publishedat", "timestampusec", "createdat", "timestamp", "datetime", "senttime", "time", "ts", "date", "发送时间",
        "时间",
    ),
    "text": ("message", "content", "text", "comment", "msg", "body", "chat", "弹幕", "内容", "评论"),
    "name": (
        "author", "authorname", "username", "user", "nickname", "nick", "displayname", "name", "sender", "uname", "用户名",
        "昵称", "作者",
    ),
    "id": ("userid", "authorid", "authorchannelid", "senderid", "uid", "用户id"),
    "room": ("roomid", "videoid", "chatroomid", "streamid", "channel", "room", "房间号"),
    "event": ("messageid", "msgid", "eventid"),
}  # fmt: skip
"""Folded header words by what they mean, the surest first."""
_LEAST_ROWS: Final = 1


@dataclass(frozen=True, slots=True)
class Columns:
    """Which header stands for what; "" where there is none.

    Args:
        time: When it was written.
        text: What was written.
        name: Display name of the author.
        id: Platform id of the author.
        room: Room or video.
        event: Platform id of the message.
    """

    time: str
    text: str
    name: str
    id: str
    room: str
    event: str

    @property
    def is_chat(self) -> bool:
        """Whether author, message and time are all there."""
        return bool(self.time and self.text and (self.name or self.id))


def folded(header: str) -> str:
    """Return a header word without case, width, spaces and joiners.

    >>> folded("Published_At"), folded(" ｕｓｅｒ id")
    ('publishedat', 'userid')
    """
    plain = unicodedata.normalize("NFKC", header).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def columns_of(headers: list[str]) -> Columns:
    """Return which of the headers means what."""
    known = {folded(header): header for header in reversed(headers)}
    found = {role: next((known[w] for w in words if w in known), "") for role, words in _SPELLINGS.items()}
    return Columns(**found)


def recognise(sample: Sample) -> Match | None:
    """Claim a table by its header, and by the share of its first rows whose time can be read."""
    if not sample.header:
        return None
    columns = columns_of(list(sample.header))
    if not columns.is_chat:
        return None
    at = sample.header.index(columns.time)
    rows = [line.split(sample.delimiter) for line in sample.lines[1:] if '"' not in line]
    cells = [row[at] if len(row) == len(sample.header) else "" for row in rows]
    share = sum(is_time(cell) for cell in cells) / len(cells) if len(cells) >= _LEAST_ROWS else 0.9
    return Match(share, f"rule 6: columns {columns.name or columns.id}, {columns.text}, {columns.time}")


def is_time(value: object) -> bool:
    """Whether a cell is a time of any year."""
    return bool(epoch_us(value) or (isinstance(value, str) and iso_us(value)[0]))


class ChatRows:
    """Turns rows of chat into events; used by tables and by JSON lists alike."""

    __slots__ = ("_about", "_clock", "_fallback", "_sink")

    def __init__(self, about: About, sink: Sink) -> None:
        """Start one file."""
        self._about = about
        self._sink = sink
        self._fallback = about.room or about.stem
        self._clock: LocalClock | None = None

    def keep(self, time: object, text: str, name: str, identifier: object, *, room: str, event: str) -> None:
        """Give out one comment, or reject it for its time.

        Raises:
            TypeError: The id is neither text nor a whole number.
        """
        ts, kind = self._instant(time)
        if not ts:
            self._sink.reject(fault(time), "comment")
            return
        row: Row = {"ts": ts, "event_type": "comment", "source_room_id": room or self._fallback, "text": text}
        if kind:
            row["ts_kind"] = kind
        if identifier not in (None, ""):
            row["account_id"], row["id_kind"] = by_id(identifier)
        elif name:
            row["account_id"], row["id_kind"] = by_name(name)
        if event:
            row["event_id"] = event
        self._sink.keep("comment", row)

    def _instant(self, time: object) -> tuple[int, str]:
        """Return the time and what it is worth: a clock without a zone is the recording computer's."""
        if not isinstance(time, str):
            return epoch_us(time), ""
        ts, has_zone = iso_us(time.strip()) if not time.isdigit() else (0, False)
        if not ts:
            return epoch_us(time), ""
        if has_zone:
            return ts, ""
        if self._clock is None:
            from truecrowd.ingest.times import zone

            if self._about.tz is None:
                raise missing_zone(self._about.source, "Asia/Shanghai")
            self._clock = LocalClock(zone(self._about.tz))
        return self._clock.utc(ts), "capture"

    def close(self) -> None:
        """Say how the clock was read."""
        for note in self._clock.notes() if self._clock is not None else ():
            self._sink.note(note)


class _Reader:
    __slots__ = ("_at", "_rows", "_sink")

    def __init__(self, about: About, sink: Sink) -> None:
        self._sink = sink
        self._rows = ChatRows(about, sink)
        header = list(about.header)
        columns = columns_of(header)
        names = (columns.time, columns.text, columns.name, columns.id, columns.room, columns.event)
        self._at = tuple(header.index(name) if name else len(header) for name in names)

    def feed(self, unit: object) -> None:
        assert isinstance(unit, list)
        cells = [*unit, ""]
        time, text, name, identifier, room, event = (cells[at] for at in self._at)
        self._rows.keep(time, text, name, identifier, room=room, event=event)

    def close(self) -> None:
        self._rows.close()


def start(about: About, sink: Sink) -> Reader:
    """Return a reader of one table; it raises InputError where times have no zone and none was given."""
    return _Reader(about, sink)


IMPORTER: Final = Importer(
    name="chat_rows",
    version="1",
    state="sample",
    title_en="Chat as a table: one row a message, columns for author, message and time",
    title_zh="聊天表格：每行一条消息，含作者、内容、时间列",
    looks_for="a header with columns for author, message and time",
    unit="delimited",
    gives=("comment",),
    recognise=recognise,
    start=start,
    poll_window_s=POLL_WINDOW_S,
)
