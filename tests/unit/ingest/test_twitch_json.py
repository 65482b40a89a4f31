"""Twitch: a comment's place in the video is its time."""

import orjson
import pytest
from list_sink import claims, feed

from truecrowd.ingest.clocks import iso_us
from truecrowd.ingest.twitch_json import IMPORTER, items

START = "2021-07-15T01:59:24Z"


def comment(offset=3, body="hi", **more):
    person = {"_id": "i1", "created_at": "2014-11-18T22:54:23.734503Z"}
    message = {"body": body, "bits_spent": 0}
    base = {"_id": "m1", "created_at": "2021-07-15T02:01:48.745Z", "content_offset_seconds": offset, "channel_id": "c1"}
    return {**base, "commenter": person, "message": message, **more}


def _feed(*comments, video=None, streamer=None):
    document = {"video": {"created_at": START} if video is None else video, "comments": list(comments)}
    return feed(IMPORTER, items({**document, **({"streamer": streamer} if streamer else {})}), source="vod.json")


def test_the_time_is_the_start_of_the_video_plus_the_place_in_it():
    row = _feed(comment(2.5)).rows[0]

    assert row["ts"] == iso_us(START)[0] + 2_500_000
    assert row["ts_kind"] == "video_offset"


def test_the_age_of_the_account_and_the_ids_are_kept():
    row = _feed(comment()).rows[0]

    assert (row["account_id"], row["event_id"], row["source_room_id"]) == ("i1", "m1", "c1")
    assert row["account_created_at"] == iso_us("2014-11-18T22:54:23.734503Z")[0]


def test_without_the_start_of_the_video_the_comments_own_time_is_taken():
    row = _feed(comment(), video={}, streamer={"id": 5}).rows[0]

    assert row["ts"] == iso_us("2021-07-15T02:01:48.745Z")[0]
    assert "ts_kind" not in row


def test_bits_are_a_gift_without_money():
    row = _feed(comment(message={"body": "cheer100", "bits_spent": 100})).rows[0]

    assert (row["event_type"], row["value"], row["text"]) == ("gift", 100.0, "cheer100")
    assert "amount_minor" not in row


def test_a_deleted_account_leaves_a_comment_without_one():
    assert "account_id" not in _feed(comment(commenter=None)).rows[0]


def test_the_streamer_is_the_room_where_comments_name_no_channel():
    row = _feed({k: v for k, v in comment().items() if k != "channel_id"}, streamer={"id": 5}).rows[0]

    assert row["source_room_id"] == "5"


@pytest.mark.parametrize("broken", [None, [], {}, comment(offset="x"), comment(message={}), comment(_id=1.5)])
def test_a_broken_comment_is_rejected_and_the_next_one_is_not(broken):
    sink = _feed(broken, comment())

    assert sink.bins == [("bad_json", "comment")]
    assert len(sink.rows) == 1


def test_a_comment_without_any_time_is_rejected():
    assert _feed(comment(created_at=None), video={}).bins == [("no_ts", "comment")]


def test_a_document_is_claimed_whole_or_by_its_head():
    document = {"video": {"created_at": START}, "comments": [comment(), comment(4)]}
    text = orjson.dumps(document).decode()

    assert claims(IMPORTER, text, whole=document) == 1.0
    assert claims(IMPORTER, text[:-20]) == 1.0
    assert claims(IMPORTER, "{}", whole={"comments": [1], "video": {}}) == 0.0
    assert claims(IMPORTER, "[]", whole=[]) == 0.0
