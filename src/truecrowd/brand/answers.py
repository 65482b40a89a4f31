"""The usual answers to a claim, each tested on the same rows: what it would look like, what is seen, what speaks against it.

None is ever refuted. Who placed an order cannot be told from orders: an attack and a purchase by the host's side look
alike in them.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from truecrowd.brand.catalogue import AGAINST, ANSWERS, ORDINARY
from truecrowd.brand.deal import Deal
from truecrowd.brand.figures import HOUR_US, densest, end_of
from truecrowd.brand.orders import AFTER_DELIVERY, BEFORE_SHIPPING, UNKNOWN, Orders
from truecrowd.brand.ordinary import BY_BUYER
from truecrowd.features.facts import Facts
from truecrowd.features.steps import REASONS
from truecrowd.features.view import TYPE_CODES

MOST: Final = 0.5
"""Part of the returned orders from which a picture holds for most of them."""
CHANCE: Final = 0.01
"""Chance of the shuffle below which returns per buyer are more than chance. Guess."""
SPREAD_US: Final = 6 * HOUR_US
"""Least spread of the middle half of delays that is "by their own clock", microseconds. Guess."""
LARGE: Final = 2.0
"""Median money of a returned order over that of a kept one from which orders are large. Guess."""
JUST_OVER: Final = 1.2
"""Shown sales over the guarantee up to which they stop just over it. Guess."""
FEW: Final = 10
"""Buyers that are few: those whose share figure 3 prints last (C_10)."""
_LIFE: Final = sum(
    1 << TYPE_CODES[name] for name in ("comment", "like", "follow", "fan_club", "light_badge", "gift", "share")
)


@dataclass(frozen=True, slots=True)
class Seen:
    """Whether a code is seen: None where it cannot be told; `k` of `n`, or a value, behind it."""

    holds: bool | None
    k: int | None = None
    n: int | None = None
    value: float | None = None

    def plain(self) -> dict[str, object]:
        """Return it as JSON values."""
        value = None if self.value is None or math.isnan(self.value) else round(self.value, 6)
        every = {"holds": self.holds, "k": self.k, "n": self.n, "value": value}
        return {name: one for name, one in every.items() if one is not None or name == "holds"}


NOTHING: Final = Seen(None)


@dataclass(frozen=True, slots=True)
class Case:
    """What answers are tested on.

    Args:
        orders: Orders of one session.
        code: Its room, -1 for none.
        others: Orders of each other room of the merchant.
        off_air: Orders of the merchant outside every broadcast.
        facts: For the life of accounts.
        deal: The contract.
        p_value: Of figure 2, NaN without one.
        is_beyond: More came back before shipping than in the highest other room; None without enough of them.
        found: By ordinary answer, its orders.
        has_reasons: The data gives reasons of refunds.
    """

    orders: Orders
    code: int
    others: Sequence[Orders]
    off_air: Orders
    facts: Facts
    deal: Deal | None
    p_value: float
    is_beyond: bool | None
    found: Mapping[str, np.ndarray]
    has_reasons: bool

    @property
    def returned(self) -> Orders:
        """Orders that their buyers gave back."""
        return self.orders.take(self.orders.is_returned)


def answer_rows(case: Case, room_id: str) -> Iterator[dict[str, object]]:
    """Yield ANSWERS rows of one session, one an answer."""
    tests = {"impulse": _impulse, "quality": _quality, "attack": _attack}
    for answer, test in tests.items():
        seen = test(case)
        expected, against = ANSWERS[answer], AGAINST[answer]
        holding = [code for code in expected if seen[code].holds]
        yield _row(
            room_id, answer, holding, fit_of(seen, expected, against, len(case.returned)), len(case.returned),
            {"against": [code for code in against if seen[code].holds], "as_of_us": _as_of(case.orders)}
            | ({"who": "cannot_tell"} if answer == "attack" else {})
            | {code: one.plain() for code, one in seen.items()},
        )  # fmt: skip
    yield from _ordinary(case, room_id)


def _row(
    room: str, answer: str, seen: Sequence[str], fit: str, n: int, params: Mapping[str, object]
) -> dict[str, object]:
    return {
        "room_id": room, "answer": answer, "expected": list(ANSWERS[answer]), "seen": list(seen), "fit": fit, "n": n,
        "params": json.dumps(dict(params), sort_keys=True),
    }  # fmt: skip


def _as_of(orders: Orders) -> int | None:
    return int(orders.as_of.max()) if len(orders) else None


def fit_of(seen: Mapping[str, Seen], expected: Sequence[str], against: Sequence[str], n: int) -> str:
    """Return fits, partly, does_not_fit or cannot_tell.

    fits: all that could be looked at holds, and nothing speaks against it. partly: some of it, or all of it with
    something against it. cannot_tell: nothing came back, or nothing could be looked at.
    """
    told = [seen[code].holds for code in expected if seen[code].holds is not None]
    is_against = any(seen[code].holds for code in against)
    if n == 0 or (not told and not is_against):
        return "cannot_tell"
    if any(told):
        return "fits" if all(told) and not is_against else "partly"
    return "does_not_fit"


def _share(of_kind: np.ndarray, *, least: float = MOST) -> Seen:
    n, k = len(of_kind), int(of_kind.sum())
    return Seen(k / n > least, k, n, k / n) if n else NOTHING


def _impulse(case: Case) -> dict[str, Seen]:
    back = case.returned
    timed = back.take(~back.is_bound)
    delay = timed.back - timed.paid
    spread = float(np.subtract(*np.quantile(delay, (0.75, 0.25)))) if len(delay) else math.nan
    shared = densest(delay, HOUR_US)
    is_batch = densest(timed.back)
    most = shared if shared.sum() >= is_batch.sum() else is_batch
    p = case.p_value
    return {
        "many_single_buyers": _singles(case),
        "spread_delays": Seen(spread >= SPREAD_US, n=len(delay), value=spread / HOUR_US) if len(delay) else NOTHING,
        "mixed_amounts": _mixed(case),
        "in_other_rooms": NOTHING if case.is_beyond is None else Seen(not case.is_beyond),
        "before_shipping_beyond_others": Seen(case.is_beyond),
        "more_per_buyer_than_chance": NOTHING if math.isnan(p) else Seen(p <= CHANCE, value=p),
        "one_shared_delay": _share(most),
        "same_buyers_elsewhere": _elsewhere(case),
    }


def _singles(case: Case) -> Seen:
    named = case.orders.take(case.orders.buyer >= 0)
    buyers, n = np.unique(named.buyer, return_counts=True)
    back = case.returned.buyer[case.returned.buyer >= 0]
    return _share(n[np.searchsorted(buyers, back)] == 1)


def _mixed(case: Case) -> Seen:
    """Say whether what came back cost as many different sums as what was kept; one price for all says nothing."""
    back, kept = case.returned.amount, case.orders.amount[case.orders.is_kept]
    if not len(back) or len(np.unique(np.append(back, kept))) == 1:
        return NOTHING
    top = int(np.unique(back, return_counts=True)[1].max())
    usual = float(np.unique(kept, return_counts=True)[1].max()) / len(kept) if len(kept) else 0.0
    return Seen(top / len(back) <= max(usual, MOST), top, len(back), top / len(back))


def _elsewhere(case: Case) -> Seen:
    """Say whether buyers who gave back did so at other hosts of this merchant, too."""
    hosts = case.facts.parties["host_id"]
    own = hosts[case.code] if case.code >= 0 else -1
    others = [one for one in case.others if own >= 0 and hosts[one.room[0]] >= 0 and hosts[one.room[0]] != own]
    mine = np.unique(case.returned.buyer[case.returned.buyer >= 0])
    if not others or not len(mine):
        return NOTHING
    theirs = np.concatenate([one.buyer[one.is_returned] for one in others])
    return _share(np.isin(mine, theirs))


def _quality(case: Case) -> dict[str, Seen]:
    back = case.returned
    known = back.take(back.state != UNKNOWN)
    off = case.off_air.take(case.off_air.is_paid)
    rate = len(back) / max(int(case.orders.is_paid.sum()), 1)
    off_rate = float(off.is_returned.mean()) if len(off) else math.nan
    reasons = back.reason == REASONS.index("quality")
    return {
        "after_delivery": _share(known.state == AFTER_DELIVERY),
        "one_product": _one_product(case),
        "off_air_too": Seen(off_rate >= rate / 2, int(off.is_returned.sum()), len(off), off_rate)
        if len(off)
        else NOTHING,
        "quality_reasons": _share(reasons) if case.has_reasons else NOTHING,
        "returned_unseen": _share(known.state == BEFORE_SHIPPING),
    }


def _one_product(case: Case) -> Seen:
    """Say whether one product came back for most, and half more often than it was bought."""
    paid = case.orders.take(case.orders.is_paid & (case.orders.product >= 0))
    back = paid.product[paid.is_returned]
    if not len(back) or len(np.unique(paid.product)) < 2:
        return NOTHING
    names, n = np.unique(back, return_counts=True)
    top = names[int(n.argmax())]
    usual = float((paid.product == top).mean())
    share = float(n.max()) / len(back)
    return Seen(share > MOST and share >= 1.5 * usual, int(n.max()), len(back), share)


def _attack(case: Case) -> dict[str, Seen]:
    back = case.returned
    named = back.buyer[back.buyer >= 0]
    _, n = np.unique(named, return_counts=True)
    few = int(np.sort(n)[-FEW:].sum())
    kept = case.orders.amount[case.orders.is_kept]
    ratio = (
        float(np.median(back.amount)) / float(np.median(kept))
        if len(back) and len(kept) and np.median(kept)
        else math.nan
    )
    life = _life(case)
    quiet = NOTHING if life.k is None or life.n is None else Seen(1 - life.k / life.n > MOST, life.n - life.k, life.n)
    return {
        "few_buyers": Seen(few / len(named) > MOST and len(n) > 1, few, len(named), few / len(named))
        if len(named)
        else NOTHING,
        "no_room_life": quiet,
        "no_link_to_host": _no_link(case),
        "large_orders": NOTHING if math.isnan(ratio) else Seen(ratio >= LARGE, value=ratio),
        "buyers_live_in_room": life,
        "just_over_guarantee": _just_over(case),
        "refunds_wait_for_settlement": _waiting(case),
    }


def _life(case: Case) -> Seen:
    """Say whether buyers who gave back spoke, liked or followed in the room; None where nobody's life is on record."""
    people = case.facts.accounts
    here = people[people["room_id"] == case.code]
    buyers = np.unique(case.returned.buyer[case.returned.buyer >= 0])
    place = np.searchsorted(here["account_id"], buyers).clip(max=max(len(here) - 1, 0))
    if not len(here) or not len(buyers) or not (here["types"] & _LIFE).any():
        return NOTHING
    is_here = here["account_id"][place] == buyers
    return _share(is_here & (here["types"][place] & _LIFE != 0))


