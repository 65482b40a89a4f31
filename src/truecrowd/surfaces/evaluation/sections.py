"""The cells of an evaluation as sections of a page: which tables and pictures, in which order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from truecrowd.bench.quality.cells import Cell
from truecrowd.bench.quality.names import group_name
from truecrowd.bench.quality.summary import VERDICTS, WATCH, First, first_values, kinds_beside, recall_by_kind
from truecrowd.bench.quality.table import RANKED, by_name, is_shown, value_of
from truecrowd.bench.quality.words import WORDS
from truecrowd.surfaces.evaluation.drawings import reliability, scale_of, whisker
from truecrowd.surfaces.evaluation.phrases import both, say, word

if TYPE_CHECKING:
    from markupsafe import Markup

Row = tuple[Any, ...]
_PAIR: Final = ("precision", "recall")


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Args:
        head: Words over the columns.
        rows: Cells, already marked up.
        name: Words over the table; where given it is folded away.
        n_words: Columns from the left that hold words; the others hold numbers.
    """

    head: tuple["Markup", ...]
    rows: tuple[Row, ...]
    name: "Markup | None" = None
    n_words: int = 2


@dataclass(frozen=True, slots=True)
class Section:
    """One heading and what stands under it."""

    key: str
    title: "Markup"
    intro: "Markup | None" = None
    pictures: tuple[tuple["Markup", "Markup"], ...] = ()
    tables: tuple[Table, ...] = field(default=())


def sections(cells: Sequence[Cell], made_for: dict[str, str]) -> Iterator[Section]:
    """Yield the sections of one audit; one without any cell is left out."""
    blocks: dict[str, list[Cell]] = {}
    for one in cells:
        blocks.setdefault(one.block, []).append(one)
    builders: tuple[tuple[str, str, Callable[[list[Cell], dict[str, str]], Iterator[Table]]], ...] = (
        ("room", "s_rooms", _ranks_and_rest),
        ("room_plain", "s_plain", _ranks_and_rest),
        ("guard", "s_guards", _bars),
        ("account", "s_accounts", _ranks_and_rest),
        ("role", "s_roles", _roles),
        ("budget", "s_budget", _budget),
        ("order", "s_orders", _ranks_and_rest),
        ("product", "s_products", _ranks_and_rest),
        ("fleet", "s_fleets", _plain),
        ("share", "s_shares", _plain),
        ("calibration", "s_calibration", _plain),
        ("alarm", "s_alarms", _plain),
        ("fairness", "s_fairness", _bars),
        ("findings", "s_findings", _plain),
    )
    intros = {"guard": "i_guards", "role": "i_roles", "budget": "i_budget", "fairness": "i_fairness"}
    for block, title, build in builders:
        own = blocks.get(block)
        if own:
            intro = word(intros[block]) if block in intros else None
            drawn = tuple(_reliability(own)) if block == "calibration" else ()
            if drawn:
                intro = word("i_calibration")
            yield Section(block, word(title), intro, drawn, tuple(build(own, made_for)))


def missing(one: Cell) -> "Markup":
    """Return in words why a cell has no value."""
    return both(lambda lang: WORDS[lang][one.note])


def group(one: Cell) -> "Markup":
    """Return a cell's group in words."""
    return both(lambda lang: group_name(one.group, lang))


def by(one: Cell) -> "Markup":
    """Return what a cell's ordering or flag came from, in words."""
    return both(lambda lang: by_name(one.by, lang))


def measure(name: str) -> "Markup":
    """Return a measure in words."""
    return both(lambda lang: WORDS[lang][name])


def _ranks_and_rest(cells: list[Cell], made_for: dict[str, str]) -> Iterator[Table]:
    ranked = [one for one in cells if one.measure in RANKED and is_shown(one, made_for)]
    own = [one for one in ranked if one.by in VERDICTS]
    yield from _ranks(own)
    yield from _flagged([one for one in cells if one.measure not in RANKED and one.by in ("", WATCH)], made_for)
    others = [one for one in ranked if one.by not in VERDICTS]
    for table in _ranks(others):
        yield Table(table.head, table.rows, word("by_checks"))


