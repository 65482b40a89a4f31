"""The contract file as a user hands it in: read from a path, said back in words."""

from pathlib import Path

import pytest

from truecrowd.brand.deal import Deal
from truecrowd.errors import ConfigError
from truecrowd.surfaces.contract import read_deal, said_back


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
