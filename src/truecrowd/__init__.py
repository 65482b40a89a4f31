"""Finds, explains and preserves evidence of manufactured crowds in live-stream commerce.

>>> import truecrowd
>>> result = truecrowd.audit("night.parquet")  # doctest: +SKIP
>>> print(result.headline("en"))  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truecrowd.engine.settings import Settings
    from truecrowd.errors import ConfigError, EvidenceError, InputError, SchemaError, TruecrowdError
    from truecrowd.surfaces.audit import Audit, audit

    __version__: str

_HOMES = {
    "Audit": "surfaces.audit",
    "ConfigError": "errors",
    "EvidenceError": "errors",
    "InputError": "errors",
    "SchemaError": "errors",
    "Settings": "engine.settings",
    "TruecrowdError": "errors",
    "audit": "surfaces.audit",
}
__all__ = [
    "Audit", "ConfigError", "EvidenceError", "InputError", "SchemaError", "Settings", "TruecrowdError", "__version__",
    "audit",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: `truecrowd --help` must not load Arrow."""
    if name == "__version__":
        from importlib.metadata import version

        return version("truecrowd")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
