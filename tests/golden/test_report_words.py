"""What no report and no letter ever says, in both languages, on every page of the tests and on published disputes.

brand-audit.md 10; the disputes' honest twins are read as well. Numbers that were published stand on the page.
"""

import re
import runpy
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import truecrowd
from truecrowd.brand.deal import Deal
from truecrowd.simulate import disputes
from truecrowd.surfaces.report import document, headline, to_html, to_letter

FIXTURES = Path(__file__).parents[1] / "fixtures"
MADE = runpy.run_path(str(FIXTURES / "report_results.py"))
BRAND = runpy.run_path(str(FIXTURES / "brand_results.py"))
Read = runpy.run_path(str(Path(__file__).with_name("test_report_pages.py")))["Read"]
NEVER = {
    "en": (
        r"\bfraud", r"\bcheat", r"\bcriminal", r"\bmalicious", r"\bfake", r"host brushed", r"normal is \d", r"\bhealthy\b",
        r"\bproves\b", r"\bproven\b", r"you will win", r"\bgenuine\b", r"\bclean\b", r"no refunds", r"refuted", r"withhold",
        r"\bdelete\b", r"confront", r"\bguilty\b", r"bots?\b",
    ),
    "zh": (
        "骗", "造假", "刷单者", "恶意", "主播刷单", "正常(退款率)?(是|为) ?[0-9]", "健康", "证明了", "必胜", "胜诉", "真实可信",
        "合格", "没有退款", "推翻", "拒付", "扣留", "删除", "对质", "水军", "团伙", "假粉",
    ),
}  # fmt: skip
ORDERS = ("order", "payment", "ship", "deliver", "cancel", "refund")
SLOW = pytest.mark.slow
CASES = ("R1", "R5", *(pytest.param(case, marks=SLOW) for case in ("R2", "R4", "R6", "R7")))
PUBLISHED = {
    "R1": ("334", "500", "6,640.00", "0.332", "1,328.00", "2,672.00", "14,688.00"),
    "R2": ("85.25%", "1,705", "844", "2.02", "10.23%", "224,430.00"),
    "R4": ("72.09%", "70.7–73.4%", "3,100", "4,300"),
    "R5": ("586", "599", "97.83%", "796.00", "119.40", "676.60"),
    "R6": ("1,000",),
    "R7": ("29", "25,000.00"),
}  # fmt: skip


def audited(case: str, variant: str = "", *, only_orders: bool = True) -> dict[str, Any]:
    folders = disputes(cases=(case,), variants=(variant,) if variant else ()).folders()
    folder = next(one for one in folders if one.variant == variant)
    events = folder.chunk.events
    if only_orders:
        events = events.filter(pc.is_in(events["event_type"].cast(pa.string()), pa.array(ORDERS)))
    return truecrowd.audit(events, contract=Deal.parse(folder.texts["deal.toml"])).document


def said(made: dict[str, Any], lang: Any) -> str:
    texts = [to_html(made, lang=lang), to_letter(made, lang) or ""]
    return "\n".join(Read(text, lang).text for text in texts)


def never(made: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    """What is said of the things no report says: language, pattern, and the words around."""
    out = []
    for lang, patterns in NEVER.items():
        text = said(made, lang)
        for pattern in patterns:
            found = [text[max(m.start() - 30, 0) : m.end() + 30] for m in re.finditer(pattern, text, re.IGNORECASE)]
            out += [(lang, pattern, found)] if found else []
    return out


@pytest.mark.parametrize("state", ["signs", "quiet", "blind", "farm", "together", *BRAND["STATES"]])
def test_no_page_of_ours_says_what_no_report_says(state: str) -> None:
    made = BRAND["STATES"][state]() if state in BRAND["STATES"] else MADE[state]()

    assert never(document(made)) == []


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("variant", ["", "honest_twin"])
def test_no_dispute_and_no_twin_is_told_in_words_no_report_uses(case: str, variant: str) -> None:
    assert never(audited(case, variant)) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", ["R3", "R8"])
@pytest.mark.parametrize("variant", ["", "honest_twin"])
def test_no_large_dispute_either(case: str, variant: str) -> None:
    assert never(audited(case, variant)) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_a_recording_beside_the_orders_changes_no_word(case: str) -> None:
    assert never(audited(case, only_orders=False)) == []


@pytest.mark.parametrize("case", CASES)
def test_published_numbers_stand_on_both_pages(case: str) -> None:
    made = audited(case)

    texts = {lang: said(made, lang) for lang in ("en", "zh")}

    assert {lang: [n for n in PUBLISHED[case] if n not in text] for lang, text in texts.items()} == {"en": [], "zh": []}


@pytest.mark.parametrize("case", CASES)
def test_the_first_line_is_short_and_holds_a_number(case: str) -> None:
    made = audited(case)

    en, zh = headline(made, "en"), headline(made, "zh")

    assert len(en) <= 90
    assert len(re.findall(r"[\u4e00-\u9fff]", zh)) <= 40
    assert re.findall(r"[\d,]+", en) == re.findall(r"[\d,]+", zh) or set(re.findall(r"\d[\d,]*", en)) == set(
        re.findall(r"\d[\d,]*", zh)
    )


@pytest.mark.slow
def test_of_two_readings_neither_is_taken() -> None:
    made = audited("R6")

    assert "Who placed these orders cannot be told from this data." in said(made, "en")
    assert "现有数据无法判断由谁下单。" in said(made, "zh")
