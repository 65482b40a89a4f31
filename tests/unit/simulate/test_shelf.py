import numpy as np
import pytest

from truecrowd.simulate import ids, shelf
from truecrowd.simulate.world_develop import DEVELOP


@pytest.fixture
def goods() -> shelf.Shelf:
    return shelf.lay(ids.generator("test"), DEVELOP, "test", "apparel", 10_800.0)


def test_price_falls_when_the_slot_begins_and_stays(goods: shelf.Shelf):
    product = np.array([2, 2, 2])
    at_s = goods.slot_s[2] + np.array([-1.0, 1.0, 9_000.0])

    prices = goods.price(product, at_s).tolist()

    assert prices == [goods.list_price[2], goods.live_price[2], goods.live_price[2]]


def test_a_repriced_product_keeps_its_list_price_before_the_first_step(goods: shelf.Shelf):
    changed = goods.repriced(1, [(3_000.0, 10), (4_000.0, 20)])

    prices = changed.price(np.full(4, 1), np.array([100.0, 3_000.5, 3_999.5, 4_000.5])).tolist()

    assert prices == [goods.list_price[1], 10, 10, 20]
    assert changed.price(np.array([2]), np.array([9_999.0])) == goods.live_price[2]


def test_before_the_first_slot_the_first_product_is_on_air(goods: shelf.Shelf):
    assert goods.on_air(np.array([0.0, 1_200.0, 1e9])).tolist() == [0, 0, len(goods) - 1]


def test_stock_falls_with_orders_and_rises_with_releases():
    at_s, change = np.array([10.0, 20.0, 30.0]), np.array([-2, -1, 2])

    shown = shelf.snapshots(0, [(1.0, 5)], at_s, change, np.full(3, 0.5))

    assert dict(zip(shown.at_s.tolist(), shown.value.tolist(), strict=True)) == {1.0: 5, 10.5: 3, 20.5: 2, 30.5: 4}


def test_setting_the_stock_forgets_what_was_there():
    at_s, change = np.array([10.0, 30.0]), np.array([-2, -1])

    shown = shelf.snapshots(0, [(1.0, 50), (20.0, 0), (40.0, 7)], at_s, change, np.full(2, 0.5))

    assert dict(zip(shown.at_s.tolist(), shown.value.tolist(), strict=True)) == {1: 50, 10.5: 48, 20: 0, 30.5: 0, 40: 7}


def test_a_late_snapshot_counts_every_change_before_it():
    shown = shelf.snapshots(0, [(1.0, 9)], np.array([10.0, 10.2]), np.array([-1, -1]), np.array([0.5, 0.1]))

    assert sorted(shown.value.tolist()) == [7, 7, 9]
