"""What every detector promises, for each that is installed; see style.md, "A new detector is one file"."""

import dataclasses
import itertools
import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from truecrowd.detectors import SUBJECT_COLUMNS, Detector, installed
from truecrowd.engine.run import Observed, observe_all
from truecrowd.engine.settings import Settings
from truecrowd.schema import COVERAGE, EVENT_TYPES, EVENTS, FINDINGS, SCHEMES, SCORES, check

detectors = pytest.mark.parametrize("detector", installed(), ids=lambda detector: detector.name)
samples = pytest.mark.parametrize("sample", ["honest", "faked"])
CORE = ("ts", "event_type", "room_id")


def examine(detector: Detector, *slices: pa.Table, staff: frozenset[str] = frozenset()) -> Observed:
    return observe_all(slices, Settings(threads=1), staff=staff, detectors=[detector])


def rows_of(detector: Detector, sample: str) -> pa.Table:
    return getattr(detector, sample)()


def same(one: Observed, other: Observed) -> bool:
    return all(getattr(one, name).equals(getattr(other, name)) for name in ("coverage", "scores", "findings"))


def with_column(rows: pa.Table, name: str, values: Sequence[object] | pa.Array) -> pa.Table:
    kind = dict(EVENTS.columns)[name]
    column = values if isinstance(values, pa.Array) else pa.array(values, pa.string() if name == "event_type" else kind)
    at = rows.column_names.index(name) if name in rows.column_names else None
    column = column.cast(kind) if name != "event_type" else column.dictionary_encode()
    return rows.append_column(name, column) if at is None else rows.set_column(at, name, column)


def renamed(rows: pa.Table, column: str, prefix: str) -> pa.Table:
    if column not in rows.column_names:
        return rows
    names = rows[column].cast(pa.string()).to_pylist()
    return with_column(rows, column, [None if name is None else f"{prefix}{name}" for name in names])


@detectors
def test_describes_itself(detector: Detector):
    assert detector.name.isidentifier()
    assert detector.name.islower()
    assert detector.version >= 1
    assert detector.scheme in SCHEMES
    assert detector.subject in SUBJECT_COLUMNS
    assert set(detector.event_types) <= set(EVENT_TYPES)
    assert set(detector.reads) <= set(dict(EVENTS.columns))
    assert {*CORE, "event_id"} <= set(detector.reads)
    for need in detector.needs:
        names = (need,) if isinstance(need, str) else need
        assert set(names) <= {*detector.event_types, *detector.reads}
    assert detector.finds
    assert detector.source


@detectors
@samples
def test_samples_are_events(detector: Detector, sample: str):
    rows = rows_of(detector, sample)

    check(rows, EVENTS)

    assert 0 < rows.num_rows <= 3_000
    assert rows.equals(rows_of(detector, sample))


@detectors
@samples
def test_gives_tables_of_the_contract(detector: Detector, sample: str):
    seen = examine(detector, rows_of(detector, sample))

    check(seen.coverage, COVERAGE)
    check(seen.scores, SCORES)
    check(seen.findings, FINDINGS)
    assert seen.scores.num_rows
    assert np.isfinite(seen.scores["score"].to_numpy()).all()
    keys = seen.scores.select(["room_id", "subject_type", "subject_id", "population"]).to_pylist()
    assert len({tuple(key.values()) for key in keys}) == len(keys)


@detectors
def test_nothing_in_nothing_out(detector: Detector):
    seen = examine(detector, detector.faked().slice(0, 0))

    assert (seen.coverage.num_rows, seen.scores.num_rows, seen.findings.num_rows) == (0, 0, 0)


@detectors
def test_is_silent_on_its_honest_sample(detector: Detector):
    seen = examine(detector, detector.honest())

    assert seen.findings.num_rows == 0
    assert all(seen.coverage["looked"].to_pylist())


@detectors
def test_finds_its_faked_sample(detector: Detector):
    seen = examine(detector, detector.faked())

    assert seen.findings.num_rows >= 1
    assert detector.scheme in seen.findings["scheme"].to_pylist()
    assert detector.subject in seen.scores["subject_type"].to_pylist()
    for params in seen.findings["params"].to_pylist():
        assert isinstance(json.loads(params), dict)


