"""The brand's look at the orders of a run: figures, KPIs, answers and lower bounds, as tables of the contract.

A pure function of the closed rooms, the contract and the seed. Rooms without an order are left out where no contract
names them; with one, a window without an order says "no orders".
"""

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.brand import bounds as b
from truecrowd.brand.answers import Case, answer_rows
from truecrowd.brand.buyers import rarefied
from truecrowd.brand.catalogue import ALL_ROOMS, MEASURES, MIN_ORDERS, SUBSETS
from truecrowd.brand.deal import Deal
from truecrowd.brand.figures import Cell, Scene, by_state, concentrations, figures, refunds, returns
from truecrowd.brand.hours import Span, densest_hours
from truecrowd.brand.kpis import audience_of, cleared, sales, terms, viewing
from truecrowd.brand.orders import DEFAULT_CURRENCY, REFUND_WINDOW_D, Orders, orders_of
from truecrowd.brand.ordinary import any_of, ordinary
from truecrowd.brand.reach import reach, returns_curve, yet_to_return
from truecrowd.brand.scope import in_scope, products_of
from truecrowd.brand.sessions import Scope, Session, scope_of
from truecrowd.brand.survival import Curve
from truecrowd.brand.tallies import barred
from truecrowd.features.facts import Facts
from truecrowd.features.view import NULL, TYPE_CODES
from truecrowd.schema import ANSWERS, KPIS, build

OWN_ROOMS: Final = 10
"""Other rooms of the merchant from which a percentile is given (brand-audit.md 4)."""

_OF_ALL: Final = frozenset({
    "guarantee_reach", "guarantee_reach_shown", "slot_fee_return", "slot_fee_return_shown", "ad_return", "ad_return_shown",
    "cost_per_kept_order", "orders_shown", "gmv_shown", "gpm",
})  # fmt: skip
"""Measures that rest on a sum of the whole contract: no room has a part of it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`at_least` of one room: the milder reading, on all orders or without those that have an ordinary reason.

    Args:
        excess: Bound (a).
        repeats: Bound (b).
        money: The larger of the two in money, 0 to 1; NaN where there is none, or over several currencies.
        chance: The larger `p_value` of figure 2 over the subsets; NaN without one.
    """

    excess: b.Bound
    repeats: b.Bound
    money: float
    chance: float = math.nan

    @property
    def at_least(self) -> float:
        """The larger of the two, NaN where neither could be taken."""
        return float(np.fmax(self.excess.value, self.repeats.value))


@dataclass(frozen=True, slots=True)
class Brand:
    """What the brand's look gives.

    Args:
        orders: All orders of the deal's products.
        in_scope: Shape (orders,), bool: what the deal is about.
        lost_yet: Shape (orders,): how likely each still comes back; NaN where nobody can tell.
        kpis, answers: Tables of the contract.
        bounds: By room id, of the rooms in scope that have orders.
        scope: All sessions.
        proposed: By room id, hours in which its orders stand thick, where nobody knows when it was on air.
    """

    orders: Orders
    in_scope: np.ndarray
    lost_yet: np.ndarray
    kpis: pa.Table
    answers: pa.Table
    bounds: Mapping[str, Bounds]
    scope: Scope
    proposed: Mapping[str, tuple[Span, ...]]


def look(
    facts: Facts, deal: Deal | None, *, seed: int, shares: Mapping[str, Mapping[str, float | None]], as_of_us: int = NULL,
) -> Brand:  # fmt: skip
    """Return the figures of every room in scope.

    Args:
        facts: Facts of the closed rooms, with lines and steps of orders.
        deal: The contract, None without one.
        seed: Of shuffles, draws and bootstrap; the same one gives the same tables.
        shares: By room id, "share", "share_low", "share_high", "at_least" of its gmv.
        as_of_us: When the data was exported, where that is known to be later than its last step of an order.
    """
    window = deal.refund_window_d if deal else REFUND_WINDOW_D
    products = products_of(facts, deal) if deal else None
    orders = orders_of(facts.lines, facts.steps, facts, products=products, refund_window_d=window, as_of_us=as_of_us)
    return _Look(orders, facts, deal, scope_of(orders, facts, deal), seed, shares, window).brand()


