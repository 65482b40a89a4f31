"""What one file is, and what it can show: its head is recognised, its first rows are read and looked at."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.detectors import Detector
from truecrowd.engine.audit import declared_as_sampled
from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.errors import InputError
from truecrowd.ingest import Options, Reading
from truecrowd.ingest.plan import Planned
from truecrowd.ingest.plan import look as recognise
from truecrowd.ingest.sources import Source, listed
from truecrowd.schema import EVENT_TYPES, EVENTS

_CHUNKS: Final = 4
"""Tables of at most 131,072 rows that are looked at: enough to meet every type, soon done."""
_ALWAYS: Final = ("ts", "event_type", "room_id", "event_id")


@dataclass(frozen=True, slots=True)
class Found:
    """One source of a path.

    Args:
        planned: What it was recognised as.
        options: With which it can be read.
        is_zoneless: Whether its times name no zone and none was given, so that an audit needs `--tz`.
    """

    planned: Planned
    options: Options
    is_zoneless: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What the rows of a file hold.

    Args:
        n_rows: Rows of EVENTS looked at.
        is_whole: Whether these are all.
        n_rooms: Rooms in them.
        types: How many of each event type, in the contract's order.
        columns: Columns of EVENTS that are filled in some row, in the contract's order.
        missing: Event types and columns that a check wants and that no row has.
        blind: By check that can look in no room of these: why not (a code of `coverage.reason`).
        n_checks: How many checks there are.
    """

    n_rows: int
    is_whole: bool
    n_rooms: int
    types: dict[str, int]
    columns: tuple[str, ...]
    missing: tuple[str, ...]
    blind: dict[str, str]
    n_checks: int


def found(path: str, options: Options) -> Iterator[Found | InputError]:
    """Yield each source of a path and what it was recognised as; of a folder's members also why one was not.

    Raises:
        InputError: Nothing recognises it, it cannot be opened, or it can be opened once only.
    """
    for source in listed([path if path == "-" else Path(path)], options.limits):
        if source.is_once:
            raise InputError(
                "standard input can be read once only, wanted a file", where="PATH", fix="save it as a file first"
            )
        try:
            yield _found(source, options)
        except InputError as error:
            if not source.is_member:
                raise
            yield error


def _found(source: Source, options: Options) -> Found:
    try:
        return Found(recognise(source, options), options)
    except InputError as error:
        zoned = _zoned(options, error)
        return Found(recognise(source, zoned), zoned, is_zoneless=True)


def _zoned(options: Options, error: InputError) -> Options:
    """Return options with which a file is read whose times name no zone: which one, changes no count.

    Raises:
        InputError: The zone is not what was missing.
    """
    if options.tz is not None or "--tz" not in error.fix:
        raise error
    return replace(options, tz="UTC")


def look(one: Found) -> tuple[Found, Shown]:
    """Read the first rows of a source and say what they can show; and whether a zone was missing for that.

    Raises:
        InputError: The file cannot be read as it is.
    """
    try:
        return one, _shown(one.planned.source, one.options)
    except InputError as error:
        zoned = _zoned(one.options, error)
        return replace(one, options=zoned, is_zoneless=True), _shown(one.planned.source, zoned)


def _shown(source: Source, options: Options) -> Shown:
    settings = Settings()
    reading = Reading([source], options)
    batches = reading.batches()
    rows = list(islice(batches, _CHUNKS))
    rest = next(batches, None)
    observed = observe_all(
        iter(rows), settings, declared=lambda: declared_as_sampled(reading.imported()) if rest is None else frozenset()
    )
    types, columns = _types(rows), _columns(rows)
    detectors = settings.chosen()
    return Shown(
        n_rows=sum(part.num_rows for part in rows),
        is_whole=rest is None,
        n_rooms=observed.facts.n_rooms,
        types=types,
        columns=columns,
        missing=_missing(detectors, types, columns),
        blind=_blind(observed.coverage, detectors),
        n_checks=len(detectors),
    )


def _types(rows: list[pa.Table]) -> dict[str, int]:
    seen: Counter[str] = Counter()
    for part in rows:
        for row in pc.value_counts(part.column("event_type").cast(pa.string())).to_pylist():
            seen[row["values"]] += row["counts"]
    return {name: seen[name] for name in EVENT_TYPES if seen[name]}


def _columns(rows: list[pa.Table]) -> tuple[str, ...]:
    filled = {name for part in rows for name in part.column_names if part.column(name).null_count < part.num_rows}
    return tuple(name for name, _ in EVENTS.columns if name in filled)


def _missing(detectors: tuple[Detector, ...], types: dict[str, int], columns: tuple[str, ...]) -> tuple[str, ...]:
    kinds = [name for name in EVENT_TYPES if any(name in d.event_types for d in detectors) and name not in types]
    wanted = {name for detector in detectors for name in detector.reads}
    names = [name for name, _ in EVENTS.columns if name in wanted and name not in columns and name not in _ALWAYS]
    return (*kinds, *names)


def _blind(coverage: pa.Table, detectors: tuple[Detector, ...]) -> dict[str, str]:
    rows = coverage.select(["detector", "looked", "reason"]).to_pylist()
    sees = {row["detector"] for row in rows if row["looked"]}
    reasons = {name: Counter(row["reason"] for row in rows if row["detector"] == name) for name in _names(detectors)}
    return {
        name: most.most_common(1)[0][0] or "no_events" if most else "no_events"
        for name, most in reasons.items()
        if name not in sees
    }


def _names(detectors: tuple[Detector, ...]) -> list[str]:
    return [detector.name for detector in detectors]
