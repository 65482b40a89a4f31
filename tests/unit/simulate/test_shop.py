from dataclasses import replace

import numpy as np

from truecrowd.simulate import ids, shelf, shop
from truecrowd.simulate.rows import NONE
from truecrowd.simulate.world_develop import DEVELOP

GOODS = shelf.lay(ids.generator("test"), DEVELOP, "test", "apparel", 10_800.0)


def wants(at_s: list[float], quantity: int = 1, campaign: int = NONE) -> shop.Wants:
    n = len(at_s)
    return shop.Wants(np.array(at_s), np.arange(n), np.zeros(n, np.int64), np.full(n, quantity), np.full(n, campaign))


def sell(wanted: shop.Wants, stock: dict[int, int], unpaid_share: float) -> shop.Sales:
    priors = replace(DEVELOP.shop, unpaid_share=unpaid_share)
    return shop.sell(ids.generator("test"), priors, DEVELOP.brushing, GOODS, wanted, stock)


def test_nobody_buys_more_than_there_is():
    sales = sell(wants([10.0, 11.0, 12.0, 13.0], quantity=2), {0: 5}, unpaid_share=0.0)

    assert sales.wants.at_s.tolist() == [10.0, 11.0]


def test_an_unpaid_order_can_be_bought_again_once_released():
    sales = sell(wants([10.0, 11.0, 3_000.0]), {0: 1}, unpaid_share=1.0)

    assert sales.wants.at_s.tolist() == [10.0, 3_000.0]
    assert 900.0 <= sales.cancelled_s[0] - 10.0 <= 904.0


def test_products_without_a_limit_never_run_out():
    assert len(sell(wants([float(at) for at in range(100)]), {}, unpaid_share=0.0).wants) == 100


def test_brushed_orders_are_always_paid():
    sales = sell(wants([1.0, 2.0, 3.0], campaign=0), {}, unpaid_share=1.0)

    assert np.isfinite(sales.paid_s).all()
    assert np.isnan(sales.cancelled_s).all()


def test_moves_balance_orders_and_releases():
    sales = sell(wants([1.0, 2.0], quantity=3), {}, unpaid_share=1.0)

    at_s, change = shop.moves(sales, 0)

    assert len(at_s) == 4
    assert change.sum() == 0


def test_no_wants_make_no_orders():
    assert len(sell(shop.nothing(), {0: 3}, unpaid_share=0.5).wants) == 0
