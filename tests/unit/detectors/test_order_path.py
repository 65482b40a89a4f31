"""Where orders without a path flip, the honest buyers nearest to them, what is left when a type is missing."""

from functools import partial

import pytest
from invented_rooms import START_US, Row, look_at_rows, params_of, scores_of

from truecrowd.detectors.order_path import DETECTOR

see = partial(look_at_rows, DETECTOR)
order_scores = partial(scores_of, subject="order")


def row(account: str, at_s: float, kind: str, **more: object) -> Row:
    base: Row = {"room_id": "r1", "account_id": account, "event_type": kind, "ts": START_US + round(at_s * 1e6)}
    return base | ({"order_id": f"{account}-{at_s}"} if kind == "order" else {}) | more


def shopper(name: str, at_s: float, *, read_s: float = 60, stay_s: float = 90, n: int = 1) -> list[Row]:
    """Comes, looks at a product, orders it `read_s` later, `n` times after one click."""
    orders = [row(name, at_s + stay_s + read_s + turn, "order") for turn in range(n)]
    return [row(name, at_s, "join"), row(name, at_s + stay_s, "product_click"), *orders]


def shoppers(n: int) -> list[Row]:
    return [one for at in range(n) for one in shopper(f"u{at}", 45 * at)]


def listed(n: int, each: int = 5, *, at_s: float = 1_500, name: str = "w") -> list[Row]:
    """`n` accounts that joined long ago order `each` times within minutes after one click."""
    return [
        one
        for k in range(n)
        for one in [
            row(f"{name}{k}", 5 * k, "join"),
            row(f"{name}{k}", at_s + k, "product_click"),
            *(row(f"{name}{k}", at_s + 9 + k + 60 * turn, "order") for turn in range(each)),
        ]
    ]


def test_more_orders_than_clicks_are_found_and_others_stay_at_zero():
    seen = see(shoppers(60), listed(12))

    (params,) = params_of(seen)
    assert "unclicked" in params["kinds"]
    assert (params["n_unclicked"], params["n_buyers"], params["n_orders"]) == (60, 12, 120)
    assert min(order_scores(seen, "w")) > 0
    assert set(order_scores(seen, "u")) == {0.0}


def test_it_flips_with_the_number_of_buyers_not_of_orders():
    assert see(shoppers(60), listed(4, 40)).findings.num_rows == 0  # four decisions are no crowd
    assert see(shoppers(60), listed(16, 10)).findings.num_rows == 1


def test_one_bulk_buyer_scores_nothing():
    seen = see(shoppers(60), shopper("bulk", 300, n=80))

    assert seen.findings.num_rows == 0
    assert set(order_scores(seen, "bulk")) == {0.0}


def test_two_sizes_after_one_click_by_a_few_buyers_are_ordinary():
    assert see(shoppers(60), *[shopper(f"two{at}", 400 + 30 * at, n=2) for at in range(4)]).findings.num_rows == 0


def test_a_flash_sale_of_people_who_just_came_is_ordinary():
    rush = [one for at in range(80) for one in shopper(f"f{at}", 900 + 2 * at, read_s=8, stay_s=40)]

    seen = see(shoppers(40), rush)

    assert seen.findings.num_rows == 0
    assert set(order_scores(seen, "f")) == {0.0}


def test_a_recorder_that_loses_clicks_is_seen_by_those_who_talk():
    lossy = [
        one for at in range(60) for one in shopper(f"u{at}", 45 * at) if one["event_type"] != "product_click" or at % 2
    ]
    talk = [row(f"u{at}", 45 * at + 20, "comment") for at in range(0, 60, 3)]

    assert see(lossy, talk).findings.num_rows == 0
    assert see(lossy, listed(0)).findings.num_rows == 1  # nobody is known to be alive


def test_waiting_in_silence_and_ordering_on_cue_is_found_in_its_slot():
    cued = [one for k in range(40) for one in shopper(f"c{k}", 6 * k, stay_s=1_800, read_s=8)]

    seen = see(shoppers(60), cued)

    (params,) = params_of(seen)
    assert params["kinds"] == ["on_cue"]
    assert min(order_scores(seen, "c")) > 0


def test_orders_seconds_after_arrival_are_found():
    hasty = [one for k in range(30) for one in shopper(f"h{k}", 600 + 10 * k, stay_s=1, read_s=2)]

    assert "hasty" in params_of(see(shoppers(60), hasty))[0]["kinds"]


def test_a_thin_room_cannot_score_high_by_chance():
    assert set(order_scores(see(shoppers(3), listed(2, 1)), "")) == {0.0}


def test_an_order_of_several_products_is_one_order():
    rows = listed(12)
    doubled = rows + [one | {"product_id": "p2"} for one in rows if one["event_type"] == "order"]

    assert order_scores(see(shoppers(60), doubled), "w").tolist() == order_scores(see(shoppers(60), rows), "w").tolist()


@pytest.mark.parametrize(
    ("without", "mode", "reason"),
    [
        ("product_click", "arrivals_only", "no_product_click"),
        ("join", "clicks_only", "no_join"),
    ],
)
def test_a_missing_end_of_the_path_is_a_weaker_reading(without: str, mode: str, reason: str):
    rows = [one for one in [*shoppers(60), *listed(12)] if one["event_type"] != without]

    (cover,) = see(rows).coverage.to_pylist()

    assert (cover["mode"], cover["reason"]) == (mode, reason)


def test_orders_that_cannot_be_joined_to_viewers_are_not_looked_at():
    strangers = [row(f"buyer{at}", 60 * at, "order") for at in range(60)]
    viewers = [one for one in shoppers(60) if one["event_type"] != "order"]

    (cover,) = see(strangers, viewers).coverage.to_pylist()

    assert (cover["looked"], cover["reason"]) == (False, "orders_not_joinable")


def test_masked_buyers_are_not_looked_at():
    masked = [one | {"id_kind": "masked"} if one["event_type"] == "order" else one for one in shoppers(10)]

    assert see(masked).coverage["reason"].to_pylist() == ["masked_ids"]


def test_must_still_be_tested_against_a_full_path():
    slow = [one for k in range(60) for one in shopper(f"s{k}", 6 * k, stay_s=240, read_s=45)]

    assert see(shoppers(60), slow).findings.num_rows == 0
