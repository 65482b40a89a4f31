"""An evaluation as one page for people: both languages, no request, the look of the report."""

from truecrowd.surfaces.evaluation.page import to_html

__all__ = ["to_html"]
