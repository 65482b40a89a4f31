"""The few things measured from the events a truth is about: who had come by when, and in which script people write."""

import hashlib
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from truecrowd.bench.quality.measures import F64, I64
from truecrowd.bench.quality.truth import Truth, codes
from truecrowd.errors import InputError

LANGUAGES: Final = ("zh", "other", "unwritten")
"""What an account writes: Chinese characters at least once, other letters only, no letter at all."""
_HAN, _LETTER = r"\p{Han}", r"\p{L}"
_EVENTS: Final = "events.parquet"
_REPEATED: Final = ("room_id", "account_id")
"""Read as dictionaries: a third of the time."""


def languages(truth: Truth) -> pa.Array | None:
    """Return the language of each account of the truth, one of `LANGUAGES`; None where its events are gone."""
    comments = _events(truth, "comment", ("room_id", "account_id", "text"))
    if comments is None:
        return None
    at = truth.accounts.index.find(comments["room_id"], comments["account_id"])
    place = np.full(truth.accounts.columns.num_rows, LANGUAGES.index("unwritten"))
    for name, pattern in (("other", _LETTER), ("zh", _HAN)):
        has = pc.fill_null(pc.match_substring_regex(comments["text"], pattern), fill_value=False)
        rows = at[has.to_numpy().astype(bool)]
        place[rows[rows >= 0]] = LANGUAGES.index(name)
    return pa.array(LANGUAGES, pa.large_string()).take(pa.array(place))


def arrivals(truth: Truth, rooms: pa.Array) -> tuple[I64, F64] | None:
    """Return the campaign of every manufactured account that came to some rooms, and when it first came.

    Args:
        truth: What really happened.
        rooms: Rooms to look at.

    Returns:
        Row of the campaign and seconds since the epoch, in order of time; None where the truth's events are gone.
    """
    joins = _events(truth, "join", ("ts", "room_id", "account_id"), rooms)
    if joins is None:
        return None
    at = truth.accounts.index.find(joins["room_id"], joins["account_id"])
    at_s = seconds(joins["ts"])
    first = np.full(truth.accounts.columns.num_rows, np.inf)
    np.minimum.at(first, at[at >= 0], at_s[at >= 0])
    came = np.flatnonzero(np.isfinite(first) & truth.accounts.positive["any"])
    came = came[np.argsort(first[came], kind="stable")]
    return campaigns_of(truth)[came], first[came]


def campaigns_of(truth: Truth) -> I64:
    """Return the row of each account's campaign in the table of campaigns, -1 where it has none."""
    known = truth.tables["campaigns"]["campaign_id"].cast(pa.large_string()).combine_chunks()
    named = truth.accounts.columns["campaign_id"].cast(pa.large_string())
    place = pc.fill_null(pc.index_in(named, value_set=known), -1)
    return np.asarray(place.to_numpy(), np.int64)


def seconds(column: pa.ChunkedArray) -> F64:
    """Return times as seconds since the epoch."""
    micros = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return np.asarray(micros.to_numpy(), np.float64) / 1e6


def _events(truth: Truth, kind: str, columns: tuple[str, ...], rooms: pa.Array | None = None) -> pa.Table | None:
    path = truth.folder / _EVENTS
    if not path.exists():
        return None
    _require_whole(truth)
    try:
        rows = pq.read_table(path, columns=["event_type", *columns], read_dictionary=[*_REPEATED])
    except (OSError, pa.ArrowInvalid) as error:
        fix = "write the truth again: truecrowd simulate ... --out DIR"
        raise InputError(f"{_EVENTS} cannot be read", where=str(path), fix=fix) from error
    keep = pc.equal(rows["event_type"].cast(pa.string()), kind)
    if rooms is not None:
        keep = pc.and_(keep, pc.is_in(rows["room_id"].cast(pa.string()), value_set=rooms.cast(pa.string())))
    kept = rows.filter(keep)
    for name in set(_REPEATED) & set(columns):
        kept = kept.set_column(kept.schema.get_field_index(name), name, kept[name].cast(pa.string()))
    return kept


def _require_whole(truth: Truth) -> None:
    path = truth.folder / _EVENTS
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != truth.meta["sha256"][_EVENTS]:
        fix = "write the truth again: truecrowd simulate ... --out DIR"
        raise InputError(f"{_EVENTS} is not the file meta.json speaks of", where=str(path), fix=fix)


def numbers_of(column: pa.ChunkedArray) -> tuple[list[str], I64]:
    """Return the distinct texts, sorted, and the place of each row's among them; -1 for null."""
    place = codes(column)
    names = column.cast(pa.large_string()).combine_chunks().dictionary_encode()
    if isinstance(names, pa.ChunkedArray):
        names = names.combine_chunks()
    known = names.dictionary.to_pylist()
    order = np.argsort(np.array(known, dtype=object), kind="stable") if known else np.zeros(0, np.int64)
    rank = np.empty(len(known) + 1, np.int64)
    rank[order] = np.arange(len(known))
    rank[-1] = -1
    return [known[at] for at in order], rank[place]
