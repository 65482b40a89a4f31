"""Many EVENTS at once, for speed alone: no crowd is played, every column is drawn apart from a fixed seed."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.schema import EVENT_TYPES, EVENTS

N_ROOMS: Final = 50
"""Rooms that are open at the same time."""
N_ACCOUNTS: Final = 200_000
"""Accounts that events are drawn from; fewer in small runs appear at all."""
LENGTH_S: Final = 10_800
"""Length of every room, seconds; more events make rooms busier, not longer."""
CHUNK_ROWS: Final = 262_144
"""Rows of one table."""

_AT_HOME: Final = 0.9
"""Part of an account's events that fall in one room."""
_OPENS_US: Final = 1_773_313_200_000_000
_WEIGHTS: Final = {"join": 27, "leave": 26, "like": 12, "comment": 12, "product_click": 7, "cart_popup": 4, "order": 2}
"""Parts in a hundred of the frequent types, as in the preset tiny; all other types share the rest."""
_COLUMNS: Final = ("event_id", "ts", "event_type", "room_id", "account_id", "device_id", "device_model", "ip", "value")


def synthetic(n_events: int, *, seed: int = 0) -> Iterator[pa.Table]:
    """Yield `n_events` rows of EVENTS in order of time.

    Args:
        n_events: >= 0.
        seed: Same number, same rows.
    """
    rng = np.random.default_rng(seed)
    rooms, accounts, devices = (_hex(rng, n) for n in (N_ROOMS, N_ACCOUNTS, N_ACCOUNTS))
    models = pa.array([f"M-{at:03d}" for at in range(300)])
    networks = pa.array([f"10.{at >> 8}.{at & 255}.7" for at in range(20_000)])
    rest = (100 - sum(_WEIGHTS.values())) / (len(EVENT_TYPES) - len(_WEIGHTS))
    weights = np.array([_WEIGHTS.get(name, rest) for name in EVENT_TYPES]) / 100
    for at in range(0, n_events, CHUNK_ROWS):
        n = min(CHUNK_ROWS, n_events - at)
        spread = (np.sort(rng.random(n)) * n + at) / n_events
        who = rng.integers(0, N_ACCOUNTS, n)
        room = np.where(rng.random(n) < _AT_HOME, who % N_ROOMS, rng.integers(0, N_ROOMS, n))
        kinds = rng.choice(len(EVENT_TYPES), n, p=weights).astype(np.int32)
        columns = {
            "event_id": _hex(rng, n),
            "ts": pa.array(_OPENS_US + (spread * LENGTH_S * 1e6).astype(np.int64)).cast(pa.timestamp("us", tz="UTC")),
            "event_type": pa.DictionaryArray.from_arrays(pa.array(kinds), pa.array(EVENT_TYPES)),
            "room_id": rooms.take(pa.array(room)),
            "account_id": accounts.take(pa.array(who)),
            "device_id": devices.take(pa.array(who)),
            "device_model": models.take(pa.array(who % len(models))),
            "ip": networks.take(pa.array(who % len(networks))),
            "value": pa.array(rng.integers(1, 20, n).astype(np.float64), mask=rng.random(n) < 0.8),
        }
        yield pa.table(columns, schema=pa.schema([EVENTS.schema.field(name) for name in _COLUMNS]))


def _hex(rng: np.random.Generator, n: int) -> pa.Array:
    """Return `n` words of 16 hexadecimal digits, all different but for chance of n squared in 2 to the 65."""
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)[rng.integers(0, 16, (n, 16), dtype=np.uint8)]
    offsets = np.arange(0, 16 * n + 1, 16, dtype=np.int32)
    return pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(digits.tobytes()))
