"""What the caller gave, as a list of things to open: files, members of folders and zips, streams, tables."""

import io
import stat
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final

from truecrowd.errors import InputError
from truecrowd.ingest.options import Limits
from truecrowd.ingest.unwrap import OLE, ZIP

STDIN: Final = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to read.

    Args:
        name: Base name.
        open: Opens it at its start; None for a table.
        is_once: It can be opened once only (a stream).
        is_member: It came out of a folder: left out if nothing recognises it.
        table: An object with `__arrow_c_stream__`, else None.
        path: The file, where it is one.
        is_workbook: It is an xlsx file, not an archive of files.
    """

    name: str
    open: Callable[[], BinaryIO] | None
    is_once: bool = False
    is_member: bool = False
    table: Any = None
    path: Path | None = None
    is_workbook: bool = False

    def has_grown(self, n_read: int) -> bool:
        """Whether the file has another size now than the bytes read of it."""
        return self.path is not None and self.path.stat().st_size != n_read


def listed(given: Sequence[object], limits: Limits) -> list[Source]:
    """Return all sources in the order given; members of a folder or zip by name.

    Raises:
        InputError: One does not exist, is no file, or is a kind of file that is not read.
    """
    if not given:
        raise InputError("no input was given", where="PATH", fix="name a file, a folder, or - for stdin")
    found = [source for one in given for source in _listed(one, limits)]
    if sum(source.is_once and source.name == "stdin" for source in found) > 1:
        raise InputError("stdin ('-') was given twice", where="PATH", fix="give - once")
    return found


def _listed(one: object, limits: Limits) -> Iterator[Source]:
    if hasattr(one, "__arrow_c_stream__"):
        yield Source("table", None, table=one)
    elif isinstance(one, str) and one == STDIN:
        yield Source("stdin", lambda: sys.stdin.buffer, is_once=True)
    elif isinstance(one, str | Path):
        yield from _path(Path(one), limits)
    elif hasattr(one, "read"):
        yield from _stream(one)
    else:
        what = f"input is of type {type(one).__name__}, wanted a path, a binary file or an Arrow table"
        raise InputError(what, where="PATH", fix="give a path")


def _stream(stream: Any) -> Iterator[Source]:
    name = getattr(stream, "name", None)
    label = Path(name).name if isinstance(name, str) else "stream"
    if isinstance(stream, io.TextIOBase):
        raise InputError("the file is open as text, wanted bytes", where=label, fix='open it with mode "rb"')
    yield Source(label, lambda: stream, is_once=True)


def _path(path: Path, limits: Limits) -> Iterator[Source]:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        is_link = path.is_symlink()
        what = "the link leads nowhere" if is_link else f"the file cannot be opened ({error.strerror})"
        raise InputError(what, where=path.name or str(path), fix="check the path") from error
    if stat.S_ISDIR(mode):
        yield from _folder(path, limits)
    elif stat.S_ISREG(mode):
        yield from _file(path, limits)
    else:
        kind = "a named pipe" if stat.S_ISFIFO(mode) else "no regular file"
        raise InputError(
            f"'{path.name}' is {kind}", where=path.name, fix=f"read it as a stream: truecrowd audit - < {path.name}"
        )


def _folder(path: Path, limits: Limits) -> Iterator[Source]:
    members = sorted(one for one in path.iterdir() if not one.name.startswith("."))
    files = [one for one in members if one.is_file() and not one.is_symlink()]
    if not files:
        raise InputError("the folder holds no file", where=path.name, fix="give the files themselves")
    for one in files:
        yield from _file(one, limits, is_member=True)


def _file(path: Path, limits: Limits, *, is_member: bool = False) -> Iterator[Source]:
    try:
        with path.open("rb") as raw:
            head = raw.read(8)
    except OSError as error:
        raise InputError(
            f"the file cannot be opened ({error.strerror})", where=path.name, fix="check its rights"
        ) from error
    if head[:4] in ZIP:
        yield from _zip(path, limits, is_member=is_member)
    elif head[:4] == OLE:
        yield _workbook(path, is_member=is_member)
    else:
        yield Source(path.name, lambda: path.open("rb"), is_member=is_member, path=path)


def _workbook(path: Path, *, is_member: bool) -> Source:
    if is_member:
        return Source(path.name, lambda: path.open("rb"), is_member=True, path=path)
    with path.open("rb") as raw:
        is_locked = "EncryptedPackage".encode("utf-16-le") in raw.read(1 << 20)
    if is_locked:
        raise InputError("the workbook is password-protected", where=path.name, fix="save a copy without the password")
    raise InputError("old Excel workbooks (.xls) are not read", where=path.name, fix="save the sheet as CSV")


def _zip(path: Path, limits: Limits, *, is_member: bool) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = sorted((info for info in archive.infolist() if not info.is_dir()), key=lambda info: info.filename)
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"the zip archive is damaged ({error})", where=path.name, fix="copy it again") from error
    if not infos:
        raise InputError("the zip archive is empty", where=path.name, fix="give the files themselves")
    if any(info.filename.startswith("xl/") for info in infos):
        for info in infos:
            _check_member(info, path, limits)
        yield Source(path.name, lambda: path.open("rb"), is_member=is_member, path=path, is_workbook=True)
        return
    for info in infos:
        _check_member(info, path, limits)
        yield Source(PurePosixPath(info.filename).name, _opener(path, info), is_member=True)


def _check_member(info: zipfile.ZipInfo, path: Path, limits: Limits) -> None:
    name = info.filename.replace("\\", "/")
    parts = PurePosixPath(name)
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    if is_link or parts.is_absolute() or ".." in parts.parts or ":" in parts.parts[0]:
        what = "the zip archive holds a link" if is_link else "the zip archive holds a name that leads outside it"
        raise InputError(f"{what}: {name[:80]!r}", where=path.name, fix="unpack it yourself and give the files")
    most = max(limits.free_bytes, limits.unpacked_ratio * info.compress_size)
    if info.file_size > min(most, limits.unpacked_bytes):
        what = f"{name[:80]!r} unpacks to {info.file_size:,} bytes from {info.compress_size:,}"
        raise InputError(what, where=path.name, fix="unpack it yourself and give the unpacked file")
    if info.flag_bits & 1:
        raise InputError("the zip archive is password-protected", where=path.name, fix="unpack it and give the files")


def _opener(path: Path, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        try:
            with zipfile.ZipFile(path) as archive:
                member = archive.open(info)
        except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
            raise InputError(f"the zip archive is damaged ({error})", where=path.name, fix="copy it again") from error
        return member  # type: ignore[return-value]

    return opened
