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
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from truecrowd.durable import sync_folder
from truecrowd.errors import ConfigError, InputError
from truecrowd.stored import Pieces, below, taken, under
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
        self._pool = ThreadPoolExecutor(1)
        self._checked: Future[None] | None = None
        self._writing: tuple[Position | None, Future[None]] | None = None

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
        self._checked = self._pool.submit(self._segments.check)
        self.names.cut(kept["names"])
        live.runner.load(below("runner", loaded))
        live.lines.load(below("lines", loaded), kept["lines"])
        live.load(kept["run"])
        position: Position | None = kept["position"]
        return position

    def begin(self, live: "Live", position: Position | None) -> None:
        """Take a snapshot, and write it while the run goes on; `ended` tells when it is on the disk."""
        self.settle(wait=True)
        pieces = taken(under("runner", live.runner.pieces()) | under("lines", live.lines.pieces()))
        self.names.take()
        kept = {
            "format": FORMAT, "made_with": self._made_with, "position": position, "lines": live.lines.dump(),
            "run": live.dump(),
        }  # fmt: skip
        text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
        self._writing = position, self._pool.submit(self._write, pieces, text)

    @property
    def is_writing(self) -> bool:
        """Whether a snapshot was begun and has not been seen to end."""
        return self._writing is not None

    def ended(self, *, wait: bool) -> Position | None:
        """Return the position of a snapshot that is on the disk now, once; None: none has ended.

        Raises:
            OSError: The disk is full or gone; the snapshot before is still whole.
        """
        if self._writing is None or not (wait or self._writing[1].done()):
            return None
        (position, writing), self._writing = self._writing, None
        writing.result()
        self.n_saved += 1
        return position

    def _write(self, pieces: Pieces, text: str) -> None:
        places = self._segments.write(pieces)
        rest = json.dumps({"names": self.names.flush(), "pieces": places}, separators=(",", ":"))
        data = f"{text[:-1]},{rest[1:]}".encode()
        aside = self._folder / f"{_STATE}.partial"
        with aside.open("wb") as file:
            file.write(hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._folder / _STATE)
        sync_folder(self._folder)
        self._segments.keep(places)

    def settle(self, *, wait: bool) -> None:
        """Look whether what was loaded is sound; with `wait`, until that is known.

        Raises:
            InputError: It is not.
        """
        if self._checked is not None and (wait or self._checked.done()):
            checked, self._checked = self._checked, None
            checked.result()

    def close(self) -> None:
        """Let another process have the folder."""
        self._pool.shutdown()
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


def refused(folder: Path, error: OSError) -> InputError:
    """Return the error for a state folder that cannot be written."""
    what = f"the folder cannot be written: {(error.strerror or 'unknown').lower()}"
    return InputError(what, where=f"--state {folder.name}", fix="choose another --state")
