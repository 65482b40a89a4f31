"""The report document as one HTML file: both languages, no request, a policy that runs nothing but our own lines."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from truecrowd.surfaces.report import charts, claims, estimates, figures, measures, sentences, tested, times, words
from truecrowd.surfaces.report.answers import below, headline, headline_phrase, would_settle
from truecrowd.surfaces.report.contents import to_json
from truecrowd.surfaces.report.phrases import LANGS, TAGS, Both, Lang, _, _n, mark, say
from truecrowd.surfaces.report.pictures import fleet_picture, picture, timeline

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

FIRST_LANG: Lang = "en"
"""Language a page opens in where nobody chose one."""


def to_html(document: Mapping[str, Any], *, lang: Lang | None = None) -> str:
    """Return the report page, the same bytes for the same document.

    Args:
        document: What `document()` gave.
        lang: Language the page opens in; None: the document's, else the reader's browser's (without scripts English).
            Both are in the file.
    """
    first: Lang = lang or document["lang"] or FIRST_LANG
    style, script, checker = _text("report.css"), _text("report.js"), _text("seal.js")
    page = _environment(LANGS).get_template("page.html.j2")
    return page.render(
        doc=document,
        first=first,
        follows=not (lang or document["lang"]),
        tag=TAGS[first],
        title=headline(document, first),
        style=_own(style),
        script=_own(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        checker=_own(checker),
        checker_hash=_hash(checker),
        seal_words=seal_words(),
        payload=payload(document),
        where=times.zone(document["tz"]),
    )


def to_paper(document: Mapping[str, Any], *, lang: Lang) -> str:
    """Return the page as it is printed: one language, no script, everything open, the answer and the money first."""
    style = _text("report.css")
    page = (
        _environment((lang,))
        .get_template("paper.html.j2")
        .render(
            doc=document,
            tag=TAGS[lang],
            title=headline(document, lang),
            style=_own(style),
            style_hash=_hash(style),
            where=times.zone(document["tz"]),
        )
    )
    return page.replace("<details class=", "<details open class=")


def rendered(template: str, lang: Lang, *, style: str, **params: object) -> str:
    """Return a template in one language with its own style sheet, whose hash its policy names."""
    text = _text(style)
    return _environment((lang,)).get_template(template).render(style=_own(text), style_hash=_hash(text), **params)


def repr_html(document: Mapping[str, Any], lang: Lang | None = None) -> str:
    """Return verdict, counts and what was seen for a notebook: one language, no script, under 60 kB."""
    first: Lang = lang or document["lang"] or FIRST_LANG
    part = _environment((first,)).get_template("notebook.html.j2")
    return part.render(doc=document, first=first, style=_own(_text("report.css")), where=times.zone(document["tz"]))


def payload(document: Mapping[str, Any]) -> "Markup":
    """Return the document's JSON for a script element: no character in it can end the element."""
    return _escaped(to_json(document).decode())


def seal_words() -> "Markup":
    """Return the words of the seal's check as JSON for a script element: by code, English and Chinese."""
    from truecrowd.evidence.verify import TEXTS

    ours = {
        "no_file": _("choose this very file: a page cannot read its own bytes"),
        "no_ed25519": _("this browser knows no Ed25519; use verify.py"),
    }
    words = TEXTS | {code: [say(phrase, lang) for lang in ("en", "zh")] for code, phrase in ours.items()}
    return _escaped(json.dumps(words, ensure_ascii=False, separators=(",", ":")))


def _escaped(text: str) -> "Markup":
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return _own(text.strip())


def _own(text: str) -> "Markup":
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own files, JSON whose every "<" is escaped, and text that is Markup already


def _text(name: str) -> str:
    return files("truecrowd.surfaces.report").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _environment(langs: tuple[Lang, ...]) -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("truecrowd.surfaces.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def t(value: object) -> "Markup":
        return in_languages(value, langs)

    environment.filters |= {"t": t, "clock": times.clock, "span": times.span}
    environment.globals |= {
        "_": lambda message, /, **params: t(_(message, **params)),
        "_n": lambda one, many, n, /, **params: t(_n(one, many, n, **params)),
        "headline": lambda doc: together(t(headline_phrase(doc))),
        **_WORDS,
    }
    return environment


def heading(document: Mapping[str, Any], below: int = 0) -> str:
    """Return the heading of a room's sections, or one `below` it: where a file has many rooms, their names are h2."""
    return f"h{(3 if len(document['rooms']) > 1 else 2) + below}"


_WORDS: Mapping[str, Any] = {
    "phrase": _,
    "words": words,
    "word": words.word,
    "reason": words.reason,
    "source_of": words.source_of,
    "sentence": sentences.sentence,
    "beside": sentences.beside,
    "subject": sentences.subject,
    "explanations": sentences.explanations,
    "heading": heading,
    "would_settle": would_settle,
    "room_header": times.header,
    "timeline": timeline,
    "picture": picture,
    "fleet_picture": fleet_picture,
    "estimates": estimates,
    "figures": figures,
    "measures": measures,
    "tested": tested,
    "claims": claims,
    "both": lambda row: Both(row["zh"], row["en"]),
    "below": below,
    "bar": lambda n, whole: charts.parts_of_whole([n], whole),
    "range_bar": charts.estimate,
}
"""What templates may ask, whichever the language."""


def together(text: "Markup") -> "Markup":
    """Return the first line with each number kept on one line with the Chinese word that counts."""
    return _own(re.sub(r"(?<=\d) (?=[\u4e00-\u9fff])", "\u00a0", text))


def in_languages(value: object, langs: tuple[Lang, ...]) -> "Markup":
    """Return a value in each language, once where all languages say the same."""
    from markupsafe import Markup

    said = [mark(value, lang) for lang in langs]
    if len(set(said)) == 1:
        return said[0]
    return Markup("").join(
        Markup('<span class="{}" lang="{}">{}</span>').format(lang, TAGS[lang], one)
        for lang, one in zip(langs, said, strict=True)
    )
