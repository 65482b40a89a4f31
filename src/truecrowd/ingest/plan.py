"""What is read, as what and in which order: by the time of each file's first row, so that its name never matters."""

import io
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from truecrowd.errors import InputError, TruecrowdError
from truecrowd.ingest import canonical
from truecrowd.ingest.collector import Collector
from truecrowd.ingest.driver import Run, drafts
from truecrowd.ingest.encoding import detect
from truecrowd.ingest.importer import About, Importer, Match, Sample
from truecrowd.ingest.ledger import open_ledger
from truecrowd.ingest.lines import Cutter
from truecrowd.ingest.options import Options
from truecrowd.ingest.recognition import Recognised, by_name, choose
from truecrowd.ingest.samples import HEAD, sample, stem
from truecrowd.ingest.sources import Source
from truecrowd.ingest.unwrap import ARROW, GZIP, OLE, PARQUET, ZIP, ZSTD, Unpacked, size_left

LAST: Final = 1 << 62
if TYPE_CHECKING:
    from truecrowd.ingest.orders.mapping import Mapping

_PROBE: Final = 1 << 16
"""Bytes read for the time of the first event and the grain of the clock."""
_STREAM: Final = b"\xff\xff\xff\xff"
"""An Arrow IPC stream begins with a continuation mark."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One source, recognised.

    Args:
        source: What to open.
        recognised: As what.
        sample: Its head; None for Parquet, Arrow and tables.
        opened: The stream, already open, where it can be opened once only.
        first_us: Time of its first event, microseconds; LAST if unknown.
        is_fine: Whether its times are finer than 1 ms.
        importer: Who reads it; None for canonical files.
    """

    source: Source
    recognised: Recognised
    sample: Sample | None = None
    opened: Unpacked | None = None
    first_us: int = LAST
    is_fine: bool = False
    importer: Importer | None = None

    @property
    def mapping(self) -> "Mapping | None":
        """How an order export is read; None for a recording."""
        return self.importer.mapping if self.importer else None

    def about(self, options: Options) -> About:
        """Return what the reader is told."""
        assert self.sample is not None
        return About(
            source=self.source.name, stem=stem(self.source.name), room=options.room, tz=options.tz,
            dialect=self.recognised.dialect, header=self.sample.header, objects=self.sample.objects,
            lines=self.sample.lines,
        )  # fmt: skip


def opened(source: Source, options: Options) -> Unpacked:
    """Open a source; what it grows by later is not read.

    Raises:
        InputError: It is empty, or an archive inside an archive.
    """
    assert source.open is not None
    raw = source.open()
    try:
        unpacked = Unpacked(raw, source.name, options.limits, size_left(raw))
        if not source.is_workbook:
            _refuse(unpacked.peek(8), unpacked, source)
    except TruecrowdError:
        if not source.is_once:
            raw.close()
        raise
    return unpacked


def _refuse(head: bytes, unpacked: Unpacked, source: Source) -> None:
    if not head:
        raise InputError(unpacked.cut or "the file is empty", where=source.name, fix="record it again or leave it out")
    if unpacked.packing and (head[:2] == GZIP or head[:4] == ZSTD or head[:4] in ZIP):
        raise InputError("the file is packed twice", where=source.name, fix="unpack it once and give the result")
    if head[:4] in ZIP:
        raise InputError(
            "a zip archive inside an archive or a stream", where=source.name, fix="unpack it and give the files"
        )
    if head[:4] == OLE:
        raise InputError("Excel workbooks are not read here", where=source.name, fix="save the sheet as CSV")


def look(source: Source, options: Options) -> Planned:
    """Recognise a source from its first MiB.

    Raises:
        InputError: Nothing recognises it, or it cannot be opened.
    """
    if source.table is not None:
        return Planned(source, Recognised(source.name, canonical.NAME, 1.0, "an Arrow table", "", "", "table"))
    if source.is_workbook:
        return _workbook(source, options)
    unpacked = opened(source, options)
    if source.is_once:
        return _looked_at(source, unpacked, unpacked, options)
    with closing(unpacked):
        return _looked_at(source, unpacked, None, options)


