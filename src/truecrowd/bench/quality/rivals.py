"""Simple rules and re-implementations that need no dependency, run on the events the truth is about.

Each speaks at its own level only: a rule for rooms gives no score for accounts. They look at all events at once, which
helps them; constants are the published or customary ones, not tuned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truecrowd.bench.quality.bootstrap import Bools
from truecrowd.bench.quality.measures import F64, I64, rate
from truecrowd.bench.quality.systems import Said
from truecrowd.bench.quality.truth import Labelled, Truth, codes
from truecrowd.errors import InputError

_READ: Final = ("ts", "event_type", "room_id", "account_id", "order_id", "text", "asn", "device_model")
HOUR_S, LEAST_CONCENTRATION = 3_600.0, 3.0
"""Window and threshold of the order brushing rule (Shopee Code League 2020: concentration at least 3 in an hour)."""
SAME_TEXT_S, SAME_TEXT_ACCOUNTS = 10.0, 5
"""The naive rule of detectors.md section 6."""
TICK_S: Final = 60.0
"""Length of a tick for the scores after MIDAS; the paper's examples use minutes."""
GRID: Final = 20
"""Steps of start and of stay in the histogram after FLOCK; ours, since no code is public."""
ACTS: Final = ("join", "comment", "like", "cart_popup", "order")
"""Events that are edges for the scores after MIDAS."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Events as numbers, in order of time.

    Args:
        at_s: Seconds since the epoch.
        kind: Event type, text.
        room: Row of the room in the truth, -1 where it is not there.
        account: Number of each account, -1 for none.
        columns: The rest, same order.
    """

    at_s: F64
    kind: pa.Array
    room: I64
    account: I64
    columns: pa.Table

    def only(self, *kinds: str) -> "Seen":
        """Return the events of some types that lie in a known room."""
        which = pc.is_in(self.kind, value_set=pa.array(kinds)).to_numpy(zero_copy_only=False) & (self.room >= 0)
        at = np.flatnonzero(which)
        return Seen(self.at_s[at], self.kind.take(at), self.room[at], self.account[at], self.columns.take(at))


def all_of(truth: Truth) -> Iterator[tuple[str, Said]]:
    """Yield the level each rule speaks at, and what it says.

    Raises:
        InputError: The events are not beside the truth.
    """
    seen = read_events(truth)
    yield "order", Said("shopee_rule", shopee_rule(seen, truth.orders))
    for level, score in zip(("room", "account"), same_text(seen, truth), strict=True):
        yield level, Said("same_text_5_in_10s", score)
    yield "room", Said("duplicate_share", duplicate_share(seen, truth.rooms))
    yield "room", Said("refund_rate", refund_rate(seen, truth.rooms))
    for level, score in zip(("room", "account"), flock_style(seen, truth), strict=True):
        yield level, Said("flock_style", score)
    for column in ("account_id", "asn", "device_model"):
        for level, score in zip(("room", "account"), after_midas(seen, truth, column), strict=True):
            yield level, Said(f"after_midas_{column}", score)


def read_events(truth: Truth, more: Sequence[str] = ()) -> Seen:
    """Read the columns the rules use, and `more`, in order of time."""
    path = truth.folder / "events.parquet"
    try:
        table = pq.read_table(path, columns=[*_READ, *more]).sort_by("ts")
    except (OSError, pa.ArrowInvalid) as error:
        fix = "write them again: truecrowd simulate ... --out DIR"
        raise InputError("the events of the truth cannot be read", where=str(path), fix=fix) from error
    at_s = table["ts"].cast(pa.int64()).to_numpy() / 1e6
    kind = table["event_type"].cast(pa.string()).combine_chunks()
    return Seen(at_s, kind, truth.rooms.index.find(table["room_id"]), codes(table["account_id"]), table)


