"""One audit or several of one folder, each beside the truth it belongs to: budgets of evasion, data faults, days."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from truecrowd.errors import InputError

_TABLES: Final = "tables"
_META: Final = "meta.json"
_ORDER: Final = ("low", "mid", "high")
"""Budgets of evasion in the order of their price; other names stand in that of the alphabet."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An audit and its truth.

    Args:
        part: Name of the folder inside; empty where there is one audit alone.
        audit: None where the truth has this part and nobody audited it.
        truth: Folder of a simulation.
    """

    part: str
    audit: Path | None
    truth: Path


def pairs_of(audit: Path, truth: Path) -> tuple[Pair, ...]:
    """Return the pairs of two folders, the budgets of evasion by price, others by name.

    An audit stands for itself. A folder of audits (`low`, `mid`, `high`) is set beside the truth's folders of the same
    names; where the truth has no such folder, beside the truth itself, which may be about several records.

    Raises:
        InputError: An audit has no truth at all.
    """
    own = sorted(path.name for path in _folders(audit) if (path / _TABLES).is_dir())
    if (audit / _TABLES).is_dir() or not own:
        return (Pair("", audit, truth),)
    known = sorted(path.name for path in _folders(truth) if (path / _META).is_file())
    strangers = [name for name in own if name not in known]
    if strangers and not (truth / _META).is_file():
        fix = f"give --truth the folder that holds {strangers[0]}, as `truecrowd simulate ... --out DIR` wrote it"
        raise InputError(f"there is no truth for the audit '{strangers[0]}'", where=str(truth), fix=fix)
    names = sorted({*own, *known}, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name))
    return tuple(
        Pair(name, audit / name if name in own else None, truth / name if name in known else truth) for name in names
    )


def _folders(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else iter(())
