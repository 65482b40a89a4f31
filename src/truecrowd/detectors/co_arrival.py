"""The same accounts come in the same ten minutes to one host after another, at three hosts or more.

A paid crowd is sent from job to job: whoever works for two hosts works for them in the same slot as the others. Fans
have one host; people with common taste visit the same rooms, but each in their own time. So rooms in common are never
enough: what counts is how many of those who came in one ten minutes and were in the other room at all came *there* in
one ten minutes too, against that room's other visitors. Orders and reviews are held together in the same way.
Honest lookalikes: a fan club (one host), a crowd handed from host to host (a raid: only one side surprises), regulars
who come when the room opens or at their own hour (their shares are granted), labelled raids and paid promotion (left
out). Pairs of cells are counted, not pairs of accounts, so no cell is too big: what is skipped are the rooms of one
account beyond the first 40. Phones and networks are not used here; they are other detectors' evidence.
Must still be tested against: one host per account; slots smeared over days.
Source: SynchroTrap (CCS 2014), CopyCatch (WWW 2013), density beyond popularity after D-Cube (WSDM 2017).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector, Finding, Look, Scores, Seen, Stream
from truecrowd.features import lockstep
from truecrowd.features.facts import Facts
from truecrowd.features.goods import events_table
from truecrowd.features.state import Layout
from truecrowd.features.view import NULL, TYPE_CODES, View
from truecrowd.schema import ID_KINDS

ARRIVAL, ORDER, REVIEW = 0, 1, 2
TYPES: Final = ("join", "comment", "like", "cart_popup", "order", "review")
"""A sighting is an arrival where no join was recorded, or before it."""
LABELLED: Final = ("paid", "raid")
"""Traffic sources that explain why a crowd comes at once."""

LAYOUT: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("account_id", "i4"), ("what", "i1"), ("ts", "i8"), ("event_id", "u8"),
        ("traffic_source", "i4"),
    ]),
    key=("room_id", "account_id", "what"),
    how={"ts": "first", "event_id": "first", "traffic_source": "first"},
)  # fmt: skip
"""First sighting, order and review of every account in a room: 29 bytes each, most accounts have one."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a meeting is, what regulars may do, and from when on it is said."""

    cells_s: tuple[float, ...] = (600.0, 1800.0)
    """Lengths of a cell, seconds, shortest first. Crowds are told a slot and keep it within minutes, or spread over
    it; honest visits of one room spread over hours. A long cell is usual, so it counts for less."""
    min_company: int = 4
    """Fewest accounts in both cells of a pair (4-core, detectors.md 4)."""
    min_surprise: float = 10.0
    """Least surprise of a pair of cells, nats: one in 22,000, since an active account has hundreds of pairs."""
    max_rooms: int = 40
    """Most rooms of one account that are held together, the earliest first: pairs grow with its square. Guess."""
    prior: float = 40.0
    """Visitors that an even spread over the room weighs as much as, so that a thin room proves little. Guess."""
    opening_share: float = 0.5
    """Share of people with taste for both hosts who may come as the room opens. Toy world with crowds of sixty who love
    the same three hosts: 0.3 takes 17 of 300 of them for a crew, 0.5 one."""
    habit_share: float = 0.25
    """Share who may come at one hour of the day on different days. Guess."""
    habit_s: float = 1800.0
    """How far apart two times of day still are one habit, seconds. Guess."""
    min_nats: float = 1.0
    """Evidence from which an account counts as met, nats: about one of 20,000 honest ones in the toy world."""
    min_accounts: int = 6
    """Fewest such accounts in a room that make a finding. Guess, above the company of one pair of cells."""
    honest_share: float = 0.01
    """Share of such accounts that an honest room may have, 0 to 1. Guess."""
    max_troupe: int = 100
    """Most accounts of a finding that is named after troupes of people; more is a farm. Troupes: 10 to 40 (reports)."""

    def bounds(self) -> lockstep.Bounds:
        """Return the same as the kernel takes it."""
        return lockstep.Bounds(
            cells_us=tuple(round(cell * 1e6) for cell in self.cells_s), max_rooms=self.max_rooms, min_company=self.min_company, min_surprise=self.min_surprise, prior=self.prior,
            opening_share=self.opening_share, habit_share=self.habit_share, habit_us=round(self.habit_s * 1e6),
        )  # fmt: skip


