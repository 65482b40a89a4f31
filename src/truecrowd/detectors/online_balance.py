"""Shown viewers against arrivals and departures: a number that steps up without anybody coming.

Platforms show multiples of what is there, ranks, or indexes, each by its own habit; so the level is never tested, only
a change of the ratio: who comes and goes moves the true count as well, a forged number moves alone. Judged by the
sharpest lasting step of shown / (joins - leaves) against all that the room showed before, noise of the room taken off.
Honest lookalikes: a platform's constant multiple, leaves that get lost (the ratio falls slowly), viewers who were there
before (the ratio falls at the start), an outage and its end (the ratio comes back to where it was), an index of
popularity (restless all evening: its noise hides any step). Worth watching at most.
Must still be tested against: joins added to match the number (shape, lockstep, dispersion).
Source: detectors.md M6; brand-audit.md 8, `online_balance`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features.facts import Facts
from truecrowd.features.state import Layout
from truecrowd.features.view import NULL, TYPE_CODES, View
from truecrowd.schema import EVENTS, build

TYPES: Final = ("stats", "join", "leave")
STATS, JOIN, LEAVE = (TYPE_CODES[name] for name in TYPES)
LAYOUT: Final = Layout(
    np.dtype([("room_id", "i4"), ("event_type", "i1"), ("ts", "i8"), ("shown", "i8"), ("event_id", "u8"), ("n", "i4")]),
    key=("room_id", "event_type", "ts", "shown"),
    how={"event_id": "min", "n": "sum"},
)
"""33 bytes per number shown, and per moment at which somebody joins or leaves; `shown` is -1 there."""
_MAX_SHOWN: Final = 2.0**53


@dataclass(frozen=True, slots=True)
class Config:
    """When a step is one."""

    side: int = 4
    """Numbers on each side of a step whose medians are compared. Guess: a single odd number is a slip."""
    before: int = 6
    """Fewest numbers before a step that show the room's habit. Guess."""
    min_here: int = 8
    """Fewest people counted as present for a ratio. Guess: below, one more or less moves it by an eighth."""
    edge_nats: float = 0.2
    """Largest honest step of the ratio, nats (0.2: a fifth up). Guess: losses of leaves are uneven."""
    n_sigma: float = 3.0
    """Standard errors taken off the step."""
    stay_s: float = 900.0
    """Without leaves: seconds a viewer is counted as present. Guess: a mean stay."""
    blind_edge_nats: float = 0.3
    """The same edge for the shown number alone, without leaves, nats. Guess: who was there comes back in a minute."""
    min_nats: float = 0.15
    """Least score of a finding, nats. Guess."""
    most_missing: float = 0.1
    """Part of all joins by which leaves may outnumber joins before joins are said to be incomplete."""


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row an event; numbers that are no count (null, negative, not finite) are left out."""
    value, is_stats = view["value"], view.is_type("stats")
    is_count = np.isfinite(value) & (value >= 0) & (value < _MAX_SHOWN)
    keep = ~is_stats | is_count
    view, value, is_stats = view.where(keep), value[keep], is_stats[keep]
    shown = np.where(is_stats, np.round(np.where(is_stats, value, 0.0)), -1.0).astype(np.int64)
    names = ("room_id", "event_type", "ts", "event_id")
    return LAYOUT.rows({name: view[name] for name in names} | {"shown": shown, "n": 1})


@dataclass(frozen=True, slots=True)
class _Step:
    """The sharpest lasting step of a room.

    Args:
        score: Nats beyond edge and noise, >= 0.
        at: Place of the first number after it; 0 where no step can be looked for.
        before, after: Shown per person present, on both sides.
    """

    score: float = 0.0
    at: int = 0
    before: float = 0.0
    after: float = 0.0


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every room by its sharpest step of the shown number that nobody's coming explains; at most one finding.

    Without leaves there is no finding: joins that were not recorded look the same.
    """
    scores: list[tuple[int, float, int]] = []
    findings = []
    has_leaves = _usable(facts, "leave")
    for part in np.split(rows, np.flatnonzero(np.diff(rows["room_id"])) + 1) if len(rows) else []:
        room = int(part["room_id"][0])
        stats = part[part["event_type"] == STATS]
        stats = stats[np.lexsort((stats["event_id"], stats["ts"]))]
        joins, leaves = (_times(part[part["event_type"] == kind]) for kind in (JOIN, LEAVE))
        step = _step(stats, joins, leaves if has_leaves[room] else None, config)
        scores.append((room, step.score, len(stats)))
        if step.score >= config.min_nats and has_leaves[room]:
            findings.append(_finding(room, stats, joins, step, config))
    if not scores:
        return Seen()
    rooms, score, n = (np.array([row[at] for row in scores]) for at in range(3))
    return Seen([Scores("room", rooms, rooms, score.astype(np.float64), n, "viewers")], findings)


def _times(rows: np.ndarray) -> np.ndarray:
    """Return the time of every join or leave, sorted."""
    return np.sort(np.repeat(rows["ts"], rows["n"]))


