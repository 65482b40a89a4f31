"""What truecrowd as shipped finds in the world kept for judging; nothing may be chosen by what is measured here."""

import csv
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.compute as pc

import truecrowd
from truecrowd.bench.quality import evaluate
from truecrowd.bench.quality.bootstrap import Estimate, rate_of
from truecrowd.bench.quality.overall import overall_of
from truecrowd.bench.quality.parts import guard_members, plain_rooms
from truecrowd.bench.quality.truth import Truth, read_truth
from truecrowd.errors import InputError
from truecrowd.simulate import PRESETS, simulate
from truecrowd.simulate.write import write

WORLD = "report"
SEEDS = (1, 2, 3)
EVADE = ("evade/low", "evade/mid", "evade/high")
OWN_SIZE = {**dict.fromkeys(EVADE, 400_000), "clean": 240_000, "farm20k": 180_000}
"""Events of presets that never grow with `--events`: more of them would be larger rooms, not more rooms."""
BLOCKS = ("room", "room_plain", "account", "order", "product", "fleet", "share", "calibration", "alarm")
VERDICTS = ("level", "level_then_p", "p_manufactured", "level>=watch", "level>=high")
CHECKS = ("stock_balance", "broken_promise")
"""Checks that are measured by their own scores as well: they alone look at goods."""
WORSE = ("watch", "high")


class Job(NamedTuple):
    """One audit to make and to measure."""

    preset: str
    seed: int
    n_events: int


class Measured(NamedTuple):
    """What one audit gave.

    Args:
        job: What was simulated.
        n_events, n_rooms: What came of it.
        cells: By (block, group, measure, by): value, low and high (NaN: none) and rows.
        rooms: One row a room: host, is_dirty, alarm, watch, high, above (`at_least` above the truth; None: not said).
        guards: By guard family (`plain` too), the rooms that hold it, honest ones alone.
        accounts: By role, honest accounts as [host, at watch, at high, all].
        made: Model, reference and settings of the audit.
        seconds: Of simulating, auditing and evaluating.
    """

    job: Job
    n_events: int
    n_rooms: int
    cells: dict[tuple[str, str, str, str], tuple[float, float, float, int]]
    rooms: list[list[Any]]
    guards: dict[str, list[int]]
    accounts: dict[str, list[list[int]]]
    made: dict[str, str]
    seconds: tuple[float, float, float]


def jobs(n_events: int, seeds: Iterable[int] = SEEDS) -> list[Job]:
    """Return every audit of the report, the longest first."""
    names = ("week", "guards", *EVADE, "clean", "farm20k")
    return [Job(name, seed, size(name, n_events)) for name in names for seed in seeds]


def size(preset: str, n_events: int) -> int:
    """Return how many events are asked for; never fewer than the preset needs."""
    wanted = min(OWN_SIZE.get(preset, n_events), n_events) if preset != "farm20k" else OWN_SIZE[preset]
    return max(wanted, PRESETS[preset].least)


def measure(job: Job) -> Measured:
    """Simulate, audit as shipped, evaluate; everything on the disk is removed again."""
    folder = Path(tempfile.mkdtemp(prefix="truecrowd-quality-"))
    try:
        clock = [time.perf_counter()]
        meta = write(simulate(job.preset, world=WORLD, seed=job.seed, n_events=job.n_events), folder / "truth")
        clock.append(time.perf_counter())
        audit = truecrowd.audit(str(folder / "truth" / "events.parquet"))
        audit.write(folder / "audit")
        clock.append(time.perf_counter())
        found = evaluate(folder / "audit", folder / "truth")
        clock.append(time.perf_counter())
        truth = read_truth(folder / "truth")
        cells = {
            (one.block, one.group, one.measure, one.by): (real(one.value), real(one.low), real(one.high), one.n)
            for one in found.cells
            if one.block in BLOCKS and (one.block not in ("room", "account", "order", "product") or is_kept(one.by))
        }
        summary = audit.summary
        made = {"model": summary.model, "reference": summary.reference_id or "", "settings": summary.settings[:16]}
        seconds = tuple(round(end - begin, 1) for begin, end in pairwise(clock))
        return Measured(
            job, meta["n_events"], meta["n_rooms"], cells, rooms_of(truth, audit.tables), guards_of(truth),
            accounts_of(truth, audit.tables), made, seconds,  # type: ignore[arg-type]
        )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_kept(by: str) -> bool:
    """Say whether cells of this ordering or flag are kept."""
    return by in VERDICTS or by in CHECKS or by.endswith((">=watch", ">=high"))


def real(value: float | None) -> float:
    """Return a number, NaN for none."""
    return float("nan") if value is None else float(value)


