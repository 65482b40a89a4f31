"""What a dearer crowd hides, and what the headline room shows, in every world."""

from collections import Counter, defaultdict
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from truecrowd.simulate import WORLDS, Chunk, simulate
from truecrowd.simulate.room import RoomPlan
from truecrowd.simulate.schemes import Bought

Rows = list[dict[str, Any]]
_OPENS_US = 1_773_313_200_000_000
worlds = pytest.mark.parametrize("world", sorted(WORLDS))


def played(world: str, bought: Bought, length_s: float = 9_000.0) -> Chunk:
    plan = RoomPlan("1", _OPENS_US, length_s, "apparel", 400, bought=(bought,), host="host/1")
    return replace(simulate("tiny", world=world), plans=(plan,)).whole()


def paid_rows(chunk: Chunk) -> pa.Table:
    accounts = chunk.truth["accounts"]
    paid = accounts.filter(pc.field("label") == 1)["account_id"].cast(pa.string()).combine_chunks()
    return chunk.events.filter(pc.is_in(chunk.events["account_id"], value_set=paid))


@lru_cache(maxsize=16)
def crew(world: str, scheme: str, level: int) -> Rows:
    """Everything the accounts of one scheme of one level did, in order of time."""
    bought = Bought(scheme, 40 if scheme == "troupe" else 150, 0.0 if scheme == "troupe" else 1_500.0, 3_600.0, level)
    return paid_rows(played(world, bought)).to_pylist()


def of(rows: Rows, *event_types: str) -> Rows:
    return [row for row in rows if row["event_type"] in event_types]


def seconds(rows: Rows) -> np.ndarray:
    return np.array([row["ts"].timestamp() for row in rows]) - _OPENS_US / 1e6


@worlds
def test_a_naive_farm_comes_on_command_and_a_better_one_does_not(world: str):
    naive, free = (seconds(of(crew(world, "farm", level), "join")) for level in (0, 1))
    waves = len(WORLDS[world].farm.waves)
    within_s = WORLDS[world].farm.join_within_s

    assert (np.diff(np.sort(naive)) > within_s).sum() == waves - 1
    assert np.quantile(free, 0.9) - np.quantile(free, 0.1) > 600.0


@worlds
def test_a_farm_that_costs_nothing_more_varies_its_order(world: str):
    def orders(level: int) -> int:
        steps = defaultdict(list)
        for row in of(crew(world, "farm", level), *WORLDS[world].farm.steps):
            steps[row["account_id"]].append(row["event_type"])
        return len({tuple(each) for each in steps.values()})

    assert orders(0) == 1
    assert orders(1) > 5


@worlds
def test_a_quarter_more_buys_stays_of_their_own_and_copied_chat(world: str):
    free, dearer = crew(world, "farm", 1), crew(world, "farm", 2)
    phrases = set(WORLDS[world].words.phrases)

    assert not {row["text"] for row in of(free, "comment")} & phrases
    assert {row["text"] for row in of(dearer, "comment")} & phrases
    assert seconds(of(dearer, "leave")).std() > seconds(of(free, "leave")).std()


@worlds
def test_twice_the_price_buys_mixed_phones_shared_networks_and_old_accounts(world: str):
    cheap, dear = (of(crew(world, "farm", level), "join") for level in (2, 3))

    def kinds(rows: Rows) -> int:
        return len({row["device_model"] for row in rows} - {None})

    def median_age_days(rows: Rows) -> float:
        return float(np.median([(row["ts"] - row["account_created_at"]).days for row in rows]))

    def largest_address(rows: Rows) -> int:
        return Counter(row["ip"] for row in rows if row["ip"]).most_common(1)[0][1]

    assert kinds(cheap) <= len(WORLDS[world].farm.models)
    assert kinds(dear) > 2 * len(WORLDS[world].farm.models)
    assert median_age_days(dear) > 2.0 * median_age_days(cheap)
    assert largest_address(cheap) == 1 < largest_address(dear)


