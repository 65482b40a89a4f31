"""Write docs/reference/tables.md and tables.zh.md from schema.py and tables.toml; `--check` only compares."""

import sys
import tomllib
from pathlib import Path

import pyarrow as pa

from truecrowd import schema

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
PAGES = ("tables.md", "tables.zh.md")
"""In the order in which tables.toml gives the languages."""
SETS = {
    "event_types": schema.EVENT_TYPES,
    "schemes": schema.SCHEMES,
    "measures": schema.MEASURES,
    "levels": schema.LEVELS,
    "reject_reasons": schema.REJECT_REASONS,
}
Words = dict[str, dict[str, list[str]]]


def page(at: int, words: Words) -> str:
    """Return the whole page in language number `at`.

    Raises:
        KeyError: A table or column of the schema has no words.
    """
    say = {name: both[at] for name, both in words["page"].items()}
    sets = "\n".join("- " + say[name].format(words=quoted(members)) for name, members in SETS.items())
    sections = [section(table, at, words) for table in (schema.EVENTS, *schema.TABLES.values())]
    return "\n\n".join([say["title"], say["other"], say["made"], say["intro"], *sections, say["sets"], sets]) + "\n"


def section(table: schema.Table, at: int, words: Words) -> str:
    """Return one table's heading, row, key and columns."""
    say = {name: both[at] for name, both in words["page"].items()}
    lines = [f"## {table.name}", "", say["one_row"].format(row=words[table.name]["row"][at]), ""]
    lines += [say["key"].format(names=quoted(table.key)), "", say["header"], "| --- | --- | --- |"]
    for name, kind in table.columns:
        shown = f"**{name}**" if name in table.required else name
        lines.append(f"| {shown} | `{type_name(kind)}` | {meaning(table.name, name, words)[at]} |")
    return "\n".join(lines)


def quoted(names: tuple[str, ...]) -> str:
    """Return the names as code, with commas."""
    return ", ".join(f"`{name}`" for name in names)


def meaning(table: str, column: str, words: Words) -> list[str]:
    """Return the words for one column; `row` is a column of rejects and the sentence of every table."""
    own = words[table].get("row_number" if column == "row" else column)
    return own or words["any"][column]


def type_name(kind: pa.DataType) -> str:
    """Return the Arrow type as the contract writes it."""
    return "dictionary<string>" if pa.types.is_dictionary(kind) else str(kind).replace("item: ", "")


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` return 1 where one is not what would be written."""
    words = tomllib.loads((REFERENCE / "tables.toml").read_text(encoding="utf-8"))
    stale = []
    for at, name in enumerate(PAGES):
        path, text = REFERENCE / name, page(at, words)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        print(f"docs/reference/{name} is not what schema.py says\n  fix:   make docs-write", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
