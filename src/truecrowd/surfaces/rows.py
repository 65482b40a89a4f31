"""People's CSV of the rows behind each figure: run-local buyers, order numbers as they are, formulas disarmed.

UTF-8 with a byte order mark, so that spreadsheets read Chinese; headers in both languages; times in the report's zone.
"""

import io
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from truecrowd.ingest.currencies import digits_of
from truecrowd.surfaces.report.measures import FILES
from truecrowd.surfaces.report.pseudonyms import with_buyers
from truecrowd.surfaces.report.times import zone

FOLDER: Final = "rows"
_HEADS: Final[Mapping[str, str]] = {
    "room_id": "直播间 room", "order_id": "订单号 order", "product_id": "商品 product", "buyer": "买家 buyer",
    "placed": "下单时间 placed", "paid": "付款时间 paid", "shipped": "发货时间 shipped", "delivered": "签收时间 delivered",
    "back": "退款时间 refunded", "is_bound": "退款时间仅为上限 refund time is a bound", "state": "退款时状态 state at refund",
    "currency": "币种 currency", "amount": "下单金额 ordered for", "paid_amount": "实付金额 paid amount",
    "back_amount": "退款金额 refunded amount", "kept_amount": "留存金额 kept amount", "is_final": "已过退货期 past refund window",
    "hours": "付款后小时数 hours after payment", "in_slot": "在坑位时段内付款 paid inside the slot", "end": "下播时间 end of broadcast",
    "hours_after_end": "下播后小时数 hours after the end", "n_placed": "下单数 orders placed", "n_paid": "付款数 orders paid",
    "n_returned": "退单数 orders returned", "share": "占全部下单 share of orders placed", "running": "累计占比 running share",
}  # fmt: skip
_STATES: Final[Mapping[str, str]] = {
    "kept": "留存 kept", "before_shipping": "发货前 before shipping", "on_the_way": "在途 on the way",
    "after_delivery": "签收后 after delivery", "unknown": "不详 not known", "unpaid": "未付款 never paid",
}  # fmt: skip
_FORMULA: Final = r"^[=+\-@\t\r]"
_LONG: Final = r"^\d{12,}$"
"""Order numbers that a spreadsheet would round; shops end them in a tab, and so does this."""


def files_of(orders: pa.Table) -> list[str]:
    """Return the names of the files that there is something to put in, in the order of the figures."""
    has_buyer = orders["buyer"].null_count < orders.num_rows
    return [name for figure, name in FILES.items() if orders.num_rows and (figure not in (2, 3) or has_buyer)]


def rows_of(orders: pa.Table, tz: str, names: Mapping[str, str] | None) -> dict[str, bytes]:
    """Return one CSV a figure, by path inside the folder of an audit.

    Args:
        orders: `engine.order_rows.ORDER_ROWS`.
        tz: Zone of the times.
        names: Names the report gave to accounts; None: real ids were asked for.
    """
    if names is not None:
        orders = orders.set_column(orders.schema.get_field_index("buyer"), "buyer", _renamed(orders["buyer"], names))
    made = {1: _refunds, 2: _returns, 3: _buyers, 4: _sales, 5: _timing}
    wanted = set(files_of(orders))
    return {
        f"{FOLDER}/{name}.csv": _written(made[figure](orders), tz) for figure, name in FILES.items() if name in wanted
    }


def _renamed(buyer: pa.ChunkedArray, names: Mapping[str, str]) -> pa.Array:
    """Return run-local names of buyers: the report's own, then b1, b2 ... by number of orders."""
    counts = pc.value_counts(buyer.drop_null().combine_chunks())
    by_n = sorted(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True), key=_most)
    given = with_buyers(dict(names), [text for text, _n in by_n])
    coded = buyer.combine_chunks().dictionary_encode()
    texts = pa.array([given[text] for text in coded.dictionary.to_pylist()], pa.string())
    return texts.take(coded.indices)


