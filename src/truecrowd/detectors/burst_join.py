"""Many accounts that reach one room for the first time within seconds, and are alike in phone, network or age.

Scripts and paid troupes are told when to arrive, and were bought together; honest viewers come on their own, and even
when they come at once (a raid, a famous guest, a push message) they are as mixed as the rest of the room. So the rate
is never enough: a burst counts where it is *narrow*, in two of phone, network and age, against the same room's rest.
Honest lookalikes: a raffle, a shared link, a campus network (one trait only), a reconnect after an outage (the same
accounts come back). Where none of the traits is recorded only a burst with nothing around it is reported.
Source: counters now against mean after MIDAS (AAAI 2020), then composition given the count.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features.cells import cell_ids, counts_within, nats_beyond, places_within, upper_count
from truecrowd.features.facts import Facts
from truecrowd.features.state import Layout
from truecrowd.features.view import NULL, View
from truecrowd.schema import EVENTS, build

TRAITS: Final[dict[str, tuple[str, ...]]] = {
    "phone": ("device_model",), "network": ("asn", "region"), "age": ("account_created_at",),
}  # fmt: skip
"""What arrivals may be alike in; network and region go together, so they count once."""
LABELLED: Final = ("paid", "raid")
"""Traffic sources that explain a narrow crowd: paid official promotion and raids are labelled, not accused."""
DAY_US: Final = 86_400_000_000
AGE_EDGES_US: Final = np.array([round((2 ** (k / 2) - 1) * DAY_US) for k in range(28)])
"""Edges of age steps; two steps make one cohort, at both offsets, so nobody can hide on an edge."""

MIN_ALIKE: Final = 5
"""Fewest accounts alike whose lower bound exceeds nothing at all (`lower_count`)."""

LAYOUT: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("account_id", "i4"), ("ts", "i8"), ("event_id", "u8"), ("last", "i8"),
        ("device_model", "i4"), ("asn", "i4"), ("region", "i4"), ("traffic_source", "i4"), ("age", "i1"),
    ]),
    key=("room_id", "account_id"),
    how={
        "ts": "first", "event_id": "first", "device_model": "first", "asn": "first", "region": "first",
        "traffic_source": "first", "age": "first", "last": "max",
    },
)  # fmt: skip
"""First arrival of every account in a room and the time of its last one: 49 bytes per account."""


@dataclass(frozen=True, slots=True)
class Config:
    """How dense and how alike arrivals must be."""

    span_s: float = 10.0
    """Length of the densest span, seconds. Orders to arrive are carried out within seconds; honest joins are near
    Poisson at this length (1 s Fano 1.2, detectors.md 6)."""
    wave_s: float = 60.0
    """Length of the longer span in which accounts are held against the room's rest, seconds. Guess: a row of phones
    that one hand opens one after the other."""
    min_accounts: int = 20
    """Fewest accounts with a known trait in one span. Guess: below it three of four alike are still chance."""
    min_share: float = 0.6
    """Least share of one model, network or age cohort in the span. Guess: no raid is two thirds of one phone."""
    min_lift: float = 2.5
    """Least ratio of that share to the share in the room's rest. Guess."""
    prior_share: float = 0.4
    """Share of the commonest model, network or cohort that an honest room may have, 0 to 1; used where the rest is
    small. Above the 25-35 % of one popular phone. Guess."""
    prior_accounts: float = 30.0
    """Accounts that `prior_share` weighs as much as. Guess."""
    max_returned_share: float = 0.25
    """Accounts that come back in the same span, as a share of those that are new, above which it is a reconnect after
    an outage. Guess; in plain rooms 24 % of joins are repeats, spread over the evening."""
    min_alone: int = 200
    """Fewest accounts of a burst that is reported on its count (fewer than two traits recorded). Guess."""
    min_alone_share: float = 0.9
    """Least share of all arrivals around it that such a burst holds: honest ones swell and fade. Guess."""
    around_s: float = 300.0
    """How far around is looked for that, seconds. Guess."""
    prompt_s: float = 120.0
    """How long after a prompt a count alone is no evidence, seconds. Answers: 3 in 4 within 20 s (detectors.md 7)."""
    settle_s: float = 60.0
    """How long after the recording's start a count alone is no evidence, seconds: those present are listed first."""


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row a join of an account with an id of its own."""
    view = view.where(view.is_type("join") & (view["account_id"] >= 0))
    created, ts, asn = view["account_created_at"], view["ts"], view["asn"]
    known = (created != NULL) & (created <= ts)  # created after seen: a bad value, read as null
    age = np.searchsorted(AGE_EDGES_US, np.where(known, ts - np.where(known, created, 0), 0), side="right")
    columns = {name: view[name] for name in ("room_id", "account_id", "event_id", "device_model", "region")}
    more = {"asn": np.where(asn == NULL, -1, asn), "traffic_source": view["traffic_source"]}
    return LAYOUT.rows({**columns, **more, "ts": ts, "last": ts, "age": np.where(known, age, -1)})


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every room by the accounts of its narrowest span that its rest does not explain, every account by its."""
    named = facts.names["traffic_source"].to_pylist()
    labelled = np.isin(rows["traffic_source"], [named.index(word) for word in LABELLED if word in named])
    kept = rows[~labelled]
    came = kept[np.lexsort((kept["event_id"], kept["ts"], kept["room_id"]))]
    rooms, n = np.unique(rows["room_id"], return_counts=True)
    score, own = np.zeros(facts.n_rooms), np.zeros(len(came))
    findings: list[Finding] = []
    if len(came):
        ends = _places(came["room_id"], came["ts"], came["room_id"], came["ts"] + round(config.span_s * 1e6))
        excess, is_narrow = _narrowness(came, ends, config)
        has = _recorded(facts)[came["room_id"]]
        n_traits, n_narrow = has.sum(axis=1), (is_narrow & has.T).sum(axis=0)
        ranked = np.sort(np.where(has.T, excess, 0.0), axis=0)
        n_here = ends - np.arange(len(came))
        usual = _usual_around(came, ends, config)
        beyond = np.select([n_traits >= 2, n_traits == 1], [ranked[-2], ranked[-1]], np.maximum(n_here - usual, 0.0))
        own = _alike(came, n_traits, config)
        count = np.where(_is_unasked(came, facts, config), nats_beyond(n_here, upper_count(usual)), 0.0)
        np.maximum.at(score, came["room_id"], np.where(n_traits > 0, own, count))
        is_found = (n_narrow >= 2) | ((n_traits < 2) & (n_narrow == n_traits) & _is_alone(came, ends, facts, config))
        is_found &= _returned(came, ends, config) <= config.max_returned_share * n_here
        findings = _findings(came, ends, beyond, is_found, is_narrow, config, facts)
        findings = [replace(one, score=float(score[one.room])) for one in findings]
    scores = [Scores("room", rooms, rooms, score[rooms], n, "viewers"), _members(came, own, rows[labelled], facts)]
    return Seen(scores, findings)


