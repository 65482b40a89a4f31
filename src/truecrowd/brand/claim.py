"""The claim of one deal: its lines, its days, and what was read from its file."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from truecrowd.brand.deal import Deal
from truecrowd.brand.money import NOT_COMPUTED, Deadline, deadlines, money
from truecrowd.brand.orders import Orders
from truecrowd.brand.scope import unseen_products
from truecrowd.brand.tallies import tallies
from truecrowd.features.facts import Facts


@dataclass(frozen=True, slots=True)
class Claim:
    """What the terms of a deal come to.

    Args:
        deal: The terms.
        money: MONEY.
        deadlines: Days that matter, counted from the end of the data.
        unseen_products: Products of the deal that the data never names.
        not_computed: What a claim may hold and is not computed here.
    """

    deal: Deal
    money: pa.Table
    deadlines: tuple[Deadline, ...]
    unseen_products: tuple[str, ...] = ()
    not_computed: tuple[str, ...] = NOT_COMPUTED


def claim(
    orders: Orders, deal: Deal, facts: Facts, shares: pa.Table, *, lost_yet: np.ndarray | None = None
) -> Claim:  # fmt: skip
    """Return the claim.

    Args:
        orders: The orders in scope of the deal (`scope.in_scope`).
        deal: The terms.
        facts: Facts of the closed rooms.
        shares: SHARES; sales of rooms (measure gmv) bound what was manufactured.
        lost_yet: As in `tallies`: how likely each young order still comes back; None: nobody can tell.
    """
    counted = tallies(orders, deal, facts, lost_yet=lost_yet, shares=_bounds(shares))
    own = counted.get(deal.currency)
    as_of = max((tally.as_of for tally in counted.values() if tally.as_of is not None), default=None)
    days = deadlines(deal, as_of, own.final_on if own else None)
    return Claim(deal, money(deal, counted), days, unseen_products(facts, deal))


def _bounds(shares: pa.Table) -> Mapping[str, tuple[float | None, float | None]]:
    rows = shares.select(["room_id", "measure", "at_least", "share_low"]).to_pylist()
    return {row["room_id"]: (row["at_least"], row["share_low"]) for row in rows if row["measure"] == "gmv"}
