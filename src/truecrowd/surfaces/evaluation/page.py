"""An evaluation -> one HTML file: self-contained, a policy that runs nothing but our own lines, the report's look."""

import base64
import hashlib
import json
from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import truecrowd
from truecrowd.bench.quality.evaluation import Evaluation
from truecrowd.bench.quality.table import RANKED, is_shown, value_of
from truecrowd.surfaces.evaluation import sections as made
from truecrowd.surfaces.evaluation.phrases import both, say, word
from truecrowd.surfaces.report.page import FIRST_LANG, payload
from truecrowd.surfaces.report.phrases import TAGS, Lang

if TYPE_CHECKING:
    from markupsafe import Markup

_REPORT: Final = "truecrowd.surfaces.report"
_OWN: Final = "truecrowd.surfaces.evaluation"


def to_html(result: Evaluation, *, lang: Lang | None = None) -> str:
    """Return the page, the same bytes for the same evaluation.

    Args:
        result: What `bench.quality.evaluate` gave.
        lang: Language the page opens in; None: the reader's browser's (without scripts English). Both are in the file.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    first: Lang = lang or FIRST_LANG
    style = _text(_REPORT, "report.css") + _text(_OWN, "evaluation.css")
    script = _text(_REPORT, "report.js")
    environment = Environment(
        loader=PackageLoader(_OWN), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("evaluation.html.j2").render(
        first=first,
        follows=lang is None,
        tag=TAGS[first],
        version=truecrowd.__version__,
        title=_headline(result, first),
        style=_own(style),
        script=_own(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        payload=payload(_plain(result)),
        headline=both(lambda said: _headline(result, said)),
        audits=[*_audits(result)],
        beside=[*_beside(result)],
        every=[*_every(result)],
        word=word,
        marks=[made.measure(f"note:{name}") for name in ("no_interval", "below_resolution", "no_rows")],
    )


def _headline(result: Evaluation, lang: str) -> str:
    return say("title", lang) if result.parts else made.headline(result.cells, lang)


def _audits(result: Evaluation) -> Iterator[dict[str, Any]]:
    """Yield what is shown of each audit; one alone has no name."""
    names = list(result.parts) or [""]
    for number, name in enumerate(names):
        cells = [one for one in result.cells if one.part == name]
        yield {
            "key": f"a{number}",
            "name": name,
            "facts": [*_facts(result.parts.get(name) or result.truth)],
            "tiles": [*made.tiles(cells)],
            "sections": [*made.sections(cells, result.made_for)],
            "missing": [made.missing(one) for one in cells if one.block == "part"],
        }


def _beside(result: Evaluation) -> list[made.Table]:
    """Return several audits side by side; nothing where there is one alone."""
    names = list(result.parts)
    return (
        [*made.side_by_side([[one for one in result.cells if one.part == name] for name in names], names)]
        if names
        else []
    )


def _facts(about: dict[str, Any]) -> Iterator["Markup"]:
    if about.get("faults"):
        yield word("faults", n=", ".join(about["faults"]))
    for code in ("preset", "world", "seed"):
        if about.get(code) is not None:
            yield word(code, n=about[code])
    for code, name in (("events", "n_events"), ("rooms", "n_rooms"), ("accounts", "n_accounts")):
        if about.get(name) is not None:
            yield word(code, n=f"{about[name]:,}")


def _every(result: Evaluation) -> Iterator[tuple[Any, ...]]:
    """Yield a row for each value but those of checks for schemes they do not look for, which are in the JSON alone."""
    for one in result.cells:
        if one.measure not in RANKED or is_shown(one, result.made_for):
            value = value_of(one) if one.value is not None else made.missing(one)
            yield one.part, made.measure(one.block), made.by(one), made.group(one), made.measure(one.measure), value, f"{one.n:,}"  # fmt: skip


def _plain(result: Evaluation) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(result.document()))
    return document


def _own(text: str) -> "Markup":
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own files


def _text(package: str, name: str) -> str:
    return files(package).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
