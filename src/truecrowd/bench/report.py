"""The table of one run: what was measured, its ratios, and the same as text and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Final, Literal

from truecrowd.bench import words
from truecrowd.bench.peers_quality.result import Quality
from truecrowd.bench.peers_quality.table import lines as quality_lines
from truecrowd.bench.sealing import Sealing
from truecrowd.bench.verifying import Verifying

DETECTORS_RATE: Final = 200_000
"""Events a second through all detectors in one thread that we set ourselves."""
REPORT_US: Final = 10
"""Microseconds on the clock an event, from the start of `truecrowd audit` to its report, that we set ourselves."""
REPORT_BYTES: Final = 3 << 29
"""Memory of an audit of a million events that we set ourselves."""
US: Final = "truecrowd"
"""Our own cells."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds of several repeats."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One contender in one row.

    Args:
        contender: truecrowd, bound, duckdb, polars.
        threads: Threads it may use; 0: all cores.
        status: not_installed and failed cells have no figures and stay in the table.
        cpu_s: CPU seconds of all its threads.
        wall_s: Seconds on the clock.
        answer: Digest of its result; None where nothing is compared (a bound).
        error: Why it failed.
    """

    contender: str
    threads: int
    status: Literal["measured", "not_installed", "failed"]
    cpu_s: Spread | None = None
    wall_s: Spread | None = None
    answer: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of work on one file.

    Args:
        name: As in `words.ROWS`.
        n_events: Events in the file; speeds are per input event.
        n_bytes: Size of the file.
        target: Least ratio of our speed to DuckDB's in one thread that we set ourselves, or None.
        cells: Ours first.
    """

    name: str
    n_events: int
    n_bytes: int
    target: float | None
    cells: Sequence[Cell]

    def ratio(self, cell: Cell) -> float | None:
        """Return how many times as many events a CPU second we take as `cell`; None without both figures."""
        ours = self.cells[0]
        if ours.cpu_s is None or cell.cpu_s is None:
            return None
        return cell.cpu_s.median / ours.cpu_s.median

    @property
    def is_equal(self) -> bool:
        """Every measured contender gave the same answer."""
        return len({cell.answer for cell in self.cells if cell.answer is not None}) <= 1

    @property
    def is_reached(self) -> bool | None:
        """Our target is met; None where there is no target or no peer."""
        peer = next((cell for cell in self.cells if (cell.contender, cell.threads) == ("duckdb", 1)), None)
        ratio = None if peer is None else self.ratio(peer)
        return None if ratio is None or self.target is None else ratio >= self.target


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a whole stage in a fresh process.

    Args:
        name: As in `words.RUNS`.
        n_events: Events in the file.
        n_accounts: Different accounts in it.
        n_bytes: Size of the file.
        cpu_s, wall_s: Seconds.
        base_bytes: Resident memory before it began, libraries loaded.
        peak_bytes: Most resident memory; None where the system does not tell.
    """

    name: str
    n_events: int
    n_accounts: int
    n_bytes: int
    cpu_s: float
    wall_s: float
    base_bytes: int | None
    peak_bytes: int | None

    @property
    def aim(self) -> tuple[str, bool] | None:
        """Return what we set ourselves (issue 4) and whether this run reached it; None where nothing is set."""
        if self.name == "detectors":
            return f"{DETECTORS_RATE:,} /s", self.n_events / self.cpu_s >= DETECTORS_RATE
        if self.name == "report":
            is_small = self.peak_bytes is None or self.peak_bytes <= REPORT_BYTES
            return f"{REPORT_US:g} µs, 1.5 GiB", is_small and self.wall_s * 1e6 <= REPORT_US * self.n_events
        return None


@dataclass(frozen=True, slots=True)
class State:
    """What one state takes after a file of simulated rooms.

    Args:
        owner: "facts" or a detector.
        name: Name of the state.
        n_records, record_bytes: Records and the size of one.
        per_account, per_room: Its bytes by account in a room and by room.
    """

    owner: str
    name: str
    n_records: int
    record_bytes: int
    per_account: float
    per_room: float


@dataclass(frozen=True, slots=True)
class Machine:
    """Where and beside what it was measured; `load_*` are the system's running tasks over the last minute."""

    cores: int
    python: str
    system: str
    versions: dict[str, str | None]
    load_before: float | None
    load_after: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one run measured; without `quality`, `sealing` and `verifying` where those parts were not asked for."""

    machine: Machine
    is_quick: bool
    n_repeats: int
    rows: Sequence[Row]
    runs: Sequence[Run]
    states: Sequence[State]
    quality: Quality | None = None
    sealing: Sealing | None = None
    verifying: Verifying | None = None

    def to_json(self) -> str:
        """Return one JSON document: every field, ratios and reached targets beside."""
        tree = asdict(self)
        for row, found in zip(self.rows, tree["rows"], strict=True):
            found |= {"is_equal": row.is_equal, "is_reached": row.is_reached}
            for cell, told in zip(row.cells, found["cells"], strict=True):
                told["ratio"] = row.ratio(cell)
        return json.dumps(tree, ensure_ascii=False, indent=2)

    def lines(self, lang: str = "en") -> list[str]:
        """Return the report as plain lines of text.

        Args:
            lang: "en" or "zh".
        """
        text = words.WORDS[lang]
        out = [_machine_line(self, text), ""]
        for row in self.rows:
            out += [*_row_lines(row, text), ""]
        out += _run_lines(self.runs, text)
        out += [] if self.sealing is None else ["", *self.sealing.lines(text)]
        out += [] if self.verifying is None else self.verifying.lines(text)
        out += ["", *_state_lines(self.states, text)]
        return out if self.quality is None else [*out, "", *quality_lines(self.quality, lang)]


def _machine_line(report: Report, text: dict[str, str]) -> str:
    machine = report.machine
    versions = " · ".join(f"{name} {version or text['not_installed']}" for name, version in machine.versions.items())
    line = f"{machine.cores} {text['cores']} · {machine.system} · Python {machine.python} · {versions}"
    loads = [load for load in (machine.load_before, machine.load_after) if load is not None]
    if loads:
        line += f" · {text['load']} " + " → ".join(f"{load:.1f}" for load in loads)
    return f"{line} · {report.n_repeats} {text['repeats']}"


def _row_lines(row: Row, text: dict[str, str]) -> list[str]:
    head = f"{text[row.name]} · {row.n_events:,} {text['events']} · {row.n_bytes / 2**20:,.0f} MiB"
    if row.target is not None:
        reached = text["no_peer"] if row.is_reached is None else text["reached" if row.is_reached else "missed"]
        head += f" · {text['target']} {row.target:g} × DuckDB: {reached}"
    head += "" if row.is_equal else f" · {text['unequal']}"
    return [head, *(_cell_line(row, cell, text) for cell in row.cells)]


def _cell_line(row: Row, cell: Cell, text: dict[str, str]) -> str:
    threads = text["all_cores"] if cell.threads == 0 else text["one_core"]
    name = f"  {text.get(cell.contender, cell.contender)}, {threads}"
    if cell.cpu_s is None or cell.wall_s is None:
        return f"{name}: {text[cell.status]}" + (f" ({cell.error})" if cell.error else "")
    cpu, wall = cell.cpu_s, cell.wall_s
    line = (
        f"{name}: {row.n_events / cpu.median / 1e6:.2f} M/{text['cpu_s']} "
        f"({row.n_events / cpu.high / 1e6:.2f}-{row.n_events / cpu.low / 1e6:.2f}) · "
        f"{text['wall']} {row.n_events / wall.median / 1e6:.2f} M/s"
    )
    ratio = row.ratio(cell)
    return line if ratio is None or cell is row.cells[0] else f"{line} · {text['we']} {ratio:.2f} ×"


def _run_lines(runs: Sequence[Run], text: dict[str, str]) -> list[str]:
    out = []
    for run in runs:
        line = (
            f"{text[run.name]} · {run.n_events:,} {text['events']}, {run.n_accounts:,} {text['accounts']}: "
            f"{run.n_events / run.cpu_s:,.0f} /{text['cpu_s']} · {run.cpu_s / run.n_events * 1e6:.2f} µs · "
            f"{text['wall']} {run.n_events / run.wall_s:,.0f} /s, {run.wall_s:.1f} s"
        )
        if run.peak_bytes is not None and run.base_bytes is not None:
            line += (
                f" · {text['peak']} {run.peak_bytes / 2**20:,.0f} MiB ({text['base']} {run.base_bytes / 2**20:,.0f})"
            )
        if run.aim is not None:
            line += f" · {text['target']} {run.aim[0]}: {text['reached' if run.aim[1] else 'missed']}"
        out.append(line)
    for small, large in pairwise(runs):
        if small.name == large.name and small.n_events < large.n_events:
            out.append(_growth_line(small, large, text))
    return out


def _growth_line(small: Run, large: Run, text: dict[str, str]) -> str:
    cost = (large.cpu_s / large.n_events) / (small.cpu_s / small.n_events)
    line = (
        f"  {text[large.name]} · {large.n_events / small.n_events:.1f} × {text['events']}: {text['cost']} {cost:.2f} ×"
    )
    if small.peak_bytes and large.peak_bytes:
        line += f", {text['peak']} {large.peak_bytes / small.peak_bytes:.2f} ×"
    return line


def _state_lines(states: Sequence[State], text: dict[str, str]) -> list[str]:
    out = [text["states"]] if states else []
    out += [
        f"  {state.owner}, {state.name}: {state.n_records:,} × {state.record_bytes} B · "
        f"{state.per_account:,.1f} B {text['per_account']} · {state.per_room:,.0f} B {text['per_room']}"
        for state in states
    ]
    return out
