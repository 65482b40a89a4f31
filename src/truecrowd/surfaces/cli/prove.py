"""`truecrowd prove`: one proof out of a log, as one text file."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truecrowd.errors import ConfigError, InputError
from truecrowd.surfaces.cli.options import common
from truecrowd.surfaces.cli.seal import KEYS, LOG
from truecrowd.surfaces.report.phrases import visible
from truecrowd.surfaces.terminal import put

if TYPE_CHECKING:
    from truecrowd.evidence.log import Log


@click.command(short_help="Write one proof.")
@click.option("--event", "event_id", metavar="ID", help="The sealed row with this event_id.")
@click.option("--entry", type=int, metavar="N", help="Entry number N of the log.")
@click.option("--open", "groups", multiple=True, metavar="GROUP",
              help="Show a hidden group of the row: who, client or said. May be given again.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="File to write instead of printing.")
@click.option("--log", "log_", type=click.Path(path_type=Path), default=LOG, show_default=True, metavar="DIR",
              help="Log to read.")  # fmt: skip
@click.option("--keys", type=click.Path(path_type=Path), default=KEYS, show_default=True, metavar="DIR",
              help="Its keys; needed for --event.")  # fmt: skip
@common
def prove(
    event_id: str | None, entry: int | None, groups: tuple[str, ...], out: Path | None, log_: Path, keys: Path
) -> None:
    """Write the proof that one row or one entry is in the log (C2SP tlog-proof).

    A row's account, device and text stand in it as commitments only, unless --open shows them.
    """
    from truecrowd.evidence.log import Log
    from truecrowd.surfaces.output import write_file

    if (event_id is None) == (entry is None):
        what = "one of --event and --entry is wanted, not both"
        raise ConfigError(what, where="truecrowd prove", fix="truecrowd prove --entry 0")
    if entry is not None and groups:
        raise ConfigError("--open shows groups of a row", where="truecrowd prove", fix="use it with --event ID")
    log = Log(log_)
    log.check()
    proof = log.proof(entry) if entry is not None else _of_event(log, str(event_id), groups, keys)
    if out is None:
        put(proof.decode().rstrip("\n"))
    else:
        write_file(out, proof)


def _of_event(log: "Log", event_id: str, groups: tuple[str, ...], keys: Path) -> bytes:
    from truecrowd.evidence.log import Ring

    root, at = next(_found(log, event_id), (None, 0))
    if root is None:
        what = f"no sealed row has the event_id '{visible(event_id)}'"
        raise InputError(what, where="--event", fix="truecrowd seal PATH, or look at --log")
    own = log.segments[root][1]["groups"]
    for group in groups:
        if group not in own:
            what = f"there is no group '{visible(group)}' in this row, there are: {', '.join(own)}"
            raise ConfigError(what, where="--open", fix=f"write '{next(iter(own))}'")
    segment = log.segment(root, Ring(keys).salt_keys())
    return log.record_proof(segment, bytes.fromhex(root), at, groups)


def _found(log: "Log", event_id: str) -> Iterator[tuple[str, int]]:
    """Yield where rows of this event_id are sealed, the newest sealing first."""
    import pyarrow.compute as pc

    for _number, said in reversed(log.said_of("segment")):
        root = said["root"]
        if said["records"] and (log.folder / f"segments/{root}.parquet").exists():
            at = pc.index(log.rows(root).column("event_id"), event_id).as_py()
            if at >= 0:
                yield root, at
