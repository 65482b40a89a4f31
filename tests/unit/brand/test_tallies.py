"""What the claim calculator is given: orders summed by currency and channel, and what may still come back."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from invented_orders import DAY_H, PLACED_US, Row, observed, order

from truecrowd.brand.deal import Deal
from truecrowd.brand.money import Sums, Tally, money
from truecrowd.brand.orders import orders_of
from truecrowd.brand.tallies import tallies
from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.features.steps import TYPES
from truecrowd.simulate import disputes

PAID = {"payment": 0.0}
PLACED = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=PLACED_US)


def counted(*parts: list[Row], deal: Deal | None = None, lost: float | None = None, **more: object) -> dict[str, Tally]:
    facts = observed(parts).facts
    orders = orders_of(facts.lines, facts.steps, facts)
    lost_yet = None if lost is None else np.full(len(orders), lost)
    return tallies(orders, deal or Deal(), facts, lost_yet=lost_yet, **more)


def test_every_order_is_paid_returned_kept_or_never_paid() -> None:
    seen = counted(
        order(1, **PAID),
        order(2, **PAID, refund=5.0),
        order(3, cancel=1.0),
        order(4, payment=0.0, refund=5.0, text="price error"),
    )["CNY"]

    assert seen.total == Sums(
        n_orders=4, placed=40_000, n_paid=3, paid=30_000, n_refunded=2, refunded=20_000, n_returned=1, returned=10_000,
        n_kept=1, lost_yet=None,
    )  # fmt: skip
    assert seen.total.kept == 10_000


def test_currencies_are_never_added() -> None:
    seen = counted(order(1, **PAID), order(2, **PAID, currency="USD"), order(3, **PAID, currency="CNY"))

    assert {name: tally.total.placed for name, tally in seen.items()} == {"CNY": 20_000, "USD": 10_000}


def test_no_orders_give_no_tally() -> None:
    comment: Row = {"event_type": "comment", "room_id": "r1", "ts": PLACED_US}

    assert counted([comment]) == {}


@pytest.mark.parametrize(
    ("deal", "n"),
    [
        (Deal(channels_barred=("private_groups",)), 1),
        (Deal(channels_barred=("share", "search")), 2),
        (Deal(channels_barred=("private_groups",), channels_orders=("o3", "gone")), 2),
        (Deal(), 0),
    ],
)
def test_barred_orders_are_found_by_traffic_or_by_id(deal: Deal, n: int) -> None:
    seen = counted(
        order(1, **PAID, traffic_source="share"), order(2, **PAID, traffic_source="search"), order(3, **PAID), deal=deal
    )  # fmt: skip

    assert seen["CNY"].barred.n_orders == n


def test_young_orders_may_still_come_back_as_often_as_the_merchants_own_do() -> None:
    late = order(2, payment=20 * DAY_H)

    (seen,) = counted(order(1, **PAID), late, lost=0.25).values()

    assert seen.total.lost_yet == 2_500
    assert seen.final_on == PLACED + timedelta(days=35)


def test_an_old_order_is_final_whatever_others_do() -> None:
    (seen,) = counted(order(1, **PAID), order(2, payment=20 * DAY_H, refund=20 * DAY_H + 1)).values()

    assert (seen.total.lost_yet, seen.final_on) == (0, None)


def test_a_part_refund_leaves_only_the_rest_to_come_back() -> None:
    part = [{**order(1)[0], "event_type": "refund", "amount_minor": 4_000, "ts": PLACED_US + 1}]

    (seen,) = counted([*order(1, **PAID), *part], lost=0.5).values()

    assert (seen.total.refunded, seen.total.n_refunded, seen.total.n_returned) == (4_000, 1, 0)
    assert seen.total.lost_yet == 3_000


SETTLED = Deal(settlement=(PLACED + timedelta(days=2)).date())


def test_refunds_after_the_day_of_settlement_had_not_come_yet() -> None:
    (seen,) = counted(
        order(1, **PAID, refund=24.0), order(2, **PAID, refund=99.0), order(3, **PAID, refund=99.0, ts_kind="bound"),
        deal=SETTLED,
    ).values()  # fmt: skip

    assert (seen.total.refunded_late, seen.total.refunded_unsure) == (10_000, 10_000)


def test_before_the_day_of_settlement_more_may_still_come_back() -> None:
    (seen,) = counted(order(1, **PAID), deal=SETTLED, lost=0.5).values()

    assert (seen.total.refunded_late, seen.total.lost_by_settlement) == (0, 5_000)


def test_lower_bounds_of_rooms_add_up_and_a_room_without_one_adds_nothing() -> None:
    rooms = [order(at, **PAID, room=f"r{at}") for at in range(3)]

    (seen,) = counted(*rooms, shares={"r0": (0.25, 0.5), "r1": (None, 0.5), "r2": (None, None)}).values()

    assert seen.manufactured == (Fraction(7_500), Fraction(10_000))


def test_without_any_estimate_there_are_no_bounds() -> None:
    assert counted(order(1, **PAID), shares={"r1": (None, None)})["CNY"].manufactured is None


def test_an_order_without_a_price_is_counted_as_such() -> None:
    assert counted(order(1, **PAID, amount_minor=None))["CNY"].total.n_without_amount == 1


PUBLISHED = {
    "R1": {"shown": 2_000_000, "refunded": 1_336_000, "kept": 664_000, "commission_due": 132_800,
           "commission_back": 267_200, "claimed": 267_200, "check": 1_468_800},
    "R2": {"kept": 25_570_000, "refunded": 147_785_932, "fee_back": 22_443_000, "penalty": 44_335_780},
    "R3": {"kept": 29_000_000, "fee_back": 74_200_000},
    "R5": {"kept": 79_600, "commission_due": 11_940, "left": 67_660},
    "R7": {"fee_back": 2_500_000},
}  # fmt: skip
RATIOS = {"R1": ("slot_fee_return", 0.332), "R2": ("guarantee_reach", 0.10228), "R3": ("guarantee_reach", 0.0725)}


def dispute(case: str, variant: str = "") -> tuple[pa.Table, Deal]:
    folders = list(disputes(cases=(case,), variants=(variant,) if variant else ()).folders())
    events = folders[-1].chunk.events
    return events.filter(pc.is_in(events["event_type"].cast(pa.string()), pa.array(TYPES))), Deal.parse(
        folders[-1].texts["deal.toml"]
    )


def claim_of(events: pa.Table, deal: Deal) -> pa.Table:
    facts = observe_all([events], Settings(threads=1), detectors=()).facts
    return money(deal, tallies(orders_of(facts.lines, facts.steps, facts), deal, facts))


@pytest.mark.parametrize("case", PUBLISHED)
def test_a_reference_dispute_comes_to_its_published_sums(case: str) -> None:
    rows = claim_of(*dispute(case)).to_pylist()

    counted = {row["line"]: row["amount_minor"] for row in rows if row["basis"] == "counted"}
    assert {line: counted[line] for line in PUBLISHED[case]} == PUBLISHED[case]
    if case in RATIOS:
        assert [row["value"] for row in rows if row["line"] == RATIOS[case][0]] == [RATIOS[case][1]]


def test_orders_from_private_groups_have_a_line_of_their_own() -> None:
    events, deal = dispute("R8")

    rows = {row["line"]: row for row in claim_of(events, deal).to_pylist()}

    led = events.filter(pc.equal(events["traffic_source"], "share"))
    assert rows["channels_barred"]["n"] == pc.count_distinct(led["order_id"]).as_py() > 4_000
    assert rows["shown"]["n"] == 23_000


def test_the_order_of_rows_changes_no_byte() -> None:
    events, deal = dispute("R1")
    shuffled = events.take(np.random.default_rng(1).permutation(len(events)))

    assert claim_of(shuffled, deal).equals(claim_of(events, deal))


def test_in_young_data_the_claim_has_a_floor_and_a_day_to_run_again() -> None:
    rows = {row["line"]: row for row in claim_of(*dispute("R1", "young_refunds")).to_pylist()}

    assert rows["commission_back"]["amount_minor"] < PUBLISHED["R1"]["commission_back"]
    assert rows["commission_back"]["high"] is None
    assert '"run_again_on": "2020-08-03"' in rows["commission_back"]["params"]


def test_a_day_of_the_contract_is_one_of_its_own_zone() -> None:
    late_in_the_day = Deal(settlement=date(2026, 7, 25))

    (seen,) = counted(order(1, **PAID, refund=0.2), deal=late_in_the_day).values()

    assert datetime.fromisoformat("2026-07-25T17:20:07+00:00") == PLACED
    assert seen.total.refunded_late == 10_000
