"""`verify.py` alone over a case file that ships whole segments, beside plain hashing of the same bytes in this run."""

import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from truecrowd.bench.sealing import add_segment, synthetic_rows
from truecrowd.evidence import records, verify
from truecrowd.evidence.container import packed
from truecrowd.evidence.log import Log, Ring, writer
from truecrowd.evidence.shipping import shipped

SECONDS: Final = 5.0
MEGABYTES: Final = 500
"""What we set ourselves for 1,000,000 records, with the standard library alone (issue 6)."""
_CHILD: Final = """
import resource, runpy, sys, time
begun = time.perf_counter()
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as end:
    code = end.code
used, most = resource.getrusage(resource.RUSAGE_SELF), 0
for line in open("/proc/self/status") if sys.platform == "linux" else ():
    most = int(line.split()[1]) if line.startswith("VmHWM") else most
print("|", code, time.perf_counter() - begun, used.ru_utime + used.ru_stime, most or used.ru_maxrss)
"""


@dataclass(frozen=True, slots=True)
class Verifying:
    """What checking one case file takes.

    Args:
        n_records: Records in it.
        n_bytes: Its size.
        wall_s, cpu_s: Seconds of `verify.py`, start of the interpreter not counted.
        plain_s: Seconds of one SHA-256 over the file.
        rss_mb: Most memory, megabytes.
        is_proven: Whether it verified.
    """

    n_records: int
    n_bytes: int
    wall_s: float
    cpu_s: float
    plain_s: float
    rss_mb: float
    is_proven: bool

    def lines(self, text: Mapping[str, str]) -> list[str]:
        """Return the figures as a line of the table; targets are for a million records, CPU seconds taken in proportion."""
        share = self.n_records / 1e6
        is_met = self.is_proven and self.cpu_s <= SECONDS * max(share, 0.05) and self.rss_mb <= MEGABYTES
        return [
            (
                f"{text['verify']} · {self.n_records:,} {text['events']}, {self.n_bytes / 1e6:,.0f} MB: {self.wall_s:.2f} s "
                f"{text['wall']} · {self.cpu_s:.2f} {text['cpu_s']} · {self.rss_mb:,.0f} MB · SHA-256 {self.plain_s:.2f} s · "
                f"{text['target']} {SECONDS:.0f} s, {MEGABYTES} MB (1,000,000): {text['reached' if is_met else 'missed']}"
            )
        ]


def measured(folder: Path, n_records: int) -> Verifying:
    """Seal records in a folder, ship all of them in one case file, and let `verify.py` check it in a process of its own.

    Args:
        folder: Emptied of what is made in it.
        n_records: Records of the case file.
    """
    home = folder / "case"
    path = _case_file(home, n_records)
    body = path.read_bytes()
    begun = time.perf_counter()
    hashlib.sha256(body).digest()
    plain, n_bytes = time.perf_counter() - begun, len(body)
    del body
    command = [sys.executable, "-I", "-S", "-c", _CHILD, str(verify.__file__), str(path), "--trust",
               str(home / "keys" / "trust.policy"), "--json"]  # fmt: skip
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603  our own file
    said, _, figures = shown.rpartition("|")
    code, wall, cpu, rss = figures.split()
    states = {row["check"]: row["state"] for row in json.loads(said)["checks"]}
    shutil.rmtree(home)
    is_proven = code == "3" and states["records"] == states["manifest"] == "proven"
    return Verifying(n_records, n_bytes, float(wall), float(cpu), plain, int(rss) / 1024, is_proven)


def _case_file(home: Path, n_records: int) -> Path:
    rows = synthetic_rows(n_records)
    ring = Ring.make(home / "keys", "bench.example")
    with writer(home / "log", ring, tool="bench") as made:
        for at in range(0, n_records, records.MOST):
            add_segment(made, rows.slice(at, records.MOST))
    log, keys = Log(home / "log"), ring.salt_keys()
    files = {"log/checkpoint": log.checkpoint}
    for number, statement in log.entries():
        files |= {f"statements/{number}.json": statement, f"log/proofs/{number}.tlog-proof": log.proof(number)}
    for root in log.segments:
        kept = log.segment(root, keys)
        files[f"records/{root}.records"] = shipped(kept, range(kept.rows.num_rows), {})[0]
    key = log.keys.exports[-1]
    path = home / "whole.case"
    path.write_bytes(packed(files, key, ring.of(key)))
    return path
