"""What `truecrowd seal` does to a log that is there: retention, holds, erasure, keys."""

import secrets
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from truecrowd.errors import ConfigError, InputError
from truecrowd.surfaces.cli.options import AnyFunction
from truecrowd.surfaces.report.phrases import Phrase, _, _n, say, visible
from truecrowd.surfaces.terminal import Looks, put

if TYPE_CHECKING:
    from truecrowd.evidence.log import Writer
    from truecrowd.evidence.log.keeping import Plan


_KEY: Final = "truecrowd.seal."
_OPTIONS: Final[tuple[tuple[tuple[str, ...], dict[str, Any]], ...]] = (
    (("--retention",), {"type": click.Choice(["plan", "run"]), "help": "Let go what is past its time, or plan it."}),
    (("--hold",), {"metavar": "ROOM", "help": "Keep a room, or all, whatever its time."}),
    (("--lift",), {"metavar": "HOLD", "help": "End a hold."}),
    (("--erase",), {"type": click.Path(path_type=Path), "metavar": "FILE",
                    "help": "Erase what the rows of accounts say, one id a line."}),
    (("--rotate",), {"type": click.Choice(["log", "export"]), "help": "Put a new key in the place of one."}),
    (("--compromised", "is_compromised"), {"is_flag": True,
                                           "help": "With --rotate: the old key may be in other hands."}),
    (("--why",), {"metavar": "TEXT", "help": "Reason of a hold or an erasure."}),
    (("--approved-by",), {"metavar": "ROLE", "help": "Who approved it: a role, never a name."}),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of a log; one thing at a time.

    Args:
        retention: plan or run.
        hold: Room to keep, "all" for everything.
        lift: Hold to end.
        erase: File of account ids.
        rotate: log or export.
        is_compromised: The old key may be in other hands.
        why: Reason of a hold or an erasure.
        approved_by: Who approved it: a role, never a name.
    """

    retention: str | None = None
    hold: str | None = None
    lift: str | None = None
    erase: Path | None = None
    rotate: str | None = None
    is_compromised: bool = False
    why: str | None = None
    approved_by: str | None = None

    @property
    def n(self) -> int:
        """How many things were asked."""
        return sum(one is not None for one in (self.retention, self.hold, self.lift, self.erase, self.rotate))


def _keep(ctx: click.Context, option: click.Parameter, value: object) -> None:
    ctx.meta[_KEY + str(option.name)] = value


def options(function: AnyFunction) -> AnyFunction:
    """Add the options that work on a log that is there; `asked_of` reads them."""
    for names, shape in reversed(_OPTIONS):
        function = click.option(*names, callback=_keep, expose_value=False, **shape)(function)
    return function


def asked_of(ctx: click.Context) -> Asked:
    """Return what was asked."""
    return Asked(**{one.name: ctx.meta[_KEY + one.name] for one in fields(Asked)})


def check(asked: Asked, *, has_paths: bool) -> None:
    """Refuse what does not go together.

    Raises:
        ConfigError: Nothing was asked, too much, or a reason is missing.
    """
    where = "truecrowd seal"
    if asked.n + has_paths == 0:
        raise ConfigError("nothing was named that could be sealed", where=where, fix="truecrowd seal PATH")
    if asked.n + has_paths > 1:
        what = "a path, --retention, --hold, --lift, --erase and --rotate do not go together"
        raise ConfigError(what, where=where, fix="give one of them at a time")
    if (asked.hold or asked.lift or asked.erase) and not (asked.why and asked.approved_by):
        what = "a hold and an erasure need a reason and who approved it"
        raise ConfigError(what, where=where, fix="add --why TEXT --approved-by ROLE")


def carry_out(asked: Asked, writer: "Writer", looks: Looks) -> None:
    """Do the one thing that was asked of a log, and say what was done.

    Raises:
        ConfigError: There is no such hold, or a hold keeps what should go.
        InputError: The file of accounts cannot be read.
    """
    from truecrowd.evidence.log import keeping

    request = keeping.Request(secrets.token_hex(8), asked.why or "", asked.approved_by or "")
    if asked.retention is not None:
        _retain(asked.retention, writer, looks)
    elif asked.hold is not None:
        name = f"H{secrets.token_hex(3)}"
        keeping.hold(writer, name, None if asked.hold == "all" else [asked.hold], request)
        put(say(_("hold {name} is in force", name=name), looks.lang))
    elif asked.lift is not None:
        keeping.lift(writer, asked.lift, request)
        put(say(_("hold {name} is lifted", name=visible(asked.lift)), looks.lang))
    elif asked.erase is not None:
        found = keeping.chosen(writer.log, _ids(asked.erase))
        keeping.carry_out(writer, found, request)
        put(say(_erased(found), looks.lang))
    else:
        role = str(asked.rotate)
        entry = writer.rotate(role, action="compromise" if asked.is_compromised else "rotate")
        done = _("new {role} key, by entry {n}; hand out {policy} anew", role=role, n=entry,
                 policy=str(writer.ring.folder / "trust.policy"))  # fmt: skip
        put(say(done, looks.lang))


def _retain(step: str, writer: "Writer", looks: Looks) -> None:
    from truecrowd.evidence.log import keeping
    from truecrowd.evidence.retention import Times

    found = keeping.plan(writer.log, Times(), writer.clock())
    for part in found.parts:
        line = _n("{table} {root}: {n} record ({groups})", "{table} {root}: {n} records ({groups})", part.n,
                  table=part.table, root=part.root[:16], n=part.n, groups=", ".join(part.groups))  # fmt: skip
        put(say(line, looks.lang))
    if found.n_held:
        kept = _n("{n} record is past its time and held", "{n} records are past their time and held", found.n_held,
                  n=found.n_held)  # fmt: skip
        put(say(kept, looks.lang))
    if step == "plan" or not found.parts:
        originals = len(found.originals)
        would = _("would let go: {records} records in {parts} segments, {originals} originals. Nothing was changed.",
                  records=sum(part.n for part in found.parts), parts=len(found.parts), originals=originals)  # fmt: skip
        put(say(would, looks.lang))
        return
    request = keeping.Request(secrets.token_hex(8), "their time is over", "retention schedule")
    keeping.carry_out(writer, found, request, class_="retention")
    put(say(_erased(found), looks.lang))


def _erased(found: "Plan") -> Phrase:
    return _("let go: {records} records in {parts} segments, {originals} originals; all else still verifies",
             records=sum(part.n for part in found.parts), parts=len(found.parts),
             originals=len(found.originals))  # fmt: skip


def _ids(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("the file of accounts cannot be read", where=path.name, fix="one id a line, UTF-8") from error
    found = [line for line in lines if line]
    if not found:
        raise InputError("the file names no account", where=path.name, fix="one id a line, UTF-8")
    return found
