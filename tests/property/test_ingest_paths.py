"""Both ways of reading a canonical text block give the same rows and rejects; what is written reads back equal."""

import io
import json
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from truecrowd import schema
from truecrowd.ingest import canonical_csv, canonical_json
from truecrowd.ingest.columns import Typer
from truecrowd.ingest.delimited import Splitter
from truecrowd.ingest.ledger import open_ledger
from truecrowd.ingest.lines import Block, Cutter
from truecrowd.ingest.options import Limits, Options
from truecrowd.ingest.reading import read, read_one
from truecrowd.ingest.samples import sample
from truecrowd.ingest.unwrap import Unpacked
from truecrowd.ingest.write import Encoding, write_canonical

ENCODINGS: tuple[Encoding, ...] = ("parquet", "arrow", "ndjson", "csv")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
MICROS = st.integers(1_104_537_600_000_000, 4_102_444_799_999_999)

cells = st.one_of(
    TEXT, st.integers(-(2**70), 2**70), st.floats(), st.booleans(), st.none(), st.just([1]), st.just({"a": None}),
    st.sampled_from(["5", "5.0", "1e3", "nan", " 7 ", "2026-01-01T00:00:00Z", "1788438358827", "join"]),
)  # fmt: skip
times = st.one_of(st.just("2026-01-01T00:00:00.5Z"), st.just("2026-01-01T08:00:00+08:00"), MICROS, cells)
rows = st.fixed_dictionaries(
    {"ts": times, "event_type": st.sampled_from(["join", "comment", "order"])},
    optional={
        "room_id": st.one_of(st.just("r"), cells), "account_id": cells, "text": cells, "amount_minor": cells, "value": cells,
        "quantity": cells, "event_id": cells, "type": cells, "other": cells, "account_created_at": cells,
    },
)  # fmt: skip
plain = st.fixed_dictionaries(
    {"ts": MICROS, "event_type": st.sampled_from(["join", "order"]), "room_id": st.just("r")},
    optional={
        "account_id": TEXT,
        "value": st.floats(allow_nan=False, allow_infinity=False),
        "quantity": st.integers(0, 9),
    },
)
junk = st.sampled_from(
    [b"", b"  ", b"[1]", b"{}", b'{"ts":1}{"ts":2}', b"{", b"}", b"x", b'{"ts":"a","ts":"b"}', b'{"a":NaN}', b"\xff\xfe",
     b'{"text":"\\ud800"}', b'{"text":"\xff"}', b'{"account_id":"\xff","ts":1788438358827,"type":"join","room_id":"r"}',
     b'{"x":' + b"[" * 40 + b"]" * 40 + b"}", b'{"value":1e999}', b'{"\\u0074s":1788438358827}', b'{"ts":1}\r',
     b'{"type":"join","type":"order","ts":1788438358827,"room_id":"r"}', b'{"text":"a\x00b"}', b'{"text":"\\u0000"}'],
)  # fmt: skip


def line_of(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, allow_nan=True).encode("utf-8", "replace")


lines = st.lists(st.one_of(plain.map(line_of), plain.map(line_of), rows.map(line_of), junk), min_size=1, max_size=12)


def ndjson(data: bytes, *, is_fast: bool) -> tuple[list[Any], list[Any], int]:
    options = Options()
    ledger = open_ledger("f", options.limits, is_shape=False)
    seen = sample("f", data, "utf-8", is_whole=True)
    reader = canonical_json.Ndjson(ledger, options, Typer("f", "UTC"), canonical_json.guessed(seen), is_fast)
    drafts = list(
        reader.drafts(Cutter(Unpacked(io.BytesIO(data), "f", options.limits), "utf-8", 1 << 20, options.limits))
    )
    return *told(drafts), ledger.rejects.table().to_pylist(), ledger.n_read


def told(drafts: list[Any]) -> tuple[list[Any]]:
    """Cells of all drafts by row, nulls left out; times as numbers, as they may be out of every range."""
    found = []
    for draft in drafts:
        names = draft.table.column_names
        numbers = [f"{name}_" for name in names]
        kinds = [pa.int64() if pa.types.is_timestamp(kind) else kind for kind in draft.table.schema.types]
        table = pa.table([column.cast(kind) for column, kind in zip(draft.table.columns, kinds, strict=True)], numbers)
        found += [row | {"number": int(n)} for row, n in zip(table.to_pylist(), draft.numbers, strict=True)]
    return ([{name: cell for name, cell in row.items() if cell is not None} for row in found],)


@given(lines, st.booleans())
@example([b'{"ts":1788438358827,"event_type":"join","room_id":"r","value":NaN}'], True)
def test_ndjson_gives_the_same_rows_and_rejects_in_one_pass_and_line_by_line(found: list[bytes], has_end: bool) -> None:
    data = b"\n".join(found) + (b"\n" if has_end else b"")

    assert ndjson(data, is_fast=True) == ndjson(data, is_fast=False)


numbers = st.sampled_from(
    ["5", "-0", "1.0", "1e2", "1E+2", "0.1", "5e-324", "1e308", "1e309", "9007199254740993", "12345678901234567890123", "01", "-",
     "NaN", "-Infinity", "null", "true", '"5"', '" 5 "', '"1e2"', '"x"', '""', "[]", "1.5"]
)  # fmt: skip
strings = st.sampled_from(
    ['"a"', '"\\u00e9\\n"', '"\\ud83d\\ude00"', '"\\ud800"', '"\\u0000"', '"é"', '"\t"', "null", "5", "12345678901234567890", "1.5",
     "true", "{}", '""', '" "', '"[[[["', '"}\\n{"']
)  # fmt: skip
written = st.tuples(st.sampled_from(["1788438358827"] * 9 + ["1e400"]), numbers, numbers, strings).map(
    lambda cells: '{{"ts":{},"type":"join","room_id":"r","value":{},"quantity":{},"text":{}}}'.format(*cells)
)
EVEN = '{"ts":1788438358827,"type":"join","room_id":"r","value":1,"quantity":1,"text":"a"}'


