import numpy as np

from truecrowd.simulate import ids


def test_an_id_does_not_depend_on_how_many_are_drawn():
    assert ids.numbers("key", 5).tolist() == ids.numbers("key", 9)[:5].tolist()


def test_two_keys_share_no_id():
    assert not set(ids.numbers("a", 1_000).tolist()) & set(ids.numbers("b", 1_000).tolist())


def test_ids_do_not_count_upwards():
    steps = np.diff(ids.numbers("key", 2_000).astype(np.float64)) > 0

    assert 0.4 < steps.mean() < 0.6


def test_text_is_sixteen_digits_with_leading_zeros():
    assert ids.text(np.array([0, 2**64 - 1], dtype=np.uint64)).to_pylist() == ["0" * 16, "f" * 16]


def test_no_ids_are_no_text():
    assert ids.text(ids.numbers("key", 0)).to_pylist() == []


def test_two_keys_give_two_streams():
    assert ids.generator("a").random() != ids.generator("b").random()
    assert ids.generator("a").random() == ids.generator("a").random()
