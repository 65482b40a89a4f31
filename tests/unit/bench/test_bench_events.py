"""Synthetic events are EVENTS, in order, and the same for the same seed."""

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.bench.events import synthetic
from truecrowd.schema import EVENTS, check


def test_the_rows_are_events_in_order_of_time() -> None:
    rows = pa.concat_tables(synthetic(300_000))

    check(rows, EVENTS)
    ts = rows.column("ts").cast(pa.int64()).to_numpy()
    assert rows.num_rows == 300_000
    assert (ts[1:] >= ts[:-1]).all()


def test_one_seed_gives_the_same_rows_and_another_does_not() -> None:
    first, again, other = (pa.concat_tables(synthetic(500, seed=seed)) for seed in (4, 4, 5))

    assert first.equals(again)
    assert not first.equals(other)


def test_ids_are_not_repeated() -> None:
    rows = pa.concat_tables(synthetic(20_000))

    assert pc.count_distinct(rows.column("event_id")).as_py() == 20_000
