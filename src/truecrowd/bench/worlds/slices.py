"""Rooms cut into slices of half an hour, each told by a few numbers that recordings and simulations both have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.bench.quality.measures import F64, I64
from truecrowd.bench.quality.seen import seconds
from truecrowd.bench.quality.truth import codes

LENGTH_S: Final = 1_800.0
LEAST_COMMENTS: Final = 60
"""A slice with fewer comments says too little about its talk."""
_LEAST_JOINS: Final = 20
_MINUTE_S, _LONG = 60.0, 15
_HAN: Final = r"\p{Han}"
_DAY_S: Final = 86_400.0
_EPOCH: Final = pa.scalar(0, pa.timestamp("us", tz="UTC"))
_KINDS: Final = ("comment", "join", "leave", "like", "follow", "light_badge", "product_click", "cart_popup", "order")


@dataclass(frozen=True, slots=True)
class Slices:
    """Slices as rows of numbers.

    Args:
        names: Of the columns.
        values: Shape (n slices, n names); NaN where a slice cannot tell.
        room: Number of each slice's room: slices of one room never stand on both sides of a split.
    """

    names: tuple[str, ...]
    values: F64
    room: I64

    def of_columns(self, names: tuple[str, ...]) -> "Slices":
        """Return the same slices with some columns alone."""
        return Slices(names, self.values[:, [self.names.index(name) for name in names]], self.room)

    def thinned(self, most: int) -> "Slices":
        """Return at most so many slices of each room, evenly spread over it."""
        keep: list[int] = []
        for room in np.unique(self.room):
            own = np.flatnonzero(self.room == room)
            keep += own[np.linspace(0, len(own) - 1, min(most, len(own))).astype(np.int64)].tolist()
        return Slices(self.names, self.values[keep], self.room[keep])


def slices(events: pa.Table) -> Slices:
    """Return the slices of EVENTS that hold enough comments."""
    at_s = seconds(events["ts"])
    room = codes(events["room_id"])
    first = np.full(int(room.max(initial=-1)) + 1, np.inf)
    np.minimum.at(first, room, at_s)
    part = ((at_s - first[room]) // LENGTH_S).astype(np.int64) if len(room) else room
    code = room * (int(part.max(initial=0)) + 1) + part
    order = np.lexsort((at_s, code))
    edges = np.flatnonzero(np.diff(code[order], prepend=-1, append=-1))
    columns = _columns(events, at_s)
    rows, of_room = [], []
    for start, end in pairwise(edges):
        own = {name: column[order[start:end]] for name, column in columns.items()}
        if int(own["is_comment"].sum()) >= LEAST_COMMENTS:
            rows.append([tell(own) for tell in TOLD.values()])
            of_room.append(int(room[order[start]]))
    values = np.array(rows, np.float64).reshape(len(rows), len(TOLD))
    return Slices(tuple(TOLD), values, np.array(of_room, np.int64))


def _columns(events: pa.Table, at_s: F64) -> dict[str, np.ndarray]:
    kinds = events["event_type"].cast(pa.string())
    text = _column(events, "text")
    folded = pc.utf8_trim_whitespace(pc.utf8_lower(pc.utf8_normalize(text, form="NFKC")))
    account = _column(events, "account_id")
    return {
        "at_s": at_s,
        **{f"is_{kind}": _flags(pc.equal(kinds, kind)) for kind in _KINDS},
        "value": _numbers(events, "value"),
        "age_days": (at_s - _created(events)) / _DAY_S,
        "phone": codes(_column(events, "device_model")),
        "address": codes(_column(events, "ip")),
        "account": codes(account),
        "text": codes(folded),
        "length": np.asarray(pc.fill_null(pc.utf8_length(folded), 0).to_numpy(), np.float64),
        "is_han": _flags(pc.match_substring_regex(text, _HAN)),
    }


def _column(events: pa.Table, name: str) -> pa.ChunkedArray:
    if name in events.column_names:
        return events[name].cast(pa.string())
    return pa.chunked_array([pa.nulls(events.num_rows, pa.string())])


def _numbers(events: pa.Table, name: str) -> F64:
    if name not in events.column_names:
        return np.full(events.num_rows, np.nan)
    return np.asarray(pc.fill_null(events[name].cast(pa.float64()), np.nan).to_numpy(), np.float64)


def _created(events: pa.Table) -> F64:
    if "account_created_at" not in events.column_names:
        return np.full(events.num_rows, np.nan)
    column = events["account_created_at"]
    return np.where(np.asarray(pc.is_valid(column).to_numpy(), bool), seconds(pc.fill_null(column, _EPOCH)), np.nan)


def _flags(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(pc.fill_null(column, fill_value=False).to_numpy(), bool)


Own = Mapping[str, "np.ndarray[tuple[int], np.dtype[np.float64]]"]


def _talk(own: Own, name: str) -> F64:
    return np.asarray(own[name][own["is_comment"].astype(bool)], np.float64)


def _per_minute(at_s: F64) -> F64:
    minute = ((at_s - at_s.min()) // _MINUTE_S).astype(np.int64)
    return np.bincount(minute).astype(np.float64)


def _fano(at_s: F64, least: int) -> float:
    """Return variance over mean of the counts of a minute: 1 for a Poisson stream."""
    if len(at_s) < least:
        return float("nan")
    counts = _per_minute(at_s)
    return float(counts.var() / counts.mean())


def _busiest(own: Own) -> float:
    counts = _per_minute(_talk(own, "at_s"))
    return float(counts.max() / counts.mean())


def _counts(own: Own) -> F64:
    who = _talk(own, "account").astype(np.int64)
    who = who[who >= 0]
    return np.unique(who, return_counts=True)[1].astype(np.float64) if len(who) else np.zeros(0)


def _once(own: Own) -> float:
    counts = _counts(own)
    return float((counts == 1.0).mean()) if len(counts) else float("nan")


def _top(own: Own) -> float:
    counts = _counts(own)
    return float(counts.max() / counts.sum()) if len(counts) else float("nan")


def _gap(own: Own) -> float:
    """Return the median time between two comments of one account, seconds."""
    who, at_s = _talk(own, "account"), _talk(own, "at_s")
    order = np.lexsort((at_s, who))
    same = (np.diff(who[order]) == 0.0) & (who[order][1:] >= 0.0)
    gaps = np.diff(at_s[order])[same]
    return float(np.median(gaps)) if len(gaps) >= 5 else float("nan")


def _repeated(own: Own) -> float:
    text = _talk(own, "text")
    return 1.0 - len(np.unique(text)) / len(text)


def _commonest(own: Own) -> float:
    return float(np.unique(_talk(own, "text"), return_counts=True)[1].max() / len(_talk(own, "text")))


def _shared_second(own: Own) -> float:
    """Return the part of the comments whose second holds another one, relative to what their number leads to expect."""
    second = np.floor(_talk(own, "at_s"))
    counts = np.unique(second, return_counts=True)[1]
    rate = len(second) / LENGTH_S
    expected = 1.0 - float(np.exp(-rate))
    return float(counts[counts > 1].sum() / len(second)) / max(expected, 1e-9)


def _again(own: Own) -> float:
    """Return the part of the arrivals that are not an account's first."""
    who = own["account"][own["is_join"].astype(bool)]
    return 1.0 - len(np.unique(who)) / len(who) if len(who) >= _LEAST_JOINS else float("nan")


