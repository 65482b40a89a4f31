"""What a person reads when a file cannot be used as it is."""

import datetime as dt
import decimal
import gzip
import io
import os
import random
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from syrupy.assertion import SnapshotAssertion

from truecrowd.errors import TruecrowdError
from truecrowd.ingest import Limits, Options, read, read_key, read_one, write_canonical

TS = pa.array([1_788_438_358_827_000] * 2, pa.timestamp("us", tz="UTC"))
GOOD = {"ts": TS, "event_type": ["join", "join"], "room_id": ["r", "r"]}
Make = Callable[[Path], tuple[object, Options]]
CASES: dict[str, Make] = {}


def case(make: Make) -> Make:
    CASES[make.__name__] = make
    return make


def parquet(folder: Path, **columns: object) -> tuple[object, Options]:
    pq.write_table(pa.table({**GOOD, **columns}), folder / "night.parquet")
    return folder / "night.parquet", Options()


def file(folder: Path, name: str, data: bytes | str) -> tuple[object, Options]:
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return folder / name, Options()


@case
def a_file_that_is_not_there(folder: Path) -> tuple[object, Options]:
    return folder / "gone.jsonl", Options()


@case
def an_empty_file(folder: Path) -> tuple[object, Options]:
    return file(folder, "empty.jsonl", b"")


@case
def a_file_of_nul_bytes(folder: Path) -> tuple[object, Options]:
    return file(folder, "crashed.jsonl", bytes(4096))


@case
def an_empty_folder(folder: Path) -> tuple[object, Options]:
    (folder / "night").mkdir()
    return folder / "night", Options()


@case
def a_link_that_leads_nowhere(folder: Path) -> tuple[object, Options]:
    (folder / "link.jsonl").symlink_to(folder / "gone.jsonl")
    return folder / "link.jsonl", Options()


@case
def a_named_pipe(folder: Path) -> tuple[object, Options]:
    os.mkfifo(folder / "pipe")
    return folder / "pipe", Options()


@case
def something_that_is_no_source(folder: Path) -> tuple[object, Options]:
    return 42, Options()


@case
def a_file_open_as_text(folder: Path) -> tuple[object, Options]:
    return io.StringIO("ts"), Options()


@case
def a_file_nothing_recognises(folder: Path) -> tuple[object, Options]:
    return file(folder, "notes.txt", "buy milk\nfeed cat\n")


@case
def a_table_with_a_name_spelled_otherwise(folder: Path) -> tuple[object, Options]:
    return file(folder, "night.csv", "ts,event_type,roomid\n2026-01-01T00:00:00Z,join,r\n")


@case
def json_with_a_name_spelled_otherwise(folder: Path) -> tuple[object, Options]:
    return file(folder, "night.jsonl", '{"ts":"2026-01-01T00:00:00Z","event_type":"join","roomid":"r"}\n')


@case
def a_format_that_does_not_exist(folder: Path) -> tuple[object, Options]:
    source, _ = file(folder, "night.csv", "a,b\n1,2\n")
    return source, Options(format="bilibili")


@case
def a_zone_that_does_not_exist(folder: Path) -> tuple[object, Options]:
    source, _ = file(folder, "night.csv", "ts,event_type,room_id\n2026-01-01T00:00:00Z,join,r\n")
    return source, Options(tz="Beijing")


@case
def times_without_a_zone(folder: Path) -> tuple[object, Options]:
    return file(folder, "night.csv", "ts,event_type,room_id\n2026-01-01 00:00:00,join,r\n")


@case
def timestamps_without_a_zone(folder: Path) -> tuple[object, Options]:
    return parquet(folder, ts=pa.array([1, 2], pa.timestamp("us")))


@case
def parquet_without_room(folder: Path) -> tuple[object, Options]:
    pq.write_table(pa.table({"ts": TS, "event_type": ["join"] * 2, "RoomID": ["r"] * 2}), folder / "night.parquet")
    return folder / "night.parquet", Options()


@case
def parquet_without_time(folder: Path) -> tuple[object, Options]:
    pq.write_table(pa.table({"time": TS, "event_type": ["join"] * 2, "room_id": ["r"] * 2}), folder / "night.parquet")
    return folder / "night.parquet", Options()


