"""Rooms are invented here; pop-ups without shoppers behind them are found, honest ones stay silent."""

from functools import partial

import numpy as np
import pytest
from invented_rooms import look, of_acts

from truecrowd.detectors.popup_chain import DETECTOR

examine = partial(look, DETECTOR)


def shoppers(rng, n, prefix="u", *, joined=0.95, clicks=1.0, pops=0.5, orders=0.2, at_s=(0.0, 7_000.0)):
    """Return (account, seconds, type) of viewers; shares say how many are seen joining, click, pop up and order.

    Orders are drawn whether or not the click was recorded: `clicks` below 1 loses clicks, it does not lose buyers.
    """
    rows = []
    for k, start_s in enumerate(rng.uniform(*at_s, n)):
        account = f"{prefix}{k}"
        rows += [(account, start_s, "join")] if rng.random() < joined else []
        click_s = start_s + rng.exponential(60)
        rows += [(account, click_s, "product_click")] if rng.random() < clicks else []
        rows += [(account, click_s + 0.3, "cart_popup")] if rng.random() < pops else []
        rows += [(account, click_s + rng.exponential(90), "order")] if rng.random() < orders else []
    return rows


def bought(rng, n, prefix="f", *, joined=0.0, clicks=0.0, each=1):
    rows = []
    for k in range(n):
        account, start_s = f"{prefix}{k}", rng.uniform(0, 7_000)
        rows += [(account, start_s, "join")] if rng.random() < joined else []
        rows += [(account, start_s + 1, "product_click")] if rng.random() < clicks else []
        rows += [(account, start_s + 2 + 60 * turn, "cart_popup") for turn in range(each)]
    return rows


def without(rows, *kinds):
    return [row for row in rows if row[2] not in kinds]


def n_findings(rows):
    return examine(of_acts(rows)).findings.num_rows


@pytest.mark.parametrize(("n", "found"), [(19, 0), (20, 1)])
def test_twenty_unbacked_accounts_make_a_finding(n, found):
    rng = np.random.default_rng(1)

    assert n_findings(shoppers(rng, 400) + bought(rng, n)) == found


def test_accounts_that_joined_are_found_by_their_orders():
    rng = np.random.default_rng(2)
    room = shoppers(rng, 600, orders=0.3)

    assert n_findings(room + bought(rng, 150, joined=1.0)) == 1
    assert n_findings(room + bought(rng, 15, joined=1.0)) == 0


@pytest.mark.parametrize("seed", range(30))
def test_a_platform_that_makes_popups_from_clicks_is_silent(seed):
    rng = np.random.default_rng(seed)

    assert n_findings(shoppers(rng, 500, pops=1.0, orders=rng.uniform(0.0, 0.4), joined=rng.uniform(0.4, 1.0))) == 0


@pytest.mark.parametrize("seed", range(30))
def test_lost_clicks_are_no_evidence(seed):
    rng = np.random.default_rng(seed)

    assert n_findings(shoppers(rng, 800, pops=1.0, clicks=rng.uniform(0.2, 0.9), orders=rng.uniform(0.05, 0.3))) == 0


def test_buyers_without_a_click_do_not_hide_popups_of_accounts_never_seen():
    rng = np.random.default_rng(20)
    direct = shoppers(rng, 100, "d", joined=1.0, clicks=0.0, pops=1.0, orders=1.0)

    assert n_findings(shoppers(rng, 400) + direct) == 0
    assert n_findings(shoppers(rng, 400) + direct + bought(rng, 60)) == 1


def test_buyers_from_the_shop_page_who_never_join_are_silent():
    rng = np.random.default_rng(21)
    outside = shoppers(rng, 200, "o", joined=0.0, clicks=0.0, pops=1.0, orders=0.1)

    assert n_findings(shoppers(rng, 400) + outside) == 0


def test_a_flash_sale_that_most_miss_is_silent():
    rng = np.random.default_rng(4)
    rush = shoppers(rng, 900, "s", pops=1.0, orders=0.01, at_s=(3_000.0, 3_030.0))

    assert n_findings(shoppers(rng, 300) + rush) == 0


def test_popups_made_by_opening_the_basket_are_silent():
    rng = np.random.default_rng(5)
    basket = shoppers(rng, 700, "b", clicks=0.0, pops=1.0, orders=0.05)

    assert n_findings(shoppers(rng, 700, orders=0.25) + basket) == 0


def test_viewers_who_were_there_before_the_recording_are_silent():
    rng = np.random.default_rng(6)

    assert n_findings(shoppers(rng, 500, joined=0.4, clicks=0.7, pops=1.0)) == 0


def test_orders_of_another_id_space_are_no_missing_orders():
    rng = np.random.default_rng(7)
    room = without(shoppers(rng, 500, clicks=0.5, pops=1.0), "order")
    exported = [(f"buyer{k}", 10.0 * k, "order") for k in range(200)]

    assert n_findings(room + exported) == 0


def test_popups_with_clicks_before_them_are_not_seen():
    rng = np.random.default_rng(8)

    assert n_findings(shoppers(rng, 400) + bought(rng, 100, joined=1.0, clicks=1.0)) == 0


def account_scores(rows):
    scores = examine(of_acts(rows)).scores.to_pylist()
    return {row["subject_id"]: row["score"] for row in scores if row["subject_type"] == "account"}


def test_a_few_accounts_with_many_popups_score_nothing():
    rng = np.random.default_rng(9)

    scores = account_scores(shoppers(rng, 400) + bought(rng, 3, each=80))

    assert scores["f0"] == 0.0  # three accounts may be chance


