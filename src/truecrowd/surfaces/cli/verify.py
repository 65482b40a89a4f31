"""`truecrowd verify`: a case file, a sealed report or one proof, checked as `verify.py` alone checks it."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from truecrowd.errors import ConfigError
from truecrowd.surfaces.cli.options import common, looks_of
from truecrowd.surfaces.report.phrases import visible
from truecrowd.surfaces.terminal import put

if TYPE_CHECKING:
    from truecrowd.evidence.verify import Unusable

CHECKS: Final = (
    "container", "trust", "entries", "checkpoint", "witnesses", "history", "manifest", "records", "disclosures",
    "references", "time", "report", "replay",
)  # fmt: skip
"""As `evidence.verify.CHECKS`, and one more; a test compares them, for help should not wait for that module."""


@click.command(short_help="Check a case file or a sealed report.")
@click.argument("file", type=click.Path(path_type=Path), metavar="CASEFILE|report.html")
@click.option("--trust", type=click.Path(path_type=Path), metavar="POLICY",
              help="Whom to trust (C2SP tlog-policy), from elsewhere than the file.")  # fmt: skip
@click.option("--head", type=click.Path(path_type=Path), metavar="FILE",
              help="A line `origin size root`, or a checkpoint, that you kept.")  # fmt: skip
@click.option("--tsa-root", type=click.Path(path_type=Path), metavar="PEM",
              help="Certificates that may stand above a time stamp.")  # fmt: skip
@click.option("--waive", multiple=True, type=click.Choice(CHECKS), metavar="CHECK",
              help="Do without one check; it is said first. May be given again.")  # fmt: skip
@click.option("--replay", is_flag=True, help="Ask for the detectors to be run again.")
@click.option("--json", "as_json", is_flag=True, help="Print one document instead of lines.")
@common
@click.pass_context
def verify(
    ctx: click.Context,
    file: Path,
    trust: Path | None,
    head: Path | None,
    tsa_root: Path | None,
    waive: tuple[str, ...],
    replay: bool,  # noqa: FBT001  given by name
    as_json: bool,  # noqa: FBT001  given by name
) -> int:
    """Check a case file, a sealed report or a proof, offline; every check is proven, failed or not checked.

    The same file, verify.py, is in every case file and needs nothing but Python.

    Exit codes: 0 every check proven or waived, 1 one failed, 2 a bad option or file, 3 one could not be made.
    """
    from truecrowd.evidence import verify as checker

    looks = looks_of(ctx)
    data = _read(file, "CASEFILE")
    policy, kept = (
        None if path is None else _read(path, name) for path, name in ((trust, "--trust"), (head, "--head"))
    )
    if trust is not None and any((one / "tile").exists() for one in trust.resolve().parents):
        raise _unusable(checker.Unusable("inside", ""))
    try:
        checks = _judge(data, checker.Reader(policy, kept, time.time(), _stamp(tsa_root)))
    except checker.Unusable as bad:
        raise _unusable(bad) from bad
    if replay:
        checks.append(checker.Check("replay", "not_checked", "no_replay", ""))
    found = checker.document(checks, waive)
    if as_json:
        put(json.dumps(found, ensure_ascii=False))
    else:
        for line in checker.lines_of(checks, waive, looks.lang):
            put(looks.paint(visible(line, 400), _style(line, looks.lang)))
    return int(found["exit"])


def _judge(data: bytes, reader: Any) -> list[Any]:
    from truecrowd.evidence.single import HEAD, judge_proof
    from truecrowd.evidence.verify import judge

    return judge_proof(memoryview(data), reader) if data.startswith(HEAD) else judge(memoryview(data), reader)


def _style(line: str, lang: str) -> str:
    from truecrowd.evidence.verify import say

    worst = (say("failed", "", lang), say("no_witness", "", lang))
    return "critical" if line.startswith(worst[0]) or worst[1] in line else ""


def _stamp(root: Path | None) -> Callable[[bytes, str], float] | None:
    """Return what checks time stamps: the `openssl` program where there is one, else rfc3161-client."""
    if root is None:
        return None
    pem = _read(root, "--tsa-root")
    if shutil.which("openssl"):
        from truecrowd.evidence.verify import openssl

        return lambda token, over: openssl(str(root), token, over)
    from truecrowd.evidence.stamps import checked

    return lambda token, over: checked(pem, token, over)


def _unusable(bad: "Unusable") -> ConfigError:
    from truecrowd.evidence.verify import say

    what = say(bad.args[0], bad.args[1], "en")
    where = "--head" if bad.args[0] == "head" else "--trust"
    fix = "keep the last line of a report" if bad.args[0] == "head" else "get it from the log's keeper, by another way"
    return ConfigError(what, where=where, fix=fix)


def _read(path: Path, where: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        what = f"'{path.name}' cannot be read: {(error.strerror or 'unknown').lower()}"
        raise ConfigError(what, where=where, fix="check the path") from error
