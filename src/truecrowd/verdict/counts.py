"""What the data holds, counted: the column `shown` of SHARES. Shares themselves are not estimated yet."""

from typing import Any, Final

import numpy as np

from truecrowd.features.facts import Facts
from truecrowd.features.view import TYPE_CODES
from truecrowd.verdict.shares import UNSEEN

_COUNTED: Final = {
    "comments": "comment",
    "likes": "like",
    "popups": "cart_popup",
    "orders": "order",
    "reviews": "review",
}
_MINUTE_US: Final = 60_000_000


def share_rows(facts: Facts) -> list[dict[str, Any]]:
    """Return one SHARES row per room and measure; `shown` is null where the data cannot tell.

    viewers: accounts with an id of their own that did more than order or appear in a popup, staff left out. viewer_minutes: from an account's first to its last
    event while the room was open. likes: like events, a streak is one. gmv: minor units, orders placed.
    """
    n_rooms = facts.n_rooms
    others = facts.people
    viewers = np.bincount(others["room_id"][others["types"] & ~UNSEEN != 0], minlength=n_rooms)
    watched_us = np.bincount(others["room_id"], weights=others["last"] - others["first"], minlength=n_rooms)
    rows = []
    for code, room in enumerate(facts.names["room_id"].to_pylist()):
        counted: dict[str, float | None] = {
            "viewers": float(viewers[code]) if viewers[code] else None,
            "viewer_minutes": round(float(watched_us[code]) / _MINUTE_US, 3) if viewers[code] else None,
        }
        for measure, name in _COUNTED.items():
            n = int(facts.n[code, TYPE_CODES[name]])
            counted[measure] = float(n) if n else None
        has_money = bool(facts.has_column("amount_minor", ("order",))[code])
        counted["gmv"] = float(facts.amount[code, TYPE_CODES["order"]]) if has_money else None
        rows += [{"room_id": room, "measure": measure, "shown": shown} for measure, shown in counted.items()]
    return rows
