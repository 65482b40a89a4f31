"""Fleets do not depend on how the events came."""

import itertools

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from truecrowd.detectors import co_arrival, young_accounts
from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.fleets import Config, group

ROWS = co_arrival.faked()
DETECTORS = (co_arrival.DETECTOR, young_accounts.DETECTOR)


def fleets_of(*slices: pa.Table) -> pa.Table:
    seen = observe_all(slices, Settings(threads=1), detectors=DETECTORS)
    return group(seen.facts, seen.seen, Config()).fleets


WHOLE = fleets_of(ROWS)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(ROWS.num_rows)), st.lists(st.integers(0, ROWS.num_rows), max_size=6), st.booleans())
def test_any_slicing_gives_the_same_fleets(order: list[int], cuts: list[int], doubled: bool):
    mixed = ROWS.take(pa.array(order))
    edges = [0, *sorted(cuts), ROWS.num_rows]
    slices = [mixed.slice(start, end - start) for start, end in itertools.pairwise(edges)]
    slices += slices[:1] if doubled else []

    assert fleets_of(*slices).equals(WHOLE)


def test_the_sample_holds_a_fleet():
    assert WHOLE.num_rows == 20
