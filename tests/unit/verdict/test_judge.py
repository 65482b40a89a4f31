import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from truecrowd.detectors import Detector, Finding, Look, Scores, Seen
from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.fleets import Config, group
from truecrowd.reference import Reference
from truecrowd.reference import build as built
from truecrowd.schema import FINDINGS, SCORES, build
from truecrowd.verdict import roomwise
from truecrowd.verdict.fusion import Fusion, Model, Steps
from truecrowd.verdict.judge import Judged, judge

SHAPE = Detector(
    name="even_gaps", version=1, family="S", scheme="farm", subject="account", scope="room", event_types=("like",),
    reads=("event_id", "ts", "event_type", "room_id"), needs=("like",), lookback=timedelta(0), finds="x", source="x",
    config=dict, detect=lambda view, config: Seen(), honest=list, faked=list,
)  # fmt: skip
MIX = replace(SHAPE, name="phone_mix", family="D")
STOCK = replace(SHAPE, name="stock_balance", family="M", scheme="staged_stock", subject="product", is_exact=True)
ALL = (SHAPE, MIX, STOCK)


@pytest.fixture(autouse=True)
def two_viewers_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """The room of these tests has two viewers; that so few say nothing is tested on its own."""
    monkeypatch.setattr(roomwise, "LEAST_VIEWERS", 2)
    monkeypatch.setattr(roomwise, "WIDE", 1.0)


STEP = {
    "even_gaps": Steps(0, np.array([1.0]), np.array([-1.0, 3.0])),
    "phone_mix": Steps(2, np.array([1.0]), np.array([-1.0, 3.0])),
}
MODEL = Model("m", {}, {kind: Fusion(STEP, {}) for kind in ("account", "room/farm", "room/any", "room/organised")}, {})
"""Either score from 1 on adds 3 nats, below it takes one away."""


def look(*, looks: bool, mode: str = "full") -> Look:
    return Look(np.array(["" if looks else "no_like"], object), np.array([mode if looks else ""], object))


def said(scores: dict[str, float], looked: list[str], mode: str) -> list[tuple[Detector, Look, Seen]]:
    """What each detector says of the room and of account a; b is at 0."""
    out = []
    for one in ALL:
        seen = Seen()
        if one.name in scores and one.name in looked:
            room, both, ones = np.zeros(1, int), np.zeros(2, int), np.ones(2, int)
            seen = Seen((
                Scores("room", room, room, np.array([scores[one.name]]), ones[:1]),
                Scores("account", both, np.arange(2), np.array([scores[one.name], 0.0]), ones),
            ))  # fmt: skip
        out.append((one, look(looks=one.name in looked, mode=mode), seen))
    return out


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


def judged(
    *findings: dict[str, object], looked: str = "", scores=(), staff=frozenset(), said_of=None, mode="full", seen=None,
    reference: Reference | None = None,
) -> Judged:  # fmt: skip
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
    return judge(
        seen or said(said_of or {}, looked.split(), mode), build(SCORES, list(scores)), build(FINDINGS, list(findings)), facts,
        group(facts, (), Config()), model=MODEL, reference=reference,
    )  # fmt: skip


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


def test_few_viewers_say_nothing_by_their_silence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(roomwise, "LEAST_VIEWERS", 3)

    assert level(judged(looked="even_gaps phone_mix"), "farm") == ("undetermined", ["few_viewers"])


def test_a_share_that_may_be_anything_is_no_clear_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(roomwise, "WIDE", -1.0)

    assert level(judged(looked="even_gaps phone_mix"), "any") == ("undetermined", ["wide_share"])


def test_nobody_looked_is_undetermined():
    assert level(judged(), "any") == ("undetermined", ["not_looked"])
    assert level(judged(looked="even_gaps"), "brushing") == ("undetermined", ["not_looked"])


def test_arithmetic_needs_no_second_family_to_be_clear():
    assert level(judged(looked="stock_balance"), "staged_stock") == ("clear", [])


def test_one_finding_is_worth_watching_whatever_the_sum_says():
    result = judged(finding(SHAPE), looked="even_gaps phone_mix")

    assert level(result, "farm") == ("watch", ["even_gaps", "one_finding"])


def test_two_families_are_strong_signs_and_name_what_moved_them():
    result = judged(looked="even_gaps phone_mix", said_of={"even_gaps": 2.0, "phone_mix": 2.0})

    assert level(result, "farm") == ("high", ["even_gaps", "phone_mix"])


def test_one_family_is_never_more_than_worth_watching():
    result = judged(looked="even_gaps phone_mix", said_of={"even_gaps": 9.0, "phone_mix": 0.0})

    assert level(result, "farm")[0] in ("clear", "watch")
    assert level(judged(looked="even_gaps", said_of={"even_gaps": 9.0}), "farm")[0] == "watch"


def test_shape_alone_says_nothing_against_simulated_rooms():
    simulated = built(
        {"nats/farm": np.full(500, -5.0), "nats/any": np.full(500, -5.0)}, np.full(500, 2), {}, {}, word="simulated",
        is_simulated=True,
    )  # fmt: skip
    shape = judged(looked="even_gaps phone_mix", said_of={"even_gaps": 9.0, "phone_mix": 0.0}, reference=simulated)
    finding_alone = judged(finding(SHAPE), looked="even_gaps phone_mix", reference=simulated)
    both = judged(looked="even_gaps phone_mix", said_of={"even_gaps": 9.0, "phone_mix": 2.0}, reference=simulated)

    assert level(finding_alone, "farm") == ("undetermined", ["even_gaps", "shape_alone"])
    assert level(shape, "farm")[0] in ("clear", "undetermined")
    assert level(both, "farm")[0] == "high"


