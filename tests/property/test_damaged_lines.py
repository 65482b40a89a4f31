"""Hostile input: whatever stands in a row, a reader does not raise, and every row ends in a bin."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecrowd.errors import InputError
from truecrowd.ingest.importer import About, Row
from truecrowd.ingest.registry import installed
from truecrowd.schema import EVENT_TYPES, EVENTS, ID_KINDS, REJECT_REASONS, TS_KINDS

NIGHT = 1_640_864_083
SEEDS = {
    "bili_cmd_jsonl": [
        {"cmd": "DANMU_MSG", "info": [[0, 1, 25, 0, NIGHT * 1000], "hi", [42, "lin", 0]]},
        {"Date": "2021.12.30", "ExactTime": "19:34:43", "msg_type": "danmaku", "name": "lin", "content": "hi"},
        *[
            {"Date": "2021.12.30", "ExactTime": "19:34:43", "msg_type": "other", "content": {"cmd": cmd, "data": {
                "uid": "i1", "uname": "lin", "username": "lin", "trigger_time": str(NIGHT * 10**9), "msg_type": "1",
                "timestamp": NIGHT, "start_time": NIGHT, "num": "1", "price": "100", "total_coin": "100", "tid": "t",
                "coin_type": "gold", "giftId": "7", "gift_id": "7", "message": "hi", "count": 3, "roomid": 5,
                "copy_writing": "<%lin%>", "39_action": "start", "39_content": "hi", "danmu": "hi",
            }}}
            for cmd in (
                "INTERACT_WORD", "ENTRY_EFFECT", "LIKE_INFO_V3", "SEND_GIFT", "SUPER_CHAT_MESSAGE", "GUARD_BUY",
                "USER_TOAST_MSG", "COMBO_SEND", "SPECIAL_GIFT", "ANCHOR_LOT_START", "ONLINE_RANK_COUNT",
                "LIVE_INTERACTIVE_GAME",
            )
        ],
    ],
    "tiktoklive_jsonl": [
        {"event": event, "common": {"createTime": NIGHT * 1000, "msgId": "m", "roomId": "r", "displayText": {
            "key": "follow"}}, "user": {"id": "i"}, "content": "hi", "count": 2, "total": 3, "repeatCount": 2,
            "giftId": 5, "gift": {"type": 1}, "repeatEnd": 0}
        for event in ("CommentEvent", "JoinEvent", "LikeEvent", "GiftEvent", "SocialEvent", "RoomUserSeqEvent")
    ],
    "twitch_json": [
        ({"video": {"created_at": "2021-07-15T01:59:24Z"}}, {"_id": "m", "content_offset_seconds": 3, "channel_id": "c",
         "commenter": {"_id": "i", "created_at": "2014-11-18T22:54:23Z"}, "message": {"body": "hi", "bits_spent": 0}})
    ],
    "yt_live_chat_json": [
        {"replayChatItemAction": {"actions": [{"addChatItemAction": {"item": {"liveChatPaidMessageRenderer": {
            "id": "m", "timestampUsec": str(NIGHT * 10**6), "authorExternalChannelId": "U", "authorName": {
                "simpleText": "lin"}, "message": {"runs": [{"text": "hi"}, {"emoji": {"emojiId": "x"}}]},
            "purchaseAmountText": {"simpleText": "$1.00"}}}}}]}}
    ],
    "chat_rows_json": [{"author": {"id": "c", "name": "lin"}, "message": "hi", "timestamp": NIGHT, "room_id": "r"}],
    "chat_rows": [["lin", "hi", "2025-03-20T00:57:29Z"]],
    "irc_text": [b"[10:48] <lin> hi", b"=== bo [~x@h]  has joined #shop", b"[10:49:01] * lin waves"],
    "ddcenter_text": [b"TIME20:42ONLINE5", b"hi", b"SPEAKERNUM5"],
}  # fmt: skip
HOSTILE = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12), st.just([]), st.just({}), st.just([None]),
    st.just({"a": 1}), st.sampled_from(["9" * 400, "1e309", "-1", "nan", "１２", "²", "**", "0", "2021-02-30T00:00:00Z"]),
)  # fmt: skip
COLUMNS = {name for name, _ in EVENTS.columns}


class Bins:
    """Counts calls; checks what a row may hold."""

    def __init__(self) -> None:
        self.n = 0

    def keep(self, native: str, row: Row) -> None:
        self.n += 1
        assert isinstance(native, str)
        assert row.keys() <= COLUMNS
        assert isinstance(row["ts"], int)
        assert row["event_type"] in EVENT_TYPES
        assert row.get("id_kind", "stable") in ID_KINDS
        assert row.get("ts_kind", "server") in TS_KINDS
        assert all(isinstance(row.get(name, ""), str) for name in ("event_id", "account_id", "source_room_id", "text"))
        assert isinstance(row.get("amount_minor", 0), int)

    def skip(self, native: str) -> None:
        self.n += 1
        assert isinstance(native, str)

    merge = duplicate = skip

    def reject(self, reason: str, native: str = "") -> None:
        self.n += 1
        assert reason in REJECT_REASONS
        assert isinstance(native, str)

    def sampled(self, event_type: str) -> None:
        assert event_type in EVENT_TYPES

    def measured_tz(self, tz: str, n_rows: int) -> None:
        assert n_rows > 0

    def note(self, text: str) -> None:
        assert text


def paths(value: object, here: tuple = ()) -> list[tuple]:
    """Return the way to every place inside a value."""
    found = [here] if here else []
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    for key, part in inside:
        found += paths(part, (*here, key))
    return found


def replaced(value: object, way: tuple, new: object) -> object:
    if not way:
        return new
    if isinstance(value, dict):
        return {key: replaced(part, way[1:], new) if key == way[0] else part for key, part in value.items()}
    return type(value)(replaced(part, way[1:], new) if at == way[0] else part for at, part in enumerate(value))


@st.composite
def units(draw, name: str) -> list[object]:
    """Return some rows of a format, most of them damaged in one or two places."""
    rows: list[object] = []
    for _ in range(draw(st.integers(1, 6))):
        seed = draw(st.sampled_from(SEEDS[name]))
        if isinstance(seed, bytes):
            at = draw(st.integers(0, len(seed)))
            rows.append(seed[:at] + draw(st.text(max_size=6)).encode("utf-8", "replace") + seed[at:])
            continue
        for _ in range(draw(st.integers(0, 2))):
            ways = [way for way in paths(seed) if name != "twitch_json" or len(way) > 1 or way == (1,)]
            if name == "chat_rows":
                seed = replaced(seed, draw(st.sampled_from(ways)), draw(st.text(max_size=12)))
            elif ways:
                seed = replaced(seed, draw(st.sampled_from(ways)), draw(HOSTILE))
        rows.append(json.dumps(seed).encode() if name.endswith("jsonl") or name == "yt_live_chat_json" else seed)
    return rows


@pytest.mark.parametrize("importer", [one for one in installed() if one.name in SEEDS], ids=lambda one: one.name)
@given(data=st.data())
def test_a_damaged_row_never_stops_a_reader_and_ends_in_a_bin(importer, data):
    rows = data.draw(units(importer.name))
    about = About(
        "room7_2019-5-10.txt", "room7_2019-5-10", None, "Asia/Shanghai", "", ("author", "message", "time"), (), ()
    )
    bins = Bins()

    reader = importer.start(about, bins)
    for row in rows:
        reader.feed(row)
    reader.close()

    assert bins.n >= len(rows)


@pytest.mark.parametrize("name", ["irc_text", "ddcenter_text"])
def test_a_zone_that_is_missing_is_an_error_of_the_file(name):
    importer = next(one for one in installed() if one.name == name)

    with pytest.raises(InputError, match="zone"):
        importer.start(About("room7_2019-5-10.txt", "room7", None, None, "", (), (), ()), Bins())


def test_every_importer_here_is_damaged_on_purpose():
    assert {one.name for one in installed() if one.state == "sample"} <= SEEDS.keys()
