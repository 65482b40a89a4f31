"""The claim calculator: what the orders in scope come to under the terms of a deal, line by line (table `money`).

Fractions inside, rounded half-even to the minor unit once, at the end of each line. Three sums, never one: what was
counted, what is estimated, what would be if there were a clause. Every amount is the brand's view: a `claim` is what
the host's side would pay. The same file read by the agency gives the same lines.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Final, Literal

import pyarrow as pa

from truecrowd.brand.catalogue import ALL_ROOMS
from truecrowd.brand.deal import Deal
from truecrowd.brand.sums import plain
from truecrowd.schema import MONEY, build

Basis = Literal["counted", "estimated", "only_if"]
Kind = Literal["fact", "ratio", "due", "claim", "goods", "sum", "check"]
LINES: Final = (
    "shown", "unpaid", "refunded", "kept", "slot_fee_return", "guarantee_reach", "channels_barred", "manufactured",
    "commission_due", "left", "commission_back", "fee_back", "make_up", "penalty", "claimed", "check",
)  # fmt: skip
"""Every line, in the order of a report."""
NOT_COMPUTED: Final = ("interest", "tax", "freight", "goods", "lawyers")
"""What a claim may hold and this never computes."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Orders of one currency, counts and minor units, as of the end of the data.

    Args:
        n_orders, placed: All that was ordered.
        n_paid, paid: What was paid of it.
        n_refunded, refunded: Orders with money back, and all that was paid back, part refunds too.
        n_returned, returned: Orders given back in full by their buyers, and what they had cost.
        n_kept: Paid orders not given back in full.
        refunded_late, refunded_unsure: Of `refunded`: surely after the day of settlement; perhaps after it.
        lost_yet: What the merchant's own orders lead one to expect that will still come back; None: cannot be told.
        lost_by_settlement: The part of it that comes before the day of settlement is over, at most; 0 once it is over.
        n_without_amount: Orders whose price is unknown; they count as nothing.
    """

    n_orders: int = 0
    placed: int = 0
    n_paid: int = 0
    paid: int = 0
    n_refunded: int = 0
    refunded: int = 0
    n_returned: int = 0
    returned: int = 0
    n_kept: int = 0
    refunded_late: int = 0
    refunded_unsure: int = 0
    lost_yet: Fraction | None = Fraction(0)
    lost_by_settlement: Fraction | None = Fraction(0)
    n_without_amount: int = 0

    @property
    def kept(self) -> int:
        """What was paid and not paid back."""
        return self.paid - self.refunded


@dataclass(frozen=True, slots=True)
class Tally:
    """The orders in scope of a deal, counted.

    Args:
        total: All of them.
        barred: Those of `total` that came through a barred channel.
        as_of: End of the data.
        final_on: When the youngest paid order becomes final; None: all are.
        manufactured: Least and most of what is shown to be manufactured, minor units, both lower bounds (`at_least`,
            `share_low`); None: no estimate.
    """

    total: Sums
    as_of: datetime | None
    barred: Sums = field(default_factory=Sums)
    final_on: datetime | None = None
    manufactured: tuple[Fraction, Fraction] | None = None


@dataclass(frozen=True, slots=True)
class _Amount:
    """Now, and what it may become; `later` None: cannot be told."""

    now: Fraction
    later: Fraction | None

    @classmethod
    def fixed(cls, value: Fraction | int) -> "_Amount":
        return cls(Fraction(value), Fraction(value))


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of `money`."""

    line: str
    kind: Kind
    formula: str
    amount: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    basis: Basis = "counted"
    keys: tuple[str, ...] = ()
    value: Fraction | None = None
    n: int | None = None
    params: Mapping[str, object] = field(default_factory=dict)


def money(deal: Deal, tallies: Mapping[str, Tally]) -> pa.Table:
    """Return MONEY: every line that the deal's terms and the orders in scope give.

    Args:
        deal: The terms; a clause that is absent gives no line.
        tallies: By currency; none for the deal's own counts as no orders. Other currencies get their facts, no claim.

    Returns:
        Sorted by its key, about all rooms of the deal together (`ALL_ROOMS`); no two rows with the same line, basis and
        currency.
    """
    as_of = max((each.as_of for each in tallies.values() if each.as_of), default=None)
    own = tallies.get(deal.currency, Tally(Sums(), as_of))
    lines = list(_Claim(deal, own).lines())
    rows = [_row(each, deal, deal.currency, own) for each in lines]
    for currency in sorted(set(tallies) - {deal.currency}):
        facts = _Claim(deal, tallies[currency]).facts()
        rows += [_row(each, deal, currency, tallies[currency]) for each in facts]
    return build(MONEY, rows)


