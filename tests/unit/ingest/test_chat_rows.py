"""Chat tables and lists: many spellings of three columns."""

import orjson
import pytest
from list_sink import claims, feed

from truecrowd.errors import InputError
from truecrowd.ingest import chat_rows, chat_rows_json
from truecrowd.ingest.chat_rows import columns_of
from truecrowd.ingest.clocks import iso_us

HEADER = ["video_id", "author", "message", "published_at"]
ROW = ["v1", "lin", "hi, all", "2025-03-20T00:57:29.631048+08:00"]


def _feed(*rows, header=HEADER, **more):
    return feed(chat_rows.IMPORTER, [list(row) for row in rows], header=header, source="night.csv", **more)


def _feed_json(*rows, **more):
    return feed(chat_rows_json.IMPORTER, list(rows), source="night.json", **more)


def test_a_row_becomes_a_comment_of_a_display_name():
    row = _feed(ROW).rows[0]

    assert row["ts"] == iso_us("2025-03-19T16:57:29.631048Z")[0]
    assert (row["account_id"], row["id_kind"], row["source_room_id"]) == ("name:lin", "nick", "v1")
    assert row["text"] == "hi, all"
    assert "ts_kind" not in row


def test_an_id_column_wins_over_the_name():
    header = ["timestamp", "username", "content", "user_level", "user_id", "room_id"]

    row = _feed(["2026-03-02T13:50:48.280636", "lin", "hi", "8", "i1", "11"], header=header, tz="Asia/Shanghai").rows[0]

    assert (row["account_id"], row["id_kind"]) == ("i1", "stable")
    assert (row["ts"], row["ts_kind"]) == (iso_us("2026-03-02T05:50:48.280636Z")[0], "capture")


def test_a_clock_without_a_zone_needs_one():
    with pytest.raises(InputError, match="without a zone"):
        _feed(["v1", "lin", "hi", "2026-03-02T13:50:48"])


@pytest.mark.parametrize(
    "header",
    [
        ["Author", "Message", "Time"],
        ["用户名", "弹幕", "时间"],
        ["ｕｓｅｒ＿ｉｄ", "Text", "Timestamp_usec"],
        ["nickname", "Content", "created-at"],
    ],
)
def test_columns_are_found_in_any_spelling(header):
    assert columns_of(header).is_chat


@pytest.mark.parametrize("header", [["author", "message"], ["author", "time"], ["message", "time"], ["a", "b", "c"]])
def test_two_of_the_three_columns_are_not_enough(header):
    assert not columns_of(header).is_chat


@pytest.mark.parametrize(("time", "reason"), [("", "no_ts"), ("1:41", "bad_ts"), ("01/05/2026", "bad_ts")])
def test_a_row_without_a_readable_time_is_rejected(time, reason):
    assert _feed([*ROW[:3], time]).bins == [(reason, "comment")]


def test_epochs_are_read_in_their_unit():
    assert _feed([*ROW[:3], "1742403449631048"]).column("ts") == [1_742_403_449_631_048]


def test_a_table_is_claimed_by_its_header_and_its_times():
    good, bad = ",".join(ROW).replace(", ", " "), "v1,lin,hi,noon"
    table = "\n".join([",".join(HEADER), good, bad])

    assert claims(chat_rows.IMPORTER, table, header=HEADER, delimiter=",") == 0.5
    assert claims(chat_rows.IMPORTER, ",".join(HEADER), header=HEADER, delimiter=",") == 0.9
    assert claims(chat_rows.IMPORTER, "a,b", header=["a", "b"], delimiter=",") == 0.0


def test_a_list_of_objects_gives_the_same_row_as_a_table():
    assert _feed_json(dict(zip(HEADER, ROW, strict=True))).rows == _feed(ROW).rows


def test_an_author_may_be_an_object():
    message = {"author": {"id": "c1", "name": "lin"}, "message": "hi", "timestamp": 1_742_403_449_631_048, "message_id": "m1"}  # fmt: skip

    row = _feed_json(message).rows[0]

    assert (row["account_id"], row["event_id"], row["ts"]) == ("c1", "m1", 1_742_403_449_631_048)


def test_objects_of_a_list_may_differ():
    sink = _feed_json(dict(zip(HEADER, ROW, strict=True)), {"user": "bo", "text": "x", "time": 1_742_403_449})

    assert sink.column("account_id") == ["name:lin", "name:bo"]


@pytest.mark.parametrize("broken", [None, [], 5, {}, {"author": "a", "message": 5, "time": 1}])
def test_an_item_that_is_no_message_is_rejected(broken):
    assert _feed_json(broken).bins == [("bad_json", "comment")]


def test_a_list_is_claimed_whole_or_by_its_head():
    messages = [dict(zip(HEADER, ROW, strict=True))] * 3
    text = orjson.dumps(messages).decode()

    assert claims(chat_rows_json.IMPORTER, text, whole=messages) == 1.0
    assert claims(chat_rows_json.IMPORTER, text[:-10]) == 1.0
    assert claims(chat_rows_json.IMPORTER, "[10:48] <lin> hello") == 0.0
    assert claims(chat_rows_json.IMPORTER, "[]", whole=[]) == 0.0
    assert claims(chat_rows_json.IMPORTER, "[1]", whole=[1]) == 0.0
