"""What people decided about rooms, fleets and orders: kept as truth to be reviewed, and read by nothing that judges.

A person can be wrong, and a sender can lie: what is kept here is no example to learn from until somebody has looked.
"""

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from truecrowd.errors import ConfigError, InputError

FILE: Final = "feedback.ndjson"
SUBJECTS: Final = ("room", "fleet", "order")
OUTCOMES: Final = ("manufactured", "honest", "unclear")
_NEEDED: Final = ("subject_type", "subject_id", "outcome", "by", "at")
_FIELDS: Final = (*_NEEDED, "room_id", "reason")
_TEXT: Final = 2_000
"""Longest value, characters."""
_MOST: Final = 100_000
"""Lines kept; a person decides a few hundred a day. Guess."""
_LONGEST: Final = 32 << 20
"""Longest file that is read, bytes."""


class Feedback:
    """The decisions kept in one state folder, each once. Any thread may call it.

    Args:
        folder: State folder; exists.

    Raises:
        InputError: What is kept cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = threading.Lock()
        text = read_lines(self._path) if self._path.exists() else b""
        whole = text[: text.rfind(b"\n") + 1]
        if len(whole) < len(text):
            os.truncate(self._path, len(whole))  # cut off by a crash: nobody was told that it is kept
        self._known = {_digest(line) for line in whole.splitlines()}

    def take(self, text: bytes) -> tuple[int, list[tuple[int, str]]]:
        """Keep decisions; when this returns, they are on the disk.

        Args:
            text: NDJSON.

        Returns:
            How many are kept now, also those that were before; and for each line that cannot be, its number from 1 and why.

        Raises:
            InputError: As many are kept as may be.
            OSError: The disk is full.
        """
        good, bad = [], []
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                try:
                    good.append(line_of(line))
                except ValueError as error:
                    bad.append((number, str(error)))
        with self._lock:
            self._add([line for line in dict.fromkeys(good) if _digest(line) not in self._known])
        return len(good), bad

    def _add(self, fresh: list[bytes]) -> None:
        if len(self._known) + len(fresh) > _MOST:
            fix = f"review them and move {FILE} away while watch does not run"
            raise InputError(f"more than {_MOST:,} decisions wait for review", where=FILE, fix=fix)
        if fresh:
            with self._path.open("ab") as file:
                file.write(b"".join(line + b"\n" for line in fresh))
                file.flush()
                os.fsync(file.fileno())
        self._known.update(_digest(line) for line in fresh)


def line_of(line: bytes) -> bytes:
    """Return a decision as it is kept: its fields in order, without an end of line.

    Raises:
        ValueError: It is not one; the text says why and repeats nothing of it.
    """
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError("not JSON") from error
    if not isinstance(row, Mapping):
        raise ValueError("not an object")
    _check(row)
    kept = {name: row[name] for name in _FIELDS if row.get(name) is not None}
    return json.dumps(kept, ensure_ascii=True, separators=(",", ":")).encode()


def _check(row: Mapping[str, Any]) -> None:
    if any(name not in _FIELDS for name in row):
        raise ValueError(f"a field that is none of {', '.join(_FIELDS)}")
    for name in _FIELDS:
        value = row.get(name)
        if value is None and name not in _NEEDED:
            continue
        if not isinstance(value, str) or not 0 < len(value) <= _TEXT:
            raise ValueError(f"{name} is missing, no text, or longer than {_TEXT} characters")
    for name, words in (("subject_type", SUBJECTS), ("outcome", OUTCOMES)):
        if row[name] not in words:
            raise ValueError(f"{name} is none of {', '.join(words)}")
    try:
        zone = datetime.fromisoformat(row["at"]).tzinfo
    except ValueError as error:
        raise ValueError("at is no time") from error
    if zone is None:
        raise ValueError("at has no zone")


class Followed:
    """A file of decisions that a person goes on writing: read again whenever it has changed.

    Args:
        path: The file; it need not exist yet.
        kept: Where they go.
    """

    def __init__(self, path: Path, kept: Feedback) -> None:
        self._path = path
        self._kept = kept
        self._seen: tuple[int, int] | None = None

    def look(self) -> list[str]:
        """Return what a person should know of what is new, in one line each."""
        try:
            found = self._path.stat()
            seen = found.st_mtime_ns, found.st_size
            if seen == self._seen:
                return []
            self._seen = seen
            text = read_lines(self._path)
            _, bad = self._kept.take(text[: text.rfind(b"\n") + 1])
        except FileNotFoundError:
            return []
        except OSError as error:
            return [f"feedback: not kept ({(error.strerror or 'unknown').lower()})"]
        except InputError as error:
            return [f"feedback: {error.what}; {error.fix}"]
        return [f"feedback line {number}: {why}" for number, why in bad[:20]]


def followed(path: Path, state: Path | None, kept: Feedback | None) -> Followed:
    """Return a file to be followed.

    Args:
        path: The file.
        state: State folder.
        kept: Where the source keeps decisions already; None: it does not.

    Raises:
        ConfigError: There is no state folder.
    """
    if state is None:
        what = "decisions are kept in the state folder, and there is none"
        raise ConfigError(what, where="--feedback", fix="add --state DIR")
    return Followed(path, Feedback(state) if kept is None else kept)


def read_lines(path: Path) -> bytes:
    """Return the bytes of a file of decisions.

    Raises:
        InputError: It is too large.
    """
    with path.open("rb") as file:
        text = file.read(_LONGEST + 1)
    if len(text) > _LONGEST:
        fix = "begin a new file with what is not kept yet"
        raise InputError(f"more than {_LONGEST >> 20} MiB of decisions", where=path.name, fix=fix)
    return text


def _digest(line: bytes) -> bytes:
    return hashlib.blake2b(line, digest_size=16).digest()