def _looked_at(source: Source, unpacked: Unpacked, kept: Unpacked | None, options: Options) -> Planned:
    head = unpacked.peek(HEAD)
    binary = "parquet" if head[:4] == PARQUET else "arrow" if head[:6] == ARROW or head[:4] == _STREAM else ""
    if binary:
        reason = f"rule 1: {binary} by its first bytes"
        return Planned(
            source, Recognised(source.name, canonical.NAME, 1.0, reason, "", unpacked.packing, binary), opened=kept
        )
    encoding = detect(head, where=source.name)
    text = head if encoding.startswith("utf-16") else head.rstrip(b"\0")
    seen = sample(source.name, text, encoding, is_whole=len(head) < HEAD)
    if not head.strip(b"\0"):
        raise InputError(
            "the file holds nothing but NUL bytes", where=source.name, fix="record it again or leave it out"
        )
    importer, name, claim = _chosen(seen, source, options)
    if importer is not None and importer.mapping is not None:
        encoding = importer.mapping.read.encoding or encoding
    result = Recognised(source.name, name, claim.confidence, claim.reason, encoding, unpacked.packing, claim.dialect)
    planned = Planned(source, result, seen, kept, importer=importer)
    if importer is not None and importer.unit == "delimited" and not seen.delimiter:
        what = "the first line holds no header: two or more names between commas, semicolons or tabs"
        raise InputError(what, where=source.name, fix="give another --format, or see `truecrowd formats`")
    return planned if planned.mapping else _probed(planned, head, options)


def head_of(source: Source, options: Options) -> Sample | None:
    """Return the head of a text file or of a workbook's sheet, as recognition sees it; None for other files.

    Raises:
        InputError: It cannot be opened.
    """
    if source.is_workbook:
        return _sheet_head(source, options)
    with closing(opened(source, options)) as unpacked:
        head = unpacked.peek(HEAD)
        if head[:4] == PARQUET or head[:6] == ARROW or head[:4] == _STREAM:
            return None
        return sample(source.name, head, detect(head, where=source.name), is_whole=len(head) < HEAD)


def _chosen(seen: Sample, source: Source, options: Options) -> tuple[Importer | None, str, Match]:
    """Return who reads a file: the user's mapping where it fits, else whoever recognises it."""
    if options.mapping is not None and options.format in (None, options.mapping.name):
        from truecrowd.ingest.orders.headers import importer_of, own_claim

        claim = own_claim(options.mapping, seen, where=source.name)
        if claim is not None:
            return importer_of(options.mapping), options.mapping.name, claim
    name, claim = choose(seen, where=source.name, wanted=options.format, tables_only=source.is_workbook)
    return by_name(name), name, claim


def _sheet_head(source: Source, options: Options) -> Sample:
    from itertools import islice

    from truecrowd.ingest.orders.workbook import rows

    assert source.open is not None
    sheet = options.mapping.read.sheet if options.mapping else ""
    with closing(source.open()) as raw:
        lines = list(islice(rows(raw, sheet, where=source.name), _ROWS))
    if not lines:
        raise InputError("the sheet is empty", where=source.name, fix="export it again")
    text = tuple("\t".join(line) for line in lines)
    header = tuple(cell.strip() for cell in lines[0])
    return Sample(source.name, "\n".join(text), text, (), None, header if len(header) > 1 else (), "\t")


def _workbook(source: Source, options: Options) -> Planned:
    """Recognise a workbook by the header of its sheet."""
    seen = _sheet_head(source, options)
    importer, name, claim = _chosen(seen, source, options)
    if importer is None or importer.mapping is None:
        raise InputError(f"a workbook is not read as {name}", where=source.name, fix="save the sheet as CSV")
    result = Recognised(source.name, name, claim.confidence, claim.reason, "", "", "xlsx")
    return Planned(source, result, seen, importer=importer)


_ROWS: Final = 200
"""Rows of a sheet that recognition looks at."""


def _probed(planned: Planned, head: bytes, options: Options) -> Planned:
    """Read the head for the time of the first event and the grain of the clock."""
    importer = planned.importer
    if importer is None:
        return planned
    assert planned.sample is not None
    if len(head) > _PROBE:
        head = head[:_PROBE]
        head = head if importer.unit == "document" else head[: head.rfind(b"\n") + 1] or head
    ledger = open_ledger(planned.source.name, options.limits, is_shape=True)
    cutter = Cutter(
        Unpacked(io.BytesIO(head), planned.source.name, options.limits),
        planned.recognised.encoding,
        HEAD,
        options.limits,
    )
    run = Run(importer, planned.about(options), planned.sample.delimiter, options.limits, options.chunk_rows)
    try:
        times = [ts for draft in drafts(run, cutter, ledger, Collector(ledger)) for ts in _times(draft.table)]
    except InputError:
        if importer.unit != "document":
            raise
        return planned
    return replace(planned, first_us=min(times, default=LAST), is_fine=any(ts % 1_000 for ts in times))


def _times(table: object) -> list[int]:
    import pyarrow as pa

    assert isinstance(table, pa.Table)
    if "ts" not in table.column_names:
        return []
    found: list[int] = table.column("ts").drop_null().cast(pa.int64()).to_pylist()
    return found
