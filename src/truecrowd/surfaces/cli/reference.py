"""`truecrowd reference`: what honest looks like, from the user's own rooms."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from truecrowd.surfaces.cli.options import common, looks_of
from truecrowd.surfaces.report.phrases import _, _n, say
from truecrowd.surfaces.terminal import busy, put

if TYPE_CHECKING:
    from truecrowd.reference import Reference


@click.group(short_help="What honest rooms look like.")
@common
def reference() -> None:
    """Make and show references: honest rooms that every room is held against.

    The shipped one is made of simulated rooms. One made of your own rooms is better: nothing is called critical
    without it. Use it with audit --reference FILE.
    """


@reference.command(short_help="Make one from your own rooms.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--out", type=click.Path(path_type=Path), default=Path("reference.json"), show_default=True, metavar="FILE",
              help="File to write; an earlier reference in it is replaced.")  # fmt: skip
@click.option("--staff", type=click.Path(path_type=Path), metavar="FILE", help="Accounts of staff, one id a line.")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Settings, as TOML.")
@click.option("--tz", metavar="ZONE", help="Zone of times that name none.")
@common
@click.pass_context
def build(
    ctx: click.Context, paths: tuple[str, ...], out: Path, staff: Path | None, config: Path | None, tz: str | None
) -> None:
    """Read recordings of ordinary nights and write what honest looks like in them.

    Rooms in which much was seen are left out, and as many again just below: they must not teach what honest is. So are
    rooms of a host whose nights all lie high, and those above a host's part. Where FILE holds a reference that expects
    much less, it is not replaced.
    200 rooms or more allow p-values; ten is the least.
    """
    from truecrowd.engine.references import reference_from
    from truecrowd.ingest import Options
    from truecrowd.surfaces import output
    from truecrowd.surfaces.cli.audit import settings_of, staff_of

    looks = looks_of(ctx)
    with busy(looks, say(_("reading and looking"), looks.lang)):
        own, n_left = reference_from(
            list(paths), options=Options(tz=tz), settings=settings_of(config), staff=staff_of(staff),
            made={"command": "truecrowd reference build"},
        )  # fmt: skip
    _refuse_drift(out, own)
    output.write_file(out, own.text().encode())
    made = _n(
        "{path}  {name}, {n} room",
        "{path}  {name}, {n} rooms",
        own.n_rooms,
        path=str(out),
        name=own.name,
        n=own.n_rooms,
    )
    put(say(made, looks.lang))
    left = _n(
        "{n} room left out: too much was seen in it, or in all nights of its host, or its host has too many",
        "{n} rooms left out: too much was seen in them, or in all nights of their host, or their host has too many",
        n_left,
        n=n_left,
    )
    put(say(left, looks.lang))
    put(say(_("next: {command}", command=f"truecrowd audit PATH --reference {out}"), looks.lang))


def _refuse_drift(out: Path, own: "Reference") -> None:
    """Refuse to replace a reference by one that expects much more: weeks of watered nights would look like that."""
    from truecrowd.errors import InputError
    from truecrowd.reference.guard import drift

    try:
        before = read_reference(out) if out.exists() else None
    except InputError:
        return  # not a reference: nothing to hold against
    risen = None if before is None else drift(before, own)
    if risen is not None:
        fix = "look at the nights since then; if they are honest, write to another FILE and use that"
        raise InputError(f"the new reference would excuse more: {risen}", where=f"--out {out.name}", fix=fix)


@reference.command(short_help="Say what is in one.")
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
@common
@click.pass_context
def show(ctx: click.Context, file: Path | None) -> None:
    """Say what a reference was made of, and where its edges lie; without FILE, the shipped one."""
    from truecrowd.reference import STRATA, shipped

    looks = looks_of(ctx)
    one = shipped() if file is None else read_reference(file)
    kind = _("made of simulated rooms") if one.is_simulated else _("made of recorded rooms")
    put(f"{one.name}  {say(kind, looks.lang)}")
    for stratum in STRATA:
        sketch = one.scores.get("nats/any", {}).get(stratum)
        n = sketch.n if sketch else 0
        put(f"  {stratum:<8}{say(_n('{n} room', '{n} rooms', n, n=n), looks.lang)}")
    for name, edge in sorted(one.edges.items()):
        put(f"  {name:<36}{100 * edge:6.2f} %")


def read_reference(path: Path) -> "Reference":
    """Return the reference of a file.

    Raises:
        InputError: It cannot be read, or is not a reference.
    """
    from truecrowd.errors import InputError
    from truecrowd.reference import read

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fix = "make one with 'truecrowd reference build PATH...'"
        raise InputError("the reference cannot be read", where=path.name, fix=fix) from error
    return read(text, where=path.name)
