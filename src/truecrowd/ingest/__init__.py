"""Files and streams in, EVENTS out, with an honest account of what was lost on the way."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truecrowd.ingest.options import Limits, Options
    from truecrowd.ingest.reading import Imported, Reading, read, read_one

_HOMES = {
    "Imported": "reading",
    "Limits": "options",
    "Options": "options",
    "Reading": "reading",
    "read": "reading",
    "read_one": "reading",
}
__all__ = ["Imported", "Limits", "Options", "Reading", "read", "read_one"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: listing formats must not load Arrow."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
