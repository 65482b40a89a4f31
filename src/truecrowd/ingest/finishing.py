"""From drafts to EVENTS: range and type checks, rooms, ids, duplicates, pseudonyms; counted on the way."""

import re
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd import schema
from truecrowd.ingest.draft import Draft
from truecrowd.ingest.duplicates import Duplicates
from truecrowd.ingest.event_ids import EventIds
from truecrowd.ingest.ledger import Bin, Ledger
from truecrowd.ingest.masking import mask
from truecrowd.ingest.options import Options
from truecrowd.ingest.pseudonyms import Pseudonyms
from truecrowd.ingest.sessions import Sessions

Flags = npt.NDArray[np.bool_]

FIRST_US: Final = 1_104_537_600_000_000
LAST_US: Final = 4_102_444_800_000_000
"""2005-01-01 and 2100-01-01 UTC: times outside are `ts_out_of_range`."""
_BORN_US: Final = 631_152_000_000_000
"""1990-01-01 UTC: no account is older."""
_TYPES: Final = frozenset(schema.EVENT_TYPES)
_MASKED_IDS: Final = ("**", "＊＊")
"""An id with a run of stars is shown by many accounts (ingest.md, section 3)."""
_TS = pa.timestamp("us", tz="UTC")


@dataclass(slots=True)
class Shared:
    """What all files of one run have in common."""

    options: Options
    sessions: Sessions
    duplicates: Duplicates = field(default_factory=Duplicates)
    pseudonyms: Pseudonyms | None = None


def shared(options: Options) -> Shared:
    """Return the state of a run before its first file."""
    key = options.pseudonymise_key
    return Shared(options, Sessions(round(options.session_gap_s * 1e6)), Duplicates(), Pseudonyms(key) if key else None)


