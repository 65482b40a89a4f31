"""TikTok events: running totals are no values, many rooms in one file."""

import pytest
from list_sink import claims, feed, json_units

from truecrowd.ingest.tiktoklive_jsonl import IMPORTER

NIGHT_MS = 1_696_447_175_912


def event(name, at_s=0.0, *, user="i1", room="r1", key="", **more):
    common = {"createTime": str(round(NIGHT_MS + at_s * 1000)), "msgId": f"m{at_s}", "roomId": room}
    person = {"user": {"id": user, "nickname": "lin"}} if user else {}
    return {"event": name, "host": "h1", "ts": "2030-01-01T00:00:00", "common": {**common, "displayText": {"key": key}}, **person, **more}  # fmt: skip


def gift(count, at_s, *, kind=1, **more):
    return event("GiftEvent", at_s, repeatCount=count, giftId="5655", gift={"id": "5655", "type": kind}, **more)


def _feed(*records):
    return feed(IMPORTER, json_units(*records), source="mixed.jsonl")


def test_the_time_is_the_platforms_and_the_room_names_the_session():
    row = _feed(event("CommentEvent", content="hi")).rows[0]

    assert row["ts"] == NIGHT_MS * 1_000
    assert (row["room_id"], row["source_room_id"], row["host_id"]) == ("r1", "r1", "h1")
    assert (row["account_id"], row["text"], row["event_id"]) == ("i1", "hi", "m0.0")


def test_every_room_of_a_file_keeps_its_own_id():
    sink = _feed(event("JoinEvent", room="r1", memberCount=1502), event("JoinEvent", 1, room="r2"))

    assert sink.column("room_id") == ["r1", "r2"]
    assert sink.column("value") == [None, None]


def test_likes_count_what_this_batch_holds_not_the_total():
    assert _feed(event("LikeEvent", count=15, total="90961")).column("value") == [15.0]


def test_people_watching_are_a_value_and_people_who_ever_came_are_not():
    sink = _feed(event("RoomUserSeqEvent", user=None, total="7", totalUser="797"), event("RoomUserSeqEvent", user=None))

    assert sink.column("value") == [7.0]
    assert sink.bins == [("skip", "RoomUserSeqEvent")]


def test_follows_and_shares_are_told_by_the_text_shown():
    keys = ["pm_main_follow_message_viewer_2", "pm_mt_guidance_share", "pm_mt_guidance_viewer_5_share", "other"]

    sink = _feed(*[event("SocialEvent", n, key=key, action="9") for n, key in enumerate(keys)])

    assert sink.column("event_type") == ["follow", "share", "share"]
    assert sink.bins == [("skip", "SocialEvent")]


def test_a_running_count_gives_what_it_rose_by():
    sink = _feed(gift(34, 0), gift(35, 1), gift(38, 2))

    assert sink.column("value") == [34.0, 1.0, 3.0]
    assert sink.column("amount_minor") == [None] * 3


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        (gift(5, 0, repeatEnd=1), gift(6, 1), 6.0),
        (gift(5, 0), gift(2, 1), 2.0),
        (gift(5, 0), gift(6, 31), 6.0),
        (gift(5, 0), gift(6, 30), 1.0),
        (gift(5, 0), gift(6, 1, user="i2"), 6.0),
        (gift(5, 0), gift(6, 1, groupId="g2"), 6.0),
        (gift(5, 0, kind=2), gift(5, 1, kind=2), 5.0),
    ],
)
def test_a_count_begins_anew_after_an_end_a_fall_or_half_a_minute(first, second, value):
    assert _feed(first, second).column("value")[1] == value


def test_a_row_that_only_ends_a_combo_is_merged():
    sink = _feed(gift(5, 0), gift(5, 1, repeatEnd=1))

    assert sink.column("value") == [5.0]
    assert sink.bins == [("merge", "GiftEvent")]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"{", "bad_json"),
        ({"common": {}}, "bad_json"),
        ({"event": "JoinEvent"}, "bad_json"),
        (event("JoinEvent", user=1.5), "bad_json"),
        ({"event": "JoinEvent", "common": {}, "ts": "2030-01-01T00:00:00"}, "no_ts"),
        ({"event": "JoinEvent", "common": {"createTime": "noon"}}, "bad_ts"),
    ],
)
def test_what_cannot_be_read_is_rejected(record, reason):
    assert _feed(record).bins[0][0] == reason


def test_unknown_events_are_counted_as_skipped():
    assert _feed(event("LinkMicBattleEvent")).bins == [("skip", "LinkMicBattleEvent")]


def test_a_file_is_claimed_by_its_events():
    lines = b"\n".join(json_units(event("JoinEvent"), {"cmd": "X"})).decode()

    assert claims(IMPORTER, lines) == 0.5
