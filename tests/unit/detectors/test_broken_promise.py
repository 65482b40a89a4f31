"""Where a promise flips from kept to broken, and the honest offers nearest to a breach."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truecrowd.detectors import broken_promise
from truecrowd.detectors.broken_promise import DETECTOR, Config, Promise, promises
from truecrowd.engine.run import Observed, observe_all
from truecrowd.engine.settings import Settings
from truecrowd.features.goods import events_table
from truecrowd.features.returns import title_likeness

START_US = 1_785_000_007_123_457
HOUR = 3_600
Row = dict[str, object]


def at(second: float, event_type: str, **more: object) -> Row:
    base = {"room_id": "r1", "host_id": "h1", "product_id": "p1", "event_type": event_type}
    return base | {"ts": START_US + round(second * 1e6)} | more


def claim(second: float, text: str, **more: object) -> Row:
    return at(second, "claim", text=text, **more)


def price(second: float, minor: int, **more: object) -> Row:
    return at(second, "price", amount_minor=minor, **more)


def stock(second: float, value: float, **more: object) -> Row:
    return at(second, "stock", value=value, **more)


def order(second: float, number: int, minor: int = 9_900, n: int = 1, **more: object) -> list[Row]:
    row = at(second, "order", order_id=f"o{number}", quantity=n, amount_minor=minor * n, **more)
    return [row, row | {"event_type": "payment", "ts": int(str(row["ts"])) + 3_000_000}]


def see(*rows: Row | list[Row]) -> Observed:
    flat = [one for row in rows for one in (row if isinstance(row, list) else [row])]
    return observe_all([events_table(flat)], Settings(threads=1), detectors=[DETECTOR])


def found(*rows: Row | list[Row]) -> list[tuple[str, bool]]:
    texts = see(*rows).findings["params"].to_pylist()
    return [(params["reason"], params["is_exact"]) for params in map(json.loads, texts)]


def scores(*rows: Row | list[Row], of: str = "claim") -> list[float]:
    return [row["score"] for row in see(*rows).scores.to_pylist() if row["subject_type"] == of]


FIVE_MINUTES = [price(0, 9_900), claim(10, "只维持5分钟"), *order(20, 0)]


def test_an_order_at_the_price_after_grace_breaks_a_time_promise():
    assert found(*FIVE_MINUTES, order(370, 1)) == []
    assert found(*FIVE_MINUTES, order(370.1, 1)) == [("price_stays", True)]


def test_evidence_is_the_claim_then_what_breaks_it():
    seen = see(*FIVE_MINUTES, order(400, 1), order(500, 2))

    assert seen.findings["evidence"].to_pylist() == [["e0001", "e0004", "e0006"]]
    assert json.loads(seen.findings["params"][0].as_py())["n_orders_after"] == 1


def test_a_price_that_changes_in_time_keeps_it():
    assert scores(*FIVE_MINUTES, price(360, 19_900), order(400, 1, 19_900)) == [0.0]


def test_an_order_at_another_price_is_no_evidence():
    assert found(*FIVE_MINUTES, order(400, 1, 9_800)) == []


def test_the_same_price_set_again_breaks_it_without_orders():
    assert found(*FIVE_MINUTES, price(400, 9_900)) == [("price_stays", True)]


def test_stock_alone_after_the_deadline_is_not_exact():
    assert found(*FIVE_MINUTES, stock(400, 30)) == [("price_stays", False)]


def test_a_price_that_goes_back_late_is_watched_not_exact():
    assert found(*FIVE_MINUTES, order(400, 1), price(660, 19_900)) == [("price_back_late", False)]
    assert found(*FIVE_MINUTES, order(400, 1), price(680, 19_900)) == [("price_stays", True)]


def test_an_extension_said_before_it_is_due_is_extended_and_no_finding():
    extended = [*FIVE_MINUTES, claim(300, "再延长5分钟")]

    assert found(*extended, order(400, 1), price(620, 19_900)) == []
    assert scores(*extended, order(400, 1), price(620, 19_900)) == [0.5]


def test_an_extension_said_too_late_does_not_help():
    assert found(*FIVE_MINUTES, claim(330, "再延长5分钟"), order(400, 1)) == [("price_stays", True)]


def test_an_extended_promise_can_still_be_broken():
    assert found(*FIVE_MINUTES, claim(300, "5 more minutes"), order(700, 1)) == [("price_stays", True)]


def test_the_third_extension_is_a_reason_of_its_own_and_milder():
    rows = [*FIVE_MINUTES, *(claim(100 * k, "再延长5分钟") for k in (1, 2, 3)), price(1_200, 19_900)]

    assert found(*rows) == [("repeated_extension", False)]
    assert scores(*rows) == [0.75]


def test_a_deadline_after_the_end_of_the_record_is_open():
    assert scores(*FIVE_MINUTES) == [0.0]


def test_last_pieces_hold_until_one_more_is_sold():
    rows = [claim(0, "最后3单"), *(row for k in range(3) for row in order(20 + k, k))]

    assert found(*rows) == []
    assert found(*rows, order(40, 9)) == [("sold_beyond", True)]


def test_an_unpaid_order_gives_a_piece_back():
    unpaid = order(-50, 8)[:1]
    rows = [claim(0, "最后1单"), *unpaid, *order(20, 1)]

    assert found(*rows, order(40, 2)) == []
    assert found(*rows, order(40, 2), order(41, 3)) == [("sold_beyond", True)]


def test_an_announced_restock_ends_a_quantity():
    rows = [claim(0, "最后1单"), *order(20, 1), *order(70, 2)]

    assert found(*rows, claim(100, "再加50单")) == []
    assert found(*rows) == [("sold_beyond", True)]


def test_the_last_few_is_no_number():
    assert scores(claim(0, "最后几单 手慢无"), *order(20, 1), *order(21, 2)) == []


def test_sold_out_is_broken_by_orders_and_by_stock():
    assert found(claim(0, "sold out"), order(20, 1)) == [("orders_go_on", True)]
    assert found(stock(-5, 20), claim(0, "sold out"), stock(20, 20)) == [("stock_shown", True)]
    assert found(claim(0, "sold out"), order(601, 1)) == []
    assert found(claim(0, "sold out, adding 20 more"), order(20, 1)) == []


def test_without_payments_and_cancels_sold_out_is_not_exact():
    assert found(claim(0, "sold out"), order(20, 1)[:1]) == [("orders_go_on", False)]


def test_variants_shown_in_turn_make_sold_out_inexact():
    shown = [stock(20 * step, [80, 7][step % 2]) for step in range(12)]

    assert found(claim(10, "sold out"), *shown) == [("stock_shown", False)]


TONIGHT = [price(0, 9_900), claim(10, "今晚才有这个价")]


def later(hours: float, minor: int, **more: object) -> list[Row]:
    return [
        price(hours * HOUR, minor, **({"room_id": "r2"} | more)),
        claim(hours * HOUR, "大家好", **({"room_id": "r2"} | more)),
    ]


@pytest.mark.parametrize(
    ("rows", "is_broken"),
    [
        (later(24, 9_900), True),
        (later(24, 9_800), True),
        (later(24, 9_901), False),
        (later(11, 9_900), False),
        (later(73, 9_900), False),
        (later(24, 9_900, host_id="h2"), False),
        (later(24, 9_900, product_id="p2"), False),
    ],
    ids=["next day", "cheaper", "dearer", "same evening", "after three days", "another host", "another product"],
)
def test_tonight_only_is_broken_by_the_same_offer_next_day(rows: list[Row], is_broken: bool):
    assert (found(*TONIGHT, *rows) == [("offer_returns", True)]) == is_broken


def test_the_same_offer_under_another_id_is_told_by_title_and_price():
    titled = [row | {"product_title": "羽绒服女中长款2026新款加厚"} for row in TONIGHT]
    like = {"product_id": "p2", "product_title": "羽绒服女中长款2026新款 加厚"}

    assert found(*titled, *later(24, 10_098, **like)) == [("offer_returns", True)]
    assert found(*titled, *later(24, 10_099, **like)) == []
    assert found(*titled, *later(24, 9_900, **(like | {"product_title": "羽绒服男短款"}))) == []


def test_the_same_merchant_at_another_host_counts():
    mine = [row | {"merchant_id": "m1"} for row in TONIGHT]

    assert found(*mine, *later(24, 9_900, host_id="h2", merchant_id="m1")) == [("offer_returns", True)]


def test_only_claims_bind():
    said = [price(0, 9_900), *order(20, 0), order(400, 1), claim(500, "谢谢大家")]

    assert scores(*said, at(10, "comment", text="只维持5分钟")) == []


def test_claims_without_a_product_are_not_looked_at():
    seen = see(claim(0, "最后3单") | {"product_id": None}, order(20, 1))

    assert seen.coverage.select(["looked", "reason"]).to_pylist() == [
        {"looked": False, "reason": "claims_without_product"}
    ]


def test_a_claim_with_nothing_on_record_is_a_claim_only():
    seen = see(claim(0, "抢空了"))

    assert seen.scores.select(["score", "mode"]).to_pylist() == [{"score": 0.0, "mode": "claim_only"}] * 2
    assert seen.coverage["mode"].to_pylist() == ["claim_only"]


def test_the_table_of_promises_lists_what_cannot_be_told_too(monkeypatch: pytest.MonkeyPatch):
    kept: list[Promise] = []
    monkeypatch.setattr(broken_promise, "promises", lambda *args: kept.extend(promises(*args)) or kept)

    see(*FIVE_MINUTES, order(400, 1), claim(450, "全网最低价"), claim(460, "最后几单"), claim(470, "已经卖了5000单"))

    assert [(one.obligation, one.is_broken, one.reason) for one in sorted(kept, key=lambda one: one.ts)] == [
        ("time", True, "price_stays"),
        ("untested", None, "outside"),
        ("quantity", None, "no_number"),
        ("sold_count", None, "outside"),
    ]


def test_a_count_of_sales_that_orders_reach_is_kept():
    rows = [row for k in range(20) for row in order(k, k, n=5)]

    assert scores(*rows, claim(60, "已经卖了105单")) == [0.0]
    assert scores(*rows, claim(60, "已经卖了106单")) == []


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 20), st.lists(st.tuples(st.integers(1, 3), st.booleans(), st.integers(1, 30)), max_size=20),
)  # fmt: skip
def test_a_host_who_sells_what_is_left_is_never_found(left: int, wants: list[tuple[int, bool, int]]):
    rows, second = [claim(0, f"最后{left}单"), at(1, "payment", order_id="x", product_id="p9")], 15.0
    for number, (n, paid, gap) in enumerate(wants):
        second += gap
        if n > left:
            continue
        left -= n if paid else 0  # an unpaid one is released at once
        placed = order(second, number, n=n)
        rows += placed if paid else [placed[0], at(second + 0.5, "cancel", order_id=f"o{number}")]

    assert found(*rows) == []


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 15), st.integers(1, 5), st.integers(11, 600))
def test_one_piece_beyond_the_last_is_always_found(left: int, beyond: int, gap: int):
    rows = [claim(0, f"only {left} left"), *order(gap, 1, n=left), *order(gap + 1, 2, n=beyond)]

    seen = see(*rows)

    assert [json.loads(text)["n_sold_after"] for text in seen.findings["params"].to_pylist()] == [beyond]


def test_titles_are_alike_by_three_grams():
    assert title_likeness("ABC def", "abc DEF") == 1.0
    assert title_likeness("ab", "ab") == 1.0
    assert title_likeness("红色羽绒服", "蓝色羽绒服") == pytest.approx(1 / 2)


def test_the_config_is_frozen():
    with pytest.raises(AttributeError):
        Config().grace_s = 1.0  # type: ignore[misc]


def test_a_product_has_the_score_of_its_worst_promise():
    broken = [*FIVE_MINUTES, claim(15, "今天特别好看"), order(400, 1)]

    assert scores(*broken, of="product") == [1.0]
    assert scores(*FIVE_MINUTES, of="product") == [0.0]
    assert scores(at(10, "comment", text="只维持5分钟"), *order(20, 0), claim(30, "你好"), of="product") == []


def test_sold_out_is_a_milder_reason_for_a_product_than_a_limited_offer():
    rows = [stock(0, 50), claim(10, "抢空了"), *order(100, 0), stock(101, 49)]

    assert scores(*rows) == [1.0]
    assert scores(*rows, of="product") == [0.6]
