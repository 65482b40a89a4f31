"""The simulator's speed and memory, beside the least that its output costs: writing rows like these and nothing else."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.compute as pc
import pyarrow.parquet as pq

from truecrowd.bench.report import Run
from truecrowd.bench.worker import Worker
from truecrowd.schema import EVENTS
from truecrowd.simulate import simulate
from truecrowd.simulate.write import write

ROWS: Final = ("simulate_week", "simulate_head", "simulate_bound")
"""Names of the runs: two presets, and writing alone."""
_PARTS: Final = 400_000
"""Rows written at once by the bound; about as many as the simulator writes."""


@dataclass(frozen=True, slots=True)
class Task:
    """One preset at one size.

    Args:
        preset: Of `simulate.PRESETS`.
        n_events: About how many events are asked for.
    """

    preset: str
    n_events: int


QUICK: Final = (Task("week", 1_000_000),)
FULL: Final = (Task("week", 1_500_000), Task("week", 6_000_000), Task("head", 5_000_000))


def played(folder: Path) -> int:
    """Simulate into a folder whose name is the preset and the number of events, as in `week-1000000`."""
    preset, n_events = folder.name.split("-")
    return int(write(simulate(preset, n_events=int(n_events)), folder)["n_events"])


def bound(folder: Path) -> int:
    """Write as many rows of the folder's first ones again as it holds: the bound of `played`."""
    with pq.ParquetFile(folder / "events.parquet") as file:
        n_rows = file.metadata.num_rows
        rows = next(file.iter_batches(_PARTS))
    with pq.ParquetWriter(folder / "bound.parquet", EVENTS.schema, compression="zstd") as writer:
        for start in range(0, n_rows, len(rows)):
            writer.write_batch(rows.slice(0, min(len(rows), n_rows - start)))
    (folder / "bound.parquet").unlink()
    return int(n_rows)


def runs(folder: Path, tasks: Sequence[Task]) -> list[Run]:
    """Simulate each task in a fresh process, and write the last one's rows again in another.

    Args:
        folder: For the files; they are removed when measured.
        tasks: What is simulated; the same preset in rising sizes shows what an event costs as worlds grow.

    Raises:
        RuntimeError: A process failed.
    """
    out = []
    for place, task in enumerate(tasks):
        path = folder / f"{task.preset}-{task.n_events}"
        names = [f"simulate_{task.preset}"] + (["simulate_bound"] if place + 1 == len(tasks) else [])
        turns = [(name, _turn(name, path)) for name in names]
        out += [_run(name, path, turn) for name, turn in turns]
        shutil.rmtree(path)
    return out


def _turn(name: str, path: Path) -> dict[str, object]:
    with Worker("stages", 0) as worker:
        turn = worker.ask(name, path, is_compared=False)
    if "error" in turn:
        raise RuntimeError(f"{name} into {path.name}: {turn['error']}")
    return turn


def _run(name: str, path: Path, turn: dict[str, object]) -> Run:
    base, peak = turn["base_bytes"], turn["peak_bytes"]
    accounts = pq.read_table(path / "labels/accounts.parquet", columns=["account_id"])["account_id"]
    return Run(
        name=name,
        n_events=pq.read_metadata(path / "events.parquet").num_rows,
        n_accounts=int(pc.count_distinct(accounts).as_py()),
        n_bytes=(path / "events.parquet").stat().st_size,
        cpu_s=float(str(turn["cpu_s"])),
        wall_s=float(str(turn["wall_s"])),
        base_bytes=None if base is None else int(str(base)),
        peak_bytes=None if peak is None else int(str(peak)),
    )
