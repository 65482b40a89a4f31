"""Where repeats flip, the published cases, and the honest buyers nearest to them."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_rooms import START_US, Row, by_name, look_at_rows, params_of

from truecrowd.detectors.repeat_buyers import DETECTOR, HOUR_US, Config, densest_hour
from truecrowd.engine.run import Observed

see = partial(look_at_rows, DETECTOR)


def orders(
    buyer: str | None, n: int, *, returned: int = 0, by: str = "refund", gap_s: int = 900, **more: object
) -> list[Row]:
    rows = []
    for at in range(n):
        base: Row = {"room_id": "r1", "account_id": buyer, "order_id": f"{buyer}-{at}", "amount_minor": 5_000} | more
        placed = START_US + at * gap_s * 1_000_000
        rows.append(base | {"event_type": "order", "ts": placed})
        if at < returned:
            rows.append(base | {"event_type": by, "ts": placed + 60_000_000})
    return rows


def room_score(seen: Observed) -> float:
    (score,) = [row["score"] for row in seen.scores.to_pylist() if row["subject_type"] == "room"]
    return score


def others(n: int) -> list[Row]:
    return [row for at in range(n) for row in orders(f"u{at}", 1)]


def test_the_regulators_case_of_2025_gives_its_published_figure():
    heavy = [orders(f"w{at}", n, returned=n) for at, n in enumerate((141, 165, 135, 145))]
    rest = [*others(12), *orders("back", 1, returned=1)]

    (found,) = params_of(see(*heavy, rest))

    assert round(float(str(found["at_least"])), 3) == 0.945  # brand-audit.md 6, R5
    assert (found["n_orders"], found["n_returned"], found["n_buyers_over"]) == (599, 587, 4)
    assert found["is_exact"]


def test_two_accounts_with_a_hundred_orders_each_are_counted():
    seen = see(orders("w1", 100, returned=100), orders("w2", 100, returned=100), others(800))

    assert room_score(seen) == pytest.approx(190 / 1_000)  # brand-audit.md 6, R6
    assert [found["is_exact"] for found in params_of(seen)] == [False]


def test_repeats_stand_alone_from_a_fifth_of_the_orders_on():
    heavy = [orders("w1", 15, returned=15), orders("w2", 15, returned=15)]

    assert [found["is_exact"] for found in params_of(see(*heavy, others(70)))] == [True]
    assert [found["is_exact"] for found in params_of(see(*heavy, others(71)))] == [False]


def test_one_buyer_alone_is_no_finding():
    seen = see(orders("bulk", 60, returned=60), others(5))

    assert (seen.findings.num_rows, room_score(seen)) == (0, 0.0)


def test_five_returns_of_every_buyer_are_left_out():
    some = [orders(f"u{at}", 5, returned=5, gap_s=3_700) for at in range(10)]

    assert see(*some).findings.num_rows == 0
    assert room_score(see(*some, others(400))) == 0.0


def test_orders_that_are_kept_are_no_repeats():
    assert room_score(see(*[orders(f"u{at}", 12, returned=0) for at in range(3)])) == 0.0


def test_closed_orders_count_like_returned_ones():
    closed = [orders(f"w{at}", 20, returned=20, by="cancel") for at in range(2)]

    assert [found["is_exact"] for found in params_of(see(*closed))] == [True]


def test_a_part_refund_is_not_a_return():
    whole = [row for at in range(2) for row in orders(f"w{at}", 20, returned=20)]
    part = [row | {"amount_minor": 4_999} if row["event_type"] == "refund" else row for row in whole]
    twice = part + [
        row | {"amount_minor": 1, "ts": int(str(row["ts"])) + 1} for row in part if row["event_type"] == "refund"
    ]

    assert room_score(see(part)) == 0.0
    assert room_score(see(twice)) == 0.75


def test_an_order_of_several_products_is_one_order():
    rows = [row for at in range(2) for row in orders(f"w{at}", 20, returned=20)]
    doubled = rows + [row | {"product_id": "p2"} for row in rows if row["event_type"] == "order"]
    refunded = [row | {"amount_minor": 10_000} if row["event_type"] == "refund" else row for row in doubled]

    assert params_of(see(refunded))[0]["n_orders"] == 40
    assert room_score(see(doubled)) == 0.0  # half the money came back


def test_evidence_is_each_order_and_what_closed_it_busiest_buyer_first():
    seen = see(others(1), orders("w1", 7, returned=7), orders("w2", 9, returned=9))

    (evidence,) = seen.findings["evidence"].to_pylist()
    assert evidence[:2] == ["e0015", "e0016"]
    assert seen.findings["evidence_count"].to_pylist() == [32]


def test_buyers_and_orders_are_scored_and_never_accused():
    seen = see(orders("w1", 12, returned=12), orders("w2", 9, returned=8), others(2))

    nats = np.log(10 / 23 / Config().watch_share)  # seven and three returns beyond five, of 23 orders
    assert by_name(seen, "account")["w1"] == pytest.approx(nats)
    assert by_name(seen, "order", "w")["w1-0"] == pytest.approx(nats)
    assert by_name(seen, "order", "w2-8") == {"w2-8": 0.0}  # kept
    assert set(by_name(seen, "order", "u").values()) == {0.0}
    assert set(seen.findings["subject_type"].to_pylist()) == {"room"}


@pytest.mark.parametrize("returned", [0, 60])
def test_one_bulk_buyer_scores_nothing(returned: int):
    seen = see(orders("bulk", 60, returned=returned, gap_s=10), others(20))

    assert by_name(seen, "account")["bulk"] == 0.0
    assert set(by_name(seen, "order").values()) == {0.0}


def test_many_buyers_who_order_again_score_by_how_often_they_do():
    twice = [orders(f"t{at}", 2, gap_s=300) for at in range(20)]
    often = [orders(f"o{at}", 6, gap_s=100) for at in range(12)]

    scores = by_name(see(*twice, *often, others(40)), "order")

    assert scores["u1-0"] == 0.0
    assert 0 < scores["t1-0"] < scores["o1-0"]


def test_a_few_pairs_of_sizes_score_nothing():
    assert set(by_name(see(*[orders(f"t{at}", 2) for at in range(6)], others(60)), "order").values()) == {0.0}


@pytest.mark.parametrize("column", ["ship_hash", "pay_hash"])
def test_one_address_or_payer_under_several_accounts_scores(column: str):
    crowd = [orders(f"w{at}", 1, **{column: f"a{at % 3}"}) for at in range(24)]
    family = [orders(f"f{at}", 1, **{column: f"home{at // 2}"}) for at in range(24)]
    own = [orders(f"u{at}", 1, **{column: f"own{at}"}) for at in range(60)]

    seen = see(*crowd, *family, *own)

    assert min(by_name(seen, "order", "w").values()) > 0
    assert set(by_name(seen, "order", "f").values()) == set(by_name(seen, "order", "u").values()) == {0.0}
    assert seen.findings.num_rows == 0


def test_times_that_are_bounds_are_no_slots():
    rows = [row | {"ts_kind": "bound"} for at in range(12) for row in orders(f"o{at}", 6, gap_s=100)]

    scores = by_name(
        see(rows, *[[row | {"ts_kind": "bound"} for row in orders(f"u{at}", 1)] for at in range(8)]), "order"
    )

    assert scores["o1-0"] > 0


def test_three_orders_a_buyer_in_an_hour_are_watched():
    busy = [orders(f"u{at}", 3, gap_s=60) for at in range(7)]
    calm = [orders(f"u{at}", 3, gap_s=3_600) for at in range(7)]

    (found,) = params_of(see(*busy))
    assert (found["reason"], found["hour_orders"], found["hour_buyers"]) == ("orders_per_buyer", 21, 7)
    assert not found["is_exact"]
    assert see(*calm).findings.num_rows == 0
    assert see(*busy, orders("z", 1)).findings.num_rows == 0


def test_masked_buyers_are_not_looked_at():
    rows = [row | {"id_kind": "masked"} for row in orders("***", 40, returned=40)]

    assert see(rows).coverage.select(["looked", "reason"]).to_pylist() == [{"looked": False, "reason": "masked_ids"}]


def test_some_masked_buyers_count_as_orders_and_as_nobody():
    masked = [row | {"id_kind": "masked"} for row in orders("***", 40, returned=40)]
    seen = see(masked, orders("w1", 15, returned=15), orders("w2", 15, returned=15))

    assert room_score(seen) == pytest.approx(20 / 70)
    assert seen.coverage["mode"].to_pylist() == ["named_buyers"]


def test_display_names_are_not_exact():
    rows = [row | {"id_kind": "nick"} for at in range(2) for row in orders(f"w{at}", 20, returned=20)]

    assert [found["is_exact"] for found in params_of(see(rows))] == [False]


def test_without_order_ids_returns_are_counted_by_buyer_and_not_exact():
    rows = [row | {"order_id": None} for at in range(2) for row in orders(f"w{at}", 20, returned=20)]

    seen = see(rows)

    assert [(found["n_orders"], found["n_returned"], found["is_exact"]) for found in params_of(seen)] == [
        (40, 40, False)
    ]
    assert seen.coverage["mode"].to_pylist() == ["events_only"]


def test_without_cancels_and_refunds_only_the_hour_is_seen():
    assert see(others(5)).coverage.select(["mode", "reason"]).to_pylist() == [
        {"mode": "orders_only", "reason": "no_cancel_or_refund"}
    ]


def test_times_that_are_bounds_leave_the_count():
    rows = [row | {"ts_kind": "bound"} for at in range(2) for row in orders(f"w{at}", 20, returned=20)]

    (found,) = params_of(see(rows))
    assert (found["hour_orders"], found["n_beyond"]) == (0, 30)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3 * HOUR_US), st.integers(0, 4)), min_size=1, max_size=40), st.integers(1, 5))
def test_the_densest_hour_is_that_of_counting_every_hour(events: list[tuple[int, int]], least: int):
    ts, account = (np.array(column) for column in zip(*sorted(events), strict=True))

    hour = densest_hour(ts, account, least)

    ratios = [0.0]
    for start in ts:
        inside = (ts >= start) & (ts < start + HOUR_US)
        if inside.sum() >= least:
            ratios.append(inside.sum() / len(set(account[inside].tolist())))
    assert hour.ratio == max(ratios)
    assert hour.n_buyers == len(set(account[hour.start : hour.end].tolist()))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 5)), min_size=1, max_size=8))
def test_buyers_with_at_most_five_returns_never_make_a_count(buyers: list[tuple[int, int]]):
    rows = [orders(f"u{at}", n, returned=min(back, n), gap_s=3_700) for at, (n, back) in enumerate(buyers)]

    assert see(*rows).findings.num_rows == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6), st.integers(8, 30))
def test_planted_repeats_are_always_found(n_buyers: int, n: int):
    seen = see(*[orders(f"w{at}", n, returned=n) for at in range(n_buyers)], others(2))

    (found,) = params_of(seen)
    assert found["n_beyond"] == n_buyers * (n - Config().ordinary_returns)
    assert found["is_exact"]
