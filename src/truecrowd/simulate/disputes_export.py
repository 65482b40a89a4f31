"""Orders -> the table a Chinese shop's back end exports, as CSV text.

The first 31 columns are those of a recorded header row; behind them stand the buyer's name, and the times of payment,
delivery and refund, which other exports of the same kind have. Names of people are placeholders, addresses ciphertext.
"""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.simulate import ids
from truecrowd.simulate.disputes_orders import REASONS, Orders
from truecrowd.simulate.kinds import F64, I64, U64, Bool

BUYER, PAID, SHIPPED, DELIVERED, REFUNDED = "买家会员名", "订单付款时间", "发货时间", "签收时间", "退款成功时间"
HIDDEN: Final[dict[str, tuple[str, ...]]] = {
    "buyers": (BUYER,),
    "refund_time": (REFUNDED,),
    "shipping": (SHIPPED, DELIVERED),
}
"""Columns an export lacks, by what it lacks."""
CHANNELS: Final = ("推荐feed", "私域社群")
"""Where an ordinary buyer, and one led in from a private group, came from."""
N_PRODUCTS: Final = 3
_BEIJING_S: Final = 8 * 3_600
_LIST_STEP: Final = 1_000
_SPAN, _FIRST = 10**17, 6 * 10**17
"""Of the numbers of orders: they have eighteen digits, as a shop's do."""
_BOM: Final = "\ufeff"


def exported(orders: Orders, accounts: U64, is_led: Bool, root: str, hides: frozenset[str], *, is_masked: bool) -> str:
    """Return the export as text: a byte order mark, a header row, one row per order, lines that end in CR LF.

    Args:
        orders: Rows, in this order.
        accounts: By place of the buyer, the buyer's id.
        is_led: Which orders came from private groups.
        root: Key of the ids of host and products.
        hides: Of `HIDDEN`.
        is_masked: Whether buyers are shown as first digit, stars, last digit.
    """
    buyer = ids.text(accounts[orders.buyer])
    columns = _goods(orders, root) | _money(orders) | _times(orders) | _source(is_led, root)
    columns[BUYER] = masked(buyer) if is_masked else buyer
    gone = {name for what in hides for name in HIDDEN[what]}
    names = [name for name in _COLUMNS if name not in gone]
    lines = pc.binary_join_element_wise(*(_filled(columns.get(name, ""), len(orders)) for name in names), ",")
    return _BOM + "\r\n".join([",".join(names), *lines.to_pylist(), ""])


def masked(buyers: pa.Array) -> pa.Array:
    """Return ids as many shops show them; many buyers look alike, so nothing may be grouped by it."""
    first, last = pc.utf8_slice_codeunits(buyers, 0, 1), pc.utf8_slice_codeunits(buyers, -1)
    return pc.binary_join_element_wise(first, "***", last, "")


def numbers(orders: Orders) -> pa.Array:
    """Return the shop's numbers of orders, eighteen digits each."""
    return pa.array((_FIRST + orders.id % np.uint64(_SPAN)).astype(np.int64)).cast(pa.string())


def yuan(minor: I64) -> pa.Array:
    """Return money in yuan as text with two decimals.

    >>> yuan(np.array([5, 79_600])).to_pylist()
    ['0.05', '796.00']
    """
    whole, part = (pa.array(each).cast(pa.string()) for each in np.divmod(minor, 100))
    return pc.binary_join_element_wise(whole, pc.utf8_lpad(part, 2, "0"), ".")


def titles() -> tuple[str, ...]:
    """Return what the products are called."""
    return tuple(f"示例商品 {number} 号" for number in range(1, N_PRODUCTS + 1))


def _filled(column: pa.Array | str, n: int) -> pa.Array:
    return pa.repeat(pa.scalar(column), n) if isinstance(column, str) else pc.fill_null(column, "")


def _goods(orders: Orders, root: str) -> dict[str, pa.Array | str]:
    number = pc.binary_join_element_wise(numbers(orders), "\t", "")  # the tab keeps spreadsheets from rounding it
    product = pa.array(orders.product)
    return {
        "主订单编号": number,
        "子订单编号": number,
        "选购商品": pa.array(titles()).take(product),
        "商品规格": "默认",
        "商品数量": "1",
        "商品ID": ids.text(ids.numbers(f"{root}/product", N_PRODUCTS)).take(product),
        "收件人": "示例收件人",
        "收件人手机号": "***",
        "详细地址": pc.binary_join_element_wise("##", ids.text(ids.hashed(orders.id, "address")), ""),
        "支付方式": "示例支付",
    }


def _money(orders: Orders) -> dict[str, pa.Array | str]:
    listed = -(-orders.amount // _LIST_STEP) * _LIST_STEP
    back = np.where(np.isfinite(orders.refunded_s), orders.amount, 0)
    income = np.where(np.isfinite(orders.paid_s), orders.amount, 0) - back
    return {
        "商品金额": yuan(listed),
        "订单应付金额": yuan(orders.amount),
        "商家收入金额": yuan(income),
        "运费": "0.00",
        "平台实际承担优惠金额": "0.00",
        "商家实际承担优惠金额": yuan(listed - orders.amount),
        "达人实际承担优惠金额": "0.00",
        "退款金额": yuan(back),
    }


def _times(orders: Orders) -> dict[str, pa.Array | str]:
    is_back, is_closed = np.isfinite(orders.refunded_s), np.isfinite(orders.closed_s)
    state = np.select(
        [is_back | is_closed, np.isfinite(orders.done_s), np.isfinite(orders.shipped_s), np.isfinite(orders.paid_s)],
        [0, 1, 2, 3],
        4,
    )
    return {
        "订单提交时间": _clock(orders.placed_s),
        PAID: _clock(orders.paid_s),
        SHIPPED: _clock(orders.shipped_s),
        DELIVERED: _clock(orders.delivered_s),
        "订单完成时间": _clock(orders.done_s),
        REFUNDED: _clock(orders.refunded_s),
        "订单状态": pa.array(["已关闭", "已完成", "已发货", "备货中", "待支付"]).take(pa.array(state)),
        "售后状态": pa.array(["-", "退款成功"]).take(pa.array(is_back.astype(np.int64))),
        "取消原因": pa.array(REASONS).take(pa.array(orders.reason)),
    }


def _source(is_led: Bool, root: str) -> dict[str, pa.Array | str]:
    return {
        "达人ID": ids.one(f"{root}/host"),
        "达人昵称": "示例主播",
        "流量体裁": "直播",
        "流量渠道": pa.array(CHANNELS).take(pa.array(is_led.astype(np.int64))),
    }


def _clock(at_s: F64) -> pa.Array:
    known = np.isfinite(at_s)
    local = np.where(known, at_s, 0.0).astype(np.int64) + _BEIJING_S
    return pc.strftime(pa.array(local, mask=~known).cast(pa.timestamp("s")), format="%Y-%m-%d %H:%M:%S")


_COLUMNS: Final = (
    "主订单编号", "子订单编号", "选购商品", "商品规格", "商品数量", "商品ID", "商家编码", "商品金额", "订单应付金额", "商家收入金额",
    "运费", "收件人", "收件人手机号", "详细地址", "订单提交时间", "支付方式", "商家备注", "订单完成时间", "订单状态", "售后状态",
    "取消原因", SHIPPED, "平台实际承担优惠金额", "商家实际承担优惠金额", "达人实际承担优惠金额", "达人ID", "达人昵称", "流量体裁",
    "流量渠道", "流量来源", "流量类型", BUYER, PAID, DELIVERED, REFUNDED, "退款金额",
)  # fmt: skip
