"""Long lines of one library, written by different accounts in rooms of different hosts.

Troupes and scripts write from libraries (public report: about 2,000 lines) that are used again at the next host. Two
honest rooms share slogans and phrases, which many write, but hardly ever many different long lines that one or two
write. Compared are pairs of rooms: the different lines that accounts of both wrote, against what their numbers of lines
lead one to expect of people who talk about the same things.
Honest lookalikes: slogans and lines to be pasted (used by many of a room: phrases), a viewer who pastes a line into two
rooms (counted once), rooms of one host (not compared), rooms that sell the same goods (an expectation).
Source: line identity after folding, phrases left out by idf, pool size by Chao's estimator (detectors.md L3).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features.cells import cell_ids, differs, nats_beyond, upper_count
from truecrowd.features.facts import Facts
from truecrowd.features.lines import line_hashes, pool_size
from truecrowd.features.state import Layout
from truecrowd.features.view import View
from truecrowd.schema import EVENTS, build

TYPES: Final = ("comment", "review")
MIN_CHARS: Final = 12
"""Fewest folded characters of a line: same shorter texts are the talk of every busy room (detectors.md 6)."""
LAYOUT: Final = Layout(
    np.dtype([("line", "u8"), ("account_id", "i4"), ("room_id", "i4"), ("ts", "i8"), ("event_id", "u8")]),
    key=("line", "account_id", "room_id"),
    how={"ts": "first", "event_id": "first"},
)
"""First use of a long line by an account in a room: 32 bytes."""


@dataclass(frozen=True, slots=True)
class Config:
    """How many lines two honest rooms may share."""

    max_rooms: int = 16
    """Most rooms a line is used in before it is a phrase of the platform. Guess; bounds the pairs of rooms as well."""
    max_per_room: int = 3
    """Most accounts a room, on average, that use a line before it is a slogan. Guess: a library spreads its lines."""
    vocabulary: int = 20_000
    """Different long lines, equally likely, that honest talk is worth: two honest lines are equal once in so many
    pairs. Guess: recorded rooms of one platform shared fewer."""
    shared_share: float = 0.02
    """Share of the smaller room's different lines that two honest rooms may share, 0 to 1. Guess: the same goods."""
    min_lines: int = 20
    """Fewest shared lines of two rooms that make a finding. Guess."""
    min_accounts: int = 10
    """Fewest accounts of a room that wrote them. Guess: above one pasting viewer and his friends."""
    min_nats: float = 0.7
    """Least score of a room with a finding, nats: twice what is expected. Guess."""


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row a long line of an account with an id of its own."""
    if view.texts is None:
        return np.empty(0, LAYOUT.dtype)
    view = view.where(view["account_id"] >= 0)
    assert view.texts is not None
    line = line_hashes(view.texts, min_chars=MIN_CHARS)
    keep = line > 0
    names = ("account_id", "room_id", "ts", "event_id")
    return LAYOUT.rows({"line": line[keep], **{name: view[name][keep] for name in names}})


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every room by the room it shares most with beyond what is expected, every account by its lines."""
    uses = rows[np.lexsort((rows["room_id"], rows["event_id"], rows["ts"], rows["account_id"], rows["line"]))]
    uses = uses[differs(uses["line"], uses["account_id"])]  # a viewer who pastes a line into two rooms: once
    uses = uses[np.lexsort((uses["account_id"], uses["room_id"], uses["line"]))]
    places = uses[differs(uses["line"], uses["room_id"])]
    is_line, is_shared = _spread(uses, places, facts, config)
    n_lines = np.bincount(places["room_id"][is_line], minlength=facts.n_rooms)
    nats, pairs = _pairs(places[is_shared], n_lines, facts, config)
    at_place = np.zeros(len(places))
    at_place[is_shared] = nats
    score = at_place[np.cumsum(differs(uses["line"], uses["room_id"])) - 1]
    of_room = np.zeros(facts.n_rooms)
    np.maximum.at(of_room, uses["room_id"], score)
    rooms = np.unique(uses["room_id"])
    found = [k for k in rooms.tolist() if of_room[k] >= config.min_nats]
    findings = [_finding(k, float(of_room[k]), uses, score, pairs, n_lines, config) for k in found]
    scores = [Scores("room", rooms, rooms, of_room[rooms], n_lines[rooms], "viewers"), _accounts(uses, score)]
    return Seen(scores, [one for one in findings if one is not None])


def _accounts(uses: np.ndarray, score: np.ndarray) -> Scores:
    order = np.lexsort((uses["account_id"], uses["room_id"]))
    starts = np.flatnonzero(differs(uses["room_id"][order], uses["account_id"][order]) if len(order) else order)
    best = np.maximum.reduceat(score[order], starts) if len(order) else score
    n = np.diff(np.append(starts, len(order)))
    first = uses[order][starts]
    return Scores("account", first["room_id"], first["account_id"], best, n, "viewers")


def _hosts(facts: Facts) -> np.ndarray:
    """Return shape (rooms,): who presents, else the permanent room, else the room itself; distinct numbers."""
    host, source = facts.parties["host_id"].astype(np.int64), facts.parties["source_room_id"].astype(np.int64)
    n_host, n_source = len(facts.names["host_id"]), len(facts.names["source_room_id"])
    own = n_host + n_source + np.arange(facts.n_rooms)
    return np.where(host >= 0, host, np.where(source >= 0, n_host + source, own))


