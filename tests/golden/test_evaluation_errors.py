"""What a person reads when an audit, its truth or a scores file cannot be laid side by side."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from syrupy.assertion import SnapshotAssertion

from truecrowd.surfaces.cli.entry import run

CASES: dict[str, Callable[[Path], list[str]]] = {}


def case(make: Callable[[Path], list[str]]) -> Callable[[Path], list[str]]:
    CASES[make.__name__] = make
    return make


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two simulated nights in `night` and `other`, and the audit of the first in `result`."""
    folder = tmp_path_factory.mktemp("made")
    for name, seed in (("night", 1), ("other", 2)):
        assert run(["simulate", "tiny", "--events", "6000", "--seed", str(seed), "--out", str(folder / name)]) == 0
    assert run(["audit", str(folder / "night/events.parquet"), "--out", str(folder / "result")]) == 0
    return folder


@case
def nothing_to_evaluate(_: Path) -> list[str]:
    return ["--truth", "night"]


@case
def no_truth_at_all(_: Path) -> list[str]:
    return ["result", "--truth", "nowhere"]


@case
def a_truth_of_another_night(folder: Path) -> list[str]:
    meta = json.loads((folder / "other/meta.json").read_text())
    meta["sha256"]["events.parquet"] = "0123456789abcdef" * 4
    (folder / "other/meta.json").write_text(json.dumps(meta))
    imports = folder / "result/tables/imports.parquet"
    rows = pq.read_table(imports)
    at = rows.schema.get_field_index("sha256")
    pq.write_table(rows.set_column(at, rows.schema.field(at), [["fedcba9876543210" * 4]]), imports)
    return ["result", "--truth", "other"]


@case
def a_changed_truth_table(folder: Path) -> list[str]:
    path = folder / "night/labels/rooms.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)
    return ["result", "--truth", "night"]


@case
def a_truth_table_that_is_gone(folder: Path) -> list[str]:
    (folder / "night/labels/guards.parquet").unlink()
    return ["result", "--truth", "night"]


@case
def a_meta_file_that_is_no_json(folder: Path) -> list[str]:
    (folder / "night/meta.json").write_text("{")
    return ["result", "--truth", "night"]


@case
def an_audit_without_a_table(folder: Path) -> list[str]:
    (folder / "result/tables/fleets.parquet").unlink()
    return ["result", "--truth", "night"]


@case
def a_folder_that_is_no_audit(folder: Path) -> list[str]:
    (folder / "empty").mkdir()
    return ["empty", "--truth", "night"]


@case
def an_audit_whose_name_no_truth_has(folder: Path) -> list[str]:
    (folder / "audits").mkdir()
    (folder / "result").rename(folder / "audits/high")
    (folder / "truths").mkdir()
    return ["audits", "--truth", "truths"]


@case
def events_that_are_not_those_of_the_truth(folder: Path) -> list[str]:
    (folder / "night/events.parquet").write_bytes((folder / "other/events.parquet").read_bytes())
    return ["result", "--truth", "night"]


@case
def scores_that_are_no_table(folder: Path) -> list[str]:
    (folder / "mine.csv").write_bytes(b"")
    return ["--truth", "night", "--scores", "mine.csv"]


@case
def scores_without_a_score(folder: Path) -> list[str]:
    (folder / "mine.csv").write_text("account_id,value\na,1\n")
    return ["--truth", "night", "--scores", "mine.csv"]


@case
def scores_of_strangers(folder: Path) -> list[str]:
    (folder / "mine.csv").write_text("account_id,score\nnobody,1\n")
    return ["--truth", "night", "--scores", "mine.csv"]


@case
def scores_that_are_words(folder: Path) -> list[str]:
    (folder / "mine.csv").write_text("account_id,score\nnobody,high\n")
    return ["--truth", "night", "--scores", "mine.csv"]


@case
def a_page_in_a_folder_that_is_a_file(folder: Path) -> list[str]:
    (folder / "page").write_text("")
    return ["result", "--truth", "night", "--html", "page/out.html"]


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_a_person_reads(
    name: str, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:  # fmt: skip
    shutil.copytree(made, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    arguments = CASES[name](tmp_path / "here")
    capsys.readouterr()

    code = run(["evaluate", *arguments])

    read = capsys.readouterr()
    assert (code, read.out) == (2, "")
    assert read.err == snapshot
