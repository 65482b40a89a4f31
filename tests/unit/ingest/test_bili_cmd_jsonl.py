"""Bilibili messages: what waits for later rows, what is no event, and what was really paid."""

import pytest
from list_sink import claims, feed, json_units

from truecrowd.errors import InputError
from truecrowd.ingest import backlog
from truecrowd.ingest.bili_cmd_jsonl import IMPORTER
from truecrowd.ingest.clocks import SECOND_US

NIGHT = 1_640_864_083
CLOCK = {"Date": "2021.12.30", "ExactTime": "19:34:44", "DeltaTime": 1.0}


def cmd(name, *, clock=CLOCK, **data):
    return {**clock, "msg_type": "other", "content": {"cmd": name, "data": data}}


def named_comment(name, text="好", clock=CLOCK):
    return {**clock, "msg_type": "danmaku", "name": name, "content": text, "color": "ffffff"}


def enter(uid, name, ts=NIGHT, kind="1", **more):
    return cmd("INTERACT_WORD", uid=uid, uname=name, trigger_time=str(ts * 10**9 + 5_000), msg_type=kind, **more)


def effect(uid, name, ts=NIGHT):
    return cmd("ENTRY_EFFECT", uid=uid, copy_writing=f"欢迎舰长 <%{name}%> 进入直播间", trigger_time=str(ts * 10**9))


def gift(uid="i1", tid="t1", **data):
    base = {"num": "2", "price": "100", "total_coin": "150", "coin_type": "gold", "giftId": "7", "timestamp": NIGHT}
    return cmd("SEND_GIFT", uid=uid, uname="lin", tid=tid, **{**base, **data})


def _feed(*records, **more):
    return feed(IMPORTER, json_units(*records), **{"source": "room.jsonl", "tz": "Asia/Shanghai", **more})


def test_entrances_are_joins_follows_and_shares():
    sink = _feed(enter("i1", "a"), enter("i2", "b", kind="2"), enter("i3", "c", kind="3"), enter("i4", "d", kind="9"))

    assert sink.column("event_type") == ["join", "follow", "share"]
    assert sink.column("ts")[0] == NIGHT * SECOND_US + 5
    assert sink.bins == [("skip", "INTERACT_WORD")]


def test_a_name_seen_with_one_id_anywhere_in_the_file_becomes_that_id():
    sink = _feed(named_comment("lin"), named_comment("bo"), enter("i1", "lin"))

    assert sink.column("account_id") == ["i1", "name:bo", "i1"]
    assert sink.column("id_kind") == ["stable", "nick", "stable"]


@pytest.mark.parametrize("kind", ["COMBO_SEND", "LIVE_INTERACTIVE_GAME"])
def test_names_are_learnt_from_rows_that_are_no_events_too(kind):
    assert _feed(named_comment("lin"), cmd(kind, uid="i1", uname="lin")).column("account_id") == ["i1"]


def test_a_name_seen_with_two_ids_is_nobodys():
    sink = _feed(named_comment("lin"), enter("i1", "lin"), enter("i2", "lin"))

    assert sink.column("account_id")[0] == "name:lin"


def test_a_masked_name_is_never_linked_to_an_id():
    assert _feed(named_comment("折***")).column("id_kind") == ["masked"]


def test_rows_come_out_in_the_order_of_the_file():
    sink = _feed(named_comment("lin"), gift(), named_comment("lin", "二"))

    assert [native for native, _ in sink.kept] == ["danmaku", "SEND_GIFT", "danmaku"]


def test_a_file_longer_than_the_backlog_links_what_is_known_in_time(monkeypatch):
    monkeypatch.setattr(backlog.Backlog.__init__, "__kwdefaults__", {"most": 1})

    sink = _feed(named_comment("lin"), enter("i1", "lin"), named_comment("lin"), named_comment("bo"))

    assert sink.column("account_id") == ["i1", "i1", "i1", "name:bo"]
    assert _feed(named_comment("lin"), named_comment("bo"), enter("i1", "lin")).column("account_id")[0] == "name:lin"


def test_the_zone_of_the_recorder_is_measured_on_rows_with_both_clocks():
    sink = _feed(named_comment("lin"), *[enter(f"i{n}", f"n{n}") for n in range(5)], tz=None)

    assert sink.rows[0]["ts"] == (NIGHT + 1) * SECOND_US
    assert sink.rows[0]["ts_kind"] == "capture"
    assert sink.zones == [("+08:00", 5)]


def test_without_zone_or_rows_to_measure_it_the_file_is_refused():
    with pytest.raises(InputError, match="without a zone"):
        _feed(named_comment("lin"), tz=None)


def test_a_zone_that_contradicts_the_rows_is_refused():
    with pytest.raises(InputError, match="5 rows of the file show"):
        _feed(named_comment("lin"), *[enter(f"i{n}", f"n{n}") for n in range(5)], tz="Europe/Berlin")


@pytest.mark.parametrize("is_effect_first", [True, False])
def test_an_entrance_announced_twice_within_ten_seconds_is_one_join(is_effect_first):
    both = [effect("i1", "lin", NIGHT + 9), enter("i1", "lin")]

    sink = _feed(*(both if is_effect_first else reversed(both)))

    assert [native for native, _ in sink.kept] == ["INTERACT_WORD"]
    assert sink.bins == [("duplicate", "ENTRY_EFFECT")]


def test_a_second_entrance_after_ten_seconds_is_another_join():
    sink = _feed(enter("i1", "lin"), effect("i1", "lin", NIGHT + 11), effect("i2", "bo"))

    assert sink.column("event_type") == ["join"] * 3


