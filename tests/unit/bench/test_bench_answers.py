"""Digests tell different results apart and nothing else."""

import pyarrow as pa

from truecrowd.bench.answers import counts_digest, rows_digest

ROWS = pa.table(
    {
        "room_id": ["r1", "r1", "r2"],
        "ts": pa.array([1, 2, 3], pa.timestamp("us", tz="UTC")),
        "event_type": ["join", "like", "join"],
        "account_id": ["a", None, "b"],
    }
)
CELLS = pa.table({"room_id": ["r1"], "event_type": ["join"], "cell": [4], "n": [2]})
SEEN = pa.table({"room_id": ["r1"], "n": [1]})


def test_order_and_encoding_do_not_matter() -> None:
    other = ROWS.take([2, 0, 1]).set_column(2, "event_type", ROWS["event_type"].take([2, 0, 1]).dictionary_encode())

    assert rows_digest(other) == rows_digest(ROWS)


def test_a_zone_less_time_counts_as_utc() -> None:
    assert rows_digest(ROWS.set_column(1, "ts", ROWS["ts"].cast(pa.timestamp("us")))) == rows_digest(ROWS)


def test_one_microsecond_and_one_row_matter() -> None:
    later = ROWS.set_column(1, "ts", pa.array([1, 2, 4], pa.timestamp("us", tz="UTC")))

    assert len({rows_digest(rows) for rows in (ROWS, later, ROWS.slice(1))}) == 3


def test_one_count_matters_whatever_its_width() -> None:
    narrow = CELLS.set_column(3, "n", pa.array([2], pa.uint32()))
    wrong = CELLS.set_column(3, "n", pa.array([3]))

    assert counts_digest(narrow, SEEN) == counts_digest(CELLS, SEEN) != counts_digest(wrong, SEEN)
