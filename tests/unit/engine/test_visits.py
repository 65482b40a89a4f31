"""Visits: every member of a fleet in every room it was in, and some others of the same rooms, evenly chosen."""

import pyarrow as pa

from truecrowd.engine.run import observe_all
from truecrowd.engine.settings import Settings
from truecrowd.engine.visits import MOST_OTHERS, VISITS, visits_of
from truecrowd.features.facts import Facts
from truecrowd.schema import EVENTS, FLEETS, build

OPENS = 1_700_000_000_000_000


def facts_of(rooms: dict[str, list[str]], staff: frozenset[str] = frozenset()) -> Facts:
    rows = [
        {"event_id": f"{room}-{at}", "room_id": room, "account_id": account, "event_type": "join", "id_kind": "stable"}
        | {"ts": OPENS + at * 1_000_000}
        for room, accounts in rooms.items()
        for at, account in enumerate(accounts)
    ]
    columns = {name: [row.get(name) for row in rows] for name in ("event_id", "room_id", "account_id")}
    table = pa.table({
        **columns, "ts": pa.array([row["ts"] for row in rows], pa.timestamp("us", tz="UTC")),
        **{
            name: pa.array([row[name] for row in rows]).dictionary_encode().cast(pa.dictionary(pa.int32(), pa.string()))
            for name in ("event_type", "id_kind")
        },
    })  # fmt: skip
    kinds = {name: kind for name, kind in EVENTS.columns if name in table.column_names}
    table = table.cast(pa.schema([(name, kinds[name]) for name in table.column_names]))
    return observe_all([table], Settings(), staff=staff, detectors=()).facts


def fleet(*accounts: str) -> pa.Table:
    return build(FLEETS, [{"fleet_id": "f", "account_id": name, "kind": "organised"} for name in accounts])


def test_members_are_listed_in_every_room_and_others_in_theirs_only() -> None:
    facts = facts_of({"R1": ["m1", "x1", "m2"], "R2": ["m1"], "R3": ["x1", "x2"]})

    rows = visits_of(facts, fleet("m1", "m2")).to_pylist()

    assert [(row["room_id"], row["account_id"], row["is_member"]) for row in rows] == [
        ("R1", "m1", True), ("R1", "m2", True), ("R1", "x1", False), ("R2", "m1", True),
    ]  # fmt: skip


def test_a_crowd_is_thinned_evenly_and_members_never_are() -> None:
    crowd = [f"x{at:04}" for at in range(1000)]
    members = [f"m{at:03}" for at in range(300)]

    rows = visits_of(facts_of({"R1": [*crowd, *members]}), fleet(*members))

    assert rows["is_member"].to_pylist().count(True) == 300
    others = [name for name in rows["account_id"].to_pylist() if name.startswith("x")]
    assert (len(others), others[0], others[-1]) == (MOST_OTHERS, "x0000", "x0999")


def test_staff_is_nobody_to_compare_with() -> None:
    facts = facts_of({"R1": ["m1", "boss"]}, staff=frozenset({"boss"}))

    assert visits_of(facts, fleet("m1"))["account_id"].to_pylist() == ["m1"]


def test_without_a_fleet_nobody_is_listed() -> None:
    assert visits_of(facts_of({"R1": ["x1"]}), FLEETS.empty()).equals(VISITS.empty_table())
