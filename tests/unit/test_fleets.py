"""Who becomes one fleet: hosts in common, two families in one room, and what never suffices."""

import dataclasses
import json
from collections.abc import Iterable

import numpy as np
import pytest

from truecrowd.detectors import Look, Scores, Seen, co_arrival
from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.features.facts import Facts
from truecrowd.features.goods import events_table
from truecrowd.fleets import Config, Fleets, finding_rows, findings_of, group
from truecrowd.fleets.links import unseen
from truecrowd.schema import FINDINGS, FLEETS, check

SECOND = 1_000_000
CHECKS = {"S": "stay_shape", "L": "co_arrival", "D": "young_accounts", "M": "order_path"}


def visits(
    rooms: Iterable[str], accounts: Iterable[str], after_s: int = 0, every_s: int = 7
) -> list[dict[str, object]]:
    """Joins of these accounts in each of these rooms; room "a2" is the second of host "a"."""
    rows = []
    for at, room in enumerate(rooms):
        opens = 1_785_000_000_000_000 + at * 86_400 * SECOND
        base = {"event_type": "join", "room_id": room, "host_id": room[0]}
        rows += [
            base | {"account_id": name, "ts": opens + (after_s + every_s * k) * SECOND}
            for k, name in enumerate(accounts)
        ]
    return rows


def crew(n: int = 6, prefix: str = "w") -> list[str]:
    return [f"{prefix}{k}" for k in range(n)]


def facts_of(rows: list[dict[str, object]], staff: frozenset[str] = frozenset()) -> Facts:
    return observe_all([events_table(rows)], Settings(threads=1), staff=staff, detectors=[]).facts


def scored(facts: Facts, said: dict[tuple[str, str, str], float], *, names=CHECKS, schemes=None, mode="full"):
    """What checks say: (room, account, family) to nats; what is not said is 0."""
    seen = []
    rooms, accounts = facts.names["room_id"].to_pylist(), facts.names["account_id"].to_pylist()
    for family, name in names.items():
        keys = [key for key in said if key[2] == family]
        room = np.array([rooms.index(key[0]) for key in keys], np.int64)
        account = np.array([accounts.index(key[1]) for key in keys], np.int64)
        score = np.array([said[key] for key in keys])
        detector = dataclasses.replace(
            co_arrival.DETECTOR, name=name, family=family, scheme=(schemes or {}).get(family, "farm")
        )  # fmt: skip
        look = Look(np.full(facts.n_rooms, "", object), np.full(facts.n_rooms, mode, object))
        seen.append((detector, look, Seen([Scores("account", room, account, score, np.ones(len(keys), np.int64))])))
    return seen


def say(rooms: Iterable[str], accounts: Iterable[str], families: str, nats: float = 2.0):
    return {(room, name, family): nats for room in rooms for name in accounts for family in families}


def members(fleets: Fleets) -> list[set[str]]:
    rows = fleets.fleets.to_pylist()
    return [{row["account_id"] for row in rows if row["fleet_id"] == name} for name in fleets.ids]


@pytest.mark.parametrize(("rooms", "n_fleets"), [(["a", "b"], 0), (["a", "b", "c"], 1)])
def test_three_hosts_seed_a_fleet(rooms: list[str], n_fleets: int):
    facts = facts_of(visits(rooms, crew()))

    fleets = group(facts, scored(facts, say(rooms, crew(), "D")), Config())

    assert members(fleets) == [set(crew())] * n_fleets
    check(fleets.fleets, FLEETS)


def test_rooms_of_one_host_are_one_host():
    rooms = ["a1", "a2", "a3"]
    facts = facts_of(visits(rooms, crew()))

    fleets = group(facts, scored(facts, say(rooms, crew(), "S")), Config())

    assert fleets.ids == ()


@pytest.mark.parametrize(("families", "n_fleets"), [("D", 0), ("S", 0), ("DS", 1), ("MD", 1)])
def test_one_room_needs_two_families(families: str, n_fleets: int):
    facts = facts_of(visits(["a"], crew()))

    fleets = group(facts, scored(facts, say(["a"], crew(), families)), Config())

    assert members(fleets) == [set(crew())] * n_fleets


def test_two_families_must_speak_of_the_same_accounts():
    facts = facts_of(visits(["a"], crew(12)))
    said = say(["a"], crew(12)[:6], "D") | say(["a"], crew(12)[6:], "S")

    assert group(facts, scored(facts, said), Config()).ids == ()