def _spread(uses: np.ndarray, places: np.ndarray, facts: Facts, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Return by place (line and room) whether the line is no phrase, and whether it is used at two hosts at least."""
    if not len(places):
        return np.zeros(0, np.bool_), np.zeros(0, np.bool_)
    line = np.cumsum(differs(places["line"])) - 1
    n_rooms = np.bincount(line)
    n_uses = np.bincount(np.cumsum(differs(uses["line"])) - 1)
    is_line = (n_rooms <= config.max_rooms) & (n_uses <= config.max_per_room * n_rooms)
    host = _hosts(facts)[places["room_id"]]
    starts = np.flatnonzero(differs(line))
    is_shared = is_line & (np.maximum.reduceat(host, starts) > np.minimum.reduceat(host, starts))
    return is_line[line], is_shared[line]


def _pairs(places: np.ndarray, n_lines: np.ndarray, facts: Facts, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Return by place the most nats of a pair of rooms that shares its line, and (line, room, other room) of all."""
    score = np.zeros(len(places))
    room, line, host = places["room_id"].astype(np.int64), places["line"], _hosts(facts)[places["room_id"]]
    ones, others = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for step in range(1, config.max_rooms):
        at = np.flatnonzero((line[step:] == line[:-step]) & (host[step:] != host[:-step]))
        ones.append(at)
        others.append(at + step)
    one, other = np.concatenate(ones), np.concatenate(others)  # rooms are sorted within a line: one < other
    pair = cell_ids(room[one], room[other])
    k = np.bincount(pair, minlength=1)[pair] if len(pair) else pair
    usual = n_lines[room[one]] * n_lines[room[other]] / config.vocabulary
    fewer = np.minimum(n_lines[room[one]], n_lines[room[other]])
    nats = nats_beyond(k, np.maximum(upper_count(usual), config.shared_share * fewer))
    np.maximum.at(score, one, nats)
    np.maximum.at(score, other, nats)
    rows = np.zeros(2 * len(one), [("line", "u8"), ("room", "i8"), ("other", "i8"), ("nats", "f8")])
    rows["line"], rows["nats"] = np.tile(line[one], 2), np.tile(nats, 2)
    rows["room"], rows["other"] = np.append(room[one], room[other]), np.append(room[other], room[one])
    return score, rows


def look(look: Look, facts: Facts, config: Config) -> Look:  # noqa: ARG001
    """Say where lines can be held against those of other hosts."""
    has = facts.has_column("account_id", TYPES)
    look = look.unless(~has & (facts.n_nobody.sum(axis=1) > 0), "masked_ids").unless(~has, "no_account_id")
    return look.weaker(facts.n_nick.sum(axis=1) > 0, "display_names", "nick_ids")


def _finding(
    room: int, of_room: float, uses: np.ndarray, score: np.ndarray, pairs: np.ndarray, n_lines: np.ndarray,
    config: Config,
) -> Finding | None:  # fmt: skip
    own = pairs[pairs["room"] == room]
    partner = int(own["other"][own["nats"].argmax()])
    shared = own["line"][own["other"] == partner]
    mine = uses[(uses["room_id"] == room) & np.isin(uses["line"], shared)]
    n_accounts = len(np.unique(mine["account_id"]))
    if len(shared) < config.min_lines or n_accounts < config.min_accounts:
        return None
    told = np.isin(uses["room_id"], [room, partner]) & (score > 0)
    _, n_uses = np.unique(uses["line"][told], return_counts=True)
    mine = mine[np.lexsort((mine["event_id"], mine["ts"]))]
    params = {
        "n_lines": len(shared), "n_own": int(n_lines[room]), "n_accounts": n_accounts,
        "pool": round(pool_size(n_uses)),
    }  # fmt: skip
    start, end = int(mine["ts"][0]), int(mine["ts"][-1]) + 1
    return Finding("room", room, room, start, end, of_room, mine["event_id"], len(mine), params)


def honest() -> pa.Table:
    """Two rooms of two hosts: thirty viewers each with a long line of their own, and one slogan."""
    return build(EVENTS, [*_talk("r1", 0), *_talk("r2", 1_000)])


def faked() -> pa.Table:
    """The same rooms, where forty accounts each write from one library."""
    lines = [f"library line number {k:03d}" for k in range(40)]
    rooms = ("r1", "r2")
    extra = [_row(f"{room}-f{k}", room, 30.0 * k, text) for room in rooms for k, text in enumerate(lines)]
    return build(EVENTS, [*_short("r1"), *_short("r2"), *extra])


def _talk(room: str, base: int) -> list[dict[str, object]]:
    rows = [_row(f"{room}-u{k}", room, 40.0 * k, f"does number {base + k} fit my sister") for k in range(30)]
    return rows + [_row(f"{room}-u{k}", room, 41.0 * k, "we all love this host so much") for k in range(30)]


def _short(room: str) -> list[dict[str, object]]:
    return [_row(f"{room}-u{k}", room, 40.0 * k, f"size {k}") for k in range(30)]


def _row(account: str, room: str, at_s: float, text: str) -> dict[str, object]:
    ts = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(seconds=at_s)
    return {
        "event_id": f"e-{account}-{at_s}", "ts": ts, "event_type": "comment", "room_id": room, "account_id": account,
        "host_id": f"h-{room}", "text": text,
    }  # fmt: skip


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="shared_lines", version=1, family="L", scheme="farm", subject="room", scope="cross-room", event_types=TYPES,
    reads=("event_id", "ts", "event_type", "room_id", "account_id", "text"), needs=("text",),
    lookback=timedelta(days=30), finds="many long lines that accounts in rooms of other hosts wrote as well",
    source="public report: libraries of about 2,000 lines; detectors.md L3",
    config=Config, detect=STREAM.detect, honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
