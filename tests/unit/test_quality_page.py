"""scripts/quality*.py: figures are pooled as said, misses are told, pages are what the numbers say in both languages."""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

from truecrowd.schema import EVENTS

ROOT = Path(__file__).parents[2]
NAN = float("nan")


@pytest.fixture(scope="module")
def scripts() -> Iterator[dict[str, ModuleType]]:
    names = ("quality_words", "quality_report", "quality_figures", "quality_page", "quality_ablations", "quality")
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        yield {name: __import__(name) for name in names}
    finally:
        sys.path.remove(str(ROOT / "scripts"))


def audit(report: ModuleType, seed: int, value: float, low: float, alarms: tuple[bool, ...]) -> Any:
    """One audit with one cell and some honest rooms of the family `raid`, and one manufactured room, alarmed."""
    rooms = [[host, False, alarm, False, False, False] for host, alarm in enumerate(alarms)]
    rooms.append([99, True, True, True, True, True])
    return report.Measured(
        report.Job("guards", seed, 1), 10, len(rooms),
        {("account", "any", "average_precision", "level_then_p"): (value, low, value, 5)}, rooms,
        {"raid": list(range(len(alarms)))}, {"any": [[0, 1, 0, 50], [1, 0, 0, 50]], "fan": [[0, 1, 0, 2]]}, {}, (1.0, 2.0, 3.0),
    )  # fmt: skip


def figure(**changes: Any) -> dict[str, Any]:
    row = {
        "name": "account_ap", "preset": "week", "target": 0.9, "sign": "≥", "shown": "share", "value": 0.85, "low": 0.8,
        "high": 0.88, "n": 10, "seeds": [0.84, 0.86],
    }  # fmt: skip
    return row | changes


def test_a_mean_over_seeds_averages_values_and_the_ends_that_exist(scripts: dict[str, ModuleType]) -> None:
    report = scripts["quality_report"]
    pool = report.Pool([audit(report, 1, 0.8, 0.6, ()), audit(report, 2, 0.9, NAN, ())])

    found = pool.mean("guards", "account", "any", "average_precision")

    assert (found["value"], found["low"], found["n"], found["seeds"]) == (0.85, 0.6, 10, [0.8, 0.9])


def test_alarms_are_pooled_over_honest_rooms_of_all_seeds_alone(scripts: dict[str, ModuleType]) -> None:
    report = scripts["quality_report"]
    pool = report.Pool([audit(report, 1, 1.0, 1.0, (True, False)), audit(report, 2, 1.0, 1.0, (False, False))])

    found = pool.rooms(("guards",), "alarm", "raid")

    assert (found["value"], found["n"], found["seeds"]) == (0.25, 4, [0.5, 0.0])
    assert pool.rooms(("guards",), "alarm")["n"] == 4


def test_no_alarm_in_any_room_still_has_an_upper_end(scripts: dict[str, ModuleType]) -> None:
    report = scripts["quality_report"]
    pool = report.Pool([audit(report, 1, 1.0, 1.0, (False,) * 10)])

    found = pool.rooms(("guards",), "alarm", "raid")

    assert found["value"] == 0.0
    assert math.isclose(found["high"], 1.0 - 0.025 ** (1 / 10), abs_tol=1e-6)


def test_accounts_are_counted_not_hosts(scripts: dict[str, ModuleType]) -> None:
    report = scripts["quality_report"]

    found = report.Pool([audit(report, 1, 1.0, 1.0, ())]).accounts(("guards",), "watch")

    assert (found["value"], found["n"]) == (0.01, 100)


def test_the_worst_role_is_one_of_the_named_ones(scripts: dict[str, ModuleType]) -> None:
    found = {name: {"value": value} for name, value in (("casual", 0.5), ("fan", 0.2), ("staff", 0.1))}

    assert scripts["quality_figures"].worst(found, ("fan", "staff"))["which"] == "fan"


