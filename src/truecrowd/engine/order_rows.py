"""The orders that the brand's figures were counted on, as rows with texts: what people's files are written from."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.brand.look import Brand
from truecrowd.brand.orders import NEVER, STATES
from truecrowd.brand.sessions import in_windows
from truecrowd.features.facts import Facts

_TS: Final = pa.timestamp("us", tz="UTC")
ORDER_ROWS: Final = pa.schema(
    [
        ("room_id", pa.string()), ("order_id", pa.string()), ("product_id", pa.string()), ("buyer", pa.string()),
        ("placed", _TS), ("paid", _TS), ("shipped", _TS), ("delivered", _TS), ("back", _TS), ("is_bound", pa.bool_()),
        ("state", pa.string()), ("currency", pa.string()), ("amount_minor", pa.int64()), ("paid_minor", pa.int64()),
        ("back_minor", pa.int64()), ("is_kept", pa.bool_()), ("is_final", pa.bool_()), ("is_returned", pa.bool_()),
        ("in_slot", pa.bool_()), ("end", _TS),
    ]
)  # fmt: skip
"""One row is one order in scope, by room and order. `buyer`: an account, or a delivery address, that can be told apart;
null elsewhere. `in_slot` and `end` (of its broadcast): null where the contract or the recording does not say."""


def order_rows(brand: Brand, facts: Facts) -> pa.Table:
    """Return ORDER_ROWS of the sessions that the figures are about."""
    judged = [one for one in brand.scope.judged if len(one.places)]
    places = np.concatenate([np.zeros(0, np.int64), *(one.places for one in judged)])
    orders = brand.orders.take(places)
    ends = [np.full(len(one.places), NEVER if one.end is None else one.end) for one in judged]
    slots = [
        in_windows(brand.orders.paid[one.places], one.slot).astype(np.int8) if one.slot else _unknown(one.places)
        for one in judged
    ]
    slot = np.concatenate([np.zeros(0, np.int8), *slots])
    has_amount = orders.has_amount
    columns = {
        "room_id": _text(facts, "room_id", orders.room), "order_id": _text(facts, "order_id", orders.order),
        "product_id": _text(facts, "product_id", orders.product), "buyer": _buyers(facts, orders.buyer),
        **{name: _times(getattr(orders, name)) for name in ("placed", "paid", "shipped", "delivered", "back")},
        "is_bound": pa.array(orders.is_bound), "state": pa.array(np.array(STATES)[orders.state], pa.string()),
        "currency": _text(facts, "currency", orders.currency),
        "amount_minor": pa.array(orders.amount, pa.int64(), mask=~has_amount),
        "paid_minor": pa.array(orders.paid_amount, pa.int64(), mask=~has_amount),
        "back_minor": pa.array(orders.back_amount, pa.int64()), "is_kept": pa.array(orders.is_kept),
        "is_final": pa.array(orders.is_final), "is_returned": pa.array(orders.is_returned),
        "in_slot": pa.array(slot == 1, mask=slot < 0), "end": _times(np.concatenate([np.zeros(0, np.int64), *ends])),
    }  # fmt: skip
    return pa.table(columns, schema=ORDER_ROWS)


def _unknown(places: np.ndarray) -> np.ndarray:
    return np.full(len(places), -1, np.int8)


def _times(values: np.ndarray) -> pa.Array:
    return pa.array(np.where(values < NEVER, values, 0), _TS, mask=values >= NEVER)


def _text(facts: Facts, column: str, codes: np.ndarray) -> pa.Array:
    return facts.names[column].take(pa.array(codes, pa.int64(), mask=codes < 0))


def _buyers(facts: Facts, codes: np.ndarray) -> pa.Array:
    """Return the text of each buyer: accounts, and behind them delivery addresses, which are keyed hashes."""
    n = len(facts.names["account_id"])
    accounts = _text(facts, "account_id", np.where(codes < n, codes, -1))
    addresses = _text(facts, "ship_hash", np.where(codes >= n, codes - n, -1))
    return pc.coalesce(accounts, addresses)
