import json
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from truecrowd.detectors import Detector, Seen
from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.schema import COVERAGE, FINDINGS, SCORES, build
from truecrowd.verdict.judge import Judged, judge

SHAPE = Detector(
    name="even_gaps", version=1, family="S", scheme="farm", subject="account", scope="room", event_types=("like",),
    reads=("event_id", "ts", "event_type", "room_id"), needs=("like",), lookback=timedelta(0), finds="x", source="x",
    config=dict, detect=lambda view, config: Seen(), honest=list, faked=list,
)  # fmt: skip
MIX = replace(SHAPE, name="phone_mix", family="D")
STOCK = replace(SHAPE, name="stock_balance", family="M", scheme="staged_stock", subject="product", is_exact=True)
ALL = (SHAPE, MIX, STOCK)


def cover(*looked: str) -> pa.Table:
    rows = [{"room_id": "r", "detector": d.name, "looked": d.name in looked, "n_events": 1, "n_staff": 0} for d in ALL]
    return build(COVERAGE, rows)


def finding(detector: Detector, kind: str = "room", subject: str = "r", **params: object) -> dict[str, object]:
    return {
        "finding_id": "f", "detector": detector.name, "detector_version": 1, "scheme": detector.scheme,
        "subject_type": kind, "subject_id": subject, "room_id": "r", "start": 2, "end": 4, "score": 1.0,
        "evidence": ["e"], "evidence_count": 1, "params": json.dumps(params),
    }  # fmt: skip


def score(detector: Detector, kind: str, subject: str) -> dict[str, object]:
    return {
        "room_id": "r", "subject_type": kind, "subject_id": subject, "detector": detector.name, "score": 0.0, "n": 1,
        "mode": "full",
    }  # fmt: skip


def judged(*findings: dict[str, object], looked: str = "", scores=(), staff=frozenset()) -> Judged:
    events = pa.table(
        {
            "event_id": pa.array(["e", "f", "g"]),
            "ts": pa.array([1, 60_000_000, 120_000_000], pa.timestamp("us", tz="UTC")),
            "event_type": pa.array(["join", "like", "order"]).dictionary_encode(),
            "room_id": pa.array(["r"] * 3),
            "account_id": pa.array(["a", "a", "b"]),
            "amount_minor": pa.array([None, None, 1_999], pa.int64()),
        }
    )
    facts = observe_all([events], Settings(threads=1), detectors=[], staff=staff).facts
    return judge(cover(*looked.split()), build(SCORES, list(scores)), build(FINDINGS, list(findings)), facts, ALL)


def level(result: Judged, scheme: str, kind: str = "room", subject: str = "r") -> tuple[str, list[str]]:
    rows = result.verdicts.filter(
        (pc.field("scheme") == scheme) & (pc.field("subject_type") == kind) & (pc.field("subject_id") == subject)
    )
    (row,) = rows.to_pylist()
    return row["level"], row["reasons"]


def test_two_families_that_saw_nothing_are_clear():
    result = judged(looked="even_gaps phone_mix")

    assert level(result, "farm") == ("clear", [])
    assert level(result, "any") == ("clear", [])


def test_one_family_that_saw_nothing_is_undetermined():
    assert level(judged(looked="even_gaps"), "farm") == ("undetermined", ["few_families"])


def test_nobody_looked_is_undetermined():
    assert level(judged(), "any") == ("undetermined", ["not_looked"])
    assert level(judged(looked="even_gaps"), "troupe") == ("undetermined", ["not_looked"])


def test_arithmetic_needs_no_second_family_to_be_clear():
    assert level(judged(looked="stock_balance"), "staged_stock") == ("clear", [])


def test_statistics_stop_at_watch_however_many_agree():
    result = judged(finding(SHAPE), finding(MIX), looked="even_gaps phone_mix")

    assert level(result, "farm") == ("watch", ["even_gaps", "phone_mix", "not_calibrated"])
    assert result.verdicts["p_manufactured"].null_count == result.verdicts.num_rows


def test_a_breach_is_high_and_critical_once_orders_followed():
    breach = finding(STOCK, "product", "p")
    followed = finding(STOCK, "product", "p", n_orders_after=3)

    assert level(judged(breach, looked="stock_balance"), "staged_stock") == ("high", ["stock_balance", "exact"])
    assert level(judged(followed, looked="stock_balance"), "staged_stock")[0] == "critical"
    assert level(judged(followed, looked="stock_balance"), "any")[0] == "critical"


def test_a_one_sided_breach_is_at_watch():
    one_sided = finding(STOCK, "product", "p", is_exact=False, n_orders_after=3)

    assert level(judged(one_sided, looked="stock_balance"), "staged_stock") == (
        "watch",
        ["stock_balance", "not_calibrated"],
    )


def test_products_have_verdicts_of_their_own():
    result = judged(
        finding(STOCK, "product", "p"),
        looked="stock_balance",
        scores=[score(STOCK, "product", "p"), score(STOCK, "product", "q")],
    )

    assert level(result, "staged_stock", "product", "p")[0] == "high"
    assert level(result, "staged_stock", "product", "q")[0] == "clear"
    assert level(result, "any", "product", "p")[0] == "high"


def test_everybody_seen_has_a_row_and_nobody_is_above_watch():
    result = judged(finding(SHAPE, "account", "a"), looked="even_gaps phone_mix")

    assert level(result, "any", "account", "a") == ("watch", ["even_gaps", "not_calibrated"])
    assert level(result, "any", "account", "b") == ("undetermined", ["not_calibrated"])


def test_staff_are_never_judged():
    assert level(judged(staff=frozenset({"a"})), "any", "account", "a") == ("undetermined", ["staff"])


@pytest.mark.parametrize(
    ("measure", "shown"),
    [("viewers", 2.0), ("likes", 1.0), ("orders", 1.0), ("gmv", 1_999.0), ("comments", None), ("viewer_minutes", 1.0)],
)
def test_shown_is_what_the_data_holds(measure: str, shown: float | None):
    rows = {row["measure"]: row for row in judged().shares.to_pylist()}

    assert rows[measure]["shown"] == shown
    assert rows[measure]["share"] is rows[measure]["at_least"] is None


def test_a_slice_with_a_finding_is_undetermined_and_others_are_not():
    rows = judged(finding(SHAPE), looked="even_gaps phone_mix").timeline.to_pylist()

    assert {row["measure"]: row["band"] for row in rows} == {
        "viewers": "undetermined", "likes": "unremarkable", "orders": "unremarkable",
    }  # fmt: skip


def test_a_room_in_which_nothing_could_look_is_undetermined_throughout():
    assert set(judged().timeline["band"].to_pylist()) == {"undetermined"}
