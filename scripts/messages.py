"""Collect the sentences of the surfaces into the catalogues, and compile them. `--check` only says whether they are current.

A new sentence appears in `zh_CN/.../truecrowd.po` with an empty translation: write it, run this again, commit both files.
"""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SURFACES = Path(__file__).parents[1] / "src" / "truecrowd" / "surfaces"
FOLDER = SURFACES / "locale" / "zh_CN" / "LC_MESSAGES"
METHODS = [("**.py", "python"), ("**.j2", "jinja2.ext.babel_extract")]
KEYWORDS = {"_": None, "_n": (1, 2)}
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
"""A fixed date in the headers: the same sentences give the same bytes."""


def catalogue() -> Catalog:
    """Return the Chinese catalogue with every sentence of the source, translations kept."""
    empty = Catalog(project="truecrowd", charset="utf-8", creation_date=WRITTEN)
    options = {"**.j2": {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}}
    found = extract_from_dir(SURFACES, METHODS, options, KEYWORDS, strip_comment_tags=True)
    for file, _line, message, _comments, _context in found:
        empty.add(message, locations=[(Path(file).as_posix(), 0)])
    path = FOLDER / "truecrowd.po"
    if path.exists():
        with path.open("rb") as old:
            kept = read_po(old, locale="zh_CN")
    else:
        kept = Catalog(locale="zh_CN")
    kept.update(empty, no_fuzzy_matching=True)
    kept.obsolete.clear()
    kept.revision_date = kept.creation_date = WRITTEN
    kept.project, kept.version, kept.copyright_holder = "truecrowd", "0", "The truecrowd authors"
    kept.msgid_bugs_address, kept.last_translator, kept.language_team = "", "The truecrowd authors", "zh_CN"
    kept.header_comment = "# Chinese (Simplified) sentences of truecrowd. Written by scripts/messages.py."
    kept.fuzzy = False
    return kept


def as_po(words: Catalog) -> bytes:
    """Return the catalogue as people edit it."""
    out = io.BytesIO()
    write_po(out, words, width=120, sort_output=True, include_lineno=False, ignore_obsolete=True)
    return out.getvalue()


def as_mo(words: Catalog) -> bytes:
    """Return the catalogue as gettext reads it."""
    out = io.BytesIO()
    write_mo(out, words)
    return out.getvalue()


def main() -> int:
    """Write both files, or with `--check` compare them."""
    words = catalogue()
    wanted = {"truecrowd.po": as_po(words), "truecrowd.mo": as_mo(words)}
    missing = [message.id for message in words if message.id and not _is_said(message.string)]
    for message in missing:
        print(f"not translated: {message}")
    if "--check" in sys.argv:
        old = [name for name, data in wanted.items() if (FOLDER / name).read_bytes() != data]
        for name in old:
            print(f"not current: {name}; fix: python scripts/messages.py")
        return 1 if old or missing else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, data in wanted.items():
        (FOLDER / name).write_bytes(data)
    return 0


def _is_said(string: object) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


if __name__ == "__main__":
    sys.exit(main())
