"""The staff list of a run that goes on: read again when its file has changed."""

from collections.abc import Callable
from pathlib import Path

from truecrowd.errors import TruecrowdError
from truecrowd.stream.live import Live


class StaffFile:
    """A staff file that may be edited while a run goes on.

    Args:
        path: The file.
        read: Returns the ids in it; raises a TruecrowdError where it cannot be read.
        names: What it held when the run began.
    """

    def __init__(self, path: Path, read: Callable[[Path], frozenset[str]], names: frozenset[str]) -> None:
        self._path = path
        self._read = read
        self._names = names
        self._seen = self._stamp()

    def look(self, live: Live) -> None:
        """Give a run the list as it is now, and note that it changed; where it cannot be read, the old one holds."""
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            names = self._read(self._path)
        except TruecrowdError as error:
            live.notes.append(f"the staff list was changed and cannot be read ({error.what}); the one before holds")
            return
        if names != self._names:
            self._names = names
            live.runner.name_staff(names)
            n_rows = live.lines.ledger.n_read
            live.notes.append(
                f"staff list changed after {n_rows:,} rows: for rows from here on; accounts in it: {len(names):,}"
            )

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
