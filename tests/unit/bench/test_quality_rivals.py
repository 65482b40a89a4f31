"""The simple rules on events small enough to count by hand."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecrowd.bench.quality.rivals import (
    Seen,
    _fullest,
    after_midas,
    duplicate_share,
    refund_rate,
    same_text,
    shopee_rule,
)
from truecrowd.bench.quality.truth import Index, Labelled, Truth, codes

ACCOUNTS = ["a", "b", "c", "d", "e", "f"]


def labelled(index: Index, columns: pa.Table) -> Labelled:
    n = columns.num_rows
    return Labelled(index, {"any": np.zeros(n, bool)}, np.ones(n, bool), np.zeros(n, int), np.zeros(n, int), columns)


def truth() -> Truth:
    rooms = pa.table({"room_id": ["r"]})
    accounts = pa.table({"room_id": ["r"] * 6, "account_id": ACCOUNTS})
    orders = pa.table({"room_id": ["r"] * 8, "order_id": [f"o{number}" for number in range(8)]})
    pairs = {"accounts": (accounts, "account_id"), "orders": (orders, "order_id")}
    parts = {name: labelled(Index(table["room_id"], table[key]), table) for name, (table, key) in pairs.items()}
    by_room = labelled(Index(rooms["room_id"]), rooms)
    return Truth({}, {}, by_room, parts["accounts"], parts["orders"], parts["orders"], Path())


def seen(*rows: tuple[float, str, str, str | None, str | None]) -> Seen:
    """Return events in room r from (seconds, type, account, order, text)."""
    at_s, kind, account, order, text = zip(*rows, strict=True)
    names = {"account_id": account, "order_id": order, "text": text}
    columns = {name: pa.chunked_array([pa.array(values, pa.string())]) for name, values in names.items()}
    table = pa.table({"room_id": ["r"] * len(rows), **columns})
    room = np.zeros(len(rows), np.int64)
    return Seen(np.array(at_s), pa.array(kind), room, codes(table["account_id"]), table)


def comments(*rows: tuple[float, str, str]) -> Seen:
    return seen(*((at_s, "comment", account, None, text) for at_s, account, text in rows))


def test_six_orders_of_two_buyers_in_an_hour_are_told_and_two_of_two_are_not() -> None:
    brushed = [(100.0 + n, "order", "ab"[n % 2], f"o{n}", None) for n in range(6)]
    honest = [(20_000.0 + n, "order", "cd"[n], f"o{6 + n}", None) for n in range(2)]

    score = shopee_rule(seen(*brushed, *honest), truth().orders)

    assert score.tolist() == pytest.approx([3.5] * 6 + [0.0] * 2)  # 6 / 2 buyers, and half the hour's orders each


def test_five_accounts_with_one_text_in_ten_seconds_are_told() -> None:
    room, account = same_text(comments(*((2.0 * n, ACCOUNTS[n], " Hello") for n in range(5)), (4.5, "f", "x")), truth())

    assert room.tolist() == [5.0]
    assert account.tolist() == [5.0] * 5 + [0.0]


def test_one_account_that_repeats_itself_is_not_five() -> None:
    room, _ = same_text(comments(*((1.0 * n, "a", "hello") for n in range(9))), truth())

    assert room.tolist() == [0.0]


def test_five_accounts_over_a_minute_are_not_told() -> None:
    room, _ = same_text(comments(*((12.0 * n, ACCOUNTS[n], "hello") for n in range(5))), truth())

    assert room.tolist() == [0.0]


def test_a_comment_written_before_is_a_duplicate_whatever_its_case() -> None:
    share = duplicate_share(
        comments((0.0, "a", "Hi"), (1.0, "b", "hi "), (2.0, "c", "no"), (3.0, "d", "HI")), truth().rooms
    )

    assert share.tolist() == [0.5]


def test_refunds_are_counted_per_order() -> None:
    rows = [(float(n), "order", "a", f"o{n}", None) for n in range(4)] + [(9.0, "refund", "a", "o1", None)]

    assert refund_rate(seen(*rows), truth().rooms).tolist() == [0.25]


def test_a_burst_after_one_quiet_tick_has_the_chi_squared_of_the_paper() -> None:
    events = seen(
        *((at_s, "like", "a", None, None) for at_s in (0.0, 60.0, 61.0, 62.0)), (0.5, "like", "b", None, None)
    )

    room, account = after_midas(events, truth(), "account_id")

    wanted = (3 - 4 / 2) ** 2 * 2**2 / (4 * (2 - 1))  # a = 3, s = 4, t = 2
    assert account[:2].tolist() == pytest.approx([wanted, 0.0])
    assert np.isnan(account[2:]).all()
    assert room.tolist() == pytest.approx([wanted])


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2), st.booleans()), max_size=40))
def test_the_fullest_span_is_that_of_trying_every_start(rows: list[tuple[int, int, bool]]) -> None:
    slow = [
        max(
            sum(c and k == key and start <= t <= start + 10 for t, k, c in rows)
            for start in {t for t, k, _ in rows if k == key and at - 10 <= t <= at}
        )
        for at, key, _ in rows
    ]
    at_s, key, counts = (np.array([row[place] for row in rows]) for place in range(3))

    found = _fullest(at_s.astype(float), key.astype(np.int64), counts.astype(bool), 10.0)

    assert found.tolist() == slow
