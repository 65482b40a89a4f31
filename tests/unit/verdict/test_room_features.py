"""Shares that rooms are judged by: nobody moved is nothing said, not the share the search starts from."""

import numpy as np

from truecrowd.verdict.features import Features
from truecrowd.verdict.fusion import Fused
from truecrowd.verdict.rooms import _share


def share(nats: list[float]) -> float:
    n = len(nats)
    looked = np.ones((n, 4), np.bool_)
    features = Features("account", np.zeros(n, np.int64), np.arange(n), {}, {}, {}, looked)
    families = np.zeros((n, 4))
    families[:, 2] = nats

    return float(_share(features, Fused(families.sum(axis=1), families, {}), 2, 1)[0])


def test_a_family_that_moved_nobody_says_nothing_of_the_room():
    assert np.isnan(share([0.0] * 200))


def test_a_family_that_cleared_everybody_says_that_nobody_is_explained_by_it():
    assert share([-0.4] * 200) == 0.0


def test_a_family_that_speaks_for_half_says_about_half():
    assert 0.3 < share([4.0] * 100 + [-4.0] * 100) < 0.5
