"""A live run: slices of a source through the runner that audits use, alarms at once, tables when asked for.

Everything that decides anything is shared with `audit`; this file only reads, tells, stores, and keeps count.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from truecrowd.engine.audit import Result, conclude
from truecrowd.engine.run import Runner
from truecrowd.engine.settings import Settings
from truecrowd.reference import Reference
from truecrowd.stream.events import Lines
from truecrowd.stream.outputs import Log, Noting, Output, Raised, key_of
from truecrowd.stream.released import Released
from truecrowd.stream.sources import Position, Source
from truecrowd.stream.store import Store
from truecrowd.verdict.alarms import Alarm
from truecrowd.verdict.alarms_clock import FROZEN, NEVER, TICK_US

STORE_S: Final = 5.0
"""Seconds between two snapshots (engine.md 2, a guess): what has to be read again after a crash."""
GATHER: Final = 65_536
"""Rows gathered before detectors see them; alarms never wait. 5,000 rows at a time cost three times as much a row."""
_WAIT_S: Final = 0.2
_AT_ONCE: Final = 20
"""Rooms that are released together, or a twentieth of all: every table is made for it."""
_AHEAD_ROWS: Final = 100
"""Rows with an impossible time from which on a room is named. Guess."""
_MOST_NOTES: Final = 200
_SHARE: Final = 0.1
"""Most of the time that goes into snapshots; where they are large they come less often."""


@dataclass(frozen=True, slots=True)
class Status:
    """How a run is doing.

    Args:
        n_rows, n_rejected, n_duplicate, n_late: Rows read, not readable, repeated, and behind the closed ticks of their
            room; all since the state was made.
        n_alarms: Alarms raised.
        n_rooms: Rooms seen.
        rate: Rows a second since the last status.
        newest_us: Newest time among the rooms, microseconds of event time; None before the first row.
        seconds_stored: Since the last snapshot; None where none is made.
    """

    n_rows: int
    n_rejected: int
    n_duplicate: int
    n_late: int
    n_alarms: int
    n_rooms: int
    rate: float
    newest_us: int | None
    seconds_stored: float | None


@dataclass(slots=True)
class Live:
    """One source, watched.

    Args:
        source: Opened by `run`.
        lines: Reads it.
        runner: Looks at it.
        settings, reference: As in an audit.
        outputs: Where alarms go.
        store: Where snapshots go; None: nothing is kept.
        log: Which alarms were told before.
        clock: Monotonic seconds.
    """

    source: Source
    lines: Lines
    runner: Runner
    settings: Settings
    reference: Reference
    outputs: Sequence[Output]
    store: Store | None = None
    log: Log | None = None
    released: Released = field(default_factory=lambda: Released(None))
    clock: Callable[[], float] = time.monotonic
    is_stopped: bool = False
    notes: list[str] = field(default_factory=list)
    _told: int = 0
    _stored_at: float = 0.0
    _pause_s: float = field(default_factory=lambda: STORE_S)
    _shown: tuple[float, int] = (0.0, 0)
    _tick: int = NEVER
    _gone: set[int] = field(default_factory=set)

    def run(self, watch: Callable[["Live"], None] = lambda _: None) -> None:
        """Read until the source is over or `stop` was called; `watch` is called after every slice and every pause.

        Raises:
            InputError: The source or the state cannot be used.
        """
        position = None if self.store is None else self.store.load(self)
        self.source.open(position)
        self._stored_at, self._shown = self.clock(), (self.clock(), self.lines.ledger.n_read)
        self._tell(self.runner.ticks.raised)
        while not self.is_stopped and not self.source.is_over:
            batch = self.source.read(_WAIT_S)
            if batch is not None:
                self._take(batch.text)
                position = batch.position
            self.notes += self.source.notes()
            for output in self.outputs:
                self.notes += (
                    [text for text in output.notes() if text not in self.notes] if isinstance(output, Noting) else []
                )
            if self.clock() - self._stored_at >= self._pause_s:
                self.rest(position)
            watch(self)
        if self.store is not None:
            self.save(position)

    def _take(self, text: bytes) -> None:
        for rows in self.lines.take(text):
            self._tell(self.runner.push(self.released.without(rows)))
            active = self.runner.ticks.clocks["closed"][self.runner.ticks.active]
            if len(active):
                self._tick = int(np.median(active))

    def rest(self, position: Position | None) -> None:
        """Do what is done every few seconds: look at clocks, release old rooms, make a snapshot."""
        if self.store is not None:
            self._saved(wait=False)
            if self.store.is_writing or not self.runner.is_quiet:
                return  # soon
        self._look_at_clocks()
        self._release()
        self._stored_at = self.clock()
        if self.store is not None:
            self.store.begin(self, position)

    def _look_at_clocks(self) -> None:
        """Name rooms whose times cannot be right; they move nobody's time but, at most, their own."""
        clocks = self.runner.ticks.clocks
        for faults, text in (
            (clocks["n_same"] >= FROZEN, "its time stands still; its ticks do not close"),
            (clocks["n_ahead"] >= np.maximum(_AHEAD_ROWS, clocks["n"] // 100), "rows come from the future; alarms leave them out"),
            (clocks["n_late"] > np.maximum(_AHEAD_ROWS, clocks["n"] // 2), "most rows come behind its time; alarms leave them out"),
        ):  # fmt: skip
            for code in np.flatnonzero(faults).tolist():
                if len(self.notes) < _MOST_NOTES:
                    self._note(f"room {self.runner.room(code)[:80]}: {text}")

    def _release(self) -> None:
        """Release the memory of rooms that ended longer ago than the retention, many at a time: it takes a while."""
        clocks = self.runner.ticks.clocks
        oldest = self._tick - round(self.settings.retention_d * 86_400e6) // TICK_US
        is_due = (clocks["n"] > 0) & (clocks["closed"] > NEVER) & (clocks["closed"] < oldest)
        is_due[[code for code in self._gone if code < len(is_due)]] = False
        due = np.flatnonzero(is_due).tolist()
        if not due or (len(due) < _AT_ONCE and len(due) * _AT_ONCE < int((clocks["n"] > 0).sum())):
            return
        rooms = dict.fromkeys(self.runner.room(code) for code in due)
        observed = self.runner.finish(goes_on=True)
        tables = conclude(observed, self.lines.imported([]), settings=self.settings, reference=self.reference).tables
        facts = observed.facts
        gone = [code for code, name in enumerate(facts.names["room_id"].to_pylist()) if name in rooms]
        others = facts.accounts["account_id"][~np.isin(facts.accounts["room_id"], gone)]
        self.released.add(rooms, tables, facts.names["account_id"].take(pa.array(np.unique(others))))
        self.runner.release(due)
        self._gone.update(due)
        self._note("memory of rooms was released; checks across rooms no longer see them")

    def stop(self) -> None:
        """Ask `run` to end after the slice it is at."""
        self.is_stopped = True

    def dump(self) -> dict[str, Any]:
        """Return what has to be stored of the run itself, as plain JSON values."""
        return {"notes": self.notes, "tick": self._tick, "gone": sorted(self._gone), "released": self.released.dump()}

    def load(self, kept: dict[str, Any]) -> None:
        """Take up what was stored."""
        self.notes, self._tick, self._gone = [*kept["notes"]], kept["tick"], set(kept["gone"])
        self.released.load(kept["released"])

    def save(self, position: Position | None) -> None:
        """Make a snapshot that holds everything up to this position, and wait until it is on the disk."""
        assert self.store is not None
        self._saved(wait=True)
        self.store.begin(self, position)
        self._saved(wait=True)

    def _saved(self, *, wait: bool) -> None:
        """Tell the source of a snapshot that is on the disk; where the disk is full, one is tried again later."""
        assert self.store is not None
        try:
            position = self.store.ended(wait=wait)
        except OSError as error:
            self._note(f"no snapshot could be made ({(error.strerror or 'unknown').lower()}); the one before is kept")
            return
        if position is not None:
            self.source.stored(position)
            self._pause_s = max(STORE_S, (self.clock() - self._stored_at) / _SHARE)

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def result(self) -> Result:
        """Return every table of what was read so far; the run can go on afterwards."""
        if self.store is not None:
            self.store.settle(wait=True)
        imported = self.lines.imported(self.notes)
        observed = self.runner.finish(goes_on=True)
        result = conclude(observed, imported, settings=self.settings, reference=self.reference)
        return replace(result, tables=self.released.joined(result.tables)) if self.released.rooms else result

    def end(self) -> None:
        """Tell the alarms of the ticks that are still open: the source is over, nothing can change them."""
        self._tell(self.runner.ticks.last())

    def close(self) -> None:
        """Let go of everything."""
        self.source.close()
        for output in self.outputs:
            output.close()
        for held in (self.log, self.store):
            if held is not None:
                held.close()

    @property
    def seconds_stored(self) -> float | None:
        """Seconds since the last snapshot; None where none is made."""
        return None if self.store is None else self.clock() - self._stored_at

    def status(self) -> Status:
        """Return how the run is doing."""
        ledger, clocks = self.lines.ledger, self.runner.ticks.clocks
        now, n_rows = self.clock(), ledger.n_read
        (before, n_before), self._shown = self._shown, (now, n_rows)
        is_known = clocks["n"] > 0
        return Status(
            n_rows=n_rows, n_rejected=ledger.total("rejected"), n_duplicate=ledger.total("duplicate"),
            n_late=int(clocks["n_late"].sum()), n_alarms=self._told, n_rooms=int(is_known.sum()),
            rate=(n_rows - n_before) / max(now - before, 1e-9),
            newest_us=int(clocks["last"][is_known].max()) if is_known.any() else None,
            seconds_stored=self.seconds_stored,
        )  # fmt: skip

    def _tell(self, alarms: Sequence[Alarm]) -> None:
        if not alarms:
            return
        told = []
        for one in alarms:
            room = self.runner.room(one.room)
            told.append(Raised(key_of(room, one.scheme), room, one.scheme, one.ts, round(one.e_value, 3)))
        fresh = told if self.log is None else [one for one in told if one.alarm_id not in self.log.known]
        self._told += len(fresh)
        if fresh:
            for output in self.outputs:
                output.tell(fresh)
            self._keep(fresh)

    def _keep(self, fresh: Sequence[Raised]) -> None:
        if self.log is None:
            return
        try:
            self.log.add(fresh)
        except OSError as error:
            self._note(
                f"alarms could not be kept ({(error.strerror or 'unknown').lower()}); after a restart they are told again"
            )
