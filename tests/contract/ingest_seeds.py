"""A small file of each format: cut from openly licensed recordings where there is one, else invented."""

import io
from pathlib import Path

import orjson
import pyarrow as pa

from truecrowd.ingest.write import write_canonical

ORDERS = Path(__file__).parents[1] / "fixtures" / "orders"
RECORDINGS = Path(__file__).parents[1] / "fixtures" / "recordings"
NIGHT = 1_640_864_083


def _bili() -> bytes:
    clock = {"Date": "2021.12.30", "ExactTime": "19:34:44", "DeltaTime": 1.0}
    rows = []
    for at in range(60):
        stamp = str((NIGHT + at) * 10**9)
        entrance = {"uid": f"i{at}", "uname": f"n{at}", "trigger_time": stamp, "msg_type": "1"}
        rows.append({**clock, "msg_type": "other", "content": {"cmd": "INTERACT_WORD", "data": entrance}})
        rows.append({**clock, "msg_type": "danmaku", "name": f"n{at}", "content": "好，买了", "color": "ffffff"})
        gift = {"uid": f"i{at}", "uname": "a", "tid": f"t{at}", "num": "2", "price": "100", "total_coin": "150",
                "coin_type": "gold", "giftId": "7", "timestamp": NIGHT + at}  # fmt: skip
        rows.append({**clock, "msg_type": "other", "content": {"cmd": "SEND_GIFT", "data": gift}})
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def _twitch() -> bytes:
    comments = [
        {"_id": f"m{at}", "created_at": "2021-07-15T02:01:48.745Z", "content_offset_seconds": at, "channel_id": "c1",
         "commenter": {"_id": f"i{at}", "created_at": "2014-11-18T22:54:23.734503Z"},
         "message": {"body": "hi", "bits_spent": 0}}
        for at in range(60)
    ]  # fmt: skip
    return orjson.dumps({"video": {"created_at": "2021-07-15T01:59:24Z"}, "streamer": {"id": 5}, "comments": comments})


def _rows_json() -> bytes:
    rows = [{"author": f"n{at}", "message": "hi", "published_at": f"2025-03-17T17:06:{at:02}Z"} for at in range(60)]
    return orjson.dumps(rows)


def _douyin() -> bytes:
    rows = []
    for at in range(60):
        common = {"roomId": "7", "msgId": f"m{at}", "createTime": NIGHT + at}
        user = {"id": f"i{at}", "nickName": f"n{at}"}
        rows.append(
            {"method": "WebcastMemberMessage", "common": {**common, "msgId": f"j{at}"}, "user": user, "memberCount": 9}
        )
        rows.append({"method": "WebcastChatMessage", "common": common, "user": user, "content": "好，买了"})
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def _barragegrab() -> bytes:
    rows = []
    for at in range(60):
        said = {"MsgId": f"m{at}", "RoomId": "7", "Content": "好，买了", "User": {"Id": f"i{at}", "Nickname": f"n{at}"}}
        rows.append({"Type": 1, "Data": orjson.dumps(said).decode(), "ts": NIGHT + at})
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def _bili_xml() -> bytes:
    head = '<?xml version="1.0" encoding="utf-8"?>\n<i>\n<metadata><room_id>7</room_id><recorder>blrec 1</recorder></metadata>\n'
    row = '<d p="{0}.5,1,25,9,{1},0,ab12cd{0:02},{2}" uid="{3}" user="n{0}">好 &lt;买了</d>\n'
    rows = [row.format(at, (NIGHT + at) * 1_000, 900 + at, 100 + at) for at in range(60)]
    return (head + "".join(rows) + "</i>\n").encode()


def _twitch_irc() -> bytes:
    lines = []
    for at in range(60):
        tags = f"@id=m{at};room-id=5;tmi-sent-ts={(NIGHT + at) * 1000};user-id=i{at}"
        lines.append(f"{tags} :n{at}!n{at}@n{at}.tmi.twitch.tv PRIVMSG #shop :hi, all :)")
        lines.append(f":n{at}!n{at}@n{at}.tmi.twitch.tv JOIN #shop")
    return "\n".join([*lines, ""]).encode()


def events(n: int = 60) -> pa.Table:
    """EVENTS of one room, one a second."""
    return pa.table({
        "event_id": [f"e{at}" for at in range(n)],
        "ts": pa.array([(NIGHT + at) * 1_000_000 for at in range(n)], pa.timestamp("us", tz="UTC")),
        "event_type": pa.array(["join", "comment", "order"] * (n // 3)).dictionary_encode(),
        "room_id": ["r1"] * n,
        "account_id": [f"u{at}" for at in range(n)],
        "amount_minor": pa.array([None, None, 990] * (n // 3), pa.int64()),
        "text": [None, '好,"买"', None] * (n // 3),
    })  # fmt: skip


def _canonical(encoding: str) -> bytes:
    out = io.BytesIO()
    write_canonical(events(), out, encoding)  # type: ignore[arg-type]
    return out.getvalue()


def _woocommerce() -> bytes:
    """The export with a column of currencies, which plugins may add."""
    head, *lines = (ORDERS / "woocommerce.csv").read_bytes().splitlines()
    return b"".join(line + b"\n" for line in (head + b",Currency", *(line + b",USD" for line in lines)))


def seeds() -> dict[str, tuple[str, str, bytes]]:
    """By a name of its own: file name, format, bytes."""
    made = {
        "bili": ("bili.jsonl", "bili_cmd_jsonl", _bili()),
        "twitch": ("vod.json", "twitch_json", _twitch()),
        "douyin": ("douyin.jsonl", "douyin_jsonl", _douyin()),
        "barragegrab": ("grab.jsonl", "barragegrab_json", _barragegrab()),
        "bili_xml": ("night.xml", "bili_xml", _bili_xml()),
        "twitch_irc": ("chat.log", "twitch_irc", _twitch_irc()),
        "rows": ("night.json", "chat_rows_json", _rows_json()),
        **{name: (f"events.{name}", "canonical", _canonical(name)) for name in ("parquet", "arrow", "ndjson", "csv")},
    }
    for shop in ("doudian", "tiktok", "shopify", "taobao"):
        name = "orders_tiktok_shop" if shop == "tiktok" else f"orders_{shop}"
        made[name] = (f"{shop}.csv", name, (ORDERS / f"{shop}.csv").read_bytes().removeprefix(b"\xef\xbb\xbf"))
    made["orders_woocommerce"] = ("shop.csv", "orders_woocommerce", _woocommerce())
    known = {
        ".train-c.log": "irc_text", "douyu": "chat_rows", "mixed_hosts": "tiktoklive_jsonl", "replay_a": "yt_live_chat_json",
        "room704808": "ddcenter_text",
    }  # fmt: skip
    for path in sorted(RECORDINGS.glob("*")):
        name = next((format_ for part, format_ in known.items() if part in path.name), None)
        if name:
            made[name] = (path.name, name, path.read_bytes())
    return made