def _row(line: _Line, deal: Deal, currency: str, tally: Tally) -> dict[str, object]:
    sources = dict.fromkeys(deal.source_of(key) for key in line.keys)
    again = run_again(deal, tally.final_on)
    params = {
        "keys": [key for key in line.keys if getattr(deal, key) not in (None, ())],
        "as_of": tally.as_of and tally.as_of.astimezone(UTC).isoformat(),
        "run_again_on": again and again.isoformat(),
        **line.params,
    }  # fmt: skip
    return {
        "room_id": ALL_ROOMS, "clause": "; ".join(text for text in sources if text), "basis": line.basis,
        "amount_minor": _minor(line.amount), "low": _minor(line.low), "high": _minor(line.high), "currency": currency,
        "formula": line.formula, "place": LINES.index(line.line), "line": line.line, "kind": line.kind,
        "value": None if line.value is None else float(line.value), "n": line.n,
        "params": json.dumps({key: value for key, value in params.items() if value is not None}, sort_keys=True),
    }  # fmt: skip


def _minor(amount: Fraction | None) -> int | None:
    return None if amount is None else round(amount)  # half to even


@dataclass(frozen=True, slots=True)
class _Claim:
    """The lines of one deal and one tally."""

    deal: Deal
    tally: Tally

    @property
    def total(self) -> Sums:
        """All orders in scope."""
        return self.tally.total

    @property
    def kept(self) -> _Amount:
        """What is paid and not returned, whichever channel it came through."""
        return self.counted("kept", with_barred=True)

    def _words(self, minor: Fraction | int) -> str:
        return plain(round(minor), self.deal.currency)

    def lines(self) -> Iterator[_Line]:
        """Yield every line in the order of `LINES`."""
        yield from self.facts()
        yield from self._ratios()
        yield from self._parts()
        due = self._due()
        claims = [*self._dues(due), *self._fees(), *self._penalty()]
        yield from claims
        yield from _sums(claims)
        yield from self._check(due)

    def facts(self) -> Iterator[_Line]:
        """Yield shown, never paid, refunded and kept: the first is the sum of the others."""
        total = self.total
        unknown = {"n_without_amount": total.n_without_amount} if total.n_without_amount else {}
        yield replace(_fact("shown", total.placed, total.n_orders, "Σ a, O"), params=unknown)
        yield _fact("unpaid", total.placed - total.paid, total.n_orders - total.n_paid, "Σ a, U")
        lost = total.lost_yet
        more = None if lost is None else total.refunded + lost
        yield _fact("refunded", total.refunded, total.n_refunded, "Σ r, P", high=more)
        kept = Fraction(total.kept)
        yield _Line("kept", "fact", "Σ a - Σ r, P", kept, self.kept.later, kept, n=total.n_kept)

    def counted(self, base: str, *, with_barred: bool = False) -> _Amount:
        """Return what counts: all of it, less what barred channels brought as far as their remedy takes it out."""
        part = Fraction(0) if with_barred else self._taken_out
        total, barred = _base(self.total, base), _base(self.tally.barred, base)
        least = None if total.later is None or barred.later is None else total.later - part * barred.later
        return _Amount(total.now - part * barred.now, least)

    @property
    def _taken_out(self) -> Fraction:
        """Which part of an order from a barred channel does not count, 0 to 1."""
        if self.deal.channels_remedy == "exclude":
            return Fraction(1)
        return Fraction(self.deal.channels_discount_share or 0)

    def _ratios(self) -> Iterator[_Line]:
        fee, guarantee, placed = self.deal.slot_fee_minor, self.deal.guarantee_minor, self.total.placed
        if fee:
            yield self._ratio("slot_fee_return", self.kept, fee, placed, ("slot_fee_minor",))
        if guarantee and self.deal.guarantee_counts:
            counts = self.counted(self.deal.guarantee_counts)
            yield self._ratio("guarantee_reach", counts, guarantee, placed, ("guarantee_minor", "guarantee_counts"))

    def _ratio(self, line: str, amount: _Amount, of: int, shown: int, keys: tuple[str, ...]) -> _Line:
        params = {
            "shown": float(Fraction(shown, of)),
            "later": None if amount.later is None else float(amount.later / of),
        }
        formula = f"{self._words(amount.now)} / {self._words(of)}"
        return _Line(line, "ratio", formula, keys=keys, value=amount.now / of, params=params)

    def _parts(self) -> Iterator[_Line]:
        """Yield the two lines that are never one: real buyers from barred channels, and manufactured orders."""
        deal, barred = self.deal, self.tally.barred
        if deal.channels_barred:
            taken_out, remedy = float(self._taken_out), deal.channels_remedy
            params = {"channels": list(deal.channels_barred), "remedy": remedy, "taken_out": taken_out}
            keys = ("channels_barred", "channels_orders", "channels_remedy", "channels_discount_share")
            kept = Fraction(barred.kept)
            yield _Line(
                "channels_barred", "fact", "Σ a - Σ r", kept, kept, kept, keys=keys, n=barred.n_orders, params=params
            )
        low, high = (Fraction(0), Fraction(0)) if self.tally.manufactured is None else self._manufactured()
        if high:  # bounds of nothing say nothing
            yield _Line("manufactured", "fact", "Σ a × [at_least, share_low]", low, low, high, basis="estimated")

    def _manufactured(self) -> tuple[Fraction, Fraction]:
        """Return the least and most money of manufactured orders, never of those from barred channels as well."""
        assert self.tally.manufactured is not None
        room = Fraction(self.total.placed - self.tally.barred.placed)
        low, high = sorted(min(bound, room) for bound in self.tally.manufactured)
        return low, high

    def _due(self) -> _Amount:
        rate, base = self.deal.commission_share, self.deal.commission_base
        if rate is None or base is None:
            return _Amount.fixed(0)
        counts = self.counted(base)
        return _Amount(Fraction(rate) * counts.now, None if counts.later is None else Fraction(rate) * counts.later)

    def _dues(self, due: _Amount) -> Iterator[_Line]:
        deal = self.deal
        keys: tuple[str, ...] = ("commission_share", "commission_base")
        if deal.commission_share is None or deal.commission_base is None:
            return
        counts = self.counted(deal.commission_base)
        formula = f"{deal.commission_share:f} × {self._words(counts.now)}"
        yield _Line("commission_due", "due", formula, due.now, due.later, due.now, keys=keys, params={"payer": "brand"})
        left = self.kept.now - round(due.now)
        yield _Line(
            "left", "fact", f"{self._words(self.kept.now)} - {self._words(due.now)}", left, None, left, keys=keys
        )
        if deal.commission_paid_minor is not None:
            paid = deal.commission_paid_minor
            back = max(Fraction(paid - round(due.now)), Fraction(0))
            most = None if due.later is None else max(Fraction(paid - round(due.later)), back)
            formula = f"{self._words(paid)} - {self._words(due.now)}"
            keys = (*keys, "commission_paid_minor")
            yield _Line("commission_back", "claim", formula, back, back, most, keys=keys, params={"payer": "host"})

    def _fees(self) -> Iterator[_Line]:
        deal, fee, guarantee = self.deal, self.deal.slot_fee_minor, self.deal.guarantee_minor
        keys = ("guarantee_remedy", "guarantee_minor", "guarantee_counts", "slot_fee_minor")
        if fee and guarantee is None and self.total.placed > 0:
            yield self._fee_if(fee)
        if guarantee is None or deal.guarantee_counts is None or deal.guarantee_remedy is None:
            return
        counts = self.counted(deal.guarantee_counts)
        if deal.guarantee_remedy == "make_up":
            missing = _missing(counts, guarantee)
            formula = f"{self._words(guarantee)} - {self._words(counts.now)}"
            yield _Line("make_up", "goods", formula, missing.now, missing.now, missing.later, keys=keys)
        elif fee:
            back = _fee_back(deal.guarantee_remedy, fee, guarantee, counts)
            reach = f"{self._words(counts.now)} / {self._words(guarantee)}"
            pro_rata = f"{self._words(fee)} × max(0, 1 - {reach})"
            formula = pro_rata if deal.guarantee_remedy == "pro_rata" else f"{self._words(fee)}, {reach} < 1"
            yield _Line(
                "fee_back", "claim", formula, back.now, back.now, back.later, keys=keys, params={"payer": "host"}
            )

    def _fee_if(self, fee: int) -> _Line:
        """Return what a guarantee at the shown sales would give back, if there had been one."""
        shown = self.total.placed
        back = _fee_back("pro_rata", fee, shown, self.kept)
        formula = f"{self._words(fee)} × max(0, 1 - {self._words(self.kept.now)} / {self._words(shown)})"
        keys = ("slot_fee_minor",)
        return _Line("fee_back", "claim", formula, back.now, back.now, back.later, basis="only_if", keys=keys)

    def _penalty(self) -> Iterator[_Line]:
        deal, keys = self.deal, ("penalty_share", "penalty_base")
        if deal.penalty_share is None:
            return
        rate = Fraction(deal.penalty_share)
        params = {"payer": "host"}
        if deal.penalty_base == "manufactured":
            bounds = None if self.tally.manufactured is None else self._manufactured()
            low, high = (None, None) if bounds is None else (rate * bounds[0], rate * bounds[1])
            formula = f"{deal.penalty_share:f} × Σ a × [at_least, share_low]"
            yield _Line("penalty", "claim", formula, low, low, high, basis="estimated", keys=keys, params=params)
            return
        barred = self.tally.barred if self._taken_out else Sums()  # what a remedy took out is not lost twice
        returned = Fraction(self.total.returned - barred.returned)
        lost = None
        if self.total.lost_yet is not None and barred.lost_yet is not None:
            lost = self.total.lost_yet - barred.lost_yet
        high = None if lost is None else rate * (returned + lost)
        formula = f"{deal.penalty_share:f} × {self._words(returned)}"
        n = self.total.n_returned - barred.n_returned
        now = rate * returned
        yield _Line("penalty", "claim", formula, now, now, high, keys=keys, n=n, params=params)

    def _check(self, due: _Amount) -> Iterator[_Line]:
        fee = self.deal.slot_fee_minor
        if not fee:
            return
        cost = fee + round(due.now) - self.kept.now
        parts = (fee, due.now, self.kept.now)
        formula = "{} + {} - {}".format(*(self._words(part) for part in parts))
        keys = ("slot_fee_minor", "commission_share", "commission_base")
        yield _Line("check", "check", formula, cost, None, None, keys=keys)