@dataclass(frozen=True, slots=True)
class Finisher:
    """Finishes the drafts of one file.

    Args:
        shared: State of the run.
        ledger: Account of this file.
        ids: Derives event ids where the file gives none.
        file: Its number in reading order.
        default_room: Source room of rows that name none; "" where rows must name their room (canonical files).
        window_us: Window in which a repeated id is a duplicate, microseconds.
        keep_from: Rows from this time on may be repeated by a later file, microseconds.
        has_sessions: Whether rooms are cut into sessions; False: `room_id` is taken as it is.
    """

    shared: Shared
    ledger: Ledger
    ids: EventIds
    file: int
    default_room: str
    window_us: int
    keep_from: int
    has_sessions: bool

    def finish(self, draft: Draft) -> pa.Table:
        """Return EVENTS of a draft: the rows that are kept, in file order."""
        draft = self._without_bad(draft)
        if draft.table.num_rows:
            draft = self._in_rooms(draft)
        if draft.table.num_rows:
            draft = self._without_duplicates(draft)
        self._count("kept", draft, None)
        return self._presentable(draft.table)

    def _without_bad(self, draft: Draft) -> Draft:
        """Reject rows without a usable time or with an event type that is none of ours."""
        rows = draft.table
        ts = _column(rows, "ts", _TS)
        micros = ts.cast(pa.int64()).fill_null(FIRST_US).to_numpy()
        checks = [
            ("no_ts", ts.is_null().to_numpy(zero_copy_only=False)),
            ("ts_out_of_range", (micros < FIRST_US) | (micros >= LAST_US)),
            ("unknown_event_type", _is_unknown(_column(rows, "event_type", _WORD))),
        ]
        bad = np.zeros(rows.num_rows, np.bool_)
        for reason, flags in checks:
            new = flags & ~bad
            self._reject(draft, reason, new)
            bad |= new
        draft = _filtered(draft, ~bad)
        if "account_created_at" not in draft.table.column_names:
            return draft
        return Draft(self._with_sane_birth(draft.table), draft.native, draft.numbers, draft.raw)

    def _with_sane_birth(self, rows: pa.Table) -> pa.Table:
        """Leave out registration times that cannot be: the event itself is sound."""
        births = _column(rows, "account_created_at", _TS)
        micros = births.cast(pa.int64())
        insane = pc.or_(pc.less(micros, _BORN_US), pc.greater_equal(micros, LAST_US))
        if not pc.any(insane).as_py():
            return rows
        self.ledger.note("registration times before 1990 or after 2100 are left out")
        return _set(rows, "account_created_at", pc.if_else(insane, pa.scalar(None, _TS), births))

    def _in_rooms(self, draft: Draft) -> Draft:
        """Give every row its room; rows of other rooms than `--room` are skipped."""
        rows = draft.table
        room = _column(rows, "room_id", pa.string())
        source = _column(rows, "source_room_id", pa.string())
        if self.has_sessions:
            source = pc.coalesce(
                source, pc.coalesce(pc.list_element(pc.split_pattern(room, "@"), 0), pa.scalar(self.default_room))
            )
            missing = room.is_null()
            if missing.true_count:
                ts = rows.column("ts").combine_chunks().cast(pa.int64()).to_numpy()
                room = pc.coalesce(room, self.shared.sessions.names(source, ts))
            rows = _set(_set(rows, "source_room_id", source), "room_id", room)
        elif room.null_count:
            if self.default_room:
                rows = _set(rows, "room_id", room.fill_null(self.default_room))
            else:
                flags = room.is_null().to_numpy(zero_copy_only=False)
                self._reject(draft, "no_room", flags)
                draft = _filtered(draft, ~flags)
                rows = draft.table
        draft = Draft(rows, draft.native, draft.numbers, draft.raw)
        return self._of_room(draft) if self.shared.options.room else draft

    def _of_room(self, draft: Draft) -> Draft:
        wanted = self.shared.options.room
        room = _column(draft.table, "room_id", pa.string())
        is_it = pc.or_(pc.equal(room, wanted), pc.starts_with(room, f"{wanted}@"))
        if "source_room_id" in draft.table.column_names:
            source = pc.equal(_column(draft.table, "source_room_id", pa.string()), wanted).fill_null(fill_value=False)
            is_it = pc.or_(is_it, source)
        is_it = pc.or_(is_it, pc.starts_with(room, "off:"))  # orders of no broadcast: what the room's are held against
        flags = is_it.to_numpy(zero_copy_only=False)
        self._count("skipped", draft, ~flags)
        return _filtered(draft, flags)

    def _without_duplicates(self, draft: Draft) -> Draft:
        rows = draft.table
        ids = _column(rows, "event_id", pa.string())
        if ids.null_count:
            missing = ids.is_null()
            source = _column(rows, "source_room_id", pa.string())
            named = _set(rows, "source_room_id", pc.coalesce(source, _column(rows, "room_id", pa.string())))
            derived = self.ids.derive(named.filter(missing) if ids.null_count < len(ids) else named)
            if self.shared.pseudonyms is not None:
                ids = self.shared.pseudonyms.ids(ids)
            ids = pc.replace_with_mask(ids, missing, derived) if ids.null_count < len(ids) else derived
        elif self.shared.pseudonyms is not None:
            ids = self.shared.pseudonyms.ids(ids)
        rows = _set(rows, "event_id", ids)
        ts = rows.column("ts").combine_chunks().cast(pa.int64()).to_numpy()
        flags = self.shared.duplicates.find(
            ids, _column(rows, "room_id", pa.string()), ts,
            file=self.file, window_us=self.window_us, keep_from=self.keep_from,
        )  # fmt: skip
        draft = Draft(rows, draft.native, draft.numbers, draft.raw)
        if not flags.any():
            return draft
        self._count("duplicate", draft, flags)
        return _filtered(draft, ~flags)

    def _presentable(self, rows: pa.Table) -> pa.Table:
        rows = _with_masked_ids(_without_nul(rows))
        if self.shared.options.mask_text and "text" in rows.column_names:
            rows = _set(rows, "text", mask(_column(rows, "text", pa.string())))
        if self.shared.pseudonyms is not None:
            rows = self.shared.pseudonyms.replace(rows)
        rows = rows.select([name for name, _ in schema.EVENTS.columns if name in rows.column_names])
        return rows.combine_chunks()

    def _reject(self, draft: Draft, reason: str, flags: Flags) -> None:
        for at in np.flatnonzero(flags).tolist():
            native = _native_at(draft, at)
            self.ledger.reject(int(draft.numbers[at]), reason, draft.raw(at), native)

    def _count(self, bin_: Bin, draft: Draft, flags: Flags | None) -> None:
        """Put the flagged rows (None: all) into a bin, by room, native kind and event type."""
        rows = draft.table
        if not rows.num_rows:
            return
        kind = _column(rows, "event_type", _WORD)
        keys = pa.table({
            "room": _column(rows, "room_id", pa.string()).dictionary_encode(),
            "native": kind if draft.native is None else draft.native,
            "kind": kind,
        })  # fmt: skip
        if flags is not None:
            keys = keys.filter(pa.array(flags))
        if keys.num_rows == 0:
            return
        self.ledger.add_all(bin_, keys)


