"""An audit, or anybody's scores, beside the truth: every measure as a cell, nothing left out in silence."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from truecrowd.bench.quality import parts, rivals
from truecrowd.bench.quality.cells import Cell, ranked
from truecrowd.bench.quality.systems import (
    Said,
    checks_on,
    read_audit,
    read_scores,
    schemes_of_checks,
    verdicts_on,
)
from truecrowd.bench.quality.truth import Labelled, Truth, read_truth, require_same
from truecrowd.errors import ConfigError

SCHEMA: Final = "truecrowd.evaluation/1"
SEED: Final = 0
"""Of the bootstrap; the same input gives the same intervals."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that was measured.

    Args:
        truth: Preset, world, seed and digest of the events the truth is about.
        cells: Block by block.
        made_for: The scheme each check looks for.
    """

    truth: dict[str, Any]
    cells: tuple[Cell, ...]
    made_for: dict[str, str]

    def document(self) -> dict[str, Any]:
        """Return it as one JSON document."""
        return {
            "schema": SCHEMA,
            "truth": self.truth,
            "made_for": self.made_for,
            "cells": [asdict(one) for one in self.cells],
        }

    def lines(self, lang: str) -> list[str]:
        """Return it as a table for a terminal, `zh` or `en`."""
        from truecrowd.bench.quality.table import lines

        return lines(self.truth, self.cells, self.made_for, lang)


def evaluate(
    audit: Path | None, truth: Path, *, scores: Path | None = None, with_rivals: bool = False, seed: int = SEED
) -> Evaluation:
    """Lay an audit or a scores file beside the truth.

    Args:
        audit: Folder that `truecrowd audit` wrote; may be None where `scores` is given.
        truth: Folder that `truecrowd simulate` wrote.
        scores: A file of scores of another system (see `read_scores`).
        with_rivals: Also run the simple rules of rivals.py on the same events.
        seed: Of the bootstrap.

    Raises:
        ConfigError: Neither an audit nor scores are given.
        InputError: Something cannot be read, or the truth is not about the events of this audit.
    """
    if audit is None and scores is None:
        raise ConfigError("there is nothing to evaluate", where="truecrowd evaluate", fix="give DIR or --scores FILE")
    known = read_truth(truth)
    cells: list[Cell] = []
    made_for: dict[str, str] = {}
    if audit is not None:
        tables = read_audit(audit)
        require_same(known, tables["imports"], audit)
        made_for = schemes_of_checks(audit)
        cells += _of_audit(tables, known, made_for, seed)
    if scores is not None:
        cells += ranked(
            "account", read_scores(scores, known), known.accounts, tuple(known.accounts.positive), seed=seed
        )
    if with_rivals:
        cells += _of_rivals(known, seed)
    return Evaluation(_about(known), tuple(cells), made_for)


def _about(truth: Truth) -> dict[str, Any]:
    meta = {name: truth.meta.get(name) for name in ("preset", "world", "seed", "n_rooms", "n_events")}
    rows = {"n_accounts": truth.accounts.columns.num_rows, "n_orders": truth.orders.columns.num_rows}
    return meta | rows | {"sha256": truth.meta["sha256"]["events.parquet"]}


def _of_audit(tables: dict[str, pa.Table], truth: Truth, made_for: dict[str, str], seed: int) -> Iterator[Cell]:
    yield from _verdicts(tables["verdicts"], truth, seed)
    for subject, labelled in _subjects(truth):
        for said in checks_on(labelled, tables["scores"], subject, made_for):
            yield from ranked(subject, said, labelled, tuple(labelled.positive), seed=seed)
    flags = parts.flags_of(tables["verdicts"], truth)
    for part in (parts.precision_and_recall, parts.roles, parts.guards, parts.fairness):
        yield from part(flags, truth, seed=seed)
    yield from parts.fleets(tables["fleets"], truth)
    yield from parts.shares(tables["shares"], truth, seed=seed)
    yield from parts.calibration(tables["verdicts"], truth)
    yield from parts.false_findings(tables["findings"], truth, seed=seed)
    yield from parts.alarms(tables["alarms"], truth, seed=seed)


def _subjects(truth: Truth) -> Iterable[tuple[str, Labelled]]:
    return (("room", truth.rooms), ("account", truth.accounts), ("order", truth.orders), ("product", truth.products))


def _verdicts(verdicts: pa.Table, truth: Truth, seed: int) -> Iterator[Cell]:
    """Rooms are ranked by the verdict on each scheme, everything else by its overall one."""
    plain = parts.plain_rooms(truth)
    for scheme in truth.rooms.positive:
        said = verdicts_on(truth.rooms, verdicts, "room", scheme)
        yield from ranked("room", said, truth.rooms, (scheme,), seed=seed)
        among = plain | truth.rooms.positive[scheme]
        yield from ranked("room_plain", said, truth.rooms, (scheme,), seed=seed, among=among)
    for subject, labelled in _subjects(truth):
        if subject != "room":
            said = verdicts_on(labelled, verdicts, subject, "any")
            yield from ranked(subject, said, labelled, tuple(labelled.positive), seed=seed)


def _of_rivals(truth: Truth, seed: int) -> Iterator[Cell]:
    labels = dict(_subjects(truth))
    for subject, said in rivals.all_of(truth):
        named = Said(f"rule:{said.by}", said.score)
        yield from ranked(subject, named, labels[subject], tuple(labels[subject].positive), seed=seed)
