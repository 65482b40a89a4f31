"""`truecrowd bench`: speed, memory and detection quality beside other tools."""

import click

from truecrowd.surfaces.cli.options import common, looks_of
from truecrowd.surfaces.report.phrases import _, say
from truecrowd.surfaces.terminal import busy, put


@click.command(short_help="Speed and quality beside other tools, in one run.")
@click.option("--quick", is_flag=True, help="Smaller files; about two minutes on two cores.")
@click.option(
    "--peer", "peers", multiple=True, metavar="NAME=PATH",
    help="A program of its authors: midas, midas_r, midas_f, mzoom, dcube. May be given again.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@common
@click.pass_context
def bench(
    ctx: click.Context,
    quick: bool,  # noqa: FBT001  given by name
    peers: tuple[str, ...],
    as_json: bool,  # noqa: FBT001  given by name
) -> None:
    """Measure speed, memory and detection quality beside other tools on the same rows, in the same run.

    Ratios mean more than seconds: they depend less on the machine. A tool that is not installed is named, not run:
    pip install "truecrowd[bench,peers]". Rows we lose stay in the table.
    """
    from truecrowd.bench import run
    from truecrowd.bench.peers_quality.programs import parsed

    looks = looks_of(ctx)
    programs = parsed(peers)
    with busy(looks, say(_("measuring"), looks.lang)):
        report = run(quick=quick, programs=programs)
    if as_json:
        put(report.to_json())
        return
    for line in report.lines(looks.lang):
        put(line)