@case
def two_columns_of_one_meaning(folder: Path) -> tuple[object, Options]:
    return parquet(folder, type=["join", "join"])


@case
def a_column_that_stands_twice(folder: Path) -> tuple[object, Options]:
    names = [*GOOD, "text", "text"]
    table = pa.Table.from_arrays(
        [pa.array(["a", "b"]) if n == "text" else pa.table(GOOD).column(n) for n in names], names
    )
    pq.write_table(table, folder / "night.parquet")
    return folder / "night.parquet", Options()


@case
def a_header_that_names_a_column_twice(folder: Path) -> tuple[object, Options]:
    return file(folder, "night.csv", "ts,event_type,room_id,text,text\n2026-01-01T00:00:00Z,join,r,a,b\n")


@case
def money_as_decimals(folder: Path) -> tuple[object, Options]:
    return parquet(folder, amount=pa.array([decimal.Decimal("1.50")] * 2, pa.decimal128(10, 2)))


@case
def dates_instead_of_times(folder: Path) -> tuple[object, Options]:
    return parquet(folder, ts=pa.array([dt.date(2026, 1, 1)] * 2))


@case
def nested_cells(folder: Path) -> tuple[object, Options]:
    return parquet(folder, account_id=pa.array([{"id": "u1"}, {"id": "u2"}]))


@case
def ids_as_floats(folder: Path) -> tuple[object, Options]:
    return parquet(folder, order_id=pa.array([6.90012e18, 1.0]))


@case
def a_cut_parquet_file(folder: Path) -> tuple[object, Options]:
    source, options = parquet(folder)
    (folder / "night.parquet").write_bytes((folder / "night.parquet").read_bytes()[:-100])
    return source, options


@case
def a_cut_arrow_file(folder: Path) -> tuple[object, Options]:
    write_canonical(pa.table(GOOD).set_column(1, "event_type", pa.array(GOOD["event_type"]).dictionary_encode()),
                    folder / "night.arrow", "arrow")  # fmt: skip
    (folder / "night.arrow").write_bytes((folder / "night.arrow").read_bytes()[:-100])
    return folder / "night.arrow", Options()


@case
def a_bomb(folder: Path) -> tuple[object, Options]:
    source, _ = file(
        folder, "bomb.jsonl.gz", gzip.compress(b'{"ts":1788438358827,"type":"join","room_id":"r"}\n' * 90_000)
    )
    return source, Options(limits=Limits(free_bytes=1 << 20))


@case
def more_bytes_than_allowed(folder: Path) -> tuple[object, Options]:
    source, _ = file(folder, "big.jsonl.gz", gzip.compress(random.Random(1).randbytes(1 << 20).hex().encode()))
    return source, Options(limits=Limits(unpacked_bytes=1 << 18))


@case
def a_file_packed_twice(folder: Path) -> tuple[object, Options]:
    return file(folder, "night.jsonl.gz.gz", gzip.compress(gzip.compress(b"{}")))


def archive(folder: Path, name: str, member: zipfile.ZipInfo | str, data: bytes = b"x") -> tuple[object, Options]:
    with zipfile.ZipFile(folder / name, "w") as out:
        out.writestr(member, data)
    return folder / name, Options()


@case
def an_archive_that_leads_outside_itself(folder: Path) -> tuple[object, Options]:
    return archive(folder, "night.zip", "../../etc/passwd")


@case
def an_archive_with_an_absolute_name(folder: Path) -> tuple[object, Options]:
    return archive(folder, "night.zip", zipfile.ZipInfo("/night.jsonl"))


@case
def an_archive_with_a_link(folder: Path) -> tuple[object, Options]:
    info = zipfile.ZipInfo("night.jsonl")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return archive(folder, "night.zip", info)


@case
def an_archive_in_an_archive(folder: Path) -> tuple[object, Options]:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as out:
        out.writestr("a.jsonl", "{}")
    return archive(folder, "night.zip", "inner.zip", inner.getvalue())


