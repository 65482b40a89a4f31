"""What `audit` prints of rooms, and `formats` of files, in both languages, as people read it."""

import runpy
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from syrupy.assertion import SnapshotAssertion

from truecrowd.engine.audit import Check, Result, Summary
from truecrowd.schema import COVERAGE, FINDINGS, SHARES, TABLES, VERDICTS, build
from truecrowd.surfaces.audit import Audit
from truecrowd.surfaces.cli.entry import run
from truecrowd.surfaces.cli.lines import room_lines
from truecrowd.surfaces.report.phrases import Lang
from truecrowd.surfaces.terminal import Looks

MADE = runpy.run_path(str(Path(__file__).parents[1] / "fixtures" / "report_results.py"))
START, END = datetime(2025, 11, 12, 11, 45, tzinfo=UTC), datetime(2025, 11, 12, 11, 46, tzinfo=UTC)


def verdict(room: str, scheme: str, level: str) -> dict[str, object]:
    return {
        "subject_type": "room", "subject_id": room, "room_id": room, "scheme": scheme, "level": level, "reasons": [],
    }  # fmt: skip


def result(tables: Mapping[str, pa.Table], *, is_partial: bool = False) -> Result:
    summary = Summary(
        settings="41ab", checks=(Check("seen", 1, "L", "farm", "room", is_exact=False),), notes=(),
        is_partial=is_partial, n_events=412_306, n_late=0, n_staff=0, reference_id=None,
    )  # fmt: skip
    return Result({name: table.empty() for name, table in TABLES.items()} | dict(tables), summary)


def evening() -> Result:
    """Return a room in which one check of three saw something, and one could not look."""
    coverage = [
        {"room_id": "直播间7", "detector": "seen", "looked": True, "mode": "full", "n_events": 9},
        {
            "room_id": "直播间7",
            "detector": "half",
            "looked": True,
            "mode": "orders_only",
            "reason": "no_join",
            "n_events": 9,
        },
        {"room_id": "直播间7", "detector": "blind", "looked": False, "reason": "no_ip_or_asn", "n_events": 0},
    ]
    finding = {
        "finding_id": "f1", "detector": "seen", "detector_version": 1, "scheme": "farm", "subject_type": "room",
        "subject_id": "直播间7", "room_id": "直播间7", "start": START, "end": END, "score": 1.0, "evidence": ["e1"],
        "evidence_count": 1980, "params": "{}",
    }  # fmt: skip
    levels = {"any": "high", "farm": "high", "popup": "clear", "troupe": "undetermined"}
    return result({
        "coverage": build(COVERAGE, coverage),
        "findings": build(FINDINGS, [finding, {**finding, "finding_id": "f2", "score": 0.5}]),
        "verdicts": build(VERDICTS, [verdict("直播间7", scheme, level) for scheme, level in levels.items()]),
        "shares": build(SHARES, [
            {"room_id": "直播间7", "measure": "viewers", "shown": 9640.0},
            {"room_id": "直播间7", "measure": "gmv", "shown": 2048000.0},
        ]),
    })  # fmt: skip


def many(n: int) -> Result:
    rooms = [f"R{at}" for at in range(n)]
    coverage = [{"room_id": room, "detector": "seen", "looked": True, "mode": "full", "n_events": 1} for room in rooms]
    verdicts = [verdict(room, "any", "clear") for room in rooms]
    return result({"coverage": build(COVERAGE, coverage), "verdicts": build(VERDICTS, verdicts)})


@pytest.mark.parametrize("width", [60, 100])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_room_in_full(lang: Lang, width: int, snapshot: SnapshotAssertion) -> None:
    lines = room_lines(Audit(evening()).document, Looks(lang, width=width))

    assert "\n".join(lines) == snapshot


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_room_with_estimates_alarms_and_a_fleet(lang: Lang, snapshot: SnapshotAssertion) -> None:
    lines = room_lines(Audit(MADE["farm"]()).document, Looks(lang, width=100))

    assert "\n".join(lines) == snapshot


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_input_without_a_room(lang: Lang, snapshot: SnapshotAssertion) -> None:
    assert "\n".join(room_lines(Audit(result({}, is_partial=True)).document, Looks(lang))) == snapshot


def test_five_rooms_are_told_in_full_and_the_others_in_a_line() -> None:
    lines = list(room_lines(Audit(many(30)).document, Looks("en")))

    assert sum(not line.startswith(" ") for line in lines) == 30
    assert sum(line == "  reference: none, so nothing is calibrated" for line in lines) == 5


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_list_of_formats_says_how_far_each_is_known(lang: Lang, capsys: pytest.CaptureFixture[str]) -> None:
    from truecrowd.ingest.registry import installed

    run(["formats", "--lang", lang])

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["canonical", *(one.name for one in installed())]
    assert all(len(line.split("  ")) >= 3 for line in lines)
