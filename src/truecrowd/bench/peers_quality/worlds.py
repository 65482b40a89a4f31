"""The worlds of one comparison: simulated, read and audited."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from truecrowd.bench.ours import ingest_alone
from truecrowd.bench.peers_quality import features, ours
from truecrowd.bench.peers_quality.grouped import Groups
from truecrowd.bench.peers_quality.peer import LEVELS, Material
from truecrowd.bench.peers_quality.result import Cost, Played
from truecrowd.bench.quality.rivals import read_events
from truecrowd.bench.quality.truth import read_truth
from truecrowd.engine.audit import audit
from truecrowd.engine.settings import Settings
from truecrowd.ingest import Options
from truecrowd.simulate import for_training, simulate
from truecrowd.simulate.write import write

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One simulated world.

    Args:
        use: judged, tuned or learnt; the last two may only be worlds that may be learnt from.
        preset: As `simulate` takes it.
        world: Likewise.
        seed: Likewise.
        n_events: Likewise; None: the preset's own size.
        every: Of the preset's rooms every so manieth is played.
    """

    use: str
    preset: str
    world: str
    seed: int
    n_events: int | None
    every: int = 1


def made(
    wanted: Wanted, folder: Path, programs: Mapping[str, Path], learnt_on: Material | None = None
) -> tuple[Material, Played]:
    """Simulate a world into a folder, read it and audit it.

    Raises:
        ConfigError: A world kept for reporting was to be tuned or learnt on.
    """
    if wanted.use != "judged":
        for_training(wanted.world)
    simulated = simulate(wanted.preset, world=wanted.world, seed=wanted.seed, n_events=wanted.n_events)
    meta = write(replace(simulated, plans=simulated.plans[:: wanted.every]), folder)
    events = folder / "events.parquet"
    truth = read_truth(folder)
    _, ingest = timed(lambda: ingest_alone(events))
    audited, whole = timed(lambda: audit([events], options=Options(), settings=Settings()).tables)
    seen, reading = timed(lambda: read_events(truth, features.COLUMNS))
    found, counting = timed(lambda: features.features(seen, truth, audited))
    scratch = folder / "scratch"
    scratch.mkdir()
    material = Material(truth, seen, found, audited, programs, scratch, learnt_on)
    labelled = {level: material.labelled(level) for level in LEVELS if level != "fleet"}
    stated = {level: ours.is_stated(rows, audited, level) for level, rows in labelled.items()}
    by = {level: "p_manufactured" if is_so else "strongest_check" for level, is_so in stated.items()}
    bought = Groups(truth, seed=0).is_bought
    return material, Played(
        use=wanted.use, preset=wanted.preset, world=wanted.world, seed=wanted.seed, n_events=meta["n_events"],
        n_rooms=meta["n_rooms"],
        n_rows={level: len(rows.host) for level, rows in labelled.items()} | {"fleet": len(bought)},
        n_positive={level: int(rows.positive["any"].sum()) for level, rows in labelled.items()}
        | {"fleet": int(bought.sum())}, reading=reading,
        features=counting, ingest=ingest, audit=Cost(whole.cpu_s - ingest.cpu_s, whole.wall_s - ingest.wall_s),
        by=by | {"fleet": "fleets"},
    )  # fmt: skip


def timed(work: Callable[[], _Found]) -> tuple[_Found, Cost]:
    """Return what `work` returns and what it cost, programs it started included."""
    before, wall = _cpu_s(), time.perf_counter()
    found = work()
    return found, Cost(_cpu_s() - before, time.perf_counter() - wall)


def _cpu_s() -> float:
    now = os.times()
    return time.process_time() + now.children_user + now.children_system
