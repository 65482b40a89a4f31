"""`truecrowd formats`: what is read; with a path, what that file is and what it cannot show."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truecrowd.errors import InputError
from truecrowd.surfaces.cli.options import common, looks_of
from truecrowd.surfaces.report.phrases import Data, Lang, Phrase, _, _n, say, visible
from truecrowd.surfaces.terminal import Looks, columns, put, wrapped

_MOST_NAMES = 16
"""Most column names shown of one file."""

if TYPE_CHECKING:
    from truecrowd.ingest import Options
    from truecrowd.ingest.plan import Planned
    from truecrowd.ingest.recognition import Recognised
    from truecrowd.surfaces.probe import Found, Shown


@click.command(short_help="What is read; or what one file is.")
@click.argument("path", required=False, metavar="[PATH]")
@click.option("--tz", metavar="ZONE", help="Zone of times that name none, e.g. Asia/Shanghai or +08:00.")
@click.option(
    "--map", "map_", type=click.Path(path_type=Path), metavar="FILE", help="What an order export's columns mean."
)
@click.option("--currency", metavar="CODE", help="Currency of order amounts that name none: USD.")
@common
@click.pass_context
def formats(ctx: click.Context, path: str | None, tz: str | None, map_: Path | None, currency: str | None) -> None:
    """List the formats that are read, or say what one file is.

    With PATH: what the file was recognised as and why, what is in it, what is not, and which checks cannot look
    because of that. For an order export also which column is read as what, and totals to compare with the shop's own
    page; with --map the first events too. An export that nothing recognises gives a mapping file to start from.
    """
    looks = looks_of(ctx)
    if path is None:
        for line in _listing(looks.lang):
            put(line)
        return
    from truecrowd.surfaces.cli.audit import options_of
    from truecrowd.surfaces.probe import look

    zones = [f"--tz {tz}"] if tz else []
    zones += [f"--map {shlex.quote(str(map_))}"] if map_ else []
    zones += [f"--currency {currency}"] if currency else []
    is_known = False
    for each in _found(path, options_of(map_, tz=tz, currency=currency), looks):
        if isinstance(each, InputError):
            put(f"{say(Data(each.where), looks.lang)}: {say(Data(each.what), looks.lang)}")
            continue
        is_known = True
        one, shown = look(each)
        zones = ["--tz ZONE", *zones] if one.is_zoneless else zones
        for line in (
            *_what(one.planned, looks),
            *_orders(one, looks, has_events=map_ is not None),
            *_inside(one, shown, looks),
        ):
            put(line)
    if is_known:
        command = " ".join(["truecrowd audit", shlex.quote(path), *zones])
        put(say(_("next: {command}", command=command), looks.lang))


def _found(path: str, options: "Options", looks: Looks) -> "Iterator[Found | InputError]":
    """Yield what is at a path; where nothing recognises an order export, a drafted mapping is printed first.

    Raises:
        InputError: Nothing recognises it, or it cannot be opened.
    """
    from truecrowd.surfaces.order_stub import stub_for
    from truecrowd.surfaces.probe import found

    try:
        yield from found(path, options)
    except InputError as error:
        stub = stub_for(error, path, options, looks.lang)
        if stub is not None:
            put(stub.rstrip("\n"))
            fix = f"truecrowd formats {shlex.quote(path)} > mine.toml, correct it, then add --map mine.toml"
            raise InputError(error.what, where=error.where, fix=fix) from error
        raise


def _orders(one: "Found", looks: Looks, *, has_events: bool) -> list[str]:
    if one.planned.mapping is None or not one.planned.mapping.events:
        return []
    from truecrowd.surfaces.order_preview import lines_of, preview

    return lines_of(preview(one), looks.lang, looks.width, has_events=has_events)


def _listing(lang: Lang) -> list[str]:
    from truecrowd.ingest import canonical
    from truecrowd.ingest.registry import installed

    rows = [(canonical.NAME, canonical.TITLE_ZH if lang == "zh" else canonical.TITLE_EN, say(_state("sample"), lang))]
    for one in installed():
        title = one.title_zh if lang == "zh" else one.title_en
        rows.append((one.name, title, say(_state(one.state), lang)))
    return columns(rows, indent="")


def _state(state: str) -> Phrase:
    if state == "sample":
        return _("tested on recordings")
    return _("from documents, not tested on real data")


def _title(planned: "Planned", lang: Lang) -> str:
    from truecrowd.ingest import canonical

    importer = planned.importer
    if importer is None:
        return canonical.TITLE_ZH if lang == "zh" else canonical.TITLE_EN
    return importer.title_zh if lang == "zh" else importer.title_en


def _what(planned: "Planned", looks: Looks) -> list[str]:
    lang, found = looks.lang, planned.recognised
    kind = " ".join(part for part in (found.dialect, found.encoding, found.packing) if part)
    title = f"{say(Data(found.source), lang)}: {found.format} ({kind}) {_title(planned, lang)}"
    why = _("recognised by: {reason}, confidence {confidence}", reason=Data(found.reason), confidence=_two(found))
    return [title, f"  {say(why, lang)}"]


def _first(names: Sequence[str]) -> list[str]:
    """Return the first names, and how many more there are."""
    shown = [visible(name) for name in names[:_MOST_NAMES]]
    return shown if len(names) <= _MOST_NAMES else [*shown, f"+{len(names) - _MOST_NAMES}"]


def _two(found: "Recognised") -> str:
    return f"{found.confidence:.2f}"


def _inside(one: "Found", shown: "Shown", looks: Looks) -> list[str]:
    from truecrowd.surfaces.report import words

    sample = one.planned.sample
    names = (sample.header if sample else ()) or shown.columns
    lang = looks.lang
    how_many = _n("{n} event", "{n} events", shown.n_rows, n=shown.n_rows)
    if not shown.is_whole:
        how_many = _("the first {n} events", n=shown.n_rows)
    types = [f"{name} {count:,}" for name, count in shown.types.items()]
    blind = [f"{name} ({say(words.reason(reason), lang)})" for name, reason in shown.blind.items()]
    can = _("{looked} of {all} checks can look", looked=shown.n_checks - len(blind), all=shown.n_checks)
    lines = [
        *_listed(how_many, types, looks),
        *(_listed(_("columns"), _first(names), looks) if one.planned.mapping is None else ()),
        *_listed(_("not in this file"), shown.missing, looks),
        f"  {say(can, lang)}",
    ]
    lines += _listed(_("cannot be looked at"), blind, looks)
    if one.is_zoneless:
        zone = say(_("its times name no zone: an audit needs {option}", option="--tz ZONE"), lang)
        lines.append(f"  {zone}")
    return lines


def _listed(head: Phrase, items: Sequence[str], looks: Looks) -> list[str]:
    if not items:
        return []
    first = say(_("{head}:", head=head), looks.lang)
    return wrapped(f"  {first}", list(items), looks.width)
