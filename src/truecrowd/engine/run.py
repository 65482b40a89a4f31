"""The whole order of stages: slices of EVENTS in, the tables of the contract out.

A batch run is a run of many slices; a live run will be the same with slices that come over time. States merge in any
order, and everything that is a float is computed once, at the end, over names in their order: so any slicing gives
the same tables.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector, Look, Seen, looked
from truecrowd.engine.columns import Interner, in_order_of_names, to_view
from truecrowd.engine.rows import EventIds, coverage_rows, finding_rows, hashes_of, score_rows
from truecrowd.engine.settings import Settings
from truecrowd.engine.spill import EventNames
from truecrowd.features.facts import FACT_LAYOUTS, Facts, FactStates, close, observe
from truecrowd.features.state import Layout, recode
from truecrowd.features.steps import READS
from truecrowd.features.view import CODED, View
from truecrowd.schema import COVERAGE, EVENTS, FINDINGS, check, ordered

_ALWAYS: Final = frozenset({"event_id", "ts", "event_type", "room_id", "id_kind", "ts_kind", "account_id"})
_FACT_COLUMNS: Final = READS | frozenset({
    "host_id", "merchant_id", "source_room_id", "currency", "amount_minor", "order_id", "device_model", "asn", "region",
    "account_created_at",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Observed:
    """What the detectors stage hands on.

    Args:
        coverage, scores, findings: Tables of the contract, sorted.
        facts: Facts of the closed rooms.
        seen: The same scores in codes, with the detector and where it looked; the verdict stage works on these.
        ids: Ids of the events that scores and findings point to.
        n_late: Rows that came further behind the newest one than the lateness; they were used all the same.
    """

    coverage: pa.Table
    scores: pa.Table
    findings: pa.Table
    facts: Facts
    seen: tuple[tuple[Detector, Look, Seen], ...]
    ids: EventIds
    n_late: int


_LEAST_ROWS: Final = 262_144
"""Rows of one state that are not worth merging before the end: some 10 MB."""


class Heap:
    """A growing state: parts are merged when they outweigh what is merged already, so the cost stays n log n."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._parts: list[np.ndarray] = []
        self._n_merged = self._n = 0

    def add(self, rows: np.ndarray) -> None:
        """Take the rows of one slice, reduced or not."""
        self._parts.append(rows)
        self._n += len(rows)
        if self._n > 2 * self._n_merged + _LEAST_ROWS:
            self._parts = [self._layout.merge(self._parts)]
            self._n = self._n_merged = len(self._parts[0])

    def closed(self, ranks: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the state with codes in the order of their names, and forget it.

        Args:
            ranks: By coded column, the place of every code.
        """
        rows = np.concatenate([np.empty(0, self._layout.dtype), *self._parts])
        self._parts = []
        return self._layout.reduce(recode(rows, ranks))


class Runner:
    """Takes slices of EVENTS, then closes all rooms. Used once, in a `with` block.

    Args:
        settings: Settings of the run.
        staff: Account ids of the hosts' staff, moderators and platform accounts.
        detectors: Which to run; None: those the settings choose.
    """

    def __init__(
        self,
        settings: Settings,
        staff: frozenset[str] = frozenset(),
        detectors: Sequence[Detector] | None = None,
    ) -> None:
        self._settings = settings
        self._staff = staff
        self._detectors = settings.chosen() if detectors is None else detectors
        self._interner = Interner()
        self._names = EventNames(settings.memory_mb << 20)
        self._facts = {name: Heap(layout) for name, layout in FACT_LAYOUTS.items()}
        self._states = {d.name: Heap(d.stream.layout) for d in self._detectors if d.stream is not None}
        self._views: dict[str, list[View]] = {d.name: [] for d in self._detectors if d.stream is None}
        self._wanted = _ALWAYS.union(_FACT_COLUMNS, *(d.reads for d in self._detectors))
        self._newest = np.iinfo(np.int64).min
        self._n_late = 0
        self._pool = ThreadPoolExecutor(settings.threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._names.close()

    def push(self, rows: pa.Table) -> None:
        """Take one slice of EVENTS, in any order and of any size.

        Raises:
            SchemaError: The slice is not EVENTS.
        """
        check(rows, EVENTS)
        if rows.num_rows == 0:
            return
        view = to_view(rows, self._interner, wanted=self._wanted, key=self._settings.seed)
        self._names.add(view["event_id"], rows.column("event_id").combine_chunks())
        self._count_late(view)
        is_staff = np.isin(view["account_id"], self._interner.codes_of("account_id", self._staff))
        others = view.where(~is_staff) if is_staff.any() else view
        jobs: list[Callable[[], None]] = [lambda: self._observe(view, is_staff)]
        jobs += [self._job(d, view if d.keeps_staff else others) for d in self._detectors]
        for done in [self._pool.submit(job) for job in jobs]:
            done.result()

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

    def finish(self, declared: frozenset[tuple[str, str]] = frozenset()) -> Observed:
        """Close all rooms and return what was seen.

        Args:
            declared: (room_id, event_type) pairs of which the importer says that the source delivers only a part.
        """
        ranks, names = self._interner.ranks(), self._interner.names()
        states = {name: heap.closed(ranks) for name, heap in self._facts.items()}
        staff = ranks["account_id"][self._interner.codes_of("account_id", self._staff)]
        facts = close(FactStates(**states), names, declared=declared, staff=np.sort(staff))
        jobs = [self._pool.submit(self._close, d, facts, ranks) for d in self._detectors]
        results = [(d, *job.result()) for d, job in zip(self._detectors, jobs, strict=True)]
        return self._tables(results, facts)

    def _close(self, detector: Detector, facts: Facts, ranks: dict[str, np.ndarray]) -> tuple[Look, Seen]:
        config = self._settings.config_of(detector)
        look = looked(detector, facts, config)
        sees = look.looks
        if detector.stream is not None:
            rows = self._states[detector.name].closed(ranks)
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


def joined(parts: Sequence[View], facts: Facts) -> View:
    """Return several views as one, with facts; a column that some parts lack is null there."""
    names = {name for part in parts for name in part.columns} | {"ts", "event_type", "room_id"}
    columns = {name: np.concatenate([np.empty(0, _dtype(name)), *(part[name] for part in parts)]) for name in names}
    texts = [part.texts for part in parts if part.texts is not None]
    return View(columns, pa.concat_arrays(texts) if texts else None, facts)


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
) -> Observed:
    """Run every slice and close all rooms; `declared` is asked after the last slice."""
    with Runner(settings, staff, detectors) as runner:
        for rows in slices:
            runner.push(rows)
        return runner.finish(declared())
