"""Every figure of the brand's audit and every answer it tests, by its code: the one list that tables and docs share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ALL_ROOMS: Final = "*"
"""Stands for the room in rows about all rooms of a contract together."""
SUBSETS: Final = ("all", "without_ordinary")
"""Orders a figure is counted on: all of them, and those without an ordinary reason to come back."""
HORIZONS_H: Final = {"1h": 1, "24h": 24, "72h": 72, "7d": 168, "15d": 360}
"""Ages at which refunds are read off, hours after payment."""
TOPS: Final = {"1": 1, "4": 4, "10": 10}
"""Buyers with most orders whose share is counted, besides the top 1 %."""
MIN_ORDERS: Final = 20
"""Fewest orders of an interval: below it the counts are printed instead (brand-audit.md 2)."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of `kpis`.

    Args:
        zh: Its Chinese name.
        formula: How it is computed, plain text.
        unit: share, money, money_per, orders, buyers, ratio or seconds.
        figure: 1 to 5 for the five figures; None for others.
        basis: counted, estimated or told.
    """

    zh: str
    formula: str
    unit: str = "share"
    figure: int | None = None
    basis: str = "counted"


_KM: Final = "1 - product over f - t <= x of (1 - d / n) (Kaplan-Meier), x = "
_STATES: Final = {
    "back_before_shipping": ("发货前退款占比", "refunded before shipping / P"),
    "back_on_the_way": ("在途退款占比", "refunded between shipping and delivery / P"),
    "back_after_delivery": ("签收后退款占比", "refunded after delivery / P"),
    "back_unknown": ("退款时发货状态未知占比", "refunded, shipping state unknown / P"),
}


def _refunds() -> dict[str, Measure]:
    out = {
        "refunded_share": Measure("已退款占比", "paid orders refunded at T / P", figure=1),
        "refunded_share_money": Measure("已退款金额占比", "refunded money at T / paid money", figure=1),
    }
    for name in HORIZONS_H:
        out[f"refund_{name}"] = Measure(f"付款后{_zh(name)}退款率", _KM + name, figure=1)
        out[f"refund_{name}_money"] = Measure(
            f"付款后{_zh(name)}退款率（按金额）", _KM + name + ", orders weighted by money", figure=1
        )
    for name, (zh, formula) in _STATES.items():
        out[name] = Measure(zh, formula, figure=1)
        out[f"{name}_money"] = Measure(f"{zh}（按金额）", f"{formula}, in money", figure=1)
    return out


def _zh(horizon: str) -> str:
    return horizon.replace("h", "小时").replace("d", "天")


def _concentration() -> dict[str, Measure]:
    out = {}
    for name, zh, symbol in (("placed", "下单", "O"), ("paid", "付款", "P")):
        for top in TOPS:
            out[f"top_{top}_{name}"] = Measure(
                f"前{top}名买家{zh}占比", f"orders of the {top} buyers with most / {symbol}", figure=3
            )
        out[f"top_percent_{name}"] = Measure(
            f"前1%买家{zh}占比", f"orders of the 1 % of buyers with most / {symbol}", figure=3
        )
        out[f"gini_{name}"] = Measure(
            f"{zh}基尼系数", "sum of (2i - n - 1) x_(i) / (n sum of x), x = orders of a buyer", "ratio", 3
        )
        out[f"effective_buyers_{name}"] = Measure(f"{zh}有效买家数", "1 / sum of squared shares of buyers", "buyers", 3)
    return out


_FIGURES: Final[Mapping[str, Measure]] = {
    **_refunds(),
    "returned_per_returning_buyer": Measure("人均退单（退过单的买家）", "sum of r / buyers with r >= 1", "ratio", 2),
    "returned_per_buyer": Measure("人均退单（全部买家）", "sum of r / n", "ratio", 2),
    **_concentration(),
    "kept_sales": Measure("留存成交额", "money of paid orders not refunded at T", "money", 4),
    "guarantee_reach": Measure("保底达成率", "what the guarantee counts / guarantee", "ratio", 4),
    "guarantee_reach_shown": Measure("保底达成率（所示成交额）", "shown sales / guarantee", "ratio", 4, "told"),
    "in_slot": Measure("时段内付款占比", "orders paid inside the slot / P", figure=5),
    "refunded_by_end": Measure("直播结束前退款占比", "paid orders refunded by the end of the broadcast / P", figure=5),
    "refunds_1h_after_end": Measure("结束后1小时内退款占全部退款", "refunds in (E, E + 1 h] / all refunds", figure=5),
    "refunds_6h_after_end": Measure("结束后6小时内退款占全部退款", "refunds in (E, E + 6 h] / all refunds", figure=5),
    "refunds_24h_after_end": Measure(
        "结束后24小时内退款占全部退款", "refunds in (E, E + 24 h] / all refunds", figure=5
    ),
    "refunds_densest_10min": Measure("最密集10分钟退款占比", "most refunds within any 10 min / all refunds", figure=5),
    "refunds_after_settlement": Measure(
        "结算日后退款占比", "refunds after the settlement date / all refunds", figure=5
    ),
}
_KPIS: Final[Mapping[str, Measure]] = {
    "orders_placed": Measure("下单数", "O: distinct orders placed", "orders"),
    "orders_paid": Measure("付款订单数", "P: orders paid", "orders"),
    "orders_kept": Measure("留存订单数", "paid, not refunded at T", "orders"),
    "orders_final": Measure("已过退货期的留存订单数", "kept, T - t beyond the refund window", "orders"),
    "orders_shown": Measure("所示订单数", "as told by the user", "orders", basis="told"),
    "gmv_placed": Measure("成交总额（下单）", "sum of amounts of O", "money"),
    "gmv_paid": Measure("成交总额（付款）", "sum of paid amounts of P", "money"),
    "gmv_shown": Measure("所示成交总额", "as told by the user", "money", basis="told"),
    "net_sales": Measure("退后GMV / 净销售额", "paid money - refunded money at T", "money"),
    "unpaid_share": Measure("下单未支付率", "U / O"),
    "by_merchant_share": Measure("商家取消占比", "paid orders cancelled by merchant or platform / P"),
    "at_least_excess": Measure("至少不能由其他场次解释的占比", "(P_low(B) - Q_high(B)) / (1 - Q_high(B)), B = refunded before shipping within 24 h", basis="estimated"),
    "at_least_repeats": Measure("至少由反复退单构成的占比", "sum of max(0, returned or closed orders of a buyer - c) / O", basis="estimated"),
    "gpm": Measure("千次观看成交额", "GMV x 1000 / views", "money_per"),
    "uv_value": Measure("UV价值", "net sales / distinct viewers", "money_per"),
    "view_to_order": Measure("看播成交转化率", "buyers / viewers"),
    "click_to_order": Measure("点击成交转化率", "buyers / product clickers"),
    "product_click": Measure("商品点击率", "product clickers / viewers"),
    "dwell": Measure("人均观看时长", "watching time / viewers", "seconds"),
    "interaction": Measure("互动率", "accounts that comment, like, gift or share / viewers"),
    "comment": Measure("评论率", "commenting accounts / viewers"),
    "new_fan": Measure("转粉率", "accounts that follow / viewers"),
    "club": Measure("加团率", "accounts that join the fan club / viewers"),
    "slot_fee_return": Measure("坑位费ROI", "net sales / slot fee", "ratio"),
    "slot_fee_return_shown": Measure("坑位费ROI（所示）", "shown sales / slot fee", "ratio", basis="told"),
    "ad_return": Measure("投放ROI", "net sales / ad spend", "ratio"),
    "ad_return_shown": Measure("投放ROI（所示）", "shown sales / ad spend", "ratio", basis="told"),
    "cost_per_kept_order": Measure("单个留存订单成本", "(slot fee + commission due) / kept orders", "money_per"),
    "manufactured_share": Measure("人为制造占比", "share of gmv", basis="estimated"),
    "real_sales": Measure("真实成交额", "net sales x (1 - share of gmv)", "money", basis="estimated"),
}  # fmt: skip
MEASURES: Final[Mapping[str, Measure]] = {**_FIGURES, **_KPIS}
"""By `kpis.measure`, in the order of a report."""

ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "impulse": ("many_single_buyers", "spread_delays", "mixed_amounts", "in_other_rooms"),
    "quality": ("after_delivery", "one_product", "off_air_too", "quality_reasons"),
    "attack": ("few_buyers", "no_room_life", "no_link_to_host", "large_orders"),
    "top_up": ("pair_part_returned",),
    "two_sizes": ("same_product_pair",),
    "reordered": ("reordered_within_30min",),
    "price_error": ("price_error",),
    "out_of_stock": ("out_of_stock",),
    "deposit": ("deposit_unpaid",),
    "bulk_buyer": ("one_bulk_buyer",),
    "gift_order": ("gift_reason",),
}
"""By `answers.answer`, the codes of what would be seen if it were so; the last eight are ordinary and often forgotten."""
ORDINARY: Final = tuple(ANSWERS)[3:]
AGAINST: Final[Mapping[str, tuple[str, ...]]] = {
    "impulse": ("before_shipping_beyond_others", "more_per_buyer_than_chance", "one_shared_delay", "same_buyers_elsewhere"),
    "quality": ("returned_unseen",),
    "attack": ("buyers_live_in_room", "just_over_guarantee", "refunds_wait_for_settlement"),
}  # fmt: skip
"""By answer, the codes of what would speak against it; those seen stand in `answers.params`, key `against`."""
STATES: Final[Mapping[str, str]] = {
    "no_orders": "there is no order",
    "few_orders": "fewer than 20 orders: counts only",
    "no_buyers": "buyers cannot be told apart",
    "named_buyers": "only orders whose buyer can be told apart",
    "no_refunds": "the data records no refunds",
    "none_back": "nothing came back",
    "no_refund_time": "refunds have no time: one point, age unknown",
    "no_shipping": "the data records no shipping",
    "no_payment": "the data records no payments: every order counts as paid when placed",
    "no_contract": "no contract file",
    "no_broadcast": "no end of the broadcast is known",
    "no_slot": "no slot is known",
    "no_settlement": "no settlement date is known",
    "no_guarantee": "the contract has no guarantee",
    "no_shown": "no figure was shown, or it was not told",
    "no_audience": "no viewers are recorded",
    "no_clicks": "no clicks on products are recorded",
    "not_recorded": "events of that kind are not recorded",
    "no_fee": "the contract names no fee",
    "all_rooms": "a sum of the whole contract: see the row of all rooms",
    "by_room": "see the rows of each room",
    "no_leaves": "from first to last action: leaves are not recorded",
    "no_amount": "the data holds no amounts",
    "too_young": "fewer than 20 orders are that old",
    "no_baseline": "no other rooms to compare with",
    "no_share": "the manufactured share is not estimated",
    "not_a_room": "orders outside any broadcast",
}
"""Codes of `kpis.state`: why there is no value, or what it lacks."""
