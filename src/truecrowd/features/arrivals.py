"""First arrivals in a room with the traits of who came: what alarms bet on."""

from typing import Final

import numpy as np

from truecrowd.features.state import Layout
from truecrowd.features.view import NULL, View

DAY_US: Final = 86_400_000_000
ARRIVALS: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("account_id", "i4"), ("ts", "i8"), ("event_id", "u8"), ("device_model", "i4"),
        ("asn", "i4"), ("region", "i4"), ("age_days", "i4"),
    ]),
    key=("room_id", "account_id"),
    how=dict.fromkeys(("ts", "event_id", "device_model", "asn", "region", "age_days"), "first"),
)  # fmt: skip
"""First join of every account with an id of its own; 40 bytes each. -1 where a trait is not recorded."""


def arrivals(view: View, is_staff: np.ndarray) -> np.ndarray:
    """Return the arrivals of one slice, staff left out.

    Args:
        view: All rows of the slice.
        is_staff: Shape (n,), bool.
    """
    view = view.where(view.is_type("join") & (view["account_id"] >= 0) & ~is_staff)
    created, ts, asn = view["account_created_at"], view["ts"], view["asn"]
    known = (created != NULL) & (created <= ts)  # created after seen: a bad value, read as null
    days = np.where(known, (ts - np.where(known, created, ts)) // DAY_US, -1)
    names = ("room_id", "account_id", "ts", "event_id", "device_model", "region")
    return ARRIVALS.reduce_columns(
        {name: view[name] for name in names} | {"asn": np.where(asn == NULL, -1, asn), "age_days": days}
    )
