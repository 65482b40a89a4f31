"""Too many accounts of one room on one kind of phone, or on one phone.

Rows of phones are bought and set up together: one model with one system and one app version, or several accounts
signed in on one device. Crowds hold hundreds of models, and each model many versions. Looked at four ways: every
phone of the room (model, system and app together) against what its model with its system and the app's share elsewhere
lead one to expect; the room's commonest phone against the next one; ten minutes against the rest; accounts per device.
Honest lookalikes: one subsidised phone at 25-35 % (its owners run several versions, and come all evening), the day a
system is released (models stay mixed), a column that only says "iPhone" or "Android" (few models: not judged), a
placeholder that many phones send as their id (its accounts have many models), a family's tablet.
Source: quasi-independence of model and app given the system (Goodman 1968), and multinomial divergence from a heavy
tail, both fitted to the room's own rest (detectors.md D3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Counts, Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features.cells import (
    cell_ids,
    cell_sizes,
    differs,
    members,
    nats_beyond,
    room_nats,
    upper_count,
    usual_count,
)
from truecrowd.features.facts import Facts
from truecrowd.features.shares import divergence
from truecrowd.features.state import Layout
from truecrowd.features.view import NULL, TYPE_CODES, View
from truecrowd.schema import EVENTS, build

TYPES = ("join", "like", "order", "review")
PHONE = ("device_model", "os_version", "app_version")
LAYOUT = Layout(
    np.dtype([
        ("room_id", "i4"), ("account_id", "i4"), ("device_id", "i4"), ("ts", "i8"), ("event_id", "u8"),
        ("device_model", "i4"), ("os_version", "i4"), ("app_version", "i4"),
    ]),
    key=("room_id", "account_id", "device_id"),
    how=dict.fromkeys(("ts", "event_id", *PHONE), "first"),
)  # fmt: skip
"""First sight of an account on a device in a room: 40 bytes per account and device."""


@dataclass(frozen=True, slots=True)
class Config:
    """How much alike phones must be."""

    edge_share: float = 0.35
    """Share of the room that one model with one system and one app version may have, 0 to 1. An honest room's most
    popular model has 25-35 %, spread over versions."""
    model_edge_share: float = 0.5
    """The same where system or app version is not recorded, so that only models can be compared. Guess."""
    min_accounts: int = 60
    """Fewest accounts with a known phone before the room's mix is judged. Guess."""
    min_models: int = 8
    """Fewest other models in the room; with fewer the column is too coarse to say anything. Guess."""
    min_nats: float = 7.0
    """Least strength against `edge_share`, nats: chance reaches it less than once in 1,000 rooms at the edge."""
    tail_ratio: float = 2.0
    """Expected share of the commonest phone over that of the next one: Zipf's law with exponent 1."""
    prior_accounts: float = 30.0
    """Accounts that `edge_share` weighs as much as where the rest is small. Guess."""
    span_s: float = 600.0
    """Length of the span whose arrivals are held against the room's rest, seconds. Guess: a shift's arrival."""
    min_span_accounts: int = 40
    """Fewest accounts with a known phone in that span, and on odd phones. Guess."""
    min_span_share: float = 0.5
    """Least share of one phone in that span. Guess."""
    min_lift: float = 2.5
    """Least ratio of that share to the phone's share in the room's rest. Guess."""
    min_device_accounts: int = 5
    """Fewest accounts of one room on one device that count as shared. Above a family's. Guess."""
    min_shared_accounts: int = 20
    """Fewest accounts on such devices that make a finding. Guess: a shop's demonstration phone stays below."""
    odd_share: float = 0.0015
    """Share of a room that one phone may have beyond what model, system and app lead one to expect, 0 to 1. Guess: a
    phone that is sold with its own version of the app."""
    room_share: float = 0.01
    """Share of a room on such phones that is still honest, 0 to 1. Guess."""
    min_odd_nats: float = 1.6
    """Least score of a room with a finding on them, nats: five times `room_share`. Guess."""
    one_model_share: float = 0.9
    """Least share of one model among a device's accounts; below, its id is a placeholder of many phones. Guess."""


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row an account, with an id of its own and a known phone, and device."""
    view = view.where((view["account_id"] >= 0) & (view["device_model"] >= 0))
    return LAYOUT.reduce_columns({name: view[name] for name in LAYOUT.dtype.names or ()})


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every account by its phone and device, every room by the accounts an honest room does not explain."""
    rows = rows[np.lexsort((rows["event_id"], rows["ts"], rows["account_id"], rows["room_id"]))]
    is_first = differs(rows["room_id"], rows["account_id"])
    people = rows[is_first]
    phone = cell_ids(people["room_id"], *_versions(people, facts))
    on_device = _shared(rows, config)
    looks = {
        "device": _devices(rows, on_device, facts, config),
        "span": _spans(people, phone, facts, config),
        "mix": _mix(people, phone, facts, config),
    }
    odd = _odd(people, facts, config)
    looks["odd"] = _odd_room(people, phone, odd, facts, config)
    beside = np.zeros(len(people), np.int64)
    np.maximum.at(beside, np.cumsum(is_first) - 1, on_device)
    score = np.maximum(odd, np.log(np.maximum(beside / (config.min_device_accounts - 1), 1.0)))
    return _seen(
        people,
        score,
        {"odd_phone": odd > 0, "shared_device": beside >= config.min_device_accounts},
        looks,
        facts,
        config,
    )


