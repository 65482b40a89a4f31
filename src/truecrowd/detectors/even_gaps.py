"""Accounts whose comments or likes, and rooms whose buying pop-ups, come at gaps too even for a hand.

A script waits the same time again and again; people do not: the gaps of one account are log-normal, and the evenest
honest account in a hundred still has a coefficient of variation (CV) of 0.31 over ten gaps or more.
Honest lookalikes: people who type as fast as slow mode allows, or tap as fast as the app sends taps (others of the
same type and time hardly ever have shorter gaps: not judged), one timer of a chat helper (five accounts are needed),
a recorder that delivers in batches (nothing below the clock's grain), a platform that shows one pop-up every few
seconds when demand is high (mean gap below `cap_s`: not judged).
Source: honest CV and gaps measured on recorded public rooms, detectors.md 6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features.facts import Facts
from truecrowd.features.orders import MAX_NATS, beyond
from truecrowd.features.shares import divergence
from truecrowd.features.state import Layout
from truecrowd.features.view import NULL, TYPE_CODES, View
from truecrowd.schema import EVENTS, build

TALK: Final = ("comment", "like")
TYPES: Final = (*TALK, "cart_popup")
LAYOUT: Final = Layout(
    np.dtype([("room_id", "i4"), ("account_id", "i4"), ("event_type", "i1"), ("ts", "i8"), ("event_id", "u8")]),
    key=("room_id", "account_id", "event_type", "ts"),
    how={"event_id": "min"},
)
"""Every moment at which an account did something: 25 bytes each. Exact; grows with events, not with accounts."""
FINEST: Final = 0.01
"""Added to a CV before its logarithm is taken: a perfect timer has none."""
LEVELS: Final = (
    (0.25, 0.01), (0.3, 0.012), (0.35, 0.015), (0.4, 0.02), (0.45, 0.03), (0.5, 0.05), (0.55, 0.08), (0.6, 0.12),
    (0.65, 0.17), (0.7, 0.23),
)  # fmt: skip
"""CV of an account's gaps, and the upper edge of honest accounts that are as even. Recorded rooms show 1 in 100 below
0.31 (detectors.md 6), honest accounts of world `develop` 0.4 % below 0.5 and 1-7 % below 0.6; the rest is a guess."""
LEVEL: Final = 1.1
"""Ratio of neighbouring lengths at which gaps of others are counted."""

WEIGHT: Final = 1_000_000_000
"""Weight of one series, shared by its gaps; a whole number, so that no order of adding changes a sum."""


@dataclass(frozen=True, slots=True)
class Config:
    """How even gaps must be, and how many."""

    max_cv: float = 0.25
    """CV of an account's gaps below which it is even. Lowest honest first percentile: 0.31 (detectors.md 6)."""
    min_gaps: int = 10
    """Fewest gaps of an account (one less than its comments). Eleven comments, detectors.md 6."""
    max_grain_s: float = 2.0
    """Coarsest clock on which accounts are looked at, seconds. Detectors.md S6."""
    min_accounts: int = 5
    """Fewest even accounts of a room that make a finding. Guess: a room has one or two chat helpers on timers."""
    honest_share: float = 0.01
    """Share of honest accounts that may be even. Their first percentile lies above `max_cv` in every room."""
    min_nats: float = 7.0
    """Least strength against that share, nats: chance reaches it less than once in 1,000 rooms."""
    shorter: float = 0.75
    """Gaps of others below this part of an account's mean gap are shorter than its own."""
    min_shorter_share: float = 0.25
    """Least share of others' gaps, in the same time, that are shorter (every account weighs the same); with fewer the
    account may be typing at the floor of slow mode. Guess: those whom slow mode spares are fewer than that."""
    min_other_gaps: int = 20
    """Fewest gaps of others in that time; with fewer the floor is unknown and nobody is called even. Guess."""
    max_popup_cv: float = 0.4
    """CV of the gaps of a room's pop-ups below which they are even. Poisson is 1, honest streams are above. Guess."""
    even_cv: float = 0.7
    """CV of the gaps of pop-ups below which honest streams hardly come. Poisson is 1. Guess."""
    bunched_cv: float = 4.0
    """The same above. Flash sales bunch. Guess: nine in ten honest rooms of world `develop` are below."""
    min_popups: int = 30
    """Fewest gaps between pop-ups. At 30 a Poisson stream is above `max_popup_cv` by three standard errors."""
    cap_s: float = 10.0
    """Mean gap below which a platform's own cap may set the pace, seconds. Guess."""