def _step(stats: np.ndarray, joins: np.ndarray, leaves: np.ndarray | None, config: Config) -> _Step:
    """Return the step up that lies highest above everything before it.

    Without leaves it is the shown number that steps, beyond what those who joined meanwhile may add, each of them
    counted twice the number usual in the quarter of the evening when it was lowest.
    """
    here = _here(stats["ts"], joins, leaves, config)
    if leaves is not None and len(here) and here.min() < -config.most_missing * len(joins):
        return _Step()  # joins are incomplete: nothing can be balanced
    place = np.flatnonzero((here >= config.min_here) & (stats["shown"] > 0))
    side, n = config.side, len(place)
    if n < config.before + side:
        return _Step()
    shown, present, ts = np.log(stats["shown"][place]), np.log(here[place]), stats["ts"][place]
    ratio = shown - present if leaves is not None else shown
    middle = np.median(np.lib.stride_tricks.sliding_window_view(ratio, side), axis=1)
    at = np.arange(config.before, n - side + 1)  # the first number after the step
    highest = np.maximum.accumulate(middle)[at - side]
    edge = config.edge_nats
    if leaves is None:
        came = np.searchsorted(joins, ts[at + side - 1], "right") - np.searchsorted(joins, ts[at - side], "right")
        highest = np.log(np.exp(highest) + 2 * np.exp(np.quantile(shown - present, 0.25)) * came)
        edge = config.blind_edge_nats
    sharp = ratio[at] - ratio[at - 1] >= (middle[at] - middle[at - side]) / 2
    noise = config.n_sigma * _noise(ratio, here[place], side)
    score = np.where(sharp, middle[at] - highest - noise - edge, 0.0)
    best = int(np.argmax(score))
    if score[best] <= 0:
        return _Step()
    usual = shown - present
    before, after = (float(np.exp(np.median(usual[first : first + side]))) for first in (at[best] - side, at[best]))
    return _Step(float(score[best]), int(place[at[best]]), before, after)


def _here(ts: np.ndarray, joins: np.ndarray, leaves: np.ndarray | None, config: Config) -> np.ndarray:
    """Return how many are present at each time, as far as joins and leaves tell."""
    came = np.searchsorted(joins, ts, "right")
    if leaves is None:
        return np.asarray(came - np.searchsorted(joins, ts - round(config.stay_s * 1e6), "right"))
    return np.asarray(came - np.searchsorted(leaves, ts, "right"))


def _noise(ratio: np.ndarray, here: np.ndarray, side: int) -> float:
    """Return the standard error of the difference of two medians of `side` ratios: the room's own restlessness.

    The larger of what neighbouring ratios differ by (median, so that one step does not count) and what people coming
    and going between two readings would make of it.
    """
    change = np.abs(np.diff(ratio))
    restless = 1.4826 * float(np.median(change)) / np.sqrt(2)
    counted = 0.25 / np.sqrt(float(np.median(here)))
    wide = float(np.quantile(change, 0.9)) / 2  # an index moves all the time, not only in the middle
    return float(max(restless, counted, wide) * np.sqrt(2 * 1.57 / side))


def _finding(room: int, stats: np.ndarray, joins: np.ndarray, step: _Step, config: Config) -> Finding:
    first, last = max(step.at - config.side, 0), min(step.at + config.side, len(stats))
    near = stats[first:last]
    order = np.argsort(np.abs(np.arange(first, last) - step.at + 0.5), kind="stable")
    came = np.searchsorted(joins, (stats["ts"][step.at - 1], stats["ts"][step.at]), "right")
    params = {
        "shown_before": int(stats["shown"][step.at - 1]), "shown_after": int(stats["shown"][step.at]),
        "n_joins_between": int(came[1] - came[0]), "ratio_before": round(step.before, 2),
        "ratio_after": round(step.after, 2), "n_stats": len(stats), "is_exact": False,
    }  # fmt: skip
    start, end = int(near["ts"][0]), int(near["ts"][-1]) + 1
    return Finding("room", room, room, start, end, step.score, near["event_id"][order], len(near), params)


def look(look: Look, facts: Facts, config: Config) -> Look:  # noqa: ARG001
    """Leave out rooms whose joins are delivered in part; without leaves only steps up of rough counts are seen."""
    look = look.unless(facts.sampled("join"), "sampled_join")
    grain = facts.grain_of("stats", "join")
    look = look.unless(grain == NULL, "bound_times")
    look = look.weaker(facts.sampled("leave"), "joins_only", "sampled_leave")
    return look.weaker(~facts.has_type("leave"), "joins_only", "no_leave")


def _usable(facts: Facts, name: str) -> np.ndarray:
    return np.asarray(facts.has_type(name) & ~facts.sampled(name))


def _evening(forged_from: int | None) -> pa.Table:
    """Return forty minutes: three people a minute come and stay a quarter of an hour; three times as many are shown."""
    opens = datetime(2026, 1, 1, 12, tzinfo=UTC)
    rows: list[dict[str, object]] = []

    def add(kind: str, late_s: float, name: str, value: float | None = None) -> None:
        base = {
            "event_id": f"{kind}-{name}",
            "ts": opens + timedelta(seconds=late_s),
            "event_type": kind,
            "room_id": "r",
        }
        rows.append(base | {"account_id": None if kind == "stats" else name, "value": value})

    for k in range(120):
        add("join", 20.0 * k + k * 7 % 11, f"u{k}")
        add("leave", 20.0 * k + 900 + k * 13 % 17, f"u{k}")
    for minute in range(1, 40):
        came, gone = min(3 * minute, 120), max(3 * minute - 45, 0)
        factor = 7.5 if forged_from is not None and minute >= forged_from else 3.0
        add("stats", 60.0 * minute + 0.5, f"s{minute}", round(factor * (came - gone)) + minute % 3)
    return build(EVENTS, rows)


def honest() -> pa.Table:
    """Return an evening whose shown number is three times what is there."""
    return _evening(None)


def faked() -> pa.Table:
    """Return the same evening, whose shown number is forged from the twentieth minute on."""
    return _evening(20)


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="online_balance", version=1, family="M", scheme="inflated_count", subject="room", scope="room",
    event_types=TYPES, reads=("event_id", "ts", "event_type", "room_id", "value"),
    needs=("stats", "join", "value"), lookback=timedelta(hours=12),
    finds="a shown number of viewers that steps up without anybody coming",
    source="detectors.md M6; brand-audit.md 8", config=Config, detect=STREAM.detect,
    honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
