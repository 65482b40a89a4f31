"""An audit, or anybody's scores, beside the truth: every measure as a cell, nothing left out in silence."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from truecrowd.bench.quality import parts, rivals
from truecrowd.bench.quality.alarms import alarms
from truecrowd.bench.quality.amounts import shares
from truecrowd.bench.quality.budgets import budgets
from truecrowd.bench.quality.cells import Cell, absent, ranked
from truecrowd.bench.quality.groups import fleets
from truecrowd.bench.quality.overall import Overall, overall_of
from truecrowd.bench.quality.pairs import Pair, pairs_of
from truecrowd.bench.quality.stated import calibration
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
        truth: Preset, world, seed and digest of the events the (first) truth is about.
        cells: Block by block, part by part.
        made_for: The scheme each check looks for.
        parts: The same as `truth` for each of several audits, by name; empty for one alone.
    """

    truth: dict[str, Any]
    cells: tuple[Cell, ...]
    made_for: dict[str, str]
    parts: dict[str, dict[str, Any]]

    def document(self) -> dict[str, Any]:
        """Return it as one JSON document."""
        return {
            "schema": SCHEMA,
            "truth": self.truth,
            "made_for": self.made_for,
            "parts": self.parts,
            "cells": [asdict(one) for one in self.cells],
        }

    def lines(self, lang: str) -> list[str]:
        """Return it as a table for a terminal, `zh` or `en`."""
        from truecrowd.bench.quality.table import lines

        return lines(self.truth, self.cells, self.made_for, lang)


def evaluate(
    audit: Path | None, truth: Path, *, scores: Path | None = None, with_rivals: bool = False, seed: int = SEED
) -> Evaluation:
    """Lay an audit, several audits, or a scores file beside the truth.

    Args:
        audit: Folder that `truecrowd audit` wrote, or a folder of such folders; may be None where `scores` is given.
        truth: Folder that `truecrowd simulate` wrote, with folders of the same names for several audits.
        scores: A file of scores of another system (see `read_scores`).
        with_rivals: Also run the simple rules of rivals.py on the same events.
        seed: Of the bootstrap.

    Raises:
        ConfigError: Neither an audit nor scores are given.
        InputError: Something cannot be read, or the truth is not about the events of this audit.
    """
    if audit is None and scores is None:
        raise ConfigError("there is nothing to evaluate", where="truecrowd evaluate", fix="give DIR or --scores FILE")
    cells: list[Cell] = []
    made_for: dict[str, str] = {}
    about: dict[str, dict[str, Any]] = {}
    pairs = pairs_of(audit, truth) if audit is not None else (Pair("", None, truth),)
    for pair in pairs:
        known = read_truth(pair.truth)
        about[pair.part] = _about(known)
        found = [*_of_pair(pair, known, made_for, seed)]
        if scores is not None:
            schemes = tuple(known.accounts.positive)
            found += ranked("account", read_scores(scores, known), known.accounts, schemes, seed=seed)
        if with_rivals:
            found += _of_rivals(known, seed)
        cells += [replace(one, part=pair.part) for one in found]
    parted = {name: one for name, one in about.items() if name}
    return Evaluation(next(iter(about.values())), tuple(cells), made_for, parted)


def _about(truth: Truth) -> dict[str, Any]:
    meta = {name: truth.meta.get(name) for name in ("preset", "world", "seed", "faults", "n_rooms", "n_events")}
    rows = {"n_accounts": truth.accounts.columns.num_rows, "n_orders": truth.orders.columns.num_rows}
    return meta | rows | {"sha256": truth.meta["sha256"]["events.parquet"]}


def _of_pair(pair: Pair, truth: Truth, made_for: dict[str, str], seed: int) -> Iterator[Cell]:
    """Yield the cells of one audit; `made_for` learns the schemes of its checks."""
    if pair.audit is None:
        if pair.part:
            yield absent("part", pair.part, "any", "not_audited")
        return
    tables = read_audit(pair.audit)
    require_same(truth, tables["imports"], pair.audit)
    made_for |= schemes_of_checks(pair.audit)
    yield from _of_audit(tables, truth, made_for, seed)


def _of_audit(tables: dict[str, pa.Table], truth: Truth, made_for: dict[str, str], seed: int) -> Iterator[Cell]:
    verdicts = tables["verdicts"]
    overall = {subject: overall_of(labelled, verdicts, subject) for subject, labelled in _subjects(truth)}
    yield from _verdicts(verdicts, overall, truth, seed)
    for subject, labelled in _subjects(truth):
        for said in checks_on(labelled, tables["scores"], subject, made_for):
            yield from ranked(subject, said, labelled, tuple(labelled.positive), seed=seed)
    flags = parts.flags_of(overall)
    yield from parts.precision_and_recall(flags, truth, seed=seed)
    yield absent("order", "any", "as_of", "no_as_of")
    yield from parts.roles(flags, overall, truth, seed=seed)
    yield from budgets(flags, overall, truth, seed=seed)
    yield from parts.guards(flags, truth, seed=seed)
    yield from parts.fairness(flags, truth, seed=seed)
    yield from fleets(tables["fleets"], truth, seed=seed)
    yield from shares(tables["shares"], truth, seed=seed)
    yield from calibration(overall, truth, seed=seed)
    yield from parts.false_findings(tables["findings"], truth, seed=seed)
    yield from alarms(tables["alarms"], truth, seed=seed)


def _subjects(truth: Truth) -> Iterable[tuple[str, Labelled]]:
    return (("room", truth.rooms), ("account", truth.accounts), ("order", truth.orders), ("product", truth.products))


def _verdicts(verdicts: pa.Table, overall: dict[str, Overall], truth: Truth, seed: int) -> Iterator[Cell]:
    """Rooms are ranked by the verdict on each scheme, everything else by its overall one."""
    plain = parts.plain_rooms(truth)
    for scheme in truth.rooms.positive:
        said = verdicts_on(truth.rooms, verdicts, "room", scheme)
        yield from ranked("room", said, truth.rooms, (scheme,), seed=seed)
        among = plain | truth.rooms.positive[scheme]
        yield from ranked("room_plain", said, truth.rooms, (scheme,), seed=seed, among=among)
    for subject, labelled in _subjects(truth):
        if subject != "room":
            yield from ranked(subject, overall[subject].said, labelled, tuple(labelled.positive), seed=seed)


def _of_rivals(truth: Truth, seed: int) -> Iterator[Cell]:
    labels = dict(_subjects(truth))
    for subject, said in rivals.all_of(truth):
        named = Said(f"rule:{said.by}", said.score)
        yield from ranked(subject, named, labels[subject], tuple(labels[subject].positive), seed=seed)
