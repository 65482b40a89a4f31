"""Reading recordings: recognise, unpack, import, finish; tables come out in bounded chunks."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import pyarrow as pa

from truecrowd import schema
from truecrowd.errors import InputError
from truecrowd.ingest import canonical
from truecrowd.ingest.canonical_arrow import Columnar
from truecrowd.ingest.canonical_csv import Csv
from truecrowd.ingest.canonical_json import Ndjson, guessed
from truecrowd.ingest.collector import Collector
from truecrowd.ingest.columns import Typer
from truecrowd.ingest.draft import Draft
from truecrowd.ingest.driver import Run, drafts
from truecrowd.ingest.exports import Exports, refuse_alone
from truecrowd.ingest.files import File, finisher
from truecrowd.ingest.finishing import Shared, shared
from truecrowd.ingest.importer import Importer
from truecrowd.ingest.ledger import Ledger, counts_table, open_ledger
from truecrowd.ingest.lines import Cutter
from truecrowd.ingest.options import Options
from truecrowd.ingest.orders.recorded import Recorded
from truecrowd.ingest.plan import LAST, Planned, look, opened
from truecrowd.ingest.pseudonyms import checked_key, key_id
from truecrowd.ingest.recognition import Recognised
from truecrowd.ingest.sources import Source, listed
from truecrowd.ingest.times import zone
from truecrowd.ingest.unwrap import Unpacked


@dataclass(frozen=True, slots=True)
class Imported:
    """The account of a run.

    Args:
        imports: One row per file (`schema.IMPORTS`).
        import_counts: One row per native kind of a file and room (`schema.IMPORT_COUNTS`).
        rejects: Rows that could not be read (`schema.REJECTS`).
        notes: Lines for the import report, each with its file's name first.
        is_partial: Whether something is missing: a cut file, or too many unreadable rows.
        recognised: What each file was recognised as, in the order of reading.
    """

    imports: pa.Table
    import_counts: pa.Table
    rejects: pa.Table
    notes: tuple[str, ...]
    is_partial: bool
    recognised: tuple[Recognised, ...] = ()


class Reading:
    """One run over some sources. `batches()` once to the end, then `imported()`."""

    __slots__ = ("_files", "_is_done", "_notes", "_options", "_sources")

    def __init__(self, sources: list[Source], options: Options) -> None:
        """See `read`."""
        self._sources = sources
        self._options = options
        self._files: list[File] = []
        self._notes: list[str] = []
        self._is_done = False

    def batches(self) -> Iterator[pa.Table]:
        """Yield tables of EVENTS, each at most `Options.chunk_rows` long, in reading order.

        Raises:
            InputError: A file cannot be read as it is, or most of its rows cannot.
        """
        plans = self._plans()
        state = shared(self._options)
        recordings = [planned for planned in plans if planned.mapping is None]
        exports = [planned for planned in plans if planned.mapping is not None]
        recorded = Recorded()
        for at, planned in enumerate(recordings):
            keep_from = min((later.first_us for later in recordings[at + 1 :]), default=LAST)
            for rows in self._one(planned, state, at, keep_from):
                if exports:
                    recorded.add(rows)
                yield rows
        n_before = len(self._files)
        for rows in Exports(state, self._files, recorded).tables(exports):
            yield schema.check(rows, schema.EVENTS)
        for file in self._files[n_before:]:
            file.ledger.balance()
            self._refuse(file.ledger)
        self._is_done = True

    def imported(self) -> Imported:
        """Return the account of the run.

        Raises:
            RuntimeError: `batches()` has not been read to its end.
        """
        if not self._is_done:
            raise RuntimeError("read batches() to the end before asking for imported()")
        files = self._files
        rejects = pa.concat_tables([schema.REJECTS.empty(), *(file.ledger.rejects.table() for file in files)])
        notes = [f"{file.planned.source.name}: {note}" for file in files for note in file.ledger.notes]
        return Imported(
            imports=schema.build(schema.IMPORTS, [file.row() for file in files]),
            import_counts=counts_table([file.ledger for file in files]),
            rejects=schema.ordered(rejects, schema.REJECTS),
            notes=(*self._notes, *notes),
            is_partial=any(file.ledger.cut or _bad_share(file.ledger) > self._options.bad_share for file in files),
            recognised=tuple(file.planned.recognised for file in files),
        )

    def note(self, text: str) -> None:
        """Add one line to the import report."""
        self._notes.append(text)

    def _plans(self) -> list[Planned]:
        plans = []
        unknown: list[InputError] = []
        for source in self._sources:
            try:
                plans.append(look(source, self._options))
            except InputError as error:
                if not source.is_member:
                    raise
                unknown.append(error)
                self._notes.append(f"{source.name}: left out, {error.what}")
        if not plans and unknown:
            raise unknown[0]
        refuse_alone(plans)
        return sorted(plans, key=lambda planned: (planned.first_us, planned.source.name))

    def _one(self, planned: Planned, state: Shared, at: int, keep_from: int) -> Iterator[pa.Table]:
        options = self._options
        ledger = open_ledger(planned.source.name, options.limits, is_shape=options.pseudonymise_key is not None)
        file = File(planned, ledger)
        self._files.append(file)
        last = finisher(planned, state, ledger, at, keep_from)
        for draft in self._drafts(file):
            rows = last.finish(draft)
            file.summary.add(rows)
            if rows.num_rows:
                yield schema.check(rows, schema.EVENTS)
        ledger.balance()
        self._refuse(ledger)

    def _drafts(self, file: File) -> Iterator[Draft]:
        planned, options = file.planned, self._options
        if planned.source.table is not None:
            yield from _table(file, options)
        elif planned.opened is not None:
            yield from _rows(file, planned.opened, options)
        else:
            with closing(opened(planned.source, options)) as unpacked:
                yield from _rows(file, unpacked, options)

    def _refuse(self, ledger: Ledger) -> None:
        share = _bad_share(ledger)
        if share > self._options.refuse_share:
            reason, n = ledger.rejects.counts.most_common(1)[0]
            what = f"{ledger.n_unreadable:,} of {ledger.n_read:,} rows cannot be read, most for '{reason}' ({n:,})"
            raise InputError(what, where=ledger.source, fix="check the format: --format NAME; `truecrowd formats FILE`")


def _rows(file: File, unpacked: Unpacked, options: Options) -> Iterator[Draft]:
    importer = file.planned.importer
    nul_tail = (
        yield from _canonical(file, unpacked, options)
        if importer is None
        else _native(file, unpacked, importer, options)
    )
    file.end(unpacked, nul_tail)


def _native(file: File, unpacked: Unpacked, importer: Importer, options: Options) -> Generator[Draft, None, int]:
    planned = file.planned
    assert planned.sample is not None
    cutter = Cutter(unpacked, planned.recognised.encoding, options.block_bytes, options.limits)
    run = Run(importer, planned.about(options), planned.sample.delimiter, options.limits, options.chunk_rows)
    sink = Collector(file.ledger)
    yield from drafts(run, cutter, file.ledger, sink)
    if sink.tz:
        file.tz, file.tz_from = sink.tz[0], "measured"
        file.ledger.note(f"zone {sink.tz[0]} measured on {sink.tz[1]:,} rows")
    elif options.tz:
        file.tz, file.tz_from = options.tz, "option"
    return cutter.nul_tail


def _table(file: File, options: Options) -> Iterator[Draft]:
    typer = Typer(file.planned.source.name, options.tz)
    columnar = Columnar(file.ledger, options, typer)
    yield from columnar.table(file.planned.source.table)
    file.sha256 = columnar.sha256
    _tell(file, typer, options)


def _canonical(file: File, unpacked: Unpacked, options: Options) -> Generator[Draft, None, int]:
    planned, ledger = file.planned, file.ledger
    typer = Typer(planned.source.name, options.tz)
    dialect = planned.recognised.dialect
    nul_tail = 0
    if dialect in ("parquet", "arrow"):
        columnar = Columnar(ledger, options, typer)
        yield from (columnar.parquet if dialect == "parquet" else columnar.arrow)(unpacked, planned.source.path)
        ledger.cut = columnar.cut
    else:
        cutter = Cutter(unpacked, planned.recognised.encoding, options.block_bytes, options.limits)
        yield from _text(planned, ledger, options, typer, cutter)
        nul_tail = cutter.nul_tail
    _tell(file, typer, options)
    return nul_tail


def _tell(file: File, typer: Typer, options: Options) -> None:
    """Say what was done to cells and times."""
    ledger = file.ledger
    if typer.n_damaged:
        ledger.note(f"{typer.n_damaged:,} rows hold bytes that are no text; each became U+FFFD")
    if any(clock.n_zoneless for clock in typer.clocks.values()):
        file.tz, file.tz_from = options.tz, "option"
    if n_shifted := sum(clock.n_shifted for clock in typer.clocks.values()):
        ledger.note(
            f"{n_shifted:,} times fall where clocks change; doubled hours count as the first, missing ones move on"
        )


def _text(planned: Planned, ledger: Ledger, options: Options, typer: Typer, cutter: Cutter) -> Iterator[Draft]:
    sample = planned.sample
    assert sample is not None
    names = list(sample.header) or list(dict.fromkeys(name for row in sample.objects for name in row))
    ours = canonical.renamed(names, where=ledger.source)
    if "room_id" not in ours.values() and not options.room:
        raise canonical.missing("room_id", names, where=ledger.source)
    if sample.header:
        yield from Csv(ledger, options, typer, sample.header, sample.delimiter).drafts(cutter)
    else:
        yield from Ndjson(ledger, options, typer, guessed(sample)).drafts(cutter)


def _bad_share(ledger: Ledger) -> float:
    return ledger.n_unreadable / ledger.n_read if ledger.n_read else 0.0


def read(sources: Sequence[object], options: Options | None = None) -> Reading:
    """Open some recordings as one stream of EVENTS.

    Args:
        sources: Paths (files, folders, zip archives), "-" for stdin, binary files, or objects with
            `__arrow_c_stream__` (Arrow, Polars, pandas, DuckDB tables) with columns of EVENTS.
        options: How to read.

    Returns:
        A reading whose `batches()` have not begun.

    Raises:
        InputError: A source does not exist or is no file.
        ConfigError: An option is wrong.
    """
    options = options or Options()
    if options.tz is not None:
        zone(options.tz)
    if options.pseudonymise_key is not None:
        checked_key(options.pseudonymise_key)
    reading = Reading(listed(sources, options.limits), options)
    if options.pseudonymise_key is not None:
        reading.note(f"pseudonyms under key {key_id(options.pseudonymise_key)}")
    return reading


def read_one(source: object, options: Options | None = None) -> tuple[pa.Table, Imported]:
    """Read one small source whole: EVENTS and the account of the run. Raises as `read` and `batches` do."""
    reading = read([source], options)
    batches = list(reading.batches())
    rows = pa.concat_tables(batches, promote_options="permissive") if batches else schema.EVENTS.empty()
    return rows, reading.imported()


def recognise(source: object, options: Options | None = None) -> tuple[Recognised, ...]:
    """Return what a source would be read as; a folder or zip archive gives one answer per member.

    Reads at most the first MiB, unpacked, of each file.

    Raises:
        InputError: Nothing recognises it, or it cannot be opened.
    """
    options = options or Options()
    return tuple(look(one, options).recognised for one in listed([source], options.limits))
