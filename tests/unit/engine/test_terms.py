"""What a contract changes in the settings of a run, and what it leaves alone."""

from truecrowd.brand.deal import Deal
from truecrowd.detectors.stock_balance import Config
from truecrowd.engine.settings import Settings
from truecrowd.engine.terms import under

WINDOW = "broadcast = [{ start = 2020-01-01T08:00:01+08:00, end = 2020-01-01T08:00:02+08:00 }]"
DEAL = Deal.parse('[deal]\nstock_scope = "room"\nproducts = ["p1"]\n' + WINDOW)


def test_stock_sold_nowhere_else_reaches_the_balance_of_stock():
    config = under(DEAL, Settings(detectors={"stock_balance": Config(min_drop=5)})).detectors["stock_balance"]

    assert config == Config(
        min_drop=5, only_here_us=((1_577_836_801_000_000, 1_577_836_802_000_000),), only_here_products=("p1",)
    )


def test_without_windows_it_holds_for_all_time():
    config = under(Deal(stock_scope="room"), Settings()).detectors["stock_balance"]

    assert config.only_here_us[0][0] == 0


def test_a_contract_that_says_nothing_of_stock_changes_no_setting():
    settings = Settings()

    assert under(None, settings) is settings
    assert under(Deal(slot_fee_minor=5), settings) is settings
    without = Settings(without=("stock_balance",))
    assert under(DEAL, without) is without


def test_the_hash_of_the_settings_tells_the_difference():
    assert under(DEAL, Settings()).digest() != Settings().digest()
