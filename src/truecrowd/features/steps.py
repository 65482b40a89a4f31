"""Steps of orders, collected slice by slice: placed, paid, shipped, delivered, cancelled, refunded.

Two states that merge in any order: lines (wide, one row an `order` event) and steps (narrow, one row for each other
event of an order). All of a row is key, so an event read twice is one row. A million orders of five events take some
230 MB.
"""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.features.state import Layout
from truecrowd.features.view import TYPE_CODES, View

TYPES: Final = ("order", "payment", "ship", "deliver", "cancel", "refund")
ORDER, PAYMENT, SHIP, DELIVER, CANCEL, REFUND = (TYPE_CODES[name] for name in TYPES)
READS: Final = frozenset({
    "event_id", "ts", "event_type", "room_id", "id_kind", "ts_kind", "account_id", "order_id", "product_id", "amount_minor",
    "currency", "quantity", "ship_hash", "traffic_source", "text",
})  # fmt: skip
"""Columns of EVENTS that orders are made of."""

LINES: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("order_id", "i4"), ("ts", "i8"), ("event_id", "u8"), ("account_id", "i4"), ("id_kind", "i1"),
        ("ts_kind", "i1"), ("product_id", "i4"), ("amount", "i8"), ("currency", "i4"), ("quantity", "i4"),
        ("ship_hash", "i4"), ("traffic_source", "i4"),
    ]),
    key=(
        "room_id", "order_id", "ts", "event_id", "account_id", "id_kind", "ts_kind", "product_id", "amount", "currency",
        "quantity", "ship_hash", "traffic_source",
    ),
    how={},
)  # fmt: skip
STEPS: Final = Layout(
    np.dtype([
        ("room_id", "i4"), ("order_id", "i4"), ("event_type", "i1"), ("ts", "i8"), ("event_id", "u8"), ("amount", "i8"),
        ("ts_kind", "i1"), ("reason", "i1"), ("product_id", "i4"),
    ]),
    key=("room_id", "order_id", "event_type", "ts", "event_id", "amount", "ts_kind", "reason", "product_id"),
    how={},
)  # fmt: skip

REASONS: Final = (
    "", "out_of_stock", "price_error", "quality", "size", "top_up", "mistake", "bulk", "deposit",
)  # fmt: skip
"""What a shop's list of reasons is told apart into; "" is none, or another one. Texts themselves are not kept."""
BY_MERCHANT: Final = tuple(REASONS.index(name) for name in ("out_of_stock", "price_error"))
"""Reasons that are the merchant's or the platform's own: such an order was taken back by nobody who bought it."""
_WORDS: Final = {
    "price_error": r"价格标错|标错价|价格错误|price error|wrong price|pricing error",
    "top_up": r"凑单|满减|coupon|top.?up",
    "size": r"尺码|尺寸|\bsize|does ?n.t fit",
    "quality": r"质量|破损|变质|瑕疵|与描述不符|quality|defect|damaged|broken|not as described",
    "deposit": r"定金|尾款|预售|deposit|pre.?sale",
    "bulk": r"礼品单|团购单|企业采购|公司采购|gift order|corporate|company order",
    "mistake": r"拍错|多拍|错拍|地址错|地址填错|信息填错|重拍|by mistake|wrong address|duplicate|ordered twice",
    "out_of_stock": r"缺货|无货|库存不足|商家取消|卖家取消|out of stock|cancell?ed by (the )?(seller|merchant)",
}
"""Words of each reason, Chinese and English, lower case; where several match the first one here counts."""


def lines_of(view: View) -> np.ndarray:
    """Return `LINES` rows of one slice: its `order` events that have an order id."""
    view = view.where(view.is_type("order") & (view["order_id"] >= 0))
    same = (
        "room_id",
        "order_id",
        "ts",
        "event_id",
        "account_id",
        "product_id",
        "currency",
        "ship_hash",
        "traffic_source",
    )
    pieces = np.maximum(view["quantity"], 1)  # null, zero and less: at least one
    return LINES.rows(
        {name: view[name] for name in same}
        | {"id_kind": view["id_kind"], "ts_kind": np.maximum(view["ts_kind"], 0)}
        | {"amount": view["amount_minor"], "quantity": np.minimum(pieces, np.iinfo(np.int32).max)}
    )


def steps_of(view: View) -> np.ndarray:
    """Return `STEPS` rows of one slice: what happened to orders after they were placed."""
    view = view.where(view.is_type(*TYPES[1:]) & (view["order_id"] >= 0))
    same = ("room_id", "order_id", "event_type", "ts", "event_id", "product_id")
    return STEPS.rows(
        {name: view[name] for name in same}
        | {"amount": view["amount_minor"], "ts_kind": np.maximum(view["ts_kind"], 0), "reason": _reasons(view)}
    )


def _reasons(view: View) -> np.ndarray:
    """Return shape (n,), places in `REASONS`, from the reason an export gives with a cancellation or a refund."""
    if view.texts is None or len(view) == 0:
        return np.zeros(len(view), np.int8)
    words = view.texts.cast(pa.string()).dictionary_encode()
    texts = words.dictionary
    found = np.zeros(len(texts) + 1, np.int8)  # the last one: no text
    for name in reversed(_WORDS):
        hits = pc.match_substring_regex(pc.utf8_lower(texts), _WORDS[name]).to_numpy(zero_copy_only=False)
        found[:-1][hits] = REASONS.index(name)
    codes = words.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    return np.asarray(np.where(view.is_type("cancel", "refund"), found[codes], 0).astype(np.int8))
