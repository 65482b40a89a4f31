"""Rows of canonical files, however they were parsed: columns typed, bad rows rejected, the rest a draft."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truecrowd import schema
from truecrowd.ingest.columns import TEXTS, Typer
from truecrowd.ingest.draft import Draft
from truecrowd.ingest.ledger import Ledger
from truecrowd.ingest.options import Limits

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
_ORDER: Final = [name for name, _ in schema.EVENTS.columns]


@dataclass(frozen=True, slots=True)
class Parsed:
    """Rows as a parser of a canonical file gives them.

    Args:
        columns: Columns by their contract names, any Arrow type, equal lengths.
        numbers: Row number of each in its file, from 1.
        raw: Text of the row at an index, for the rejects.
        damaged: Rows in which bytes had to be replaced; None: none.
    """

    columns: Mapping[str, pa.Array]
    numbers: Numbers
    raw: Callable[[int], str | bytes]
    damaged: Flags | None = None


def typed(parsed: Parsed, typer: Typer, ledger: Ledger, limits: Limits, chunk_rows: int) -> Iterator[Draft]:
    """Yield drafts of at most `chunk_rows` rows; rows with a bad cell are rejected and counted.

    Raises:
        InputError: A column has a type that no cell of ours can come from.
    """
    n = len(parsed.numbers)
    ledger.n_read += n
    faults: dict[str, Flags] = {}
    arrays: dict[str, pa.Array] = {}
    for name in _ORDER:
        if name not in parsed.columns:
            continue
        column = typer.column(name, parsed.columns[name])
        if column.values.null_count < n:
            arrays[name] = column.values
        if column.bad is not None:
            _add(faults, column.reason, column.bad)
        for reason, flags in _suspect(name, column.values, parsed.damaged, limits):
            _add(faults, reason, flags)
    bad = _rejected(faults, parsed, ledger, n)
    table = pa.table(arrays) if arrays else pa.table({"ts": pa.nulls(n, pa.timestamp("us", tz="UTC"))})
    keep = np.flatnonzero(~bad)
    if parsed.damaged is not None:
        typer.n_damaged += int((parsed.damaged & ~bad).sum())
    if len(keep) < n:
        table = table.take(pa.array(keep))
    for start in range(0, len(keep), chunk_rows):
        at = keep[start : start + chunk_rows]
        yield Draft(table.slice(start, chunk_rows), None, parsed.numbers[at], _raw(parsed.raw, at))


def _raw(raw: Callable[[int], str | bytes], at: Numbers) -> Callable[[int], str | bytes]:
    return lambda i: raw(int(at[i]))


def _suspect(name: str, values: pa.Array, damaged: Flags | None, limits: Limits) -> Iterator[tuple[str, Flags]]:
    """Yield cells over the size limit, and damaged ids."""
    if not pa.types.is_string(values.type) or not len(values):
        return
    bounds = np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]
    lengths = np.diff(bounds)
    if lengths.max() > limits.field_bytes:
        yield "too_long", lengths > limits.field_bytes
    if damaged is not None and name not in TEXTS:
        cells = values.filter(pa.array(damaged)).to_pylist()
        flags = damaged.copy()
        flags[damaged] = ["\ufffd" in (cell or "") for cell in cells]
        yield "bad_encoding", flags


def _add(faults: dict[str, Flags], reason: str, flags: Flags) -> None:
    faults[reason] = faults[reason] | flags if reason in faults else flags


def _rejected(faults: dict[str, Flags], parsed: Parsed, ledger: Ledger, n: int) -> Flags:
    """Put every bad row into the rejects once, under the first of its reasons in the contract's order."""
    bad = np.zeros(n, np.bool_)
    for reason in schema.REJECT_REASONS:
        if reason not in faults:
            continue
        for at in np.flatnonzero(faults[reason] & ~bad).tolist():
            ledger.reject(int(parsed.numbers[at]), reason, parsed.raw(at))
        bad |= faults[reason]
    return bad