def _seen(
    people: np.ndarray, score: np.ndarray, cells: Mapping[str, np.ndarray],
    looks: Mapping[str, tuple[np.ndarray, dict[int, np.ndarray]]], facts: Facts, config: Config,
) -> Seen:  # fmt: skip
    room = people["room_id"]
    n = np.bincount(room, minlength=facts.n_rooms)
    rooms, honest = np.flatnonzero(n), np.maximum(config.room_share * n, 1.0)
    of_room = room_nats(room, score, facts.n_rooms, edge_share=config.room_share)
    for excess, found in looks.values():
        at = np.array(sorted(found), np.int64)
        of_room[at] = np.maximum(of_room[at], nats_beyond(excess[at], honest[at]))
    scores = [
        Scores("room", rooms, rooms, of_room[rooms], n[rooms], "viewers"),
        Scores("account", room, people["account_id"], score, np.ones(len(people), np.int64), "viewers"),
    ]
    counts = [
        Counts(name, "viewers", rooms, np.bincount(room[is_in], minlength=len(n))[rooms], n[rooms])
        for name, is_in in cells.items()
    ]
    told = [code for code in rooms.tolist() if any(code in found for _, found in looks.values())]
    return Seen(scores, [_finding(room, float(of_room[room]), looks, facts) for room in told], counts)


def look(look: Look, facts: Facts, config: Config) -> Look:
    """Say where phones can be compared, and what of them is not recorded."""
    has = facts.has_column("account_id", TYPES)
    look = look.unless(~has & (facts.n_nobody.sum(axis=1) > 0), "masked_ids").unless(~has, "no_account_id")
    look = look.weaker(~facts.has_column("device_id", TYPES), "mix_only", "no_device_id")
    look = look.weaker(~facts.has_column("os_version", TYPES), "models_only", "no_os_version")
    look = look.weaker(~facts.has_column("app_version", TYPES), "models_only", "no_app_version")
    return look.weaker(~_has_times(facts, config), "totals_only", "clock_grain")


def _has_times(facts: Facts, config: Config) -> np.ndarray:
    grain_us = np.where(facts.n > 0, facts.grain_us, 0)[:, [TYPE_CODES[name] for name in TYPES]]
    return np.asarray(((grain_us != NULL) & (grain_us <= config.span_s * 1e6 / 2)).all(axis=1))


def _edge(facts: Facts, config: Config) -> np.ndarray:
    """Return by room the share that an honest room's commonest phone may have."""
    has = facts.has_column("os_version", TYPES) & facts.has_column("app_version", TYPES)
    return np.where(has, config.edge_share, config.model_edge_share)


def _versions(people: np.ndarray, facts: Facts) -> list[np.ndarray]:
    """Return what makes a phone of a kind: its versions only where both are recorded."""
    has = facts.has_column("os_version", TYPES) & facts.has_column("app_version", TYPES)
    return [people["device_model"], *(np.where(has[people["room_id"]], people[name], -1) for name in PHONE[1:])]