@given(st.lists(written, min_size=1, max_size=3), st.sampled_from(["\n", "\r\n"]))
def test_odd_numbers_and_strings_read_the_same_in_one_pass_and_line_by_line(found: list[str], end: str) -> None:
    data = end.join([EVEN, *found, ""]).encode()

    assert ndjson(data, is_fast=True) == ndjson(data, is_fast=False)


csv_cells = st.one_of(
    st.sampled_from(
        ["", "r", "join", "2026-01-01T00:00:00Z", "1788438358827", '"a,b"', '"x""y"', '""', '"', "a\rb", "5"]
    ),
    TEXT,
)


bare = st.sampled_from(
    ["", "r", "join", "2026-01-01T00:00:00Z", "1788438358827", " 5", "nan", "NULL", "é", "#", "\u2028", "a\x0bb"]
)
csv_rows = st.one_of(
    st.lists(bare, min_size=4, max_size=4),
    st.lists(bare, min_size=4, max_size=4),
    st.lists(csv_cells, min_size=3, max_size=5),
)


@given(st.lists(csv_rows, max_size=5), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_csv_gives_the_same_rows_and_rejects_in_one_pass_and_record_by_record(
    found: Any, end: str, has_end: bool
) -> None:
    good = "2026-01-01T00:00:00Z,join,r,hello"
    body = end.join(["ts,event_type,room_id,text", good, *(",".join(row) for row in found)]) + (end if has_end else "")

    def read_(is_fast: bool) -> Any:
        options = Options()
        ledger = open_ledger("f", options.limits, is_shape=False)
        reader = canonical_csv.Csv(
            ledger, options, Typer("f", "UTC"), ("ts", "event_type", "room_id", "text"), ",", is_fast
        )
        source = Unpacked(io.BytesIO(body.encode()), "f", options.limits)
        drafts = list(reader.drafts(Cutter(source, "utf-8", 1 << 20, options.limits)))
        return *told(drafts), ledger.rejects.table().to_pylist(), ledger.n_read, ledger.cut

    assert read_(is_fast=True) == read_(is_fast=False)


events = st.lists(
    st.fixed_dictionaries(
        {"event_id": st.uuids().map(str), "ts": MICROS, "event_type": st.sampled_from(schema.EVENT_TYPES), "room_id": TEXT.filter(str.strip)},
        optional={
            "text": TEXT, "account_id": TEXT.filter(str.strip), "value": st.floats(allow_nan=False, allow_infinity=False),
            "amount_minor": st.integers(-(2**63), 2**63 - 1), "quantity": st.integers(-(2**31), 2**31 - 1),
            "account_created_at": MICROS, "id_kind": st.sampled_from(schema.ID_KINDS),
        },
    ),
    min_size=1, max_size=8,
)  # fmt: skip


def table_of(found: list[dict[str, Any]]) -> pa.Table:
    names = [name for name, _ in schema.EVENTS.columns if any(name in row for row in found)]
    columns = {
        name: pa.array([row.get(name) for row in found], kind) for name, kind in schema.EVENTS.columns if name in names
    }
    return pa.table(columns)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(events)
def test_what_is_written_reads_back_equal(encoding: Encoding, found: list[dict[str, Any]]) -> None:
    wanted = table_of(found)
    file = io.BytesIO()
    write_canonical(wanted, file, encoding)

    got, imported = read_one(io.BytesIO(file.getvalue()))

    assert got.to_pylist() == wanted.to_pylist()
    assert imported.rejects.num_rows == 0


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 90)), min_size=1, max_size=40),
    st.integers(1, 7),
    st.integers(1, 7),
)
def test_rows_do_not_depend_on_the_chunks_they_come_in(found: list[tuple[int, int]], one: int, two: int) -> None:
    """Few ids within and beyond the lateness window, some rows without an id: duplicates and derived ids alike."""
    base = 1_700_000_000
    data = b"".join(
        orjson.dumps(
            {"ts": base + s, "type": "join", "room_id": "r", "account_id": "u", **({"event_id": str(k)} if k else {})}
        )
        + b"\n"
        for k, s in found
    )

    def in_chunks(n: int) -> Any:
        reading = read([io.BytesIO(data)], Options(chunk_rows=n, lateness_s=30))
        batches = list(reading.batches())
        kept = [row for batch in batches for row in batch.to_pylist()]
        return kept, reading.imported().imports.to_pylist()

    assert in_chunks(one) == in_chunks(two)


def records(text: str, size: int) -> list[Any]:
    splitter = Splitter(",", Limits(quoted_lines=3))
    found = []
    parts = text.split("\n")
    for start in range(0, len(parts), size):
        body = "\n".join(parts[start : start + size]) + ("\n" if start + size < len(parts) else "")
        if body:
            found += [(r.number, r.cells, r.fault) for r in splitter.feed(Block(body.encode(), start + 1))]
    return found + [(r.number, r.cells, r.fault) for r in splitter.close()]


@given(st.text('a,"\n\r;', max_size=40), st.integers(1, 5))
def test_records_do_not_depend_on_the_blocks_they_come_in(text: str, size: int) -> None:
    assert records(text, size) == records(text, 1_000)


@given(st.text('a,"\n\r;', max_size=40))
def test_every_line_of_delimited_text_is_in_exactly_one_record(text: str) -> None:
    found: list[tuple[int, Any, str]] = records(text, 1_000)

    numbers = [number for number, _, _ in found]
    assert numbers == sorted(set(numbers))
