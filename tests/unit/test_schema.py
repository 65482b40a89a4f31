import pyarrow as pa
import pytest

from truecrowd.errors import SchemaError
from truecrowd.schema import EVENTS, SHARES, TABLES, VERDICTS, build, check, ordered


@pytest.mark.parametrize("table", [EVENTS, *TABLES.values()], ids=lambda table: table.name)
def test_an_empty_table_passes_its_own_check(table):
    assert check(table.empty(), table).num_rows == 0


@pytest.mark.parametrize("table", [EVENTS, *TABLES.values()], ids=lambda table: table.name)
def test_keys_and_required_columns_exist(table):
    names = {name for name, _ in table.columns}

    assert set(table.key) <= names
    assert set(table.required) <= names


def test_the_tables_are_those_of_the_contract():
    assert sorted(TABLES) == [
        "alarms", "answers", "coverage", "decisions", "findings", "fleets", "import_counts", "imports", "kpis", "money",
        "promises", "rejects", "scores", "shares", "timeline", "verdicts",
    ]  # fmt: skip


def test_events_may_lack_optional_columns():
    rows = EVENTS.empty().select(["ts", "event_type", "room_id"])

    assert check(rows, EVENTS) is rows


def test_a_result_table_may_lack_no_column():
    with pytest.raises(SchemaError, match="column 'measure' is missing"):
        check(SHARES.empty().drop_columns(["measure"]), SHARES)


def test_an_unknown_column_is_named():
    with pytest.raises(SchemaError, match="column 'odd' is not one of SHARES"):
        check(SHARES.empty().append_column("odd", pa.array([], pa.string())), SHARES)


def test_a_doubled_column_is_named():
    with pytest.raises(SchemaError, match="column 'room_id' stands twice"):
        check(SHARES.empty().append_column("room_id", pa.array([], pa.string())), SHARES)


def test_a_wrong_type_is_named_with_the_one_wanted():
    rows = SHARES.empty().set_column(2, "shown", pa.array([], pa.int32()))

    with pytest.raises(SchemaError, match="column 'shown' is int32, wanted double"):
        check(rows, SHARES)


def test_nulls_in_a_required_column_are_counted():
    with pytest.raises(SchemaError, match="column 'measure' holds 2 nulls"):
        build(SHARES, [{"room_id": "r"}, {"room_id": "q"}])


def test_build_sorts_by_key_and_fills_nulls():
    rows = build(SHARES, [{"room_id": "r", "measure": "likes"}, {"room_id": "r", "measure": "gmv", "shown": 1.0}])

    assert rows["measure"].to_pylist() == ["gmv", "likes"]
    assert rows["share"].null_count == 2


def test_ordering_puts_words_of_dictionaries_in_text_order():
    rows = pa.table(
        {
            "ts": pa.array([0, 0], pa.timestamp("us", tz="UTC")),
            "event_type": pa.array(["like", "join"]).dictionary_encode(),
            "room_id": pa.array(["b", "a"]),
        }
    )

    assert ordered(rows, EVENTS)["room_id"].to_pylist() == ["a", "b"]


def test_every_table_carries_its_name_and_version():
    assert VERDICTS.schema.metadata == {b"truecrowd.table": b"verdicts/2"}