def _fact(line: str, amount: int, n: int, formula: str, *, high: Fraction | int | None = -1) -> _Line:
    value = Fraction(amount)
    most = value if high == -1 else None if high is None else Fraction(high)
    return _Line(line, "fact", formula, value, value, most, n=n)


def _base(sums: Sums, name: str) -> _Amount:
    """Return the money of one of `deal.BASES`, and what it may fall to."""
    if name == "shown":
        return _Amount.fixed(sums.placed)
    if name == "paid":
        return _Amount.fixed(sums.paid)
    if name == "settled":
        least, lost = Fraction(sums.kept + sums.refunded_late), sums.lost_by_settlement
        return _Amount(least + sums.refunded_unsure, None if lost is None else least - lost)
    return _Amount(Fraction(sums.kept), None if sums.lost_yet is None else sums.kept - sums.lost_yet)


def _missing(counts: _Amount, guarantee: int) -> _Amount:
    later = None if counts.later is None else max(Fraction(0), guarantee - counts.later)
    return _Amount(max(Fraction(0), guarantee - counts.now), later)


def _fee_back(remedy: str, fee: int, guarantee: int, counts: _Amount) -> _Amount:
    """Return what comes back of the fee: never more than was paid, never less than nothing."""

    def back(reached: Fraction) -> Fraction:
        missing = min(max(Fraction(0), 1 - reached / guarantee), Fraction(1))
        return fee * (missing if remedy == "pro_rata" else Fraction(missing > 0))

    return _Amount(back(counts.now), None if counts.later is None else back(counts.later))