def _odd(people: np.ndarray, facts: Facts, config: Config) -> np.ndarray:
    """Return by account, nats: its phone against what the rest of the room explains in any of three ways.

    They are: model and app independent, the same given the system, and model and system independent given the app
    (older people come with old models, old systems and one old app).
    """
    room = people["room_id"]
    model, system, app = (people[name] for name in PHONE)
    k, on_model = cell_sizes(room, model, system, app), cell_sizes(room, model, system)
    both = cell_sizes(room, system, app)
    usual = np.max([
        usual_count(k, on_model, cell_sizes(room, app), cell_sizes(room)),
        usual_count(k, on_model, both, cell_sizes(room, system)),
        usual_count(k, cell_sizes(room, model, app), both, cell_sizes(room, app)),
    ], axis=0)  # fmt: skip
    edge = np.maximum(upper_count(usual), config.odd_share * np.bincount(room, minlength=facts.n_rooms)[room])
    return np.where(app >= 0, nats_beyond(k, edge), 0.0)


def _odd_room(
    people: np.ndarray, phone: np.ndarray, odd: np.ndarray, facts: Facts, config: Config
) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Count the accounts of each room on odd phones; where they are many, return those on the commonest odd one."""
    room, beyond = people["room_id"], members(odd)
    n_odd = np.bincount(room, weights=beyond, minlength=facts.n_rooms)
    score = room_nats(room, odd, facts.n_rooms, edge_share=config.room_share)
    on_phone = np.bincount(phone, weights=beyond, minlength=1)[phone]
    found = {}
    for code in np.flatnonzero((n_odd >= config.min_span_accounts) & (score >= config.min_odd_nats)).tolist():
        here = np.flatnonzero(room == code)
        found[code] = people[here[phone[here] == phone[here[on_phone[here].argmax()]]]]
    return n_odd, found


def _mix(
    people: np.ndarray, phone: np.ndarray, facts: Facts, config: Config
) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Compare each room's commonest phone with what the second leads one to expect."""
    n, edge = np.bincount(people["room_id"], minlength=facts.n_rooms), _edge(facts, config)
    counts = np.bincount(phone)
    owner = np.zeros(len(counts), np.int64)
    owner[phone] = people["room_id"]
    order = np.lexsort((-counts, owner))
    is_top = differs(owner[order])
    top, second, most = (np.zeros(facts.n_rooms, np.int64) for _ in range(3))
    top[owner[order][is_top]], most[owner[order][is_top]] = counts[order][is_top], order[is_top]
    is_next = np.append(False, is_top[:-1]) & ~is_top
    second[owner[order][is_next]] = counts[order][is_next]
    usual = (config.tail_ratio * second + config.prior_accounts * edge) / (n + config.prior_accounts)
    models = np.unique(people["room_id"].astype(np.int64) << 32 | people["device_model"]) >> 32
    is_found = (n >= config.min_accounts) & (np.bincount(models, minlength=facts.n_rooms) > config.min_models)
    is_found &= n * divergence(np.maximum(top / np.maximum(n, 1), edge), edge) >= config.min_nats
    score = np.maximum(top - n * np.minimum(usual, edge), 0.0)
    return score, {room: people[phone == most[room]] for room in np.flatnonzero(is_found).tolist()}


def _spans(
    people: np.ndarray, phone: np.ndarray, facts: Facts, config: Config
) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Compare the phones first seen in every span with those of the room's rest."""
    order = np.lexsort((people["event_id"], people["ts"], people["room_id"]))
    order = order[_has_times(facts, config)[people["room_id"][order]]]
    came, kind = people[order], phone[order]
    at, ends = np.arange(len(came)), _span_ends(came, round(config.span_s * 1e6))
    places = np.sort(kind * len(came) + at)
    alike = np.searchsorted(places, kind * len(came) + ends) - np.searchsorted(places, kind * len(came) + at)
    n_here, room = ends - at, came["room_id"]
    edge, n = _edge(facts, config)[room], np.bincount(room, minlength=facts.n_rooms)[room]
    rest_alike = np.bincount(kind, minlength=1)[kind] - alike
    rest_share = (rest_alike + config.prior_accounts * edge) / (n - n_here + config.prior_accounts)
    beyond = alike - n_here * rest_share
    is_found = (n_here >= config.min_span_accounts) & (alike >= config.min_span_share * n_here)
    is_found &= alike >= config.min_lift * rest_share * n_here
    score = np.zeros(facts.n_rooms)
    np.maximum.at(score, room, beyond)
    best = np.flatnonzero(is_found)
    best = best[np.lexsort((best, -beyond[best], room[best]))]
    found = {}
    for k in best[differs(room[best])].tolist():
        here = slice(k, int(ends[k]))
        found[int(room[k])] = came[here][kind[here] == kind[k]]
    return score, found


