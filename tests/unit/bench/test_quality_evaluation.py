"""A simulated night, audited, beside its truth; wrong folders and files are refused."""

import hashlib
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from truecrowd.bench.quality import evaluate
from truecrowd.bench.quality.cells import Cell
from truecrowd.bench.quality.evaluation import Evaluation
from truecrowd.bench.quality.truth import Index
from truecrowd.bench.quality.words import WORDS
from truecrowd.errors import ConfigError, InputError
from truecrowd.surfaces.cli.entry import run


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a simulation in `truth` and its audit in `audit`."""
    folder = tmp_path_factory.mktemp("night")
    assert run(["simulate", "tiny", "--events", "12000", "--seed", "1", "--out", str(folder / "truth")]) == 0
    assert run(["audit", str(folder / "truth/events.parquet"), "--out", str(folder / "audit")]) == 0
    return folder


@pytest.fixture(scope="module")
def measured(night: Path) -> Evaluation:
    return evaluate(night / "audit", night / "truth", with_rivals=True)


def scores_of(night: Path, *, wrong: bool = False) -> pa.Table:
    accounts = pq.read_table(night / "truth/labels/accounts.parquet")
    score = accounts["label"].cast(pa.float64())
    return pa.table(
        {
            "room_id": accounts["room_id"],
            "account_id": accounts["account_id"],
            "score": pc.negate(score) if wrong else score,
        }
    )


def cell_of(cells: tuple[Cell, ...], block: str, by: str, group: str, measure: str) -> Cell:
    (one,) = [c for c in cells if (c.block, c.by, c.group, c.measure) == (block, by, group, measure)]
    return one


@pytest.mark.parametrize(("wrong", "wanted"), [(False, 1.0), (True, 0.0)])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_scores_that_are_the_truth_are_perfect_and_their_opposite_is_not(
    night: Path, tmp_path: Path, suffix: str, wrong: bool, wanted: float
) -> None:
    file = tmp_path / f"other.{suffix}"
    table = scores_of(night, wrong=wrong)
    pa_csv.write_csv(table, file) if suffix == "csv" else pq.write_table(table, file)

    cells = evaluate(None, night / "truth", scores=file).cells

    assert cell_of(cells, "account", file.name, "any", "auc").value == wanted
    assert cell_of(cells, "account", file.name, "any", "recall_at_0.01").value == wanted


def test_scores_without_rooms_hold_in_every_room(night: Path, tmp_path: Path) -> None:
    file = tmp_path / "other.parquet"
    table = scores_of(night).drop_columns(["room_id"])
    pq.write_table(table, file)

    found = cell_of(evaluate(None, night / "truth", scores=file).cells, "account", file.name, "any", "auc")

    assert found.n == table.num_rows
    assert found.value == 1.0


def test_counts_are_those_of_the_truth(night: Path, measured: Evaluation) -> None:
    accounts = pq.read_table(night / "truth/labels/accounts.parquet")
    found = cell_of(measured.cells, "account", "p_manufactured", "any", "auc")

    assert found.n == accounts.num_rows
    assert found.n_positive == pc.sum(accounts["label"]).as_py()


def test_what_cannot_be_measured_is_named(measured: Evaluation) -> None:
    absent = {(one.block, one.group): one.note for one in measured.cells if one.value is None}

    assert absent["order", "any"] == "no_as_of"
    assert all(one.note for one in measured.cells if one.value is None)


def test_tables_that_hold_nothing_are_named(night: Path, tmp_path: Path) -> None:
    shutil.copytree(night / "audit", tmp_path / "audit")
    for name in ("fleets", "shares", "alarms"):
        path = tmp_path / f"audit/tables/{name}.parquet"
        pq.write_table(pq.read_table(path).slice(0, 0), path)

    cells = evaluate(tmp_path / "audit", night / "truth").cells

    absent = {(one.block, one.group): one.note for one in cells if one.value is None}
    assert absent["fleet", "any"] == "no_fleets"
    assert absent["share", "viewers"] in ("not_estimated", "no_lower_bound")
    assert absent["alarm", "any"] == "no_alarms"


def test_every_block_has_a_cell(measured: Evaluation) -> None:
    wanted = {
        "room",
        "account",
        "order",
        "product",
        "role",
        "budget",
        "guard",
        "fairness",
        "fleet",
        "share",
        "calibration",
    }

    assert wanted | {"findings", "alarm"} <= {one.block for one in measured.cells}


def test_a_folder_of_audits_is_set_beside_a_folder_of_truths(night: Path, tmp_path: Path) -> None:
    for part in ("low", "high"):
        shutil.copytree(night / "truth", tmp_path / "truth" / part)
    shutil.copytree(night / "audit", tmp_path / "audits" / "low")

    result = evaluate(tmp_path / "audits", tmp_path / "truth")

    assert set(result.parts) == {"low", "high"}
    assert {one.part for one in result.cells} == {"low", "high"}
    (unseen,) = [one for one in result.cells if one.part == "high"]
    assert unseen.note == "not_audited"
    assert any(line.startswith("low: ") for line in result.lines("en"))


def test_one_truth_may_be_about_several_records(night: Path, tmp_path: Path) -> None:
    shutil.copytree(night / "truth", tmp_path / "truth")
    meta = json.loads((tmp_path / "truth/meta.json").read_text())
    known = meta["sha256"].pop("events.parquet")
    meta["sha256"] |= {"events.parquet": "0" * 64, "no_leaves.parquet": known}
    (tmp_path / "truth/meta.json").write_text(json.dumps(meta))
    (tmp_path / "truth/events.parquet").unlink()
    shutil.copytree(night / "audit", tmp_path / "audits" / "no_leaves")

    result = evaluate(tmp_path / "audits", tmp_path / "truth")

    assert set(result.parts) == {"no_leaves"}


def test_an_audit_without_a_truth_of_its_name_is_refused(night: Path, tmp_path: Path) -> None:
    shutil.copytree(night / "audit", tmp_path / "audits" / "mid")
    (tmp_path / "truth").mkdir()

    with pytest.raises(InputError, match="there is no truth for the audit 'mid'"):
        evaluate(tmp_path / "audits", tmp_path / "truth")


def test_honest_findings_are_counted_per_thousand_rooms(night: Path, measured: Evaluation) -> None:
    findings = pq.read_table(night / "audit/tables/findings.parquet")
    rooms = pq.read_table(night / "truth/labels/rooms.parquet")
    honest = rooms.filter(pc.invert(rooms["dirty"]))["room_id"].cast(pa.string())
    n = pc.sum(pc.is_in(findings["room_id"], value_set=honest.combine_chunks())).as_py() or 0

    found = cell_of(measured.cells, "findings", "findings", "any", "per_1000_honest_rooms")

    assert found.value == n * 1_000 / len(honest)


def test_every_rule_speaks_at_its_level(measured: Evaluation) -> None:
    levels: dict[str, set[str]] = {}
    for one in measured.cells:
        if one.by.startswith("rule:"):
            levels.setdefault(one.by.removeprefix("rule:"), set()).add(one.block)

    both = {"room", "account"}
    midas = {f"after_midas_{column}": both for column in ("account_id", "asn", "device_model")}
    rooms = {"duplicate_share": {"room"}, "refund_rate": {"room"}}
    assert levels == midas | rooms | {"shopee_rule": {"order"}, "same_text_5_in_10s": both, "flock_style": both}


def test_the_same_files_give_the_same_document(night: Path, measured: Evaluation) -> None:
    again = evaluate(night / "audit", night / "truth", with_rivals=True)

    assert json.dumps(again.document(), allow_nan=False) == json.dumps(measured.document(), allow_nan=False)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_has_every_block(measured: Evaluation, lang: str) -> None:
    lines = measured.lines(lang)

    assert {WORDS[lang][one.block] for one in measured.cells} <= set(lines)


def test_the_table_shows_three_regions_and_says_how_many_more(measured: Evaluation) -> None:
    lines = measured.lines("en")

    assert sum("watch or above  region R" in line for line in lines) == 3
    n = sum(one.group.startswith("region ") for one in measured.cells)
    assert f"  {n - 6} more regions in --html and --json" in lines


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["en"].keys() == WORDS["zh"].keys()


def test_the_command_prints_one_document(night: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["evaluate", str(night / "audit"), "--truth", str(night / "truth"), "--json"])

    assert code == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "truecrowd.evaluation/1"


def test_the_command_prints_a_table(night: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["evaluate", str(night / "audit"), "--truth", str(night / "truth"), "--lang", "zh"])

    assert code == 0
    assert WORDS["zh"]["account"] in capsys.readouterr().out


def test_truth_of_another_night_is_refused(night: Path, tmp_path: Path) -> None:
    run(["simulate", "tiny", "--events", "6000", "--seed", "2", "--out", str(tmp_path / "other")])

    with pytest.raises(InputError, match="the audit read events with SHA-256") as caught:
        evaluate(night / "audit", tmp_path / "other")

    assert "truecrowd audit" in caught.value.fix


def test_a_changed_truth_table_is_refused(night: Path, tmp_path: Path) -> None:
    shutil.copytree(night / "truth", tmp_path / "truth")
    path = tmp_path / "truth/labels/accounts.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)

    with pytest.raises(InputError, match=r"labels/accounts\.parquet is not the file"):
        evaluate(night / "audit", tmp_path / "truth")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (None, "'meta.json' cannot be read"),
        ("{", "is not JSON"),
        ("{}", "does not hold the SHA-256"),
        ('{"sha256": {"events.parquet": "00"}}', r"labels/accounts\.parquet cannot be read"),
    ],
)
def test_a_folder_without_truth_is_refused(tmp_path: Path, text: str | None, what: str) -> None:
    if text is not None:
        (tmp_path / "meta.json").write_text(text)

    with pytest.raises(InputError, match=what):
        evaluate(None, tmp_path, scores=tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("account_id\na\n", "column 'score' is missing"),
        ("account_id,score\na,high\n", "column 'score' holds text"),
        ("account_id,score\na,nan\n", "1 scores are empty or not finite"),
        ("account_id,score\na,1\n", "no account of the file is in the truth"),
        ("", "the scores cannot be read"),
    ],
)
def test_a_useless_scores_file_is_refused(night: Path, tmp_path: Path, text: str, what: str) -> None:
    file = tmp_path / "other.csv"
    file.write_text(text)

    with pytest.raises(InputError, match=what):
        evaluate(None, night / "truth", scores=file)


def test_a_folder_that_is_no_audit_is_refused(night: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tables/scores\.parquet cannot be read"):
        evaluate(tmp_path, night / "truth")


def test_nothing_to_evaluate_is_refused(night: Path) -> None:
    with pytest.raises(ConfigError, match="there is nothing to evaluate"):
        evaluate(None, night / "truth")


def test_evaluating_changes_no_file(night: Path) -> None:
    def digests() -> dict[str, str]:
        files = [path for path in night.rglob("*") if path.is_file()]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    before = digests()
    evaluate(night / "audit", night / "truth")

    assert digests() == before


def test_rows_are_found_by_both_keys() -> None:
    index = Index(pa.chunked_array([["r1", "r1", "r2"]]), pa.chunked_array([["a", "b", "a"]]))

    found = index.find(pa.chunked_array([["r2", "r1", "r2", None]]), pa.chunked_array([["a", "b", "b", "a"]]))

    assert found.tolist() == [2, 1, -1, -1]
