"""What honest people do in each world, counted from its events, and how far two worlds are apart in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.bench.quality.measures import F64
from truecrowd.bench.quality.seen import seconds
from truecrowd.bench.quality.truth import codes

Measure = Literal["ks", "js", "log_ratio"]
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Distance:
    """One quantity in all worlds.

    Args:
        name: Of the quantity.
        measure: `ks` (0 to 1), `js` (0 to 1, base 2) or `log_ratio` (|ln(a / b)|, 0 and more).
        values: A median, a share of the commonest, or a rate in each world, in order of the worlds.
        apart: By pair of worlds.
    """

    name: str
    measure: Measure
    values: tuple[float, ...]
    apart: dict[tuple[str, str], float]


def distances(events: Mapping[str, pa.Table]) -> tuple[Distance, ...]:
    """Return every quantity of SAMPLES, MIXES and RATES.

    Args:
        events: EVENTS of honest rooms by world.
    """
    found = [
        _compared(name, "ks", {w: take(e) for w, e in events.items()}, _median, ks) for name, take in SAMPLES.items()
    ]
    found += [
        _compared(name, "js", {w: take(e) for w, e in events.items()}, _largest, js) for name, take in MIXES.items()
    ]
    rates = {name: {w: np.array([rate(e)]) for w, e in events.items()} for name, rate in RATES.items()}
    found += [_compared(name, "log_ratio", of, _median, _log_ratio) for name, of in rates.items()]
    return tuple(found)


def _compared(
    name: str,
    measure: Measure,
    of: Mapping[str, F64],
    shown: Callable[[F64], float],
    apart: Callable[[F64, F64], float],
) -> Distance:
    pairs = {(a, b): apart(of[a], of[b]) for a, b in combinations(of, 2)}
    return Distance(name, measure, tuple(shown(each) for each in of.values()), pairs)


def ks(one: F64, other: F64) -> float:
    """Return the greatest distance of two empirical distribution functions, 0 to 1; NaN where one is empty.

    >>> ks(np.array([1.0, 2.0]), np.array([3.0, 4.0])), ks(np.array([1.0, 2.0]), np.array([2.0, 1.0]))
    (1.0, 0.0)
    """
    if not len(one) or not len(other):
        return float("nan")
    at = np.concatenate([one, other])
    below = [np.searchsorted(np.sort(each), at, side="right") / len(each) for each in (one, other)]
    return float(np.abs(below[0] - below[1]).max())


def js(one: F64, other: F64) -> float:
    """Return the Jensen-Shannon divergence of two distributions, base 2: 0 equal, 1 disjoint.

    Args:
        one: Weights, of the same order; a shorter one is filled up with nought.
        other: Likewise.

    >>> js(np.array([1.0, 0.0]), np.array([0.0, 1.0])), js(np.array([2.0, 2.0]), np.array([1.0, 1.0]))
    (1.0, 0.0)
    """
    n = max(len(one), len(other))
    p, q = (np.pad(each, (0, n - len(each))) / max(each.sum(), 1e-300) for each in (one, other))
    middle = (p + q) / 2.0
    terms = [
        np.where(each > 0.0, each * np.log2(np.where(each > 0.0, each, 1.0) / np.where(middle > 0.0, middle, 1.0)), 0.0)
        for each in (p, q)
    ]
    return float(max((terms[0].sum() + terms[1].sum()) / 2.0, 0.0))


def _log_ratio(one: F64, other: F64) -> float:
    a, b = float(one[0]), float(other[0])
    return abs(float(np.log(a / b))) if a > 0.0 and b > 0.0 else float("nan")


def _median(values: F64) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _largest(weights: F64) -> float:
    return float(weights.max() / weights.sum()) if weights.sum() else float("nan")


def only(events: pa.Table, kind: str) -> pa.Table:
    """Return the events of one type."""
    return events.filter(pc.equal(events["event_type"].cast(pa.string()), kind))


def _stays(events: pa.Table) -> F64:
    moves = events.filter(pc.is_in(events["event_type"].cast(pa.string()), value_set=pa.array(["join", "leave"])))
    at_s, is_leave = (
        seconds(moves["ts"]),
        np.asarray(pc.equal(moves["event_type"].cast(pa.string()), "leave").to_numpy(), bool),
    )
    who = codes(pc.binary_join_element_wise(moves["room_id"], moves["account_id"], "/"))
    order = np.lexsort((at_s, who))
    follows = (np.diff(who[order]) == 0) & ~is_leave[order][:-1] & is_leave[order][1:]
    return np.asarray(np.diff(at_s[order])[follows], np.float64)


def _gaps(events: pa.Table) -> F64:
    talk = only(events, "comment")
    at_s, who = seconds(talk["ts"]), codes(talk["account_id"])
    order = np.lexsort((at_s, who))
    return np.asarray(np.diff(at_s[order])[np.diff(who[order]) == 0], np.float64)


def _counts(column: pa.ChunkedArray) -> F64:
    place = codes(column)
    return np.bincount(place[place >= 0]).astype(np.float64)


def _ranked(column: str, kind: str = "join") -> Callable[[pa.Table], F64]:
    """Weights by rank: names differ from world to world, the shape of the mix is what can be compared."""
    return lambda events: np.sort(_counts(only(events, kind)[column].cast(pa.string())))[::-1]


def _of_types(events: pa.Table) -> F64:
    from truecrowd.schema import EVENT_TYPES

    kinds = events["event_type"].cast(pa.string())
    return np.array([pc.sum(pc.equal(kinds, kind)).as_py() or 0 for kind in EVENT_TYPES], np.float64)


def _sources(events: pa.Table) -> F64:
    source = only(events, "join")["traffic_source"].cast(pa.string())
    names = ("follow", "recommend", "search", "share", "paid", "raid", "external")
    return np.array([pc.sum(pc.equal(source, name)).as_py() or 0 for name in names], np.float64)


def _per_address(events: pa.Table) -> F64:
    """Return how many addresses serve 1, 2, 3, ... accounts, 20 and more together."""
    joins = only(events, "join")
    pairs = joins.select(["ip", "account_id"]).group_by(["ip", "account_id"]).aggregate([])
    counts = _counts(pairs["ip"].cast(pa.string())).astype(np.int64)
    return np.bincount(np.minimum(counts, 20), minlength=21)[1:].astype(np.float64)


def _ages(events: pa.Table) -> F64:
    joins = only(events, "join")
    known = joins.filter(pc.is_valid(joins["account_created_at"]))
    return np.asarray((seconds(known["ts"]) - seconds(known["account_created_at"])) / _DAY_S, np.float64)


def _after(first: str, then: str) -> Callable[[pa.Table], F64]:
    """Seconds between two events of one order."""

    def taken(events: pa.Table) -> F64:
        one, other = only(events, first), only(events, then)
        place = pc.index_in(other["order_id"], value_set=one["order_id"].combine_chunks())
        found = np.asarray(pc.fill_null(place, -1).to_numpy(), np.int64)
        start = np.append(seconds(one["ts"]), np.nan)[found]
        wait = seconds(other["ts"]) - start
        return np.asarray(wait[~np.isnan(wait)], np.float64)

    return taken


def _prices(events: pa.Table) -> F64:
    orders = only(events, "order")
    amount, quantity = (
        pc.fill_null(orders[name].cast(pa.float64()), np.nan).to_numpy() for name in ("amount_minor", "quantity")
    )
    price = amount / quantity / 100.0
    return np.asarray(price[~np.isnan(price)], np.float64)


def _values(kind: str) -> Callable[[pa.Table], F64]:
    return lambda events: np.asarray(only(events, kind)["value"].drop_null().to_numpy(), np.float64)


def _lengths(events: pa.Table) -> F64:
    return np.asarray(pc.utf8_length(only(events, "comment")["text"].drop_null()).to_numpy(), np.float64)


def _per(kind: str, of: str = "join") -> Callable[[pa.Table], float]:
    return lambda events: only(events, kind).num_rows / max(only(events, of).num_rows, 1)


def _commenters(events: pa.Table) -> float:
    talkers, viewers = (len(only(events, kind)["account_id"].unique()) for kind in ("comment", "join"))
    return talkers / max(viewers, 1)


def _young(events: pa.Table) -> float:
    ages = _ages(events)
    return float((ages <= 3.0).mean()) if len(ages) else float("nan")


def _shares_address(events: pa.Table) -> float:
    counts = _per_address(events)
    people = counts * np.arange(1, len(counts) + 1)
    return float(people[1:].sum() / max(people.sum(), 1.0))


SAMPLES: Final[dict[str, Callable[[pa.Table], F64]]] = {
    "stay_s": _stays,
    "same_account_gap_s": _gaps,
    "comments_per_talker": lambda events: _counts(only(events, "comment")["account_id"]),
    "line_length": _lengths,
    "taps_per_streak": _values("like"),
    "account_age_days": _ages,
    "price_yuan": _prices,
    "order_to_payment_s": _after("order", "payment"),
    "payment_to_ship_s": _after("payment", "ship"),
    "order_to_refund_s": _after("order", "refund"),
}
"""Quantities with a distribution; compared by Kolmogorov and Smirnov's distance, shown by their median."""
MIXES: Final[dict[str, Callable[[pa.Table], F64]]] = {
    "event_types": _of_types,
    "traffic_sources": _sources,
    "regions_by_rank": _ranked("region"),
    "phones_by_rank": _ranked("device_model"),
    "apps_by_rank": _ranked("app_version"),
    "operators_by_rank": _ranked("asn"),
    "lines_by_rank": _ranked("text", "comment"),
    "accounts_per_address": _per_address,
}
"""Mixes; compared by Jensen and Shannon's divergence, shown by the part of the commonest."""
RATES: Final[dict[str, Callable[[pa.Table], float]]] = {
    "talkers_per_viewer": _commenters,
    "likes_per_join": _per("like"),
    "follows_per_join": _per("follow"),
    "badges_per_join": _per("light_badge"),
    "clicks_per_join": _per("product_click"),
    "orders_per_click": _per("order", "product_click"),
    "cancels_per_order": _per("cancel", "order"),
    "refunds_per_payment": _per("refund", "payment"),
    "reviews_per_delivery": _per("review", "deliver"),
    "accounts_young": _young,
    "accounts_sharing_address": _shares_address,
}
"""Rates; compared by the logarithm of their ratio."""
