"""Recordings end to end: recognised by themselves, counted exactly, nothing lost.

All files of `shared/real` where it stands beside the checkout; the small cuts in `tests/fixtures` always.
"""

import csv
from collections import Counter
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from truecrowd.ingest import Options, read
from truecrowd.surfaces import demo

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "real"
CUTS = ROOT / "tests" / "fixtures" / "recordings"

FORMATS = {
    "bili_cmd_jsonl": ("bili_cmd_jsonl", None),
    "tiktoklive_jsonl": ("tiktoklive_jsonl", None),
    "twitch_json": ("twitch_json", None),
    "yt_live_chat_json": ("yt_live_chat_json", None),
    "youtube_rows": ("chat_rows", None),
    "douyu_csv": ("chat_rows", "Asia/Shanghai"),
    "irc_ubuntu": ("irc_text", "UTC"),
    "irc_znc": ("irc_text", "Europe/Berlin"),
    "bili_ddcenter_v1": ("ddcenter_text", "Asia/Shanghai"),
}
"""MANIFEST's format: the importer, and `--tz` where neither values nor rows tell the zone."""

WORDS = {
    ("bili_cmd_jsonl", "comment"): [("danmaku", "comment")],
    ("bili_cmd_jsonl", "gift_combo"): [("COMBO_SEND", None)],
    ("bili_cmd_jsonl", "join_vip"): [("ENTRY_EFFECT", None)],
    ("bili_cmd_jsonl", "join"): [("INTERACT_WORD", "join")],
    ("bili_cmd_jsonl", "follow"): [("INTERACT_WORD", "follow")],
    ("bili_cmd_jsonl", "gift"): [("SEND_GIFT", "gift")],
    ("bili_cmd_jsonl", "stats"): [("ONLINE_RANK_COUNT", "stats")],
    ("bili_cmd_jsonl", "stats_fans"): [("ROOM_REAL_TIME_MESSAGE_UPDATE", "stats")],
    ("bili_cmd_jsonl", "superchat"): [("SUPER_CHAT_MESSAGE", "gift")],
    ("bili_cmd_jsonl", "fan_club"): [("GUARD_BUY", "fan_club")],
    ("bili_cmd_jsonl", "fan_club_notice"): [("USER_TOAST_MSG", None)],
    ("bili_cmd_jsonl", "phrase_storm"): [("SPECIAL_GIFT", None)],
    ("bili_cmd_jsonl", "other"): [("ROOM_CHANGE", None), ("LIVE_INTERACTIVE_GAME", None)],
    ("tiktoklive_jsonl", "comment"): [("CommentEvent", "comment")],
    ("tiktoklive_jsonl", "join"): [("JoinEvent", "join")],
    ("tiktoklive_jsonl", "like"): [("LikeEvent", "like")],
    ("tiktoklive_jsonl", "gift"): [("GiftEvent", "gift")],
    ("tiktoklive_jsonl", "stats"): [("RoomUserSeqEvent", "stats")],
    ("tiktoklive_jsonl", "follow"): [("SocialEvent", "follow")],
    ("tiktoklive_jsonl", "share"): [("SocialEvent", "share")],
    ("yt_live_chat_json", "comment"): [("liveChatTextMessageRenderer", "comment")],
    ("yt_live_chat_json", "superchat"): [("liveChatPaidMessageRenderer", "gift")],
    ("yt_live_chat_json", "fan_club"): [("liveChatMembershipItemRenderer", "fan_club")],
    ("irc_text", "comment"): [("<nick>", "comment")],
    ("irc_text", "join"): [("joined", "join")],
    ("irc_text", "leave"): [("left", "leave")],
    ("irc_text", "rename"): [("renamed", None)],
    ("ddcenter_text", "comment"): [("comment", "comment")],
    ("ddcenter_text", "stats"): [("TIME", "stats")],
}
"""MANIFEST's word for a kind of row: native kinds and, where one native gives several types, the type (None: any)."""
NO_COUNT = {"skipped_misaligned", "speakernum"}
"""Words of MANIFEST that are no counts of rows: one row was never written, one is a number of people."""

