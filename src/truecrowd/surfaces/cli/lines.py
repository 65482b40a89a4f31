"""What `audit` prints of each room: the answer first, then what was seen, counted, and could not be looked at."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from truecrowd.surfaces import output
from truecrowd.surfaces.report import headline, words
from truecrowd.surfaces.report.phrases import Data, Phrase, _, _n, say, visible
from truecrowd.surfaces.report.sentences import sentence
from truecrowd.surfaces.report.times import zone
from truecrowd.surfaces.terminal import Looks, columns, wrapped

_SIGNS: Final = ("watch", "high", "critical")
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
    level = str(row["level"])
    answer = headline({"headline": _head(row)}, looks.lang)
    return f"{visible(row['room_id'])} {_chip(level, looks)}  {looks.paint(answer, 'strong')}"


def _head(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a headline counts, of one room alone."""
    quiet = "nothing" if row["level"] == "clear" else "little"
    state = "signs" if row["n_signs"] else quiet if row["n_looked"] else "blind"
    counts = {name: row[name] for name in ("level", "n_signs", "n_looked", "n_checks")}
    return {"state": state, "n_rooms": 1, "n_rooms_with_signs": int(bool(row["n_signs"])), **counts}


def _chip(level: str, looks: Looks) -> str:
    marks = words.MARKS[level]
    return looks.paint(f"{level} {marks}" if marks else level, level)


def _details(room: Mapping[str, Any], document: Mapping[str, Any], looks: Looks) -> Iterator[str]:
    rows = [_seen(line, document, looks) for line in room["lines"] if line["level"] in _SIGNS]
    yield from columns(rows)
    for level in ("clear", "undetermined"):
        schemes = [line["scheme"] for line in room["lines"] if line["level"] == level]
        if len(schemes) == len(room["lines"]) > 1:
            schemes = [say(_("all {n} schemes", n=len(schemes)), looks.lang)]
        yield from _listed(Data(level), schemes, looks)
    yield from _listed(_("counted"), [_counted(share, looks) for share in room["shares"]], looks)
    blind = [_check(row, row["reason"], looks) for row in room["coverage"] if not row["looked"]]
    yield from _listed(_("could not look"), blind, looks)
    weaker = [row for row in room["coverage"] if row["looked"] and row["mode"] not in (None, "full")]
    yield from _listed(_("looked in part"), [_check(row, row["reason"], looks) for row in weaker], looks)
    known = document["reference_id"]
    against = _("reference: {name}", name=Data(known)) if known else _("reference: none yet")
    yield f"  {say(against, looks.lang)}"


def _seen(line: Mapping[str, Any], document: Mapping[str, Any], looks: Looks) -> list[str]:
    where = zone(document["tz"])
    said = [say(sentence(group["detector"], group["findings"][0], where), looks.lang) for group in line["detectors"]]
    more = sum(group["n_findings"] for group in line["detectors"]) - len(said)
    if more:
        said.append(say(_n("and {n} more finding", "and {n} more findings", more, n=more), looks.lang))
    level = line["level"]
    return [
        line["scheme"],
        looks.paint(level, level),
        words.MARKS[level],
        ("；" if looks.lang == "zh" else "; ").join(said),
    ]


def _counted(share: Mapping[str, Any], looks: Looks) -> str:
    name = say(words.word(words.MEASURES, share["measure"]), looks.lang)
    return f"{name} {say(words.amount(share), looks.lang)}"


def _check(row: Mapping[str, Any], reason: str | None, looks: Looks) -> str:
    return f"{visible(row['detector'])} ({say(words.reason(reason), looks.lang)})"


def _listed(head: Phrase | Data, items: list[str], looks: Looks) -> list[str]:
    if not items:
        return []
    named = say(_("{head}:", head=head), looks.lang)
    return wrapped(f"  {named}", items, looks.width)


def file_line(out: Path, looks: Looks) -> str:
    """Return where the report is, how large, and that it is not sealed."""
    path = out / output.REPORT
    size = -(-path.stat().st_size // 1000)
    return say(_("{path}  {size} kB, not sealed", path=str(path), size=size), looks.lang)
