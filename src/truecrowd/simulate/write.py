"""Simulated rooms -> a folder of Parquet files; the only part of the simulator that touches a disk."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from truecrowd.errors import InputError
from truecrowd.schema import EVENTS, SCHEMA_VERSION
from truecrowd.simulate.disputes import ABOUT, DEAL, EARLIER, ORDERS, Disputes, Folder
from truecrowd.simulate.disputes_cases import CASES, VARIANTS
from truecrowd.simulate.playing import Simulated
from truecrowd.simulate.room import Chunk
from truecrowd.simulate.truth import TRUTH

_EVENTS: Final = "events.parquet"
_META: Final = "meta.json"
_MADE_BY: Final = "truecrowd simulate"
FILES: Final = (_EVENTS, _META, *(f"labels/{name}.parquet" for name in TRUTH))
"""Every file of a simulation, by path inside its folder."""
_PLACES: Final = tuple(
    place for case in CASES for place in (case, *(f"{case}/variants/{variant}" for variant in VARIANTS))
)


def write(simulated: Simulated, out: Path) -> dict[str, Any]:
    """Write events, truth and meta data into a folder; all of it or nothing.

    The files are written beside `out` and moved there when complete. An earlier simulation in `out` is replaced.

    Args:
        simulated: Rooms to play; they are played and written chunk by chunk.
        out: Folder to make. May exist if it is empty or holds an earlier simulation and nothing else.

    Returns:
        What stands in meta.json: preset, world with all its priors, seed, n_events, n_rooms, sha256 by file.

    Raises:
        InputError: `out` holds something else, is not a folder, or cannot be written (a full disk, no permission).
    """
    return _whole(Path(out), set(FILES), lambda aside: _write_all(simulated, aside))


def write_disputes(made: Disputes, out: Path) -> dict[str, Any]:
    """Write disputes into a folder: in it one for each, and in each one for each variant; all of it or nothing.

    Args:
        made: What to write; it is made and written folder by folder.
        out: Folder to make. May exist if it is empty or holds earlier disputes and nothing else.

    Returns:
        What stands in its meta.json: preset, world with all its priors, seed, n_orders, n_events, n_rooms, sha256 by file.
        Every folder has a meta.json of its own as well.

    Raises:
        InputError: As `write`.
    """
    own = {_META, *(f"{place}/{name}" for place in _PLACES for name in (*FILES, ORDERS, EARLIER, DEAL))}
    return _whole(Path(out), own, lambda aside: _write_folders(made, aside))


def _whole(out: Path, own: set[str], fill: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """Fill a folder beside `out` and move it there; `own` are the files that may stand in `out` now."""
    try:
        out = out.resolve()
        _refuse_other(out, own)
        aside = out.with_name(f".{out.name}.{os.getpid()}.partial")
        try:
            meta = fill(aside)
            _move(aside, out)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as problem:
        raise _error(out, problem) from problem
    return meta


def _write_folders(made: Disputes, aside: Path) -> dict[str, Any]:
    aside.mkdir(parents=True)
    told: dict[str, Any] = {
        "made_by": _MADE_BY,
        "schema_version": SCHEMA_VERSION,
        "world": made.world.name,
        "seed": made.seed,
    }
    totals = {"n_rooms": 0, "n_orders": 0, "n_events": 0}
    sha256: dict[str, str] = {}
    for folder in made.folders():
        own = told | {"preset": f"disputes/{folder.case}", "variant": folder.variant, "faults": []}
        own |= _write_folder(folder, aside / folder.place)
        _write_meta(own, aside / folder.place)
        totals = {name: n + own[name] for name, n in totals.items()}
        sha256 |= {f"{folder.place}/{name}": digest for name, digest in own["sha256"].items()}
    meta = (
        told
        | {"preset": "disputes", "about": ABOUT, "faults": []}
        | totals
        | {"sha256": sha256, "priors": asdict(made.world)}
    )
    _write_meta(meta, aside)
    return meta


def _write_folder(folder: Folder, place: Path) -> dict[str, Any]:
    (place / "labels").mkdir(parents=True)
    for name, text in folder.texts.items():
        (place / name).write_bytes(text.encode())
    tables = {_EVENTS: folder.chunk.events} | {f"labels/{name}.parquet": folder.chunk.truth[name] for name in TRUTH}
    for name, table in tables.items():
        pq.write_table(table, place / name, compression="zstd")
    return {
        "n_rooms": folder.chunk.truth["rooms"].num_rows,
        "n_orders": folder.n_orders,
        "n_events": folder.chunk.events.num_rows,
        "sha256": {name: _sha256(place / name) for name in sorted([*folder.texts, *tables])},
    }


def _write_meta(meta: dict[str, Any], folder: Path) -> None:
    (folder / _META).write_text(json.dumps(meta, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _refuse_other(out: Path, own: set[str]) -> None:
    if out.is_dir():
        found = {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir() or path.is_symlink()}
        others = sorted(found - own)
        if others or (found and not _is_ours(out / _META)):
            what = f"folder holds '{(others or sorted(found))[0]}', which no simulation wrote"
            raise InputError(what, where=str(out), fix="choose an empty or new folder with --out")
    elif out.exists():
        raise InputError("there is a file of that name, wanted a folder", where=str(out), fix="choose another --out")


def _is_ours(meta: Path) -> bool:
    try:
        found = json.loads(meta.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("made_by") == _MADE_BY


def _write_all(simulated: Simulated, aside: Path) -> dict[str, Any]:
    (aside / "labels").mkdir(parents=True)
    n_events = _stream(simulated, aside)
    meta = {
        "made_by": _MADE_BY,
        "schema_version": SCHEMA_VERSION,
        "preset": simulated.preset,
        "world": simulated.world.name,
        "seed": simulated.seed,
        "faults": list(simulated.faults),
        "n_rooms": len(simulated.plans),
        "n_events": n_events,
        "sha256": {name: _sha256(aside / name) for name in FILES if name != _META},
        "priors": asdict(simulated.world),
    }
    _write_meta(meta, aside)
    return meta


def _stream(simulated: Simulated, aside: Path) -> int:
    """Write events and truth chunk by chunk, one of them at a time in a second thread; return the number of events."""
    n_events = 0
    with ExitStack() as stack:
        tables = {_EVENTS: EVENTS.schema} | {f"labels/{name}.parquet": TRUTH[name] for name in TRUTH}
        writers = {
            name: stack.enter_context(pq.ParquetWriter(aside / name, schema, compression="zstd"))
            for name, schema in tables.items()
        }
        other = stack.enter_context(ThreadPoolExecutor(1))
        written: Future[None] | None = None
        for chunk in simulated.chunks():
            n_events += chunk.events.num_rows
            if written is not None:  # at most one chunk waits, so memory stays bounded and errors come at once
                written.result()
            written = other.submit(_put, writers, chunk)
        if written is not None:
            written.result()
    return n_events


def _put(writers: dict[str, pq.ParquetWriter], chunk: Chunk) -> None:
    for name, table in ((_EVENTS, chunk.events), *((f"labels/{name}.parquet", chunk.truth[name]) for name in TRUTH)):
        if table.num_rows:
            writers[name].write_table(table)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _move(aside: Path, out: Path) -> None:
    if not out.exists() or not any(out.iterdir()):
        aside.replace(out)
        return
    earlier = out.with_name(f"{aside.name}.earlier")
    out.replace(earlier)
    try:
        aside.replace(out)
    except OSError:
        earlier.replace(out)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def _error(out: Path, problem: OSError) -> InputError:
    if problem.errno == errno.ENOSPC:
        return InputError(
            "disk is full, nothing was kept", where=str(out), fix="free some space, or choose --out on another disk"
        )
    reason = problem.strerror or type(problem).__name__
    return InputError(f"folder cannot be written: {reason}", where=str(out), fix="choose another --out")