def test_a_weaker_reading_counts_one_nat_at_most():
    result = judged(looked="even_gaps phone_mix", said_of={"even_gaps": 2.0, "phone_mix": 2.0}, mode="mix_only")

    assert level(result, "farm")[0] == "clear"


def test_organised_people_are_never_more_than_worth_watching():
    result = judged(looked="even_gaps phone_mix", said_of={"even_gaps": 2.0, "phone_mix": 2.0})

    assert level(result, "organised")[0] != "high"


def honest(nats: float) -> Reference:
    """Five hundred honest rooms that all score so."""
    columns = {f"nats/{scheme}": np.full(500, nats) for scheme in ("any", "farm")}
    return built(columns, np.full(500, 2), {}, {}, word="own", is_simulated=False)


def test_what_honest_rooms_show_as_well_is_nothing_unusual():
    both = {"even_gaps": 2.0, "phone_mix": 2.0}

    usual = judged(looked="even_gaps phone_mix", said_of=both, reference=honest(9.0))
    rare = judged(looked="even_gaps phone_mix", said_of=both, reference=honest(-2.0))

    assert level(usual, "farm")[0] == "clear"
    assert level(rare, "farm")[0] == "high"


@pytest.mark.parametrize(("nats", "p_value"), [(9.0, 1.0), (-2.0, 1 / 501)])
def test_a_room_says_how_many_honest_rooms_show_as_much_and_accounts_do_not(nats: float, p_value: float):
    result = judged(looked="even_gaps phone_mix", said_of={"even_gaps": 2.0, "phone_mix": 2.0}, reference=honest(nats))

    rows = result.verdicts.filter(pc.field("scheme") == "farm").to_pylist()

    assert {row["p_value"] for row in rows if row["subject_type"] == "room"} == {round(p_value, 6)}
    assert {row["p_value"] for row in result.verdicts.to_pylist() if row["subject_type"] == "account"} == {None}


def test_a_finding_that_honest_rooms_show_as_well_is_named_and_does_not_count():
    result = judged(finding(SHAPE), looked="even_gaps phone_mix", reference=honest(9.0))

    assert level(result, "farm") == ("clear", ["even_gaps", "usual_in_reference"])


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
        ["stock_balance", "one_finding"],
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


def test_everybody_seen_has_a_row_and_a_probability():
    result = judged(looked="even_gaps phone_mix", said_of={"even_gaps": 2.0, "phone_mix": 2.0})

    rows = result.verdicts.filter((pc.field("subject_type") == "account") & (pc.field("scheme") == "any")).to_pylist()
    assert [row["subject_id"] for row in rows] == ["a", "b"]
    assert rows[0]["p_manufactured"] > 0.5 > rows[1]["p_manufactured"]
    assert rows[0]["reasons"] == ["even_gaps", "phone_mix"]


def test_an_account_of_one_family_is_never_above_watch():
    result = judged(looked="even_gaps phone_mix", said_of={"even_gaps": 9.0})

    assert level(result, "any", "account", "a")[0] in ("clear", "watch")


def test_nobody_is_worth_watching_in_a_room_that_honest_rooms_are_like():
    both = {"even_gaps": 2.0, "phone_mix": 2.0}

    quiet = judged(looked="even_gaps phone_mix", said_of=both, reference=honest(9.0))
    loud = judged(looked="even_gaps phone_mix", said_of=both, reference=honest(-2.0))

    assert level(quiet, "any", "account", "a")[0] == "clear"
    assert level(loud, "any", "account", "a")[0] in ("watch", "high")


def test_an_account_with_a_finding_is_worth_watching():
    by_code = Finding("account", 0, 0, 2, 4, 1.0, np.array([1], np.uint64), 1)
    seen = [(SHAPE, look(looks=True), Seen((), (by_code,))), *said({}, ["phone_mix"], "full")[1:]]

    assert level(judged(looked="x", seen=seen), "any", "account", "a")[0] == "watch"


def test_staff_are_never_judged():
    assert level(judged(staff=frozenset({"a"})), "any", "account", "a") == ("undetermined", ["staff"])


@pytest.mark.parametrize(
    ("measure", "shown"),
    [("viewers", 1.0), ("likes", 1.0), ("orders", 1.0), ("gmv", 1_999.0), ("comments", None), ("viewer_minutes", 1.0)],
)
def test_shown_is_what_the_data_holds(measure: str, shown: float | None):
    rows = {row["measure"]: row for row in judged().shares.to_pylist()}

    assert rows[measure]["shown"] == shown
    assert rows[measure]["at_least"] is None


def test_a_slice_with_a_finding_is_undetermined_and_others_are_not():
    rows = judged(finding(SHAPE), looked="even_gaps phone_mix").timeline.to_pylist()

    assert {row["measure"]: row["band"] for row in rows} == {
        "viewers": "undetermined", "likes": "unremarkable", "orders": "unremarkable",
    }  # fmt: skip


def test_a_room_in_which_nothing_could_look_is_undetermined_throughout():
    assert set(judged().timeline["band"].to_pylist()) == {"undetermined"}
