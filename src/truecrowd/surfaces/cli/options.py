"""Options that every command has, and how they are read."""

import os
import shutil
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import click

from truecrowd.surfaces.report.phrases import LANGS, Lang
from truecrowd.surfaces.terminal import Color, Looks, looks

_COLORS: Final = ("auto", "always", "never")
_KEY: Final = "truecrowd.cli."
AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])


def _keep(ctx: click.Context, option: click.Parameter, value: str | None) -> None:
    """Keep what was given for the whole run; what stands nearer to the command wins."""
    if value is not None:
        ctx.meta[_KEY + str(option.name)] = value


def common(function: AnyFunction) -> AnyFunction:
    """Add the options that every command has."""
    color = click.option(
        "--color", type=click.Choice(_COLORS), callback=_keep, expose_value=False,
        help="Colours on stdout; auto: on a terminal only.",
    )  # fmt: skip
    lang = click.option(
        "--lang", type=click.Choice(LANGS), callback=_keep, expose_value=False,
        help="Language; without it, the terminal's, and a report follows its reader's browser.",
    )  # fmt: skip
    return lang(color(function))


def lang_given(ctx: click.Context) -> Lang | None:
    """Return the value of `--lang`, None where it was not given."""
    return cast("Lang | None", ctx.meta.get(_KEY + "lang"))


def looks_of(ctx: click.Context) -> Looks:
    """Return how to print."""
    color = cast("Color", ctx.meta.get(_KEY + "color", "auto"))
    return looks(color, lang_given(ctx), os.environ, shutil.get_terminal_size((100, 24)).columns)


def typed(ctx: click.Context, *without: str) -> list[str]:
    """Return the options of a command as they were typed, but for some."""
    out: list[str] = []
    for option in ctx.command.params:
        name = str(option.name)
        given = ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        if not given or name in without or not isinstance(option, click.Option):
            continue
        value = ctx.params.get(name, ctx.meta.get(_KEY + name))
        out += [option.opts[-1]] if option.is_flag else [option.opts[-1], str(value)]
    return out