def update(view: View, config: Config) -> np.ndarray:  # noqa: ARG001
    """Return sightings, orders and reviews of accounts with an id that holds across rooms."""
    is_known = (view["account_id"] >= 0) & (view["id_kind"] != ID_KINDS.index("nick"))
    view = view.where(is_known)
    parts = []
    for what, rows in (
        (ARRIVAL, ~view.is_type("review")),
        (ORDER, view.is_type("order")),
        (REVIEW, view.is_type("review")),
    ):
        shown = view.where(rows)
        names = ("room_id", "account_id", "ts", "event_id", "traffic_source")
        parts.append(LAYOUT.reduce_columns({name: shown[name] for name in names} | {"what": what}))
    return np.concatenate(parts)


def hosts_of(facts: Facts) -> np.ndarray:
    """Return shape (rooms,), the host of every room; the platform's room where no host is known, else -1.

    Codes of the two kinds never meet.
    """
    host, source = facts.parties["host_id"].astype(np.int64), facts.parties["source_room_id"].astype(np.int64)
    return np.where(host >= 0, host, np.where(source >= 0, source + len(facts.names["host_id"]), -1))


def finish(rows: np.ndarray, facts: Facts, config: Config) -> Seen:
    """Score every account in a room by the company it keeps at other hosts, and rooms by how many such accounts."""
    named = facts.names["traffic_source"].to_pylist()
    labels = [named.index(word) for word in LABELLED if word in named]
    host = hosts_of(facts)
    rows = rows[host[rows["room_id"]] >= 0]
    score, n_hosts, n_skipped = np.zeros(len(rows)), np.zeros(len(rows), np.int64), 0
    for what in (ARRIVAL, ORDER, REVIEW):
        at = np.flatnonzero((rows["what"] == what) & ~np.isin(rows["traffic_source"], labels))
        nats, hosts, skipped = _company(rows[at], host, facts, config)
        score[at], n_hosts[at] = nats, hosts
        n_skipped += skipped
    is_start = np.ones(len(rows), np.bool_)
    is_start[1:] = (np.diff(rows["room_id"]) != 0) | (np.diff(rows["account_id"]) != 0)
    starts = np.flatnonzero(is_start)
    if not len(starts):
        return Seen()
    best = np.maximum.reduceat(score, starts)
    people = rows[starts]
    n = np.maximum(np.maximum.reduceat(n_hosts, starts), 1)
    accounts = Scores("account", people["room_id"], people["account_id"], best, n, "viewers")
    rooms, place, in_room = np.unique(people["room_id"], return_inverse=True, return_counts=True)
    met = np.bincount(place[best >= config.min_nats], minlength=len(rooms))
    least = np.maximum(lockstep.lower_share(met, in_room), config.honest_share)
    by_room = Scores("room", rooms, rooms, np.log(least / config.honest_share), in_room, "viewers")
    enough = rooms[met >= config.min_accounts]
    findings = [_finding(int(room), people, best, n, n_skipped, config) for room in enough]
    return Seen([accounts, by_room], findings)


def _company(rows: np.ndarray, host: np.ndarray, facts: Facts, config: Config) -> tuple[np.ndarray, np.ndarray, int]:
    """Return by row: nats beyond the strongest host, hosts met; and how many accounts had rooms left out."""
    order = np.lexsort((rows["room_id"], rows["ts"], rows["account_id"]))
    came = lockstep.Visits(
        *(column[order] for column in (rows["account_id"], rows["room_id"], host[rows["room_id"]], rows["ts"]))
    )
    met = lockstep.meetings(came, *facts.span_us(), config.bounds())
    score, hosts = lockstep.company(came, met, config.min_company)
    out, n_hosts = np.zeros(len(rows)), np.zeros(len(rows), np.int64)
    out[order], n_hosts[order] = score, hosts
    return out, n_hosts, met.n_skipped


