"""Check that every link inside README and docs leads to a file, and to a heading where it names one."""

import re
import subprocess
import sys
import unicodedata
from pathlib import Path

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)


def pages() -> list[Path]:
    """Return every Markdown page that is tracked or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z", "--", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return sorted(ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists())


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, spelt as the common hosting sites do."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return {anchor(heading) for heading in HEADING.findall(text)}


def anchor(heading: str) -> str:
    """Return one heading's anchor: lower case, letters, digits, hyphens, spaces to hyphens."""
    kept = (c for c in heading.lower() if c in "-_ " or unicodedata.category(c)[0] in "LN")
    return "".join(kept).replace(" ", "-")


def broken(page: Path) -> list[str]:
    """Return one line for each link of the page that leads nowhere."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    lines = []
    for target in (a or b for a, b in LINK.findall(text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        leads_to = (page.parent / path).resolve() if path else page
        if not leads_to.exists():
            lines.append(f"{page.relative_to(ROOT)}: '{target}' leads to no file")
        elif heading and heading not in anchors(leads_to):
            lines.append(f"{page.relative_to(ROOT)}: '{target}' leads to no heading")
    return lines


def main() -> int:
    """Print every broken link; return 1 if there is one."""
    lines = [line for page in pages() for line in broken(page)]
    for line in lines:
        print(line, file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
