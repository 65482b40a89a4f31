"""Waves of comments, likes, follows or clicks that nothing called for, and the same accounts in wave after wave.

Commands ("follow now", "light the badge") are carried out by everybody within seconds, and the next one by the same
accounts again. Honest crowds act together too, but each time others do: who takes part follows how active people are.
So a wave alone (a) is weak and only scored; the same accounts in waves minutes apart, beyond their activity (b), is
what accounts are scored by and what is found. (b) needs no record of prompts, claims and prices; where prompts are
recorded, answers to them are left out.
Honest lookalikes: answers to a prompt or a prize draw, clicks after a price or a claim, a goal or a guest (one wave),
loyal fans who are in every wave (they act between the waves as well), streaks of taps (one account counts once).
Source: degree-corrected overlap; command farms as the press reports them (detectors.md S5).
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
from truecrowd.features.waves import expected_overlap, places, repeats_within, runs, spans
from truecrowd.schema import EVENTS, build

ACTS: Final = ("comment", "like", "follow", "product_click", "light_badge", "fan_club")
STIMULI: Final = ("prompt", "claim", "price", "stock")
LAYOUT: Final = Layout(
    np.dtype([("room_id", "i4"), ("account_id", "i4"), ("event_type", "i1"), ("ts", "i8"), ("event_id", "u8")]),
    key=("room_id", "account_id", "event_type", "ts"),
    how={"event_id": "min"},
)
"""One act of an account, or one stimulus (account -1): 25 bytes each."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a wave is, and when the same accounts are in too many."""

    span_s: float = 10.0
    """Length of the span that makes a wave, seconds: commands are carried out within seconds."""
    shoulder_s: float = 120.0
    """What comes before and after is what is usual then; the busier side counts, seconds. Guess."""
    gap_s: float = 20.0
    """What is left out between a span and its shoulders, seconds: commands take up to half a minute. Guess."""
    min_accounts: int = 8
    """Fewest accounts in a span of a wave. Guess: with fewer, the lower bound of the count is about 2."""
    min_lift: float = 2.0
    """Least ratio of the lower bound of the count to what is usual. Guess."""
    prompt_s: float = 120.0
    """How long after a prompt, and after a claim, price or stock, acts count as called for, seconds. Answers: 3 in 4
    within 20 s (detectors.md 7)."""
    apart_s: float = 120.0
    """Least distance of two waves that are compared, seconds: nearer ones are one moment with two reactions."""
    near_s: float = 900.0
    """How far from a wave an account's first and last act may lie for it to have been around, seconds. Guess."""
    max_alone: float = 0.5
    """Most nats a room scores by one wave alone, nats: goals and guests make them, too. Guess."""
    max_part: float = 0.3
    """Largest part of those around that an honest wave nothing called for is expected to hold, 0 to 1; the rest of a
    larger one is not expected in the next. Not used where nothing that calls for waves is recorded. Guess: 225
    answers to a prompt came from a room of thousands (detectors.md 6)."""
    max_waves: int = 64
    """Most waves of a room that are compared, the largest; a bound on work."""
    max_activity: int = 4
    """Most acts outside waves that count for an account: who comments all evening is not in every wave of likes."""
    edge_ratio: float = 1.5
    """How many times the expected overlap honest crowds reach: activity is measured by few acts. Guess."""
    min_shared: int = 10
    """Fewest accounts that are in the same waves that make a finding. Guess."""
    min_waves: int = 3
    """Fewest waves in which they are. Two may be one evening's two moments."""
    min_nats: float = 1.2
    """Least score of a finding, nats: 3.3 times the upper edge of what activity explains, over all waves."""


@dataclass(frozen=True, slots=True)
class Waves:
    """Who is in which wave, all rooms.

    Args:
        room, start, end, size: Shape (w,), of each wave: code, microseconds, accounts.
        is_called: Shape (w,), bool: something called for it.
        is_compared: Shape (w,), bool: no prompt called for it, and no claim, price or stock for clicks.
        beyond: Shape (w,), nats of its size above what is usual then.
        wave, account, ts, event_id: Shape (m,), memberships, sorted by wave, then account.
    """

    room: np.ndarray
    start: np.ndarray
    end: np.ndarray
    size: np.ndarray
    is_called: np.ndarray
    is_compared: np.ndarray
    beyond: np.ndarray
    wave: np.ndarray
    account: np.ndarray
    ts: np.ndarray
    event_id: np.ndarray


