"""One promise of a host and what became of it: what judging it gives, and the table of promises is made of."""

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from truecrowd.features import goods as g

State = Literal["kept", "extended", "broken", "open", "cannot_tell"]
BROKEN, REPEATED, EXTENDED, KEPT = 1.0, 0.75, 0.5, 0.0
"""Scores of a claim: broken; extended again and again; extended before it was due; kept or still open."""
OBLIGATIONS: Final = ("time", "quantity", "sold_out", "today", "session", "sold_count", "untested")
"""Statements that are promises, as in `goods.WHATS`; `extension` and `restock` only change others."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of a host.

    Args:
        room, product: Codes; product -1: the claim names none.
        claim: Hash of the claim's event.
        ts: When it was said, microseconds.
        obligation: One of `OBLIGATIONS`.
        number: Seconds or pieces, None where none was said.
        deadline: Until when it holds, extensions counted in, microseconds; None: the whole broadcast, or unknown.
        is_broken: None: cannot tell.
        reason: kept, extended, repeated_extension, broken by: price_stays, price_back_late,
            sold_beyond, orders_go_on, stock_shown, offer_returns; cannot tell: open, no_record, no_product, no_number, no_price, outside.
        events: Hashes of what speaks against it (or extends it), by time.
        last_us: When the last of them happened; `ts` where there is none.
        price_minor: The promised price, where one matters.
        n_over: Pieces sold beyond the promise.
        n_orders: Orders among `events`.
        is_exact: Arithmetic on complete records.
    """

    room: int
    product: int
    claim: int
    ts: int
    obligation: str
    number: int | None
    deadline: int | None = None
    is_broken: bool | None = None
    reason: str = "open"
    events: tuple[int, ...] = ()
    last_us: int = 0
    price_minor: int | None = None
    n_over: int = 0
    n_orders: int = 0
    n_extensions: int = 0
    is_exact: bool = True

    @property
    def score(self) -> float | None:
        """Score of the claim; None where nothing can be tested."""
        if self.is_broken:
            return BROKEN
        if self.reason in ("extended", "repeated_extension"):
            return EXTENDED if self.reason == "extended" else REPEATED
        return KEPT if self.is_broken is False or self.reason in ("open", "no_record") else None

    def broken(self, reason: str, against: np.ndarray, *, n_over: int = 0, is_exact: bool = True) -> "Promise":
        """Return the promise as broken by these rows of goods."""
        against = against[np.argsort(against["ts"], kind="stable")]
        events = tuple(dict.fromkeys((*self.events, *against["event_id"].tolist())))
        return replace(
            self, is_broken=True, reason=reason, events=events, last_us=int(against["ts"].max()), n_over=n_over,
            n_orders=int((against["what"] == g.WHAT["order"]).sum()), is_exact=is_exact,
        )  # fmt: skip

    @property
    def state(self) -> State:
        """What became of it in one word; where it cannot be told, `reason` says what is missing."""
        if self.is_broken:
            return "broken"
        if self.is_broken is False:
            return "kept" if self.reason == "kept" else "extended"
        return "open" if self.reason == "open" else "cannot_tell"
