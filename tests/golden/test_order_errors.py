"""What a person reads when an order export or a mapping file cannot be used as it is."""

import io
import sys
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from truecrowd.errors import TruecrowdError
from truecrowd.ingest import Limits, Options, read, read_mapping
from truecrowd.ingest.orders.parsing import parse

ORDERS = Path(__file__).parents[1] / "fixtures" / "orders"
DOUDIAN = (ORDERS / "doudian.csv").read_text(encoding="utf-8-sig")
TIKTOK = (ORDERS / "tiktok.csv").read_text(encoding="utf-8")
LEAST = 'name = "mine"\nall = ["No", "When"]\nevent = [{ type = "order", ts = ["When"] }]\n[row]\norder_id = "No"\n'
BEIJING = Options(tz="Asia/Shanghai")
MIXED = DOUDIAN.splitlines()[0] + "".join(
    f"\n{order},{sub},茶,,1,{sub},,{goods},{amount},,,,,,2025-11-12 20:00:00,,,,已完成,-" + "," * 16
    for order, sub, goods, amount in (
        ("1", "a", "1.00", "5.00"), ("1", "b", "2.00", "5.00"), ("2", "c", "1.00", "5.00"), ("2", "d", "2.00", "6.00"),
    )
)  # fmt: skip

EXPORTS = {
    "no zone": (DOUDIAN, Options()),
    "ids that a spreadsheet rounded": (DOUDIAN.replace("690012345678901011", "6.90012E+17"), BEIJING),
    "no currency": ((ORDERS / "woocommerce.csv").read_text(encoding="utf-8"), BEIJING),
    "day or month first": (
        TIKTOK.replace("13/11/", "03/11/").replace("14/11/", "03/11/").replace("16/11/", "03/11/"),
        BEIJING,
    ),
    "amounts of both kinds": (MIXED, BEIJING),
    "more rows than are held": (DOUDIAN, Options(tz="Asia/Shanghai", limits=Limits(order_rows=3))),
    "a settlement alone": ((ORDERS / "doudian_settlement.csv").read_text(encoding="utf-8-sig"), BEIJING),
    "a mapping of another file": (
        DOUDIAN,
        Options(tz="UTC", mapping=parse(LEAST.replace('"No"', '"主订单编号"'), where="m")),
    ),
    "most rows unreadable": (DOUDIAN.replace("2025-11-12 20:", "LEAK "), BEIJING),
}
MAPPINGS = {
    "no TOML": 'name = "x',
    "an unknown key": LEAST + "[raed]\n",
    "an unknown column": LEAST + 'host = "Who"\n',
    "a test that is none": LEAST.replace('["When"] }', '["When"], when = [{ State = 3 }] }'),
    "an unknown base": 'base = "orders_dodian"\n',
    "a pattern RE2 does not read": LEAST + "ip = { col = 'Note', find = '(?<=x)(y)' }\n",
    "dropped and stored at once": LEAST + '[read]\ndrop = ["No"]\n',
}


@pytest.mark.parametrize("name", EXPORTS)
def test_the_message_about_an_export_teaches(name: str, snapshot: SnapshotAssertion) -> None:
    text, options = EXPORTS[name]
    source = io.BytesIO(text.encode())
    source.name = "shop.csv"  # type: ignore[attr-defined]

    with pytest.raises(TruecrowdError) as raised:
        list(read([source], options).batches())

    assert "LEAK" not in str(raised.value)
    assert str(raised.value) == snapshot


@pytest.mark.parametrize("name", MAPPINGS)
def test_the_message_about_a_mapping_teaches(name: str, snapshot: SnapshotAssertion, tmp_path: Path) -> None:
    if name == "no TOML" and sys.version_info >= (3, 14):
        pytest.skip("the parser words it otherwise there")
    (tmp_path / "mine.toml").write_text(MAPPINGS[name], encoding="utf-8")

    with pytest.raises(TruecrowdError) as raised:
        read_mapping(tmp_path / "mine.toml")

    assert raised.value.exit_code == 2
    assert str(raised.value) == snapshot
