"""Sentences that exist in every language: an English message with named parameters, said late.

A `Phrase` keeps message and parameters apart until somebody reads it, so both languages are made from the same codes.
Text from the data is `Data`: whoever wrote it may be hostile, so it is escaped, cut, and shown without its tricks.
"""

import gettext
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal

from truecrowd.brand.sums import in_words

if TYPE_CHECKING:
    from markupsafe import Markup

Lang = Literal["zh", "en"]
LANGS: Final[tuple[Lang, ...]] = ("zh", "en")
TAGS: Final[Mapping[Lang, str]] = {"zh": "zh-CN", "en": "en"}
"""What HTML calls each language."""
MOST_SHOWN: Final = 80
"""Characters of one text from the data that are shown on screen (surfaces.md)."""
_MOST_PLAIN: Final = 1000
"""The same for our own words and for counts of detectors nobody here knows, which may turn out to be anything."""
_MOST_MARKS: Final = 2
"""Combining marks kept on one letter; real scripts need no more, piles of them break a layout."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence, not yet said.

    Args:
        message: English, with parameters as `{name}`; also the id in the catalogue.
        params: What the names stand for: Phrase, Data, Joined, int (exact, grouped), float, or plain words of ours.
        plural: The English message for any number but one; None where no number decides.
        n: The number that decides.
    """

    message: str
    params: Mapping[str, object] = field(default_factory=dict)
    plural: str | None = None
    n: int = 1


@dataclass(frozen=True, slots=True)
class Data:
    """Text from the data: names, comments, file names, codes of detectors that others wrote."""

    text: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Several things in a row: "a, b and c", "a、b或c"."""

    items: tuple[object, ...]
    last: Literal["and", "or"] = "and"


@dataclass(frozen=True, slots=True)
class Short:
    """A number for an axis: 12.3K, 1.2万."""

    n: float


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in minor units, printed in words of money: 20,000.00 yuan, 20,000.00元."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Both:
    """Our own words that come in both languages already."""

    zh: str
    en: str


def _(message: str, /, **params: object) -> Phrase:
    """Return a phrase; scripts/messages.py finds its message here."""
    return Phrase(message, params)


def _n(message: str, plural: str, n: int, /, **params: object) -> Phrase:
    """Return a phrase whose English form depends on `n`."""
    return Phrase(message, params, plural, n)


def say(value: object, lang: Lang) -> str:
    """Return the plain text of a phrase, or of anything that may be a parameter of one."""
    match value:
        case Phrase():
            return _translated(value, lang).format(**{name: say(one, lang) for name, one in value.params.items()})
        case Data():
            return visible(str(value.text))
        case Joined():
            said = [say(item, lang) for item in value.items]
            return _last(value, lang).join(part for part in (_comma(lang).join(said[:-1]), *said[-1:]) if part)
        case _:
            return _plain(value, lang)


def mark(value: object, lang: Lang) -> "Markup":
    """Return the same as HTML: everything escaped, text from the data in `<bdi translate="no">`."""
    from markupsafe import Markup, escape

    match value:
        case Phrase():
            params = {name: mark(one, lang) for name, one in value.params.items()}
            return escape(_translated(value, lang)).format(**params)
        case Data():
            return Markup('<bdi translate="no">{}</bdi>').format(visible(str(value.text)))
        case Joined():
            said = [mark(item, lang) for item in value.items]
            return escape(_last(value, lang)).join(
                part for part in (escape(_comma(lang)).join(said[:-1]), *said[-1:]) if part
            )
        case _:
            return escape(_plain(value, lang))


def visible(text: str, most: int = MOST_SHOWN) -> str:
    r"""Return text from the data as it may be shown: control and direction characters as codes, cut at `most`.

    >>> visible("a\u202eb\x1b[31m")
    'a⟨202E⟩b⟨1B⟩[31m'
    """
    shown = "".join(_letters(text[:most]))
    return shown if len(text) <= most else shown + "…"


def _letters(text: str) -> Iterator[str]:
    n_marks = 0
    for letter in text:
        kind = unicodedata.category(letter)
        n_marks = n_marks + 1 if kind in ("Mn", "Me") else 0
        if kind in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            yield f"⟨{ord(letter):02X}⟩"
        elif n_marks <= _MOST_MARKS:
            yield letter


def _plain(value: object, lang: Lang) -> str:
    match value:
        case Short():
            return _short(value.n, lang)
        case Money():
            return in_words(value.minor, visible(value.currency), lang)
        case Both():
            return visible(value.zh if lang == "zh" else value.en, _MOST_PLAIN)
        case int() if not isinstance(value, bool):
            return f"{value:,}"
        case float():
            return f"{value:,.6g}"
        case _:
            return visible(str(value), _MOST_PLAIN)


def _short(n: float, lang: Lang) -> str:
    for size, unit in ((1e8, "亿"), (1e4, "万")) if lang == "zh" else ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(n) >= size:
            return f"{n / size:.1f}".removesuffix(".0") + unit
    return f"{n:g}"


def _comma(lang: Lang) -> str:
    return "、" if lang == "zh" else ", "


def _last(value: Joined, lang: Lang) -> str:
    return {"and": "和", "or": "或"}[value.last] if lang == "zh" else f" {value.last} "


def _translated(phrase: Phrase, lang: Lang) -> str:
    catalogue = _catalogue(lang)
    if phrase.plural is None:
        return catalogue.gettext(phrase.message)
    return catalogue.ngettext(phrase.message, phrase.plural, phrase.n)


@cache
def _catalogue(lang: Lang) -> gettext.NullTranslations:
    if lang == "en":
        return gettext.NullTranslations()
    folder = files("truecrowd.surfaces").joinpath("locale", "zh_CN", "LC_MESSAGES")
    with folder.joinpath("truecrowd.mo").open("rb") as file:
        return gettext.GNUTranslations(file)
