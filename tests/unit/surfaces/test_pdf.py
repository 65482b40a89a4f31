"""What prints a report is looked for before anything is read; what does not print says what to do instead."""

import stat
import sys
from pathlib import Path

import pytest

from truecrowd.errors import ConfigError
from truecrowd.surfaces import pdf
from truecrowd.surfaces.cli.entry import run


def nothing(_name: str) -> None:
    return None


def only(*names: str) -> pdf.Which:
    return lambda name: f"programs/{name}" if name in names else None


def program(folder: Path, name: str, body: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.fixture
def no_weasyprint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)


def test_the_first_known_name_on_path_prints() -> None:
    assert pdf.find("en", which=only("msedge", "google-chrome")) == pdf.Printer("chromium", "programs/google-chrome")


def test_without_chromium_weasyprint_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", sys)

    assert pdf.find("en", which=nothing, platform="linux") == pdf.Printer("weasyprint")


@pytest.mark.usefixtures("no_weasyprint")
def test_without_either_it_says_what_to_install() -> None:
    with pytest.raises(ConfigError) as caught:
        pdf.find("en", which=nothing, platform="linux")

    assert str(caught.value) == (
        "nothing that prints was found: no chromium, chromium-browser, google-chrome on PATH, no WeasyPrint\n"
        "  where: option --pdf\n"
        "  fix:   install Chromium or truecrowd[pdf]; or leave --pdf out, and print report.html from a browser"
    )


def test_a_chinese_page_needs_a_font_and_an_english_one_does_not(tmp_path: Path) -> None:
    fonts = program(tmp_path, "fc-list", "exit 0")
    which: pdf.Which = {"fc-list": fonts, "chromium": "programs/chromium"}.get

    with pytest.raises(ConfigError) as caught:
        pdf.find("zh", which=which, platform="linux")

    assert str(caught.value) == (
        "no font with Chinese characters is installed, wanted for --pdf --lang zh\n"
        "  where: option --pdf\n"
        "  fix:   install one, e.g. the package fonts-noto-cjk; or --lang en"
    )
    assert pdf.find("en", which=which).name == "chromium"
    assert pdf.find("zh", which=which, platform="win32").name == "chromium"


def test_a_font_that_fontconfig_knows_is_enough(tmp_path: Path) -> None:
    fonts = program(tmp_path, "fc-list", "echo Noto Sans CJK SC")

    assert pdf.find("zh", which={"fc-list": fonts, "chrome": "x"}.get, platform="linux").program == "x"


def test_a_browser_that_prints_nothing_is_an_error(tmp_path: Path) -> None:
    silent = program(tmp_path, "chromium", "exit 0")

    with pytest.raises(ConfigError, match="chromium made no PDF"):
        pdf.printed("<p>x</p>", pdf.Printer("chromium", silent))


def test_the_browser_gets_an_empty_profile_and_no_network(tmp_path: Path) -> None:
    said = tmp_path / "said"
    told = program(tmp_path, "chromium", f'printf "%s\\n" "$@" > {said}; exit 1')

    with pytest.raises(ConfigError):
        pdf.printed("<p>x</p>", pdf.Printer("chromium", told))

    flags = said.read_text(encoding="utf-8").splitlines()
    assert "--host-resolver-rules=MAP * ~NOTFOUND" in flags
    assert [flag.rpartition("/")[2] for flag in flags if flag.startswith("--user-data-dir=")] == ["profile"]
    assert flags[-1].startswith("file:///")


def test_drawings_carry_their_colours_and_textures_for_weasyprint() -> None:
    page = '<svg class="tc-defs"><defs><pattern id="tc-dots"/></defs></svg><svg class="tc-strip" height="10"></svg>'

    drawn = pdf._with_drawings(page)

    assert drawn.count("<style>") == 1
    assert '<svg class="tc-strip" height="10"><style>' in drawn
    assert drawn.count('<pattern id="tc-dots"/>') == 2


@pytest.mark.usefixtures("no_weasyprint")
def test_the_printer_is_missed_before_a_file_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pdf.find, "__kwdefaults__", {"which": nothing, "platform": "linux"})

    code = run(["audit", "there-is-no-such-file.csv", "--pdf", "--lang", "en"])

    assert code == 2
    assert capsys.readouterr().err.startswith("nothing that prints was found")
