"""An audit's folder on the disk: written beside its place, then moved there; all of it or nothing."""

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from truecrowd.durable import sync_folder
from truecrowd.errors import InputError
from truecrowd.schema import TABLES

REPORT: Final = "report.html"
DOCUMENT: Final = "report.json"
PDF: Final = "report.pdf"
FILES: Final = (REPORT, DOCUMENT, *(f"tables/{name}.parquet" for name in TABLES))
"""Every file that each audit writes, by path inside its folder."""
ROWS: Final = ("refunds", "returns-per-buyer", "orders-per-buyer", "sales", "timing")
"""Names of the files with the rows behind the five figures."""
LETTERS: Final = {"zh": "letter.zh.html", "en": "letter.en.html"}
SOMETIMES: Final = (PDF, *LETTERS.values(), *(f"rows/{name}.csv" for name in ROWS))
"""Files that an audit writes where they are asked for, or where there is something to put in them."""
GUESTS: Final = ("demo",)
"""Folders inside an audit's folder that other commands made there; they stay when the audit is replaced."""
_SCHEMA: Final = b'"schema":"truecrowd.report/'
"""Stands in every report.json and in no text inside one, where the quotes would be escaped."""
_ROWS: Final = 131_072
"""Rows of one Parquet row group; fixed, so that equal tables give equal bytes."""


def refuse(out: Path) -> None:
    """Refuse a folder that cannot be written or replaced; called before anything is read, and again before writing.

    Raises:
        InputError: `out` is a file, holds something no audit wrote, or its place cannot be written.
    """
    try:
        if out.is_dir():
            _refuse_other(out)
        elif out.exists() or out.is_symlink():
            raise InputError(
                "there is a file of that name, wanted a folder", where=f"--out {out}", fix="choose another --out"
            )
        _refuse_locked(out)
    except OSError as problem:
        raise _error(out, problem) from problem


def _refuse_other(out: Path) -> None:
    found = [
        path.relative_to(out).as_posix()
        for path in sorted(out.rglob("*"))
        if path.relative_to(out).parts[0] not in GUESTS and (path.is_symlink() or not path.is_dir())
    ]
    others = [name for name in found if name not in FILES and name not in SOMETIMES]
    if others or (found and not _is_ours(out / DOCUMENT)):
        what = f"the folder holds '{(others or found)[0]}', which no audit wrote"
        raise InputError(what, where=f"--out {out}", fix="choose a new or empty folder with --out")


def _is_ours(document: Path) -> bool:
    try:
        return _SCHEMA in document.read_bytes()
    except OSError:
        return False


def _refuse_locked(out: Path) -> None:
    if out.resolve() == Path.cwd() or out.is_mount():
        what = "the folder cannot be replaced as a whole: it is where you are, or where a disk begins"
        raise InputError(what, where=f"--out {out}", fix=f"name a folder inside it: --out {out / 'out'}")
    near = out.absolute()
    while not near.exists():
        near = near.parent
    place = near.parent if near == out.absolute() else near
    if not place.is_dir():
        raise InputError(f"'{place.name}' is a file, wanted a folder", where=f"--out {out}", fix="choose another --out")
    if not os.access(place, os.W_OK | os.X_OK):
        raise _error(out, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def write(out: Path, files: Mapping[str, bytes | pa.Table]) -> None:
    """Write the files of an audit into a folder. An earlier audit there is replaced as a whole.

    Args:
        out: Folder to make; see `refuse` for what it may be.
        files: By path inside the folder: bytes as they are, tables as Parquet.

    Raises:
        InputError: As `refuse`, or the disk is full; what was in `out` before is still whole.
    """
    refuse(out)
    out = out.resolve()
    aside = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            _put(aside / name, content)
        for folder in sorted({aside, *(path.parent for path in map(aside.joinpath, files))}):
            sync_folder(folder)
        _swap(aside, out)
    except OSError as problem:
        raise _error(out, problem) from problem
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _put(path: Path, content: bytes | pa.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            _put_table(file, content)
        file.flush()
        os.fsync(file.fileno())


def _put_table(file: BinaryIO, rows: pa.Table) -> None:
    pq.write_table(rows, file, compression="zstd", row_group_size=_ROWS, version="2.6")


def _swap(aside: Path, out: Path) -> None:
    """Put `aside` in the place of `out`; if anything stops it half way, `out` is put back."""
    if not out.exists():
        aside.replace(out)
        sync_folder(out.parent)
        return
    earlier = out.with_name(f"{aside.name}.earlier")
    try:
        out.replace(earlier)
        for guest in _guests(earlier):
            (earlier / guest).replace(aside / guest)
        aside.replace(out)
    except BaseException:
        _put_back(aside, earlier, out)
        raise
    sync_folder(out.parent)
    shutil.rmtree(earlier, ignore_errors=True)


def _put_back(aside: Path, earlier: Path, out: Path) -> None:
    if out.exists():
        shutil.rmtree(earlier, ignore_errors=True)
        return
    for guest in _guests(aside):
        (aside / guest).replace(earlier / guest)
    earlier.replace(out)


def _guests(folder: Path) -> Iterator[str]:
    return (name for name in GUESTS if (folder / name).is_dir())


def _error(out: Path, problem: OSError) -> InputError:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return InputError(
            "the disk is full; nothing was written",
            where=f"--out {out}",
            fix="free some space, or choose another --out",
        )
    reason = (problem.strerror or type(problem).__name__).lower()
    return InputError(f"the folder cannot be written: {reason}", where=f"--out {out}", fix="choose another --out")


def write_file(path: Path, content: bytes) -> Path:
    """Write one file beside its place, move it there, and return its path.

    Raises:
        InputError: It cannot be written; what was there is still whole.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        _put(aside, content)
        aside.replace(path)
    except OSError as problem:
        raise _error(path, problem) from problem
    finally:
        aside.unlink(missing_ok=True)
    return path
