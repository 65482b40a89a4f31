"""The report: tables -> one document of codes and counts -> one page in both languages, a JSON file, a notebook's view.

Import the public functions from here; no module bears the name of a function, so `report.document` is one.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truecrowd.surfaces.report.answers import headline
    from truecrowd.surfaces.report.contents import Ids, document, named, to_json
    from truecrowd.surfaces.report.letter import to_letter
    from truecrowd.surfaces.report.page import repr_html, to_html, to_paper

_HOMES = {
    "Ids": "contents",
    "document": "contents",
    "headline": "answers",
    "named": "contents",
    "repr_html": "page",
    "to_html": "page",
    "to_json": "contents",
    "to_letter": "letter",
    "to_paper": "page",
}
__all__ = ["Ids", "document", "headline", "named", "repr_html", "to_html", "to_json", "to_letter", "to_paper"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: help texts must not load Arrow or Jinja."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
