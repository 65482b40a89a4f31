"""`audit --pdf` in earnest: Chromium prints what the page says, tagged, its text there to be copied."""

import io
import os
import runpy
import shutil
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from truecrowd.surfaces import pdf
from truecrowd.surfaces.cli.entry import run
from truecrowd.surfaces.report import document, headline, to_paper

pytestmark = pytest.mark.browser
MADE = runpy.run_path(str(Path(__file__).parents[1] / "fixtures" / "report_results.py"))
BRAND = runpy.run_path(str(Path(__file__).parents[1] / "fixtures" / "brand_results.py"))
RADICALS = str.maketrans(
    {"⻅": "见", "⻚": "页", "⻓": "长", "⻋": "车", "⻔": "门", "⻛": "风", "⻢": "马", "⻩": "黄"}
)
"""Chromium names a glyph by the first of its characters: a radical in place of the letter it looks like."""


@pytest.fixture(autouse=True)
def _prints() -> None:
    if not any(map(shutil.which, pdf.CHROMIUMS)):
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing; fix: install the package chromium")
        pytest.skip("Chromium is missing")


def plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).translate(RADICALS).split())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_answer_is_on_page_one_in_words_that_can_be_copied(lang: Any) -> None:
    made = document(MADE["farm"]())

    reader = PdfReader(io.BytesIO(pdf.printed(to_paper(made, lang=lang), pdf.find(lang))))

    answer = headline(made, lang)
    first = plain(reader.pages[0].extract_text())
    assert plain(answer) in first
    assert reader.metadata is not None
    assert reader.metadata.title == answer
    root = reader.trailer["/Root"]
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, {"zh": "zh-CN", "en": "en"}[lang])
    assert f"1/{len(reader.pages)}" in first
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("state", ["snack", "full"])
def test_answer_lines_and_money_are_on_page_one(state: str, lang: Any) -> None:
    made = document(BRAND["STATES"][state]())

    reader = PdfReader(io.BytesIO(pdf.printed(to_paper(made, lang=lang), pdf.find(lang))))

    first = plain(reader.pages[0].extract_text())
    assert plain(headline(made, lang)) in first
    assert "2,672.00" in first
    assert plain({"zh": "看到了什么", "en": "What was seen"}[lang]) in first


def test_the_command_writes_the_copy_beside_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("night.csv").write_text(
        "ts,event_type,room_id,account_id\n2025-11-12T19:00:01+08:00,join,R7,u1\n", encoding="utf-8"
    )

    code = run(["audit", "night.csv", "--pdf", "--lang", "en"])
    again = run(["audit", "night.csv", "--lang", "en"])

    assert (code, again) == (0, 0)
    assert not Path("out/report.pdf").exists()
