"""Folders of disputes: the same bytes for the same seed, and never a part of them."""

import errno
import hashlib
import json
from pathlib import Path

import pytest

from truecrowd.errors import ConfigError, InputError
from truecrowd.simulate import disputes, simulate
from truecrowd.simulate import write as writing
from truecrowd.simulate.disputes_cases import VARIANTS
from truecrowd.simulate.write import FILES, write, write_disputes

SMALL = ("R5", "R7")


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_case_and_variant_has_its_files_and_nothing_beside_them(tmp_path: Path):
    write_disputes(disputes(cases=SMALL), tmp_path / "out")

    places = [place for case in SMALL for place in (case, *(f"{case}/variants/{name}" for name in VARIANTS))]
    wanted = {f"{place}/{name}" for place in places for name in (*FILES, "orders.csv", "deal.toml")}
    wanted |= {f"{case}/variants/two_exports/orders_earlier.csv" for case in SMALL} | {"meta.json"}
    assert set(files(tmp_path / "out")) == wanted
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_same_seed_same_bytes(tmp_path: Path):
    write_disputes(disputes(cases=SMALL), tmp_path / "a")
    write_disputes(disputes(cases=SMALL), tmp_path / "b")

    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_a_case_does_not_depend_on_the_others(tmp_path: Path):
    write_disputes(disputes(cases=("R1", "R7"), variants=()), tmp_path / "a")
    write_disputes(disputes(cases=("R7",)), tmp_path / "b")

    mine, other = files(tmp_path / "a/R7"), files(tmp_path / "b/R7")
    assert all(other[name] == data for name, data in mine.items())


@pytest.mark.parametrize("other", [{"seed": 1}, {"world": "tune"}])
def test_another_seed_or_world_gives_other_orders_under_other_numbers(tmp_path: Path, other: dict[str, object]):
    def numbers(folder: Path) -> set[bytes]:
        return {line.split(b",")[0] for line in (folder / "R5/orders.csv").read_bytes().splitlines()[1:]}

    write_disputes(disputes(cases=("R5",), variants=()), tmp_path / "a")
    write_disputes(disputes(cases=("R5",), variants=(), **other), tmp_path / "b")

    assert len(numbers(tmp_path / "a")) == 599
    assert numbers(tmp_path / "a") & numbers(tmp_path / "b") == set()


def test_meta_lists_every_file_by_its_hash(tmp_path: Path):
    meta = write_disputes(disputes(cases=("R7",)), tmp_path / "out")

    own = json.loads((tmp_path / "out/R7/variants/two_exports/meta.json").read_text(encoding="utf-8"))
    found = {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files(tmp_path / "out").items()
        if not name.endswith("meta.json")
    }
    assert meta["sha256"] == found
    assert own["sha256"]["orders_earlier.csv"] == found["R7/variants/two_exports/orders_earlier.csv"]
    assert (own["preset"], own["variant"], own["n_rooms"]) == ("disputes/R7", "two_exports", 5)
    assert (meta["preset"], meta["n_rooms"]) == ("disputes", 35)
    assert all(f"variants/{name}" in meta["about"] for name in VARIANTS)


def test_earlier_disputes_are_replaced(tmp_path: Path):
    write_disputes(disputes(cases=SMALL, seed=1), tmp_path / "out")

    write_disputes(disputes(cases=("R7",)), tmp_path / "out")

    assert json.loads((tmp_path / "out/meta.json").read_text(encoding="utf-8"))["seed"] == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["R7", "meta.json"]


def test_a_folder_with_anything_else_is_refused(tmp_path: Path):
    write(simulate("tiny", n_events=6_000), tmp_path / "out")
    before = files(tmp_path / "out")

    with pytest.raises(InputError, match=r"folder holds 'events.parquet', which no simulation wrote"):
        write_disputes(disputes(cases=("R7",)), tmp_path / "out")

    assert files(tmp_path / "out") == before


def test_a_full_disk_half_way_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    written = writing.pq.write_table
    left = [20]

    def full(*arguments: object, **options: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written(*arguments, **options)

    monkeypatch.setattr(writing.pq, "write_table", full)

    with pytest.raises(InputError, match="disk is full, nothing was kept"):
        write_disputes(disputes(cases=SMALL), tmp_path / "out")

    assert left[0] < 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "what", "fix"),
    [
        ({"world": "devlop"}, "world 'devlop' is not known", "use develop"),
        ({"cases": ("R9",)}, "dispute 'R9' is not known", "use one of: R1, R2"),
        ({"variants": ("masked_buyer",)}, "variant 'masked_buyer' is not known", "use masked_buyers"),
        ({"seed": -1}, "seed -1 is below 0", "use 0 or a larger whole number"),
    ],
)
def test_a_wrong_name_is_told_with_the_one_meant(wrong: dict[str, object], what: str, fix: str):
    with pytest.raises(ConfigError, match=what) as caught:
        disputes(**wrong)

    assert caught.value.fix.startswith(fix)


def test_disputes_are_no_rooms_to_be_played():
    with pytest.raises(ConfigError, match="preset 'disputes' is more than events") as caught:
        simulate("disputes")

    assert caught.value.fix == "call truecrowd.simulate.disputes"


def test_a_preset_nearly_called_disputes_names_it():
    with pytest.raises(ConfigError, match="preset 'dispute' is not known") as caught:
        simulate("dispute")

    assert caught.value.fix == "use disputes"
