"""Columns reduce to the same bytes as records do."""

import numpy as np
import pytest

from truecrowd.features.state import Layout

TIMED = Layout(
    np.dtype([("room_id", "i4"), ("ts", "i8"), ("event_id", "u8"), ("asn", "i8"), ("n", "i8"), ("flags", "i8")]),
    key=("room_id",),
    how={"ts": "first", "event_id": "first", "asn": "first", "n": "sum", "flags": "or"},
)


def columns(n: int) -> dict[str, np.ndarray | int]:
    rng = np.random.default_rng(5)
    return {
        "room_id": rng.integers(-1, 9, n),
        "ts": rng.integers(0, 40, n),
        "event_id": rng.permutation(n).astype(np.uint64),
        "asn": rng.integers(0, 5, n).astype(np.int32),
        "n": 1,
        "flags": rng.random(n) < 0.1,
    }


@pytest.mark.parametrize("n", [0, 1, 2, 5_000])
def test_columns_reduce_to_the_bytes_that_records_do(n: int) -> None:
    given = columns(n)

    found = TIMED.reduce_columns(given)

    assert found.tobytes() == TIMED.reduce(TIMED.rows(given)).tobytes()
    assert found.dtype == TIMED.dtype


def test_a_yes_is_summed_as_one_and_not_as_or() -> None:
    layout = Layout(np.dtype([("room_id", "i4"), ("n", "i8")]), ("room_id",), {"n": "sum"})

    found = layout.reduce_columns({"room_id": np.zeros(3, np.int64), "n": np.array([True, True, False])})

    assert found["n"].tolist() == [2]
