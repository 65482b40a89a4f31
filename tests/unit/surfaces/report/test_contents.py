"""The report document: codes, counts and ids, worst first, under pseudonyms, the same bytes each time."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from truecrowd.surfaces.report import document, headline, to_json

MADE = runpy.run_path(str(Path(__file__).parents[3] / "fixtures" / "report_results.py"))


def empty() -> dict[str, Any]:
    return document(MADE["result"]({}))


def with_room(levels: dict[str, str], blind: dict[str, Any], default: str = "clear") -> dict[str, Any]:
    rows = {"coverage": MADE["coverage"]("R", blind), "verdicts": MADE["verdicts"]("R", levels, default)}
    return document(MADE["result"](rows))


ALL_BLIND = {check.name: "no_join" for check in MADE["CHECKS"]}


@pytest.mark.parametrize(
    ("levels", "blind", "default", "en", "zh"),
    [
        (
            {"farm": "watch"}, {"phone_mix": "no_join"}, "clear",
            "1 sign in 6 of 7 checks; share not estimated yet", "7 项检查做了 6 项，见 1 处迹象；占比尚未估计",
        ),
        (
            {"farm": "watch", "popup": "high", "likes": "undetermined"}, {}, "clear",
            "2 signs in 7 of 7 checks; share not estimated yet", "7 项检查做了 7 项，见 2 处迹象；占比尚未估计",
        ),
        (
            {}, {}, "clear",
            "Nothing unusual in what could be checked (7 of 7 checks)", "在可检查范围内未见异常（7 项检查做了 7 项）",
        ),
        (
            {"likes": "undetermined"}, {"phone_mix": "no_join"}, "clear",
            "Too little to tell: 6 of 7 checks could look and saw nothing unusual",
            "依据不足，无法判断：7 项检查做了 6 项，未见异常",
        ),
        (
            {}, ALL_BLIND, "undetermined",
            "This data cannot tell: 0 of 7 checks could look", "现有数据无法判断：7 项检查做了 0 项",
        ),
    ],
)  # fmt: skip
def test_the_first_line_counts(levels: Any, blind: Any, default: str, en: str, zh: str) -> None:
    made = with_room(levels, blind, default)

    assert (headline(made, "en"), headline(made, "zh")) == (en, zh)


KNOWN = {
    "lead": {"viewer_minutes": (0.74, 0.7, 0.78), "viewers": (0.6, 0.5, 0.7)},
    "both": {"viewer_minutes": (0.74, 0.7, 0.78), "gmv": (0.58, 0.52, 0.64)},
    "sales": {"viewer_minutes": (0.001, 0.0, 0.03), "gmv": (0.58, 0.52, 0.64)},
    "comments": {"comments": (0.7, 0.61, 0.8)},
    "little": {"viewer_minutes": (0.12, 0.0, 0.25)},
    "none": {"viewer_minutes": (0.0, 0.0, 0.024)},
    "wide": {"viewer_minutes": (0.4, 0.05, 0.61)},
    "all": {"viewer_minutes": (0.4, 0.0, 1.0)},
    "bound": {"viewer_minutes": (0.4, 0.0, 1.0), "at_least": 0.559},
}


@pytest.mark.parametrize(
    ("known", "levels", "en", "zh"),
    [
        ("lead", {"farm": "high"},
         "Strong signs that about 74% of watching time was manufactured", "迹象明显：约 74% 的观看时长是人为制造的"),
        ("both", {"farm": "critical"},
         "Very strong signs that about 74% of watching time and 58% of sales were manufactured",
         "迹象非常明显：约 74% 的观看时长和 58% 的成交额是人为制造的"),
        ("sales", {"brushing": "high"},
         "Strong signs that about 58% of sales were manufactured", "迹象明显：约 58% 的成交额是人为制造的"),
        ("comments", {"farm": "high"},
         "Strong signs that about 70% of comments were manufactured", "迹象明显：约 70% 的评论是人为制造的"),
        ("little", {"farm": "watch"},
         "Worth watching: about 12% of watching time manufactured, between 0% and 25%",
         "值得关注：约 12% 的观看时长是人为制造的，区间 0% 到 25%"),
        ("none", {"farm": "watch"},
         "Worth watching: account farm; at most 3% of watching time manufactured",
         "值得关注：群控；观看时长中至多 3% 是人为制造的"),
        ("wide", {"farm": "high"},
         "Strong signs: between 5% and 61% of watching time manufactured",
         "迹象明显：观看时长中 5% 到 61% 是人为制造的"),
        ("bound", {"farm": "high"},
         "Strong signs: at least 55% of viewers manufactured", "迹象明显：至少 55% 的观众是人为制造的"),
        ("all", {"farm": "watch"},
         "Worth watching: account farm (1 sign in 7 of 7 checks)",
         "值得关注：群控（7 项检查做了 7 项，见 1 处迹象）"),
        ("lead", {"staged_stock": "critical", "farm": "watch"},
         "Very strong signs: stock that does not add up; about 74% of watching time manufactured",
         "迹象非常明显：库存对不上；观看时长中约 74% 是人为制造的"),
        ("none", {"staged_stock": "critical"},
         "Very strong signs: stock that does not add up; at most 3% of watching time manufactured",
         "迹象非常明显：库存对不上；观看时长中至多 3% 是人为制造的"),
        ("none", {},
         "Nothing unusual in what could be checked: at most 3% of watching time",
         "在可检查范围内未见异常：至多 3% 的观看时长"),
        ("wide", {"farm": "undetermined"},
         "Between 5% and 61% of watching time: this data cannot tell",
         "观看时长的 5% 到 61% 之间：现有数据无法判断"),
    ],
)  # fmt: skip
def test_the_first_line_says_the_share_of_the_measure_that_leads(known: str, levels: Any, en: str, zh: str) -> None:
    rows = {
        "coverage": MADE["coverage"]("R", {}), "verdicts": MADE["verdicts"]("R", levels),
        "shares": MADE["estimated"]("R", **KNOWN[known]),
    }  # fmt: skip

    made = document(MADE["result"](rows))

    assert (headline(made, "en"), headline(made, "zh")) == (en, zh)


def test_people_who_acted_together_are_counted_and_not_called_manufactured() -> None:
    made = document(MADE["together"]())

    assert headline(made, "en") == "No sign of machines; 44 of 2,760 viewers acted together"


def test_orders_alone_lead_with_what_was_counted() -> None:
    rows = {
        "coverage": MADE["coverage"]("R", {"burst_join": "no_join"}), "verdicts": MADE["verdicts"]("R", {}),
        "shares": MADE["estimated"]("R", gmv=(0.3, 0.2, 0.4)),
        "timeline": [row for row in MADE["timeline"]("R") if row["measure"] == "orders"],
        **MADE["imported"](rooms=("R",)),
    }  # fmt: skip

    assert headline(document(MADE["result"](rows)), "en") == "512 orders: 339 refunds, 179 shipments"


def test_no_line_in_the_index_of_many_rooms_hides_what_a_room_would_say_alone() -> None:
    both = {
        name: table.to_pylist() + MADE["together"]().tables[name].to_pylist()
        for name, table in MADE["farm"]().tables.items()
    }

    made = document(MADE["result"](both))

    assert headline(made, "en") == "Signs in 2 of 2 rooms: strong signs in 1 and worth watching in 1"
    assert [lead["share"] for row in made["index"] for lead in row["leads"]] == [0.74, 0.58, 0.0]


def test_an_alarm_is_a_flag_with_its_time_before_any_finding() -> None:
    room = document(MADE["farm"]())["rooms"][0]

    alarms = [(flag["scheme"], flag["start"]) for flag in room["flags"] if flag["detector"] is None]

    assert alarms == [("farm", "2026-03-12T12:16:00Z"), ("any", "2026-03-12T12:17:00Z")]


def test_what_moved_a_verdict_and_how_likely_it_is_stands_with_its_line() -> None:
    line = document(MADE["farm"]())["rooms"][0]["lines"][0]

    assert {key: line[key] for key in ("scheme", "level", "p_manufactured", "p_value", "reasons")} == {
        "scheme": "farm", "level": "high", "p_manufactured": 0.993, "p_value": None,
        "reasons": ["phone_mix", "burst_join"],
    }  # fmt: skip


def test_the_surest_accounts_and_orders_stand_first() -> None:
    room = document(MADE["farm"](), ids="real")["rooms"][0]

    assert [(row["account"], row["p_manufactured"]) for row in room["accounts"]["rows"]] == [
        ("acc-1", 0.97), ("acc-2", 0.96),
    ]  # fmt: skip
    assert [(row["subject_id"], row["p_manufactured"]) for row in room["subjects"]] == [("O-7", 0.83)]


def test_the_first_line_of_no_room_says_so() -> None:
    assert headline(empty(), "en") == "This data cannot tell: 0 rows about a live room could be read"


def test_the_first_line_of_many_rooms_counts_rooms() -> None:
    made = document(MADE["many"](23))

    said = headline(made, "en")

    assert said == "Signs in 8 of 23 rooms: worth watching in 8"


def test_rooms_stand_worst_first_and_twenty_in_full() -> None:
    made = document(MADE["many"](23))

    order = [(row["level"], row["room_id"]) for row in made["index"]]

    assert order == sorted(order, key=lambda row: (row[0] != "watch", row[1]))
    assert (len(made["index"]), len(made["rooms"])) == (23, 20)


def test_a_line_holds_its_findings_strongest_first() -> None:
    room = document(MADE["signs"]())["rooms"][0]

    line = next(line for line in room["lines"] if line["scheme"] == "brushing")

    assert [finding["score"] for finding in line["detectors"][0]["findings"]] == [8.0, 7.0]
    assert [line["level"] for line in room["lines"][:2]] == ["critical", "watch"]


def test_few_findings_and_events_are_shown_all_are_counted() -> None:
    found = [MADE["burst"]("R", k, 50 + k) for k in range(9)]
    rows = {
        "coverage": MADE["coverage"]("R", {}),
        "verdicts": MADE["verdicts"]("R", {"farm": "watch"}),
        "findings": found,
    }

    group = document(MADE["result"](rows))["rooms"][0]["lines"][0]["detectors"][0]

    assert (group["n_findings"], len(group["findings"]), group["n_evidence"]) == (9, 5, sum(range(50, 59)))
    assert (len(group["findings"][0]["evidence"]), group["findings"][0]["evidence_count"]) == (10, 50)


def test_accounts_get_names_for_this_report_only_buyers_other_ones() -> None:
    text = to_json(document(MADE["signs"]())).decode()

    assert "acc-1" not in text
    assert '"account":"b1"' in text


def test_an_account_inside_params_gets_its_name_too() -> None:
    found = [MADE["finding"]("R", 1, "strange", "farm", {"who": ["acc-2", {"acc-1": 3}], "n": 2})]
    rows = {
        "coverage": MADE["coverage"]("R", {}),
        "verdicts": MADE["verdicts"]("R", {"farm": "watch"}),
        "findings": found,
    }
    rows["verdicts"] = rows["verdicts"] + MADE["accounts"]("R")

    params = document(MADE["result"](rows))["rooms"][0]["lines"][0]["detectors"][0]["findings"][0]["params"]

    assert params == {"who": ["a1", {"a2": 3}], "n": 2}


def test_an_account_named_like_a_count_renames_no_count() -> None:
    found = [MADE["burst"]("R")]
    rows = {
        "coverage": MADE["coverage"]("R", {}),
        "verdicts": MADE["verdicts"]("R", {"farm": "watch"}),
        "findings": found,
    }
    rows["verdicts"] = rows["verdicts"] + MADE["accounts"]("R", watched=("n_accounts",))

    params = document(MADE["result"](rows))["rooms"][0]["lines"][0]["detectors"][0]["findings"][0]["params"]

    assert params["n_accounts"] == 47


def test_an_account_worth_watching_without_a_finding_is_not_named_either() -> None:
    rows = {"coverage": MADE["coverage"]("R", {}), "verdicts": MADE["verdicts"]("R", {}) + MADE["accounts"]("R")}

    made = document(MADE["result"](rows))

    assert [row["account"] for row in made["rooms"][0]["accounts"]["rows"]] == ["a1", "a2"]


def test_real_ids_stand_where_they_were_asked_for() -> None:
    made = document(MADE["signs"](), ids="real")

    assert [row["account"] for row in made["rooms"][0]["accounts"]["rows"]] == ["acc-1", "acc-2"]


def test_no_text_of_a_rejected_row_is_in_the_document() -> None:
    text = to_json(document(MADE["signs"]())).decode()

    assert json.loads(text)["rejects"] == [
        {"first_row": 812, "n": 2, "reason": "bad_ts", "source": "night.parquet"},
        {"first_row": 4000, "n": 1, "reason": "bad_json", "source": "night.parquet"},
    ]
    assert '"raw"' not in text


def test_why_checks_could_not_look_is_grouped_blind_ones_first() -> None:
    gaps = document(MADE["signs"]())["gaps"]

    assert gaps == [
        {"reason": "no_device_model", "mode": None, "detectors": ["phone_mix"], "n_rooms": 1},
        {"reason": "no_product_click", "mode": "orders_only", "detectors": ["popup_chain"], "n_rooms": 1},
    ]


def test_a_timeline_fills_its_gaps_and_keeps_every_count() -> None:
    result = MADE["signs"]()
    line = document(result)["rooms"][0]["timeline"]

    assert {len(one["n"]) for one in line["series"]} == {60}
    assert sum(sum(one["n"]) for one in line["series"]) == sum(result.tables["timeline"]["n"].to_pylist())


def test_flags_stand_in_order_of_time_and_skip_what_lasts_all_evening() -> None:
    found = [
        MADE["finding"]("R", 1, "even_gaps", "farm", {}, start=0, end=170),
        MADE["finding"]("R", 2, "burst_join", "farm", {}, start=90, end=91),
        MADE["finding"]("R", 3, "popup_chain", "popup", {}, start=30, end=60),
    ]
    rows = {
        "coverage": MADE["coverage"]("R", {}), "verdicts": MADE["verdicts"]("R", {"farm": "watch", "popup": "watch"}),
        "findings": found, "timeline": MADE["timeline"]("R"),
    }  # fmt: skip

    flags = document(MADE["result"](rows))["rooms"][0]["flags"]

    assert [(flag["number"], flag["detector"]) for flag in flags] == [(1, "popup_chain"), (2, "burst_join")]


def test_the_document_is_the_same_bytes_each_time() -> None:
    made = [to_json(document(MADE["signs"]())) for _ in range(2)]

    assert made[0] == made[1]
    assert made[0].startswith(b"{")
    assert made[0].endswith(b"}\n")


def test_a_room_without_events_in_time_still_has_its_place() -> None:
    room = with_room({}, ALL_BLIND, "undetermined")["rooms"][0]

    assert (room["start"], room["timeline"], room["flags"], room["shares"]) == (None, None, [], [])
