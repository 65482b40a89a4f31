"""Write what every command's --help says into docs/reference/commands.md; `--check` only compares."""

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "commands.md"
TRUECROWD = Path(sys.executable).parent / "truecrowd"
HELP = re.compile(r"(<!-- help: ?(?P<command>[a-z]*) -->\n)```text\n.*?^```$", re.MULTILINE | re.DOTALL)


def filled(page: str) -> str:
    """Return the page with the block after each `<!-- help: NAME -->` replaced by what that command prints."""
    return HELP.sub(lambda found: f"{found[1]}```text\n{help_of(found['command'])}```", page)


def help_of(command: str) -> str:
    """Return the help of one command (of the whole for ""), 100 columns wide."""
    environment = {**os.environ, "COLUMNS": "100", "LANG": "C.UTF-8"}
    arguments = [TRUECROWD, *([command] if command else []), "--help"]
    return subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True).stdout


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` return 1 where it is not what would be written."""
    before = PAGE.read_text(encoding="utf-8")
    after = filled(before)
    if "--check" not in arguments:
        PAGE.write_text(after, encoding="utf-8")
    elif before != after:
        print("docs/reference/commands.md is not what --help says\n  fix:   make docs-write", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
