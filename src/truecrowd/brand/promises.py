"""The table `promises`: every promise of a host, kept ones too, with the events that show what became of it."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import MAX_EVIDENCE
from truecrowd.features.facts import Facts
from truecrowd.features.promise import Promise
from truecrowd.schema import PROMISES, build

_UNITS: Final = {"time": "s", "quantity": "pieces", "sold_count": "pieces"}


def promises_table(said: Sequence[Promise], facts: Facts, ids_of: Callable[[np.ndarray], list[str]]) -> pa.Table:
    """Return PROMISES.

    Args:
        said: What the detector judged.
        facts: For the names of rooms and products.
        ids_of: Ids of events by hash, at most `MAX_EVIDENCE` and the claim itself asked for each promise.
    """
    return build(PROMISES, [_row(each, facts, ids_of) for each in said])


def _row(one: Promise, facts: Facts, ids_of: Callable[[np.ndarray], list[str]]) -> dict[str, object]:
    return {
        "room_id": facts.name("room_id", one.room), "product_id": facts.name("product_id", one.product),
        "claim": understood(one), "obligation": one.obligation, "deadline": one.deadline, "is_broken": one.is_broken,
        "event_ids": ids_of(np.array([one.claim, *one.events[:MAX_EVIDENCE]], np.uint64)), "ts": one.ts,
        "state": one.state, "reason": one.reason, "number": one.number, "price_minor": one.price_minor,
        "n_over": one.n_over, "n_extensions": one.n_extensions, "is_exact": one.is_exact,
    }  # fmt: skip


def understood(one: Promise) -> str:
    """Return what was said, as understood: the obligation, with its number and unit where one was said."""
    if one.number is None:
        return one.obligation
    return f"{one.obligation} {one.number} {_UNITS.get(one.obligation, '')}".rstrip()
