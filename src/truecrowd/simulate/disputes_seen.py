"""EVENTS of a dispute as an export lets them be seen: buyers masked or absent, refunds without a time, no shipping."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.schema import EVENTS
from truecrowd.simulate.disputes_export import masked

OF_ORDERS: Final = ("order", "payment", "ship", "deliver", "cancel", "refund", "review")
"""Events that come from the export; the others come from a recording."""


def seen(events: pa.Table, hides: frozenset[str], *, is_masked: bool) -> pa.Table:
    """Return EVENTS, in order of time, with what the export does not say taken out.

    Args:
        events: EVENTS in order of time.
        hides: buyers (orders bear no account), refund_time (refunds are bound to the last time of the export), shipping.
        is_masked: Whether orders bear a masked account.
    """
    if "shipping" in hides:
        events = events.filter(pc.invert(_is(events, "ship", "deliver")))
    if "refund_time" in hides:
        events = _bound(events)
    if "buyers" in hides:
        none = pa.nulls(events.num_rows, pa.string())
        events = _named(events, none, none)
    elif is_masked:
        kind = pa.repeat(pa.scalar("masked"), events.num_rows)
        events = _named(events, masked(events["account_id"]), kind)
    return events.combine_chunks()


def _is(events: pa.Table, *names: str) -> pa.Array:
    return pc.is_in(events["event_type"].cast(pa.string()), pa.array(names))


def _words(values: pa.Array) -> pa.Array:
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return values.dictionary_encode()


def _put(events: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return events.set_column(events.schema.get_field_index(name), EVENTS.schema.field(name), values)


def _named(events: pa.Table, account: pa.Array, kind: pa.Array) -> pa.Table:
    of_orders = _is(events, *OF_ORDERS)
    kinds = pc.if_else(of_orders, kind, events["id_kind"].cast(pa.string()))
    return _put(
        _put(events, "account_id", pc.if_else(of_orders, account, events["account_id"])), "id_kind", _words(kinds)
    )


def _bound(events: pa.Table) -> pa.Table:
    last = pc.max(events.filter(_is(events, *OF_ORDERS))["ts"])
    refund = _is(events, "refund")
    events = _put(events, "ts", pc.if_else(refund, last, events["ts"]))
    kinds = pc.if_else(refund, pa.scalar("bound"), events["ts_kind"].cast(pa.string()))
    events = _put(events, "ts_kind", _words(kinds))
    return events.take(pc.sort_indices(events["ts"]))
