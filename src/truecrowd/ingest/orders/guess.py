"""Which column of an unknown order export may mean what: by words of its header in three languages, and by content.

Guesses for a person to check, never used to read a file.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from truecrowd.ingest.delimited import records
from truecrowd.ingest.importer import Sample
from truecrowd.ingest.lines import Block
from truecrowd.ingest.options import Limits
from truecrowd.ingest.orders.headers import fold

_TIME: Final = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*|\d{10}(\d{3}){0,3}", re.DOTALL
)
_MONEY: Final = re.compile(r"[^\d]{0,4}-?\d[\d.,' ]*[^\d]{0,4}")
_POINTS: Final = re.compile(r"[^\d]{0,4}\d{1,3}(\.\d{3})+(,\d+)?[^\d]{0,4}")
_MOST: Final = 0.8
"""Least share of filled cells that must look like what the header says."""
_ROWS: Final = 199
_FEW: Final = 12
_PAID: Final = re.compile(
    "完成|成功|已付|已支付|发货|备货|收货|paid|complete|processing|shipped|delivered|hoànthành|đãgiao|đanggiao"
)
_BACK: Final = re.compile("退款|退货|已退|refund|return|hoàntiền|trảhàng")
_NOT: Final = re.compile("未|待|部分|关闭|取消|中$|partial|cancel|pending|^un|reject|fail|hủy|chờ")
_PRIVATE: Final = re.compile(
    "收件|收货人|姓名|电话|手机|地址|备注|留言|邮编|身份证|支付宝|recipient|receiver|phone|mobile|address|street|zip|postcode|note|"
    "message|comment|billing|shipping(name|city)|email|taxid|điệnthoại|địachỉ|ngườinhận|ghichú|tênngười"
)
"""Headers whose cells name people: they are dropped."""


@dataclass(frozen=True, slots=True)
class Role:
    """One thing a column may mean.

    Args:
        name: Of the role.
        words: Patterns over folded headers, the surest first.
        fits: What its cells look like.
    """

    name: str
    words: tuple[str, ...]
    fits: Callable[[str], object] = bool


def _is_time(cell: str) -> object:
    return _TIME.fullmatch(cell)


def _is_money(cell: str) -> object:
    return _MONEY.fullmatch(cell)


ROLES: Final = (
    Role("order_id", ("主订单", "订单编?号", "^orderid$", "ordern(umber|o)", "orderid", "mãđơnhàng", "^name$", "^id$")),
    Role("line", ("子订单", "lineitemid", "skuid")),
    Role("paid", ("付款.*时间", "支付.*时间", "paid", "paymenttime", "thanhtoán"), _is_time),
    Role("shipped", ("发货时间", "shipped", "fulfilled", "gửihàng"), _is_time),
    Role("delivered", ("签收", "收货时间", "delivered", "giaohàng"), _is_time),
    Role("refunded", ("退款.*时间", "refund.*(time|date|at$)", "hoàntiền"), _is_time),
    Role("cancelled", ("取消.*时间", "关闭.*时间", "cancel.*(time|date|at$)", "hủy"), _is_time),
    Role("placed", ("提交.*时间", "创建.*时间", "下单.*时间", "created", "orderdate", "placed", "ngàyđặt", "时间", "date"), _is_time),
    Role("refund_amount", ("退款金额", "refund.*amount", "amountrefunded"), _is_money),
    Role("amount", ("实付", "实际支付", "应付", "总金额", "订单金额", "ordertotal", "^total$", "orderamount", "tổngsốtiền", "amount", "tổnggiá"), _is_money),
    Role("currency", ("币种", "货币", "currency", "tiềntệ")),
    Role("account_id", ("买家会员", "买家昵称", "买家.*id", "用户id", "buyer", "customer", "ngườimua")),
    Role("host_id", ("达人.*id", "主播.*id", "creator", "hostid", "streamer", "主播", "达人")),
    Role("product_id", ("商品id", "商品编号", "productid", "lineitemsku", "^sku(id|code)?$", "mãsảnphẩm", "skuphânloại")),
    Role("product_title", ("选购商品", "商品名", "宝贝标题", "商品标题", "productname", "lineitemname", "itemname", "tênsảnphẩm")),
    Role("quantity", ("数量", "quantity", "^qty", "sốlượng"), _is_money),
    Role("after", ("售后状态", "退款状态", "refundstatus", "returnstatus", "trảhàng")),
    Role("status", ("订单状态", "orderstatus", "financialstatus", "^status", "trạngthái", "状态")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guessed:
    """What the columns of an export may mean.

    Args:
        columns: Header by role; roles without a column are absent.
        statuses: The values of the columns of status, by header.
        private: Headers that name people.
        paid, back: Those of them that seem to say that an order was paid; that all its money went back.
        has_points: Whether thousands are parted by points, as in Vietnam or Indonesia.
        header: All headers.
    """

    columns: Mapping[str, str]
    statuses: Mapping[str, tuple[str, ...]]
    paid: tuple[str, ...]
    back: tuple[str, ...]
    private: tuple[str, ...]
    has_points: bool
    header: tuple[str, ...]


def guess(sample: Sample) -> Guessed | None:
    """Return what an unknown table may be; None where no column looks like an order's id beside a time."""
    header, rows = sample.header, _rows(sample)
    cells = {name: [row[at].strip("\t' ") for row in rows if at < len(row)] for at, name in enumerate(header)}
    found: dict[str, str] = {}
    for role in ROLES:
        name = _column(role, header, cells, set(found.values()))
        if name is not None:
            found[role.name] = name
    if "order_id" not in found or "placed" not in found:
        return None
    private = tuple(name for name in header if _PRIVATE.search(fold(name)) and name not in found.values())
    statuses = {
        found[role]: tuple(sorted({cell for cell in cells[found[role]] if cell})[:_FEW])
        for role in ("status", "after") if role in found
    }  # fmt: skip
    seen = list(dict.fromkeys(text for values in statuses.values() for text in values))
    back = tuple(text for text in seen if _BACK.search(fold(text)) and not _NOT.search(fold(text)))
    paid = tuple(text for text in seen if _PAID.search(fold(text)) and not _NOT.search(fold(text)) and text not in back)
    amounts = [cell for cell in cells.get(found.get("amount", ""), []) if cell]
    has_points = bool(amounts) and sum(bool(_POINTS.fullmatch(cell)) for cell in amounts) >= _MOST * len(amounts)
    return Guessed(found, statuses, paid, back, private, has_points, header)


def _column(role: Role, header: Sequence[str], cells: Mapping[str, list[str]], taken: set[str]) -> str | None:
    for word in role.words:
        for name in header:
            if name in taken or not re.search(word, fold(name)) or (role.fits is bool and _PRIVATE.search(fold(name))):
                continue
            filled = [cell for cell in cells[name] if cell]
            if role.fits is bool or sum(bool(role.fits(cell)) for cell in filled) >= _MOST * len(filled):
                return name
    return None


def _rows(sample: Sample) -> list[list[str]]:
    text = "\n".join(sample.text.split("\n")[: _ROWS + 1])
    block = Block(text.encode("utf-8", "replace"), 1)
    found = list(records([block], sample.delimiter or ",", Limits()))
    return [[cell or "" for cell in record.cells] for record in found[1:] if not record.fault]