def _among(own: Own, kind: str, name: str) -> F64:
    values = np.asarray(own[name][own[f"is_{kind}"].astype(bool)], np.float64)
    return np.asarray(values[~np.isnan(values)], np.float64)


def _middle(own: Own, kind: str, name: str) -> float:
    values = _among(own, kind, name)
    return float(np.median(values)) if len(values) >= _LEAST_JOINS else float("nan")


def _per(own: Own, kind: str, of: str) -> float:
    """Return how many of one type there are for each of another; NaN where a record holds none of either."""
    n, n_of = int(own[f"is_{kind}"].sum()), int(own[f"is_{of}"].sum())
    return n / n_of if n and n_of >= _LEAST_JOINS else float("nan")


def _commonest_of(own: Own, name: str) -> float:
    known = own[name][own["is_join"].astype(bool) & (own[name] >= 0)].astype(np.int64)
    return float(np.bincount(known).max() / len(known)) if len(known) >= _LEAST_JOINS else float("nan")


def _own_address(own: Own) -> float:
    known = own["address"][own["is_join"].astype(bool) & (own["address"] >= 0)]
    return len(np.unique(known)) / len(known) if len(known) >= _LEAST_JOINS else float("nan")


TALK: Final[dict[str, Callable[[Own], float]]] = {
    "comment_fano_60s": lambda own: _fano(_talk(own, "at_s"), 1),
    "busiest_minute": _busiest,
    "one_comment_accounts": _once,
    "top_account": _top,
    "same_account_gap_s": _gap,
    "repeated_lines": _repeated,
    "commonest_line": _commonest,
    "median_length": lambda own: float(np.median(_talk(own, "length"))),
    "length_spread": lambda own: float(np.std(np.log1p(_talk(own, "length")))),
    "long_lines": lambda own: float((_talk(own, "length") >= _LONG).mean()),
    "chinese_lines": lambda own: float(_talk(own, "is_han").mean()),
    "shared_second": _shared_second,
    "join_fano_60s": lambda own: _fano(np.asarray(own["at_s"][own["is_join"].astype(bool)], np.float64), _LEAST_JOINS),
    "joins_again": _again,
}
"""What recordings hold as well. None is a volume: how large a room is would tell it apart without meaning anything."""
TOLD: Final[dict[str, Callable[[Own], float]]] = TALK | {
    "age_days": lambda own: _middle(own, "join", "age_days"),
    "taps_per_streak": lambda own: _middle(own, "like", "value"),
    "likes_per_join": lambda own: _per(own, "like", "join"),
    "leaves_per_join": lambda own: _per(own, "leave", "join"),
    "follows_per_join": lambda own: _per(own, "follow", "join"),
    "badges_per_join": lambda own: _per(own, "light_badge", "join"),
    "clicks_per_join": lambda own: _per(own, "product_click", "join"),
    "orders_per_click": lambda own: _per(own, "order", "product_click"),
    "commonest_phone": lambda own: _commonest_of(own, "phone"),
    "addresses_per_join": _own_address,
}
"""Every number of a slice by name."""
WRITTEN: Final = ("median_length", "length_spread", "long_lines", "chinese_lines")
"""What the language and its script decide, whatever people do."""
