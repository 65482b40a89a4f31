"""Who was in a room from when to when: the members of fleets, and some others of the same rooms to compare with."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.features.facts import Facts

MOST_OTHERS: Final = 200
"""Most accounts of one room, outside any fleet, that are listed: a picture has room for no more."""
VISITS: Final = pa.schema(
    [
        pa.field("room_id", pa.string(), nullable=False), pa.field("account_id", pa.string(), nullable=False),
        pa.field("is_member", pa.bool_(), nullable=False), pa.field("first", pa.timestamp("us", tz="UTC")),
        pa.field("last", pa.timestamp("us", tz="UTC")), pa.field("n", pa.int64()),
    ]
)  # fmt: skip
"""One row is one account in one room: first and last sight while the room was open, and its events."""


def visits_of(facts: Facts, fleets: pa.Table) -> pa.Table:
    """Return VISITS of every fleet's members, by room and account, and of others in those rooms, evenly chosen.

    Args:
        facts: Facts of the closed rooms.
        fleets: FLEETS.
    """
    members = pc.index_in(facts.names["account_id"], fleets["account_id"].combine_chunks())
    is_of_fleet = members.is_valid().to_numpy(zero_copy_only=False)
    rows = facts.people
    is_member = is_of_fleet[rows["account_id"]] if len(rows) else np.empty(0, np.bool_)
    others = np.flatnonzero(~is_member & np.isin(rows["room_id"], np.unique(rows["room_id"][is_member])))
    chosen = np.sort(np.concatenate([np.flatnonzero(is_member), _spread(others, rows["room_id"])]))
    rows, is_member = rows[chosen], is_member[chosen]
    columns = {
        "room_id": facts.names["room_id"].take(pa.array(rows["room_id"])),
        "account_id": facts.names["account_id"].take(pa.array(rows["account_id"])), "is_member": pa.array(is_member),
        "first": pa.array(rows["first"], pa.timestamp("us", tz="UTC")),
        "last": pa.array(rows["last"], pa.timestamp("us", tz="UTC")), "n": pa.array(rows["n"], pa.int64()),
    }  # fmt: skip
    return pa.table(columns, schema=VISITS)


def _spread(others: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Return at most `MOST_OTHERS` of each room, evenly spread over their numbers, which say nothing of them."""
    _, start, n = np.unique(room[others], return_index=True, return_counts=True)
    parts = [
        others[a + np.unique(np.linspace(0, k - 1, min(k, MOST_OTHERS)).astype(np.int64))]
        for a, k in zip(start, n, strict=True)
    ]
    return np.concatenate([np.empty(0, np.int64), *parts])
