"""JSON inside JSON: comments with a recorder's clock, everything else counted."""

import orjson
from list_sink import claims, feed, json_units

from truecrowd.ingest import douyin_jsonl
from truecrowd.ingest.barragegrab_json import IMPORTER
from truecrowd.ingest.clocks import SECOND_US

NIGHT = 1_762_948_800
DATA = {"MsgId": 9, "RoomId": 7, "Content": "好", "User": {"Id": 17, "Nickname": "mia"}}


def pushed(kind=1, data=None, **more):
    return {"Type": kind, "ProcessName": "x", "Data": orjson.dumps(DATA if data is None else data).decode(), **more}


def _feed(*records):
    return feed(IMPORTER, json_units(*records), source="night.jsonl")


def test_a_comment_is_kept_at_the_recorder_s_time():
    (row,) = _feed(pushed(ts=NIGHT)).rows

    assert (row["event_type"], row["text"], row["room_id"], row["event_id"]) == ("comment", "好", "7", "9")
    assert (row["account_id"], row["id_kind"]) == ("17", "stable")
    assert (row["ts"], row["ts_kind"]) == (NIGHT * SECOND_US, "capture")


def test_a_bare_name_is_a_name_and_a_time_needs_a_zone():
    named = {**DATA, "User": {"Nickname": "mia"}}

    sink = _feed(pushed(data=named, time="2025-11-12T20:00:00+08:00"), pushed(time="2025-11-12 20:00:00"))

    assert [row["id_kind"] for row in sink.rows] == ["nick"]
    assert sink.bins == [("bad_ts", "Type 1")]


def test_other_types_are_counted_and_what_cannot_be_read_is_rejected():
    sink = _feed(
        pushed(2, ts=NIGHT),
        pushed(),
        b"{",
        {"Type": 1, "Data": "{", "ts": NIGHT},
        pushed(data={"Content": "a"}, ts=NIGHT),
    )

    assert sink.bins == [
        ("skip", "Type 2"), ("no_ts", "Type 1"), ("bad_json", ""), ("bad_json", ""), ("bad_json", "Type 1"),
    ]  # fmt: skip


def test_its_lines_are_its_own():
    text = "\n".join(unit.decode() for unit in json_units(*[pushed(ts=NIGHT)] * 20))

    assert claims(IMPORTER, text) == 1.0
    assert claims(douyin_jsonl.IMPORTER, text) == 0.0
