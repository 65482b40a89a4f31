"""`truecrowd`: finds the command, runs it, turns what happened into an exit code and three lines."""

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Final

import click

from truecrowd.errors import InputError, TruecrowdError
from truecrowd.surfaces.cli.audit import audit
from truecrowd.surfaces.cli.bench import bench
from truecrowd.surfaces.cli.case import case
from truecrowd.surfaces.cli.demo import demo
from truecrowd.surfaces.cli.evaluate import evaluate
from truecrowd.surfaces.cli.formats import formats
from truecrowd.surfaces.cli.options import common
from truecrowd.surfaces.cli.prove import prove
from truecrowd.surfaces.cli.reference import reference
from truecrowd.surfaces.cli.seal import seal
from truecrowd.surfaces.cli.simulate import simulate
from truecrowd.surfaces.cli.train import train
from truecrowd.surfaces.cli.usage import explained
from truecrowd.surfaces.cli.verify import verify
from truecrowd.surfaces.cli.watch import watch
from truecrowd.surfaces.terminal import leave, note, put

INTERRUPTED: Final = 130
OUR_MISTAKE: Final = 101
_TRACEBACK: Final = "--traceback"
_SHELLS: Final = ("bash", "zsh", "fish")
_WIDEST: Final = 100


def _print_version(ctx: click.Context, _option: click.Parameter, value: bool) -> None:  # noqa: FBT001  Click's callback
    if value:
        import truecrowd

        put(f"truecrowd {truecrowd.__version__}")
        ctx.exit()


def _print_completion(ctx: click.Context, _option: click.Parameter, value: str | None) -> None:
    if value is None:
        return
    from click.shell_completion import get_completion_class

    kind = get_completion_class(value)
    assert kind is not None
    put(kind(ctx.command, {}, "truecrowd", "_TRUECROWD_COMPLETE").source().rstrip())
    ctx.exit()


@click.group(
    invoke_without_command=True,
    context_settings={"max_content_width": _WIDEST, "help_option_names": ["--help", "-h"]},
    epilog="Start with: truecrowd demo",
)
@common
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
@click.option(
    "--show-completion", type=click.Choice(_SHELLS), is_eager=True, expose_value=False, callback=_print_completion,
    help="Print a script that completes commands in your shell.",
)  # fmt: skip
@click.option(_TRACEBACK, is_flag=True, expose_value=False, help="Print where in the code a mistake of ours happened.")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Find manufactured crowds in recordings of live-selling rooms.

    truecrowd says what was seen, which events show it, and what the data cannot tell. It reads files on this
    machine, uses no network, and changes nothing but the folder it writes.
    """
    if ctx.invoked_subcommand is None:
        put(ctx.get_help())


for _command in (
    demo, audit, formats, simulate, evaluate, watch, reference, train, seal, prove, case, verify, bench,
):  # fmt: skip
    cli.add_command(_command)


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Args:
        arguments: What stands after `truecrowd`.

    Returns:
        The exit code (contract.md section 3).
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(list(arguments), prog_name="truecrowd", standalone_mode=False)
    except TruecrowdError as error:
        return _refused(error)
    except click.ClickException as error:
        return _refused(explained(error))
    except (click.Abort, KeyboardInterrupt):
        note("stopped; what was written before is still whole")
        return INTERRUPTED
    except BrokenPipeError:
        leave(sys.stdout)
        return 0
    except OSError as error:
        return _refused(_full(error)) if error.errno == errno.ENOSPC else _our_mistake(error, arguments)
    except Exception as error:  # noqa: BLE001  the last one who can explain it
        return _our_mistake(error, arguments)
    return code if isinstance(code, int) else 0


def _refused(error: TruecrowdError) -> int:
    note(str(error))
    return error.exit_code


def _full(error: OSError) -> InputError:
    where = os.path.basename(str(error.filename)) if error.filename else "the folder for temporary files"  # noqa: PTH119
    return InputError("the disk is full; nothing was written", where=where, fix="free some space")


def _our_mistake(error: Exception, arguments: Sequence[str]) -> int:
    """Say that the mistake is ours. The message of the error stays out: it may quote the data."""
    if _TRACEBACK in arguments:
        note("".join(traceback.format_exception(error)).rstrip())
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = f"{os.path.basename(last[0].filename)} line {last[0].lineno}" if last else "unknown place"  # noqa: PTH119
    note(
        f"a mistake in truecrowd, not yours: {type(error).__name__} (exit {OUR_MISTAKE})\n"
        f"  where: {place}\n"
        f"  fix:   run `truecrowd {_TRACEBACK} ...` and report what it prints in an issue, with `truecrowd --version`"
    )
    return OUR_MISTAKE
