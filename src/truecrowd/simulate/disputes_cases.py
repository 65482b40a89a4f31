"""The eight reference disputes as data: what was published, exact, and how much of the rest is free.

`P` marks a published figure (court, regulator, press), `A` arithmetic on published ones; every other number is free and
drawn, and so are all dates. No case names anybody. What the truth holds where a case left it open (R4, R6) is invented.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final, Literal

BEIJING: Final = timezone(timedelta(hours=8))
Range = tuple[int, int]
"""Least and most of a number that is free."""
Fate = Literal["kept", "early", "moving", "late", "free", "closed", "early_or_closed"]
"""Kept; refunded before shipping, on the way, after delivery, or at either end as the world has it; never paid."""
Clock = Literal["days", "night", "air"]
"""When refunds come: over days, in the night after the broadcast, before its end."""


@dataclass(frozen=True, slots=True)
class Part:
    """Orders of one sort of buyers with one fate.

    Args:
        n: How many; free within a range.
        fate: What becomes of them.
        purse: Whose sum of money they share in (`Case.purses`).
        buyers: Number of buyers; or, for each buyer, the number of orders; 0 is one order each.
        scheme: brushing or organised; empty for ordinary buyers.
        clock: When they are refunded.
        fills: Whether `n` and `buyers` count the parts of the same purse that come before, too.
        rooms: Places of the broadcasts they belong to; all where empty.
    """

    n: int | Range
    fate: Fate
    purse: str
    buyers: int | tuple[int, ...] = 0
    scheme: str = ""
    clock: Clock = "days"
    fills: bool = False
    rooms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Purse:
    """Money of some orders, minor units: `each` so much, exactly so much in `total`, or `about` so much each."""

    kind: Literal["each", "total", "about"]
    minor: int


@dataclass(frozen=True, slots=True)
class Air:
    """One broadcast: its start, its length, and the slot of the product from its start on, seconds."""

    start: datetime
    length_s: float
    slot_s: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Term:
    """One line of the contract file: key, value, and what stands behind it as a remark."""

    key: str
    value: int | str | date | list[str]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One dispute.

    Args:
        key: R1 to R8.
        name: What the contract file calls it.
        air: Its broadcasts.
        parts: Its orders.
        purses: Its money, by name.
        terms: Of the contract, as in the table `deal`.
        shown: Figures of the table `shown`; None is counted from the orders, a range is free.
        lacks: Of buyers, refund_time, shipping: what the export of this case never held.
        n_viewers: Ordinary viewers of one broadcast.
    """

    key: str
    name: str
    air: tuple[Air, ...]
    parts: tuple[Part, ...]
    purses: dict[str, Purse]
    terms: tuple[Term, ...]
    shown: tuple[tuple[str, int | Range | None], ...] = (("orders", None), ("gmv_minor", None))
    lacks: frozenset[str] = frozenset()
    n_viewers: Range = (300, 500)


def _air(year: int, month: int, day: int, hour: int, hours: float, *slot_min: float) -> Air:
    start, end = slot_min or (0.0, hours * 60.0)
    return Air(datetime(year, month, day, hour, tzinfo=BEIJING), hours * 3_600.0, (start * 60.0, end * 60.0))