def _flagged(cells: list[Cell], made_for: dict[str, str]) -> Iterator[Table]:
    """Yield precision and recall of the flag side by side, then what could not be looked at."""
    rows: list[Row] = []
    for name in dict.fromkeys(one.group for one in cells if one.by == WATCH):
        own = {one.measure: one for one in cells if (one.by, one.group) == (WATCH, name)}
        if own["recall"].n_positive:
            values = [figure(own[kind]) if own[kind].value is not None else missing(own[kind]) for kind in _PAIR]
            rows.append((by(own["recall"]), group(own["recall"]), *values, f"{own['recall'].n_positive:,}"))
    if rows:
        yield Table(
            (word("what"), word("scheme"), *(measure(kind) for kind in _PAIR), word("bought_rows")), tuple(rows)
        )
    yield from _plain([one for one in cells if not one.by], made_for)


def figure(one: Cell) -> "Markup":
    """Return a value with its interval below it."""
    from markupsafe import Markup

    value, _, interval = value_of(one).partition(" ")
    return (
        Markup('{}<small class="ev-interval">{}</small>').format(value, interval)
        if interval
        else Markup("{}").format(value)
    )


def _ranks(cells: list[Cell]) -> Iterator[Table]:
    measures = [name for name in RANKED if any(one.measure == name for one in cells)]
    rows: list[Row] = []
    for key in dict.fromkeys((one.by, one.group) for one in cells):
        own = {one.measure: one for one in cells if (one.by, one.group) == key}
        first = next(iter(own.values()))
        if first.n_positive:
            values = [figure(own[name]) for name in measures]
            rows.append((by(first), group(first), *values, f"{first.n_positive:,} / {first.n:,}"))
    if all(one.value is None for one in cells) and rows:
        yield Table((word("what"), word("value")), ((by(cells[0]), missing(cells[0])),))
    elif rows:
        head = (word("by"), word("scheme"), *(measure(name) for name in measures), word("rows"))
        yield Table(head, tuple(rows))


def _plain(cells: list[Cell], _made_for: dict[str, str]) -> Iterator[Table]:
    """Yield one row a value, then one row for each reason why there is none."""
    known = [
        (by(one), group(one), measure(one.measure), figure(one), f"{one.n:,}") for one in cells if one.value is not None
    ]
    unknown = [
        (by(one) if one.by else "", group(one), measure(one.measure), missing(one), "") for one in cells if one.value is None
    ]  # fmt: skip
    if known or unknown:
        head = (word("what"), word("group"), measure_head(), word("value"), word("n"))
        yield Table(head, (*known, *unknown), n_words=3)


def measure_head() -> "Markup":
    """Return the head over measures."""
    return word("measure")


def _bars(cells: list[Cell], _made_for: dict[str, str]) -> Iterator[Table]:
    """Yield flagged shares as dots with intervals, the largest first where there is no order of their own."""
    own = [one for one in cells if one.by == WATCH and one.value is not None]
    most = scale_of(own)
    own = own if cells[0].block == "fairness" else sorted(own, key=lambda one: -(one.value or 0.0))
    rows: list[Row] = [(group(one), whisker(one, most), figure(one), f"{one.n:,}") for one in own]
    rows += [(group(one), "", missing(one), "") for one in cells if one.value is None and one.by in ("", WATCH)]
    if rows:
        yield Table((word("group"), _axis(most), word("value"), word("n")), tuple(rows), n_words=2)


def _roles(cells: list[Cell], made_for: dict[str, str]) -> Iterator[Table]:
    bought = {one.group for one in cells if one.measure in RANKED}
    own = [one for one in cells if one.by == WATCH and one.value is not None]
    most = scale_of(own)
    own.sort(key=lambda one: (one.group not in bought, -(one.value or 0.0)))
    rows = tuple(
        (group(one), word("bought_role" if one.group in bought else "honest_role"),
         whisker(one, most, is_good=one.group in bought), figure(one), f"{one.n:,}")
        for one in own
    )  # fmt: skip
    yield Table((word("group"), word("what"), _axis(most), word("value"), word("n")), rows, n_words=3)
    for table in _ranks([one for one in cells if one.measure in RANKED and is_shown(one, made_for)]):
        yield Table(table.head, table.rows)