@detectors
def test_scores_the_faked_sample_higher(detector: Detector):
    faked = examine(detector, detector.faked()).scores.filter(pc.field("subject_type") == detector.subject)
    honest = examine(detector, detector.honest()).scores.filter(pc.field("subject_type") == detector.subject)

    assert max(faked["score"].to_pylist()) > max(honest["score"].to_pylist(), default=0.0)


@detectors
@samples
@pytest.mark.parametrize("seed", [1, 2])
def test_order_and_chunks_do_not_matter(detector: Detector, sample: str, seed: int):
    rows = rows_of(detector, sample)
    rng = np.random.default_rng(seed)
    mixed = rows.take(pa.array(rng.permutation(rows.num_rows)))
    cuts = np.sort(rng.integers(0, rows.num_rows, 5)).tolist()
    edges = [0, *cuts, rows.num_rows]
    slices = [mixed.slice(start, end - start) for start, end in itertools.pairwise(edges)]

    assert same(examine(detector, rows), examine(detector, *slices))


@detectors
@samples
def test_live_form_equals_detect(detector: Detector, sample: str):
    if detector.stream is None:
        pytest.skip("no live form declared")
    rows = rows_of(detector, sample)
    plain = dataclasses.replace(detector, stream=None)
    half = rows.num_rows // 3

    assert same(examine(plain, rows), examine(detector, rows.slice(half), rows.slice(0, half)))


@detectors
@samples
@pytest.mark.parametrize("prefix", ["z", "观众", "🎈 "])
def test_account_names_do_not_matter(detector: Detector, sample: str, prefix: str):
    before = examine(detector, rows_of(detector, sample))
    after = examine(detector, renamed(rows_of(detector, sample), "account_id", prefix))

    columns = ["room_id", "subject_type", "detector", "score", "n", "mode"]
    keys = [("score", "ascending"), ("n", "ascending")]
    assert after.scores.select(columns).sort_by(keys).equals(before.scores.select(columns).sort_by(keys))
    assert sorted(after.findings["score"].to_pylist()) == sorted(before.findings["score"].to_pylist())
    assert sorted(after.findings["evidence_count"].to_pylist()) == sorted(before.findings["evidence_count"].to_pylist())


@detectors
@samples
@pytest.mark.parametrize("shift_us", [500_000, 2_500_000, 1_800_000_000])
def test_a_shifted_clock_does_not_matter(detector: Detector, sample: str, shift_us: int):
    rows = rows_of(detector, sample)
    later = rows
    for name in ("ts", "account_created_at"):
        if name in rows.column_names:
            moved = pc.add(rows[name].cast(pa.int64()), shift_us).cast(pa.timestamp("us", tz="UTC"))
            later = later.set_column(later.column_names.index(name), name, moved)

    before, after = examine(detector, rows), examine(detector, later)

    columns = ["room_id", "subject_type", "subject_id", "detector", "population", "score", "n", "mode"]
    assert after.scores.select(columns).equals(before.scores.select(columns))
    assert after.findings["evidence"].equals(before.findings["evidence"])


@detectors
@samples
def test_another_room_changes_nothing(detector: Detector, sample: str):
    rows = rows_of(detector, sample)
    other = detector.faked()
    for name in (*SUBJECT_COLUMNS.values(), "source_room_id", "device_id", "ship_hash", "pay_hash", "product_title"):
        if name in other.column_names:
            other = renamed(other, name, "other-")
    rooms = pa.array(set(rows["room_id"].to_pylist()))

    both = examine(detector, rows, other)

    alone = examine(detector, rows)
    assert both.scores.filter(pc.is_in(both.scores["room_id"], rooms)).equals(alone.scores)
    assert both.findings.filter(pc.is_in(both.findings["room_id"], rooms)).equals(alone.findings)


@detectors
@samples
def test_other_event_types_change_nothing(detector: Detector, sample: str):
    rows = rows_of(detector, sample)
    others = [name for name in EVENT_TYPES if name not in detector.event_types]
    strange = with_column(rows, "event_type", [others[at % len(others)] for at in range(rows.num_rows)])
    strange = renamed(strange, "event_id", "strange-")

    before, after = examine(detector, rows), examine(detector, rows, strange)

    assert after.scores.equals(before.scores)
    assert after.findings.equals(before.findings)