def _span_ends(came: np.ndarray, span_us: int) -> np.ndarray:
    """Return where the span that begins with each row ends; rows are sorted by room and time."""
    starts = np.append(np.flatnonzero(differs(came["room_id"])), len(came))
    ends = [
        start + np.searchsorted(came["ts"][start:end], came["ts"][start:end] + span_us)
        for start, end in pairwise(starts)
    ]
    return np.concatenate([np.empty(0, np.int64), *ends])


def _shared(rows: np.ndarray, config: Config) -> np.ndarray:
    """Return by record how many accounts of the room are on its device; 0 without a device or on a placeholder."""
    device = cell_ids(rows["room_id"], rows["device_id"])
    model = cell_ids(device, rows["device_model"])
    n_device, n_model = np.bincount(device)[device], np.bincount(model)[model]
    commonest = np.zeros(len(rows), np.int64)
    np.maximum.at(commonest, device, n_model)
    is_real = (rows["device_id"] >= 0) & (commonest[device] >= config.one_model_share * n_device)
    return np.where(is_real, n_device, 0)


def _devices(
    rows: np.ndarray, on_device: np.ndarray, facts: Facts, config: Config
) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Count the accounts of each room that share a device with enough others."""
    crowded = rows[on_device >= config.min_device_accounts]
    crowded = crowded[differs(crowded["room_id"], crowded["account_id"])]
    n = np.bincount(crowded["room_id"], minlength=facts.n_rooms)
    found = np.flatnonzero(n >= config.min_shared_accounts).tolist()
    return n.astype(np.float64), {room: crowded[crowded["room_id"] == room] for room in found}


def _finding(
    room: int, score: float, looks: Mapping[str, tuple[np.ndarray, dict[int, np.ndarray]]], facts: Facts
) -> Finding:
    """Return the strongest of what was found in a room."""
    seen = {name: found[room] for name, (_, found) in looks.items() if room in found}
    kind = max(seen, key=lambda name: float(looks[name][0][room]))
    records = seen[kind][np.lexsort((seen[kind]["event_id"], seen[kind]["ts"]))]
    params: dict[str, object] = {"kind": kind, "n_accounts": {name: len(found) for name, found in seen.items()}}
    models, n = np.unique(records["device_model"], return_counts=True)
    params["device_model"] = facts.name("device_model", int(models[n.argmax()]))
    params["n_devices"] = len(np.unique(records["device_id"])) if kind == "device" else None
    start, end = int(records["ts"][0]), int(records["ts"][-1]) + 1
    return Finding("room", room, room, start, end, score, records["event_id"], len(records), params)


def honest() -> pa.Table:
    """A hundred and twenty viewers, every third on one popular phone, which runs several versions."""
    return build(EVENTS, _viewers())


def faked() -> pa.Table:
    """The same viewers, and within minutes sixty accounts on twelve phones of one kind."""
    opens = datetime(2026, 1, 1, 12, tzinfo=UTC)
    row = [
        _row(f"f{k}", opens + timedelta(seconds=1_800 + 3.1 * k), f"f{k % 12}", 70, "7.0", "30.4") for k in range(60)
    ]
    return build(EVENTS, _viewers() + row)


def _viewers() -> list[dict[str, object]]:
    opens = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return [
        _row(
            f"u{k}", opens + timedelta(seconds=29.7 * k), f"d{k}", 0 if k % 3 == 0 else 1 + k % 31,
            f"{11 + k % 5}.0", f"30.{k % 4}",
        )
        for k in range(120)
    ]  # fmt: skip


def _row(account: str, ts: datetime, device: str, model: int, os_version: str, app_version: str) -> dict[str, object]:
    return {
        "event_id": f"e-{account}", "ts": ts, "event_type": "join", "room_id": "r", "account_id": account,
        "device_id": device, "device_model": f"M-{model}", "os_version": os_version, "app_version": app_version,
    }  # fmt: skip


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="phone_mix", version=2, family="D", scheme="farm", subject="room", scope="room", event_types=TYPES,
    reads=("event_id", "ts", "event_type", "room_id", "account_id", "device_id", *PHONE), needs=("device_model",),
    lookback=timedelta(hours=12), finds="too many accounts of a room on one kind of phone, or on one phone",
    source="multinomial divergence against the room's own rest, detectors.md D3", config=Config,
    detect=STREAM.detect, honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