def look(look: Look, facts: Facts, config: Config) -> Look:
    """Say where bursts can be seen, and by how many traits their composition."""
    grain_us = facts.grain_of("join")
    has = facts.has_column("account_id", ("join",))
    phone, network, age = _recorded(facts).T
    look = look.unless(~has & (facts.n_nobody.sum(axis=1) > 0), "masked_ids").unless(~has, "no_account_id")
    look = look.unless(facts.sampled("join"), "sampled_join")
    look = look.unless((grain_us == NULL) | (grain_us > config.span_s * 1e6 / 2), "clock_grain")
    look = look.weaker(~phone & ~network & ~age, "count_only", "no_device_model_or_asn_or_region_or_account_created_at")
    look = look.weaker(~network & ~age, "one_trait", "no_asn_or_region_or_account_created_at")
    look = look.weaker(~phone & ~age, "one_trait", "no_device_model_or_account_created_at")
    look = look.weaker(~phone & ~network, "one_trait", "no_device_model_or_asn_or_region")
    look = look.weaker(~phone, "two_traits", "no_device_model").weaker(~network, "two_traits", "no_asn_or_region")
    return look.weaker(~age, "two_traits", "no_account_created_at")


def _recorded(facts: Facts) -> np.ndarray:
    """Return shape (rooms, traits), bool."""
    columns = [[facts.has_column(name, ("join",)) for name in names] for names in TRAITS.values()]
    return np.stack([np.any(one, axis=0) for one in columns], axis=1)


