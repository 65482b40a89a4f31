"""Bilibili comments as ddcenter's first archive kept them: bare text, and a time marker every few minutes.

`TIME20:42ONLINE204898` gives the minute of the lines after it and the room's popularity index, which is no count of
viewers. There are no accounts. The day is in the file's name, the zone nowhere.
"""

import re
from typing import Final

from truecrowd.ingest.clocks import DayClock, LocalClock, day_of, missing_day, missing_zone, without_day
from truecrowd.ingest.importer import About, Importer, Match, Reader, Row, Sample, Sink

_MARKER: Final = re.compile(rb"TIME(\d{1,2}):(\d{1,2})ONLINE(\d{1,15})")
_SPEAKERS: Final = re.compile(rb"SPEAKERNUM\d{1,15}")
_MARKER_TEXT: Final = re.compile(r"TIME\d{1,2}:\d{1,2}ONLINE\d{1,15}")
_FOREIGN: Final = re.compile(r"\s*\{\"|\[\d\d:\d\d(?::\d\d)?\] |=== \S|\d{13}:")
"""How lines of other formats begin."""
_ROOM: Final = re.compile(r"room(\d+)")
_MOST_HELD: Final = 100_000
"""Lines held before the first marker; further ones have no time."""
_HOME_TZ: Final = "Asia/Shanghai"
_LONGEST: Final = 400
"""Longer lines are no comments: the platform cuts at 100 characters."""


def recognise(sample: Sample) -> Match | None:
    """Claim a file whose first line is a marker; lines that look like another format lower the confidence."""
    if not sample.lines or not _MARKER_TEXT.fullmatch(sample.lines[0]):
        return None
    n_fit = sum(len(line) <= _LONGEST and not _FOREIGN.match(line) for line in sample.lines)
    return Match(n_fit / len(sample.lines), "rule 5: first line TIMEh:mONLINEn")


class _Reader:
    __slots__ = ("_clock", "_day", "_held", "_room", "_sink", "_ts")

    def __init__(self, about: About, sink: Sink) -> None:
        from truecrowd.ingest.times import zone

        day = day_of(about.source)
        if day is None:
            raise missing_day(about.source)
        if about.tz is None:
            raise missing_zone(about.source, _HOME_TZ)
        self._sink = sink
        self._room = about.room or _room(about.stem)
        self._clock = LocalClock(zone(about.tz))
        self._day = DayClock(day, has_half_days=False)
        self._ts = 0
        self._held: list[str] = []

    def feed(self, unit: object) -> None:
        assert isinstance(unit, bytes)
        if unit.startswith(b"TIME"):
            marker = _MARKER.fullmatch(unit)
            if marker:
                self._mark(int(marker[1]), int(marker[2]), marker[3].decode())
                return
        elif unit.startswith(b"SPEAKERNUM") and _SPEAKERS.fullmatch(unit):
            self._sink.skip("SPEAKERNUM")
            return
        text = unit.decode("utf-8", "replace")
        if self._ts:
            self._comment(text)
        elif len(self._held) < _MOST_HELD:
            self._held.append(text)
        else:
            self._sink.reject("no_ts", "comment")

    def _mark(self, hour: int, minute: int, popularity: str) -> None:
        if hour > 23 or minute > 59:
            self._sink.reject("bad_ts", "TIME")
            return
        self._ts = self._clock.utc(self._day.local_us(hour * 3_600 + minute * 60))
        self._release()
        row: Row = {
            "ts": self._ts, "event_type": "stats", "source_room_id": self._room, "ts_kind": "minute",
            "text": f"popularity={popularity}",
        }  # fmt: skip
        self._sink.keep("TIME", row)

    def _comment(self, text: str) -> None:
        row: Row = {
            "ts": self._ts, "event_type": "comment", "source_room_id": self._room, "ts_kind": "minute", "text": text,
        }  # fmt: skip
        self._sink.keep("comment", row)

    def _release(self) -> None:
        """Give lines that stood before the first marker its time."""
        held, self._held = self._held, []
        for text in held:
            self._comment(text)

    def close(self) -> None:
        for _ in self._held:
            self._sink.reject("no_ts", "comment")
        for note in (*self._day.notes(), *self._clock.notes()):
            self._sink.note(note)


def _room(stem: str) -> str:
    found = _ROOM.match(stem)
    return found[1] if found else without_day(stem)


def start(about: About, sink: Sink) -> Reader:
    """Return a reader of one file.

    Raises:
        InputError: The file's name has no day, or `--tz` is missing.
    """
    return _Reader(about, sink)


IMPORTER: Final = Importer(
    name="ddcenter_text",
    version="1",
    state="sample",
    title_en="Bilibili comment archive of ddcenter, version 1 (text without accounts)",
    title_zh="ddcenter 第一版 B 站弹幕存档（纯文本，无账号）",
    looks_for="a first line like TIME20:42ONLINE204898",
    unit="line",
    gives=("comment", "stats"),
    recognise=recognise,
    start=start,
)