_R1 = Case(
    key="R1",
    name="the snack-brand case, R1",
    air=(_air(2020, 7, 18, 19, 4.0, 70.0, 78.0),),  # P: four hours, a slot of 7-8 minutes
    parts=(
        Part((20, 60), "free", "all"),
        Part(334, "early", "all", 150, "brushing", fills=True),  # P: at least two thirds of some 500 within days
        Part(166, "kept", "all"),
    ),
    purses={"all": Purse("each", 4_000)},  # P: some 20,000 yuan
    terms=(
        Term("slot_fee_minor", 2_000_000, "20,000.00 yuan (P)"),
        Term("commission_share", "0.20", "P"),
        Term("commission_base", "kept"),
        Term("commission_paid_minor", 400_000, "20 % of what was shown (A)"),
        Term("settlement", date(2020, 7, 20)),
        Term("refund_window_d", 15),
        Term("claim_until", date(2020, 8, 31)),
    ),
)
_R2 = Case(
    key="R2",
    name="guarantee of 2.5 million, R2",
    air=(_air(2021, 11, 20, 18, 4.0 + 52.0 / 60.0, 10.0, 180.0),),  # P: nearly five hours
    parts=(
        Part((20, 60), "early", "back", clock="air"),
        Part((250, 350), "moving", "back", 150, "brushing", "air"),  # P: "some not shipped", so some were
        Part(1_705, "early", "back", 844, "brushing", "air", fills=True),  # P: 85.25 %, 2.02 a buyer
        Part(295, "kept", "left"),
    ),
    purses={
        "left": Purse("total", 25_570_000),  # P: real sales 255,700 yuan
        "back": Purse("total", 147_785_932),  # A: the same 85.25 % of the money
    },
    terms=(
        Term("slot_fee_minor", 25_000_000, "250,000.00 yuan (P)"),
        Term("guarantee_minor", 250_000_000, "2,500,000.00 yuan (P)"),
        Term("guarantee_counts", "kept"),
        Term("guarantee_remedy", "pro_rata", "P"),
        Term("penalty_share", "0.30", "P"),
        Term("penalty_base", "returned"),
        Term("refund_window_d", 15),
    ),
)
_R3 = Case(
    key="R3",
    name="guarantee of 4 million, R3",
    air=(_air(2021, 9, 25, 19, 5.0, 30.0, 240.0),),
    parts=(
        Part((150, 400), "early", "early"),
        Part((9_800, 10_600), "early", "early", 3_100, "brushing", fills=True),
        Part((15, 30), "late", "late"),
        Part((560, 640), "kept", "left"),
    ),
    purses={
        "early": Purse("total", 495_000_000),  # P: 4.95 of 5.25 million yuan cancelled before shipping
        "late": Purse("total", 1_000_000),  # A: what is left of 5.25 - 4.95 - 0.29
        "left": Purse("total", 29_000_000),  # P: real 0.29 million
    },
    terms=(
        Term("slot_fee_minor", 80_000_000, "800,000.00 yuan (P)"),
        Term("commission_share", "0.06", "P: 6 % and, on some goods, 4 %"),
        Term("commission_base", "kept"),
        Term("guarantee_minor", 400_000_000, "4,000,000.00 yuan (P)"),
        Term("guarantee_counts", "kept"),
        Term("guarantee_remedy", "pro_rata", "P"),
        Term("refund_window_d", 15),
    ),
)
_R4 = Case(
    key="R4",
    name="4,300 orders, settled, R4",
    air=(_air(2020, 6, 6, 19, 4.0, 60.0, 100.0),),
    parts=(
        Part((700, 1_100), "free", "all"),
        Part(3_100, "early", "all", 1_900, "brushing", fills=True),  # P: 3,100 of about 4,300 returned
        Part(1_200, "kept", "all"),
    ),
    purses={"all": Purse("about", 6_900)},
    terms=(Term("slot_fee_minor", 20_000_000, "200,000.00 yuan (P)"), Term("refund_window_d", 15)),
    lacks=frozenset({"buyers", "refund_time", "shipping"}),  # what would have decided it
)
_R5 = Case(
    key="R5",
    name="599 shown, 5 real, R5",
    air=(_air(2025, 4, 12, 20, 3.0, 40.0, 60.0),),
    parts=(
        Part(586, "early_or_closed", "all", (141, 165, 135, 145), "brushing"),  # P
        Part(8, "closed", "all"),  # A: 599 - 586 - 5; whose they were is free
        Part(1, "early", "all"),  # P: one of the five real ones came back before shipping
        Part(4, "kept", "all"),
    ),
    purses={"all": Purse("each", 19_900)},  # A: 796 yuan for four
    terms=(
        Term("slot_fee_minor", 3_000_000, "30,000.00 yuan, and 1 % tax beside it (P)"),
        Term("commission_share", "0.15", "P"),
        Term("commission_base", "kept"),
        Term("refund_window_d", 15),
    ),
)
_R6 = Case(
    key="R6",
    name="two accounts with a hundred orders each, R6",
    air=(_air(2025, 2, 22, 19, 4.0, 20.0, 200.0),),
    parts=(
        Part(200, "early", "bulk", (100, 100), "brushing", "night"),  # P: all refunded that night
        Part((60, 110), "free", "all"),
        Part((20, 50), "closed", "all"),
        Part((760, 860), "kept", "all"),  # P: "1,000+ sold"
    ),
    purses={"bulk": Purse("about", 29_900), "all": Purse("about", 14_900)},
    terms=(
        Term("commission_paid_minor", 30_300_000, "303,000.00 yuan, prepaid (P)"),
        Term("guarantee_minor", 105_000_000, "1,050,000.00 yuan in two months (P)"),
        Term("guarantee_counts", "kept"),
        Term("refund_window_d", 15),
    ),
    shown=(("orders", 1_000), ("peak_online", (20_000, 30_000))),  # P
    n_viewers=(2_000, 2_600),
)
_R7 = Case(
    key="R7",
    name="five broadcasts, three without an order, R7",
    air=tuple(_air(2023, 5, day, 20, 2.0, 15.0, 100.0) for day in (6, 8, 10, 13, 15)),  # P: five
    parts=(
        Part((6, 14), "kept", "all", rooms=(1,)),
        Part((15, 30), "kept", "all", rooms=(3,)),
    ),  # P: three sold nothing
    purses={"all": Purse("about", 9_900)},
    terms=(
        Term("slot_fee_minor", 2_500_000, "25,000.00 yuan for five broadcasts (P)"),
        Term("guarantee_minor", 42_000_000, "420,000.00 yuan (P)"),
        Term("guarantee_counts", "kept"),
        Term("guarantee_remedy", "all_or_nothing", "P: the fee was returned"),
        Term("refund_window_d", 15),
    ),
    n_viewers=(120, 200),
)
_R8 = Case(
    key="R8",
    name="23,000 orders promised, R8",
    air=tuple(_air(2022, 8, day, 20, 3.0, 10.0, 160.0) for day in (8, 10, 12, 15, 17, 19)),
    parts=(
        Part((8_500, 10_000), "early", "all", 3_400, "brushing"),  # P: the brushed part came back
        Part((4_500, 6_000), "kept", "all", 0, "organised"),  # P: led in from private groups, against the contract
        Part((500, 900), "free", "all"),
        Part(23_000, "kept", "all", fills=True),  # P: 23,000 orders
    ),
    purses={"all": Purse("about", 5_900)},
    terms=(
        Term("slot_fee_minor", 27_600_000, "prepaid: 60 % (P) of 460,000.00 yuan (free)"),
        Term("channels_barred", ["private_groups"], "P"),
        Term("channels_remedy", "discount", "P"),
        Term("refund_window_d", 15),
    ),
)
CASES: Final[dict[str, Case]] = {case.key: case for case in (_R1, _R2, _R3, _R4, _R5, _R6, _R7, _R8)}
"""Every case by its key."""
VARIANTS: Final = (
    "masked_buyers", "no_refund_time", "no_shipping", "two_exports", "young_refunds", "honest_twin",
)  # fmt: skip
"""What each case is written as besides its base."""
