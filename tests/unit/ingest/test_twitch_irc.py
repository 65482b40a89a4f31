"""Raw Twitch chat: tags tell time and id, joins and parts tell neither."""

from list_sink import claims, feed, text_units

from truecrowd.ingest import irc_text
from truecrowd.ingest.twitch_irc import IMPORTER

MS = 1_762_948_800_123
SAID = f"@badge-info=;id=m1;tmi-sent-ts={MS};user-id=17 :lin!lin@lin.tmi.twitch.tv PRIVMSG #Shop :hi: all"


def _feed(*lines):
    return feed(IMPORTER, text_units("\n".join(lines)), source="chat.log")


def test_a_message_is_a_comment_of_its_user_at_the_platform_s_time():
    (row,) = _feed(SAID).rows

    assert (row["event_type"], row["text"], row["source_room_id"]) == ("comment", "hi: all", "shop")
    assert (row["account_id"], row["id_kind"], row["event_id"], row["ts"]) == ("17", "stable", "m1", MS * 1_000)


def test_bits_are_a_gift_and_an_action_is_its_text():
    gift, action = _feed(SAID.replace("id=m1", "bits=100;id=m1"), SAID.replace("hi: all", "\x01ACTION waves\x01")).rows

    assert (gift["event_type"], gift["value"]) == ("gift", 100.0)
    assert action["text"] == "waves"


def test_joins_and_parts_take_the_time_before_and_the_id_seen_with_their_name():
    sink = _feed(SAID, ":lin!lin@x JOIN #shop", ":ann!ann@x PART #shop")

    join, part = sink.rows[1:]
    assert (join["event_type"], join["ts"], join["ts_kind"], join["account_id"]) == ("join", MS * 1_000, "bound", "17")
    assert (part["event_type"], part["account_id"], part["id_kind"]) == ("leave", "name:ann", "nick")
    assert set(sink.is_sampled) == {"join", "leave"}


def test_a_raid_is_a_prompt_and_other_notices_are_counted():
    notice = f"@msg-id=raid;system-msg=5\\sraiders;tmi-sent-ts={MS} :tmi.twitch.tv USERNOTICE #shop"

    sink = _feed(notice, notice.replace("raid;", "sub;"), ":tmi.twitch.tv 001 lin :Welcome", "PING :x")

    assert [(row["event_type"], row["text"]) for row in sink.rows] == [("prompt", "5 raiders")]
    assert sink.bins == [("skip", "USERNOTICE sub"), ("skip", "001"), ("skip", "other")]


def test_what_has_no_time_is_rejected():
    sink = _feed(":lin!lin@x JOIN #shop", SAID.replace(f"tmi-sent-ts={MS};", ""))

    assert [reason for reason, _ in sink.bins] == ["no_ts", "no_ts"]
    assert sink.rows == []


def test_its_lines_are_its_own():
    text = "\n".join([SAID, ":lin!lin@x JOIN #shop"] * 20)

    assert claims(IMPORTER, text) == 1.0
    assert claims(irc_text.IMPORTER, text) == 0.0
