"""What an importer is: one file that turns one native format into rows of EVENTS.

An importer translates. It never judges, repairs meaning, or guesses an identity or a time. Opening, unpacking,
decoding, cutting into units, event ids, duplicates, sessions, pseudonyms, counting and writing are done around it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypedDict

if TYPE_CHECKING:
    from truecrowd.ingest.orders.mapping import Mapping

State = Literal["sample", "source", "unverified"]
"""How far a format is known: a recording here with exact counts; its shape from documents only; names unverified."""

Unit = Literal["line", "document", "delimited"]
"""What one call of `feed` gets: one line (bytes, UTF-8, no line end), one item of a JSON document, one list of cells."""


class Row(TypedDict, total=False):
    """One event as an importer gives it: columns of EVENTS, Python values, absent where unknown.

    `ts` and `account_created_at` are microseconds since 1970 in UTC. `room_id` is left out unless the file names the
    session itself; `source_room_id` is enough. `event_id` is left out unless the platform gave the message an id.
    """

    event_id: str
    ts: int
    event_type: str
    room_id: str
    host_id: str
    merchant_id: str
    agency_id: str
    source_room_id: str
    account_id: str
    id_kind: str
    account_created_at: int
    ts_kind: str
    device_id: str
    device_model: str
    os_version: str
    app_version: str
    ip: str
    asn: int
    region: str
    traffic_source: str
    product_id: str
    order_id: str
    product_title: str
    ship_hash: str
    pay_hash: str
    amount_minor: int
    currency: str
    quantity: int
    text: str
    value: float


@dataclass(frozen=True, slots=True)
class Sample:
    """The head of a file (at most 1 MiB after unpacking), as recognition sees it.

    Args:
        name: Base name without .gz / .zst; never decides alone.
        text: The head decoded to text; a last half line is cut off unless the file ends there.
        lines: Its first 200 complete lines, split on LF only, one trailing CR removed.
        objects: Those of `lines` that parse as JSON objects, in order.
        whole: The JSON value if the head is the whole file and parses as one value; else the first 64 KiB-parsable
            prefix is not guessed: None.
        header: Cells of the first line if it is delimited text with at least two cells, else empty.
        delimiter: The delimiter found, or "".
    """

    name: str
    text: str
    lines: tuple[str, ...]
    objects: tuple[dict[str, object], ...]
    whole: object
    header: tuple[str, ...]
    delimiter: str


@dataclass(frozen=True, slots=True)
class Match:
    """An importer's claim on a file.

    Args:
        confidence: Share of sampled rows the importer could turn into events, 0 to 1; times 0.9 where it had to
            guess columns.
        reason: What was recognised, a few words, printed to the user ("rule 4: msg_type + DeltaTime").
        dialect: Passed back to the importer's reader through `About`.
    """

    confidence: float
    reason: str
    dialect: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What the reader is told of the file it reads.

    Args:
        source: Base name of the file as given.
        stem: Base name without endings: the source room where neither the file nor `--room` names one.
        room: The value of `--room`, or None.
        tz: IANA zone of `--tz`, or None.
        dialect: From `Match`.
        header: Column names, for delimited files.
        objects: The sample's objects, for readers that measure something before the first row (a zone, a grain).
        lines: The sample's lines, likewise.
    """

    source: str
    stem: str
    room: str | None
    tz: str | None
    dialect: str
    header: tuple[str, ...]
    objects: tuple[dict[str, object], ...]
    lines: tuple[str, ...]


class Sink(Protocol):
    """Where a reader puts what it makes of each unit; every unit ends in exactly one bin per native row.

    `native` is the platform's own name of the row ("DANMU_MSG"); it becomes `import_counts.native`.
    """

    def keep(self, native: str, row: Row) -> None:
        """Take one event. Missing `event_id`, `room_id` are filled in around the reader."""

    def skip(self, native: str) -> None:
        """Count a row that was understood and is no event of ours."""

    def merge(self, native: str) -> None:
        """Count a row that added to another one and gives no event of its own."""

    def duplicate(self, native: str) -> None:
        """Count a row the platform itself marks as a repeat (duplicates by event id are found around the reader)."""

    def reject(self, reason: str, native: str = "") -> None:
        """Put the unit being read into the rejects table; `reason` is one of `schema.REJECT_REASONS`."""

    def sampled(self, event_type: str) -> None:
        """Declare that the source delivers only a part of this type (its rates and gaps are then not tested)."""

    def measured_tz(self, tz: str, n_rows: int) -> None:
        """Declare the zone measured from rows that carry both a zone-less clock and an epoch, e.g. "+08:00"."""

    def note(self, text: str) -> None:
        """Add one line to the import report (stderr), e.g. "12-hour clock"."""


class Reader(Protocol):
    """One file being read. `feed` is called in file order; `close` once at the end (rows held back come out there)."""

    def feed(self, unit: object) -> None:
        """Turn one unit into calls of the sink. Raises nothing on bad data: it rejects."""

    def close(self) -> None:
        """Give out what was held back."""


@dataclass(frozen=True, slots=True)
class Importer:
    """One native format. See the module docstring for what it must not do.

    Args:
        name: As in contract and docs, lower case, e.g. "bili_cmd_jsonl".
        version: Raised whenever the same bytes can give other rows.
        state: How far the format is known.
        title_en: One line for `truecrowd formats`.
        title_zh: The same in Chinese.
        looks_for: What recognition looks for; printed where nothing recognises a file.
        unit: What `feed` gets.
        gives: Event types the format can carry.
        recognise: Claim a file, or None.
        start: Make a reader for one file. `items` of a document format are found by `items`.
        items: For documents: the list of units inside the parsed JSON value.
        poll_window_s: Window in which a repeated row is a poll's overlap, seconds; None: the engine's lateness.
        mapping: Of an order export, which is read by columns and not by `start`; None for a recording.
    """

    name: str
    version: str
    state: State
    title_en: str
    title_zh: str
    looks_for: str
    unit: Unit
    gives: tuple[str, ...]
    recognise: Callable[[Sample], Match | None]
    start: Callable[[About, Sink], Reader]
    items: Callable[[object], Iterable[object]] | None = None
    poll_window_s: float | None = None
    mapping: "Mapping | None" = None
