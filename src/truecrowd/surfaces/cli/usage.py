"""Mistakes in a command line, as Click finds them, said as what / where / fix."""

from difflib import get_close_matches
from typing import Final

import click

from truecrowd.errors import ConfigError

LATER: Final = frozenset({
    "reference", "train", "serve", "rules", "credit",
    "--engine", "--reference", "--embed-events", "--embed-font",
})  # fmt: skip
"""What is designed and not built yet: said so, rather than guessed to be a slip of the pen."""


def explained(error: click.ClickException) -> ConfigError:
    """Return the same mistake with where it is and one thing to do."""
    ctx = getattr(error, "ctx", None)
    command = ctx.command_path if ctx else "truecrowd"
    match error:
        case click.NoSuchOption():
            return _no_such("option", error.option_name, _options(ctx), command)
        case click.MissingParameter():
            return _missing(error, command)
        case click.BadOptionUsage():
            what = f"option {error.option_name} has no value" if "requires" in error.message else _plain(error.message)
            return ConfigError(what, where=f"option {error.option_name}", fix="write its value after it")
        case click.BadParameter():
            return _bad_value(error, command)
        case click.UsageError() if ctx and isinstance(ctx.command, click.Group) and "No such command" in error.message:
            name = error.message.split("'")[1]
            return _no_such("command", name, list(ctx.command.commands), command)
        case click.UsageError() if "unexpected extra argument" in error.message:
            fix = "leave it out, or quote a name that holds a space"
            return ConfigError(f"too many arguments: {_in_brackets(error.message)}", where=command, fix=fix)
    return ConfigError(_plain(error.format_message()), where=command, fix=f"{command} --help")


def _plain(message: str) -> str:
    """Return a message of Click's without its capital and its full stop."""
    message = message.strip().removesuffix(".")
    return message[:1].lower() + message[1:]


def _in_brackets(message: str) -> str:
    return message.partition("(")[2].rstrip(")")


def _options(ctx: click.Context | None) -> list[str]:
    if ctx is None:
        return []
    return [name for option in ctx.command.get_params(ctx) for name in option.opts if name.startswith("--")]


def _no_such(kind: str, name: str, known: list[str], command: str) -> ConfigError:
    if name in LATER:
        return ConfigError(
            f"{kind} '{name}' is not in this version", where=command, fix=f"{command} --help lists what there is"
        )
    near = get_close_matches(name, known, n=1)
    fix = f"write '{near[0]}'" if near else f"{command} --help lists what there is"
    return ConfigError(f"{kind} '{name}' does not exist", where=command, fix=fix)


def _name(option: click.Parameter | None, hint: object) -> str:
    if option is None:
        return str(hint or "a parameter").strip("'")
    if isinstance(option, click.Option):
        return f"option {max(option.opts, key=len)}"
    return option.make_metavar(click.Context(click.Command("")))


def _missing(error: click.MissingParameter, command: str) -> ConfigError:
    name = _name(error.param, error.param_hint)
    needed = [_shape(one, error.ctx) for one in error.ctx.command.params if one.required] if error.ctx else [name]
    return ConfigError(f"{name} is missing", where=command, fix=" ".join(["write", command, *needed]))


def _shape(option: click.Parameter, ctx: click.Context) -> str:
    if isinstance(option, click.Option):
        return f"{max(option.opts, key=len)} {option.metavar or 'VALUE'}"
    return option.make_metavar(ctx)


def _bad_value(error: click.BadParameter, command: str) -> ConfigError:
    name = _name(error.param, error.param_hint)
    what = _plain(error.message)
    fix = f"{command} --help"
    kind = error.param.type if error.param is not None else None
    if isinstance(kind, click.Choice):
        given = error.message.split("'")[1] if "'" in error.message else ""
        choices = [str(choice) for choice in kind.choices]
        near = get_close_matches(given.lower(), choices, n=1)
        what = f"'{given}' is not one of {', '.join(choices)}"
        fix = f"write '{near[0]}'" if near else f"write one of them, e.g. '{choices[0]}'"
    if isinstance(kind, click.types.IntParamType):
        what, fix = f"{what.split(' is not')[0]} is not a whole number", "write digits only"
    return ConfigError(what, where=f"{command}, {name}", fix=fix)
