"""The log on the disk: the only place of this package with files, a clock and randomness."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truecrowd.evidence.log.reading import Kept, Log
    from truecrowd.evidence.log.ring import Ring
    from truecrowd.evidence.log.witnessing import Witness
    from truecrowd.evidence.log.writing import Segment, Writer, writer

_HOMES = {
    "Kept": "reading",
    "Log": "reading",
    "Ring": "ring",
    "Segment": "writing",
    "Witness": "witnessing",
    "Writer": "writing",
    "writer": "writing",
}
__all__ = ["Kept", "Log", "Ring", "Segment", "Witness", "Writer", "writer"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