def test_bought_popups_score_and_shoppers_do_not():
    rng = np.random.default_rng(22)

    scores = account_scores(shoppers(rng, 400) + bought(rng, 40) + bought(rng, 40, "many", joined=1.0, each=6))

    assert min(score for name, score in scores.items() if name.startswith("f")) > 0.5
    assert min(score for name, score in scores.items() if name.startswith("many")) > 0.5
    assert max(score for name, score in scores.items() if name.startswith("u")) == 0.0


@pytest.mark.parametrize("seed", range(10))
def test_lost_clicks_and_late_recordings_score_nothing(seed):
    rng = np.random.default_rng(seed)
    room = shoppers(rng, 500, joined=0.5, clicks=rng.uniform(0.2, 0.9), pops=1.0, orders=rng.uniform(0.1, 0.3))

    assert max(account_scores(room).values()) < 0.3


def test_people_who_look_at_many_products_score_nothing_where_buyers_do_so_too():
    rng = np.random.default_rng(23)
    room = shoppers(rng, 300, pops=1.0, orders=0.3)
    again = [(name, late + 30 * turn, kind) for name, late, kind in room if kind == "cart_popup" for turn in (1, 2, 3)]

    assert max(account_scores(room + again).values()) == 0.0


def test_the_score_of_a_room_does_not_grow_with_its_size():
    small, large = (
        examine(of_acts(shoppers(np.random.default_rng(24), n) + bought(np.random.default_rng(25), n // 4)))
        for n in (400, 1_600)
    )

    (one,), (other,) = (
        [row["score"] for row in seen.scores.to_pylist() if row["subject_type"] == "room"] for seen in (small, large)
    )
    assert other == pytest.approx(one, rel=0.25)


def test_an_order_after_the_popup_backs_it():
    rng = np.random.default_rng(10)
    late = [(f"f{k}", 7_100.0 + k, "order") for k in range(40)]

    assert n_findings(shoppers(rng, 400) + bought(rng, 40)) == 1
    assert n_findings(shoppers(rng, 400) + bought(rng, 40) + late) == 0


def test_a_click_recorded_just_after_its_popup_backs_it():
    rng = np.random.default_rng(11)
    room = shoppers(rng, 300)
    late = [(f"u{k}x", 20.0 * k, "cart_popup") for k in range(60)] + [
        (f"u{k}x", 20.0 * k + 1.5, "product_click") for k in range(60)
    ]

    assert n_findings(room + late) == 0


def test_without_clicks_the_orders_decide():
    rng = np.random.default_rng(12)
    room = without(shoppers(rng, 900, orders=0.2), "product_click")

    faked = examine(of_acts(room + bought(rng, 200, joined=1.0)))

    assert faked.coverage["mode"].to_pylist() == ["orders_only"]
    assert faked.coverage["reason"].to_pylist() == ["no_product_click"]
    assert n_findings(room) == 0


def test_without_orders_accounts_never_seen_decide():
    rng = np.random.default_rng(13)
    room = without(shoppers(rng, 400), "order")

    faked = examine(of_acts(room + bought(rng, 60)))

    assert (faked.coverage["mode"].to_pylist(), faked.findings.num_rows) == (["clicks_only"], 1)
    assert n_findings(room) == 0
    assert n_findings(room + bought(rng, 60, joined=1.0)) == 0


def test_without_joins_the_orders_decide():
    rng = np.random.default_rng(14)
    room = without(shoppers(rng, 600, orders=0.3), "join")

    faked = examine(of_acts(room + bought(rng, 150)))

    assert (faked.coverage["mode"].to_pylist(), faked.findings.num_rows) == (["no_arrivals"], 1)
    assert n_findings(room) == 0


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        (("product_click", "order"), "no_product_click_or_order"),
        (("product_click", "join"), "no_product_click_or_join"),
        (("order", "join"), "no_order_or_join"),
    ],
)
def test_two_missing_types_leave_nothing_to_compare_with(missing, reason):
    rng = np.random.default_rng(15)

    row = examine(of_acts(without(shoppers(rng, 50), *missing))).coverage.to_pylist()[0]

    assert (row["looked"], row["reason"]) == (False, reason)


@pytest.mark.parametrize(
    ("kind", "mode"), [("product_click", "orders_only"), ("order", "clicks_only"), ("join", "no_arrivals")]
)
def test_a_sampled_type_counts_as_missing(kind, mode):
    rng = np.random.default_rng(16)

    row = examine(of_acts(shoppers(rng, 50)), frozenset({("r", kind)})).coverage.to_pylist()[0]

    assert (row["mode"], row["reason"]) == (mode, f"sampled_{kind}")


def test_times_that_are_only_bounds_do_not_tell_before_from_after():
    rng = np.random.default_rng(17)
    backwards = [(f"v{k}", 50.0 * k, kind) for k in range(60) for kind in ("cart_popup",)]
    backwards += [(f"v{k}", 50.0 * k + 900, "product_click") for k in range(60)]

    assert examine(of_acts(shoppers(rng, 300) + backwards, ts_kind="bound")).findings.num_rows == 0


def test_masked_popups_are_not_looked_at():
    rng = np.random.default_rng(18)

    seen = examine(of_acts(shoppers(rng, 50), id_kind="masked"))

    assert (seen.coverage["reason"].to_pylist(), seen.scores.num_rows) == (["masked_ids"], 0)


def test_evidence_begins_with_accounts_never_seen():
    rng = np.random.default_rng(19)
    rows = shoppers(rng, 600, orders=0.3) + bought(rng, 40, "joined", joined=1.0) + bought(rng, 60)

    finding = examine(of_acts(rows)).findings.to_pylist()[0]

    accounts = {f"e{k}": row[0] for k, row in enumerate(rows)}
    assert all(accounts[name].startswith("f") for name in finding["evidence"])
    assert finding["evidence_count"] == 100
