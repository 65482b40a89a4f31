"""A variation is another world of the same make: the same for its number, playable, and kept from the judge's world."""

import dataclasses

import pytest

from truecrowd.errors import ConfigError
from truecrowd.simulate import WORLDS, for_training, simulate
from truecrowd.simulate.varied import KEPT, PARTS, varied

LEARNT = ("develop", "tune")


@pytest.mark.parametrize("name", LEARNT)
def test_a_variation_differs_in_its_numbers_and_keeps_words_and_lookalikes(name: str):
    world, one = WORLDS[name], varied(WORLDS[name], 1)

    assert all(getattr(one, part) != getattr(world, part) for part in PARTS)
    assert (one.words, one.guards, one.prices) == (world.words, world.guards, world.prices)
    assert all(getattr(one.shop, kept) == getattr(world.shop, kept) for kept in KEPT & set(dir(world.shop)))


@pytest.mark.parametrize("number", range(20))
def test_shares_stay_shares(number: int):
    world = varied(WORLDS["develop"], number)

    for part in PARTS:
        shares = {k: v for k, v in dataclasses.asdict(getattr(world, part)).items() if k.endswith("_share")}
        assert all(0.0 <= share <= 1.0 for share in shares.values()), shares


@pytest.mark.parametrize("name", ["develop~0", "tune~7"])
def test_a_variation_is_played_like_a_world_and_alike_each_time(name: str):
    one, again = (simulate("tiny", world=name, seed=3, n_events=6_000).whole() for _ in range(2))
    base = simulate("tiny", world=name.partition("~")[0], seed=3, n_events=6_000).whole()

    assert one.events.equals(again.events)
    assert not set(one.events["account_id"].to_pylist()) & set(base.events["account_id"].to_pylist()) - {None}


def test_variations_of_the_world_kept_for_reporting_are_refused():
    with pytest.raises(ConfigError, match="'report~1' may not be trained on"):
        for_training("report~1")

    assert for_training("tune~2") == varied(WORLDS["tune"], 2)


@pytest.mark.parametrize("name", ["develop~", "develop~-1", "develop~x", "develop~1234567", "marble~1"])
def test_what_is_no_variation_is_no_world(name: str):
    with pytest.raises(ConfigError, match="world"):
        simulate("tiny", world=name, n_events=6_000)
