"""Files and streams in, EVENTS out, with an honest account of what was lost on the way."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truecrowd.ingest.importer import Importer
    from truecrowd.ingest.listing import Format, formats
    from truecrowd.ingest.options import Limits, Options
    from truecrowd.ingest.orders.mapping import Mapping
    from truecrowd.ingest.orders.parsing import read_mapping
    from truecrowd.ingest.pseudonyms import key_id, read_key
    from truecrowd.ingest.reading import Imported, Reading, read, read_one, recognise
    from truecrowd.ingest.recognition import Recognised
    from truecrowd.ingest.registry import installed
    from truecrowd.ingest.report import import_report
    from truecrowd.ingest.write import write_canonical

_HOMES = {
    "Format": "listing",
    "Imported": "reading",
    "Importer": "importer",
    "Limits": "options",
    "Mapping": "orders.mapping",
    "Options": "options",
    "Reading": "reading",
    "Recognised": "recognition",
    "formats": "listing",
    "import_report": "report",
    "installed": "registry",
    "key_id": "pseudonyms",
    "read": "reading",
    "read_key": "pseudonyms",
    "read_mapping": "orders.parsing",
    "read_one": "reading",
    "recognise": "reading",
    "write_canonical": "write",
}
__all__ = [
    "Format",
    "Imported",
    "Importer",
    "Limits",
    "Mapping",
    "Options",
    "Reading",
    "Recognised",
    "formats",
    "import_report",
    "installed",
    "key_id",
    "read",
    "read_key",
    "read_mapping",
    "read_one",
    "recognise",
    "write_canonical",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: listing formats must not load Arrow."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
