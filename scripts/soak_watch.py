"""Kill `watch` at any moment, again and again, and hold its last tables against an audit of the same file.

    python scripts/soak_watch.py --kills 1000

Each round makes a small world with repeated, late, lying and unreadable lines, watches it in a process that is killed
with SIGKILL after a random time until it comes to the end, and compares every final table, the alarms that were told,
and the log of alarms. Prints what was counted; ends with 1 at the first difference.
"""

import argparse
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

FINAL = ("scores", "findings", "fleets", "verdicts", "shares", "alarms", "coverage", "timeline")


def lines_of(seed: int, n_events: int) -> bytes:
    """Return a room's events as lines, with faults: repeated, late, ahead of time, and unreadable ones."""
    import orjson

    from truecrowd.simulate import simulate

    rows = [
        row
        for chunk in simulate("tiny", world="develop", seed=seed, n_events=n_events).chunks()
        for row in chunk.events.to_pylist()
    ]
    rows.sort(key=lambda row: row["ts"])
    lines = [orjson.dumps({name: cell for name, cell in row.items() if cell is not None}) for row in rows]
    rng = random.Random(seed)  # noqa: S311
    for at in range(0, len(lines), 97):
        lines.insert(rng.randrange(len(lines)), lines[at])
    for poison in (
        b"{",
        b"\xff\xfe",
        b'{"ts": "never"}',
        b"[]",
        b'{"ts":"2099-01-01T00:00:00Z","event_type":"join","room_id":"x"}',
    ):
        lines.insert(rng.randrange(len(lines)), poison)
    return b"\n".join(lines) + b"\n"


def watched(path: Path, folder: Path) -> None:
    """Watch to the end with a snapshot after every slice, and write the final tables beside the state."""
    import pyarrow.parquet as pq

    from truecrowd.engine.settings import Settings
    from truecrowd.ingest import Options
    from truecrowd.reference import shipped
    from truecrowd.stream import live, tail
    from truecrowd.stream.opening import opened

    live.STORE_S, live._SHARE, live.GATHER, tail._READ = 0.0, 1e9, 500, 16_384  # noqa: SLF001
    told = Told(folder / "told")
    run = opened(
        str(path),
        Options(),
        Settings(threads=1),
        frozenset(),
        shipped(),
        [told],
        state=folder / "state",
        until_end=True,
    )
    with run.runner:
        (folder / "begun").touch()
        run.run()
        run.end()
        for name, table in run.result().tables.items():
            pq.write_table(table, folder / f"{name}.parquet")
        run.close()
    (folder / "done").touch()


class Told:
    """An output that writes at once what it is told."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def tell(self, alarms) -> None:  # noqa: D102
        with self.path.open("a") as file:
            file.writelines(f"{alarm.alarm_id}\n" for alarm in alarms)

    def close(self) -> None:  # noqa: D102
        pass


def expected(path: Path) -> dict:
    """Return the tables of an audit of the file."""
    from truecrowd.engine.audit import audit
    from truecrowd.engine.settings import Settings
    from truecrowd.ingest import Options

    return dict(audit([path], options=Options(), settings=Settings(threads=1)).tables)


def difference(folder: Path, tables: dict) -> str:
    """Return what differs from the audit, "" if nothing does."""
    import pyarrow.parquet as pq

    from truecrowd.stream.outputs import key_of

    for name in FINAL:
        if not pq.read_table(folder / f"{name}.parquet").equals(tables[name]):
            return name
    wanted = sorted(key_of(row["room_id"], row["scheme"]) for row in tables["alarms"].to_pylist())
    told = (folder / "told").read_text().split() if wanted else []
    if sorted(set(told)) != wanted:
        return "alarms told"
    log = (folder / "state" / "alarms.ndjson").read_text().splitlines()
    return "" if len(log) == len(wanted) else "log of alarms"


def one_round(seed: int, n_kills: int, n_events: int, longest_s: float, root: Path) -> tuple[int, int]:
    """Return how many kills hit, and after how many there was a snapshot to go on from; exit with 1 at a difference."""
    context = multiprocessing.get_context("forkserver")
    folder = root / str(seed)
    folder.mkdir()
    path = folder / "events.ndjson"
    path.write_bytes(lines_of(seed, n_events))
    tables = expected(path)
    rng = random.Random(seed)  # noqa: S311
    hits = starts = resumed = 0
    while not (folder / "done").exists():
        process = context.Process(target=watched, args=(path, folder))
        process.start()
        starts += 1
        if hits < n_kills:
            while not (folder / "begun").exists() and process.is_alive():
                time.sleep(0.001)
            time.sleep(rng.uniform(0.0, longest_s))
            process.kill()
        process.join()
        (folder / "begun").unlink(missing_ok=True)
        hits += process.exitcode == -9
        resumed += process.exitcode == -9 and (folder / "state" / "state").exists()
        if process.exitcode not in (0, -9):
            sys.exit(f"seed {seed}: a start after {hits} kills ended with {process.exitcode}")
    found = difference(folder, tables)
    if found:
        sys.exit(f"seed {seed}: after {hits} kills {found} differ; kept in {folder}")
    shutil.rmtree(folder)
    return hits, resumed


def main() -> None:
    """Run rounds until there were enough kills."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--a-round", type=int, default=30, help="most kills of one round")
    parser.add_argument("--longest", type=float, default=0.4, help="most seconds a process lives after its start")
    parser.add_argument("--events", type=int, default=9_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    multiprocessing.get_context("forkserver").set_forkserver_preload(["truecrowd.stream.opening", "truecrowd.simulate"])
    root = Path(tempfile.mkdtemp(prefix="truecrowd-soak-"))
    total = rounds = after = 0
    while total < given.kills:
        hits, resumed = one_round(
            given.seed + rounds, min(given.a_round, given.kills - total), given.events, given.longest, root
        )
        total, rounds, after = total + max(hits, 1), rounds + 1, after + resumed
        print(
            f"{total:,} kills in {rounds:,} rounds ({after:,} with a snapshot to go on from), all tables and alarms as audited",
            flush=True,
        )
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