def test_joins_of_paid_tiers_alone_are_declared_a_part():
    assert _feed(effect("i1", "lin")).is_sampled == ["join"]
    assert _feed(effect("i1", "lin"), enter("i2", "bo")).is_sampled == []


def test_a_gift_is_worth_what_was_paid_not_price_times_number():
    row = _feed(gift()).rows[0]

    assert (row["amount_minor"], row["currency"], row["value"], row["event_id"]) == (15, "CNY", 2.0, "t1")


def test_silver_is_no_money():
    assert "amount_minor" not in _feed(gift(coin_type="silver")).rows[0]


def test_a_super_chat_is_a_gift_in_yuan_with_its_text():
    row = _feed(cmd("SUPER_CHAT_MESSAGE", uid="i1", user_info_uname="lin", message="好", price="50", ts=NIGHT)).rows[0]

    assert (row["event_type"], row["amount_minor"], row["text"]) == ("gift", 5_000, "好")


@pytest.mark.parametrize("is_toast_first", [True, False])
def test_a_guard_costs_what_its_toast_says(is_toast_first):
    guard = cmd("GUARD_BUY", uid="i1", username="lin", num="1", price="198000", start_time=NIGHT)
    toast = cmd("USER_TOAST_MSG", uid="i1", username="lin", num="1", price="138000", start_time=NIGHT)

    sink = _feed(*([toast, guard] if is_toast_first else [guard, toast]))

    assert sink.column("amount_minor") == [13_800]
    assert sink.bins == [("merge", "USER_TOAST_MSG")]


def test_a_toast_without_its_guard_is_no_event():
    toast = cmd("USER_TOAST_MSG", uid="i1", price="138000", start_time=NIGHT)

    assert _feed(toast, toast).bins == [("skip", "USER_TOAST_MSG")] * 2


def test_combos_without_gifts_declare_gifts_a_part():
    combos = [cmd("COMBO_SEND", uid=f"i{n}", uname=f"n{n}", gift_id="7") for n in range(10)]

    kept = _feed(*combos[:2], gift("i0", "a"), gift("i1", "b"))
    lost = _feed(*combos, *[gift(f"i{n}", f"t{n}") for n in range(8)])

    assert kept.is_sampled == []
    assert lost.is_sampled == ["gift"]
    assert lost.bins == [("skip", "COMBO_SEND")] * 10


def test_mirrors_and_unknown_commands_are_counted_as_skipped():
    sink = _feed(cmd("LIVE_INTERACTIVE_GAME", uid="i1"), cmd("INTERACT_WORD_V2", pb="x"), cmd("ROOM_CHANGE"))

    assert [native for _, native in sink.bins] == ["LIVE_INTERACTIVE_GAME", "INTERACT_WORD_V2", "ROOM_CHANGE"]


def test_a_counter_is_never_a_number_of_viewers():
    sink = _feed(
        cmd("ONLINE_RANK_COUNT", count="704"), cmd("ROOM_REAL_TIME_MESSAGE_UPDATE", fans="67", fans_club="2", roomid=5)
    )

    assert sink.column("text") == ["rank=704", "fans=67 fans_club=2"]
    assert sink.column("value") == [None, None]
    assert set(sink.column("source_room_id")) == {"5"}


def test_a_storm_prompts_when_it_starts():
    sink = _feed(
        cmd("SPECIAL_GIFT", **{"39_action": "start", "39_content": "x"}), cmd("SPECIAL_GIFT", **{"39_action": "end"})
    )

    assert sink.column("event_type") == ["prompt"]
    assert sink.bins == [("skip", "SPECIAL_GIFT")]


def test_raw_messages_are_read_without_an_envelope():
    info = [[0, 1, 25, 0, NIGHT * 1000 + 7], "你好", [42, "lin", 0]]

    sink = _feed({"cmd": "DANMU_MSG:4:0:2:2:2:0", "info": info}, {"cmd": "ONLINE_RANK_COUNT", "data": {"count": 3}})

    comment, counter = sink.rows
    assert (comment["account_id"], comment["text"], comment["ts"]) == ("42", "你好", NIGHT * SECOND_US + 7_000)
    assert (counter["ts"], counter["ts_kind"]) == (comment["ts"], "bound")


def test_a_guest_is_no_account():
    info = [[0, 1, 25, 0, NIGHT * 1000], "你好", [0, "折***", 0]]

    assert _feed({"cmd": "DANMU_MSG", "info": info}).column("id_kind") == ["guest"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"{", "bad_json"),
        (b"[]", "bad_json"),
        ({"a": 1}, "bad_json"),
        ({"cmd": "DANMU_MSG", "info": []}, "bad_json"),
        (gift(num="many"), "bad_json"),
        (enter(1.5e18, "lin"), "bad_json"),
        ({"cmd": "ONLINE_RANK_COUNT", "data": {"count": 1}}, "no_ts"),
        (gift(timestamp="noon"), "bad_ts"),
        (gift(timestamp="17"), "ts_out_of_range"),
    ],
)
def test_what_cannot_be_read_is_rejected_and_the_next_row_is_not(record, reason):
    sink = _feed(record, enter("i9", "next"))

    assert [found for found, _ in sink.bins] == [reason]
    assert sink.column("account_id") == ["i9"]


def test_a_file_is_claimed_by_commands_or_by_the_envelope():
    lines = b"\n".join(json_units(named_comment("lin"), enter("i1", "a"))).decode()

    assert claims(IMPORTER, lines) == 1.0
    assert claims(IMPORTER, '{"cmd": "ls -l"}\n{"ts": 1, "room_id": "r", "type": "join"}') == 0.0
