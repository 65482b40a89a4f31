"""What a source of a live run is: bytes of whole lines, and where to go on after them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

Position: TypeAlias = Mapping[str, str | int]
"""Where to go on, in the source's own words; plain JSON, stored with the snapshot that holds all that came before."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some whole lines.

    Args:
        text: Lines, LF behind each.
        position: Behind the last of them.
    """

    text: bytes
    position: Position


class Source(Protocol):
    """Where NDJSON comes from. One is used by one thread; what it does in others is its own matter."""

    @property
    def name(self) -> str:
        """What the account of the run calls it; no path, no secret."""
        ...

    def open(self, position: Position | None) -> None:
        """Begin: at the start, or behind a stored position.

        Raises:
            InputError: It cannot be opened, or what is stored is not of this source.
        """
        ...

    def read(self, wait_s: float) -> Batch | None:
        """Return the next lines, as many as are there up to a limit; None where none came within `wait_s`."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether nothing will come any more and everything was read."""
        ...

    def stored(self, position: Position) -> None:
        """Hear that a snapshot on the disk holds everything up to this position: it need not be kept any longer."""
        ...

    def notes(self) -> list[str]:
        """Return what happened since the last call that a person should know (rotation, truncation), in one line each."""
        ...

    def close(self) -> None:
        """Let go."""
        ...
