"""Accounts of one room that are young beyond a crowd's, or were registered within the same hours.

Accounts for hire are raised in batches: registered together, kept for days or weeks, then sold. An honest room's
accounts were registered over years, each on its own day. Looked at in three ways: how many of the room were registered
within hours or days of an account, held against the years around it; how many share its age step, held against
what a growing platform shows of young accounts; and how many share age step and phone, held against what the room's
other ages lead one to expect.
Honest lookalikes: a new-user campaign (labelled by `traffic_source`: not accused), people who register to see this
room (the first day has an edge of its own), a day on which everybody registered (an edge), the platform's first day
or a placeholder date (nobody is older: not judged), a young platform.
Source: excess mass on age steps and registration hours (detectors.md D1); public reports: raised for three days.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Counts, Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features.cells import (
    AGE_STEPS_D,
    DAY_S,
    age_cells,
    cell_ids,
    counts_within,
    members,
    nats_beyond,
    room_nats,
    upper_count,
)
from truecrowd.features.facts import Facts
from truecrowd.features.state import Layout
from truecrowd.features.view import NULL, View
from truecrowd.schema import EVENTS, build

TYPES: Final = ("join", "like", "order", "review")
LABELLED: Final = ("paid", "raid")
"""Traffic sources that explain youth: paid official promotion, new-user campaigns among it, is labelled."""
N_YOUNG: Final = 5
"""Steps whose own share is judged; older ones only together with the phone. Guess: 100 days."""
PHONE: Final = ("device_model", "os_version", "app_version")
WINDOWS_H: Final = (2.0, 8.0, 24.0, 72.0)
"""Lengths of the spans around a registration, hours: a batch of hands, of a shift, of a day, of a long weekend."""
LAYOUT: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("account_id", "i4"), ("ts", "i8"), ("event_id", "u8"), ("created", "i8"),
        ("traffic_source", "i4"), *((name, "i4") for name in PHONE),
    ]),
    key=("room_id", "account_id"),
    how=dict.fromkeys(("ts", "event_id", "created", "traffic_source", *PHONE), "first"),
)  # fmt: skip
"""First sight of every account whose registration is known: 48 bytes per account and room."""


@dataclass(frozen=True, slots=True)
class Config:
    """How many an honest room may have."""

    hours_share: float = 0.002
    """Share of a room registered within two hours that is still honest, 0 to 1; grows as the square root of the span.
    Guess: a festival's sign-ups."""
    density_ratio: float = 2.0
    """Ratio of a span's registrations to those of the time around it that is still honest. Guess: sign-ups double in
    a good week."""
    young_share: float = 0.06
    """Share of an honest room that is up to ten days old, 0 to 1; for other ages it goes with the square root of age.
    Guess: a platform that doubles in a year has 2 %, and its newest accounts watch most."""
    fresh_share: float = 0.15
    """Share that may have registered on the day itself, as people do who come for one room. Guess."""
    alike_share: float = 0.005
    """Share of a room that may be of one age step and on one phone beyond what its other ages lead one to expect,
    0 to 1. Guess: a shop that signs up the buyers of one phone."""
    young_d: float = 10.0
    """Age up to which an account counts as young, days (public reports: raised for three days)."""
    recent_d: float = 40.0
    """Age up to which an account counts as recent, days. Guess: longer keeping is paid by nobody."""
    old_d: float = 365.0
    """Age from which the oldest accounts of a room may be the platform's first day or a placeholder, days. Guess."""
    room_share: float = 0.01
    """Share of a room in such cells that is still honest, 0 to 1. Guess."""
    min_accounts: int = 20
    """Fewest accounts beyond what is honest that make a finding. Guess."""
    min_nats: float = 0.7
    """Least score of a room with a finding, nats: twice `room_share`. Guess."""


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row an account with an id of its own and a known registration."""
    created, ts = view["account_created_at"], view["ts"]
    known = (view["account_id"] >= 0) & (created != NULL) & (created <= ts)  # created after seen: a bad value
    names = ("room_id", "account_id", "ts", "event_id", "traffic_source", *PHONE)
    return LAYOUT.reduce_columns({name: view[name][known] for name in names} | {"created": created[known]})


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every account by its registration span and its age step, every room by the accounts beyond the edges."""
    named = facts.names["traffic_source"].to_pylist()
    labelled = np.isin(rows["traffic_source"], [named.index(word) for word in LABELLED if word in named])
    people = rows[~labelled]
    people = people[np.lexsort((people["account_id"], people["created"], people["room_id"]))]
    room, age_s = people["room_id"], (people["ts"] - people["created"]) // 1_000_000
    n = np.bincount(room, minlength=facts.n_rooms)
    together = _together(people, n, config)
    score = np.maximum(np.maximum(together, _steps(room, age_s, n, config)), _alike(people, age_s, n, config))
    of_room = room_nats(room, score, facts.n_rooms, edge_share=config.room_share)
    every = np.concatenate([people, rows[labelled]])
    own = np.concatenate([score, np.zeros(int(labelled.sum()))])
    rooms = np.unique(every["room_id"])
    ones = np.ones(len(every), np.int64)
    scores = [
        Scores("room", rooms, rooms, of_room[rooms], n[rooms], "viewers"),
        Scores("account", every["room_id"], every["account_id"], own, ones, "viewers"),
    ]
    ages = {"young": age_s < config.young_d * DAY_S, "recent": age_s < config.recent_d * DAY_S}
    counts = [_counted(name, room, is_in, n) for name, is_in in {**ages, "same_hours": together > 0}.items()]
    beyond = np.bincount(room, weights=members(score), minlength=facts.n_rooms)
    found = np.flatnonzero((of_room >= config.min_nats) & (beyond >= config.min_accounts)).tolist()
    findings = [_finding(people[room == k], score[room == k], float(of_room[k])) for k in found]
    return Seen(scores, findings, counts)


