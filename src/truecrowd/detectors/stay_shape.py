"""Stays that come in shapes: too many busy people of one kind, stays of full hours, or one moment when many leave.

Who is paid comes at a time, does what was ordered and leaves when the time is up. Two readings. (a) Cells of start x
stay x how busy: busy accounts (three kinds of acts, or much talk) as a part of all who came in the same half hour.
Honest rooms have few: most people watch, or do one thing. (b) Departures: stays heaped at, or just past, 30, 60, 90,
120 and 180 minutes, against the stays beside; and one instant at which many leave who do not come back, against the
minutes around it.
Honest lookalikes: a raid (short, quiet stays), a fan club (long and busy, but a small part of a room), coupon hunters
(clicks and orders do not make an account busy here), the room's end (departures then are no evidence), an outage (who
comes back has not left), prize draws (a follow and a phrase: two acts).
Source: idea of FLOCK, WWW 2017; excess over the room's own smooth hazard (detectors.md S1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Counts, Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features.facts import Facts
from truecrowd.features.state import Layout
from truecrowd.features.view import NULL, TYPE_CODES, View
from truecrowd.features.waves import runs, spans
from truecrowd.schema import EVENT_TYPES, EVENTS, build

ACTS: Final = ("comment", "like", "follow", "fan_club", "light_badge")
DEEDS: Final = ACTS[1:]
LAYOUT: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("account_id", "i4"), ("ts", "i8"), ("event_id", "u8"), ("came", "i8"), ("left", "i8"),
        ("back", "i8"), ("last", "i8"), ("n_comments", "i4"), ("kinds", "i1"),
    ]),
    key=("room_id", "account_id"),
    how={
        "ts": "first", "event_id": "first", "came": "min", "left": "max", "back": "max", "last": "max",
        "n_comments": "sum", "kinds": "or",
    },
)  # fmt: skip
"""First arrival, last departure, last arrival and number of acts of an account in a room: 61 bytes each."""
NEVER: Final = np.iinfo(np.int64).max // 4
"""Time of an arrival that was not seen, microseconds; a departure that was not seen is at -NEVER."""
MINUTE_US: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class Config:
    """What of a room's stays is more than an honest room shows."""

    busy_kinds: int = 3
    """Fewest kinds of acts (comment, like, follow, fan club, badge) of an account that does several things."""
    busy_comments: int = 6
    """Fewest comments of an account that talks much. In recorded rooms 16-93 % of commenters write once."""
    long_min: float = 20.0
    """From how many minutes on a stay is long. Honest dwell has its median at 2-5 minutes (detectors.md 7)."""
    busy_share: tuple[float, float] = (0.008, 0.015)
    """Edge of the share of accounts that do several things, short and long stays, 0 to 1; the lower bound of the share is held against
    it. Guess, near the mean of simulated honest rooms (0.006-0.009 and 0.017-0.018)."""
    talking_share: tuple[float, float] = (0.004, 0.01)
    """The same of accounts that talk much. Guess; the host's staff may be among them."""
    start_min: float = 30.0
    """Length of the slots of starts, minutes; at two offsets, so that nobody hides on an edge. Guess."""
    start_ratio: float = 3.0
    """How much higher the edges are within one slot: fans come together. Guess."""
    marks_min: tuple[float, ...] = (30.0, 60.0, 90.0, 120.0, 180.0)
    """Paid times, minutes (price lists: by the hour, troupes 60, farms 60 to 180)."""
    sharp_min: float = 1.5
    """How far from a mark a stay may be to be at it, minutes."""
    past_min: float = 12.0
    """How long after a mark a stay ends "just past" it, minutes: people are let go one after the other. Guess."""
    edge_ratio: float = 1.5
    """How many times what the stays beside lead one to expect honest rooms reach. Guess."""
    together_s: float = 20.0
    """Length of the span in which many leave at one instant, seconds."""
    shoulder_s: float = 120.0
    """What comes before and after is what is usual then, seconds; the busier side counts. Guess."""
    together_ratio: float = 2.0
    """How many times the usual honest rooms reach. Guess."""
    end_s: float = 180.0
    """How long before the room's end departures are no evidence, seconds."""
    min_accounts: int = 20
    """Fewest accounts in a cell that make a finding. Guess."""
    min_nats: float = 1.3
    """Least score of a finding, nats: the lower bound of a cell is 3.7 times the edge."""
    min_joined_share: float = 0.7
    """Least share of accounts seen joining; with fewer, how many only watched is not known. In recorded rooms 23 % of
    commenters were never seen joining (detectors.md 6)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Accounts in cells of one kind.

    Args:
        name: Of the kind, for the report: busy, arrived, hours or together.
        score: Shape (n,), nats of the cell that each account lies in.
        key: Shape (n,), int64, that cell's number.
    """

    name: str
    score: np.ndarray
    key: np.ndarray


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row an event of an account with an id of its own."""
    view = view.where(view["account_id"] >= 0)
    ts = view["ts"]
    joins, leaves, comments = (view.is_type(name) for name in ("join", "leave", "comment"))
    bits = np.array([1 << ACTS.index(name) if name in ACTS else 0 for name in EVENT_TYPES])
    kinds = bits[view["event_type"]]
    return LAYOUT.rows({
        "room_id": view["room_id"], "account_id": view["account_id"], "ts": ts, "event_id": view["event_id"],
        "came": np.where(joins, ts, NEVER), "left": np.where(leaves, ts, -NEVER), "back": np.where(joins, ts, -NEVER),
        "last": ts, "n_comments": comments, "kinds": kinds,
    })  # fmt: skip


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every account seen joining by the cell it lies in, every room by its strongest cell."""
    people = rows[rows["came"] < NEVER]
    rooms, n = np.unique(people["room_id"], return_counts=True)
    has_left = (people["left"] >= people["back"]) & (people["left"] > -NEVER)
    ends = np.full(facts.n_rooms, -NEVER)
    np.maximum.at(ends, rows["room_id"], rows["last"])
    has_left &= people["left"] < ends[people["room_id"]] - round(config.end_s * 1e6)
    stay_us = np.maximum(np.where(people["left"] > -NEVER, people["left"], people["last"]) - people["came"], 0)
    stay_us = np.where(people["left"] < people["last"], people["last"] - people["came"], stay_us)
    busy = np.where(_has_deeds(facts)[people["room_id"]], _how_busy(people, config), 0)
    cells = [
        *_busy(people, busy, stay_us, config), *_hours(people, busy, stay_us, has_left, config),
        _together(people, has_left, config),
    ]  # fmt: skip
    score = np.max([cell.score for cell in cells], axis=0, initial=0.0)
    room_score = np.zeros(facts.n_rooms)
    np.maximum.at(room_score, people["room_id"], score)
    scores = [
        Scores("room", rooms, rooms, room_score[rooms], n, "viewers"),
        Scores("account", people["room_id"], people["account_id"], score, np.ones(len(people), np.int64), "viewers"),
    ]
    counts = [_counts(people, stay_us, has_left, rooms, config)]
    return Seen(scores, _findings(people, cells, stay_us, config), counts)