def _budget(cells: list[Cell], made_for: dict[str, str]) -> Iterator[Table]:
    """Yield schemes down, what quality adds to the price across."""
    recall = recall_by_kind(cells)
    if not recall:
        yield from _plain(cells, made_for)
        return
    schemes = sorted({name.partition(" ")[0] for name in recall})
    levels = [
        name for name in ("naive", "free", "+25 %", "+100 %", "+300 %") if any(g.endswith(f" {name}") for g in recall)
    ]
    levels += sorted({name.partition(" ")[2] for name in recall} - set(levels))
    rows = [
        (
            _words(scheme),
            *(_priced(*recall.get(f"{scheme} {level}", (None, None))) for level in levels),
        )
        for scheme in schemes
    ]
    yield Table((word("scheme"), *(_words(level) for level in levels)), tuple(rows), n_words=1)
    yield from _ranks([one for one in cells if one.measure in RANKED])


def _priced(recall: Cell | None, price: Cell | None) -> "Markup | str":
    from markupsafe import Markup

    if recall is None or recall.value is None:
        return "–"
    cost = word("yuan", n=f"{price.value:,.0f}") if price is not None and price.value is not None else ""
    return Markup("{}{}<small>{}</small>").format(
        f"{100.0 * recall.value:.0f} %", whisker(recall, 1.0, is_good=True), cost
    )


def _words(name: str) -> "Markup":
    return both(lambda lang: group_name(name, lang))


def _axis(most: float) -> "Markup":
    from markupsafe import Markup

    return Markup('<span class="ev-axis"><span>0</span><span>{}</span></span>').format(f"{100.0 * most:g} %")


def _reliability(cells: list[Cell]) -> Iterator[tuple["Markup", "Markup"]]:
    for subject in ("room", "account", "order"):
        own = [one for one in cells if one.group.startswith(f"{subject} ")]
        stated = {one.group: one.value for one in own if one.measure == "stated"}
        seen = [(stated[one.group] or 0.0, one) for one in own if one.measure == "observed"]
        if seen:
            yield reliability(seen), _words(subject)


def tiles(cells: Sequence[Cell]) -> Iterator[tuple["Markup", "Markup | str", "Markup | str"]]:
    """Yield name, value and interval (or why there is none) of the few values that come first."""
    for first in first_values(cells):
        if first.cell is None:
            yield measure(f"first:{first.code}"), "–", missing(first.reason) if first.reason is not None else ""
        else:
            value, _, interval = value_of(first.cell).partition(" ")
            yield measure(f"first:{first.code}"), value, interval


def side_by_side(audits: Sequence[Sequence[Cell]], names: Sequence[str]) -> Iterator[Table]:
    """Yield the first values of several audits, and what is found of each kind of crowd beside its price."""
    firsts = [list(first_values(cells)) for cells in audits]
    rows = [
        (measure(f"first:{of_all[0].code}"), *(_value_or_why(one) for one in of_all))
        for of_all in zip(*firsts, strict=True)
    ]
    yield Table((word("what"), *map(_words, names)), tuple(rows), n_words=1)
    found = [recall_by_kind(cells) for cells in audits]
    rows = [
        (_words(name), *(_in_words(of, kind) for of, kind in zip(found, kinds, strict=True)))
        for name, kinds in kinds_beside(audits)
    ]
    if rows:
        yield Table((word("s_budget"), *map(_words, names)), tuple(rows), n_words=1)


def _in_words(found: dict[str, tuple[Cell, Cell | None]], kind: str) -> "Markup | str":
    from markupsafe import Markup

    if not kind:
        return "–"
    return Markup("{} <small>{}</small>").format(_priced(*found[kind]), _words(kind.partition(" ")[2]))


def _value_or_why(first: First) -> "Markup | str":
    if first.cell is not None:
        return figure(first.cell)
    return missing(first.reason) if first.reason is not None else "–"


def headline(cells: Sequence[Cell], lang: str) -> str:
    """Return the page's first line: rooms found, honest rooms flagged."""
    found = next(one.cell for one in first_values(cells) if one.code == "room_flagged")
    honest = [
        one for one in cells if one.block == "guard" and one.by == WATCH and one.group in ("plain", "any") and one.value is not None
    ]  # fmt: skip
    if found is None or not honest:
        return say("title", lang)
    n = sum(one.n for one in honest)
    flagged = sum(round((one.value or 0.0) * one.n) for one in honest)
    return say("headline", lang, share=f"{100.0 * (found.value or 0.0):.0f} %", flagged=f"{flagged:,}", honest=f"{n:,}")
