"""Where things come from: bytes as they were received, and with which code and libraries they were read."""

import hashlib
import platform
import secrets
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO, Final

from truecrowd.durable import sync_folder
from truecrowd.errors import InputError
from truecrowd.evidence.log.disk import writing

_BLOCK: Final = 1 << 20
STDIN: Final = "-"


@dataclass(frozen=True, slots=True)
class Original:
    """Bytes as received, kept in the log's folder.

    Args:
        name: Base name of the file, "stdin" for a stream.
        sha256, sm3: Hashes, hex; `sm3` None where this Python's OpenSSL has none.
        size: Bytes.
        path: Where they are kept.
    """

    name: str
    sha256: str
    sm3: str | None
    size: int
    path: Path


def keep(given: str, folder: Path) -> Original:
    """Copy a file, or standard input, into `folder`/SHA256/NAME; bytes that are there already are not copied again.

    Raises:
        InputError: It cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{secrets.token_hex(8)}.partial"
    name = "stdin" if given == STDIN else Path(given).name
    try:
        if given == STDIN:
            sha256, sm3, size = _copied(sys.stdin.buffer, aside)
        else:
            with _opened(given) as source:
                sha256, sm3, size = _copied(source, aside)
        path = folder / sha256 / name
        path.parent.mkdir(exist_ok=True)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(path.parent)
    sync_folder(folder)
    return Original(name, sha256, sm3, size, path)


def _opened(given: str) -> BinaryIO:
    try:
        return Path(given).open("rb")
    except OSError as error:
        what = f"the file cannot be opened ({(error.strerror or 'unknown').lower()})"
        raise InputError(what, where=Path(given).name, fix="check the path") from error


def _copied(source: BinaryIO, aside: Path) -> tuple[str, str | None, int]:
    one = hashlib.sha256()
    other = hashlib.new("sm3") if "sm3" in hashlib.algorithms_available else None
    size = 0
    with writing(aside) as file:
        while block := source.read(_BLOCK):
            file.write(block)
            one.update(block)
            size += len(block)
            if other is not None:
                other.update(block)
    return one.hexdigest(), None if other is None else other.hexdigest(), size


def file_sha256(path: Path) -> str:
    """Return the hash of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def code_sha256(module: str) -> str | None:
    """Return the hash over the source files of a module or package (its .toml tables too), in order of their paths; None where there are none.

    Hashed: for each file its path inside the package, a zero byte, and its SHA-256.
    """
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return None
    first = Path(spec.origin)
    base = first.parent
    files = sorted([*base.rglob("*.py"), *base.rglob("*.toml")]) if spec.submodule_search_locations else [first]
    whole = hashlib.sha256()
    for one in files:
        whole.update(one.relative_to(base).as_posix().encode() + b"\0" + hashlib.sha256(one.read_bytes()).digest())
    return whole.hexdigest()


@cache
def lock_sha256() -> str:
    """Return the hash over the versions of our libraries that are installed here, one `name==version` a line."""
    names = sorted({_name(line) for line in requires("truecrowd") or () if "extra ==" not in line})
    found = "".join(f"{name}=={_version(name)}\n" for name in ["truecrowd", *names])
    return hashlib.sha256(found.encode()).hexdigest()


def _name(requirement: str) -> str:
    return "".join(char if char.isalnum() or char in "-_." else " " for char in requirement).split()[0].lower()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def tool() -> str:
    """Return name and version of what makes statements."""
    return f"truecrowd {version('truecrowd')}"


def machine() -> dict[str, Any]:
    """Return what stands in custody of the environment; no host name, no user."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "os": f"{platform.system()} {platform.machine()}",
        "lock_sha256": lock_sha256(),
    }
