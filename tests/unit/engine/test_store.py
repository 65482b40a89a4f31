"""The tuned store gives back what it was given, in the encodings it promises."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from truecrowd.engine.store import hashed, read_tuned, write_tuned
from truecrowd.errors import InputError, SchemaError

ROWS = pa.table(
    {
        "event_id": ["e1", "e2", "e3"],
        "ts": pa.array([1, 2, 3], pa.timestamp("us", tz="UTC")),
        "event_type": pa.array(["join", "like", "join"]).dictionary_encode(),
        "room_id": ["r1", "r2", "r1"],
        "account_id": ["a", None, "b"],
    }
)


def read_back(path: Path, columns: tuple[str, ...]) -> list[dict[str, object]]:
    return [row for rows in read_tuned(path, columns) for row in rows.to_pylist()]


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    n_rows = write_tuned(iter([ROWS, ROWS]), tmp_path / "s.parquet")

    assert n_rows == 6
    assert read_back(tmp_path / "s.parquet", tuple(ROWS.column_names)) == ROWS.to_pylist() * 2


def test_columns_come_in_the_order_asked_for(tmp_path: Path) -> None:
    write_tuned(iter([ROWS]), tmp_path / "s.parquet")

    assert [rows.column_names for rows in read_tuned(tmp_path / "s.parquet", ("ts", "event_id"))] == [
        ["ts", "event_id"]
    ]


def test_words_are_dictionaries_times_deltas_and_ids_plain(tmp_path: Path) -> None:
    write_tuned(iter([ROWS]), tmp_path / "s.parquet")

    group = pq.ParquetFile(tmp_path / "s.parquet").metadata.row_group(0)
    found = {group.column(at).path_in_schema: set(group.column(at).encodings) for at in range(group.num_columns)}
    assert "RLE_DICTIONARY" in found["room_id"]
    assert "RLE_DICTIONARY" in found["event_type"]
    assert "DELTA_BINARY_PACKED" in found["ts"]
    assert "PLAIN" in found["account_id"]
    assert "RLE_DICTIONARY" not in found["account_id"]


def test_a_later_table_may_lack_a_column(tmp_path: Path) -> None:
    write_tuned(iter([ROWS, ROWS.drop_columns(["account_id"])]), tmp_path / "s.parquet")

    assert [row["account_id"] for row in read_back(tmp_path / "s.parquet", ("account_id",))] == ["a", None, "b"] + [
        None
    ] * 3


@pytest.mark.parametrize(
    ("later", "what"),
    [
        (ROWS.append_column("value", pa.array([1.0, 2.0, 3.0])), "column 'value' is not in the first table"),
        (ROWS.set_column(4, "account_id", pa.array([1, 2, 3])), "column 'account_id' is int64"),
    ],
)
def test_a_later_table_that_does_not_fit_leaves_no_file(tmp_path: Path, later: pa.Table, what: str) -> None:
    with pytest.raises(SchemaError, match=what):
        write_tuned(iter([ROWS, later]), tmp_path / "s.parquet")

    assert list(tmp_path.iterdir()) == []


def test_nothing_to_store_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="no table"):
        write_tuned(iter([]), tmp_path / "s.parquet")


def test_a_missing_column_names_the_nearest(tmp_path: Path) -> None:
    write_tuned(iter([ROWS]), tmp_path / "s.parquet")

    with pytest.raises(InputError) as caught:
        list(read_tuned(tmp_path / "s.parquet", ("acount_id",)))

    assert caught.value.fix == "ask for 'account_id'"


def test_hashes_keep_nulls_and_equality() -> None:
    found = hashed(pa.concat_tables([ROWS, ROWS]), ("account_id",), key=1).column("account_id").to_pylist()

    assert found[:3] == found[3:]
    assert found[1] is None
    assert found[0] != found[2]
