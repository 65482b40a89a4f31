"""Programs are called without a shell, and what they say or write wrongly becomes the reason of their cell."""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from truecrowd.bench.peers_quality import programs, tensors
from truecrowd.bench.peers_quality.midas import run as midas_run
from truecrowd.bench.peers_quality.peer import Features, Material
from truecrowd.bench.quality.rivals import Seen
from truecrowd.bench.quality.truth import Index, Labelled, Truth, codes
from truecrowd.errors import ConfigError, InputError

MIDAS = """
import sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
rows = [line.split(",") for line in open(given["-i"])]
open(given["-o"], "w").writelines(f"{int(row[2]) * 10}\\n" for row in rows[: len(rows) - int(given.get("-b", 0))])
"""
JAVA = """
import sys, pathlib
tuples, blocks = sys.argv[6:8]
assert sys.argv[8:] == ["3", "geo", "2"], sys.argv
account, room, slot, n = open(tuples).readline().strip().split(",")
pathlib.Path(blocks, "block_1.attributes").write_text(f"0,{account}\\n1,{room}\\n2,{slot}\\n")
"""


def script(folder: Path, text: str) -> Path:
    path = folder / "program"
    path.write_text(f"#!{sys.executable}\n{text}", encoding="utf-8")
    path.chmod(0o755)
    return path


def material(folder: Path, **given: Path) -> Material:
    table = pa.table({"room_id": ["r", "r", "q"], "account_id": ["a", "b", "b"]})
    n, rooms = table.num_rows, pa.table({"room_id": ["r", "q"]})
    blank = np.zeros(n, bool)
    accounts = Labelled(
        Index(table["room_id"], table["account_id"]), {"any": blank}, ~blank, np.arange(n), np.arange(n), table
    )
    by_room = Labelled(Index(rooms["room_id"]), {"any": blank[:2]}, ~blank[:2], np.arange(2), np.arange(2), rooms)
    events = pa.table({"room_id": ["r", "r", "q"], "account_id": pa.chunked_array([["a", "b", "b"]])})
    room = by_room.index.find(events["room_id"])
    seen = Seen(np.array([0.0, 61.0, 130.0]), pa.array(["join"] * n), room, codes(events["account_id"]), events)
    truth = Truth({}, {}, by_room, accounts, accounts, accounts, folder)
    return Material(truth, seen, Features((), np.zeros((n, 0))), {}, given, folder)


@pytest.mark.parametrize(
    ("text", "error"), [("midsa=x", ConfigError), ("midas", ConfigError), ("mzoom=no/file", InputError)]
)
def test_a_peer_that_cannot_be_is_refused_before_anything_runs(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        programs.parsed([text])


def test_a_path_is_kept_by_the_name_of_its_peer(tmp_path: Path) -> None:
    path = script(tmp_path, "")

    assert programs.parsed([f"midas={path}"]) == {"midas": path.resolve()}


def test_each_account_and_room_has_the_highest_score_of_its_edges(tmp_path: Path) -> None:
    found = midas_run("midas")(
        material(tmp_path, midas=script(tmp_path, MIDAS)), {"column": "account_id", "tick_s": 60.0}
    )

    assert found["account"].tolist() == [10.0, 20.0, 30.0]  # ticks from 1
    assert found["room"].tolist() == [20.0, 30.0]


def test_too_few_scores_are_no_result(tmp_path: Path) -> None:
    given = material(tmp_path, midas=script(tmp_path, MIDAS))

    with pytest.raises(RuntimeError, match="2 scores for 3 edges"):
        midas_run("midas")(given, {"column": "account_id", "tick_s": 60.0, "buckets": 1})


def test_a_failing_program_gives_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="exit code 3: out of luck"):
        programs.ran([script(tmp_path, "import sys; print('out of luck', file=sys.stderr); sys.exit(3)")], tmp_path)


def test_a_file_that_cannot_be_run_says_so(tmp_path: Path) -> None:
    path = tmp_path / "plain"
    path.write_text("no program", encoding="utf-8")

    with pytest.raises(RuntimeError, match="could not be run"):
        programs.ran([path], tmp_path)


def test_an_account_scores_where_its_block_holds_it_and_its_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = script(tmp_path, JAVA)
    monkeypatch.setattr(tensors, "java", lambda: str(launcher))
    setting = {"density": "geo", "n_blocks": 2, "slot_s": 3_600.0}

    found = tensors.run("mzoom", "mzoom.MZoom")(material(tmp_path, mzoom=tmp_path / "x.jar"), setting)

    assert found["account"].tolist() == [2.0, 0.0, 0.0]
    assert found["fleet"][0] == 0.0
    assert np.isnan(found["fleet"][1:]).all()


def test_without_java_a_jar_cannot_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensors, "java", lambda: None)

    with pytest.raises(RuntimeError, match="java is not installed"):
        tensors.run("mzoom", "mzoom.MZoom")(
            material(tmp_path, mzoom=tmp_path), {"density": "geo", "n_blocks": 2, "slot_s": 60.0}
        )
