import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from truecrowd.features.state import Layout

LAYOUT = Layout(
    np.dtype(
        [("room_id", "i4"), ("account_id", "i4"), ("ts", "i8"), ("event_id", "u8"), ("n", "i8"), ("low", "i8"), ("high", "i8"), ("step", "i8"), ("bits", "i8")]
    ),
    key=("room_id", "account_id"),
    how={
        "ts": "first", "event_id": "first", "n": "sum", "low": "min", "high": "max", "step": "gcd", "bits": "or",
    },
)  # fmt: skip

small = st.integers(-1, 3)
number = st.integers(-(2**40), 2**40)
record = st.tuples(small, small, st.integers(0, 5), st.integers(0, 2**63), number, number, number, number, number)


@given(st.lists(record, max_size=40), st.randoms(use_true_random=False), st.integers(1, 6))
def test_any_cutting_and_order_of_slices_gives_the_same_state(records, random, n_parts):
    # (ts, event_id) name one event: its other fields do not differ
    records = [(*one[:4], *(hash(one[:4]) % 1_000 for _ in range(5))) for one in records]
    whole = LAYOUT.reduce(np.array(records, LAYOUT.dtype))
    parts = [[] for _ in range(n_parts)]
    for one in random.sample(records, len(records)):
        random.choice(parts).append(one)

    merged = LAYOUT.merge([LAYOUT.reduce(np.array(part, LAYOUT.dtype)) for part in parts])

    assert merged.tolist() == whole.tolist()


@given(st.lists(record, max_size=30))
def test_reducing_twice_changes_nothing(records):
    once = LAYOUT.reduce(np.array(records, LAYOUT.dtype))

    assert LAYOUT.reduce(once).tolist() == once.tolist()
