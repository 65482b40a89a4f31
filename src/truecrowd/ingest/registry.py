"""Which importers there are: every module of this folder that defines `IMPORTER`, and every shipped mapping file.

A new one is one file.
"""

import importlib
import importlib.util
import pkgutil
import re
from functools import cache
from typing import Final

from truecrowd.ingest.importer import Importer

_DEFINES: Final = re.compile(r"^IMPORTER\b.*=", re.MULTILINE)


@cache
def installed() -> tuple[Importer, ...]:
    """Return all importers by name; only modules that define one are imported, so nothing heavy is."""
    package = __name__.rpartition(".")[0]
    names = [module.name for module in pkgutil.iter_modules(importlib.import_module(package).__path__)]
    found = [importlib.import_module(f"{package}.{name}") for name in names if _defines(f"{package}.{name}")]
    from truecrowd.ingest.orders.headers import importers

    return tuple(sorted((*(module.IMPORTER for module in found), *importers()), key=lambda importer: importer.name))


def _defines(module: str) -> bool:
    spec = importlib.util.find_spec(module)
    source = getattr(spec.loader, "get_source", None) if spec else None
    text = source(module) if source else None
    return bool(text and _DEFINES.search(text))
