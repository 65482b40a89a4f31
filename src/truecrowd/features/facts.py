"""Facts of closed rooms: what was recorded, how fine its clock is, what the source left out, when the crowd was asked.

They are computed once for all detectors, from states that merge like a detector's own, and say what may be tested:
nothing below the clock's grain, no rate or gap of a type the source delivers only in part.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.features.arrivals import ARRIVALS, arrivals
from truecrowd.features.limits import SECOND_US, clock_grain, is_saturated
from truecrowd.features.state import Layout
from truecrowd.features.steps import LINES, STEPS, lines_of, steps_of
from truecrowd.features.view import CODED, NULL, TYPE_CODES, View
from truecrowd.schema import EVENT_TYPES, EVENTS, ID_KINDS

COLUMN_BITS: Final[dict[str, int]] = {name: 1 << at for at, (name, _) in enumerate(EVENTS.columns)}

LIVE_TYPES: Final = tuple(
    name for name in EVENT_TYPES if name not in ("payment", "ship", "deliver", "cancel", "refund", "review")
)
"""What happens while the room is open; the rest may come days later."""

KINDS: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("event_type", "i1"), ("n", "i8"), ("first", "i8"), ("last", "i8"), ("tick", "i8"),
        ("columns", "i8"), ("ts_kind", "i1"), ("n_nobody", "i8"), ("n_nick", "i8"), ("n_staff", "i8"),
        ("amount", "i8"),
    ]),
    key=("room_id", "event_type"),
    how={
        "n": "sum", "first": "min", "last": "max", "tick": "gcd", "columns": "or", "ts_kind": "max", "n_nobody": "sum",
        "n_nick": "sum", "n_staff": "sum", "amount": "sum",
    },
)  # fmt: skip
SECONDS: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("event_type", "i1"), ("second", "i8"), ("n", "i8"), ("first", "i8"), ("last", "i8"),
    ]),
    key=("room_id", "event_type", "second"),
    how={"n": "sum", "first": "min", "last": "max"},
)  # fmt: skip
PARTIES: Final = ("host_id", "merchant_id", "source_room_id", "currency")
"""What belongs to a room as a whole; where rows disagree the most frequent one counts, then the first by name."""
ROOMS: Final = Layout(
    np.dtype([("room_id", "i4"), *((name, "i4") for name in PARTIES), ("n", "i8")]),
    key=("room_id", *PARTIES),
    how={"n": "sum"},
)
NEVER: Final = np.iinfo(np.int64).max
"""Stands for "never" in times of which the earliest is kept."""
COUNTED: Final = {"n_comments": "comment", "n_likes": "like", "n_popups": "cart_popup"}
"""Events counted for every account, by field of ACCOUNTS: what shares are weighed by."""
ACCOUNTS: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("account_id", "i4"), ("n", "i8"), ("first", "i8"), ("last", "i8"), ("types", "i8"),
        ("id_kind", "i1"), ("first_popup", "i8"), *((name, "i4") for name in COUNTED),
    ]),
    key=("room_id", "account_id"),
    how={
        "n": "sum", "first": "min", "last": "max", "types": "or", "id_kind": "max",
        "first_popup": "min", "n_comments": "sum", "n_likes": "sum", "n_popups": "sum",
    },
)  # fmt: skip
"""Profile of one account in one room; `types` has bit k set where the account did something of EVENT_TYPES[k]."""
ORDERS: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("order_id", "i4"), ("ts", "i8"), ("event_id", "u8"), ("account_id", "i4"), ("amount", "i8"),
    ]),
    key=("room_id", "order_id"),
    how=dict.fromkeys(("ts", "event_id", "account_id", "amount"), "first"),
)  # fmt: skip
"""Orders placed, the earliest row of each; an order without an id of its own is not one that can be judged."""
PROMPTS: Final = Layout(np.dtype([("room_id", "i4"), ("ts", "i8"), ("n", "i8")]), ("room_id", "ts"), {"n": "sum"})
_PAIRS: Final = Layout(np.dtype([("room_id", "i4"), ("code", "i4"), ("n", "i8")]), ("room_id", "code"), {"n": "sum"})


@dataclass(frozen=True, slots=True)
class FactStates:
    """The states facts are made of (`FACT_LAYOUTS`); each merges in any order."""

    kinds: np.ndarray
    seconds: np.ndarray
    rooms: np.ndarray
    accounts: np.ndarray
    prompts: np.ndarray
    orders: np.ndarray
    arrivals: np.ndarray
    lines: np.ndarray
    steps: np.ndarray


FACT_LAYOUTS: Final[Mapping[str, Layout]] = {
    "kinds": KINDS, "seconds": SECONDS, "rooms": ROOMS, "accounts": ACCOUNTS, "prompts": PROMPTS, "orders": ORDERS,
    "arrivals": ARRIVALS, "lines": LINES, "steps": STEPS,
}  # fmt: skip


def observe(view: View, is_staff: np.ndarray) -> FactStates:
    """Return the states of one slice; needs every column of the slice, not a detector's choice of them.

    Args:
        view: All rows of the slice, staff too.
        is_staff: Shape (n,), bool: rows of accounts named in the staff file.
    """
    room, kind, ts = view["room_id"], view["event_type"], view["ts"]
    asked = view.is_type("prompt")
    return FactStates(
        kinds=KINDS.reduce_columns({
            "room_id": room, "event_type": kind, "n": 1, "first": ts, "last": ts, "tick": ts,
            "columns": _column_bits(view), "ts_kind": np.maximum(view["ts_kind"], 0),
            "n_nobody": _is_kind(view, "masked", "guest"), "n_nick": _is_kind(view, "nick"), "n_staff": is_staff,
            "amount": np.where(view["amount_minor"] == NULL, 0, view["amount_minor"]),
        }),
        seconds=SECONDS.reduce_columns({
            "room_id": room, "event_type": kind, "second": ts // SECOND_US, "n": 1, "first": ts, "last": ts,
        }),
        rooms=ROOMS.reduce_columns({"n": 1} | {name: view[name] for name in ROOMS.key}),
        accounts=_accounts(view),
        prompts=PROMPTS.reduce_columns({"room_id": room[asked], "ts": ts[asked], "n": 1}),
        orders=_orders(view),
        arrivals=arrivals(view, is_staff),
        lines=lines_of(view),
        steps=steps_of(view),
    )  # fmt: skip


def _orders(view: View) -> np.ndarray:
    view = view.where(view.is_type("order") & (view["order_id"] >= 0))
    names = ("room_id", "order_id", "ts", "event_id", "account_id")
    return ORDERS.reduce_columns({name: view[name] for name in names} | {"amount": view["amount_minor"]})


def _accounts(view: View) -> np.ndarray:
    named = (view["account_id"] >= 0) & view.is_type(*LIVE_TYPES)
    ts, kind = view["ts"][named], view["event_type"][named]
    return ACCOUNTS.reduce_columns({
        "room_id": view["room_id"][named], "account_id": view["account_id"][named], "n": 1, "first": ts, "last": ts,
        "types": 1 << kind.astype(np.int64), "id_kind": np.maximum(view["id_kind"][named], 0),
        "first_popup": np.where(kind == TYPE_CODES["cart_popup"], ts, NEVER),
        **{name: kind == TYPE_CODES[event_type] for name, event_type in COUNTED.items()},
    })  # fmt: skip


def _column_bits(view: View) -> np.ndarray:
    bits = np.zeros(len(view), np.int64)
    for name, bit in COLUMN_BITS.items():
        if name == "text" and view.texts is not None:
            present = view.texts.is_valid().to_numpy(zero_copy_only=False)
        elif name != "text" and view.has(name):
            present = _is_filled(view[name], name)
        else:
            continue
        bits |= np.where(present, bit, 0)
    return bits


def _is_filled(column: np.ndarray, name: str) -> np.ndarray:
    if name == "value":
        return np.asarray(~np.isnan(column))
    if name == "event_id":
        return np.asarray(column != 0)
    is_code = name in CODED or name in ("id_kind", "ts_kind")
    return np.asarray(column >= 0 if is_code else column != NULL)


def _is_kind(view: View, *kinds: str) -> np.ndarray:
    return np.asarray(np.isin(view["id_kind"], [ID_KINDS.index(kind) for kind in kinds]))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the closed rooms of a run. Rooms and names stand in the order of their text.

    Args:
        names: By coded column, shape (k,), the text of every code, sorted.
        n: Shape (rooms, types), events recorded.
        first, last: Shape (rooms, types), int64 microseconds; NULL where there is none.
        columns: Shape (rooms, types), int64, bits of the columns that are filled at least once (`COLUMN_BITS`).
        grain_us: Shape (rooms, types), int64 microseconds: gaps below it mean nothing; NULL: no gap means anything.
        is_sampled: Shape (rooms, types), bool: the source delivers only a part, declared or measured.
        n_nobody: Shape (rooms, types), events under a masked or guest id.
        n_nick: Shape (rooms, types), events under a display name.
        parties: By `PARTIES`, shape (rooms,), codes or -1.
        prompts: Record array (room_id, ts, n), sorted: when the host or the platform asked the crowd to act.
        accounts: `ACCOUNTS` records, sorted by room and account: everybody seen who has an id of their own.
        orders: `ORDERS` records, sorted by room and order.
        arrivals: `ARRIVALS` records, sorted by room and account; staff left out.
        lines, steps: `steps.LINES` and `steps.STEPS` records, sorted: what was ordered, and what became of it.
        seconds: Record array (room_id, event_type, second, n): events in each second that has any, sorted.
        staff: Shape (k,), int32 codes of accounts named in the staff file.
        n_staff: Shape (rooms, types), events of those accounts.
        amount: Shape (rooms, types), sum of `amount_minor`, whatever the currency; nulls count as 0.
    """

    names: Mapping[str, pa.Array]
    n: np.ndarray
    first: np.ndarray
    last: np.ndarray
    columns: np.ndarray
    grain_us: np.ndarray
    is_sampled: np.ndarray
    n_nobody: np.ndarray
    n_nick: np.ndarray
    parties: Mapping[str, np.ndarray]
    prompts: np.ndarray
    accounts: np.ndarray
    orders: np.ndarray
    arrivals: np.ndarray
    lines: np.ndarray
    steps: np.ndarray
    seconds: np.ndarray
    staff: np.ndarray
    n_staff: np.ndarray
    amount: np.ndarray

    @property
    def n_rooms(self) -> int:
        """Number of rooms."""
        return len(self.n)

    @property
    def people(self) -> np.ndarray:
        """Records of `accounts` that may be judged: everybody but the staff."""
        return self.accounts[~np.isin(self.accounts["account_id"], self.staff)]

    def name(self, column: str, code: int) -> str | None:
        """Return the text behind one code; None for -1."""
        return None if code < 0 else self.names[column][code].as_py()

    def has_type(self, event_type: str) -> np.ndarray:
        """Return shape (rooms,), bool: at least one event of this type."""
        return np.asarray(self.n[:, TYPE_CODES[event_type]] > 0)

    def has_column(self, column: str, event_types: tuple[str, ...] = EVENT_TYPES) -> np.ndarray:
        """Return shape (rooms,), bool: the column is filled at least once in rows of these types."""
        codes = [TYPE_CODES[name] for name in event_types]
        return np.asarray((self.columns[:, codes] & COLUMN_BITS[column]).any(axis=1))

    def grain_of(self, *event_types: str) -> np.ndarray:
        """Return shape (rooms,), the coarsest grain of these types, microseconds; NULL where one has none."""
        grains = self.grain_us[:, [TYPE_CODES[name] for name in event_types]]
        return np.where((grains == NULL).any(axis=1), NULL, grains.max(axis=1))

    def sampled(self, *event_types: str) -> np.ndarray:
        """Return shape (rooms,), bool: one of these types is delivered only in part."""
        return np.asarray(self.is_sampled[:, [TYPE_CODES[name] for name in event_types]].any(axis=1))

    def span_us(self) -> tuple[np.ndarray, np.ndarray]:
        """Return first and last time of every room, microseconds, shape (rooms,) each.

        What may come days later (a refund, a review) counts only in rooms that hold nothing else.
        """
        live = [TYPE_CODES[name] for name in LIVE_TYPES]
        has_live = np.asarray((self.n[:, live] > 0).any(axis=1))
        counts = np.zeros(self.n.shape, np.bool_)
        counts[:, live] = True
        counts = (self.n > 0) & (counts | ~has_live[:, None])
        first = np.where(counts, self.first, np.iinfo(np.int64).max)
        return first.min(axis=1), np.where(counts, self.last, NULL).max(axis=1)

    def is_prompted(self, room: np.ndarray, ts: np.ndarray, *, within_us: int) -> np.ndarray:
        """Say for each (room, time) whether a prompt came at most `within_us` before it.

        Args:
            room: Shape (n,), room codes.
            ts: Shape (n,), microseconds.
            within_us: How long the crowd may take to answer.

        Returns:
            Shape (n,), bool.
        """
        if not len(self.prompts) or not len(ts):
            return np.zeros(len(ts), np.bool_)
        low = min(int(self.prompts["ts"].min()), int(ts.min()))
        span = max(int(self.prompts["ts"].max()), int(ts.max())) - low + within_us + 2
        asked = self.prompts["room_id"].astype(np.int64) * span + (self.prompts["ts"] - low)
        here = room.astype(np.int64) * span + (ts - low)
        at = np.searchsorted(asked, here, side="right") - 1
        return np.asarray((at >= 0) & (here - asked[np.maximum(at, 0)] <= within_us))


