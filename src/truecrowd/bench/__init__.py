"""Speed and memory beside other tools, as ratios measured in one run."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truecrowd.bench.measure import run
    from truecrowd.bench.report import Report

_HOMES = {"Report": "report", "run": "measure"}
__all__ = ["Report", "run"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
