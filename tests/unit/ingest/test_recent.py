"""Repeated ids of an endless source: the same rows as in a recording, at any cutting, before and after a stop."""

import numpy as np
import pyarrow as pa
import pytest

from truecrowd.ingest import recent
from truecrowd.ingest.duplicates import Duplicates
from truecrowd.ingest.recent import Recent, running_max

LAST = 1 << 62


def rows(seed: int, n: int = 6_000) -> tuple[pa.Array, pa.Array, np.ndarray]:
    rng = np.random.default_rng(seed)
    ids = pa.array([f"e{at}" for at in rng.integers(0, n // 20, n)])
    rooms = pa.array([f"r{at}" for at in rng.integers(0, 4, n)])
    ts = np.arange(n) * 50_000 - rng.integers(0, 40_000_000, n)
    return ids, rooms, ts


def found(seen: Recent | Duplicates, ids: pa.Array, rooms: pa.Array, ts: np.ndarray, size: int) -> list[bool]:
    flags: list[bool] = []
    for at in range(0, len(ts), size):
        part = slice(at, at + size)
        flags += seen.find(ids[part], rooms[part], ts[part], file=0, window_us=30_000_000, keep_from=LAST).tolist()
    return flags


@pytest.mark.parametrize("size", [1, 17, 1_000])
@pytest.mark.parametrize("spare", [64, 65_536])
def test_an_endless_source_loses_the_same_rows_as_a_recording(
    size: int, spare: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "_SPARE", spare)
    ids, rooms, ts = rows(size)
    wanted = found(Duplicates(), ids, rooms, ts, 6_000)

    assert found(Recent(), ids, rooms, ts, size) == wanted
    assert 500 < sum(wanted) < 5_500


def test_two_ids_of_one_hash_are_two_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "hash_strings", lambda ids, key: np.full(len(ids), 7, np.uint64))
    ids, rooms, ts = pa.array(["a", "b", "b", "a", "c"]), pa.array(["r"] * 5), np.arange(5)

    assert found(Recent(), ids, rooms, ts, 5) == [False, False, True, True, False]


def test_what_is_stored_goes_on_as_if_nothing_had_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "_SPARE", 64)
    ids, rooms, ts = rows(5)
    half = 3_111
    first, again = Recent(), Recent()
    flags = found(first, ids[:half], rooms[:half], ts[:half], 200)
    again.load({name: piece if isinstance(piece, list) else [getattr(piece, "values", piece)] for name, piece in first.pieces().items()})  # fmt: skip
    flags += found(again, ids[half:], rooms[half:], ts[half:], 200)

    assert flags == found(Duplicates(), ids, rooms, ts, 6_000)


def test_what_is_remembered_is_bounded_by_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "_SPARE", 64)
    seen = Recent()
    for at in range(100):
        ids = pa.array([f"{at}-{row}" for row in range(100)])
        seen.find(
            ids, pa.array(["r"] * 100), np.full(100, at * 10_000_000), file=0, window_us=30_000_000, keep_from=LAST
        )

    assert len(seen._places) < 2_000


@pytest.mark.parametrize("scale", [1, 1 << 58])
def test_the_greatest_so_far_stays_within_its_group(scale: int) -> None:
    values = np.array([3, 1, 4, 1, 5, 0, 2], np.int64) * scale

    assert (running_max(values, np.array([0, 2, 5])) // scale).tolist() == [3, 3, 4, 4, 5, 0, 2]
