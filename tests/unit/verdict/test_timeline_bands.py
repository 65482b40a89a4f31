"""Bands over time: arrivals of a fleet are of its kind, each once, and no count is lost or made up."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.features.facts import Facts
from truecrowd.fleets import Config, Fleets, group
from truecrowd.schema import FINDINGS
from truecrowd.verdict.timeline import timeline_rows

HOUR = 3600


def arrivals(*joins: tuple[int, str]) -> Facts:
    """A room of one hour; `joins` are seconds and accounts."""
    rows = [*joins, (0, "opens"), (HOUR, "closes")]
    table = pa.table({
        "event_id": pa.array([str(at) for at in range(len(rows))]),
        "ts": pa.array([second * 1_000_000 for second, _ in rows], pa.timestamp("us", tz="UTC")),
        "event_type": pa.array(["join"] * len(rows)).dictionary_encode(),
        "room_id": pa.array(["r"] * len(rows)), "account_id": pa.array([name for _, name in rows]),
    })  # fmt: skip
    return observe_all([table], Settings(threads=1), detectors=[]).facts


def fleet(facts: Facts, kind: str, *names: str) -> Fleets:
    codes = np.sort([facts.names["account_id"].to_pylist().index(name) for name in names])
    none = group(facts, (), Config())
    return replace(none, ids=("f",), kinds=(kind,), account=codes, fleet=np.zeros(len(codes), int))


def bands(facts: Facts, fleets: Fleets | None) -> dict[tuple[int, str], int]:
    rows = timeline_rows(facts, FINDINGS.empty(), frozenset({"r"}), fleets).to_pylist()
    return {(round(row["start"].timestamp()), row["band"]): row["n"] for row in rows if row["measure"] == "viewers"}


def test_arrivals_of_a_fleet_are_of_its_kind_and_the_others_are_not() -> None:
    facts = arrivals((600, "m1"), (601, "m2"), (602, "x"))

    seen = bands(facts, fleet(facts, "automated", "m1", "m2"))

    assert {band: n for (at, band), n in seen.items() if at == 600} == {"automated": 2, "unremarkable": 1}
    assert sum(seen.values()) == 5


def test_a_member_who_comes_back_is_counted_once() -> None:
    facts = arrivals((600, "m1"), (1200, "m1"))

    seen = bands(facts, fleet(facts, "organised", "m1"))

    assert seen[600, "organised"] == 1
    assert seen[1200, "unremarkable"] == 1


def test_without_a_fleet_every_arrival_is_unremarkable() -> None:
    assert {band for _, band in bands(arrivals((600, "x")), None)} == {"unremarkable"}
