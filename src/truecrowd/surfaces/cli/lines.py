"""What `audit` prints of each room: the answer first, then what was seen, counted, and could not be looked at."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from truecrowd.surfaces import output
from truecrowd.surfaces.report import estimates, headline, words
from truecrowd.surfaces.report.heads import head_of
from truecrowd.surfaces.report.phrases import Data, Phrase, _, _n, say, visible
from truecrowd.surfaces.report.sentences import sentence
from truecrowd.surfaces.report.times import clock, zone
from truecrowd.surfaces.terminal import Looks, columns, wrapped

_SIGNS: Final = ("watch", "high", "critical")
_SAID: Final = 3
"""Most checks of one scheme that are told; the report has the others."""
_TOLD: Final = 5
"""Most rooms told in full, the worst ones; the report has the others."""


def room_lines(document: Mapping[str, Any], looks: Looks) -> Iterator[str]:
    """Yield the lines of every room, worst first; past the first five, their first lines only."""
    if not document["index"]:
        yield headline(document, looks.lang)
    for at, row in enumerate(document["index"]):
        yield first_line(row, looks)
        if at < min(_TOLD, len(document["rooms"])):
            yield from _details(document["rooms"][at], document, looks)
    if document["is_partial"]:
        yield say(_("incomplete: a part of the input could not be read (exit 3)"), looks.lang)


def first_line(row: Mapping[str, Any], looks: Looks) -> str:
    """Return the answer about one room: its name, level, and headline."""
    answer = headline({"headline": head_of([row], row["n_checks"])}, looks.lang)
    return f"{visible(row['room_id'])} {_chip(str(row['level']), looks)}  {looks.paint(answer, 'strong')}"


def _chip(level: str, looks: Looks) -> str:
    marks = words.MARKS[level]
    return looks.paint(f"{level} {marks}" if marks else level, level)


def _details(room: Mapping[str, Any], document: Mapping[str, Any], looks: Looks) -> Iterator[str]:
    yield from _measures(room["shares"], looks)
    seen = [_seen(line, document, looks) for line in room["lines"] if line["level"] in _SIGNS]
    yield from columns([row for rows in seen for row in rows])
    for level in ("clear", "undetermined"):
        schemes = [line["scheme"] for line in room["lines"] if line["level"] == level]
        if len(schemes) == len(room["lines"]) > 1:
            schemes = [say(_("all {n} schemes", n=len(schemes)), looks.lang)]
        yield from _listed(Data(level), schemes, looks)
    yield from _listed(_("alarms"), [_alarm(alarm, document) for alarm in room["alarms"]], looks)
    here = [fleet for fleet in document["fleets"]["rows"] if _is_in(fleet, room)]
    yield from _listed(_("fleets"), [_fleet(fleet, looks) for fleet in here], looks)
    blind = [row for row in room["coverage"] if not row["looked"]]
    yield from _listed(_("could not look"), _checks(blind, looks), looks)
    weaker = [row for row in room["coverage"] if row["looked"] and row["mode"] not in (None, "full")]
    yield from _listed(_("looked in part"), _checks(weaker, looks), looks)
    yield f"  {say(words.against(document), looks.lang)}"


def _measures(shares: Sequence[Mapping[str, Any]], looks: Looks) -> Iterator[str]:
    """Yield a row a measure: what was counted, and what is estimated of it; counts alone where nothing is."""
    if not any(share["share"] is not None for share in shares):
        yield from _listed(_("counted"), [_counted(share, looks) for share in shares], looks)
        return
    heads = (_("measure"), _("counted"), _("manufactured"), _("95% interval"), _("at least"))
    rows = [[say(head, looks.lang) for head in heads]]
    for share in shares:
        row = [say(words.word(words.MEASURES, share["measure"]), looks.lang), say(words.amount(share), looks.lang)]
        if share["share"] is not None:
            about = "–" if estimates.is_vague(share) else say(estimates.manufactured(share), looks.lang)
            row += [about, estimates.interval(share)]
            row += [estimates.at_least(share["at_least"])] if share["at_least"] else []
        rows.append(row)
    yield from columns(rows, right=frozenset({1}))


def _alarm(alarm: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    return f"{alarm['scheme']} {clock(alarm['ts'], zone(document['tz']))}"


def _is_in(fleet: Mapping[str, Any], room: Mapping[str, Any]) -> bool:
    return any(one["room_id"] == room["room_id"] for one in fleet["rooms"])


def _fleet(fleet: Mapping[str, Any], looks: Looks) -> str:
    return f"{visible(fleet['fleet_id'])} ({say(words.fleet(fleet), looks.lang)})"


def _seen(line: Mapping[str, Any], document: Mapping[str, Any], looks: Looks) -> list[list[str]]:
    """Return a scheme with its level, how likely it is, and a row a check: what it saw, the first few."""
    where = zone(document["tz"])
    groups = line["detectors"][:_SAID]
    said = [say(sentence(group["detector"], group["findings"][0], where), looks.lang) for group in groups]
    more = sum(group["n_findings"] for group in line["detectors"]) - len(said)
    if more:
        said.append(say(_n("and {n} more finding", "and {n} more findings", more, n=more), looks.lang))
    moved = words.moved_by(line["reasons"])
    if not said and moved:
        said.append(say(moved, looks.lang))
    level, p = line["level"], line["p_manufactured"]
    first = [line["scheme"], looks.paint(level, level), words.MARKS[level], "" if p is None else estimates.chance(p)]
    return [[*(first if at == 0 else [""] * len(first)), one] for at, one in enumerate(said or [""])]


def _counted(share: Mapping[str, Any], looks: Looks) -> str:
    name = say(words.word(words.MEASURES, share["measure"]), looks.lang)
    return f"{name} {say(words.amount(share), looks.lang)}"


def _checks(rows: Sequence[Mapping[str, Any]], looks: Looks) -> list[str]:
    """Return checks with the reason behind them, those of one reason together."""
    by_reason: dict[str | None, list[str]] = {}
    for row in rows:
        by_reason.setdefault(row["reason"], []).append(visible(row["detector"]))
    return [
        item
        for reason, names in by_reason.items()
        for item in (*names[:-1], f"{names[-1]} ({say(words.reason(reason), looks.lang)})")
    ]


def _listed(head: Phrase | Data, items: list[str], looks: Looks) -> list[str]:
    if not items:
        return []
    named = say(_("{head}:", head=head), looks.lang)
    return wrapped(f"  {named}", items, looks.width)


def file_line(out: Path, looks: Looks) -> str:
    """Return where the report is, how large, and that it is not sealed."""
    path = out / output.REPORT
    return say(_("{path}  {size} kB, not sealed", path=str(path), size=_kilobytes(path)), looks.lang)


def pdf_line(out: Path, looks: Looks) -> str:
    """Return where the printed copy is, and how large."""
    path = out / output.PDF
    return say(_("{path}  {size} kB, a copy on paper", path=str(path), size=_kilobytes(path)), looks.lang)


def _kilobytes(path: Path) -> int:
    return -(-path.stat().st_size // 1000)
