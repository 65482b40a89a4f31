"""Who sells crowds serves many hosts with the same accounts, at prices that rise with the quality."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from truecrowd.simulate import WORLDS, Chunk, simulate
from truecrowd.simulate.room import RoomPlan
from truecrowd.simulate.schemes import Bought, price

SCHEMES = ("farm", "popup", "likes", "popularity", "troupe", "brushing", "reviews")
COME_AND_STAY = ("farm", "popularity", "troupe")
_OPENS_US = 1_773_313_200_000_000
_DAY_US = 86_400_000_000


def jobs(world: str) -> dict[str, list[tuple[RoomPlan, Bought]]]:
    """What each operator of a week does, by operator."""
    found = defaultdict(list)
    for plan in simulate("week", world=world).plans:
        for bought in plan.bought:
            found[bought.operator].append((plan, bought))
    return found


@pytest.mark.parametrize("world", sorted(WORLDS))
def test_some_operators_of_a_week_serve_many_hosts_and_some_only_one(world: str):
    hosts = [len({plan.host for plan, _ in each}) for each in jobs(world).values()]

    assert max(hosts) >= 10
    assert sum(n >= 3 for n in hosts) >= 6
    assert min(hosts) == 1


@pytest.mark.parametrize("world", sorted(WORLDS))
def test_sizes_levels_and_schemes_of_a_week_are_mixed(world: str):
    bought = [each for operator in jobs(world).values() for _, each in operator]

    assert {each.level for each in bought} == {0, 1, 2, 3, 4}
    assert {each.scheme for each in bought} == set(SCHEMES)
    assert min(each.n for each in bought) == 10
    assert max(each.n for each in bought) >= 2_000


@pytest.mark.parametrize("world", sorted(WORLDS))
def test_accounts_that_come_and_stay_are_never_at_two_hosts_at_once(world: str):
    for operator in jobs(world).values():
        spans = sorted(
            (plan.opens_us, plan.opens_us + round(plan.length_s * 1e6))
            for plan, bought in operator
            if bought.scheme in COME_AND_STAY
        )
        assert all(later[0] >= earlier[1] for earlier, later in pairwise(spans))


@pytest.mark.parametrize("world", sorted(WORLDS))
def test_idle_farms_are_rented_out_as_viewers(world: str):
    lets = [
        operator for operator in jobs(world).values() if {"farm", "popularity"} <= {each.scheme for _, each in operator}
    ]

    assert len(lets) >= 2


def two_hosts(world: str, first: Bought, second: Bought) -> Chunk:
    plans = tuple(
        RoomPlan(f"{at}", _OPENS_US + at * _DAY_US, 7_200.0, "apparel", 300, bought=(bought,), host=f"host/{at}")
        for at, bought in enumerate((first, second))
    )
    return replace(simulate("tiny", world=world), plans=plans).whole()


def crews(chunk: Chunk) -> Iterator[set[str]]:
    rooms = sorted(chunk.truth["rooms"].to_pylist(), key=lambda room: room["start"])
    for room in rooms:
        rows = chunk.truth["accounts"].to_pylist()
        yield {row["account_id"] for row in rows if row["room_id"] == room["room_id"] and row["label"]}


@pytest.mark.parametrize("world", sorted(WORLDS))
def test_an_operator_sends_accounts_of_one_pool_to_its_hosts(world: str):
    crew = Bought("farm", 60, 900.0, 3_600.0, 0, "operator/1", 80)

    first, second = crews(two_hosts(world, crew, replace(crew, scheme="popularity")))

    assert len(first) == len(second) == 60
    assert len(first & second) >= 40


def test_the_dearest_crowds_are_never_seen_at_another_host():
    crew = Bought("farm", 60, 900.0, 3_600.0, 4, "operator/1", 80)

    first, second = crews(two_hosts("develop", crew, crew))

    assert not first & second


def test_truth_names_one_operator_for_both_rooms():
    crew = Bought("troupe", 20, 0.0, 3_600.0, 1, "operator/1", 30)
    truth = two_hosts("tune", crew, crew).truth

    assert len(set(truth["campaigns"]["operator_id"].to_pylist())) == 1
    assert len(set(truth["campaigns"]["room_id"].to_pylist())) == 2
    assert set(truth["groups"]["operator_id"].to_pylist()) == set(truth["campaigns"]["operator_id"].to_pylist())


@pytest.mark.parametrize("world", sorted(WORLDS))
@pytest.mark.parametrize("scheme", SCHEMES)
def test_quality_costs_nothing_then_a_quarter_then_twice_then_four_times_the_price(world: str, scheme: str):
    prices = WORLDS[world].prices
    plain = price(prices, Bought(scheme, 100, 0.0, orders=50))

    dearer = [price(prices, Bought(scheme, 100, 0.0, level=level, orders=50)) / plain for level in range(5)]

    assert dearer == pytest.approx([1.0, 1.0, 1.25, 2.0, 4.0], rel=0.01)


def test_advertised_prices_are_those_of_the_press():
    prices = WORLDS["develop"].prices

    assert price(prices, Bought("farm", 500, 0.0, 10_800.0)) == 90.0
    assert price(prices, Bought("popup", 60, 0.0, 10_800.0)) == 20.0
    assert price(prices, Bought("likes", 20, 0.0)) == 10.0
    assert price(prices, Bought("popularity", 100, 0.0)) == 50.0
    assert price(prices, Bought("troupe", 40, 0.0, 3_600.0)) == 200.0


def test_what_was_paid_stands_in_the_truth():
    crew = Bought("popularity", 100, 900.0, 3_600.0, 2, "operator/1", 100)
    paid = two_hosts("develop", crew, replace(crew, level=0)).truth["campaigns"].to_pylist()

    assert sorted((row["level"], row["price_minor"]) for row in paid) == [(0, 5_000), (2, 6_250)]