def _finding(
    room: int, people: np.ndarray, score: np.ndarray, n_hosts: np.ndarray, n_skipped: int, config: Config
) -> Finding:
    here = np.flatnonzero((people["room_id"] == room) & (score >= config.min_nats))
    here = here[np.lexsort((people["account_id"][here], -score[here]))]
    ts = people["ts"][here]
    params = {
        "n_accounts": len(here), "n_looked": int((people["room_id"] == room).sum()),
        "n_hosts": int(np.median(n_hosts[here])), "cell_s": config.cells_s[-1], "n_skipped": n_skipped,
    }  # fmt: skip
    total = float(score[here].mean())
    scheme = "troupe" if len(here) <= config.max_troupe else "farm"
    evidence = people["event_id"][here]
    return Finding(
        "room", room, room, int(ts.min()), int(ts.max()) + 1, total, evidence, len(here), params, scheme=scheme
    )  # fmt: skip


def look(look: Look, facts: Facts, config: Config) -> Look:
    """Say where meetings can be seen: ids that hold across rooms, clocks, three hosts in all."""
    codes = [TYPE_CODES[name] for name in TYPES]
    n, n_nobody, n_nick = (
        facts.n[:, codes].sum(axis=1),
        facts.n_nobody[:, codes].sum(axis=1),
        facts.n_nick[:, codes].sum(axis=1),
    )
    has = facts.has_column("account_id", TYPES)
    look = look.unless(~has & (n_nobody > 0), "masked_ids").unless(~has, "no_account_id")
    look = look.unless((n_nick > 0) & (n_nick + n_nobody >= n), "nick_ids")
    grain = np.where(facts.n[:, codes] > 0, facts.grain_us[:, codes], 0)
    blind = (grain == NULL).any(axis=1) | (grain.max(axis=1) > config.cells_s[0] * 1e6 / 2)
    look = look.unless(blind, "clock_grain")
    host = hosts_of(facts)
    look = look.unless(np.full(facts.n_rooms, len(np.unique(host[host >= 0])) < 3), "fewer_than_three_hosts")
    look = look.weaker(facts.parties["host_id"] < 0, "rooms", "no_host_id")
    look = look.weaker(~facts.has_type("join"), "first_action", "no_join")
    return look.weaker(facts.sampled("join"), "sampled", "sampled_join")


def _sample(*, together: bool) -> pa.Table:
    """Return five evenings at five hosts: forty viewers each, and twenty who go to all of them.

    The twenty come in the same four minutes, or each in their own time.
    """
    rows: list[dict[str, object]] = []
    for night in range(5):
        opens = 1_785_000_300_000_000 + night * (86_400 + 5 * 3_600) * 1_000_000
        base: dict[str, object] = {"room_id": f"r{night}", "host_id": f"h{night}", "event_type": "join"}
        rows += [base | {"account_id": f"n{night}-{k}", "ts": opens + (100 * k + 7) * 1_000_000} for k in range(60)]
        for k in range(20):
            own = (k * (7 + 2 * night) * 97 + 1_300 * night) % 5_900
            after = 1_800 + 600 * night + 11 * k if together else own
            rows.append(base | {"account_id": f"w{k}", "ts": opens + (after + 13) * 1_000_000})
    return events_table(rows)


def honest() -> pa.Table:
    """Return twenty people with the same taste: five hosts in common, each in their own time."""
    return _sample(together=False)


def faked() -> pa.Table:
    """Return the same twenty, who come to each host within four minutes."""
    return _sample(together=True)


STREAM = Stream(LAYOUT, update, finish)
DETECTOR = Detector(
    name="co_arrival", version=1, family="L", scheme="troupe", subject="room", scope="cross-room", event_types=TYPES,
    reads=(
        "event_id", "ts", "event_type", "room_id", "account_id", "id_kind", "host_id", "source_room_id",
        "traffic_source",
    ),
    needs=(("host_id", "source_room_id"),), lookback=timedelta(days=30),
    finds="the same accounts coming in the same ten minutes to three hosts or more",
    source="SynchroTrap (CCS 2014); CopyCatch (WWW 2013); D-Cube (WSDM 2017); detectors.md L1",
    config=Config, detect=STREAM.detect, honest=honest, faked=faked, look=look, stream=STREAM,
)  # fmt: skip
