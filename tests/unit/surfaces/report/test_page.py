"""The page: one file, both languages, a policy that fits its own lines, nothing else runs; colours that can be seen."""

import base64
import hashlib
import json
import re
import runpy
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from truecrowd.surfaces.report import document, headline, repr_html, to_html, to_json

MADE = runpy.run_path(str(Path(__file__).parents[3] / "fixtures" / "report_results.py"))
STATES = ("signs", "quiet", "blind", "many")
SOURCES = Path(__file__).parents[4] / "src" / "truecrowd" / "surfaces" / "report"


class Tags(HTMLParser):
    """Every tag with its attributes, and the text inside style and script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {"style": [], "script": []}
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, text: str) -> None:
        if self._open in self.inside:
            self.inside[self._open].append(text)


def page_of(state: str) -> str:
    return to_html(document(MADE[state]()), lang="en")


@pytest.mark.parametrize("state", STATES)
def test_the_policy_lets_the_pages_own_lines_run_and_no_other(state: str) -> None:
    page = Tags(page_of(state))

    policy = next(tag["content"] for _, tag in page.tags if tag.get("http-equiv") == "Content-Security-Policy")
    *_, script, checker = page.inside["script"]
    texts = (page.inside["style"][0], script, checker)
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}' "
        f"'sha256-{hashes[2]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@pytest.mark.parametrize("state", STATES)
def test_no_attribute_holds_style_or_code_or_an_address(state: str) -> None:
    bad = [
        (tag, name, value)
        for tag, attributes in Tags(page_of(state)).tags
        for name, value in attributes.items()
        if name == "style"
        or name.startswith("on")
        or (name in ("href", "src") and not re.match("#|data:,$", value or ""))
    ]

    assert bad == []


def test_the_page_is_the_same_bytes_each_time() -> None:
    assert page_of("signs") == page_of("signs")


def test_the_page_carries_its_document() -> None:
    made = document(MADE["signs"]())

    page = to_html(made)
    (payload,) = re.findall(r'<script type="application/json" id="tc-report">(.*?)</script>', page, flags=re.DOTALL)

    assert json.loads(payload) == json.loads(to_json(made))


@pytest.mark.parametrize(
    "text", ["</script><script>alert(1)</script>", "<!--<script>", "\u2028", "]]>", "{{ 7*7 }}", "\\u003c"]
)
def test_no_text_from_the_data_ends_the_payload(text: str) -> None:
    page = to_html(document(MADE["hostile"](text), ids="real"))

    payload = re.search(r'<script type="application/json" id="tc-report">(.*?)</script>', page, re.DOTALL)

    assert payload is not None
    assert json.loads(payload[1])["rooms"][0]["room_id"] == text
    assert "49" not in re.findall(r"<h1>.*?</h1>", page)[0]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("lang", "most", "letters"), [("en", 90, r"."), ("zh", 40, r"[\u4e00-\u9fff]")])
def test_the_first_line_is_a_number_and_short(state: str, lang: Any, most: int, letters: str) -> None:
    made = document(MADE[state]())

    first = headline(made, lang)

    assert re.search(r"\d", first)
    assert len(re.findall(letters, first)) <= most
    assert f"<title>{first}</title>" in to_html(made, lang=lang)
    assert to_html(made).count("<h1>") == 1


@pytest.mark.parametrize(
    ("asked", "made_for", "opens"), [("zh", "en", "zh-CN"), (None, "zh", "zh-CN"), (None, None, "en")]
)
def test_the_page_opens_in_the_language_asked_for(asked: Any, made_for: Any, opens: str) -> None:
    page = Tags(to_html(document(MADE["quiet"](), lang=made_for), lang=asked))

    checked = [tag["value"] for _, tag in page.tags if "checked" in tag]

    assert checked == [opens]
    follows = {} if asked or made_for else {"data-follow": None}
    assert ("html", {"lang": opens, **follows}) in page.tags


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_notebook_gets_one_language_no_script_and_under_60_kb(state: str, lang: Any) -> None:
    made = document(MADE[state]())

    part = repr_html(made, lang)

    assert len(part.encode()) < 60_000
    assert not re.search(r'<script|class="(en|zh)"', part)
    assert headline(made, lang) in part.replace("\u00a0", " ")


def test_more_rooms_than_fit_are_named_in_the_index() -> None:
    page = page_of("many")

    assert page.count('class="tc-room"') == 20
    assert "R22" in page
    assert "The 20 worst of 23 rooms are told in full below" in page


def test_a_detector_nobody_here_knows_is_told_all_the_same() -> None:
    found = [MADE["finding"]("R", 1, "moon_phase", "farm", {"n": 3})]
    rows = {
        "coverage": MADE["coverage"]("R", {}),
        "verdicts": MADE["verdicts"]("R", {"farm": "watch"}),
        "findings": found,
    }

    page = to_html(document(MADE["result"](rows)))

    assert "moon_phase</bdi>: 12 events, 20:00–20:10" in page


def test_a_finding_of_another_version_of_a_detector_is_told_all_the_same() -> None:
    found = [MADE["finding"]("R", 1, "burst_join", "farm", {"renamed": 3})]
    rows = {
        "coverage": MADE["coverage"]("R", {}),
        "verdicts": MADE["verdicts"]("R", {"farm": "watch"}),
        "findings": found,
    }

    page = to_html(document(MADE["result"](rows)))

    assert "arrivals within seconds</span>" in page or "arrivals within seconds: 12 events" in page


def test_an_incomplete_result_says_so_at_the_top() -> None:
    page = to_html(document(MADE["result"]({}, is_partial=True)))

    assert "Incomplete: something that exists was not judged." in page


def test_help_loads_neither_jinja_nor_babel_nor_arrow_through_the_report() -> None:
    code = "import sys, truecrowd.surfaces.report, truecrowd.surfaces.report.phrases, truecrowd.surfaces.report.words\n"
    code += "print([n for n in ('jinja2', 'babel', 'markupsafe', 'pyarrow', 'numpy') if n in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("at", [0, 1], ids=["light", "dark"])
def test_text_and_marks_stand_out_from_paper_and_panel(at: int) -> None:
    text = (SOURCES / "report.css").read_text(encoding="utf-8")
    named = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block)) for block in re.findall(r"\.tc \{(.*?)\}", text, re.DOTALL)
    ]

    colours = named[at]

    for ground in ("paper", "panel"):
        weak = [name for name in ("ink", "soft", "link", "strong") if contrast(colours[name], colours[ground]) < 4.5]
        marks = ("unremarkable", "organised", "automated", "undetermined", "line")
        weak += [name for name in marks if contrast(colours[name], colours[ground]) < 3]
        assert weak == []


def test_the_script_is_short() -> None:
    assert len((SOURCES / "report.js").read_text(encoding="utf-8").splitlines()) < 40
