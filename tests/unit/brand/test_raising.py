"""Levels and shares after the brand's look: what is raised, what is lowered, what is not said at all."""

from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from truecrowd.engine.audit import Result, audit
from truecrowd.engine.settings import Settings
from truecrowd.ingest import Options
from truecrowd.simulate.disputes import disputes

OF_ORDERS = ("order", "payment", "ship", "deliver", "cancel", "refund")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("disputes")


@cache
def judged(place: Path, case: str, variant: str = "", *, orders_only: bool = False) -> Result:
    folders = disputes(cases=(case,), variants=(variant,) if variant else ()).folders()
    events = next(one for one in folders if one.variant == variant).chunk.events
    if orders_only:
        events = events.filter(pc.is_in(events["event_type"].cast(pa.string()), pa.array(OF_ORDERS)))
    path = place / f"{case}{variant}{orders_only}.parquet"
    pq.write_table(events, path)
    return audit([path], options=Options(), settings=Settings(threads=1))


def level(result: Result, scheme: str = "any") -> tuple[str, list[str]]:
    rows = result.tables["verdicts"].to_pylist()
    return next(
        (row["level"], row["reasons"]) for row in rows if row["subject_type"] == "room" and row["scheme"] == scheme
    )


def share(result: Result, measure: str) -> dict[str, Any]:
    return next(row for row in result.tables["shares"].to_pylist() if row["measure"] == measure)


def test_repeats_on_complete_records_are_high_and_never_critical(place):
    result = judged(place, "R5")

    assert level(result, "brushing") == ("high", ["repeat_buyers", "exact"])
    assert level(result)[0] == "high"
    assert share(result, "orders")["at_least"] == pytest.approx(566 / 599, abs=1e-6)


def test_repeats_below_a_fifth_are_worth_watching(place):
    result = judged(place, "R6")

    assert level(result, "brushing")[0] == "watch"
    assert {"repeats", "repeat_buyers"} & set(level(result, "brushing")[1])
    assert share(result, "orders")["share_low"] >= share(result, "orders")["at_least"] > 0.1


@pytest.mark.parametrize("orders_only", [False, True])
def test_a_room_whose_orders_no_check_could_look_at_is_undetermined_and_has_no_share(place, orders_only):
    result = judged(place, "R4", orders_only=orders_only)

    assert level(result)[0] == level(result, "brushing")[0] == "undetermined"
    assert [share(result, measure)["share"] for measure in ("orders", "gmv")] == [None, None]
    orders = [row for row in result.tables["verdicts"].to_pylist() if row["subject_type"] == "order"]
    assert {row["level"] for row in orders} == {"undetermined"}
    assert {row["p_manufactured"] for row in orders} == {None}


@pytest.mark.parametrize("case", ["R1", "R2", "R3"])
def test_money_alone_is_watch_at_most(place, case):
    assert level(judged(place, case, orders_only=True))[0] in ("watch", "undetermined")
    assert level(judged(place, case, orders_only=True), "brushing")[0] in ("watch", "undetermined")


@pytest.mark.parametrize("orders_only", [False, True])
@pytest.mark.parametrize("case", ["R1", "R2", "R3", "R5", "R6"])
def test_an_honest_twin_ends_clear_or_undetermined(place, case, orders_only):
    result = judged(place, case, "honest_twin", orders_only=orders_only)

    assert level(result)[0] in ("clear", "undetermined")
    assert not share(result, "orders")["at_least"]


def test_orders_alone_are_never_clear(place):
    assert level(judged(place, "R7", orders_only=True))[0] == "undetermined"


def test_masked_buyers_have_no_bound_and_no_level_above_watch(place):
    result = judged(place, "R5", "masked_buyers")

    assert level(result)[0] in ("undetermined", "watch")
    assert share(result, "orders")["at_least"] is None


@pytest.mark.parametrize("case", ["R1", "R3"])
def test_an_honest_export_alone_is_not_said_to_be_manufactured_in_part(place, case):
    result = judged(place, case, "honest_twin", orders_only=True)

    for measure in ("orders", "gmv"):
        assert [share(result, measure)[name] for name in ("share", "share_low", "share_high")] == [None] * 3
    rows = [row for row in result.tables["kpis"].to_pylist() if row["measure"] in ("manufactured_share", "real_sales")]
    assert rows
    assert {row["value"] for row in rows} == {None}
