"""Counting without sorting gives what sorting gives."""

import numpy as np
import pytest

from truecrowd.features.counts import CELLS, AccountsSeen, cell_counts, merged_counts

SPANS = {"dense": 600, "sparse": 10**9}
"""Seconds over which 2,000 events fall: few bins, and far more bins than events."""


def events(span_s: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = 2_000
    return rng.integers(0, 6, n), rng.integers(0, 23, n), rng.integers(-span_s, span_s, n) * 1_000_000


def by_sorting(room: np.ndarray, kind: np.ndarray, ts: np.ndarray) -> np.ndarray:
    return CELLS.reduce(CELLS.rows({"room_id": room, "event_type": kind, "cell": ts // 10_000_000, "n": 1}))


@pytest.mark.parametrize("span_s", SPANS.values(), ids=SPANS)
def test_cells_are_those_of_sorting(span_s: int) -> None:
    rows = events(span_s)

    assert cell_counts(*rows).tobytes() == by_sorting(*rows).tobytes()


@pytest.mark.parametrize("span_s", SPANS.values(), ids=SPANS)
def test_slices_merge_to_the_whole(span_s: int) -> None:
    rows = events(span_s)
    parts = [cell_counts(*(column[at : at + 300] for column in rows)) for at in range(0, 2_000, 300)]

    assert merged_counts(parts[::-1]).tobytes() == by_sorting(*rows).tobytes()


def test_no_events_have_no_cells() -> None:
    none = np.empty(0, np.int64)

    assert len(cell_counts(none, none, none)) == 0
    assert len(merged_counts([])) == 0


def test_an_event_on_the_edge_of_a_slice_belongs_to_the_later_one() -> None:
    found = cell_counts(np.zeros(2, int), np.zeros(2, int), np.array([9_999_999, 10_000_000]))

    assert found["cell"].tolist() == [0, 1]


def test_an_account_counts_once_a_room_however_often_it_comes() -> None:
    seen = AccountsSeen()
    seen.add(np.array([2, 0, 2, 2]), np.array([7, 7, 7, 8], np.uint64))
    seen.add(np.array([0, 2]), np.array([9, 8], np.uint64))

    assert seen.counts() == {0: 2, 2: 2}
    assert seen.counts() == {0: 2, 2: 2}


def test_many_slices_count_as_one() -> None:
    rng = np.random.default_rng(1)
    room, account = rng.integers(0, 5, 3_000_000), rng.integers(0, 90_000, 3_000_000).astype(np.uint64)
    seen = AccountsSeen()

    for at in range(0, len(room), 400_000):
        seen.add(room[at : at + 400_000], account[at : at + 400_000])

    assert seen.counts() == {code: len(np.unique(account[room == code])) for code in range(5)}