def _most(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


def _refunds(orders: pa.Table) -> pa.Table:
    rows = orders.filter(orders["paid"].is_valid())
    names = ("order_id", "buyer", "room_id", "product_id", "paid", "currency")
    columns = {name: rows[name] for name in names} | {"paid_amount": _money(rows, "paid_minor")}
    columns |= {name: rows[name] for name in ("shipped", "delivered", "back", "is_bound", "state")}
    return pa.table(columns | {"hours": _hours(rows, "paid"), "back_amount": _money(rows, "back_minor")})


def _per_buyer(orders: pa.Table) -> pa.Table:
    rows = orders.filter(orders["buyer"].is_valid()).append_column("one_paid", _ones(orders, "buyer"))
    grouped = rows.append_column("n_returned", rows["is_returned"].cast(pa.int64())).group_by("buyer")
    out = grouped.aggregate([("order_id", "count"), ("one_paid", "sum"), ("n_returned", "sum")])
    return out.rename_columns(
        {"order_id_count": "n_placed", "one_paid_sum": "n_paid", "n_returned_sum": "n_returned", "buyer": "buyer"}
    )


def _ones(orders: pa.Table, needs: str) -> pa.ChunkedArray:
    rows = orders.filter(orders[needs].is_valid())
    return rows["paid"].is_valid().cast(pa.int64())


def _most_first(rows: pa.Table, column: str) -> pa.Table:
    """Return buyers with most first; among equals b2 before b10."""
    keyed = rows.append_column("length", pc.utf8_length(rows["buyer"]))
    return keyed.sort_by([(column, "descending"), ("length", "ascending"), ("buyer", "ascending")])


def _returns(orders: pa.Table) -> pa.Table:
    return _most_first(_per_buyer(orders), "n_returned").select(["buyer", "n_paid", "n_returned"])


def _buyers(orders: pa.Table) -> pa.Table:
    rows = _most_first(_per_buyer(orders), "n_placed").select(["buyer", "n_placed", "n_paid"])
    n = rows["n_placed"].to_numpy()
    share = n / max(int(n.sum()), 1)
    return rows.append_column("share", pa.array(share.round(6))).append_column(
        "running", pa.array(np.cumsum(share).round(6))
    )


def _sales(orders: pa.Table) -> pa.Table:
    columns = {name: orders[name] for name in ("order_id", "buyer", "room_id", "product_id", "placed", "currency")}
    columns |= {"amount": _money(orders, "amount_minor"), "paid_amount": _money(orders, "paid_minor")}
    kept = pc.subtract(orders["paid_minor"], orders["back_minor"])
    kept_amount = _money(orders.append_column("kept_minor", kept), "kept_minor")
    columns |= {"back_amount": _money(orders, "back_minor"), "kept_amount": kept_amount, "is_final": orders["is_final"]}
    return pa.table(columns)


def _timing(orders: pa.Table) -> pa.Table:
    rows = orders.filter(orders["paid"].is_valid())
    columns = {name: rows[name] for name in ("order_id", "room_id", "paid", "in_slot", "end", "back", "is_bound")}
    return pa.table(columns | {"hours_after_end": _hours(rows, "end")})


def _hours(rows: pa.Table, since: str) -> pa.Array:
    """Return the hours from one time to the refund, two digits; null where either is not known."""
    gap = pc.subtract(rows["back"].cast(pa.int64()), rows[since].cast(pa.int64()))
    return pc.round(pc.divide(gap.cast(pa.float64()), 3_600_000_000.0), 2)


def _money(rows: pa.Table, column: str) -> pa.ChunkedArray:
    """Return sums in major units as text, with the digits of their currency, exactly."""
    out = pa.nulls(rows.num_rows, pa.string())
    for currency in pc.unique(rows["currency"]).to_pylist():
        here = (
            pc.fill_null(pc.equal(rows["currency"], currency), fill_value=False)
            if currency
            else rows["currency"].is_null()
        )
        out = pc.if_else(here, _scaled(rows[column], digits_of(currency or "")), out)
    return out


def _scaled(minor: pa.ChunkedArray, digits: int) -> pa.ChunkedArray:
    if not digits:
        return minor.cast(pa.string())
    size = pc.abs(minor)
    whole = pc.divide(size, 10**digits)
    rest = pc.subtract(size, pc.multiply(whole, 10**digits))
    text = pc.binary_join_element_wise(
        whole.cast(pa.string()), pc.utf8_lpad(rest.cast(pa.string()), digits, padding="0"), "."
    )
    return pc.if_else(pc.less(minor, 0), pc.binary_join_element_wise("-", text, ""), text)


def _written(rows: pa.Table, tz: str) -> bytes:
    columns = [_as_people_read(rows[name], name, tz) for name in rows.column_names]
    made = pa.table(columns, names=[_HEADS[name] for name in rows.column_names])
    out = io.BytesIO()
    csv.write_csv(made, out, csv.WriteOptions(quoting_style="needed"))
    return b"\xef\xbb\xbf" + out.getvalue()


def _as_people_read(column: pa.ChunkedArray, name: str, tz: str) -> pa.ChunkedArray | pa.Array:
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _local(column, tz)
    if name == "state":
        coded = column.combine_chunks().dictionary_encode()
        words = [_STATES.get(code, code) for code in coded.dictionary.to_pylist()]
        return pa.array(words, pa.string()).take(coded.indices)
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "是 yes", "否 no")
    if pa.types.is_string(kind) and name not in ("amount", "paid_amount", "back_amount", "kept_amount"):
        return _disarmed(column)
    return column


def _disarmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return text that no spreadsheet takes for a formula or rounds."""
    armed = pc.match_substring_regex(column, _FORMULA)
    out = pc.if_else(armed, pc.binary_join_element_wise("'", column, ""), column)
    is_long = pc.match_substring_regex(column, _LONG)
    return pc.if_else(is_long, pc.binary_join_element_wise(column, "\t", ""), out)


def _local(column: pa.ChunkedArray, tz: str) -> pa.Array:
    """Return times of a zone as text; offsets by the hour from the zone itself, so Arrow needs no zones of its own."""
    utc = column.combine_chunks().cast(pa.int64())
    values = utc.fill_null(0).to_numpy(zero_copy_only=False)
    hours, place = np.unique(values // 3_600_000_000, return_inverse=True)
    zoned = zone(tz)
    shift = np.array([_offset_s(int(hour) * 3600, zoned) for hour in hours.tolist()], np.int64)
    local = pa.array(
        values + shift[place] * 1_000_000, pa.timestamp("us"), mask=utc.is_null().to_numpy(zero_copy_only=False)
    )
    return pc.strftime(local.cast(pa.timestamp("s"), safe=False), "%Y-%m-%d %H:%M:%S")


def _offset_s(epoch_s: int, where: tzinfo) -> float:
    offset = datetime.fromtimestamp(epoch_s, UTC).astimezone(where).utcoffset()
    return 0.0 if offset is None else offset.total_seconds()