KEPT = {
    "bili-entertainment-top": {
        "comment": 41_109, "join": 6_237, "gift": 5_393, "fan_club": 115, "prompt": 1, "stats": 2_796,
    },
    "bili-cardgame": {"join": 1_894, "stats": 1_426, "gift": 238, "comment": 163},
    "bili-singer": {"join": 1_090, "stats": 187, "comment": 4, "gift": 4, "follow": 2},
    "bili-tech": {"join": 16, "comment": 14, "stats": 9, "gift": 1},
    "livenow_arizona": {"comment": 7_351},
    "livenow_press_briefing": {"comment": 6_565},
    "replay_a": {"comment": 47, "gift": 1},
    "mixed_hosts_2023-10": {"comment": 31, "join": 31, "like": 31, "gift": 31, "stats": 31, "follow": 20, "share": 11},
}  # fmt: skip
"""Events kept where mapping changes MANIFEST's counts (ingest.md section 9)."""
BINS = ("kept", "merged", "duplicate", "skipped", "rejected")


def manifest() -> list[dict[str, str]]:
    path = REAL / "MANIFEST.tsv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


ROWS = {row["file"]: row for row in manifest()}
NAMES = sorted(ROWS) or [pytest.param("", marks=pytest.mark.skip(reason="shared/real is not here"))]


def path_of(part: str) -> Path:
    if not ROWS:
        pytest.skip("shared/real is not here")
    return next(REAL / name for name in ROWS if part in name)


@cache
def reading(*paths: Path, tz: str | None):
    with ExitStack() as stack:
        streams = [stack.enter_context(path.open("rb")) for path in paths]
        run = read(streams, Options(tz=tz))
        batches = list(run.batches())
    return pa.concat_tables(batches, promote_options="permissive"), run.imported()


def real(name: str):
    return reading(REAL / name, tz=FORMATS[ROWS[name]["format"]][1])


def kinds(events: pa.Table) -> dict[str, int]:
    return dict(Counter(events.column("event_type").cast(pa.string()).to_pylist()))


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_is_recognised_by_itself(name):
    _, imported = real(name)

    found = imported.recognised[0]
    assert found.format.removesuffix("_json") == FORMATS[ROWS[name]["format"]][0].removesuffix("_json")
    assert found.confidence == 1.0
    assert not imported.is_partial


@pytest.mark.parametrize("name", NAMES)
def test_the_bins_of_a_recording_add_up_and_nothing_is_rejected(name):
    events, imported = real(name)

    (row,) = imported.imports.to_pylist()
    assert row["n_read"] == sum(row[f"n_{bin_}"] for bin_ in BINS)
    assert row["n_kept"] == events.num_rows
    assert row["n_rejected"] == 0
    for column in ("n_read", *(f"n_{bin_}" for bin_ in BINS)):
        assert pc.sum(imported.import_counts.column(column)).as_py() == row[column]


@pytest.mark.parametrize("name", NAMES)
def test_native_counts_are_those_of_the_manifest(name):
    _, imported = real(name)
    counts = imported.import_counts.to_pylist()
    format_ = imported.recognised[0].format

    expected = dict(part.split("=") for part in ROWS[name]["events_by_type"].split("; "))
    found = {}
    for word in expected.keys() - NO_COUNT:
        wanted = WORDS.get((format_, word), [("comment", "comment")])
        found[word] = sum(
            row["n_read"]
            for row in counts
            for native, kind in wanted
            if row["native"] == native and kind in (None, row["event_type"])
        )
    assert found == {word: int(n) for word, n in expected.items() if word not in NO_COUNT}
    assert sum(found.values()) + ("speakernum" in expected) == sum(row["n_read"] for row in counts)


@pytest.mark.parametrize("part", KEPT)
def test_mapping_keeps_the_events_it_should(part):
    events, _ = real(str(path_of(part).relative_to(REAL)))

    assert kinds(events) == KEPT[part]


@pytest.mark.parametrize("name", NAMES)
def test_every_event_of_a_recording_has_an_id_of_its_own(name):
    events, _ = real(name)

    assert pc.count_distinct(events.column("event_id")).as_py() == events.num_rows


def test_the_top_room_is_told_honestly():
    events, imported = real(str(path_of("bili-entertainment-top").relative_to(REAL)))

    row = imported.imports.to_pylist()[0]
    comments = events.filter(pc.equal(events.column("event_type").cast(pa.string()), "comment"))
    guards = events.filter(pc.equal(events.column("event_type").cast(pa.string()), "fan_club"))
    assert (row["tz"], row["tz_from"], row["is_sampled"]) == ("+08:00", "measured", True)
    assert (row["n_merged"], row["n_skipped"]) == (115, 6_306)
    assert Counter(comments.column("id_kind").cast(pa.string()).to_pylist()) == {"stable": 31_544, "nick": 9_565}
    assert pc.sum(guards.column("amount_minor")).as_py() == 4_264_800
    assert any("zone +08:00 measured on 11,860 rows" in note for note in imported.notes)
    assert set(events.column("source_room_id").to_pylist()) == {"11365"}


