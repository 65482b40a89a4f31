"""What a system says of each subject, by row of the truth: an audit's verdicts and checks, or a bare scores file."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from truecrowd.bench.quality.measures import F64
from truecrowd.bench.quality.truth import Index, Labelled, Truth
from truecrowd.errors import InputError
from truecrowd.schema import LEVELS, TABLES, check

NEEDED: Final = ("scores", "verdicts", "findings", "fleets", "shares", "alarms", "imports")


@dataclass(frozen=True, slots=True)
class Said:
    """One score over the subjects of one kind.

    Args:
        by: `p_manufactured`, `level` or `level_then_p` (verdicts), a check's name, a file's name, or a rule's name.
        score: By row of the truth; NaN where the system did not speak.
        scheme: The only scheme it speaks of; None: every one.
    """

    by: str
    score: F64
    scheme: str | None = None


def read_audit(folder: Path) -> dict[str, pa.Table]:
    """Read the tables of an audit that are scored.

    Raises:
        InputError: It is not the folder of an audit.
    """
    fix = "give the folder that `truecrowd audit ... --out DIR` wrote"
    tables = {}
    for name in NEEDED:
        path = folder / "tables" / f"{name}.parquet"
        try:
            tables[name] = check(pq.read_table(path), TABLES[name])
        except (OSError, pa.ArrowInvalid) as error:
            raise InputError(f"tables/{name}.parquet cannot be read", where=str(folder), fix=fix) from error
    return tables


def schemes_of_checks(folder: Path) -> dict[str, str]:
    """Return the scheme each check of an audit looks for, as report.json names it."""
    try:
        checks = json.loads((folder / "report.json").read_text(encoding="utf-8"))["checks"]
        return {one["name"]: one["scheme"] for one in checks}
    except (OSError, ValueError, KeyError, TypeError) as error:
        fix = "audit again: truecrowd audit ... --out DIR"
        raise InputError("report.json does not name the checks", where=str(folder), fix=fix) from error


def verdicts_on(labelled: Labelled, verdicts: pa.Table, subject: str, scheme: str) -> Said:
    """Return the best ordering that verdicts offer.

    That is `p_manufactured` where every verdict has one, else the level; among equal levels those with a
    `p_manufactured` are ordered by it (`level_then_p`).
    """
    rows = _verdicts_of(verdicts, subject, scheme)
    p = pc.fill_null(rows["p_manufactured"], 0.0).to_numpy()
    n_unknown = rows["p_manufactured"].null_count
    by = "p_manufactured" if not n_unknown else "level" if n_unknown == rows.num_rows else "level_then_p"
    score = p if by == "p_manufactured" else level_numbers(rows) + p / 2.0
    return Said(by, labelled.spread(_keys(rows, subject), score))


def stated_on(labelled: Labelled, verdicts: pa.Table, subject: str) -> F64:
    """Return `p_manufactured` of the overall verdicts by row of the truth, NaN where there is none."""
    rows = _verdicts_of(verdicts, subject, "any")
    rows = rows.filter(pc.is_valid(rows["p_manufactured"]))
    return labelled.spread(_keys(rows, subject), rows["p_manufactured"].to_numpy())


def level_numbers(verdicts: pa.Table) -> F64:
    """Return the place of each verdict's level from `clear` (0) to `critical`."""
    place = pc.index_in(verdicts["level"], value_set=pa.array(LEVELS))
    return np.asarray(place.to_numpy(zero_copy_only=False), np.float64) if verdicts.num_rows else np.zeros(0)


def checks_on(labelled: Labelled, scores: pa.Table, subject: str, made_for: dict[str, str]) -> Iterator[Said]:
    """Yield what each check said of the subjects it looked at; a check with two populations is two of them."""
    rows = scores.filter(pc.equal(scores["subject_type"], subject))
    kinds = (
        rows.group_by(["detector", "population"])
        .aggregate([])
        .sort_by([("detector", "ascending"), ("population", "ascending")])
    )
    detectors = kinds["detector"].to_pylist()
    for detector, population in zip(detectors, kinds["population"].to_pylist(), strict=True):
        of_population = (
            pc.is_null(rows["population"]) if population is None else pc.equal(rows["population"], population)
        )
        own = rows.filter(pc.and_(pc.equal(rows["detector"], detector), of_population))
        name = detector if detectors.count(detector) == 1 else f"{detector}/{population}"
        yield Said(name, labelled.spread(_keys(own, subject), own["score"].to_numpy()), made_for.get(detector))


def levels_on(labelled: Labelled, verdicts: pa.Table, subject: str) -> F64:
    """Return the number of the overall verdict's level by row of the truth, -1 where there is no verdict."""
    rows = _verdicts_of(verdicts, subject, "any")
    return np.nan_to_num(labelled.spread(_keys(rows, subject), level_numbers(rows)), nan=-1.0)


def read_scores(file: Path, truth: Truth) -> Said:
    """Read a bare scores file: account_id, score, and room_id where the system scores accounts in rooms.

    Without room_id an account's score holds in every room it was seen in. Accounts that are not in the file are
    taken as not looked at.

    Raises:
        InputError: The file cannot be read, lacks a column, holds a score that is no number, or knows no account of
            the truth.
    """
    table = _scores_table(file)
    score = _numbers(table, file)
    accounts = truth.accounts
    if "room_id" in table.column_names:
        return Said(file.name, _require_known(accounts.spread((table["room_id"], table["account_id"]), score), file))
    index = Index(table["account_id"])
    at = index.find(accounts.columns["account_id"])
    highest = np.full(table.num_rows, np.nan)
    np.fmax.at(highest, index.find(table["account_id"]), score)
    return Said(file.name, _require_known(np.where(at >= 0, np.append(highest, np.nan)[at], np.nan), file))


def _verdicts_of(verdicts: pa.Table, subject: str, scheme: str) -> pa.Table:
    return verdicts.filter(pc.and_(pc.equal(verdicts["subject_type"], subject), pc.equal(verdicts["scheme"], scheme)))


def _keys(rows: pa.Table, subject: str) -> tuple[pa.ChunkedArray, ...]:
    return (rows["subject_id"],) if subject == "room" else (rows["room_id"], rows["subject_id"])


def _scores_table(file: Path) -> pa.Table:
    fix = "write CSV or Parquet with the columns account_id, score and, where there is one, room_id"
    try:
        if file.suffix.lower() == ".parquet":
            table = pq.read_table(file)
        else:
            texts = dict.fromkeys(("room_id", "account_id"), pa.string())
            table = pa_csv.read_csv(file, convert_options=pa_csv.ConvertOptions(column_types=texts))
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError("the scores cannot be read", where=str(file), fix=fix) from error
    for name in ("account_id", "score"):
        if name not in table.column_names:
            raise InputError(f"column '{name}' is missing", where=str(file), fix=fix)
    return table


def _numbers(table: pa.Table, file: Path) -> F64:
    fix = "write a finite number in every row, higher is more suspicious"
    try:
        score: F64 = table["score"].cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid as error:
        raise InputError("column 'score' holds text", where=str(file), fix=fix) from error
    bad = np.flatnonzero(~np.isfinite(score))
    if len(bad):
        raise InputError(f"{len(bad):,} scores are empty or not finite", where=f"{file} row {bad[0] + 1}", fix=fix)
    return score


def _require_known(score: F64, file: Path) -> F64:
    if len(score) and np.isnan(score).all():
        fix = "use the ids of the simulation's events.parquet"
        raise InputError("no account of the file is in the truth", where=str(file), fix=fix)
    return score