@worlds
def test_dear_popups_come_after_a_click_and_cheap_ones_out_of_nowhere(world: str):
    assert not of(crew(world, "popup", 0), "product_click", "join")
    assert of(crew(world, "popup", 1), "join")
    assert not of(crew(world, "popup", 1), "product_click")
    assert len(of(crew(world, "popup", 3), "product_click")) >= len(of(crew(world, "popup", 3), "cart_popup"))
    assert len(of(crew(world, "popup", 2), "cart_popup")) < 0.5 * len(of(crew(world, "popup", 1), "cart_popup"))


@worlds
def test_a_troupe_heats_the_room_before_the_first_offer_and_stays_an_hour(world: str):
    rows = crew(world, "troupe", 0)
    joins = {row["account_id"]: row["ts"].timestamp() for row in of(rows, "join")}
    leaves = {row["account_id"]: row["ts"].timestamp() for row in of(rows, "leave")}
    stays = [left - joins[account] for account, left in leaves.items()]
    first_offer_s = min(WORLDS[world].arrivals.warm_up_s, 9_000.0 / 6.0)

    assert len(joins) == 40
    assert first_offer_s >= 900.0
    assert max(joins.values()) - _OPENS_US / 1e6 < first_offer_s / 2.0
    assert min(stays) > 3_600.0


@worlds
def test_a_troupe_comes_by_a_link_and_does_every_step_of_the_routine_in_order(world: str):
    rows = crew(world, "troupe", 0)
    steps = WORLDS[world].troupe.steps
    done = defaultdict(list)
    for row in of(rows, *steps):
        if row["event_type"] not in done[row["account_id"]]:
            done[row["account_id"]].append(row["event_type"])

    assert {row["traffic_source"] for row in of(rows, "join")} == {"share"}
    assert {"like", "comment", "follow", "fan_club", "light_badge", "product_click"} == set(steps)
    assert set(map(tuple, done.values())) == {steps}


@worlds
def test_bought_likes_are_even_streaks_until_they_are_dear(world: str):
    def taps(level: int) -> set[float]:
        return {row["value"] for row in of(crew(world, "likes", level), "like")}

    assert taps(0) == {100.0}
    assert 30 < len(taps(1)) <= 60
    assert max(taps(3)) > 130.0


@worlds
def test_bought_reviews_are_kept_orders_with_praise_of_fifteen_characters(world: str):
    bought = Bought("reviews", 20, 3_000.0, 3_600.0, 0, orders=60, product=2)
    rows = paid_rows(played(world, bought)).to_pylist()

    praise = [row["text"] for row in of(rows, "review")]
    assert len(praise) > 40
    assert min(map(len, praise)) >= 15
    assert len(of(rows, "refund")) < 10


@worlds
def test_brushed_orders_come_back_less_often_the_more_is_paid(world: str):
    def came_back(level: int) -> float:
        bought = Bought("brushing", 20, 3_000.0, 3_600.0, level, orders=200, product=2)
        rows = paid_rows(played(world, bought)).to_pylist()
        return len(of(rows, "refund")) / len(of(rows, "order"))

    assert came_back(0) > 0.6
    assert 0.25 < came_back(4) < 0.55


@pytest.fixture(scope="module", params=sorted(WORLDS))
def headline(request: pytest.FixtureRequest) -> pa.Table:
    return paid_rows(simulate("farm20k", world=request.param).whole())


def test_the_headline_room_holds_20_000_phones_with_an_address_each(headline: pa.Table):
    seen = headline.filter(pc.is_valid(headline["ip"]))

    assert pc.count_distinct(headline["account_id"]).as_py() == 20_000
    assert pc.count_distinct(seen["device_id"]).as_py() == pc.count_distinct(seen["account_id"]).as_py()
    assert pc.count_distinct(seen["ip"]).as_py() == pc.count_distinct(seen["account_id"]).as_py()


def test_the_headline_room_says_2_000_lines_all_different(headline: pa.Table):
    said = headline.filter(pc.field("event_type") == "comment")["text"]

    assert len(said) == pc.count_distinct(said).as_py() == 2_000
