"""The table of promises: kept and broken ones alike, with the events that show it."""

import pyarrow as pa
import pytest

from truecrowd.brand.promises import promises_table
from truecrowd.detectors.broken_promise import DETECTOR
from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.features.goods import events_table

START_US = 1_785_000_007_123_457
Row = dict[str, object]


def at(second: float, event_type: str, **more: object) -> Row:
    base = {"room_id": "r1", "product_id": "p1", "host_id": "h1", "event_type": event_type}
    return base | {"ts": START_US + round(second * 1e6)} | more


def sold(*seconds: float, price: int = 9_900) -> list[Row]:
    rows = []
    for number, second in enumerate(seconds):
        one = {"order_id": f"o{number}", "amount_minor": price, "quantity": 1}
        rows += [at(second, "order", **one), at(second + 3, "payment", **one)]
    return rows


def promises(*rows: Row) -> list[dict[str, object]]:
    observed = observe_all([events_table(list(rows))], Settings(threads=1), detectors=[DETECTOR])
    said = [one for *_, seen in observed.seen for one in seen.promises]
    return promises_table(said, observed.facts, observed.ids.of).to_pylist()


def states(*rows: Row) -> list[tuple[object, object, object]]:
    return [(one["claim"], one["state"], one["is_broken"]) for one in promises(*rows)]


LAST_WORD = at(4_000, "claim", text="谢谢大家")
PRICE = at(1, "price", amount_minor=9_900)


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        ([PRICE, at(5, "claim", text="限时5分钟"), at(300, "price", amount_minor=19_900)], ("time 300 s", "kept", False)),
        (
            [PRICE, at(5, "claim", text="限时5分钟"), at(200, "claim", text="再延长5分钟"), at(600, "price", amount_minor=19_900)],
            ("time 300 s", "extended", False),
        ),
        ([PRICE, at(5, "claim", text="限时5分钟"), *sold(500)], ("time 300 s", "broken", True)),
        ([PRICE, at(3_900, "claim", text="限时5分钟")], ("time 300 s", "open", None)),
        ([at(5, "claim", text="限时5分钟")], ("time 300 s", "cannot_tell", None)),
        ([at(5, "claim", text="last 2 pieces"), *sold(20, 40)], ("quantity 2 pieces", "kept", False)),
        ([at(5, "claim", text="last 2 pieces"), *sold(20, 40, 60)], ("quantity 2 pieces", "broken", True)),
        ([at(5, "claim", text="全网最低价")], ("untested", "cannot_tell", None)),
    ],
)  # fmt: skip
def test_every_promise_is_listed_with_what_became_of_it(rows: list[Row], state: tuple[object, ...]) -> None:
    assert states(*rows, LAST_WORD) == [state]


def test_the_claim_comes_first_and_what_speaks_against_it_behind() -> None:
    rows = [PRICE, at(5, "claim", text="只剩一件"), *sold(20, 40)]

    (one,) = promises(*rows)

    assert one["event_ids"] == ["e0001", "e0004"]
    assert (one["n_over"], one["reason"], one["is_exact"], one["number"]) == (1, "sold_beyond", True, 1)
    assert one["deadline"] is None


def test_a_deadline_counts_announced_extensions_in() -> None:
    (one,) = promises(PRICE, at(5, "claim", text="限时5分钟"), at(200, "claim", text="再延长5分钟"), LAST_WORD)

    seconds = (one["deadline"] - one["ts"]).total_seconds()
    assert (seconds, one["n_extensions"], one["price_minor"]) == (600.0, 1, 9_900)


def test_a_claim_about_no_product_is_listed_as_one_that_cannot_be_told() -> None:
    rows = [at(5, "claim", text="限时5分钟", product_id=None), at(6, "claim", text="只剩一件"), *sold(20)]

    assert [(one["product_id"], one["reason"]) for one in promises(*rows)] == [(None, "no_product"), ("p1", "kept")]


@pytest.mark.parametrize("text", ["限时999999999999万小时", "last 999999999999 hours", "仅剩999999999999万件"])
def test_a_number_beyond_all_time_breaks_nothing(text: str) -> None:
    assert all(one["state"] != "broken" for one in promises(PRICE, at(5, "claim", text=text), *sold(20), LAST_WORD))


def test_without_claims_the_table_is_empty() -> None:
    assert promises(PRICE, *sold(20)) == []
    assert pa.types.is_list(promises_table([], None, list).schema.field("event_ids").type)  # type: ignore[arg-type]
