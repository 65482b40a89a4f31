"""Standard input, and the journal that gives again what a snapshot does not hold."""

import os
import threading
from pathlib import Path

import pytest

from truecrowd.errors import InputError
from truecrowd.stream.journal import Journal
from truecrowd.stream.standard import Standard


def piped(data: bytes) -> int:
    out, into = os.pipe()

    def write() -> None:
        with os.fdopen(into, "wb") as file:
            file.write(data)

    threading.Thread(target=write, daemon=True).start()
    return out


def all_of(source: Standard) -> tuple[bytes, int]:
    found, end = b"", 0
    while not source.is_over:
        batch = source.read(5)
        if batch is not None:
            found, end = found + batch.text, int(batch.position["bytes"])
    return found, end


def test_everything_comes_out_in_whole_lines_and_the_last_gets_an_end() -> None:
    data = b"".join(b"%d\n" % at for at in range(200_000)) + b"last"
    source = Standard(handle=piped(data))
    source.open(None)

    assert all_of(source) == (data + b"\n", len(data))


def test_after_a_kill_the_journal_gives_again_what_no_snapshot_holds(tmp_path: Path) -> None:
    first = Standard(Journal(tmp_path), piped(b"a\nb\nc\n"))
    first.open(None)
    batch = first.read(5)
    assert batch is not None
    first.close()  # killed here, before any snapshot

    again = Standard(Journal(tmp_path), piped(b"d\n"))
    again.open(None)

    found, _ = all_of(again)
    again.close()

    assert found == batch.text + b"d\n"
    assert "taken before" in again.notes()[0]


def test_what_a_snapshot_holds_is_not_given_again(tmp_path: Path) -> None:
    first = Standard(Journal(tmp_path), piped(b"a\nb\nc\n"))
    first.open(None)
    _, end = all_of(first)
    first.stored({"bytes": end})
    first.close()

    again = Standard(Journal(tmp_path), piped(b""))
    again.open({"bytes": end})

    assert all_of(again)[0] == b""
    assert not list(tmp_path.glob("journal-*"))


def test_a_record_cut_off_at_the_end_is_no_record(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(b"one\n", 4)
    journal.append(b"two\n", 8)
    journal.sync()
    journal.close()
    path = next(tmp_path.glob("journal-*"))

    for size in range(path.stat().st_size):
        cut = tmp_path / "cut"
        cut.mkdir(exist_ok=True)
        (cut / path.name).write_bytes(path.read_bytes()[:size])
        assert [*Journal(cut).after(0)] == [(b"one\n", 4)][: size >= 24 + 4]


def test_a_damaged_record_in_an_earlier_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truecrowd.stream.journal._FILE", 10)
    journal = Journal(tmp_path)
    for at in range(3):
        journal.append(b"row\n", 4 * at + 4)
    journal.close()
    first = min(tmp_path.glob("journal-*"))
    first.write_bytes(first.read_bytes()[:-1] + b"x")

    with pytest.raises(InputError, match="damaged"):
        [*Journal(tmp_path).after(0)]


def test_files_of_the_journal_go_when_a_snapshot_holds_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("truecrowd.stream.journal._FILE", 10)
    journal = Journal(tmp_path)
    for at in range(4):
        journal.append(b"row\n", 4 * at + 4)
    journal.forget(9)
    journal.close()

    assert [end for _, end in journal.after(0)] == [12, 16]
