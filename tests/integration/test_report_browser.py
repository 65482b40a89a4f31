"""The report in a real browser: nothing is fetched, nothing hostile runs, everybody can read it."""

import hashlib
import io
import os
import re
import runpy
import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

from truecrowd.surfaces.report import document, headline, to_html, to_letter

pytestmark = pytest.mark.browser

TESTS = Path(__file__).parents[1]
MADE = runpy.run_path(str(TESTS / "fixtures" / "report_results.py"))
BRAND = runpy.run_path(str(TESTS / "fixtures" / "brand_results.py"))
AXE = TESTS / "vendor" / "axe"
CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
SIZES = {390: 800, 1300: 900}
HOSTILE = (
    "<script>window.hit = 1</script>", "</script><script>window.hit = 1</script>", "<img src=x onerror=window.hit=1>",
    "<svg onload=window.hit=1>", "<svg><script>window.hit=1</script></svg>", "\"><script>window.hit=1</script>",
    "' onmouseover='window.hit=1", "<iframe src=javascript:window.hit=1>", "javascript:window.hit=1",
    "<a href=javascript:window.hit=1>x</a>", "<body onload=window.hit=1>", "<style>*{display:none!important}</style>",
    "</style><style>h1{display:none}</style>", "<link rel=stylesheet href=http://127.0.0.1:9/x.css>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>", "<base href=http://127.0.0.1:9/>",
    "<form action=http://127.0.0.1:9/><button>x</button></form>", "<!-- ", "--><script>window.hit=1</script>",
    "<![CDATA[<script>window.hit=1</script>]]>", "{{ 7 * 7 }}", "{% raw %}", "${window.hit=1}", "{n}", "{0.__class__}",
    "%s%n%x", "&lt;script&gt;", "&#60;script&#62;", "\\u003cscript\\u003e", "<template><script>window.hit=1</script></template>",
    "<details open ontoggle=window.hit=1>", "<input autofocus onfocus=window.hit=1>", "<object data=x>", "<embed src=x>",
    "<math><mtext><script>window.hit=1</script></mtext></math>", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)",
    "\u202egnp.exe", "\u2066\u2067\u2068", "\u200b" * 90, "\x00\x01\x1b[2J", "e" + "\u0301" * 200, "W" * 500, "数" * 500,
    "\ufdfd" * 60, "\U0001f469\u200d\U0001f469\u200d\U0001f467" * 30, "a b" * 200, "\u2028\u2029\r\n\t",
)  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing; fix: install the package chromium")
        pytest.skip("Chromium is missing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


class Opened:
    """One page, and all that it did: requests, console lines, errors, breaches of its policy."""

    def __init__(self, browser: Browser, file: Path, *, width: int = 1300, scheme: Any = "light", scripts: bool = True):
        self.context = browser.new_context(
            viewport={"width": width, "height": SIZES[width]}, color_scheme=scheme, java_script_enabled=scripts
        )
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url.split(":")[0]))
        self.page.on("console", lambda line: self.said.append(line.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(file.as_uri())

    def switch(self, lang: str) -> None:
        self.page.locator(f"#tc-{lang}").check(force=True)

    def open_all(self) -> None:
        for summary in self.page.locator("details:not([open]) > summary").all():
            if summary.is_visible():
                summary.click()


@pytest.fixture(autouse=True)
def closed(chromium: Browser) -> Iterator[None]:
    yield
    for context in chromium.contexts:
        context.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    states = {name: MADE[name]() for name in ("signs", "quiet", "blind", "farm")} | {"many": MADE["many"](2)}
    states |= {name: BRAND["STATES"][name]() for name in ("snack", "bare", "nothing", "full")}
    for name, result in states.items():
        (folder / f"{name}.html").write_text(to_html(document(result), lang="en"), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in states}


@pytest.mark.parametrize("state", ["signs", "farm", "blind", "many", "snack", "full"])
def test_one_request_and_not_a_word_on_the_console(chromium: Browser, files: dict[str, Path], state: str) -> None:
    opened = Opened(chromium, files[state])

    opened.open_all()
    opened.switch("zh")

    assert ([kind for kind in opened.requests if kind != "data"], opened.said) == (["file"], [])


@pytest.mark.parametrize("state", ["signs", "farm", "quiet", "blind", "many", "snack", "bare", "nothing", "full"])
@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_answer_is_whole_in_the_first_view(
    chromium: Browser, files: dict[str, Path], state: str, width: int, lang: Any
) -> None:
    opened = Opened(chromium, files[state], width=width)
    opened.switch(lang)

    box = opened.page.locator("h1").bounding_box()

    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= SIZES[width]
    assert box["x"] + box["width"] <= width


@pytest.mark.parametrize("scripts", [True, False])
def test_the_language_is_switched_with_or_without_scripts(
    chromium: Browser, files: dict[str, Path], scripts: bool
) -> None:
    opened = Opened(chromium, files["signs"], scripts=scripts)
    made = document(MADE["signs"]())

    shown = []
    for lang in ("zh", "en"):
        opened.switch(lang)
        shown.append(opened.page.locator("h1").inner_text().replace("\u00a0", " "))

    assert shown == [headline(made, "zh"), headline(made, "en")]


@pytest.mark.parametrize(("locale", "tag"), [("zh-CN", "zh-CN"), ("en-GB", "en"), ("fr-FR", "en")])
def test_without_a_choice_the_page_follows_its_reader(chromium: Browser, tmp_path: Path, locale: str, tag: str) -> None:
    file = tmp_path / "page.html"
    file.write_text(to_html(document(MADE["signs"]())), encoding="utf-8")
    page = chromium.new_context(locale=locale).new_page()

    page.goto(file.as_uri())

    assert page.evaluate("document.documentElement.lang") == tag
    assert page.evaluate("document.title") == page.locator("h1").inner_text()


@pytest.mark.parametrize("state", ["signs", "snack", "full"])
def test_no_sentence_of_the_other_language_is_seen(chromium: Browser, files: dict[str, Path], state: str) -> None:
    opened = Opened(chromium, files[state])
    opened.open_all()

    # the importer's own words, English only, and text from the data
    opened.page.evaluate("document.querySelectorAll('.tc-notes, bdi').forEach(one => one.remove())")
    opened.switch("en")
    english = opened.page.locator("main").inner_text()
    opened.switch("zh")
    chinese = opened.page.locator("main").inner_text()

    assert re.findall(r"[\u4e00-\u9fff]+", english) == []
    assert [word for word in ("the", "of", "and", "not", "checks") if re.search(rf"\b{word}\b", chinese)] == []


@pytest.mark.parametrize("state", ["signs", "farm", "blind", "many", "snack", "full"])
def test_axe_finds_nothing(chromium: Browser, files: dict[str, Path], state: str) -> None:
    script = (AXE / "axe.min.js").read_text(encoding="utf-8")
    assert hashlib.sha256(script.encode()).hexdigest() in (AXE / "README.md").read_text(encoding="utf-8")
    opened = Opened(chromium, files[state])
    if state in ("signs", "farm", "snack", "full"):
        opened.open_all()
    opened.page.evaluate(script)

    found = []
    for scheme, width, lang in product(("light", "dark"), SIZES, ("zh", "en")):
        opened.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        opened.page.set_viewport_size({"width": width, "height": SIZES[width]})
        opened.switch(lang)
        result = opened.page.evaluate("tags => axe.run({ runOnly: tags })", TAGS)
        bad = [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in result["violations"]]
        found += [(scheme, width, lang, *one) for one in bad]

    assert found == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("state", ["snack", "bare", "full"])
def test_the_letter_is_one_page_that_everybody_can_read(
    chromium: Browser, tmp_path: Path, state: str, lang: Any
) -> None:
    letter = to_letter(document(BRAND["STATES"][state]()), lang)
    assert letter is not None
    (tmp_path / "letter.html").write_text(letter, encoding="utf-8")
    opened = Opened(chromium, tmp_path / "letter.html", width=390)
    opened.page.evaluate((AXE / "axe.min.js").read_text(encoding="utf-8"))

    found = opened.page.evaluate("tags => axe.run({ runOnly: tags })", TAGS)["violations"]
    wide = opened.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    printed = PdfReader(io.BytesIO(opened.page.pdf(prefer_css_page_size=True)))

    assert [one["id"] for one in found] == []
    assert (wide, len(printed.pages), opened.requests) == (False, 1, ["file"])


def test_hostile_text_runs_nothing_and_breaks_no_layout(chromium: Browser, tmp_path: Path) -> None:
    bad = []
    file = tmp_path / "page.html"
    file.write_text(to_html(document(MADE["quiet"]()), lang="en"), encoding="utf-8")
    opened = Opened(chromium, file, width=390)

    for text in HOSTILE:
        file.write_text(to_html(document(MADE["hostile"](text), ids="real"), lang="en"), encoding="utf-8")
        opened.requests.clear()
        opened.said.clear()
        opened.page.goto(file.as_uri())
        opened.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        wide = opened.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        hit, heads = opened.page.evaluate("[window.hit ?? 0, document.querySelectorAll('h1').length]")
        elements = opened.page.evaluate(
            "document.querySelectorAll('iframe,object,embed,img,form,base,math,template').length"
        )
        fetched = [kind for kind in opened.requests if kind != "data"]
        first = opened.page.locator("h1").is_visible() and opened.page.locator("#tc-method").is_visible()
        if (wide, hit, heads, elements, fetched, opened.said, first) != (False, 0, 1, 0, ["file"], [], True):
            bad.append((text[:40], wide, hit, heads, elements, fetched, list(opened.said), first))

    assert len(set(HOSTILE)) == 50
    assert bad == []


def test_a_table_is_filtered_and_saved_with_formulas_disarmed(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(to_html(document(MADE["hostile"]('=1+1"'), ids="real"), lang="en"), encoding="utf-8")
    opened = Opened(chromium, file)
    opened.page.locator("#tc-appendix ~ details").first.locator("> summary").click()
    tools = opened.page.locator('.tc-tools[data-table="checks"]')

    tools.locator("input").fill("mix of phones")
    with opened.page.expect_download() as download:
        tools.locator("button").click()
    saved = Path(download.value.path()).read_bytes().decode("utf-8")

    header, *rows = saved.splitlines()
    assert header.startswith("\ufeffRoom,Check,")
    assert len(rows) == 1
    assert rows[0].startswith('"\'=1+1""",')


def test_the_keyboard_reaches_language_and_lines(chromium: Browser, files: dict[str, Path]) -> None:
    opened = Opened(chromium, files["signs"])

    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("ArrowLeft")
    language = opened.page.evaluate("document.documentElement.lang")
    opened.page.locator("#r1-1 > summary").focus()
    opened.page.keyboard.press("Enter")

    assert (language, opened.page.locator("#r1-1").get_attribute("open")) == ("zh-CN", "")


@pytest.mark.parametrize("state", ["signs", "farm"])
def test_verdict_lines_and_money_print_on_page_one(chromium: Browser, files: dict[str, Path], state: str) -> None:
    opened = Opened(chromium, files[state])
    opened.page.emulate_media(media="print")
    opened.page.set_viewport_size({"width": 680, "height": 1017})  # A4 within its margins, CSS pixels

    bottom = opened.page.evaluate("document.querySelector('.tc-bars').getBoundingClientRect().bottom")

    assert bottom <= 1017
