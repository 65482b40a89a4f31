"""Where the shape of refunds flips, the honest returns nearest to it, what is left when times or shipping are missing."""

from collections.abc import Sequence
from functools import partial

import pytest
from invented_rooms import START_US, Row, by_name, look_at_rows, params_of

from truecrowd.detectors.refund_shape import DETECTOR

see = partial(look_at_rows, DETECTOR)
order_scores = partial(by_name, subject="order")

HOUR_US = 3_600_000_000


def order(
    buyer: str,
    minute: float,
    *,
    back_h: float | None = None,
    ship_h: float | None = 30,
    by: str = "refund",
    **more: object,
) -> list[Row]:
    base: Row = {"room_id": "r1", "account_id": buyer, "order_id": f"{buyer}-{minute}", "amount_minor": 5_000}
    placed = START_US + round(minute * 60e6)
    steps = {"order": 0.0, "payment": 0.01} | ({} if ship_h is None else {"ship": ship_h})
    steps |= {} if back_h is None else {by: back_h}
    rows = [base | {"event_type": name, "ts": placed + round(late * HOUR_US)} for name, late in steps.items()]
    return [one | more for one in rows]


def shoppers(n: int, *, returned: float = 0.3, start: int = 0) -> list[Row]:
    """Order over hours; a part of them goes back over ten days after delivery."""
    every = {at for at in range(n) if int(at * returned) != int((at + 1) * returned)}
    rows = [
        order(f"u{at}", 1.7 * at, back_h=90 + at * 37 % 150 if at in every else None) for at in range(start, start + n)
    ]
    return [one for part in rows for one in part]


def staged(
    n: int = 60, buyers: int = 30, *, back: Sequence[float] = (44, 49, 54, 60), ship_h: float | None = None
) -> list[Row]:
    rows = [order(f"w{at % buyers}", 40 + at / 8, back_h=back[at % len(back)], ship_h=ship_h) for at in range(n)]
    return [one for part in rows for one in part]


def test_orders_held_back_and_refunded_unseen_are_found():
    seen = see(shoppers(80), staged())

    (told,) = params_of(seen)
    assert "held_back" in told["shapes"]
    assert (told["n_of_shape"], told["n_of_shape_before_shipping"], told["n_orders"]) == (60, 60, 140)
    assert min(order_scores(seen, prefix="w").values()) > 0
    assert set(order_scores(seen, prefix="u").values()) == {0.0}


def test_evidence_is_each_order_and_what_closed_it():
    seen = see(shoppers(80), staged(20, 20))

    (count,) = seen.findings["evidence_count"].to_pylist()

    assert count == 40


@pytest.mark.parametrize("returned", [0.3, 0.6, 0.8])
def test_the_rate_alone_is_never_evidence(returned: float):
    seen = see(shoppers(300, returned=returned))

    assert seen.findings.num_rows == 0
    assert max(order_scores(seen).values()) == 0.0


def test_cancelling_at_once_is_ordinary_while_it_is_a_small_part():
    early = [one for at in range(20) for one in order(f"e{at}", 5 * at, back_h=0.3, ship_h=None)]

    assert see(shoppers(100), early).findings.num_rows == 0


def test_it_flips_with_the_number_of_buyers():
    assert see(shoppers(80), staged(60, 3)).findings.num_rows == 0  # three decisions are no shape
    assert see(shoppers(80), staged(60, 20)).findings.num_rows == 1


def test_orders_out_of_stock_in_a_few_are_ordinary():
    late = [one for at in range(6) for one in order(f"s{at}", 10 * at, back_h=60, ship_h=None)]

    assert see(shoppers(80), late).findings.num_rows == 0


def test_refunds_of_one_slot_in_one_batch_are_found():
    rows = [order(f"w{at}", 40 + at / 8, back_h=100 - at / 480, ship_h=30) for at in range(60)]

    (told,) = params_of(see(shoppers(80), *rows))
    assert "batch" in told["shapes"]


def test_a_customer_service_that_works_off_everything_at_once_is_ordinary():
    rows = [order(f"u{at}", 3.0 * at, back_h=(100 - at / 20) if at % 2 else None) for at in range(120)]

    assert see(*rows).findings.num_rows == 0


def test_buyers_who_keep_nothing_score_and_those_who_keep_one_of_two_do_not():
    pairs = [
        one
        for at in range(40)
        for turn in range(2)
        for one in order(f"p{at}", 2.0 * at + turn, back_h=90 + 3 * at if turn else None)
    ]

    assert max(order_scores(see(shoppers(60), pairs)).values()) == 0.0
    none = [
        one for at in range(40) for turn in range(2) for one in order(f"p{at}", 2.0 * at + turn, back_h=90 + 3 * at)
    ]
    assert min(order_scores(see(shoppers(60), none), prefix="p").values()) > 0


def test_an_order_kept_by_a_staging_buyer_has_half_its_buyers_score():
    scores = order_scores(see(shoppers(80), staged(), order("w0", 44.01)))

    assert scores["w0-44.01"] == pytest.approx(max(v for k, v in scores.items() if k.startswith("w0-")) / 2)


def test_an_order_that_was_never_paid_is_not_looked_at():
    unpaid = [one for one in order("x", 3.0, back_h=1, ship_h=None, by="cancel") if one["event_type"] != "payment"]

    assert "x-3.0" not in order_scores(see(shoppers(20), unpaid))


def test_a_refund_in_part_is_no_return():
    part = [one | {"amount_minor": 1_000} if one["event_type"] == "refund" else one for one in staged()]

    assert see(shoppers(80), part).findings.num_rows == 0


def test_young_orders_show_less_never_more():
    young = [one for one in [*shoppers(80), *staged()] if int(str(one["ts"])) < START_US + 30 * HOUR_US]
    young += order("late", 5.0, back_h=2, ship_h=None)

    seen = see(young)

    assert seen.findings.num_rows == 0
    assert max(order_scores(seen).values()) == 0.0


@pytest.mark.parametrize(("without", "mode"), [("ship", "no_shipping"), ("payment", "no_payment")])
def test_missing_steps_are_a_weaker_reading(without: str, mode: str):
    seen = see([one for one in [*shoppers(80), *staged()] if one["event_type"] != without])

    assert seen.coverage["mode"].to_pylist() == [mode]
    assert set(seen.scores["mode"].to_pylist()) == {mode}


def test_refund_times_that_are_bounds_leave_the_rate_of_a_slot_alone():
    rows = [one | ({"ts_kind": "bound"} if one["event_type"] == "refund" else {}) for one in [*shoppers(80), *staged()]]

    seen = see(rows)

    assert seen.coverage["mode"].to_pylist() == ["no_times"]
    assert max(order_scores(seen, prefix="u").values()) == 0.0


def test_must_still_be_tested_against_orders_that_are_kept():
    kept = [one for at in range(60) for one in order(f"w{at % 20}", 40 + at / 8)]

    assert see(shoppers(80), kept).findings.num_rows == 0


def test_a_price_error_of_one_slot_that_is_closed_for_all_is_no_finding():
    rush = [one for at in range(300) for one in order(f"r{at}", 60 + at / 40, back_h=1.5 + at % 7 / 5, ship_h=None)]

    assert see(shoppers(200), rush).findings.num_rows == 0


def test_a_price_error_of_a_whole_room_scores_nothing_for_buyers_of_two():
    rush = [
        one for at in range(300) for one in order(f"r{at % 200}", at / 4, back_h=1.5 + at % 7 / 5, ship_h=None)
    ]  # fmt: skip

    assert max(order_scores(see(rush)).values()) == 0.0
