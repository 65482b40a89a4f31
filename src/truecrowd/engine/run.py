"""The whole order of stages: slices of EVENTS in, the tables of the contract out.

A batch run is a run of many slices; a live run will be the same with slices that come over time. States merge in any
order, and everything that is a float is computed once, at the end, over names in their order: so any slicing gives
the same tables.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector, Look, Seen, looked
from truecrowd.engine.columns import Interner, in_order_of_names, to_view
from truecrowd.engine.heaps import Heap
from truecrowd.engine.rows import EventIds, coverage_rows, finding_rows, hashes_of, score_rows
from truecrowd.engine.settings import Settings
from truecrowd.engine.spill import EventNames
from truecrowd.errors import ConfigError
from truecrowd.features.facts import FACT_LAYOUTS, Facts, FactStates, close, observe
from truecrowd.features.steps import READS
from truecrowd.features.view import CODED, View
from truecrowd.schema import COVERAGE, EVENTS, FINDINGS, check, ordered
from truecrowd.stored import Loaded, Piece, Pieces, below, under, whole
from truecrowd.verdict.alarms import Alarm
from truecrowd.verdict.alarms_ticks import Ticks

_ALWAYS: Final = frozenset({"event_id", "ts", "event_type", "room_id", "id_kind", "ts_kind", "account_id"})
_FACT_COLUMNS: Final = READS | frozenset({
    "host_id", "merchant_id", "source_room_id", "currency", "amount_minor", "order_id", "device_model", "asn", "region",
    "account_created_at",
})  # fmt: skip


RENAMED: Final = ("account_id", "order_id", "device_id", "ip", "ship_hash", "pay_hash", "product_id")
"""Columns of many values: their texts go with the rooms they stood in."""
_RAISED: Final = np.dtype([("room", "i8"), ("scheme", "U16"), ("ts", "i8"), ("e", "f8")])


@dataclass(frozen=True, slots=True)
class Observed:
    """What the detectors stage hands on.

    Args:
        coverage, scores, findings: Tables of the contract, sorted.
        facts: Facts of the closed rooms.
        seen: The same scores in codes, with the detector and where it looked; the verdict stage works on these.
        ids: Ids of the events that scores and findings point to.
        n_late: Rows that came further behind the newest one than the lateness; they were used all the same.
        alarms: As they were raised while the rows came, rooms by the codes of `facts`.
    """

    coverage: pa.Table
    scores: pa.Table
    findings: pa.Table
    facts: Facts
    seen: tuple[tuple[Detector, Look, Seen], ...]
    ids: EventIds
    n_late: int
    alarms: tuple[Alarm, ...] = ()


class Runner:
    """Takes slices of EVENTS, then closes all rooms. Used in a `with` block.

    Args:
        settings: Settings of the run.
        staff: Account ids of the hosts' staff, moderators and platform accounts.
        detectors: Which to run; None: those the settings choose.
        edges: Of the reference, what alarms are held against; none: no alarms.
        names: Remembers the ids of events; None: in memory, then in a temporary file.
        gather: Rows that are gathered before detectors are shown them: a live run gets small slices, and each call costs
            the same however few rows there are. Alarms never wait.
    """

    def __init__(
        self,
        settings: Settings,
        staff: frozenset[str] = frozenset(),
        detectors: Sequence[Detector] | None = None,
        *,
        edges: Mapping[str, float] | None = None,
        names: EventNames | None = None,
        gather: int = 1,
    ) -> None:
        self._settings = settings
        self._staff = staff
        self._detectors = settings.chosen() if detectors is None else detectors
        self._interner = Interner()
        self._names = EventNames(settings.memory_mb << 20) if names is None else names
        self._facts = {name: Heap(layout) for name, layout in FACT_LAYOUTS.items()}
        self._states = {d.name: Heap(d.stream.layout) for d in self._detectors if d.stream is not None}
        self._views: dict[str, list[View]] = {d.name: [] for d in self._detectors if d.stream is None}
        self._wanted = _ALWAYS.union(_FACT_COLUMNS, *(d.reads for d in self._detectors))
        self._ticks = Ticks(edges or {}, lateness_s=settings.tick_lateness_s)
        self._newest = np.iinfo(np.int64).min
        self._n_late = 0
        self._gather = gather
        self._waiting: list[View] = []
        self._under_way: list[Future[None]] = []
        self._pool = ThreadPoolExecutor(settings.threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._names.close()

    @property
    def ticks(self) -> Ticks:
        """What alarms are made of, with the times of the rooms."""
        return self._ticks

    def room(self, code: int) -> str:
        """Return the name of a room by the code that `push` gave it."""
        return self._interner.word("room_id", code)

    def push(self, rows: pa.Table) -> Sequence[Alarm]:
        """Take one slice of EVENTS, in any order and of any size, and return the alarms that it raises.

        Alarms alone depend on the order in which rows come: they are raised before the last one is there.

        Raises:
            SchemaError: The slice is not EVENTS.
        """
        check(rows, EVENTS)
        if rows.num_rows == 0:
            return ()
        view = to_view(rows, self._interner, wanted=self._wanted, key=self._settings.seed)
        self._names.add(view["event_id"], rows.column("event_id").combine_chunks())
        self._count_late(view)
        raised = self._ticks.push(view, self._is_staff(view))
        self._waiting.append(view)
        if sum(map(len, self._waiting)) >= self._gather:
            self.settle()
        return raised

    def settle(self) -> None:
        """Show the detectors what was gathered."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        view = waiting[0] if len(waiting) == 1 else joined(waiting, None)
        is_staff = self._is_staff(view)
        others = view.where(~is_staff) if is_staff.any() else view
        jobs: list[Callable[[], None]] = [lambda: self._observe(view, is_staff)]
        jobs += [self._job(d, view if d.keeps_staff else others) for d in self._detectors]
        self._wait()
        self._under_way = [self._pool.submit(job) for job in jobs]

    def name_staff(self, staff: frozenset[str]) -> None:
        """Take another staff list, for the rows that come from now on; those before keep the list they came under."""
        self.settle()
        self._staff = staff

    @property
    def is_quiet(self) -> bool:
        """Whether no detector is at work, so that `pieces` need not wait."""
        return all(done.done() for done in self._under_way)

    def _wait(self) -> None:
        """Wait for the detectors: they look at one slice while the next one is read."""
        under_way, self._under_way = self._under_way, []
        for done in under_way:
            done.result()

    def _is_staff(self, view: View) -> np.ndarray:
        return np.isin(view["account_id"], self._interner.codes_of("account_id", self._staff))

    def _count_late(self, view: View) -> None:
        newest = np.maximum.accumulate(np.append(self._newest, view["ts"]))
        lateness_us = round(self._settings.lateness_s * 1e6)
        self._n_late += int((view["ts"] < newest[:-1] - lateness_us).sum()) if self._newest > 0 else 0
        self._newest = int(newest[-1])

    def _observe(self, view: View, is_staff: np.ndarray) -> None:
        states = observe(view, is_staff)
        for name, heap in self._facts.items():
            heap.add(getattr(states, name))

    def _job(self, detector: Detector, view: View) -> Callable[[], None]:
        def take() -> None:
            shown = view.restrict(detector.event_types, detector.reads)
            if detector.stream is None:
                self._views[detector.name].append(shown)
            elif len(shown):
                config = self._settings.config_of(detector)
                heap = self._states[detector.name]
                heap.add(detector.stream.update(shown, config))

        return take

    def finish(self, declared: frozenset[tuple[str, str]] = frozenset(), *, goes_on: bool = False) -> Observed:
        """Close all rooms and return what was seen.

        Args:
            declared: (room_id, event_type) pairs of which the importer says that the source delivers only a part.
            goes_on: More rows will come: nothing is forgotten, and ticks that are open stay so.
        """
        self.settle()
        self._wait()
        ranks, names = self._interner.ranks(), self._interner.names()
        states = {name: heap.closed(ranks, goes_on=goes_on) for name, heap in self._facts.items()}
        staff = ranks["account_id"][self._interner.codes_of("account_id", self._staff)]
        facts = close(FactStates(**states), names, declared=declared, staff=np.sort(staff))
        jobs = [self._pool.submit(self._close, d, facts, ranks, goes_on=goes_on) for d in self._detectors]
        results = [(d, *job.result()) for d, job in zip(self._detectors, jobs, strict=True)]
        alarms = [
            replace(one, room=int(ranks["room_id"][one.room])) for one in (*self._ticks.raised, *self._ticks.last())
        ]
        return replace(self._tables(results, facts), alarms=tuple(alarms))

    def release(self, rooms: Iterable[int]) -> None:
        """Forget rooms: their rows, and the texts that stood in no other room. Ids of events stay with `names`.

        Args:
            rooms: Their codes.
        """
        self.settle()
        self._wait()
        is_gone = np.zeros(self._interner.n_codes("room_id"), np.bool_)
        is_gone[[*rooms]] = True
        holders: list[Heap | Ticks] = [*self._facts.values(), *self._states.values(), self._ticks]
        for holder in holders:
            holder.without(is_gone)
        self._interner.hide("room_id", np.flatnonzero(is_gone))
        moved = {}
        for name in RENAMED:
            n_codes = self._interner.n_codes(name)
            is_used = np.zeros(n_codes, np.bool_)
            for holder in holders:
                is_used |= holder.used(name, n_codes)
            moved[name] = self._interner.only(name, is_used)
        for holder in holders:
            holder.renamed(moved)

    def pieces(self) -> Pieces:
        """Return what has to be stored to go on later; ids of events are kept by `names`.

        Raises:
            ConfigError: A detector has no live form, so all its rows would have to be kept.
        """
        for name in self._views:
            what = f"detector '{name}' has no live form: every row it reads would have to be kept"
            raise ConfigError(what, where="settings", fix=f'leave it out: without = ["{name}"]')
        self._wait()
        raised = [(one.room, one.scheme, one.ts, one.e_value) for one in self._ticks.raised]
        out: dict[str, Piece] = {"raised": np.array(raised, _RAISED), "seen": np.array([self._newest, self._n_late])}
        out["waiting"] = [_batch(view) for view in self._waiting]
        out |= under("names", self._interner.pieces()) | under("ticks", self._ticks.pieces())
        for kind, heaps in (("facts", self._facts), ("states", self._states)):
            for name, heap in heaps.items():
                out |= under(f"{kind}/{name}", heap.pieces())
        return out

    def load(self, loaded: Loaded) -> None:
        """Take up what was stored by a runner of the same settings."""
        raised = whole(loaded, "raised", _RAISED).tolist()
        self._ticks.raised = [Alarm(*one) for one in raised]
        self._newest, self._n_late = whole(loaded, "seen", np.int64).tolist()
        self._waiting = [_view(part) for part in loaded["waiting"] if isinstance(part, pa.RecordBatch)]
        self._interner.load(below("names", loaded))
        self._ticks.load(below("ticks", loaded))
        for kind, heaps in (("facts", self._facts), ("states", self._states)):
            for name, heap in heaps.items():
                heap.load(below(f"{kind}/{name}", loaded))

    def _close(
        self, detector: Detector, facts: Facts, ranks: dict[str, np.ndarray], *, goes_on: bool
    ) -> tuple[Look, Seen]:
        config = self._settings.config_of(detector)
        look = looked(detector, facts, config)
        sees = look.looks
        if detector.stream is not None:
            rows = self._states[detector.name].closed(ranks, goes_on=goes_on)
            seen = rows if sees.all() else rows[sees[rows["room_id"]]]
            return look, detector.stream.finish(seen, facts, config)
        view = joined([in_order_of_names(part, ranks) for part in self._views[detector.name]], facts)
        return look, detector.detect(view.where(sees[view["room_id"]]), config)

    def _tables(self, results: Sequence[tuple[Detector, Look, Seen]], facts: Facts) -> Observed:
        ids = EventIds(self._names.find(hashes_of([seen for _, _, seen in results])))
        coverage = [coverage_rows(detector, look, facts) for detector, look, _ in results]
        findings = [finding_rows(detector, seen, facts, ids) for detector, _, seen in results]
        return Observed(
            coverage=ordered(pa.concat_tables([COVERAGE.empty(), *coverage]), COVERAGE),
            scores=score_rows(results, facts, ids),
            findings=ordered(pa.concat_tables([FINDINGS.empty(), *findings]), FINDINGS),
            facts=facts,
            seen=tuple(results),
            ids=ids,
            n_late=self._n_late,
        )


