"""For every seed and size, a simulated evening keeps its promises."""

from collections import defaultdict

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truecrowd.schema import EVENTS, check
from truecrowd.simulate import TRUTH, simulate

evenings = {"seed": st.integers(0, 2**40), "n_events": st.integers(6_000, 15_000)}
few = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])


@few
@given(**evenings)
def test_schema_order_and_size_hold(seed: int, n_events: int):
    played = simulate("tiny", seed=seed, n_events=n_events).whole()

    ts = check(played.events, EVENTS)["ts"].cast(pa.int64())
    assert pc.all(pc.greater_equal(ts[1:], ts[:-1])).as_py()
    assert 0.85 * n_events < played.events.num_rows < 1.35 * n_events
    assert {name: table.schema for name, table in played.truth.items()} == TRUTH


@few
@given(**evenings)
def test_truth_names_nothing_that_is_not_in_the_events(seed: int, n_events: int):
    played = simulate("tiny", seed=seed, n_events=n_events).whole()

    for table, column in (("accounts", "account_id"), ("orders", "order_id"), ("products", "product_id")):
        known = set(played.truth[table][column].to_pylist())
        assert known == set(played.events[column].unique().to_pylist()) - {None}


@few
@given(**evenings)
def test_honest_stock_balances_and_schemes_are_there(seed: int, n_events: int):
    played = simulate("tiny", seed=seed, n_events=n_events).whole()
    clean, dirty = sorted(played.truth["rooms"].to_pylist(), key=lambda room: room["dirty"])
    types = played.events["event_type"].cast(pa.string())
    is_meant = pc.and_(
        pc.equal(played.events["room_id"], clean["room_id"]), pc.is_in(types, pa.array(["stock", "order", "cancel"]))
    )

    left: dict[str, float] = {}
    changes: dict[str, int] = defaultdict(int)
    for row in played.events.filter(is_meant).to_pylist():
        if row["event_type"] == "stock":
            assert row["value"] == left.setdefault(row["product_id"], row["value"]) + changes[row["product_id"]]
        else:
            changes[row["product_id"]] += row["quantity"] * (-1 if row["event_type"] == "order" else 1)
    assert not clean["schemes"]
    assert len(dirty["schemes"]) == 6
    assert all(0.0 <= value <= 1.0 for name, value in dirty.items() if name.startswith("share_"))
