"""How good a result is: scores beside the truth, with intervals, and other systems on the same rows."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truecrowd.bench.quality.evaluation import Evaluation, evaluate

_HOMES = {"Evaluation": "evaluation", "evaluate": "evaluation"}
__all__ = ["Evaluation", "evaluate"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
