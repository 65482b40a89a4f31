"""`truecrowd bench`: speed and memory beside other tools."""

import click

from truecrowd.surfaces.cli.options import common, looks_of
from truecrowd.surfaces.report.phrases import _, say
from truecrowd.surfaces.terminal import busy, put


@click.command(short_help="Speed beside DuckDB and Polars, in one run.")
@click.option("--quick", is_flag=True, help="Smaller files; under a minute on two cores.")
@common
@click.pass_context
def bench(ctx: click.Context, quick: bool) -> None:  # noqa: FBT001  given by name
    """Measure speed and memory beside DuckDB and Polars on the same rows, in the same run.

    Ratios mean more than seconds: they depend less on the machine. A tool that is not installed is named, not run:
    pip install "truecrowd[bench]".
    """
    from truecrowd.bench import run

    looks = looks_of(ctx)
    with busy(looks, say(_("measuring"), looks.lang)):
        report = run(quick=quick)
    for line in report.lines(looks.lang):
        put(line)
