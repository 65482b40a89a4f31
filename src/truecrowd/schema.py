"""The tables between stages: their columns, their keys, and `check()`.

Names and meanings are the contract's; columns and tables may be added, never changed or removed.
Times are microseconds in UTC. A column that is not in `required` may be absent or null.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.errors import SchemaError

SCHEMA_VERSION: Final = 2
"""Written into every table's metadata; raised when a column is added."""

EventType = Literal[
    "join", "leave", "comment", "like", "follow", "fan_club", "light_badge", "gift", "share", "product_click",
    "cart_popup", "order", "payment", "ship", "deliver", "cancel", "refund", "review", "stock", "price", "claim",
    "prompt", "stats",
]  # fmt: skip
IdKind = Literal["stable", "hashed", "nick", "masked", "guest"]
TsKind = Literal["server", "capture", "video_offset", "minute", "bound"]
SubjectType = Literal["room", "account", "order", "product", "claim", "fleet", "host", "merchant"]
Population = Literal["viewers", "likers", "buyers", "reviewers"]
Scheme = Literal[
    "farm", "popup", "likes", "popularity", "troupe", "brushing", "reviews", "staged_stock", "false_limited",
    "inflated_count", "organised",
]  # fmt: skip
Level = Literal["clear", "undetermined", "watch", "high", "critical"]
Measure = Literal["viewers", "viewer_minutes", "comments", "likes", "popups", "orders", "gmv", "reviews"]
Fit = Literal["fits", "partly", "does_not_fit", "cannot_tell"]
Band = Literal["unremarkable", "organised", "automated", "undetermined"]
RejectReason = Literal[
    "bad_json", "bad_xml", "bad_encoding", "too_long", "too_deep", "wrong_width", "unclosed_quote", "no_ts", "bad_ts",
    "ts_out_of_range", "unknown_event_type", "no_room", "no_order_id", "bad_number", "bad_amount", "limit",
]  # fmt: skip

EVENT_TYPES: Final[tuple[str, ...]] = get_args(EventType)
ID_KINDS: Final[tuple[str, ...]] = get_args(IdKind)
TS_KINDS: Final[tuple[str, ...]] = get_args(TsKind)
SCHEMES: Final[tuple[str, ...]] = get_args(Scheme)
LEVELS: Final[tuple[str, ...]] = get_args(Level)
"""From the least to the most, the order `--fail-on` uses."""
MEASURES: Final[tuple[str, ...]] = get_args(Measure)
REJECT_REASONS: Final[tuple[str, ...]] = get_args(RejectReason)

_TS = pa.timestamp("us", tz="UTC")
_TEXT = pa.string()
_WORD = pa.dictionary(pa.int32(), pa.string())
_INT = pa.int64()
_REAL = pa.float64()
_BOOL = pa.bool_()
_IDS = pa.list_(pa.string())


@dataclass(frozen=True, slots=True)
class Table:
    """The shape of one table.

    Args:
        name: As in the contract, lower case, plural.
        columns: Name and Arrow type of every column, in file order.
        key: Columns the table is sorted by when written, so that equal input gives equal bytes.
        required: Columns that must be there and hold no null; the others may be null.
        partial: Whether columns outside `required` may be absent altogether (EVENTS only).
    """

    name: str
    columns: tuple[tuple[str, pa.DataType], ...]
    key: tuple[str, ...]
    required: tuple[str, ...]
    partial: bool = False

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema with this table's name and version as metadata."""
        fields = [pa.field(name, kind, nullable=name not in self.required) for name, kind in self.columns]
        return pa.schema(fields, metadata={b"truecrowd.table": f"{self.name}/{SCHEMA_VERSION}".encode()})

    def empty(self) -> pa.Table:
        """Return the table with no rows and every column."""
        return self.schema.empty_table()


def _table(name: str, key: str, required: str, **columns: pa.DataType) -> Table:
    return Table(name, tuple(columns.items()), tuple(key.split()), tuple(required.split()))


EVENTS: Final = Table(
    name="events",
    columns=(
        ("event_id", _TEXT), ("ts", _TS), ("event_type", _WORD), ("room_id", _TEXT), ("host_id", _TEXT),
        ("merchant_id", _TEXT), ("agency_id", _TEXT), ("source_room_id", _TEXT), ("account_id", _TEXT),
        ("id_kind", _WORD), ("account_created_at", _TS), ("ts_kind", _WORD), ("device_id", _TEXT),
        ("device_model", _TEXT), ("os_version", _TEXT), ("app_version", _TEXT), ("ip", _TEXT), ("asn", pa.int32()),
        ("region", _TEXT), ("traffic_source", _TEXT), ("product_id", _TEXT), ("order_id", _TEXT),
        ("product_title", _TEXT), ("ship_hash", _TEXT), ("pay_hash", _TEXT), ("amount_minor", _INT),
        ("currency", _TEXT), ("quantity", pa.int32()), ("text", _TEXT), ("value", _REAL),
    ),
    key=("room_id", "ts", "event_id"),
    required=("ts", "event_type", "room_id"),
    partial=True,
)  # fmt: skip

