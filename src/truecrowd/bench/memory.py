"""Whole stages in fresh processes: cost per event, peak memory, and what states take."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truecrowd.bench.report import Run, State
from truecrowd.bench.worker import Worker
from truecrowd.detectors import installed
from truecrowd.engine.columns import Interner, to_view
from truecrowd.features.facts import FACT_LAYOUTS, observe
from truecrowd.features.state import Layout
from truecrowd.schema import EVENTS
from truecrowd.simulate import simulate

GROWTH: Final = 4
"""How many times the larger file holds as many events as the smaller one."""


def runs(folder: Path, n_events: int, *, is_long: bool) -> list[Run]:
    """Run whole stages over a quarter and the whole of `n_events`, each in a process of its own.

    Detectors alone, in one thread, and the command up to its report are run over the whole only.

    Args:
        folder: For the files; they are removed when read.
        n_events: About how many events the larger file holds.
        is_long: Also ingest alone, and the larger audit with the smaller one's accounts.
    """
    names = ("ingest", "audit") if is_long else ("audit",)
    path = folder / "run.parquet"
    small = simulate("tiny", n_events=n_events // GROWTH).whole().events
    _write([small], path)
    out = [_run(name, path, small, 1) for name in names]
    if is_long:
        out.append(_run("audit_same", path, small, 1))
        _write(evenings(small, GROWTH), path)
        out.append(_run("audit_same", path, small, GROWTH))
    large = simulate("tiny", n_events=n_events).whole().events
    _write([large], path)
    out += [_run(name, path, large, 1) for name in (*names, "detectors", "report")]
    path.unlink()
    return sorted(out, key=lambda run: (run.name, run.n_events))


def evenings(rows: pa.Table, n: int) -> Iterator[pa.Table]:
    """Yield the rows `n` times, every time a month later, in other rooms, under other event ids; accounts stay.

    A month, so that what comes days later (refunds, reviews) does not fall behind the next evening.
    """
    for at in range(n):
        shifted = rows
        for name in ("event_id", "room_id"):
            other = pc.binary_join_element_wise(rows.column(name), pa.scalar(f"-{at}"), "")
            shifted = shifted.set_column(rows.schema.get_field_index(name), name, other)
        ts = pc.add(rows.column("ts"), pa.scalar(30 * at * 86_400_000_000, pa.duration("us")))
        yield shifted.set_column(rows.schema.get_field_index("ts"), "ts", ts)


def _write(tables: Sequence[pa.Table] | Iterator[pa.Table], path: Path) -> None:
    with pq.ParquetWriter(path, EVENTS.schema, compression="zstd") as writer:
        for rows in tables:
            writer.write_table(rows.cast(EVENTS.schema))


def _run(name: str, path: Path, rows: pa.Table, n_times: int) -> Run:
    with Worker("stages", 1 if name == "detectors" else 0) as worker:
        turn = worker.ask(name, path, is_compared=False)
    if "error" in turn:
        raise RuntimeError(f"{name} of {rows.num_rows * n_times:,} events: {turn['error']}")
    base, peak = turn["base_bytes"], turn["peak_bytes"]
    return Run(
        name=name,
        n_events=rows.num_rows * n_times,
        n_accounts=len(rows.column("account_id").unique()),
        n_bytes=path.stat().st_size,
        cpu_s=float(str(turn["cpu_s"])),
        wall_s=float(str(turn["wall_s"])),
        base_bytes=None if base is None else int(str(base)),
        peak_bytes=None if peak is None else int(str(peak)),
    )


def states(n_events: int) -> list[State]:
    """Return what every state takes after the preset tiny of about this size, in one slice.

    Args:
        n_events: See `simulate`.
    """
    rows = simulate("tiny", n_events=n_events).whole().events
    interner = Interner()
    view = to_view(rows, interner, wanted=frozenset(rows.column_names), key=0)
    facts = observe(view, np.zeros(len(view), np.bool_))
    n_accounts, n_rooms = len(facts.accounts), len(interner.names()["room_id"])
    found: list[tuple[str, str, Layout, np.ndarray]] = [
        ("facts", name, layout, getattr(facts, name)) for name, layout in FACT_LAYOUTS.items()
    ]
    for detector in installed():
        if detector.stream is not None:
            shown = view.restrict(detector.event_types, detector.reads)
            state = detector.stream.layout.reduce(detector.stream.update(shown, detector.config()))
            found.append((detector.name, "state", detector.stream.layout, state))
    return [
        State(owner, name, len(state), layout.dtype.itemsize, state.nbytes / n_accounts, state.nbytes / n_rooms)
        for owner, name, layout, state in found
    ]
