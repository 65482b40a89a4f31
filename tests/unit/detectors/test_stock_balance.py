"""Where the balance of goods flips, and the honest evenings nearest to a breach."""

import json
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truecrowd.detectors.stock_balance import DETECTOR, Config
from truecrowd.engine.run import Observed, observe_all
from truecrowd.engine.settings import Settings
from truecrowd.features.goods import events_table

START_US = 1_785_000_007_123_457
"""Not on a whole second: a lone event on a whole minute reads as a clock that only knows minutes."""


def at(second: float, event_type: str, **more: object) -> dict[str, object]:
    base = {"room_id": "r1", "product_id": "p1", "event_type": event_type, "ts": START_US + round(second * 1e6)}
    return base | more


def stock(second: float, value: float, **more: object) -> dict[str, object]:
    return at(second, "stock", value=value, **more)


def order(second: float, number: int, n: int = 1, *, paid: bool = True, **more: object) -> list[dict[str, object]]:
    rows = [at(second, "order", order_id=f"o{number}", quantity=n, **more)]
    return rows + ([at(second + 5, "payment", order_id=f"o{number}", **more)] if paid else [])


def claim(second: float, text: str, **more: object) -> dict[str, object]:
    return at(second, "claim", text=text, **more)


def see(*rows: dict[str, object] | list[dict[str, object]], config: Config | None = None) -> Observed:
    flat = [one for row in rows for one in (row if isinstance(row, list) else [row])]
    chosen = Settings(threads=1, detectors={"stock_balance": config or Config()})
    return observe_all([events_table(flat)], chosen, detectors=[DETECTOR])


def params(seen: Observed) -> list[dict[str, object]]:
    return [json.loads(text) for text in seen.findings["params"].to_pylist()]


SOLD = [order(60 + at, at) for at in range(5)]
SELL_OUT = [stock(50, 5), *SOLD, stock(66, 0)]


def test_one_order_after_nil_is_a_breach_with_the_nil_first():
    seen = see(*SELL_OUT, order(100, 9), stock(120, 0))

    (found,) = params(seen)
    assert (found["reason"], found["n_sold_after"], found["is_exact"]) == ("sold_after_nil", 1, True)
    assert seen.findings["score"].to_pylist() == [1.0]
    assert seen.findings["evidence"].to_pylist() == [["e0011", "e0012"]]


def test_orders_within_the_settling_time_belong_to_the_last_pieces():
    assert see(*SELL_OUT, order(76, 9)).findings.num_rows == 0
    assert see(*SELL_OUT, order(76.1, 9)).findings.num_rows == 1


def test_an_unpaid_order_may_be_sold_again():
    unpaid = order(65, 8, paid=False)

    assert see(stock(50, 6), *SOLD, unpaid, stock(66, 0), order(100, 9)).findings.num_rows == 0
    assert see(stock(50, 6), *SOLD, unpaid, stock(66, 0), order(100, 9), order(101, 10)).findings.num_rows == 1


def test_a_cancelled_or_refunded_order_may_be_sold_again_and_only_afterwards():
    back = at(90, "refund", order_id="o1")

    assert see(*SELL_OUT, back, order(100, 9)).findings.num_rows == 0
    assert see(*SELL_OUT, order(80, 9), back).findings.num_rows == 1


def test_a_refund_without_a_product_is_found_by_its_order():
    back = at(90, "refund", order_id="o1") | {"product_id": None}

    assert see(*SELL_OUT, back, order(100, 9)).findings.num_rows == 0


def test_an_announced_restock_is_no_breach():
    assert see(*SELL_OUT, order(100, 9), claim(110, "再加50单")).findings.num_rows == 0
    assert see(*SELL_OUT, order(100, 9), claim(110, "大家好")).findings.num_rows == 1


def test_a_shown_restock_ends_the_time_of_nil():
    assert see(*SELL_OUT, stock(80, 20), order(100, 9), stock(101, 19)).findings.num_rows == 0


def test_stock_that_is_nil_all_along_is_stock_nobody_counts():
    assert see(stock(50, 0), *SOLD, stock(66, 0)).findings.num_rows == 0


