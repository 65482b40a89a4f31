"""Fleets, shares, probabilities, alarms and prices beside a truth small enough to count by hand."""

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from truecrowd.bench.quality.alarms import alarms
from truecrowd.bench.quality.amounts import shares
from truecrowd.bench.quality.budgets import budgets
from truecrowd.bench.quality.cells import Cell
from truecrowd.bench.quality.groups import fleets
from truecrowd.bench.quality.overall import Overall, overall_of
from truecrowd.bench.quality.parts import ORDINARY, fairness, flags_of, plain_rooms
from truecrowd.bench.quality.stated import calibration
from truecrowd.bench.quality.truth import Truth, read_truth
from truecrowd.errors import InputError
from truecrowd.schema import ALARMS, FLEETS, SHARES, VERDICTS
from truecrowd.simulate import simulate
from truecrowd.simulate.truth import TRUTH
from truecrowd.simulate.write import write

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
ROOMS = {"clean": "h1", "one": "h2", "two": "h3", "three": "h4"}


def at(seconds: float) -> dt.datetime:
    return START + dt.timedelta(seconds=seconds)


def rows_of_truth() -> dict[str, list[dict[str, Any]]]:
    """Three rooms that one operator's farm of 120 visits, the last at a higher price, and an honest room."""
    accounts = [
        {"room_id": room, "account_id": f"{room}-{n}", "label": 0, "scheme": "", "campaign_id": "", "role": "casual",
         "region": f"R0{1 + n % 2}", "phone_yuan": 800 + 400 * (n % 4)}
        for room in ROOMS for n in range(8)
    ]  # fmt: skip
    accounts += [
        {"room_id": room, "account_id": f"farm-{n}", "label": 1, "scheme": "farm", "campaign_id": f"c-{room}",
         "role": "farm", "region": "R01", "phone_yuan": 800}
        for room in ("one", "two", "three") for n in range(120)
    ]  # fmt: skip
    campaigns = [
        {"campaign_id": f"c-{room}", "room_id": room, "scheme": "farm", "operator_id": "op", "start": at(100), "end": at(900),
         "n_accounts": 120, "level": level, "price_minor": price}
        for room, level, price in (("one", 0, 9_000), ("two", 0, 11_000), ("three", 3, 18_000))
    ]  # fmt: skip
    rooms = [
        {"room_id": room, "host_id": host, "schemes": [] if room == "clean" else ["farm"], "dirty": room != "clean",
         "category": "apparel", "tier": "small", "viewers": 128, "orders": 0, "start": at(0), "end": at(1_000)}
        | {name: 0.0 for name in TRUTH["rooms"].names if name.startswith("share_")}
        | {"share_viewers": 0.0 if room == "clean" else 0.5}
        for room, host in ROOMS.items()
    ]  # fmt: skip
    groups = [{"operator_id": "op", "account_id": f"farm-{n}", "kind": "farm"} for n in range(120)]
    groups += [{"operator_id": "h1", "account_id": f"clean-{n}", "kind": "organised"} for n in range(3)]
    guards = [{"room_id": "clean", "guard": "raid", "start": at(0), "end": at(9)}]
    return {"accounts": accounts, "campaigns": campaigns, "rooms": rooms, "groups": groups, "guards": guards}


