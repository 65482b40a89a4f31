"""Accounts of one kind that share addresses too rarely, or share addresses and regions only with their own kind.

Mobile and campus networks put many people behind one address, so in a real crowd a part of every kind of account meets
others on its address. Rows of phones are given one address each, from a few blocks and regions: their kind shares
none, or shares them with nobody else. Looked at in three ways: how many of one phone or age step have company on their
address, held against the rest of the same network operator; how many of a block of 256 addresses meet by chance; and
how many of one phone or age step are in one region, block or address, held against what the room's rest leads one to
expect. Too few is judged and too many is judged.
Honest lookalikes: carrier-grade address sharing (the operator's own rate is the measure), a campus or an office behind
one address (its phones and ages are as mixed as the room's), paid promotion by region (labelled: not accused).
Source: pair-collision (birthday) test, both tails, by operator and region (detectors.md D2); public reports: one phone,
one address.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.detectors import Counts, Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features.cells import (
    age_cells,
    cell_ids,
    cell_sizes,
    lower_count,
    members,
    nats_beyond,
    room_nats,
    upper_count,
    usual_count,
)
from truecrowd.features.facts import Facts
from truecrowd.features.state import Layout
from truecrowd.features.view import NULL, View
from truecrowd.schema import EVENTS, build

TYPES: Final = ("join", "like", "order", "review")
LABELLED: Final = ("paid", "raid")
"""Traffic sources that explain a narrow crowd: paid official promotion and raids are labelled, not accused."""
PHONE: Final = ("device_model", "os_version", "app_version")
N_BLOCK: Final = 254
"""Addresses that people can have in one block of 256."""
LAYOUT: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("account_id", "i4"), ("ts", "i8"), ("event_id", "u8"), ("created", "i8"), ("ip", "i4"),
        ("asn", "i4"), ("region", "i4"), ("traffic_source", "i4"), *((name, "i4") for name in PHONE),
    ]),
    key=("room_id", "account_id"),
    how=dict.fromkeys(("ts", "event_id", "created", "ip", "asn", "region", "traffic_source", *PHONE), "first"),
)  # fmt: skip
"""First sight of every account whose network is known in any way: 60 bytes per account and room."""


@dataclass(frozen=True, slots=True)
class Config:
    """How alike an honest room's networks may be."""

    few_ratio: float = 0.67
    """Honest share of accounts with company on their address over the operator's usual one, for any one phone or age.
    Guess: phones that are used at home share less."""
    network_share: float = 0.005
    """Share of a room that may be of one phone or age step and in one region, block or address beyond what its rest
    leads one to expect, 0 to 1. Guess: a shop that sells one phone in one town."""
    min_company: int = 5
    """Fewest accounts of one kind on one address or block that count. Above a family's. Guess."""
    room_share: float = 0.01
    """Share of a room in such cells that is still honest, 0 to 1. Guess."""
    min_accounts: int = 40
    """Fewest accounts beyond what is honest that make a finding. Guess."""
    min_nats: float = 1.6
    """Least score of a room with a finding, nats: five times `room_share`. Guess."""


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return one row an account with an id of its own and any sign of its network."""
    asn, created, ts = view["asn"], view["account_created_at"], view["ts"]
    known = (view["account_id"] >= 0) & ((view["ip"] >= 0) | (asn != NULL) | (view["region"] >= 0))
    names = ("room_id", "account_id", "ts", "event_id", "ip", "region", "traffic_source", *PHONE)
    is_age = (created != NULL) & (created <= ts)  # created after seen: a bad value, read as null
    more = {"asn": np.where(asn == NULL, -1, asn), "created": np.where(is_age, created, NULL)}
    return LAYOUT.reduce_columns(
        {name: column[known] for name, column in {**{n: view[n] for n in names}, **more}.items()}
    )


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every account by the addresses of its kind, every room by the accounts beyond the edges."""
    named = facts.names["traffic_source"].to_pylist()
    labelled = np.isin(rows["traffic_source"], [named.index(word) for word in LABELLED if word in named])
    people = rows[~labelled]
    room = people["room_id"]
    n = np.bincount(room, minlength=facts.n_rooms)
    block = _blocks(people["ip"], facts)
    few, many = np.zeros(len(people)), np.zeros(len(people))
    if len(people):
        few = np.maximum(_without_company(people, config), _spread(people, block))
        has_more = (facts.has_column("ip", TYPES) | facts.has_column("region", TYPES))[room]
        places = (people["region"], block, people["ip"], np.where(has_more, -1, people["asn"]))
        many = _together(people, places, n, config)
    score = np.maximum(few, many)
    of_room = room_nats(room, score, facts.n_rooms, edge_share=config.room_share)
    every = np.concatenate([people, rows[labelled]])
    own = np.concatenate([score, np.zeros(int(labelled.sum()))])
    rooms = np.unique(every["room_id"])
    scores = [
        Scores("room", rooms, rooms, of_room[rooms], n[rooms], "viewers"),
        Scores("account", every["room_id"], every["account_id"], own, np.ones(len(every), np.int64), "viewers"),
    ]
    cells = {"one_each": few > 0, "same_network": many > 0}
    filled = np.flatnonzero(n)
    counts = [
        Counts(name, "viewers", filled, np.bincount(room[is_in], minlength=len(n))[filled], n[filled])
        for name, is_in in cells.items()
    ]
    beyond = np.bincount(room, weights=members(score), minlength=facts.n_rooms)
    found = np.flatnonzero((of_room >= config.min_nats) & (beyond >= config.min_accounts)).tolist()
    findings = [_finding(people[room == k], few[room == k], many[room == k], float(of_room[k]), facts) for k in found]
    return Seen(scores, findings, counts)


