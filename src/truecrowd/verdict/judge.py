"""The verdict stage: from scores, findings and coverage to verdicts and shares.

Silent scores count, not only findings. Within a family a small trained model, across families a sum with caps; the
sum is held against a stored reference of honest rooms. Arithmetic on complete records stands outside the sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector
from truecrowd.features.facts import Facts
from truecrowd.fleets import Fleets
from truecrowd.reference import Reference
from truecrowd.schema import ALARMS, SHARES, TIMELINE, VERDICTS, build, ordered
from truecrowd.verdict import accounts as of_accounts
from truecrowd.verdict import roomwise
from truecrowd.verdict.accounts import Subjects, concluded
from truecrowd.verdict.alarms import Alarm
from truecrowd.verdict.counts import share_rows
from truecrowd.verdict.features import Examined, Features, features_of, with_fleets
from truecrowd.verdict.fleetwise import fleet_rows
from truecrowd.verdict.fusion import Fused, Model
from truecrowd.verdict.inroom import in_room
from truecrowd.verdict.levels import ORDER, WATCH, probability
from truecrowd.verdict.mixture import priors
from truecrowd.verdict.rooms import cells_of, room_features, size_of
from truecrowd.verdict.schemes import SEEN_BY
from truecrowd.verdict.shares import N_GROUPS, Shares, at_least, estimated, group_of, weights_of, within
from truecrowd.verdict.signs import signs_of, subject_rows
from truecrowd.verdict.timeline import timeline_rows

ESTIMATED = ("viewers", "viewer_minutes", "comments", "likes", "popups", "orders", "gmv")
"""Measures whose share is estimated; reviews are not: they come when the room is long closed, by accounts not seen."""
PLAIN = (0.05, 0.5, 0.0, 0.05, 0.5, 0.0)
"""Widening of a model that has none."""
SELLING = frozenset({"orders", "gmv"})


@dataclass(frozen=True, slots=True)
class Weighed:
    """Everything weighed, before rows are made of it; training and the reference start here too.

    Args:
        accounts, orders: What was said of them and what it amounts to.
        priors: Of accounts and of orders, shape (n,) each: the share among their like in their room.
        rooms: Features of the rooms.
        fused: By scheme, nats of the rooms.
        size: Shape (rooms,), viewers.
    """

    accounts: tuple[Features, Fused]
    orders: tuple[Features, Fused]
    priors: tuple[np.ndarray, np.ndarray]
    rooms: Features
    fused: dict[str, Fused]
    size: np.ndarray


@dataclass(frozen=True, slots=True)
class Judged:
    """Tables of the verdict stage."""

    verdicts: pa.Table
    shares: pa.Table
    timeline: pa.Table
    alarms: pa.Table


def weigh(seen: Sequence[Examined], facts: Facts, fleets: Fleets, model: Model) -> Weighed:
    """Return the nats of all accounts, orders and rooms."""
    group = group_of(facts.people)
    features, fused = model.fused(with_fleets(features_of("account", seen, facts), fleets))
    accounts = features, in_room(features, fused, group, facts.n_rooms, N_GROUPS, model.habits.get("account"))
    orders = model.fused(features_of("order", seen, facts))
    rooms = room_features(seen, facts, accounts, orders)
    among = (
        priors(features.room, group, accounts[1].total, facts.n_rooms, N_GROUPS),
        priors(orders[0].room, np.zeros(len(orders[0]), np.int64), orders[1].total, facts.n_rooms, 1),
    )
    return Weighed(accounts, orders, among, rooms, roomwise.fused_rooms(rooms, model.fusions), size_of(facts))


def judge(
    seen: Sequence[Examined], scores: pa.Table, findings: pa.Table, facts: Facts, fleets: Fleets, *, model: Model,
    reference: Reference | None, raised: Sequence[Alarm] = (),
) -> Judged:  # fmt: skip
    """Return verdicts, shares, timeline and alarms.

    Args:
        seen: Detectors, where they looked, and what they saw, in codes.
        scores: SCORES.
        findings: FINDINGS.
        facts: Facts of the closed rooms.
        fleets: Accounts that act as one: evidence of family L.
        model: The trained fusion.
        reference: Honest rooms; None: nothing to hold a room against.
        raised: Alarms, as they were raised while the rows came.
    """
    weighed = weigh(seen, facts, fleets, model)
    shares = {measure: _share(measure, weighed, facts, model) for measure in ESTIMATED}
    lower = at_least(cells_of(seen, facts.n_rooms), reference.edges if reference else {}, facts.n_rooms)
    accounts, orders = (
        concluded(features, fused, prior, of_accounts.found_in(features, seen))
        for (features, fused), prior in zip((weighed.accounts, weighed.orders), weighed.priors, strict=True)
    )
    bounded = {measure: within(one, lower if measure == "viewers" else None) for measure, one in shares.items()}
    verdicts = _verdicts(
        seen,
        scores,
        findings,
        facts,
        weighed,
        accounts,
        orders,
        _products(seen, facts, model),
        bounded["viewers"],
        lower,
        reference,
    )
    named = fleet_rows(fleets, accounts, findings, reference.name if reference else None)
    verdicts = pa.concat_tables([verdicts, build(VERDICTS, named)])
    return Judged(
        verdicts=ordered(verdicts, VERDICTS),
        shares=build(SHARES, _share_rows(facts, bounded, lower)),
        timeline=ordered(timeline_rows(facts, findings, _looked(seen, facts), fleets), TIMELINE),
        alarms=_alarm_rows(facts, raised),
    )


def _share(measure: str, weighed: Weighed, facts: Facts, model: Model) -> Shares:
    sells = measure in SELLING
    features, fused = weighed.orders if sells else weighed.accounts
    weight = weights_of(measure, facts)
    found = estimated(features, fused, weighed.priors[sells], weight, facts.n_rooms)
    return found.within(model.widening.get(measure, PLAIN))


def _verdicts(
    seen: Sequence[Examined], scores: pa.Table, findings: pa.Table, facts: Facts, weighed: Weighed, accounts: Subjects,
    orders: Subjects, likely: dict[tuple[str, str], float], viewers: Shares, lower: np.ndarray, reference: Reference | None,
) -> pa.Table:  # fmt: skip
    by_name: dict[str, Detector] = {detector.name: detector for detector, *_ in seen}
    signs = signs_of(findings, by_name)
    looked = roomwise.families_of(seen, facts.n_rooms)
    rooms = roomwise.conclude(weighed.rooms, weighed.fused, weighed.size, lower, reference, looked)
    name = reference.name if reference else None
    whole = {"share": viewers.share, "share_low": viewers.low, "share_high": viewers.high, "at_least": lower}
    rows = roomwise.rows_of(rooms, signs, facts, accounts, looked, weighed.size, whole, name)
    loud = {row["room_id"] for row in rows if row["scheme"] == "any" and ORDER.index(str(row["level"])) >= WATCH}
    is_quiet = np.array([room not in loud for room in facts.names["room_id"].to_pylist()], np.bool_)
    accounts, orders = (of_accounts.in_light_of(one, is_quiet) for one in (accounts, orders))
    return pa.concat_tables([
        build(VERDICTS, rows + subject_rows(scores, signs, by_name, likely)),
        of_accounts.rows_of(accounts, facts, facts.people["n"], name), of_accounts.staff_rows(facts),
        of_accounts.rows_of(orders, facts, np.ones(len(orders.p), np.int64), name),
        of_accounts.named_rows(accounts, facts, SEEN_BY, name), of_accounts.named_rows(orders, facts, SEEN_BY, name),
    ])  # fmt: skip


def _products(seen: Sequence[Examined], facts: Facts, model: Model) -> dict[tuple[str, str], float]:
    """Return by room and product the probability that its scores amount to; an offer is honest 19 times out of 20."""
    features, fused = model.fused(features_of("product", seen, facts))
    names = (
        facts.names["room_id"].take(pa.array(features.room)),
        facts.names["product_id"].take(pa.array(features.subject)),
    )
    pairs = zip(*(column.to_pylist() for column in names), strict=True)
    return dict(zip(pairs, probability(fused.total).round(6).tolist(), strict=True))


def _share_rows(facts: Facts, shares: dict[str, Shares], lower: np.ndarray) -> list[dict[str, object]]:
    rooms = {room: code for code, room in enumerate(facts.names["room_id"].to_pylist())}
    rows = share_rows(facts)
    for row in rows:
        code, measure = rooms[row["room_id"]], row["measure"]
        if measure in shares and row["shown"]:
            one = shares[measure]
            row |= {"share": _number(one.share[code]), "share_low": _number(one.low[code])}
            row["share_high"] = _number(one.high[code])
        if measure == "viewers" and row["shown"]:
            row["at_least"] = _number(lower[code])
    return rows


def _alarm_rows(facts: Facts, raised: Sequence[Alarm]) -> pa.Table:
    rooms = facts.names["room_id"].to_pylist()
    rows = [
        {"room_id": rooms[one.room], "scheme": one.scheme, "ts": one.ts, "score": round(one.e_value, 3)}
        for one in raised
    ]
    return build(ALARMS, rows)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _looked(seen: Sequence[Examined], facts: Facts) -> frozenset[str]:
    any_looked = np.zeros(facts.n_rooms, np.bool_)
    for _, look, _said in seen:
        any_looked |= look.looks
    return frozenset(room for room, has in zip(facts.names["room_id"].to_pylist(), any_looked, strict=True) if has)
