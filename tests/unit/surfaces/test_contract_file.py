"""The contract file as a user hands it in: read from a path, said back in words."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import truecrowd
from truecrowd.brand.deal import Deal
from truecrowd.errors import ConfigError
from truecrowd.features.goods import events_table
from truecrowd.surfaces.cli.stages import astray
from truecrowd.surfaces.contract import read_deal, said_back
from truecrowd.surfaces.report.phrases import say


def test_a_file_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    (tmp_path / "deal.toml").write_bytes('\ufeff[deal]\r\nname = "零食"\r\n'.encode())

    assert read_deal(tmp_path / "deal.toml").name == "零食"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "the file cannot be read: no such file or directory\n  where: --contract deal.toml"),
        ('[deal]\nname = "零食"'.encode("gbk"), "the file is not UTF-8 text: byte 16 cannot be read"),
        (b"[deal]\nfee = 5", "'fee' is not a key of a contract file\n  where: deal.toml, [deal]"),
        (b"[deal]" + b"#" * 2_000_000, "characters, wanted 262,144 or fewer"),
    ],
)
def test_a_file_that_is_no_contract_is_refused(tmp_path: Path, data: bytes | None, said: str) -> None:
    if data is not None:
        (tmp_path / "deal.toml").write_bytes(data)

    with pytest.raises(ConfigError) as error:
        read_deal(tmp_path / "deal.toml")

    assert said in str(error.value)


def test_sums_are_said_back_one_a_line_in_both_languages() -> None:
    deal = Deal.parse('[deal]\nslot_fee_minor = 2_000_000\ncommission_share = 0.20\ncommission_base = "kept"')

    assert said_back(deal, "en") == [
        "contract: slot_fee_minor    20,000.00 yuan",
        "contract: commission_share  20 %",
    ]
    assert said_back(deal, "zh") == ["合同：slot_fee_minor    20,000.00元", "合同：commission_share  20%"]


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ('products = ["p1", "p9"]', ["no row names the product p9 of the contract"]),
        (
            "broadcast = [{ start = 2020-07-18T19:00:00Z, end = 2020-07-18T23:00:00Z }]",
            ["no order was placed in the broadcasts of the contract, 1 outside them: are day and zone right?"],
        ),
        ("broadcast = [{ start = 2020-07-18T19:00:00+08:00, end = 2020-07-18T23:00:00+08:00 }]", []),
        ("", []),
    ],
)
def test_a_contract_that_meets_nothing_in_the_data_is_told_of(terms: str, said: list[str]) -> None:
    order = {"room_id": "r", "product_id": "p1", "order_id": "o1", "amount_minor": 1, "event_type": "order"}
    night = events_table([order | {"ts": datetime(2020, 7, 18, 12, tzinfo=UTC)}])

    done = truecrowd.audit(night, contract=Deal.parse(f"[deal]\n{terms}"))

    assert [say(line, "en") for line in astray(done.result)] == said
