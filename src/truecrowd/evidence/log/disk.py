"""Files that are there whole or not at all, also after a power cut."""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from truecrowd.durable import sync_folder
from truecrowd.errors import EvidenceError, InputError

PRIVATE: Final = 0o600
_PLAIN: Final = 0o644


def put(path: Path, content: bytes, *, mode: int = _PLAIN) -> None:
    """Write one file beside its place, move it there, and make sure of both.

    Raises:
        OSError: It could not be made sure of; what was there before is still whole.
    """
    put_all(path.parent, {path.name: content}, mode=mode)


def put_all(folder: Path, files: Mapping[str, bytes], *, mode: int = _PLAIN) -> None:
    """Write files by their path inside a folder: contents made sure of first, then names, then the folders.

    Raises:
        OSError: One could not be made sure of. None of these paths holds half a file.
    """
    asides: list[tuple[Path, Path]] = []
    dirty: set[Path] = set()
    try:
        for name, content in files.items():
            path = folder / name
            dirty |= {path.parent, *_made(path.parent)}
            aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
            asides.append((aside, path))
            with writing(aside, mode) as file:
                file.write(content)
        for aside, path in asides:
            aside.replace(path)
    except BaseException:
        for aside, _ in asides:
            aside.unlink(missing_ok=True)
        raise
    for one in sorted(dirty):
        sync_folder(one)


@contextmanager
def writing(path: Path, mode: int = _PLAIN) -> Iterator[IO[bytes]]:
    """Open a new file for writing; its bytes are on the disk when the block ends."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _made(folder: Path) -> set[Path]:
    """Make a folder; return the folders above that got a new name in them."""
    changed = set()
    missing = folder
    while not missing.exists():
        missing = missing.parent
        changed.add(missing)
    folder.mkdir(parents=True, exist_ok=True)
    return changed


def remove(path: Path) -> None:
    """Remove a file or a folder of files; one that is not there is no error."""
    if path.is_dir() and not path.is_symlink():
        for one in path.iterdir():
            one.unlink()
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def reader(folder: Path) -> Callable[[str], bytes]:
    """Return what reads files of a folder by their path inside it."""

    def read(name: str) -> bytes:
        try:
            return (folder / name).read_bytes()
        except FileNotFoundError as error:
            fix = "restore the log folder from a copy; do not repair it"
            raise EvidenceError(f"'{name}' is missing", where=folder.name, fix=fix) from error

    return read


@contextmanager
def locked(folder: Path, *, is_waiting: bool = False) -> Iterator[None]:
    """Hold a folder alone; the system lets go of it if we are killed.

    Args:
        folder: It exists.
        is_waiting: Wait for whoever holds it.

    Raises:
        InputError: Somebody else holds it, and we do not wait.
    """
    import fcntl

    with (folder / ".lock").open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if is_waiting else fcntl.LOCK_NB))
        except BlockingIOError as error:
            what = "another command writes to this log now"
            raise InputError(what, where=folder.name, fix="wait until it is done") from error
        yield


def forget(path: Path) -> None:
    """Overwrite and remove a secret. A copy the disk keeps elsewhere is beyond us."""
    with suppress(FileNotFoundError):
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.write(b"\0" * size)
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        sync_folder(path.parent)