def rooms_of(truth: Truth, tables: Mapping[str, Any]) -> list[list[Any]]:
    """Return what was said of each room, beside what it is."""
    rooms = truth.rooms
    alarm = np.zeros(len(rooms.host), bool)
    at = rooms.index.find(tables["alarms"]["room_id"])
    alarm[at[at >= 0]] = True
    said = overall_of(rooms, tables["verdicts"], "room")
    viewers = tables["shares"].filter(pc.equal(tables["shares"]["measure"], "viewers"))
    low = rooms.spread((viewers["room_id"],), np.asarray(viewers["at_least"].to_numpy(), float))
    true = np.asarray(rooms.columns["share_viewers"].to_numpy(), float)
    above = [None if np.isnan(one) else bool(one > own + 1e-12) for one, own in zip(low, true, strict=True)]
    columns = (rooms.host, rooms.positive["any"], alarm, *(said.at_least(level) for level in WORSE))
    return [[*row, said] for *row, said in zip(*(column.tolist() for column in columns), above, strict=True)]


def guards_of(truth: Truth) -> dict[str, list[int]]:
    """Return by guard family the honest rooms that hold it; `plain`: those that hold none."""
    members = {**guard_members(truth), "plain": plain_rooms(truth)}
    return {name: np.flatnonzero(which).tolist() for name, which in members.items()}


def accounts_of(truth: Truth, tables: Mapping[str, Any]) -> dict[str, list[list[int]]]:
    """Return by role, for each host, how many honest accounts are at watch, at high, and in all; `any`: all roles."""
    accounts = truth.accounts
    said = overall_of(accounts, tables["verdicts"], "account")
    role = np.asarray(accounts.columns["role"].to_pylist(), object)
    honest = accounts.negative
    names = ["any", *sorted(set(role[honest].tolist()))]
    out = {}
    for name in names:
        which = honest if name == "any" else honest & (role == name)
        hosts, place = np.unique(accounts.host[which], return_inverse=True)
        counts = [np.bincount(place, said.at_least(level)[which], len(hosts)) for level in WORSE]
        columns = np.stack([hosts, *counts, np.bincount(place, minlength=len(hosts))], axis=1)
        out[name] = columns.astype(int).tolist()
    return out


class Pool:
    """All audits of the report by preset; every method returns one figure as plain JSON values."""

    def __init__(self, measured: Sequence[Measured]) -> None:
        self.by_preset: dict[str, list[Measured]] = {}
        for one in sorted(measured, key=lambda one: (one.job.preset, one.job.seed)):
            self.by_preset.setdefault(one.job.preset, []).append(one)

    def mean(self, preset: str, block: str, group: str, name: str, by: Sequence[str] = VERDICTS) -> dict[str, Any]:
        """Return the mean over seeds of one cell; ends of the interval are means of the seeds' ends."""
        found = [cell_of(one, block, group, name, by) for one in self.by_preset.get(preset, ())]
        known = [cell for cell in found if cell is not None and not np.isnan(cell[0])]
        ends = [cell for cell in known if not np.isnan(cell[1])]
        return {
            "value": mean(cell[0] for cell in known), "low": mean(cell[1] for cell in ends),
            "high": mean(cell[2] for cell in ends), "n": sum(cell[3] for cell in known),
            "seeds": [None if cell is None or np.isnan(cell[0]) else round(cell[0], 5) for cell in found],
        }  # fmt: skip

    def rooms(self, presets: Sequence[str], said: str, guard: str = "", *, is_dirty: bool = False) -> dict[str, Any]:
        """Return the share of honest rooms (of one guard family), or of dirty ones, alarmed, at watch or at high."""
        place = ("alarm", *WORSE).index(said) + 2
        parts, each = [], []
        for number, one in enumerate(one for name in presets for one in self.by_preset.get(name, ())):
            rows = (
                one.guards.get(guard, []) if guard else [at for at, room in enumerate(one.rooms) if room[1] == is_dirty]
            )
            parts += [(number * 1_000_000 + one.rooms[at][0], one.rooms[at][place], 1) for at in rows]
            each.append(part_of(sum(one.rooms[at][place] for at in rows), len(rows)))
        return rate(parts, each)

    def above(self) -> dict[str, Any]:
        """Return how often `at_least` is above the truth, over all rooms for which it is said."""
        parts, each = [], []
        for number, one in enumerate(one for found in self.by_preset.values() for one in found):
            rows = [room for room in one.rooms if room[5] is not None]
            parts += [(number * 1_000_000 + room[0], room[5], 1) for room in rows]
            each.append(part_of(sum(room[5] for room in rows), len(rows)))
        return rate(parts, [])

    def accounts(self, presets: Sequence[str], level: str, role: str = "any") -> dict[str, Any]:
        """Return the share of honest accounts (of one role) at or above a level."""
        place = WORSE.index(level) + 1
        parts, each = [], []
        for number, one in enumerate(one for name in presets for one in self.by_preset.get(name, ())):
            rows = one.accounts.get(role, [])
            parts += [(number * 1_000_000 + row[0], row[place], row[3]) for row in rows]
            each.append(part_of(sum(row[place] for row in rows), sum(row[3] for row in rows)))
        return rate(parts, each)

    def names(self, which: str, presets: Sequence[str]) -> list[str]:
        """Return all guard families or roles, sorted."""
        found = {name for preset in presets for one in self.by_preset.get(preset, ()) for name in getattr(one, which)}
        return sorted(found - {"any", "plain"})

    def schemes(self, preset: str, block: str) -> list[str]:
        """Return the groups that have an average precision in a block."""
        cells = (key for one in self.by_preset.get(preset, ()) for key in one.cells)
        return sorted({key[1] for key in cells if key[0] == block and key[2] == "average_precision"} - {"any"})


