"""The eight reference disputes: published figures exact, each variant in its own honest state (brand-audit.md 6)."""

import json
from functools import cache
from typing import Any

import pytest

from truecrowd.brand.deal import Deal
from truecrowd.brand.look import Brand, look
from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.features.view import NULL
from truecrowd.simulate.disputes import DEAL, disputes

Rows = dict[tuple[str, str], dict[str, Any]]


@cache
def told(case: str, variant: str = "", as_of_us: int = NULL) -> tuple[Brand, Rows]:
    """Return the look at one folder, exported on a day of its own if one is given, and its rows on all orders by room ("" for the only one) and measure."""
    folders = disputes(cases=(case,), variants=(variant,) if variant else ()).folders()
    folder = next(one for one in folders if one.variant == variant)
    facts = observe_all([folder.chunk.events], Settings(threads=1), detectors=()).facts
    brand = look(facts, Deal.parse(folder.texts[DEAL]), seed=0, shares={}, as_of_us=as_of_us)
    rooms = {row["room_id"] for row in brand.kpis.to_pylist()}
    rows = [row for row in brand.kpis.to_pylist() if row["subset"] == "all"]
    return brand, {(row["room_id"] if len(rooms) > 1 else "", row["measure"]): row for row in rows}


def value(case: str, measure: str, variant: str = "", room: str = "") -> float:
    return float(told(case, variant)[1][room, measure]["value"])


def answers(case: str, variant: str = "") -> dict[str, dict[str, Any]]:
    return {row["answer"]: row for row in told(case, variant)[0].answers.to_pylist()}


@pytest.mark.parametrize(
    ("case", "measure", "printed"),
    [
        ("R1", "refunded_share", "66.80"),
        ("R1", "slot_fee_return", "33.20"),
        ("R1", "slot_fee_return_shown", "100.00"),
        ("R2", "refunded_share", "85.25"),
        ("R2", "refunded_share_money", "85.25"),
        ("R2", "refunded_by_end", "85.25"),
        ("R2", "guarantee_reach", "10.23"),
        ("R2", "returned_per_returning_buyer", "202.01"),
        ("R3", "back_before_shipping_money", "94.29"),
        ("R3", "guarantee_reach", "7.25"),
        ("R4", "refunded_share", "72.09"),
        ("R5", "top_4_placed", "97.83"),
        ("R5", "at_least_repeats", "94.49"),
    ],
)
def test_published_shares_are_printed_to_the_last_digit(case, measure, printed):
    assert f"{100 * value(case, measure):.2f}" == printed


@pytest.mark.parametrize(
    ("case", "measure", "count"),
    [
        ("R2", "gmv_placed", 173_355_932), ("R2", "kept_sales", 25_570_000), ("R3", "net_sales", 29_000_000),
        ("R5", "orders_placed", 599), ("R5", "orders_kept", 4), ("R5", "net_sales", 79_600), ("R1", "net_sales", 664_000),
        ("R1", "orders_kept", 166),
    ],
)  # fmt: skip
def test_counts_and_sums_are_exact(case, measure, count):
    assert value(case, measure) == count


def test_the_interval_of_the_fourth_case_is_the_published_arithmetic():
    row = told("R4")[1]["", "refunded_share"]

    assert (round(100 * row["low"], 1), round(100 * row["high"], 1)) == (70.7, 73.4)


def test_returns_of_the_second_case_are_those_of_844_buyers_and_no_chance():
    row = told("R2")[1]["", "returned_per_returning_buyer"]

    assert (row["numerator"], row["denominator"]) == (1_705, 844)
    assert row["p_value"] < 0.01


def test_repeats_of_the_sixth_case_are_190_orders():
    row = told("R6")[1]["", "at_least_repeats"]

    assert row["numerator"] == 190
    assert row["value"] == pytest.approx(190 / row["denominator"])


def test_the_sixth_case_takes_no_side():
    line = answers("R6")["attack"]

    assert line["fit"] == "partly"
    assert json.loads(line["params"])["who"] == "cannot_tell"


def test_the_fourth_case_says_what_would_have_decided_it():
    rows = told("R4")[1]

    states = {measure: rows["", measure]["state"] for measure in ("refund_24h", "back_before_shipping", "top_4_paid")}

    assert states == {"refund_24h": "no_refund_time", "back_before_shipping": "no_shipping", "top_4_paid": "no_buyers"}
    assert rows["", "returned_per_returning_buyer"]["state"] == "no_buyers"
    assert rows["", "at_least_repeats"]["value"] is None


