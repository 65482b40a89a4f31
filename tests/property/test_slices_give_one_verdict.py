"""However the rows come, the last tables are the same: a live run is a batch run over slices."""

import itertools

import numpy as np
import pyarrow as pa
import pytest

from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.fleets import Config, finding_rows, findings_of, group
from truecrowd.reference import shipped as shipped_reference
from truecrowd.schema import FINDINGS, ordered
from truecrowd.simulate import simulate
from truecrowd.verdict.fusion import shipped as shipped_model
from truecrowd.verdict.judge import judge


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    chunks = simulate("tiny", world="develop", seed=5, n_events=9_000).chunks()
    return pa.concat_tables([chunk.events for chunk in chunks]).combine_chunks()


def tables_of(slices: list[pa.Table]) -> dict[str, pa.Table]:
    observed = observe_all(slices, Settings(threads=1), edges=shipped_reference().edges)
    facts, fleets = observed.facts, group(observed.facts, observed.seen, Config())
    said = finding_rows(fleets, findings_of(fleets, facts, observed.seen), facts, observed.ids.of)
    findings = ordered(pa.concat_tables([observed.findings, said]), FINDINGS)
    judged = judge(
        observed.seen, observed.scores, findings, facts, fleets, model=shipped_model(), reference=shipped_reference(),
        raised=observed.alarms,
    )  # fmt: skip
    return {
        "coverage": observed.coverage, "scores": observed.scores, "findings": findings, "fleets": fleets.fleets,
        "verdicts": judged.verdicts, "shares": judged.shares, "alarms": judged.alarms, "timeline": judged.timeline,
    }  # fmt: skip


@pytest.fixture(scope="module")
def whole(rows: pa.Table) -> dict[str, pa.Table]:
    return tables_of([rows])


@pytest.mark.parametrize("seed", [1, 2])
def test_slices_in_any_order_give_the_same_tables(rows: pa.Table, whole: dict[str, pa.Table], seed: int) -> None:
    rng = np.random.default_rng(seed)
    mixed = rows.take(pa.array(rng.permutation(rows.num_rows)))
    edges = [0, *np.sort(rng.integers(0, rows.num_rows, 4)).tolist(), rows.num_rows]

    sliced = tables_of([mixed.slice(start, end - start) for start, end in itertools.pairwise(edges)])

    for name, table in whole.items():
        assert name == "alarms" or sliced[name].equals(table), name


def test_slices_of_any_size_raise_the_same_alarms(rows: pa.Table, whole: dict[str, pa.Table]) -> None:
    sliced = observe_all(
        [rows.slice(at, 777) for at in range(0, rows.num_rows, 777)],
        Settings(threads=1),
        detectors=[],
        edges=shipped_reference().edges,
    )

    rooms = sliced.facts.names["room_id"]
    found = sorted((rooms[one.room].as_py(), one.ts, one.scheme) for one in sliced.alarms)
    assert found == [
        (row["room_id"], row["ts"].timestamp() * 1e6, row["scheme"]) for row in whole["alarms"].to_pylist()
    ]


def test_what_was_seen_is_worth_comparing(whole: dict[str, pa.Table]) -> None:
    assert whole["findings"].num_rows > 5
    assert {"watch", "high"} & set(whole["verdicts"]["level"].to_pylist())
    assert whole["fleets"].num_rows
    assert whole["alarms"].num_rows


def test_no_room_is_milder_than_what_was_seen_in_it(whole: dict[str, pa.Table]) -> None:
    order = ("clear", "undetermined", "watch", "high", "critical")
    worst: dict[str, int] = {}
    overall: dict[str, int] = {}
    for row in whole["verdicts"].to_pylist():
        if row["subject_type"] == "room":
            place = order.index(row["level"])
            if row["scheme"] == "any":
                overall[row["room_id"]] = place
            else:
                worst[row["room_id"]] = max(worst.get(row["room_id"], 0), place)

    assert all(overall[room] >= place for room, place in worst.items() if place >= order.index("watch"))
