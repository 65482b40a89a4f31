"""`truecrowd demo`: a recorded room and a simulated one, audited."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import click

from truecrowd.surfaces.cli.options import common, lang_given, looks_of
from truecrowd.surfaces.report.phrases import Lang, Phrase, _, say
from truecrowd.surfaces.terminal import Looks, busy, put

if TYPE_CHECKING:
    from truecrowd.ingest import Options

_RECORDING: Final = "room21195793_2019-5-10.txt.gz"
_ZONE: Final = "Asia/Shanghai"
_SEED: Final = 0


@click.command(short_help="See two reports in a minute.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("out/demo"), show_default=True, metavar="DIR",
    help="Folder to write.",
)  # fmt: skip
@common
@click.pass_context
def demo(ctx: click.Context, out: Path) -> None:
    """Audit a recorded room and a simulated one, and say where the reports are.

    The recorded room is a public Bilibili room of 2019, comments only. The simulated night has an honest room and
    one with a manufactured crowd. Needs no network.
    """
    from truecrowd.ingest import Options
    from truecrowd.surfaces import output

    looks, lang = looks_of(ctx), lang_given(ctx)
    places = (out / "recorded", out / "simulated")
    for place in places:
        output.refuse(place)
    with _recording() as path:
        read = Options(format="ddcenter_text", tz=_ZONE)
        _one(_("A recorded room, comments only"), path, places[0], read, looks, lang)
    with _simulated(looks) as path:
        _one(_("A simulated night with a manufactured crowd"), path, places[1], Options(tz=_ZONE), looks, lang)
    put(say(_("next: open the reports, then {command}", command="truecrowd formats YOUR_FILE"), looks.lang))


def _one(title: Phrase, path: Path, out: Path, options: "Options", looks: Looks, lang: Lang | None) -> None:
    from truecrowd.engine.settings import Settings
    from truecrowd.surfaces.cli.lines import file_line, first_line
    from truecrowd.surfaces.cli.stages import looked, written

    done = looked([path], options, Settings(), frozenset(), None, looks, lang=lang)
    written(done, out, looks)
    put(say(title, looks.lang))
    for row in done.document["index"]:
        put(f"  {first_line(row, looks)}")
    put(f"  {file_line(out, looks)}")


@contextmanager
def _recording() -> Iterator[Path]:
    from importlib.resources import as_file, files

    with as_file(files("truecrowd.surfaces").joinpath("demo", _RECORDING)) as path:
        yield path


@contextmanager
def _simulated(looks: Looks) -> Iterator[Path]:
    from truecrowd.simulate import simulate
    from truecrowd.simulate.write import write

    with TemporaryDirectory(prefix="truecrowd-") as folder:
        with busy(looks, say(_("simulating"), looks.lang)):
            write(simulate("tiny", seed=_SEED), Path(folder) / "night")
        yield Path(folder) / "night" / "events.parquet"
