"""Which orders a deal is about: its products, its windows, and never what is no room."""

from datetime import UTC, datetime, timedelta

import pytest
from invented_orders import PLACED_US, Row, observed, order

from truecrowd.brand.deal import Deal, Span
from truecrowd.brand.orders import orders_of
from truecrowd.brand.scope import in_scope, in_slot, products_of, rooms_of, unseen_products

START = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=PLACED_US)
AIR = (Span(START, START + timedelta(hours=2)),)


def chosen(deal: Deal, *parts: list[Row]) -> list[bool]:
    facts = observed(parts).facts
    orders = orders_of(facts.lines, facts.steps, facts, products=products_of(facts, deal))
    return [bool(one) for one in in_scope(orders, facts, deal)]


def test_without_windows_every_order_counts() -> None:
    assert chosen(Deal(), order(1), order(2, at_h=900)) == [True, True]


@pytest.mark.parametrize(("at_h", "is_in"), [(-0.09, False), (-0.08, True), (0.0, True), (2.49, True), (2.51, False)])
def test_an_order_belongs_to_a_broadcast_from_just_before_it_to_half_an_hour_after(at_h: float, is_in: bool) -> None:
    assert chosen(Deal(broadcast=AIR), order(1, at_h=at_h)) == [is_in]


def test_what_is_no_room_is_out_even_inside_a_window() -> None:
    assert chosen(Deal(broadcast=AIR), order(1, room="off:shop"), order(2, room="r1")) == [False, True]


def test_only_the_products_of_the_deal_count() -> None:
    deal = Deal(products=("p1", "p9"))

    assert chosen(deal, order(1, product_id="p1"), order(2, product_id="p2")) == [True]
    assert unseen_products(observed([order(1, product_id="p1")]).facts, deal) == ("p9",)


def test_a_room_is_in_scope_by_when_it_was_on_air_not_by_its_refunds() -> None:
    facts = observed([order(1, room="a"), order(2, room="b", at_h=-200, refund=200.5), order(3, room="off:x")]).facts

    assert rooms_of(facts, Deal(broadcast=AIR)).tolist() == [True, False, False]
    assert rooms_of(facts, Deal()).all()


def test_a_slot_is_half_open() -> None:
    facts = observed([order(1), order(2, at_h=2)]).facts
    orders = orders_of(facts.lines, facts.steps, facts)

    assert in_slot(orders, Deal(slot=AIR)).tolist() == [True, False]
    assert not in_slot(orders, Deal()).any()
