import json
from pathlib import Path

import pytest

from truecrowd.reference.reference import named, read
from truecrowd.simulate import simulate
from truecrowd.simulate.write import write
from truecrowd.surfaces.cli.entry import run


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("nights") / "nights"
    write(simulate("guards", world="develop", seed=3, n_events=40_000), out)
    return out / "events.parquet"


def test_a_reference_of_own_rooms_names_itself_and_can_be_used(
    nights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)

    assert run(["reference", "build", str(nights), "--out", "ours.json"]) == 0
    made = json.loads(Path("ours.json").read_text(encoding="utf-8"))
    assert run(["audit", str(nights), "--reference", "ours.json", "--out", "report"]) == 0

    assert made["is_simulated"] is False
    assert made["n_rooms"] >= 10
    assert made["name"] in Path("report/report.json").read_text(encoding="utf-8")
    assert made["name"] in capsys.readouterr().out


def test_the_same_rooms_give_the_same_reference(nights: Path, tmp_path: Path):
    for name in ("one.json", "two.json"):
        run(["reference", "build", str(nights), "--out", str(tmp_path / name)])

    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_a_reference_that_expects_much_less_is_not_replaced(
    nights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "ours.json"
    run(["reference", "build", str(nights), "--out", str(out)])
    own = read(out.read_text(encoding="utf-8"), where="ours")
    strict = {name: edge / 10 for name, edge in own.edges.items()}
    before = named("own", own.made, own.scores, strict, n_rooms=own.n_rooms, is_simulated=False).text()
    out.write_text(before, encoding="utf-8")

    code = run(["reference", "build", str(nights), "--out", str(out)])

    assert code == 2
    assert "would excuse more: the edge of" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == before


def test_the_shipped_reference_says_that_it_is_simulated(capsys: pytest.CaptureFixture[str]):
    assert run(["reference", "show"]) == 0

    assert "made of simulated rooms" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["{}", "not JSON"])
def test_a_file_that_is_no_reference_is_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "x.json").write_text(text, encoding="utf-8")

    code = run(["reference", "show", str(tmp_path / "x.json")])

    assert code == 2
    assert "truecrowd reference build" in capsys.readouterr().err


def test_too_few_rooms_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write(simulate("tiny", world="develop", seed=1, n_events=6_000), tmp_path / "tiny")

    code = run(["reference", "build", str(tmp_path / "tiny/events.parquet"), "--out", str(tmp_path / "r.json")])

    assert code == 2
    assert "wanted 10 or more" in capsys.readouterr().err
    assert not (tmp_path / "r.json").exists()
