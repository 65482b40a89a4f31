"""Measure `watch` on this machine, with a peer in the same run: events by CPU second, and going on from a snapshot.

    python scripts/watch_figures.py --events 400000

The peer is river's half-space trees, one row at a time, as its users run it: without parsing, rooms, or tables. Prints
one line of JSON for each figure.
"""

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def lines_of(n_events: int, path: Path) -> list[dict[str, Any]]:
    """Write synthetic events as lines; return the first ones as rows."""
    import orjson

    from truecrowd.bench.events import synthetic

    first: list[dict[str, Any]] = []
    with path.open("wb") as file:
        for table in synthetic(n_events):
            rows = table.to_pylist()
            first = first or rows[:20_000]
            file.writelines(
                orjson.dumps({name: cell for name, cell in row.items() if cell is not None}) + b"\n" for row in rows
            )
    return first


def cpu_of(work: Callable[[], object]) -> float:
    """Return the CPU seconds of some work."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def live_of(path: Path, state: Path | None) -> Any:
    """Return a run over the file that has not begun."""
    from truecrowd.engine.settings import Settings
    from truecrowd.ingest import Options
    from truecrowd.reference import shipped
    from truecrowd.stream.opening import opened

    return opened(str(path), Options(), Settings(threads=1), frozenset(), shipped(), [], state=state, until_end=True)


def watched(path: Path, state: Path | None) -> None:
    """Watch a file to its end."""
    live = live_of(path, state)
    with live.runner:
        live.run()
        live.close()


def resumed(path: Path, state: Path) -> float:
    """Return the CPU seconds until a run over a finished state could read its next row."""
    live = live_of(path, state)
    begun = time.process_time()
    with live.runner:
        live.store.load(live)
        spent = time.process_time() - begun
        live.close()
    return spent


def peer(rows: list[dict[str, Any]]) -> None:
    """Score and learn each row with river's half-space trees."""
    from river import anomaly

    trees = anomaly.HalfSpaceTrees(seed=0)
    for row in rows:
        numbers = {
            "hour": row["ts"].hour / 24,
            "value": (row.get("value") or 0) / 20,
            "type": len(row["event_type"]) / 15,
        }
        trees.score_one(numbers)
        trees.learn_one(numbers)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=400_000)
    given = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="truecrowd-watch-"))
    try:
        path = root / "events.ndjson"
        rows = lines_of(given.events, path)
        watched(path, None)  # what is loaded once is not counted
        ours = given.events / cpu_of(lambda: watched(path, None))
        kept = given.events / cpu_of(lambda: watched(path, root / "state"))
        river = len(rows) / cpu_of(lambda: peer(rows))
        for name, rate in (("watch", ours), ("watch --state", kept), ("river, half-space trees", river)):
            print(json.dumps({"what": name, "events_per_cpu_s": round(rate), "ratio_to_peer": round(rate / river, 1)}))
        print(json.dumps({"what": "going on from the snapshot", "cpu_s": round(resumed(path, root / "state"), 2)}))
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
