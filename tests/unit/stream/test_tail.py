"""A growing file: every line once, through half lines, rotation, truncation and a stop."""

import os
from pathlib import Path

import pytest

from truecrowd.errors import InputError
from truecrowd.stream.sources import Position
from truecrowd.stream.tail import Tail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"a\nb\n")
    return path


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def all_of(tail: Tail) -> bytes:
    found = b""
    for _ in range(20):
        batch = tail.read(0)
        found += b"" if batch is None else batch.text
    return found


def opened(path: Path, position: Position | None = None, *, until_end: bool = False) -> Tail:
    tail = Tail(path, until_end=until_end)
    tail.open(position)
    return tail


def test_a_line_is_given_out_when_it_is_finished(path: Path) -> None:
    tail = opened(path)
    assert all_of(tail) == b"a\nb\n"

    append(path, b"c")
    assert all_of(tail) == b""

    append(path, b"d\ne")
    assert all_of(tail) == b"cd\n"
    assert not tail.is_over


def test_a_renamed_file_is_read_to_its_end_before_the_new_one(path: Path) -> None:
    tail = opened(path)
    all_of(tail)
    append(path, b"c\nlast without an end")
    path.rename(path.with_suffix(".1"))
    assert all_of(tail) == b"c\n"

    path.write_bytes(b"new\n")
    assert all_of(tail) == b"last without an end\nnew\n"
    assert "rotated" in tail.notes()[0]


def test_a_file_that_was_cut_is_read_from_its_start(path: Path) -> None:
    tail = opened(path)
    all_of(tail)
    os.truncate(path, 0)
    append(path, b"x\n")

    assert all_of(tail) == b"x\n"
    assert "cut" in tail.notes()[0]


@pytest.mark.parametrize("is_rotated", [False, True])
def test_a_new_start_goes_on_behind_the_stored_position(path: Path, is_rotated: bool) -> None:
    tail = opened(path)
    batch = tail.read(0)
    assert batch is not None
    append(path, b"c\nd\n")
    if is_rotated:
        path.rename(path.with_name("events.ndjson.1"))
        path.write_bytes(b"e\n")

    assert all_of(opened(path, batch.position)) == (b"c\nd\ne\n" if is_rotated else b"c\nd\n")


def test_a_file_that_only_has_the_number_of_the_old_one_is_not_taken_for_it(path: Path) -> None:
    tail = opened(path)
    batch = tail.read(0)
    assert batch is not None
    path.write_bytes(b"x\ny\nz\n")  # the same inode, other bytes

    again = opened(path, batch.position)

    assert all_of(again) == b"x\ny\nz\n"
    assert "lost" in again.notes()[0]


def test_until_the_end_takes_a_last_line_without_an_end_and_is_over(path: Path) -> None:
    append(path, b"c")
    tail = opened(path, until_end=True)

    assert all_of(tail) == b"a\nb\nc\n"
    assert tail.is_over


def test_a_packed_file_is_refused(path: Path) -> None:
    path.write_bytes(b"\x1f\x8b\x08\x00")

    with pytest.raises(InputError, match="packed"):
        opened(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        opened(tmp_path / "none")