@case
def an_empty_archive(folder: Path) -> tuple[object, Options]:
    with zipfile.ZipFile(folder / "night.zip", "w"):
        pass
    return folder / "night.zip", Options()


@case
def a_damaged_archive(folder: Path) -> tuple[object, Options]:
    return file(folder, "night.zip", b"PK\x03\x04 and then nothing")


@case
def a_workbook(folder: Path) -> tuple[object, Options]:
    return archive(folder, "orders.xlsx", "xl/workbook.xml")


@case
def a_workbook_with_a_password(folder: Path) -> tuple[object, Options]:
    return file(folder, "orders.xlsx", b"\xd0\xcf\x11\xe0" + bytes(100) + "EncryptedPackage".encode("utf-16-le"))


@case
def an_old_workbook(folder: Path) -> tuple[object, Options]:
    return file(folder, "orders.xls", b"\xd0\xcf\x11\xe0" + bytes(600))


@case
def bytes_that_are_no_text(folder: Path) -> tuple[object, Options]:
    return file(folder, "noise.log", b"\xfd\xff\x81\n\x80\xff\n" * 50)


@case
def mostly_unreadable_rows(folder: Path) -> tuple[object, Options]:
    good = '{"ts":"2026-01-01T00:00:00Z","event_type":"join","room_id":"r"}\n'
    return file(folder, "night.jsonl", good * 300 + "{broken\n" * 400)


@case
def a_short_key(folder: Path) -> tuple[object, Options]:
    source, _ = file(folder, "night.csv", "ts,event_type,room_id\n2026-01-01T00:00:00Z,join,r\n")
    return source, Options(pseudonymise_key=b"secret")


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_message_teaches(name: str, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    source, options = CASES[name](tmp_path)

    with pytest.raises(TruecrowdError) as caught:
        read_one(source, options)

    assert str(tmp_path) not in str(caught.value)
    assert str(caught.value) == snapshot


def test_no_input_at_all(snapshot: SnapshotAssertion) -> None:
    with pytest.raises(TruecrowdError) as caught:
        read([])

    assert str(caught.value) == snapshot


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_key_others_can_read_is_refused(mode: int, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"0123456789abcdef0123")
    key.chmod(mode)

    with pytest.raises(TruecrowdError) as caught:
        read_key(key)

    assert "0123456789" not in str(caught.value)
    assert str(caught.value) == snapshot


REJECTED = {
    "bad_json": b"{",
    "bad_encoding": b'{"ts":1788438358827,"type":"join","room_id":"r","account_id":"\xff"}',
    "too_long": b'{"ts":1788438358827,"type":"comment","room_id":"r","text":"' + b"a" * 2000 + b'"}',
    "too_deep": b'{"ts":1788438358827,"x":' + b"[" * 40 + b"]" * 40 + b"}",
    "no_ts": b'{"type":"join","room_id":"r"}',
    "bad_ts": b'{"ts":"2026-13-01T00:00:00Z","type":"join","room_id":"r"}',
    "ts_out_of_range": b'{"ts":"1970-01-01T00:00:01Z","type":"join","room_id":"r"}',
    "unknown_event_type": b'{"ts":1788438358827,"type":"dance","room_id":"r"}',
    "no_room": b'{"ts":1788438358827,"type":"join"}',
    "bad_number": b'{"ts":1788438358827,"type":"join","room_id":"r","quantity":1.5}',
    "bad_amount": b'{"ts":1788438358827,"type":"order","room_id":"r","amount":"9.90"}',
}


@pytest.mark.parametrize("reason", sorted(REJECTED))
def test_a_bad_row_is_kept_with_its_reason(reason: str, snapshot: SnapshotAssertion) -> None:
    good = b'{"ts":1788438358827,"type":"join","room_id":"r"}\n' * 30

    rows, imported = read_one(
        io.BytesIO(good + REJECTED[reason] + b"\n" + good), Options(limits=Limits(field_bytes=1000))
    )

    (row,) = imported.rejects.to_pylist()
    assert row["reason"] == reason
    assert row["row"] == 31
    assert rows.num_rows == 60
    assert row["raw"] == snapshot
