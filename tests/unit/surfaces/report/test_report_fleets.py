"""Fleets of the document: gravest first, members named for this report only, a picture that hides nobody's turn."""

import re
import runpy
from pathlib import Path

from truecrowd.surfaces.report import document, to_html
from truecrowd.surfaces.report.fleets import SHOWN_MEMBERS, SHOWN_ROWS
from truecrowd.surfaces.report.rasters import raster

MADE = runpy.run_path(str(Path(__file__).parents[3] / "fixtures" / "report_results.py"))


def test_a_fleet_says_its_kind_size_rooms_and_what_saw_it() -> None:
    fleets = document(MADE["farm"]())["fleets"]

    (row,) = fleets["rows"]
    assert (fleets["n_fleets"], fleets["n_accounts"]) == (1, 44)
    assert (row["kind"], row["n_members"], row["n_hosts"], row["scheme"]) == ("automated", 44, 3, "farm")
    assert (row["rooms"], row["families"]) == ([{"room_id": "R7", "n": 44}], {"D": 44, "S": 42})


def test_members_have_names_of_this_report_the_surest_first() -> None:
    (row,) = document(MADE["farm"]())["fleets"]["rows"]

    assert all(re.fullmatch(r"a\d+", member["account"]) for member in row["members"])
    sure = [member["p_member"] for member in row["members"]]
    assert sure == sorted(sure, reverse=True)


def test_a_large_fleet_is_shown_in_part_and_counted_whole() -> None:
    rows = {"coverage": MADE["coverage"]("R7", {}), "fleets": MADE["members"](500)}

    made = document(MADE["result"](rows, visits=MADE["visits"]("R7", 500)))

    (row,) = made["fleets"]["rows"]
    assert (row["n_members"], len(row["members"])) == (500, SHOWN_MEMBERS)
    picture = row["raster"]
    assert (picture["n_members"], len(picture["members"]), len(picture["others"])) == (500, SHOWN_ROWS, 30)


def test_a_picture_holds_first_and_last_sight_in_order_of_arrival() -> None:
    picture = document(MADE["farm"]())["fleets"]["rows"][0]["raster"]

    assert picture["members"][0] == [4500.0, 5700.0]
    assert picture["members"] == sorted(picture["members"])
    assert (picture["start"], picture["room_id"]) == ("2026-03-12T11:00:00Z", "R7")


def test_those_with_signs_of_their_own_are_not_the_ones_compared_with() -> None:
    watched = [
        {"subject_type": "account", "subject_id": f"acc-x{at}", "room_id": "R7", "scheme": "any", "level": "watch",
         "reasons": []}
        for at in range(29)
    ]  # fmt: skip
    rows = {"coverage": MADE["coverage"]("R7", {}), "fleets": MADE["members"](44), "verdicts": watched}

    made = document(MADE["result"](rows, visits=MADE["visits"]("R7", 44)))

    assert made["fleets"]["rows"][0]["raster"]["n_others"] == 1


def test_without_visits_a_fleet_is_told_without_a_picture() -> None:
    verdicts = [row | {"subject_id": f"m{at:03}"} for at, row in enumerate(MADE["accounts"]("R7", n=9))]
    rows = {"coverage": MADE["coverage"]("R7", {}), "fleets": MADE["members"](9, "organised"), "verdicts": verdicts}

    made = document(MADE["result"](rows))

    (row,) = made["fleets"]["rows"]
    assert (row["raster"], row["rooms"], row["n_hosts"]) == (None, [{"room_id": "R7", "n": 9}], None)
    assert "tc-raster" not in re.sub(r"<style>.*?</style>", "", to_html(made), flags=re.DOTALL)


def test_machines_stand_before_people_and_large_before_small() -> None:
    rows = {
        "coverage": MADE["coverage"]("R7", {}),
        "fleets": [
            *MADE["members"](90, "organised", "aa"),
            *({**row, "account_id": f"x{row['account_id']}"} for row in MADE["members"](9, "automated", "bb")),
            *({**row, "account_id": f"y{row['account_id']}"} for row in MADE["members"](50, "automated", "cc")),
        ],
    }

    made = document(MADE["result"](rows))

    assert [row["fleet_id"] for row in made["fleets"]["rows"]] == ["cc", "bb", "aa"]


def test_a_line_is_as_long_as_a_visit_and_never_too_short_to_see() -> None:
    svg = raster([(0.0, 50.0), (100.0, 100.0)], 100.0, "automated")

    assert 'd="M0 0.2h500v.6H0zM997 1.2h3v.6H997z"' in svg
    assert 'viewBox="0 0 1000 2"' in svg
