"""The brand's part of a report: what leads, what is never 0, what hostile text becomes."""

import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from truecrowd.brand.claim import Claim
from truecrowd.schema import PROMISES, build
from truecrowd.surfaces.report import claims, document, figures, headline, measures, to_html, to_letter
from truecrowd.surfaces.report.phrases import say

BRAND = runpy.run_path(str(Path(__file__).parents[3] / "fixtures" / "brand_results.py"))
HOSTILE = ("<script>window.hit=1</script>", '"><img src=x onerror=window.hit=1>', '=HYPERLINK("http://x.example","y")')


def made(state: str) -> dict[str, Any]:
    return document(BRAND["STATES"][state]())


def test_an_export_alone_is_led_by_its_counts_and_a_recording_by_its_level() -> None:
    assert headline(made("snack"), "en") == "334 of 500 paid orders were refunded, 301 before shipping"
    assert headline(made("full"), "en").startswith("Strong signs that about 74%")


def test_refunds_that_are_not_recorded_are_never_counted_as_none() -> None:
    counts = made("silent")["brand"]["counts"]

    assert (counts["back"], counts["before_shipping"], counts["has_refunds"]) == (None, None, False)
    assert "does not record refunds" in headline(made("silent"), "en")
    assert [say(name, "en") for name, _n in figures.bars(counts)] == ["orders placed"]


def test_section_five_stands_second_where_there_are_orders_alone() -> None:
    alone, full = (to_html(made(state), lang="en") for state in ("snack", "full"))

    assert alone.index('id="all-orders"') < alone.index('id="r1-seen"')
    assert full.index('id="all-orders"') > full.index('id="r1-seen"')


def test_the_counted_sum_alone_stands_at_the_top() -> None:
    lines = made("full")["brand"]["claims"]["lines"]

    short = claims.in_short(lines)

    assert short is not None
    assert say(short, "en") == (
        "Under the contract as entered, counted: 2,672.00 yuan (commission paid beyond what is due)"
    )
    assert {line["basis"] for line in lines if line["line"] == "claimed"} == {"counted", "estimated"}


def test_a_rate_without_other_rooms_supports_no_conclusion_and_one_with_them_is_held_against_them() -> None:
    lone, held = ("\n".join(_leads(made(state))) for state in ("snack", "held"))

    assert "the rate alone supports no conclusion" in lone
    assert "In this merchant's other rooms: 9.0% to 14.0% in 3 other rooms." in held


def test_orders_and_money_stand_in_one_row_and_a_second_currency_in_another() -> None:
    rows = [
        {"measure": "refunded_share", "currency": None}, {"measure": "refunded_share_money", "currency": "CNY"},
        {"measure": "refunded_share_money", "currency": "USD"},
    ]  # fmt: skip

    table = [(name, [cell and cell["currency"] for cell in cells]) for name, cells in figures.table(1, rows)]

    assert table == [("refunded_share", [None, "CNY"]), ("refunded_share", [None, "USD"])]


def _leads(doc: dict[str, Any]) -> list[str]:
    brand = doc["brand"]
    lines = [figures.leads(one["figure"], one["rows"], brand["as_of"], ZoneInfo("UTC")) for one in brand["figures"]]
    return [say(line, "en") for group in lines for line in group]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"value": 0.8525, "unit": "share", "numerator": 1705.0, "denominator": 2000.0}, "85.25%"),
        ({"value": 0.0725, "unit": "ratio", "measure": "guarantee_reach"}, "7.25%"),
        ({"value": 2.0201, "unit": "ratio"}, "2.02"),
        ({"value": 0.332, "unit": "ratio", "measure": "slot_fee_return"}, "0.332"),
        ({"value": 79600.0, "unit": "money", "currency": "CNY"}, "796.00 yuan"),
        ({"value": 980.0, "unit": "money", "currency": "JPY"}, "980 yen"),
        ({"value": None, "unit": "share", "state": "no_buyers"}, "could not look: buyers cannot be told apart"),
    ],
)
def test_a_value_is_as_exact_as_it_is_known(row: dict[str, Any], said: str) -> None:
    base = {"measure": "x", "basis": "counted", "numerator": None, "denominator": None, "currency": None, "state": None}

    assert say(measures.value(base | row), "en") == said


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_text_of_a_contract_or_a_shop_stays_text(text: str, lang: Any) -> None:
    result = BRAND["STATES"]["full"]()
    deal = replace(result.claim.deal, name=text)
    promises = result.tables["promises"].to_pylist()
    rows = [row | {"product_id": text, "claim": text, "obligation": text} for row in promises]
    tables = {**result.tables, "promises": build(PROMISES, rows)}
    hostile = replace(result, tables=tables, claim=Claim(deal, result.claim.money, result.claim.deadlines))

    page, letter = to_html(document(hostile), lang=lang), to_letter(document(hostile), lang)

    assert letter is not None
    for html in (page, letter):
        assert "<script>window" not in html
        assert "<img" not in html
