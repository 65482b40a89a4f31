"""The quality table a person reads."""

from collections.abc import Sequence
from typing import Final

from truecrowd.bench.peers_quality.peer import LEVELS
from truecrowd.bench.peers_quality.result import Entry, Played, Quality, Value
from truecrowd.bench.peers_quality.words import PUBLISHED, WORDS

_SHOWN: Final = ("average_precision", "auc", "recall_at_0.01")
_SHOWN_OF_FLEETS: Final = ("b_cubed_f1", "b_cubed_precision", "b_cubed_recall")
"""Measures of a level; the first is what outcomes are told by."""
_BEFORE, _AFTER = ("system", "setting"), ("difference", "outcome", "spoken", "speed", "clock", "tuned_ap", "published")
_COUNTED: Final = ("win", "lose", "tie", "unknown")


def lines(found: Quality, lang: str) -> list[str]:
    """Return the whole table, what we lose told again at its end.

    Args:
        found: What was measured.
        lang: "en" or "zh".
    """
    text = WORDS[lang]
    out = [*_about(found, text), text["interval"]]
    judged = found.worlds[0]
    for level in LEVELS:
        rows = [[text[name] for name in (*_BEFORE, *_shown(level), *_AFTER)]]
        rows += [_row(one, judged, lang) for one in found.entries if one.level == level]
        out += ["", _level(level, judged, text), *aligned(rows)]
    return [*out, "", _summary(found.entries, text), *_losses(found.entries, text), *_checks(found, text)]


def _about(found: Quality, text: dict[str, str]) -> list[str]:
    judged, tuned, learnt = found.worlds
    first = (
        f"{text['head']} · {judged.preset} · {text['world']} {judged.world} · {text['seed']} {judged.seed} · "
        f"{judged.n_rooms:,} {text['rooms']}{text['comma']}{judged.n_events:,} {text['events']} · "
        f"{text['tuned']} {tuned.world}{text['open']}{text['at_most']} {found.budget} {text['each']}{text['close']} · "
        f"{text['learnt']} {learnt.world}"
    )
    parts = ("reading", "features", "ingest", "audit")
    costs = " · ".join(f"{text[name]} {getattr(judged, name).cpu_s:.1f}" for name in parts)
    return [first, f"{text['costs']}{text['colon']}{costs}"]


def _level(level: str, judged: Played, text: dict[str, str]) -> str:
    counts = f"{judged.n_positive[level]:,} / {judged.n_rows[level]:,} {text['manufactured']}"
    return f"{text[level]} · {counts} · {text['ours_are']}{text['colon']}{text[judged.by[level]]}"


def _row(one: Entry, judged: Played, lang: str) -> list[str]:
    text = WORDS[lang]
    name = text[f"peer:{one.peer}"]
    published = PUBLISHED[lang].get(one.peer, "")
    if one.status != "measured":
        said = text[one.status] + (f"{text['open']}{one.error}{text['close']}" if one.error else "")
        return [name, said, *[""] * (len(_SHOWN) + len(_AFTER) - 1), published]
    shown = _setting(one, text)
    if one.variant == "chosen":
        shown += text["colon"] + " ".join(f"{key}={value}" for key, value in one.setting.items())
    speed = "" if one.cost is None or one.cost.cpu_s <= 0.0 else f"{judged.n_events / one.cost.cpu_s:,.0f}"
    return [
        name, shown, *(_value(one.values[measure]) for measure in _shown(one.level)),
        "" if one.outcome == "ours" else _difference(one), text[one.outcome],
        "" if one.spoken_share is None else f"{one.spoken_share:.2f}", speed,
        "" if one.cost is None else f"{one.cost.wall_s:.1f}",
        "" if one.tuned is None else f"{one.tuned:.3f}", published,
    ]  # fmt: skip


def _shown(level: str) -> tuple[str, ...]:
    return _SHOWN_OF_FLEETS if level == "fleet" else _SHOWN


def _difference(one: Entry) -> str:
    return _value(one.differences[_shown(one.level)[0]], "+")


def _setting(one: Entry, text: dict[str, str]) -> str:
    is_default = one.variant == "default" or one.n_settings < 2
    return text["default"] if is_default else f"{text[one.variant]} {one.n_settings}"


def _value(one: Value, sign: str = "") -> str:
    if one.value is None:
        return "-"
    if one.low is None or one.high is None:
        return f"{one.value:{sign}.3f}"
    return f"{one.value:{sign}.3f} [{one.low:{sign}.3f}, {one.high:{sign}.3f}]"


def _summary(entries: Sequence[Entry], text: dict[str, str]) -> str:
    ran = [one for one in entries if one.status == "measured" and one.outcome != "ours"]
    counts = {name: sum(one.outcome == name for one in ran) for name in _COUNTED}
    others = {
        key: len({one.peer for one in entries if one.status == status})
        for key, status in (("absent", "not_installed"), ("failed", "failed"))
    }
    return text["summary"].format(n=len(ran), peers=len({one.peer for one in ran}), **counts, **others)


def _losses(entries: Sequence[Entry], text: dict[str, str]) -> list[str]:
    lost = [one for one in entries if one.outcome == "lose"]
    told = [
        f"  {text['losses']}{text['colon']}{text[one.level]} · {text[f'peer:{one.peer}']} · "
        f"{_setting(one, text)} · {_difference(one)}"
        for one in lost
    ]
    return told or [f"  {text['no_losses']}"]


def _checks(found: Quality, text: dict[str, str]) -> list[str]:
    if not found.correlations:
        return [text["not_checked"]]
    out = []
    for key, value in found.correlations.items():
        copy, original, level, how = key.split(" ", 3)
        names = f"{text[f'peer:{copy}']} / {text[f'peer:{original}']} · {text[level]} · {text[how]}"
        out.append(f"{text['check']}{text['colon']}{names} · {'-' if value is None else f'{value:.4f}'}")
    return out


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of cells as lines in which columns stand under each other."""
    widths: dict[int, int] = {}
    for row in rows:
        for at, cell in enumerate(row[:-1]):
            widths[at] = max(widths.get(at, 0), _width(cell))
    out = []
    for row in rows:
        cells = [cell + " " * (widths[at] - _width(cell)) for at, cell in enumerate(row[:-1])]
        out.append(("  " + "  ".join([*cells, row[-1]])).rstrip())
    return out


def _width(text: str) -> int:
    """Return columns on a terminal: Han and full-width marks take two. Only words of ours and settings come here."""
    return sum(2 if "\u2e80" <= char <= "\uffef" else 1 for char in text)
