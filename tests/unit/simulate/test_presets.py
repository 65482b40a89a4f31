import pyarrow as pa
import pyarrow.compute as pc
import pytest

from truecrowd.errors import ConfigError
from truecrowd.schema import EVENTS, check
from truecrowd.simulate import TRUTH, Chunk, simulate


def test_tiny_keeps_the_schema_of_events(tiny: Chunk):
    assert check(tiny.events, EVENTS) is tiny.events
    assert tiny.events.schema.equals(EVENTS.schema, check_metadata=True)


def test_tiny_keeps_the_schemas_of_truth(tiny: Chunk):
    assert {name: table.schema for name, table in tiny.truth.items()} == TRUTH


def test_events_come_in_order_of_time(tiny: Chunk):
    ts = tiny.events["ts"].cast(pa.int64())

    assert pc.all(pc.greater_equal(ts[1:], ts[:-1])).as_py()


def test_event_ids_are_unique(tiny: Chunk):
    assert pc.count_distinct(tiny.events["event_id"]).as_py() == tiny.events.num_rows


def test_every_scheme_of_the_brief_is_there(dirty: dict[str, object]):
    wanted = ["brushing", "false_limited", "farm", "popup", "staged_stock", "troupe"]

    assert dirty["schemes"] == wanted


def test_a_simulation_can_be_played_twice(tiny: Chunk):
    again = simulate("tiny")

    assert again.whole().events.equals(tiny.events)
    assert again.whole().truth == tiny.truth


def test_another_seed_gives_other_ids(tiny: Chunk):
    other = simulate("tiny", seed=1).whole()

    for column in ("event_id", "account_id", "room_id", "order_id", "product_id", "ip"):
        mine = set(tiny.events[column].unique().to_pylist()) - {None}
        shared = mine & set(other.events[column].unique().to_pylist())
        assert len(shared) < 0.15 * len(mine), column


def test_chunks_are_the_whole_cut_in_order(tiny: Chunk):
    parts = list(simulate("tiny").chunks())

    assert pa.concat_tables([part.events for part in parts]).combine_chunks().equals(tiny.events)
    assert sum(part.truth["rooms"].num_rows for part in parts) == tiny.truth["rooms"].num_rows


@pytest.mark.parametrize("n_events", [10_000, 30_000, 120_000])
def test_the_wanted_number_of_events_is_met_within_a_tenth(n_events: int):
    found = simulate("tiny", n_events=n_events).whole().events.num_rows

    assert abs(found - n_events) < 0.1 * n_events


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"preset": "tini"}, "preset 'tini' is not known"),
        ({"world": "marble"}, "world 'marble' is not known"),
        ({"seed": -1}, "seed -1 is below 0"),
        ({"n_events": 5}, "5 events cannot be had"),
        ({"n_events": 10**9}, "1,000,000,000 events cannot be had"),
    ],
)
def test_an_option_that_cannot_be_met_says_so(wrong: dict[str, object], what: str):
    with pytest.raises(ConfigError, match=what):
        simulate(**({"preset": "tiny"} | wrong))


def test_a_near_miss_names_the_preset_meant():
    with pytest.raises(ConfigError) as caught:
        simulate("tiny ")

    assert caught.value.fix == "use tiny"
