"""The evaluation's page: nothing is fetched, nothing hostile runs, what could not be looked at is said."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from truecrowd.bench.quality.cells import Cell, absent
from truecrowd.bench.quality.evaluation import Evaluation
from truecrowd.bench.quality.names import NAMES, group_name
from truecrowd.bench.quality.summary import first_values, kinds_beside
from truecrowd.bench.quality.words import WORDS
from truecrowd.simulate import simulate
from truecrowd.simulate.people import ROLES
from truecrowd.surfaces.evaluation import to_html
from truecrowd.surfaces.evaluation.drawings import scale_of
from truecrowd.surfaces.evaluation.phrases import SAYINGS
from truecrowd.surfaces.evaluation.sections import headline

HOSTILE = "</script><script>window.hit=1</script><img src=x onerror=window.hit=1>.csv"
FLAG = "level>=watch"


def evaluation(*cells: Cell, parts: tuple[str, ...] = ()) -> Evaluation:
    about = {"preset": "tiny", "world": "develop", "seed": 1, "n_events": 12_000, "n_rooms": 2, "n_accounts": 900}
    known = (
        Cell("room", "level", "any", "auc", 0.75, 0.5, 0.9, 20, 8),
        Cell("room", FLAG, "any", "recall", 0.5, 0.3, 0.7, 20, 8),
        Cell("room", FLAG, "any", "precision", 0.8, 0.6, 0.9, 20, 8),
        Cell("guard", FLAG, "plain", "flagged_share", 0.0, 0.0, 0.2, 8),
        Cell("guard", FLAG, "any", "flagged_share", 0.25, 0.1, 0.5, 4),
        Cell("guard", FLAG, "raid", "flagged_share", 0.25, 0.1, 0.5, 4),
        Cell("role", "level", "farm", "auc", 0.9, 0.8, 0.95, 50, 10),
        Cell("role", FLAG, "farm", "flagged_share", 0.9, 0.8, 0.95, 10),
        Cell("role", FLAG, "fan", "flagged_share", 0.01, 0.0, 0.02, 40),
        Cell("budget", f"account {FLAG}", "farm naive", "recall", 0.9, 0.8, 1.0, 10, 10),
        Cell("budget", f"account {FLAG}", "farm +25 %", "recall", 0.4, 0.2, 0.6, 10, 10),
        Cell("budget", "campaigns", "farm +25 %", "yuan_per_campaign", 112.5, 20.0, 120.0, 3),
        Cell("calibration", "p_manufactured", "room 0.9-1.0", "stated", 0.95, n=5),
        Cell("calibration", "p_manufactured", "room 0.9-1.0", "observed", 0.8, 0.5, 0.9, 5),
        absent("fleet", "any", "b_cubed_f1", "no_fleets"),
        absent("share", "viewers", "mean_absolute_error", "not_estimated", by="dirty rooms"),
    )
    return Evaluation(about, (*known, *cells), {"burst_join": "farm"}, dict.fromkeys(parts, about))


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL))


class Loads(HTMLParser):
    """Attributes of a page that could fetch or run something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts = 0
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        for name, value in attrs:
            if name in ("src", "href", "action") and value and not value.startswith(("#", "data:,")):
                self.loads.append(value)
            if name.startswith("on") or name == "style":
                self.handlers.append(name)


def test_the_page_fetches_nothing_and_runs_its_own_lines_alone() -> None:
    page = to_html(evaluation())

    read = Loads(page)

    assert (read.loads, read.handlers, read.scripts) == ([], [], 2)
    policy = re.search(r'content="(default-src[^"]+)"', page)
    assert policy is not None
    for tag in ("style", "script"):
        body = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[-1]
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]


def test_names_of_other_peoples_files_are_only_text() -> None:
    page = to_html(evaluation(Cell("account", HOSTILE, "any", "auc", 0.5, n=9, n_positive=3), parts=(HOSTILE,)))

    assert Loads(page).scripts == 2
    assert "<img" not in page
    assert "&lt;img src=x" in page


def test_what_could_not_be_looked_at_is_said_in_both_languages() -> None:
    text = text_of(to_html(evaluation()))

    for lang in ("en", "zh"):
        assert WORDS[lang]["no_fleets"] in text
        assert WORDS[lang]["not_estimated"] in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_opens_in_the_language_asked_for(lang: str) -> None:
    page = to_html(evaluation(), lang=lang)  # type: ignore[arg-type]

    assert f"<title>{headline(evaluation().cells, lang)}" in page
    assert re.search(rf'id="tc-{lang}"[^>]* checked', page)
    assert "data-follow" not in page