def _batch(view: View) -> pa.RecordBatch:
    columns = {name: pa.array(column) for name, column in view.columns.items()}
    return pa.record_batch(columns if view.texts is None else {**columns, "text": view.texts})


def _view(batch: pa.RecordBatch) -> View:
    columns = {name: batch.column(name) for name in batch.schema.names}
    texts = columns.pop("text", None)
    return View({name: column.to_numpy(zero_copy_only=False) for name, column in columns.items()}, texts)


def joined(parts: Sequence[View], facts: Facts | None) -> View:
    """Return several views as one, with facts; a column that some parts lack is null there."""
    names = {name for part in parts for name in part.columns} | {"ts", "event_type", "room_id"}
    columns = {name: np.concatenate([np.empty(0, _dtype(name)), *(part[name] for part in parts)]) for name in names}
    has_texts = any(part.texts is not None for part in parts)
    texts = [pa.nulls(len(part), pa.string()) if part.texts is None else part.texts for part in parts]
    return View(columns, pa.concat_arrays(texts) if has_texts else None, facts)


def _dtype(name: str) -> Any:
    if name in CODED:
        return np.int32
    return {
        "event_type": np.int8,
        "id_kind": np.int8,
        "ts_kind": np.int8,
        "event_id": np.uint64,
        "value": np.float64,
    }.get(name, np.int64)


def observe_all(
    slices: Iterable[pa.Table],
    settings: Settings,
    *,
    staff: frozenset[str] = frozenset(),
    detectors: Sequence[Detector] | None = None,
    declared: Callable[[], frozenset[tuple[str, str]]] = frozenset,
    edges: Mapping[str, float] | None = None,
) -> Observed:
    """Run every slice and close all rooms; `declared` is asked after the last slice."""
    with Runner(settings, staff, detectors, edges=edges) as runner:
        for rows in slices:
            runner.push(rows)
        return runner.finish(declared())
