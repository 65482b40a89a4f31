"""What a terminal shows: plain columns by display width, colours where they are wanted, progress on stderr."""

import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal, TextIO

from truecrowd.errors import InputError
from truecrowd.surfaces.report.phrases import Lang

Color = Literal["auto", "always", "never"]

_SGR: Final[Mapping[str, str]] = {
    "watch": "\x1b[33m",
    "high": "\x1b[1;33m",
    "critical": "\x1b[1;31m",
    "undetermined": "\x1b[2m",
    "strong": "\x1b[1m",
    "faint": "\x1b[2m",
}
_RESET: Final = "\x1b[0m"
_COLORS: Final = re.compile(r"\x1b\[[0-9;]*m")


def width_of(text: str) -> int:
    """Return how many columns a terminal needs for `text`: Han takes two, combining marks none.

    >>> width_of("R7 直播间")
    9
    """
    return sum(_width(char) for char in _COLORS.sub("", text))


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def columns(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset(), indent: str = "  ") -> list[str]:
    """Return rows as lines in which cells of one column begin (or, in `right`, end) at the same place.

    Args:
        rows: Cells; rows may have different lengths. The last cell of a row is never padded.
        right: Numbers of the columns that end at the same place.
        indent: Put before each line.
    """
    widths: dict[int, int] = {}
    for row in rows:
        for at, cell in enumerate(row):
            widths[at] = max(widths.get(at, 0), width_of(cell))
    lines = []
    for row in rows:
        cells = [padded(cell, widths[at], is_right=at in right) for at, cell in enumerate(row)]
        lines.append((indent + "  ".join(cells)).rstrip())
    return lines


def padded(cell: str, width: int, *, is_right: bool = False) -> str:
    """Return `cell` filled up with spaces to `width` columns, colours not counted."""
    gap = " " * (width - width_of(cell))
    return gap + cell if is_right else cell + gap


def wrapped(first: str, items: Sequence[str], width: int, *, between: str = " · ", indent: str = "    ") -> list[str]:
    """Return `first` and items as lines of at most `width` columns, cut between items only."""
    lines = [first]
    for at, item in enumerate(items):
        piece = item + (between.rstrip() if at + 1 < len(items) else "")
        glue = "" if lines[-1].endswith("：") else " "
        if width_of(lines[-1]) + len(glue) + width_of(piece) <= width or lines[-1] == first:
            lines[-1] += glue + piece
        else:
            lines.append(indent + piece)
    return lines


@dataclass(frozen=True, slots=True)
class Looks:
    """How to print.

    Args:
        lang: Language of what truecrowd says.
        is_colored: Whether stdout takes colours.
        is_live: Whether stderr is a terminal, so that bars may be drawn.
        width: Columns of the terminal.
    """

    lang: Lang = "en"
    is_colored: bool = False
    is_live: bool = False
    width: int = 100

    def paint(self, text: str, style: str) -> str:
        """Return `text` in the colour of a level, or strong or faint; unchanged where there are no colours."""
        return f"{_SGR[style]}{text}{_RESET}" if self.is_colored and style in _SGR else text


def looks(color: Color, lang: Lang | None, environ: Mapping[str, str], width: int) -> Looks:
    """Return how to print on this terminal; the environment changes looks and language only, never a result."""
    is_colored = color == "always" or (
        color == "auto" and _is_terminal(sys.stdout) and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
    )
    is_live = _is_terminal(sys.stderr) and environ.get("TERM") != "dumb"
    return Looks(lang or language_of(environ), is_colored, is_live, max(width, 40))


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return bool(stream and stream.isatty())
    except ValueError:
        return False


def language_of(environ: Mapping[str, str]) -> Lang:
    """Return the language of the terminal's locale, English where it is another one.

    >>> language_of({"LANG": "zh_CN.UTF-8"}), language_of({"LANG": "fr_FR.UTF-8"}), language_of({})
    ('zh', 'en', 'en')
    """
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return "zh" if value.lower().startswith(("zh", "chinese")) else "en"
    return "en"


def put(text: str = "") -> None:
    """Print one line of a result on stdout; a reader that has gone away (`| head`) is no error.

    Raises:
        InputError: Nothing more can be written there.
    """
    try:
        _print(sys.stdout, text)
    except OSError as error:
        leave(sys.stdout)
        what = f"the result cannot be printed: {(error.strerror or 'unknown').lower()}"
        raise InputError(what, where="standard output", fix="send it elsewhere; the files are written") from error


def note(text: str) -> None:
    """Print one line of progress or remarks on stderr."""
    _print(sys.stderr, text)


def _print(stream: TextIO | None, text: str) -> None:
    if stream is None or stream.closed:
        return
    try:
        stream.write(text + "\n")
        stream.flush()
    except BrokenPipeError:
        leave(stream)


def leave(stream: TextIO) -> None:
    """Send what else is printed on a stream nowhere: its reader has gone away."""
    import os

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@contextmanager
def busy(looks: Looks, text: str) -> Iterator[None]:
    """Show that something is being done: a moving bar and the seconds on a terminal, nothing elsewhere."""
    if not looks.is_live:
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    drawn = (TextColumn("{task.description}"), BarColumn(bar_width=20), TimeElapsedColumn())
    with Progress(*drawn, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(text, total=None)
        yield
