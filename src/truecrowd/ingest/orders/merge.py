"""Several exports of one shop as one: the later export wins, and each refund keeps the tightest bound."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from truecrowd.ingest.ledger import Ledger
from truecrowd.ingest.orders.cells import Column, Flags, Ints, joined
from truecrowd.ingest.orders.rows import BOUND, NONE, SERVER, Happened, Rows, taken

_FAR = 1 << 62


def merged(parts: Sequence[Rows], ledgers: dict[int, Ledger]) -> Rows:
    """Return the rows of several exports; of rows that are the same line of one order, the last.

    Args:
        parts: One per file, in any order; which export is later, the rows they share tell.
        ledgers: By file number; rows that give way are counted as merged, repeats inside one file as duplicates.
    """
    whole = _concat(parts)
    if not len(whole):
        return whole
    lines = whole.line.codes.astype(np.int64) + 1
    keys = whole.order.codes.astype(np.int64) * (int(lines.max()) + 1) + lines
    _, places = np.unique(keys, return_inverse=True)
    if len(parts) > 1:
        order = _from_early_to_late(whole, places)
        whole, places = taken(whole, order), places[order]
    last = np.zeros(int(places.max()) + 1, np.int64)
    last[places] = np.arange(len(places))
    stays = last[places] == np.arange(len(places))
    if stays.all():
        return whole
    winner = whole.files[last[places]]
    for at in np.flatnonzero(~stays).tolist():
        ledger = ledgers[int(whole.files[at])]
        ledger.n_read += 1
        ledger.add("duplicate" if winner[at] == whole.files[at] else "merged", "row")
    events = tuple(_earliest_bound(one, places) for one in whole.events)
    return taken(replace(whole, events=events), np.flatnonzero(stays))


def _from_early_to_late(whole: Rows, places: Ints) -> Ints:
    """Return the rows by export: the one whose rows tell more of a line both hold is the later one.

    A later export of the same order tells a later time, or of one event more. Where no line is shared, the latest time
    of the file decides.
    """
    n_told = np.sum([event.kind != NONE for event in whole.events], axis=0)
    order = np.lexsort((n_told, whole.last_us, places))
    files, line = whole.files[order], places[order]
    wins = dict.fromkeys(whole.latest_us, 0)
    same = (line[1:] == line[:-1]) & (files[1:] != files[:-1])
    differs = (whole.last_us[order][1:] != whole.last_us[order][:-1]) | (n_told[order][1:] != n_told[order][:-1])
    for at in np.flatnonzero(same & differs).tolist():
        wins[int(files[at])] -= 1
        wins[int(files[at + 1])] += 1
    rank = {file: at for at, file in enumerate(sorted(wins, key=lambda f: (wins[f], whole.latest_us[f], f)))}
    places_of_files = np.array([rank[int(file)] for file in whole.files], np.int64)
    return np.argsort(places_of_files, kind="stable")


def _earliest_bound(event: Happened, places: Ints) -> Happened:
    """Give every row of a line the earliest time at which any export showed the event."""
    is_bound = event.kind == BOUND
    if not is_bound.any():
        return event
    first = np.full(int(places.max()) + 1, _FAR, np.int64)
    happened = event.kind != NONE
    np.minimum.at(first, places[happened], event.ts[happened])
    return replace(event, ts=np.where(is_bound, first[places], event.ts))


def _concat(parts: Sequence[Rows]) -> Rows:
    if len(parts) == 1:
        return parts[0]
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    columns = {name: joined([part.columns.get(name, Column.nothing(len(part))) for part in parts]) for name in names}
    events = tuple(_joined_events(several, parts) for several in zip(*(part.events for part in parts), strict=True))
    return Rows(
        files=_numbers(parts, "files"), numbers=_numbers(parts, "numbers"),
        order=joined([part.order for part in parts]), line=joined([part.line for part in parts]), columns=columns,
        is_hashed={name: flag for part in parts for name, flag in part.is_hashed.items()},
        is_masked=_flags(parts, "is_masked"), quantity=_numbers(parts, "quantity"),
        has_quantity=_flags(parts, "has_quantity"), amount=_numbers(parts, "amount"),
        has_amount=_flags(parts, "has_amount"), last_us=_numbers(parts, "last_us"), currency=joined([part.currency for part in parts]), events=events,
        is_live=_flags(parts, "is_live"), is_per_order=_flags(parts, "is_per_order"),
        latest_us={file: us for part in parts for file, us in part.latest_us.items()},
    )  # fmt: skip


def _numbers(parts: Sequence[Rows], name: str) -> Ints:
    return np.concatenate([getattr(part, name) for part in parts])


def _flags(parts: Sequence[Rows], name: str) -> Flags:
    return np.concatenate([getattr(part, name) for part in parts])


def _joined_events(several: Sequence[Happened], parts: Sequence[Rows]) -> Happened:
    ts, kind = (np.concatenate([getattr(one, name) for one in several]) for name in ("ts", "kind"))
    if all(one.amount is None for one in several):
        return Happened(ts, kind)
    amounts = [
        (_own(one.amount, part.amount), _own(one.has_amount, part.has_amount)) for one, part in _zip(several, parts)
    ]
    return Happened(ts, kind, np.concatenate([a for a, _ in amounts]), np.concatenate([b for _, b in amounts]))


def _zip(several: Sequence[Happened], parts: Sequence[Rows]) -> list[tuple[Happened, Rows]]:
    return list(zip(several, parts, strict=True))


def _own(mine: npt.NDArray[np.generic] | None, rows: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    return rows if mine is None else mine


def with_settled(rows: Rows, rule: int, order: Column, ts: Ints) -> tuple[Rows, Flags]:
    """Give refunds that are only bound the time at which they were settled.

    Args:
        rows: Orders.
        rule: Which event rule is the refund.
        order: Order ids of the settlement rows that take money back.
        ts: Their times, microseconds.

    Returns:
        The rows, and which settlement rows were used.
    """
    both = joined([rows.order, order])
    ours, theirs = both.codes[: len(rows)], both.codes[len(rows) :]
    first = np.full(len(both.values) + 1, _FAR, np.int64)
    np.minimum.at(first, theirs, ts)
    event = rows.events[rule]
    is_told = (event.kind == BOUND) & (first[ours] < _FAR)
    happened = replace(
        event, ts=np.where(is_told, first[ours], event.ts), kind=np.where(is_told, np.int8(SERVER), event.kind)
    )  # fmt: skip
    events = tuple(happened if at == rule else one for at, one in enumerate(rows.events))
    used = np.zeros(len(both.values) + 1, np.bool_)
    used[ours[is_told]] = True
    return replace(rows, events=events), used[theirs]