def test_sold_out_said_while_stock_is_shown_is_a_breach_even_without_orders():
    seen = see(stock(50, 40), claim(60, "已抢空"), stock(80, 40), stock(100, 39))

    (found,) = params(seen)
    assert (found["reason"], found["is_exact"]) == ("sold_out_said_stock_shown", True)
    assert seen.findings["evidence"].to_pylist() == [["e0001", "e0002", "e0003"]]
    assert seen.scores["mode"].to_pylist() == ["stock_only"]


@pytest.mark.parametrize("text", ["快卖完了", "已经售罄了吗?", "如果售罄我再补", "有宝宝说没货了", "M码没货了"])
def test_what_is_no_statement_is_no_breach(text: str):
    assert see(stock(50, 40), claim(60, text), stock(80, 40)).findings.num_rows == 0


def test_a_real_sell_out_said_a_moment_early_is_none():
    assert see(stock(50, 5), *SOLD, claim(62, "抢空了"), stock(68, 0), stock(90, 0)).findings.num_rows == 0


def test_drops_without_orders_are_watched_never_exact():
    rows = [stock(50 + 30 * step, 200 - 50 * step) for step in range(4)]

    (found,) = params(see(*rows, order(500, 1)))

    assert (found["reason"], found["is_exact"], found["n_dropped"]) == ("drop_without_orders", False, 150)


def test_a_single_drop_is_a_link_taken_down():
    assert see(stock(50, 200), stock(80, 0), order(10, 1)).findings.num_rows == 0


def test_variants_shown_in_turn_are_not_exact():
    shown = [stock(50 + 20 * step, [80, 7][step % 2]) for step in range(12)]

    seen = see(*shown, claim(60, "sold out"), order(200, 1))

    assert seen.scores["mode"].to_pylist() == ["several_variants"]
    assert all(not found["is_exact"] for found in params(seen))


def test_stock_set_up_from_nil_again_and_again_is_not_taken_for_variants():
    shown = [stock(50 + 20 * step, [150, 0][step % 2]) for step in range(12)]

    assert see(*shown, order(2, 1)).scores["mode"].to_pylist() == ["full"]


def test_without_payments_and_cancels_a_breach_is_not_exact():
    rows = [stock(50, 1), order(60, 1, paid=False), stock(61, 0), order(100, 2, paid=False)]

    seen = see(*rows)

    assert [found["is_exact"] for found in params(seen)] == [False]
    assert seen.coverage.select(["mode", "reason"]).to_pylist() == [
        {"mode": "incomplete_orders", "reason": "no_payment_or_cancel"}
    ]


def test_sold_out_without_a_stock_record_is_a_claim_without_record():
    seen = see(claim(60, "sold out"), order(100, 1))

    assert seen.findings.num_rows == 0
    assert seen.scores.select(["subject_id", "score", "mode"]).to_pylist() == [
        {"subject_id": "p1", "score": 0.0, "mode": "claim_only"}
    ]


def test_times_that_are_bounds_are_not_looked_at():
    rows = [row | {"ts_kind": "bound"} for row in [*SELL_OUT[:1], *SOLD[0], SELL_OUT[-1]]]

    assert see(*rows).coverage.select(["looked", "reason"]).to_pylist() == [{"looked": False, "reason": "bound_times"}]


def test_staff_orders_count_since_goods_are_goods():
    rows = DETECTOR.faked()
    staff = frozenset(name for name in rows["account_id"].to_pylist() if name)

    assert observe_all([rows], Settings(threads=1), staff=staff, detectors=[DETECTOR]).findings.num_rows == 1


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_a_stock_that_is_no_count_is_left_out(value: float):
    assert see(stock(50, value), *SOLD).scores.num_rows == 0