@dataclass(frozen=True, slots=True)
class Series:
    """Gaps of many series of moments, a series being one account's comments or likes, or one room's pop-ups.

    Args:
        room, account, kind: Shape (k,), codes of every series.
        n, mean, cv: Shape (k,), number of gaps, their mean in microseconds, their CV (0 without gaps).
        start, end: Shape (k,), microseconds of the first and last moment.
        owner, gap, until: Shape (gaps,): series of every gap, its length and its end, microseconds.
    """

    room: np.ndarray
    account: np.ndarray
    kind: np.ndarray
    n: np.ndarray
    mean: np.ndarray
    cv: np.ndarray
    start: np.ndarray
    end: np.ndarray
    owner: np.ndarray
    gap: np.ndarray
    until: np.ndarray


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row an event; comments and likes of nobody in particular are left out."""
    view = view.where((view["account_id"] >= 0) | view.is_type("cart_popup"))
    return LAYOUT.rows({name: view[name] for name in LAYOUT.dtype.names or ()})


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score accounts with enough gaps and rooms by how many are that even, and rooms by their pop-ups."""
    talks = [
        rows[_is_usable(facts, name, config)[rows["room_id"]] & (rows["event_type"] == TYPE_CODES[name])]
        for name in TALK
    ]
    talk = np.concatenate(talks)
    pops = rows[(facts.grain_of("cart_popup") != NULL)[rows["room_id"]] & ~facts.sampled("cart_popup")[rows["room_id"]]]
    pops = pops[pops["event_type"] == TYPE_CODES["cart_popup"]]
    pops = pops[np.lexsort((pops["event_id"], pops["ts"], pops["room_id"]))]
    accounts, account_findings = _accounts(talk, facts, config)
    popups, popup_findings = _popups(pops, facts, config)
    return Seen([*accounts, *popups], account_findings + popup_findings)


def look(look: Look, facts: Facts, config: Config) -> Look:
    """Say where gaps of accounts and of pop-ups mean something."""
    usable = {name: _is_usable(facts, name, config) for name in TALK}
    talks = usable["comment"] | usable["like"]
    pops = facts.has_type("cart_popup") & ~facts.sampled("cart_popup") & (facts.grain_of("cart_popup") != NULL)
    named = facts.has_column("account_id", TALK)
    captured = facts.has_type("comment") | facts.has_type("like")
    nobody = facts.n_nobody[:, [TYPE_CODES[name] for name in TALK]].sum(axis=1) > 0
    blind = [
        (~captured, "no_comment_or_like"), (~named & nobody, "masked_ids"), (~named, "no_account_id"),
        (_is_coarse(facts, config), "clock_grain"), (facts.sampled("comment"), "sampled_comment"),
        (facts.sampled("like"), "sampled_like"), (~talks, "clock_grain"),
    ]  # fmt: skip
    for why, reason in blind:
        look = look.unless(why & ~talks & ~pops, reason).weaker(why & ~talks, "popups_only", reason)
    look = look.weaker(facts.sampled("cart_popup"), "accounts_only", "sampled_cart_popup")
    look = look.weaker(~facts.has_type("cart_popup"), "accounts_only", "no_cart_popup")
    look = look.weaker(~pops, "accounts_only", "clock_grain")
    for name, other in (("comment", "likes_only"), ("like", "comments_only")):
        look = look.weaker(facts.sampled(name), other, f"sampled_{name}")
        look = look.weaker(~usable[name] & facts.has_type(name), other, "clock_grain")
        look = look.weaker(~facts.has_type(name), other, f"no_{name}")
    return look


def _is_coarse(facts: Facts, config: Config) -> np.ndarray:
    return np.asarray(~np.any([_is_fine(facts, name, config) & facts.has_type(name) for name in TALK], axis=0))


def _is_fine(facts: Facts, name: str, config: Config) -> np.ndarray:
    grain_us = facts.grain_of(name)
    return np.asarray((grain_us != NULL) & (grain_us <= config.max_grain_s * 1e6))


def _is_usable(facts: Facts, name: str, config: Config) -> np.ndarray:
    """Say in which rooms gaps of one account mean something in this type."""
    return np.asarray(facts.has_column("account_id", (name,)) & ~facts.sampled(name) & _is_fine(facts, name, config))


def _series(rows: np.ndarray, owner: np.ndarray, facts: Facts) -> Series:
    """Return the series of rows that are sorted by series (`owner`, from 0 without holes) and time."""
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    heads, ends = rows[starts], np.append(starts, len(rows))[1:] - 1
    grain = facts.grain_us[rows["room_id"], rows["event_type"]]
    gaps = np.diff(rows["ts"])
    keep = np.flatnonzero((owner[1:] == owner[:-1]) & (gaps >= grain[1:]) & (gaps > 0))
    mine, gap, until = owner[1:][keep], gaps[keep], rows["ts"][1:][keep]
    k = len(starts)
    n = np.bincount(mine, minlength=k)
    mean = np.bincount(mine, weights=gap, minlength=k) / np.maximum(n, 1)
    spread = np.bincount(mine, weights=(gap - mean[mine]) ** 2, minlength=k) / np.maximum(n, 1)
    cv = np.sqrt(spread) / np.maximum(mean, 1.0)
    return Series(
        heads["room_id"], heads["account_id"], heads["event_type"], n, mean, cv, heads["ts"], rows["ts"][ends], mine,
        gap, until,
    )  # fmt: skip