def _sums(claims: list[_Line]) -> Iterator[_Line]:
    """Yield one sum a basis, counted and estimated; what would be if is in no sum."""
    for basis in ("counted", "estimated"):
        parts = [each for each in claims if each.kind == "claim" and each.basis == basis and each.amount is not None]
        if not parts:
            continue
        amount = Fraction(sum(round(each.amount) for each in parts if each.amount is not None))
        highs = [each.high for each in parts]
        high = None if None in highs else Fraction(sum(round(each) for each in highs if each is not None))
        formula = " + ".join(each.line for each in parts)
        yield _Line("claimed", "sum", formula, amount, amount, high, basis=basis)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day that matters, and how many days after the end of the data it is (negative: before).

    Args:
        code: settlement, run_again (every order is final then), claim_until.
        day: In the contract's zone.
        days_left: From the end of the data.
    """

    code: Literal["settlement", "run_again", "claim_until"]
    day: date
    days_left: int


def run_again(deal: Deal, final_on: datetime | None) -> date | None:
    """Return the first whole day on which every order is final, in the contract's zone; None: all are."""
    return None if final_on is None else final_on.astimezone(deal.zone).date() + timedelta(days=1)


def deadlines(deal: Deal, as_of: datetime | None, final_on: datetime | None) -> tuple[Deadline, ...]:
    """Return the days that matter, by day; empty without data to count from.

    Args:
        deal: Its settlement and claim_until.
        as_of: End of the data.
        final_on: When the youngest paid order becomes final; None: all are.
    """
    if as_of is None:
        return ()
    today = as_of.astimezone(deal.zone).date()
    named: list[tuple[Literal["settlement", "run_again", "claim_until"], date | None]] = [
        ("settlement", deal.settlement), ("run_again", run_again(deal, final_on)), ("claim_until", deal.claim_until),
    ]  # fmt: skip
    days = [Deadline(code, day, (day - today).days) for code, day in named if day is not None]
    return tuple(sorted(days, key=lambda each: each.day))
