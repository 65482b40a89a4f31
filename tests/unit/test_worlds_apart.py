"""Code that learns never reaches the world kept for judging: neither by import, nor by name, nor by its command."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from truecrowd.surfaces.cli.entry import cli, run

SRC = Path(__file__).parents[2] / "src" / "truecrowd"
LEARNING = ("detectors", "features", "fleets", "reference", "verdict", "engine", "stream")
"""Packages whose constants, references and models come from data; also every module with train or tune in its name."""
MAY_BE_NAMED = {"for_training", "FOR_TRAINING"}
"""What learning code may take from `simulate.worlds`: that function refuses the world kept for judging."""
KEPT = "report"


def learning_files() -> list[Path]:
    return sorted(
        path
        for path in SRC.rglob("*.py")
        if path.relative_to(SRC).parts[0].removesuffix(".py") in LEARNING or is_trainer(path)
    )


def is_trainer(path: Path) -> bool:
    return any(word in path.stem for word in ("train", "tune", "fit")) and "simulate" not in path.parts


def breaches(source: str) -> Iterator[str]:
    """What in a module would let it learn from the world kept for judging."""
    tree = ast.parse(source)
    asks = any(
        isinstance(node, ast.Call) and ast.unparse(node.func).endswith("for_training") for node in ast.walk(tree)
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("truecrowd.simulate"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("truecrowd"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names if is_way_round(node.module, alias.name))
        elif isinstance(node, ast.keyword) and node.arg == "world" and not is_checked(node.value, asks=asks):
            yield f"world={ast.unparse(node.value)}"
        elif isinstance(node, ast.Constant) and node.value == "truecrowd.simulate.world_report":
            yield str(node.value)


def is_way_round(module: str | None, name: str) -> bool:
    whole = f"{module}.{name}"
    if module in ("truecrowd.simulate", "truecrowd.simulate.worlds"):
        return name not in MAY_BE_NAMED | {"simulate"}
    return whole == "truecrowd.simulate" or (module or "").startswith("truecrowd.simulate.world")


def is_checked(value: ast.expr, *, asks: bool) -> bool:
    """Whether a world's name is one of those that may be learnt from, or the module asks `for_training` about names."""
    return value.value in ("develop", "tune") if isinstance(value, ast.Constant) else asks


@pytest.mark.parametrize("path", learning_files(), ids=lambda path: str(path.relative_to(SRC)))
def test_learning_code_has_no_way_to_the_world_kept_for_judging(path: Path) -> None:
    assert list(breaches(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "import truecrowd.simulate.world_report",
        "from truecrowd import simulate",
        "from truecrowd.simulate.world_report import REPORT",
        "from truecrowd.simulate import WORLDS",
        "from truecrowd.simulate.worlds import WORLDS",
        "simulate('tiny', world='report')",
        "simulate('tiny', world=name)",
        "for_training(name); simulate('tiny', world='report')",
        "import_module('truecrowd.simulate.world_report')",
    ],
)
def test_each_way_round_is_seen(source: str) -> None:
    assert list(breaches(source)) != []


@pytest.mark.parametrize(
    "source",
    [
        "from truecrowd.simulate import for_training, simulate\nsimulate('tiny', world=for_training(name).name)",
        "from truecrowd.simulate import for_training, simulate\nfor_training(name)\nsimulate('tiny', world=name)",
        "simulate('tiny', world='develop')",
    ],
)
def test_the_right_way_is_let_through(source: str) -> None:
    assert list(breaches(source)) == []


def test_a_verdict_is_reached_without_loading_the_worlds() -> None:
    modules = [f"truecrowd.{name}" for name in LEARNING if (SRC / name).is_dir() or (SRC / f"{name}.py").exists()]
    program = f"import sys, {', '.join(modules)}; print([m for m in sys.modules if 'simulate' in m])"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.skipif("train" not in cli.commands, reason="there is no such command yet")
def test_the_command_that_trains_refuses_the_world_kept_for_judging(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["train", "--world", KEPT])

    assert code == 2
    assert "may not be trained on" in capsys.readouterr().err
