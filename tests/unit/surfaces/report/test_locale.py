"""The catalogue: complete, compiled, and its sentences take the parameters of the English ones."""

import io
import runpy
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[4]
FOLDER = ROOT / "src/truecrowd/surfaces/locale/zh_CN/LC_MESSAGES"


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with (FOLDER / "truecrowd.po").open("rb") as file:
        return read_po(file, locale="zh_CN")


def test_the_compiled_catalogue_is_the_written_one(catalogue: Catalog) -> None:
    out = io.BytesIO()

    write_mo(out, catalogue)

    assert (FOLDER / "truecrowd.mo").read_bytes() == out.getvalue()


def test_every_sentence_of_the_source_is_in_the_catalogue_and_no_other() -> None:
    script = runpy.run_path(str(ROOT / "scripts/messages.py"))

    assert (FOLDER / "truecrowd.po").read_bytes() == script["as_po"](script["catalogue"]())


def test_no_sentence_is_missing_or_guessed(catalogue: Catalog) -> None:
    texts = [(message.id, message.string, message.fuzzy) for message in catalogue if message.id]

    bad = [key for key, text, fuzzy in texts if fuzzy or not all(text if isinstance(text, tuple) else (text,))]

    assert bad == []


def test_translations_take_the_parameters_of_their_message(catalogue: Catalog) -> None:
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    pairs = [
        (message.id if isinstance(message.id, str) else message.id[1], one)
        for message in catalogue
        if message.id
        for one in (message.string if isinstance(message.string, tuple) else (message.string,))
    ]

    assert [message for message, text in pairs if names(message) != names(text)] == []


def test_translations_are_chinese(catalogue: Catalog) -> None:
    words = [(message.id, str(message.string)) for message in catalogue if message.id]

    plain = [key for key, text in words if not any("\u4e00" <= letter <= "\u9fff" for letter in text)]

    assert plain == [
        key
        for key, _ in words
        if key in ("{head}:", "{kind} {name}", "{likely}: {chance}", "{kind}: {what}", "{state}: {why}", "{text}.")
    ]


def test_no_word_on_the_never_list_is_used(catalogue: Catalog) -> None:
    """`proven` may be said of a hash or a signature, and there only."""
    never_en = (
        "fraud",
        "fake",
        "bot ",
        "cheat",
        "criminal",
        "malicious",
        "certain",
        "proven",
        "healthy",
        "clean",
        "safe",
    )
    never_zh = ("骗", "造假", "刷单者", "恶意", "假粉", "水军", "团伙", "合格", "真实可信", "机器人")
    of_evidence = {"Every check is proven, failed or not checked; not checked never means good."}
    texts = [
        (str(message.id).lower(), str(message.string))
        for message in catalogue
        if message.id and message.id not in of_evidence
    ]

    used = [
        (key, text) for key, text in texts if any(word in key for word in never_en) or any(w in text for w in never_zh)
    ]

    assert used == []