def shopee_rule(seen: Seen, orders: Labelled, *, hour_s: float = HOUR_S, least: float = LEAST_CONCENTRATION) -> F64:
    """Score orders by orders per buyer of their hour and room where that is at least `least`, else 0.

    Hours are slots of `hour_s` at two offsets, half a slot apart. Orders of the buyers who hold most of such an hour
    come first.
    """
    made = seen.only("order")
    best = np.zeros(len(made.at_s))
    for offset in (0.0, hour_s / 2.0):
        slot = _together(made.room, ((made.at_s + offset) // hour_s).astype(np.int64))
        n = np.bincount(slot).astype(np.float64)
        pair = _together(slot, made.account)
        buyers = np.bincount(slot[np.unique(pair, return_index=True)[1]], minlength=len(n))
        concentration = (n / np.maximum(buyers, 1))[slot]
        own = np.bincount(pair)[pair] / n[slot]
        best = np.fmax(best, np.where(concentration >= least, concentration + own, 0.0))
    return orders.spread((made.columns["room_id"], made.columns["order_id"]), best)


def same_text(
    seen: Seen, truth: Truth, *, span_s: float = SAME_TEXT_S, n_accounts: int = SAME_TEXT_ACCOUNTS
) -> tuple[F64, F64]:
    """Score rooms and commenters by the most accounts that wrote one text within `span_s`; fewer than `n_accounts`: 0.

    A commenter has the fullest span that holds the comment; who repeats a text within a span counts at its first time.
    """
    said = seen.only("comment")
    text = _together(said.room, _folded(said.columns))
    first = _first_in(said.at_s, _together(text, said.account), span_s)
    n = _fullest(said.at_s, text, first, span_s)
    score = np.where(n >= n_accounts, n, 0.0)
    return by_room(said, score, truth.rooms), by_account(said, score, truth.accounts)


def duplicate_share(seen: Seen, rooms: Labelled) -> F64:
    """Score rooms by the part of comments whose folded text was written there before."""
    said = seen.only("comment")
    text = _together(said.room, _folded(said.columns))
    fresh = np.zeros(len(text), bool)
    fresh[np.unique(text, return_index=True)[1]] = True
    n = np.bincount(said.room, minlength=len(rooms.host)).astype(np.float64)
    return rate(n - np.bincount(said.room[fresh], minlength=len(n)), n)


def refund_rate(seen: Seen, rooms: Labelled) -> F64:
    """Score rooms by refunds per order."""
    n = [
        np.bincount(seen.only(kind).room, minlength=len(rooms.host)).astype(np.float64) for kind in ("refund", "order")
    ]
    return rate(n[0], n[1])


def flock_style(seen: Seen, truth: Truth, *, n_steps: int = GRID) -> tuple[F64, F64]:
    """Score rooms by how far their start and stay are from those of all rooms, accounts by how much denser their cell is.

    After Shah, "FLOCK: Combating Astroturfing on Livestreaming Platforms" (WWW 2017), as far as the paper tells;
    joins without a later leave or join in the room count as staying to its end.
    """
    visits, start, stay = _visits(seen)
    cell = _together_grid(start, stay, n_steps)
    room_n = np.zeros((len(truth.rooms.host), n_steps * n_steps))
    np.add.at(room_n, (visits.room, cell), 1.0)
    own = (room_n + 1.0 / room_n.shape[1]) / (room_n.sum(1, keepdims=True) + 1.0)
    other = room_n.sum(0) - room_n
    rest = (other + 1.0 / room_n.shape[1]) / (other.sum(1, keepdims=True) + 1.0)
    surprise = np.log(own / rest)
    divergence = np.where(room_n.sum(1) > 0.0, (own * surprise).sum(1), np.nan)
    return divergence, by_account(visits, surprise[visits.room, cell], truth.accounts)


def after_midas(seen: Seen, truth: Truth, column: str, *, tick_s: float = TICK_S) -> tuple[F64, F64]:
    """Score rooms and accounts by the highest chi-squared of one (column's value, room) in a tick against its past.

    Each event is scored when it comes, with the counts until then, as the authors' program does; counts are exact where
    it uses sketches.

    Source: Bhatia et al., "MIDAS: Microcluster-Based Detector of Anomalies in Edge Streams" (AAAI 2020), equation 3.
    """
    acts, value, tick = edges_of(seen, column, tick_s)
    edge = _together(acts.room, value)
    order = np.argsort(edge, kind="stable")
    here = np.arange(len(order))
    is_other = np.append(True, np.diff(edge[order]) != 0)[: len(order)]
    is_later = is_other | np.append(True, np.diff(tick[order]) != 0)[: len(order)]
    total = here - np.maximum.accumulate(np.where(is_other, here, 0)) + 1.0
    now = here - np.maximum.accumulate(np.where(is_later, here, 0)) + 1.0
    at = tick[order].astype(np.float64)
    by_event = np.empty(len(order))
    by_event[order] = np.where(at > 1.0, (now - total / at) ** 2 * at**2 / (total * np.maximum(at - 1.0, 1.0)), 0.0)
    by_event[value < 0] = np.nan
    return by_room(acts, by_event, truth.rooms), by_account(acts, by_event, truth.accounts)


def edges_of(seen: Seen, column: str, tick_s: float) -> tuple[Seen, I64, I64]:
    """Return the events that are edges, the number of each one's value of `column` (-1: none), and its tick from 1."""
    acts = seen.only(*ACTS)
    value = acts.account if column == "account_id" else codes(acts.columns[column])
    return acts, value, ((acts.at_s - acts.at_s.min(initial=np.inf)) // tick_s).astype(np.int64) + 1


def _folded(columns: pa.Table) -> I64:
    return codes(pc.utf8_lower(pc.utf8_trim_whitespace(pc.fill_null(columns["text"], ""))))


def _together(first: I64, second: I64) -> I64:
    """Return one number, from 0 without gaps, for each pair of numbers."""
    wide = first * (int(second.max(initial=0)) + 2) + second + 1
    return np.asarray(np.unique(wide, return_inverse=True)[1], np.int64)


def _together_grid(start: F64, stay: F64, n_steps: int) -> I64:
    """Return the cell of each visit: start in even steps of the broadcast, stay in steps of its logarithm."""
    across = np.clip(start * n_steps, 0, n_steps - 1).astype(np.int64)
    up = np.clip(np.log2(1.0 + stay) * n_steps / 14.0, 0, n_steps - 1).astype(np.int64)  # 2^14 s: four and a half hours
    return across * n_steps + up


def _first_in(at_s: F64, key: I64, span_s: float) -> Bools:
    """Return which rows have no row of the same key within the `span_s` before."""
    order = np.lexsort((at_s, key))
    near = (np.diff(key[order]) == 0) & (np.diff(at_s[order]) <= span_s)
    first = np.ones(len(order), bool)
    first[order[1:]] = ~near
    return first


def _fullest(at_s: F64, key: I64, counts: Bools, span_s: float) -> F64:
    """Return for each row how many counted rows of its key the fullest span of `span_s` holds that it lies in."""
    if len(at_s) == 0:
        return np.zeros(0)
    order = np.lexsort((at_s, key))
    since = at_s[order] - at_s.min()
    line = key[order] * (since.max() + 4.0 * span_s) + since
    n = np.append(0, np.cumsum(counts[order]))
    here = np.arange(len(order))
    ahead = n[np.searchsorted(line, line + span_s, side="right")] - n[here]
    best = np.empty(len(order))
    best[order] = _most(ahead, np.searchsorted(line, line - span_s, side="left"), here)
    return best


def _most(values: I64, first: I64, last: I64) -> I64:
    """Return the largest of `values[first..last]`, ends included, for each pair of ends."""
    steps = np.log2(last - first + 1).astype(np.int64)
    most = np.empty(len(first), values.dtype)
    level = values
    for step in range(int(steps.max()) + 1):
        which = steps == step
        most[which] = np.maximum(level[first[which]], level[last[which] - (1 << step) + 1])
        level = np.maximum(level, np.append(level[1 << step :], level[-1:].repeat(min(1 << step, len(level)))))
    return most


def _visits(seen: Seen) -> tuple[Seen, F64, F64]:
    """Return joins with their start (0 to 1 of the room's span) and stay in seconds."""
    moves = seen.only("join", "leave")
    n_rooms = int(moves.room.max(initial=0)) + 1
    opens, closes = np.full(n_rooms, np.inf), np.full(n_rooms, -np.inf)
    np.minimum.at(opens, moves.room, moves.at_s)
    np.maximum.at(closes, moves.room, moves.at_s)
    pair = _together(moves.room, moves.account)
    order = np.lexsort((moves.at_s, pair))
    until = closes[moves.room]
    same = np.diff(pair[order]) == 0
    until[order[:-1][same]] = moves.at_s[order[1:][same]]
    is_join = pc.equal(moves.kind, "join").to_numpy(zero_copy_only=False)
    joins = moves.only("join")
    span = np.maximum((closes - opens)[joins.room], 1.0)
    return joins, (joins.at_s - opens[joins.room]) / span, (until - moves.at_s)[is_join]


def by_room(seen: Seen, score: F64, rooms: Labelled) -> F64:
    """Return the highest score of the events of each room, NaN where there is none."""
    best = np.full(len(rooms.host), np.nan)
    np.fmax.at(best, seen.room, score)
    return best


def by_account(seen: Seen, score: F64, accounts: Labelled) -> F64:
    """Return the highest score of the events of each account in a room, NaN where there is none."""
    return accounts.spread((seen.columns["room_id"], seen.columns["account_id"]), score)
