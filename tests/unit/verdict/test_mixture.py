import numpy as np
import pytest

from truecrowd.verdict.mixture import N_BINS, emq, histogram, posterior, priors


def room(n: int, share: float, gap: float, seed: int = 0) -> np.ndarray:
    """Nats of two normal crowds `gap` apart: the log-likelihood ratio is linear in x."""
    rng = np.random.default_rng(seed)
    n_true = round(n * share)
    x = np.concatenate([rng.normal(gap, 1.0, n_true), rng.normal(0.0, 1.0, n - n_true)])
    return gap * x - gap**2 / 2


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.4, 0.9])
@pytest.mark.parametrize("gap", [1.5, 3.0])
def test_the_share_comes_back(share: float, gap: float):
    nats = room(20_000, share, gap)

    found = emq(histogram(np.zeros(len(nats), int), nats, None, 1))[0]

    assert found == pytest.approx(share, abs=0.02)


def test_counting_those_above_a_threshold_would_be_far_off_where_evidence_is_weak():
    nats = room(20_000, 0.1, 1.0)

    found = emq(histogram(np.zeros(len(nats), int), nats, None, 1))[0]

    assert abs((nats > 0).mean() - 0.1) > 0.2
    assert found == pytest.approx(0.1, abs=0.03)


def test_a_room_without_subjects_has_no_share():
    assert np.isnan(emq(np.zeros((1, N_BINS)))[0])


def test_weights_count():
    nats = np.array([5.0, -5.0])

    light = emq(histogram(np.zeros(2, int), nats, np.array([1.0, 9.0]), 1))[0]

    assert light == pytest.approx(0.1, abs=0.02)


def test_rooms_do_not_mix():
    rooms = np.repeat([0, 1], 1_000)
    nats = np.concatenate([room(1_000, 0.5, 3.0), room(1_000, 0.0, 3.0)])

    both = emq(histogram(rooms, nats, None, 2))

    assert both[0] == pytest.approx(0.5, abs=0.05)
    assert both[1] < 0.02


def test_dozens_of_popups_do_not_hide_among_thousands_of_viewers():
    room, group = np.zeros(3_050, int), np.repeat([0, 1], [3_000, 50])
    nats = np.concatenate([np.full(3_000, -2.0), np.full(50, 3.0)])

    among = priors(room, group, nats, 1, 2)

    assert among[0] < 0.01
    assert among[-1] > 0.5


def test_a_handful_is_judged_in_the_light_of_its_room():
    room, group = np.zeros(1_001, int), np.repeat([0, 1], [1_000, 1])
    nats = np.concatenate([np.full(1_000, -2.0), [2.0]])

    assert priors(room, group, nats, 1, 2)[-1] < 0.1


def test_a_probability_needs_no_more_than_nats_and_prior():
    clean, half = posterior(np.zeros(2), np.array([0.001, 0.5]))

    assert clean == pytest.approx(0.001)
    assert half == pytest.approx(0.5)
