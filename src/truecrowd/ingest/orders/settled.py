"""A settlement export beside an order export: it tells when money went back, where the orders do not."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from truecrowd.ingest.orders import money
from truecrowd.ingest.orders.cells import Cells, Column, Ints
from truecrowd.ingest.orders.mapping import Mapping
from truecrowd.ingest.orders.merge import with_settled
from truecrowd.ingest.orders.rows import Rows
from truecrowd.ingest.orders.table import Table
from truecrowd.ingest.orders.times import TimeReader
from truecrowd.ingest.times import Clock, zone

if TYPE_CHECKING:
    from truecrowd.ingest.files import File


@dataclass(frozen=True, slots=True)
class Settled:
    """Rows that take money back.

    Args:
        order: Order id of each.
        ts: When, microseconds.
        n_other: Rows of the file that are none.
    """

    order: Column
    ts: Ints
    n_other: int


def read_settled(mapping: Mapping, own: Mapping, cells: Cells, file: "File", *, tz: str | None) -> Settled:
    """Return the negative rows of a settlement export.

    Args:
        mapping: Of the orders, which says how to join.
        own: Of the settlement export.
        cells: What was read of it.
        file: Its account.
        tz: Zone of its times.

    Raises:
        InputError: Its times have no zone and none is known.
    """
    join = mapping.read.join
    assert join is not None
    table = Table(own, cells)
    if any(name not in table for name in (join.on, join.ts, join.amount)):
        return Settled(Column.nothing(0), np.empty(0, np.int64), len(cells.numbers))
    order, amount, time = (table.column(name) for name in (join.on, join.amount, join.ts))
    found = money.read(amount.values, "CNY", own.read.money, own.read.money_of)
    clock = Clock(zone(tz) if tz else None)
    times = TimeReader(clock, own.read.ts, where=file.ledger.source, home_tz=own.read.home_tz).read(
        time.values, join.ts
    )
    if clock.n_zoneless:
        file.tz, file.tz_from = tz, "option"
    is_back = amount.rows(~found.is_bad & (found.minor < 0)) & time.rows(~times.is_bad) & order.is_filled
    at = np.flatnonzero(is_back)
    return Settled(order.taken(at), time.numbers(times.micros)[at], len(cells.numbers) - len(at))


def with_settlement(rows: Rows, mapping: Mapping, settled: Settled, file: "File") -> Rows:
    """Return the orders with the times a settlement export tells; its rows are counted as merged or skipped."""
    n_used = 0
    for at, rule in enumerate(mapping.events):
        if rule.type == "refund" and rule.is_bound and len(settled.ts):
            rows, used = with_settled(rows, at, settled.order, settled.ts)
            n_used = max(n_used, int(used.sum()))
    ledger = file.ledger
    n = settled.n_other + len(settled.ts)
    ledger.n_read += n
    if n_used:
        ledger.add("merged", "settlement", n=n_used)
    if n > n_used:
        ledger.add("skipped", "settlement", n=n - n_used)
    return rows
