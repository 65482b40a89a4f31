import json
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from truecrowd.detectors import Detector, Finding, Scores, Seen, Stream
from truecrowd.engine.run import Runner, observe_all
from truecrowd.engine.settings import Settings
from truecrowd.errors import SchemaError
from truecrowd.features.state import Layout
from truecrowd.schema import EVENTS

LAYOUT = Layout(
    np.dtype([("room_id", "i4"), ("account_id", "i4"), ("ts", "i8"), ("event_id", "u8")]),
    ("room_id", "account_id"),
    {"ts": "first", "event_id": "first"},
)


@dataclass(frozen=True, slots=True)
class Config:
    min_accounts: int = 2
    """Fewest accounts that make a finding."""


def update(view, config):
    return LAYOUT.rows({name: view[name] for name in LAYOUT.dtype.names})


def finish(rows, facts, config):
    rooms, starts, counts = np.unique(rows["room_id"], return_index=True, return_counts=True)
    findings = [
        Finding("room", room, room, 0, 10, float(n), rows["event_id"][at : at + n], n, {"n": int(n)})
        for room, at, n in zip(rooms.tolist(), starts, counts, strict=True)
        if n >= config.min_accounts
    ]
    return Seen([Scores("room", rooms, rooms, counts.astype(float), counts)], findings)


STREAM = Stream(LAYOUT, update, finish)
COUNTED = Detector(
    name="counted", version=1, family="S", scheme="farm", subject="room", scope="room", event_types=("join",),
    reads=("event_id", "ts", "event_type", "room_id", "account_id"), needs=("join", "account_id"),
    lookback=timedelta(0), finds="accounts", source="this test", config=Config, detect=STREAM.detect, honest=list,
    faked=list, stream=STREAM,
)  # fmt: skip


def joins(*accounts: str, room: str = "r", ts: int = 0) -> pa.Table:
    n = len(accounts)
    return pa.table(
        {
            "event_id": pa.array([f"{room}{account}{ts}" for account in accounts]),
            "ts": pa.array([ts + at for at in range(n)], pa.timestamp("us", tz="UTC")),
            "event_type": pa.array(["join"] * n).dictionary_encode(),
            "room_id": pa.array([room] * n),
            "account_id": pa.array(list(accounts)),
        }
    )


def test_findings_name_room_subject_and_evidence():
    seen = observe_all([joins("b", "a")], Settings(), detectors=[COUNTED])

    finding = seen.findings.to_pylist()[0]
    assert (finding["room_id"], finding["subject_id"], finding["scheme"]) == ("r", "r", "farm")
    assert sorted(finding["evidence"]) == ["ra0", "rb0"]
    assert json.loads(finding["params"]) == {"n": 2}


def test_the_finding_id_does_not_depend_on_when_it_is_found():
    first = observe_all([joins("b", "a")], Settings(), detectors=[COUNTED]).findings["finding_id"]
    again = observe_all([joins("a"), joins("b", ts=0)], Settings(), detectors=[COUNTED]).findings["finding_id"]

    assert first.to_pylist() == again.to_pylist()


def test_a_room_where_it_cannot_look_is_covered_and_not_scored():
    blind = joins("x", room="blind").drop_columns(["account_id"])

    seen = observe_all([joins("a", "b"), blind], Settings(), detectors=[COUNTED])

    cover = {row["room_id"]: (row["looked"], row["reason"]) for row in seen.coverage.to_pylist()}
    assert cover == {"blind": (False, "no_account_id"), "r": (True, None)}
    assert seen.scores["room_id"].to_pylist() == ["r"]


def test_rows_of_staff_are_not_shown_and_are_counted():
    seen = observe_all([joins("a", "b", "mod")], Settings(), detectors=[COUNTED], staff=frozenset({"mod"}))

    assert seen.scores["n"].to_pylist() == [2]
    assert seen.coverage["n_staff"].to_pylist() == [1]
    assert seen.coverage["n_events"].to_pylist() == [2]


def test_late_rows_are_used_and_counted():
    slices = [joins("a", ts=100_000_000), joins("b", ts=0)]

    seen = observe_all(slices, Settings(lateness_s=30), detectors=[COUNTED])

    assert seen.n_late == 1
    assert seen.scores["n"].to_pylist() == [2]


def test_rows_within_the_lateness_are_on_time():
    slices = [joins("a", ts=20_000_000), joins("b", ts=0)]

    assert observe_all(slices, Settings(lateness_s=30), detectors=[COUNTED]).n_late == 0


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads_change_nothing(threads: int):
    slices = [joins("a", "b"), joins("c", room="q")]

    alone = observe_all(slices, Settings(threads=1), detectors=[COUNTED, COUNTED])
    seen = observe_all(slices, Settings(threads=threads), detectors=[COUNTED, COUNTED])

    assert seen.scores.equals(alone.scores)


def test_a_slice_that_is_not_events_is_refused():
    with Runner(Settings()) as runner, pytest.raises(SchemaError, match="column 'room_id' is missing"):
        runner.push(joins("a").drop_columns(["room_id"]))


def test_an_empty_slice_is_nothing():
    seen = observe_all([EVENTS.empty(), joins("a", "b"), EVENTS.empty()], Settings(), detectors=[COUNTED])

    assert seen.scores["n"].to_pylist() == [2]


def test_a_score_that_is_no_number_is_refused():
    def endless(rows, facts, config):
        seen = finish(rows, facts, config)
        return Seen([Scores("room", one.room, one.subject, one.score * np.inf, one.n) for one in seen.scores])

    import dataclasses

    bad = dataclasses.replace(COUNTED, stream=Stream(LAYOUT, update, endless))
    with pytest.raises(SchemaError, match="not a finite number"):
        observe_all([joins("a")], Settings(), detectors=[bad])
