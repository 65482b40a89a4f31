"""The house keeps its own rules: locks, versions, paths, sizes, import contracts, words of the tables."""

import ast
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "truecrowd"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(r"^([a-z0-9-]+)==([^ ;]+)( ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
NOTE = re.compile(r"^    #( via|   )[ a-zA-Z0-9.:()-]*$")


def pins(lock: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if match := PIN.match(line):
            found.setdefault(match[1], set()).add(match[2])
    return found


def group(name: str) -> list[str]:
    lines: list[str] = []
    for item in PROJECT["dependency-groups"][name]:
        lines += [item] if isinstance(item, str) else group(item["include-group"])
    return lines


def tracked() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(name: str) -> str:
    data = (ROOT / name).read_bytes()
    return "" if b"\0" in data[:8000] else data.decode("utf-8", errors="replace")


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and lines of each function, its docstring and decorators not counted."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            has_docstring = ast.get_docstring(node) is not None
            docstring = first.end_lineno - first.lineno + 1 if has_docstring else 0
            yield f"{path.relative_to(ROOT)}:{node.name}", node.end_lineno - node.lineno + 1 - docstring


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_hashed_pins_and_nothing_else(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()

    strangers = [line for line in lines if not (PIN.match(line) or HASH.match(line) or NOTE.match(line))]

    assert strangers == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_followed_by_a_hash(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()

    bare = [
        line for line, after in zip(lines, [*lines[1:], ""], strict=True) if PIN.match(line) and not HASH.match(after)
    ]

    assert bare == []


@pytest.mark.parametrize(("lock", "group_name"), [("requirements.txt", "build"), ("requirements-dev.txt", "dev")])
def test_a_lock_pins_what_pyproject_asks_for(lock: str, group_name: str) -> None:
    locked = pins(lock)
    wanted = [Requirement(line) for line in [*PROJECT["project"]["dependencies"], *group(group_name)]]

    wrong = [
        str(asked)
        for asked in wanted
        if not any(
            asked.specifier.contains(version) for version in locked.get(asked.name.replace("_", "-").lower(), ())
        )
    ]

    assert wrong == []


def test_both_locks_pin_the_same_versions() -> None:
    base, dev = pins("requirements.txt"), pins("requirements-dev.txt")

    assert {name: dev.get(name) for name in base} == base


def test_version_stands_in_pyproject_alone() -> None:
    version = PROJECT["project"]["version"]
    states_it = re.compile(rf"version\W{{1,6}}{re.escape(version)}")
    skipped = ("pyproject.toml", "CHANGELOG.md", *LOCKS)

    repeats = [n for n in tracked() if n not in skipped and not n.startswith("tests/") and states_it.search(text_of(n))]

    assert repeats == []


def test_tracked_files_name_no_machine_path_and_no_registry() -> None:
    path = re.compile(r"(?<![\w./~*$}-])/(?:root|work|tmp|home/\w+|Users/\w+|opt)/\w")
    host = re.compile(
        r"pypi\.[o]rg|python[h]osted|crates\.[i]o|npmjs\.[c]om|repo1?\.maven|proxy\.[g]olang|deb\.[d]ebian"
    )

    named = [
        f"{name}: {found[0]}"
        for name in tracked()
        for found in [path.search(text_of(name)) or host.search(text_of(name))]
        if found
    ]

    assert named == []


def test_source_files_have_at_most_500_lines() -> None:
    long = [
        str(p.relative_to(ROOT)) for p in SRC.rglob("*.py") if len(p.read_text(encoding="utf-8").splitlines()) > 500
    ]

    assert long == []


def test_functions_have_at_most_40_lines() -> None:
    paths = [path for path in SRC.rglob("*.py") if "kernels" not in path.parts]

    long = [f"{name} has {lines}" for path in paths for name, lines in functions(path) if lines > 40]

    assert long == []


def test_no_two_test_files_have_one_name() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]

    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_every_package_has_its_place_in_the_import_contract() -> None:
    contract = next(c for c in PROJECT["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    placed = {name.strip("() ") for layer in contract["layers"] for name in layer.split("|")}

    here = {p.stem for p in SRC.glob("*.py") if p.stem != "__init__"}
    here |= {p.parent.name for p in SRC.glob("*/*.py")}

    assert here - placed == set()
    assert contract["exhaustive"]


def test_pages_of_tables_are_what_the_schema_says() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "tables_doc.py"))

    assert script["main"](["--check"]) == 0


def test_page_of_commands_is_what_help_says() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "commands_doc.py"))

    assert script["main"](["--check"]) == 0


def test_every_word_in_tables_toml_has_its_column() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "tables_doc.py"))
    words = tomllib.loads((ROOT / "docs/reference/tables.toml").read_text(encoding="utf-8"))
    tables = {table.name: table for table in (script["schema"].EVENTS, *script["schema"].TABLES.values())}
    columns = {name: {column for column, _ in table.columns} for name, table in tables.items()}

    strangers = [
        f"{table}.{word}"
        for table, meanings in words.items()
        if table not in ("page", "any")
        for word in meanings
        if word not in columns[table] | {"row", "row_number"}
    ]

    assert strangers == []


def test_links_in_the_docs_lead_somewhere(capsys: pytest.CaptureFixture[str]) -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "check_links.py"))

    assert script["main"]() == 0, capsys.readouterr().err


def test_changelog_lines_are_filed_under_a_kind_that_exists() -> None:
    kinds = {kind["directory"] for kind in PROJECT["tool"]["towncrier"]["type"]}

    wrong = [p.name for p in (ROOT / "changelog.d").glob("[0-9]*.md") if p.name.split(".")[-2] not in kinds]

    assert wrong == []


def test_find_python_says_what_it_found_and_how_to_fix_it(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ncase "$2" in *print*) echo cpython 3.9.18;; *) exit 1;; esac\n', encoding="utf-8")
    old.chmod(0o755)

    run = subprocess.run(["sh", ROOT / "scripts/find_python", old], capture_output=True, text=True, check=False)

    assert run.returncode == 2
    assert run.stdout == ""
    what, where, fix = run.stderr.splitlines()
    assert what == f"no CPython 3.11 or newer that can make a virtual environment; found {old} (cpython 3.9.18)"
    assert where == "  where: PATH"
    assert fix.startswith("  fix:   install Python 3.11")


@pytest.mark.parametrize(("line", "passes"), [("x = 1\n", True), ("x=1\n", False), ("import os\n", False)])
def test_the_commit_hook_lets_only_clean_files_pass(tmp_path: Path, line: str, passes: bool) -> None:
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/ruff").symlink_to(Path(sys.executable).parent / "ruff")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "a.py").write_text(line, encoding="utf-8")
    subprocess.run(["git", "add", "a.py"], cwd=tmp_path, check=True)

    run = subprocess.run(["sh", ROOT / ".githooks/pre-commit"], cwd=tmp_path, capture_output=True, check=False)

    assert (run.returncode == 0) == passes, run.stderr


@pytest.mark.skipif(os.environ.get("CI") != "true", reason="only CI promises a browser")
def test_ci_never_skips_the_tests_that_open_a_page() -> None:
    assert shutil.which("chromium")
