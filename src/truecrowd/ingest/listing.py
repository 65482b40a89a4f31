"""Which formats are read, as `truecrowd formats` lists them; loads neither Arrow nor NumPy."""

from dataclasses import dataclass

from truecrowd.ingest import canonical
from truecrowd.ingest.importer import State
from truecrowd.ingest.registry import installed


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Args:
        name: As `--format` takes it.
        state: "sample": exact counts proven on recordings; "source", "unverified": not tested on real data.
        title_en: One line.
        title_zh: The same in Chinese.
        looks_for: What recognition looks for.
        gives: Event types the format can carry; empty: all.
    """

    name: str
    state: State
    title_en: str
    title_zh: str
    looks_for: str
    gives: tuple[str, ...]


def formats() -> tuple[Format, ...]:
    """Return all formats, the contract's own first, then by name."""
    first = Format(canonical.NAME, "sample", canonical.TITLE_EN, canonical.TITLE_ZH, canonical.LOOKS_FOR, ())
    return (
        first,
        *(Format(one.name, one.state, one.title_en, one.title_zh, one.looks_for, one.gives) for one in installed()),
    )