_WORD = pa.dictionary(pa.int32(), pa.string())


def _native_at(draft: Draft, at: int) -> str:
    if draft.native is not None:
        return str(draft.native[at].as_py() or "")
    names = draft.table.column_names
    return str(draft.table.column("event_type")[at].as_py() or "") if "event_type" in names else ""


def _column(rows: pa.Table, name: str, kind: pa.DataType) -> pa.Array:
    """Return a column in one chunk, nulls where it is absent."""
    if name not in rows.column_names:
        return pa.nulls(rows.num_rows, kind)
    column = rows.column(name)
    if column.num_chunks == 1:
        return column.chunk(0)
    joined = column.combine_chunks()
    return joined if isinstance(joined, pa.Array) else pa.concat_arrays(joined.chunks)


def _set(rows: pa.Table, name: str, column: pa.Array) -> pa.Table:
    if name in rows.column_names:
        return rows.set_column(rows.column_names.index(name), name, column)
    return rows.append_column(name, column)


def _is_unknown(kinds: pa.Array) -> Flags:
    known = np.array([value in _TYPES for value in kinds.dictionary.to_pylist()] + [False], np.bool_)
    codes = kinds.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)
    unknown: Flags = ~known[codes]
    return unknown


def _filtered(draft: Draft, keep: Flags) -> Draft:
    if keep.all():
        return draft
    at = np.flatnonzero(keep)
    taken = pa.array(at)
    native = None if draft.native is None else draft.native.take(taken)
    raw = draft.raw
    return Draft(draft.table.take(taken), native, draft.numbers[at], lambda i: raw(int(at[i])))


def _without_nul(rows: pa.Table) -> pa.Table:
    """Replace NUL in strings by U+FFFD; most tables hold none, and their bytes tell."""
    for name in rows.column_names:
        column = _column(rows, name, pa.string())
        if pa.types.is_string(column.type) and _holds(column, b"\0"):
            rows = _set(rows, name, pc.replace_substring(column, "\x00", "\ufffd"))
    return rows


def _holds(column: pa.Array, sign: bytes) -> bool:
    """Whether the bytes of a string column hold `sign` anywhere; False is certain, True may straddle two cells."""
    _, offsets, data = column.buffers()
    if data is None or not len(column):
        return False
    bounds = np.frombuffer(offsets, np.int32)
    first, last = int(bounds[column.offset]), int(bounds[column.offset + len(column)])
    return sign in data.slice(first, last - first).to_pybytes()


def _with_masked_ids(rows: pa.Table) -> pa.Table:
    """Mark ids with a run of stars as masked where nothing says what they are worth."""
    if "account_id" not in rows.column_names:
        return rows
    ids = _column(rows, "account_id", pa.string())
    runs = [run for run in _MASKED_IDS if _holds(ids, run.encode())]
    if not runs:
        return rows
    stars = pc.fill_null(pc.match_substring_regex(ids, "|".join(map(re.escape, runs))), fill_value=False)
    kinds = _column(rows, "id_kind", _WORD)
    unsaid = pc.and_(stars, kinds.is_null())
    if not pc.any(unsaid).as_py():
        return rows
    words = pc.if_else(unsaid, "masked", kinds.cast(pa.string()))
    return _set(rows, "id_kind", words.dictionary_encode())
