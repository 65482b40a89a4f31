"""What records suffer from: faults of platforms and recorders, put on finished chunks of events."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.simulate import ids
from truecrowd.simulate.kinds import Bool, Rng

FAULTS: Final = (
    "nicks", "orders_apart", "masked_ids", "no_leaves", "lost_leaves", "capped_joins", "batched_clock", "lost_rows",
    "duplicates", "late_rows", "no_devices", "missing_columns",
)  # fmt: skip
"""Every fault, in the order in which several are put on."""

_US = pa.timestamp("us", tz="UTC")
_MASK: Final = "***"
_JOINS_A_MINUTE: Final = 6
_TICK_US: Final = 2_000_000
_LOST_SHARE, _DOUBLE_SHARE, _LATE_SHARE = 0.08, 0.03, 0.03
_LOST_LEAVE_SHARE: Final = 0.4
_LATE_ROWS: Final = 400
_NICK_FROM: Final = 10
"""The last six of an id's sixteen digits make a display name, so that two people may bear the same one."""
_OF_ORDERS: Final = ("order", "payment", "ship", "deliver", "cancel", "refund", "review")
_CLIENT: Final = ("device_id", "device_model", "os_version", "app_version", "ip", "asn", "region")
_LACKING: Final = ("account_created_at", *_CLIENT, "traffic_source", "ship_hash", "pay_hash")


def suffered(key: str, events: pa.Table, names: tuple[str, ...]) -> pa.Table:
    """Return a chunk of EVENTS as a faulty record holds it.

    Args:
        key: Names the chunk's random stream.
        events: EVENTS in order of time.
        names: Of `FAULTS`; each is put on once, in the order of `FAULTS`.

    Returns:
        EVENTS; `no_devices` and `missing_columns` leave columns in place with nulls only. Late rows stand up to 400 rows too late.
    """
    rng = ids.generator(f"{key}/faults")
    for name in FAULTS:
        if name in names and events.num_rows:
            events = _PUT_ON[name](rng, events)
    return events


def _is(events: pa.Table, *event_types: str) -> Bool:
    words = events["event_type"].combine_chunks()
    if isinstance(words, pa.ChunkedArray):
        words = words.chunk(0)
    wanted = [at for at, word in enumerate(words.dictionary.to_pylist()) if word in event_types]
    return np.isin(words.indices.to_numpy(zero_copy_only=False), wanted)


def _set(events: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return events.set_column(events.schema.get_field_index(name), events.schema.field(name), values)


def _named(events: pa.Table, which: pa.Array, shown: pa.Array, kind: str) -> pa.Table:
    """Return events in which the accounts of some rows are shown another way; rows without an account stay so."""
    which = pc.and_(which, pc.is_valid(events["account_id"]))
    events = _set(events, "account_id", pc.if_else(which, shown, events["account_id"]))
    kinds = pc.if_else(which, pa.scalar(kind), events["id_kind"].cast(pa.string()))
    kinds = kinds.combine_chunks() if isinstance(kinds, pa.ChunkedArray) else kinds
    return _set(events, "id_kind", kinds.dictionary_encode())


def _nicks(_: Rng, events: pa.Table) -> pa.Table:
    shown = pc.binary_join_element_wise("name:用户", pc.utf8_slice_codeunits(events["account_id"], _NICK_FROM), "")
    return _emptied(_named(events, pa.scalar(value=True), shown, "nick"), ("account_created_at",))


def _orders_apart(_: Rng, events: pa.Table) -> pa.Table:
    shown = pc.utf8_reverse(events["account_id"])  # the shop's own ids: the same buyers, but no viewer's id
    return _named(events, pa.array(_is(events, *_OF_ORDERS)), shown, "hashed")


def _masked_ids(_: Rng, events: pa.Table) -> pa.Table:
    known = pc.is_valid(events["account_id"])
    shown = pc.if_else(known, pa.scalar(_MASK), pa.scalar(None, pa.string()))
    kind = pc.if_else(known, pa.scalar("masked"), pa.scalar(None, pa.string())).combine_chunks()
    return _set(_set(events, "account_id", shown), "id_kind", kind.dictionary_encode())


def _no_leaves(_: Rng, events: pa.Table) -> pa.Table:
    return events.filter(pa.array(~_is(events, "leave")))


def _lost_leaves(rng: Rng, events: pa.Table) -> pa.Table:
    return events.filter(pa.array(~_is(events, "leave") | (rng.random(events.num_rows) >= _LOST_LEAVE_SHARE)))


def _capped_joins(rng: Rng, events: pa.Table) -> pa.Table:
    at = rng.permutation(np.flatnonzero(_is(events, "join")))
    minute = events["ts"].cast(pa.int64()).to_numpy()[at] // 60_000_000
    room = events["room_id"].combine_chunks().dictionary_encode()
    room = room.chunk(0) if isinstance(room, pa.ChunkedArray) else room
    slot = room.indices.to_numpy()[at].astype(np.int64) * 2**40 + minute
    order = np.argsort(slot, kind="stable")
    at, slot = at[order], slot[order]
    keep = np.ones(events.num_rows, bool)
    keep[at[np.arange(len(at)) - np.searchsorted(slot, slot) >= _JOINS_A_MINUTE]] = False
    return events.filter(pa.array(keep))


def _batched_clock(_: Rng, events: pa.Table) -> pa.Table:
    us = events["ts"].cast(pa.int64()).to_numpy()
    stamped = -(-us // _TICK_US) * _TICK_US
    kind = pa.array(["capture"] * events.num_rows, pa.string()).dictionary_encode()
    return _set(_set(events, "ts", pa.array(stamped).cast(_US)), "ts_kind", kind)


def _lost_rows(rng: Rng, events: pa.Table) -> pa.Table:
    return events.filter(pa.array(rng.random(events.num_rows) >= _LOST_SHARE))


def _duplicates(rng: Rng, events: pa.Table) -> pa.Table:
    again = 1 + (rng.random(events.num_rows) < _DOUBLE_SHARE)
    return events.take(pa.array(np.repeat(np.arange(events.num_rows), again)))


def _late_rows(rng: Rng, events: pa.Table) -> pa.Table:
    n = events.num_rows
    place = np.arange(n) + np.where(rng.random(n) < _LATE_SHARE, rng.integers(1, _LATE_ROWS, n), 0)
    return events.take(pa.array(np.argsort(place, kind="stable")))


def _no_devices(_: Rng, events: pa.Table) -> pa.Table:
    return _emptied(events, _CLIENT)


def _missing_columns(_: Rng, events: pa.Table) -> pa.Table:
    return _emptied(events, _LACKING)


def _emptied(events: pa.Table, names: tuple[str, ...]) -> pa.Table:
    for name in names:
        events = _set(events, name, pa.nulls(events.num_rows, events.schema.field(name).type))
    return events


_PUT_ON: Final = {
    "nicks": _nicks,
    "orders_apart": _orders_apart,
    "masked_ids": _masked_ids,
    "no_leaves": _no_leaves,
    "lost_leaves": _lost_leaves,
    "capped_joins": _capped_joins,
    "batched_clock": _batched_clock,
    "lost_rows": _lost_rows,
    "duplicates": _duplicates,
    "late_rows": _late_rows,
    "no_devices": _no_devices,
    "missing_columns": _missing_columns,
}
