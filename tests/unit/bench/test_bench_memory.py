"""More evenings of the same accounts are more events in other rooms, nothing else."""

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.bench.events import synthetic
from truecrowd.bench.memory import evenings

ROWS = pa.concat_tables(synthetic(2_000))


def test_accounts_stay_while_rooms_and_event_ids_are_new() -> None:
    rows = pa.concat_tables(evenings(ROWS, 3))

    def n(of: pa.Table, name: str) -> int:
        return int(pc.count_distinct(of.column(name)).as_py())

    assert rows.num_rows == 6_000
    assert n(rows, "account_id") == n(ROWS, "account_id")
    assert n(rows, "room_id") == 3 * n(ROWS, "room_id")
    assert n(rows, "event_id") == 6_000


def test_one_evening_ends_before_the_next_begins() -> None:
    first, second = evenings(ROWS, 2)

    assert pc.max(first.column("ts")).as_py() < pc.min(second.column("ts")).as_py()
