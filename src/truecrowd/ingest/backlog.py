"""Rows that wait because later rows tell more of them: whose id a name belongs to, the room, the recorder's zone."""

from collections import deque
from typing import Final

from truecrowd.ingest.clocks import FIRST_US, LAST_US, LocalClock, MeasuredZone, epoch_us, fault, named
from truecrowd.ingest.identities import by_name
from truecrowd.ingest.importer import About, Row, Sink

MOST_HELD: Final = 100_000
"""Rows held; a file up to this long is known whole before its first row comes out. About seven hours of the busiest
room recorded here. In longer files a row knows what stands up to this many rows after it."""
_MOST_NAMES: Final = 500_000
"""Names remembered; past it new ones stay display names."""


class Held:
    """A row that waits; `row` is None once it was given out or taken back."""

    __slots__ = ("is_local", "name", "native", "row")

    def __init__(self, native: str, row: Row, name: str | None, *, is_local: bool) -> None:
        """Hold a row; `name` is set where it has no id, `is_local` where its time is the recorder's."""
        self.native = native
        self.row: Row | None = row
        self.name = name
        self.is_local = is_local


class Backlog:
    """Holds the rows of one file in order and gives them to the sink.

    Args:
        about: The file.
        sink: Where rows go.
        home_tz: The platform's home zone, suggested where nothing tells the recorder's.
        most: Rows held.
    """

    __slots__ = (
        "_about", "_clock", "_home_tz", "_last_ts", "_most", "_names", "_queue", "_room", "_sink", "local_us", "zone",
    )  # fmt: skip

    def __init__(self, about: About, sink: Sink, *, home_tz: str, most: int = MOST_HELD) -> None:
        """Start empty."""
        self._about = about
        self._sink = sink
        self._home_tz = home_tz
        self._most = most
        self._queue: deque[Held] = deque()
        self._names: dict[str, str] = {}
        self._room = ""
        self._clock: LocalClock | None = None
        self._last_ts = 0
        self.local_us = 0
        self.zone = MeasuredZone()

    def is_in(self, room: str) -> None:
        """Take the room that the file names first."""
        self._room = self._room or room

    def belongs(self, name: str, account: str) -> None:
        """Learn that a name was seen with an id; a name seen with two ids is nobody's."""
        known = self._names.get(name)
        if known is None:
            if len(self._names) < _MOST_NAMES:
                self._names[name] = account
        elif known != account:
            self._names[name] = ""

    def clocked(self, when: object) -> int:
        """Return the platform's time, microseconds, 0 if it is none; learn the zone from the recorder's beside it."""
        ts = epoch_us(when)
        if ts:
            self._last_ts = ts
            if self.local_us:
                self.zone.add(self.local_us, ts)
        return ts

    def hold(self, native: str, row: Row, when: object, name: str | None = None) -> Held | None:
        """Take a row with the platform's time, else the recorder's (`local_us`), else that of the row before.

        Args:
            native: The platform's name of the row.
            row: Without `ts` and room.
            when: The platform's time as found; None or "" where it gave none.
            name: Display name, where the row carries no id.

        Returns:
            The row held; None if it was rejected for its time.
        """
        is_local = False
        if when:
            ts = self.clocked(when)
        elif self.local_us:
            ts, is_local = self.local_us, True
            row["ts_kind"] = "capture"
        else:
            ts = self._last_ts
            row["ts_kind"] = "bound"
        if not FIRST_US <= ts < LAST_US:
            self._sink.reject("ts_out_of_range" if ts else fault(when), native)
            return None
        row["ts"] = ts
        held = Held(native, row, name, is_local=is_local)
        self._queue.append(held)
        if len(self._queue) > self._most:
            self._give(self._queue.popleft())
        return held

    def close(self) -> None:
        """Give out all rows, and say how the recorder's clock was read."""
        while self._queue:
            self._give(self._queue.popleft())
        if self._clock is None:
            return
        for note in self._clock.notes():
            self._sink.note(note)
        offset = self.zone.offset_s()
        if self._about.tz is None and offset is not None:
            self._sink.measured_tz(named(offset), self.zone.n)

    def _give(self, held: Held) -> None:
        row = held.row
        if row is None:
            return
        held.row = None
        if held.name is not None:
            account = self._names.get(held.name)
            row["account_id"], row["id_kind"] = (account, "stable") if account else by_name(held.name)
        if held.is_local:
            row["ts"] = self._local_clock(row["ts"]).utc(row["ts"])
        if not self._room:
            self._room = self._about.room or self._about.stem
        if "source_room_id" not in row:
            row["source_room_id"] = self._room
        self._sink.keep(held.native, row)

    def _local_clock(self, at_us: int) -> LocalClock:
        """Return the recorder's clock, from `--tz` or measured on the rows so far."""
        if self._clock is None:
            about = self._about
            self._clock = self.zone.clock(about.tz, source=about.source, home_tz=self._home_tz, at_us=at_us)
        return self._clock
