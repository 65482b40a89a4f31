"""What a peer is, and the material all peers are given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pyarrow as pa

from truecrowd.bench.quality.measures import F64
from truecrowd.bench.quality.rivals import Seen
from truecrowd.bench.quality.truth import Labelled, Truth

Setting = Mapping[str, str | float | int | bool]
"""One choice of a peer's parameters, by name; plain values, so that they can be printed."""
Form = Literal["own", "package", "program", "style", "after", "rule"]
"""own: ours; package: a Python package; program: the authors' program; style, after: re-implemented by us; rule: a rule."""
Level = Literal["account", "room", "order", "fleet"]
LEVELS: Final[tuple[Level, ...]] = ("account", "room", "order", "fleet")
"""A fleet is told by the number of the group that each account in a room was put into."""
MOST_SETTINGS: Final = 20
"""Settings that anybody, we too, may choose from (detectors.md section 8)."""


@dataclass(frozen=True, slots=True)
class Features:
    """All account features: one row for each account in a room, in the order of the truth.

    Args:
        names: Column names.
        values: Shape (n accounts in rooms, n names); NaN where a check did not look or a column is empty.
    """

    names: tuple[str, ...]
    values: F64

    def like(self, names: tuple[str, ...]) -> "Features":
        """Return these columns; those that are not there are NaN."""
        columns = {name: self.values[:, at] for at, name in enumerate(self.names)}
        absent = np.full(len(self.values), np.nan)
        return Features(names, np.column_stack([columns.get(name, absent) for name in names]))


@dataclass(frozen=True, slots=True)
class Material:
    """What every peer may use.

    Args:
        truth: Rows that are judged, in order; a peer must not read its labels (but `boosting`, of `learnt_on`).
        seen: The events.
        features: All account features, ours among them.
        audited: Our own audit's tables by name.
        programs: Paths the user gave, by peer.
        scratch: Folder for files of programs.
        learnt_on: Material with labels that may be learnt from; None: there is none.
    """

    truth: Truth
    seen: Seen
    features: Features
    audited: Mapping[str, pa.Table]
    programs: Mapping[str, Path]
    scratch: Path
    learnt_on: "Material | None" = None

    def labelled(self, level: Level) -> Labelled:
        """Return the rows of a level."""
        rows = {"account": self.truth.accounts, "room": self.truth.rooms, "order": self.truth.orders}
        return rows.get(level, self.truth.accounts)


@dataclass(frozen=True, slots=True)
class Peer:
    """One system of the table.

    Args:
        name: As printed and as `--peer NAME=PATH` takes it.
        form: See `Form`.
        licence: Of what runs; "" where it is part of this package.
        levels: Where it speaks.
        gets: Columns it is given, one line.
        settings: Published or customary defaults first, at most `MOST_SETTINGS`.
        run: Scores by level, higher is more suspicious (a fleet: its number), NaN where it did not speak; rows in the
            order of the truth.
        needs: Modules that must be importable; for a program those of its launcher.
        fits: Whether it learns from labels.
    """

    name: str
    form: Form
    licence: str
    levels: tuple[Level, ...]
    gets: str
    settings: tuple[Setting, ...]
    run: Callable[[Material, Setting], Mapping[Level, F64]]
    needs: tuple[str, ...] = ()
    fits: bool = False