@dataclass(frozen=True, slots=True)
class Shared:
    """What the accounts of one room share.

    Args:
        waves: Shape (w,), numbers of the waves that share more accounts with another one than activity explains.
        score: Shape (accounts,), nats, added from each wave that an account is in to the next one.
        n_waves: Shape (accounts,), in how many of `waves` each account is.
    """

    waves: np.ndarray
    score: np.ndarray
    n_waves: np.ndarray


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row an act of an account with an id of its own, and one a stimulus."""
    view = view.where(view.is_type(*STIMULI) | (view["account_id"] >= 0))
    account = np.where(view.is_type(*STIMULI), -1, view["account_id"])
    columns = {name: view[name] for name in ("room_id", "event_type", "ts", "event_id")}
    return LAYOUT.rows({**columns, "account_id": account})


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every account by the waves it shares with others, every room by the strongest overlap or wave."""
    rows = rows[~_is_coarse(facts, config)[rows["room_id"], rows["event_type"]] | (rows["account_id"] < 0)]
    stimuli, acts = rows[rows["account_id"] < 0], rows[rows["account_id"] >= 0]
    fresh = acts[~repeats_within(_ids(acts, "event_type"), acts["ts"], span_us=round(config.span_s * 1e6))]
    starts = np.flatnonzero(_differs(fresh["room_id"], fresh["account_id"]))
    waves, is_outside = _waves(fresh, stimuli, config)
    people = {
        "room": fresh["room_id"][starts], "account": fresh["account_id"][starts],
        "activity": np.minimum(_reduced(np.add, is_outside.astype(np.int64), starts) + 1, config.max_activity),
        "first": _reduced(np.minimum, fresh["ts"], starts), "last": _reduced(np.maximum, fresh["ts"], starts),
    }  # fmt: skip
    return _seen(people, waves, facts, config)


def look(look: Look, facts: Facts, config: Config) -> Look:
    """Say where waves can be seen, and where nothing tells what called for them."""
    has = facts.has_column("account_id", ACTS)
    acts = [TYPE_CODES[name] for name in ACTS]
    is_fine = ((facts.n > 0) & ~_is_coarse(facts, config))[:, acts].any(axis=1)
    look = look.unless(~has & (facts.n_nobody.sum(axis=1) > 0), "masked_ids").unless(~has, "no_account_id")
    return look.unless(~is_fine, "clock_grain").weaker(~_is_told(facts), "overlap_only", "no_" + "_or_".join(STIMULI))


def _is_told(facts: Facts) -> np.ndarray:
    """Return by room whether anything that calls for waves is recorded."""
    return np.asarray(np.any([facts.has_type(name) for name in STIMULI], axis=0))


def _is_coarse(facts: Facts, config: Config) -> np.ndarray:
    return np.asarray((facts.grain_us == NULL) | (facts.grain_us > config.span_s * 5e5))