COVERAGE: Final = _table(
    "coverage", "room_id detector", "room_id detector looked n_events",
    room_id=_TEXT, detector=_TEXT, looked=_BOOL, mode=_TEXT, reason=_TEXT, n_events=_INT, n_staff=_INT,
)  # fmt: skip
SCORES: Final = _table(
    "scores", "room_id detector subject_type subject_id population", "subject_type subject_id detector score n mode",
    room_id=_TEXT, subject_type=_TEXT, subject_id=_TEXT, detector=_TEXT, population=_TEXT, score=_REAL, n=_INT,
    mode=_TEXT,
)  # fmt: skip
FINDINGS: Final = _table(
    "findings", "room_id detector subject_type subject_id start finding_id",
    "finding_id detector detector_version scheme subject_type subject_id score evidence evidence_count params",
    finding_id=_TEXT, detector=_TEXT, detector_version=_INT, scheme=_TEXT, subject_type=_TEXT, subject_id=_TEXT,
    room_id=_TEXT, start=_TS, end=_TS, score=_REAL, p_value=_REAL, evidence=_IDS, evidence_count=_INT, params=_TEXT,
)  # fmt: skip
FLEETS: Final = _table(
    "fleets", "fleet_id account_id", "fleet_id account_id kind",
    fleet_id=_TEXT, account_id=_TEXT, kind=_TEXT, p_member=_REAL,
)  # fmt: skip
VERDICTS: Final = _table(
    "verdicts", "room_id subject_type subject_id scheme", "subject_type subject_id scheme level reasons",
    subject_type=_TEXT, subject_id=_TEXT, room_id=_TEXT, scheme=_TEXT, p_manufactured=_REAL, n=_INT, share=_REAL,
    share_low=_REAL, share_high=_REAL, at_least=_REAL, reference_id=_TEXT, level=_TEXT, reasons=_IDS, p_value=_REAL,
)  # fmt: skip
SHARES: Final = _table(
    "shares", "room_id measure", "room_id measure",
    room_id=_TEXT, measure=_TEXT, shown=_REAL, share=_REAL, share_low=_REAL, share_high=_REAL, at_least=_REAL,
)  # fmt: skip
ALARMS: Final = _table(
    "alarms", "room_id ts scheme", "room_id scheme ts score",
    room_id=_TEXT, scheme=_TEXT, ts=_TS, score=_REAL, finding_id=_TEXT,
)  # fmt: skip
DECISIONS: Final = _table(
    "decisions", "room_id subject_type subject_id decision_id", "decision_id subject_type subject_id action",
    decision_id=_TEXT, subject_type=_TEXT, subject_id=_TEXT, room_id=_TEXT, action=_TEXT, measure=_TEXT, rule=_TEXT,
    reason_codes=_IDS, proposed_at=_TS, expires_at=_TS, state=_TEXT, four_eyes=_BOOL, dry_run=_BOOL,
)  # fmt: skip
REJECTS: Final = _table(
    "rejects", "source row reason", "source row reason",
    source=_TEXT, row=_INT, reason=_TEXT, raw=_TEXT,
)  # fmt: skip
IMPORTS: Final = _table(
    "imports", "source sha256", "source sha256 format n_read n_kept n_merged n_duplicate n_skipped n_rejected",
    source=_TEXT, sha256=_TEXT, format=_TEXT, version=_TEXT, confidence=_REAL, encoding=_TEXT, tz=_TEXT, tz_from=_TEXT,
    id_kind=_TEXT, ts_kind=_TEXT, is_sampled=_BOOL, first_ts=_TS, last_ts=_TS, n_read=_INT, n_kept=_INT, n_merged=_INT,
    n_duplicate=_INT, n_skipped=_INT, n_rejected=_INT,
)  # fmt: skip
IMPORT_COUNTS: Final = _table(
    "import_counts", "source room_id native event_type",
    "source native n_read n_kept n_merged n_duplicate n_skipped n_rejected",
    source=_TEXT, room_id=_TEXT, native=_TEXT, event_type=_TEXT, n_read=_INT, n_kept=_INT, n_merged=_INT,
    n_duplicate=_INT, n_skipped=_INT, n_rejected=_INT, is_sampled=_BOOL,
)  # fmt: skip
KPIS: Final = _table(
    "kpis", "room_id measure subset currency", "room_id measure formula",
    room_id=_TEXT, measure=_TEXT, zh=_TEXT, formula=_TEXT, numerator=_REAL, denominator=_REAL, value=_REAL, low=_REAL,
    high=_REAL, percentile=_REAL, reference=_TEXT, figure=_INT, subset=_TEXT, unit=_TEXT, currency=_TEXT, basis=_TEXT,
    n=_INT, as_of=_TS, state=_TEXT, p_value=_REAL, others_low=_REAL, others_high=_REAL, n_others=_INT,
)  # fmt: skip
ANSWERS: Final = _table(
    "answers", "room_id answer", "room_id answer expected seen fit n params",
    room_id=_TEXT, answer=_TEXT, expected=_IDS, seen=_IDS, fit=_TEXT, n=_INT, params=_TEXT,
)  # fmt: skip
PROMISES: Final = _table(
    "promises", "room_id ts product_id claim obligation", "room_id claim obligation ts state reason",
    room_id=_TEXT, product_id=_TEXT, claim=_TEXT, obligation=_TEXT, deadline=_TS, is_broken=_BOOL, event_ids=_IDS,
    ts=_TS, state=_TEXT, reason=_TEXT, number=_INT, price_minor=_INT, n_over=_INT, n_extensions=_INT, is_exact=_BOOL,
)  # fmt: skip
TIMELINE: Final = _table(
    "timeline", "room_id start measure band", "room_id start end band measure n",
    room_id=_TEXT, start=_TS, end=_TS, band=_TEXT, measure=_TEXT, n=_INT,
)  # fmt: skip
MONEY: Final = _table(
    "money", "room_id place line basis currency", "clause basis formula place line kind params",
    room_id=_TEXT, clause=_TEXT, basis=_TEXT, amount_minor=_INT, low=_INT, high=_INT, currency=_TEXT, formula=_TEXT,
    place=_INT, line=_TEXT, kind=_TEXT, value=_REAL, n=_INT, params=_TEXT,
)  # fmt: skip

