"""Repeated ids: within the window of their room, or in files given together."""

import numpy as np
import pyarrow as pa
import pytest

from truecrowd.ingest import duplicates
from truecrowd.ingest.duplicates import Duplicates

LAST = 1 << 62


def find(
    rows: list[tuple[str, float]],
    seen: Duplicates | None = None,
    *,
    room: str = "r",
    file: int = 0,
    window_s: float = 30,
    keep_from: int = LAST,
) -> list[bool]:
    ids, seconds = zip(*rows, strict=True)
    ts = np.array([int(s * 1e6) for s in seconds], np.int64)
    flags = (seen or Duplicates()).find(
        pa.array(ids), pa.array([room] * len(rows)), ts, file=file, window_us=int(window_s * 1e6), keep_from=keep_from
    )
    return flags.tolist()


def test_a_repeated_id_inside_the_window_is_a_duplicate() -> None:
    assert find([("a", 0), ("b", 1), ("a", 0)]) == [False, False, True]


def test_a_repeated_id_behind_the_window_is_an_event() -> None:
    assert find([("a", 0), ("b", 31), ("a", 31)]) == [False, False, False]


def test_the_window_ends_at_the_newest_row_not_at_the_last() -> None:
    assert find([("a", 0), ("b", 31), ("c", 2), ("a", 0)]) == [False] * 4


def test_the_same_id_in_another_room_is_another_event() -> None:
    seen = Duplicates()
    find([("a", 0)], seen, room="r")

    assert find([("a", 0)], seen, room="s") == [False]


def test_chunks_do_not_matter() -> None:
    rows = [("a", 0.0), ("a", 20), ("b", 25), ("a", 45), ("c", 100), ("b", 100), ("a", 100)]
    wanted = [False, True, False, True, False, False, False]
    seen = Duplicates()

    assert find(rows) == wanted
    assert [flag for row in rows for flag in find([row], seen)] == wanted


def test_files_given_together_lose_what_they_have_in_common() -> None:
    seen = Duplicates()
    find([(f"e{s}", s) for s in range(0, 600, 10)], seen, keep_from=300_000_000)

    flags = find([(f"e{s}", s) for s in range(300, 900, 10)], seen, file=1)

    assert flags == [True] * 30 + [False] * 30


def test_one_file_alone_and_after_another_has_the_same_duplicates_of_its_own() -> None:
    rows = [("x", 0.0), ("y", 1), ("x", 0)]
    seen = Duplicates()
    find([("other", 500)], seen)

    assert find(rows, seen, file=1) == find(rows)


def test_ids_whose_hashes_collide_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "hash_strings", lambda array, key: np.zeros(len(array), np.uint64))

    assert find([("a", 0), ("b", 0), ("a", 0), ("c", 0)]) == [False, False, True, False]


def test_only_rows_inside_the_window_are_remembered() -> None:
    seen = Duplicates()
    find([(f"e{s}", s) for s in range(1_000)], seen)

    assert len(seen._seen.ts) == 31
