"""The simulator is blind to detectors: it may know the tables and the errors, and nothing else of this package."""

import ast
import sys
from pathlib import Path

import pytest

import truecrowd.simulate

FILES = sorted(Path(truecrowd.simulate.__file__).parent.glob("*.py"))
ALLOWED = {"truecrowd.schema", "truecrowd.errors", "numpy", "pyarrow"}
TOUCH_DISK = {"pathlib", "os", "shutil", "io", "tempfile"}


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            found |= (
                {f"{node.module}.{alias.name}" for alias in node.names}
                if node.module == "truecrowd"
                else {node.module or ""}
            )
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_only_schema_and_errors_are_imported(path: Path):
    for name in imported(path):
        is_own = name == "truecrowd.simulate" or name.startswith("truecrowd.simulate.")
        is_plain = name.split(".")[0] in sys.stdlib_module_names
        assert is_own or is_plain or name in ALLOWED or name.split(".")[0] in ALLOWED, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_only_write_touches_the_disk(path: Path):
    used = {name.split(".")[0] for name in imported(path)} & TOUCH_DISK | imported(path) & {"pyarrow.parquet"}

    assert path.name == "write.py" or not used


def test_there_is_something_to_look_at():
    assert {"write.py", "presets.py", "world_develop.py"} <= {path.name for path in FILES}
