"""Invented orders as EVENTS, and the frame they give: what the tests beside this file share."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from truecrowd.brand.orders import Orders, orders_of
from truecrowd.engine.run import Observed, observe_all
from truecrowd.engine.settings import Settings
from truecrowd.features.goods import events_table

PLACED_US = 1_785_000_007_000_000
HOUR_US = 3_600_000_000
DAY_H = 24.0
Row = dict[str, object]


def order(
    number: object, buyer: str | None = None, *, at_h: float = 0.0, room: str = "r1", **steps: object
) -> list[Row]:
    """Return the events of one order; `steps` are hours after it was placed by event type, or columns of its rows."""
    kinds = ("payment", "ship", "deliver", "cancel", "refund")
    base: Row = {"room_id": room, "order_id": f"o{number}", "account_id": buyer, "amount_minor": 10_000}
    base |= {name: value for name, value in steps.items() if name not in kinds}
    placed = PLACED_US + round(at_h * HOUR_US)
    rows = [base | {"event_type": "order", "ts": placed}]
    late = {name: float(str(steps[name])) for name in kinds if steps.get(name) is not None}
    return rows + [base | {"event_type": name, "ts": placed + round(h * HOUR_US)} for name, h in late.items()]


def observed(parts: Iterable[list[Row]]) -> Observed:
    return observe_all([table(parts)], Settings(threads=1), detectors=())


def table(parts: Iterable[list[Row]]) -> pa.Table:
    return events_table([row for part in parts for row in part])


def frame(*parts: list[Row], **options: Any) -> Orders:
    facts = observed(parts).facts
    return orders_of(facts.lines, facts.steps, facts, **options)
