"""`truecrowd evaluate`: an audit, or anybody's scores, beside the truth."""

from pathlib import Path

import click

from truecrowd.surfaces.cli.options import common, looks_of
from truecrowd.surfaces.report.phrases import _, say
from truecrowd.surfaces.terminal import busy, put


@click.command(short_help="Lay an audit of simulated rooms beside the truth.")
@click.argument("audit", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--truth", type=click.Path(path_type=Path), required=True, metavar="DIR", help="What simulate wrote.")
@click.option("--scores", type=click.Path(path_type=Path), metavar="FILE", help="Scores of another system, too.")
@click.option("--peers", is_flag=True, help="Simple rules on the same events, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@common
@click.pass_context
def evaluate(
    ctx: click.Context,
    audit: Path | None,
    truth: Path,
    scores: Path | None,
    peers: bool,  # noqa: FBT001  given by name
    as_json: bool,  # noqa: FBT001  given by name
) -> None:
    """Measure how well an audit found what a simulation hid.

    DIR is what audit wrote for the events of --truth; it may be left out where --scores is given. A scores file is CSV
    or Parquet with account_id, score and, where there is one, room_id; higher is more suspicious.
    """
    import json

    from truecrowd.bench.quality import evaluate as measured

    looks = looks_of(ctx)
    with busy(looks, say(_("measuring"), looks.lang)):
        result = measured(audit, truth, scores=scores, with_rivals=peers)
    if as_json:
        put(json.dumps(result.document(), ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False))
        return
    for line in result.lines(looks.lang):
        put(line)