@dataclass(frozen=True, slots=True)
class _Parts:
    """One session's orders and its figures as a baseline, with and without ordinary orders."""

    orders: Mapping[str, Orders]
    points: Mapping[str, Mapping[tuple[str, str], float]]
    baselines: Mapping[str, b.Baseline]
    found: Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class _Look:
    orders: Orders
    facts: Facts
    deal: Deal | None
    scope: Scope
    seed: int
    shares: Mapping[str, Mapping[str, float | None]]
    window: int
    curves: dict[frozenset[int], Curve | None] = field(default_factory=dict)

    def brand(self) -> Brand:
        """Return the whole look."""
        judged = [one for one in self.scope.judged if self.deal is not None or len(one.places)]
        baseline = {id(one) for session in judged for one in self.scope.others_of(session)}
        parts = {id(one): self._parts(one, is_baseline=id(one) in baseline) for one in self.scope.sessions}
        rows: list[dict[str, object]] = []
        answers: list[dict[str, object]] = []
        found: dict[str, Bounds] = {}
        for session in judged:
            others = [one for one in self.scope.others_of(session) if one is not session]
            here = [parts[id(one)] for one in others]
            bounds = self._bounds(parts[id(session)], here, session)
            own = [*self._rows(session, parts[id(session)].orders, here, others, bounds)]
            rows += own
            if len(session.places):
                found[session.room_id] = replace(bounds, chance=_chance(own))
                answers += self._answers(session, parts[id(session)], here, found[session.room_id])
        if self.deal is not None and len(judged) > 1:
            rows += self._whole(judged, parts)
        is_in = in_scope(self.orders, self.facts, self.deal) if self.deal else np.ones(len(self.orders), np.bool_)
        return Brand(
            self.orders,
            is_in,
            self._lost_yet(judged),
            build(KPIS, rows),
            build(ANSWERS, answers),
            found,
            self.scope,
            self._proposed(judged),
        )

    def _proposed(self, judged: Sequence[Session]) -> Mapping[str, tuple[Span, ...]]:
        unknown = [one for one in judged if one.end is None and not one.has_audience]
        spans = {one.room_id: densest_hours(self.orders.placed[one.places]) for one in unknown}
        return {room: found for room, found in spans.items() if found}

    def _parts(self, session: Session, *, is_baseline: bool) -> _Parts:
        orders = self.orders.take(session.places)
        found = ordinary(orders)
        subsets = {"all": orders, "without_ordinary": orders.take(~any_of(found))}
        points: dict[str, dict[tuple[str, str], float]] = {name: {} for name in subsets}
        if is_baseline:
            for name, part in subsets.items():
                cells = _subset_cells(replace(self._scene(session, part, name), is_whole=False), name)
                points[name] = {(cell.measure, cell.currency): cell.value for cell in cells if cell.n >= MIN_ORDERS}
        baselines = {name: b.baseline_of(part) for name, part in subsets.items()} if is_baseline else {}
        return _Parts(subsets, points, baselines, found)

    def _scene(self, session: Session, orders: Orders, subset: str) -> Scene:
        names = dict(enumerate(self.facts.names["currency"].to_pylist())) | {
            -1: self.deal.currency if self.deal else DEFAULT_CURRENCY
        }
        return Scene(
            orders, session, self.deal, names, self._has_refunds(session), self._rng(session.room_id, subset),
            n_rooms=len(self.scope.judged),
        )  # fmt: skip

    def _has_refunds(self, session: Session) -> bool:
        """Say whether refunds or cancellations of this merchant are on record anywhere."""
        held = self.facts.n[:, [TYPE_CODES["refund"], TYPE_CODES["cancel"]]].sum(axis=1) > 0
        house = self.facts.parties["merchant_id"].astype(np.int64) + 1
        return bool(held[house == session.house].any())

    def _rng(self, *names: str) -> np.random.Generator:
        key = hashlib.blake2b("/".join([str(self.seed), *names]).encode(), digest_size=8).digest()
        return np.random.default_rng(int.from_bytes(key, "big"))

    def _bounds(self, part: _Parts, others: Sequence[_Parts], session: Session) -> Bounds:
        has = self._has_refunds(session)
        pairs = []
        for name in SUBSETS:
            mine, theirs = part.orders[name], [one.baselines[name] for one in others]
            pairs.append((b.excess(mine, theirs, has_refunds=has), b.repeats(mine, theirs, has_refunds=has)))
        (excess, repeats), (other_excess, other_repeats) = pairs
        money = [b.in_money(part.orders[name], *pair) for name, pair in zip(SUBSETS, pairs, strict=True)]
        return Bounds(
            b.milder(excess, other_excess), b.milder(repeats, other_repeats), float(np.fmin(money[0], money[1]))
        )

    def _rows(
        self, session: Session, subsets: Mapping[str, Orders], others: Sequence[_Parts], rooms: Sequence[Session],
        bounds: Bounds,
    ) -> Iterator[dict[str, object]]:  # fmt: skip
        reference = _reference(self.orders, rooms)
        for subset, orders in subsets.items():
            scene = self._scene(session, orders, subset)
            cells = [*_subset_cells(scene, subset)]
            if subset == "all":
                cells += self._more(scene, [session], _bound_cells(bounds))
            drawn = self._drawn(session, orders, [one.orders[subset] for one in others], subset)
            points = [one.points[subset] for one in others]
            is_part = self.deal is not None and len(self.scope.judged) > 1
            for cell in cells:
                shown = Cell(cell.measure, state="all_rooms", n=cell.n) if is_part and cell.measure in _OF_ALL else cell
                yield _row(session.room_id, subset, shown, orders) | _held_against(shown, points, drawn, reference)

    def _more(self, scene: Scene, sessions: Sequence[Session], bounds: Iterable[Cell]) -> Iterator[Cell]:
        """Yield what is counted on all orders alone: KPIs, the guarantee, lower bounds."""
        yield from sales(scene)
        yield from reach(scene, self._curve(sessions), self._counts(scene.orders))
        yield from viewing(scene, audience_of(self.facts, [one.code for one in sessions if one.code >= 0]))
        yield from terms(scene)
        yield from bounds
        yield from cleared(scene, self.shares.get(sessions[0].room_id, {}) if len(sessions) == 1 else {})

    def _counts(self, orders: Orders) -> np.ndarray:
        """Return which part of each order counts towards the guarantee: less where its channel is barred."""
        if self.deal is None or not self.deal.channels_barred:
            return np.ones(len(orders))
        part = 1.0 if self.deal.channels_remedy == "exclude" else float(self.deal.channels_discount_share or 0)
        return np.where(barred(orders, self.deal, self.facts), 1.0 - part, 1.0)

    def _curve(self, sessions: Sequence[Session]) -> Curve | None:
        """Return R(x) of the merchant's rooms that are not the contract's; of all of them where these say nothing."""
        houses = frozenset(one.house for one in sessions)
        if houses not in self.curves:
            own = [one for one in self.scope.sessions if one.house in houses and one.is_room]
            groups = ([one for one in own if not one.is_in_scope], own)
            found = (
                returns_curve(self.orders.take(_joined(one.places for one in group)), self.window) for group in groups
            )
            self.curves[houses] = next((one for one in found if one is not None), None)
        return self.curves[houses]

    def _lost_yet(self, judged: Sequence[Session]) -> np.ndarray:
        chance = yet_to_return(self.orders, self._curve(judged), self.window)
        return np.full(len(self.orders), np.nan) if chance is None else chance

    def _drawn(
        self, session: Session, orders: Orders, others: Sequence[Orders], subset: str
    ) -> Mapping[str, np.ndarray]:
        """Return by measure of figure 3 what as many orders drawn from the other rooms show."""
        out: dict[str, np.ndarray] = {}
        if subset != "all":
            return out
        for name in ("placed", "paid") if len(self.scope.judged) <= OWN_ROOMS else ("placed",):
            mine, pool = (
                [one.buyer[(one.buyer >= 0) & (one.is_paid | (name == "placed"))] for one in group]
                for group in ([orders], others)
            )
            n, every = len(mine[0]), _joined(pool)
            if MIN_ORDERS <= n <= len(every):
                draws = rarefied(every, n, self._rng(session.room_id, subset, name), n_rooms=len(self.scope.judged))
                out |= {f"{kind}_{name}": values for kind, values in draws.items()}
        return out

    def _answers(
        self, session: Session, part: _Parts, others: Sequence[_Parts], bounds: Bounds
    ) -> Iterator[dict[str, object]]:
        is_beyond = None if bounds.excess.state else bounds.excess.value > 0.0
        off = [one.places for one in self.scope.sessions if not one.is_room and one.house == session.house]
        reasons = self.facts.has_column("text", ("cancel", "refund"))
        house = self.facts.parties["merchant_id"].astype(np.int64) + 1
        case = Case(
            part.orders["all"], session.code, [one.orders["all"] for one in others], self.orders.take(_joined(off)),
            self.facts, self.deal, bounds.chance, is_beyond, part.found,
            bool(reasons[house == session.house].any()),
        )  # fmt: skip
        yield from answer_rows(case, session.room_id)

    def _whole(self, judged: Sequence[Session], parts: Mapping[int, _Parts]) -> Iterator[dict[str, object]]:
        """Yield rows about all rooms of the contract together."""
        session = Session(
            room_id=ALL_ROOMS, code=-1, house=max(one.house for one in judged), places=np.unique(_joined([one.places for one in judged])),
            start=None, end=None, slot=tuple(sorted({span for one in judged for span in one.slot})), is_in_scope=True,
            is_room=True, has_audience=any(one.has_audience for one in judged),
        )  # fmt: skip
        orders = self.orders.take(session.places)
        found = ordinary(orders)
        whole = _Parts({"all": orders, "without_ordinary": orders.take(~any_of(found))}, {}, {}, found)
        bounds = self._bounds(whole, [parts[id(one)] for one in self.scope.others_of(judged[0])], judged[0])
        for subset, part in whole.orders.items():
            scene = self._scene(session, part, subset)
            cells = [*_subset_cells(scene, subset)]
            if subset == "all":
                cells += self._more(scene, judged, _bound_cells(bounds))
            for cell in cells:
                by_room = cell.state == "no_broadcast"
                yield _row(ALL_ROOMS, subset, replace(cell, state="by_room") if by_room else cell, part)


