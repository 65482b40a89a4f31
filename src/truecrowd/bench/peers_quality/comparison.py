"""One comparison, in a process of its own with one thread: `compared` is called, `main` is what the process runs."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from truecrowd.bench.peers_quality.peer import Material
from truecrowd.bench.peers_quality.result import Cost, Entry, Played, Quality, Value

_ONE: Final = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)  # fmt: skip
"""Variables by which numerical libraries are held to one thread; read when they are loaded."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much one comparison measures.

    Args:
        preset: Rooms of all three worlds.
        n_events: Of the judged one; None: the preset's own size.
        n_tuned: Of the two others.
        every: Of the preset's rooms every so manieth is played.
        budget: Most settings anybody chooses from.
    """

    preset: str
    n_events: int | None
    n_tuned: int
    every: int
    budget: int


QUICK: Final = Sizes("week", 300_000, 300_000, every=5, budget=4)
FULL: Final = Sizes("week", None, 300_000, every=1, budget=20)
SEEDS: Final = {"learnt": 101, "tuned": 202, "judged": 303}
"""Fixed and different, so that no stream is shared even by chance."""
WORLDS: Final = {"learnt": "develop", "tuned": "tune", "judged": "report"}
"""The world `report` is judged on and nothing else."""


def compared(sizes: Sizes, programs: Mapping[str, Path]) -> Quality:
    """Compare everybody in a fresh process with one thread.

    Args:
        sizes: See `Sizes`.
        programs: Paths of programs by peer, see `programs.parsed`.

    Raises:
        RuntimeError: The process ended without a result; what it said stands on stderr.
    """
    folder = Path(tempfile.mkdtemp(prefix="truecrowd-peers-"))
    request = {"sizes": asdict(sizes), "folder": str(folder), "programs": {k: str(v) for k, v in programs.items()}}
    command = [sys.executable, "-m", "truecrowd.bench.peers_quality.comparison"]
    try:
        done = subprocess.run(  # noqa: S603 (our own module, no shell)
            command, input=json.dumps(request), stdout=subprocess.PIPE, text=True, check=False,
            env=os.environ | dict.fromkeys(_ONE, "1"),
        )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if done.returncode != 0 or not done.stdout:
        raise RuntimeError(f"the comparison ended with exit code {done.returncode}; what it said stands above")
    return from_plain(json.loads(done.stdout.splitlines()[-1]))


def held(sizes: Sizes, folder: Path, programs: Mapping[str, Path]) -> Quality:
    """Compare everybody in this process.

    Args:
        sizes: See `Sizes`.
        folder: For the worlds; exists.
        programs: As in `compared`.
    """
    from truecrowd.bench.peers_quality import contest
    from truecrowd.bench.peers_quality.worlds import Wanted, made

    materials: dict[str, Material] = {}
    played: list[Played] = []
    for use in ("learnt", "tuned", "judged"):
        n_events = sizes.n_events if use == "judged" else sizes.n_tuned
        wanted = Wanted(use, sizes.preset, WORLDS[use], SEEDS[use], n_events, sizes.every)
        materials[use], about = made(wanted, folder / use, programs, materials.get("learnt"))
        played.append(about)
    entries, correlations = contest.held(materials["judged"], materials["tuned"], played[-1].audit, sizes.budget)
    return Quality(sizes.budget, tuple(reversed(played)), entries, correlations)


def from_plain(tree: dict[str, Any]) -> Quality:
    """Return what `asdict` and JSON made plain."""
    costs = ("reading", "features", "ingest", "audit")
    worlds = tuple(Played(**(each | {name: Cost(**each[name]) for name in costs})) for each in tree["worlds"])
    return Quality(tree["budget"], worlds, tuple(_entry(each) for each in tree["entries"]), tree["correlations"])


def _entry(tree: dict[str, Any]) -> Entry:
    values = {part: {name: Value(**each) for name, each in tree[part].items()} for part in ("values", "differences")}
    return Entry(**(tree | values | {"cost": tree["cost"] and Cost(**tree["cost"])}))


def main() -> None:
    """Read one request from stdin, write one line of JSON to stdout."""
    import pyarrow as pa

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    request = json.loads(sys.stdin.readline())
    programs = {name: Path(path) for name, path in request["programs"].items()}
    found = held(Sizes(**request["sizes"]), Path(request["folder"]), programs)
    sys.stdout.write("\n" + json.dumps(asdict(found), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
