"""The reference disputes as a brand holds them: the shop's export and the contract in, the published sums out."""

from pathlib import Path

import pytest

import truecrowd
from truecrowd.simulate import disputes
from truecrowd.simulate.write import write_disputes

PUBLISHED = {
    "R1": {"shown": 2_000_000, "refunded": 1_336_000, "kept": 664_000, "commission_due": 132_800,
           "commission_back": 267_200, "claimed": 267_200, "check": 1_468_800},
    "R2": {"kept": 25_570_000, "fee_back": 22_443_000, "penalty": 44_335_780},
    "R3": {"shown": 525_000_000, "kept": 29_000_000, "fee_back": 74_200_000},
    "R5": {"kept": 79_600, "commission_due": 11_940, "left": 67_660},
    "R7": {"fee_back": 2_500_000, "claimed": 2_500_000},
}  # fmt: skip
"""Sums of brand-audit.md 6 and 7, fen."""
RATIOS = {"R1": ("slot_fee_return", 0.332), "R2": ("guarantee_reach", 0.10228), "R3": ("guarantee_reach", 0.0725)}
LARGE = pytest.mark.slow


def lines(folder: Path, case: str) -> dict[tuple[str, str], dict[str, object]]:
    write_disputes(disputes(cases=(case,), variants=()), folder)
    here = folder / case
    done = truecrowd.audit(here / "orders.csv", contract=here / "deal.toml", tz="Asia/Shanghai")
    return {(row["line"], row["basis"]): row for row in done.tables["money"].to_pylist()}


@pytest.mark.parametrize(
    "case", ["R1", "R5", "R7", pytest.param("R2", marks=LARGE), pytest.param("R3", marks=LARGE)]
)  # fmt: skip
def test_an_export_and_a_contract_come_to_the_published_sums(tmp_path: Path, case: str) -> None:
    seen = lines(tmp_path, case)

    assert {line: seen[line, "counted"]["amount_minor"] for line in PUBLISHED[case]} == PUBLISHED[case]
    if case in RATIOS:
        line, ratio = RATIOS[case]
        assert seen[line, "counted"]["value"] == ratio


def test_without_a_guarantee_what_would_be_is_in_no_sum(tmp_path: Path) -> None:
    seen = lines(tmp_path, "R1")

    assert seen["fee_back", "only_if"]["amount_minor"] == 1_336_000
    assert ("fee_back", "counted") not in seen
    assert seen["claimed", "counted"]["formula"] == "commission_back"


@pytest.mark.slow
def test_private_groups_and_manufactured_orders_are_two_lines(tmp_path: Path) -> None:
    seen = lines(tmp_path, "R8")

    barred, manufactured = seen["channels_barred", "counted"], seen["manufactured", "estimated"]
    shown = seen["shown", "counted"]
    assert (shown["n"], barred["n"] > 4_000) == (23_000, True)
    assert 0 < manufactured["high"] <= shown["amount_minor"] - barred["amount_minor"]