def test_the_headline_counts_honest_rooms_that_were_flagged() -> None:
    assert headline(evaluation().cells, "en") == "Finds 50 % of the manufactured rooms and flags 1 of 12 honest ones"
    assert headline((), "zh") == SAYINGS["title"][1]


def test_recall_stands_beside_its_price() -> None:
    text = text_of(to_html(evaluation()))

    assert "40 %" in text
    assert "112 yuan" in text


def test_the_payload_is_the_document() -> None:
    result = evaluation(Cell("account", HOSTILE, "any", "auc", 0.5, n=9, n_positive=3))

    found = re.search(r'id="tc-evaluation">(.*?)</script>', to_html(result), re.DOTALL)

    assert found is not None
    assert json.loads(found[1]) == json.loads(json.dumps(result.document()))


def test_several_audits_stand_under_their_names() -> None:
    low = Cell("room", FLAG, "any", "recall", 0.5, 0.3, 0.7, 20, 8, part="low")
    precision = Cell("room", FLAG, "any", "precision", 0.5, 0.3, 0.7, 20, 8, part="low")
    gone = Cell("part", "", "high", "any", note="not_audited", part="high")
    result = evaluation(low, precision, gone, parts=("low", "high"))

    text = text_of(to_html(result))

    assert WORDS["en"]["not_audited"] in text
    assert "low: " in text


def test_the_same_evaluation_gives_the_same_bytes() -> None:
    assert to_html(evaluation()) == to_html(evaluation())


def test_a_scale_holds_every_interval() -> None:
    assert scale_of([]) == 0.05
    assert scale_of([Cell("guard", FLAG, "raid", "flagged_share", 0.1, 0.0, 0.31)]) == 0.5


def test_every_role_and_guard_family_has_a_name_in_both_languages() -> None:
    guards = set(simulate("clean", n_events=20_000, seed=1).whole().truth["guards"]["guard"].to_pylist())

    for lang in ("en", "zh"):
        assert (guards | set(ROLES)) - NAMES[lang].keys() == set()


def test_names_are_the_same_in_both_languages_and_strangers_stand_as_they_are() -> None:
    assert NAMES["en"].keys() == NAMES["zh"].keys()
    assert group_name("a-file.csv", "zh") == "a-file.csv"


def of_kind(group: str, value: float, part: str) -> tuple[Cell, Cell]:
    recall = Cell("budget", f"account {FLAG}", group, "recall", value, 0.0, 1.0, 10, 10, part=part)
    return recall, Cell("budget", "campaigns", group, "yuan_per_campaign", 90.0, n=1, part=part)


def test_budgets_of_evasion_stand_side_by_side() -> None:
    low, high = of_kind("farm free", 0.9, "low"), of_kind("farm +100 %", 0.2, "high")
    gone = Cell("part", "", "mid", "any", note="not_audited", part="mid")

    result = evaluation(*low, *high, gone, parts=("low", "mid", "high"))

    lines = result.lines("en")
    (row,) = [line for line in lines if line.strip().startswith("account farm  ")][:1]
    assert "0.900 [0.000, 1.000] (+0 %, 90 yuan)" in row
    assert "0.200 [0.000, 1.000] (+100 %, 90 yuan)" in row
    text = text_of(to_html(result))
    assert SAYINGS["s_parts"][0] in text
    assert "90 %" in text


def test_two_qualities_in_one_audit_are_rows_of_their_own() -> None:
    one = [*of_kind("farm free", 0.9, "a"), *of_kind("farm naive", 1.0, "a")]

    assert kinds_beside([one, []]) == [("farm free", ["farm free", ""]), ("farm naive", ["farm naive", ""])]


def test_what_comes_first_is_there_or_says_why() -> None:
    found = {one.code: one for one in first_values(evaluation().cells)}

    assert found["room_auc"].cell is not None
    assert found["fleet"].cell is None
    assert found["fleet"].reason is not None
    assert found["fleet"].reason.note == "no_fleets"
    assert all(f"first:{code}" in WORDS[lang] for code in found for lang in ("en", "zh"))
