"""Every command in README, CONTRIBUTING and docs runs.

The rule for writers:
- a fenced block marked `sh` holds commands and nothing else; those marked `python` make one program with the
  `python` blocks before them; other blocks never run;
- the blocks of a page run in order, in one empty folder, with the checkout's truecrowd on PATH; a block fails at its
  first line that fails;
- a line that is meant to fail ends in `# exits N`; a `text` block that follows it on the page shows what it prints;
- `<!-- not run: reason -->` on the line before a block leaves it out;
- every `make` target and `truecrowd` command named anywhere on a page has to exist, in blocks left out too;
- a page `x.zh.md` holds the same blocks as `x.md`, so it is not run a second time.
"""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<why>[^>]+) -->\n)?```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
EXITS = re.compile(r"^(?P<command>.*?)\s+# exits (?P<code>\d+)$")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its kind, its text, and why it is left out (empty: it runs)."""

    kind: str
    body: str
    why: str


def pages() -> list[Path]:
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(page for page in found if page.name != "CHANGELOG.md")


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = [Block(m["kind"], m["body"], m["why"] or "") for m in BLOCK.finditer(text)]
    return [block for block in found if block.kind in ("sh", "python", "text")]


def twin(page: Path) -> Path:
    return page.with_name(page.name.replace(".zh.md", ".md"))


def script(body: str) -> str:
    """Turn a block into a shell script in which each line has to exit as it says."""
    lines = []
    for line in body.replace("\\\n", " ").splitlines():
        if match := EXITS.match(line):
            said = shlex.quote(match["command"])
            lines.append(f"{{ {match['command']}; }} && code=0 || code=$?")
            lines.append(f'[ $code = {match["code"]} ] || {{ echo "exited $code:" {said} >&2; exit 1; }}')
        else:
            lines.append(line)
    return "\n".join(["set -eu", *lines])


def run(block: Block, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}
    environment |= {name: value for name, value in os.environ.items() if name == "TMPDIR"}
    command = ["sh", "-c", script(block.body)] if block.kind == "sh" else [sys.executable, "-c", block.body]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        stdin=subprocess.DEVNULL,
    )


def runnable() -> list[Path]:
    chosen = [page for page in pages() if not (page.name.endswith(".zh.md") and twin(page).exists())]
    return [page for page in chosen if any(not block.why and block.kind != "text" for block in blocks(page))]


@cache
def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@cache
def has_command(name: str) -> bool:
    done = subprocess.run([BIN / "truecrowd", name, "--help"], capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.parametrize("page", runnable(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    program, complaint = "", ""
    for block in blocks(page):
        if block.kind == "text":
            assert not complaint or block.body == complaint
            complaint = ""
        if block.why or block.kind == "text":
            continue
        if block.kind == "python":
            program += block.body

        done = run(Block("python", program, "") if block.kind == "python" else block, tmp_path)

        assert done.returncode == 0, f"{block.body}\n{done.stdout}\n{done.stderr}"
        complaint = done.stderr if "# exits" in block.body else ""


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    code = "\n".join([*re.findall(r"`([^`\n]+)`", text), *(block.body for block in blocks(page) if block.kind == "sh")])

    targets = set(re.findall(r"^(?:\$ )?make ([a-z][a-z-]*)", code, re.MULTILINE)) - make_targets()
    commands = {
        name for name in re.findall(r"^(?:\$ )?truecrowd ([a-z]+)", code, re.MULTILINE) if not has_command(name)
    }

    assert targets | commands == set()


@pytest.mark.parametrize(
    "page",
    [p for p in pages() if p.name.endswith(".zh.md") and twin(p).exists()],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_the_chinese_page_gives_the_same_commands(page: Path) -> None:
    def commands(of: Path) -> list[str]:
        return [re.sub(r"--lang (zh|en)", "--lang", block.body) for block in blocks(of) if block.kind != "text"]

    assert commands(page) == commands(twin(page))


def test_a_line_that_should_fail_and_does_not_is_an_error(tmp_path: Path) -> None:
    done = run(Block("sh", "true # exits 2\n", ""), tmp_path)

    assert done.returncode == 1
    assert "exited 0: true" in done.stderr


def test_a_failing_line_in_the_middle_stops_the_block(tmp_path: Path) -> None:
    done = run(Block("sh", "false\necho late\n", ""), tmp_path)

    assert done.returncode != 0
    assert "late" not in done.stdout
