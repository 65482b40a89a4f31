"""Douyin messages: both spellings, running counts, and whose clock."""

import pytest
from list_sink import claims, feed, json_units

from truecrowd.ingest import chat_rows, tiktoklive_jsonl
from truecrowd.ingest.clocks import SECOND_US
from truecrowd.ingest.douyin_jsonl import IMPORTER

NIGHT = 1_762_948_800
COMMON = {"roomId": "7", "msgId": "m1", "createTime": NIGHT}
USER = {"id": 17, "nickName": "mia"}


def message(kind, **more):
    return {"method": f"Webcast{kind}Message", "common": dict(COMMON), "user": USER, **more}


def _feed(*records):
    return feed(IMPORTER, json_units(*records), source="room7.jsonl")


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        (message("Chat", content="好"), {"event_type": "comment", "text": "好"}),
        (message("Member", memberCount=900), {"event_type": "join"}),
        (message("Like", count=5, total=8_000), {"event_type": "like", "value": 5.0}),
        (message("Social", action=1), {"event_type": "follow"}),
        (message("Social", action=3), {"event_type": "share"}),
        (message("Fansclub", type=2), {"event_type": "fan_club"}),
        (message("Fansclub", type=1), {"event_type": "light_badge"}),
        (message("RoomUserSeq", total=321, totalUser=9_000), {"event_type": "stats", "value": 321.0}),
    ],
)
def test_a_message_becomes_its_event(record, wanted):
    (row,) = _feed(record).rows

    assert wanted.items() <= row.items()
    assert (row["ts"], row["room_id"], row["event_id"]) == (NIGHT * SECOND_US, "7", "m1")
    assert "value" in row or wanted.get("value") is None


def test_snake_case_and_class_names_are_the_same_message():
    snake = {"class": "ChatMessage", "common": {"room_id": "7", "msg_id": "m1", "create_time": NIGHT}, "content": "好",
             "user": {"id": 17, "nick_name": "mia"}}  # fmt: skip

    assert _feed(snake).rows == _feed(message("Chat", content="好")).rows


def test_a_running_gift_counts_by_its_rise():
    gifts = [message("Gift", gift={"id": 5}, groupId="g", comboCount=n) for n in (1, 3, 3)]
    gifts.append(message("Gift", gift={"id": 5}, groupId="g", comboCount=4, repeatEnd=1))
    gifts.append(message("Gift", gift={"id": 5}, groupId="g", comboCount=1))

    sink = _feed(*gifts)

    assert sink.column("value") == [1.0, 2.0, 1.0, 1.0]
    assert sink.bins == [("merge", "Gift")]


def test_the_platform_s_time_stands_before_the_recorder_s():
    bare = message("Chat", content="a", ts=NIGHT + 9)
    bare["common"].pop("createTime")

    told, captured = _feed(message("Chat", content="a", eventTime=NIGHT + 1, ts=NIGHT + 9), bare).rows

    assert (told["ts"], "ts_kind" in told) == ((NIGHT + 1) * SECOND_US, False)
    assert (captured["ts"], captured["ts_kind"]) == ((NIGHT + 9) * SECOND_US, "capture")


def test_masked_ids_and_bare_names_are_marked():
    rows = _feed(
        message("Chat", content="a", user={"id": "111111", "nickName": "折***"}),
        message("Chat", content="a", user={"nickName": "mia"}),
    ).rows

    assert [row["id_kind"] for row in rows] == ["masked", "nick"]


def test_what_was_never_seen_is_skipped_and_what_cannot_be_read_rejected():
    bare = message("Chat", content="a")
    bare["common"].pop("createTime")

    sink = _feed(message("ProductChange"), bare, b"{", {"method": "ping"}, message("Chat", content=5))

    assert sink.bins == [
        ("skip", "ProductChange"),
        ("no_ts", "Chat"),
        ("bad_json", ""),
        ("bad_json", ""),
        ("bad_json", "Chat"),
    ]
    assert sink.rows == []


def test_its_lines_are_its_own():
    text = "\n".join(unit.decode() for unit in json_units(*[message("Chat", content="a")] * 20))

    assert claims(IMPORTER, text) == 1.0
    assert claims(tiktoklive_jsonl.IMPORTER, text) == 0.0
    assert claims(chat_rows.IMPORTER, text) == 0.0
