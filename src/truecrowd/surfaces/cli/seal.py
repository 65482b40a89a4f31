"""`truecrowd seal`: recordings and audits into a log of evidence that nobody can change unseen."""

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from truecrowd.errors import InputError
from truecrowd.surfaces.cli import seal_keeping
from truecrowd.surfaces.cli.options import common, looks_of
from truecrowd.surfaces.report.phrases import _, _n, say, visible
from truecrowd.surfaces.terminal import Looks, note, put

if TYPE_CHECKING:
    from truecrowd.evidence.log import Ring, Writer
    from truecrowd.surfaces.seal.audits import Audited
    from truecrowd.surfaces.seal.recordings import Recording

LOG: Final = Path("truecrowd-log")
KEYS: Final = Path("truecrowd-keys")
METHODS: Final = ("export", "copy", "stream", "api")
INCOMPLETE: Final = 3
FIRST: Final = 2
"""Entries of a log that is new: its key, and its export key."""


@click.command(short_help="Seal recordings and audits.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--log", "log_", type=click.Path(path_type=Path), default=LOG, show_default=True, metavar="DIR",
              help="Log to add to; made if it does not exist.")  # fmt: skip
@click.option("--keys", type=click.Path(path_type=Path), default=KEYS, show_default=True, metavar="DIR",
              help="Its keys; made with it. Keep them elsewhere, and keep them.")  # fmt: skip
@click.option("--origin", metavar="NAME", help="Name of a new log, like log.example.com/night; else a random one.")
@click.option("--room", metavar="ID", help="Name of the room where a recording has none.")
@click.option("--tz", metavar="ZONE", help="Zone of times that name none.")
@click.option("--format", "format_", metavar="NAME", help="Read recordings as this format.")
@click.option(
    "--map", "map_", type=click.Path(path_type=Path), metavar="FILE", help="What an order export's columns mean."
)
@click.option("--role", default="not stated", metavar="TEXT", help="Who took the recording: a role, never a name.")
@click.option("--method", type=click.Choice(METHODS), default="copy", show_default=True, help="How it was taken.")
@click.option("--place", default="not stated", metavar="TEXT", help="Where it was taken.")
@click.option("--json", "as_json", is_flag=True, help="Print one document instead of lines.")
@seal_keeping.options
@common
@click.pass_context
def seal(
    ctx: click.Context,
    paths: tuple[str, ...],
    log_: Path,
    keys: Path,
    origin: str | None,
    room: str | None,
    tz: str | None,
    format_: str | None,
    map_: Path | None,
    role: str,
    method: str,
    place: str,
    as_json: bool,  # noqa: FBT001  given by name
) -> int:
    """Seal recordings and audits, so that a change of one byte shows.

    PATH is a recording (kept as it is, and sealed row by row), or a folder that truecrowd audit wrote (its tables,
    findings and page; the page then carries its seal). Seal a recording before its audit: findings then point to the
    sealed rows.

    --retention, --hold, --lift, --erase and --rotate work on a log that is there; each leaves a statement in it.

    Exit codes: 0 done, 2 a bad option or input, 3 done but incomplete.
    """
    looks = looks_of(ctx)
    asked = seal_keeping.asked_of(ctx)
    seal_keeping.check(asked, has_paths=bool(paths))
    if asked.n:
        return _kept(asked, log_, keys, looks)
    from truecrowd.evidence.log import writer
    from truecrowd.surfaces.cli.audit import options_of
    from truecrowd.surfaces.seal.audits import seal_audit
    from truecrowd.surfaces.seal.origins import file_sha256, tool
    from truecrowd.surfaces.seal.recordings import Taken, expanded, seal_recording

    files, audits = expanded(paths)
    options = options_of(map_, format_=format_, room=room, tz=tz)
    taken = Taken(role, method, place, None if map_ is None else file_sha256(map_))
    with writer(log_, ring_of(keys, origin, log_), tool=tool()) as adding:
        was = adding.size
        recordings = [seal_recording(one, adding, options, taken) for one in files]
        audited = [seal_audit(one, adding) for one in audits]
        if as_json:
            put(json.dumps(_document(recordings, audited, adding), ensure_ascii=False))
        else:
            _tell(recordings, audited, adding, looks, is_first=was <= FIRST)
    return INCOMPLETE if any(one.is_partial for one in recordings) else 0