TABLES: Final[dict[str, Table]] = {
    table.name: table
    for table in (
        COVERAGE, SCORES, FINDINGS, FLEETS, VERDICTS, SHARES, ALARMS, DECISIONS, REJECTS, IMPORTS, IMPORT_COUNTS, KPIS,
        ANSWERS, PROMISES, TIMELINE, MONEY,
    )
}  # fmt: skip
"""Every table `audit` writes, by name; empty ones are written too."""


def check(rows: pa.Table, table: Table) -> pa.Table:
    """Return `rows` unchanged if they have the shape of `table`.

    Args:
        rows: Any Arrow table. Columns may stand in any order.
        table: The shape wanted. EVENTS may lack columns outside `required`.

    Returns:
        The same object.

    Raises:
        SchemaError: A column is missing, unknown, doubled, of another type, or null where it must not be.
    """
    names = rows.column_names
    wanted = dict(table.columns)
    for name in names:
        if names.count(name) > 1:
            raise _error(table, f"column '{name}' stands twice", f"keep one '{name}'")
        if name not in wanted:
            raise _error(table, f"column '{name}' is not one of {table.name.upper()}", f"drop '{name}'")
    for name, kind in table.columns:
        if name in names:
            _check_column(rows, table, name, kind)
        elif not table.partial or name in table.required:
            raise _error(table, f"column '{name}' is missing", f"add '{name}' ({kind})")
    return rows


def _check_column(rows: pa.Table, table: Table, name: str, kind: pa.DataType) -> None:
    column = rows.column(name)
    if column.type != kind:
        raise _error(table, f"column '{name}' is {column.type}, wanted {kind}", f"cast '{name}' to {kind}")
    if name in table.required and column.null_count:
        what = f"column '{name}' holds {column.null_count:,} nulls, wanted none"
        raise _error(table, what, f"fill '{name}' or leave those rows out")


def _error(table: Table, what: str, fix: str) -> SchemaError:
    return SchemaError(what, where=f"table {table.name}", fix=fix)


def build(table: Table, rows: list[dict[str, object]]) -> pa.Table:
    """Return a checked, sorted table from a short list of rows; absent keys become null.

    Meant for small tables (coverage, findings, shares); long ones are built as columns.
    """
    columns = {name: [row.get(name) for row in rows] for name, _ in table.columns}
    return ordered(check(pa.table(columns, schema=table.schema), table), table)


def ordered(rows: pa.Table, table: Table) -> pa.Table:
    """Return `rows` in the table's column order, sorted by its key, nulls last, in one chunk."""
    rows = rows.select([name for name, _ in table.columns if name in rows.column_names])
    keys = [(name, "ascending") for name in table.key if name in rows.column_names]
    if rows.num_rows > 1:
        rows = rows.take(_sort_indices(rows, keys))
    return rows.combine_chunks().replace_schema_metadata(table.schema.metadata)


def _sort_indices(rows: pa.Table, keys: list[tuple[str, str]]) -> pa.Array:
    plain = rows.select([name for name, _ in keys])
    for at, (name, _) in enumerate(keys):
        if pa.types.is_dictionary(plain.schema.field(name).type):
            plain = plain.set_column(at, name, plain.column(name).cast(pa.string()))
    return pc.sort_indices(plain, sort_keys=keys)
