"""A live run: slices of a source through the runner that audits use, alarms at once, tables when asked for.

Everything that decides anything is shared with `audit`; this file only reads, tells, stores, and keeps count.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from truecrowd.engine.audit import Result, conclude
from truecrowd.engine.run import Runner
from truecrowd.engine.settings import Settings
from truecrowd.reference import Reference
from truecrowd.stream.events import Lines
from truecrowd.stream.outputs import Log, Output, Raised, key_of
from truecrowd.stream.sources import Position, Source
from truecrowd.stream.store import Store
from truecrowd.verdict.alarms import Alarm

STORE_S: Final = 5.0
"""Seconds between two snapshots (engine.md 2, a guess): what has to be read again after a crash."""
GATHER: Final = 65_536
"""Rows gathered before detectors see them; alarms never wait. 5,000 rows at a time cost three times as much a row."""
_WAIT_S: Final = 0.2
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
    clock: Callable[[], float] = time.monotonic
    is_stopped: bool = False
    notes: list[str] = field(default_factory=list)
    _told: int = 0
    _stored_at: float = 0.0
    _pause_s: float = STORE_S
    _shown: tuple[float, int] = (0.0, 0)

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
                for rows in self.lines.take(batch.text):
                    self._tell(self.runner.push(rows))
                position = batch.position
            self.notes += self.source.notes()
            if self.store is not None and self.clock() - self._stored_at >= self._pause_s:
                self.save(position)
            watch(self)
        if self.store is not None:
            self.save(position)

    def stop(self) -> None:
        """Ask `run` to end after the slice it is at."""
        self.is_stopped = True

    def save(self, position: Position | None) -> None:
        """Make a snapshot that holds everything up to this position; where the disk is full, try again later."""
        assert self.store is not None
        begun = self.clock()
        try:
            self.store.save(self, position)
        except OSError as error:
            self._note(f"no snapshot could be made ({(error.strerror or 'unknown').lower()}); the one before is kept")
        else:
            if position is not None:
                self.source.stored(position)
        self._stored_at = self.clock()
        self._pause_s = max(STORE_S, (self._stored_at - begun) / _SHARE)

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def result(self) -> Result:
        """Return every table of what was read so far; the run can go on afterwards."""
        imported = self.lines.imported(self.notes)
        observed = self.runner.finish(goes_on=True)
        return conclude(observed, imported, settings=self.settings, reference=self.reference)

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
            seconds_stored=None if self.store is None else now - self._stored_at,
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
