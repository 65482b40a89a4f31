"""A witness's folder: its key, the last checkpoint it cosigned of each log, and the requests it refused."""

import os
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from truecrowd.evidence.log.disk import PRIVATE, locked, put
from truecrowd.evidence.log.ring import Ring
from truecrowd.evidence.notes import COSIGNATURE, Checkpoint, Key, parse_checkpoint, public_of
from truecrowd.evidence.witness import Answer, add_checkpoint, check_apart


def now_s() -> int:
    """Return the system's clock, POSIX seconds."""
    return int(time.time())


class Witness:
    """One witness. What it knows is on the disk before an answer leaves."""

    def __init__(
        self,
        folder: Path,
        name: str,
        logs: Mapping[str, tuple[Key, ...]],
        *,
        clock: Callable[[], int] = now_s,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """Open a witness's folder, and make its key where there is none.

        Args:
            folder: Its own; on another machine than any log, and not the log's key folder.
            name: Key name, like witness.example.org/w1.
            logs: By origin, the keys it trusts.
            clock: POSIX seconds.
            random: Gives so many random bytes.

        Raises:
            ConfigError: Its key is a log's key, or others can read it.
        """
        self.folder, self.name, self.logs, self.clock = folder, name, dict(logs), clock
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        ring = Ring(folder, random)
        self._private = (
            ring.private("witness.key") if (folder / "witness.key").exists() else ring.new_private("witness.key")
        )
        check_apart(name, self._private, self.logs)

    @property
    def key(self) -> Key:
        """Its public key, as a policy names it."""
        return public_of(self._private, self.name, COSIGNATURE)

    def known(self) -> dict[str, Checkpoint]:
        """Return the last checkpoint cosigned of each log, by origin."""
        paths = {origin: self._path(origin) for origin in self.logs}
        return {
            origin: parse_checkpoint(path.read_bytes(), where=path.name)
            for origin, path in paths.items()
            if path.exists()
        }

    def answer(self, request: bytes) -> Answer:
        """Answer an `add-checkpoint` request; one at a time, whoever asks.

        Raises:
            OSError: What it now knows could not be made sure of; nothing was cosigned.
        """
        with locked(self.folder, is_waiting=True):
            found = add_checkpoint(
                request, name=self.name, private=self._private, logs=self.logs, known=self.known(), now_s=self.clock()
            )
            if found.newest is not None:
                put(self._path(found.newest.origin), found.newest.text, mode=PRIVATE)
            if found.is_proof:
                put(self.folder / "refused" / f"{sha256(request).hexdigest()}-{found.status}", request, mode=PRIVATE)
        return found

    def _path(self, origin: str) -> Path:
        return self.folder / "known" / sha256(origin.encode()).hexdigest()
