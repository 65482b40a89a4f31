"""What may be given: files, folders, archives, streams, tables; what is left out is said."""

import gzip
import io
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from truecrowd.errors import InputError
from truecrowd.ingest import Options, read, read_one, recognise

LINE = '{{"ts":{ts},"type":"join","room_id":"r","event_id":"{id}"}}\n'


def lines(ids: range) -> bytes:
    return "".join(LINE.format(ts=1_788_438_358 + at, id=at) for at in ids).encode()


def ids(rows: pa.Table) -> list[str]:
    return [str(one) for one in rows.column("event_id").to_pylist()]


def test_a_folder_is_its_files_and_what_nothing_recognises_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_bytes(lines(range(3)))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines(range(3, 6))))
    (tmp_path / "meta.json").write_text("{}")
    (tmp_path / ".hidden").write_text("x")
    (tmp_path / "labels").mkdir()
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "b.jsonl")

    rows, imported = read_one(tmp_path)

    assert sorted(ids(rows)) == [str(at) for at in range(6)]
    assert imported.imports.column("source").to_pylist() == ["a.jsonl.gz", "b.jsonl"]
    assert [note.partition(":")[0] for note in imported.notes] == ["meta.json"]


def test_a_folder_with_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text("{}")

    with pytest.raises(InputError, match="no format recognises"):
        read_one(tmp_path)


def test_an_archive_is_its_members(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "night.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("night/b.jsonl", lines(range(3)))
        out.writestr("a.jsonl.gz", gzip.compress(lines(range(3, 6))))

    rows, imported = read_one(tmp_path / "night.zip")

    assert sorted(ids(rows)) == [str(at) for at in range(6)]
    assert imported.imports.num_rows == 2
    assert [one.source for one in recognise(tmp_path / "night.zip")] == ["a.jsonl.gz", "b.jsonl"]


def test_a_member_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "night.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("b.jsonl", bytes(70 << 20))

    with pytest.raises(InputError, match="unpacks to 73,400,320 bytes"):
        read_one(tmp_path / "night.zip")


def test_a_damaged_member_is_read_to_its_damage(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "night.zip", "w") as out:
        out.writestr("b.jsonl", lines(range(9_000)))
    data = (tmp_path / "night.zip").read_bytes().replace(b'"event_id":"8999"', b'"event_id":"9999"')
    (tmp_path / "night.zip").write_bytes(data)

    rows, imported = read_one(tmp_path / "night.zip")

    assert imported.is_partial
    assert 3_000 < rows.num_rows < 9_000


def test_a_link_to_a_file_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_bytes(lines(range(3)))
    (tmp_path / "link").symlink_to(tmp_path / "b.jsonl")

    assert len(ids(read_one(tmp_path / "link")[0])) == 3


def test_stdin_is_a_source_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(lines(range(3)))

    monkeypatch.setattr(sys, "stdin", Stdin)

    assert ids(read_one("-")[0]) == ["0", "1", "2"]
    with pytest.raises(InputError, match="given twice"):
        read(["-", "-"])


def test_a_stream_is_read_where_it_stands_and_stays_open() -> None:
    stream = io.BytesIO(lines(range(3)))

    read_one(stream)

    assert not stream.closed


def test_files_are_closed_when_reading_stops_early(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_bytes(lines(range(50)))

    batches = read([tmp_path / "b.jsonl"], Options(chunk_rows=1)).batches()

    assert next(batches).num_rows == 1
    batches.close()


def test_a_file_that_grows_while_it_is_read_is_partial(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    path.write_bytes(lines(range(50)))
    reading = read([path], Options(chunk_rows=1))
    batches = reading.batches()
    n = next(batches).num_rows
    with path.open("ab") as out:
        out.write(lines(range(50, 60)))

    n += sum(batch.num_rows for batch in batches)

    assert n == 50
    assert reading.imported().is_partial
    assert "changed while it was read" in reading.imported().notes[0]


def test_a_parquet_file_in_a_stream_or_packed_is_read() -> None:
    out = io.BytesIO()
    import pyarrow.parquet as pq

    table = pa.table(
        {"ts": pa.array([1_788_438_358], pa.timestamp("s", "UTC")), "type": ["join"], "room_id": ["r"], "event_id": [7]}
    )
    pq.write_table(table, out)

    assert ids(read_one(io.BytesIO(out.getvalue()))[0]) == ["7"]
    assert ids(read_one(io.BytesIO(gzip.compress(out.getvalue())))[0]) == ["7"]


@pytest.mark.parametrize("cut", [0, 40])
def test_an_arrow_stream_is_read_and_its_cut_is_said(cut: int) -> None:
    out = io.BytesIO()
    table = pa.table(
        {
            "ts": pa.array(range(1_788_438_358, 1_788_438_368), pa.timestamp("s", "UTC")),
            "type": ["join"] * 10,
            "room_id": ["r"] * 10,
        }
    )
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=5)
    data = out.getvalue()

    rows, imported = read_one(io.BytesIO(data[: len(data) - cut]))

    assert rows.num_rows == (5 if cut else 10)
    assert imported.is_partial == bool(cut)
