"""One row an order: who bought what for how much, when it was paid and shipped, and what became of it.

Everything the brand's audit counts is counted on these columns. They are made once, from steps collected slice by
slice (`steps.py`), so any cutting and any order of rows gives the same frame.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.features.facts import Facts
from truecrowd.features.orders import numbered
from truecrowd.features.steps import BY_MERCHANT, CANCEL, DELIVER, LINES, PAYMENT, REFUND, SHIP, STEPS
from truecrowd.features.view import NULL
from truecrowd.schema import ID_KINDS, TS_KINDS

NEVER: Final = np.iinfo(np.int64).max // 4
"""Stands for "did not happen" in times; differences of two of them do not overflow."""
DAY_US: Final = 86_400_000_000
STATES: Final = ("kept", "before_shipping", "on_the_way", "after_delivery", "unknown", "unpaid")
KEPT, BEFORE_SHIPPING, ON_THE_WAY, AFTER_DELIVERY, UNKNOWN, UNPAID = range(6)
REFUND_WINDOW_D: Final = 15
"""Days after payment from which on a kept order is final, where no contract says otherwise (brand-audit.md 1). Guess."""
DEFAULT_CURRENCY: Final = "CNY"
_BOUND: Final = TS_KINDS.index("bound")
_OWN: Final = np.array([ID_KINDS.index("stable"), ID_KINDS.index("hashed"), -1])
"""Kinds of ids that are one buyer's own; a null kind is stable."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders placed, by room and order; parallel arrays of shape (n,).

    Times are microseconds in UTC, `NEVER` where it did not happen. Codes are those of `Facts.names`.

    Args:
        room: Room code.
        order: Order code.
        product: Code of the product of the first line, -1 unknown.
        buyer: Codes of buyers who can be told apart: accounts with an id of their own (stable or hashed), or, in a room
            without any, delivery addresses, numbered on behind the accounts; -1: masked, guest, display name, none.
        traffic: Code of the traffic source of the first line, -1 unknown.
        currency: Currency code; every sum is within one of them.
        amount: What was ordered for, minor units, >= 0; 0 where unknown (`has_amount` false).
        paid_amount: What was paid, minor units; the amount where the payment does not say; 0 where unpaid.
        back_amount: What was refunded, part refunds too, minor units; never capped.
        has_amount: Bool: the amount is known.
        quantity: Pieces.
        n_lines: Lines of the order.
        placed: When it was placed.
        paid: When it was paid; where nobody records payments, when it was placed.
        shipped, delivered: When the first parcel left, and arrived.
        back: Time f: when all of it was refunded, or cancelled after payment, whoever did it.
        closed: When an unpaid order was cancelled.
        is_bound: Bool: `back` is only an upper bound, the age of the refund is unknown.
        is_placed_bound: Bool: `placed` is only a bound.
        state: Place in `STATES` at f.
        reason: Place in `steps.REASONS` of what closed it.
        is_by_merchant: Bool: came back by the merchant or the platform (out of stock, price error): never a return.
        is_paid: Bool.
        is_kept: Bool: paid, and not back by `as_of`.
        is_final: Bool: kept, and older than the refund window; the other kept ones are young.
        as_of: End of the data, the same for all rooms of a merchant.
        has_ship: Bool: this merchant's data records shipping.
    """

    room: np.ndarray
    order: np.ndarray
    product: np.ndarray
    buyer: np.ndarray
    traffic: np.ndarray
    currency: np.ndarray
    amount: np.ndarray
    paid_amount: np.ndarray
    back_amount: np.ndarray
    has_amount: np.ndarray
    quantity: np.ndarray
    n_lines: np.ndarray
    placed: np.ndarray
    paid: np.ndarray
    shipped: np.ndarray
    delivered: np.ndarray
    back: np.ndarray
    closed: np.ndarray
    is_bound: np.ndarray
    is_placed_bound: np.ndarray
    state: np.ndarray
    reason: np.ndarray
    is_by_merchant: np.ndarray
    is_paid: np.ndarray
    is_kept: np.ndarray
    is_final: np.ndarray
    as_of: np.ndarray
    has_ship: np.ndarray

    def __len__(self) -> int:
        return len(self.room)

    def take(self, which: np.ndarray) -> "Orders":
        """Return the orders that a mask or an array of places picks."""
        if which.dtype == np.bool_:
            which = np.flatnonzero(which)  # counted once, not once a column
            if len(which) == len(self):
                return self
        return Orders(*(getattr(self, name)[which] for name in Orders.__slots__))

    @property
    def is_back(self) -> np.ndarray:
        """Shape (n,), bool: paid, and all of it back by `as_of`, whoever took it back."""
        return np.asarray(self.is_paid & ~self.is_kept)

    @property
    def is_returned(self) -> np.ndarray:
        """Shape (n,), bool: back, and not by the merchant or the platform."""
        return np.asarray(self.is_back & ~self.is_by_merchant)


def orders_of(
    lines: np.ndarray, steps: np.ndarray, facts: Facts, *, products: np.ndarray | None = None,
    refund_window_d: int = REFUND_WINDOW_D, as_of_us: int = NULL,
) -> Orders:  # fmt: skip
    """Return the orders of all rooms.

    Args:
        lines: `steps.LINES` rows, reduced, codes in the order of their names.
        steps: `steps.STEPS` rows, likewise.
        facts: Facts of the closed rooms.
        products: Codes of the products that count; None: all. Other lines are left out, and with them their money.
        refund_window_d: Days after payment in which the buyer may still give back.
        as_of_us: When the data was exported, where that is known to be later than its last step.

    Returns:
        Sorted by room and order. Steps of orders that were never seen placed are left out.
    """
    if products is not None:
        lines = lines[np.isin(lines["product_id"], products)]
        steps = steps[np.isin(steps["product_id"], products) | (steps["product_id"] < 0)]
    lines = lines[np.lexsort((lines["event_id"], lines["ts"], lines["order_id"], lines["room_id"]))]
    place = numbered(lines["room_id"], lines["order_id"]) if len(lines) else np.zeros(0, np.int64)
    firsts = np.flatnonzero(np.diff(place, prepend=-1))
    head = lines[firsts]
    of_step = _place_in(head, steps)
    steps, of_step = steps[of_step >= 0], of_step[of_step >= 0]
    house = facts.parties["merchant_id"].astype(np.int64) + 1
    return _Frame(lines, place, head, steps, of_step, house, facts).orders(refund_window_d, as_of_us)


def _place_in(head: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return by step the place of its order in `head`, -1 for none."""
    known = head["room_id"].astype(np.int64) << 32 | head["order_id"].astype(np.int64)
    asked = steps["room_id"].astype(np.int64) << 32 | steps["order_id"].astype(np.int64)
    if not len(known):
        return np.full(len(asked), -1)
    at = np.searchsorted(known, asked).clip(max=len(known) - 1)
    return np.where(known[at] == asked, at, -1)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Lines and steps put together.

    Args:
        lines, place: Lines, and the place of the order of each.
        head: The first line of every order.
        steps, at: Steps, and the place of the order of each.
        house: Shape (rooms,), number of the merchant; 0: unknown.
        facts: For names and counts.
    """

    lines: np.ndarray
    place: np.ndarray
    head: np.ndarray
    steps: np.ndarray
    at: np.ndarray
    house: np.ndarray
    facts: Facts

    def orders(self, refund_window_d: int, as_of_us: int) -> Orders:
        """Return the frame."""
        head, n = self.head, len(self.head)
        records_payment, records_ship = self._records("payment"), self._records("ship")
        first = {kind: self._first(kind) for kind in (PAYMENT, SHIP, DELIVER)}
        paid = np.where(records_payment, first[PAYMENT], head["ts"])
        currency = self._currency()
        amount, has_amount = self._ordered(currency)
        paid_amount = self._paid(amount, paid < NEVER)
        back, closer = self._back(paid, np.where(has_amount, paid_amount, NULL))
        closed = np.where(paid < NEVER, NEVER, self._first(CANCEL))
        is_bound = np.append(self.steps["ts_kind"] == _BOUND, False)[closer]
        state = np.where(paid < NEVER, _state(back, first[SHIP], first[DELIVER], is_bound, records_ship), UNPAID)
        reason = np.append(self.steps["reason"], np.int8(0))[closer]
        reason = np.where(closed < NEVER, self._reason_of_closed(), reason)
        is_paid, as_of = paid < NEVER, np.maximum(self._as_of(), as_of_us)
        is_kept = is_paid & (back == NEVER)
        return Orders(
            room=head["room_id"], order=head["order_id"], product=head["product_id"], buyer=self._buyers(),
            traffic=head["traffic_source"], currency=currency, amount=amount, paid_amount=paid_amount,
            back_amount=self._given_back(back < NEVER, paid_amount), has_amount=has_amount,
            quantity=np.bincount(self.place, self.lines["quantity"], n).astype(np.int64),
            n_lines=np.bincount(self.place, minlength=n), placed=head["ts"], paid=paid, shipped=first[SHIP],
            delivered=first[DELIVER], back=back, closed=closed, is_bound=is_bound,
            is_placed_bound=head["ts_kind"] == _BOUND, state=state, reason=reason,
            is_by_merchant=np.isin(reason, BY_MERCHANT) & is_paid, is_paid=is_paid, is_kept=is_kept,
            is_final=is_kept & (as_of - paid > refund_window_d * DAY_US), as_of=as_of, has_ship=records_ship,
        )  # fmt: skip

    def _records(self, event_type: str) -> np.ndarray:
        """Say by order whether any room of its merchant records events of a type."""
        has = self.facts.has_type(event_type)
        return np.asarray(np.isin(self.house, np.unique(self.house[has]))[self.head["room_id"]])

    def _first(self, kind: int) -> np.ndarray:
        out = np.full(len(self.head), NEVER)
        which = self.steps["event_type"] == kind
        np.minimum.at(out, self.at[which], self.steps["ts"][which])
        return out

    def _currency(self) -> np.ndarray:
        names = self.facts.names["currency"].to_pylist()
        default = names.index(DEFAULT_CURRENCY) if DEFAULT_CURRENCY in names else -1
        return np.where(self.head["currency"] < 0, np.int32(default), self.head["currency"])

    def _ordered(self, currency: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the money of every order, and whether it is known; lines in another currency than the first's do not add."""
        lines = self.lines
        is_known = (lines["amount"] != NULL) & (lines["amount"] >= 0)
        is_same = (lines["currency"] == currency[self.place]) | (lines["currency"] < 0)
        use = is_known & is_same
        amount = _sums(self.place[use], lines["amount"][use], len(self.head))
        return amount, np.bincount(self.place[use], minlength=len(self.head)) > 0

    def _paid(self, amount: np.ndarray, is_paid: np.ndarray) -> np.ndarray:
        use = (self.steps["event_type"] == PAYMENT) & (self.steps["amount"] != NULL)
        paid = _sums(self.at[use], self.steps["amount"][use], len(self.head))
        says = np.bincount(self.at[use], minlength=len(self.head)) > 0
        return np.where(is_paid, np.where(says, paid, amount), 0)

    def _back(self, paid: np.ndarray, worth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return when all of each order was back, and the place of the step that closed it (len(steps): none).

        A refund of unknown amount, or of an order of unknown worth, is one of all of it.
        """
        is_refund = self.steps["event_type"] == REFUND
        is_cancel = (self.steps["event_type"] == CANCEL) & (self.steps["ts"] >= paid[self.at])
        which = np.flatnonzero(is_refund | is_cancel)
        which = which[np.lexsort((self.steps["event_id"][which], self.steps["ts"][which], self.at[which]))]
        at, kind, amount = self.at[which], is_refund[which], self.steps["amount"][which]
        sums = np.cumsum(np.where(kind & (amount != NULL), amount, 0))
        before = np.append(0, sums)[np.searchsorted(at, at)]
        is_whole = ~kind | (amount == NULL) | (worth[at] == NULL) | (sums - before >= worth[at])
        is_whole &= paid[at] < NEVER
        closing = which[is_whole][::-1]  # the first one is written last
        closer = np.full(len(self.head), len(self.steps))
        closer[self.at[closing]] = closing
        return np.append(self.steps["ts"], NEVER)[closer], closer

    def _reason_of_closed(self) -> np.ndarray:
        out = np.zeros(len(self.head), np.int8)
        which = self.steps["event_type"] == CANCEL
        np.maximum.at(out, self.at[which], self.steps["reason"][which])
        return out

    def _given_back(self, is_back: np.ndarray, paid_amount: np.ndarray) -> np.ndarray:
        use = (self.steps["event_type"] == REFUND) & (self.steps["amount"] != NULL)
        back = _sums(self.at[use], self.steps["amount"][use], len(self.head))
        says = np.bincount(self.at[use], minlength=len(self.head)) > 0
        return np.where(is_back & ~says, paid_amount, back)

    def _buyers(self) -> np.ndarray:
        head = self.head
        account = np.where(np.isin(head["id_kind"], _OWN), head["account_id"], -1)
        has_own = np.zeros(self.facts.n_rooms, np.bool_)
        has_own[head["room_id"][account >= 0]] = True
        n_accounts = len(self.facts.names["account_id"])
        address = np.where(head["ship_hash"] >= 0, head["ship_hash"] + n_accounts, -1)
        return np.where(has_own[head["room_id"]], account, address)

    def _as_of(self) -> np.ndarray:
        last = np.full(int(self.house.max(initial=0)) + 1, NULL)
        np.maximum.at(last, self.house[self.head["room_id"]], self.head["ts"])
        np.maximum.at(last, self.house[self.steps["room_id"]], self.steps["ts"])
        return np.asarray(last[self.house[self.head["room_id"]]])


def _sums(place: np.ndarray, amount: np.ndarray, n: int) -> np.ndarray:
    """Return exact sums of whole numbers by place, shape (n,)."""
    out = np.zeros(n, np.int64)
    np.add.at(out, place, amount)
    return out


def _state(
    back: np.ndarray, shipped: np.ndarray, delivered: np.ndarray, is_bound: np.ndarray, has_ship: np.ndarray
) -> np.ndarray:  # fmt: skip
    """Return the state of each order at f; what never left by the end of the data came back before shipping."""
    known = np.select([back < shipped, back < delivered], [BEFORE_SHIPPING, ON_THE_WAY], AFTER_DELIVERY)
    is_known = has_ship & (~is_bound | (shipped == NEVER))
    return np.where(back == NEVER, KEPT, np.where(is_known, known, UNKNOWN))


def empty(facts: Facts) -> Orders:
    """Return no orders."""
    return orders_of(LINES.rows({name: np.zeros(0, np.int8) for name in LINES.key}),
                     STEPS.rows({name: np.zeros(0, np.int8) for name in STEPS.key}), facts)  # fmt: skip


def names_of(facts: Facts, column: str, codes: np.ndarray) -> pa.Array:
    """Return the texts of codes of one column; null for -1."""
    named: pa.Array = facts.names[column].take(pa.array(codes, mask=codes < 0))
    return named
