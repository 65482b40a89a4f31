"""Likes from accounts that do nothing else in the room, in many streaks, or in streaks of one length.

Likes are sold by the thousand: scripts tap, and tap the same number of times, often as many as the app sends at once.
People who tap streak after streak also say, follow or click something, and their streaks have all lengths. Two
readings of the accounts with likes. Bare: those with no other act and many streaks, as a part of all likers. Even:
those whose streaks are all of one length, as a part of the likers with three streaks or more.
Honest lookalikes: like races and double-tap fans (they have other acts, or a few streaks), a platform that sends taps
in packs of one size (then the streaks of accounts with another life have it as well: not judged), quiet viewers who tap
now and then (most of all likers have fewer than five streaks).
Source: price lists of bought likes; shares of honest likers from recorded and simulated rooms, detectors.md S7.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features.facts import Facts
from truecrowd.features.state import Layout
from truecrowd.features.view import View
from truecrowd.schema import EVENTS, build

LIFE: Final = (
    "comment", "follow", "fan_club", "light_badge", "gift", "share", "product_click", "cart_popup", "order",
)  # fmt: skip
"""Acts that show another life in the room; joining is none, scripts join as well."""
LAYOUT: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("account_id", "i4"), ("ts", "i8"), ("event_id", "u8"), ("last", "i8"), ("n_likes", "i4"),
        ("n_valued", "i4"), ("least", "i8"), ("most", "i8"), ("other", "i1"),
    ]),
    key=("room_id", "account_id"),
    how={
        "ts": "first", "event_id": "first", "last": "max", "n_likes": "sum", "n_valued": "sum", "least": "min",
        "most": "max", "other": "or",
    },
)  # fmt: skip
"""Likes of an account in a room: how many streaks, their least and most taps, and whether it did anything else."""
NONE: Final = np.iinfo(np.int64).max
"""Least taps of an account without a counted streak."""


@dataclass(frozen=True, slots=True)
class Config:
    """How many likers may do nothing else."""

    streaks: tuple[int, ...] = (5, 8, 12)
    """Fewest streaks of accounts with no other act; looked at one after the other."""
    bare_share: tuple[float, ...] = (0.06, 0.015, 0.004)
    """Edges of their share of all likers, 0 to 1; the lower bound of the share is held against them. Guess, near the
    mean of simulated honest rooms (0.02-0.08, 0.002-0.02, 0.0005-0.004)."""
    even_streaks: int = 3
    """Fewest streaks of an account whose streaks are compared."""
    even_share: float = 0.02
    """Edge of the share of likers whose streaks are all of one and the same length, 0 to 1. Honest rooms: 1 in
    10,000 likers (simulated)."""
    even_ratio: float = 3.0
    """How many times more often than accounts with another life the others may have even streaks. Guess: a platform
    that sends packs of one size makes everybody even."""
    min_likers: int = 20
    """Fewest likers of a room that are judged. Guess."""
    min_accounts: int = 10
    """Fewest accounts in a finding. Guess: the smallest package sold."""
    min_nats: float = 1.2
    """Least score of a finding, nats: the lower bound is 3.3 times the edge."""


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row an act of an account with an id of its own."""
    view = view.where((view["account_id"] >= 0) & ~view.is_type("join"))
    likes, value = view.is_type("like"), view["value"]
    valued = likes & np.isfinite(value) & (np.abs(value) < 2.0**53)
    taps = np.where(valued, value, 0.0).astype(np.int64)
    return LAYOUT.rows({
        "room_id": view["room_id"], "account_id": view["account_id"], "ts": view["ts"], "event_id": view["event_id"],
        "last": view["ts"], "n_likes": likes, "n_valued": valued, "least": np.where(valued, taps, NONE),
        "most": np.where(valued, taps, -1), "other": ~likes,
    })  # fmt: skip


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every liker by how many are as bare or as even as it is, every room by its strongest group."""
    likers = rows[rows["n_likes"] > 0]
    rooms, n = np.unique(likers["room_id"], return_counts=True)
    n_likers = np.bincount(likers["room_id"], minlength=facts.n_rooms)
    looks = {"bare": _bare(likers, n_likers, config), "even": _even(likers, facts, config)}
    score = np.where(n_likers[likers["room_id"]] >= config.min_likers, np.add(*looks.values()), 0.0)
    room_score = np.zeros(facts.n_rooms)
    np.maximum.at(room_score, likers["room_id"], score)
    scores = [
        Scores("room", rooms, rooms, room_score[rooms], n, "likers"),
        Scores("account", likers["room_id"], likers["account_id"], score, likers["n_likes"].astype(np.int64), "likers"),
    ]
    found = likers[score >= config.min_nats]
    rooms, n = np.unique(found["room_id"], return_counts=True)
    return Seen(
        scores, [_finding(likers, score, looks, room, config) for room in rooms[n >= config.min_accounts].tolist()]
    )


def look(look: Look, facts: Facts, config: Config) -> Look:  # noqa: ARG001
    """Say where likers can be compared, and where the length of streaks is not recorded."""
    has = facts.has_column("account_id", ("like",))
    look = look.unless(~has & (facts.n_nobody.sum(axis=1) > 0), "masked_ids").unless(~has, "no_account_id")
    other = np.any([facts.has_column("account_id", (name,)) for name in LIFE], axis=0)
    look = look.unless(~other, "no_other_acts").unless(facts.sampled("like"), "sampled_like")
    return look.weaker(~facts.has_column("value", ("like",)), "counts_only", "no_value")


def _nats(k: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """Return nats by which the lower bound of counts exceeds the edge, at least 0; 0 where the edge is 0."""
    edge = np.maximum(edge, 1e-9)
    return np.asarray(np.log(np.maximum(k - 2 * np.sqrt(k), edge) / edge))


def _bare(likers: np.ndarray, n_likers: np.ndarray, config: Config) -> np.ndarray:
    """Return by liker the nats of the accounts that are as bare, and have as many streaks."""
    room, score = likers["room_id"], np.zeros(len(likers))
    for least, share in zip(config.streaks, config.bare_share, strict=True):
        is_in = (likers["other"] == 0) & (likers["n_likes"] >= least)
        k = np.bincount(room[is_in], minlength=len(n_likers))
        score = np.maximum(score, np.where(is_in, _nats(k, share * n_likers)[room], 0.0))
    return score


def _even(likers: np.ndarray, facts: Facts, config: Config) -> np.ndarray:
    """Return by liker the nats of the accounts whose streaks are all as long as its own."""
    room, is_bare = likers["room_id"], likers["other"] == 0
    several = likers["n_valued"] >= config.even_streaks
    even = several & (likers["least"] == likers["most"])
    _, cell = np.unique(room.astype(np.int64) << 32 | np.minimum(likers["least"], 2**31), return_inverse=True)
    k = np.bincount(cell[even & is_bare], minlength=int(cell.max(initial=0)) + 1)[cell]
    n, n_alive, n_even = (
        np.bincount(room[who], minlength=facts.n_rooms)[room] for who in (several, several & ~is_bare, even & ~is_bare)
    )
    usual = config.even_ratio * (n_even + np.sqrt(n_even)) / np.maximum(n_alive, 1)
    edge = np.clip(np.maximum(usual, config.even_share), 0.0, 1.0)
    return np.where(even & is_bare, _nats(k, edge * n), 0.0)


def _finding(likers: np.ndarray, score: np.ndarray, looks: dict[str, np.ndarray], room: int, config: Config) -> Finding:
    here = np.flatnonzero((likers["room_id"] == room) & (score >= config.min_nats))
    here = here[np.lexsort((likers["event_id"][here], likers["ts"][here], -score[here]))]
    found = likers[here]
    is_even = looks["even"][here] > 0
    params: dict[str, object] = {
        "kind": "even" if is_even.mean() >= 0.5 else "bare", "n_accounts": len(found),
        "n_likers": int((likers["room_id"] == room).sum()), "n_likes": int(found["n_likes"].sum()),
        "n_all_likes": int(likers["n_likes"][likers["room_id"] == room].sum()),
        "streak": int(found["most"][is_even][0]) if is_even.any() else None,
    }  # fmt: skip
    start, end = int(found["ts"].min()), int(found["last"].max()) + 1
    return Finding("room", room, room, start, end, float(score[here].max()), found["event_id"], len(found), params)


def honest() -> pa.Table:
    """A hundred and twenty likers with one to four streaks of their own lengths; every second comments as well."""
    return build(EVENTS, _likers())


def faked() -> pa.Table:
    """The same, and thirty accounts with ten streaks of a hundred taps and nothing else."""
    rows = [_row(f"f{k}", 400 + 13 * k + 170 * turn, "like", 100.0) for k in range(30) for turn in range(10)]
    return build(EVENTS, _likers() + rows)


def _likers() -> list[dict[str, object]]:
    rows = []
    for k in range(120):
        rows += [
            _row(f"u{k}", 40 * k + 97 * turn, "like", float(1 + (7 * k + 5 * turn) % 43)) for turn in range(1 + k % 4)
        ]
        rows += [_row(f"u{k}", 40 * k + 50, "comment", None)] if k % 2 else []
    return rows


def _row(account: str, late_s: float, name: str, value: float | None) -> dict[str, object]:
    opens = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return {
        "event_id": f"{name}-{account}-{late_s}", "ts": opens + timedelta(seconds=late_s), "event_type": name,
        "room_id": "r", "account_id": account, "value": value,
    }  # fmt: skip


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="bare_likes", version=1, family="S", scheme="likes", subject="room", scope="room",
    event_types=("like", "join", *LIFE), reads=("event_id", "ts", "event_type", "room_id", "account_id", "value"),
    needs=("like",), lookback=timedelta(hours=12),
    finds="many streaks of likes, or streaks of one length, from accounts that do nothing else",
    source="price lists of bought likes, detectors.md S7", config=Config, detect=STREAM.detect,
    honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
