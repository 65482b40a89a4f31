"""Measure how good truecrowd is as shipped, and what breaks without its parts; write docs/quality.md and quality.zh.md.

Numbers go to docs/quality.json, and both pages are made of it: nothing in them is written by hand. `--only report` or
`--only ablations` measures one half and keeps the other; `--check` says whether the pages are what the numbers say.
"""

import argparse
import json
import multiprocessing
import os
import platform
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import quality_ablations as ablations
import quality_report as report
from quality_figures import figures_of
from quality_page import page

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
REAL = ROOT.parent / "shared" / "real"
NUMBERS = "quality.json"
PAGES = {"en": "quality.md", "zh": "quality.zh.md"}
GROUPS = (("columns", "reference"), ("families", "schemes"))
"""Parts of the ablations that share a process, and so their samples."""


def main(arguments: list[str]) -> int:
    """Measure what is asked for, and write numbers and pages."""
    asked = options(arguments)
    file = asked.out / NUMBERS
    if asked.check:
        return check(asked.out, known(file))
    fresh = {} if asked.pages else measured(asked)
    numbers = known(file) | fresh
    if fresh:
        file.write_text(json.dumps(numbers, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    for lang, name in PAGES.items():
        (asked.out / name).write_text(page(numbers, lang), encoding="utf-8")
    return 0


def options(arguments: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("report", "ablations"), help="measure one half, keep the other")
    parser.add_argument("--events", type=int, default=1_000_000, help="events of one week, and of the guard families")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(report.SEEDS), help="of the report")
    parser.add_argument("--workers", type=int, default=2, help="audits at the same time, each in its own process")
    parser.add_argument("--real", type=Path, default=REAL, help="folder of recordings, with MANIFEST.tsv")
    parser.add_argument("--out", type=Path, default=DOCS, help="folder of the pages")
    parser.add_argument("--pages", action="store_true", help="measure nothing, write the pages again")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if a page is not what the numbers say"
    )
    return parser.parse_args(arguments)


def known(file: Path) -> dict[str, Any]:
    """Return the numbers measured before."""
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def check(folder: Path, numbers: dict[str, Any]) -> int:
    """Say whether the pages are what the numbers say."""
    stale = [name for lang, name in PAGES.items() if (folder / name).read_text(encoding="utf-8") != page(numbers, lang)]
    for name in stale:
        print(f"docs/{name} is not what {NUMBERS} says; run: python scripts/quality.py --pages", file=sys.stderr)
    return 1 if stale else 0


def measured(asked: argparse.Namespace) -> dict[str, Any]:
    """Return the numbers of what is asked for; every audit has a process of its own, so memory is given back."""
    begin, out = time.perf_counter(), {}
    wanted = report.jobs(asked.events, asked.seeds) if asked.only != "ablations" else []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(asked.workers, mp_context=context, max_tasks_per_child=1) as pool:
        audits = [told(pool.submit(report.measure, job), f"{job.preset}, seed {job.seed}") for job in wanted]
        rooms = told(pool.submit(report.recorded, asked.real), "recorded rooms") if wanted else None
        parts = GROUPS if asked.only != "report" else ()
        rows = [told(pool.submit(ablations.run, group), f"without: {', '.join(group)}") for group in parts]
        if rooms is not None:
            found = [each.result() for each in audits]
            out["report"] = figures_of(report.Pool(found), found, rooms.result())
        if rows:
            out["ablations"] = {"rows": [row._asdict() for each in rows for row in each.result()]}
    for half in out.values():
        half["made"] = {**half.get("made", {}), **machine(), "seconds": round(time.perf_counter() - begin)}
        half["made"]["command"] = command(asked)
    return out


def command(asked: argparse.Namespace) -> str:
    """Return the command that gives the same numbers."""
    words = ["python scripts/quality.py", *(["--only", asked.only] if asked.only else [])]
    if asked.only != "ablations":
        words += ["--events", str(asked.events), "--seeds", *(str(seed) for seed in asked.seeds)]
    return " ".join(words)


def told(future: "Future[Any]", name: str) -> "Future[Any]":
    """Say on stderr when a job is done."""
    begin = time.perf_counter()
    future.add_done_callback(lambda _: print(f"{time.perf_counter() - begin:6.0f} s  {name}", file=sys.stderr))
    return future


def machine() -> dict[str, Any]:
    """Return what the numbers were made on."""
    return {
        "cores": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(), "numpy": version("numpy"), "pyarrow": version("pyarrow"),
        "day": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
