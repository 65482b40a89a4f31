"""`truecrowd case`: case files out of a log."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from truecrowd.errors import ConfigError
from truecrowd.surfaces.cli.options import common, looks_of
from truecrowd.surfaces.cli.seal import KEYS, LOG
from truecrowd.surfaces.report.phrases import Data, _, say
from truecrowd.surfaces.terminal import Looks, note, put

if TYPE_CHECKING:
    from truecrowd.evidence.case import Facts, Wanted

PROFILES: Final = ("full", "party", "consumer", "samr", "fre902")
SCOPES: Final = ("cited", "room")
"""As `evidence.case`; a test compares them, for that module needs pyarrow."""
OWN: Final = ("party", "consumer")


@click.group(short_help="Case files.")
def case() -> None:
    """Work on cases."""


@case.command(short_help="Write a case file.")
@click.argument("subject", metavar="ID")
@click.option("--profile", type=click.Choice(PROFILES), default="full", show_default=True, help="For whom.")
@click.option("--scope", type=click.Choice(SCOPES), default="cited", show_default=True,
              help="Records that findings cite, or every record of the room.")  # fmt: skip
@click.option("--account", metavar="ID", help="Whose own records are opened; party and consumer need it.")
@click.option("--basis", metavar="TEXT", help="Legal basis for opening what names people; without it nothing does.")
@click.option("--for", "recipient", default="not stated", metavar="TEXT", help="Who gets it: a role, never a name.")
@click.option("--head", "heads", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="An earlier head the reader holds. May be given again.")  # fmt: skip
@click.option("--audit", type=click.Path(path_type=Path), default=Path("out"), show_default=True, metavar="DIR",
              help="Folder of the sealed audit.")  # fmt: skip
@click.option("--log", "log_", type=click.Path(path_type=Path), default=LOG, show_default=True, metavar="DIR",
              help="Log to read, and to add to.")  # fmt: skip
@click.option(
    "--keys", type=click.Path(path_type=Path), default=KEYS, show_default=True, metavar="DIR", help="Its keys."
)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="File to write; else CASE_ID.case.")
@click.option("--json", "as_json", is_flag=True, help="Print one document instead of lines.")
@common
@click.pass_context
def export(
    ctx: click.Context,
    subject: str,
    profile: str,
    scope: str,
    account: str | None,
    basis: str | None,
    recipient: str,
    heads: tuple[Path, ...],
    audit: Path,
    log_: Path,
    keys: Path,
    out: Path | None,
    as_json: bool,  # noqa: FBT001  given by name
) -> None:
    """Write a case file that anybody can check offline: truecrowd verify, or verify.py in it.

    ID is a finding, a room or a case. The log then says who got which file; it cannot be called back.
    """
    from truecrowd.evidence.case import Wanted

    if (profile in OWN) != (account is not None):
        what = f"profile '{profile}' is about one account" if profile in OWN else "--account goes with party, consumer"
        raise ConfigError(what, where="--account", fix="name the account with --account ID, and only then")
    wanted = Wanted(subject, profile, scope, basis, account, tuple(_size(path) for path in heads))
    _tell(_write(wanted, recipient, audit, (log_, keys), out), looks_of(ctx), as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Written:
    """A case file on the disk."""

    path: Path
    size: int
    manifest: str
    facts: "Facts"


def _write(wanted: "Wanted", recipient: str, audit: Path, where: tuple[Path, Path], out: Path | None) -> _Written:
    """Write the case file, then say in the log who got it."""
    from truecrowd.evidence.case import Case, sealed_case
    from truecrowd.evidence.log import writer
    from truecrowd.surfaces.case.readme import texts
    from truecrowd.surfaces.cli.seal import ring_of
    from truecrowd.surfaces.output import write_file
    from truecrowd.surfaces.seal.origins import tool

    with writer(where[0], ring_of(where[1], None, where[0]), tool=tool()) as adding:
        made = Case(adding.log, adding.ring, audit, wanted)
        facts = made.facts()
        document = json.loads((audit / "report.json").read_bytes())
        body, manifest = sealed_case(made, facts, texts(facts, document, _verifier()))
        path = write_file(out or Path(f"{facts.case_id}.case"), body)
        said = adding.statement(
            "export", case_id=facts.case_id, manifest_sha256=manifest, recipient_role=recipient, basis=wanted.basis,
            profile=wanted.profile, last_case_seq=facts.last_case_seq,
        )  # fmt: skip
        adding.commit([said])
    return _Written(path, len(body), manifest, facts)


def _tell(done: _Written, looks: Looks, *, as_json: bool) -> None:
    facts, path = done.facts, str(done.path)
    if as_json:
        said = {"case_id": facts.case_id, "file": path, "bytes": done.size, "manifest_sha256": done.manifest}
        put(json.dumps(said, ensure_ascii=False))
        return
    line = _("{path}  {size} kB, cites {cited} of {all} records of this room", path=Data(path),
             size=-(-done.size // 1000), cited=facts.n_cited, all=facts.n_room)  # fmt: skip
    put(say(line, looks.lang))
    put(facts.head)
    note(say(_("to check it: truecrowd verify {path} --trust POLICY", path=Data(path)), looks.lang))


def _verifier() -> bytes:
    from truecrowd.evidence import verify

    return Path(str(verify.__file__)).read_bytes()


def _size(path: Path) -> int:
    from truecrowd.evidence.verify import Flaw, head_of

    try:
        return head_of(path.read_bytes())[1]
    except (OSError, Flaw) as error:
        fix = "keep the last line of a report, as it is"
        raise ConfigError(f"'{path.name}' is no head", where="--head", fix=fix) from error