def written(folder: Path, tables: dict[str, list[dict[str, Any]]], events: pa.Table | None = None) -> Path:
    (folder / "labels").mkdir(parents=True)
    files = {"events.parquet": events if events is not None else pa.table({"ts": pa.array([], pa.int64())})}
    files |= {f"labels/{name}.parquet": pa.Table.from_pylist(tables.get(name, []), TRUTH[name]) for name in TRUTH}
    digests = {}
    for name, table in files.items():
        pq.write_table(table, folder / name)
        digests[name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    meta = {"sha256": digests, "priors": {"prices": {"premiums": [0.0, 0.0, 0.25, 1.0, 3.0]}}}
    (folder / "meta.json").write_text(json.dumps(meta))
    return folder


def events() -> pa.Table:
    """Account n of the farm comes at second 100 + n; one honest person writes Chinese, one English, one a number."""
    rows = [
        {"ts": at(100 + n), "event_type": "join", "room_id": room, "account_id": f"farm-{n}", "text": None}
        for room in ("one", "two", "three") for n in range(120)
    ]  # fmt: skip
    said = (("clean-0", "你好"), ("clean-1", "hello"), ("clean-2", "666"))
    rows += [
        {"ts": at(5), "event_type": "comment", "room_id": "clean", "account_id": who, "text": text}
        for who, text in said
    ]
    shape = {"ts": pa.timestamp("us", tz="UTC"), "event_type": pa.dictionary(pa.int32(), pa.string()),
             "room_id": pa.string(), "account_id": pa.string(), "text": pa.string()}  # fmt: skip
    return pa.Table.from_pylist(rows, pa.schema(shape))


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return read_truth(written(tmp_path_factory.mktemp("truth") / "night", rows_of_truth(), events()))


def table(kind: Any, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, kind.schema)


def found(cells: Any) -> dict[tuple[str, str, str], Cell]:
    return {(one.by, one.group, one.measure): one for one in cells}


def verdict(subject: str, room: str, name: str, level: str, p: float | None) -> dict[str, Any]:
    return {"subject_type": subject, "subject_id": name, "room_id": room, "scheme": "any", "level": level,
            "p_manufactured": p, "reasons": []}  # fmt: skip


def overall_in(truth: Truth, rows: list[dict[str, Any]]) -> dict[str, Overall]:
    subjects = {"room": truth.rooms, "account": truth.accounts, "order": truth.orders}
    return {name: overall_of(labelled, table(VERDICTS, rows), name) for name, labelled in subjects.items()}


def fleet(members: list[str], name: str = "f1", kind: str = "automated") -> list[dict[str, Any]]:
    return [{"fleet_id": name, "account_id": who, "kind": kind, "p_member": 0.9} for who in members]


def test_a_whole_farm_in_one_fleet_is_perfect(truth: Truth) -> None:
    cells = found(fleets(table(FLEETS, fleet([f"farm-{n}" for n in range(120)])), truth, seed=0))

    values = {measure: cells["fleet", "any", measure].value for measure in ("b_cubed_f1", "purity", "member_recall")}
    assert values == {"b_cubed_f1": 1.0, "purity": 1.0, "member_recall": 1.0}
    assert cells["fleet", "hosts 3", "member_recall"].n == 120


def test_what_a_fleet_misses_and_what_it_takes_in_are_counted(truth: Truth) -> None:
    rows = fleet([f"farm-{n}" for n in range(60)] + ["clean-0", "clean-1", "one-0", "one-1"])

    cells = found(fleets(table(FLEETS, rows), truth, seed=0))

    assert cells["fleet", "any", "member_precision"].value == pytest.approx(60 / 64)
    assert cells["fleet", "farm", "member_recall"].value == 0.5
    assert cells["fleet", "any", "purity"].value == pytest.approx(60 / 64)
    assert cells["fleet", "any", "b_cubed_recall"].value == pytest.approx((60 * 0.5 + 60 / 120) / 120, abs=1e-6)
    assert cells["fleet", "organised", "called_automated"].value == 1.0


def test_an_account_in_two_fleets_counts_where_it_is_surest(truth: Truth) -> None:
    sure, unsure = fleet(["farm-0", "farm-1"], "f1"), fleet(["farm-0", "one-0"], "f2")
    rows = [*sure, *(one | {"p_member": 0.1} for one in unsure)]

    cells = found(fleets(table(FLEETS, rows), truth, seed=0))

    assert cells["fleet", "any", "purity"].value == 1.0


def share(room: str, value: float | None, low: float, high: float, at_least: float | None) -> dict[str, Any]:
    return {"room_id": room, "measure": "viewers", "share": value, "share_low": low, "share_high": high,
            "at_least": at_least}  # fmt: skip


def test_shares_are_measured_in_dirty_and_in_honest_rooms(truth: Truth) -> None:
    rows = [share("one", 0.4, 0.3, 0.6, 0.2), share("two", 0.7, 0.6, 0.9, 0.55), share("clean", 0.1, 0.05, 0.2, 0.02)]

    cells = found(shares(table(SHARES, rows), truth, seed=0))

    assert cells["dirty rooms", "viewers", "mean_absolute_error"].value == pytest.approx(0.15)
    assert cells["dirty rooms", "viewers", "mean_error"].value == pytest.approx(0.05)
    assert cells["dirty rooms", "viewers", "coverage"].value == 0.5
    assert cells["dirty rooms", "viewers", "median_width"].value == pytest.approx(0.3)
    assert cells["every room", "viewers", "at_least_above_truth"].value == pytest.approx(2 / 3)
    assert cells["honest rooms", "viewers", "at_least_above_0"].value == 1.0
    assert cells["honest rooms", "viewers", "coverage"].value == 0.0
    assert cells["dirty rooms", "orders", "mean_absolute_error"].note == "not_estimated"


def test_a_lower_bound_alone_is_scored_too(truth: Truth) -> None:
    rows = [share("one", None, 0.0, 0.0, 0.2)]

    cells = found(shares(table(SHARES, rows), truth, seed=0))

    assert cells["every room", "viewers", "at_least_above_truth"].value == 0.0
    assert cells["dirty rooms", "viewers", "coverage"].note == "not_estimated"


def test_stated_probabilities_stand_beside_what_was_so(truth: Truth) -> None:
    stated = {"clean": 0.2, "one": 0.9, "two": 0.9, "three": 0.95}
    rows = [verdict("room", room, room, "high", p) for room, p in stated.items()]

    cells = found(calibration(overall_in(truth, rows), truth, seed=0))

    assert cells["p_manufactured", "room 0.9-1.0", "observed"].value == 1.0
    assert cells["p_manufactured", "room 0.2-0.3", "observed"].value == 0.0
    gap = (0.2 + 3 * (1 - (0.9 + 0.9 + 0.95) / 3)) / 4
    assert cells["p_manufactured", "room", "calibration_error"].value == pytest.approx(gap, abs=1e-6)
    assert cells["p_manufactured", "room", "brier"].value == pytest.approx((0.04 + 0.01 + 0.01 + 0.0025) / 4)
    assert cells["", "account", "observed"].note == "not_calibrated"


def alarm(room: str, second: float, scheme: str = "farm") -> dict[str, Any]:
    return {"room_id": room, "scheme": scheme, "ts": at(second), "score": 7.0, "finding_id": "f"}


def test_the_time_to_an_alarm_counts_from_the_start_and_from_the_hundredth_account(truth: Truth) -> None:
    rows = [alarm("one", 50), alarm("one", 229), alarm("two", 150, "any"), alarm("three", 400, "likes")]

    cells = found(alarms(table(ALARMS, rows), truth, seed=0))

    assert cells["first alarm", "farm", "campaigns_alarmed"].value == pytest.approx(2 / 3)
    assert cells["first alarm", "farm", "seconds_to_alarm"].value == 50.0  # the lower median of 50 and 129
    assert cells["first alarm", "farm", "accounts_to_alarm"].value == 51.0
    assert cells["first alarm", "farm", "seconds_after_account_100"].value == -49.0
    assert cells["rooms without", "raid", "ever"].value == 0.0
    assert cells["rooms with", "farm", "ever"].value == 1.0


def test_an_alarm_in_an_honest_room_is_seen_in_its_family(truth: Truth) -> None:
    cells = found(alarms(table(ALARMS, [alarm("clean", 5)]), truth, seed=0))

    assert cells["rooms without", "raid", "ever"].value == 1.0
    assert cells["first alarm", "farm", "seconds_to_alarm"].note == "none_told"


def test_recall_stands_beside_the_price(truth: Truth) -> None:
    rows = [verdict("account", "one", f"farm-{n}", "watch", 0.6) for n in range(60)]
    rows += [verdict("account", "three", f"farm-{n}", "clear", 0.1) for n in range(120)]
    overall = overall_in(truth, rows)

    cells = found(budgets(flags_of(overall), overall, truth, seed=0))

    assert cells["campaigns", "farm naive", "yuan_per_campaign"].value == 90.0
    assert cells["campaigns", "farm +100 %", "yuan_per_campaign"].value == 180.0
    assert cells["account level>=watch", "farm naive", "recall"].value == 0.25
    assert cells["account level>=watch", "farm +100 %", "recall"].value == 0.0


def test_honest_people_are_told_apart_by_what_they_write(truth: Truth) -> None:
    overall = overall_in(truth, [verdict("account", "clean", "clean-1", "high", 0.9)])

    cells = found(fairness(flags_of(overall), truth, seed=0))

    assert cells["level>=watch", "language other", "flagged_share"].value == 1.0
    assert cells["level>=watch", "language zh", "flagged_share"].value == 0.0
    assert cells["level>=watch", "language unwritten", "flagged_share"].n == len(ROOMS) * 8 - 2


def test_events_that_are_gone_or_changed_are_not_taken_for_silence(tmp_path: Path) -> None:
    folder = written(tmp_path / "night", rows_of_truth(), events())
    known = read_truth(folder)
    nothing = flags_of(overall_in(known, []))
    pq.write_table(events().slice(1), folder / "events.parquet")

    with pytest.raises(InputError, match=r"events\.parquet is not the file meta\.json speaks of"):
        list(fairness(nothing, known, seed=0))

    (folder / "events.parquet").unlink()
    assert found(fairness(nothing, known, seed=0))["", "language", "flagged_share"].note == "not_in_truth"


def test_a_truth_without_a_crowd_says_so(tmp_path: Path) -> None:
    rows = rows_of_truth()
    honest = {"accounts": rows["accounts"][:8], "rooms": rows["rooms"][:1]}
    known = read_truth(written(tmp_path / "night", honest))
    overall = overall_in(known, [])

    (one,) = budgets(flags_of(overall), overall, known, seed=0)

    assert (one.note, one.value) == ("nothing_bought", None)


def test_what_every_room_holds_leaves_a_room_plain(tmp_path: Path, truth: Truth) -> None:
    rows = rows_of_truth()
    rows["guards"] = [{"room_id": "clean", "guard": name, "start": at(0), "end": at(9)} for name in ORDINARY]

    plain = plain_rooms(read_truth(written(tmp_path / "night", rows)))

    assert (plain.tolist(), plain_rooms(truth).any()) == ([True, False, False, False], False)


def test_plain_rooms_of_a_simulation_are_found(tmp_path: Path) -> None:
    write(simulate("guards", n_events=40_000, seed=1), tmp_path / "guards")
    known = read_truth(tmp_path / "guards")

    assert 0 < int(plain_rooms(known).sum()) < known.rooms.columns.num_rows / 2
