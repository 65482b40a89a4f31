"""A run from file to EVENTS: rooms, sessions, overlaps, cuts, counts."""

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from truecrowd.errors import ConfigError
from truecrowd.ingest import Imported, Limits, Options, read, read_one

BASE = 1_788_438_358
RECORDINGS = Path(__file__).parents[2] / "fixtures" / "recordings"
REAL = Path(__file__).parents[3].parent / "shared" / "real"


class Named(io.BytesIO):
    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(data)
        self.name = name


def event(at: int = 0, **more: Any) -> str:
    import json

    return json.dumps({"ts": BASE + at, "type": "join", "room_id": "r", "event_id": f"e{at}", **more}) + "\n"


def night(data: str | bytes, **options: Any) -> tuple[list[dict[str, Any]], Imported]:
    rows, imported = read_one(
        Named("night.jsonl", data.encode() if isinstance(data, str) else data), Options(**options)
    )
    return rows.to_pylist(), imported


def chat(first: int, n: int, name: str) -> Named:
    """A table of chat without room: one comment a minute from a minute of the day on."""
    rows = [
        f"2026-01-01T{(first + at) // 60:02}:{(first + at) % 60:02}:00Z,u{first + at},hi {first + at}"
        for at in range(n)
    ]
    return Named(name, "\n".join(["time,author,message", *rows, ""]).encode())


def test_imported_is_known_at_the_end_only() -> None:
    reading = read([Named("a.jsonl", event().encode())])

    with pytest.raises(RuntimeError, match="to the end"):
        reading.imported()


def test_the_account_of_a_file_names_what_it_was() -> None:
    _, imported = night(event() + event(5, type="gift", value=3))

    (row,) = imported.imports.to_pylist()
    assert (row["source"], row["format"], row["encoding"], row["confidence"]) == (
        "night.jsonl",
        "canonical",
        "utf-8",
        1.0,
    )
    assert (row["id_kind"], row["ts_kind"], row["tz"]) == (None, "server", None)
    assert (row["last_ts"] - row["first_ts"]).total_seconds() == 5
    assert {(one["room_id"], one["native"], one["event_type"], one["n_kept"]) for one in imported.import_counts.to_pylist()} == {
        ("r", "join", "join", 1), ("r", "gift", "gift", 1),
    }  # fmt: skip


def test_older_spellings_are_read() -> None:
    (row,), _ = night(event(amount=990, event_id=7))

    assert (row["event_type"], row["amount_minor"], row["event_id"]) == ("join", 990, "7")


def test_unknown_types_are_rejected_and_are_no_damage() -> None:
    rows, imported = night(event() + "".join(event(at, type="dance") for at in range(1, 9)))

    assert len(rows) == 1
    assert imported.rejects.column("reason").to_pylist() == ["unknown_event_type"] * 8
    assert not imported.is_partial


def test_more_than_a_twentieth_unreadable_is_partial() -> None:
    good = "".join(event(at) for at in range(300))

    assert not night(good + "{\n" * 10)[1].is_partial
    assert night(good + "{\n" * 30)[1].is_partial


def test_a_cut_last_line_is_partial_and_a_missing_line_end_is_not() -> None:
    good = "".join(event(at) for at in range(300))

    assert not night(good + event(300).rstrip())[1].is_partial
    rows, imported = night(good + event(300)[:30])
    assert imported.is_partial
    assert len(rows) == 300
    assert imported.notes == ("night.jsonl: the last line is cut; what was read before is kept",)


def test_nul_bytes_at_the_end_are_partial() -> None:
    rows, imported = night(event().encode() + bytes(4_000))

    assert len(rows) == 1
    assert imported.is_partial
    assert imported.rejects.num_rows == 0


def test_nul_in_a_text_becomes_a_sign_one_can_see() -> None:
    (row,), _ = night(event(text="a\x00b"))

    assert row["text"] == "a\ufffdb"


def test_ids_with_a_run_of_stars_are_masked_unless_the_file_says_otherwise() -> None:
    rows, imported = night(
        event(0, account_id="小**")
        + event(1, account_id="mia＊＊＊")
        + event(2, account_id="a*b")
        + event(3, account_id="x**", id_kind="hashed")
    )

    assert [row["id_kind"] for row in rows] == ["masked", "masked", None, "hashed"]
    assert imported.imports.column("id_kind")[0].as_py() == "masked"


def test_a_registration_before_all_platforms_is_left_out() -> None:
    rows, imported = night(event(0, account_created_at=BASE - 9) + event(1, account_created_at=0))

    assert [row["account_created_at"] is None for row in rows] == [False, True]
    assert "left out" in imported.notes[0]


