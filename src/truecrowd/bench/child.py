"""One contender in a process of its own: threads are fixed when a process starts, and memory is its own.

Reads one request a line from stdin, `{"row": ..., "path": ...}`, and answers with one line of JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from truecrowd.bench import ours, peers, simulation, whole

Work = tuple[Callable[[Path], Any], Callable[[Any], str | None]]
"""What is timed, and how its result is compared."""

_OURS: Final[dict[str, Work]] = {
    "features": (ours.features, ours.features_answer),
    "features_text": (ours.features, ours.features_answer),
    **dict.fromkeys(("ndjson", "ndjson_all", "parquet", "csv", "csv_quoted"), (ours.ingest, ours.ingest_answer)),
}
_BOUND: Final[dict[str, Work]] = {
    **dict.fromkeys(("features", "features_text"), (ours.read_only, lambda _: None)),
    **dict.fromkeys(("ndjson", "ndjson_all", "csv", "csv_quoted"), (ours.bytes_only, lambda _: None)),
    "parquet": (ours.decode_only, lambda _: None),
}
_STAGES: Final[dict[str, Work]] = {
    "ingest": (ours.ingest_alone, lambda _: None),
    **dict.fromkeys(("audit", "audit_same"), (ours.audited, lambda _: None)),
    "detectors": (whole.detectors, lambda _: None),
    "report": (whole.finished, lambda _: None),
    **dict.fromkeys(("simulate_week", "simulate_head"), (simulation.played, lambda _: None)),
    "simulate_bound": (simulation.bound, lambda _: None),
}


def works(contender: str, threads: int) -> dict[str, Work]:
    """Return, by row, what is timed and how its result is compared.

    Raises:
        ImportError: The contender is not installed.
    """
    own = {"truecrowd": _OURS, "bound": _BOUND, "stages": _STAGES}
    if contender == "stages":
        ours.warm()
    if contender in own:
        return own[contender]
    tool = (peers.duckdb_start if contender == "duckdb" else peers.polars_start)(threads)
    return {row: _peer(contender, tool, row) for row in _OURS}


def _peer(contender: str, tool: Any, row: str) -> Work:
    work = getattr(peers, f"{contender}_{row.removesuffix('_text').removesuffix('_quoted')}")
    kind = "counts" if row.startswith("features") else "rows"
    answer = getattr(peers, f"{'arrow' if contender == 'duckdb' else 'polars'}_{kind}")
    return (lambda path: work(tool, path)), answer


def turn(work: Work, path: Path, *, is_compared: bool) -> dict[str, object]:
    """Do one piece of work and return what it cost.

    Args:
        work: See `works`.
        path: File it reads.
        is_compared: Whether the digest of its result is wanted.
    """
    base = _memory("VmRSS")
    wall, cpu = time.perf_counter(), time.process_time()
    result = work[0](path)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = _memory("VmHWM")
    if isinstance(result, whole.Spent):
        cpu, wall, peak = result.cpu_s, result.wall_s, result.peak_bytes or peak
    answer = work[1](result) if is_compared else None
    return {"cpu_s": cpu, "wall_s": wall, "answer": answer, "base_bytes": base, "peak_bytes": peak}


def _memory(field: str) -> int | None:
    """Return a figure of this process's memory in bytes; None where the system has no /proc.

    `getrusage` will not do: a process begins with the peak of the one it was forked from.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    found = [line.split() for line in status.read_text(encoding="ascii").splitlines() if line.startswith(field)]
    return int(found[0][1]) * 1024 if found else None


def main() -> None:
    """Serve requests until stdin ends."""
    contender, threads = sys.argv[1], int(sys.argv[2])
    if threads:
        pa.set_cpu_count(threads)
        pa.set_io_thread_count(threads)
    try:
        found = works(contender, threads)
    except ImportError:
        _say({"is_installed": False})
        return
    _say({"is_installed": True})
    for line in sys.stdin:
        request = json.loads(line)
        _say(turn(found[request["row"]], Path(request["path"]), is_compared=request["is_compared"]))


def _say(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
