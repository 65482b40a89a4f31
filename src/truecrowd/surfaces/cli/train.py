"""`truecrowd train`: the shipped model and reference again."""

from pathlib import Path

import click

from truecrowd.surfaces.cli.options import common, looks_of
from truecrowd.surfaces.report.phrases import _, say
from truecrowd.surfaces.terminal import note, put


@click.command(short_help="Make the shipped model and reference again.")
@click.option("--world", default="develop", show_default=True, metavar="NAME", help="World to learn from.")
@click.option("--other", default="tune", show_default=True, metavar="NAME", help="World that widens the intervals.")
@click.option(
    "--seed", type=int, default=100, show_default=True, metavar="N", help="The same one gives the same files."
)
@click.option(
    "--events",
    type=click.IntRange(300_000),
    default=600_000,
    show_default=True,
    metavar="N",
    help="Of one simulated week.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("trained"),
    show_default=True,
    metavar="DIR",
    help="Folder to write.",
)
@common
@click.pass_context
def train(ctx: click.Context, world: str, other: str, seed: int, events: int, out: Path) -> None:
    """Simulate rooms, fit the fusion to their truth, and write DIR/model.json and DIR/reference.json.

    Without options it gives the files that come with truecrowd, byte for byte, in some minutes. The world that results
    are reported on cannot be learnt from.
    """
    from truecrowd.engine.settings import Settings
    from truecrowd.reference import shipped as shipped_reference
    from truecrowd.surfaces import output
    from truecrowd.training.make import make, recipe
    from truecrowd.verdict.fusion import shipped as shipped_model

    looks = looks_of(ctx)
    made = {"command": "truecrowd train", "world": world, "other": other, "seed": seed, "events": events}
    model, reference = make(recipe(world, other, seed, events), Settings(), made, note)
    for name, text, known in (
        ("model.json", model.text(), shipped_model().text()),
        ("reference.json", reference.text(), shipped_reference().text()),
    ):
        path = output.write_file(out / name, text.encode())
        same = _("the same as the shipped one") if text == known else _("not the same as the shipped one")
        put(f"{path}  {say(same, looks.lang)}")