def look(look: Look, facts: Facts, config: Config) -> Look:
    """Say where stays can be seen, and where departures are missing or too coarse."""
    has = facts.has_column("account_id", ("join",))
    look = look.unless(~_has_deeds(facts) & ~facts.has_type("leave"), "no_" + "_or_".join((*DEEDS, "leave")))
    look = look.unless(~has & (facts.n_nobody.sum(axis=1) > 0), "masked_ids").unless(~has, "no_account_id")
    look = look.unless(facts.sampled("join"), "sampled_join")
    joined = (facts.accounts["types"] & 1 << TYPE_CODES["join"]) > 0
    n, n_joined = (
        np.bincount(facts.accounts["room_id"][who], minlength=facts.n_rooms) for who in (slice(None), joined)
    )
    look = look.unless(n_joined < config.min_joined_share * n, "few_joins")
    grain = facts.grain_of("join", "leave")
    look = look.weaker(~_has_deeds(facts), "departures_only", "no_" + "_or_".join(DEEDS))
    look = look.weaker(~facts.has_column("account_id", ("leave",)), "starts_only", "no_leave")
    return look.weaker((grain == NULL) | (grain > config.together_s * 5e5), "cells_only", "clock_grain")


def _has_deeds(facts: Facts) -> np.ndarray:
    """Return by room whether more than talk is recorded; of talk alone some write much in any room."""
    return np.asarray(np.any([facts.has_type(name) for name in DEEDS], axis=0))


def _how_busy(people: np.ndarray, config: Config) -> np.ndarray:
    """Return by account 0 for who watches or does little, 1 for who does several kinds of acts, 2 for much talk."""
    n_kinds = np.sum([people["kinds"] >> at & 1 for at in range(len(ACTS))], axis=0)
    return np.where(people["n_comments"] >= config.busy_comments, 2, n_kinds >= config.busy_kinds)