def _kept(asked: seal_keeping.Asked, log: Path, keys: Path, looks: Looks) -> int:
    """Do what was asked of a log that is there."""
    from truecrowd.evidence.log import writer
    from truecrowd.surfaces.seal.origins import tool

    if not (log / "checkpoint").exists():
        what = f"there is no log in '{log.name}'"
        raise InputError(what, where=f"--log {log.name}", fix="truecrowd seal PATH makes one")
    with writer(log, ring_of(keys, None, log), tool=tool()) as adding:
        seal_keeping.carry_out(asked, adding, looks)
        put(head_line(adding))
    return 0


def ring_of(keys: Path, origin: str | None, log: Path) -> "Ring":
    """Return the key folder; a new one where there is none yet and no log either.

    Raises:
        InputError: There is a log without its keys.
    """
    from truecrowd.evidence.log import Ring
    from truecrowd.evidence.log.writing import apart

    apart(log, keys)
    if not (keys / "origin").exists():
        if (log / "checkpoint").exists():
            what = f"the keys of the log in '{log.name}' are not in '{keys.name}'"
            raise InputError(what, where=f"--keys {keys.name}", fix="name the folder with its keys")
        return Ring.make(keys, origin or f"truecrowd.local/{secrets.token_hex(4)}")
    ring = Ring(keys)
    return ring if origin is None else Ring.make(keys, origin)


def _document(recordings: "list[Recording]", audited: "list[Audited]", adding: "Writer") -> dict[str, Any]:
    from truecrowd.evidence.notes import b64

    head = adding.head
    return {
        "origin": head.origin, "size": head.size, "root": b64(head.root), "key": adding.key.vkey, "witnesses": 0,
        "recordings": [
            {"name": one.name, "sha256": one.sha256, "records": one.n_records, "segments": one.n_segments,
             "rejected": one.n_rejected, "is_new": one.is_new, "is_partial": one.is_partial} for one in recordings
        ],
        "audits": [
            {"folder": one.folder.name, "tables": one.n_tables, "findings": one.n_findings,
             "unplaced": one.n_unplaced, "entry": one.entry} for one in audited
        ],
    }  # fmt: skip


def _tell(
    recordings: "list[Recording]", audited: "list[Audited]", adding: "Writer", looks: Looks, *, is_first: bool
) -> None:
    for one in recordings:
        put(say(_recording(one), looks.lang))
    for other in audited:
        done = _("{folder}: {tables} tables and {findings} findings sealed; report.html carries its seal",
                 folder=str(other.folder), tables=other.n_tables, findings=other.n_findings)  # fmt: skip
        put(say(done, looks.lang))
        if other.n_unplaced:
            loose = _n("note: {n} cited event is in no sealed recording; seal the recording, then the audit again",
                       "note: {n} cited events are in no sealed recording; seal the recording, then the audit again",
                       other.n_unplaced, n=other.n_unplaced)  # fmt: skip
            note(say(loose, looks.lang))
    put(head_line(adding))
    alone = _("0 independent witnesses: the operator could show two histories. Keep the line above elsewhere.")
    put(looks.paint(say(alone, looks.lang), "critical"))
    if is_first:
        made = _("new log; its keys are in {keys}. Who checks needs {policy}, by another way than the case file",
                 keys=str(adding.ring.folder), policy=str(adding.ring.folder / "trust.policy"))  # fmt: skip
        note(say(made, looks.lang))


def _recording(one: "Recording") -> Any:
    name = visible(one.name)
    if not one.is_new:
        return _("{name}: sealed before, nothing added", name=name)
    return _n(
        "{name}: {n} record sealed (segments: {segments}, rows rejected: {rejected})",
        "{name}: {n} records sealed (segments: {segments}, rows rejected: {rejected})",
        one.n_records, name=name, n=one.n_records, segments=one.n_segments, rejected=one.n_rejected,
    )  # fmt: skip


def head_line(adding: "Writer") -> str:
    """Return the one line that rules out a rewrite for whoever keeps it."""
    from truecrowd.evidence.notes import b64

    head = adding.head
    return f"{head.origin} {head.size} {b64(head.root)}"