def test_the_room_option_filters_rooms_and_their_sessions() -> None:
    data = (
        event(0)
        + event(1, room_id="s@20260101T000000Z")
        + event(2, room_id="x", source_room_id="s")
        + event(3, room_id="s")
    )

    rows, imported = night(data, room="s")

    assert [row["event_id"] for row in rows] == ["e1", "e2", "e3"]
    assert imported.imports.column("n_skipped").to_pylist() == [1]


def test_the_room_option_names_rooms_that_have_no_name() -> None:
    data = f'{{"ts":{BASE},"type":"join"}}\n'

    rows, _ = night(data, room="s")

    assert rows[0]["room_id"] == "s"


def test_texts_are_masked_on_request() -> None:
    (row,), _ = night(event(text="call 13812345678"), mask_text=True)

    assert row["text"] == "call <phone>"


def test_rejects_past_the_limit_are_counted_exactly() -> None:
    _, imported = night(
        "".join(event(at) for at in range(200)) + "{\n" * 5 + event(999, ts="x") * 2, limits=Limits(rejects=3)
    )

    assert imported.imports.column("n_rejected").to_pylist() == [7]
    assert [(row["row"], row["reason"], row["raw"][:20]) for row in imported.rejects.to_pylist()][3:] == [
        (204, "bad_json", "(the first of 2 more"), (206, "bad_ts", "(the first of 2 more"),
    ]  # fmt: skip


def test_native_kinds_past_the_limit_are_counted_together() -> None:
    _, imported = night(event() + "".join(event(at, type=f"kind{at}") for at in range(1, 9)), limits=Limits(natives=3))

    natives = imported.import_counts.column("native").to_pylist()
    assert len(set(natives)) <= 4
    assert "(other)" in natives


def test_rejects_show_shapes_only_under_pseudonyms() -> None:
    _, imported = night(event() * 30 + '{"name":"张三 13812345678"\n', pseudonymise_key=b"0123456789abcdef")

    assert imported.rejects.column("raw").to_pylist() == ['{"xxxx":"字字 00000000000"']


def test_a_room_without_sessions_of_its_own_gets_them_by_silence() -> None:
    rows, _ = read_one(Named("shop.csv", chat(0, 10, "").getvalue() + chat(400, 10, "").getvalue().split(b"\n", 1)[1]))

    found = dict.fromkeys(row["room_id"] for row in rows.to_pylist())
    assert list(found) == ["shop@20260101T000000Z", "shop@20260101T064000Z"]


def test_the_order_of_files_on_the_command_line_does_not_matter() -> None:
    one, two = chat(0, 60, "b.csv"), chat(60, 60, "a.csv")
    other_two, other_one = chat(60, 60, "a.csv"), chat(0, 60, "b.csv")

    rows = list(read([one, two], Options(room="shop")).batches())
    other = list(read([other_two, other_one], Options(room="shop")).batches())

    assert pa.concat_tables(rows).equals(pa.concat_tables(other))
    assert set(pa.concat_tables(rows).column("room_id").to_pylist()) == {"shop@20260101T000000Z"}


def test_overlapping_files_give_the_events_of_one() -> None:
    reading = read([chat(0, 60, "a.csv"), chat(40, 60, "b.csv")], Options(room="shop"))

    both = [row for batch in reading.batches() for row in batch.to_pylist()]
    whole = read_one(chat(0, 100, "c.csv"), Options(room="shop"))[0].to_pylist()

    assert both == whole
    assert reading.imported().imports.column("n_duplicate").to_pylist() == [0, 20]


def test_options_are_checked_before_anything_is_read() -> None:
    with pytest.raises(ConfigError, match="no time zone"):
        read([Named("a", b"")], Options(tz="Mars"))
    with pytest.raises(ConfigError, match="at least 16"):
        read([Named("a", b"")], Options(pseudonymise_key=b"short"))


def test_a_header_without_rows_is_no_event_and_no_error() -> None:
    rows, imported = read_one(Named("a.csv", b"ts,event_type,room_id\n"))

    assert rows.num_rows == 0
    assert imported.imports.column("n_read").to_pylist() == [0]


@pytest.mark.skipif(not REAL.exists(), reason="the recordings are not here")
def test_a_night_cut_at_midnight_is_one_session() -> None:
    files = sorted((REAL / "bili_ddcenter_v1").glob("room12235923_*"))

    reading = read(files[::-1], Options(tz="Asia/Shanghai"))
    rooms: dict[str, set[str]] = {}
    for batch in reading.batches():
        for room, ts in zip(batch.column("room_id").to_pylist(), batch.column("ts").to_pylist(), strict=True):
            rooms.setdefault(room, set()).add(f"{ts:%d}")

    first = next(iter(rooms))
    assert rooms[first] >= {"10"}
    assert reading.imported().recognised[0].source == files[0].name
    assert any(len(list(read([file], Options(tz="Asia/Shanghai")).batches())) for file in files)
