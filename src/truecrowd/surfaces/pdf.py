"""A report on paper: a page in one language, printed by Chromium where there is one, else by WeasyPrint.

A PDF is a copy for people. It carries the time at which it was made, so it is not the same bytes twice.
"""

import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from truecrowd.errors import ConfigError
from truecrowd.surfaces.report.phrases import Lang

Which = Callable[[str], str | None]
"""Returns the path of a program on PATH, as `shutil.which`."""

CHROMIUMS: Final = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge",
)  # fmt: skip
"""Names under which Chromium is installed."""
_ELSEWHERE: Final = {
    "darwin": ("Google Chrome.app/Contents/MacOS/Google Chrome", "Microsoft Edge.app/Contents/MacOS/Microsoft Edge"),
    "win32": ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe"),
}
"""Where it is on systems that do not put it on PATH, inside a folder of programs."""
_FOLDERS: Final = {"darwin": ("/Applications",), "win32": ("C:/Program Files", "C:/Program Files (x86)")}
_FLAGS: Final = (
    "--headless", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--no-first-run", "--no-default-browser-check", "--no-pdf-header-footer",
    "--generate-pdf-document-outline", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
"""No network, no profile, no header or footer of the browser's own; an outline from the headings."""
_SECONDS: Final = 180
"""Longest a print may take; the longest report seen takes eight."""
_FONTS: Final = ("CJK", "SourceHan", "wqy", "DroidSansFallback", "simsun", "msyh", "PingFang")
"""In the file names of fonts with Chinese characters, where fontconfig cannot be asked."""
_DRAWN: Final = """
.tc-band-unremarkable, .tc-band-quiet, .tc-part { fill: #368cca } .tc-band-organised { fill: #a97f0e }
.tc-band-automated, .tc-band-loud, .tc-made, .tc-flags circle { fill: #6b1654 } .tc-band-undetermined { fill: #878a8e }
.tc-rest, .tc-window { fill: #dfe2e5 } .tc-maybe { fill: #6b1654; opacity: .38 } .tc-mark { fill: #1b1f24 }
.tc-texture-unremarkable, .tc-texture-automated { fill: none } .tc-texture-undetermined { fill: url(#tc-dots) }
.tc-texture-organised { fill: url(#tc-hatch) } #tc-dots circle { fill: #fff } #tc-hatch path { stroke: #fff; stroke-width: 2 }
text { font-size: 9px; fill: #57606a } .tc-flags text { fill: #fff; text-anchor: middle } line { stroke: #848d97 }
"""
"""Colours of the drawings as report.css prints them."""
_BY_HAND: Final = "leave --pdf out, and print report.html from a browser"


@dataclass(frozen=True, slots=True)
class Printer:
    """What prints, and its program where it is one."""

    name: Literal["chromium", "weasyprint"]
    program: str = ""


def find(lang: Lang, *, which: Which = shutil.which, platform: str = sys.platform) -> Printer:
    """Return what can print a report in this language; asked before anything is read.

    Raises:
        ConfigError: There is neither Chromium nor WeasyPrint, or no font with Chinese characters for a Chinese page.
    """
    if lang == "zh" and not _has_chinese(which, platform):
        what = "no font with Chinese characters is installed, wanted for --pdf --lang zh"
        fix = "install one, e.g. the package fonts-noto-cjk; or --lang en"
        raise ConfigError(what, where="option --pdf", fix=fix)
    program = next(_chromiums(which, platform), None)
    if program is not None:
        return Printer("chromium", program)
    if _has_weasyprint():
        return Printer("weasyprint")
    what = f"nothing that prints was found: no {', '.join(CHROMIUMS[:3])} on PATH, no WeasyPrint"
    fix = f"install Chromium or truecrowd[pdf]; or {_BY_HAND}"
    raise ConfigError(what, where="option --pdf", fix=fix)


def _chromiums(which: Which, platform: str) -> Iterator[str]:
    yield from (path for path in map(which, CHROMIUMS) if path is not None)
    for folder in _FOLDERS.get(platform, ()):
        yield from (str(path) for path in (Path(folder) / name for name in _ELSEWHERE[platform]) if path.is_file())


def _has_weasyprint() -> bool:
    try:
        import weasyprint  # noqa: F401  its libraries may be missing though it is installed
    except (ImportError, OSError):
        return False
    return True


def _has_chinese(which: Which, platform: str) -> bool:
    """Return whether there is a font with Chinese characters; Windows and macOS come with one."""
    if platform in ("win32", "darwin"):
        return True
    asks = which("fc-list")
    if asks is not None:
        done = subprocess.run([asks, ":lang=zh-cn", "family"], capture_output=True, check=False, timeout=60)  # noqa: S603
        return bool(done.stdout.strip())
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
    return any(name.lower() in font.name.lower() for folder in folders for font in folder.rglob("*") for name in _FONTS)


def printed(page: str, printer: Printer) -> bytes:
    """Return a page as PDF: A4, tagged, its text extractable.

    Args:
        page: One HTML file that asks for nothing else.
        printer: What `find` gave.

    Raises:
        ConfigError: It did not print.
    """
    return _by_chromium(page, printer.program) if printer.name == "chromium" else _by_weasyprint(page)


def _by_chromium(page: str, program: str) -> bytes:
    with TemporaryDirectory(prefix="truecrowd-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source, target = folder / "report.html", folder / "report.pdf"
        source.write_text(page, encoding="utf-8")
        own = [f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={target}", *_as_root()]
        try:
            subprocess.run(  # noqa: S603
                [program, *_FLAGS, *own, source.as_uri()],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                timeout=_SECONDS,
            )
            return target.read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            what = f"{Path(program).name} made no PDF"
            raise ConfigError(what, where="option --pdf", fix=_BY_HAND) from error


def _as_root() -> list[str]:
    """Return the flag without which Chromium refuses to run as root."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def _by_weasyprint(page: str) -> bytes:
    import weasyprint

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    made = weasyprint.HTML(string=_with_drawings(page), url_fetcher=_refused).write_pdf(pdf_variant="pdf/ua-1")
    return bytes(made)


def _with_drawings(page: str) -> str:
    """Return the page with the styles of each drawing inside it: WeasyPrint looks for them nowhere else."""
    defs = re.search(r"<defs>.*?</defs>", page, re.DOTALL)
    inside = f"<style>{_DRAWN}</style>{defs[0] if defs else ''}"
    return re.sub(r'(<svg class="tc-(?!defs)[^>]*>)', lambda found: found[1] + inside, page)


def _refused(url: str, *_args: object, **_options: object) -> object:
    """Refuse to fetch anything: a report asks for nothing."""
    raise ValueError(url)
