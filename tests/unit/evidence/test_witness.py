"""The witness core: what it cosigns, what it refuses and with which number, and what it keeps."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from invented_log import ORIGIN, beat, bytes_from, opened

from truecrowd.errors import ConfigError
from truecrowd.evidence import notes, proofs, witness
from truecrowd.evidence.facts import anchor
from truecrowd.evidence.log import Log, Ring, Witness, disk
from truecrowd.evidence.tree import EMPTY

NAME = "witness.example.org/w1"
NOW = 1_769_889_600


def grown(folder: Path, n: int) -> Log:
    with opened(folder) as made:
        for _ in range(n):
            beat(made)
    return Log(folder / "log")


def request(log: Log, old: int, checkpoint: bytes | None = None) -> bytes:
    return proofs.consistency_text(old, log.consistency(old)) + b"\n" + (checkpoint or log.checkpoint)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return grown(tmp_path, 3)


@pytest.fixture
def one(tmp_path: Path, log: Log) -> Witness:
    keys = {ORIGIN: (log.keys.at(log.size, where=""),)}
    return Witness(tmp_path / "w1", NAME, keys, clock=lambda: NOW, random=bytes_from(2))


def signed(folder: Path, head: notes.Checkpoint, name: str = ORIGIN) -> bytes:
    private = Ring(folder / "keys").private("log.key")
    return notes.note(head.text, [notes.sign(head.text, private, name)])


def test_it_cosigns_what_it_sees_first_and_what_continues_it(tmp_path: Path, log: Log, one: Witness) -> None:
    first = one.answer(request(log, 0))
    later = grown(tmp_path, 5)

    second = one.answer(request(later, log.size))

    assert (first.status, second.status) == (200, 200)
    for answer, of in ((first, log), (second, later)):
        line = notes.parse_line(answer.body.decode().rstrip("\n"), where="")
        assert notes.is_good(line, one.key, of.head.text)
        assert int.from_bytes(line.blob[:8], "big") == NOW
        assert not notes.is_good(line, one.key, of.head.text + b"x")
    assert one.known()[ORIGIN] == later.head


def test_the_same_checkpoint_again_is_cosigned_again(log: Log, one: Witness) -> None:
    one.answer(request(log, 0))

    assert one.answer(request(log, log.size)).status == 200


def test_after_a_restart_it_knows_what_it_cosigned(tmp_path: Path, log: Log, one: Witness) -> None:
    one.answer(request(log, 0))

    again = Witness(tmp_path / "w1", NAME, one.logs, clock=lambda: NOW)

    assert again.key == one.key
    assert again.answer(request(log, 0)).status == 409


@pytest.mark.parametrize(
    ("made", "status", "is_kept"),
    [
        (lambda log, _: request(log, 0) + b"x", 400, False),
        (lambda log, _: request(log, 0).replace(b"old 0", b"old 00"), 400, False),
        (lambda log, _: b"old 0\n", 400, False),
        (lambda log, _: b"\xff\n\n" + log.checkpoint, 400, False),
        (lambda log, _: b"old 0\n" + b"AAAA\n" * 64 + b"\n" + log.checkpoint, 400, False),
        (lambda log, _: b"old 0\n" + b"x" * (1 << 17), 400, False),
        (lambda log, _: request(log, 0).replace(b"old 0", b"old 99"), 400, True),
        (lambda log, folder: b"old 0\n\n" + signed(folder, notes.Checkpoint("x.example", 1, bytes(32))), 404, False),
        (lambda log, folder: b"old 0\n\n" + signed(folder, log.head, "other.name"), 403, False),
        (lambda log, folder: b"old 0\n\n" + signed(folder, log.head).replace(log.checkpoint[-9:], b"AAAAAAA=\n"), 403,
         False),
        (lambda log, _: request(log, 2), 409, True),
        (lambda log, folder: b"old 0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n" + log.checkpoint, 422, True),
        (lambda log, folder: b"old 0\n\n" + signed(folder, notes.Checkpoint(ORIGIN, 0, bytes(32))), 422, True),
    ],
)  # fmt: skip
def test_what_it_refuses(
    tmp_path: Path, log: Log, one: Witness, made: Callable[[Log, Path], bytes], status: int, is_kept: bool
) -> None:
    answer = one.answer(made(log, tmp_path))

    assert answer.status == status
    assert one.known() == {}
    assert (tmp_path / "w1/refused").exists() is is_kept


def test_an_empty_log_is_cosigned(tmp_path: Path, one: Witness) -> None:
    empty = signed(tmp_path, notes.Checkpoint(ORIGIN, 0, EMPTY))

    assert one.answer(b"old 0\n\n" + empty).status == 200


def test_an_old_size_is_answered_with_the_one_it_knows(log: Log, one: Witness) -> None:
    one.answer(request(log, 0))

    answer = one.answer(request(log, 0))

    assert (answer.status, answer.body, answer.content_type) == (409, f"{log.size}\n".encode(), witness.SIZE_TYPE)


def test_a_second_history_is_refused_and_kept(tmp_path: Path, log: Log, one: Witness) -> None:
    one.answer(request(log, 0))
    same = notes.Checkpoint(ORIGIN, log.size, bytes(32))
    larger = notes.Checkpoint(ORIGIN, log.size + 1, bytes(32))

    of_same = one.answer(f"old {log.size}\n\n".encode() + signed(tmp_path, same))
    of_larger = one.answer(f"old {log.size}\n{notes.b64(bytes(32))}\n\n".encode() + signed(tmp_path, larger))

    assert (of_same.status, of_larger.status) == (422, 422)
    assert one.known()[ORIGIN] == log.head
    kept = [path.read_bytes() for path in (tmp_path / "w1/refused").iterdir()]
    assert any(same.text in body for body in kept)


def test_every_line_of_a_known_key_must_be_good(tmp_path: Path, log: Log, one: Witness) -> None:
    key = log.keys.at(log.size, where="")
    bad = notes.Line(ORIGIN, key.key_id, bytes(64))
    text, lines = notes.parse_note(log.checkpoint, where="")

    assert one.answer(b"old 0\n\n" + notes.note(text, [*lines, bad])).status == 403


def test_a_stranger_s_line_changes_nothing(log: Log, one: Witness) -> None:
    text, lines = notes.parse_note(log.checkpoint, where="")
    stranger = notes.Line("stranger", b"1234", b"of a type nobody here knows")

    assert one.answer(b"old 0\n\n" + notes.note(text, [stranger, *lines])).status == 200


def test_nothing_is_cosigned_that_was_not_kept(
    tmp_path: Path, log: Log, one: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left")

    with monkeypatch.context() as patch:
        patch.setattr("truecrowd.evidence.log.witnessing.put", full)
        with pytest.raises(OSError, match="No space"):
            one.answer(request(log, 0))

    assert one.known() == {}


def test_of_requests_at_once_only_one_wins(tmp_path: Path, log: Log, one: Witness) -> None:
    answers: list[int] = []
    threads = [Thread(target=lambda: answers.append(one.answer(request(log, 0)).status)) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200, *[409] * 7]


def test_nobody_is_a_witness_of_himself(tmp_path: Path, log: Log) -> None:
    folder = tmp_path / "w2"
    folder.mkdir(mode=0o700)
    disk.put(folder / "witness.key", (tmp_path / "keys/log.key").read_bytes(), mode=disk.PRIVATE)

    with pytest.raises(ConfigError, match="a witness of himself"):
        Witness(folder, NAME, {ORIGIN: (log.keys.at(log.size, where=""),)})


def test_two_logs_do_not_share_a_key(tmp_path: Path, log: Log) -> None:
    key = log.keys.at(log.size, where="")

    with pytest.raises(ConfigError, match="one key stands for two logs"):
        Witness(tmp_path / "w2", NAME, {ORIGIN: (key,), "other": (notes.Key("other", 1, key.public),)})


def test_a_log_takes_cosignatures_and_dates_its_checkpoint(tmp_path: Path, log: Log, one: Witness) -> None:
    with opened(tmp_path) as made:
        answer = one.answer(made.request(0))
        line = notes.parse_line(answer.body.decode().rstrip("\n"), where="")
        made.take([line])
        made.commit([made.statement("anchor", **anchor(made.head, "witness", lines=[line]))])

    # the line belongs to the checkpoint before the anchor; the anchor's own entry keeps it
    said = Log(tmp_path / "log").said[-1][1]
    assert notes.is_good(notes.parse_line(said["lines"][0], where=""), one.key, log.head.text)
