"""Durable sealing, beside a plain hashed append of the same records with fsync, in turns in this process."""

import hashlib
import os
import shutil
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.bench.events import synthetic
from truecrowd.evidence import records
from truecrowd.evidence.log import Ring, Writer, writer

RATE: Final = 80_000
"""Records a second that we set ourselves (issue 6), three commitments each, durable."""
OVERHEAD: Final = 60
"""Bytes of evidence a record that we set ourselves at 1,000 records a segment, salts included."""
LEAST: Final = 1_000
"""Records of the small segments."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """What sealing takes.

    Args:
        n_records: Records of one turn.
        n_turns: Turns of either.
        rate: Records a second on the clock, median of turns.
        cpu_rate: Records a CPU second, median.
        plain_rate: The same on the clock for the plain append.
        commit_s: Slowest commit of a full segment, seconds.
        overhead: Bytes a record beside its rows at `LEAST` records a segment; `overhead_full` at 65,536.
    """

    n_records: int
    n_turns: int
    rate: float
    cpu_rate: float
    plain_rate: float
    commit_s: float
    overhead: float
    overhead_full: float

    @property
    def ratio(self) -> float:
        """How many times as fast as the plain append."""
        return self.rate / self.plain_rate

    def lines(self, text: Mapping[str, str]) -> list[str]:
        """Return the figures as lines of the table."""
        aims = (("seal", f"{RATE:,} /s", self.rate >= RATE), ("overhead", f"{OVERHEAD} B", self.overhead < OVERHEAD))
        said = {
            name: f"{text['target']} {aim}: {text['reached' if is_met else 'missed']}" for name, aim, is_met in aims
        }
        return [
            (
                f"{text['seal']} · {self.n_records:,} {text['events']}: {self.rate:,.0f} /s {text['wall']} · "
                f"{self.cpu_rate:,.0f} /{text['cpu_s']} · {text['plain_append']} {self.plain_rate:,.0f} /s, "
                f"{text['we']} {self.ratio:.2f} × · {text['commit']} {self.commit_s * 1e3:,.0f} ms · {said['seal']}"
            ),
            (
                f"{text['overhead']} · {self.overhead:.1f} B ({LEAST:,}), {self.overhead_full:.1f} B ({records.MOST:,}) · "
                f"{said['overhead']}"
            ),
        ]


def measured(folder: Path, n_records: int, n_turns: int) -> Sealing:
    """Measure in a folder on the disk in question.

    Args:
        folder: Emptied of what is made in it.
        n_records: Records of one turn.
        n_turns: Turns of either, >= 1.
    """
    rows = synthetic_rows(n_records)
    parts = [rows.slice(at, records.MOST) for at in range(0, n_records, records.MOST)]
    plain = [_plain_records(part) for part in parts]
    ours, theirs = [], []
    for at in range(n_turns):
        ours.append(_sealed(folder / f"ours-{at}", parts))
        theirs.append(_appended(folder / f"plain-{at}", plain))
    small = [rows.slice(at, LEAST) for at in range(0, min(n_records, 64 * LEAST), LEAST)]
    return Sealing(
        n_records, n_turns,
        rate=n_records / statistics.median(turn[0] for turn in ours),
        cpu_rate=n_records / statistics.median(turn[1] for turn in ours),
        plain_rate=n_records / statistics.median(theirs),
        commit_s=max(turn[2] for turn in ours),
        overhead=_sealed(folder / "small", small)[3],
        overhead_full=ours[0][3],
    )  # fmt: skip


def synthetic_rows(n: int) -> pa.Table:
    """Return synthetic rows with a comment in an eighth of them and an order in every fiftieth."""
    rows = pa.concat_tables(synthetic(n)).combine_chunks()
    at = np.arange(n)
    words = pa.array([f"这个好评必须给 {one}" for one in range(997)]).take(pa.array(at % 997))
    orders = pa.array([f"order-{one}" for one in range(4_999)]).take(pa.array(at % 4_999))
    for name, column, is_there in (("text", words, at % 8 == 0), ("order_id", orders, at % 50 == 0)):
        rows = rows.append_column(name, pa.array(column.to_pylist(), mask=~is_there))
    return rows


def _plain_records(rows: pa.Table) -> list[bytes]:
    groups = records.split(rows.column_names)
    zeros = {name: bytes(32 * rows.num_rows) for name in groups}
    return records.record_bytes(rows, "events", groups, zeros)


def _sealed(folder: Path, parts: Sequence[pa.Table]) -> tuple[float, float, float, float]:
    """Return seconds, CPU seconds, the slowest commit, and bytes of evidence a record."""
    ring = Ring.make(folder / "keys", "bench.example")
    with writer(folder / "log", ring, tool="bench") as made:
        begun, cpu = time.perf_counter(), time.process_time()
        slowest = max(add_segment(made, part) for part in parts)
        took = time.perf_counter() - begun, time.process_time() - cpu
    n_bytes = sum(path.stat().st_size for path in (folder / "log").rglob("*") if path.is_file())
    n_bytes -= sum(path.stat().st_size for path in (folder / "log/segments").iterdir())
    shutil.rmtree(folder)
    return *took, slowest, n_bytes / sum(part.num_rows for part in parts)


def add_segment(made: Writer, rows: pa.Table) -> float:
    """Seal rows as one segment; return the seconds of its commit."""
    groups = records.split(rows.column_names)
    segment = made.segment(rows, "events", groups)
    begun = time.perf_counter()
    said = made.statement("segment", table="events", records=segment.n, root=segment.root.hex(), groups=groups,
                          salts="file", part=0, is_last=False, source={"name": "bench", "note": "x" * 1_200})  # fmt: skip
    made.commit([said], segment.files)
    return time.perf_counter() - begun


def _appended(path: Path, parts: Sequence[Sequence[bytes]]) -> float:
    """Append hash and record one by one, made sure of after every part; return the seconds."""
    begun = time.perf_counter()
    with path.open("wb") as file:
        for part in parts:
            for record in part:
                file.write(hashlib.sha256(record).digest())
                file.write(record)
            file.flush()
            os.fsync(file.fileno())
    took = time.perf_counter() - begun
    path.unlink()
    return took
