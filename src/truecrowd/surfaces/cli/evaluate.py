"""`truecrowd evaluate`: an audit, or anybody's scores, beside the truth."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from truecrowd.errors import InputError
from truecrowd.surfaces.cli.options import common, lang_given, looks_of
from truecrowd.surfaces.report.phrases import _, say
from truecrowd.surfaces.terminal import busy, note, put

if TYPE_CHECKING:
    from truecrowd.bench.quality.evaluation import Evaluation
    from truecrowd.surfaces.report.phrases import Lang


@click.command(short_help="Lay an audit of simulated rooms beside the truth.")
@click.argument("audit", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--truth", type=click.Path(path_type=Path), required=True, metavar="DIR", help="What simulate wrote.")
@click.option("--scores", type=click.Path(path_type=Path), metavar="FILE", help="Scores of another system, too.")
@click.option("--peers", is_flag=True, help="Simple rules on the same events, too.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write one page for people, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@common
@click.pass_context
def evaluate(
    ctx: click.Context,
    audit: Path | None,
    truth: Path,
    scores: Path | None,
    peers: bool,  # noqa: FBT001  given by name
    html: Path | None,
    as_json: bool,  # noqa: FBT001  given by name
) -> None:
    """Measure how well an audit found what a simulation hid.

    DIR is what audit wrote for the events of --truth, or a folder of such folders (evade: low, mid, high); it may be
    left out where --scores is given. A scores file is CSV or Parquet with account_id, score and, where there is one,
    room_id; higher is more suspicious.
    """
    import json

    from truecrowd.bench.quality import evaluate as measured

    if html is not None and not html.absolute().parent.is_dir():
        raise InputError(f"there is no folder '{html.parent}'", where=f"--html {html}", fix="choose another --html")
    looks = looks_of(ctx)
    with busy(looks, say(_("measuring"), looks.lang)):
        result = measured(audit, truth, scores=scores, with_rivals=peers)
    if html is not None:
        _write(html, result, lang_given(ctx))
    if as_json:
        put(json.dumps(result.document(), ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False))
        return
    for line in result.lines(looks.lang):
        put(line)


def _write(html: Path, result: "Evaluation", lang: "Lang | None") -> None:
    from truecrowd.surfaces import evaluation, output

    try:
        output.write_file(html, evaluation.to_html(result, lang=lang).encode())
    except InputError as error:
        raise InputError(error.what, where=f"--html {html}", fix="choose another --html") from error
    note(str(html))
