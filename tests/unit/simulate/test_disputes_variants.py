"""What each variant takes away, and what its twin keeps."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from shop_export import Dispute, Row, at, is_before_shipping, is_kept, is_refunded, is_unpaid, money, rows_of

from truecrowd.simulate import disputes
from truecrowd.simulate.write import write_disputes

CASES = ("R1", "R2", "R5", "R7")
KEYS = tuple(f"R{number}" for number in range(1, 9))
Read = Callable[[str], Dispute]
Twins = dict[str, tuple[list[Row], list[Row]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("variants") / "out"
    write_disputes(disputes(cases=CASES), out)
    return out


@pytest.fixture(params=CASES)
def base(request: pytest.FixtureRequest, folder: Path) -> Dispute:
    return Dispute(folder / request.param)


@pytest.fixture(scope="module")
def twins() -> tuple[Twins, dict[str, object]]:
    """Rows of every case and of its twin, and the twins' truth."""
    found: dict[str, list[list[Row]]] = {}
    truth: dict[str, object] = {}
    for each in disputes(variants=("honest_twin",)).folders():
        found.setdefault(each.case, []).append(rows_of(each.texts["orders.csv"]))
        if each.variant:
            truth[each.case] = each.chunk.truth
    return {case: (rows[0], rows[1]) for case, rows in found.items()}, truth


def without(row: Row, *names: str) -> Row:
    return {name: cell for name, cell in row.items() if name not in names}


def test_masked_buyers_show_first_and_last_digit_and_nothing_else_changes(base: Dispute):
    names = [row["买家会员名"] for row in base.rows]

    rows = base.variant("masked_buyers").rows

    assert [row["买家会员名"] for row in rows] == [f"{name[0]}***{name[-1]}" for name in names]
    assert [without(row, "买家会员名") for row in rows] == [without(row, "买家会员名") for row in base.rows]


def test_without_refund_times_only_their_column_is_missing(base: Dispute):
    assert base.variant("no_refund_time").rows == [without(row, "退款成功时间") for row in base.rows]


def test_without_shipping_only_its_columns_are_missing(base: Dispute):
    assert base.variant("no_shipping").rows == [without(row, "发货时间", "签收时间") for row in base.rows]


def test_two_exports_overlap_and_together_hold_every_order(base: Dispute):
    variant = base.variant("two_exports")
    later, earlier = variant.rows, rows_of((variant.folder / "orders_earlier.csv").read_bytes().decode())

    joined = {row["主订单编号"]: row for row in [*earlier, *later]}

    assert sorted(joined) == sorted(row["主订单编号"] for row in base.rows)
    assert [joined[row["主订单编号"]] for row in base.rows] == base.rows
    assert 0 < len(earlier) + len(later) - len(joined) < len(joined)
    assert max(len(earlier), len(later)) < len(joined)


def test_young_refunds_end_a_day_after_the_last_broadcast(base: Dispute):
    end = max(end for _, end in base.broadcasts) + timedelta(days=1)
    names = ("订单提交时间", "订单付款时间", "发货时间", "签收时间", "订单完成时间", "退款成功时间")

    young = base.variant("young_refunds").rows

    assert all(at(row[name]) <= end for row in young for name in names if row[name])
    later = [row for row in base.rows if row["退款成功时间"] and at(row["退款成功时间"]) > end]
    assert sum(map(is_refunded, young)) == sum(map(is_refunded, base.rows)) - len(later)
    assert [row["主订单编号"] for row in young] == [row["主订单编号"] for row in base.rows]


def test_a_contract_is_the_same_in_every_variant(base: Dispute):
    contracts = {path.read_bytes() for path in base.folder.rglob("deal.toml")}

    assert len(contracts) == 1


def states(rows: list[Row]) -> dict[str, tuple[int, int]]:
    """Orders and money by what became of them."""
    sorts = {"all": lambda _: True, "kept": is_kept, "unpaid": is_unpaid, "back": is_refunded}
    if "发货时间" in rows[0]:
        sorts["before shipping"] = is_before_shipping
    return {
        name: (len(found), money(found))
        for name, test in sorts.items()
        for found in [[row for row in rows if test(row)]]
    }


@pytest.mark.parametrize("key", KEYS)
def test_an_honest_twin_has_the_same_totals(twins: tuple[Twins, dict[str, object]], key: str):
    real, twin = twins[0][key]

    assert states(twin) == states(real)
    assert {row["主订单编号"] for row in twin} & {row["主订单编号"] for row in real} == set()


@pytest.mark.parametrize("key", KEYS)
def test_nothing_in_an_honest_twin_is_manufactured(twins: tuple[Twins, dict[str, object]], key: str):
    truth = twins[1][key]

    assert pc.max(truth["orders"]["label"]).as_py() == 0
    assert pc.max(truth["accounts"]["label"]).as_py() == 0
    assert truth["campaigns"].num_rows == truth["groups"].num_rows == 0
    assert truth["rooms"]["dirty"].unique().to_pylist() == [False]
    assert pc.max(truth["rooms"]["share_orders"]).as_py() == 0.0
    named = {"bulk_buyer", "coupon_top_up", "price_error", "size_swap"}
    assert set(truth["guards"]["guard"].unique().to_pylist()) == named


@pytest.mark.parametrize("key", [key for key in KEYS if key not in ("R4", "R7")])
def test_at_most_one_buyer_of_an_honest_twin_gives_back_more_than_five(
    twins: tuple[Twins, dict[str, object]], key: str
):
    back = Counter(row["买家会员名"] for row in twins[0][key][1] if is_refunded(row))

    assert sum(n > 5 for n in back.values()) <= 1
    assert max(back.values()) > 5


@pytest.mark.parametrize("key", [key for key in KEYS if key != "R7"])
def test_the_reasons_of_an_honest_twin_are_the_ordinary_ones(twins: tuple[Twins, dict[str, object]], key: str):
    said = {row["取消原因"] for row in twins[0][key][1] if is_refunded(row)}

    assert {"满减凑单后退回凑单款", "尺码拍错重拍", "价格标错商家取消", "公司礼品单取消"} <= said


def test_events_of_a_variant_lack_what_its_export_lacks(folder: Path):
    def events(variant: str, *types: str) -> list[dict[str, object]]:
        table = pq.read_table(folder / "R1/variants" / variant / "events.parquet")
        return [row for row in table.to_pylist() if row["event_type"] in types]

    masked = events("masked_buyers", "order", "refund")
    bound = events("no_refund_time", "refund")
    orders = ("order", "payment", "ship", "deliver", "cancel", "refund", "review")
    assert {row["id_kind"] for row in masked} == {"masked"}
    assert {row["account_id"][1:4] for row in masked} == {"***"}
    assert {row["id_kind"] for row in events("masked_buyers", "join")} == {"stable"}
    assert {row["ts_kind"] for row in bound} == {"bound"}
    assert {row["ts"] for row in bound} == {max(row["ts"] for row in events("no_refund_time", *orders))}
    assert events("no_shipping", "ship", "deliver") == []
