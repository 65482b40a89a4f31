"""Which rooms a deal is about, which are its baseline, and what is neither."""

from invented_orders import HOUR_US, PLACED_US, observed, order

from truecrowd.brand.deal import Deal
from truecrowd.brand.orders import orders_of
from truecrowd.brand.sessions import Scope, scope_of

WINDOW = "broadcast = [{ start = 2026-07-25T17:00:00Z, end = 2026-07-25T20:00:00Z }]"
"""PLACED_US is 17:20 of that day."""


def scope(text: str | None, *parts: list[dict[str, object]]) -> Scope:
    facts = observed(parts).facts
    orders = orders_of(facts.lines, facts.steps, facts)
    return scope_of(orders, facts, None if text is None else Deal.parse(f"[deal]\n{text}\n"))


def names(found: tuple[object, ...]) -> list[str]:
    return [one.room_id for one in found]


def join(room: str, at_h: float) -> list[dict[str, object]]:
    return [{"room_id": room, "event_type": "join", "ts": PLACED_US + round(at_h * HOUR_US), "account_id": "v"}]


def test_without_windows_every_room_is_in_scope_and_the_others_are_its_baseline():
    found = scope(None, order(1, "a"), order(2, "a", room="r2", at_h=24), order(3, "a", room="r3", at_h=48))

    assert names(found.judged) == ["r1", "r2", "r3"]
    assert names(found.others_of(found.judged[0])) == ["r2", "r3"]


def test_with_windows_rooms_of_the_contract_are_no_baseline_of_each_other():
    found = scope(
        WINDOW, order(1, "a"), order(2, "a", room="r2", at_h=1), order(3, "a", room="r3", at_h=48),
    )  # fmt: skip

    assert names(found.judged) == ["r1", "r2"]
    assert names(found.others_of(found.judged[0])) == ["r3"]


def test_orders_outside_the_window_of_a_room_are_neither():
    found = scope(WINDOW, order(1, "a"), order(2, "a", at_h=48))

    inside, outside = found.sessions
    assert (len(inside.places), inside.is_in_scope) == (1, True)
    assert (len(outside.places), outside.is_in_scope, outside.is_room) == (1, False, False)
    assert found.others_of(inside) == ()


def test_orders_off_the_air_are_no_room():
    found = scope(None, order(1, "a"), order(2, "a", room="off:shop", at_h=48))

    assert names(found.judged) == ["r1"]
    assert found.others_of(found.judged[0]) == ()


def test_a_window_without_a_room_is_a_session_without_orders():
    found = scope(WINDOW, order(1, "a", at_h=72))

    assert names(found.judged) == ["@2026-07-25T17:00:00Z"]
    assert len(found.judged[0].places) == 0


def test_a_recorded_room_without_an_order_is_the_session_of_its_window():
    found = scope(WINDOW, join("quiet", 0.5), order(1, "a", room="r9", at_h=72))

    assert names(found.judged) == ["quiet"]
    assert found.judged[0].has_audience


def test_another_merchant_is_no_baseline():
    found = scope(
        None, order(1, "a", merchant_id="m1"), order(2, "a", room="r2", merchant_id="m2"),
        order(3, "a", room="r3", merchant_id="m1"), order(4, "a", room="r4"),
    )  # fmt: skip

    assert names(found.others_of(found.judged[0])) == ["r3"]
    assert found.others_of(found.judged[3]) == ()  # nobody knows whose it is


def test_a_recording_says_when_the_broadcast_ended():
    found = scope(None, join("r1", 0.0), join("r1", 3.0), order(1, "a"))

    assert found.judged[0].end == PLACED_US + 3 * HOUR_US
