"""The check inside a sealed report: in a real browser, without a request, with the verdict of verify.py."""

import os
import random
import runpy
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from changes import changed
from playwright.sync_api import Page, sync_playwright
from sealed_case import Made, make, states

from truecrowd.evidence import notes
from truecrowd.evidence.log import Ring
from truecrowd.surfaces.report import document, to_html
from truecrowd.surfaces.seal.audits import reseal

pytestmark = pytest.mark.browser

TESTS = Path(__file__).parents[1]
MADE = runpy.run_path(str(TESTS / "fixtures" / "report_results.py"))
CHROMIUM = shutil.which("chromium")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
MUTATIONS = 60
"""How many changed pages are tried."""


class Opened:
    """A sealed page in a browser, and what it asked for and said."""

    def __init__(self, page: Page, made: Made) -> None:
        self.page, self.made, self.requests, self.said = page, made, list[str](), list[str]()
        page.on("request", lambda request: self.requests.append(request.url.split(":")[0]))
        page.on("console", lambda line: self.said.append(line.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.goto((made.folder / "out" / "report.html").as_uri())

    def check(self, **files: bytes) -> dict[str, str]:
        """Return state by check, as the page shows it, with these files chosen; none: the button is pressed."""
        if not files:
            self.page.reload()  # what an earlier test chose is forgotten
        self.page.evaluate("delete document.getElementById('tc-check').dataset.done")
        if files:
            payload: Any = [{"name": name, "mimeType": "text/plain", "buffer": body} for name, body in files.items()]
            self.page.set_input_files("#tc-check input", payload)
        else:
            self.page.click("#tc-check button")
        self.page.wait_for_selector("#tc-check[data-done=yes]")
        rows = self.page.eval_on_selector_all(
            "#tc-check li", "all => all.map(one => [one.dataset.check, one.dataset.state])"
        )
        return dict(rows)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing; fix: install the package chromium")
        pytest.skip("Chromium is missing")
    page = to_html(document(MADE["signs"]()), lang="en").encode()
    made = make(tmp_path_factory.mktemp("sealed"), page=page)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield Opened(browser.new_context().new_page(), made)
        browser.close()


def test_the_button_checks_what_the_page_says_and_asks_for_its_bytes(opened: Opened) -> None:
    found = opened.check()

    assert {found[name] for name in ("entries", "checkpoint")} == {"proven"}
    assert {found[name] for name in ("container", "trust", "report")} == {"not_checked"}


def test_with_the_file_and_a_policy_the_verdict_is_that_of_verify(opened: Opened) -> None:
    made = opened.made

    assert opened.check(page=made.page, policy=made.trust) == states(made.page, made.trust)
    assert opened.check(page=made.page) == states(made.page)


@pytest.mark.parametrize("size", [2, 5, None])
@pytest.mark.parametrize("is_right", [True, False])
def test_an_earlier_head_gives_the_same_verdict(opened: Opened, size: int | None, is_right: bool) -> None:
    log = opened.made.log
    n = size or log.size
    head = f"{log.head.origin} {n} {notes.b64(log.root_at(n) if is_right else bytes(32))}\n".encode()

    assert opened.check(page=opened.made.page, head=head) == states(opened.made.page, None, head)


def tried(opened: Opened, n: int, seed: int) -> list[int]:
    """Change the page `n` times; return which changes the two checkers do not agree on, or let pass."""
    chosen, made, differ = random.Random(seed), opened.made, []
    start = made.page.index(b"truecrowd-seal") - 30
    for at in range(n):
        body = changed(made.page, chosen)
        if at % 2:
            body = made.page[:start] + changed(made.page[start:], chosen)
        ours = states(body, made.trust)
        if ours.get("container") == "not_checked" or body[:15].lower() != b"<!doctype html>":
            continue
        if opened.check(page=body, policy=made.trust) != ours or "failed" not in ours.values():
            differ.append(at)
    return differ


def test_changed_pages_get_the_verdict_of_verify(opened: Opened) -> None:
    assert tried(opened, MUTATIONS, 11) == []


def test_other_policies_get_the_verdict_of_verify(opened: Opened) -> None:
    made = opened.made
    eye = notes.public_of(made.ring.private("export.key"), "eye.example", notes.COSIGNATURE).vkey
    stranger = notes.public_of(made.ring.private("export.key"), made.log.head.origin).vkey
    line = made.trust.splitlines()[0].decode()

    for policy in (
        f"{line}\nwitness eye {eye}\nquorum eye\n", f"{line}\nwitness eye {eye}\ngroup g any eye\nquorum g\n",
        f"log {stranger}\nquorum none\n", f"# both\nlog {stranger}\n\t{line}\nquorum none\n",
    ):  # fmt: skip
        assert opened.check(page=made.page, policy=policy.encode()) == states(made.page, policy.encode())


def test_keys_that_were_rotated_are_followed(opened: Opened, tmp_path: Path) -> None:
    made = make(tmp_path, page=to_html(document(MADE["signs"]())).encode())
    with made.writer(Ring(tmp_path / "keys")) as adding:
        adding.rotate("log")
        adding.rotate("export")
        adding.revoke_export()
        reseal(made.folder / "out", adding.log, adding.log.said_of("report")[-1][0])

    assert opened.check(page=made.page, policy=made.trust) == states(made.page, made.trust)
    assert states(made.page, made.trust)["checkpoint"] == "proven"


def test_no_request_was_made_and_not_a_word_said(opened: Opened) -> None:
    opened.check(page=opened.made.page)

    assert (set(opened.requests) - {"data"}, opened.said) == ({"file"}, [])


def test_a_page_that_was_never_sealed_offers_no_check(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(to_html(document(MADE["signs"]())), encoding="utf-8")
    page = opened.page.context.new_page()
    page.goto((tmp_path / "page.html").as_uri())

    assert page.locator("#tc-check").is_hidden()
    page.close()
