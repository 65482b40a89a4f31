"""One run: files are made, contenders take turns on them, everything goes into one report."""

import os
import platform
import shutil
import statistics
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from truecrowd.bench import files, memory, sealing, simulation, verifying
from truecrowd.bench.peers_quality import comparison
from truecrowd.bench.report import Cell, Machine, Report, Row, Spread
from truecrowd.bench.worker import Worker

CONTENDERS: Final = (
    ("truecrowd", 1), ("bound", 1), ("duckdb", 1), ("duckdb", 0), ("polars", 1), ("polars", 0),
)  # fmt: skip
"""Who takes part, and with how many threads (0: all cores). Ours comes first: ratios refer to it."""
TARGETS: Final = {"features": 1.0, "features_text": 1.0, "ndjson": 0.5}
"""Least ratio to DuckDB in one thread that we set ourselves (issue 2)."""
PACKAGES: Final = (
    "truecrowd", "numpy", "pyarrow", "duckdb", "polars", "UGFraud", "pyod", "river", "scikit-learn",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much one run measures.

    Args:
        n_features: Events of the features rows.
        n_ingest: Events of the ingest rows.
        n_audit: Events of the larger audit; the smaller one has a quarter.
        n_repeats: Turns of every contender in every row, >= 1.
        is_long: Also ingest alone, and the larger audit with the smaller one's accounts.
        quality: Of the comparison of detection quality; None: there is none.
        n_sealed: Records that are sealed in one turn; 0: none.
        simulated: Sets of rooms the simulator is measured on.
    """

    n_features: int
    n_ingest: int
    n_audit: int
    n_repeats: int
    is_long: bool = False
    quality: comparison.Sizes | None = None
    simulated: tuple[simulation.Task, ...] = ()
    n_sealed: int = 0


QUICK: Final = Sizes(
    n_features=1_000_000, n_ingest=30_000, n_audit=1_000_000, n_repeats=3, quality=comparison.QUICK,
    simulated=simulation.QUICK, n_sealed=131_072,
)  # fmt: skip
FULL: Final = Sizes(
    n_features=4_000_000,
    n_ingest=200_000,
    n_audit=2_000_000,
    n_repeats=5,
    is_long=True,
    quality=comparison.FULL,
    simulated=simulation.FULL,
    n_sealed=1 << 20,
)


def run(*, quick: bool, programs: Mapping[str, Path] | None = None, out: Path | None = None) -> Report:
    """Measure everything once.

    Args:
        quick: Small files, some two minutes on two cores; else much longer.
        programs: Paths of other people's programs by peer, see `peers_quality.programs.parsed`.
        out: Folder that the report's JSON is written to, as bench.json; None: nothing is kept.
    """
    report = measured(QUICK if quick else FULL, is_quick=quick, programs=programs or {})
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "bench.json").write_text(report.to_json() + "\n", encoding="utf-8")
    return report


def measured(sizes: Sizes, *, is_quick: bool, programs: Mapping[str, Path] | None = None) -> Report:
    """Measure files of these sizes."""
    before = _load()
    folder = Path(tempfile.mkdtemp(prefix="truecrowd-bench-"))
    try:
        made = files.make(folder, n_features=sizes.n_features, n_ingest=sizes.n_ingest)
        rows = _rows(made, sizes.n_repeats)
        runs = memory.runs(folder, sizes.n_audit, is_long=sizes.is_long)
        runs += simulation.runs(folder, sizes.simulated)
        states = memory.states(sizes.n_ingest)
        sealed = sealing.measured(folder, sizes.n_sealed, sizes.n_repeats) if sizes.n_sealed else None
        checked = verifying.measured(folder, sizes.n_sealed) if sizes.n_sealed else None
        quality = None if sizes.quality is None else comparison.compared(sizes.quality, programs or {})
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Report(_machine(before), is_quick, sizes.n_repeats, rows, runs, states, quality, sealed, checked)


def _rows(made: Sequence[files.Made], n_repeats: int) -> list[Row]:
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(name, threads)) for name, threads in CONTENDERS]
        return [_row(file, workers, n_repeats) for file in made]


def _row(file: files.Made, workers: Sequence[Worker], n_repeats: int) -> Row:
    """Let all contenders take turns, so that whatever else the machine does meets them alike."""
    turns: dict[Worker, list[dict[str, object]]] = {worker: [] for worker in workers}
    for at in range(n_repeats):
        for worker in workers:
            if worker.is_installed:
                turns[worker].append(worker.ask(file.row, file.path, is_compared=at == 0))
    cells = tuple(_cell(worker.contender, worker.threads, turns[worker]) for worker in workers)
    return Row(file.row, file.n_events, file.path.stat().st_size, TARGETS.get(file.row), cells)


def _cell(contender: str, threads: int, turns: Sequence[dict[str, object]]) -> Cell:
    if not turns:
        return Cell(contender, threads, "not_installed")
    errors = [str(turn["error"]) for turn in turns if "error" in turn]
    if errors:
        return Cell(contender, threads, "failed", error=errors[0])
    cpu, wall = (_spread(float(str(turn[name])) for turn in turns) for name in ("cpu_s", "wall_s"))
    answer = turns[0]["answer"]
    return Cell(contender, threads, "measured", cpu, wall, None if answer is None else str(answer))


def _spread(seconds: Iterable[float]) -> Spread:
    known = sorted(seconds)
    return Spread(statistics.median(known), known[0], known[-1])


def _machine(load_before: float | None) -> Machine:
    return Machine(
        cores=os.cpu_count() or 1,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        versions={name: _version(name) for name in PACKAGES},
        load_before=load_before,
        load_after=_load(),
    )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _load() -> float | None:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