def _kinds(people: np.ndarray) -> Iterator[np.ndarray]:
    """Yield what may make accounts of one kind, -1 where it is not known: the phone, and the age step at two offsets."""
    room = people["room_id"]
    yield np.where(people["device_model"] >= 0, cell_ids(room, *(people[name] for name in PHONE)), -1)
    is_known = people["created"] != NULL
    age_s = np.where(is_known, people["ts"] - np.where(is_known, people["created"], 0), 0) // 1_000_000
    for cell, _ in age_cells(age_s):
        yield np.where(is_known, cell, -1)


def _blocks(ip: np.ndarray, facts: Facts) -> np.ndarray:
    """Return the block of 256 addresses each stands in, -1 where addresses are hashed or not of four numbers."""
    codes, at = np.unique(ip, return_inverse=True)
    texts = facts.names["ip"].take(pa.array(codes, mask=codes < 0))
    blocks = pc.struct_field(pc.extract_regex(texts, r"^(?P<block>\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$"), [0])
    found = pc.fill_null(pc.cast(blocks.dictionary_encode().indices, pa.int64()), -1)
    return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)[at]


def _without_company(people: np.ndarray, config: Config) -> np.ndarray:
    """Return by account, nats: its kind's want of shared addresses; 0 for those who do share theirs."""
    here = people[people["ip"] >= 0]
    room, score = here["room_id"], np.zeros(len(here))
    shares = (cell_sizes(room, here["ip"]) > 1).astype(np.float64)
    operator = cell_ids(room, here["asn"])
    for kind in _kinds(here):
        cell = cell_ids(room, kind)
        usual = np.bincount(cell, weights=_rate_elsewhere(cell, operator, shares), minlength=1)
        seen = np.bincount(cell, weights=shares, minlength=1)
        nats = np.log(np.maximum(lower_count(config.few_ratio * usual) / upper_count(seen), 1.0))
        score = np.maximum(score, np.where((kind >= 0) & (shares == 0), nats[cell], 0.0))
    out = np.zeros(len(people))
    out[people["ip"] >= 0] = score
    return out