def _lower(k: np.ndarray) -> np.ndarray:
    """Return the lower bound of counts."""
    return np.asarray(np.maximum(k - 2 * np.sqrt(k), 0.0))


def _nats(k: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """Return nats by which the lower bound of counts exceeds the edge (> 0), at least 0."""
    return np.asarray(np.log(np.maximum(_lower(k), edge) / edge))


def _busy(people: np.ndarray, busy: np.ndarray, stay_us: np.ndarray, config: Config) -> Sequence[Cell]:
    """Compare the busy with all who came: in the whole room, and by slot of starts at two offsets.

    Half an account is added to what is expected, so that slots of a dozen people do not score by chance.
    """
    is_long = (stay_us >= config.long_min * MINUTE_US).astype(np.int64)
    shares = np.array([(1.0, 1.0), config.busy_share, config.talking_share])[busy, is_long]
    room = people["room_id"].astype(np.int64)
    opens = np.full(int(room.max(initial=-1)) + 1, NEVER)
    np.minimum.at(opens, room, people["came"])
    slot_us = round(config.start_min * MINUTE_US)
    late_us = people["came"] - opens[room]
    groups = {"busy": [np.zeros(len(room), np.int64)]}
    groups["arrived"] = [(late_us + offset) // slot_us for offset in (0, slot_us // 2)]
    cells = []
    for name, slots in groups.items():
        ratio = config.start_ratio if name == "arrived" else 1.0
        for slot in slots:
            _, group = np.unique(room << 32 | slot, return_inverse=True)
            key = (group * 3 + busy) * 2 + is_long
            n, k = np.bincount(group, minlength=1)[group], np.bincount(key, minlength=1)[key]
            cells.append(Cell(name, np.where(busy > 0, _nats(k, np.minimum(ratio * shares, 1.0) * n + 0.5), 0.0), key))
    return cells


def _hours(
    people: np.ndarray, busy: np.ndarray, stay_us: np.ndarray, has_left: np.ndarray, config: Config
) -> Sequence[Cell]:
    """Compare stays at and just past the paid times with those beside, by how busy the accounts were."""
    stay = stay_us / MINUTE_US
    cells = []
    for group in (people["room_id"].astype(np.int64) * 3 + busy, people["room_id"].astype(np.int64) * 3):
        for mark in config.marks_min:
            for low, width in ((mark - config.sharp_min, 2 * config.sharp_min), (mark, config.past_min)):
                beside = width * 2 if width < config.past_min else width
                score = _heap(group, stay, has_left, (low, low + width), beside, config)
                cells.append(Cell(f"hours:{mark:g}", score, group))
    return cells


def _heap(
    group: np.ndarray, stay: np.ndarray, has_left: np.ndarray, at: tuple[float, float], beside: float, config: Config
) -> np.ndarray:
    """Return by account the nats of its group's stays in `at`, minutes, against those `beside` on both sides."""
    size = int(group.max(initial=-1)) + 1
    is_in = has_left & (stay >= at[0]) & (stay < at[1])
    is_by = has_left & ~is_in & (stay >= at[0] - beside) & (stay < at[1] + beside)
    k, by = np.bincount(group[is_in], minlength=size), np.bincount(group[is_by], minlength=size)
    expected = by * (at[1] - at[0]) / (2 * beside)
    edge = config.edge_ratio * (expected + 2 * np.sqrt(expected) + 1)
    return np.where(is_in, _nats(k, edge)[group], 0.0)


def _together(people: np.ndarray, has_left: np.ndarray, config: Config) -> Cell:
    """Find the instants at which many leave for good."""
    score, key = np.zeros(len(people)), np.zeros(len(people), np.int64)
    order = np.flatnonzero(has_left)
    order = order[np.lexsort((people["account_id"][order], people["left"][order], people["room_id"][order]))]
    span_us, shoulder_us = round(config.together_s * 1e6), round(config.shoulder_s * 1e6)
    here = spans(
        people["room_id"][order], people["left"][order], span_us=span_us, gap_us=span_us, shoulder_us=shoulder_us
    )
    beside = np.maximum(here.before, here.after)
    usual = (beside + 2 * np.sqrt(beside)) * config.together_s / config.shoulder_s
    nats = _nats(here.n, config.together_ratio * (usual + 1.0))
    strong = np.flatnonzero(nats > 0)
    run = runs(strong, here.ends[strong], len(order))
    best = np.zeros(run.max(initial=-1) + 1)
    np.maximum.at(best, run[strong], nats[strong])
    score[order[run >= 0]], key[order[run >= 0]] = best[run[run >= 0]], run[run >= 0]
    return Cell("together", score, key)


def _counts(people: np.ndarray, stay_us: np.ndarray, has_left: np.ndarray, rooms: np.ndarray, config: Config) -> Counts:
    """Count the long stays that end at a paid time."""
    stay = stay_us / MINUTE_US
    at_mark = np.any([np.abs(stay - mark) <= config.sharp_min for mark in config.marks_min], axis=0)
    long = has_left & (stay >= config.long_min)
    size = int(rooms.max(initial=-1)) + 1
    n, k = (np.bincount(people["room_id"][who], minlength=size)[rooms] for who in (long, long & at_mark))
    return Counts("heaped", "viewers", rooms, k, n)


def _findings(people: np.ndarray, cells: Sequence[Cell], stay_us: np.ndarray, config: Config) -> list[Finding]:
    """Return at most one finding a room: its strongest cell that is large enough."""
    best: dict[int, tuple[float, int, int, int]] = {}
    for at, cell in enumerate(cells):
        strong = np.flatnonzero(cell.score >= config.min_nats)
        _, firsts, n = np.unique(
            people["room_id"][strong].astype(np.int64) << 40 | cell.key[strong], return_index=True, return_counts=True
        )
        for first in firsts[n >= config.min_accounts].tolist():
            k = int(strong[first])
            room, found = int(people["room_id"][k]), (float(cell.score[k]), -at, -k, int(cell.key[k]))
            best[room] = max(best.get(room, found), found)
    return [_finding(people, cells[-at], -k, stay_us, config) for _, (_, at, k, _) in sorted(best.items())]


def _finding(people: np.ndarray, cell: Cell, k: int, stay_us: np.ndarray, config: Config) -> Finding:
    room, score = int(people["room_id"][k]), float(cell.score[k])
    here = (people["room_id"] == room) & (cell.key == cell.key[k]) & (cell.score >= config.min_nats)
    found = people[here][np.lexsort((people["event_id"][here], people["ts"][here]))]
    kind, _, mark = cell.name.partition(":")
    params: dict[str, object] = {
        "kind": kind, "n_accounts": len(found), "mark_min": float(mark) if mark else None,
        "n_viewers": int((people["room_id"] == room).sum()),
        "stay_min": round(float(np.median(stay_us[here])) / MINUTE_US, 1),
    }  # fmt: skip
    start, end = int(found["came"].min()), int(found["last"].max()) + 1
    return Finding("room", room, room, start, end, score, found["event_id"], len(found), params)


def honest() -> pa.Table:
    """Two hundred viewers who come and go at their own times; every fifth does one thing."""
    return build(EVENTS, _viewers())


def faked() -> pa.Table:
    """The same, and forty accounts that do three things each and leave at one instant after an hour."""
    rows = []
    for k in range(40):
        name, come_s = f"f{k}", 1_900 + 7.3 * k
        rows += [_row(name, come_s, "join"), _row(name, 5_500 + 0.2 * k, "leave")]
        rows += [_row(name, come_s + 40 + 60 * at, kind) for at, kind in enumerate(("like", "follow", "comment"))]
    return build(EVENTS, _viewers() + rows)


def _viewers() -> list[dict[str, object]]:
    rows = []
    for k in range(200):
        name, come_s = f"u{k}", 43.1 * k
        rows += [_row(name, come_s, "join"), _row(name, come_s + 41 + 11.7 * (k * 37 % 200), "leave")]
        rows += [_row(name, come_s + 30, "comment")] if k % 5 == 0 else []
    return rows


def _row(account: str, late_s: float, name: str) -> dict[str, object]:
    opens = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return {
        "event_id": f"{name}-{account}", "ts": opens + timedelta(seconds=late_s), "event_type": name, "room_id": "r",
        "account_id": account,
    }  # fmt: skip


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="stay_shape", version=1, family="S", scheme="farm", subject="room", scope="room",
    event_types=("join", "leave", *ACTS), reads=("event_id", "ts", "event_type", "room_id", "account_id"),
    needs=("join",), lookback=timedelta(hours=12),
    finds="too many busy accounts among those who came, stays of full hours, or many who leave at one instant",
    source="FLOCK, WWW 2017 (idea); excess over the room's own hazard, detectors.md S1", config=Config,
    detect=STREAM.detect, honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
