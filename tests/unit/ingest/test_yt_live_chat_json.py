"""YouTube chat: renderers, amounts as shown, deletions."""

import pytest
from list_sink import claims, feed, json_units

from truecrowd.ingest.yt_live_chat_json import IMPORTER, amount


def item(kind="TextMessage", **more):
    base = {
        "id": "m1", "timestampUsec": "1571985910682806", "authorExternalChannelId": "UC1",
        "authorName": {"simpleText": "lin"}, "message": {"runs": [{"text": "hello"}]},
    }  # fmt: skip
    return {"addChatItemAction": {"item": {f"liveChat{kind}Renderer": {**base, **more}}}}


def line(*actions):
    return {"replayChatItemAction": {"actions": list(actions)}, "videoOffsetTimeMsec": "1"}


def _feed(*lines):
    return feed(IMPORTER, json_units(*lines), source="a.live_chat.json")


def test_messages_stickers_and_memberships_become_events():
    kinds = ["TextMessage", "PaidMessage", "PaidSticker", "MembershipItem"]

    sink = _feed(*[line(item(kind, purchaseAmountText={"simpleText": "CZK 20.00"})) for kind in kinds])

    assert sink.column("event_type") == ["comment", "gift", "gift", "fan_club"]
    assert sink.column("source_room_id") == ["a"] * 4


def test_a_message_has_the_platforms_time_and_ids():
    row = _feed(line(item())).rows[0]

    assert (row["ts"], row["event_id"], row["account_id"]) == (1_571_985_910_682_806, "m1", "UC1")
    assert row["text"] == "hello"


def test_emoji_are_part_of_the_text():
    runs = [{"text": "a "}, {"emoji": {"emojiId": "😀"}}, {"emoji": {"emojiId": "UC/x", "isCustomEmoji": True, "shortcuts": [":cat:"]}}]  # fmt: skip

    assert _feed(line(item(message={"runs": runs}))).column("text") == ["a 😀:cat:"]


@pytest.mark.parametrize(
    ("shown", "minor", "currency"),
    [
        ("CZK 20.00", 2_000, "CZK"), ("CZK\xa020.00", 2_000, "CZK"), ("$5.00", 500, "USD"), ("CA$6.99", 699, "CAD"),
        ("NT$300.00", 30_000, "TWD"), ("¥1,000", 1_000, "JPY"), ("￥500", 500, "JPY"), ("₩10,000", 10_000, "KRW"),
        ("1.234,50 €", 123_450, "EUR"), ("R$ 20,00", 2_000, "BRL"), ("IDR 12.000", 1_200_000, "IDR"),
        ("KWD 1.500", 1_500, "KWD"), ("€2", 200, "EUR"), ("1 000,50 zł", 100_050, "PLN"), ("$0.125", 12_500, "USD"),
    ],
)  # fmt: skip
def test_an_amount_is_read_in_the_currency_that_is_shown(shown, minor, currency):
    assert amount(shown) == (minor, currency)


@pytest.mark.parametrize("shown", ["", "20.00", "gold 5", "$", "x" * 500, "1" * 500])
def test_an_amount_without_a_known_currency_is_rejected(shown):
    sink = _feed(line(item("PaidMessage", purchaseAmountText={"simpleText": shown})))

    assert sink.bins == [("bad_amount", "liveChatPaidMessageRenderer")]


def test_deletions_and_notices_are_counted_as_skipped():
    deleted = {"clickTrackingParams": "x", "markChatItemAsDeletedAction": {"targetItemId": "m1"}}

    sink = _feed(line(deleted, item(), item("ViewerEngagementMessage")))

    assert len(sink.rows) == 1
    assert sink.bins == [
        ("skip", "markChatItemAsDeletedAction"),
        ("skip", "liveChatViewerEngagementMessageRenderer"),
    ]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"{", "bad_json"),
        (b"[]", "bad_json"),
        (line(), "bad_json"),
        (line(1), "bad_json"),
        (line({}), "bad_json"),
        (line({"addChatItemAction": {}}), "bad_json"),
        (line(item(timestampUsec=None)), "no_ts"),
        (line(item(timestampUsec="noon")), "bad_ts"),
        (line(item(message={"runs": [1]})), "bad_json"),
    ],
)
def test_what_cannot_be_read_is_rejected(record, reason):
    assert [found for found, _ in _feed(record).bins] == [reason]


def test_without_a_channel_the_name_is_shown_for_what_it_is():
    assert _feed(line(item(authorExternalChannelId=None))).column("id_kind") == ["nick"]


def test_a_file_is_claimed_by_its_actions():
    lines = b"\n".join(json_units(line(item()), {"a": 1})).decode()

    assert claims(IMPORTER, lines) == 0.5