def test_the_worst_of_equals_is_the_least_certain_one(scripts: dict[str, ModuleType]) -> None:
    found = {"raid": {"value": 0.0, "high": 0.04}, "staff": {"value": 0.0, "high": 0.001}}

    assert scripts["quality_figures"].worst(found)["which"] == "raid"


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "0.850, wanted ≥ 0.900; 0.050 too little"), ("zh", "0.850，目标 ≥ 0.900；低了 0.050")]
)
def test_a_missed_figure_is_told_with_its_gap(scripts: dict[str, ModuleType], lang: str, said: str) -> None:
    text = "\n".join(scripts["quality_page"].figure_part([figure()], lang))

    assert said in text
    assert "**没达到**" in text or "**missed**" in text


def test_what_was_not_measured_counts_as_missed(scripts: dict[str, ModuleType]) -> None:
    rows = [figure(value=None, low=None, high=None, seeds=[None]), figure(value=0.95)]

    text = "\n".join(scripts["quality_page"].figure_part(rows, "en"))

    assert "**1 of 2 figures are met, 1 are missed.**" in text
    assert "**not measured**" in text


def test_alarms_of_honest_rooms_never_stand_without_those_at_watch(scripts: dict[str, ModuleType]) -> None:
    of_rooms = {"target": None, "sign": "≤", "shown": "per_cent", "seeds": []}
    named = (("rooms_watch", "clean", 0.9), ("rooms_watch", "week", 0.3), ("dirty_alarm", "week", 0.2))
    rows = [figure(**of_rooms, name=name, preset=preset, value=value) for name, preset, value in named]

    text = "\n".join(scripts["quality_page"].figure_part(rows, "en"))

    assert "At watch or above are 30.00 % of the honest rooms of a week and 90.00 %" in text


def test_a_farm_without_an_alarm_is_no_fast_alarm(scripts: dict[str, ModuleType]) -> None:
    row = figure(
        name="farm_alarm",
        preset="farm20k",
        target=60.0,
        sign="≤",
        shown="seconds",
        value=None,
        low=None,
        seeds=[20.0, None],
    )

    text = "\n".join(scripts["quality_page"].figure_part([row], "en"))

    assert "no alarm in 1 of 2 seeds, wanted ≤ 60 s" in text


def test_both_languages_have_the_same_words_and_every_figure_has_its_own(scripts: dict[str, ModuleType]) -> None:
    words = scripts["quality_words"].WORDS

    assert words["en"].keys() == words["zh"].keys()
    assert {f"figure:{one.name}" for one in scripts["quality_figures"].FIGURES} <= words["en"].keys()


def test_columns_are_emptied_and_leaves_dropped(scripts: dict[str, ModuleType]) -> None:
    rows = {"event_type": ["join", "leave"], "asn": [1, 2], "ip": ["a", "b"]}
    columns = {name: pa.array(rows.get(name, [None, None]), kind) for name, kind in EVENTS.columns}
    events = pa.table(columns)
    emptied = scripts["quality_ablations"].emptied

    assert (emptied(events, "asn_ip")["asn"].null_count, emptied(events, "asn_ip")["ip"].null_count) == (2, 2)
    assert emptied(events, "leave")["event_type"].to_pylist() == ["join"]


def test_one_audit_is_measured_and_nothing_stays_on_the_disk(
    scripts: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    report = scripts["quality_report"]
    monkeypatch.setattr(report, "WORLD", "develop")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    found = report.measure(report.Job("tiny", 1, 6_000))

    assert list(tmp_path.iterdir()) == []
    assert [room[1] for room in found.rooms] == [False, True]
    assert 0.0 <= report.Pool([found]).mean("tiny", "account", "any", "average_precision")["value"] <= 1.0


@pytest.mark.skipif(not (ROOT / "docs/quality.json").is_file(), reason="nothing was measured yet")
def test_pages_of_quality_are_what_the_numbers_say(scripts: dict[str, ModuleType]) -> None:
    numbers = json.loads((ROOT / "docs/quality.json").read_text(encoding="utf-8"))

    for lang, name in scripts["quality"].PAGES.items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == scripts["quality_page"].page(numbers, lang)
