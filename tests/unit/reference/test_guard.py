"""A host who waters every night for weeks teaches no reference."""

import numpy as np
import pytest

from truecrowd.reference import build, of_honest
from truecrowd.reference.guard import drift, of_hosts
from truecrowd.reference.reference import Reference

HOSTS, NIGHTS = 30, 20


def nights(seed: int, watered: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Rooms of thirty hosts; the first one's score higher by `watered`."""
    rng = np.random.default_rng(seed)
    hosts = np.repeat(np.arange(HOSTS), NIGHTS)
    return hosts, rng.normal(-3, 1, HOSTS * NIGHTS) + watered * (hosts == 0)


def made(nats: np.ndarray, edge: float = 0.1) -> Reference:
    return build({"nats/any": nats}, np.full(len(nats), 100), {"young/young": edge}, {}, word="own", is_simulated=False)


@pytest.mark.parametrize("watered", [2.0, 2.5])
def test_who_waters_every_night_just_below_the_bar_is_not_in_it(watered: float) -> None:
    hosts, nats = nights(0, watered)
    keep = of_honest(nats, 0.5)
    assert (keep & (hosts == 0)).sum() > NIGHTS // 2  # the bar for a single night lets most of it through

    kept = of_hosts(hosts, nats, keep)

    assert not (kept & (hosts == 0)).any()
    assert (kept & (hosts != 0)).sum() == (keep & (hosts != 0)).sum()


@pytest.mark.parametrize("seed", range(20))
def test_honest_hosts_stay(seed: int) -> None:
    hosts, nats = nights(seed)

    assert of_hosts(hosts, nats, np.full(len(nats), True)).all()


def test_no_host_weighs_more_than_its_part_and_the_shape_of_its_nights_stays() -> None:
    hosts = np.concatenate([np.repeat(np.arange(1, 41), 5), np.zeros(800, np.int64)])
    nats = np.random.default_rng(1).normal(-3, 1, 1_000)

    kept = of_hosts(hosts, nats, np.full(1_000, True))

    assert (kept & (hosts == 0)).sum() == 50
    assert kept[hosts != 0].all()
    assert np.median(nats[kept & (hosts == 0)]) == pytest.approx(np.median(nats[hosts == 0]), abs=0.1)


def test_rooms_without_a_known_host_are_nobody_s() -> None:
    nats = np.random.default_rng(1).normal(-3, 1, 100)

    assert of_hosts(np.full(100, -1), nats, np.full(100, True)).all()


def test_few_hosts_still_make_a_reference() -> None:
    hosts = np.repeat([0, 1], 50)
    nats = np.random.default_rng(1).normal(-3, 1, 100)

    assert of_hosts(hosts, nats, np.full(100, True)).sum() >= 90


def test_other_nights_of_the_same_hosts_are_no_drift() -> None:
    assert drift(made(nights(0)[1]), made(nights(1)[1])) is None


def test_a_tail_that_rises_and_an_edge_that_rises_are_named() -> None:
    before = made(nights(0)[1])

    assert "one room in 20" in str(drift(before, made(nights(1)[1] + 1.5)))
    assert "young/young" in str(drift(before, made(nights(1)[1], edge=0.25)))
    assert drift(before, made(nights(1)[1] - 5, edge=0.01)) is None  # expecting less hides nobody
    assert drift(before, made(nights(1)[1][:40] + 9)) is None  # too few to say