def close(
    states: FactStates,
    names: Mapping[str, pa.Array],
    *,
    declared: frozenset[tuple[str, str]],
    staff: np.ndarray,
) -> Facts:
    """Return the facts of rooms that are closed.

    Args:
        states: Merged states, codes already in the order of `names`.
        names: By coded column, sorted text of every code.
        declared: (room_id, event_type) pairs the importer declares as sampled.
        staff: Codes of accounts named in the staff file.
    """
    n_rooms, n_types = len(names["room_id"]), len(EVENT_TYPES)
    at = (states.kinds["room_id"], states.kinds["event_type"])

    def grid(field: str, empty: int = 0) -> np.ndarray:
        out = np.full((n_rooms, n_types), empty, np.int64)
        out[at] = states.kinds[field]
        return out

    rooms = names["room_id"].to_pylist()
    is_sampled = is_saturated(states.seconds, n_rooms)
    for code, room in enumerate(rooms):
        is_sampled[code] |= [(room, name) in declared for name in EVENT_TYPES]
    return Facts(
        names=names, n=grid("n"), first=grid("first", NULL), last=grid("last", NULL), columns=grid("columns"),
        grain_us=clock_grain(states.kinds, states.seconds, n_rooms), is_sampled=is_sampled, n_nobody=grid("n_nobody"), n_nick=grid("n_nick"),
        parties={name: _most_frequent(states.rooms, name, n_rooms) for name in PARTIES}, prompts=states.prompts,
        accounts=states.accounts, orders=states.orders, arrivals=states.arrivals,
        lines=states.lines, steps=states.steps, seconds=states.seconds, staff=staff,
        n_staff=grid("n_staff"), amount=grid("amount"),
    )  # fmt: skip


def _most_frequent(rooms: np.ndarray, party: str, n_rooms: int) -> np.ndarray:
    out = np.full(n_rooms, -1, np.int32)
    known = rooms[rooms[party] >= 0]
    pairs = _PAIRS.reduce(_PAIRS.rows({"room_id": known["room_id"], "code": known[party], "n": known["n"]}))
    order = np.lexsort((-pairs["code"], pairs["n"], pairs["room_id"]))
    out[pairs["room_id"][order]] = pairs["code"][order]  # the last one written is the most frequent
    return out
