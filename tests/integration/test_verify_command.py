"""`truecrowd verify` and `verify.py` alone: exit codes, what is imported, and that nobody is named."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sealed_case import PAGE, Made, make

from truecrowd.evidence import verify
from truecrowd.surfaces.cli.entry import run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    found = make(tmp_path_factory.mktemp("log"))
    (found.folder / "r1.case").write_bytes(found.sealed())
    (found.folder / "trust").write_bytes(found.trust)
    return found


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = run(["verify", *map(str, arguments)])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_exits_are_those_of_the_contract(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    case, trust, folder = made.folder / "r1.case", made.folder / "trust", made.folder
    broken = folder / "broken.case"
    broken.write_bytes(case.read_bytes()[:-1])
    (folder / "page.html").write_bytes(PAGE)
    waived = [part for name in ("witnesses", "history", "time") for part in ("--waive", name)]

    assert told(capsys, case, "--trust", trust)[0] == 3
    assert told(capsys, case, "--trust", trust, *waived)[0] == 0
    assert told(capsys, broken, "--trust", trust, *waived)[0] == 1
    assert told(capsys, folder / "page.html")[0] == 3
    assert told(capsys, folder / "none.case")[0] == 2
    assert told(capsys, case, "--trust", case)[0] == 2
    assert told(capsys, case, "--trust", folder / "none")[0] == 2
    assert told(capsys, case, "--trust", folder / "log" / "checkpoint")[0] == 2
    assert told(capsys, case, "--head", trust)[0] == 2
    assert told(capsys, case, "--trust", trust, *waived, "--replay")[0] == 3


def test_both_languages_say_the_same_worst_first(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    case, trust = made.folder / "r1.case", made.folder / "trust"

    english = told(capsys, case, "--trust", trust, "--lang", "en")[1].splitlines()
    chinese = told(capsys, case, "--trust", trust, "--lang", "zh")[1].splitlines()

    assert len(english) == len(chinese)
    assert english[0] == "not checked: witnesses  0 independent witnesses: the operator could show two histories"
    assert chinese[0] == "未检查: 见证  0 个独立见证人：运营者可能出示两份历史"
    assert [line.split(":")[0] for line in english] == sorted([line.split(":")[0] for line in english])


def test_one_document_says_it_for_programs(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = told(capsys, made.folder / "r1.case", "--trust", made.folder / "trust", "--json", "--waive", "time")

    said = json.loads(out)

    assert (said["schema"], said["exit"], said["partial"], said["waived"]) == ("truecrowd.verify/1", 3, True, ["time"])
    assert {tuple(row) for row in said["checks"]} == {("check", "subject", "state", "why", "fix")}
    assert [row["check"] for row in said["checks"]] == verify.CHECKS


def test_alone_it_says_the_same_and_needs_nothing_but_python(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [str(made.folder / "r1.case"), "--trust", str(made.folder / "trust"), "--json"]
    alone = subprocess.run(
        [sys.executable, "-I", "-S", verify.__file__, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=os.sep,
    )

    assert alone.returncode == 3
    assert json.loads(alone.stdout) == json.loads(told(capsys, *arguments)[1])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [([], 2), (["none"], 2), (["r1.case", "--trust", "log/checkpoint"], 2), (["r1.case", "--head", "trust"], 2)],
)
def test_alone_it_refuses_what_cannot_be_used(made: Made, arguments: list[str], code: int) -> None:
    run_ = subprocess.run(
        [sys.executable, "-I", "-S", verify.__file__, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=made.folder,
    )

    assert (run_.returncode, run_.stdout) == (code, "")
    assert run_.stderr


def test_verify_loads_neither_arrow_nor_compilers(made: Made) -> None:
    code = "import sys; from truecrowd.surfaces.cli.entry import run; run(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    shown = subprocess.run(
        [sys.executable, "-c", code, "verify", str(made.folder / "r1.case"), "--trust", str(made.folder / "trust")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    loaded = {name.split(".")[0] for name in shown.stderr.split()}

    assert loaded & {"pyarrow", "numba", "numpy", "polars", "jinja2", "rich", "cryptography"} == set()


HOSTILE = {
    "deep JSON": lambda files: files | {"log/proofs/0.tlog-proof": b"c2sp.org/tlog-proof@v1\nextra " + b"W1tb" * 10_000 + b"\nindex 0\n\nx"},
    "a huge index": lambda files: files | {"log/proofs/0.tlog-proof": files["log/proofs/0.tlog-proof"].replace(b"index 0", b"index " + b"9" * 5000)},
    "a million lines": lambda files: files | {"log/checkpoint": b"\n" * 1_000_000},
    "a thousand million records": lambda files: {
        name: body[:20] + b"\x3b\x9a\xca\x00" + body[24:] if name.endswith(".records") else body for name, body in files.items()
    },
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_case_files_fail_within_limits(made: Made, tmp_path: Path, name: str) -> None:
    (tmp_path / "bad.case").write_bytes(made.packed(HOSTILE[name](made.case())))
    code = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_AS, (400 << 20,) * 2)\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (10, 10)); sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')"
    )

    shown = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, verify.__file__, str(tmp_path / "bad.case"), "--trust", str(made.folder / "trust")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (shown.returncode, shown.stderr) == (1, "")
