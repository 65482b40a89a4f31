"""Every published figure of the eight disputes, counted again from the files as written."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from shop_export import (
    Dispute,
    Row,
    at,
    is_before_shipping,
    is_kept,
    is_refunded,
    is_unpaid,
    minor,
    money,
)

from truecrowd.simulate import disputes
from truecrowd.simulate.write import write_disputes

WORLDS = {"develop": 0, "tune": 11}
Read = Callable[[str], Dispute]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Where the disputes of a world stand; written once, whatever order the tests come in."""
    root = tmp_path_factory.mktemp("disputes")

    def folder(world: str) -> Path:
        if not (root / world).exists():
            write_disputes(disputes(world=world, seed=WORLDS[world], variants=()), root / world)
        return root / world

    return folder


@pytest.fixture(params=WORLDS)
def read(request: pytest.FixtureRequest, written: Callable[[str], Path]) -> Read:
    return lambda key: Dispute(written(request.param) / key)


def buyers(rows: list[Row]) -> Counter[str]:
    return Counter(row["买家会员名"] for row in rows)


def beyond(rows: list[Row], ordinary: int = 5) -> int:
    """Returned or closed orders of each buyer beyond so many, as brand-audit.md 2 (b) counts them."""
    back = buyers([row for row in rows if is_refunded(row) or is_unpaid(row)])
    return sum(max(0, n - ordinary) for n in back.values())


def yuan(share: Fraction, minor_units: int) -> str:
    """A part of a sum of money, rounded once to the fen."""
    fen = round(share * minor_units)
    return f"{fen // 100}.{fen % 100:02d}"


def reach(dispute: Dispute) -> Fraction:
    return Fraction(money([row for row in dispute.rows if is_kept(row)]), dispute.deal["guarantee_minor"])


def test_r1_two_thirds_of_500_orders_of_40_yuan_come_back_within_days(read: Read):
    rows, deal = read("R1").rows, read("R1").deal

    back = [row for row in rows if is_refunded(row)]
    assert (len(rows), len(back)) == (500, 334)
    assert {minor(row["订单应付金额"]) for row in rows} == {4_000}
    assert (money(rows), money(back)) == (2_000_000, 1_336_000)
    assert (deal["slot_fee_minor"], deal["commission_share"], deal["commission_paid_minor"]) == (
        2_000_000,
        0.2,
        400_000,
    )
    early = [row for row in back if is_before_shipping(row)]
    assert max(at(row["退款成功时间"]) - at(row["订单提交时间"]) for row in early) < timedelta(days=5)
    start, end = read("R1").broadcasts[0]
    assert end - start == timedelta(hours=4)
    assert timedelta(minutes=7) <= deal["slot"][0]["end"] - deal["slot"][0]["start"] <= timedelta(minutes=8)


def test_r1_gives_the_claim_of_the_published_calculation(read: Read):
    deal = read("R1").deal

    kept = money([row for row in read("R1").rows if is_kept(row)])
    due = kept // 5
    assert (kept, due, deal["commission_paid_minor"] - due) == (664_000, 132_800, 267_200)
    assert deal["slot_fee_minor"] + due - kept == 1_468_800


def test_r2_refunds_are_85_25_percent_by_844_buyers_inside_the_broadcast(read: Read):
    rows = read("R2").rows

    back = [row for row in rows if is_refunded(row)]
    assert (len(rows), len(back), len(buyers(back))) == (2_000, 1_705, 844)
    assert f"{100 * len(back) / len(rows):.2f} {len(back) / len(buyers(back)):.2f}" == "85.25 2.02"
    start, end = read("R2").broadcasts[0]
    assert timedelta(hours=4.5) < end - start < timedelta(hours=5)
    assert all(start <= at(row["订单提交时间"]) < at(row["退款成功时间"]) <= end for row in back)
    assert {bool(row["签收时间"]) for row in back} == {False}
    assert {bool(row["发货时间"]) for row in back} == {False, True}


def test_r2_real_sales_reach_a_tenth_of_the_guarantee(read: Read):
    dispute = read("R2")

    assert money([row for row in dispute.rows if is_kept(row)]) == 25_570_000
    assert (dispute.deal["slot_fee_minor"], dispute.deal["guarantee_minor"]) == (25_000_000, 250_000_000)
    assert (dispute.deal["guarantee_remedy"], dispute.deal["penalty_share"]) == ("pro_rata", 0.3)
    assert f"{float(100 * reach(dispute)):.2f}" == "10.23"
    assert yuan(1 - reach(dispute), 25_000_000) == "224430.00"


def test_r3_money_cancelled_before_shipping_is_94_29_percent(read: Read):
    dispute, rows = read("R3"), read("R3").rows

    early = money([row for row in rows if is_before_shipping(row)])
    assert (money(rows), early) == (525_000_000, 495_000_000)
    assert dispute.shown["gmv_minor"] == 525_000_000
    assert f"{100 * early / money(rows):.2f}" == "94.29"


def test_r3_real_sales_of_290_000_give_742_000_back(read: Read):
    dispute = read("R3")

    assert money([row for row in dispute.rows if is_kept(row)]) == 29_000_000
    assert (dispute.deal["slot_fee_minor"], dispute.deal["guarantee_minor"]) == (80_000_000, 400_000_000)
    assert (f"{float(100 * reach(dispute)):.2f}", dispute.deal["commission_share"]) == ("7.25", 0.06)
    assert yuan(1 - reach(dispute), 80_000_000) == "742000.00"


def test_r4_returns_are_72_09_percent_and_the_export_cannot_say_whose(read: Read):
    rows = read("R4").rows

    back = [row for row in rows if is_refunded(row)]
    assert (len(rows), len(back), f"{100 * len(back) / len(rows):.2f}") == (4_300, 3_100, "72.09")
    assert {"买家会员名", "退款成功时间", "发货时间", "签收时间"} & set(rows[0]) == set()
    assert read("R4").deal["slot_fee_minor"] == 20_000_000


