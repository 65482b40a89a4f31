"""`truecrowd simulate`: rooms whose truth is known."""

import shlex
from pathlib import Path

import click

from truecrowd.errors import ConfigError
from truecrowd.surfaces.cli.options import common, looks_of
from truecrowd.surfaces.report.phrases import _, say
from truecrowd.surfaces.terminal import Looks, busy, put


@click.command(short_help="Make rooms whose truth is known.")
@click.argument("preset", metavar="PRESET")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder to write.")
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="The same one gives the same files.")
@click.option("--world", default="develop", show_default=True, metavar="NAME", help="What people are like in it.")
@click.option("--events", type=int, metavar="N", help="About how many events; without it, the preset's own size.")
@click.option(
    "--fault", "faults", multiple=True, metavar="FAULT", help="What the record suffers from. May be given again."
)
@common
@click.pass_context
def simulate(
    ctx: click.Context, preset: str, out: Path, seed: int, world: str, events: int | None, faults: tuple[str, ...]
) -> None:
    """Write simulated rooms and the truth about them.

    PRESET is tiny (one honest room, and one with a farm, pop-ups, a troupe, brushing and staged stock), clean
    (honest rooms that look guilty), guards (thin rooms, each with one such lookalike), farm20k (one room, 20,000
    phones), evade (crowds that hide, at three prices: DIR/low, DIR/mid, DIR/high), head or week (large, slow), or
    disputes (eight published ones: DIR/R1 to DIR/R8, each with orders.csv, deal.toml and DIR/R1/variants/...).
    WORLD is develop, tune or report. DIR/events.parquet is what a recorder could have seen; DIR/labels is what
    really happened.

    FAULT is nicks (display names instead of ids), orders_apart (buyers under ids of the shop's own), masked_ids,
    no_leaves, lost_leaves, capped_joins, batched_clock, lost_rows, duplicates, late_rows, no_devices or
    missing_columns.
    """
    from truecrowd.simulate import simulate as planned
    from truecrowd.simulate.write import write

    looks = looks_of(ctx)
    if preset == "disputes":
        _refuse(events=events, faults=faults)
        _disputes(looks, out, seed, world)
        return
    parts = {preset: out} if preset != "evade" else {f"evade/{part}": out / part for part in ("low", "mid", "high")}
    for name, folder in parts.items():
        rooms = planned(name, world=world, seed=seed, n_events=events, faults=faults)
        with busy(looks, say(_("simulating"), looks.lang)):
            meta = write(rooms, folder)
        made = _("{events} events in {rooms} rooms", events=meta["n_events"], rooms=meta["n_rooms"])
        put(f"{folder / 'events.parquet'}  {say(made, looks.lang)}")
    _next(looks, folder)


def _disputes(looks: Looks, out: Path, seed: int, world: str) -> None:
    from truecrowd.simulate import disputes
    from truecrowd.simulate.write import write_disputes

    made = disputes(world=world, seed=seed)
    with busy(looks, say(_("simulating"), looks.lang)):
        meta = write_disputes(made, out)
    told = _("{events} events in {rooms} rooms", events=meta["n_events"], rooms=meta["n_rooms"])
    put(f"{out}  {say(told, looks.lang)}")
    _next(looks, out / made.cases[1])


def _refuse(*, events: int | None, faults: tuple[str, ...]) -> None:
    """Disputes have the size that was published, and their faults are variants."""
    if events is not None:
        what = f"{events:,} events cannot be had, the disputes have the size that was published"
        raise ConfigError(what, where="option --events", fix="leave --events out")
    if faults:
        what = f"fault '{faults[0]}' cannot be put on disputes, they have variants instead"
        raise ConfigError(what, where="option --fault", fix="leave --fault out, and take a folder of DIR/R1/variants")


def _next(looks: Looks, folder: Path) -> None:
    command = f"truecrowd audit {shlex.quote(str(folder / 'events.parquet'))}"
    put(say(_("next: {command}", command=command), looks.lang))
