"""Truth belongs to the events, and shares can be counted again from the files alone."""

import itertools
from collections import defaultdict
from typing import Any

import pytest

from truecrowd.simulate import Chunk
from truecrowd.simulate.truth import SHARES

Rows = list[dict[str, Any]]


def minutes_by_account(rows: Rows, end: Any) -> dict[str, float]:
    moves = defaultdict(list)
    for row in rows:
        if row["event_type"] in ("join", "leave"):
            moves[row["account_id"]].append((row["ts"], row["event_type"]))
    found = dict.fromkeys(moves, 0.0)
    for account, steps in moves.items():
        for (ts, kind), (next_ts, _) in zip(steps, [*steps[1:], (end, "end")], strict=True):
            if kind == "join":
                found[account] += max((min(next_ts, end) - ts).total_seconds(), 0.0) / 60.0
    return found


def recount(rows: Rows, room: dict[str, Any], accounts: set[str], orders: set[str]) -> dict[str, float]:
    def of(event_type: str, key: str, marked: set[str], weight: str | None = None) -> float:
        weights = [
            (row[key] in marked, row[weight] if weight else 1) for row in rows if row["event_type"] == event_type
        ]
        return sum(number for is_in, number in weights if is_in) / sum(number for _, number in weights)

    viewers = {row["account_id"] for row in rows if row["event_type"] == "join"}
    minutes = minutes_by_account(rows, room["end"])
    return {
        "viewers": len(viewers & accounts) / len(viewers),
        "comments": of("comment", "account_id", accounts),
        "likes": of("like", "account_id", accounts, "value"),
        "popups": of("cart_popup", "account_id", accounts),
        "orders": of("order", "order_id", orders),
        "gmv": of("order", "order_id", orders, "amount_minor"),
        "viewer_minutes": sum(minutes[account] for account in minutes if account in accounts) / sum(minutes.values()),
    }


@pytest.fixture(params=["clean", "dirty"])
def room(request: pytest.FixtureRequest) -> dict[str, Any]:
    return request.getfixturevalue(request.param)


def test_shares_can_be_counted_again(room, pick, known):
    accounts = {row["account_id"] for row in known("accounts", room, label=1)}
    orders = {row["order_id"] for row in known("orders", room, label=1)}

    counted = recount(pick(room), room, accounts, orders)

    assert {name: room[f"share_{name}"] for name in SHARES} == pytest.approx(counted, abs=1e-6)


def test_shares_lie_between_nought_and_one(tiny: Chunk):
    for room in tiny.truth["rooms"].to_pylist():
        assert all(0.0 <= room[f"share_{name}"] <= 1.0 for name in SHARES)


def test_only_the_dirty_room_has_shares(clean, dirty):
    assert all(clean[f"share_{name}"] == 0.0 for name in SHARES)
    assert all(dirty[f"share_{name}"] > 0.03 for name in SHARES)


def test_accounts_are_those_seen(room, pick, known):
    seen = {row["account_id"] for row in pick(room)} - {None}
    rows = known("accounts", room)

    assert {row["account_id"] for row in rows} == seen
    assert len(rows) == len(seen)


def test_orders_are_those_seen(room, pick, known):
    seen = {row["order_id"] for row in pick(room, "order")}
    rows = known("orders", room)

    assert {row["order_id"] for row in rows} == seen
    assert len(rows) == room["orders"]


def test_the_clean_room_has_nothing_manufactured(clean, known):
    assert not clean["schemes"]
    assert not known("accounts", clean, label=1)
    assert not known("orders", clean, label=1)
    assert not known("campaigns", clean)


def test_label_scheme_campaign_and_role_agree(dirty, known):
    campaigns = {row["campaign_id"]: row["scheme"] for row in known("campaigns", dirty)}

    for row in known("accounts", dirty):
        assert (row["label"] == 1) == (row["scheme"] != "") == (row["campaign_id"] != "")
        assert not row["label"] or campaigns[row["campaign_id"]] == row["scheme"] == row["role"]


def test_campaigns_count_their_accounts(tiny: Chunk, dirty, known):
    groups = tiny.truth["groups"].to_pylist()

    for campaign in known("campaigns", dirty):
        n_seen = len(known("accounts", dirty, campaign_id=campaign["campaign_id"]))
        n_group = sum(row["operator_id"] == campaign["operator_id"] != "" for row in groups)
        assert n_seen == n_group == campaign["n_accounts"]


def test_brushed_orders_are_placed_by_brushing_buyers(dirty, pick, known):
    brushed = {row["order_id"] for row in known("orders", dirty, label=1)}
    buyers = {row["account_id"] for row in known("accounts", dirty, scheme="brushing")}

    placed = {row["account_id"] for row in pick(dirty, "order") if row["order_id"] in brushed}

    assert placed == buyers


def test_viewers_are_those_who_joined(room, pick):
    assert room["viewers"] == len({row["account_id"] for row in pick(room, "join")})


@pytest.mark.parametrize("column", ["account_id", "order_id"])
def test_ids_do_not_tell_what_is_manufactured(column, dirty, known):
    table = {"account_id": "accounts", "order_id": "orders"}[column]
    rows = known(table, dirty)
    marked = sorted(int(row[column], 16) / 2**64 for row in rows if row["label"])

    farthest = max(abs((place + 0.5) / len(marked) - value) for place, value in enumerate(marked))

    assert farthest < 1.95 / len(marked) ** 0.5  # Kolmogorov-Smirnov, one in a thousand
    assert len({len(row[column]) for row in rows}) == 1


def test_ids_do_not_follow_time(dirty, pick):
    ids_in_time = [int(row["event_id"], 16) for row in pick(dirty)]

    rising = sum(later > earlier for earlier, later in itertools.pairwise(ids_in_time))

    assert 0.48 < rising / len(ids_in_time) < 0.52