def _subset_cells(scene: Scene, subset: str) -> Iterator[Cell]:
    """Yield the figures that are counted on a subset: all of them on all orders, 1 to 3 without the ordinary ones."""
    if subset == "all":
        yield from figures(scene)
        return
    for figure in (refunds, by_state, returns, concentrations):
        yield from figure(scene)


def _bound_cells(bounds: Bounds) -> Iterator[Cell]:
    for name, bound in (("at_least_excess", bounds.excess), ("at_least_repeats", bounds.repeats)):
        yield Cell(name, bound.value, numerator=bound.k, denominator=bound.n, n=bound.n, state=bound.state)


def _chance(rows: Sequence[Mapping[str, object]]) -> float:
    """Return the larger chance of figure 2 over the subsets of one session; NaN without one."""
    values = [row["p_value"] for row in rows if row["measure"] == "returned_per_returning_buyer"]
    known = [float(str(value)) for value in values if value is not None]
    return max(known) if len(known) == len(SUBSETS) else math.nan


def _joined(places: Iterable[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.int64), *places]).astype(np.int64)


def _row(room: str, subset: str, cell: Cell, orders: Orders) -> dict[str, object]:
    about = MEASURES[cell.measure]
    as_of = int(orders.as_of.max()) if len(orders) else None
    return {
        "room_id": room, "measure": cell.measure, "zh": about.zh, "formula": about.formula, "figure": about.figure,
        "unit": about.unit, "basis": about.basis, "subset": subset, "currency": cell.currency or None,
        "numerator": _number(cell.numerator), "denominator": _number(cell.denominator), "value": _number(cell.value),
        "low": _number(cell.low), "high": _number(cell.high), "n": cell.n, "as_of": as_of, "state": cell.state or None,
        "p_value": _number(cell.p_value),
    }  # fmt: skip


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 9)