def test_gifts_of_the_tiktok_sample_sum_to_what_was_sent():
    events, _ = real(str(path_of("mixed_hosts").relative_to(REAL)))

    gifts = events.filter(pc.equal(events.column("event_type").cast(pa.string()), "gift"))
    assert pc.sum(gifts.column("value")).as_py() == 102


def test_a_super_chat_is_worth_what_it_shows():
    events, _ = real(str(path_of("replay_a").relative_to(REAL)))

    (row,) = events.filter(pc.is_valid(events.column("amount_minor"))).to_pylist()
    assert (row["amount_minor"], row["currency"]) == (2_000, "CZK")


@pytest.mark.parametrize(("part", "last"), [("2006-05-27", "15:29"), ("2007-01-11_12", "13:05")])
def test_a_12_hour_log_ends_in_the_afternoon(part, last):
    _, imported = real(str(path_of(part).relative_to(REAL)))

    assert f"{imported.imports.to_pylist()[0]['last_ts']:%H:%M}" == last
    assert any("12-hour clock" in note for note in imported.notes)


def test_a_highlight_keeps_its_49_minutes():
    _, imported = real(str(path_of("twitch_vod_1").relative_to(REAL)))

    row = imported.imports.to_pylist()[0]
    assert (row["last_ts"] - row["first_ts"]).total_seconds() == 2_922
    assert row["ts_kind"] == "video_offset"


def test_two_files_of_one_room_cut_at_midnight_are_one_session():
    days = (path_of("room12235923_2019-5-10"), path_of("room12235923_2019-5-11"))

    events, imported = reading(*days, tz="Asia/Shanghai")

    rooms = imported.import_counts.filter(pc.equal(imported.import_counts.column("native"), "comment")).to_pylist()
    first = {row["room_id"] for row in rooms if row["source"] == days[0].name}
    second = {row["room_id"] for row in rooms if row["source"] == days[1].name}
    assert len(first) == 1
    assert first <= second
    assert events.num_rows == 48_916 + 47_213


@pytest.mark.parametrize(
    ("name", "tz", "format_", "expected"),
    [
        ("room704808_2019-5-10.txt", "Asia/Shanghai", "ddcenter_text", {"comment": 269, "stats": 31}),
        ("mixed_hosts_2023-10.jsonl", None, "tiktoklive_jsonl", {}),
        ("douyu_11295082.csv", "Asia/Shanghai", "chat_rows", {"comment": 20}),
        ("replay_a.live_chat.json", None, "yt_live_chat_json", {"comment": 47, "gift": 1}),
        ("2006-05-27.train-c.log", "UTC", "irc_text", {}),
    ],
)
def test_a_cut_recording_is_recognised_and_read_whole(name, tz, format_, expected):
    events, imported = reading(CUTS / name, tz=tz)

    row = imported.imports.to_pylist()[0]
    assert imported.recognised[0].format == format_
    assert row["n_rejected"] == 0
    assert row["n_read"] == row["n_kept"] + row["n_skipped"]
    assert not expected or kinds(events) == expected


def test_the_cuts_are_small_and_each_has_its_attribution():
    attribution = (CUTS / "ATTRIBUTION").read_text(encoding="utf-8")

    files = [path for path in CUTS.iterdir() if path.name != "ATTRIBUTION"]
    assert all(path.stat().st_size <= 64 << 10 for path in files)
    assert all(f"\n{path.name}\n" in attribution for path in files)


def test_the_demo_ships_its_recording():
    folder = Path(demo.__file__).parent if demo.__file__ else Path(demo.__path__[0])

    events, imported = reading(folder / "room21195793_2019-5-10.txt.gz", tz="Asia/Shanghai")

    assert kinds(events) == {"comment": 5_300, "stats": 158}
    assert "account_id" not in events.column_names
    assert imported.recognised[0].format == "ddcenter_text"
    assert "MIT License" in (folder / "ATTRIBUTION.txt").read_text(encoding="utf-8")
