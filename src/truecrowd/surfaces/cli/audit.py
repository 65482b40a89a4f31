"""`truecrowd audit`: recordings in, report and tables out."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from truecrowd.errors import ConfigError, InputError
from truecrowd.surfaces.cli.options import common, lang_given, looks_of, typed
from truecrowd.surfaces.terminal import Looks, put

if TYPE_CHECKING:
    from truecrowd.brand.deal import Deal
    from truecrowd.engine.settings import Settings
    from truecrowd.ingest import Options
    from truecrowd.surfaces.audit import Audit
    from truecrowd.surfaces.pdf import Printer

LEVELS: Final = ("clear", "undetermined", "watch", "high", "critical")
"""As `schema.LEVELS`; a test compares them, for schema needs pyarrow."""
FOUND: Final = 1
INCOMPLETE: Final = 3


@click.command(short_help="Read recordings, write a report.")
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, metavar="DIR",
    help="Folder to write; an earlier audit in it is replaced.",
)  # fmt: skip
@click.option("--orders", multiple=True, metavar="FILE", help="More input: the shop's orders. May be given again.")
@click.option(
    "--map", "map_", type=click.Path(path_type=Path), metavar="FILE", help="What an order export's columns mean."
)
@click.option("--currency", metavar="CODE", help="Currency of order amounts that name none: USD.")
@click.option("--contract", type=click.Path(path_type=Path), metavar="FILE", help="What was agreed and shown, as TOML.")
@click.option("--room", metavar="ID", help="Name of the room where the input has none; else the only room to read.")
@click.option("--tz", metavar="ZONE", help="Zone of times that name none, and of the report: Asia/Shanghai, +08:00.")
@click.option("--format", "format_", metavar="NAME", help="Read the input as this format; `truecrowd formats` lists.")
@click.option("--staff", type=click.Path(path_type=Path), metavar="FILE", help="Accounts of staff, one id a line.")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Settings, as TOML.")
@click.option("--reference", type=click.Path(path_type=Path), metavar="FILE", help="Honest rooms to compare with.")
@click.option(
    "--pseudonymise", type=click.Path(path_type=Path), metavar="KEYFILE", help="Replace ids by tokens under this key."
)
@click.option(
    "--ids", type=click.Choice(["pseudonyms", "real"]), default="pseudonyms", show_default=True,
    help="Account names in the report.",
)  # fmt: skip
@click.option("--pdf", is_flag=True, help="Also write DIR/report.pdf, in the language of --lang or the terminal.")
@click.option("--init", is_flag=True, help="Be asked what the file cannot know; writes the contract file, then audits.")
@click.option("--json", "as_json", is_flag=True, help="Print report.json instead of lines.")
@click.option("--fail-on", type=click.Choice(LEVELS), metavar="LEVEL", help=f"Exit 1 at or above: {', '.join(LEVELS)}.")
@common
@click.pass_context
def audit(
    ctx: click.Context,
    paths: tuple[str, ...],
    out: Path,
    orders: tuple[str, ...],
    map_: Path | None,
    currency: str | None,
    contract: Path | None,
    room: str | None,
    tz: str | None,
    format_: str | None,
    staff: Path | None,
    config: Path | None,
    reference: Path | None,
    pseudonymise: Path | None,
    ids: Literal["pseudonyms", "real"],
    pdf: bool,  # noqa: FBT001  given by name
    init: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    fail_on: str | None,
) -> int:
    """Read recordings and write a report of what was seen in the crowd.

    PATH is a file, a folder, a zip archive, or - for standard input. What can be read: truecrowd formats.
    DIR gets report.html, report.json, tables/*.parquet and, with orders, rows/*.csv behind each figure; with --pdf also
    report.pdf, printed by Chromium or WeasyPrint.

    Exit codes: 0 done, 1 a room is at or above --fail-on, 2 a bad option or input, 3 done but incomplete.
    """
    from truecrowd.surfaces import output
    from truecrowd.surfaces.cli.reference import read_reference
    from truecrowd.surfaces.cli.stages import looked, written

    sources, looks = _sources(paths, orders), looks_of(ctx)
    output.refuse(out)
    if init:
        contract, tz = _guided(ctx, sources, contract, tz, out)
    printer = _printer(looks) if pdf else None
    options = options_of(map_, format_=format_, room=room, tz=tz, currency=currency, key=_key(pseudonymise))
    settings, names = settings_of(config), staff_of(staff)
    against = None if reference is None else read_reference(reference)
    deal = None if contract is None else _deal(contract, looks)
    done = looked(sources, options, settings, names, against, looks, deal=deal, lang=lang_given(ctx), ids=ids)
    written(done, out, looks, printer)
    _tell(done, out, looks, as_json=as_json)
    return exit_code(done, fail_on)


def options_of(
    map_: Path | None,
    *,
    format_: str | None = None,
    room: str | None = None,
    tz: str | None = None,
    currency: str | None = None,
    key: bytes | None = None,
) -> "Options":
    """Return how input is read.

    Raises:
        ConfigError: A mapping file is wrong, there is no such format, or a currency is no code.
    """
    from truecrowd.ingest import Options, read_mapping
    from truecrowd.ingest.recognition import by_name

    mapping = None if map_ is None else read_mapping(map_)
    if format_ is not None and (mapping is None or format_ != mapping.name):
        by_name(format_)
    if currency is not None and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        what = f"currency '{currency}' is no code of three letters"
        raise ConfigError(what, where="--currency", fix="write CNY, USD, ...")
    return Options(
        format=format_, room=room, tz=tz, currency=currency and currency.upper(), mapping=mapping, pseudonymise_key=key
    )


def _sources(paths: Sequence[str], orders: Sequence[str]) -> list[str]:
    """Return what is to be read.

    Raises:
        InputError: There is nothing, or an empty name.
    """
    if not paths and not orders:
        raise InputError("no input was given", where="PATH", fix="truecrowd audit FILE, or - for standard input")
    if not all((*paths, *orders)):
        raise InputError("a path is empty", where="PATH", fix="name a file; is a variable of your shell not set?")
    return [*paths, *orders]


def _guided(
    ctx: click.Context, sources: Sequence[str], contract: Path | None, tz: str | None, out: Path
) -> tuple[Path, str]:  # fmt: skip
    """Return the contract file and the zone that questions led to; leave where the answers were not right."""
    from truecrowd.surfaces.cli.init import guided

    extra = typed(ctx, "out", "orders", "contract", "tz", "init")
    given = ctx.params
    options = options_of(given["map_"], format_=given["format_"], currency=given["currency"])
    led = guided(sources, contract, tz, out, looks_of(ctx), options=options, extra=extra)
    if led is None:
        raise click.exceptions.Exit(0)
    return led.contract, led.tz


def _printer(looks: Looks) -> "Printer":
    from truecrowd.surfaces.pdf import find

    return find(looks.lang)


def _tell(done: "Audit", out: Path, looks: Looks, *, as_json: bool) -> None:
    from truecrowd.surfaces import output, report
    from truecrowd.surfaces.cli.lines import file_line, pdf_line, room_lines

    if as_json:
        put(report.to_json(done.document).decode().rstrip("\n"))
        return
    for line in room_lines(done.document, looks):
        put(line)
    put(file_line(out, looks))
    if (out / output.PDF).exists():
        put(pdf_line(out, looks))


def exit_code(done: "Audit", fail_on: str | None) -> int:
    """Return the exit code of an audit that was done: findings come before gaps (contract.md 3)."""
    worst = done.document["headline"]["level"]
    if fail_on is not None and LEVELS.index(worst) >= LEVELS.index(fail_on):
        return FOUND
    return INCOMPLETE if done.is_partial else 0


def _deal(path: Path, looks: Looks) -> "Deal":
    """Return the deal of a contract file; every sum and share is printed back, so that a slip by 100 shows."""
    from truecrowd.surfaces.contract import read_deal, said_back
    from truecrowd.surfaces.terminal import note

    deal = read_deal(path)
    for line in said_back(deal, looks.lang):
        note(line)
    return deal


def _key(path: Path | None) -> bytes | None:
    if path is None:
        return None
    from truecrowd.ingest.pseudonyms import read_key

    return read_key(path)


def settings_of(path: Path | None) -> "Settings":
    """Return the settings of a file, the defaults without one."""
    from truecrowd.engine.settings import Settings

    if path is None:
        return Settings()
    return Settings.parse(_text(path, "--config"), where=path.name)


def staff_of(path: Path | None) -> frozenset[str]:
    """Return the ids of a staff file: one a line, blank lines and lines that begin with # left out."""
    if path is None:
        return frozenset()
    lines = (line.strip() for line in _text(path, "--staff").splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _text(path: Path, option: str) -> str:
    where = f"{option} {path.name}"
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"the file is not UTF-8 text: byte {error.start + 1} cannot be read"
        raise ConfigError(what, where=where, fix="save it as UTF-8") from error
    except OSError as error:
        what = f"the file cannot be read: {(error.strerror or 'unknown').lower()}"
        raise ConfigError(what, where=where, fix="check the path") from error
