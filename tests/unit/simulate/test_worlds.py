"""Worlds share no ids, training is kept away from `report`, and faults change what they say they change."""

import pyarrow as pa
import pytest

from truecrowd.errors import ConfigError
from truecrowd.schema import EVENTS, check
from truecrowd.simulate import WORLDS, Chunk, for_training, simulate


@pytest.fixture(scope="module")
def nights() -> dict[str, Chunk]:
    return {name: simulate("tiny", world=name, n_events=6_000).whole() for name in WORLDS}


def test_training_is_refused_the_world_kept_for_reporting():
    with pytest.raises(ConfigError, match="'report' may not be trained on"):
        for_training("report")

    assert for_training("tune") is WORLDS["tune"]


def test_an_unknown_world_cannot_be_trained_on():
    with pytest.raises(ConfigError, match="'marble' is not known"):
        for_training("marble")


def test_no_two_worlds_share_an_id_or_a_phone(nights: dict[str, Chunk]):
    for column in ("account_id", "event_id", "room_id", "device_model", "app_version"):
        seen: set[object] = set()
        for chunk in nights.values():
            own = set(chunk.events[column].unique().to_pylist()) - {None}
            assert not own & seen, column
            seen |= own


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_every_world_plays_the_same_story(name: str, nights: dict[str, Chunk]):
    rooms = sorted(nights[name].truth["rooms"].to_pylist(), key=lambda room: room["dirty"])

    assert [len(room["schemes"]) for room in rooms] == [0, 6]


def test_the_clean_preset_holds_nothing_bought():
    clean = simulate("clean", n_events=20_000).whole()

    assert clean.truth["campaigns"].num_rows == 0
    assert len(set(clean.truth["guards"]["guard"].to_pylist())) > 35


@pytest.mark.parametrize(
    "fault", ["masked_ids", "no_leaves", "capped_joins", "batched_clock", "lost_rows", "late_rows"]
)
def test_a_faulty_record_keeps_the_schema_and_never_grows(fault: str, nights: dict[str, Chunk]):
    faulty = simulate("tiny", n_events=6_000, faults=(fault,)).whole().events

    assert check(faulty, EVENTS) is faulty
    assert faulty.num_rows <= nights["develop"].events.num_rows
    assert not faulty.equals(nights["develop"].events)


def test_duplicates_repeat_event_ids_and_missing_columns_hold_nulls():
    events = simulate("tiny", n_events=6_000, faults=("duplicates", "missing_columns")).whole().events

    assert len(events["event_id"].unique()) < events.num_rows
    assert events["device_id"].null_count == events.num_rows


def test_masked_ids_are_one_shown_name():
    events = simulate("tiny", n_events=6_000, faults=("masked_ids",)).whole().events

    assert set(events["account_id"].unique().to_pylist()) == {None, "***"}
    assert set(events["id_kind"].cast(pa.string()).unique().to_pylist()) == {None, "masked"}
