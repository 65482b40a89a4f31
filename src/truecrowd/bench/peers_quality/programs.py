"""Programs of other people that the user points to; none is part of this package or linked with it."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from truecrowd.errors import ConfigError, InputError

NAMES: Final = ("midas", "midas_r", "midas_f", "mzoom", "dcube")
"""Peers that need a path."""
LONGEST_S: Final = 1_800.0
"""Seconds after which a program is stopped and its cell says so."""


def parsed(given: Sequence[str]) -> dict[str, Path]:
    """Return the paths of `NAME=PATH` options by name.

    Raises:
        ConfigError: The name is not one of `NAMES`, or there is no `=`.
        InputError: There is no such file.
    """
    found = {}
    for one in given:
        name, sign, text = one.partition("=")
        if not sign or name not in NAMES:
            raise ConfigError(
                f"peer '{one}' is not known",
                where="option --peer",
                fix=f"NAME=PATH with NAME one of: {', '.join(NAMES)}",
            )
        path = Path(text).expanduser()
        if not path.is_file():
            fix = "give the program's file: the built `midas`, or the .jar"
            raise InputError("there is no such file", where=str(path), fix=fix)
        found[name] = path.resolve()
    return found


def java() -> str | None:
    """Return the Java launcher, None where there is none."""
    return shutil.which("java")


def ran(command: Sequence[str | Path], folder: Path) -> str:
    """Run a program in a folder, without a shell, and return what it printed.

    Raises:
        RuntimeError: It could not be started, took too long or failed; the message holds its last words.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(  # noqa: S603 (a path the user gave, no shell)
            words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeError(f"it could not be run: {type(error).__name__}") from error
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["it said nothing"]
        raise RuntimeError(f"exit code {done.returncode}: {last[0][:200]}")
    return done.stdout
