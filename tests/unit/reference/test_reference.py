import json

import numpy as np
import pytest

from truecrowd.errors import InputError
from truecrowd.reference import build, edges_of, of_honest, read, shared_edges


def reference(n: int = 400, n_viewers: int = 100):
    rng = np.random.default_rng(0)
    size = np.full(n, n_viewers)
    k = rng.binomial(200, 0.05, n)
    return build(
        {"nats/any": rng.normal(-3, 1, n)}, size, edges_of({"young_accounts/young": (k, np.full(n, 200))}), {"command": "test"},
        word="own", is_simulated=False,
    )  # fmt: skip


def test_a_p_value_is_never_below_one_in_n_plus_one():
    p = reference(400).p_value("nats/any", np.array([100.0]), np.array([100]))

    assert p[0] == 1 / 401


def test_an_ordinary_room_has_an_ordinary_p_value():
    p = reference(400).p_value("nats/any", np.array([-3.0]), np.array([100]))

    assert 0.4 < p[0] < 0.6


def test_honest_rooms_are_rarely_below_their_own_level():
    fresh = np.random.default_rng(1).normal(-3, 1, 5_000)

    p = reference(1_000).p_value("nats/any", fresh, np.full(5_000, 100))

    assert (p <= 0.01).mean() < 0.02
    assert (p <= 0.1).mean() == pytest.approx(0.1, abs=0.03)


def test_fewer_than_two_hundred_rooms_say_nothing():
    assert np.isnan(reference(199).p_value("nats/any", np.array([0.0]), np.array([100]))[0])


def test_a_stratum_without_rooms_falls_back_on_all():
    assert not np.isnan(reference(400).p_value("nats/any", np.array([0.0]), np.array([1_000_000]))[0])


@pytest.mark.parametrize(("n_large", "p"), [(499, 1 / 2_000), (500, 1 / 501)])
def test_a_stratum_is_used_when_it_can_say_as_much_as_a_high_verdict_needs(n_large: int, p: float):
    size = np.repeat([100, 5_000], [1_999 - n_large, n_large])
    one = build({"nats/any": np.zeros(1_999)}, size, {}, {}, word="own", is_simulated=False)

    assert one.p_value("nats/any", np.array([1.0]), np.array([5_000]))[0] == pytest.approx(p)


def test_a_feature_nobody_measured_says_nothing():
    assert np.isnan(reference().p_value("nats/farm", np.array([0.0]), np.array([100]))[0])


def test_the_text_comes_back_the_same():
    one = reference()

    other = read(one.text(), where="x")

    assert other.text() == one.text()
    assert other.name == one.name


def test_a_changed_reference_is_refused():
    tree = json.loads(reference().text())
    tree["edges"]["young_accounts/young"] = 0.5

    with pytest.raises(InputError, match="does not match its name"):
        read(json.dumps(tree), where="own.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "null", '{"format": 9}'])
def test_something_else_is_refused(text: str):
    with pytest.raises(InputError):
        read(text, where="own.json")


def test_the_edge_of_a_cell_is_above_nearly_all_honest_rooms():
    assert 0.08 < reference(4_000).edges["young_accounts/young"] < 0.15


@pytest.mark.parametrize("dirty", [0.0, 0.1, 0.3])
def test_dirty_rooms_do_not_teach_what_honest_is(dirty: float):
    rng = np.random.default_rng(0)
    n_dirty = round(dirty * 1_000)
    nats = np.concatenate([rng.normal(-3, 1, 1_000 - n_dirty), rng.normal(4, 2, n_dirty)])
    is_dirty = np.arange(1_000) >= 1_000 - n_dirty

    keep = of_honest(nats, 2.9)

    assert keep[is_dirty].sum() <= 0.1 * max(n_dirty, 1)
    assert keep[~is_dirty].mean() > 0.85


def test_edges_of_two_worlds_are_the_wider_ones_where_they_are_alike():
    one, other = (
        {"a/x": 0.10, "a/y": 0.03, "alarm/farm": 0.03},
        {"a/x": 0.15, "a/y": 0.10, "alarm/farm": 0.10, "a/z": 0.1},
    )

    assert shared_edges(one, other) == {"a/x": 0.15, "alarm/farm": 0.10}


def test_no_edge_of_simulated_rooms_is_nil():
    assert shared_edges({"a/x": 0.0}, {"a/x": 0.0}) == {"a/x": 0.02}
