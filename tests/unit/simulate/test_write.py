import errno
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from truecrowd.errors import InputError
from truecrowd.simulate import TRUTH, Simulated, playing, simulate
from truecrowd.simulate import write as writing
from truecrowd.simulate.write import FILES, write


@pytest.fixture(scope="module")
def small() -> Simulated:
    return simulate("tiny", n_events=6_000)


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_file_is_written_and_nothing_beside_them(small: Simulated, tmp_path: Path):
    write(small, tmp_path / "out")

    assert set(files(tmp_path / "out")) == set(FILES)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_same_seed_same_bytes(small: Simulated, tmp_path: Path):
    write(small, tmp_path / "a")
    write(simulate("tiny", n_events=6_000), tmp_path / "b")

    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_other_seed_other_bytes(small: Simulated, tmp_path: Path):
    write(small, tmp_path / "a")
    write(simulate("tiny", seed=1, n_events=6_000), tmp_path / "b")

    mine, other = files(tmp_path / "a"), files(tmp_path / "b")
    assert all(mine[name] != other[name] for name in FILES)


def test_what_is_read_back_is_what_was_played(small: Simulated, tmp_path: Path):
    write(small, tmp_path)

    whole = small.whole()
    assert pq.read_table(tmp_path / "events.parquet").equals(whole.events)
    for name in TRUTH:
        assert pq.read_table(tmp_path / f"labels/{name}.parquet").equals(whole.truth[name])


def test_meta_tells_what_was_played(small: Simulated, tmp_path: Path):
    meta = write(small, tmp_path / "out")

    assert json.loads((tmp_path / "out/meta.json").read_text(encoding="utf-8"))["sha256"] == meta["sha256"]
    assert (meta["preset"], meta["world"], meta["seed"], meta["n_rooms"]) == ("tiny", "develop", 0, 2)
    assert meta["n_events"] == pq.read_metadata(tmp_path / "out/events.parquet").num_rows
    assert meta["priors"]["shown"]["online_multiple"] == small.world.shown.online_multiple


def test_an_earlier_simulation_is_replaced(small: Simulated, tmp_path: Path):
    write(simulate("tiny", seed=1, n_events=6_000), tmp_path / "out")

    write(small, tmp_path / "out")

    assert json.loads((tmp_path / "out/meta.json").read_text(encoding="utf-8"))["seed"] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_with_anything_else_is_refused(small: Simulated, tmp_path: Path):
    write(small, tmp_path / "out")
    (tmp_path / "out/notes.txt").write_text("mine", encoding="utf-8")
    before = files(tmp_path / "out")

    with pytest.raises(InputError, match=r"folder holds 'notes.txt'"):
        write(small, tmp_path / "out")

    assert files(tmp_path / "out") == before


@pytest.mark.parametrize("meta", ['{"made_by": "somebody"}', "[]", "no json"])
def test_files_of_the_same_names_by_somebody_else_are_refused(small: Simulated, tmp_path: Path, meta: str):
    (tmp_path / "meta.json").write_text(meta, encoding="utf-8")

    with pytest.raises(InputError, match="which no simulation wrote"):
        write(small, tmp_path)


def test_events_without_meta_are_refused(small: Simulated, tmp_path: Path):
    (tmp_path / "events.parquet").write_bytes(b"mine")

    with pytest.raises(InputError, match=r"folder holds 'events.parquet'"):
        write(small, tmp_path)


def test_a_file_in_the_way_is_refused(small: Simulated, tmp_path: Path):
    (tmp_path / "out").write_text("mine", encoding="utf-8")

    with pytest.raises(InputError, match="wanted a folder"):
        write(small, tmp_path / "out")


def test_a_full_disk_leaves_nothing_behind(small: Simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing.pq.ParquetWriter, "write_table", full)

    with pytest.raises(InputError, match="disk is full, nothing was kept"):
        write(small, tmp_path / "out")

    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_amid_the_events_leaves_the_earlier_simulation(
    small: Simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write(simulate("tiny", seed=1, n_events=6_000), tmp_path / "out")
    before = files(tmp_path / "out")
    monkeypatch.setattr(playing, "_BATCH_EVENTS", 2_000)
    n_written = 0
    write_table = pq.ParquetWriter.write_table

    def fills_up(writer: pq.ParquetWriter, table: object, **options: object) -> None:
        nonlocal n_written
        n_written += 1
        if n_written > 9:  # after the first chunk, which has rows for every table
            raise OSError(errno.ENOSPC, "No space left on device")
        write_table(writer, table, **options)

    monkeypatch.setattr(writing.pq.ParquetWriter, "write_table", fills_up)

    with pytest.raises(InputError, match="disk is full, nothing was kept"):
        write(small, tmp_path / "out")

    assert n_written == 10
    assert files(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_room_that_cannot_be_played_leaves_nothing_behind(small: Simulated, tmp_path: Path):
    broken = replace(small, plans=tuple(replace(plan, category="none such") for plan in small.plans))

    with pytest.raises(KeyError, match="none such"):
        write(broken, tmp_path / "out")

    assert list(tmp_path.iterdir()) == []


def test_a_failed_move_keeps_the_earlier_simulation(small: Simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(simulate("tiny", seed=1, n_events=6_000), tmp_path / "out")
    before = files(tmp_path / "out")
    replace = Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if path.name.endswith(".partial"):
            raise OSError(errno.EIO, "Input/output error")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(InputError, match="folder cannot be written: Input/output error"):
        write(small, tmp_path / "out")

    assert files(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_parent_that_is_a_file_is_an_error_with_a_fix(small: Simulated, tmp_path: Path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")

    with pytest.raises(InputError) as caught:
        write(small, tmp_path / "file/out")

    assert caught.value.fix == "choose another --out"
