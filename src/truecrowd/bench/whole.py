"""Work that measures itself: all detectors in one thread, and the command `audit` up to its finished report."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.ingest import Options, read

_DONE: Final = (0, 1, 3)
"""Exit codes of an audit that wrote its folder (contract)."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a piece of work cost.

    Args:
        cpu_s, wall_s: Seconds.
        peak_bytes: Most resident memory of the process it ran in; None where the system does not tell, or where it ran
            in this one.
    """

    cpu_s: float
    wall_s: float
    peak_bytes: int | None = None


def detectors(path: Path) -> Spent:
    """Show rows that are in memory to every detector, close all rooms and make the tables of scores and findings.

    One thread. Reading is not counted; turning names into codes, facts of the rooms and closing them are.
    """
    slices = list(read([path], Options()).batches())
    wall, cpu = time.perf_counter(), time.process_time()
    observe_all(slices, Settings(threads=1))
    return Spent(time.process_time() - cpu, time.perf_counter() - wall)


def finished(path: Path) -> Spent:
    """Run `truecrowd audit` in a process of its own, from its start to the written report.

    Raises:
        RuntimeError: It did not write a report.
    """
    with tempfile.TemporaryDirectory(prefix="truecrowd-bench-") as folder:
        command = [sys.executable, "-m", "truecrowd", "audit", str(path), "--out", str(Path(folder) / "out")]
        wall, before = time.perf_counter(), os.times()
        done = subprocess.run(command, capture_output=True, check=False, text=True)  # noqa: S603 (our own module)
        wall, after = time.perf_counter() - wall, os.times()
    if done.returncode not in _DONE:
        raise RuntimeError(f"audit ended with exit code {done.returncode}: {done.stderr[-500:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Spent(cpu, wall, _peak_of_children())


def _peak_of_children() -> int | None:
    """Return the most resident memory of a process that was waited for; it begins with that of this process."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