def cell_of(
    one: Measured, block: str, group: str, name: str, by: Sequence[str]
) -> tuple[float, float, float, int] | None:
    """Return a cell by the first ordering that has it; blocks that do not rank have one ordering only."""
    for each in by:
        if (block, group, name, each) in one.cells:
            return one.cells[block, group, name, each]
    if block in ("room", "room_plain", "account", "order", "product"):
        return None
    return next((cell for key, cell in one.cells.items() if key[:3] == (block, group, name)), None)


def mean(values: Iterable[float]) -> float | None:
    """Return the mean, None of nothing."""
    known = list(values)
    return round(float(np.mean(known)), 6) if known else None


def part_of(part: float, whole: float) -> float | None:
    """Return part of whole, None of nothing."""
    return round(float(part / whole), 6) if whole else None


def rate(parts: Sequence[tuple[int, float, float]], seeds: list[float | None]) -> dict[str, Any]:
    """Return sum of parts over sum of wholes, with its interval over hosts (host, part, whole)."""
    if not parts:
        return {"value": None, "low": None, "high": None, "n": 0, "seeds": seeds}
    cluster, part, whole = (np.array(column) for column in zip(*parts, strict=True))
    numbers = np.unique(cluster, return_inverse=True)[1]
    found: Estimate = rate_of(part.astype(float), whole.astype(float), numbers, seed=0)
    low, high = (None if np.isnan(end) else round(float(end), 6) for end in (found.low, found.high))
    return {"value": round(found.value, 6), "low": low, "high": high, "n": int(whole.sum()), "seeds": seeds}


def recorded(folder: Path) -> list[dict[str, Any]] | None:
    """Audit every recorded room; they are named by the format of the file and a number, never by name.

    Args:
        folder: Holds MANIFEST.tsv and the recordings; None is returned where there is no such file.
    """
    if not (folder / "MANIFEST.tsv").is_file():
        return None
    with (folder / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [one_recorded(folder / row["file"], row["format"]) for row in rows]


def one_recorded(file: Path, kind: str) -> dict[str, Any]:
    """Return what an audit as shipped says of one recording."""
    try:
        audit = truecrowd.audit(str(file))
    except InputError:
        audit = truecrowd.audit(str(file), tz="UTC")  # times that name no zone: any will do, differences are measured
    verdicts = audit.tables["verdicts"]
    level = verdicts["level"].to_pylist()
    subject, scheme = verdicts["subject_type"].to_pylist(), verdicts["scheme"].to_pylist()
    rows = list(zip(subject, scheme, level, strict=True))
    grave = ("high", "critical")
    accounts = [level for kind, scheme, level in rows if (kind, scheme) == ("account", "any")]
    return {
        "format": kind, "n_events": audit.summary.n_events,
        "n_rooms": sum(1 for kind, scheme, _ in rows if (kind, scheme) == ("room", "any")),
        "watch": sum(1 for kind, scheme, level in rows if (kind, scheme) == ("room", "any") and level == "watch"),
        "above": sum(1 for kind, scheme, level in rows if (kind, scheme) == ("room", "any") and level in grave),
        "schemes": sorted({scheme for kind, scheme, level in rows if kind == "room" and scheme != "any" and level in ("watch", *grave)}),
        "alarms": audit.tables["alarms"].num_rows,
        "n_accounts": len(accounts), "flagged": sum(level in ("watch", *grave) for level in accounts),
    }  # fmt: skip
