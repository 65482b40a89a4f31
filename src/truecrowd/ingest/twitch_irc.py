"""Raw Twitch chat as IRC clients with tags record it: `@...;tmi-sent-ts=...;user-id=... :nick!... PRIVMSG #room :text`.

The time is the platform's (`tmi-sent-ts`). Joins and parts carry no tags and no time, come in batches and not at all in
big rooms: they take the time of the line before, as a bound, and are marked as sampled. No recording was seen here.
"""

import re
from typing import Final

from truecrowd.ingest.backlog import Backlog
from truecrowd.ingest.identities import by_id
from truecrowd.ingest.importer import About, Importer, Match, Reader, Row, Sample, Sink

_LINE: Final = re.compile(
    r"^(?:@(?P<tags>\S*) )?:(?:(?P<nick>[^\s!@:]+)![^\s]+|[^\s!@]+) (?P<verb>[A-Z]+|\d{3})(?: (?P<room>#\S+))?(?: :?(?P<text>.*))?$",
    re.DOTALL,
)
_VERBS: Final = ("PRIVMSG", "JOIN", "PART", "USERNOTICE")
_ACTION: Final = "\x01ACTION "
_ESCAPES: Final = (("\\s", " "), ("\\:", ";"), ("\\r", ""), ("\\n", " "), ("\\\\", "\\"))


def recognise(sample: Sample) -> Match | None:
    """Claim a file by the share of its lines that are messages of a room."""
    found = [_LINE.match(line) for line in sample.lines]
    n_fit = sum(one is not None and one["verb"] in _VERBS and one["room"] is not None for one in found)
    return Match(n_fit / len(sample.lines), "rule 5: :nick!... PRIVMSG, JOIN, PART") if n_fit else None


class _Reader:
    __slots__ = ("_backlog", "_sink")

    def __init__(self, about: About, sink: Sink) -> None:
        self._sink = sink
        self._backlog = Backlog(about, sink, home_tz="UTC")

    def feed(self, unit: object) -> None:
        assert isinstance(unit, bytes)
        found = _LINE.match(unit.decode("utf-8", "replace"))
        if found is None:
            self._sink.skip("other")
            return
        verb, room = found["verb"], found["room"]
        if verb not in _VERBS or room is None:
            self._sink.skip(verb)
            return
        tags = dict(part.partition("=")[::2] for part in (found["tags"] or "").split(";") if part)
        row: Row = {"source_room_id": room.removeprefix("#").lower()}
        if verb in ("JOIN", "PART"):
            row["event_type"] = "join" if verb == "JOIN" else "leave"
            self._sink.sampled(row["event_type"])
            self._backlog.hold(verb, row, None, found["nick"] or "")
        elif verb == "PRIVMSG":
            self._message(row, tags, found["nick"] or "", found["text"] or "")
        elif tags.get("msg-id") == "raid":
            row["event_type"], row["text"] = "prompt", _plain(tags.get("system-msg", "raid"))
            self._backlog.hold("raid", row, tags.get("tmi-sent-ts"))
        else:
            self._sink.skip(f"USERNOTICE {tags.get('msg-id', '')}".strip())

    def _message(self, row: Row, tags: dict[str, str], nick: str, text: str) -> None:
        row["event_type"] = "comment"
        row["text"] = text.removeprefix(_ACTION).removesuffix("\x01") if text.startswith(_ACTION) else text
        if tags.get("id"):
            row["event_id"] = tags["id"]
        if tags.get("bits", "").isdigit():
            row["event_type"], row["value"] = "gift", float(int(tags["bits"][:9]))
        identifier = tags.get("user-id")
        if identifier:
            row["account_id"], row["id_kind"] = by_id(identifier)
            self._backlog.belongs(nick, identifier)
        if not tags.get("tmi-sent-ts"):
            self._sink.reject("no_ts", "PRIVMSG")
            return
        self._backlog.hold("PRIVMSG", row, tags["tmi-sent-ts"], None if identifier else nick)

    def close(self) -> None:
        self._backlog.close()


def _plain(text: str) -> str:
    for seen, meant in _ESCAPES:
        text = text.replace(seen, meant)
    return text


def start(about: About, sink: Sink) -> Reader:
    """Return a reader of one file."""
    return _Reader(about, sink)


IMPORTER: Final = Importer(
    name="twitch_irc",
    version="1",
    state="source",
    title_en="Raw Twitch chat: IRC lines with tags",
    title_zh="Twitch 聊天原始数据：带标签的 IRC 行",
    looks_for="lines like @...;tmi-sent-ts=... :nick!... PRIVMSG #room :text",
    unit="line",
    gives=("comment", "join", "leave", "gift", "prompt"),
    recognise=recognise,
    start=start,
)
