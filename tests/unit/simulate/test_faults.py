"""Data faults: each takes away what it says, and nothing else."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from truecrowd.errors import ConfigError
from truecrowd.schema import EVENTS, check
from truecrowd.simulate import Chunk, simulate
from truecrowd.simulate.faults import FAULTS, suffered
from truecrowd.simulate.write import write
from truecrowd.surfaces.cli.simulate import simulate as command

CLIENT = ("device_id", "device_model", "os_version", "app_version", "ip", "asn", "region")
OF_ORDERS = ["order", "payment", "ship", "deliver", "cancel", "refund", "review"]


@pytest.fixture(scope="module")
def events(tiny: Chunk) -> pa.Table:
    return tiny.events


def put_on(events: pa.Table, *names: str) -> pa.Table:
    return check(suffered("key", events, names), EVENTS)


def types(events: pa.Table, *names: str) -> pa.Table:
    return events.filter(pc.is_in(events["event_type"].cast(pa.string()), pa.array(names)))


def counts(events: pa.Table) -> dict[str, int]:
    found = events["event_type"].cast(pa.string()).combine_chunks().value_counts()
    return {each["values"]: each["counts"] for each in found.to_pylist()}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_changes_the_record_and_keeps_its_schema(events: pa.Table, name: str):
    found = put_on(events, name)

    assert found.schema.equals(EVENTS.schema, check_metadata=True)
    assert not found.equals(events)
    assert put_on(events, name).equals(found)


def test_nicks_are_display_names_and_lose_the_accounts_age(events: pa.Table):
    found = put_on(events, "nicks")

    named = found.filter(pc.is_valid(found["account_id"]))
    assert pc.all(pc.starts_with(named["account_id"], "name:")).as_py()
    assert named["id_kind"].unique().to_pylist() == ["nick"]
    assert found["account_created_at"].null_count == found.num_rows
    assert found["account_id"].null_count == events["account_id"].null_count


def test_orders_apart_leave_buyers_no_id_that_a_viewer_has(events: pa.Table):
    found = put_on(events, "orders_apart")

    buyers = types(found, *OF_ORDERS)
    viewers = set(types(found, "join", "comment")["account_id"].to_pylist())
    assert not viewers & set(buyers["account_id"].to_pylist())
    before = pc.count_distinct(types(events, *OF_ORDERS)["account_id"])
    assert pc.count_distinct(buyers["account_id"]) == before
    assert buyers["id_kind"].unique().to_pylist() == ["hashed"]


def test_masked_ids_win_over_nicks(events: pa.Table):
    found = put_on(events, "nicks", "masked_ids")

    assert set(found["account_id"].unique().to_pylist()) - {None} == {"***"}


def test_no_leaves_takes_leaves_alone(events: pa.Table):
    found, before = counts(put_on(events, "no_leaves")), counts(events)

    assert found == {name: n for name, n in before.items() if name != "leave"}


def test_lost_leaves_takes_two_in_five_leaves_and_nothing_else(events: pa.Table):
    found, before = counts(put_on(events, "lost_leaves")), counts(events)

    assert 0.55 < found.pop("leave") / before.pop("leave") < 0.65
    assert found == before


def test_no_devices_empties_the_client_and_keeps_the_rest(events: pa.Table):
    found = put_on(events, "no_devices")

    assert all(found[name].null_count == found.num_rows for name in CLIENT)
    assert found.drop_columns(list(CLIENT)).equals(events.drop_columns(list(CLIENT)))


def test_a_fault_nobody_knows_names_the_one_meant():
    with pytest.raises(ConfigError, match="fault 'lost_row' is not known") as caught:
        simulate("tiny", faults=("lost_row",))

    assert caught.value.fix == "use lost_rows"


def test_faults_asked_for_in_any_order_give_the_same_record_and_stand_in_meta(tmp_path: Path):
    one = simulate("tiny", n_events=6_000, faults=("duplicates", "nicks", "duplicates"))
    other = simulate("tiny", n_events=6_000, faults=("nicks", "duplicates"))

    meta = write(one, tmp_path / "out")

    assert json.loads((tmp_path / "out/meta.json").read_text(encoding="utf-8"))["faults"] == ["nicks", "duplicates"]
    assert meta["sha256"] == write(other, tmp_path / "again")["sha256"]


def test_help_names_every_fault():
    said = command.help or ""

    assert [name for name in FAULTS if name not in said] == []
