"""Three dialects under one root <i>; a broken line costs its own row, and nothing is expanded."""

import pytest
from list_sink import claims, feed, text_units

from truecrowd.errors import InputError
from truecrowd.ingest.bili_xml import IMPORTER
from truecrowd.ingest.clocks import SECOND_US

NIGHT = 1_762_948_800
HEAD = '<?xml version="1.0" encoding="gb2312"?>\n<i>\n<state>0</state>\n'
RECORDER = (
    HEAD + '<!-- a\nnote -->\n<BililiveRecorder version="2"/>\n'
    '<BililiveRecorderRecordInfo roomid="77" start_time="2025-11-12T20:00:00.0000000+08:00" />\n'
)
BLREC = (
    HEAD + "<metadata>\n<room_id>78</room_id>\n<record_start_time>2025-11-12T20:00:00+08:00</record_start_time>\n"
    "<recorder>blrec 2</recorder>\n</metadata>\n"
)


def said(text="好", who="17", sent=NIGHT * 1_000, more=' user="mia"', row_id=0):
    return f'<d p="3.5,1,25,9,{sent},0,{who},{row_id}"{more}>{text}</d>\n'


def read(text, **more):
    return feed(IMPORTER, text_units(text), source="night.xml", **more)


def test_a_recorder_s_comment_has_the_platform_s_time_and_its_room():
    (row,) = read(RECORDER + said("a &lt;b&gt; &amp;") + "</i>").rows

    assert (row["text"], row["source_room_id"], row["ts"]) == ("a <b> &", "77", NIGHT * SECOND_US)
    assert (row["account_id"], row["id_kind"], "ts_kind" in row) == ("17", "stable", False)


def test_gifts_take_the_recorder_s_time_and_the_id_their_name_was_seen_with():
    gifts = (
        '<gift ts="2.5" user="mia" giftname="x" giftcount="3" />\n<guard ts="3" user="lin" level="3" count="1" />\n'
        '<sc ts="4" user="mia" price="30" time="60">hi</sc>\n'
    )

    rows = read(RECORDER + gifts + said() + "</i>").rows

    assert [row["event_type"] for row in rows] == ["gift", "fan_club", "gift", "comment"]
    assert [row["account_id"] for row in rows] == ["17", "name:lin", "17", "17"]
    assert (rows[0]["ts"], rows[0]["ts_kind"]) == (NIGHT * SECOND_US + 2_500_000, "capture")
    assert [row.get("amount_minor") for row in rows] == [None, None, 3_000, None]
    assert (rows[0]["value"], rows[2]["text"]) == (3.0, "hi")


def test_the_platform_s_own_message_beside_a_gift_gives_its_money_and_time():
    raw = '{"uid":9,"num":2,"coin_type":"gold","total_coin":1990,"price":1000,"timestamp":1762948809,"tid":"t1"}'
    gift = f'<gift ts="2" user="mia" giftname="x" giftcount="2" raw="{raw.replace(chr(34), "&quot;")}" />\n'

    (row,) = read(RECORDER + gift).rows

    assert (row["amount_minor"], row["currency"], row["event_id"]) == (199, "CNY", "t1")
    assert (row["account_id"], row["ts"], "ts_kind" in row) == ("9", (NIGHT + 9) * SECOND_US, False)


def test_blrec_names_the_account_beside_its_hash_and_a_toast_is_no_event():
    sink = read(
        BLREC + said(who="8b53b65c", more=' uid="17" user="mia"', row_id=5) + '<toast ts="1" uid="17">x</toast>'
    )

    assert [(row["account_id"], row["event_id"], row["source_room_id"]) for row in sink.rows] == [("17", "5", "78")]
    assert ("skip", "toast") in sink.bins


def test_the_video_style_has_seconds_and_a_hash_that_is_nobody_s_id():
    one_line = "<i>" + said(who="8b53b65c", sent=NIGHT, more="", row_id=6).strip() * 2 + "</i>"

    rows = read(one_line).rows

    assert [(row["account_id"], row["id_kind"], row["ts"]) for row in rows] == [
        ("8b53b65c", "hashed", NIGHT * SECOND_US)
    ] * 2
    assert rows[0]["source_room_id"] == "night"


@pytest.mark.parametrize(
    "broken",
    ['<d p="1,2\n', '<d p="1,1,25,9,1,0,17,0" user="x">never closed\n', "<!-- never closed\n", "</d>\n", "&nope;\n",
     said("&nope;"), said().strip() + '<d p="1>\n', "<z>\n"],
)  # fmt: skip
def test_no_good_row_after_a_broken_one_is_lost(broken):
    rows = read(RECORDER + said("one") + broken + said("two") + said("three") + "</i>").rows

    assert [row["text"] for row in rows if row["text"] != "好"] == ["one", "two", "three"]


def test_what_cannot_be_read_is_rejected_with_its_reason():
    rows = (
        said(sent=0) + '<d p="1,2" user="x">a</d>\n<gift ts="x" giftcount="1"/>\n<gift ts="1"/>\n' + said(sent="noon")
    )

    sink = read(HEAD + rows + '<d p="1,1,25,9,1,0,17,0">cut')

    assert [one for one in sink.bins if one[0] != "skip"] == [
        ("no_ts", "d"), ("wrong_width", "d"), ("no_ts", "gift"), ("bad_xml", "gift"), ("bad_ts", "d"), ("bad_xml", "d"),
    ]  # fmt: skip


def test_a_control_character_is_shown_as_replaced_and_a_line_break_stays():
    sink = read(RECORDER + said("a\x01b\nc"))

    assert sink.column("text") == ["a\ufffdb\nc"]
    assert any("U+FFFD" in note for note in sink.notes)


def test_a_document_type_is_refused():
    with pytest.raises(InputError, match="document type"):
        read('<?xml version="1.0"?>\n<!DOCTYPE i [<!ENTITY a "aaaa">]>\n<i>\n' + said("&a;") + "</i>")


def test_its_files_are_its_own():
    assert claims(IMPORTER, RECORDER + said() * 20 + "</i>") == 1.0
    assert claims(IMPORTER, "<i>" + said(more="") * 3 + "</i>") == 1.0
    assert claims(IMPORTER, "<html><i>" + said() + "</i></html>") == 0.0
    assert claims(IMPORTER, HEAD + '<d p="1">a</d>\n' * 9 + "</i>") == 0.0