@detectors
@samples
def test_reads_only_the_columns_it_declares(detector: Detector, sample: str):
    rows = rows_of(detector, sample)
    fewer = rows.select([name for name in rows.column_names if name in detector.reads])

    before, after = examine(detector, rows), examine(detector, fewer)

    assert after.scores.equals(before.scores)
    assert after.findings.equals(before.findings)


def _columns() -> list[tuple[Detector, str]]:
    return [(detector, name) for detector in installed() for name in detector.reads if name not in (*CORE, "event_id")]


@pytest.mark.parametrize(("detector", "column"), _columns(), ids=lambda value: getattr(value, "name", value))
def test_a_missing_column_never_crashes_and_shows_in_coverage(detector: Detector, column: str):
    rows = detector.faked()
    if column not in rows.column_names:
        pytest.skip("the sample does not hold it")

    seen = examine(detector, rows.drop_columns([column]))

    cover = seen.coverage.to_pylist()
    needed = column in {name for need in detector.needs if isinstance(need, str) for name in [need]}
    if needed:
        assert not any(row["looked"] for row in cover)
        assert {row["reason"] for row in cover} == {f"no_{column}"}
        assert seen.findings.num_rows == 0
    for row in cover:
        assert row["looked"] == (row["mode"] is not None)
        assert (row["reason"] is None) == (row["mode"] == "full")


def _types() -> list[tuple[Detector, str]]:
    return [(detector, name) for detector in installed() for name in detector.event_types]


@pytest.mark.parametrize(("detector", "event_type"), _types(), ids=lambda value: getattr(value, "name", value))
def test_a_missing_event_type_never_crashes(detector: Detector, event_type: str):
    rows = detector.faked()
    fewer = rows.filter(pc.not_equal(rows["event_type"].cast(pa.string()), event_type))

    seen = examine(detector, fewer)

    if event_type in detector.needs:
        assert not any(seen.coverage["looked"].to_pylist())


@detectors
def test_evidence_is_in_the_input(detector: Detector):
    rows = detector.faked()
    ids = set(rows["event_id"].to_pylist())

    for row in examine(detector, rows).findings.to_pylist():
        assert row["evidence"]
        assert set(row["evidence"]) <= ids
        assert len(row["evidence"]) <= min(50, row["evidence_count"])
        assert row["start"] <= row["end"]


@detectors
def test_leaves_its_input_alone_and_says_the_same_twice(detector: Detector):
    rows = detector.faked()
    before = rows.slice(0)

    first, second = examine(detector, rows), examine(detector, rows)

    assert rows.equals(before)
    assert same(first, second)


@detectors
def test_masked_ids_are_nobody(detector: Detector):
    rows = detector.faked()
    if "account_id" not in rows.column_names:
        pytest.skip("no accounts")
    masked = with_column(rows, "id_kind", pa.array(["masked"] * rows.num_rows).dictionary_encode())

    seen = examine(detector, masked)

    assert "account" not in seen.findings["subject_type"].to_pylist()
    assert "account" not in seen.scores["subject_type"].to_pylist()


@detectors
def test_staff_are_left_out(detector: Detector):
    rows = detector.faked()
    if detector.keeps_staff or "account_id" not in rows.column_names:
        pytest.skip("staff stay in: arithmetic on goods")
    everybody = frozenset(name for name in rows["account_id"].to_pylist() if name)

    seen = examine(detector, rows, staff=everybody)

    assert seen.findings.filter(pc.is_valid(seen.findings["subject_id"])).num_rows == 0
    assert sum(seen.coverage["n_staff"].to_pylist()) > 0


@detectors
def test_config_is_frozen_plain_and_documented(detector: Detector):
    config = detector.config()

    plain = dataclasses.asdict(config)

    assert json.loads(json.dumps(plain)) == json.loads(json.dumps(plain))
    assert type(config).__dataclass_params__.frozen
    source = __import__("inspect").getsource(type(config))
    assert source.count('"""') >= 2 * len(plain)


def test_names_are_unique():
    names = [detector.name for detector in installed()]

    assert len(names) == len(set(names))
