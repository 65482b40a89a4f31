"""The claim calculator: published sums to the last digit, three sums never one, nothing claimed twice."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecrowd.brand.deal import BASES, Deal
from truecrowd.brand.money import LINES, Deadline, Sums, Tally, deadlines, money

AS_OF = datetime(2020, 7, 30, 2, tzinfo=UTC)


def sums(placed: int, kept: int, **more: int | Fraction | None) -> Sums:
    """Orders that were all paid, and all refunded but for `kept`."""
    base = Sums(n_orders=9, placed=placed, n_paid=9, paid=placed, n_refunded=4, refunded=placed - kept, n_kept=5)
    return replace(base, n_returned=4, returned=placed - kept, **more)


def lines(deal: Deal, total: Sums, **more: object) -> dict[str, dict[str, object]]:
    table = money(deal, {deal.currency: Tally(total, AS_OF, **more)})
    rows = [row | {"params": json.loads(row["params"])} for row in table.to_pylist()]
    return {f"{row['line']} {row['basis']}": row for row in rows}


def amounts(deal: Deal, total: Sums, **more: object) -> dict[str, object]:
    return {
        name: row["amount_minor"] for name, row in lines(deal, total, **more).items() if row["amount_minor"] is not None
    }


R1 = Deal(
    slot_fee_minor=2_000_000, commission_share=Decimal("0.20"), commission_base="kept", commission_paid_minor=400_000,
    sources={"commission_share": "clause 4.2"},
)  # fmt: skip
GUARANTEE = {"guarantee_counts": "kept", "guarantee_remedy": "pro_rata"}


def test_the_snack_brand_case_is_computed_as_published() -> None:
    seen = lines(R1, sums(2_000_000, 664_000))

    assert {name: row["amount_minor"] for name, row in seen.items()} == {
        "shown counted": 2_000_000, "unpaid counted": 0, "refunded counted": 1_336_000, "kept counted": 664_000,
        "slot_fee_return counted": None, "commission_due counted": 132_800, "left counted": 531_200,
        "commission_back counted": 267_200, "fee_back only_if": 1_336_000, "claimed counted": 267_200,
        "check counted": 1_468_800,
    }  # fmt: skip
    assert seen["slot_fee_return counted"]["value"] == 0.332
    assert seen["slot_fee_return counted"]["params"]["shown"] == 1.0
    assert seen["commission_back counted"]["clause"] == "clause 4.2"
    assert seen["commission_back counted"]["formula"] == "4,000.00 - 1,328.00"


@pytest.mark.parametrize(
    ("fee", "guarantee", "kept", "back", "reach"),
    [
        (25_000_000, 250_000_000, 25_570_000, 22_443_000, 0.10228),
        (80_000_000, 400_000_000, 29_000_000, 74_200_000, 0.0725),
    ],
    ids=["R2", "R3"],
)
def test_a_fee_comes_back_pro_rata_as_published(fee: int, guarantee: int, kept: int, back: int, reach: float) -> None:
    deal = Deal(slot_fee_minor=fee, guarantee_minor=guarantee, **GUARANTEE)

    seen = lines(deal, sums(525_000_000, kept))

    assert seen["fee_back counted"]["amount_minor"] == back
    assert seen["guarantee_reach counted"]["value"] == reach
    assert "fee_back only_if" not in seen


def test_of_599_orders_four_are_kept_and_676_60_is_left() -> None:
    deal = Deal(slot_fee_minor=3_000_000, commission_share=Decimal("0.15"), commission_base="kept")
    total = Sums(n_orders=599, placed=11_920_100, n_paid=5, paid=99_500, n_refunded=1, refunded=19_900, n_kept=4)

    seen = amounts(deal, total)

    assert (seen["kept counted"], seen["commission_due counted"], seen["left counted"]) == (79_600, 11_940, 67_660)


def test_a_guarantee_is_computed_without_a_single_order() -> None:
    deal = Deal(
        slot_fee_minor=2_500_000, guarantee_minor=42_000_000, guarantee_counts="kept", guarantee_remedy="all_or_nothing"
    )

    seen = {row["line"]: row for row in money(deal, {}).to_pylist()}

    assert seen["guarantee_reach"]["value"] == 0.0
    assert seen["fee_back"]["amount_minor"] == 2_500_000
    assert (seen["shown"]["amount_minor"], seen["shown"]["n"]) == (0, 0)


def test_a_fee_of_all_or_nothing_stays_once_the_guarantee_is_reached() -> None:
    deal = Deal(slot_fee_minor=500, guarantee_minor=1_000, guarantee_counts="kept", guarantee_remedy="all_or_nothing")

    assert amounts(deal, sums(1_000, 1_000))["fee_back counted"] == 0
    assert amounts(deal, sums(1_000, 999))["fee_back counted"] == 500


def test_what_is_made_up_in_goods_is_in_no_sum() -> None:
    deal = Deal(slot_fee_minor=500, guarantee_minor=1_000, guarantee_counts="kept", guarantee_remedy="make_up")

    seen = lines(deal, sums(1_000, 400))

    assert (seen["make_up counted"]["amount_minor"], seen["make_up counted"]["kind"]) == (600, "goods")
    assert "claimed counted" not in seen


def test_real_buyers_from_barred_channels_and_manufactured_orders_are_two_lines() -> None:
    deal = Deal(channels_barred=("private_groups",), channels_remedy="discount")
    barred = Sums(n_orders=2, placed=200, n_paid=2, paid=200, n_kept=2)

    seen = lines(deal, sums(1_000, 600), barred=barred, manufactured=(Fraction(300), Fraction(380)))

    assert (seen["channels_barred counted"]["amount_minor"], seen["channels_barred counted"]["n"]) == (200, 2)
    manufactured = seen["manufactured estimated"]
    assert (manufactured["amount_minor"], manufactured["low"], manufactured["high"]) == (300, 300, 380)
    assert "claimed estimated" not in seen


def test_manufactured_money_never_takes_in_that_of_barred_channels() -> None:
    deal = Deal(channels_barred=("private_groups",), penalty_share=Decimal("0.5"), penalty_base="manufactured")
    barred = Sums(n_orders=2, placed=700, n_paid=2, paid=700, n_kept=2)

    seen = lines(deal, sums(1_000, 600), barred=barred, manufactured=(Fraction(500), Fraction(900)))

    assert (seen["penalty estimated"]["low"], seen["penalty estimated"]["high"]) == (150, 150)


@pytest.mark.parametrize(
    ("remedy", "part", "kept"), [("exclude", None, 400), ("discount", "0.5", 500), ("discount", None, 600)]
)
def test_what_a_barred_channel_brought_counts_as_far_as_its_remedy_says(
    remedy: str, part: str | None, kept: int
) -> None:
    deal = Deal(
        commission_share=Decimal("0.10"), commission_base="kept", channels_barred=("private_groups",),
        channels_remedy=remedy, channels_discount_share=None if part is None else Decimal(part),
    )  # fmt: skip
    barred = Sums(n_orders=2, placed=200, n_paid=2, paid=200, n_kept=2)

    assert amounts(deal, sums(1_000, 600), barred=barred)["commission_due counted"] == kept // 10


def test_a_returned_order_that_a_remedy_took_out_is_in_no_penalty() -> None:
    barred = Sums(n_orders=1, placed=100, n_paid=1, paid=100, n_refunded=1, refunded=100, n_returned=1, returned=100)
    deal = Deal(
        penalty_share=Decimal("0.30"), penalty_base="returned", channels_barred=("share",), channels_remedy="exclude"
    )

    seen = lines(deal, sums(1_000, 600), barred=barred)["penalty counted"]

    assert (seen["amount_minor"], seen["n"]) == (90, 3)


def test_young_orders_make_counted_claims_a_floor() -> None:
    deal = replace(R1, guarantee_minor=2_000_000, **GUARANTEE)
    final_on = datetime(2020, 8, 2, 12, tzinfo=UTC)

    seen = lines(deal, sums(2_000_000, 664_000, lost_yet=Fraction(64_000)), final_on=final_on)

    back, fee = seen["commission_back counted"], seen["fee_back counted"]
    assert (back["amount_minor"], back["low"], back["high"]) == (267_200, 267_200, 280_000)
    assert (fee["amount_minor"], fee["low"], fee["high"]) == (1_336_000, 1_336_000, 1_400_000)
    assert (seen["kept counted"]["low"], seen["kept counted"]["high"]) == (600_000, 664_000)
    assert seen["claimed counted"]["high"] == 1_680_000
    assert back["params"]["run_again_on"] == "2020-08-03"


def test_without_a_rate_of_its_own_nobody_says_how_high_a_claim_may_go() -> None:
    seen = lines(R1, sums(2_000_000, 664_000, lost_yet=None))

    assert [seen[name]["high"] for name in ("commission_back counted", "claimed counted")] == [None, None]
    assert seen["commission_back counted"]["low"] == 267_200


def test_a_penalty_on_manufactured_orders_is_estimated_and_stands_in_its_own_sum() -> None:
    deal = replace(R1, penalty_share=Decimal("0.30"), penalty_base="manufactured")

    seen = lines(deal, sums(2_000_000, 664_000), manufactured=(Fraction(1_000_000), Fraction(1_200_000)))

    assert (seen["penalty estimated"]["low"], seen["penalty estimated"]["high"]) == (300_000, 360_000)
    assert seen["claimed counted"]["amount_minor"] == 267_200
    assert seen["claimed estimated"]["amount_minor"] == 300_000


def test_a_penalty_without_an_estimate_says_that_there_is_none() -> None:
    deal = Deal(penalty_share=Decimal("0.30"), penalty_base="manufactured")

    seen = lines(deal, sums(100, 50))

    assert seen["penalty estimated"]["amount_minor"] is None
    assert "claimed estimated" not in seen


def test_commission_on_what_was_settled_counts_refunds_up_to_that_day() -> None:
    deal = Deal(
        commission_share=Decimal("0.10"),
        commission_base="settled",
        commission_paid_minor=100,
        settlement=date(2020, 7, 20),
    )

    seen = lines(deal, sums(1_000, 600, refunded_late=100, refunded_unsure=50))

    due, back = seen["commission_due counted"], seen["commission_back counted"]
    assert (due["low"], due["high"]) == (70, 75)
    assert (back["low"], back["high"]) == (25, 30)


def test_a_half_is_rounded_to_the_even_unit_once() -> None:
    deal = Deal(commission_share=Decimal("0.5"), commission_base="paid", commission_paid_minor=9)

    assert amounts(deal, sums(5, 5))["commission_due counted"] == 2
    assert amounts(deal, sums(7, 7))["commission_due counted"] == 4
    assert amounts(deal, sums(7, 7))["commission_back counted"] == 5


def test_another_currency_has_facts_and_no_claim() -> None:
    tallies = {"CNY": Tally(sums(1_000, 600), AS_OF), "USD": Tally(sums(50, 20), AS_OF)}

    rows = money(R1, tallies).to_pylist()

    assert {row["line"] for row in rows if row["currency"] == "USD"} == {"shown", "unpaid", "refunded", "kept"}
    assert sum(row["line"] == "claimed" for row in rows) == 1


SUMS = st.integers(0, 10**12)


@st.composite
def tallies(draw: st.DrawFn) -> tuple[Sums, Sums]:
    parts = []
    for _ in range(2):
        kept, returned, unpaid = draw(SUMS), draw(SUMS), draw(SUMS)
        lost = Fraction(draw(st.integers(0, kept)))
        parts.append(
            Sums(1, kept + returned + unpaid, 1, kept + returned, 1, returned, 1, returned, 1, 0, 0, lost_yet=lost)
        )
    one, barred = parts
    both = {name: getattr(one, name) + getattr(barred, name) for name in Sums.__dataclass_fields__}
    return Sums(**both), barred


SHARE = st.decimals(0, 1, places=4)


@given(tallies(), SHARE, SHARE, SHARE, st.integers(1, 10**12), st.integers(1, 10**12), st.sampled_from(BASES[:3]))
def test_every_line_is_the_exact_fraction_rounded_once(
    counted: tuple[Sums, Sums], rate: Decimal, penalty: Decimal, part: Decimal, fee: int, guarantee: int, base: str
) -> None:
    total, barred = counted
    deal = Deal(
        slot_fee_minor=fee, commission_share=rate, commission_base=base, commission_paid_minor=fee,
        guarantee_minor=guarantee, guarantee_counts=base, guarantee_remedy="pro_rata", penalty_share=penalty,
        penalty_base="returned", channels_barred=("share",), channels_remedy="discount", channels_discount_share=part,
    )  # fmt: skip

    seen = lines(deal, total, barred=barred)

    name = {"shown": "placed"}.get(base, base)
    counts = getattr(total, name) - Fraction(part) * getattr(barred, name)
    due = round(Fraction(rate) * counts)
    assert seen["commission_due counted"]["amount_minor"] == due
    assert seen["commission_back counted"]["amount_minor"] == max(0, fee - due)
    assert seen["fee_back counted"]["amount_minor"] == round(fee * max(Fraction(0), 1 - counts / guarantee))
    assert seen["fee_back counted"]["amount_minor"] <= fee
    returned = total.returned - (barred.returned if part else 0)
    assert seen["penalty counted"]["amount_minor"] == round(Fraction(penalty) * returned)
    claims = [row["amount_minor"] for row in seen.values() if row["kind"] == "claim" and row["basis"] == "counted"]
    assert seen["claimed counted"]["amount_minor"] == sum(claims)
    assert seen["shown counted"]["amount_minor"] == sum(
        seen[f"{name} counted"]["amount_minor"] for name in ("unpaid", "refunded", "kept")
    )
    assert all(row["low"] <= row["amount_minor"] <= row["high"] for row in seen.values() if row["kind"] == "claim")


def test_lines_stand_in_the_order_of_a_report() -> None:
    places = money(R1, {"CNY": Tally(sums(2_000_000, 664_000), AS_OF)})["line"].to_pylist()

    assert places == sorted(places, key=LINES.index)


def test_days_that_matter_are_counted_from_the_end_of_the_data() -> None:
    deal = Deal(settlement=date(2020, 7, 20), claim_until=date(2020, 8, 31))

    assert deadlines(deal, AS_OF, datetime(2020, 8, 2, 12, tzinfo=UTC)) == (
        Deadline("settlement", date(2020, 7, 20), -10),
        Deadline("run_again", date(2020, 8, 3), 4),
        Deadline("claim_until", date(2020, 8, 31), 32),
    )
    assert deadlines(deal, None, None) == ()
