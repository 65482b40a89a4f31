"""Places of keys against a dict that does the same one by one."""

import numpy as np
import pytest

from truecrowd.places import Places, paired


@pytest.mark.parametrize("n_keys", [3, 5_000, 10**9])
def test_places_are_those_of_a_dict(n_keys: int) -> None:
    rng = np.random.default_rng(n_keys)
    places, known = Places(), {}
    for _ in range(60):
        keys = rng.integers(0, n_keys, rng.integers(0, 2_000)).astype(np.uint64)
        at, is_new = places.add(keys)
        for key, place, new in zip(keys.tolist(), at.tolist(), is_new.tolist(), strict=True):
            assert new == (key not in known)
            assert known.setdefault(key, len(known)) == place

    asked = rng.integers(0, 2 * n_keys, 3_000).astype(np.uint64)
    assert places.find(asked).tolist() == [known.get(key, -1) for key in asked.tolist()]
    assert places.keys.values.tolist() == list(known)


def test_forgotten_keys_are_new_again_and_the_others_move_up() -> None:
    places = Places(np.arange(10, dtype=np.uint64))
    places.keep(np.arange(10) % 2 == 1)

    at, is_new = places.add(np.array([1, 2, 9], np.uint64))

    assert at.tolist() == [0, 5, 4]
    assert is_new.tolist() == [False, True, False]


def test_an_empty_table_knows_nothing() -> None:
    assert Places().find(np.array([0, 7], np.uint64)).tolist() == [-1, -1]


def test_two_codes_make_one_key_and_null_is_a_code() -> None:
    high, low = np.array([0, 0, 1, -1, -1]), np.array([1, -1, 0, -1, 0])

    assert len(set(paired(high, low).tolist())) == 5
