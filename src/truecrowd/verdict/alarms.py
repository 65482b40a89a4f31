"""What alarms count (detectors.md 5.4), and how often honest rooms show it.

For each room and scheme something is counted about every newcomer, popup or order as it comes: does it fall into a cell
that the past alone defines. The bet is on this composition, never on the rate, and against the edge of honest rooms,
not their centre. E_t = sum over starts k of w_k times the product of likelihood ratios from k on; where the start lies
ahead the ratio is 1. In an honest room the chance that E ever reaches 1 / alpha is at most alpha.
Source: Ville's inequality; e-detectors (Shin, Ramdas and Rinaldo 2024).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from truecrowd.features.facts import Facts

ALPHA: Final = 0.001
"""False alarms of an honest room over a whole evening, all schemes together."""
ALTERNATIVES: Final = (0.1, 0.3, 0.6, 0.9)
"""How far beyond the edge the share is bet to be, as parts of what is left above it; the bets are averaged."""
LAST: Final = 200
"""Arrivals before one in which its like is looked for. Fixed, so the share does not grow with the room."""
SUDDEN_US: Final = 60_000_000
"""An order sooner than this after its account was first seen in the room has no visit behind it. Guess."""
N_STARTS: Final = 1_000
"""Ticks over which the weight of a start is spread, evenly: 2.8 hours of looking."""
SCHEMES: Final = ("farm", "popup", "brushing")


@dataclass(frozen=True, slots=True)
class Counted:
    """What an alarm counts, in the order of time.

    Args:
        room: Shape (n,), room codes, ascending.
        ts: Shape (n,), microseconds, ascending within a room.
        is_in: Shape (n,), bool: falls into the cell.
    """

    room: np.ndarray
    ts: np.ndarray
    is_in: np.ndarray


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm.

    Args:
        room: Code; the caller knows in which order.
        scheme: One of SCHEMES, or `any` for all together.
        ts: End of the tick that raised it, microseconds.
        e_value: How strongly; 1 before anything is known.
    """

    room: int
    scheme: str
    ts: int
    e_value: float


def items_of(facts: Facts) -> dict[str, Counted]:
    """Return by scheme what is counted.

    farm: arrivals; in the cell: same phone model, network and day of registration as one of the last 200 arrivals
    (young accounts alone found fewer farms at the same edge). popup: accounts with a popup; in the cell: the popup is the first that is seen of them. brushing:
    orders; in the cell: placed within a minute of the account's first sight, or by one never seen before.
    """
    return {"farm": _arrivals(facts), "popup": _popups(facts), "brushing": _orders(facts)}


def _sorted(room: np.ndarray, ts: np.ndarray, tie: np.ndarray, is_in: np.ndarray) -> Counted:
    order = np.lexsort((tie, ts, room))
    return Counted(room[order], ts[order], is_in[order])


def _arrivals(facts: Facts) -> Counted:
    rows = facts.arrivals
    rows = rows[(rows["age_days"] >= 0) & (rows["device_model"] >= 0)]
    rows = rows[np.lexsort((rows["event_id"], rows["ts"], rows["room_id"]))]
    alike = [rows[name] for name in ("age_days", "asn", "device_model", "room_id")]
    order = np.lexsort((np.arange(len(rows)), *alike))
    same = np.ones(len(rows), np.bool_)
    for column in alike:
        same[1:] &= column[order][1:] == column[order][:-1]
    same[:1] = False
    gap = np.diff(order, prepend=-LAST - 1)
    is_in = np.zeros(len(rows), np.bool_)
    is_in[order] = same & (gap <= LAST)
    return Counted(rows["room_id"], rows["ts"], is_in)


def _popups(facts: Facts) -> Counted:
    rows = facts.accounts[facts.accounts["n_popups"] > 0]
    return _sorted(rows["room_id"], rows["first_popup"], rows["account_id"], rows["first_popup"] <= rows["first"])


def _orders(facts: Facts) -> Counted:
    rows, people = facts.orders, facts.accounts
    known = people["room_id"].astype(np.int64) << 32 | people["account_id"].astype(np.int64)
    asked = rows["room_id"].astype(np.int64) << 32 | rows["account_id"].astype(np.int64)
    at = np.searchsorted(known, asked).clip(max=max(len(known) - 1, 0))
    is_seen = known[at] == asked if len(known) else np.zeros(len(asked), np.bool_)
    first = np.where(is_seen, people["first"][at] if len(people) else 0, rows["ts"])
    has_visits = facts.has_type("join")[rows["room_id"]]
    keep = has_visits & (rows["account_id"] >= 0)
    rows, first = rows[keep], first[keep]
    return _sorted(rows["room_id"], rows["ts"], rows["order_id"], rows["ts"] - first < SUDDEN_US)


def cells(facts: Facts) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return by "alarm/<scheme>" the counts k and n of every room, which a reference turns into edges."""
    return {
        f"alarm/{scheme}": (
            np.bincount(items.room[items.is_in], minlength=facts.n_rooms), np.bincount(items.room, minlength=facts.n_rooms),
        )
        for scheme, items in items_of(facts).items()
    }  # fmt: skip
