"""Snapshots of a live run on the disk, and how it goes on from one.

A state folder holds `state` (one line with a checksum, then JSON: where to go on, counts, and where every array lies),
segments with the arrays, and the ids of events. A snapshot writes what is new into one new segment, waits until it is
on the disk, and puts a new `state` in the place of the old one; whatever moment a process is killed at, `state` is
whole and everything it names is there. No pickle: arrays are bytes with a dtype, tables are Arrow.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from truecrowd.errors import ConfigError, InputError
from truecrowd.stored import Pieces, below, under
from truecrowd.stream.names import Names
from truecrowd.stream.segments import Segments
from truecrowd.stream.sources import Position

if TYPE_CHECKING:
    from truecrowd.stream.live import Live

FORMAT: Final = "truecrowd.state/1"
_STATE: Final = "state"
_MOST: Final = 256 << 20
"""Longest `state` that is read, bytes."""


class Store:
    """One state folder; only one process uses it at a time.

    Args:
        folder: Made if it does not exist.
        made_with: What the state depends on, by name (settings, reference); another run must bring the same.

    Raises:
        InputError: The folder cannot be written, or another process uses it.
    """

    def __init__(self, folder: Path, made_with: Mapping[str, str]) -> None:
        self._folder = folder
        self._made_with = dict(made_with)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(folder)
        except OSError as error:
            raise refused(folder, error) from error
        self._segments = Segments(folder)
        self.names = Names(folder / "names")
        self.n_saved = 0

    def load(self, live: "Live") -> Position | None:
        """Bring a new run to where the last snapshot was; None: there is none.

        Raises:
            InputError: The state is damaged.
            ConfigError: It was made with other settings.
        """
        kept = self._read()
        if kept is None:
            self._segments.keep({})
            self.names.cut(0)
            return None
        for name, value in self._made_with.items():
            if kept["made_with"].get(name) != value:
                what = f"the state was made with other {name}"
                fix = "start with the same ones, or with a new --state folder"
                raise ConfigError(what, where=f"--state {self._folder.name}", fix=fix)
        loaded = self._segments.load(kept["pieces"])
        self.names.cut(kept["names"])
        live.runner.load(below("runner", loaded))
        live.lines.load(below("lines", loaded), kept["lines"])
        live.load(kept["run"])
        position: Position | None = kept["position"]
        return position

    def save(self, live: "Live", position: Position | None) -> None:
        """Make a snapshot.

        Raises:
            OSError: The disk is full or gone; the snapshot before it is still whole.
        """
        pieces: Pieces = under("runner", live.runner.pieces()) | under("lines", live.lines.pieces())
        places = self._segments.write(pieces)
        kept = {
            "format": FORMAT, "made_with": self._made_with, "position": position, "lines": live.lines.dump(),
            "run": live.dump(), "names": self.names.flush(), "pieces": places,
        }  # fmt: skip
        text = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
        aside = self._folder / f"{_STATE}.partial"
        with aside.open("wb") as file:
            file.write(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._folder / _STATE)
        _sync(self._folder)
        self._segments.keep(places)
        self.n_saved += 1

    def close(self) -> None:
        """Let another process have the folder."""
        self.names.close()
        self._lock.close()

    def _read(self) -> dict[str, Any] | None:
        path = self._folder / _STATE
        if not path.exists():
            return None
        where = f"--state {self._folder.name}"
        if path.stat().st_size > _MOST:
            raise InputError("the state is too large to be one of ours", where=where, fix="choose another --state")
        checksum, _, text = path.read_bytes().partition(b"\n")
        if hashlib.sha256(text).hexdigest().encode() != checksum:
            what = "the state is damaged: its checksum does not fit"
            raise InputError(what, where=where, fix="restore the folder, or begin with a new --state folder")
        kept: dict[str, Any] = json.loads(text)
        if kept.get("format") != FORMAT:
            what = f"the state has the format {str(kept.get('format'))[:40]!r}, wanted {FORMAT!r}"
            raise InputError(what, where=where, fix="finish it with the version that made it, or begin a new one")
        return kept


def _locked(folder: Path) -> IO[bytes]:
    lock = (folder / "lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        what = "another process watches with this state"
        raise InputError(
            what, where=f"--state {folder.name}", fix="stop it first, or choose another --state"
        ) from error
    return lock


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def refused(folder: Path, error: OSError) -> InputError:
    """Return the error for a state folder that cannot be written."""
    what = f"the folder cannot be written: {(error.strerror or 'unknown').lower()}"
    return InputError(what, where=f"--state {folder.name}", fix="choose another --state")