def _rate_elsewhere(cell: np.ndarray, operator: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return by account the share with company on their address among its operator's accounts of other kinds."""
    both = cell_ids(cell, operator)
    n = np.bincount(operator, minlength=1)[operator] - np.bincount(both, minlength=1)[both]
    with_company = np.bincount(operator, weights=shares, minlength=1)[operator]
    with_company -= np.bincount(both, weights=shares, minlength=1)[both]
    return np.asarray(with_company / np.maximum(n, 1))


def _spread(people: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Return by account, nats: pairs on one address missing in its block, were its people thrown on it by chance."""
    group = cell_ids(people["room_id"], block)
    k = np.bincount(group, minlength=1).astype(np.float64)
    n_on = np.bincount(address := cell_ids(group, people["ip"]), minlength=1).astype(np.float64)
    owner = np.zeros(len(n_on), np.int64)
    owner[address] = group
    seen = np.bincount(owner, weights=n_on * (n_on - 1) / 2, minlength=len(k))
    usual = k * (k - 1) / 2 / N_BLOCK
    nats = np.log(np.maximum(lower_count(usual) / upper_count(seen), 1.0))
    return np.where(block >= 0, nats[group], 0.0)


def _together(people: np.ndarray, places: Sequence[np.ndarray], n: np.ndarray, config: Config) -> np.ndarray:
    """Return by account, nats: those of its kind in one of its places beyond what the room's rest explains."""
    room, score = people["room_id"], np.zeros(len(people))
    least = np.maximum(config.network_share * n, config.min_company - 1.0)[room]
    kinds = [(kind, cell_ids(room, kind)) for kind in _kinds(people)]
    for place in places:
        at = cell_ids(room, place)
        n_place = np.bincount(at)[at]
        for kind, cell in kinds:
            k = cell_sizes(at, cell)
            here = np.flatnonzero((k > least) & (kind >= 0) & (place >= 0))  # fewer exceed nothing
            few, all_place, in_room = k[here], n_place[here], n[room[here]]
            others = upper_count(all_place - few)  # of a common kind few are missing, by chance none
            n_kind = np.bincount(cell)[cell[here]]
            usual = usual_count(few, n_kind, others + few, in_room + others - (all_place - few))
            score[here] = np.maximum(score[here], nats_beyond(few, np.maximum(upper_count(usual), least[here])))
    return score


def look(look: Look, facts: Facts, config: Config) -> Look:  # noqa: ARG001
    """Say where networks can be compared, and by which readings."""
    has = facts.has_column("account_id", TYPES)
    look = look.unless(~has & (facts.n_nobody.sum(axis=1) > 0), "masked_ids").unless(~has, "no_account_id")
    has_ip, has_region = facts.has_column("ip", TYPES), facts.has_column("region", TYPES)
    phone, age = facts.has_column("device_model", TYPES), facts.has_column("account_created_at", TYPES)
    look = look.weaker(~has_ip & ~has_region, "operators_only", "no_ip_or_region")
    look = look.weaker(~phone & ~age, "blocks_only", "no_device_model_or_account_created_at")
    look = look.weaker(~has_ip, "regions_only", "no_ip")
    return look.weaker(~has_region, "addresses_only", "no_region")


def _finding(people: np.ndarray, few: np.ndarray, many: np.ndarray, of_room: float, facts: Facts) -> Finding:
    score = np.maximum(few, many)
    alike = people[np.lexsort((people["event_id"], people["ts"], -score))][: int(np.count_nonzero(score))]
    regions, n = np.unique(alike["region"], return_counts=True)
    room, start, end = int(people["room_id"][0]), int(alike["ts"].min()), int(alike["ts"].max()) + 1
    params = {
        "kind": "few" if members(few).sum() > members(many).sum() else "many", "n_accounts": len(alike),
        "n_known": len(people), "n_addresses": len(np.unique(alike["ip"][alike["ip"] >= 0])),
        "region": facts.name("region", int(regions[n.argmax()])),
    }  # fmt: skip
    return Finding("room", room, room, start, end, of_room, alike["event_id"], len(alike), params)


def honest() -> pa.Table:
    """Three hundred viewers on mixed phones, every third of them on one of twelve shared addresses."""
    return build(EVENTS, _viewers(300))


def faked() -> pa.Table:
    """The same viewers, and eighty accounts on one kind of phone, each on an address of its own in one region."""
    return build(EVENTS, _viewers(300) + [_row(f"f{k}", 15.1 * k, f"198.51.{k}.7", 70, "R1") for k in range(80)])


def _viewers(n: int) -> list[dict[str, object]]:
    return [
        _row(
            f"u{k}", 20.7 * k, f"203.0.113.{k % 12}" if k % 3 == 0 else f"192.{k // 200}.{k % 200}.1",
            k * 7 % 23, f"R{k * 5 % 17}",
        )
        for k in range(n)
    ]  # fmt: skip


def _row(account: str, at_s: float, ip: str, model: int, region: str) -> dict[str, object]:
    ts = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(seconds=at_s)
    return {
        "event_id": f"e-{account}", "ts": ts, "event_type": "join", "room_id": "r", "account_id": account, "ip": ip,
        "asn": 64_500, "region": region, "device_model": f"M-{model}", "traffic_source": "recommend",
    }  # fmt: skip


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="address_collisions", version=1, family="D", scheme="farm", subject="room", scope="room", event_types=TYPES,
    reads=(
        "event_id", "ts", "event_type", "room_id", "account_id", "ip", "asn", "region", "traffic_source",
        "account_created_at", *PHONE,
    ),
    needs=(("ip", "asn", "region"),), lookback=timedelta(hours=12),
    finds="accounts of one kind that share addresses too rarely, or regions and addresses only with their kind",
    source="pair-collision test, both tails, detectors.md D2; public reports: one phone, one address",
    config=Config, detect=STREAM.detect, honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