@pytest.mark.parametrize(("n", "n_fleets"), [(3, 0), (4, 1)])
def test_four_seeds_are_needed(n: int, n_fleets: int):
    facts = facts_of(visits(["a"], crew(n)))

    assert len(group(facts, scored(facts, say(["a"], crew(n), "DS")), Config()).ids) == n_fleets


def test_two_hosts_and_a_family_extend_a_seeded_fleet():
    rooms = ["a", "b", "c"]
    facts = facts_of(visits(rooms, crew(9)) + visits(["a", "b"], ["x"]) + visits(["a"], ["y"]))
    said = say(rooms, crew(9), "D") | say(["a", "b"], ["x"], "D", 1.5) | say(["a"], ["y"], "D", 1.5)

    fleets = group(facts, scored(facts, said), Config())

    assert members(fleets) == [{*crew(9), "x"}]


@pytest.mark.parametrize(("nats", "joins"), [(2.4, False), (2.5, True)])
def test_one_strong_family_joins_seeds_of_the_same_crowd(nats: float, joins: bool):
    facts = facts_of(visits(["a"], crew(20)))
    said = say(["a"], crew(20)[:10], "DS") | say(["a"], crew(20)[10:], "D", nats)

    fleets = group(facts, scored(facts, said), Config())

    assert members(fleets) == [set(crew(20)) if joins else set(crew(20)[:10])]


def test_one_strong_family_without_seeds_names_nobody():
    facts = facts_of(visits(["a"], crew(60)))
    said = say(["a"], crew(60)[:4], "DS") | say(["a"], crew(60)[4:], "D", 4.0)

    fleets = group(facts, scored(facts, said), Config())

    assert members(fleets) == [set(crew(60)[:4])]


@pytest.mark.parametrize(("after_s", "n_fleets"), [(0, 1), (3_600, 2)])
def test_pieces_of_one_schedule_are_one_fleet(after_s: int, n_fleets: int):
    one, other = crew(9, "x"), crew(9, "y")
    facts = facts_of(visits("ab", one) + visits("ac", other, after_s=after_s))
    said = say("ab", one, "DS") | say("ac", other, "DS")

    assert len(group(facts, scored(facts, said), Config()).ids) == n_fleets


def test_company_alone_carries_nobody_in():
    rooms = ["a", "b", "c"]
    facts = facts_of(visits(rooms, [*crew(), "guest"]))

    fleets = group(facts, scored(facts, say(rooms, crew(), "D") | say(rooms, ["guest"], "D", 0.4)), Config())

    assert members(fleets) == [set(crew())]


def test_common_taste_for_rooms_does_not_link_those_who_stand_out_once():
    rooms = ["a", "b", "c"]
    viewers = crew(60, "v")
    facts = facts_of(visits(rooms, viewers))
    said = say(["a"], viewers[:12], "D") | say(["b"], viewers[9:21], "D") | say(["c"], viewers[18:30], "D")

    assert group(facts, scored(facts, said), Config()).ids == ()


def test_two_operators_in_one_room_stay_two():
    facts = facts_of(visits(["a", "b", "c"], crew(8)) + visits(["a", "d", "e"], crew(8, "x"), after_s=3_600))
    said = say(["a", "b", "c"], crew(8), "D") | say(["a", "d", "e"], crew(8, "x"), "D")

    fleets = group(facts, scored(facts, said), Config())

    assert sorted(members(fleets), key=min) == [set(crew(8)), set(crew(8, "x"))]


@pytest.mark.parametrize(
    ("after_s", "every_s", "become"),
    [(3, 55, "members"), (5_400, 55, "a fleet"), (3, 1, "nothing")],
    ids=["same schedule", "another schedule", "within five seconds of it"],
)
def test_newcomers_join_the_fleet_whose_schedule_they_share(after_s: int, every_s: int, become: str):
    rooms = "ab"
    old, new = set(crew(40)), set(crew(5, "n"))
    facts = facts_of(
        visits([*rooms, "c"], crew(12)) + visits(rooms, crew(40)[12:]) + visits("a", sorted(new), after_s, every_s)
    )
    said = say([*rooms, "c"], crew(12), "D") | say(rooms, crew(40)[12:], "D") | say("a", new, "DS")

    fleets = group(facts, scored(facts, said), Config())

    wanted = {"members": [old | new], "a fleet": [new, old], "nothing": [old]}
    assert sorted(members(fleets), key=len) == wanted[become]