def _owners(*columns: np.ndarray) -> np.ndarray:
    is_first = np.ones(len(columns[0]), np.bool_)
    is_first[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return np.cumsum(is_first) - 1


def _accounts(talk: np.ndarray, facts: Facts, config: Config) -> tuple[list[Scores], list[Finding]]:
    talk = talk[np.lexsort((talk["ts"], talk["event_type"], talk["account_id"], talk["room_id"]))]
    owner = _owners(talk["room_id"], talk["account_id"], talk["event_type"])
    series = _series(talk, owner, facts)
    is_long = series.n >= config.min_gaps
    is_even = is_long & (series.cv < config.max_cv)
    others = ~is_even
    is_odd = is_long & (series.cv < LEVELS[-1][0])
    is_odd[is_odd] = _is_above_floor(series, is_odd, others, config)
    is_even &= is_odd
    who = _owners(series.room[is_long], series.account[is_long])
    firsts = np.flatnonzero(np.diff(who, prepend=-1))
    evenest, n, even = np.full(len(firsts), np.inf), np.zeros(len(firsts), np.int64), np.zeros(len(firsts), np.bool_)
    np.minimum.at(evenest, who, np.where(is_odd, series.cv, np.inf)[is_long])
    np.add.at(n, who, series.n[is_long])
    np.logical_or.at(even, who, is_even[is_long])
    room, account = series.room[is_long][firsts], series.account[is_long][firsts]
    n_long, n_even = (np.bincount(at, minlength=facts.n_rooms) for at in (room, room[even]))
    score, by_room = _nats(room, evenest, n_long)
    share = np.clip(n_even / np.maximum(n_long, 1), config.honest_share, 1 - 1e-12)
    found = (n_even >= config.min_accounts) & (n_long * divergence(share, config.honest_share) >= config.min_nats)
    rooms = np.unique(series.room)
    scores = [
        Scores("account", room, account, score, n, "viewers"),
        Scores("room", rooms, rooms, by_room[rooms], n_long[rooms], "viewers"),
    ]
    params = {"n_even": n_even, "n_looked": n_long}
    return scores, [
        _finding(at, talk, owner, series, is_even, float(by_room[at]), {k: int(v[at]) for k, v in params.items()})
        for at in rooms[found[rooms]].tolist()
    ]


def _nats(room: np.ndarray, evenest: np.ndarray, n_long: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return by account and by room how far accounts that even exceed what honest rooms show of them, nats."""
    score = np.zeros(len(room))
    for max_cv, edge in LEVELS:
        is_kind = evenest < max_cv
        k = np.bincount(room[is_kind], minlength=len(n_long))
        lower = np.maximum(k - 2 * np.sqrt(k), 0.0) / np.maximum(n_long, 1)
        score = np.maximum(score, np.where(is_kind, beyond(lower, edge)[room], 0.0))
    by_room = np.zeros(len(n_long))
    np.maximum.at(by_room, room, score)
    return score, by_room


def _is_above_floor(series: Series, which: np.ndarray, is_other: np.ndarray, config: Config) -> np.ndarray:
    """Say of the series `which` whether others, at the same time and in the same type, have shorter gaps often enough.

    Others are the series that are not even: a crowd of scripts cannot raise the floor it hides behind. Each weighs as
    much as any other, however often it writes: those whom slow mode spares write most.
    """
    others = is_other[series.owner]
    owner, gap, until = series.owner[others], series.gap[others], series.until[others]
    cell = series.room.astype(np.int64) << 8 | series.kind
    order = np.lexsort((until, cell[owner]))
    gap, until, gap_cell, weight = gap[order], until[order], cell[owner][order], WEIGHT // series.n[owner[order]]
    at = np.flatnonzero(which)
    level = np.floor(np.log(np.maximum(series.mean[at] * config.shorter, 1.0)) / np.log(LEVEL))
    out = np.zeros(len(at), np.bool_)
    for here in np.unique(cell[at]):
        first, last = np.searchsorted(gap_cell, here), np.searchsorted(gap_cell, here, side="right")
        mine = np.flatnonzero(cell[at] == here)
        low = np.searchsorted(until[first:last], series.start[at][mine])
        high = np.searchsorted(until[first:last], series.end[at][mine], side="right")
        weights = weight[first:last]
        total = np.append(0, np.cumsum(weights))
        for step in np.unique(level[mine]):
            these = level[mine] == step
            shorter = np.append(0, np.cumsum(np.where(gap[first:last] < LEVEL**step, weights, 0)))
            ends, starts = high[these], low[these]
            share = (shorter[ends] - shorter[starts]) / np.maximum(total[ends] - total[starts], 1)
            out[mine[these]] = (ends - starts >= config.min_other_gaps) & (share >= config.min_shorter_share)
    return out


def _finding(
    room: int, talk: np.ndarray, owner: np.ndarray, series: Series, is_even: np.ndarray, score: float,
    params: Mapping[str, object],
) -> Finding:  # fmt: skip
    """Return the finding of a room with even accounts: the first event of each, the evenest first, then the second."""
    even = np.flatnonzero(is_even & (series.room == room))
    mine = np.flatnonzero(np.isin(owner, even))
    turn = mine - np.searchsorted(owner, owner[mine])
    mine = mine[np.lexsort((talk["event_id"][mine], series.cv[owner[mine]], turn))]
    start, end = int(series.start[even].min()), int(series.end[even].max()) + 1
    more = {"kind": "accounts", "mean_gap_s": round(float(np.median(series.mean[even])) / 1e6, 3)}
    more["cv"] = round(float(np.median(series.cv[even])), 4)
    return Finding("room", room, room, start, end, score, talk["event_id"][mine], len(mine), {**params, **more})


def _popups(pops: np.ndarray, facts: Facts, config: Config) -> tuple[list[Scores], list[Finding]]:
    """Score by how far the pop-ups are evener than honest streams, or more bunched, nats; only even ones are found.

    Two standard errors of the CV are taken off. Bunched is what honest sales do: that tail, beyond `bunched_cv`, is a
    score and nothing more.
    """
    owner = _owners(pops["room_id"])
    series = _series(pops, owner, facts)
    grain = np.maximum(facts.grain_of("cart_popup")[series.room], round(config.cap_s * 1e6 / 5))
    noise, cv = (
        np.sqrt(2.0 / np.maximum(series.n, 1)),
        np.log(series.cv + FINEST),
    )  # of log CV, one standard error: half
    even, bunched = np.log(config.even_cv) - cv - noise, cv - noise - np.log(config.bunched_cv)
    score = np.where(series.n >= config.min_gaps, np.clip(np.maximum(even, bunched), 0.0, MAX_NATS), 0.0)
    found = (series.n >= config.min_popups) & (series.cv < config.max_popup_cv) & (series.mean >= 5 * grain)
    findings = []
    for at in np.flatnonzero(found).tolist():
        room, mine = int(series.room[at]), pops[owner == at]["event_id"]
        params = {"kind": "popups", "cv": round(float(series.cv[at]), 4), "n_gaps": int(series.n[at])}
        params["mean_gap_s"] = round(float(series.mean[at]) / 1e6, 3)
        start, end = int(series.start[at]), int(series.end[at]) + 1
        findings.append(Finding("room", room, room, start, end, float(score[at]), mine, len(mine), params, "popup"))
    return [Scores("room", series.room, series.room, score, series.n, "buyers")], findings


def honest() -> pa.Table:
    """Thirty viewers who write and like at ragged gaps, and ragged pop-ups."""
    return build(EVENTS, _ragged())


def faked() -> pa.Table:
    """The same, and eight accounts that each write every minute, give or take two seconds."""
    rows = [("comment", f"f{k}", 5 * k + 60 * turn + (turn * 7 + k) % 5 - 2) for k in range(8) for turn in range(14)]
    return build(EVENTS, _ragged() + [_row(*row) for row in rows])


def _ragged() -> list[dict[str, object]]:
    rows = []
    for k in range(30):
        at_s = 3.0 * k
        for turn in range(14):
            at_s += 6 + (13 * turn + 29 * k + turn * turn * k) % 107
            rows += [_row("comment", f"u{k}", at_s), _row("like", f"u{k}", at_s + turn * k % 11)]
    return rows + [_row("cart_popup", f"u{k % 30}", 17.0 * k + (k * k * 31) % 97) for k in range(40)]


def _row(event_type: str, account: str, late_s: float) -> dict[str, object]:
    ts = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(seconds=late_s)
    name = f"{event_type}-{account}-{late_s}"
    return {"event_id": name, "ts": ts, "event_type": event_type, "room_id": "r", "account_id": account}


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="even_gaps", version=2, family="S", scheme="farm", subject="room", scope="room", event_types=TYPES,
    reads=("event_id", "ts", "event_type", "room_id", "account_id"), needs=(TYPES,), lookback=timedelta(hours=12),
    finds="comments, likes or buying pop-ups at gaps too even for a hand",
    source="gaps of recorded public rooms, detectors.md S6 and 6", config=Config, detect=STREAM.detect,
    honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