def _places(rooms: np.ndarray, ts: np.ndarray, room: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return where each (room, at) stands among (rooms, ts); both sorted by room, `ts` sorted within a room."""
    out = np.empty(len(room), np.int64)
    codes = np.unique(room)
    starts, ends = np.searchsorted(rooms, codes), np.searchsorted(rooms, codes, side="right")
    firsts, lasts = np.searchsorted(room, codes), np.searchsorted(room, codes, side="right")
    for start, end, first, last in zip(starts, ends, firsts, lasts, strict=True):
        out[first:last] = start + np.searchsorted(ts[start:end], at[first:last])
    return out


def _columns_of(came: np.ndarray, trait: str) -> list[np.ndarray]:
    if trait == "age":
        steps = came["age"].astype(np.int64)
        return [np.where(steps < 0, -1, (steps + offset) // 2) for offset in (0, 1)]
    return [came[name] for name in TRAITS[trait]]


def _narrowness(came: np.ndarray, ends: np.ndarray, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Return by trait and span: accounts alike beyond the room's rest, and whether that makes it narrow."""
    excess, is_narrow = np.zeros((len(TRAITS), len(came))), np.zeros((len(TRAITS), len(came)), np.bool_)
    for at, trait in enumerate(TRAITS):
        for values in _columns_of(came, trait):
            n_alike, n_known, rest_share = _composition(came["room_id"], values, ends, config)
            share = n_alike / np.maximum(n_known, 1)
            excess[at] = np.maximum(excess[at], n_alike - n_known * rest_share)
            enough = (n_known >= config.min_accounts) & (share >= config.min_share)
            is_narrow[at] |= enough & (share >= config.min_lift * rest_share)
    return excess, is_narrow


def _composition(
    room: np.ndarray, values: np.ndarray, ends: np.ndarray, config: Config
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return by span: accounts like its first one, accounts with a known value, and their share in the room's rest."""
    n = len(room)
    known = np.append(0, np.cumsum(values >= 0))
    n_known = known[ends] - known[:-1]
    pairs = room.astype(np.int64) << 32 | (values.astype(np.int64) & 0xFFFFFFFF)
    _, group = np.unique(pairs, return_inverse=True)
    order = np.argsort(group * n + np.arange(n))
    own = np.empty(n, np.int64)
    own[order] = np.arange(n)
    n_alike = np.where(values >= 0, np.searchsorted((group * n + np.arange(n))[order], group * n + ends) - own, 0)
    in_room = np.bincount(room, weights=values >= 0)[room]
    rest_alike, rest = np.bincount(group)[group] - n_alike, in_room - n_known
    share = (rest_alike + config.prior_accounts * config.prior_share) / (rest + config.prior_accounts)
    return n_alike, n_known, np.where(values >= 0, share, 1.0)


def _members(came: np.ndarray, own: np.ndarray, labelled: np.ndarray, facts: Facts) -> Scores:
    """Return the scores of accounts in rooms with a trait recorded; labelled ones have 0."""
    every, score = np.concatenate([came, labelled]), np.append(own, np.zeros(len(labelled)))
    keep = (_recorded(facts).sum(axis=1) > 0)[every["room_id"]]
    ones = np.ones(int(keep.sum()), np.int64)
    return Scores("account", every["room_id"][keep], every["account_id"][keep], score[keep], ones, "viewers")


def _alike(came: np.ndarray, n_traits: np.ndarray, config: Config) -> np.ndarray:
    """Return by account, nats: how narrow the burst it is a part of is, in the second trait where two are recorded."""
    nats = np.zeros((len(TRAITS) + 1, len(came)))
    room, ts = came["room_id"].astype(np.int64), (came["ts"] - came["ts"].min()) // 1_000
    for span_s in (config.span_s, config.wave_s):
        span = round(span_s * 1e3)
        around = places_within(room, ts, ts - span, ts + span)
        for at, trait in enumerate(TRAITS):
            for values in _columns_of(came, trait):
                beyond = _alike_around(room, ts, values, span, around, config)
                nats[at] = np.maximum(nats[at], beyond)
    ranked = np.sort(nats, axis=0)
    return np.asarray(np.where(n_traits >= 2, ranked[-2], ranked[-1]))


def _alike_around(
    room: np.ndarray, ts: np.ndarray, values: np.ndarray, span: int, around: tuple[np.ndarray, np.ndarray],
    config: Config,
) -> np.ndarray:  # fmt: skip
    """Return by account, nats: those like it that came at most `span` before or after it, against the room's rest."""
    known = np.append(0, np.cumsum(values >= 0))
    n = known[around[1]] - known[around[0]]
    kind = cell_ids(room, values)
    n_kind = np.bincount(kind)
    order = np.argsort(kind, kind="stable")
    order = order[((n_kind >= MIN_ALIKE)[kind] & (values >= 0))[order]]  # fewer exceed nothing
    k = counts_within(kind[order], ts[order], ts[order] - span, ts[order] + span)
    here, n_known = n[order], np.bincount(room, weights=values >= 0)[room[order]]
    rest = n_kind[kind[order]] - k + config.prior_accounts * config.prior_share
    score = np.zeros(len(room))
    score[order] = nats_beyond(k, upper_count(here * rest / (n_known - here + config.prior_accounts)))
    return score


def _around(came: np.ndarray, config: Config) -> np.ndarray:
    room, ts = came["room_id"], came["ts"]
    around_us, span_us = round(config.around_s * 1e6), round(config.span_s * 1e6)
    until = _places(room, ts, room, ts + span_us + around_us)
    return np.asarray(until - _places(room, ts, room, ts - around_us))


def _usual_around(came: np.ndarray, ends: np.ndarray, config: Config) -> np.ndarray:
    """Return by span the accounts that the time around it would bring."""
    n_here = ends - np.arange(len(came))
    return np.asarray((_around(came, config) - n_here) * config.span_s / (2 * config.around_s))


def _is_alone(came: np.ndarray, ends: np.ndarray, facts: Facts, config: Config) -> np.ndarray:
    """Say which spans are huge, have nothing around them, and follow neither a prompt nor the recording's start."""
    n_here = ends - np.arange(len(came))
    is_huge = (n_here >= config.min_alone) & (n_here >= config.min_alone_share * _around(came, config))
    return np.asarray(is_huge & _is_unasked(came, facts, config))


def _is_unasked(came: np.ndarray, facts: Facts, config: Config) -> np.ndarray:
    """Say which spans follow neither a prompt nor the recording's start: only there a count alone says something."""
    prompted = facts.is_prompted(came["room_id"], came["ts"], within_us=round(config.prompt_s * 1e6))
    settled = came["ts"] >= facts.span_us()[0][came["room_id"]] + round(config.settle_s * 1e6)
    return np.asarray(settled & ~prompted)


def _returned(came: np.ndarray, ends: np.ndarray, config: Config) -> np.ndarray:
    """Return by span how many accounts come back in it that had come before."""
    back = came[came["last"] > came["ts"]]
    back = back[np.lexsort((back["last"], back["room_id"]))]
    room, ts = came["room_id"], came["ts"]
    until = _places(back["room_id"], back["last"], room, ts + round(config.span_s * 1e6))
    n_back = until - _places(back["room_id"], back["last"], room, ts)
    twice = np.append(0, np.cumsum((came["last"] > ts) & (came["last"] < ts + round(config.span_s * 1e6))))
    return np.asarray(n_back - (twice[ends] - twice[:-1]))


def _findings(
    came: np.ndarray, ends: np.ndarray, beyond: np.ndarray, is_found: np.ndarray, is_narrow: np.ndarray,
    config: Config, facts: Facts,
) -> list[Finding]:  # fmt: skip
    at = np.flatnonzero(is_found)
    best = at[np.lexsort((at, -beyond[at], came["room_id"][at]))]
    _, firsts = np.unique(came["room_id"][best], return_index=True)
    findings = []
    for k in best[firsts]:
        burst = came[k : ends[k]]
        names = [name for name, narrow in zip(TRAITS, is_narrow[:, k], strict=True) if narrow]
        alike = np.ones(len(burst), np.bool_)
        shares = {}
        for name in names:
            like = np.any([values == values[0] for values in _columns_of(burst, name)], axis=0)
            shares[name] = round(float(like.mean()), 4)
            alike &= like
        found = burst["event_id"][np.argsort(~alike, kind="stable")]
        params = {"n_accounts": len(burst), "span_s": config.span_s, "shares": shares, "n_alike": int(alike.sum())}
        params["device_model"] = facts.name("device_model", int(burst["device_model"][0])) if "phone" in names else None
        room, start = int(burst["room_id"][0]), int(burst["ts"][0])
        end = start + round(config.span_s * 1e6)
        findings.append(Finding("room", room, room, start, end, float(beyond[k]), found, len(found), params))
    return findings


def honest() -> pa.Table:
    """A hundred mixed viewers over twenty minutes, then forty mixed ones within four seconds: a raid."""
    return _arrivals(alike=False)


def faked() -> pa.Table:
    """The same hundred, then forty within four seconds with one phone, one network and one week of registration."""
    return _arrivals(alike=True)


def _arrivals(*, alike: bool) -> pa.Table:
    opens = datetime(2026, 1, 1, 12, tzinfo=UTC)
    rows = []
    for k in range(140):
        is_late, is_like = k >= 100, k >= 100 and alike
        ts = opens + timedelta(seconds=1_800 + 0.1 * (k - 100) if is_late else 12.3 * k)
        rows.append({
            "event_id": f"e{k}", "ts": ts, "event_type": "join", "room_id": "r", "account_id": f"u{k}",
            "device_model": "M-70" if is_like else f"M-{k % 23}", "asn": 64_500 if is_like else 64_500 + k % 7,
            "region": "R0" if is_like else f"R{k % 11}",
            "account_created_at": ts - timedelta(days=5 if is_like else 20 + 37 * (k % 29)),
        })  # fmt: skip
    return build(EVENTS, rows)


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="burst_join", version=2, family="S", scheme="farm", subject="room", scope="room",
    event_types=("join", "prompt"),
    reads=(
        "event_id", "ts", "event_type", "room_id", "account_id", "device_model", "asn", "region",
        "account_created_at", "traffic_source",
    ),
    needs=("join",), lookback=timedelta(minutes=10),
    finds="many accounts alike in phone, network or age, joining one room within seconds",
    source="MIDAS, AAAI 2020 (counts); composition given the count, detectors.md S3",
    config=Config, detect=STREAM.detect, honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
