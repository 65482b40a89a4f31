"""The folder of an audit: whole or not at all, never over somebody else's files."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from truecrowd.errors import InputError
from truecrowd.schema import TABLES
from truecrowd.surfaces import output

MARK = b'{"n":1,"schema":"truecrowd.report/1"}\n'


def files(word: bytes = b"first") -> dict[str, bytes | pa.Table]:
    tables = {f"tables/{name}.parquet": table.empty() for name, table in TABLES.items()}
    return {"report.html": word, "report.json": MARK} | tables


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_new_folder_holds_every_file_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    output.write(tmp_path / "a" / "out", files())

    assert names(tmp_path / "a" / "out") == set(output.FILES)
    assert inside(tmp_path / "a") == ["out"]


def test_an_earlier_audit_is_replaced_as_a_whole(tmp_path: Path) -> None:
    output.write(tmp_path / "out", files(b"first"))

    output.write(tmp_path / "out", {"report.html": b"second", "report.json": MARK})

    assert names(tmp_path / "out") == {"report.html", "report.json"}
    assert (tmp_path / "out/report.html").read_bytes() == b"second"
    assert inside(tmp_path) == ["out"]


def test_equal_tables_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        output.write(tmp_path / name, files())

    assert all((tmp_path / "a" / n).read_bytes() == (tmp_path / "b" / n).read_bytes() for n in output.FILES)


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    output.write(tmp_path / "out", files())

    assert (tmp_path / "out/report.html").exists()


def inside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def put(name: str) -> Callable[[Path], None]:
    def make(out: Path) -> None:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(b"mine")

    return make


def put_link(out: Path) -> None:
    out.mkdir()
    (out / "report.html").symlink_to(out)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (put("notes.txt"), "notes.txt"),
        (put("tables/mine.parquet"), "tables/mine.parquet"),
        (put("report.html"), "report.html"),
        (put("report.json"), "report.json"),
        (put("demonstration/x"), "demonstration/x"),
        (put_link, "report.html"),
    ],
)
def test_a_folder_with_somebody_elses_file_is_refused_and_kept(
    tmp_path: Path, make: Callable[[Path], None], named: str
) -> None:
    make(tmp_path / "out")

    with pytest.raises(InputError, match=f"'{named}', which no audit wrote"):
        output.write(tmp_path / "out", files())

    assert inside(tmp_path) == ["out"]
    assert (tmp_path / "out" / named).is_symlink() or (tmp_path / "out" / named).read_bytes() == b"mine"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")

    with pytest.raises(InputError, match="there is a file of that name"):
        output.refuse(tmp_path / "out")


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "gone")

    with pytest.raises(InputError, match="there is a file of that name"):
        output.refuse(tmp_path / "out")


def test_a_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "night.csv").write_text("mine")

    with pytest.raises(InputError, match=r"'night\.csv' is a file"):
        output.refuse(tmp_path / "night.csv" / "out")


def test_the_folder_one_stands_in_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(InputError, match="it is where you are") as caught:
        output.refuse(Path())

    assert caught.value.fix == "name a folder inside it: --out out"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_without_rights_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(InputError, match="permission denied"):
        output.refuse(tmp_path / "out")


def test_rights_are_asked_of_the_nearest_folder_that_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda place, _: Path(place) != tmp_path)

    with pytest.raises(InputError, match="cannot be written: permission denied"):
        output.refuse(tmp_path / "a" / "b")


def test_a_full_disk_leaves_the_earlier_audit_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output.write(tmp_path / "out", files(b"first"))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="the disk is full; nothing was written"):
        output.write(tmp_path / "out", files(b"second"))

    assert (tmp_path / "out/report.html").read_bytes() == b"first"
    assert inside(tmp_path) == ["out"]


@pytest.mark.parametrize("at", range(4))
def test_an_interruption_at_any_move_leaves_one_whole_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    out = tmp_path / "out"
    output.write(out, files(b"first"))
    put("demo/recorded/report.html")(out)
    moves = 0
    move = Path.replace

    def replace(self: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves == at:
            raise KeyboardInterrupt
        move(self, target)
        if moves == 3 and at == 0:
            raise KeyboardInterrupt
        return target

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        output.write(out, files(b"second"))

    assert (out / "report.html").read_bytes() == (b"second" if at == 0 else b"first")
    assert (out / "demo/recorded/report.html").exists()
    assert inside(tmp_path) == ["out"]


def test_the_demo_in_the_same_folder_stays(tmp_path: Path) -> None:
    put("demo/recorded/report.html")(tmp_path / "out")

    output.write(tmp_path / "out", files(b"first"))
    output.write(tmp_path / "out", files(b"second"))

    assert (tmp_path / "out/demo/recorded/report.html").read_bytes() == b"mine"
    assert (tmp_path / "out/report.html").read_bytes() == b"second"


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real")

    output.write(tmp_path / "out", files())

    assert (tmp_path / "out").is_symlink()
    assert (tmp_path / "real/report.html").exists()


def test_one_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output.write_file(tmp_path / "page.html", b"first")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.EIO, "Input/output error")))

    with pytest.raises(InputError, match="input/output error"):
        output.write_file(tmp_path / "page.html", b"second")

    assert (tmp_path / "page.html").read_bytes() == b"first"
    assert inside(tmp_path) == ["page.html"]
