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


def test_the_first_line_of_no_room_says_so() -> None:
    assert headline(empty(), "en") == "This data cannot tell: 0 rows about a live room could be read"


def test_the_first_line_of_many_rooms_counts_rooms() -> None:
    made = document(MADE["many"](23))

    said = headline(made, "en")

    assert said == "8 signs in 8 of 23 rooms; share not estimated yet"


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
