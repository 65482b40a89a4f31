"""Derived ids: a hash of what a row says; equal rows of one file are told apart, never by their place."""

from typing import Any

import pyarrow as pa

from truecrowd.ingest.event_ids import EventIds

TS = pa.timestamp("us", tz="UTC")


def ids(rows: list[dict[str, Any]], made: EventIds | None = None) -> list[str]:
    rows = [{"ts": 1_700_000_000_000_000, "source_room_id": "r", "event_type": "comment", **row} for row in rows]
    columns = {name: pa.array([row.get(name) for row in rows]) for row in rows for name in row}
    columns["ts"] = columns["ts"].cast(TS)
    return (made or EventIds("irc_text", None)).derive(pa.table(columns)).to_pylist()


def test_equal_rows_of_two_files_have_one_id() -> None:
    assert ids([{"text": "hi"}]) == ids([{"text": "hi"}])


def test_equal_rows_of_one_file_are_told_apart() -> None:
    first, second, third = ids([{"text": "hi"}] * 3)

    assert len({first, second, third}) == 3
    assert ids([{"text": "ho"}, {"text": "hi"}, {"text": "hi"}])[1:] == [first, second]


def test_every_part_of_the_content_counts() -> None:
    variants: list[dict[str, Any]] = [
        {}, {"text": "a"}, {"account_id": "a"}, {"product_id": "a"}, {"order_id": "a"}, {"amount_minor": 1}, {"value": 1.0},
        {"event_type": "join"}, {"source_room_id": "s"}, {"ts": 1_700_000_000_000_001},
    ]  # fmt: skip

    assert len({ids([variant])[0] for variant in variants} | set(ids([{}], EventIds("other", None)))) == 11


def test_null_and_empty_text_differ() -> None:
    assert ids([{"text": ""}]) != ids([{"text": None}, {"text": "x"}])[:1]


def test_a_source_that_polls_gives_repeats_one_id() -> None:
    first, second = ids([{"text": "hi"}] * 2, EventIds("chat_rows", None, has_k=False))

    assert first == second


def test_a_key_changes_every_id() -> None:
    (plain,), (keyed,) = ids([{"text": "hi"}]), ids([{"text": "hi"}], EventIds("irc_text", b"k" * 16))

    assert plain != keyed
    assert len(keyed) == 16
    assert len(plain) == 24


def test_chunks_do_not_matter() -> None:
    rows = [{"text": "hi", "ts": 1_700_000_000_000_000 + s * 400_000_000} for s in (0, 0, 1, 0, 2, 0, 3, 3, 0, 0)]
    made = EventIds("irc_text", None)

    assert [one for row in rows for one in ids([row], made)] == ids(rows)


def test_no_rows_give_no_ids() -> None:
    table = pa.table({"ts": pa.array([], TS), "source_room_id": pa.array([], pa.string())})

    assert EventIds("irc_text", None).derive(table).to_pylist() == []
