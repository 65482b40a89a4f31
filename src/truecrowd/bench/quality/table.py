"""The table a person reads: one line a cell, the measures of one ranking side by side."""

from collections.abc import Sequence
from typing import Any, Final

from truecrowd.bench.quality.cells import Cell
from truecrowd.bench.quality.names import group_name
from truecrowd.bench.quality.summary import first_values, kinds_beside, recall_by_kind
from truecrowd.bench.quality.words import WORDS

RANKED: Final = ("auc", "average_precision", "recall_at_0.001", "recall_at_0.01")
"""Measures that stand side by side in one row."""
_REGIONS: Final = 3
_LARGE: Final = 10.0
"""From here on values are counts, seconds or yuan and need no decimals."""


def lines(truth: dict[str, Any], cells: Sequence[Cell], made_for: dict[str, str], lang: str) -> list[str]:
    """Return the whole table.

    Args:
        truth: What the truth is about.
        cells: Block by block.
        made_for: Scheme by check; a check's cells for other schemes are left to --json.
        lang: `zh` or `en`.
    """
    words = WORDS[lang]
    shown = [f"{words[name]} {truth[name]}" for name in ("preset", "world", "seed") if truth.get(name) is not None]
    out = [" · ".join(shown), words["interval"], ""]
    parts = list(dict.fromkeys(one.part for one in cells if one.part))
    if parts:
        out += [words["side_by_side"], *_aligned(_side_by_side(cells, parts, lang)), ""]
    for part, block in dict.fromkeys((one.part, one.block) for one in cells):
        own = [one for one in cells if (one.part, one.block) == (part, block)]
        out.append(f"{part}: {words[block]}" if part else words[block])
        ranked = [one for one in own if one.measure in RANKED and is_shown(one, made_for)]
        if ranked:
            out += _aligned(_rankings(ranked, lang))
        rest = [one for one in own if one.measure not in RANKED]
        few = _shortened(rest)
        out += _aligned([_single(one, lang) for one in few])
        if len(few) < len(rest):
            out.append("  " + words["more"].format(n=len(rest) - len(few)))
        out.append("")
    notes = sorted({one.note for one in cells if one.note})
    return out + [f"{words['note:' + note]}" for note in notes]


def _shortened(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells without regions but the three with the largest part flagged: there are thirty of them."""
    regions: dict[str, list[Cell]] = {}
    for one in cells:
        if one.block == "fairness" and one.group.startswith("region ") and one.value is not None:
            regions.setdefault(one.by, []).append(one)
    largest = [each for own in regions.values() for each in sorted(own, key=lambda one: -(one.value or 0.0))[:_REGIONS]]
    dropped = {id(one) for own in regions.values() for one in own} - {id(one) for one in largest}
    return [one for one in cells if id(one) not in dropped]


def _side_by_side(cells: Sequence[Cell], parts: Sequence[str], lang: str) -> list[list[str]]:
    """Return the first values of several audits, then how much of each kind of crowd is flagged, and its price."""
    words = WORDS[lang]
    audits = [[one for one in cells if one.part == part] for part in parts]
    firsts = [list(first_values(own)) for own in audits]
    rows = [["", *parts]]
    for of_all in zip(*firsts, strict=True):
        values = [value_of(one.cell) if one.cell is not None else _why(one.reason, words) for one in of_all]
        rows.append([words[f"first:{of_all[0].code}"], *values])
    found = [recall_by_kind(own) for own in audits]
    return rows + [
        [group_name(name, lang), *(_priced(of, kind, lang) for of, kind in zip(found, kinds, strict=True))]
        for name, kinds in kinds_beside(audits)
    ]


def _why(reason: Cell | None, words: dict[str, str]) -> str:
    return words[reason.note] if reason is not None and reason.note in words else "-"


def _priced(found: dict[str, tuple[Cell, Cell | None]], kind: str, lang: str) -> str:
    if not kind:
        return "-"
    recall, price = found[kind]
    cost = [group_name(kind.partition(" ")[2], lang)]
    if price is not None and price.value is not None:
        cost.append(WORDS[lang]["yuan"].format(n=f"{price.value:,.0f}"))
    return f"{value_of(recall)} ({', '.join(cost)})"


def is_shown(one: Cell, made_for: dict[str, str]) -> bool:
    """Return whether a ranking's cell is for reading: a check's are for the scheme it looks for and for all of them."""
    own = made_for.get(one.by.partition("/")[0], "")
    is_other = bool(own) and one.group not in ("any", own)
    is_rule_for_rooms = one.block == "room" and one.by.startswith("rule:") and one.group != "any"
    return not (is_other or is_rule_for_rooms)


def _rankings(cells: Sequence[Cell], lang: str) -> list[list[str]]:
    """Return a head and one row for each ordering and scheme; schemes an ordering found no row of are left to --json."""
    words = WORDS[lang]
    measures = [name for name in RANKED if any(one.measure == name for one in cells)]
    rows = [[words["by"], words["scheme"], *(words[name] for name in measures), words["rows"]]]
    for by, group in dict.fromkeys((one.by, one.group) for one in cells):
        own = {one.measure: one for one in cells if (one.by, one.group) == (by, group)}
        any_of = next(iter(own.values()))
        if any_of.n_positive:
            values = [value_of(own[name]) for name in measures]
            rows.append([by_name(by, lang), group_name(group, lang), *values, f"{any_of.n_positive:,}/{any_of.n:,}"])
    return rows if len(rows) > 1 else [[words["no_positive"]]]


def _single(one: Cell, lang: str) -> list[str]:
    words = WORDS[lang]
    about = [by_name(one.by, lang), group_name(one.group, lang), words[one.measure]]
    return [*about, words[one.note]] if one.value is None else [*about, value_of(one), f"n={one.n:,}"]


def by_name(by: str, lang: str) -> str:
    """Return what made an ordering or a flag in words; a check's or a file's name stands as it is."""
    words = WORDS[lang]
    if f"by:{by}" in words:
        return words[f"by:{by}"]
    subject, _, rest = by.partition(" ")
    known = {"account": "account", "order": "order"}.get(subject)
    return f"{group_name(known, lang)} · {by_name(rest, lang)}" if known and rest else by or "-"


def value_of(one: Cell) -> str:
    """Return a value with its interval; `-` where there is none."""
    if one.value is None:
        return "-"
    mark = "*" if one.note == "no_interval" else "†" if one.note == "below_resolution" else ""
    if one.low is None or one.high is None:
        return f"{_number(one.value)}{mark}"
    return f"{_number(one.value)} [{_number(one.low)}, {_number(one.high)}]{mark}"


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < _LARGE else f"{value:,.0f}"


def _aligned(rows: list[list[str]]) -> list[str]:
    widths: dict[int, int] = {}
    for row in rows:
        for at, text in enumerate(row):
            widths[at] = max(widths.get(at, 0), _width(text))
    return [
        ("  " + "  ".join(text + " " * (widths[at] - _width(text)) for at, text in enumerate(row))).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    """Return columns on a terminal: Han takes two. Only words of ours and ids come here."""
    return sum(2 if "\u2e80" <= char <= "\uffef" else 1 for char in text)
