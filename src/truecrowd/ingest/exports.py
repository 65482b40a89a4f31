"""Order exports of one run: read whole, merged, joined with what explains them, given out as EVENTS."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from truecrowd.errors import InputError
from truecrowd.ingest.clocks import named
from truecrowd.ingest.files import File, finisher
from truecrowd.ingest.finishing import Shared
from truecrowd.ingest.ledger import open_ledger
from truecrowd.ingest.lines import Cutter
from truecrowd.ingest.orders.cells import CellReader, Cells, Ints
from truecrowd.ingest.orders.contacts import Contacts
from truecrowd.ingest.orders.events import Placed, drafts, n_events
from truecrowd.ingest.orders.headers import places
from truecrowd.ingest.orders.mapping import Mapping
from truecrowd.ingest.orders.merge import merged
from truecrowd.ingest.orders.recorded import TOLD, Recorded
from truecrowd.ingest.orders.rooms import Placing, better_lag
from truecrowd.ingest.orders.rows import NONE, RowReader, Rows
from truecrowd.ingest.orders.settled import read_settled, with_settlement
from truecrowd.ingest.orders.workbook import chunks, rows
from truecrowd.ingest.plan import LAST, Planned, opened
from truecrowd.ingest.samples import stem
from truecrowd.ingest.times import zone
from truecrowd.ingest.unwrap import Unpacked

_CHUNK = 8_192
"""Rows of a workbook taken at once."""


@dataclass(slots=True)
class Exports:
    """The order exports of one run.

    Args:
        state: What all files of the run share.
        files: Accounts of the run's files; those of exports are added.
        recorded: What the run's recordings told of their rooms.
    """

    state: Shared
    files: list[File]
    recorded: Recorded = field(default_factory=Recorded)
    _contacts: Contacts = field(init=False)

    def __post_init__(self) -> None:
        self._contacts = Contacts(self.state.options.pseudonymise_key)

    def tables(self, plans: Sequence[Planned]) -> Iterator[pa.Table]:
        """Yield EVENTS of all of them, export by export.

        Raises:
            InputError: One cannot be read as it is.
        """
        groups: dict[str, list[Planned]] = {}
        for planned in plans:
            groups.setdefault(planned.recognised.format, []).append(planned)
        explaining = {name: [self._cells(one) for one in group] for name, group in groups.items() if not _gives(group)}
        told: set[str] = set()
        for group in groups.values():
            mapping = group[0].mapping
            assert mapping is not None
            if mapping.events:
                join = mapping.read.join
                told |= {join.format} if join else set()
                yield from self._group(group, mapping, explaining.get(join.format, []) if join else [])
        for name in explaining.keys() - told:
            for file, cells in explaining[name]:
                self._skip(file, len(cells.numbers))

    def _group(
        self, group: Sequence[Planned], mapping: Mapping, explaining: Sequence[tuple[File, Cells]]
    ) -> Iterator[pa.Table]:
        """Yield EVENTS of the exports of one format."""
        first = len(self.files)
        parts = [self._rows(planned, mapping) for planned in group]
        accounts = {at: self.files[at] for at in range(first, len(self.files))}
        whole = merged(parts, {at: file.ledger for at, file in accounts.items()})
        for file, cells in explaining:
            assert file.planned.mapping is not None
            settled = read_settled(mapping, file.planned.mapping, cells, file, tz=self._tz(mapping))
            whole = with_settlement(whole, mapping, settled, file)
        whole = self._with_tokens(self._without_recorded(whole, mapping, accounts))
        placed = self._placed(whole, accounts)
        for at, file in accounts.items():
            yield from self._given(whole, mapping, placed, at, file)

    def _given(self, whole: Rows, mapping: Mapping, placed: Placed, at: int, file: File) -> Iterator[pa.Table]:
        ledger, options = file.ledger, self.state.options
        counts = n_events(whole, mapping)[whole.files == at]
        self._skip(file, 0 if self.recorded.told else int((counts == 0).sum()), native="row")
        ledger.n_read += int(counts.sum())
        last = finisher(file.planned, self.state, ledger, at, LAST)
        for draft in drafts(whole, mapping, placed, at, options.chunk_rows):
            table = last.finish(draft)
            file.summary.add(table)
            if table.num_rows:
                yield table

    def _tz(self, mapping: Mapping) -> str | None:
        return self.state.options.tz or (mapping.read.tz if mapping.is_own else "") or None

    def _rows(self, planned: Planned, mapping: Mapping) -> Rows:
        at = len(self.files)
        file, cells = self._cells(planned)
        reader = RowReader(mapping, cells, at, file.ledger, self._tz(mapping), self.state.options.currency or "")
        del cells
        found = reader.rows()
        if reader.n_left_out:
            self._skip(file, reader.n_left_out, native="description")
        if reader.clock.n_zoneless:
            file.tz, file.tz_from = self._tz(mapping), "option"
        return found

    def _cells(self, planned: Planned) -> tuple[File, Cells]:
        """Read the wanted cells of one file; its account is opened."""
        options, mapping = self.state.options, planned.mapping
        assert mapping is not None
        assert planned.sample is not None
        ledger = open_ledger(planned.source.name, options.limits, is_shape=options.pseudonymise_key is not None)
        file = File(planned, ledger)
        self.files.append(file)
        header = planned.sample.header
        at = places(header, mapping.wanted, mapping)
        ids = (
            [at[name] for name in (*mapping.row["order_id"].columns, mapping.line) if name in at] if mapping.row else []
        )
        reader = CellReader(header, tuple(sorted(set(at.values()))), frozenset(ids), ledger, options.limits)
        if planned.opened is not None:
            return file, self._read(file, reader, planned.opened)
        with closing(opened(planned.source, options)) as unpacked:
            return file, self._read(file, reader, unpacked)

    def _read(self, file: File, reader: CellReader, unpacked: Unpacked) -> Cells:
        planned, options = file.planned, self.state.options
        assert planned.sample is not None
        assert planned.mapping is not None
        nul_tail = 0
        if planned.source.is_workbook:
            lines = rows(unpacked, planned.mapping.read.sheet, where=planned.source.name)
            next(lines, None)
            number = 2
            for part in chunks(lines, _CHUNK):
                reader.rows(part, number)
                number += len(part)
            cells = reader.cells()
        else:
            cutter = Cutter(unpacked, planned.recognised.encoding, options.block_bytes, options.limits)
            cells = reader.text(cutter, planned.sample.delimiter)
            nul_tail = cutter.nul_tail
        if reader.n_damaged:
            file.ledger.note(f"{reader.n_damaged:,} rows hold bytes that are no text; each became U+FFFD")
        file.end(unpacked, nul_tail)
        return cells

    def _without_recorded(self, whole: Rows, mapping: Mapping, accounts: dict[int, File]) -> Rows:
        """Leave out events of orders that a recording of this run holds itself."""
        told = self.recorded.told
        if not told:
            return whole
        bits = np.array([*(told.get(order, 0) for order in whole.order.values.to_pylist()), 0], np.int64)
        mine = bits[whole.order.codes]
        events = []
        for rule, event in zip(mapping.events, whole.events, strict=True):
            again = (event.kind != NONE) & (mine >> TOLD.index(rule.type) & 1).astype(np.bool_)
            for at, n in zip(*np.unique(whole.files[again], return_counts=True), strict=True):
                ledger = accounts[int(at)].ledger
                ledger.n_read += int(n)
                ledger.add("duplicate", rule.type, n=int(n))
            events.append(replace(event, kind=np.where(again, np.int8(NONE), event.kind)))
        return replace(whole, events=tuple(events))

    def _with_tokens(self, whole: Rows) -> Rows:
        """Replace contacts by tokens."""
        ts = whole.events[0].ts
        columns = {
            name: self._contacts.tokens(column, ts) if whole.is_hashed.get(name) else column
            for name, column in whole.columns.items()
        }
        return replace(whole, columns=columns)

    def _placed(self, whole: Rows, accounts: dict[int, File]) -> Placed:
        """Return where the orders happened."""
        options = self.state.options
        latest = max(whole.latest_us, key=lambda at: (whole.latest_us[at], at))
        ledger = accounts[latest].ledger
        merchants = whole.columns.get("merchant_id")
        names = merchants.values.to_pylist() if merchants is not None else []
        name = names[0] if len(names) == 1 else stem(accounts[latest].planned.source.name)
        gap_us = round(options.session_gap_s * 1e6)
        lag = better_lag(whole.events[0].ts, self.recorded.marks)
        if lag is not None:
            ledger.note(_shifted(lag, accounts[latest].tz, whole.events[0].ts))
        return Placing(whole, name, self.recorded, options.broadcasts, options.room, gap_us, ledger.note).placed()

    def _skip(self, file: File, n: int, native: str = "row") -> None:
        if n:
            file.ledger.n_read += n
            file.ledger.add("skipped", native, n=n)


def _shifted(lag: int, tz: str | None, ts: Ints) -> str:
    """Say that another zone fits the recording far better; nothing is moved."""
    way = "later" if lag > 0 else "earlier"
    what = f"orders fit the recording far better {abs(lag) // 60} h {abs(lag) % 60:02} min {way}"
    if tz is None or not len(ts):
        return f"{what}; nothing was moved"
    at = dt.datetime.fromtimestamp(int(ts[0]) // 1_000_000, dt.UTC)
    offset = zone(tz).utcoffset(at.replace(tzinfo=None)) or dt.timedelta(0)
    seconds = int(offset.total_seconds()) - lag * 60
    return f"{what}: is the zone --tz={named(seconds)}? Nothing was moved"


def _gives(group: Sequence[Planned]) -> bool:
    mapping = group[0].mapping
    return mapping is not None and bool(mapping.events)


def refuse_alone(plans: Sequence[Planned]) -> None:
    """Refuse files that only explain orders, where there are none.

    Raises:
        InputError: No file of the run gives an event.
    """
    if plans and not any(planned.mapping is None or planned.mapping.events for planned in plans):
        name = plans[0].recognised.format
        what = f"the file was recognised as {name}, which only explains an order export"
        raise InputError(what, where=plans[0].source.name, fix="give the order export together with it")
