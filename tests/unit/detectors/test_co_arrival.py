"""Accounts that come in the same ten minutes to host after host; see contract/test_detectors.py for the rest."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from truecrowd.detectors import co_arrival
from truecrowd.engine.run import Observed, observe_all
from truecrowd.engine.settings import Settings
from truecrowd.features.goods import events_table

SECOND = 1_000_000
OPENS = 1_785_000_300_000_000


def examine(rows: pa.Table) -> Observed:
    return observe_all([rows], Settings(threads=1), detectors=[co_arrival.DETECTOR])


def evenings(crew: int = 20, hosts: int = 5, **changes: object) -> list[dict[str, object]]:
    """Forty strangers an evening, and a crew that comes within four minutes to each."""
    rows = []
    for night in range(max(hosts, 3)):
        opens = OPENS + night * (86_400 + 5 * 3_600) * SECOND
        base = {"room_id": f"r{night}", "host_id": f"h{night}", "event_type": "join"} | changes
        rows += [base | {"account_id": f"n{night}-{k}", "ts": opens + (150 * k + 7) * SECOND} for k in range(40)]
        at = opens + (1_813 + 600 * night) * SECOND
        here = crew if night < hosts else 0
        rows += [base | {"account_id": f"w{k}", "ts": at + 11 * k * SECOND} for k in range(here)]
    return rows


def scores_of(seen: Observed, subject: str) -> list[float]:
    return seen.scores.filter(pc.equal(seen.scores["subject_type"], subject))["score"].to_pylist()


@pytest.mark.parametrize(("crew", "n_findings"), [(5, 0), (20, 5)])
def test_a_finding_needs_a_crew(crew: int, n_findings: int):
    seen = examine(events_table(evenings(crew)))

    assert seen.findings.num_rows == n_findings


def test_a_finding_counts_accounts_and_hosts_and_shows_the_crew_first():
    rows = events_table(evenings())
    crew = {row["event_id"] for row in rows.to_pylist() if row["account_id"].startswith("w")}

    finding = examine(rows).findings.to_pylist()[0]

    params = json.loads(finding["params"])
    assert (params["n_accounts"], params["n_hosts"], params["n_looked"]) == (20, 5, 60)
    assert set(finding["evidence"]) <= crew
    assert finding["scheme"] == "troupe"


def test_more_than_a_troupe_is_a_farm():
    seen = examine(events_table(evenings(120, 3)))

    assert set(seen.findings["scheme"].to_pylist()) == {"farm"}


def test_strangers_beside_the_crew_score_nothing():
    seen = examine(events_table(evenings()))

    account = seen.scores.filter(pc.equal(seen.scores["subject_type"], "account"))
    stranger = pc.starts_with(account["subject_id"], "n")
    assert max(account.filter(stranger)["score"].to_pylist()) == 0
    assert min(account.filter(pc.invert(stranger))["score"].to_pylist()) > 1


def test_two_hosts_are_no_finding():
    seen = examine(events_table(evenings(hosts=2)))

    assert seen.findings.num_rows == 0
    assert max(scores_of(seen, "account")) == 0


def test_many_nights_of_one_host_are_one_host():
    seen = examine(events_table(evenings(host_id="h")))

    assert seen.findings.num_rows == 0
    assert set(seen.coverage["reason"].to_pylist()) == {"fewer_than_three_hosts"}


@pytest.mark.parametrize("label", ["raid", "paid"])
def test_a_labelled_crowd_is_explained(label: str):
    seen = examine(events_table(evenings(traffic_source=label)))

    assert seen.findings.num_rows == 0


def test_buyers_who_order_together_are_seen_though_they_came_apart():
    own_time = np.random.default_rng(1)
    rows = evenings(0)
    for night in range(5):
        opens = OPENS + night * (86_400 + 5 * 3_600) * SECOND
        base: dict[str, object] = {"room_id": f"r{night}", "host_id": f"h{night}"}
        for k in range(60):
            came = opens + int(own_time.integers(5_000)) * SECOND
            rows.append(base | {"event_type": "join", "account_id": f"b{k}", "ts": came})
            slot = opens + (5_413 + 11 * k) * SECOND if k < 15 else came + 700 * SECOND
            rows.append(base | {"event_type": "order", "account_id": f"b{k}", "ts": slot, "order_id": f"o{night}-{k}"})

    seen = examine(events_table(rows))

    account = seen.scores.filter(pc.equal(seen.scores["subject_type"], "account")).to_pylist()
    crew = {f"b{k}" for k in range(15)}
    slots = [row["score"] for row in account if row["subject_id"] in crew]
    others = [row["score"] for row in account if row["subject_id"] not in crew]
    assert min(slots) > 2 * max(others)


def test_a_permanent_room_stands_for_its_host():
    rows = [row | {"source_room_id": row["room_id"], "host_id": None} for row in evenings()]

    seen = examine(events_table(rows))

    assert seen.findings.num_rows == 5
    assert set(seen.coverage["mode"].to_pylist()) == {"rooms"}


def test_without_joins_the_first_action_is_the_arrival():
    seen = examine(events_table(evenings(event_type="comment")))

    assert seen.findings.num_rows == 5
    assert set(seen.coverage["mode"].to_pylist()) == {"first_action"}


def test_display_names_are_not_held_together_across_rooms():
    seen = examine(events_table(evenings(id_kind="nick")))

    assert not any(seen.coverage["looked"].to_pylist())
    assert set(seen.coverage["reason"].to_pylist()) == {"nick_ids"}
