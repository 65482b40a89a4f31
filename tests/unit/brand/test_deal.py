"""The contract file: every key is read exactly, nothing is guessed, and a slip is said where it stands."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from truecrowd.brand.deal import Deal, Shown, Span
from truecrowd.errors import ConfigError
from truecrowd.simulate.disputes_cases import CASES
from truecrowd.simulate.disputes_deal import deal_of
from truecrowd.simulate.disputes_orders import orders_of
from truecrowd.simulate.worlds import WORLDS

R1 = """
[deal]
name = "the snack-brand case, R1"
currency = "CNY"
products = []
broadcast = [{ start = 2020-07-18T19:00:00+08:00, end = 2020-07-18T23:00:00+08:00 }]
slot = [{ start = 2020-07-18T20:10:00+08:00, end = 2020-07-18T20:18:00+08:00 }]
slot_fee_minor = 2_000_000
commission_share = 0.20
commission_share_source = "clause 4.2"
commission_base = "kept"
commission_paid_minor = 400_000
settlement = 2020-07-20
refund_window_d = 15
claim_until = 2020-08-31
[shown]
orders = 500
gmv_minor = 2_000_000
ad_spend_minor = 300_000
ad_spend_source = "invoice"
"""


def test_every_key_of_the_example_is_read_exactly() -> None:
    deal = Deal.parse(R1)

    assert deal == Deal(
        name="the snack-brand case, R1",
        broadcast=(Span(datetime(2020, 7, 18, 11, tzinfo=UTC), datetime(2020, 7, 18, 15, tzinfo=UTC)),),
        slot=(Span(datetime(2020, 7, 18, 12, 10, tzinfo=UTC), datetime(2020, 7, 18, 12, 18, tzinfo=UTC)),),
        slot_fee_minor=2_000_000,
        commission_share=Decimal("0.20"),
        commission_base="kept",
        commission_paid_minor=400_000,
        settlement=date(2020, 7, 20),
        refund_window_d=15,
        claim_until=date(2020, 8, 31),
        sources={"commission_share": "clause 4.2", "ad_spend_minor": "invoice"},
        shown=Shown(orders=500, gmv_minor=2_000_000, ad_spend_minor=300_000),
    )


def test_what_is_not_written_is_no_clause() -> None:
    assert Deal.parse("[deal]") == Deal()


def test_a_share_is_a_decimal_and_never_a_float() -> None:
    deal = Deal.parse('[deal]\ncommission_share = 0.1\ncommission_base = "paid"')

    assert deal.commission_share == Decimal("0.1")


def test_windows_sums_and_shares_are_printed_back_in_words() -> None:
    assert Deal.parse(R1).in_words() == [
        (
            "broadcast",
            "2020-07-18 19:00 至 2020-07-18 23:00（+08:00），4小时00分",
            "2020-07-18 19:00 to 2020-07-18 23:00 (+08:00), 4 h 00 min",
        ),
        (
            "slot",
            "2020-07-18 20:10 至 2020-07-18 20:18（+08:00），0小时08分",
            "2020-07-18 20:10 to 2020-07-18 20:18 (+08:00), 0 h 08 min",
        ),
        ("slot_fee_minor", "20,000.00元", "20,000.00 yuan"),
        ("commission_share", "20%", "20 %"),
        ("commission_paid_minor", "4,000.00元", "4,000.00 yuan"),
        ("shown.gmv_minor", "20,000.00元", "20,000.00 yuan"),
        ("shown.ad_spend_minor", "3,000.00元", "3,000.00 yuan"),
    ]


def test_every_contract_the_simulator_writes_is_read() -> None:
    texts = [deal_of(case, orders_of(case, WORLDS["develop"], key), key) for key, case in CASES.items()]

    deals = [Deal.parse(text) for text in texts]

    assert [deal.name[-2:] for deal in deals] == [f"R{number}" for number in range(1, 9)]
    assert deals[7].channels_barred == ("private_groups",)


WRONG = {
    "slot_fee = 5": "'slot_fee' is not a key of a contract file\n  where: deal.toml, [deal]\n"
    "  fix:   write 'slot_fee_minor', or leave it out",
    "slot_fee_minor = 20000.00": "20000.00, wanted a whole number of minor units (fen, cents) of 0 to "
    "1,000,000,000,000,000\n  where: deal.toml, [deal], slot_fee_minor\n  fix:   write 2_000_000 for 20,000.00 yuan",
    "slot_fee_minor = -1": "-1, wanted a whole number of minor units",
    "slot_fee_minor = true": "True, wanted a whole number of minor units",
    'commission_share = 20\ncommission_base = "kept"': "20, wanted a share of 0 to 1\n"
    "  where: deal.toml, [deal], commission_share\n  fix:   write 0.20 for 20 %",
    "commission_share = nan": "NaN, wanted a share of 0 to 1",
    "commission_share = 1e-999999": "1E-999999, wanted at most 12 decimals",
    "commission_share = 0.20": "commission_share says nothing without commission_base, which is missing",
    "penalty_share = 0.30": "penalty_share says nothing without penalty_base",
    'channels_remedy = "exclude"': "channels_remedy says nothing without channels_barred",
    'channels_barred = ["private_groups"]\nchannels_remedy = "exclude"\nchannels_discount_share = 0.5': (
        'channels_discount_share is set, and channels_remedy = "exclude"'
    ),
    'channels_barred = ["private groups"]': 'fix:   write "private_groups"',
    'guarantee_minor = 5\nguarantee_counts = "keep"': "'keep', wanted one of shown, paid, kept, settled",
    'guarantee_minor = 5\nguarantee_counts = "kept"\nguarantee_remedy = "pro_rata"': "slot_fee_minor is missing",
    'guarantee_minor = 0\nguarantee_counts = "kept"': "guarantee_minor = 0 guarantees nothing",
    'commission_share = 0.1\ncommission_base = "settled"': "settlement is missing",
    "settlement = 2020-07-20T10:00:00+08:00": "wanted a date",
    'claim_until = "2020-08-31"': "'2020-08-31', wanted a date",
    "settlement = 0202-07-20": "0202-07-20, wanted a year of 2000 to 2200",
    "broadcast = [{ start = 2020-07-18T19:00:00, end = 2020-07-18T23:00:00 }]": "wanted start with its zone",
    "broadcast = [{ start = 2020-07-18T19:00:00+08:00 }]": "wanted start and end",
    "broadcast = [{ start = 2020-07-18T19:00:00Z, end = 2020-07-18T19:00:00Z }]": "wanted an end after",
    "slot = [{ start = 2020-07-18T19:00:00Z, end = 2020-07-18T20:00:00Z }, "
    "{ start = 2020-07-18T19:30:00Z, end = 2020-07-18T21:00:00Z }]": "two windows overlap",
    "broadcast = [{ start = 2020-07-18T19:00:00Z, end = 2020-07-18T20:00:00Z }]\n"
    "slot = [{ start = 2020-07-18T19:30:00Z, end = 2020-07-18T20:30:00Z }]": "lies outside every broadcast",
    "broadcast = [{ start = 2020-07-18T19:00:00Z, end = 2020-07-18T20:00:00Z }]\n"
    "claim_until = 2019-08-31": "claim_until = 2019-08-31 is before the first broadcast",
    'penalty_source = "clause 9"': "penalty_source says where penalty_share stands, but there is no penalty_share",
    'slot_fee_minor = 5\nslot_fee_source = "a"\nslot_fee_minor_source = "b"': "two keys say where slot_fee_minor stands",
    'currency = "yuan"': "'yuan', wanted an ISO 4217 code",
    "products = [35]": "35, wanted an id between quotation marks",
    'stock_scope = "everywhere"': 'write "room"',
    "x = 1": "is not a key of a contract file",
    f"slot_fee_minor = {'9' * 5000}": "a number too long",
    f"products = {'[' * 3000}": "nested too deeply",
    "slot_fee_minor = ": "not TOML: Invalid value",
}


@pytest.mark.parametrize("line", WRONG, ids=range(len(WRONG)))
def test_a_slip_is_said_where_it_stands(line: str) -> None:
    with pytest.raises(ConfigError) as error:
        Deal.parse(f"[deal]\n{line}\n", where="deal.toml")

    assert WRONG[line] in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("slot_fee_minor = 5\n[deal]", "'slot_fee_minor' stands above every [table]"),
        ("orders = 5\n[deal]", "move it below the line [shown]"),
        ("deal = 5", "deal = 5 is not a table"),
        ("[shown]\norders = 5", "the table [deal] is missing"),
        ("[deal]\n[shows]", "write 'shown', or leave it out"),
        ("[deal]\n[shown]\norders = 5.5", "5.5, wanted a whole number of 0 to"),
        ("[deal]\n" + "#" * 300_000, "wanted 262,144 or fewer"),
    ],
)
def test_a_file_of_another_shape_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        Deal.parse(text, where="deal.toml")

    assert said in str(error.value)


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(ConfigError) as error:
        Deal.parse(f'[deal]\ncurrency = "{"x" * 500}"')

    assert len(str(error.value)) < 300


@pytest.mark.parametrize("name", ["contract-file.md", "contract-file.zh.md"])
def test_the_page_shows_a_contract_that_is_read(name: str) -> None:
    page = Path(__file__).parents[3] / "docs/reference" / name
    text = page.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]

    assert Deal.parse(text).slot_fee_minor == 2_000_000
