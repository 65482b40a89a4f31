"""Codes in words: each code of the contract has some, and an unknown one is shown as it is."""

import ast
from pathlib import Path
from typing import Any, get_args

import pytest

from truecrowd import schema
from truecrowd.detectors import installed
from truecrowd.surfaces.report import said, words
from truecrowd.surfaces.report.phrases import LANGS, say

ROOT = Path(__file__).parents[4]
DETECTORS = ROOT / "src" / "truecrowd" / "detectors"
DOCS = ROOT / "docs" / "reference"


@pytest.mark.parametrize(
    ("named", "codes"),
    [
        (words.LEVELS, schema.LEVELS),
        (words.SCHEMES, schema.SCHEMES),
        (words.MEASURES, schema.MEASURES),
        (words.BANDS, get_args(schema.Band)),
        (words.TYPES, schema.EVENT_TYPES),
        (words.ID_KINDS, schema.ID_KINDS),
        (words.TS_KINDS, schema.TS_KINDS),
        (words.REJECTS, schema.REJECT_REASONS),
        (words.SUBJECTS, get_args(schema.SubjectType)),
    ],
)
def test_each_code_of_the_contract_has_words(named: dict[str, object], codes: tuple[str, ...]) -> None:
    assert set(named) == set(codes)


@pytest.mark.parametrize(
    ("code", "en", "zh"),
    [
        ("no_join", "arrivals not recorded in this data", "数据未记录进场"),
        ("no_order_id", "order ids not recorded in this data", "数据未记录订单号"),
        (
            "no_asn_or_region_or_device_model",
            "network operators, regions or phone models not recorded in this data", "数据未记录网络运营商、地区或手机型号",
        ),
        ("sampled_comment", "the source delivers only a part of the comments", "数据来源只给出一部分评论"),
        ("masked_ids", "account ids are masked: many people share one", "账号已打码：许多人共用一个"),
        ("moonlight", "another reason: moonlight", "其他原因：moonlight"),
        (None, "another reason: –", "其他原因：–"),
    ],
)  # fmt: skip
def test_why_a_check_could_not_look_is_said(code: str | None, en: str, zh: str) -> None:
    assert [say(words.reason(code), lang) for lang in LANGS] == [zh, en]


@pytest.mark.parametrize(
    ("code", "has_one"), [("no_join", True), ("no_stock_or_claim", True), ("sampled_join", True), ("masked_ids", False)]
)
def test_what_would_have_it_is_named_where_a_file_would(code: str, has_one: bool) -> None:
    assert (words.source_of(code) is not None) == has_one


def test_every_need_of_an_installed_detector_has_words() -> None:
    from truecrowd.detectors import installed

    needs = {name for one in installed() for need in one.needs for name in ([need] if isinstance(need, str) else need)}

    assert needs - set(words.TYPES) - set(words.COLUMNS) == set()


def codes() -> list[tuple[str, str, Any]]:
    """Every mode and reason that a detector's source names: detector, "mode" or "reason", code."""
    found = []
    for path in sorted(DETECTORS.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                given = [one.value if isinstance(one, ast.Constant) else None for one in node.args]
                if node.func.attr == "weaker" and len(given) == 3:
                    found.append((path.stem, "mode", given[1]))
                if node.func.attr in ("weaker", "unless"):
                    found.append((path.stem, "reason", given[-1]))
    return [one for one in found if isinstance(one[2], str)]


def test_every_mode_and_reason_of_a_detector_has_words() -> None:
    missing = [
        (name, code)
        for name, kind, code in codes()
        if (kind == "mode" and code not in words.MODES)
        or (kind == "reason" and any(letter in say(words.reason(code), "en") for letter in ("_", "another reason")))
    ]

    assert len(codes()) > 50
    assert missing == []


@pytest.mark.parametrize("detector", [one.name for one in installed()])
def test_every_detector_has_a_name_a_sentence_and_other_explanations_in_words(detector: str) -> None:
    assert detector in words.DETECTORS
    assert detector in said.SAID
    assert {tested for _, tested in said.ELSE[detector]} >= {True}


@pytest.mark.parametrize("page", ["detectors.md", "detectors.zh.md"])
def test_every_detector_has_a_chapter_in_the_docs(page: str) -> None:
    chapters = (DOCS / page).read_text(encoding="utf-8")

    assert [one.name for one in installed() if f"\n## {one.name}\n" not in chapters] == []


def test_an_unknown_code_is_shown_as_data() -> None:
    assert say(words.word(words.SCHEMES, "new\u202e"), "zh") == "new⟨202E⟩"


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"measure": "gmv", "shown": 2_048_001.0}, "20,480.01"),
        ({"measure": "viewers", "shown": 2760.0}, "2,760"),
        ({"measure": "viewer_minutes", "shown": 410_000.4}, "410,000"),
        ({"measure": "likes", "shown": None}, "not in this data"),
    ],
)
def test_what_was_counted_is_exact(row: dict[str, object], shown: str) -> None:
    assert say(words.amount(row), "en") == shown
