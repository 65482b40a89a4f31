"""IRC logs: nicks, joins without a clock, modes, hosts, the 12-hour clock."""

import pytest
from list_sink import claims, feed, text_units

from truecrowd.errors import InputError
from truecrowd.ingest.clocks import iso_us
from truecrowd.ingest.irc_text import IMPORTER

LOG = """[10:48] <lin> hello
=== bo [~x@h_1]  has joined #Shop
=== bo [~x@h_1]  has left #shop
=== bo is now known as bob
[10:49] <@op> hi there"""


def _feed(text: str, **more: object):
    return feed(IMPORTER, text_units(text), **{"source": "2006-05-27.log", "tz": "UTC", **more})


def test_chat_joins_and_leaves_become_events_and_renames_do_not():
    sink = _feed(LOG)

    assert sink.column("event_type") == ["comment", "join", "leave", "comment"]
    assert [native for native, _ in sink.kept] == ["<nick>", "joined", "left", "<nick>"]
    assert sink.bins == [("skip", "renamed")]


def test_lines_without_a_clock_take_the_time_of_the_line_before():
    assert _feed(LOG).column("ts") == [iso_us(f"2006-05-27T10:{m}:00Z")[0] for m in (48, 48, 48, 49)]


def test_lines_without_a_clock_at_the_start_take_the_next_time():
    sink = _feed("=== bo [~x@h]  has joined #shop\n[10:48] <lin> hello")

    assert sink.column("ts") == [iso_us("2006-05-27T10:48:00Z")[0]] * 2


def test_a_log_of_joins_alone_has_no_times():
    assert _feed("=== bo [~x@h]  has joined #shop").bins == [("no_ts", "joined")]


@pytest.mark.parametrize(("shown", "nick"), [("+lin", "lin"), ("@lin", "lin"), ("%lin", "lin"), ("++lin", "+lin")])
def test_one_mode_sign_is_no_part_of_the_nick(shown, nick):
    assert _feed(f"[10:48] <{shown}> hello").column("account_id") == [f"name:{nick}"]


def test_a_host_is_kept_as_the_network_it_hides():
    assert _feed(LOG).column("ip") == [None, "h_1", "h_1", None]


def test_an_action_is_a_comment():
    row = _feed("[10:48] * lin waves at all").rows[0]

    assert (row["account_id"], row["text"]) == ("name:lin", "waves at all")


def test_text_keeps_its_brackets_and_spaces():
    assert _feed("[10:48] <lin>  <b> [x]  ").column("text") == [" <b> [x]  "]


def test_an_empty_message_stays_a_message():
    assert _feed("[10:48] <lin> ").column("text") == [""]
    assert _feed("[10:48] <lin>").column("text") == [""]


def test_seconds_make_a_capture_clock_and_minutes_a_coarse_one():
    assert _feed("[10:48] <a> x\n[10:48:05] <a> x").column("ts_kind") == ["minute", "capture"]


def test_a_12_hour_clock_is_noticed_and_said():
    sink = _feed("[11:58] <a> x\n[00:03] <a> y")

    assert sink.column("ts") == [iso_us("2006-05-27T11:58:00Z")[0], iso_us("2006-05-27T12:03:00Z")[0]]
    assert sink.notes == ["12-hour clock: half days added where it steps back"]


def test_the_channel_joined_is_the_room_in_any_case():
    lines = LOG.split("\n")

    assert set(_feed(LOG, lines=lines).column("source_room_id")) == {"#shop"}
    assert set(_feed(LOG, source="rbtv_2016-09-30.log").column("source_room_id")) == {"rbtv"}
    assert set(_feed(LOG, room="r1").column("source_room_id")) == {"r1"}


@pytest.mark.parametrize(("line", "reason"), [("[25:00] <a> x", "bad_ts"), ("plain words", "no_ts"), ("[", "bad_ts")])
def test_lines_that_are_no_log_lines_are_rejected(line, reason):
    assert _feed(line).bins == [(reason, "")]


def test_other_notices_are_counted_as_skipped():
    assert _feed("[10:48] *** topic changed\n=== mode/#x [+o a]").bins == [("skip", "other"), ("skip", "===")]


def test_zone_and_day_are_asked_for():
    with pytest.raises(InputError, match="without a zone"):
        _feed(LOG, tz=None)
    with pytest.raises(InputError, match="no date"):
        _feed(LOG, source="shop.log")


def test_a_log_is_claimed_by_its_lines():
    assert claims(IMPORTER, LOG) == 1.0
    assert claims(IMPORTER, '["a"]\n{"b": 1}') == 0.0
    assert claims(IMPORTER, LOG + "\nnoise" * 5) == 0.5
