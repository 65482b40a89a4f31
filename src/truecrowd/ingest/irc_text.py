"""Chat logs as IRC clients write them: `[10:48] <nick> text`, and `=== nick [user@host]  has joined #room`.

The clock is the logging computer's: a time of day, often to the minute, sometimes on a 12-hour dial. The day is in the
file's name. Lines that begin with `===` have no clock and take the time of the line before.
"""

import re
from typing import Final

from truecrowd.ingest.clocks import DayClock, LocalClock, day_of, missing_day, missing_zone, without_day
from truecrowd.ingest.identities import by_name
from truecrowd.ingest.importer import About, Importer, Match, Reader, Row, Sample, Sink

_LINE: Final = re.compile(r"\[\d{1,2}:\d\d(?::\d\d)?\] (?:<|\* |\*\*\* |=== )|=== \S")
_JOINED: Final = re.compile(r"=== \S+ \[[^\]]*\]\s+has joined (\S+)")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
_MODES: Final = ("@", "%", "+")
"""Signs a client puts before the nick of operators and voiced people; no part of it."""
_ENDINGS: Final = (("has joined", "joined", "join"), ("has left", "left", "leave"), ("has quit", "quit", "leave"))
_MOST_HELD: Final = 10_000
"""Lines without a clock held before the first line that has one; further ones have no time."""


def recognise(sample: Sample) -> Match | None:
    """Claim a file by the share of its lines that are chat, joins and leaves."""
    n_fit = sum(_LINE.match(line) is not None for line in sample.lines)
    if not n_fit:
        return None
    return Match(n_fit / len(sample.lines), "rule 5: [hh:mm] <nick> and === nick")


class _Reader:
    __slots__ = ("_clock", "_day", "_held", "_kind", "_last", "_room", "_sink", "_ts")

    def __init__(self, about: About, sink: Sink) -> None:
        from truecrowd.ingest.times import zone

        day = day_of(about.source)
        if day is None:
            raise missing_day(about.source)
        if about.tz is None:
            raise missing_zone(about.source, "UTC")
        self._sink = sink
        self._room = _room(about)
        self._clock = LocalClock(zone(about.tz))
        self._day = DayClock(day, has_half_days=True)
        self._last = "none yet"
        self._ts = 0
        self._kind = "minute"
        self._held: list[tuple[str, Row]] = []

    def feed(self, unit: object) -> None:
        assert isinstance(unit, bytes)
        line = unit.decode("utf-8", "replace")
        if line.startswith("=== "):
            self._notice(line[4:])
            return
        clock, bracket, rest = line.partition("] ")
        if not bracket and line.endswith("]"):
            clock = line[:-1]
        if not clock.startswith("[") or not self._set_time(clock[1:]):
            self._sink.reject("bad_ts" if line.startswith("[") else "no_ts")
        elif rest.startswith("<"):
            self._message(rest)
        elif rest.startswith("* "):
            nick, _, text = rest[2:].partition(" ")
            self._keep("* nick", "comment", nick, text)
        elif rest.startswith("=== "):
            self._notice(rest[4:])
        else:
            self._sink.skip("other")

    def _set_time(self, clock: str) -> bool:
        if clock == self._last:
            return True
        found = _CLOCK.fullmatch(clock)
        if found is None or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
            return False
        second = int(found[1]) * 3_600 + int(found[2]) * 60 + int(found[3] or 0)
        self._ts = self._clock.utc(self._day.local_us(second))
        self._kind = "minute" if found[3] is None else "capture"
        self._last = clock
        if self._held:
            self._release()
        return True

    def _message(self, rest: str) -> None:
        nick, closed, text = rest[1:].partition("> ")
        if not closed:
            if not nick.endswith(">"):
                self._sink.skip("other")
                return
            nick = nick[:-1]
        self._keep("<nick>", "comment", nick[1:] if nick.startswith(_MODES) else nick, text)

    def _notice(self, rest: str) -> None:
        nick, _, tail = rest.partition(" ")
        host = ""
        if tail.startswith("["):
            inside, _, tail = tail[1:].partition("]")
            host = inside.rpartition("@")[2]
        tail = tail.lstrip()
        for ending, native, event_type in _ENDINGS:
            if tail.startswith(ending):
                self._keep(native, event_type, nick, None, host)
                return
        self._sink.skip("renamed" if tail.startswith("is now known as") else "===")

    def _keep(self, native: str, event_type: str, nick: str, text: str | None, host: str = "") -> None:
        account_id, id_kind = by_name(nick)
        row: Row = {
            "ts": self._ts, "event_type": event_type, "source_room_id": self._room, "account_id": account_id,
            "id_kind": id_kind, "ts_kind": self._kind,
        }  # fmt: skip
        if text is not None:
            row["text"] = text
        if host:
            row["ip"] = host
        if self._ts:
            self._sink.keep(native, row)
        elif len(self._held) < _MOST_HELD:
            self._held.append((native, row))
        else:
            self._sink.reject("no_ts", native)

    def _release(self) -> None:
        """Give lines that stood before the first clock its time."""
        held, self._held = self._held, []
        for native, row in held:
            row["ts"], row["ts_kind"] = self._ts, self._kind
            self._sink.keep(native, row)

    def close(self) -> None:
        for native, _ in self._held:
            self._sink.reject("no_ts", native)
        for note in (*self._day.notes(), *self._clock.notes()):
            self._sink.note(note)


def _room(about: About) -> str:
    """Return the channel that is joined first; it is written in any case."""
    for line in about.lines:
        found = _JOINED.match(line)
        if found:
            return found[1].lower()
    return about.room or without_day(about.stem)


def start(about: About, sink: Sink) -> Reader:
    """Return a reader of one file.

    Raises:
        InputError: The file's name has no day, or `--tz` is missing.
    """
    return _Reader(about, sink)


IMPORTER: Final = Importer(
    name="irc_text",
    version="1",
    state="sample",
    title_en="IRC client log: [10:48] <nick> text, === nick has joined",
    title_zh="IRC 客户端日志：[10:48] <昵称> 文本，=== 昵称 has joined",
    looks_for="lines like [10:48] <nick> text, or === nick [user@host] has joined #room",
    unit="line",
    gives=("comment", "join", "leave"),
    recognise=recognise,
    start=start,
)