def test_r5_four_accounts_place_586_of_599_orders(read: Read):
    rows = read("R5").rows

    most = buyers(rows).most_common(4)
    repeated = {name for name, _ in most}
    others = [row for row in rows if row["买家会员名"] not in repeated]
    assert (len(rows), len(buyers(rows)), read("R5").shown["orders"]) == (599, 17, 599)
    assert sorted(n for _, n in most) == [135, 141, 145, 165]
    assert f"{100 * sum(n for _, n in most) / len(rows):.2f}" == "97.83"
    assert all(is_refunded(row) or is_unpaid(row) for row in rows if row["买家会员名"] in repeated)
    real = [row for row in others if not is_unpaid(row)]
    assert (len(others), len(real), sum(is_before_shipping(row) for row in real)) == (13, 5, 1)
    assert f"{beyond(rows) / len(rows):.3f}" == "0.945"


def test_r5_four_kept_orders_are_796_yuan_and_leave_676_60(read: Read):
    dispute = read("R5")

    kept = money([row for row in dispute.rows if is_kept(row)])
    commission = Fraction(str(dispute.deal["commission_share"])) * kept
    assert (sum(map(is_kept, dispute.rows)), kept, commission, kept - commission) == (4, 79_600, 11_940, 67_660)
    assert dispute.deal["slot_fee_minor"] == 3_000_000


def test_r6_two_accounts_with_a_hundred_orders_are_refunded_that_night(read: Read):
    rows, dispute = read("R6").rows, read("R6")

    most = buyers(rows).most_common(3)
    repeated = [row for row in rows if row["买家会员名"] in {name for name, _ in most[:2]}]
    assert [n for _, n in most[:2]] == [100, 100]
    assert most[2][1] <= 5
    end = dispute.broadcasts[0][1]
    assert all(end < at(row["退款成功时间"]) < end + timedelta(hours=6) for row in repeated)
    assert len(rows) > dispute.shown["orders"] == 1_000
    assert beyond(rows) == 190


def test_r6_prepaid_commission_guarantee_and_shown_count_are_those_published(read: Read):
    dispute = read("R6")

    assert (dispute.deal["commission_paid_minor"], dispute.deal["guarantee_minor"]) == (30_300_000, 105_000_000)
    assert 20_000 <= dispute.shown["peak_online"] <= 30_000


def test_r7_three_of_five_broadcasts_sell_nothing(read: Read):
    dispute = read("R7")

    placed = [at(row["订单提交时间"]) for row in dispute.rows]
    n = [sum(start <= each <= end for each in placed) for start, end in dispute.broadcasts]
    assert (len(n), n.count(0), sum(n)) == (5, 3, len(placed))
    assert (dispute.deal["slot_fee_minor"], dispute.deal["guarantee_minor"]) == (2_500_000, 42_000_000)
    assert dispute.deal["guarantee_remedy"] == "all_or_nothing"
    assert reach(dispute) < 1


def test_r8_of_23_000_orders_a_part_came_from_private_groups_and_was_kept(read: Read):
    dispute, rows = read("R8"), read("R8").rows

    led = [row for row in rows if row["流量渠道"] == "私域社群"]
    assert len(rows) == 23_000
    assert len(led) > 4_000
    assert all(is_kept(row) for row in led)
    assert dispute.deal["channels_barred"] == ["private_groups"]
    assert dispute.deal["channels_remedy"] == "discount"
    assert dispute.deal["slot_fee_minor"] * 10 == 46_000_000 * 6


def test_every_key_of_a_contract_is_one_of_the_contract_file(read: Read):
    deal = {
        "name", "currency", "products", "broadcast", "slot", "slot_fee_minor", "commission_share", "commission_base",
        "commission_paid_minor", "settlement", "refund_window_d", "claim_until", "guarantee_minor", "guarantee_counts",
        "guarantee_remedy", "penalty_share", "penalty_base", "channels_barred", "channels_remedy", "stock_scope",
    }  # fmt: skip
    shown = {"orders", "gmv_minor", "viewers", "peak_online"}

    found = [read(f"R{number}").contract for number in range(1, 9)]

    assert all(set(each) == {"deal", "shown"} for each in found)
    assert set().union(*(each["deal"] for each in found)) <= deal
    assert set().union(*(each["shown"] for each in found)) <= shown


@pytest.mark.parametrize("key", ["R1", "R2", "R4", "R5", "R6", "R7"])
def test_times_of_an_order_follow_each_other(read: Read, key: str):
    names = [
        name
        for name in ("订单提交时间", "订单付款时间", "发货时间", "签收时间", "订单完成时间")
        if name in read(key).rows[0]
    ]

    for row in read(key).rows:
        told = [at(row[name]) for name in names if row[name]]
        assert told == sorted(told)
        if row.get("退款成功时间"):
            assert told[-1] < at(row["退款成功时间"])


def test_broadcasts_hold_every_order(read: Read):
    for number in range(1, 9):
        broadcasts = read(f"R{number}").broadcasts
        for row in read(f"R{number}").rows[::7]:
            placed = at(row["订单提交时间"])
            assert any(start <= placed <= end for start, end in broadcasts)


def test_files_name_nobody(read: Read):
    for number in range(1, 9):
        for row in read(f"R{number}").rows[:200]:
            assert (row["收件人"], row["收件人手机号"], row["达人昵称"]) == ("示例收件人", "***", "示例主播")
            assert row["详细地址"].startswith("##")
            assert row["选购商品"].startswith("示例商品")
