"""The report as people read it, in both languages, and its document."""

import json
import re
import runpy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from truecrowd.surfaces.report import document, repr_html, to_html, to_json, to_letter

MADE = runpy.run_path(str(Path(__file__).parents[1] / "fixtures" / "report_results.py"))
BRAND = runpy.run_path(str(Path(__file__).parents[1] / "fixtures" / "brand_results.py"))
LINES = {"p", "h1", "h2", "h3", "h4", "li", "tr", "dt", "dd", "summary", "figcaption", "div", "section", "title", "br"}
CELLS = {"td", "th"}


class Read(HTMLParser):
    """The text of a page in one language, a line a block, cells apart."""

    def __init__(self, page: str, lang: str) -> None:
        super().__init__()
        self._other = {"en": "zh", "zh": "en"}[lang]
        self._hidden: list[str] = []
        self._parts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_other = dict(attrs).get("class") == self._other
        if self._hidden or is_other or tag in ("style", "script", "svg"):
            if tag not in ("meta", "link", "br", "input"):
                self._hidden.append(tag)
        elif tag in LINES:
            self._parts.append("\n")
        elif tag in CELLS:
            self._parts.append(" | ")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden.pop()
        elif tag in LINES:
            self._parts.append("\n")

    def handle_data(self, text: str) -> None:
        if not self._hidden:
            self._parts.append(re.sub(r"\s+", " ", text))

    @property
    def text(self) -> str:
        lines = (re.sub(r"[ \u00a0]+", " ", line).strip() for line in "".join(self._parts).split("\n"))
        return "\n".join(line for line in lines if line)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("state", ["signs", "quiet", "blind", "farm", "together"])
def test_the_page_reads_as_before(state: str, lang: Any, snapshot: SnapshotAssertion) -> None:
    assert Read(to_html(document(MADE[state]()), lang=lang), lang).text == snapshot


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("state", ["snack", "held", "bare", "silent", "nothing", "full"])
def test_the_page_about_orders_reads_as_before(state: str, lang: Any, snapshot: SnapshotAssertion) -> None:
    assert Read(to_html(document(BRAND["STATES"][state]()), lang=lang), lang).text == snapshot


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("state", ["snack", "bare", "silent", "full"])
def test_the_letter_reads_as_before(state: str, lang: Any, snapshot: SnapshotAssertion) -> None:
    letter = to_letter(document(BRAND["STATES"][state]()), lang)

    assert letter is not None
    assert Read(letter, lang).text == snapshot


def test_there_is_no_letter_where_there_is_nothing_to_write_about() -> None:
    assert to_letter(document(BRAND["STATES"]["nothing"]()), "en") is None
    assert to_letter(document(MADE["signs"]()), "zh") is None


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_notebook_reads_as_before(lang: Any, snapshot: SnapshotAssertion) -> None:
    assert Read(repr_html(document(MADE["signs"]()), lang), lang).text == snapshot


def test_the_document_is_as_before(snapshot: SnapshotAssertion) -> None:
    made = json.loads(to_json(document(MADE["farm"]())))

    for series in made["rooms"][0]["timeline"]["series"]:
        series["n"] = sum(series["n"])
    for fleet in made["fleets"]["rows"]:
        fleet["members"], fleet["raster"] = fleet["members"][:2], {**fleet["raster"], "members": [], "others": []}

    assert made == snapshot