def _differs(*columns: np.ndarray) -> np.ndarray:
    """Return shape (n,), bool: the row differs from the one before it."""
    out = np.ones(len(columns[0]), np.bool_)
    out[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return out


def _ids(rows: np.ndarray, *more: str) -> np.ndarray:
    """Number the accounts (and `more`) of rows that are sorted by them."""
    return np.asarray(np.cumsum(_differs(*(rows[name] for name in ("room_id", "account_id", *more)))) - 1)


def _reduced(how: np.ufunc, values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    return np.asarray(how.reduceat(values, starts) if len(starts) else values[:0])


def _waves(fresh: np.ndarray, stimuli: np.ndarray, config: Config) -> tuple[Waves, np.ndarray]:
    """Return all waves, and of every row whether it lies outside those that are compared."""
    order = np.lexsort((fresh["event_id"], fresh["ts"], fresh["event_type"], fresh["room_id"]))
    acts = fresh[order]
    group = acts["room_id"].astype(np.int64) * 64 + acts["event_type"]
    span_us, gap_us, shoulder_us = (round(s * 1e6) for s in (config.span_s, config.gap_s, config.shoulder_s))
    here = spans(group, acts["ts"], span_us=span_us, gap_us=gap_us, shoulder_us=shoulder_us)
    beside = np.maximum(here.before, here.after)
    usual = (beside + 2 * np.sqrt(beside)) * config.span_s / config.shoulder_s
    lower = here.n - 2 * np.sqrt(here.n)
    lift = lower / (config.min_lift * (usual + 0.5))
    at = np.flatnonzero((here.n >= config.min_accounts) & (lift >= 1.0))
    run = runs(at, here.ends[at], len(acts))
    beyond = np.zeros(run.max(initial=-1) + 1)
    np.maximum.at(beyond, run[at], np.log(lift[at]))
    rows = np.flatnonzero(run >= 0)
    starts = rows[_differs(run[rows])]
    ends = np.append(rows[np.flatnonzero(_differs(run[rows]))[1:] - 1], rows[-1:])
    room, kind, middle = acts["room_id"][starts], acts["event_type"][starts], acts["ts"][(starts + ends) // 2]
    called, prompted = (_follows(stimuli, names, room, middle, config) for names in (STIMULI, ("prompt",)))
    is_compared = ~np.where(kind == TYPE_CODES["product_click"], called, prompted)
    member = rows[np.lexsort((acts["ts"][rows], acts["account_id"][rows], run[rows]))]
    member = member[_differs(run[member], acts["account_id"][member])]
    waves = Waves(
        room=room, start=acts["ts"][starts], end=acts["ts"][ends] + 1, size=np.bincount(run[member], minlength=len(room)),
        is_called=called, is_compared=is_compared, beyond=beyond, wave=run[member], account=acts["account_id"][member],
        ts=acts["ts"][member], event_id=acts["event_id"][member],
    )  # fmt: skip
    is_outside = np.ones(len(fresh), np.bool_)
    is_outside[order[rows]] = ~is_compared[run[rows]]
    return waves, is_outside


def _follows(
    stimuli: np.ndarray, names: tuple[str, ...], room: np.ndarray, ts: np.ndarray, config: Config
) -> np.ndarray:
    """Say which (room, time) follow one of these stimuli soon enough."""
    some = stimuli[np.isin(stimuli["event_type"], [TYPE_CODES[name] for name in names])]
    some = some[np.lexsort((some["ts"], some["room_id"]))]
    before = places(some["room_id"], some["ts"], room, ts + 1)
    return np.asarray(before > places(some["room_id"], some["ts"], room, ts - round(config.prompt_s * 1e6)))


def _seen(people: dict[str, np.ndarray], waves: Waves, facts: Facts, config: Config) -> Seen:
    rooms, lows, n = np.unique(people["room"], return_index=True, return_counts=True)
    score, n_waves = np.zeros(len(people["room"])), np.zeros(len(people["room"]), np.int64)
    is_told = _is_told(facts)
    alone = np.where(waves.is_called | ~is_told[waves.room], 0.0, np.minimum(waves.beyond, config.max_alone))
    room_score = np.zeros(facts.n_rooms)
    np.maximum.at(room_score, waves.room, alone)
    findings: list[Finding] = []
    n_compared = np.bincount(waves.room[waves.is_compared], minlength=facts.n_rooms)[rooms]
    for at in np.flatnonzero(n_compared > 1).tolist():
        room, here = int(rooms[at]), slice(int(lows[at]), int(lows[at] + n[at]))
        max_part = config.max_part if is_told[room] else 1.0
        shared = _shared(waves, room, {name: column[here] for name, column in people.items()}, max_part, config)
        score[here], n_waves[here] = shared.score, shared.n_waves
        room_score[room] = max(room_score[room], float(shared.score.max()))
        findings += _findings(waves, shared, room, people["account"][here], config)
    scores = [
        Scores("room", rooms, rooms, room_score[rooms], n, "viewers"),
        Scores("account", people["room"], people["account"], score, n_waves, "viewers"),
    ]
    return Seen(scores, findings)


def _shared(waves: Waves, room: int, people: dict[str, np.ndarray], max_part: float, config: Config) -> Shared:
    """Compare the waves of one room pair by pair."""
    at = np.flatnonzero((waves.room == room) & waves.is_compared)
    at = at[np.lexsort((at, -waves.size[at]))][: config.max_waves]
    at = at[np.lexsort((at, waves.start[at]))]
    place = np.full(len(waves.size), -1)
    place[at] = np.arange(len(at))
    mine = place[waves.wave] >= 0
    is_member = np.zeros((len(people["account"]), len(at)))
    is_member[np.searchsorted(people["account"], waves.account[mine]), place[waves.wave[mine]]] = 1.0
    near_us = round(config.near_s * 1e6)
    is_near = people["first"][:, None] <= waves.end[at] + near_us
    is_near &= people["last"][:, None] >= waves.start[at] - near_us
    sizes = np.minimum(waves.size[at], max_part * is_near.sum(axis=0))
    expected = expected_overlap(sizes, people["activity"], is_near)
    n_both = is_member.T @ is_member
    edge = config.edge_ratio * (expected + 2 * np.sqrt(expected) + 1)
    nats = np.log(np.maximum(n_both - 2 * np.sqrt(n_both), edge) / edge)
    is_apart = np.abs(waves.start[at][:, None] - waves.start[at]) >= round(config.apart_s * 1e6)
    nats = np.where(is_apart, nats, 0.0)
    linked = nats.max(axis=0) > 0
    n_waves = is_member[:, linked].sum(axis=1).astype(np.int64)
    score, before = np.zeros(len(n_waves)), np.full(len(n_waves), -1)
    for k in np.flatnonzero(linked).tolist():
        here = is_member[:, k] > 0
        score[here] += np.where(before[here] >= 0, nats[before[here], k], 0.0)
        before[here] = k
    return Shared(at[linked], score, n_waves)


def _findings(waves: Waves, shared: Shared, room: int, accounts: np.ndarray, config: Config) -> list[Finding]:
    is_in = (shared.n_waves >= config.min_waves) & (shared.score > 0)
    if (is_in & (shared.score >= config.min_nats)).sum() < config.min_shared:
        return []
    mine = np.flatnonzero(np.isin(waves.wave, shared.waves) & np.isin(waves.account, accounts[is_in]))
    mine = mine[waves.room[waves.wave[mine]] == room]
    order = np.lexsort((waves.event_id[mine], waves.ts[mine], -waves.size[waves.wave[mine]]))
    ids = waves.event_id[mine][order]
    start, end = int(waves.ts[mine].min()), int(waves.ts[mine].max()) + 1
    n_in = np.bincount(waves.wave[mine], minlength=len(waves.size))
    params = {"n_accounts": int(is_in.sum()), "n_waves": int((n_in > 0).sum()), "span_s": config.span_s}
    params |= {"n_largest": int(waves.size[shared.waves].max()), "n_called": int(waves.is_called[shared.waves].sum())}
    return [Finding("room", room, room, start, end, float(shared.score.max()), ids, len(ids), params)]


def honest() -> pa.Table:
    """Four hundred viewers who act at their own times, and three waves of ten, each of others."""
    return build(
        EVENTS,
        _viewers()
        + [_row(f"u{15 * k + wave}", 1_200 + 600 * wave + 0.6 * k, "like") for wave in range(3) for k in range(10)],
    )


def faked() -> pa.Table:
    """The same viewers, and sixty accounts that like, follow and comment in waves ten minutes apart."""
    kinds = ("like", "follow", "comment", "like")
    return build(
        EVENTS,
        _viewers()
        + [
            _row(f"f{k}", 1_205 + 600 * at + 0.15 * (k * 7 % 60), name)
            for at, name in enumerate(kinds)
            for k in range(60)
        ],
    )


def _viewers() -> list[dict[str, object]]:
    rows = [_row(f"u{k}", 9.7 * k, ("like", "comment")[k % 2]) for k in range(400)]
    return [*rows, _row(None, 300, "claim")]


def _row(account: str | None, late_s: float, name: str) -> dict[str, object]:
    opens = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return {
        "event_id": f"{name}-{account}-{late_s}", "ts": opens + timedelta(seconds=late_s), "event_type": name,
        "room_id": "r", "account_id": account,
    }  # fmt: skip


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="unprompted_wave", version=1, family="S", scheme="farm", subject="room", scope="room",
    event_types=(*ACTS, *STIMULI), reads=("event_id", "ts", "event_type", "room_id", "account_id"), needs=(ACTS,),
    lookback=timedelta(hours=12), finds="the same accounts in wave after wave that nothing called for",
    source="degree-corrected overlap of waves, detectors.md S5", config=Config, detect=STREAM.detect,
    honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