def _counted(name: str, room: np.ndarray, is_in: np.ndarray, n: np.ndarray) -> Counts:
    rooms = np.flatnonzero(n)
    return Counts(name, "viewers", rooms, np.bincount(room[is_in], minlength=len(n))[rooms], n[rooms])


def _together(people: np.ndarray, n: np.ndarray, config: Config) -> np.ndarray:
    """Return by account, nats: the most crowded span of registration it stands in, against the time around it."""
    if not len(people):
        return np.zeros(0)
    room = people["room_id"].astype(np.int64)
    at = (people["created"] - people["created"].min()) // 1_000_000
    age = (people["ts"] - people["created"]) // 1_000_000
    n_around = counts_within(room, at, at - age, at + age // 2)
    score = np.zeros(len(people))
    for hours in WINDOWS_H:
        span = round(hours * 3_600)
        edge_share = config.hours_share * np.sqrt(hours / WINDOWS_H[0])
        k = counts_within(room, at, at - span // 2, at + span // 2)
        usual = config.density_ratio * np.maximum(n_around - k, 0) * span / np.maximum(1.5 * age - span, span)
        score = np.maximum(score, nats_beyond(k, np.maximum(upper_count(usual), edge_share * n[room])))
    return np.where(_is_judged(room, at, age, n, config), score, 0.0)


def _is_judged(room: np.ndarray, at: np.ndarray, age: np.ndarray, n: np.ndarray, config: Config) -> np.ndarray:
    """Say whose span is judged: neither registered for this room, nor among its oldest where those are years old."""
    older = counts_within(room, at, np.zeros_like(at), at - DAY_S)
    return np.asarray((age > DAY_S) & ((age < config.old_d * DAY_S) | (older > 0.01 * n[room])))


def _steps(room: np.ndarray, age_s: np.ndarray, n: np.ndarray, config: Config) -> np.ndarray:
    """Return by account, nats: its age cell against the share that an honest room may have of it."""
    score = np.zeros(len(room))
    upper_d = np.append(AGE_STEPS_D, np.inf)
    for cell, last in age_cells(age_s):
        share = config.young_share * np.sqrt(upper_d[last] / config.young_d)
        share = np.where(cell == 0, np.maximum(share, config.fresh_share), share)
        k = np.bincount(group := cell_ids(room, cell))[group]
        is_young = age_s < AGE_STEPS_D[N_YOUNG - 1] * DAY_S
        honest = upper_count(np.minimum(share, 1.0) * n[room])
        score = np.maximum(score, np.where(is_young, nats_beyond(k, honest), 0.0))
    return score


def _alike(people: np.ndarray, age_s: np.ndarray, n: np.ndarray, config: Config) -> np.ndarray:
    """Return by account, nats: those of its age cell on its phone, against the phone's share at other ages."""
    room, score = people["room_id"], np.zeros(len(people))
    phone = cell_ids(room, *(people[name] for name in PHONE))
    n_phone = np.bincount(phone)[phone] if len(phone) else phone
    for cell, _ in age_cells(age_s):
        n_cell = np.bincount(group := cell_ids(room, cell))[group]
        k = np.bincount(both := cell_ids(phone, cell))[both]
        usual = n_cell * (n_phone - k + 1.0) / (n[room] - n_cell + 1.0)
        edge = np.maximum(upper_count(usual), config.alike_share * n[room])
        score = np.maximum(score, nats_beyond(k, edge))
    return np.where((people["device_model"] >= 0) & (age_s > DAY_S), score, 0.0)


def look(look: Look, facts: Facts, config: Config) -> Look:  # noqa: ARG001
    """Say where ages can be compared."""
    has = facts.has_column("account_id", TYPES)
    look = look.unless(~has & (facts.n_nobody.sum(axis=1) > 0), "masked_ids").unless(~has, "no_account_id")
    look = look.weaker(~facts.has_column("device_model", TYPES), "ages_only", "no_device_model")
    return look.weaker(~facts.has_column("traffic_source", TYPES), "no_strata", "no_traffic_source")


def _finding(people: np.ndarray, score: np.ndarray, of_room: float) -> Finding:
    order = np.lexsort((people["event_id"], people["ts"], -score))
    alike = people[order][: int(np.count_nonzero(score))]
    ages_d = (alike["ts"] - alike["created"]) / (DAY_S * 1e6)
    room, start, end = int(people["room_id"][0]), int(alike["ts"].min()), int(alike["ts"].max()) + 1
    params = {
        "n_accounts": len(alike), "n_known": len(people), "age_low_d": round(float(np.quantile(ages_d, 0.1)), 1),
        "age_high_d": round(float(np.quantile(ages_d, 0.9)), 1),
    }  # fmt: skip
    return Finding("room", room, room, start, end, of_room, alike["event_id"], len(alike), params)


def honest() -> pa.Table:
    """A hundred and sixty viewers, registered over ten years."""
    return build(EVENTS, _viewers(160))


def faked() -> pa.Table:
    """The same viewers, forty of whom were registered in one afternoon a week ago."""
    opens = datetime(2026, 1, 1, 12, tzinfo=UTC)
    rows = [
        _row(f"f{k}", opens + timedelta(seconds=77.7 * k), opens - timedelta(days=7, seconds=211 * k))
        for k in range(40)
    ]
    return build(EVENTS, _viewers(120) + rows)


def _viewers(n: int) -> list[dict[str, object]]:
    opens = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return [
        _row(
            f"u{k}",
            opens + timedelta(seconds=29.7 * k),
            opens - timedelta(days=8 + 3_600 * ((k * 37 % 160) / 160) ** 2),
        )
        for k in range(n)
    ]


def _row(account: str, ts: datetime, created: datetime) -> dict[str, object]:
    return {
        "event_id": f"e-{account}", "ts": ts, "event_type": "join", "room_id": "r", "account_id": account,
        "account_created_at": created, "traffic_source": "recommend",
    }  # fmt: skip


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="young_accounts", version=1, family="D", scheme="farm", subject="room", scope="room", event_types=TYPES,
    reads=("event_id", "ts", "event_type", "room_id", "account_id", "account_created_at", "traffic_source", *PHONE),
    needs=("account_created_at",), lookback=timedelta(hours=12),
    finds="too many accounts of a room that are young, or were registered within the same hours",
    source="public reports: accounts raised for three days; detectors.md D1",
    config=Config, detect=STREAM.detect, honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
