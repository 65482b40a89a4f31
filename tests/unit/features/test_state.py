import numpy as np
import pytest

from truecrowd.errors import SchemaError
from truecrowd.features.state import Layout, recode, reduce_rows

FIRST = Layout(
    np.dtype([("room_id", "i4"), ("account_id", "i4"), ("ts", "i8"), ("event_id", "u8"), ("n", "i8")]),
    key=("room_id", "account_id"),
    how={"ts": "first", "event_id": "first", "n": "sum"},
)


def rows(*values):
    return np.array(list(values), FIRST.dtype)


def test_rows_of_one_key_become_one():
    out = FIRST.reduce(rows((0, 1, 50, 7, 1), (0, 1, 40, 8, 1), (0, 2, 60, 9, 1)))

    assert out.tolist() == [(0, 1, 40, 8, 2), (0, 2, 60, 9, 1)]


def test_of_equal_times_the_lesser_event_is_first():
    out = FIRST.reduce(rows((0, 1, 40, 8, 1), (0, 1, 40, 7, 1)))

    assert out.tolist() == [(0, 1, 40, 7, 2)]


def test_last_takes_the_latest_row_whole():
    layout = Layout(FIRST.dtype, FIRST.key, {"ts": "last", "event_id": "last", "n": "last"})

    out = layout.reduce(rows((0, 1, 50, 7, 3), (0, 1, 40, 8, 9)))

    assert out.tolist() == [(0, 1, 50, 7, 3)]


def test_null_codes_sort_first():
    out = FIRST.reduce(rows((0, 5, 1, 1, 1), (0, -1, 1, 2, 1)))

    assert out["account_id"].tolist() == [-1, 5]


def test_the_empty_state_is_the_identity():
    one = FIRST.reduce(rows((0, 1, 50, 7, 1)))

    assert FIRST.merge([one]).tolist() == FIRST.merge([FIRST.merge([]), one]).tolist() == one.tolist()


def test_wide_keys_still_group():
    layout = Layout(np.dtype([("a", "i8"), ("b", "i8"), ("n", "i8")]), ("a", "b"), {"n": "sum"})
    big = 2**62
    made = np.array([(big, -big, 1), (-big, big, 1), (big, -big, 1)], layout.dtype)

    assert layout.reduce(made).tolist() == [(-big, big, 1), (big, -big, 2)]


@pytest.mark.parametrize(("how", "wanted"), [("min", 6), ("max", 18), ("gcd", 6), ("or", 30), ("sum", 36)])
def test_reducers(how, wanted):
    layout = Layout(np.dtype([("a", "i4"), ("n", "i8")]), ("a",), {"n": how})

    assert layout.reduce(np.array([(1, 12), (1, 18), (1, 6)], layout.dtype)).tolist() == [(1, wanted)]


def test_a_field_without_a_reducer_is_an_error():
    with pytest.raises(SchemaError, match="without a use"):
        reduce_rows(np.zeros(1, FIRST.dtype), FIRST.key, {"n": "sum"})


def test_codes_become_ranks_and_null_stays():
    out = recode(rows((0, 1, 0, 0, 0), (0, -1, 0, 0, 0)), {"account_id": np.array([9, 4], np.int32)})

    assert out["account_id"].tolist() == [4, -1]
    assert out["room_id"].tolist() == [0, 0]
