"""ddcenter: markers give the minute of the lines after them."""

import pytest
from list_sink import claims, feed, text_units

from truecrowd.errors import InputError
from truecrowd.ingest.clocks import SECOND_US, iso_us
from truecrowd.ingest.ddcenter_text import IMPORTER

NIGHT = "TIME20:42ONLINE204898\n你好\n 晚安 \nTIME20:45ONLINE7\n再见\nSPEAKERNUM69"


def test_lines_carry_the_minute_of_the_last_marker():
    sink = feed(IMPORTER, text_units(NIGHT), tz="Asia/Shanghai")

    first = iso_us("2019-05-10T12:42:00Z")[0]
    assert sink.column("ts") == [first, first, first, first + 180 * SECOND_US, first + 180 * SECOND_US]
    assert set(sink.column("ts_kind")) == {"minute"}
    assert set(sink.column("source_room_id")) == {"7"}


def test_the_popularity_index_never_becomes_a_number_of_viewers():
    stats = [row for row in feed(IMPORTER, text_units(NIGHT), tz="UTC").rows if row["event_type"] == "stats"]

    assert [row["text"] for row in stats] == ["popularity=204898", "popularity=7"]
    assert all("value" not in row for row in stats)


def test_nobody_is_named_and_text_stays_as_it_was():
    sink = feed(IMPORTER, text_units(NIGHT), tz="UTC")

    assert sink.column("account_id") == [None] * 5
    assert sink.rows[2]["text"] == " 晚安 "


def test_the_number_of_speakers_is_counted_as_skipped():
    assert feed(IMPORTER, text_units(NIGHT), tz="UTC").bins == [("skip", "SPEAKERNUM")]


def test_midnight_inside_a_file_starts_the_next_day():
    sink = feed(IMPORTER, text_units("TIME23:59ONLINE1\na\nTIME0:1ONLINE1\nb"), tz="UTC")

    assert sink.rows[-1]["ts"] - sink.rows[0]["ts"] == 120 * SECOND_US


def test_lines_before_the_first_marker_take_its_time():
    sink = feed(IMPORTER, text_units("a\nTIME1:2ONLINE1"), tz="UTC")

    assert [(row["event_type"], row["ts"]) for row in sink.rows] == [
        ("comment", iso_us("2019-05-10T01:02:00Z")[0]),
        ("stats", iso_us("2019-05-10T01:02:00Z")[0]),
    ]


def test_a_file_without_markers_has_no_times():
    assert feed(IMPORTER, text_units("a\nb"), tz="UTC").bins == [("no_ts", "comment")] * 2


def test_an_impossible_marker_is_rejected():
    assert feed(IMPORTER, text_units("TIME25:00ONLINE1"), tz="UTC").bins == [("bad_ts", "TIME")]


def test_the_zone_is_asked_for_never_assumed():
    with pytest.raises(InputError) as caught:
        feed(IMPORTER, [])

    assert "--tz Asia/Shanghai" in caught.value.fix


def test_a_name_without_a_day_is_refused():
    with pytest.raises(InputError, match="no date"):
        feed(IMPORTER, [], source="room7.txt", tz="UTC")


def test_a_file_is_claimed_by_its_first_line_only():
    assert claims(IMPORTER, NIGHT) == 1.0
    assert claims(IMPORTER, "hello\n" + NIGHT) == 0.0


def test_a_marker_before_foreign_lines_does_not_convince():
    mixed = "TIME20:42ONLINE1\n" + "\n".join('{"cmd": "DANMU_MSG"}' for _ in range(9))

    assert claims(IMPORTER, mixed) < 0.8
