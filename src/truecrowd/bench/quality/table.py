"""The table a person reads: one line a cell, the measures of one ranking side by side."""

from collections.abc import Sequence
from typing import Any, Final

from truecrowd.bench.quality.cells import Cell
from truecrowd.bench.quality.words import WORDS

_RANKED: Final = ("auc", "average_precision", "recall_at_0.001", "recall_at_0.01")


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
    for block in dict.fromkeys(one.block for one in cells):
        own = [one for one in cells if one.block == block]
        out.append(words[block])
        ranked = [one for one in own if one.measure in _RANKED and _is_shown(one, made_for)]
        if ranked:
            out += _aligned(_rankings(ranked, words))
        rest = [one for one in own if one.measure not in _RANKED]
        out += _aligned([_single(one, words) for one in rest])
        out.append("")
    notes = sorted({one.note for one in cells if one.note})
    return out + [f"{words['note:' + note]}" for note in notes]


def _is_shown(one: Cell, made_for: dict[str, str]) -> bool:
    own = made_for.get(one.by.partition("/")[0], "")
    is_other = bool(own) and one.group not in ("any", own)
    is_rule_for_rooms = one.block == "room" and one.by.startswith("rule:") and one.group != "any"
    return not (is_other or is_rule_for_rooms)


def _rankings(cells: Sequence[Cell], words: dict[str, str]) -> list[list[str]]:
    """Return a head and one row for each ordering and scheme; schemes an ordering found no row of are left to --json."""
    rows = [[words["by"], words["scheme"], *(words[name] for name in _RANKED), words["rows"]]]
    for by, group in dict.fromkeys((one.by, one.group) for one in cells):
        own = {one.measure: one for one in cells if (one.by, one.group) == (by, group)}
        any_of = next(iter(own.values()))
        if any_of.n_positive:
            values = [_value(own[name]) for name in _RANKED]
            rows.append([_name(by, words), group, *values, f"{any_of.n_positive:,}/{any_of.n:,}"])
    return rows if len(rows) > 1 else [[words["no_positive"]]]


def _single(one: Cell, words: dict[str, str]) -> list[str]:
    if one.value is None:
        return [_name(one.by, words), one.group, words[one.measure], words[one.note]]
    return [_name(one.by, words), one.group, words[one.measure], _value(one), f"n={one.n:,}"]


def _name(by: str, words: dict[str, str]) -> str:
    return words.get(f"by:{by}", by) or "-"


def _value(one: Cell) -> str:
    if one.value is None:
        return "-"
    mark = "*" if one.note == "no_interval" else "†" if one.note == "below_resolution" else ""
    if one.low is None or one.high is None:
        return f"{one.value:.3f}{mark}"
    return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]{mark}"


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