def _held_against(
    cell: Cell, points: Sequence[Mapping[tuple[str, str], float]], drawn: Mapping[str, np.ndarray], reference: str | None
) -> dict[str, object]:  # fmt: skip
    """Return where a value lies among the merchant's other rooms."""
    if math.isnan(cell.value):
        return {}
    known = [one[cell.measure, cell.currency] for one in points if (cell.measure, cell.currency) in one]
    values = np.array([value for value in known if not math.isnan(value)])
    draws = drawn.get(cell.measure)
    if draws is not None:
        low, high = np.quantile(draws, (0.025, 0.975)).tolist()
        as_much = draws <= cell.value if cell.measure.startswith("effective") else draws >= cell.value
        p = (1 + int(as_much.sum())) / (1 + len(draws))
        return {
            "others_low": round(low, 9),
            "others_high": round(high, 9),
            "n_others": len(points),
            "reference": reference,
            "p_value": round(p, 9),
        }
    if not len(values) or MEASURES[cell.measure].figure == 3:
        return {}
    out: dict[str, object] = {
        "others_low": round(float(values.min()), 9), "others_high": round(float(values.max()), 9),
        "n_others": len(values), "reference": reference,
    }  # fmt: skip
    if len(values) >= OWN_ROOMS:
        out["percentile"] = round(float((values <= cell.value).mean()), 9)
    return out


def _reference(orders: Orders, rooms: Sequence[Session]) -> str | None:
    """Return the name of a baseline: how many rooms of the merchant, and from which day to which."""
    placed = orders.placed[_joined(one.places for one in rooms)]
    if not len(placed):
        return None
    first, last = (datetime.fromtimestamp(int(ts) / 1e6, UTC).date().isoformat() for ts in (placed.min(), placed.max()))
    return f"own rooms: {len(rooms)}, {first} to {last}"