def test_rooms_without_an_order_say_so_and_the_guarantee_is_still_computed():
    brand, rows = told("R7")
    rooms = [one.room_id for one in brand.scope.judged]

    states = sorted(rows[room, "refunded_share"]["state"] or "" for room in rooms)

    assert (
        states == ["few_orders", "few_orders", "no_orders", "no_orders", "no_orders"] or states.count("no_orders") == 3
    )
    assert rows["*", "guarantee_reach"]["value"] == pytest.approx(rows["*", "net_sales"]["value"] / 42_000_000)
    assert all(row["value"] is None or row["value"] == row["value"] for row in rows.values())


def test_groups_led_in_against_the_contract_do_not_count_as_repeats():
    brand, _ = told("R8")

    assert all(one.repeats.value < 0.2 for one in brand.bounds.values())


CASES = ("R1", "R2", "R3", "R5", "R6")


@pytest.mark.parametrize("case", CASES)
def test_masked_buyers_silence_the_figures_about_buyers_and_no_other(case):
    _, whole = told(case)
    _, rows = told(case, "masked_buyers")

    about_buyers = {key for key, row in rows.items() if row["state"] == "no_buyers"}

    assert {measure for _, measure in about_buyers} >= {
        "returned_per_buyer",
        "top_4_placed",
        "gini_paid",
        "view_to_order",
    }
    assert _moved(whole, rows, about_buyers) == set()


@pytest.mark.parametrize("case", CASES)
def test_without_refund_times_only_ages_and_timing_are_silent(case):
    _, whole = told(case)
    _, rows = told(case, "no_refund_time")

    silent = {key for key, row in rows.items() if row["state"] == "no_refund_time"}

    assert {measure for _, measure in silent} >= {
        "refund_24h",
        "refund_24h_money",
        "refunded_by_end",
        "at_least_excess",
    }
    on_the_way = {
        ("", f"back_{name}{of}") for name in ("on_the_way", "after_delivery", "unknown") for of in ("", "_money")
    }
    assert _moved(whole, rows, silent | on_the_way) == set()


@pytest.mark.parametrize("case", CASES)
def test_without_shipping_only_its_states_are_silent(case):
    brand, whole = told(case)
    _, rows = told(case, "no_shipping", int(brand.orders.as_of.max()))  # shipping was the last that was heard

    silent = {key for key, row in rows.items() if row["state"] == "no_shipping"}

    assert {measure for _, measure in silent} >= {"back_before_shipping", "back_after_delivery_money"}
    assert _moved(whole, rows, silent | {("", "back_unknown"), ("", "back_unknown_money")}) == set()


def _moved(whole: Rows, rows: Rows, silent: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the measures whose value changed although they are not among the silent ones; silent ones have none."""
    assert all(rows[key]["value"] is None for key in silent if rows[key]["state"] is not None)
    return {key for key in whole if key not in silent and whole[key]["value"] != rows[key]["value"]}


def test_young_refunds_have_no_later_point_than_the_data():
    rows = told("R1", "young_refunds")[1]

    assert rows["", "refund_1h"]["value"] is not None
    assert {rows["", f"refund_{age}"]["state"] for age in ("72h", "7d", "15d")} == {"too_young"}
    assert rows["", "orders_final"]["value"] == 0


@pytest.mark.parametrize("case", CASES)
def test_an_honest_twin_has_no_lower_bound(case):
    brand, _ = told(case, "honest_twin")

    assert all(not one.at_least > 0.0 for one in brand.bounds.values())


def test_the_same_seed_gives_the_same_tables_and_a_window_changes_no_count():
    folder = next(disputes(cases=("R5",), variants=()).folders())
    facts = observe_all([folder.chunk.events], Settings(threads=1), detectors=()).facts
    deal = Deal.parse(folder.texts[DEAL])

    one, again, free = (look(facts, terms, seed=0, shares={}) for terms in (deal, deal, None))

    assert one.kpis.equals(again.kpis)
    counted = {row["measure"]: row["value"] for row in free.kpis.to_pylist() if row["subset"] == "all"}
    assert counted["top_4_placed"] == value("R5", "top_4_placed")
    assert counted["guarantee_reach"] is None