@pytest.mark.parametrize(("name", "kind"), [("phone_mix", "automated"), ("young_accounts", "organised")])
def test_only_evidence_of_a_machine_makes_it_automated(name: str, kind: str):
    facts = facts_of(visits(["a"], crew(200)))

    fleets = group(facts, scored(facts, say(["a"], crew(200), "DS"), names=CHECKS | {"D": name}), Config())

    assert fleets.kinds == (kind,)


def test_a_fleet_keeps_its_name_as_it_grows():
    rooms = ["a", "b", "c"]
    small, large = facts_of(visits(rooms, crew(6))), facts_of(visits([*rooms, "d"], crew(9)))

    before = group(small, scored(small, say(rooms, crew(6), "D")), Config())
    after = group(large, scored(large, say([*rooms, "d"], crew(9), "D")), Config())

    assert before.ids == after.ids


def test_staff_are_never_members():
    facts = facts_of(visits(["a"], crew(8)), frozenset(crew(8)[:5]))

    assert group(facts, scored(facts, say(["a"], crew(8), "DS")), Config()).ids == ()


def test_a_weaker_reading_says_one_nat_at_most():
    facts = facts_of(visits(["a"], crew()))

    fleets = group(facts, scored(facts, say(["a"], crew(), "DS", 4.0), mode="no_hours"), Config())

    assert fleets.signs.families.max() == 1.0


def test_more_evidence_is_a_surer_member():
    facts = facts_of(visits(["a"], crew(8)))
    said = say(["a"], crew(8)[:4], "DS", 1.0) | say(["a"], crew(8)[4:], "DS", 3.0)

    rows = group(facts, scored(facts, said), Config()).fleets.to_pylist()

    p = {row["account_id"]: row["p_member"] for row in rows}
    assert 0.5 < p["w0"] < p["w7"] < 1


def test_nobody_gives_no_fleet():
    facts = observe_all([co_arrival.faked().slice(0, 0)], Settings(threads=1), detectors=[]).facts

    fleets = group(facts, scored(facts, {}), Config())

    assert fleets.fleets.num_rows == 0
    assert findings_of(fleets, facts, scored(facts, {})) == []


@pytest.mark.parametrize(
    ("families", "schemes", "rooms", "scheme"),
    [
        ("D", {}, ["a", "b", "c"], "troupe"), ("DS", {}, ["a"], "organised"), ("M", {"M": "brushing"}, ["a", "b", "c"], "brushing"),
    ],
)  # fmt: skip
def test_a_finding_counts_people_hosts_and_families(families, schemes, rooms, scheme):
    facts = facts_of(visits(rooms, crew()))
    seen = scored(facts, say(rooms, crew(), families), schemes=schemes)
    fleets = group(facts, seen, Config())

    rows = finding_rows(fleets, findings_of(fleets, facts, seen), facts, lambda hashes: [str(one) for one in hashes])

    check(rows, FINDINGS)
    (row,) = rows.to_pylist()
    params = json.loads(row["params"])
    assert (params["n_accounts"], params["n_hosts"], params["n_rooms"]) == (6, len(rooms), len(rooms))
    assert params["families"] == dict.fromkeys([name for name in "SLDM" if name in families], 6)
    assert (row["subject_type"], row["subject_id"], row["scheme"]) == ("fleet", fleets.ids[0], scheme)


def test_evidence_of_a_fleet_is_that_of_its_rooms_and_accounts():
    rows = co_arrival.faked()
    seen = observe_all([rows], Settings(threads=1), detectors=[co_arrival.DETECTOR])
    fleets = group(seen.facts, seen.seen, Config())

    (finding,) = findings_of(fleets, seen.facts, seen.seen)

    assert finding.n_evidence >= 20
    assert set(finding.evidence) <= {
        one for _, _, said in seen.seen for found in said.findings for one in found.evidence
    }


def test_a_crew_seen_often_leaves_few_unseen():
    rare, busy = (
        unseen(np.zeros(20, np.int64), np.ones(20, np.int64), 1),
        unseen(np.zeros(20, np.int64), np.full(20, 6), 1),
    )

    assert rare[0] > 10 > 0.01 > busy[0]