@st.composite
def evenings(draw: st.DrawFn) -> tuple[list[dict[str, object]], int]:
    """Orders while stock lasts, unpaid ones released after a minute, stock shown at each change within two seconds."""
    left, second, number = draw(st.integers(1, 12)), 60.0, 0
    rows = [stock(50, left)]
    released: list[tuple[float, int, int]] = []
    while number < 25:
        second += draw(st.integers(3, 40))
        while released and released[0][0] <= second:
            when, n, which = released.pop(0)
            left += n
            rows += [at(when, "cancel", order_id=f"o{which}", quantity=n), stock(when + 0.5, left)]
        n = draw(st.integers(1, 3))
        number += 1
        if n > left:
            continue
        left -= n
        paid = draw(st.booleans())
        rows += order(second, number, n, paid=paid)
        rows.append(stock(second + draw(st.floats(0.2, 2.0)), left))
        if not paid:
            released.append((second + 60, n, number))
    return rows, round(second) + 200


def table(rows: list[dict[str, object]]) -> pa.Table:
    return events_table([*rows, at(1, "payment", order_id="other", product_id="p2")])


@settings(max_examples=60, deadline=None)
@given(evenings())
def test_a_complete_log_that_balances_is_never_a_finding(evening: tuple[list[dict[str, object]], int]):
    rows, _ = evening

    seen = observe_all([table(rows)], Settings(threads=1), detectors=[DETECTOR])

    assert seen.findings.num_rows == 0


@settings(max_examples=40, deadline=None)
@given(evenings(), st.integers(1, 4))
def test_a_planted_breach_is_always_found(evening: tuple[list[dict[str, object]], int], n: int):
    rows, end = evening
    more = [at(end, "stock", value=1.0), *order(end + 1, 900), stock(end + 2, 0)]
    held = sum(int(str(row["quantity"])) for row in rows if row["event_type"] == "order")
    after = order(end + 60, 901, held + n)

    seen = observe_all([table([*rows, *more, *after])], Settings(threads=1), detectors=[DETECTOR])

    assert [found["n_sold_after"] >= n for found in params(seen)] == [True]
    assert all(found["is_exact"] for found in params(seen))


def test_every_threshold_can_be_set():
    strict = replace(Config(), settle_s=60.0)

    assert see(*SELL_OUT, order(100, 9), config=strict).findings.num_rows == 0


def test_the_last_five_with_more_shown_all_along_scores_and_the_promise_tells_it():
    rows = [stock(50, 170), claim(60, "只剩最后5件"), *[order(100 + 10 * at, at) for at in range(12)], stock(300, 158)]

    seen = see(*rows)

    assert (seen.scores["score"].to_pylist(), seen.findings.num_rows) == ([7.0], 0)


def test_the_last_five_with_more_shown_and_few_sold_is_a_hint():
    said = [claim(60, "只剩最后5件"), order(100, 1), stock(101, 169)]

    assert see(stock(50, 170), *said).scores["score"].to_pylist() == [0.25]
    assert see(stock(50, 9), *said).scores["score"].to_pylist() == [0.0]


def test_a_single_drop_with_sold_out_said_over_it_is_a_hint_and_no_finding():
    drop = [stock(50, 200), order(60, 1), stock(61, 199), stock(150, 199), stock(300, 0), stock(900, 150)]

    seen = see(*drop, claim(305, "抢空了"))

    assert (seen.scores["score"].to_pylist(), seen.findings.num_rows) == ([0.5], 0)
    assert see(*drop).scores["score"].to_pylist() == [0.0]


FALLING = [stock(50 + 30 * step, 200 - 50 * step) for step in range(4)]
HOUR = ((START_US, START_US + 3_600_000_000),)


@pytest.mark.parametrize(
    ("config", "is_exact"),
    [
        (Config(only_here_us=HOUR), True),
        (Config(only_here_us=HOUR, only_here_products=("p1",)), True),
        (Config(only_here_us=HOUR, only_here_products=("p2",)), False),
        (Config(only_here_us=((START_US, START_US + 100_000_000),)), False),
        (Config(), False),
    ],
)
def test_drops_are_arithmetic_where_the_contract_says_that_nobody_else_sells(config: Config, is_exact: bool):
    (found,) = params(see(*FALLING, *order(500, 1), config=config))

    assert (found["is_exact"], found["reason"]) == (is_exact, "drop_without_orders")


def test_one_drop_stays_a_link_taken_down_whatever_the_contract_says():
    assert see(stock(50, 200), stock(80, 0), order(10, 1), config=Config(only_here_us=HOUR)).findings.num_rows == 0
