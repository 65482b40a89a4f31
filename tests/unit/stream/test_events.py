"""Lines as EVENTS: the rows, counts and rejects of an audit, whatever the slices, before and after a stop."""

import io
import json
from collections.abc import Sequence

import pyarrow as pa
import pytest

from truecrowd.ingest import Options, read_one
from truecrowd.stored import Growing
from truecrowd.stream.events import Lines

START = 1_770_000_000


def line(at: int, **more: object) -> bytes:
    row = {"event_id": f"e{at}", "ts": START + at, "event_type": "join", "room_id": "r", "account_id": f"a{at}"}
    return json.dumps(row | more, ensure_ascii=False).encode()


FAULTS = [
    b"{", b"[]", b"\xff\xfe", b"", b'{"ts":1}', line(3, ts="never"), line(4, event_type="dance"), line(5, room_id=None),
    line(7), line(7), line(9, account_id=17), line(10, text="早\u0000上"), line(11, nested={"a": [1]}), line(12, value=1e400),
    b'{"a":' * 40 + b"1" + b"}" * 40, line(2_000), line(1), line(1),
]  # fmt: skip


def text_of(n: int) -> bytes:
    lines = [line(at) for at in range(n)]
    for at, fault in enumerate(FAULTS):
        lines.insert(at * n // len(FAULTS), fault)
    return b"\n".join(lines) + b"\n"


def slices(text: bytes, size: int) -> list[bytes]:
    lines = text.split(b"\n")[:-1]
    return [b"".join(one + b"\n" for one in lines[at : at + size]) for at in range(0, len(lines), size)]


def rows_of(lines: Lines, parts: Sequence[bytes]) -> list[dict[str, object]]:
    tables = [table for part in parts for table in lines.take(part)]
    return pa.concat_tables(tables, promote_options="permissive").to_pylist() if tables else []


def without_nulls(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{name: cell for name, cell in row.items() if cell is not None} for row in rows]


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_lines_give_the_rows_and_rejects_of_an_audit(size: int) -> None:
    text = text_of(200)
    wanted, account = read_one(io.BytesIO(text), Options(refuse_share=1.0))
    lines = Lines("stream", Options())

    found = rows_of(lines, slices(text, size))
    own = lines.imported([])

    assert without_nulls(found) == without_nulls(wanted.to_pylist())
    assert own.rejects.select(["row", "reason"]).equals(account.rejects.select(["row", "reason"]))
    for name in ("n_read", "n_kept", "n_duplicate", "n_rejected", "first_ts", "last_ts", "id_kind"):
        assert own.imports[name].to_pylist() == account.imports[name].to_pylist(), name


def test_a_stop_in_the_middle_changes_nothing() -> None:
    parts = slices(text_of(200), 9)
    whole, first, again = (Lines("stream", Options()) for _ in range(3))
    wanted = rows_of(whole, parts)

    found = rows_of(first, parts[:11])
    kept = json.loads(json.dumps(first.dump()))
    again.load({name: piece if isinstance(piece, list) else [piece.values if isinstance(piece, Growing) else piece] for name, piece in first.pieces().items()}, kept)  # fmt: skip
    found += rows_of(again, parts[11:])

    assert without_nulls(found) == without_nulls(wanted)
    assert again.imported([]).rejects.equals(whole.imported([]).rejects)
    assert again.imported([]).imports.equals(whole.imported([]).imports)


def test_lines_of_another_shape_are_parsed_fast_again_after_a_few_blocks() -> None:
    lines = Lines("stream", Options())
    rows_of(lines, [line(1) + b"\n"])
    rows_of(lines, [b"".join(line(10 * at + k, account_id=k) + b"\n" for k in range(10)) for at in range(1, 6)])

    assert lines._ndjson is not None
    assert lines._ndjson.n_slow == 0


def test_a_line_that_is_too_long_is_a_reject_and_the_next_one_an_event() -> None:
    lines = Lines("stream", Options())
    found = rows_of(lines, [line(1, text="x" * (9 << 20)) + b"\n" + line(2) + b"\n", line(3) + b"\n"])

    assert [row["event_id"] for row in found] == ["e2", "e3"]
    assert lines.imported([]).rejects.select(["row", "reason"]).to_pylist() == [{"row": 1, "reason": "too_long"}]