def _no_link(case: Case) -> Seen:
    """Say whether buyers who gave back were never seen in other rooms of this host."""
    hosts = case.facts.parties["host_id"]
    if case.code < 0 or hosts[case.code] < 0:
        return NOTHING
    rooms = np.flatnonzero(hosts == hosts[case.code])
    rooms = rooms[rooms != case.code]
    buyers = np.unique(case.returned.buyer[case.returned.buyer >= 0])
    people = case.facts.accounts
    there = people["account_id"][np.isin(people["room_id"], rooms)]
    if not len(rooms) or not len(buyers) or not len(there):
        return NOTHING
    return _share(~np.isin(buyers, there))


def _just_over(case: Case) -> Seen:
    if case.deal is None or case.deal.guarantee_minor is None:
        return NOTHING
    shown = case.deal.shown.gmv_minor
    sold = shown if shown is not None else int(case.orders.amount.sum())
    return Seen(1.0 <= sold / case.deal.guarantee_minor <= JUST_OVER, value=sold / case.deal.guarantee_minor)


def _waiting(case: Case) -> Seen:
    timed = case.returned.take(~case.returned.is_bound)
    if case.deal is None or case.deal.settlement is None or not len(timed):
        return NOTHING
    return _share(timed.back >= end_of(case.deal.settlement, case.deal))


def _ordinary(case: Case, room_id: str) -> Iterator[dict[str, object]]:
    n_gone = int((case.orders.is_back | (~case.orders.is_paid & (case.orders.closed < case.orders.as_of + 1))).sum())
    has_buyers = bool((case.orders.buyer >= 0).any())
    for answer in ORDINARY:
        n = int(case.found[answer].sum())
        could = (has_buyers if answer in BY_BUYER else False) or case.has_reasons
        fit = "cannot_tell" if not n_gone or (not n and not could) else "does_not_fit" if not n else ""
        fit = fit or ("fits" if n / n_gone > MOST else "partly")
        params = {"n_gone": n_gone, "as_of_us": _as_of(case.orders), "could_look": could}
        yield _row(room_id, answer, ANSWERS[answer] if n else (), fit, n, params)
